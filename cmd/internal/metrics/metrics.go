// Package metrics counts what a server does, for Prometheus: see Families for each metric, and campaign metrics, which prints them.
//
// # What is told, and to whom
//
// Metrics have no contents of events, no titles, no members, no units and no addresses. Of a campaign they tell how many events it has, when the
// newest came, how far it is signed, who witnessed how much: sizes and times, which a freeze and an open ballot show everybody too. Three figures
// would tell more and do not: commit sizes are rounded up to the bounds of their buckets, or the sum of all would tell the length of a hidden vote, and
// by it maybe the choice; how many bytes came over the network is left out for the same reason; and refusals of a campaign that hides something are counted under one code. Still /metrics is for this machine, or for
// whoever reaches the listener that serve --metrics-listen opens.
//
// # How many series there are
//
// What is counted on the way of an append has no label campaign. Only an open campaign has series of its own, ten each, and only the
// first maxLabelled of them by id; what an alarm needs is there without that label too, and looks at all.
package metrics

import (
	"context"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"campaignledger/events"
	"campaignledger/ledger"
)

// Set are a server's metrics. A nil Set counts nothing.
type Set struct {
	registry *prometheus.Registry

	events, commits, logins  prometheus.Counter
	refusals, setbacks       *prometheus.CounterVec
	feedsDropped, requests   *prometheus.CounterVec
	size, bytes, store, wait prometheus.Histogram
	stored, failed           prometheus.Observer // of append durations
	took                     *prometheus.HistogramVec
	conflict, unclear, retry prometheus.Counter
}

// The buckets.
var (
	// sizes reach the largest commit, 1,000 events.
	sizes = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000}
	// byteBounds reach the largest commit, 960 KiB. The first holds any single vote.
	byteBounds = []float64{4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20}
	// moments are from a commit on a fast disk to a store that is away for as long as a writer waits.
	moments = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 30}
	// gathers reach the longest wait, half a millisecond, and what a busy machine makes of it.
	gathers = []float64{.00001, .00005, .0001, .00015, .00025, .0005, .001, .005}
	// answers are of a request: from a look at a fold to a bundle of a large campaign.
	answers = []float64{.001, .005, .01, .05, .1, .5, 1, 5, 30, 300}
)

// New are the metrics of a server of a version.
func New(version string) *Set {
	s := &Set{registry: prometheus.NewRegistry()}
	s.registry.MustRegister(collectors.NewGoCollector(), withoutTraffic{collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})})
	s.events, s.commits, s.logins = s.counter(eventsAppended), s.counter(commits), s.counter(loginsFailed)
	s.refusals, s.setbacks = s.counters(refusals), s.counters(setbacks)
	s.feedsDropped, s.requests = s.counters(feedsDropped), s.counters(requests)
	s.size, s.bytes = s.histogram(commitEvents, sizes), s.histogram(commitBytes, byteBounds)
	s.store, s.wait = s.histogram(commitSeconds, moments), s.histogram(gatherSeconds, gathers)
	latency := s.histograms(appendSeconds, moments)
	s.stored, s.failed = latency.WithLabelValues("stored"), latency.WithLabelValues("failed")
	s.took = s.histograms(requestSeconds, answers)
	kind := func(k ledger.Setback) prometheus.Counter { return s.setbacks.WithLabelValues(string(k)) }
	s.conflict, s.unclear, s.retry = kind(ledger.SetbackConflict), kind(ledger.SetbackUnclear), kind(ledger.SetbackRetry)
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: Prefix + buildInfo.Name, Help: buildInfo.En, ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()}})
	build.Set(1)
	s.registry.MustRegister(build)
	return s
}

// withoutTraffic leaves out how many bytes came over the network: between two scrapes that may be the length of a single vote.
type withoutTraffic struct{ prometheus.Collector }

// Collect is of prometheus.Collector.
func (c withoutTraffic) Collect(out chan<- prometheus.Metric) {
	all := make(chan prometheus.Metric)
	go func() {
		defer close(all)
		c.Collector.Collect(all)
	}()
	for m := range all {
		if !strings.Contains(m.Desc().String(), `"process_network_`) {
			out <- m
		}
	}
}

func (s *Set) counter(f Family) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: Prefix + f.Name, Help: f.En})
	s.registry.MustRegister(c)
	return c
}

func (s *Set) counters(f Family) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: Prefix + f.Name, Help: f.En}, f.Labels)
	s.registry.MustRegister(c)
	return c
}

func (s *Set) histogram(f Family, buckets []float64) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: Prefix + f.Name, Help: f.En, Buckets: buckets})
	s.registry.MustRegister(h)
	return h
}

func (s *Set) histograms(f Family, buckets []float64) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: Prefix + f.Name, Help: f.En, Buckets: buckets}, f.Labels)
	s.registry.MustRegister(h)
	return h
}

// Appended counts one answered writer; see ledger.Observer.
func (s *Set) Appended(took time.Duration, err error) {
	if err != nil {
		s.failed.Observe(took.Seconds())
		return
	}
	s.stored.Observe(took.Seconds())
}

// Admitted counts nothing.
func (s *Set) Admitted(context.Context, []events.Event) {}

// Committed counts one commit.
func (s *Set) Committed(list []events.Event, f ledger.CommitFigures) {
	s.commits.Inc()
	s.events.Add(float64(len(list)))
	s.size.Observe(float64(len(list)))
	s.bytes.Observe(roundUp(f.Bytes))
	s.store.Observe(f.Store.Seconds())
	s.wait.Observe(f.Gather.Seconds())
}

// roundUp is the bound of the bucket that n bytes belong to.
func roundUp(n int) float64 {
	for _, bound := range byteBounds {
		if float64(n) <= bound {
			return bound
		}
	}
	return byteBounds[len(byteBounds)-1]
}

// Setback counts a commit that did not get through at once.
func (s *Set) Setback(k ledger.Setback) {
	switch k {
	case ledger.SetbackConflict:
		s.conflict.Inc()
	case ledger.SetbackUnclear:
		s.unclear.Inc()
	case ledger.SetbackRetry:
		s.retry.Inc()
	}
}

// withheld is the code of every refusal in a campaign that hides something.
const withheld = "withheld"

// Refused counts a body that was not stored, for a code of the API; hiding says that a freeze or an open ballot hides something of the campaign.
func (s *Set) Refused(code string, hiding bool) {
	if s == nil {
		return
	}
	if hiding {
		code = withheld
	}
	s.refusals.WithLabelValues(code).Inc()
}

// LoginFailed counts a login that failed.
func (s *Set) LoginFailed() {
	if s != nil {
		s.logins.Inc()
	}
}

// FeedDropped counts a feed that the server ended.
func (s *Set) FeedDropped(reason string) {
	if s != nil {
		s.feedsDropped.WithLabelValues(reason).Inc()
	}
}

// Answered counts a request to a route; endless says that it was a feed, whose length tells nothing.
func (s *Set) Answered(route string, status int, took time.Duration, endless bool) {
	if s == nil {
		return
	}
	s.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	if !endless {
		s.took.WithLabelValues(route).Observe(took.Seconds())
	}
}

// Watch has what gauges tells exported too. Call it once.
func (s *Set) Watch(gauges func() Gauges) { s.registry.MustRegister(&collector{gauges}) }

// maxScrapes bounds the scrapes at a time: each looks at every open campaign.
const maxScrapes = 4

// Handler answers scrapes.
func (s *Set) Handler() http.Handler {
	return promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes, EnableOpenMetrics: true})
}
