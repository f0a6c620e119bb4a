package ledger

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"campaignledger/events"
)

const (
	// maxJump is how far the clock may jump forward while a ledger is open. What is recorded stays recorded, so that a clock which was wrong by
	// years once would let every deadline pass, and have members' claims of the right time refused as too old, for years. A jump of a day does
	// little harm: claims may be days late.
	maxJump = 24 * time.Hour
	// MaxBehind is how far the clock may be behind the newest recorded time before it is spoken of.
	MaxBehind = 5 * time.Second
	// catchUpShare is the part of its speed with which recorded time goes on while the clock is behind it: it must go on, since what waits in
	// admission waits by it, and be slower than the clock, or they would never meet again.
	catchUpShare = 2
)

// ErrClock: the clock jumped too far forward to be believed. Nothing was stored.
var ErrClock = errors.New("the clock jumped")

// clock gives recorded times. They never go back: where the clock does (it was ahead before and is set right, or a restart found it slow), they
// go on from the newest one at half the speed until the clock has caught up. A clock that jumped forward by more than maxJump is not believed
// until it is back or the ledger is opened again.
type clock struct {
	now     func() time.Time
	elapsed func() time.Duration // of a clock that nobody sets; nil: unknown
	sleeps  bool                 // elapsed leaves out the time that the machine slept

	mu      sync.Mutex
	begun   time.Time     // what now said at
	at      time.Duration // elapsed
	behind  bool          // the clock is behind the newest recorded time
	from    time.Time     // the newest recorded time when that was noticed, at
	noticed time.Duration // elapsed
}

func newClock(now func() time.Time, elapsed func() time.Duration) *clock {
	c := &clock{now: now, elapsed: elapsed}
	if now == nil && elapsed == nil {
		c.elapsed, c.sleeps = elapsedTime()
	}
	if now == nil {
		c.now = time.Now
	}
	c.begun = c.now()
	if c.elapsed != nil {
		c.at = c.elapsed()
	}
	return c
}

// recorded is the time of a commit after one that was recorded at last.
func (c *clock) recorded(last time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := events.Milliseconds(c.now())
	if !now.Before(last) {
		c.behind = false
		return now
	}
	if c.elapsed == nil {
		return last
	}
	if !c.behind {
		c.behind, c.from, c.noticed = true, last, c.elapsed()
	}
	slow := events.Milliseconds(c.from.Add((c.elapsed() - c.noticed) / catchUpShare))
	if slow.Before(last) { // another process is faster
		return last
	}
	return slow
}

// check is ErrClock while the clock is not to be believed.
func (c *clock) check() error {
	if c.elapsed == nil || c.sleeps {
		return nil
	}
	now, passed := c.now(), c.elapsed()-c.at
	if ahead := now.Round(0).Sub(c.begun.Round(0)) - passed; ahead > maxJump {
		return fmt.Errorf("%w forward to %s, %v more than has passed since the campaign was opened: nothing was stored, because deadlines go by it for good; set the clock right and appending goes on by itself, or, if it is right, start the server again",
			ErrClock, events.FormatTime(events.Milliseconds(now)), ahead.Round(time.Second))
	}
	return nil
}

// ClockTrouble is what is odd about the clock just now, nil if nothing is: it is behind the newest recorded time, so that recorded times go on more
// slowly than time does, or jumped forward, so that nothing is stored (ErrClock).
func (l *Ledger) ClockTrouble() error {
	if err := l.clock.check(); err != nil {
		return err
	}
	_, recorded := l.Last()
	if behind := recorded.Sub(l.clock.now()); behind > MaxBehind {
		return fmt.Errorf("the server's clock is %v behind the newest recorded time, %s: recorded times stay ahead of it and go on at half the speed until it has caught up; set the clock right, on every server",
			behind.Round(time.Second), events.FormatTime(recorded))
	}
	return nil
}
