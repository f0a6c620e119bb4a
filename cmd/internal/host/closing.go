package host

import (
	"context"
	"sync"
	"time"
)

// closeAtOnce is how many campaigns are closed beside one another: the newest checkpoint of each is synced to disk.
const closeAtOnce = 16

// awayTime is closingTime while NATS is away: it may come back just now, and mostly does not.
const awayTime = time.Second

// closeAll closes campaigns, with a checkpoint of what is new in each as long as there is time: all of it takes no longer than closingTime and
// what commits are under way.
func (h *Host) closeAll(all map[string]*opening) {
	patience := closingTime
	if h.conn == nil || !h.conn.IsConnected() {
		patience = awayTime
	}
	until, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var closing sync.WaitGroup
	places := make(chan struct{}, closeAtOnce)
	for _, o := range all {
		<-o.done
		if o.campaign == nil {
			continue
		}
		places <- struct{}{}
		closing.Go(func() {
			defer func() { <-places }()
			o.campaign.close(until)
		})
	}
	closing.Wait()
}
