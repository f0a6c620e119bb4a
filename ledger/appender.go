package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"campaignledger/events"
	"campaignledger/ledger/gather"
)

const (
	// maxHeld bounds the bodies held back until their refusal ends.
	maxHeld = 1024
	// maxConflicts bounds how often other processes may be first before a body fails.
	maxConflicts = 64
	// retryPause is the wait before a failed append is tried again; it doubles up to retryPauseMax.
	retryPause    = 10 * time.Millisecond
	retryPauseMax = time.Second
	// catchUpTimeout bounds one reading of the tail.
	catchUpTimeout = 30 * time.Second
	// maxUnclear bounds the commits with unclear outcome that are remembered as this process's own.
	maxUnclear = 16
)

// appender is the one goroutine that admits and appends. Nothing of it is shared.
type appender struct {
	l       *Ledger
	gate    Gate
	decoder *events.Decoder

	last     events.Seq // the newest applied event
	recorded time.Time

	waiting   []*body       // for their turn, in order
	held      []*body       // refused for now
	commit    staged        // begun where its first is set
	gathered  time.Duration // how long the last gathering took
	expected  int           // how many writers seem to be at work: answered by the last commit, or queued behind it
	planning  bool          // a plan is being stored: nothing comes between
	behind    bool          // the tail must be read before anything is staged
	conflicts int           // in a row
	failures  int           // in a row
	unclear   []Commit      // published, outcome unknown
}

func newAppender(l *Ledger) *appender {
	a := &appender{l: l, gate: l.cfg.Gate, decoder: events.NewDecoder()}
	a.last, a.recorded = l.Last()
	return a
}

// run serves the queue until the ledger closes.
func (a *appender) run() {
	defer close(a.l.stopped)
	defer a.failAll(ErrClosed)
	retry := time.NewTimer(time.Hour)
	defer retry.Stop()
	for {
		var wake <-chan time.Time
		if len(a.held) > 0 {
			retry.Reset(a.nextRetry())
			wake = retry.C
		}
		select {
		case <-a.l.closing:
			return
		case b := <-a.l.queue:
			a.take(b)
			a.gather()
		case c := <-a.l.foreign:
			if a.applyForeign(c) {
				a.releaseHeld(time.Time{})
			}
		case <-a.l.nudge:
			a.behind = true
		case <-wake:
			a.releaseHeld(a.now())
		case <-a.l.pulse:
		}
		a.drain()
	}
}

// take makes b the appender's, unless its writer has taken it back.
func (a *appender) take(b *body) {
	if b.state.CompareAndSwap(bodyWaiting, bodyTaken) {
		a.waiting = append(a.waiting, b)
		return
	}
	b.goOut()
}

// gather takes what is queued, and waits a little for as many bodies as writers seem to be at work; meanwhile it stages those that have come.
// With one writer nothing waits. While the cores are busy with signatures it does not wait: they go on while the store syncs, which costs no core.
func (a *appender) gather() {
	var wait gather.Wait
	defer func() { a.gathered = wait.Took() }()
	for staged := 0; len(a.waiting)+staged < events.MaxCommitEvents; {
		select {
		case b := <-a.l.queue:
			a.take(b)
			wait.Came()
			continue
		default:
		}
		if a.stageAhead() {
			staged++
			continue
		}
		if len(a.waiting)+staged >= a.expected || a.l.verifier.busy() || !wait.More() {
			return
		}
	}
}

// stageAhead stages the first waiting body while others are waited for; false if it is not to be staged now.
func (a *appender) stageAhead() bool {
	if len(a.waiting) == 0 || a.waiting[0].plan != nil || a.waiting[0].ctx.Err() != nil || a.behind || a.l.Broken() != nil {
		return false
	}
	if !a.commit.begun() {
		if a.l.clock.check() != nil { // drain tells
			return false
		}
		a.begin()
	}
	return a.stageNext()
}

