package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

const (
	// checkInterval is how often a stream's settings are compared with the pinned ones.
	checkInterval = 30 * time.Second
)

// Config says what a ledger is made of.
type Config struct {
	Campaign string // its id
	Store    Store
	Gate     Gate             // empty, or at From; the ledger fills it
	Head     *Head            // what this directory has seen before; nil: nothing
	Tree     *proof.Tree      // empty, or at From; the ledger adds the leaf of every applied event, before readers see it; nil: nobody wants it
	Signed   []proof.Head     // of the checkpoints that were signed before, by size: the log must hold them; asks for a Tree
	From     *Start           // where gate, tree and store already are: the log is read from there; nil: from its start
	Now      func() time.Time // time.Now if nil
	// Elapsed is the time on a clock that nobody sets, which tells when Now was set. With nil it is the system's where Now is nil too, else unknown.
	Elapsed func() time.Duration
	// AfterCommit gets the events of the commits this process stored, in order, after the gate's Commit and before the
	// acknowledgement. It must not block or keep the slice; nil: nobody wants them.
	AfterCommit func([]events.Event)
	// Observer is told how appending goes; nil: nobody.
	Observer Observer
	// Exclusive says that nobody else can write to the store: it is not followed, and Sync costs nothing.
	Exclusive bool
	// Budget bounds what waits to be stored in all ledgers that share it; nil: each has its own limits only.
	Budget *Budget
	// CheckInterval is how often a ConfigChecker is asked; 0 stands for 30 s.
	CheckInterval time.Duration
}

// Receipt is the proof of one append: the event's place, which is durable.
type Receipt struct {
	ID        uuid.UUID
	Seq       events.Seq
	Recorded  time.Time
	Record    events.Record
	Leaf      [sha256.Size]byte // the event's leaf hash
	Duplicate bool              // it was stored before this append
}

// Ledger is the log of one campaign. Make it with Open; it is safe for concurrent use.
type Ledger struct {
	cfg      Config
	clock    *clock
	tail     tail
	queue    chan *body // has room for all that are counted in
	waiting  waiting
	foreign  chan Commit   // from the follower to the appender
	nudge    chan struct{} // holds one while the appender is to read the tail
	trouble  atomic.Pointer[error]
	inflight atomic.Uint64
	decoders sync.Pool // of *events.Decoder
	verifier *verifier
	leaves   leaves        // belongs to the replay, then to the appender
	heldNow  atomic.Int64  // how many bodies the appender holds back
	seen     atomic.Uint64 // how far the follower has seen the log
	seenAt   atomic.Int64  // in milliseconds: since when that is ahead of what is applied

	pulse     chan struct{}      // taken by the appender now and then
	closing   chan struct{}      // closed by Close
	stopped   chan struct{}      // closed when the appender has ended
	stop      context.CancelFunc // ends the follower and the checks
	closeOnce sync.Once
	running   sync.WaitGroup
}

// Open reads the log through the gate, the whole or from the start on that the gate is at, and starts appending. A broken log is opened read-only: Broken says why. An
// error means that nothing was opened. ctx bounds the reading only.
func Open(ctx context.Context, cfg Config) (*Ledger, error) {
	if cfg.CheckInterval == 0 {
		cfg.CheckInterval = checkInterval
	}
	var from events.Seq
	if cfg.From != nil {
		from = cfg.From.Seq
	}
	if last, _ := cfg.Gate.Last(); last != from {
		return nil, fmt.Errorf("open campaign %s: the gate is at event %d, not at %d", cfg.Campaign, last, from)
	}
	if cfg.Tree == nil && len(cfg.Signed) > 0 {
		return nil, fmt.Errorf("open campaign %s: there is no tree to compare with what was signed", cfg.Campaign)
	}
	l := &Ledger{
		cfg:      cfg,
		queue:    make(chan *body, MaxWaitingBodies),
		clock:    newClock(cfg.Now, cfg.Elapsed),
		foreign:  make(chan Commit),
		nudge:    make(chan struct{}, 1),
		decoders: sync.Pool{New: func() any { return events.NewDecoder() }},
		verifier: newVerifier(cfg.Gate),
		leaves:   leaves{cfg.Tree, cfg.Signed},
		waiting:  waiting{own: NewBudget(MaxWaitingBodies, MaxWaitingBytes), process: cfg.Budget},
		pulse:    make(chan struct{}),
		closing:  make(chan struct{}),
		stopped:  make(chan struct{}),
	}
	if err := l.replay(ctx); err != nil {
		var broken *BrokenError
		if !errors.As(err, &broken) {
			return nil, fmt.Errorf("open campaign %s: %w", cfg.Campaign, err)
		}
		l.tail.fail(err)
	}
	if err := l.checkConfig(ctx); err != nil {
		return nil, fmt.Errorf("open campaign %s: %w", cfg.Campaign, err)
	}
	background, stop := context.WithCancel(context.Background())
	l.stop = stop
	l.running.Go(newAppender(l).run)
	if !cfg.Exclusive {
		l.running.Go(func() { l.follow(background) })
	}
	if checker, ok := cfg.Store.(ConfigChecker); ok {
		l.running.Go(func() { l.watch(background, checker) })
	}
	return l, nil
}

