package host

import (
	"context"
	"time"

	"campaignledger/events"
	"campaignledger/ledger"
)

// Status is how a host and its campaigns are, for whoever runs it. It tells nothing of what a freeze or an open ballot hides but sizes and times.
type Status struct {
	Durability ledger.Durability
	NATS       NATSStatus
	Trouble    error // what keeps it from working just now
	Campaigns  []CampaignStatus
}

// NATSStatus is the connection to NATS.
type NATSStatus struct {
	Embedded   bool   `json:"embedded"`
	Place      string `json:"place,omitempty"` // where others connect to the embedded server, or the external servers' addresses without passwords
	Connected  bool   `json:"connected"`
	State      string `json:"state"`             // in NATS's words
	Server     string `json:"server,omitempty"`  // the one that is connected
	Cluster    string `json:"cluster,omitempty"` // its name, where it is part of one
	Reconnects uint64 `json:"reconnects"`
	// Streams is how the cluster keeps the campaigns' streams; absent with the embedded server, or where it does not answer.
	Streams *ledger.StreamsHealth `json:"streams,omitempty"`
}

// CampaignStatus is how a campaign is.
type CampaignStatus struct {
	ID       string
	Open     bool // in this process
	ReadOnly string
	Stage    events.Stage // as the public may see it
	Final    bool
	Events   events.Seq
	Newest   time.Time // when the newest event was recorded
	Load     ledger.Load
	// Checkpoint is the size of the newest one, and Signed when it was signed; of one from before this process, when its newest event was recorded.
	Checkpoint events.Seq
	Signed     time.Time
	// Unsigned is since when events wait for a checkpoint; zero: none does.
	Unsigned   time.Time
	Witnessing Witnessing
	Cosigned   time.Time // the newest cosignature; zero: none
}

// Status is how everything is now. A campaign that is not open costs nothing, but is told of by its id alone. With an external server and cluster it
// costs a request.
func (h *Host) Status(ctx context.Context, cluster bool) Status {
	s := Status{Durability: h.Durability(), NATS: h.natsStatus(), Trouble: h.Trouble(ctx)}
	var ids []string
	if !s.NATS.Connected {
		cluster = false // it would not answer
	} else if list, err := h.IDs(ctx); err == nil {
		ids = list
	} else if s.Trouble == nil {
		s.Trouble = err
	}
	if cluster && h.embedded == nil {
		if health, err := h.streams.Health(ctx); err == nil {
			s.NATS.Streams = &health
		}
	}
	failed := h.Broken()
	for _, c := range h.opened() {
		s.Campaigns = append(s.Campaigns, c.status(ctx))
		delete(failed, c.ID)
	}
	known := map[string]bool{}
	for _, c := range s.Campaigns {
		known[c.ID] = true
	}
	for _, id := range ids {
		if !known[id] {
			s.Campaigns = append(s.Campaigns, CampaignStatus{ID: id, ReadOnly: failed[id]})
			delete(failed, id)
		}
	}
	for id, why := range failed { // known before NATS went away
		s.Campaigns = append(s.Campaigns, CampaignStatus{ID: id, ReadOnly: why})
	}
	return s
}

// Gauges are the open campaigns, and those that can't be opened, as they are now, and NATS; it asks nobody.
func (h *Host) Gauges() (campaigns []CampaignStatus, unopened int, nats NATSStatus) {
	failed := h.Broken()
	for _, c := range h.opened() {
		campaigns = append(campaigns, c.status(h.work))
		delete(failed, c.ID)
	}
	return campaigns, len(failed), h.natsStatus()
}

// Dir is the data directory.
func (h *Host) Dir() string { return h.cfg.Dir }

// opened are the campaigns that are open, in no order.
func (h *Host) opened() (list []*Campaign) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, o := range h.campaigns {
		select {
		case <-o.done:
			if o.campaign != nil {
				list = append(list, o.campaign)
			}
		default:
		}
	}
	return list
}

func (h *Host) natsStatus() NATSStatus {
	s := NATSStatus{Embedded: h.embedded != nil, Connected: h.conn.IsConnected(), State: h.conn.Status().String(), Reconnects: h.conn.Stats().Reconnects}
	if s.Embedded {
		s.Place = h.NATSURL()
		return s
	}
	s.Place, s.Server, s.Cluster = h.place(), h.conn.ConnectedServerName(), h.conn.ConnectedClusterName()
	return s
}

// status is how the campaign is.
func (c *Campaign) status(ctx context.Context) (s CampaignStatus) {
	s = CampaignStatus{ID: c.ID, Open: true, Load: c.Ledger.Load(), Witnessing: c.Witnessing()}
	s.Events, s.Newest = c.Ledger.Last()
	if readOnly := c.ReadOnly(); readOnly != nil {
		s.ReadOnly = readOnly.Error()
	}
	if sum, err := c.SummaryFor(ctx, Reader{}); err == nil {
		s.Stage, s.Final = sum.Stage, sum.Final
	}
	signs := !c.proofs.isForeign()
	c.proofs.mu.Lock()
	defer c.proofs.mu.Unlock()
	for i, checkpoint := range c.proofs.recent {
		if i == len(c.proofs.recent)-1 {
			s.Checkpoint, s.Signed = events.Seq(checkpoint.Size), c.proofs.newestAt
		}
		for _, w := range checkpoint.Cosignatures {
			if w.Time.After(s.Cosigned) {
				s.Cosigned = w.Time
			}
		}
	}
	if signs {
		s.waits(c.proofs.unsignedSince.Load())
	}
	return s
}

// waits notes since when events wait for a checkpoint, if any do; another process's are known by the newest alone.
func (s *CampaignStatus) waits(since int64) {
	switch {
	case s.Events <= s.Checkpoint:
	case since > 0:
		s.Unsigned = time.UnixMilli(since)
	default:
		s.Unsigned = s.Newest
	}
}

// covered notes that everything up to size is under a signed checkpoint.
func (c *Campaign) covered(size events.Seq) {
	since := int64(0)
	if last, _ := c.Ledger.Last(); last > size {
		since = time.Now().UnixMilli()
	}
	c.proofs.unsignedSince.Store(since)
	c.way.checkpoint(size)
}

// dateNewest says of a checkpoint from before this process when it was signed: moments after its newest event was recorded.
func (c *Campaign) dateNewest() {
	last, recorded := c.Ledger.Last()
	c.proofs.mu.Lock()
	defer c.proofs.mu.Unlock()
	c.proofs.newestAt = time.Time{}
	if n := len(c.proofs.recent); n > 0 && c.proofs.recent[n-1].Size == uint64(last) {
		c.proofs.newestAt = recorded
	}
}

// Pulse returns nil once the appender of every open campaign has shown that it runs; see ledger.Ledger.Pulse.
func (h *Host) Pulse(ctx context.Context) error {
	for _, c := range h.opened() {
		if err := c.Ledger.Pulse(ctx); err != nil {
			return &stuckError{c.ID, err}
		}
	}
	return nil
}

// stuckError is a campaign whose appender does not answer.
type stuckError struct {
	campaign string
	err      error
}

func (e *stuckError) Error() string {
	return "the appender of campaign " + e.campaign + " does not answer: " + e.err.Error()
}

func (e *stuckError) Unwrap() error { return e.err }

// Hiding reports whether a freeze or an open ballot hides anything of the campaign just now.
func (c *Campaign) Hiding() bool {
	return c.live.Summary().Frozen != 0 || c.live.FirstHiddenVote(0) != 0
}
