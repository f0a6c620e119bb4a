package server

import (
	"net/http"

	"campaignledger/cmd/internal/host"
)

// RebuildLine is a line of the answer of rebuild: how far it has come, or in the last line what it found.
type RebuildLine struct {
	Done    uint64        `json:"done,omitempty"`
	Events  uint64        `json:"events,omitempty"`
	Rebuilt *host.Rebuilt `json:"rebuilt,omitempty"`
	Error   string        `json:"error,omitempty"` // why it could not be done; all is as it was
}

// rebuild folds a campaign anew, which costs a reading and a fold of the whole log; this machine may ask for it.
func (s *Server) rebuild(w http.ResponseWriter, r *http.Request) {
	c, write, end := s.longWork(w, r, "a campaign is folded anew from the server's own machine: campaign rebuild")
	if c == nil {
		return
	}
	defer end()
	rebuilt, err := c.Rebuild(r.Context(), host.Paced(func(done, events uint64) { write(RebuildLine{Done: done, Events: events}) }))
	if err != nil {
		write(RebuildLine{Error: err.Error()})
		return
	}
	write(RebuildLine{Rebuilt: &rebuilt})
}