// Campaign is the campaign's id.
func (l *Ledger) Campaign() string { return l.cfg.Campaign }

// Last is the newest applied event and its recorded time.
func (l *Ledger) Last() (events.Seq, time.Time) {
	last, recorded, _ := l.tail.end()
	return last, recorded
}

// Broken is why the ledger is read-only, nil if it is not. It wraps ErrReadOnly and, for a broken log, a *BrokenError.
func (l *Ledger) Broken() error {
	if _, _, broken := l.tail.end(); broken != nil {
		return fmt.Errorf("%w: %w", ErrReadOnly, broken)
	}
	return nil
}

// Ready is nil when events are taken; otherwise it wraps ErrReadOnly or is ErrClosed.
func (l *Ledger) Ready() error {
	select {
	case <-l.closing:
		return ErrClosed
	default:
		return l.Broken()
	}
}

// Break makes the ledger read-only for a reason that was found outside of it; err should be a *BrokenError.
func (l *Ledger) Break(err error) { l.tail.fail(err) }

// Sync returns once everything that any process was acknowledged before the call is applied here. It costs a request to
// the store, nothing if the ledger is Exclusive.
func (l *Ledger) Sync(ctx context.Context) error {
	if err := l.Ready(); err != nil || l.cfg.Exclusive {
		return err
	}
	last, err := l.cfg.Store.Last(ctx)
	l.heard(err)
	if err != nil {
		return fmt.Errorf("ask for the newest event: %w", err)
	}
	return l.catchUpTo(ctx, last)
}

// Wait returns once event seq is applied. Errors: ErrReadOnly if it can't come any more, ErrClosed, ctx's.
func (l *Ledger) Wait(ctx context.Context, seq events.Seq) error {
	return l.tail.wait(ctx, seq, l.closing)
}

// Close lets the commit under way end, fails what is queued with ErrClosed and waits for every goroutine. The store, the gate
// and the head stay the caller's.
func (l *Ledger) Close() {
	l.closeOnce.Do(func() {
		close(l.closing)
		l.stop()
	})
	l.running.Wait()
	l.waiting.close()
}

// watch asks regularly whether the store's settings are the pinned ones.
func (l *Ledger) watch(ctx context.Context, checker ConfigChecker) {
	ticker := time.NewTicker(l.cfg.CheckInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := l.compareConfig(ctx, checker); err == nil && l.Broken() != nil {
			return
		}
	}
}

// checkConfig compares the store's settings with the pinned ones before anything is appended.
func (l *Ledger) checkConfig(ctx context.Context) error {
	checker, ok := l.cfg.Store.(ConfigChecker)
	if !ok || l.Broken() != nil {
		return nil
	}
	return l.compareConfig(ctx, checker)
}

// compareConfig makes the ledger read-only if the settings drifted; an error means that they could not be read.
func (l *Ledger) compareConfig(ctx context.Context, checker ConfigChecker) error {
	err := checker.CheckConfig(ctx)
	l.heard(err)
	var broken *BrokenError
	if errors.As(err, &broken) {
		l.tail.fail(err)
		return nil
	}
	return err
}

const (
	followPause    = 50 * time.Millisecond // before a failed follower reads again; it doubles
	followPauseMax = 5 * time.Second
)

// follow notices the commits of other processes and hands them to the appender.
func (l *Ledger) follow(ctx context.Context) {
	after, _ := l.Last()
	if l.Broken() != nil {
		return
	}
	pause := followPause
	for ctx.Err() == nil {
		for c, err := range l.cfg.Store.Read(ctx, after, true) {
			if err != nil {
				var broken *BrokenError
				if errors.As(err, &broken) {
					l.tail.fail(err)
					return
				}
				break
			}
			pause, after = followPause, c.Last()
			l.notice(after)
			if !l.handOver(ctx, c, after) {
				return
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
			pause = min(2*pause, followPauseMax)
		}
	}
}

// handOver gives a commit to the appender, unless the appender stored it or will read it itself: what it has under way either
// is this commit or will be refused because of it, and then it reads the tail.
func (l *Ledger) handOver(ctx context.Context, c Commit, last events.Seq) bool {
	if applied, _ := l.Last(); last <= max(applied, events.Seq(l.inflight.Load())) {
		return true
	}
	select {
	case l.foreign <- c:
		return true
	case <-ctx.Done():
	case <-l.stopped:
	}
	return false
}
