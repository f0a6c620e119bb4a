package host

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"campaignledger/ledger"
)

// ClockTrouble is what is odd about this machine's clock as the first campaign sees it, nil if nothing is. While it wraps ledger.ErrClock nothing is
// stored; else events are taken, and their recorded times are ahead of the clock.
func (h *Host) ClockTrouble() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(h.campaigns)) {
		if c := h.campaigns[id].opened(); c != nil && c.Ledger.Broken() == nil {
			if err := c.Ledger.ClockTrouble(); err != nil {
				return fmt.Errorf("campaign %s: %w", id, err)
			}
		}
	}
	return nil
}

// opened is the campaign, nil while it is being opened.
func (o *opening) opened() *Campaign {
	select {
	case <-o.done:
		return o.campaign
	default:
		return nil
	}
}

// watchClock says in the log what is odd about the clock, once until it changes. It belongs to the goroutine that signs.
func (c *Campaign) watchClock(told *string) {
	err := c.Ledger.ClockTrouble()
	kind := ""
	switch {
	case errors.Is(err, ledger.ErrClock):
		kind = "jumped"
	case err != nil:
		kind = "behind"
	}
	if kind != *told && err != nil {
		c.host.cfg.Log.Warn().Err(err).Str("campaign", c.ID).Msg("the clock is not right")
	}
	*told = kind
}

// longAgo is how old the newest event of a campaign may be when it is opened before the log asks whether the clock is right: nothing else tells a
// clock that was set wrong while no server ran, and what is then recorded stays ahead.
const longAgo = 400 * 24 * time.Hour

func (c *Campaign) askForClock() {
	_, recorded := c.Ledger.Last()
	if now := c.host.cfg.Now(); !recorded.IsZero() && now.Sub(recorded) > longAgo {
		c.host.cfg.Log.Warn().Str("campaign", c.ID).Time("newest", recorded).Time("now", now).
			Msg("the newest event was recorded more than a year ago: see that this machine's clock is right before anything is appended, recorded times never go back")
	}
}
