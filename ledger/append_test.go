package ledger_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
	"campaignledger/ledger"
)

const patience = 30 * time.Second

func exclusive(cfg *ledger.Config) { cfg.Exclusive = true }

func mustAppend(t *testing.T, l *ledger.Ledger, proposals ...events.Proposal) []ledger.Receipt {
	t.Helper()
	receipts, err := l.Append(t.Context(), proposals...)
	if err != nil {
		t.Fatal(err)
	}
	return receipts
}

// storedRecords reads the whole log from the store and checks that no id occurs twice.
func storedRecords(t *testing.T, store ledger.Store) []events.Record {
	t.Helper()
	var records []events.Record
	ids := map[uuid.UUID]bool{}
	for c, err := range store.Read(t.Context(), 0, false) {
		if err != nil {
			t.Fatal(err)
		}
		for record := range c.Records() {
			d, err := events.Decode(record)
			if err != nil {
				t.Fatal(err)
			}
			if ids[d.ID] {
				t.Errorf("id %s is stored twice", d.ID)
			}
			ids[d.ID] = true
			records = append(records, record)
		}
	}
	return records
}

func TestReceiptNamesPlaceAndLeaf(t *testing.T) {
	t.Parallel()
	l, _ := openLedger(t, ledger.NewMemory())
	first, second := score("a"), score("b")
	receipts := mustAppend(t, l, proposal(t, first), events.Proposal{Draft: second})
	for i, d := range []events.Draft{first, second} {
		r := receipts[i]
		if r.Seq != events.Seq(i+1) || r.ID != d.ID || r.Duplicate || string(r.Record) != string(encode(t, d)) {
			t.Errorf("receipt %d: %+v", i, r)
		}
		if r.Leaf != events.LeafHash(r.Record, r.Recorded) {
			t.Errorf("receipt %d: wrong leaf hash", i)
		}
	}
}

// TestWritersShareACommit: while one commit is under way the others queue, and then go into one.
func TestWritersShareACommit(t *testing.T) {
	t.Parallel()
	const writers = 100
	store := ledger.NewMemory()
	var order []events.Seq
	l, _ := openLedger(t, store, exclusive, func(cfg *ledger.Config) {
		cfg.AfterCommit = func(list []events.Event) {
			for _, e := range list {
				order = append(order, e.Seq)
			}
		}
	})
	waiting, release := store.HoldAppends()
	var running sync.WaitGroup
	write := func() {
		if _, err := l.Append(t.Context(), proposal(t, score("x"))); err != nil {
			t.Error(err)
		}
	}
	running.Go(write)
	<-waiting
	for range writers {
		running.Go(write)
	}
	waitFor(t, func() bool { return l.Queued() == writers })
	release()
	running.Wait()
	if n := store.Appends(); n != 2 {
		t.Errorf("%d appends for 1 and %d waiting writers, want 2", n, writers)
	}
	l.Close()
	if len(order) != writers+1 || !slices.IsSorted(order) {
		t.Errorf("AfterCommit saw %v", order)
	}
}

func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestRefusedBodyFailsAlone(t *testing.T) {
	t.Parallel()
	bad := score("bad")
	errNo := errors.New("no such unit")
	store := ledger.NewMemory()
	l, gate := openLedger(t, store, exclusive)
	gate.rule = func(_ *fakeGate, e events.Event) error {
		if e.ID == bad.ID {
			return errNo
		}
		return nil
	}
	_, err := l.Append(t.Context(), proposal(t, score("good")), proposal(t, bad))
	var refused *ledger.RefusedError
	if !errors.Is(err, errNo) || !errors.As(err, &refused) || refused.Index != 1 {
		t.Errorf("refusal: %v", err)
	}
	mustAppend(t, l, proposal(t, score("good")))
	if n := len(storedRecords(t, store)); n != 1 {
		t.Errorf("%d records are stored, want 1", n)
	}
}

