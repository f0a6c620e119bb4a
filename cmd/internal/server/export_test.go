package server

import (
	"context"

	"campaignledger/cmd/internal/host"
)

// Described is how many routes have a description.
func Described() int { return len(operations()) }

// ServiceStandings answers a body of the service's requests for standings.
func ServiceStandings(ctx context.Context, c *host.Campaign, body []byte) ([]byte, error) {
	return new(Service).standingsLine(ctx, c, body)
}
