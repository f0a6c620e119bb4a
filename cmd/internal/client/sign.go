package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// ErrTampered: the server gave back something else to sign than was asked for.
var ErrTampered = errors.New("the server gave back something else to sign than was asked for; nothing was signed")

// Sign completes drafts as the server's view of the campaign has it, checks that they still say what they said, and signs them. historic says
// that the campaign's clock is: times that a draft leaves out are then the server's.
func (c *Client) Sign(ctx context.Context, id string, s Signer, historic bool, drafts []events.Draft) ([]events.Record, error) {
	var body bytes.Buffer
	for i := range drafts {
		d := &drafts[i]
		if d.ID == uuid.Nil {
			d.ID = events.NewID()
		}
		if d.Author == "" {
			d.Author = s.Member.ID
		}
		d.Campaign = id
		if d.Time.IsZero() && !historic {
			d.Time = events.Milliseconds(time.Now())
		}
		line, err := events.EncodeDraft(*d)
		if err != nil {
			return nil, ofDrafts(i, len(drafts), err)
		}
		body.Write(append(line, '\n'))
	}
	var answer []byte
	if err := c.read(&answer)(c.do(ctx, http.MethodPost, campaignPath(id, "/drafts"), nil, "", &body)); err != nil {
		return nil, err
	}
	lines := bytes.Split(bytes.TrimSpace(answer), []byte{'\n'})
	if len(lines) != len(drafts) {
		return nil, ErrTampered
	}
	signed := make([]events.Record, len(lines))
	for i, line := range lines {
		completed, err := events.Decode(line)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrTampered, err)
		}
		again, err := events.Encode(drafts[i].Adopt(completed))
		if err != nil || !bytes.Equal(again, line) || completed.Subject != drafts[i].Subject || completed.Causation != drafts[i].Causation {
			return nil, ofDrafts(i, len(drafts), ErrTampered)
		}
		if signed[i], err = events.Sign(s.Key.Private(), s.Genesis, line); err != nil {
			return nil, err
		}
	}
	return signed, nil
}

// ofDrafts says of which draft an error is, where there are several.
func ofDrafts(i, drafts int, err error) error {
	if drafts == 1 {
		return err
	}
	return fmt.Errorf("event %d: %w", i+1, err)
}

// ParseDrafts reads one event, or one on each line, as append takes them: drafts, or records that are signed already.
func ParseDrafts(body []byte, campaign string) ([]events.Proposal, error) {
	list, err := events.ParseProposals(body, campaign)
	var wrong *events.LineError
	if errors.As(err, &wrong) {
		wrong.Err = unaltered(wrong.Text, wrong.Err)
	}
	return list, err
}

// unaltered says of a signed record that can't be read what to do: nobody but its author can mend it.
func unaltered(line []byte, err error) error {
	if bytes.Contains(line, []byte(`"signature"`)) {
		return fmt.Errorf("%w; a signed record is taken as it was signed, byte for byte: get it anew from its author", err)
	}
	return err
}

// AppendSigned signs drafts and stores them as one commit; the answer is one line for each.
func (c *Client) AppendSigned(ctx context.Context, id string, s Signer, historic bool, drafts []events.Draft) (lines []byte, err error) {
	records, err := c.Sign(ctx, id, s, historic, drafts)
	if err != nil {
		return nil, err
	}
	return c.AppendRecords(ctx, id, records)
}

// AppendRecords stores signed records as one commit.
func (c *Client) AppendRecords(ctx context.Context, id string, records []events.Record) ([]byte, error) {
	var body bytes.Buffer
	for _, r := range records {
		body.Write(append(slices.Clone(r), '\n'))
	}
	if c.Receipts != nil {
		return c.appendKept(ctx, id, records, body.Bytes())
	}
	return c.Append(ctx, id, body.Bytes())
}
