package host_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
)

// guest reads the derived subjects of a host.
type guest struct {
	t        *testing.T
	js       jetstream.JetStream
	sub      *nats.Subscription
	rankings *nats.Subscription
}

func newGuest(t *testing.T, url string) *guest {
	t.Helper()
	nc, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	g := &guest{t: t}
	if g.js, err = jetstream.New(nc); err != nil {
		t.Fatal(err)
	}
	if g.sub, err = nc.SubscribeSync("event.year.>"); err != nil {
		t.Fatal(err)
	}
	if g.rankings, err = nc.SubscribeSync("rankings.year.>"); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	return g
}

const patience = 20 * time.Second

// expect takes the events from first to last, each once and in order.
func (g *guest) expect(first, last events.Seq) {
	g.t.Helper()
	for seq := first; seq <= last; seq++ {
		m, err := g.sub.NextMsg(patience)
		if err != nil {
			g.t.Fatalf("event %d: %v", seq, err)
		}
		if got := m.Header.Get("Seq"); got != strconv.Itoa(int(seq)) {
			g.t.Fatalf("event %s instead of %d on %s", got, seq, m.Subject)
		}
	}
}

// quiet checks that nothing else has come.
func (g *guest) quiet() {
	g.t.Helper()
	if n, _, err := g.sub.Pending(); n != 0 || err != nil {
		m, _ := g.sub.NextMsg(patience)
		g.t.Fatalf("%d events are public: %s %v", n, m.Subject, err)
	}
}

// ranking is the newest standings in the bucket.
func (g *guest) ranking() (seq events.Seq, text string) {
	g.t.Helper()
	bucket, err := g.js.KeyValue(g.t.Context(), "RANKINGS")
	if err != nil {
		g.t.Fatal(err)
	}
	entry, err := bucket.Get(g.t.Context(), "year.c")
	if err != nil {
		return 0, ""
	}
	var s struct{ AsOf struct{ Seq events.Seq } }
	if err := json.Unmarshal(entry.Value(), &s); err != nil {
		g.t.Fatal(err)
	}
	return s.AsOf.Seq, string(entry.Value())
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// TestDerivedFreeze: the derived subjects, the bucket and the kept stream withhold what a freeze hides, also after a restart, and give it at
// the reveal: in order and once, even where the reveal is the last event for long.
func TestDerivedFreeze(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} {
		t.Run("kept="+strconv.FormatBool(keep), func(t *testing.T) {
			t.Parallel()
			cfg := host.Config{Dir: t.TempDir(), NATSListen: "127.0.0.1:0", KeepEvents: keep}
			h := mustOpen(t, cfg)
			g := newGuest(t, h.NATSURL())
			y := openYear(t, h)
			y.say("b-head", "b", bonus("b", "x", 3))
			frozen := y.say("a-head", "", &events.StandingsFrozen{}, &events.DriveLaunched{Drive: "hidden", Title: "x", Starts: "2017-01-01", Ends: "2017-01-02"}) - 1
			g.expect(1, frozen)
			until(t, "the ranking of the freeze is there", func() bool { seq, text := g.ranking(); return seq <= frozen && strings.Contains(text, `"3.00"`) })
			for i := range 10 {
				y.say("b-head", "b", bonus("b", "y"+strconv.Itoa(i), 1))
			}
			g.quiet()
			h.Close()
			h = openHost(t, cfg)
			g = newGuest(t, h.NATSURL())
			c, err := h.Campaign(t.Context(), "year")
			if err != nil {
				t.Fatal(err)
			}
			y.c = c
			y.say("b-head", "b", bonus("b", "after", 1))
			until(t, "the ranking is there again", func() bool { _, text := g.ranking(); return text != "" })
			if seq, text := g.ranking(); seq > frozen || !strings.Contains(text, `"3.00"`) || strings.Contains(text, `"14.00"`) {
				t.Errorf("the bucket shows %s", text)
			}
			g.quiet()
			if keep {
				stream, err := g.js.Stream(t.Context(), "EVENTS_year")
				if err != nil {
					t.Fatal(err)
				}
				info, err := stream.Info(t.Context())
				if err != nil || info.State.LastSeq != uint64(frozen) {
					t.Errorf("%d events are kept, not %d: %v", info.State.LastSeq, frozen, err)
				}
			}
			last := y.say("a-head", "", &events.StandingsRevealed{})
			g.expect(frozen+1, last)
			until(t, "the ranking is revealed", func() bool { _, text := g.ranking(); return strings.Contains(text, `"14.00"`) })
			last = y.say("b-head", "b", bonus("b", "open", 1))
			g.expect(last, last)
			for range 20 { // a freeze and a reveal right after it lose nothing
				first := y.say("a-head", "", &events.StandingsFrozen{})
				last := y.say("a-head", "", &events.StandingsRevealed{})
				g.expect(first, last)
			}
			g.quiet()
		})
	}
}
