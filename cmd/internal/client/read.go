package client

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/projections"
)

// Check is what keeps a campaign from its next stage.
type Check struct {
	Campaign string
	projections.Check
	Texts []string
}

// Check asks what keeps a campaign from its next stage.
func (c *Client) Check(ctx context.Context, id, lang string) (check Check, err error) {
	err = c.get(ctx, campaignPath(id, "/check"), url.Values{"lang": {lang}}, &check)
	return check, err
}

// Awards asks how the campaign stands on awards.
func (c *Client) Awards(ctx context.Context, id, lang string) (a *projections.Awards, err error) {
	err = c.get(ctx, campaignPath(id, "/awards"), url.Values{"lang": {lang}}, &a)
	return a, err
}

// Trail is all behind an award: the server's answer, and what it says.
func (c *Client) Trail(ctx context.Context, id, award, cluster, lang string) (raw []byte, t *projections.Trail, err error) {
	query := url.Values{"award": {award}, "lang": {lang}}
	if cluster != "" {
		query.Set("cluster", cluster)
	}
	if err := c.get(ctx, campaignPath(id, "/trail"), query, &raw); err != nil {
		return nil, nil, err
	}
	if err := json.Unmarshal(raw, &t); err != nil {
		return nil, nil, fmt.Errorf("the server's answer: %w", err)
	}
	return raw, t, nil
}

// Preview asks what an amendment would do to the ranks.
func (c *Client) Preview(ctx context.Context, id, name string, regulation []byte) (p projections.Preview, err error) {
	err = c.read(&p)(c.do(ctx, http.MethodPost, campaignPath(id, "/amendment"), url.Values{"name": {name}}, "", bytes.NewReader(regulation)))
	return p, err
}

// Regulation is the regulation in force in canonical form.
func (c *Client) Regulation(ctx context.Context, id string) (*events.Regulation, error) {
	var canonical []byte
	if err := c.get(ctx, campaignPath(id, "/regulation"), nil, &canonical); err != nil {
		return nil, err
	}
	return events.DecodeRegulation(bytes.TrimSuffix(canonical, []byte{'\n'}))
}

// Head is the size, root and time of the log.
func (c *Client) Head(ctx context.Context, id string) (h host.Head, err error) {
	err = c.get(ctx, campaignPath(id, "/head"), nil, &h)
	return h, err
}

// Record is one event of the log; its record is empty where a freeze hides it.
func (c *Client) Record(ctx context.Context, id string, seq events.Seq) (found Event, err error) {
	stop := errors.New("found")
	err = c.Events(ctx, id, seq-1, false, func(e Event, _ []byte) error {
		found = e
		found.Record = slices.Clone(e.Record)
		return stop
	})
	if errors.Is(err, stop) {
		return found, nil
	}
	if err == nil {
		err = fmt.Errorf("campaign %s has no event %d", id, seq)
	}
	return found, err
}

// RecordHash is the hash that record.endorsed names a record by.
func RecordHash(e Event) string {
	sum := events.RecordHash(events.Record(e.Record))
	return hex.EncodeToString(sum[:])
}
