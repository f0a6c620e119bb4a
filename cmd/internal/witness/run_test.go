package witness_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/witness"
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// down makes the server answer nothing useful.
func (f *fakeLog) down() {
	f.change(func() {
		f.override = func(w http.ResponseWriter, _ *http.Request) bool {
			f.no(w, http.StatusBadGateway, "down")
			return true
		}
	})
}

func TestSilence(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	cfg := f.config("a-w")
	var logged bytes.Buffer
	cfg.Log = zerolog.New(&logged)
	var pauses []time.Duration
	began := f.clock.Now()
	cfg.Pause = func(ctx context.Context, d time.Duration) error {
		pauses = append(pauses, d)
		f.clock.add(d)
		return context.Cause(ctx)
	}
	f.checkpoint()
	w := open(t, cfg)
	good(t, w)
	f.down()
	a := checkAlarm(t, w.Run(t.Context(), false), witness.Silence)
	if !a.Since.Equal(began) || !strings.Contains(a.Text("vi"), "campaign doctor") || !strings.Contains(a.Text("en"), "down it is") {
		t.Errorf("silent since %s: %s", a.Since, a.Text("en"))
	}
	if quiet := f.clock.Now().Sub(began); quiet < cfg.Silence || quiet > cfg.Silence+cfg.Interval*8 {
		t.Errorf("the alarm came after %s", quiet)
	}
	for i, want := range []time.Duration{10, 20, 40, 40} {
		if pauses[i] != want*time.Second {
			t.Errorf("pause %d is %s", i+1, pauses[i])
		}
	}
	if n := strings.Count(logged.String(), `"level":"warn"`); n != 1 {
		t.Errorf("a gap was logged %d times", n)
	}
	if n := strings.Count(logged.String(), `"level":"error"`); n != 1 {
		t.Errorf("the alarm was logged %d times", n)
	}
}

// TestNeverACheckpoint: a server that always says that there is no checkpoint yet is silent.
func TestNeverACheckpoint(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	if a := checkAlarm(t, open(t, f.config("a-w")).Run(t.Context(), false), witness.Silence); !strings.Contains(a.Reason, "no checkpoint yet") {
		t.Error(a.Reason)
	}
}

// TestOutlivesSilence: who takes lodgings goes on when the server is silent.
func TestOutlivesSilence(t *testing.T) {
	t.Parallel()
	for _, back := range []bool{true, false} {
		f := newFakeLog(t)
		cfg := f.config("a-w")
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		told, rounds := 0, 0
		cfg.Tell = func(*witness.Alarm) {
			if told++; told == 3 && back {
				f.change(func() { f.override = nil })
			} else if told == 3 {
				stop()
			}
		}
		cfg.Pause = func(ctx context.Context, d time.Duration) error {
			if f.clock.add(d); told == 3 {
				if rounds++; rounds == 3 {
					stop()
				}
			}
			return context.Cause(ctx)
		}
		f.checkpoint()
		w := open(t, cfg)
		good(t, w)
		f.down()
		err := w.Run(ctx, true)
		if told != 3 {
			t.Errorf("told %d times", told)
		}
		if back && err != nil {
			t.Errorf("the server came back: %v", err)
		}
		if !back {
			checkAlarm(t, err, witness.Silence)
		}
	}
}

// TestOutlivesAnAlarm: who serves others tells them what it cosigned also after an alarm, until it is told to end.
func TestOutlivesAnAlarm(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	cfg := f.config("a-w")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	f.checkpoint()
	var w *witness.Witness
	told := 0
	cfg.Tell = func(a *witness.Alarm) {
		told++
		checkAlarm(t, a, witness.Fork)
		web := httptest.NewServer(w.Handler())
		defer web.Close()
		c, err := client.Remote(web.URL)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.WitnessCheckpoint(ctx, f.policy.Origin); err != nil {
			t.Error(err)
		}
		if _, err := c.Lodge(ctx, []events.Record{f.mark("x", 1)}); err != nil {
			t.Error(err)
		}
		time.AfterFunc(50*time.Millisecond, stop)
	}
	w = open(t, cfg)
	good(t, w)
	f.change(func() {
		other := f.signed[0].Head
		other.Root[0] ^= 1
		f.signed = []*proof.Checkpoint{f.signHead(other)}
	})
	err := w.Run(ctx, true)
	checkAlarm(t, err, witness.Fork)
	if told != 1 || ctx.Err() == nil {
		t.Errorf("told %d times; it ended before it was told to: %v", told, ctx.Err() == nil)
	}
}

