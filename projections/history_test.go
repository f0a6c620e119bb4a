package projections

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"campaignledger/events"
)

// refoldEvery: so often the prefix is folded anew, in one commit; between, the fold goes on by commits of one event.
const refoldEvery = 8

// requireHistory compares the walk over a campaign, at every event, with a fresh fold of the events so far; and
// where that was folded anew, At.
func requireHistory(t *testing.T, l *Live, list []events.Event) {
	t.Helper()
	h := l.walk()
	fresh := NewRefold()
	for i, e := range list {
		if h.peek() == nil {
			t.Fatalf("the walk ends before event %d of %d", i+1, len(list))
		}
		h.next()
		admitAll(t, fresh, list[i:i+1])
		fresh.Commit()
		got := h.standings()
		if i%refoldEvery == 0 || i == len(list)-1 {
			fresh = NewRefold()
			admitAll(t, fresh, list[:i+1])
			fresh.Commit()
			var err error
			if got, err = l.At(e.Seq); err != nil {
				t.Fatal(err)
			}
		}
		if want, have := jsonOf(fresh), got.AppendJSON(nil, JSONOptions{}); !bytes.Equal(want, have) {
			t.Fatalf("after event %d, %s (-fold +walk):\n%s", e.Seq, e.Payload.Type(), cmp.Diff(string(want), string(have)))
		}
		if diff := cmp.Diff(fresh.Summary(), got.Summary, cmp.Comparer(func(a, b *events.Regulation) bool { return a == b })); diff != "" {
			t.Fatalf("after event %d (-fold +walk):\n%s", e.Seq, diff)
		}
	}
	if h.peek() != nil {
		t.Fatal("the walk does not end")
	}
}

func TestHistoryEqualsFreshFoldAtEveryEvent(t *testing.T) {
	eachStory(t, 60, func(t *testing.T, s *story) { requireHistory(t, s.live, s.list) })
}

// TestSignedHistoryEqualsFreshFold also where marks were held, released and reopened, and the regulation amended.
func TestSignedHistoryEqualsFreshFold(t *testing.T) {
	changed, held, amended := 0, 0, 0
	eachSignedStory(t, func(t *testing.T, s *signedStory) {
		s.write()
		requireHistory(t, s.live, s.list)
		h := s.live.walk()
		last := s.live.state.journal.committed()
		for seq := events.Seq(1); seq <= last; seq++ {
			if h.holdOf(seq) != h.journal.at(seq).hold {
				changed++
			}
		}
		for h.peek() != nil {
			h.next()
			for _, b := range h.boards {
				held += b.held
			}
		}
		amended += h.plan.version - 1
		for seq := events.Seq(1); seq <= last; seq++ {
			if hold, want := h.holdOf(seq), h.journal.at(seq).hold; hold != want {
				t.Fatalf("in the end event %d is held by %d, not %d", seq, hold, want)
			}
		}
	})
	t.Logf("%d entries whose hold changed, %d times a mark held, %d amendments", changed, held, amended)
	if *seedFlag == 0 && (changed == 0 || held == 0 || amended == 0) {
		t.Error("the stories hold nothing back")
	}
}

// TestHistoryOfImports: two imports that lack rows, of which one is given up; the other is noted from then on, until it has them all.
func TestHistoryOfImports(t *testing.T) {
	t.Parallel()
	f := fileOf("many.csv", manyRows(events.MaxBatchRows*2+1)...)
	c := openTrial(t, trialRegulation)
	lost := c.must(c.say("", announce(2)))
	c.now = c.now.Add(importHold)
	c.store(c.plan(f).Commits[:1])
	c.now = c.now.Add(importHold)
	given := c.must(c.say("b", &events.EntryWithdrawn{Of: lost.ID, Reason: "cut off"}))
	c.store(c.plan(f).Commits)
	requireHistory(t, c.live, c.list)
	for seq, want := range map[events.Seq]string{given.Seq - 1: "f.csv has 0 of 2", given.Seq: "many.csv has 500 of 1001", c.list[len(c.list)-1].Seq: ""} {
		s, err := c.live.At(seq)
		if err != nil {
			t.Fatal(err)
		}
		if notes := strings.Join(s.Clusters[0].Rows[0].Notes, "; "); !strings.Contains(notes, want) || want == "" && notes != "" {
			t.Errorf("after event %d the notes are %q", seq, notes)
		}
	}
}

// TestAtRefuses an event that there is not, in a campaign that is open or not.
func TestAtRefuses(t *testing.T) {
	t.Parallel()
	for _, l := range []*Live{NewLive(), openTrial(t, trialRegulation).live} {
		for _, seq := range []events.Seq{0, 2} {
			_, err := l.At(seq)
			if refusal := new(*Refusal); !errors.As(err, refusal) || (*refusal).Code != CodeUnknownEvent {
				t.Errorf("event %d: %v", seq, err)
			}
		}
	}
}
