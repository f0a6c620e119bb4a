package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"campaignledger/events"
	"campaignledger/ledger"
)

func TestIdempotency(t *testing.T) {
	t.Parallel()
	store := ledger.NewMemory()
	l, gate := openLedger(t, store, exclusive)
	d := score("once")
	first := mustAppend(t, l, proposal(t, d))[0]
	mustAppend(t, l, proposal(t, score("between")))
	gate.rule = func(*fakeGate, events.Event) error { return errors.New("the campaign is closed") }
	bare := d
	bare.Time, bare.Author = time.Time{}, ""
	for name, p := range map[string]events.Proposal{"record": proposal(t, d), "draft": {Draft: d}, "bare draft": {Draft: bare}} {
		r := mustAppend(t, l, p)[0]
		if !r.Duplicate {
			t.Errorf("%s: not called a duplicate", name)
		}
		r.Duplicate = false
		if fmt.Sprint(r) != fmt.Sprint(first) {
			t.Errorf("%s: receipt %v, first %v", name, r, first)
		}
	}
	other := score("other")
	other.ID = d.ID
	for name, p := range map[string]events.Proposal{"record": proposal(t, other), "draft": {Draft: other}} {
		_, err := l.Append(t.Context(), p)
		var duplicate *ledger.DuplicateIDError
		if !errors.Is(err, ledger.ErrDuplicateID) || !errors.As(err, &duplicate) || duplicate.Seq != 1 {
			t.Errorf("%s with other content: %v", name, err)
		}
	}
	if n := len(storedRecords(t, store)); n != 2 {
		t.Errorf("%d records are stored, want 2", n)
	}
}

// TestCompletedDraftAgain: what the gate filled in is no difference when the same draft comes again.
func TestCompletedDraftAgain(t *testing.T) {
	t.Parallel()
	l, gate := openLedger(t, ledger.NewMemory(), exclusive)
	gate.complete = func(d *events.Draft) { // each time another
		switch p := d.Payload.(type) {
		case *events.ScoreEntered:
			p.Supersedes, p.Regulation = events.NewID(), 2+len(gate.log)
		case *events.TargetSet:
			p.Supersedes = events.NewID()
		case *events.ReportFiled:
			p.Supersedes = events.NewID()
		}
	}
	entered := score("again")
	entered.Payload.(*events.ScoreEntered).Reason = "miscounted"
	list := []events.Draft{entered, entered, entered}
	list[1].Payload = &events.TargetSet{Cluster: "cum2", Criterion: "I.2", Scorer: "lang-son", Target: events.Whole(3), Reason: "miscounted"}
	list[2].Payload = &events.ReportFiled{From: "2017-01-01", To: "2017-03-31", Text: events.Words{Text: "all is well"}, Reason: "miscounted"}
	for _, d := range list {
		d.ID = events.NewID()
		first := mustAppend(t, l, events.Proposal{Draft: d})[0]
		again := mustAppend(t, l, events.Proposal{Draft: d})[0]
		if !again.Duplicate || again.Seq != first.Seq || string(again.Record) != string(first.Record) {
			t.Errorf("%s: again %+v, first %+v", d.Payload.Type(), again, first)
		}
	}
}

// TestIdempotencyForever: an old event is found in the store after the memory of it is gone, and after a restart.
func TestIdempotencyForever(t *testing.T) {
	t.Parallel()
	store := createStore(t, startServer(t, t.TempDir()))
	l, _ := openLedger(t, store, exclusive)
	old := make([]events.Draft, 5)
	receipts := make([]ledger.Receipt, len(old))
	for i := range old {
		old[i] = score(fmt.Sprint(i))
		receipts[i] = mustAppend(t, l, proposal(t, old[i]))[0]
	}
	appendGroups(t, l, slices.Collect(slices.Chunk(groups(t, 300)[0], 1))) // more commits than are kept in memory
	for range 2 {
		for i, d := range old {
			r := mustAppend(t, l, proposal(t, d))[0]
			if r.Seq != receipts[i].Seq || r.Leaf != receipts[i].Leaf || !r.Recorded.Equal(receipts[i].Recorded) {
				t.Errorf("event %d: receipt %+v, first %+v", i+1, r, receipts[i])
			}
		}
		l.Close()
		l, _ = openLedger(t, store, exclusive)
	}
}

func TestSignatureIsNotContent(t *testing.T) {
	t.Parallel()
	l, _ := openLedger(t, ledger.NewMemory(), exclusive)
	d := score("signed")
	sign := func(digit byte) events.Proposal {
		d.Signature = "ed25519:" + string(slices.Repeat([]byte{digit}, 128))
		return proposal(t, d)
	}
	first := mustAppend(t, l, sign('a'))[0]
	again := mustAppend(t, l, sign('b'))[0]
	if !again.Duplicate || string(again.Record) != string(first.Record) {
		t.Errorf("another signature: %+v", again)
	}
}

func TestConcurrentSameID(t *testing.T) {
	t.Parallel()
	const writers = 32
	store := ledger.NewMemory()
	l, _ := openLedger(t, store, exclusive)
	p := proposal(t, score("same"))
	var running sync.WaitGroup
	for range writers {
		running.Go(func() {
			r, err := l.Append(t.Context(), p)
			if err != nil || r[0].Seq != 1 || r[0].Leaf != events.LeafHash(p.Record, r[0].Recorded) {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	running.Wait()
	if r := mustAppend(t, l, p, p); r[0].Seq != 1 || r[1].Seq != 1 {
		t.Errorf("twice in one body: %+v", r)
	}
	if n := len(storedRecords(t, store)); n != 1 {
		t.Errorf("%d records are stored, want 1", n)
	}
}
