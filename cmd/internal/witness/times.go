package witness

import (
	"fmt"
	"time"

	"campaignledger/events"
)

// skew is how far two honest clocks may be apart, and how long a record may take from its time to a checkpoint that covers it.
const skew = time.Minute

// clockRules are what the witness's own clock says of recorded times.
type clockRules struct {
	last     time.Time // of the newest event
	earliest time.Time // the server showed a log without the events of this round at that moment; zero: not known
	now      time.Time // the checkpoint that covers them was there at that moment
}

// check takes the next event's recorded time; the *Alarm is nil if it may be.
func (c *clockRules) check(seq events.Seq, recorded time.Time) *Alarm {
	last := c.last
	c.last = recorded
	text := func(t time.Time) string { return events.FormatTime(events.Milliseconds(t)) }
	switch {
	case recorded.Before(last):
		return &Alarm{Kind: Time, Seq: seq, Reason: fmt.Sprintf("it says %s, and the event before says %s", text(recorded), text(last))}
	case recorded.After(c.now.Add(skew)):
		return &Alarm{Kind: Time, Seq: seq, Reason: fmt.Sprintf("it says %s, and it was there at %s", text(recorded), text(c.now))}
	case !c.earliest.IsZero() && recorded.Before(c.earliest.Add(-skew)):
		return &Alarm{Kind: Time, Seq: seq, Reason: fmt.Sprintf("it says %s, and at %s the server's newest checkpoint was without it", text(recorded), text(c.earliest))}
	}
	return nil
}
