package host

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
