package ledger_test

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/events"
	"campaignledger/ledger"
)

// TestIsolated: a leader is believed while it heard from most replicas a moment ago, itself counted; one without replicas always.
func TestIsolated(t *testing.T) {
	t.Parallel()
	replicas := func(heard ...time.Duration) *jetstream.ClusterInfo {
		c := &jetstream.ClusterInfo{Leader: "n1"}
		for _, ago := range heard {
			c.Replicas = append(c.Replicas, &jetstream.PeerInfo{Active: ago})
		}
		return c
	}
	const now, old, never = time.Millisecond, 4 * time.Second, 0
	leaderless := replicas(now, now)
	leaderless.Leader = ""
	for name, test := range map[string]struct {
		info     *jetstream.ClusterInfo
		believed bool
	}{
		"no cluster":            {nil, true},
		"one replica":           {replicas(), true},
		"all in touch":          {replicas(now, now), true},
		"two of three":          {replicas(old, now), true},
		"alone of three":        {replicas(old, old), false},
		"never heard of any":    {replicas(never, never), false},
		"three of five":         {replicas(now, now, old, never), true},
		"two of five":           {replicas(now, old, old, old), false},
		"two, one is gone":      {replicas(old), false},
		"four, two are gone":    {replicas(now, old, old), false},
		"who answers is a copy": {leaderless, false},
	} {
		if why := ledger.Isolated(test.info); (why == "") != test.believed {
			t.Errorf("%s: %q", name, why)
		}
	}
}

// slowStore says of its first append that the outcome is unclear, and of more that another is there, until it is let go: then the first one is stored. So
// does a leader that has a message in hand and waits for its majority.
type slowStore struct {
	ledger.Store
	first    *ledger.Commit
	attempts atomic.Int32
	done     chan struct{}
}

func (s *slowStore) Append(ctx context.Context, c ledger.Commit) error {
	s.attempts.Add(1)
	if s.first == nil {
		s.first = &c
		return ledger.ErrUnclear
	}
	select {
	case <-s.done:
		if err := s.Store.Append(ctx, *s.first); err != nil && !errors.Is(err, ledger.ErrConflict) {
			return err
		}
	default:
	}
	return ledger.ErrConflict
}

// TestConflictWithOneself: a conflict with a commit of one's own that is not stored yet is not somebody else's, however long it takes.
func TestConflictWithOneself(t *testing.T) {
	t.Parallel()
	store := &slowStore{Store: ledger.NewMemory(), done: make(chan struct{})}
	l, _ := openLedger(t, store)
	go func() {
		const some = 8
		for store.attempts.Load() < some {
			<-time.After(time.Millisecond)
		}
		close(store.done)
	}()
	receipts := mustAppend(t, l, proposal(t, score("a")))
	if receipts[0].Seq != 1 || receipts[0].Duplicate {
		t.Errorf("%+v", receipts[0])
	}
	const most = 20 // attempts, and not as fast as it can
	if n := store.attempts.Load(); n > most {
		t.Errorf("%d attempts", n)
	}
}

// TestRefusedWhileUnclear: who is refused while an earlier attempt may yet be stored is told that it is not known.
func TestRefusedWhileUnclear(t *testing.T) {
	t.Parallel()
	store := &slowStore{Store: ledger.NewMemory(), done: make(chan struct{})}
	l, gate := openLedger(t, store)
	asked := 0
	late := errors.New("too late")
	gate.rule = func(*fakeGate, events.Event) error {
		if asked++; asked > 1 {
			return late
		}
		return nil
	}
	_, err := l.Append(t.Context(), proposal(t, score("a")))
	if !errors.Is(err, ledger.ErrUnclear) || !errors.Is(err, late) {
		t.Errorf("while the place is free: %v", err)
	}
	if _, err := l.Append(t.Context(), proposal(t, score("b"))); !errors.Is(err, late) || errors.Is(err, ledger.ErrUnclear) {
		t.Errorf("one that was never sent: %v", err)
	}
}

// deafStore is a store whose followers hear nothing, as those of a consumer that went with its server.
type deafStore struct{ ledger.Store }

func (s deafStore) Read(ctx context.Context, after events.Seq, follow bool) iter.Seq2[ledger.Commit, error] {
	if !follow {
		return s.Store.Read(ctx, after, follow)
	}
	return func(func(ledger.Commit, error) bool) { <-ctx.Done() }
}

// TestSyncWithoutFollower: Sync does not wait for a follower that hears nothing.
func TestSyncWithoutFollower(t *testing.T) {
	t.Parallel()
	store := ledger.NewMemory()
	writer, _ := openLedger(t, store)
	reader, _ := openLedger(t, deafStore{store})
	for range 3 {
		seq := mustAppend(t, writer, proposal(t, score("a")))[0].Seq
		if err := reader.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if last, _ := reader.Last(); last != seq {
			t.Errorf("at event %d after event %d", last, seq)
		}
	}
}

// downStore is a store that can't be reached while it is down.
type downStore struct {
	ledger.Store
	down atomic.Bool
}

func (s *downStore) Last(ctx context.Context) (events.Seq, error) {
	if s.down.Load() {
		return 0, ledger.ErrUnreachable
	}
	return s.Store.Last(ctx)
}

// TestTrouble: a store that can't be reached is told of until it can.
func TestTrouble(t *testing.T) {
	t.Parallel()
	store := &downStore{Store: ledger.NewMemory()}
	l, _ := openLedger(t, store)
	for range 2 {
		store.down.Store(true)
		if err := l.Sync(t.Context()); !errors.Is(err, ledger.ErrUnreachable) || !errors.Is(l.Trouble(), ledger.ErrUnreachable) {
			t.Errorf("down: %v; %v", err, l.Trouble())
		}
		store.down.Store(false)
		mustAppend(t, l, proposal(t, score("a")))
		if err := l.Trouble(); err != nil {
			t.Errorf("after an append: %v", err)
		}
	}
}
