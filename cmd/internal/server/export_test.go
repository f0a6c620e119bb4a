package server

import (
	"context"

	"campaignledger/cmd/internal/host"
	"campaignledger/ledger/proof"
)

// Described is how many routes have a description.
func Described() int { return len(operations()) }

// ServiceStandings answers a body of the service's requests for standings.
func ServiceStandings(ctx context.Context, c *host.Campaign, body []byte) ([]byte, error) {
	return new(Service).standingsLine(ctx, c, body)
}

// BodyLimits are the bytes that each path takes at most, by its end below a campaign's; "" is the list of campaigns.
var BodyLimits = map[string]int{
	"":                       maxRegulationBytes,
	"/small/amendment":       maxRegulationBytes,
	"/small/events":          maxBodyBytes,
	"/small/drafts":          maxBodyBytes,
	"/small/login":           maxLoginBytes,
	"/small/cosignatures":    proof.MaxNoteBytes,
	"/small/policy":          proof.MaxPolicyBytes,
	"/campaigns/small/enter": maxFormBytes,
}

// BodyBytes is what the bodies under way take together.
func (s *Server) BodyBytes() (n int64) {
	s.bodies.mu.Lock()
	defer s.bodies.mu.Unlock()
	for _, taken := range s.bodies.taken {
		n += taken
	}
	return n
}