func TestUnsettledBodyIsRefused(t *testing.T) {
	t.Parallel()
	errOpen := errors.New("two units on one place")
	store := ledger.NewMemory()
	l, gate := openLedger(t, store, exclusive)
	gate.settle = func(g *fakeGate) error {
		if len(g.log)%2 == 1 {
			return errOpen
		}
		return nil
	}
	if _, err := l.Append(t.Context(), proposal(t, score("a"))); !errors.Is(err, errOpen) {
		t.Errorf("one: %v", err)
	}
	mustAppend(t, l, proposal(t, score("a")), proposal(t, score("b")))
	if n := len(storedRecords(t, store)); n != 2 {
		t.Errorf("%d records are stored, want 2", n)
	}
}

func TestBodyLimits(t *testing.T) {
	t.Parallel()
	store := ledger.NewMemory()
	l, _ := openLedger(t, store, exclusive)
	many := make([]events.Proposal, events.MaxCommitEvents+1)
	for i := range many {
		many[i] = proposal(t, score("x"))
	}
	if _, err := l.Append(t.Context(), many...); !errors.Is(err, ledger.ErrTooBig) {
		t.Errorf("too many: %v", err)
	}
	mustAppend(t, l, many[1:]...)
	long := make([]events.Proposal, events.MaxCommitBytes/7800)
	for i := range long {
		long[i] = proposal(t, sized(8000))
	}
	if _, err := l.Append(t.Context(), long...); !errors.Is(err, ledger.ErrTooBig) {
		t.Errorf("too long: %v", err)
	}
	if n := len(storedRecords(t, store)); n != events.MaxCommitEvents {
		t.Errorf("%d records are stored", n)
	}
	if _, err := l.Append(t.Context(), events.Proposal{Record: events.Record(`{}`)}); err == nil {
		t.Error("a record that is none was taken")
	}
	other := score("x")
	other.Campaign = "another"
	if _, err := l.Append(t.Context(), proposal(t, other)); err == nil {
		t.Error("another campaign's record was taken")
	}
}

// TestFullCommitsSplit: bodies that fit a commit each, but not together, go into several.
func TestFullCommitsSplit(t *testing.T) {
	t.Parallel()
	const writers, each = 5, 400
	store := ledger.NewMemory()
	l, _ := openLedger(t, store, exclusive)
	waiting, release := store.HoldAppends()
	var running sync.WaitGroup
	running.Go(func() { mustAppend(t, l, proposal(t, score("first"))) })
	<-waiting
	for range writers {
		body := make([]events.Proposal, each)
		for i := range body {
			body[i] = proposal(t, score("x"))
		}
		running.Go(func() {
			receipts, err := l.Append(t.Context(), body...)
			if err != nil || receipts[each-1].Seq != receipts[0].Seq+each-1 {
				t.Errorf("a body was torn apart: %v", err)
			}
		})
	}
	waitFor(t, func() bool { return l.Queued() == writers })
	release()
	running.Wait()
	if n := store.Appends(); n != 4 {
		t.Errorf("%d appends, want 4: 1, 2x400, 2x400, 400", n)
	}
}

func TestFaultsAreRecovered(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]ledger.Fault{
		"stored but unclear":       {ledger.FaultUnclearStored},
		"lost and unclear":         {ledger.FaultUnclearLost},
		"down":                     {ledger.FaultDown, ledger.FaultDown},
		"everything goes wrong":    {ledger.FaultUnclearLost, ledger.FaultDown, ledger.FaultUnclearStored},
		"stored, unclear, several": {ledger.FaultUnclearStored, ledger.FaultUnclearStored},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := ledger.NewMemory()
			var own []events.Seq
			l, _ := openLedger(t, store, func(cfg *ledger.Config) {
				cfg.AfterCommit = func(list []events.Event) {
					for _, e := range list {
						own = append(own, e.Seq)
					}
				}
			})
			store.FailAppends(faults...)
			for i := range 3 {
				r := mustAppend(t, l, proposal(t, score("a")), events.Proposal{Draft: score("b")})
				if want := events.Seq(2*i + 1); r[0].Seq != want || r[1].Seq != want+1 || r[0].Duplicate {
					t.Errorf("receipts %+v", r)
				}
				if r[0].Leaf != events.LeafHash(r[0].Record, r[0].Recorded) {
					t.Error("wrong leaf")
				}
			}
			l.Close()
			if n := len(storedRecords(t, store)); n != 6 {
				t.Errorf("%d records are stored, want 6", n)
			}
			if len(own) != 6 || !slices.IsSorted(own) {
				t.Errorf("AfterCommit saw %v", own)
			}
		})
	}
}

