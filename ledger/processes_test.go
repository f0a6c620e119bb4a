package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"campaignledger/events"
	"campaignledger/ledger"
)

// TestTwoProcesses: two ledgers, each with its own gate, on one stream: nothing is lost, doubled or out of order, and a rule
// that holds over both is kept.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	const writers, each, most = 6, 15, 60
	server := startServer(t, t.TempDir())
	errEnough := errors.New("no more than 60 events")
	rule := func(g *fakeGate, _ events.Event) error {
		if len(g.log) >= most {
			return errEnough
		}
		return nil
	}
	ledgers := make([]*ledger.Ledger, 2)
	gates := make([]*fakeGate, 2)
	for i := range ledgers {
		ledgers[i], gates[i] = openLedger(t, createStore(t, server))
		gates[i].rule = rule
	}
	var mu sync.Mutex
	acknowledged := map[events.Seq]string{}
	refused := 0
	var running sync.WaitGroup
	for i := range writers {
		running.Go(func() {
			l := ledgers[i%2]
			for n := range each {
				receipts, err := l.Append(t.Context(), proposal(t, score(fmt.Sprint(i, n))))
				mu.Lock()
				switch {
				case errors.Is(err, errEnough):
					refused++
				case err != nil:
					t.Error(err)
				case acknowledged[receipts[0].Seq] != "":
					t.Errorf("event %d was acknowledged twice", receipts[0].Seq)
				default:
					acknowledged[receipts[0].Seq] = string(receipts[0].Record)
				}
				mu.Unlock()
			}
		})
	}
	running.Wait()
	for i, l := range ledgers {
		if err := l.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if last, _ := l.Last(); last != most {
			t.Errorf("ledger %d is at event %d", i, last)
		}
	}
	records := storedRecords(t, createStore(t, server))
	for i, record := range records {
		if acknowledged[events.Seq(i+1)] != string(record) {
			t.Errorf("event %d was not acknowledged as it is stored", i+1)
		}
	}
	if len(records) != most || len(acknowledged) != most || refused != writers*each-most {
		t.Errorf("%d stored, %d acknowledged, %d refused", len(records), len(acknowledged), refused)
	}
}

// TestSyncSeesOtherProcess: after Sync nothing that another process was acknowledged is missing.
func TestSyncSeesOtherProcess(t *testing.T) {
	t.Parallel()
	server := startServer(t, t.TempDir())
	one, _ := openLedger(t, createStore(t, server))
	two, _ := openLedger(t, createStore(t, server))
	for range 20 {
		seq := mustAppend(t, one, proposal(t, score("x")))[0].Seq
		if err := two.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if last, _ := two.Last(); last < seq {
			t.Fatalf("after Sync at event %d, acknowledged was %d", last, seq)
		}
		one, two = two, one
	}
}

// TestSameIDFromTwoProcesses: one id given to two processes at once is stored once, and both get its one place.
func TestSameIDFromTwoProcesses(t *testing.T) {
	t.Parallel()
	server := startServer(t, t.TempDir())
	one, _ := openLedger(t, createStore(t, server))
	two, _ := openLedger(t, createStore(t, server))
	for range 10 {
		p := proposal(t, score("same"))
		var places [2]events.Seq
		var running sync.WaitGroup
		for i, l := range []*ledger.Ledger{one, two} {
			running.Go(func() { places[i] = mustAppend(t, l, p)[0].Seq })
		}
		running.Wait()
		if places[0] != places[1] {
			t.Errorf("places %v", places)
		}
	}
	if n := len(storedRecords(t, createStore(t, server))); n != 10 {
		t.Errorf("%d records are stored, want 10", n)
	}
}

