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

// Doctor has a campaign examined; progress is called with how many events are done of how many.
func (c *Client) Doctor(ctx context.Context, id string, progress func(done, events uint64)) (findings []host.Finding, err error) {
	err = c.longWork(ctx, http.MethodGet, campaignPath(id, "/doctor"), func(dec *json.Decoder) (bool, error) {
		var line server.DoctorLine
		if err := dec.Decode(&line); err != nil {
			return false, fmt.Errorf("the examination was cut off: %w; run it again", err)
		}
		findings = line.Findings
		return findings != nil, told(line.Error, line.Done, line.Events, progress)
	})
	return findings, err
}

// Rebuild has a campaign folded anew; progress as for Doctor.
func (c *Client) Rebuild(ctx context.Context, id string, progress func(done, events uint64)) (rebuilt host.Rebuilt, err error) {
	err = c.longWork(ctx, http.MethodPost, campaignPath(id, "/rebuild"), func(dec *json.Decoder) (bool, error) {
		var line server.RebuildLine
		if err := dec.Decode(&line); err != nil {
			return false, fmt.Errorf("the rebuild was cut off: %w; run it again", err)
		}
		if line.Rebuilt != nil {
			rebuilt = *line.Rebuilt
		}
		return line.Rebuilt != nil, told(line.Error, line.Done, line.Events, progress)
	})
	return rebuilt, err
}

// longWork reads the lines that come while the server works, until next says that the last was there.
func (c *Client) longWork(ctx context.Context, method, path string, next func(*json.Decoder) (last bool, err error)) error {
	body, err := c.do(ctx, method, path, nil, "", nil)
	if err != nil {
		return err
	}
	defer body.Close()
	for dec := json.NewDecoder(body); ; {
		if last, err := next(dec); last || err != nil {
			return err
		}
	}
}

// told takes a line that is not the last.
func told(failure string, done, events uint64, progress func(done, events uint64)) error {
	if failure != "" {
		return errors.New(failure)
	}
	progress(done, events)
	return nil
}
