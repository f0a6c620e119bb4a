package ledger

import (
	"context"
	"fmt"
	"sync"
	"time"

	"campaignledger/events"
)

const (
	// recentCommits and recentBytes bound the newest commits kept in memory for followers and repeated appends.
	recentCommits = 256
	recentBytes   = 8 << 20
)

// tail is the end of the applied log, shared by the appender, which moves it, and readers.
type tail struct {
	mu       sync.Mutex
	last     events.Seq
	recorded time.Time
	broken   error         // why the ledger is read-only; nil if it is not
	changed  chan struct{} // closed when anything here changes; made on demand
	recent   []Commit      // the newest, contiguous, ending at last
	bytes    int           // of recent
}

// advance moves the end past c. broken, if it is not nil, makes the ledger read-only at the same moment: nobody takes a log that ends within a
// bad commit for a good one.
func (t *tail) advance(c Commit, last events.Seq, broken error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.broken == nil {
		t.broken = broken
	}
	t.last, t.recorded = last, c.Recorded
	t.recent = append(t.recent, c)
	t.bytes += len(c.Data)
	drop := 0
	for kept := len(t.recent); kept > 1 && (kept > recentCommits || t.bytes > recentBytes); kept-- {
		t.bytes -= len(t.recent[drop].Data)
		t.recent[drop].Data = nil
		drop++
	}
	t.recent = t.recent[drop:]
	t.notify()
}

// resume begins at an event whose commit is not at hand.
func (t *tail) resume(start Start) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last, t.recorded = start.Seq, start.Recorded
}

// fail makes the ledger read-only; the first reason stays.
func (t *tail) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.broken == nil {
		t.broken = err
	}
	t.notify()
}

func (t *tail) notify() {
	if t.changed != nil {
		close(t.changed)
		t.changed = nil
	}
}

func (t *tail) end() (events.Seq, time.Time, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last, t.recorded, t.broken
}

// wait returns once event seq is applied. Errors: ErrReadOnly if it can't come any more, ctx's, ErrClosed.
func (t *tail) wait(ctx context.Context, seq events.Seq, closed <-chan struct{}) error {
	for {
		t.mu.Lock()
		last, broken := t.last, t.broken
		if t.changed == nil {
			t.changed = make(chan struct{})
		}
		changed := t.changed
		t.mu.Unlock()
		switch {
		case last >= seq:
			return nil
		case broken != nil:
			return fmt.Errorf("%w: %w", ErrReadOnly, broken)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for event %d, now at %d: %w", seq, last, ctx.Err())
		case <-closed:
			return ErrClosed
		}
	}
}

// after is what follows event seq, if all of it is at hand; the first commit is cut.
func (t *tail) after(seq events.Seq) (commits []Commit, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if seq >= t.last {
		return nil, true
	}
	if len(t.recent) == 0 || t.recent[0].First > seq+1 {
		return nil, false
	}
	low, high := 0, len(t.recent) // the newest commit that starts at or before seq+1 is in low..high-1
	for high-low > 1 {
		if middle := (low + high) / 2; t.recent[middle].First <= seq+1 {
			low = middle
		} else {
			high = middle
		}
	}
	commits = append(commits, t.recent[low:]...)
	commits[0] = commits[0].After(seq)
	return commits, true
}
