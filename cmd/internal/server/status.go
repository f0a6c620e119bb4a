package server

import (
	"net/http"
	"os"
	"runtime/metrics"
	"slices"
	"strings"
	"time"

	counting "campaignledger/cmd/internal/metrics"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
)

// Status is how a server is.
type Status struct {
	Status     Health            `json:"status"`
	Why        string            `json:"why,omitempty"` // of trouble
	Version    string            `json:"version"`
	URL        string            `json:"url,omitempty"`
	PID        int               `json:"pid"`
	Since      string            `json:"since,omitempty"` // when it started
	Now        string            `json:"now"`
	Data       string            `json:"data"` // the directory
	Durability ledger.Durability `json:"durability"`
	NATS       host.NATSStatus   `json:"nats"`
	Memory     uint64            `json:"memory"` // bytes that the program holds
	DiskFree   uint64            `json:"diskFree,omitempty"`
	DiskTotal  uint64            `json:"diskTotal,omitempty"` // bytes where the directory is; absent where this can't be asked
	Feeds      int               `json:"feeds"`               // open
	Campaigns  []CampaignState   `json:"campaigns"`           // by id
}

// Health is how a server is, in one word.
type Health string

// The healths.
const (
	HealthGood     Health = "good"
	HealthReadOnly Health = "read-only" // some campaign is
	HealthTrouble  Health = "trouble"   // something keeps all of it from working just now
	HealthStarting Health = "starting"
	HealthStopping Health = "stopping"
)

// CampaignState is how a campaign is.
type CampaignState struct {
	ID         string          `json:"id"`
	Open       bool            `json:"open"` // false: nobody has asked for it; nothing more is known of it
	ReadOnly   string          `json:"readOnly,omitempty"`
	Stage      events.Stage    `json:"stage,omitempty"`
	Final      bool            `json:"final,omitempty"`
	Events     events.Seq      `json:"events"`
	Newest     string          `json:"newest,omitempty"` // when the newest event was recorded
	Checkpoint events.Seq      `json:"checkpoint"`       // how many events the newest one covers
	Signed     string          `json:"signed,omitempty"` // when
	Proof      host.Witnessing `json:"proof"`
	Cosigned   string          `json:"cosigned,omitempty"` // when a witness last did
	Feeds      int             `json:"feeds"`
	Queued     int             `json:"queued"` // bodies of events that wait
	Held       int             `json:"held"`
	Behind     uint64          `json:"behind"` // events that are stored and not applied yet
}

// status tells this machine how the server is. With ?open=true, which takes this machine's token, the logs of all
// campaigns are read first.
func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	open := false
	q, err := parameters(r, "open")
	if err == nil {
		err = choice(q, "open", "true", &open)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !s.local(w, r, "the server's status is told to its own machine only: campaign status") {
		return
	}
	if open && s.trusted(r) {
		if err := s.Host.ExamineAll(r.Context()); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	s.writeRead(w, r, s.statusNow(r))
}

func (s *Server) statusNow(r *http.Request) Status {
	at := s.Host.Status(r.Context(), true)
	out := Status{Status: HealthGood, Version: s.Version, URL: s.URL, PID: os.Getpid(), Since: moment(s.Started), Now: moment(time.Now()), Data: s.Host.Dir(),
		Durability: at.Durability, NATS: at.NATS, Memory: memory(), Feeds: len(s.streams.places), Campaigns: []CampaignState{}}
	out.DiskFree, out.DiskTotal = diskSpace(s.Host.Dir())
	feeds := s.readers.all()
	for i := range at.Campaigns {
		c := campaignState(&at.Campaigns[i])
		c.Feeds = feeds[c.ID]
		out.Campaigns = append(out.Campaigns, c)
		if c.ReadOnly != "" {
			out.Status = HealthReadOnly
		}
	}
	slices.SortFunc(out.Campaigns, func(a, b CampaignState) int { return strings.Compare(a.ID, b.ID) })
	switch {
	case s.work.isClosed():
		out.Status = HealthStopping
	case !s.ready.Load():
		out.Status = HealthStarting
	case at.Trouble != nil:
		out.Status, out.Why = HealthTrouble, at.Trouble.Error()
	}
	return out
}

func campaignState(c *host.CampaignStatus) CampaignState {
	return CampaignState{ID: c.ID, Open: c.Open, ReadOnly: c.ReadOnly, Stage: c.Stage, Final: c.Final, Events: c.Events, Newest: moment(c.Newest), Checkpoint: c.Checkpoint,
		Signed: moment(c.Signed), Proof: c.Witnessing, Cosigned: moment(c.Cosigned), Queued: c.Load.Queued, Held: c.Load.Held, Behind: c.Load.Behind}
}

// moment is a time as answers have it; "" for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return events.FormatTime(events.Milliseconds(t))
}

// memory is how many bytes the program holds, without what it gave back.
func memory() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}

// metrics answers this machine's scrapes.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) {
	switch {
	case !s.local(w, r, "metrics are told to the server's own machine only; serve --metrics-listen opens an address for others"):
	case s.Metrics == nil:
		s.showProblem(w, r, problem{Status: http.StatusNotFound, Code: "not-found", Detail: "this server counts nothing"})
	default:
		s.Metrics.Handler().ServeHTTP(w, r)
	}
}

// Gauges is what scrapes look at, also before and after requests are answered.
func (s *Server) Gauges() counting.Gauges {
	g := counting.Gauges{Ready: s.ready.Load() && !s.work.isClosed(), Scrubbed: s.Host.Scrubbed()}
	if s.serving.Load() {
		g.Feeds = len(s.streams.places)
	}
	g.Campaigns, g.Unopened, g.NATS = s.Host.Gauges()
	return g
}
