package host

import (
	"context"
	"errors"
	"fmt"
	"time"

	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// Rebuilt says what a rebuild found.
type Rebuilt struct {
	Seq       events.Seq `json:"seq"`                 // of the folds that are shown from then on
	Compared  events.Seq `json:"compared"`            // the event after which the two were compared
	Equal     bool       `json:"equal"`               // the running folds were those of the log
	Different string     `json:"different,omitempty"` // the first thing in which they were not
}

// Rebuild folds the whole log anew beside the running folds, checks every signature on the way, compares the two at one event, and puts the new ones in
// the running ones' place; appends go on meanwhile. progress is called with how many events are done of how many. A broken log is an error, and leaves
// all as it was. Cost: a reading of the log, and its folds in memory twice.
func (c *Campaign) Rebuild(ctx context.Context, progress func(done, events uint64)) (Rebuilt, error) {
	c.rebuilding.Lock() // one at a time
	defer c.rebuilding.Unlock()
	if err := c.Ledger.Broken(); err != nil {
		return Rebuilt{}, err
	}
	fresh, err := c.refold(ctx, progress)
	if err != nil {
		return Rebuilt{}, err
	}
	if err := c.catchUpNearly(ctx, fresh); err != nil {
		return Rebuilt{}, err
	}
	var running, anew *projections.Snapshot
	err = c.Ledger.Quiet(ctx, func(last events.Seq, _ time.Time) (err error) {
		if err = c.catchUp(ctx, fresh, last); err != nil {
			return err
		}
		running, err = c.live.Freeze()
		if err == nil {
			anew, err = fresh.Freeze()
		}
		return err
	})
	if err != nil {
		return Rebuilt{}, err
	}
	different, err := running.Difference(anew)
	if err != nil {
		return Rebuilt{}, err
	}
	if err := c.catchUpNearly(ctx, fresh); err != nil {
		return Rebuilt{}, err
	}
	result := Rebuilt{Compared: running.Seq(), Equal: different == "", Different: different}
	err = c.takeSnapshot(ctx, func(last events.Seq) error {
		if err := c.catchUp(ctx, fresh, last); err != nil {
			return err
		}
		c.live.Become(fresh)
		result.Seq = last
		return nil
	})
	if result.Seq == 0 {
		return Rebuilt{}, err
	}
	if err != nil { // the folds are the new ones all the same, and the next opening reads more of the log
		c.host.cfg.Log.Warn().Err(err).Str("campaign", c.ID).Msg("no snapshot can be written; the next opening reads more of the log")
	}
	if !result.Equal {
		c.forgetMade()
		c.host.cfg.Log.Error().Str("campaign", c.ID).Str("different", different).Uint64("seq", uint64(result.Compared)).Msg("what was shown was not what the log says; it is now")
	}
	return result, nil
}

// refold folds the log from its start, through a ledger of its own that appends nothing.
func (c *Campaign) refold(ctx context.Context, progress func(done, events uint64)) (*projections.Live, error) {
	store, err := c.host.streams.Open(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	last, _ := c.Ledger.Last()
	fresh := projections.NewLive()
	gate := &countedGate{Live: fresh, told: progress, of: uint64(last)}
	beside, err := ledger.Open(ctx, ledger.Config{Campaign: c.ID, Store: store, Gate: gate, Tree: proof.NewTree(), Exclusive: true, CheckInterval: time.Hour})
	if err != nil {
		return nil, err
	}
	beside.Close()
	if err := beside.Broken(); err != nil {
		var broken *ledger.BrokenError
		if errors.As(err, &broken) {
			c.Ledger.Break(broken)
		}
		return nil, err
	}
	return fresh, nil
}

// forgetMade drops everything that was made of the folds and kept.
func (c *Campaign) forgetMade() {
	c.checks.forgetAll()
	c.awards.forgetAll()
	c.stability.forgetAll()
	c.scorers.forgetAll()
	c.past.mu.Lock()
	c.past.live = nil
	c.past.mu.Unlock()
	b := c.boards
	b.mu.Lock()
	clear(b.made)
	clear(b.today)
	b.mu.Unlock()
	b.mornings.Lock()
	clear(b.days)
	b.mornings.Unlock()
	b.ring()
}

// countedGate tells how far its folds have come.
type countedGate struct {
	*projections.Live
	told func(done, events uint64)
	of   uint64
}

// Commit makes the overlay the state.
func (g *countedGate) Commit() {
	g.Live.Commit()
	last, _ := g.Last()
	g.told(uint64(last), max(g.of, uint64(last)))
}

// What is left to be folded while writers stand still, and how often it is tried to have no more: each time takes as long as the writers wrote less.
const fewLeft, maxCatchUps = 256, 8

// catchUpNearly folds what came since, while writers go on.
func (c *Campaign) catchUpNearly(ctx context.Context, fresh *projections.Live) error {
	for range maxCatchUps {
		last, _ := c.Ledger.Last()
		if at, _ := fresh.Last(); last <= at+fewLeft {
			return nil
		}
		if err := c.catchUp(ctx, fresh, last); err != nil {
			return err
		}
	}
	return nil
}

// catchUp folds what came since, up to event last.
func (c *Campaign) catchUp(ctx context.Context, fresh *projections.Live, last events.Seq) error {
	at, _ := fresh.Last()
	if at > last {
		return fmt.Errorf("the folds made anew are at event %d, the running ones at %d: run it again", at, last)
	}
	for e, err := range c.Ledger.Read(ctx, at) {
		if err != nil {
			return err
		}
		if e.Seq > last {
			return nil
		}
		if err := fresh.Admit(e); err != nil {
			return errors.Join(fmt.Errorf("event %d: %w", e.Seq, err), ctx.Err())
		}
		fresh.Commit()
	}
	return nil
}