func TestRefusedByStore(t *testing.T) {
	t.Parallel()
	store := ledger.NewMemory()
	l, _ := openLedger(t, store)
	store.FailAppends(ledger.FaultRefused)
	if _, err := l.Append(t.Context(), proposal(t, score("a"))); !errors.Is(err, ledger.ErrRefused) {
		t.Errorf("refused: %v", err)
	}
	mustAppend(t, l, proposal(t, score("b")))
	if n := len(storedRecords(t, store)); n != 1 {
		t.Errorf("%d records are stored, want 1", n)
	}
}

// TestWriterGivesUp: a writer that leaves while the outcome is open is told so, and what was stored is found later.
func TestWriterGivesUp(t *testing.T) {
	t.Parallel()
	store := ledger.NewMemory()
	l, _ := openLedger(t, store)
	waiting, release := store.HoldAppends()
	ctx, cancel := context.WithCancel(t.Context())
	p := proposal(t, score("left"))
	outcome, queued := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := l.Append(ctx, p)
		outcome <- err
	}()
	<-waiting
	go func() {
		_, err := l.Append(ctx, proposal(t, score("queued")))
		queued <- err
	}()
	waitFor(t, func() bool { return l.Queued() == 1 })
	cancel()
	if err := <-outcome; !errors.Is(err, ledger.ErrUnclear) || !errors.Is(err, context.Canceled) {
		t.Errorf("under way: %v, want ErrUnclear", err)
	}
	if err := <-queued; errors.Is(err, ledger.ErrUnclear) || !errors.Is(err, context.Canceled) {
		t.Errorf("still queued: %v, want only the context's error", err)
	}
	release()
	if r := mustAppend(t, l, p)[0]; r.Seq != 1 || !r.Duplicate {
		t.Errorf("asked again: %+v", r)
	}
	if n := len(storedRecords(t, store)); n != 1 {
		t.Errorf("%d records are stored, want 1", n)
	}
}

func TestCloseFailsWhatIsQueued(t *testing.T) {
	t.Parallel()
	store := ledger.NewMemory()
	l, _ := openLedger(t, store)
	waiting, release := store.HoldAppends()
	first, second := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := l.Append(t.Context(), proposal(t, score("under way")))
		first <- err
	}()
	<-waiting
	go func() {
		_, err := l.Append(t.Context(), proposal(t, score("queued")))
		second <- err
	}()
	waitFor(t, func() bool { return l.Queued() == 1 })
	closed := make(chan struct{})
	go func() {
		l.Close()
		close(closed)
	}()
	waitFor(t, func() bool { return l.Ready() != nil })
	release()
	if err := <-first; err != nil {
		t.Errorf("under way: %v", err)
	}
	if err := <-second; !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("queued: %v, want ErrClosed", err)
	}
	<-closed
	if _, err := l.Append(t.Context(), proposal(t, score("late"))); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

type laterError struct{ at time.Time }

func (e laterError) Error() string      { return "an import is under way" }
func (e laterError) RetryAt() time.Time { return e.at }

// TestHeldBack: a refusal that may end by itself holds its body back without blocking others.
func TestHeldBack(t *testing.T) {
	t.Parallel()
	l, gate := openLedger(t, ledger.NewMemory())
	held, opener := score("held"), score("opener")
	gate.rule = func(g *fakeGate, e events.Event) error {
		if _, open := g.Find(opener.ID); e.ID == held.ID && !open {
			return laterError{time.Now().Add(time.Hour)}
		}
		return nil
	}
	outcome := make(chan ledger.Receipt, 1)
	go func() {
		r, err := l.Append(t.Context(), proposal(t, held))
		if err != nil {
			t.Error(err)
		}
		outcome <- r[0]
	}()
	for range 3 {
		mustAppend(t, l, proposal(t, score("other")))
	}
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := l.Append(short, proposal(t, held)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an impatient writer: %v", err)
	}
	opened := mustAppend(t, l, proposal(t, opener))[0].Seq
	if r := <-outcome; r.Seq <= opened {
		t.Errorf("the held body is event %d, the one it waited for %d", r.Seq, opened)
	}
}

