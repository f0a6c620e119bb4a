package metrics

import (
	"cmp"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"campaignledger/cmd/internal/host"
)

// Gauges are what is looked at when somebody asks.
type Gauges struct {
	Campaigns []host.CampaignStatus // the open ones
	Unopened  int                   // campaigns that can't be opened
	NATS      host.NATSStatus
	Feeds     int // open
	Ready     bool
	Scrubbed  time.Time // when the last round began that read all logs again; zero: none yet
}

// maxLabelled bounds the campaigns with series of their own: ten each. A Prometheus server takes thousands of series of one target in its stride, not
// hundreds of thousands.
const maxLabelled = 500

// collector makes metrics of gauges at each scrape.
type collector struct{ gauges func() Gauges }

// desc are the descriptions of what the collector makes, by name.
var desc = func() map[string]*prometheus.Desc {
	all := map[string]*prometheus.Desc{}
	for _, f := range []Family{queued, held, foldLagEvents, foldLagSeconds, unsignedEvents, unsignedAge, campaignsOpen, campaignsReadOnly, scrubTime, unlabelled, campaignEvents,
		campaignNewest, campaignReadOnly, checkpointEvents, checkpointTime, witnesses, witnessesCosigned, witnessesQuorum, cosignatureTime, campaignFoldLag, feedsOpen,
		natsConnected, natsReconnects, ready} {
		all[f.Name] = prometheus.NewDesc(Prefix+f.Name, f.En, f.Labels, nil)
	}
	return all
}()

// Describe is of prometheus.Collector.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range desc {
		out <- d
	}
}

// Collect is of prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	g, now := c.gauges(), time.Now()
	send := func(f Family, value float64, labels ...string) {
		kind := prometheus.GaugeValue
		if f.Kind == Counter {
			kind = prometheus.CounterValue
		}
		out <- prometheus.MustNewConstMetric(desc[f.Name], kind, value, labels...)
	}
	slices.SortFunc(g.Campaigns, func(a, b host.CampaignStatus) int { return cmp.Compare(a.ID, b.ID) })
	t := total(g.Campaigns, now)
	send(queued, float64(t.queued))
	send(held, float64(t.held))
	send(foldLagEvents, float64(t.behind))
	send(foldLagSeconds, t.behindFor.Seconds())
	send(unsignedEvents, float64(t.unsigned))
	send(unsignedAge, t.unsignedFor.Seconds())
	send(campaignsOpen, float64(len(g.Campaigns)))
	send(campaignsReadOnly, float64(t.readOnly+g.Unopened))
	send(unlabelled, float64(max(0, len(g.Campaigns)-maxLabelled)))
	send(feedsOpen, float64(g.Feeds))
	send(natsConnected, truth(g.NATS.Connected))
	send(natsReconnects, float64(g.NATS.Reconnects))
	send(ready, truth(g.Ready))
	send(scrubTime, seconds(g.Scrubbed))
	for _, s := range g.Campaigns[:min(len(g.Campaigns), maxLabelled)] {
		send(campaignEvents, float64(s.Events), s.ID)
		send(campaignReadOnly, truth(s.ReadOnly != ""), s.ID)
		send(checkpointEvents, float64(s.Checkpoint), s.ID)
		send(witnesses, float64(s.Witnessing.Witnesses), s.ID)
		send(witnessesCosigned, float64(s.Witnessing.Cosigned), s.ID)
		send(witnessesQuorum, float64(s.Witnessing.Quorum), s.ID)
		send(campaignFoldLag, float64(s.Load.Behind), s.ID)
		for f, at := range map[*Family]time.Time{&campaignNewest: s.Newest, &checkpointTime: s.Signed, &cosignatureTime: s.Cosigned} {
			if !at.IsZero() {
				send(*f, seconds(at), s.ID)
			}
		}
	}
}

// seconds since 1970; 0 for the zero time.
func seconds(at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return float64(at.UnixMilli()) / 1000
}

// totals are over all open campaigns.
type totals struct {
	queued, held, readOnly int
	behind, unsigned       uint64
	behindFor, unsignedFor time.Duration
}

func total(list []host.CampaignStatus, now time.Time) (t totals) {
	for i := range list {
		s := &list[i]
		t.queued += s.Load.Queued
		t.held += s.Load.Held
		t.behind = max(t.behind, s.Load.Behind)
		if s.Load.Behind > 0 {
			t.behindFor = max(t.behindFor, now.Sub(s.Load.Since))
		}
		if s.ReadOnly != "" {
			t.readOnly++ // it is never signed any more
			continue
		}
		if s.Events > s.Checkpoint {
			t.unsigned += uint64(s.Events - s.Checkpoint)
			t.unsignedFor = max(t.unsignedFor, now.Sub(s.Unsigned))
		}
	}
	return t
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
