package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
	"campaignledger/ledger"
)

const (
	// DefaultMaxOpen is how many campaigns are open at a time, unless the configuration says otherwise. One of a thousand events takes some MB.
	DefaultMaxOpen = 500
	// roomWait is how long somebody waits for another campaign to be closed where as many are open as may be and all are in use: requests
	// take milliseconds.
	roomWait = 2 * time.Second
	// maxOpening is how many campaigns are opened at a time: each folds its log, which takes a core, and has up to 16 MiB of it on the way from the NATS
	// server, which gives up on a connection with more than 64.
	maxOpening = 3
	// leastSweep is the shortest time between two looks for idle campaigns.
	leastSweep = 10 * time.Millisecond
)

// opening is a campaign that is open, being opened or being closed. done is closed when it is open or could not be opened, gone when it is closed.
type opening struct {
	id       string
	done     chan struct{}
	gone     chan struct{}
	campaign *Campaign // set before done is closed
	err      error     // as campaign

	// The host's mu guards the rest.
	leases  int
	used    time.Time // when the last lease ended, or it was opened
	closing bool
}

func newOpening(id string) *opening {
	return &opening{id: id, done: make(chan struct{}), gone: make(chan struct{}), leases: 1}
}

// isOpen reports whether it can be used: it is open, and not being closed. mu is held.
func (o *opening) isOpen() bool {
	select {
	case <-o.done:
		return o.campaign != nil && !o.closing
	default:
		return false
	}
}

// isIdle reports whether nobody uses it and nothing is under way in it. mu is held.
func (o *opening) isIdle() bool { return o.leases == 0 && o.isOpen() && o.campaign.isQuiet() }

// leases are the campaigns that one request, or one command, holds open.
type leases struct {
	host *Host

	mu    sync.Mutex
	held  []*opening
	ended bool
}

type leasesKey struct{}

// Hold gives a context under which Campaign and the like hold what they give: the campaign stays open until the returned function is called, by
// which time nobody may use it any more. Under a context that no Hold gave, campaigns stay open as long as the host.
func (h *Host) Hold(ctx context.Context) (context.Context, func()) {
	l := &leases{host: h}
	return context.WithValue(ctx, leasesKey{}, l), l.end
}

// keep makes one lease of an opening the request's; a request that has one already needs no second. Without a request it never ends.
func (h *Host) keep(ctx context.Context, o *opening) {
	l, _ := ctx.Value(leasesKey{}).(*leases)
	if l == nil || l.host != h {
		return
	}
	l.mu.Lock()
	extra := l.ended || slices.Contains(l.held, o)
	if !extra {
		l.held = append(l.held, o)
	}
	l.mu.Unlock()
	if extra {
		h.release(o, true)
	}
}

func (l *leases) end() {
	l.mu.Lock()
	held := l.held
	l.held, l.ended = nil, true
	l.mu.Unlock()
	for _, o := range held {
		l.host.release(o, true)
	}
}

// release gives a lease back; used says that it counts as a use.
func (h *Host) release(o *opening, used bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if o.leases--; used {
		o.used = time.Now()
	}
	if o.leases == 0 {
		h.tellFreed()
	}
}

// tellFreed wakes those who wait for room; mu is held.
func (h *Host) tellFreed() {
	close(h.freed)
	h.freed = make(chan struct{})
}

// peek is the campaign if it is open, which the returned function gives back. It does not count as a use: who lists campaigns keeps none awake.
func (h *Host) peek(id string) (*Campaign, func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	o := h.campaigns[id]
	if o == nil || !o.isOpen() {
		return nil, nil
	}
	o.leases++
	return o.campaign, func() { h.release(o, false) }
}

// reserve is the campaign's opening with a lease on it; made says that the caller has to open it. Where as many campaigns are open as may be, the one
// that was idle for longest is closed first; ErrBusy: all stayed in use.
func (h *Host) reserve(ctx context.Context, id string) (o *opening, made bool, err error) {
	patience := time.NewTimer(roomWait)
	defer patience.Stop()
	for {
		h.mu.Lock()
		if h.campaigns == nil {
			h.mu.Unlock()
			return nil, false, ledger.ErrClosed
		}
		o = h.campaigns[id]
		var wait, retired chan struct{}
		switch {
		case o != nil && o.closing:
			wait = o.gone
		case o != nil:
			o.leases++
			h.mu.Unlock()
			return o, false, nil
		case len(h.campaigns) < h.cfg.MaxOpen:
			o = newOpening(id)
			h.campaigns[id] = o
			h.mu.Unlock()
			return o, true, nil
		default:
			wait = h.freed
			if victim := h.longestIdle(); victim != nil {
				victim.closing, retired = true, victim.gone
				h.mu.Unlock()
				h.retire(victim)
			}
		}
		if retired != nil {
			continue
		}
		h.mu.Unlock()
		select {
		case <-wait:
		case <-patience.C:
			if o != nil {
				return nil, false, fmt.Errorf("the campaign is being closed, and can be opened again in a moment: %w", ledger.ErrBusy)
			}
			return nil, false, fmt.Errorf("%d campaigns are open, all in use, and no more may be (--max-open): %w", h.cfg.MaxOpen, ledger.ErrBusy)
		case <-ctx.Done():
			return nil, false, context.Cause(ctx)
		}
	}
}

