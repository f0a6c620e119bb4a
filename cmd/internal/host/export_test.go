package host

import "time"

// Decisive is decisive, which asks for a checkpoint at once.
var Decisive = decisive

// LookBack takes all places for looks into the past, until the returned function is called.
func (c *Campaign) LookBack() (end func()) {
	for range maxPastLooks {
		c.pastLooks <- struct{}{}
	}
	return func() {
		for range maxPastLooks {
			<-c.pastLooks
		}
	}
}

// Retire closes a campaign if it is idle now.
func (h *Host) Retire(id string) bool { return h.retireIf(id, time.Now()) }

// ExaminedFirst is examinedFirst.
const ExaminedFirst = examinedFirst
