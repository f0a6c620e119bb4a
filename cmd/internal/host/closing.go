package host

import (
	"context"
	"sync"
)

// closeAtOnce is how many campaigns are closed beside one another: the newest checkpoint of each is synced to disk.
const closeAtOnce = 16

// closeAll closes campaigns, with a checkpoint of what is new in each as long as there is time: all of it takes no longer than closingTime and
// what commits are under way.
func closeAll(all map[string]*opening) {
	until, cancel := context.WithTimeout(context.Background(), closingTime)
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
