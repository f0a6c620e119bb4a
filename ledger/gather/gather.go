// Package gather is the rule by which a group commit waits for those who are on their way. Writers that were acknowledged together come back one
// after the other, as fast as they can make their next event; without a wait, groups tend to alternate between few and the others.
package gather

import (
	"runtime"
	"time"
)

const (
	// Pause is how long a group waits for the next one.
	Pause = 150 * time.Microsecond
	// Most is how long it waits for all of them.
	Most = 500 * time.Microsecond
)

// Wait is the waiting of one group; its zero value has not begun. It yields instead of sleeping: the runtime's timers are ten times coarser than
// the wait. It yields the thread as well: one that spins keeps a core from another thread of the process, on which the awaited may be.
type Wait struct {
	begun, newest time.Time
	took          time.Duration
}

// Came says that another one came.
func (w *Wait) Came() { w.newest = time.Time{} }

// More lets others run, and reports whether waiting goes on.
func (w *Wait) More() bool {
	now := time.Now()
	if w.begun.IsZero() {
		w.begun = now
	}
	if w.newest.IsZero() {
		w.newest = now
	}
	w.took = now.Sub(w.begun)
	if now.Sub(w.newest) >= Pause || w.took >= Most {
		return false
	}
	runtime.Gosched()
	yieldThread()
	return true
}

// Took is how long the group has waited.
func (w *Wait) Took() time.Duration { return w.took }
