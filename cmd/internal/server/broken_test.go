package server_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
)

const broken = 12 // events before the damage

// writtenDir is a data directory with a campaign of 12 events, each its own commit.
func writtenDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	grow(t, dir, 2, broken)
	return dir
}

// grow runs a server on dir and appends until event last.
func grow(t *testing.T, dir string, from, last int) {
	t.Helper()
	h, err := host.Open(t.Context(), host.Config{Dir: dir, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	s := serve(t, h)
	defer s.server.Close()
	if from == 2 {
		s.open()
	}
	for n := from; n <= last; n++ {
		s.append(draft("a", fmt.Sprint("s", n), n))
	}
}

// offline runs a NATS server on a directory that no ledger uses now, as an intruder would.
func offline(t *testing.T, dir string, do func(jetstream.JetStream)) {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{ServerName: "campaign-ledger", JetStream: true, StoreDir: filepath.Join(dir, "nats"), DontListen: true, NoSigs: true, NoLog: true, SyncAlways: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the NATS server did not start")
	}
	defer s.WaitForShutdown()
	defer s.Shutdown()
	nc, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	do(js)
}

func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

// blockFile is the file that holds the campaign's first messages.
func blockFile(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "nats", "jetstream", "*", "streams", "CAMPAIGN_small", "msgs", "1.blk"))
	if err != nil || len(found) != 1 {
		t.Fatalf("block files %v, %v", found, err)
	}
	return found[0]
}

// flip changes one byte within the record of event 7.
func flip(t *testing.T, dir string) {
	t.Helper()
	file := blockFile(t, dir)
	content := must(os.ReadFile(file))
	at := bytes.Index(content, []byte(`"scorer":"s7"`))
	if at < 0 {
		t.Fatal("event 7 is not in the block")
	}
	content[at+len(`"scorer":"`)] ^= 1
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func removeIndex(t *testing.T, dir string) {
	t.Helper()
	if err := os.Remove(filepath.Join(filepath.Dir(blockFile(t, dir)), "index.db")); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
}

// expectReadOnly checks that the campaign says everywhere that and why it is read-only, stores nothing and shows what is good.
func expectReadOnly(t *testing.T, s *site, good int, reason string) {
	t.Helper()
	ready := s.do(http.MethodGet, "/readyz", "")
	if ready.Code != http.StatusServiceUnavailable || !strings.Contains(ready.Body, reason) || !strings.Contains(ready.Body, `"small"`) {
		t.Errorf("readyz: %d %s, want %q", ready.Code, ready.Body, reason)
	}
	if health := s.do(http.MethodGet, "/healthz", ""); health.Code != http.StatusOK {
		t.Errorf("healthz: %d", health.Code)
	}
	for _, path := range []string{base, base + "/small", "/", "/campaigns/small"} {
		if got := s.do(http.MethodGet, path, ""); got.Code != http.StatusOK || !strings.Contains(got.Body, reason) {
			t.Errorf("%s does not say %q: %d %s", path, reason, got.Code, got.Body)
		}
	}
	for path, body := range map[string]string{eventsPath: draft("b", "late", 1), importsPath: table(3)} {
		if p := s.do(http.MethodPost, path, body).expect(t, 409, "read-only"); !strings.Contains(p.Detail, reason) {
			t.Errorf("POST %s: %+v", path, p)
		}
	}
	if good == 0 {
		s.do(http.MethodGet, base+"/small/standings", "").expect(t, 409, "read-only")
		s.do(http.MethodGet, eventsPath, "").expect(t, 409, "read-only")
		for _, page := range []string{"?as_of=5", "/projector?as_of=2017-01-01"} { // there is no earlier state of nothing
			if got := s.do(http.MethodGet, "/campaigns/small"+page, ""); got.Code != http.StatusOK || !strings.Contains(got.Body, reason) {
				t.Errorf("%s: %d %s", page, got.Code, got.Body)
			}
		}
		for _, page := range []string{"reveal", "replay?as_of=5", "units/a?as_of=5", "compare", "whatif?as_of=5", "stability", "scorers", "log?as_of=5", "awards", "documents?as_of=5"} {
			s.do(http.MethodGet, "/campaigns/small/"+page, "").expect(t, 409, "read-only")
		}
		s.do(http.MethodGet, "/campaigns/small/events/1", "").expect(t, 404, "not-found")
		return
	}
	for _, path := range []string{"/standings", "/audit", "/why?unit=a", ""} {
		if got := s.do(http.MethodGet, base+"/small"+path, ""); got.Code != http.StatusOK || path != "/why?unit=a" && newestSeq(got.Body) != uint64(good) {
			t.Errorf("GET %s: %d %s, want the state at event %d", path, got.Code, got.Body, good)
		}
	}
	if list := parseLines(t, s.do(http.MethodGet, eventsPath, "").Body); len(list) != good {
		t.Errorf("%d events can be read, want %d", len(list), good)
	}
	f := s.follow(fmt.Sprintf("%s?since=%d", eventsPath, good), eventStream)
	if m, ok := f.next(); !ok || m.event != "end" || !strings.Contains(m.data, `"code":"read-only"`) || !strings.Contains(m.data, reason) {
		t.Errorf("the feed ends with %+v, %v", m, ok)
	}
}

func TestDamage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		damage func(*testing.T, string)
		good   int
		reason string
	}{
		"byte flipped":               {flip, 6, "missing"},
		"byte flipped, no index":     {func(t *testing.T, dir string) { flip(t, dir); removeIndex(t, dir) }, 6, "rolled back"},
		"no index":                   {removeIndex, broken, ""},
		"foreign message":            {foreign("hello", nil), broken, "no ledger wrote"},
		"foreign message, our looks": {foreign(`{"specversion":"1.0"}`, nats.Header{"First-Seq": {"13"}, "Recorded": {"2099-01-01T00:00:00.000Z"}}), broken, "not canonical"},
		"limit set":                  {drift(func(cfg *jetstream.StreamConfig) { cfg.MaxMsgs = 1000 }), broken, "max_msgs"},
		"erased by a limit":          {drift(func(cfg *jetstream.StreamConfig) { cfg.MaxMsgs, cfg.Discard = 5, jetstream.DiscardOld }), 0, "removed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := writtenDir(t)
			test.damage(t, dir)
			s := serveAll(t, dir)
			if test.reason == "" {
				s.append(draft("b", "late", 1))
				return
			}
			expectReadOnly(t, s, test.good, test.reason)
			again := serveAll(t, copyOf(t, dir))
			expectReadOnly(t, again, test.good, test.reason) // it stays so
		})
	}
}