// TestEndsAfterTheRound: a round that is under way when the user says stop is finished.
func TestEndsAfterTheRound(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	cfg := f.config("a-w")
	cfg.Pause = func(ctx context.Context, _ time.Duration) error {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	f.checkpoint()
	ctx, stop := context.WithCancel(t.Context())
	f.override = func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/events") {
			stop()
		}
		return false
	}
	w := open(t, cfg)
	if err := w.Run(ctx, false); err != nil || len(f.posts) != 1 {
		t.Errorf("%v; %d cosignatures were posted", err, len(f.posts))
	}
}

// TestHangs: a server that never answers does not keep the witness from ending.
func TestHangs(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		stop()
		<-r.Context().Done()
	}))
	t.Cleanup(hang.Close)
	f := newFakeLog(t)
	cfg := f.config("a-w") // whose pauses, the grace among them, take no time
	cfg.Server, _ = client.Remote(hang.URL)
	if err := open(t, cfg).Run(ctx, false); err != nil {
		t.Error(err)
	}
}

func TestOnce(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	f.checkpoint()
	w := open(t, f.config("a-w"))
	if err := w.Once(t.Context()); err != nil {
		t.Error(err)
	}
	f.down()
	if err := w.Once(t.Context()); err == nil || errors.As(err, new(*witness.Alarm)) {
		t.Errorf("a server that is down: %v", err)
	}
}

func TestPeers(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	f.checkpoint()
	g := f.other(len(f.entries)) // what others are shown
	f.grow(2)
	f.grow(2)
	g.grow(2)
	forked := g.grow(2)
	longer := f.other(len(f.entries))
	ahead := longer.grow(1)
	for name, c := range map[string]struct {
		note []byte
		want witness.Kind
		grow bool
	}{
		"the same":      {note: f.signed[2].Marshal()},
		"older":         {note: f.signed[0].Marshal()},
		"same size":     {note: forked.Marshal(), want: witness.Fork},
		"smaller":       {note: g.signed[0].Marshal(), want: witness.Fork},
		"ahead":         {note: ahead.Marshal(), want: witness.Rollback},
		"ahead of fork": {note: ahead.Marshal(), want: witness.Fork, grow: true},
		"garbage":       {note: []byte("good morning\n")},
		"too long":      {note: bytes.Repeat([]byte("x"), 1<<20)},
		"nothing":       {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newFakeLog(t)
			server.policy = f.policy
			server.genesis = f.genesis
			server.entries, server.signed = f.entries, append([]*proof.Checkpoint(nil), f.signed...)
			server.tree = f.other(len(f.entries)).tree
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/checkpoint" || r.URL.Query().Get("origin") != f.policy.Origin || c.note == nil {
					http.NotFound(w, r)
					return
				}
				_, _ = w.Write(c.note)
			}))
			t.Cleanup(web.Close)
			cfg := server.config("a-w")
			peer, err := client.Remote(web.URL)
			if err != nil {
				t.Fatal(err)
			}
			cfg.Peers = []*client.Client{peer}
			w := open(t, cfg)
			if c.want == witness.Rollback || c.grow {
				good(t, w) // the server may just have grown
			}
			if c.grow {
				server.grow(3)
			}
			if c.want == "" {
				good(t, w)
				good(t, w)
				return
			}
			a := alarm(t, w, c.want)
			ours, theirs := notes(t, server, a)
			if ours == nil || theirs == nil || c.want == witness.Fork && ours.Size == theirs.Size && ours.Root == theirs.Root {
				t.Errorf("the notes prove nothing: %v", a.Files)
			}
		})
	}
}

