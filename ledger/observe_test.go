package ledger_test

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"campaignledger/events"
	"campaignledger/ledger"
)

// notes is an observer that keeps what it is told.
type notes struct {
	mu                 sync.Mutex
	appended, failed   int
	admitted           []events.Seq
	writers            []any
	committed          []events.Seq
	figures            []ledger.CommitFigures
	setbacks           []ledger.Setback
	committedAtAnswers int
}

type writerKey struct{}

func (n *notes) Appended(took time.Duration, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if took <= 0 {
		n.failed += 1000
	}
	if err != nil {
		n.failed++
		return
	}
	n.appended++
	n.committedAtAnswers = len(n.committed)
}

func (n *notes) Admitted(ctx context.Context, list []events.Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range list {
		n.admitted = append(n.admitted, e.Seq)
		n.writers = append(n.writers, ctx.Value(writerKey{}))
	}
}

func (n *notes) Committed(list []events.Event, f ledger.CommitFigures) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.figures = append(n.figures, f)
	for _, e := range list {
		n.committed = append(n.committed, e.Seq)
	}
}

func (n *notes) Setback(s ledger.Setback) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.setbacks = append(n.setbacks, s)
}

// TestObserver: each step is told in its order, also of a commit whose outcome was unclear, and a refusal is no commit.
func TestObserver(t *testing.T) {
	t.Parallel()
	n, store := &notes{}, ledger.NewMemory()
	l, _ := openLedger(t, store, exclusive, func(cfg *ledger.Config) { cfg.Observer = n })
	one := encode(t, score("a"))
	if _, err := l.Append(context.WithValue(t.Context(), writerKey{}, "w1"), events.Proposal{Record: one}); err != nil {
		t.Fatal(err)
	}
	store.FailAppends(ledger.FaultUnclearLost)
	two := []events.Proposal{proposal(t, score("b")), proposal(t, score("c"))}
	if _, err := l.Append(context.WithValue(t.Context(), writerKey{}, "w2"), two...); err != nil {
		t.Fatal(err)
	}
	store.FailAppends(ledger.FaultRefused)
	if _, err := l.Append(t.Context(), proposal(t, score("d"))); !errors.Is(err, ledger.ErrRefused) {
		t.Fatal(err)
	}
	mustAppend(t, l, events.Proposal{Record: one}) // again: nothing is stored
	l.Close()
	if n.appended != 3 || n.failed != 1 || n.committedAtAnswers != 3 {
		t.Errorf("%d were acknowledged and %d not, the last after %d events", n.appended, n.failed, n.committedAtAnswers)
	}
	if got := n.admitted; len(got) != 6 || got[1] != 2 || got[2] != 3 || got[3] != 2 || got[4] != 3 || got[5] != 4 {
		t.Errorf("admitted: %v", got)
	}
	if got := n.writers; got[0] != "w1" || got[1] != "w2" || got[4] != "w2" || got[5] != nil {
		t.Errorf("for: %v", got)
	}
	if got := n.committed; len(got) != 3 || got[0] != 1 || got[2] != 3 {
		t.Errorf("committed: %v", got)
	}
	if len(n.figures) != 2 || n.figures[0].Bytes != len(one)+1 || n.figures[0].Bodies != 1 || n.figures[1].Bodies != 1 || n.figures[0].Store <= 0 {
		t.Errorf("%+v", n.figures)
	}
	if len(n.setbacks) != 1 || n.setbacks[0] != ledger.SetbackUnclear {
		t.Errorf("setbacks: %v", n.setbacks)
	}
}

// TestLoadAndPulse: while a commit is under way the appender shows no pulse and others queue; then it does, also once it is closed.
func TestLoadAndPulse(t *testing.T) {
	t.Parallel()
	store := ledger.NewMemory()
	l, _ := openLedger(t, store, exclusive)
	if err := l.Pulse(t.Context()); err != nil {
		t.Fatal(err)
	}
	waiting, release := store.HoldAppends()
	var writing sync.WaitGroup
	for range 2 {
		writing.Go(func() {
			if _, err := l.Append(t.Context(), proposal(t, score("a"))); err != nil {
				t.Error(err)
			}
		})
		if waiting != nil {
			<-waiting
			waiting = nil
		}
	}
	for end := time.Now().Add(patience); l.Load().Queued != 1; {
		if time.Now().After(end) {
			t.Fatalf("%+v", l.Load())
		}
	}
	stuck, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := l.Pulse(stuck); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while a commit is held: %v", err)
	}
	release()
	writing.Wait()
	if err := l.Pulse(t.Context()); err != nil || l.Load() != (ledger.Load{}) {
		t.Errorf("%v, %+v", err, l.Load())
	}
	l.Close()
	if err := l.Pulse(t.Context()); err != nil {
		t.Errorf("closed: %v", err)
	}
}

// TestPulseWithoutStore: an appender that waits for a store which is away is alive: starting the program anew would not bring the store back.
func TestPulseWithoutStore(t *testing.T) {
	t.Parallel()
	store := &awayStore{Store: ledger.NewMemory()}
	n := &notes{}
	l, _ := openLedger(t, store, exclusive, func(cfg *ledger.Config) { cfg.Observer = n })
	store.away.Store(true)
	ctx, cancel := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	writing.Go(func() { _, _ = l.Append(ctx, proposal(t, score("a"))) })
	retries := func() int {
		n.mu.Lock()
		defer n.mu.Unlock()
		count := 0
		for _, s := range n.setbacks {
			if s == ledger.SetbackRetry {
				count++
			}
		}
		return count
	}
	for end := time.Now().Add(patience); retries() < 2; {
		if time.Now().After(end) {
			t.Fatal("the store is not asked again")
		}
	}
	if err := l.Pulse(t.Context()); err != nil {
		t.Error(err)
	}
	store.away.Store(false)
	cancel()
	writing.Wait()
}

// awayStore is a store that can be away.
type awayStore struct {
	ledger.Store
	away atomic.Bool
}

var errAway = errors.New("the store is away")

func (s *awayStore) Append(ctx context.Context, c ledger.Commit) error {
	if s.away.Load() {
		return errAway
	}
	return s.Store.Append(ctx, c)
}

func (s *awayStore) Read(ctx context.Context, after events.Seq, follow bool) iter.Seq2[ledger.Commit, error] {
	if s.away.Load() {
		return func(yield func(ledger.Commit, error) bool) { yield(ledger.Commit{}, errAway) }
	}
	return s.Store.Read(ctx, after, follow)
}

// TestLag: what another process stored is known to be behind until it is applied.
func TestLag(t *testing.T) {
	t.Parallel()
	store := ledger.NewMemory()
	applying, apply := make(chan struct{}), make(chan struct{})
	var once sync.Once
	reader, _ := openLedger(t, store, func(cfg *ledger.Config) {
		cfg.Gate.(*fakeGate).rule = func(*fakeGate, events.Event) error {
			once.Do(func() {
				close(applying)
				<-apply
			})
			return nil
		}
	})
	writer, _ := openLedger(t, store)
	mustAppend(t, writer, proposal(t, score("a")), proposal(t, score("b")))
	<-applying
	if load := reader.Load(); load.Behind != 2 || time.Since(load.Since) > patience || time.Since(load.Since) < 0 {
		t.Errorf("%+v", load)
	}
	close(apply)
	if err := reader.Wait(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if load := reader.Load(); load.Behind != 0 {
		t.Errorf("%+v", load)
	}
}
