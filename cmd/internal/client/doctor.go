package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
)

// Examine has the data directory examined, beside its campaigns.
func (c *Client) Examine(ctx context.Context) ([]host.Finding, error) {
	var found server.DirectoryFindings
	err := c.get(ctx, "/api/v1/doctor", nil, &found)
	return found.Findings, err
}

// Doctor has a campaign examined; progress is called with how many events are done of how many.
func (c *Client) Doctor(ctx context.Context, id string, progress func(done, events uint64)) ([]host.Finding, error) {
	body, err := c.do(ctx, http.MethodGet, campaignPath(id, "/doctor"), nil, "", nil)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	for dec := json.NewDecoder(body); ; {
		var line server.DoctorLine
		if err := dec.Decode(&line); err != nil {
			return nil, fmt.Errorf("the examination was cut off: %w; run it again", err)
		}
		switch {
		case line.Error != "":
			return nil, errors.New(line.Error)
		case line.Findings != nil:
			return line.Findings, nil
		default:
			progress(line.Done, line.Events)
		}
	}
}