// TestPlanWithConflict: another process appends in the middle of a plan; the plan goes on behind it.
func TestPlanWithConflict(t *testing.T) {
	t.Parallel()
	const total, meddled = 20, 8
	store := ledger.NewMemory()
	one, _ := openLedger(t, store)
	two, _ := openLedger(t, store)
	var group [][]events.Proposal
	for range total {
		group = append(group, []events.Proposal{{Draft: score("row")}, proposal(t, score("row"))})
	}
	mustAppend(t, two, proposal(t, score("before")))
	var planned events.Seq
	var progress []int
	plan := func(last events.Seq, _ time.Time) ([][]events.Proposal, error) {
		planned = last
		return group, nil
	}
	for range 2 { // the second time all of it is recognised
		err := one.AppendPlan(t.Context(), plan, func(stored int) {
			if progress = append(progress, stored); stored == meddled {
				mustAppend(t, two, proposal(t, score("meddling")))
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if planned < 1 {
		t.Error("the plan ran before the ledger had caught up")
	}
	if len(progress) != 2*total || progress[total-1] != 2*total {
		t.Errorf("progress %v", progress)
	}
	if n := len(storedRecords(t, store)); n != 1+2*total+2 {
		t.Errorf("%d records are stored", n)
	}
}

func TestPlanRefusedInTheMiddle(t *testing.T) {
	t.Parallel()
	store := ledger.NewMemory()
	l, gate := openLedger(t, store)
	errNo := errors.New("no")
	gate.rule = func(g *fakeGate, _ events.Event) error {
		if len(g.log) == 3 {
			return errNo
		}
		return nil
	}
	list := [][]events.Proposal{{{Draft: score("a")}, {Draft: score("b")}}, {{Draft: score("c")}, {Draft: score("d")}}}
	err := l.AppendPlan(t.Context(), func(events.Seq, time.Time) ([][]events.Proposal, error) { return list, nil }, nil)
	if !errors.Is(err, errNo) {
		t.Errorf("plan: %v", err)
	}
	err = l.AppendPlan(t.Context(), func(events.Seq, time.Time) ([][]events.Proposal, error) { return nil, errNo }, nil)
	if !errors.Is(err, errNo) {
		t.Errorf("a plan that fails: %v", err)
	}
	if n := len(storedRecords(t, store)); n != 2 {
		t.Errorf("%d records are stored, want 2", n)
	}
}

func TestPlanRecoversFromFaults(t *testing.T) {
	t.Parallel()
	store := ledger.NewMemory()
	l, _ := openLedger(t, store)
	store.FailAppends(ledger.FaultNone, ledger.FaultUnclearStored, ledger.FaultUnclearLost, ledger.FaultDown)
	var list [][]events.Proposal
	for range 5 {
		list = append(list, []events.Proposal{{Draft: score("a")}, {Draft: score("b")}})
	}
	appendGroups(t, l, list)
	if n := len(storedRecords(t, store)); n != 10 {
		t.Errorf("%d records are stored, want 10", n)
	}
}

// TestFollowers: readers that follow see each applied commit once, in order, from memory or from the store.
func TestFollowers(t *testing.T) {
	t.Parallel()
	const total = 50
	l, _ := openLedger(t, createStore(t, startServer(t, t.TempDir())), exclusive)
	mustAppend(t, l, proposal(t, score("first")), proposal(t, score("second")))
	var running sync.WaitGroup
	for after := range events.Seq(3) {
		running.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			next := after + 1
			for stored, err := range l.Records(ctx, after, true) {
				if err != nil || stored.Seq != next {
					t.Errorf("record %d, %v; want %d", stored.Seq, err, next)
					return
				}
				if next++; stored.Seq == total {
					cancel()
				}
			}
		})
	}
	for range total - 2 {
		mustAppend(t, l, proposal(t, score("x")))
	}
	running.Wait()
	n := events.Seq(0)
	for e, err := range l.Read(t.Context(), 10) {
		if err != nil || e.Seq != 11+n {
			t.Fatalf("event %d, %v", e.Seq, err)
		}
		n++
	}
	if n != total-10 {
		t.Errorf("read %d events", n)
	}
	l.Close()
	for _, err := range l.ReadCommits(t.Context(), total, true) {
		if !errors.Is(err, ledger.ErrClosed) {
			t.Errorf("follow a closed ledger: %v", err)
		}
	}
}