func TestHeldUntilTime(t *testing.T) {
	t.Parallel()
	l, gate := openLedger(t, ledger.NewMemory())
	at := time.Now().Add(20 * time.Millisecond)
	gate.rule = func(*fakeGate, events.Event) error {
		if time.Now().Before(at) {
			return laterError{at}
		}
		return nil
	}
	mustAppend(t, l, proposal(t, score("held")))
}

// TestRefusalThatStays: a refusal whose RetryAt is zero is final, and is answered at once.
func TestRefusalThatStays(t *testing.T) {
	t.Parallel()
	l, gate := openLedger(t, ledger.NewMemory())
	gate.rule = func(*fakeGate, events.Event) error { return laterError{} }
	var refused *ledger.RefusedError
	if _, err := l.Append(t.Context(), proposal(t, score("never"))); !errors.As(err, &refused) {
		t.Errorf("%v, want a refusal", err)
	}
}

// TestCancelledPlan: a plan whose turn comes after another's, and whose caller gives up meanwhile, ends and never runs.
func TestCancelledPlan(t *testing.T) {
	t.Parallel()
	l, gate := openLedger(t, ledger.NewMemory())
	busy, entered, inside, release := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})
	gate.rule = func(g *fakeGate, _ events.Event) error {
		if len(g.log) == 0 {
			close(entered)
			<-busy
		}
		return nil
	}
	outcomes := make(chan error, 2)
	go func() {
		_, err := l.Append(t.Context(), proposal(t, score("keeps the appender busy")))
		outcomes <- err
	}()
	<-entered
	go func() {
		outcomes <- l.AppendPlan(t.Context(), func(events.Seq, time.Time) ([][]events.Proposal, error) {
			close(inside)
			<-release
			return [][]events.Proposal{{{Draft: score("a")}}}, nil
		}, nil)
	}()
	waitFor(t, func() bool { return l.Queued() == 1 })
	ctx, cancel := context.WithCancel(t.Context())
	second := make(chan error, 1)
	go func() {
		second <- l.AppendPlan(ctx, func(events.Seq, time.Time) ([][]events.Proposal, error) {
			t.Error("a plan ran whose caller had given up")
			return nil, nil
		}, nil)
	}()
	waitFor(t, func() bool { return l.Queued() == 2 })
	close(busy)
	<-inside
	cancel()
	close(release)
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("the second: %v", err)
	}
	for range 2 {
		if err := <-outcomes; err != nil {
			t.Error(err)
		}
	}
}

func TestRecordedTimeNeverDecreases(t *testing.T) {
	t.Parallel()
	times := []time.Duration{0, time.Hour, time.Minute, -time.Hour, 2 * time.Hour}
	next := 0
	l, _ := openLedger(t, ledger.NewMemory(), exclusive, func(cfg *ledger.Config) {
		cfg.Now = func() time.Time { return testTime().Add(times[min(next, len(times)-1)] + time.Microsecond) }
	})
	want := []time.Duration{0, time.Hour, time.Hour, time.Hour, 2 * time.Hour}
	for i := range times {
		next = i
		if r := mustAppend(t, l, proposal(t, score("x")))[0]; !r.Recorded.Equal(testTime().Add(want[i])) {
			t.Errorf("event %d: recorded %v", i+1, r.Recorded)
		}
	}
}

// TestStoreDown: nothing is acknowledged while the store is down; the writer decides how long to wait, and the next one is
// served once the store is back.
func TestStoreDown(t *testing.T) {
	t.Parallel()
	store := ledger.NewMemory()
	l, _ := openLedger(t, store)
	store.FailAppends(slices.Repeat([]ledger.Fault{ledger.FaultDown}, 6)...)
	short, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	p := proposal(t, score("patient"))
	if _, err := l.Append(short, p); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while the store is down: %v", err)
	}
	if r := mustAppend(t, l, p)[0]; r.Seq != 1 || r.Leaf != events.LeafHash(p.Record, r.Recorded) {
		t.Errorf("afterwards: %+v", r)
	}
	if n := len(storedRecords(t, store)); n != 1 {
		t.Errorf("%d records are stored, want 1", n)
	}
}
