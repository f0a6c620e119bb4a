package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

func (a *app) append() *cobra.Command {
	return &cobra.Command{Use: "append CAMPAIGN [FILE]", Short: "Append one or more events given as JSON",
		Long: `Append events given as JSON, one on each line (NDJSON), from FILE or stdin. All
lines of one call are stored together or not at all. id, source, specversion and
time may be left out, and supersedes where an entry changes one (give the
reason). For each event the answer is one line: its sequence, its recorded time
and the record as stored.

In a signed campaign what is unsigned is completed, checked and signed with your
key; what is signed already (campaign sign) is stored as it stands, and needs no
key.`,
		Example: `  echo '{"type": "score.entered", "subject": "lang-son", "data": {
    "cluster": "cum2", "criterion": "I.1.1", "level": "self",
    "scorer": "lang-son", "points": "55.5"}}' | campaign append cum2-2017
  campaign append cum2-2017 events.ndjson --key lan.key`, Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "-"
			if len(args) == 2 {
				path = args[1]
			}
			_, body, err := a.readFile(path, "stdin")
			if err != nil {
				return err
			}
			return a.withClient(cmd.Context(), func(c *client.Client) error {
				lines, err := a.appendBody(cmd.Context(), c, args[0], body)
				if err != nil {
					return err
				}
				_, err = a.out.Write(lines)
				return err
			})
		}}
}

// appendBody stores the events of a body; in a signed campaign it signs those that are not signed yet.
func (a *app) appendBody(ctx context.Context, c *client.Client, id string, body []byte) ([]byte, error) {
	summary, err := c.Summary(ctx, id, a.lang)
	if err != nil {
		return nil, err
	}
	if !summary.Signed {
		lines, err := c.Append(ctx, id, body)
		return lines, lone(err, eventsIn(body))
	}
	list, err := client.ParseDrafts(body, id)
	if err != nil {
		return nil, err
	}
	records, _, err := a.signDrafts(ctx, c, summary, list)
	if err != nil {
		return nil, lone(err, len(list))
	}
	lines, err := c.AppendRecords(ctx, id, records)
	return lines, lone(err, len(list))
}

// eventsIn is how many events a body holds, as far as it can be read; what can't be read counts as one.
func eventsIn(body []byte) (n int) {
	dec := json.NewDecoder(bytes.NewReader(body))
	for {
		var one json.RawMessage
		err := dec.Decode(&one)
		if errors.Is(err, io.EOF) {
			return n
		}
		if n++; err != nil {
			return n
		}
	}
}

// signDrafts are the records of list, in its order: those that are signed as they stand, and the others signed with the configured key by
// the member it gives back, who is nobody where all were signed.
func (a *app) signDrafts(ctx context.Context, c *client.Client, summary server.CampaignSummary, list []events.Proposal) (records []events.Record, by client.Signer, err error) {
	var drafts []events.Draft
	for i := range list {
		if len(list[i].Record) == 0 {
			drafts = append(drafts, list[i].Draft)
		}
	}
	var signed []events.Record
	if len(drafts) > 0 {
		by, err = a.signer(ctx, c, summary.ID)
		if errors.Is(err, errNoKey) {
			return nil, by, fmt.Errorf("campaign %s is signed, and so is every event of it: %w", summary.ID, err)
		}
		if err != nil {
			return nil, by, err
		}
		if signed, err = c.Sign(ctx, summary.ID, by, summary.Clock == events.ClockHistoric, drafts); err != nil {
			return nil, by, err
		}
	}
	for i := range list {
		if record := list[i].Record; len(record) > 0 {
			records = append(records, record)
			continue
		}
		records, signed = append(records, signed[0]), signed[1:]
	}
	return records, by, nil
}