// isAbsent is the error of a campaign that is not there, where room would have to be made for it: who asks for what is not there closes nothing.
func (h *Host) isAbsent(ctx context.Context, id string) error {
	h.mu.Lock()
	room := len(h.campaigns) < h.cfg.MaxOpen || h.campaigns[id] != nil
	h.mu.Unlock()
	if room || !events.ValidID(id) {
		return nil
	}
	if _, err := h.streams.Open(ctx, id); errors.Is(err, ledger.ErrNoCampaign) && h.head.Gone(id) == nil {
		return h.NoCampaign(id)
	}
	return nil
}

// longestIdle is the open campaign that nobody has used for longest and that may be closed; nil if there is none. mu is held.
func (h *Host) longestIdle() (longest *opening) {
	for _, o := range h.campaigns {
		if (longest == nil || o.used.Before(longest.used)) && o.isIdle() {
			longest = o
		}
	}
	return longest
}

// retire closes a campaign that was marked as closing, and notes what lists show of it. Who asks for it meanwhile waits and opens it again.
func (h *Host) retire(o *opening) {
	until, cancel := context.WithTimeout(context.Background(), closingTime)
	defer cancel()
	h.retireBy(until, o)
}

// retireBy is retire with a checkpoint that may take until a moment.
func (h *Host) retireBy(until context.Context, o *opening) {
	h.catalog.note(o.campaign, func() { o.campaign.close(until) })
	h.mu.Lock()
	if h.campaigns[o.id] == o {
		delete(h.campaigns, o.id)
	}
	h.tellFreed()
	h.mu.Unlock()
	close(o.gone)
	h.cfg.Log.Debug().Str("campaign", o.id).Msg("campaign closed; its next use opens it")
}

// retireIf closes a campaign that is idle and was not used since a moment; false where it stays.
func (h *Host) retireIf(id string, since time.Time) bool {
	h.mu.Lock()
	o := h.campaigns[id]
	if o == nil || !o.isIdle() || o.used.After(since) {
		h.mu.Unlock()
		return false
	}
	o.closing = true
	h.mu.Unlock()
	h.retire(o)
	return true
}

// sweep closes campaigns that were idle for long, until the host is closed.
func (h *Host) sweep() {
	const looks = 4 // so that none is open for more than a quarter longer
	ticker := time.NewTicker(max(h.cfg.IdleAfter/looks, leastSweep))
	defer ticker.Stop()
	for {
		select {
		case <-h.work.Done():
			return
		case <-ticker.C:
		}
		before := time.Now().Add(-h.cfg.IdleAfter)
		closed := 0
		for _, id := range h.openIDs() {
			if h.work.Err() != nil {
				return
			}
			if h.retireIf(id, before) {
				closed++
			}
		}
		if closed > 0 {
			h.cfg.Log.Info().Int("campaigns", closed).Msg("idle campaigns closed; their next use opens them")
		}
	}
}

// openIDs are the campaigns that are open or being opened.
func (h *Host) openIDs() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	ids := make([]string, 0, len(h.campaigns))
	for id := range h.campaigns {
		ids = append(ids, id)
	}
	return ids
}

// Open is how many campaigns are open or being opened, and how many may be.
func (h *Host) Open() (open, most int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.campaigns), h.cfg.MaxOpen
}

// isQuiet reports whether nothing in the campaign would be lost by closing it: what a later opening would not find out again. News that is not
// signed yet is signed by the closing.
func (c *Campaign) isQuiet() bool {
	if c.Ledger.Broken() != nil {
		return c.bornBroken // else only this process knows
	}
	return c.proofs.failure() == nil && !c.plans.waiting() && c.withheld.isPublished(c)
}

// waiting reports whether an import waits for its signature.
func (p *signedPlans) waiting() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.order, func(id uuid.UUID) bool { return time.Since(p.byID[id].at) <= plannedFor })
}

// isPublished reports whether everything the public may see was published; what it may not yet, the next opening withholds again.
func (w *withheld) isPublished(c *Campaign) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	sum := c.live.Summary()
	return len(w.spans) == 0 || sum.Frozen != 0 || c.live.FirstHiddenVote(0) != 0
}

// turnToOpen waits for a place among those who open; the returned function gives it back.
func (h *Host) turnToOpen(ctx context.Context) (func(), error) {
	select {
	case h.opens <- struct{}{}:
		return func() { <-h.opens }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// errIsBusy reports whether an opening failed for want of room.
func errIsBusy(err error) bool { return errors.Is(err, ledger.ErrBusy) }
