package server

import (
	"encoding/json"
	"net/http"
	"time"

	"campaignledger/cmd/internal/host"
)

// DoctorLine is a line of the answer of doctor: how far it has come, or in the last line what it found.
type DoctorLine struct {
	Done     uint64         `json:"done,omitempty"`
	Events   uint64         `json:"events,omitempty"`
	Findings []host.Finding `json:"findings,omitempty"`
	Error    string         `json:"error,omitempty"` // why it could not look
}

// doctor examines a campaign, which costs a reading and a fold of the whole log; this machine may ask for it.
func (s *Server) doctor(w http.ResponseWriter, r *http.Request) {
	c, write, end := s.longWork(w, r, "a campaign is examined from the server's own machine: campaign doctor")
	if c == nil {
		return
	}
	defer end()
	findings, err := c.Doctor(r.Context(), host.Paced(func(done, events uint64) { write(DoctorLine{Done: done, Events: events}) }))
	if err != nil {
		write(DoctorLine{Error: err.Error()})
		return
	}
	write(DoctorLine{Findings: findings})
}

// longWork begins the answer to this machine's request for work that reads a whole log: lines of JSON as it comes on. The campaign is nil where it is
// refused, and answered; otherwise end gives the place back.
func (s *Server) longWork(w http.ResponseWriter, r *http.Request, refusal string) (c *host.Campaign, write func(line any), end func()) {
	if _, err := parameters(r); err != nil {
		s.fail(w, r, err)
		return nil, nil, nil
	}
	if !s.trusted(r) {
		problem{Status: http.StatusForbidden, Code: "machine", Detail: refusal}.write(w)
		return nil, nil, nil
	}
	if c = s.caughtUp(w, r); c == nil {
		return nil, nil, nil
	}
	if err := s.refolds.take(); err != nil {
		s.fail(w, r, err)
		return nil, nil, nil
	}
	w.Header().Set("Content-Type", kindLines)
	w.Header().Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	return c, func(line any) {
		_ = control.SetWriteDeadline(time.Now().Add(answerTimeout)) // not every writer has deadlines
		_ = json.NewEncoder(w).Encode(line)                         // the client is gone if this or the flush fails
		_ = control.Flush()
	}, s.refolds.giveBack
}
