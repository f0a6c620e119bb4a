package attack

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
)

const (
	logStream   = "CAMPAIGN_" + id
	pointStream = "CHECKPOINTS_" + id
)

// offline runs a NATS server of the attacker's on a directory in which no ledger runs now.
func offline(t testing.TB, dir string, do func(jetstream.JetStream, *ledger.Streams)) {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{ServerName: "campaign-ledger", JetStream: true, StoreDir: filepath.Join(dir, "nats"), DontListen: true, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	defer s.WaitForShutdown()
	defer s.Shutdown()
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the NATS server did not start")
	}
	nc, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	streams, err := ledger.NewStreams(nc, ledger.StreamsConfig{})
	if err != nil {
		t.Fatal(err)
	}
	do(js, streams)
}

// messages are a story's as the stream holds them: headers and data, by the place in the stream.
func (s *story) messages() map[uint64]string {
	list := map[uint64]string{}
	first := 1
	for i, c := range s.commits {
		var data strings.Builder
		for _, r := range c.records {
			data.Write(r)
			data.WriteByte('\n')
		}
		list[uint64(i+1)] = message(fmt.Sprint(first), events.FormatTime(c.recorded), data.String())
		first += len(c.records)
	}
	return list
}

// message is one of the stream's as it is compared here.
func message(first, recorded, data string) string { return first + " " + recorded + "\n" + data }

// rewrite puts messages in the place of a log: the stream is deleted and made again under its name, with its settings.
func rewrite(t testing.TB, dir string, list map[uint64]string) {
	t.Helper()
	offline(t, dir, func(js jetstream.JetStream, streams *ledger.Streams) {
		if err := js.DeleteStream(t.Context(), logStream); err != nil {
			t.Fatal(err)
		}
		if _, err := streams.Create(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		for _, place := range slices.Sorted(maps.Keys(list)) {
			publish(t, js, list[place])
		}
	})
}

// publish puts a message at the log's end, whatever it says.
func publish(t testing.TB, js jetstream.JetStream, msg string) {
	t.Helper()
	head, data, _ := strings.Cut(msg, "\n")
	first, recorded, _ := strings.Cut(head, " ")
	if _, err := js.PublishMsg(t.Context(), &nats.Msg{Subject: "campaign." + id, Header: nats.Header{"First-Seq": {first}, "Recorded": {recorded}}, Data: []byte(data)}); err != nil {
		t.Fatal(err)
	}
}

// rewritePoints puts a story's checkpoints in the place of those of the directory, in the stream and in the file.
func rewritePoints(t testing.TB, dir string, s *story) {
	t.Helper()
	var file []byte
	offline(t, dir, func(js jetstream.JetStream, streams *ledger.Streams) {
		if err := js.DeleteStream(t.Context(), pointStream); err != nil {
			t.Fatal(err)
		}
		kept, err := streams.Checkpoints(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for i, size := range slices.Sorted(maps.Keys(s.points)) {
			if _, err := kept.Append(t.Context(), uint64(i), s.points[size]); err != nil {
				t.Fatal(err)
			}
			file = append(file, s.points[size]...)
		}
	})
	if err := os.WriteFile(pointFile(dir), file, 0o600); err != nil {
		t.Fatal(err)
	}
}

func pointFile(dir string) string { return filepath.Join(dir, "checkpoints", id+".txt") }

// forget removes what a directory remembers beside the streams.
func forget(t testing.TB, dir string) {
	t.Helper()
	for _, name := range []string{"head", "checkpoints", "tree"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// take puts a whole story in the place of what a directory holds, and leaves nothing that could remember another one.
func take(t testing.TB, dir string, s *story) {
	t.Helper()
	rewrite(t, dir, s.messages())
	forget(t, dir)
	if err := os.MkdirAll(filepath.Dir(pointFile(dir)), 0o700); err != nil {
		t.Fatal(err)
	}
	rewritePoints(t, dir, s)
}

// storedMessages are a log's messages as they are now.
func storedMessages(t testing.TB, dir string) map[uint64]string {
	t.Helper()
	list := map[uint64]string{}
	offline(t, dir, func(js jetstream.JetStream, _ *ledger.Streams) {
		stream, err := js.Stream(t.Context(), logStream)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for place := uint64(1); place <= stream.CachedInfo().State.LastSeq; place++ {
			raw, err := stream.GetMsg(t.Context(), place)
			if errors.Is(err, jetstream.ErrMsgNotFound) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			list[place] = message(raw.Header.Get("First-Seq"), raw.Header.Get("Recorded"), string(raw.Data))
		}
	})
	return list
}

// update changes a stream's settings.
func update(t testing.TB, dir, name string, change func(*jetstream.StreamConfig)) {
	t.Helper()
	offline(t, dir, func(js jetstream.JetStream, _ *ledger.Streams) {
		stream, err := js.Stream(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		cfg := stream.CachedInfo().Config
		change(&cfg)
		if _, err := js.UpdateStream(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
	})
}

// liar is a server of the attacker's own making: it gives what it likes, and all of it fits together.
type liar struct {
	web *httptest.Server

	mu    sync.Mutex
	story *story
	posts [][]byte // cosignatures that came
	p     *proof.Policy
}

// lie serves a story until the test ends.
func lie(t testing.TB, s *story, p *proof.Policy) *liar {
	t.Helper()
	l := &liar{story: s, p: p}
	l.web = httptest.NewServer(l)
	t.Cleanup(l.web.Close)
	return l
}

// show changes what is shown.
func (l *liar) show(s *story) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.story = s
}

// ServeHTTP answers as a server does.
func (l *liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	since, _ := strconv.ParseUint(r.URL.Query().Get("since"), 10, 64)
	sizes := slices.Sorted(maps.Keys(l.story.points))
	switch strings.TrimPrefix(r.URL.Path, "/api/v1/campaigns/"+id) {
	case "/checkpoint":
		_, _ = w.Write(l.story.points[sizes[len(sizes)-1]])
	case "/checkpoints":
		for _, size := range sizes {
			if size > since {
				_, _ = w.Write(l.story.points[size])
			}
		}
	case "/events":
		n := uint64(0)
		for _, c := range l.story.commits {
			for _, record := range c.records {
				if n++; n > since {
					fmt.Fprintf(w, `{"seq":%d,"recorded":%q,"record":%s}`+"\n", n, events.FormatTime(c.recorded), record)
				}
			}
		}
	case "/policy":
		_, _ = w.Write(l.p.Marshal())
	case "/cosignatures":
		l.cosigned(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// cosigned takes a cosignature in.
func (l *liar) cosigned(w http.ResponseWriter, r *http.Request) {
	msg, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	l.posts = append(l.posts, msg)
	theirs, err := proof.OpenCheckpoint(msg, l.p)
	if err != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	ours, err := proof.OpenCheckpoint(l.story.points[theirs.Size], l.p)
	if err == nil {
		ours.Merge(theirs, l.p)
		l.story.points[theirs.Size] = ours.Marshal()
	}
	_ = json.NewEncoder(w).Encode(client.Cosigned{Size: theirs.Size})
}
