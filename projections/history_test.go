package projections

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"campaignledger/events"
)

// refoldEvery: so often the prefix is folded anew, in one commit; between, the fold goes on by commits of one event.
const refoldEvery = 8

// requireHistory compares the walk over a campaign, at every event, with a fresh fold of the events so far. What an import lacks is no part
// of the boards: the fresh fold's note is taken.
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
		got := Standings{Summary: fresh.Summary()}
		for _, b := range h.boards {
			got.Clusters = append(got.Clusters, b.standings(fresh.note))
		}
		if i%refoldEvery == 0 || i == len(list)-1 {
			fresh = NewRefold()
			admitAll(t, fresh, list[:i+1])
			fresh.Commit()
		}
		if want, have := jsonOf(fresh), got.AppendJSON(nil, JSONOptions{}); !bytes.Equal(want, have) {
			t.Fatalf("after event %d, %s (-fold +walk):\n%s", e.Seq, e.Payload.Type(), cmp.Diff(string(want), string(have)))
		}
		if s := fresh.Summary(); h.stage != s.Stage || h.frozen != s.Frozen || h.plan.version != s.Version {
			t.Fatalf("after event %d: stage %s, frozen by %d, version %d; the fold has %s, %d, %d", e.Seq, h.stage, h.frozen, h.plan.version, s.Stage, s.Frozen, s.Version)
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
		changed += len(h.changed)
		for h.peek() != nil {
			h.next()
			for _, b := range h.boards {
				held += b.held
			}
		}
		amended += h.plan.version - 1
		for seq, hold := range h.changed {
			if want := h.journal.at(seq).hold; hold != want {
				t.Fatalf("in the end event %d is held by %d, not %d", seq, want, hold)
			}
		}
	})
	t.Logf("%d entries whose hold changed, %d times a mark held, %d amendments", changed, held, amended)
	if *seedFlag == 0 && (changed == 0 || held == 0 || amended == 0) {
		t.Error("the stories hold nothing back")
	}
}
