package client

import (
	"context"
	"net/url"

	"campaignledger/cmd/internal/server"
)

// Status is how the server and its campaigns are. Within this process campaigns are opened first; a server that runs has opened them.
func (c *Client) Status(ctx context.Context) (s server.Status, err error) {
	query := url.Values{}
	if c.Within() {
		query.Set("open", "true")
	}
	err = c.get(ctx, "/api/v1/status", query, &s)
	return s, err
}