// drain stages and stores until every body taken is answered or held back, or the ledger closes.
func (a *appender) drain() {
	for len(a.waiting) > 0 || a.behind || a.commit.begun() {
		select {
		case <-a.l.closing:
			return
		default:
		}
		a.answerPulse()
		a.dropCancelled()
		if err := a.l.Broken(); err != nil {
			a.failAll(err)
			return
		}
		if a.behind && !a.catchUp() {
			continue
		}
		if len(a.waiting) == 0 && !a.commit.begun() {
			return
		}
		if err := a.l.clock.check(); err != nil {
			a.failAll(err)
			return
		}
		if !a.commit.begun() && a.waiting[0].plan != nil {
			b := a.waiting[0]
			a.waiting = a.waiting[1:]
			b.finish(a.runPlan(b))
			continue
		}
		a.stage()
		a.publish()
	}
}

// dropCancelled answers the bodies whose writers have given up: most are gone, but a plan's waits to hear that it ended.
func (a *appender) dropCancelled() {
	kept := a.waiting[:0]
	for _, b := range a.waiting {
		switch err := b.ctx.Err(); {
		case err == nil:
			kept = append(kept, b)
		case b.tried:
			b.finish(fmt.Errorf("%w: %w", ErrUnclear, err))
		default:
			b.finish(fmt.Errorf("nothing was stored: %w", err))
		}
	}
	clear(a.waiting[len(kept):])
	a.waiting = kept
}

// failAll answers every body with err. A body that stood in a commit before may be stored all the same, and is told so.
func (a *appender) failAll(err error) {
	a.gate.Discard()
	for _, list := range [][]*body{a.commit.bodies, a.waiting, a.held} {
		for _, b := range list {
			if b.tried {
				b.finish(fmt.Errorf("%w: %w", ErrUnclear, err))
			} else {
				b.finish(err)
			}
		}
	}
	a.commit.reset()
	a.waiting, a.held, a.behind = nil, nil, false
	a.l.heldNow.Store(0)
	for {
		select {
		case b := <-a.l.queue:
			b.finish(err)
		default:
			return
		}
	}
}

// publish stores the staged commit and answers its bodies, or decides what becomes of them.
func (a *appender) publish() {
	if len(a.commit.events) == 0 {
		a.gate.Discard()
		a.answer(nil)
		return
	}
	c := a.commit.pack()
	a.l.inflight.Store(uint64(c.First) + uint64(len(a.commit.events)) - 1)
	hashed := a.commit.hash()
	begin := time.Now()
	err := a.l.cfg.Store.Append(context.Background(), c)
	took := time.Since(begin)
	leaves := <-hashed
	if err != nil {
		a.recover(c, err)
		return
	}
	a.gate.Commit()
	a.l.heard(nil)
	a.conflicts, a.failures, a.unclear = 0, 0, nil
	a.expected = len(a.commit.bodies) + len(a.l.queue)
	a.advance(c, a.commit.events, leaves, true, nil)
	a.observe(took)
	a.answer(leaves)
	a.releaseHeld(time.Time{})
}

// advance makes a stored and applied commit the end of the log; broken is what is wrong with what follows it.
func (a *appender) advance(c Commit, list []events.Event, leaves []leafHash, own bool, broken error) {
	a.last, a.recorded = list[len(list)-1].Seq, c.Recorded
	if err := a.l.leaves.add(leaves); broken == nil {
		broken = err
	}
	a.l.tail.advance(c, a.last, broken)
	if a.l.cfg.Head != nil {
		a.l.cfg.Head.Note(a.l.cfg.Campaign, a.last, leaves[len(leaves)-1])
	}
	if own && a.l.cfg.AfterCommit != nil {
		a.l.cfg.AfterCommit(list)
	}
}

// answer acknowledges the staged bodies.
func (a *appender) answer(leaves []leafHash) {
	for _, b := range a.commit.bodies {
		for i := range b.receipts {
			if r := &b.receipts[i]; r.Seq >= a.commit.first && leaves != nil {
				r.Leaf = leaves[r.Seq-a.commit.first]
			}
		}
		b.finish(nil)
	}
	a.commit.reset()
}

