package ledger

import (
	"context"
	"time"

	"campaignledger/events"
)

// Observer is told how appending goes, so that others can count and log; the ledger itself does neither. Its methods are called on the way of
// every append, Appended by the writers and the others by the one goroutine that appends: they must not block, nor keep a slice.
type Observer interface {
	// Appended: a writer was answered, took after it asked; err is nil if its events are durable.
	Appended(took time.Duration, err error)
	// Admitted: the events of one body were admitted, for the writer with this context, and are about to be stored. Should they not get there
	// (a conflict), they are admitted again, maybe under other sequences.
	Admitted(ctx context.Context, list []events.Event)
	// Committed: a commit of this process is durable and applied.
	Committed(list []events.Event, f CommitFigures)
	// Setback: a commit was not stored, or it is not known whether it was; what is in it is tried again or fails.
	Setback(s Setback)
}

// CommitFigures are a commit's measures.
type CommitFigures struct {
	Bytes  int           // of its records with their line feeds
	Bodies int           // how many writers it answers
	Gather time.Duration // how long it waited for more bodies before
	Store  time.Duration // how long the store took
}

// Setback is why a commit did not get through at once.
type Setback string

// The setbacks.
const (
	SetbackConflict Setback = "conflict" // another process was first
	SetbackUnclear  Setback = "unclear"  // it may be stored: the tail tells
	SetbackRetry    Setback = "retry"    // the store could not be read, and is asked again after a pause
)

// Load is how busy a ledger is.
type Load struct {
	Queued int // bodies that wait for the appender
	Held   int // bodies that are held back until their refusal ends
	// Behind is how many events the store is known to hold that are not applied yet, and Since when the first of them was seen. Where nobody else
	// writes, nothing is ever behind.
	Behind uint64
	Since  time.Time
}

// Load is how busy the ledger is now.
func (l *Ledger) Load() Load {
	load := Load{Queued: len(l.queue), Held: int(l.heldNow.Load())}
	last, _ := l.Last()
	if seen := l.seen.Load(); seen > uint64(last) {
		load.Behind, load.Since = seen-uint64(last), time.UnixMilli(l.seenAt.Load())
	}
	return load
}

// notice remembers how far the follower has seen the log, and since when it is ahead of what is applied.
func (l *Ledger) notice(last events.Seq) {
	if applied, _ := l.Last(); l.seen.Load() <= uint64(applied) {
		l.seenAt.Store(time.Now().UnixMilli())
	}
	l.seen.Store(uint64(last))
}

// Pulse returns nil once the appender has shown that it runs: between two commits, or while it waits for a store that does not answer. It is
// for a watchdog, which can help where the appender is stuck and can't where the store is away.
func (l *Ledger) Pulse(ctx context.Context) error {
	select {
	case l.pulse <- struct{}{}:
		return nil
	case <-l.stopped:
		return nil // it ended as it should
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// answerPulse answers who asks whether the appender runs; it does not wait.
func (a *appender) answerPulse() {
	select {
	case <-a.l.pulse:
	default:
	}
}

// observe tells the observer of a commit that is durable and applied.
func (a *appender) observe(took time.Duration) {
	if o := a.l.cfg.Observer; o != nil {
		o.Committed(a.commit.events, CommitFigures{Bytes: a.commit.size, Bodies: len(a.commit.bodies), Gather: a.gathered, Store: took})
	}
	a.gathered = 0
}

// setback tells the observer that a commit did not get through.
func (l *Ledger) setback(s Setback) {
	if l.cfg.Observer != nil {
		l.cfg.Observer.Setback(s)
	}
}

// watched runs an append and tells the observer how long it took.
func (l *Ledger) watched(do func() error) error {
	if l.cfg.Observer == nil {
		return do()
	}
	begin := time.Now()
	err := do()
	l.cfg.Observer.Appended(time.Since(begin), err)
	return err
}
