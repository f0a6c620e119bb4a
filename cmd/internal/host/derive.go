package host

import (
	"context"
	"slices"
	"sync"
	"time"

	"campaignledger/events"
)

// withheld is what a freeze, or an open ballot's votes, keeps from the derived subjects. It is published at the reveal, or once the ballot is
// closed, before what comes after: they are in order.
type withheld struct {
	mu    sync.Mutex
	spans []span
	wake  chan struct{} // holds one while spans wait
}

// span is a run of events of one commit.
type span struct{ first, last events.Seq }

// derive hands a commit's events to the derived subjects, unless a freeze withholds them. It does not block.
func (c *Campaign) derive(list []events.Event) {
	w := &c.withheld
	w.mu.Lock()
	defer w.mu.Unlock()
	hidden := c.live.Summary().Frozen != 0 || slices.ContainsFunc(list, func(e events.Event) bool { return c.live.HidesVote(e.Seq, 0) })
	if len(w.spans) == 0 && !hidden {
		c.host.derived.Events(list)
		return
	}
	w.add(span{list[0].Seq, list[len(list)-1].Seq})
}

// add lets a span wait; w.mu is held. One that follows the last joins it, unless that is being published: a freeze may last for weeks.
func (w *withheld) add(s span) {
	if n := len(w.spans); n > 1 && w.spans[n-1].last+1 == s.first {
		w.spans[n-1].last = s.last
	} else {
		w.spans = append(w.spans, s)
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// withholdStored withholds what the log holds behind a freeze, or from the first vote of an open ballot on, when it is opened: whoever
// withheld it before is gone, or publishes it too.
func (c *Campaign) withholdStored() {
	sum := c.live.Summary()
	first := c.live.FirstHiddenVote(sum.Frozen)
	if sum.Frozen != 0 && (first == 0 || sum.Frozen < first) {
		first = sum.Frozen + 1
	}
	if first == 0 || first > sum.Seq {
		return
	}
	c.withheld.mu.Lock()
	defer c.withheld.mu.Unlock()
	c.withheld.add(span{first, sum.Seq})
}

// publishWithheld publishes what was withheld once it may be seen.
func (c *Campaign) publishWithheld(ctx context.Context) {
	w := &c.withheld
	for {
		select {
		case <-w.wake:
		case <-ctx.Done():
			return
		}
		for {
			w.mu.Lock()
			if len(w.spans) == 0 {
				w.mu.Unlock()
				break
			}
			next := w.spans[0]
			w.mu.Unlock()
			if err := c.publishSpan(ctx, next); err != nil {
				if ctx.Err() != nil {
					return
				}
				c.host.cfg.Log.Error().Err(err).Str("campaign", c.ID).Msg("withheld events can't be published yet; some may be published twice")
				pause(ctx, publishPause)
				continue
			}
			w.mu.Lock() // while derive can't come between the last span and its end
			w.spans = w.spans[1:]
			w.mu.Unlock()
		}
	}
}

// publishPause is the wait before a span whose records could not be read is tried again.
const publishPause = time.Second

// publishSpan publishes the events of a span, each once it may be seen.
func (c *Campaign) publishSpan(ctx context.Context, s span) error {
	decoder := events.NewDecoder()
	for stored, err := range c.Ledger.Records(ctx, s.first-1, false) {
		if err != nil || stored.Seq > s.last {
			return err
		}
		if err := c.untilPublic(ctx, stored.Seq); err != nil {
			return err
		}
		draft, err := decoder.Decode(stored.Record)
		if err != nil {
			return err
		}
		c.host.derived.Events([]events.Event{{Draft: draft, Seq: stored.Seq, Recorded: stored.Commit.Recorded, Record: stored.Record}})
		if stored.Seq == s.last {
			return nil
		}
	}
	return nil
}

// untilPublic returns once the public may see the record of event seq.
func (c *Campaign) untilPublic(ctx context.Context, seq events.Seq) error {
	for {
		sum := c.live.Summary() // once: what comes after it ends the wait
		if !frozenOut(sum, Reader{}, seq) && !c.live.HidesVote(seq, sum.Frozen) {
			return nil
		}
		if err := c.live.Wait(ctx, sum.Seq+1); err != nil {
			return err
		}
	}
}