// recover decides after a failed append: the bodies wait again, or fail.
func (a *appender) recover(c Commit, err error) {
	a.gate.Discard()
	a.behind = true
	a.l.inflight.Store(0) // before the tail is read: what the follower skips from here on is read there
	var broken *BrokenError
	switch {
	case errors.As(err, &broken), errors.Is(err, ErrNoCampaign):
		a.l.tail.fail(err)
	case errors.Is(err, ErrRefused), errors.Is(err, ErrClosed), errors.Is(err, ErrDiskFull):
		a.failStaged(fmt.Errorf("nothing was stored: %w", err))
		return
	case errors.Is(err, ErrConflict) && a.underWay(c.First):
		a.failures++ // the leader has one of this process's own in hand, and can't store it yet
	case errors.Is(err, ErrConflict):
		a.l.setback(SetbackConflict)
		a.failures = 0
		if a.conflicts++; a.conflicts > maxConflicts {
			a.conflicts = 0
			a.failStaged(ErrContended)
			return
		}
	default:
		a.l.setback(SetbackUnclear)
		a.failures++
		a.l.heard(err)
		if errors.Is(err, ErrUnclear) {
			a.remember(c)
		}
	}
	a.waiting = append(append([]*body(nil), a.commit.bodies...), a.waiting...)
	a.commit.reset()
}

func (a *appender) failStaged(err error) {
	for _, b := range a.commit.bodies {
		b.finish(a.honest(b, err))
	}
	a.commit.reset()
}

// remember keeps a commit whose outcome is unclear, and that its bodies may be stored by it yet.
func (a *appender) remember(c Commit) {
	a.unclear = slices.DeleteFunc(a.unclear, func(own Commit) bool { return own.First <= a.last })
	if len(a.unclear) < maxUnclear {
		a.unclear = append(a.unclear, c)
	}
	for _, b := range a.commit.bodies {
		b.unclear = c.First
	}
}

// underWay reports whether a commit of this process for place first may be stored yet.
func (a *appender) underWay(first events.Seq) bool {
	return slices.ContainsFunc(a.unclear, func(own Commit) bool { return own.First == first })
}

// honest is err, or that nothing is known where b stands in a commit that may be stored yet: as long as its place is free.
func (a *appender) honest(b *body, err error) error {
	if err == nil || b.unclear <= a.last {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnclear, err)
}

// catchUp reads the tail through the gate; false means that it could not, or that nothing more is to be done.
func (a *appender) catchUp() bool {
	if a.failures > 1 && !a.pause() {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), catchUpTimeout)
	defer cancel()
	for c, err := range a.l.cfg.Store.Read(ctx, a.last, false) {
		if err == nil {
			err = a.apply(c)
		}
		if err == nil {
			continue
		}
		var broken *BrokenError
		if errors.As(err, &broken) {
			a.l.tail.fail(err)
		} else {
			a.failures++
			a.l.heard(err)
		}
		return false
	}
	a.l.heard(nil)
	a.behind = false
	return true
}

// pause waits before the store is tried again; it returns false when the ledger closes. Writers that give up do not wait.
func (a *appender) pause() bool {
	a.l.setback(SetbackRetry)
	wait := min(retryPause<<min(a.failures-2, 10), retryPauseMax)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return true
		case <-a.l.pulse:
		case <-a.l.closing:
			return false
		}
	}
}

// applyForeign applies a commit the follower saw, and reports whether it was new.
func (a *appender) applyForeign(c Commit) bool {
	before := a.last
	if c = c.After(a.last); len(c.Data) == 0 || a.l.Broken() != nil {
		return false
	}
	if c.First != a.last+1 {
		a.behind = true // the follower saw more than the appender has read: read it
		return false
	}
	if err := a.apply(c); err != nil {
		a.l.tail.fail(err)
	}
	return a.last > before
}

// apply admits a commit that is stored; the error is a *BrokenError.
func (a *appender) apply(c Commit) error {
	list, decodeErr := DecodeCommit(a.decoder, c, nil)
	a.l.verifier.stored(list)
	good, err := applyEvents(a.gate, a.l.cfg.Campaign, list)
	if err == nil {
		err = decodeErr
	}
	if good > 0 {
		list = list[:good]
		if good < c.Len() {
			c = c.upTo(list[good-1].Seq)
		}
		a.advance(c, list, leavesOf(list), a.isOwn(c), err)
	}
	return err
}

// isOwn reports whether c is a commit of this process whose append had an unclear outcome.
func (a *appender) isOwn(c Commit) bool {
	for _, own := range a.unclear {
		if own.First == c.First && string(own.Data) == string(c.Data) {
			return true
		}
	}
	return false
}
