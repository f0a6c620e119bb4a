package ledger

import (
	"fmt"
	"sync"

	"campaignledger/events"
)

// Limits on what waits to be stored. Over them an append fails at once with ErrBusy: memory does not grow with the number of writers, and those
// who are refused can wait better than this process can.
const (
	// MaxWaitingBodies and MaxWaitingBytes bound the bodies of one campaign that wait or are being stored. A store that syncs takes thousands
	// of small bodies a second, so that as many wait for about a second; the bytes are those of 32 bodies of the largest size.
	MaxWaitingBodies = 4096
	MaxWaitingBytes  = 32 << 20
	// MaxProcessBodies and MaxProcessBytes bound those of all campaigns of a process together.
	MaxProcessBodies = 4 * MaxWaitingBodies
	MaxProcessBytes  = 2 * MaxWaitingBytes
	// draftBytes is what a proposal counts that has no record yet, about what it takes in memory; its text was counted where it was read.
	draftBytes = 1 << 10
)

// Budget bounds what a process holds of bodies that wait to be stored. Many ledgers may share one. It is safe for concurrent use.
type Budget struct {
	maxBodies, maxBytes int64

	mu            sync.Mutex
	bodies, bytes int64
}

// NewBudget is a budget of so many bodies and bytes.
func NewBudget(bodies, bytes int64) *Budget { return &Budget{maxBodies: bodies, maxBytes: bytes} }

// Take takes from the budget, or leaves it as it is and returns an error that wraps ErrBusy. Who took gives the same back.
func (b *Budget) Take(bodies, bytes int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bodies+bodies > b.maxBodies || b.bytes+bytes > b.maxBytes {
		return fmt.Errorf("%d bodies with %d bytes are waiting to be stored: %w", b.bodies, b.bytes, ErrBusy)
	}
	b.bodies, b.bytes = b.bodies+bodies, b.bytes+bytes
	return nil
}

// GiveBack returns what was taken.
func (b *Budget) GiveBack(bodies, bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bodies, b.bytes = b.bodies-bodies, b.bytes-bytes
}

// InUse is what is taken now.
func (b *Budget) InUse() (bodies, bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bodies, b.bytes
}

// waiting counts the bodies of one ledger, against its own limits and the process's.
type waiting struct {
	own     *Budget
	process *Budget // nil: there is none
	closed  bool    // everything was given back; guarded by own.mu
}

// take counts one body in.
func (w *waiting) take(bytes int64) error {
	if err := w.own.Take(1, bytes); err != nil {
		w.own.mu.Lock()
		defer w.own.mu.Unlock()
		if w.closed {
			return ErrClosed
		}
		return fmt.Errorf("this campaign: %w", err)
	}
	if w.process == nil {
		return nil
	}
	if err := w.process.Take(1, bytes); err != nil {
		w.own.GiveBack(1, bytes)
		return fmt.Errorf("all campaigns of this server: %w", err)
	}
	return nil
}

// giveBack counts one body out.
func (w *waiting) giveBack(bytes int64) {
	w.own.mu.Lock()
	defer w.own.mu.Unlock()
	if w.closed {
		return
	}
	w.own.bodies, w.own.bytes = w.own.bodies-1, w.own.bytes-bytes
	if w.process != nil {
		w.process.GiveBack(1, bytes)
	}
}

// close gives back what bodies that nobody will look at any more still hold. No body is counted in after it.
func (w *waiting) close() {
	w.own.mu.Lock()
	defer w.own.mu.Unlock()
	if w.closed {
		return
	}
	w.closed = true
	if w.process != nil {
		w.process.GiveBack(w.own.bodies, w.own.bytes)
	}
	w.own.bodies, w.own.bytes = w.own.maxBodies, 0 // none is taken any more
}

// weight is what proposals count, in bytes.
func weight(proposals []events.Proposal) (bytes int64) {
	for i := range proposals {
		bytes += max(int64(len(proposals[i].Record)), draftBytes)
	}
	return bytes
}