// serveAll serves dir with every campaign opened, as campaign serve does.
func serveAll(t *testing.T, dir string) *site {
	t.Helper()
	h := openHost(t, host.Config{Dir: dir})
	if err := h.ExamineLogs(t.Context()); err != nil {
		t.Fatal(err)
	}
	return serve(t, h)
}

func foreign(data string, header nats.Header) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		offline(t, dir, func(js jetstream.JetStream) {
			if _, err := js.PublishMsg(t.Context(), &nats.Msg{Subject: "campaign.small", Data: []byte(data), Header: header}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func drift(change func(*jetstream.StreamConfig)) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		offline(t, dir, func(js jetstream.JetStream) {
			cfg := must(js.Stream(t.Context(), "CAMPAIGN_small")).CachedInfo().Config
			change(&cfg)
			if _, err := js.UpdateStream(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// copyOf copies a directory, without what only a running server has.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(to, "log.key"), 0o600); err != nil { // CopyFS keeps no modes
		t.Fatal(err)
	}
	return to
}

// TestRollback: the stream is put back to an older copy; the directory's head notices.
func TestRollback(t *testing.T) {
	t.Parallel()
	dir := writtenDir(t)
	old := copyOf(t, dir)
	grow(t, dir, broken+1, broken+5)
	if err := os.RemoveAll(filepath.Join(dir, "nats")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "nats"), os.DirFS(filepath.Join(old, "nats"))); err != nil {
		t.Fatal(err)
	}
	expectReadOnly(t, serveAll(t, dir), broken, "rolled back")
	// Another history of the same length is noticed too.
	grow(t, old, broken+1, broken+5)
	if err := os.RemoveAll(filepath.Join(dir, "nats")); err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	if err := os.CopyFS(filepath.Join(other, "nats"), os.DirFS(filepath.Join(old, "nats"))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other, "head"), must(fs.ReadFile(os.DirFS(dir), "head")), 0o600); err != nil {
		t.Fatal(err)
	}
	expectReadOnly(t, serveAll(t, other), broken+4, "rolled back")
}

// TestDriftWhileServing: the settings are changed behind a running server; its feeds end and say why, and the board turns.
func TestDriftWhileServing(t *testing.T) {
	t.Parallel()
	nats := external(t)
	h := openHost(t, host.Config{NATS: nats.url, CheckInterval: 10 * time.Millisecond})
	s := serve(t, h)
	s.open()
	s.append(draft("a", "x", 1))
	f := s.follow(base+"/small/standings", eventStream)
	f.next()
	cfg := must(nats.js.Stream(t.Context(), "CAMPAIGN_small")).CachedInfo().Config
	cfg.MaxAge = time.Hour
	if _, err := nats.js.UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if m, ok := f.next(); !ok || m.event != "end" || !strings.Contains(m.data, "max_age") {
		t.Errorf("the feed ends with %+v, %v", m, ok)
	}
	expectReadOnly(t, s, 2, "max_age")
}

// TestForeignWhileServing: a stray message on an external server is noticed without any append.
func TestForeignWhileServing(t *testing.T) {
	t.Parallel()
	nats := external(t)
	s := serve(t, openHost(t, host.Config{NATS: nats.url}))
	s.open()
	f := s.follow(eventsPath+"?since=1", eventStream)
	if _, err := nats.js.Publish(context.Background(), "campaign.small", []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if m, ok := f.next(); !ok || m.event != "end" || !strings.Contains(m.data, "no ledger wrote") {
		t.Errorf("the feed ends with %+v, %v", m, ok)
	}
	expectReadOnly(t, s, 1, "no ledger wrote")
}

// externalNATS is a NATS server as an operator runs it.
type externalNATS struct {
	url string
	js  jetstream.JetStream
}

func external(t *testing.T) externalNATS {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true, SyncAlways: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the NATS server did not start")
	}
	t.Cleanup(s.WaitForShutdown)
	t.Cleanup(s.Shutdown)
	nc, err := nats.Connect(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return externalNATS{s.ClientURL(), must(jetstream.New(nc))}
}
