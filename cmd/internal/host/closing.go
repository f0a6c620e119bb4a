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

// closeCampaigns closes all campaigns, several at a time, with a checkpoint of what is new in each as long as there is time: all of it takes no longer
// than closingTime and what commits are under way. None is opened afterwards.
func (h *Host) closeCampaigns() {
	patience := closingTime
	if h.conn == nil || !h.conn.IsConnected() {
		patience = awayTime
	}
	until, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	all, ours := h.takeCampaigns()
	places := make(chan struct{}, closeAtOnce)
	var closing sync.WaitGroup
	for _, o := range ours {
		<-o.done
		if o.campaign == nil {
			close(o.gone)
			continue
		}
		places <- struct{}{}
		closing.Go(func() {
			defer func() { <-places }()
			h.retireBy(until, o)
		})
	}
	closing.Wait()
	for _, o := range all {
		<-o.gone
	}
}

// takeCampaigns lets no campaign be opened any more, and gives all that are, and those of them that nobody is closing yet.
func (h *Host) takeCampaigns() (all map[string]*opening, ours []*opening) {
	h.mu.Lock()
	defer h.mu.Unlock()
	all, h.campaigns = h.campaigns, nil
	for _, o := range all {
		if !o.closing {
			o.closing = true
			ours = append(ours, o)
		}
	}
	return all, ours
}