// TestPeersOfEachOther: two honest witnesses that compare.
func TestPeersOfEachOther(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	f.checkpoint()
	other := open(t, f.config("b-w"))
	web := httptest.NewServer(other.Handler())
	t.Cleanup(web.Close)
	cfg := f.config("a-w")
	peer, err := client.Remote(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Peers = []*client.Client{peer}
	w := open(t, cfg)
	good(t, w)
	good(t, other)
	for range 3 {
		f.grow(2)
		good(t, other)
		good(t, w)
		good(t, other)
	}
	if n := len(f.signed[len(f.signed)-1].Cosignatures); n != 2 {
		t.Errorf("%d cosignatures", n)
	}
	msg, err := peer.WitnessCheckpoint(t.Context(), f.policy.Origin)
	if c, openErr := proof.OpenCheckpoint(msg, f.policy); err != nil || openErr != nil || c.Size != opened+6 {
		t.Errorf("the peer gives %s (%v, %v)", msg, err, openErr)
	}
	if _, err := peer.WitnessCheckpoint(t.Context(), f.policy.Origin+"x"); err == nil {
		t.Error("the peer gives another log's checkpoint")
	}
	if err := web.Config.Close(); err != nil {
		t.Fatal(err)
	}
	good(t, w) // a dead peer is no alarm
}

func TestEvidence(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	cfg := f.config("a-w")
	var logged bytes.Buffer
	cfg.Log = zerolog.New(&logged)
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return hex.EncodeToString(sum[:])
	}
	f.files[hash("photo")], f.files[hash("other")] = "photo", "not this"
	for i, content := range []string{"photo", "other", "secret"} {
		p := f.payload("a", fmt.Sprint("item", i), 1)
		p.Evidence = "sha256:" + hash(content) + " unit:sha256:" + hash("unit"+content)
		f.add(f.sign("a-officer", "a", p))
	}
	f.checkpoint()
	w := open(t, cfg)
	for range 3 {
		good(t, w)
	}
	got, err := os.ReadFile(filepath.Join(cfg.Dir, campaign, "evidence", hash("photo")))
	if string(got) != "photo" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	for _, content := range []string{"photo", "other", "secret"} {
		if n := f.asked["/evidence/"+hash(content)]; n != 1 {
			t.Errorf("%s was asked for %d times", content, n)
		}
		if n := f.asked["/evidence/"+hash("unit"+content)]; n != 0 {
			t.Errorf("what the unit holds was asked for %d times", n)
		}
	}
	if _, err := os.Stat(filepath.Join(cfg.Dir, campaign, "evidence", hash("other"))); err == nil {
		t.Error("what does not fit its hash was kept")
	}
	if n := strings.Count(logged.String(), "not given to this reader"); n != 1 {
		t.Errorf("what is not permitted was noted %d times:\n%s", n, logged.String())
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f.change(func() { f.files[hash("secret")] = "secret" })
	good(t, open(t, cfg))
	if n := f.asked["/evidence/"+hash("photo")]; n != 1 {
		t.Errorf("what is there was asked for %d times", n)
	}
	if _, err := os.Stat(filepath.Join(cfg.Dir, campaign, "evidence", hash("secret"))); err != nil {
		t.Errorf("what is permitted now: %v", err)
	}
}

// TestLongLog: many events and checkpoints, fetched at once.
func TestLongLog(t *testing.T) {
	t.Parallel()
	f := newFakeLog(t)
	const n = 1500
	sizes := []int{}
	for i := range n {
		f.add(f.mark(fmt.Sprint("m", i), 1))
		if i%100 == 0 {
			f.checkpoint()
			sizes = append(sizes, len(f.entries))
		}
	}
	f.checkpoint()
	cfg := f.config("a-w")
	w := open(t, cfg)
	if r := good(t, w); r.New != n+opened || w.Folded() != n+opened {
		t.Errorf("%+v", r)
	}
	checkCopy(t, f, cfg, sizes)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var told []events.Seq
	cfg.Progress = func(done, all events.Seq) {
		if told = append(told, done); all != n+opened {
			t.Errorf("%d of %d", done, all)
		}
	}
	open(t, cfg)
	if len(told) < 3 || told[len(told)-1] != n+opened {
		t.Errorf("the refold told %v", told)
	}
}
