package host_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// pair is one campaign in two processes on one NATS.
func pair(t *testing.T) [2]*host.Campaign {
	t.Helper()
	server := external(t)
	var both [2]*host.Campaign
	for i := range both {
		both[i] = openCampaign(t, openHost(t, host.Config{NATS: server.url}))
	}
	return both
}

// logOf is the whole log, as a process sees it after all that was acknowledged.
func logOf(t *testing.T, c *host.Campaign) (list []events.Event) {
	t.Helper()
	if err := c.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	for e, err := range c.Ledger.Read(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}

// expectSame checks that both processes, and a fold of the log alone, say the same.
func expectSame(t *testing.T, both [2]*host.Campaign) []events.Event {
	t.Helper()
	list := logOf(t, both[0])
	fresh := projections.NewLive()
	for _, e := range list {
		if err := fresh.Admit(e); err != nil {
			t.Fatalf("event %d breaks a rule: %v", e.Seq, err)
		}
		fresh.Commit()
	}
	want := string(fresh.Standings().AppendJSON(nil, projections.JSONOptions{}))
	for i, c := range both {
		if other := logOf(t, c); len(other) != len(list) {
			t.Errorf("process %d has %d events, not %d", i, len(other), len(list))
		}
		if got := string(standingsOf(t, c).AppendJSON(nil, projections.JSONOptions{})); got != want {
			t.Errorf("process %d shows\n%s, a fold of the log\n%s", i, got, want)
		}
	}
	return list
}

// TestTwoProcessesAppend: both append at once, every event is sent again to the other, and each reads what the other was acknowledged.
func TestTwoProcessesAppend(t *testing.T) {
	t.Parallel()
	const writers, each = 3, 12
	both := pair(t)
	var mu sync.Mutex
	acknowledged := map[uuid.UUID]events.Seq{}
	var running sync.WaitGroup
	for i := range both {
		for w := range writers {
			running.Go(func() {
				for n := range each {
					p := entry(t, "a", fmt.Sprintf("w%d-%d-%d", i, w, n), 1)
					first, err := both[i].Append(t.Context(), p)
					if err != nil {
						t.Error(err)
						return
					}
					other := both[1-i]
					if err := other.Sync(t.Context()); err != nil || other.Summary().Seq < first[0].Seq {
						t.Errorf("the other is at %d after event %d (%v)", other.Summary().Seq, first[0].Seq, err)
					}
					again, err := other.Append(t.Context(), p)
					if err != nil || again[0].Seq != first[0].Seq || !again[0].Duplicate || string(again[0].Record) != string(first[0].Record) {
						t.Errorf("again: %+v, %v; first %+v", again, err, first)
					}
					mu.Lock()
					acknowledged[p.ID] = first[0].Seq
					mu.Unlock()
				}
			})
		}
	}
	running.Wait()
	list := expectSame(t, both)
	if len(list) != 1+2*writers*each {
		t.Errorf("%d events are stored", len(list))
	}
	for _, e := range list[1:] {
		if acknowledged[e.ID] != e.Seq {
			t.Errorf("event %s at %d was acknowledged as %d", e.ID, e.Seq, acknowledged[e.ID])
		}
	}
}

// TestOneSuccessor: both processes replace the same entry at the same time; one does, the other hears that it is not current any more.
func TestOneSuccessor(t *testing.T) {
	t.Parallel()
	const rounds, rivals = 8, 3
	both := pair(t)
	line := func(more string, points int) events.Proposal {
		return parse(t, fmt.Sprintf(`{"type":"score.entered","subject":"a","data":{"cluster":"c","criterion":"S","level":"score","scorer":"x","points":"%d"%s}}`, points, more))
	}
	first, err := both[0].Append(t.Context(), line("", 1))
	if err != nil {
		t.Fatal(err)
	}
	current := first[0].ID
	for range rounds {
		var mu sync.Mutex
		var winners []uuid.UUID
		var running sync.WaitGroup
		for _, c := range both {
			for points := range rivals {
				running.Go(func() {
					receipts, err := c.Append(t.Context(), line(fmt.Sprintf(`,"supersedes":"%s","reason":"r"`, current), points+2))
					var refusal *projections.Refusal
					switch {
					case err == nil:
						mu.Lock()
						winners = append(winners, receipts[0].ID)
						mu.Unlock()
					case !errors.As(err, &refusal) || refusal.Code != projections.CodeSupersedes:
						t.Errorf("%v", err)
					}
				})
			}
		}
		running.Wait()
		if len(winners) != 1 {
			t.Fatalf("%d entries replaced the same one", len(winners))
		}
		current = winners[0]
	}
	if list := expectSame(t, both); len(list) != 2+rounds {
		t.Errorf("%d events are stored", len(list))
	}
}

// TestImportBesideAppends: each process imports a file while both append; nothing stands between a file's rows.
func TestImportBesideAppends(t *testing.T) {
	t.Parallel()
	const rows, singles = 4000, 40
	both := pair(t)
	var running sync.WaitGroup
	for i, c := range both {
		f := file(t, string("ef"[i])+"-row", rows)
		running.Go(func() {
			plan, err := c.Import(t.Context(), f, host.ImportOptions{})
			if err != nil || plan.Bad != 0 {
				t.Errorf("import: %+v bad, %v", plan.Bad, err)
			}
		})
		running.Go(func() {
			for n := range singles {
				if _, err := c.Append(t.Context(), entry(t, "b", fmt.Sprintf("single%d-%d", i, n), 1)); err != nil && !errors.Is(err, ledger.ErrContended) {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	list := expectSame(t, both)
	var under uuid.UUID
	left, files, alone := 0, 0, 0
	for _, e := range list[1:] {
		started, is := e.Payload.(*events.ImportStarted)
		switch {
		case is && left == 0:
			under, left = e.ID, started.Rows
			files++
		case left > 0 && e.Causation == under:
			left--
		case left > 0:
			t.Fatalf("event %d (%s) stands between the rows of an import", e.Seq, e.Type())
		default:
			alone++
		}
	}
	if files != 2 || left != 0 || alone != 2*singles {
		t.Errorf("%d imports, %d rows missing, %d other events", files, left, alone)
	}
}

// TestImportPlannedAgain: what another process writes between an import's plan and its first commit is planned for, not refused.
func TestImportPlannedAgain(t *testing.T) {
	t.Parallel()
	both := pair(t)
	var running sync.WaitGroup
	f := file(t, "row", 1500)
	for i, c := range both { // the same rows: most of what one stores is unchanged for the other
		running.Go(func() {
			if plan, err := c.Import(t.Context(), f, host.ImportOptions{Reason: "typo"}); err != nil || plan.Bad != 0 {
				t.Errorf("process %d: %+v bad, %v", i, plan.Bad, err)
			}
		})
	}
	running.Wait()
	if list := expectSame(t, both); len(list) != 1+1+1500 {
		t.Errorf("%d events are stored", len(list))
	}
}
