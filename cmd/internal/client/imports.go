package client

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/scores"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
	"campaignledger/projections"
)

// ImportSigned imports a file in three steps: the server plans, this side checks that the plan is that of the file and signs it, the
// server stores. The result of a dry run, of a refused file, or where there is nothing to store is the plan's.
func (c *Client) ImportSigned(ctx context.Context, id string, s Signer, query url.Values, content []byte, progress func(stored, rows int)) (*server.ImportResult, error) {
	plan, signed, _, err := c.planImport(ctx, id, s, query, content)
	if err != nil || plan.ID == "" {
		return plan, err
	}
	body, err := c.do(ctx, http.MethodPost, campaignPath(id, "/imports/"+plan.ID), nil, "", bytes.NewReader(signed))
	stored, err := importAnswer(body, err, progress)
	if err != nil {
		return nil, err
	}
	if stored.Bad > 0 { // the server that stores has no file, and so no places in it
		if err := addPlaces(stored.Outcomes, query.Get("name"), content); err != nil {
			return nil, err
		}
	}
	return settled(plan, stored, query.Get("keep_good") == "true"), nil
}

// addPlaces adds where the rows stand in their file.
func addPlaces(outcomes []server.ImportRow, name string, content []byte) error {
	file, err := scores.Read(name, content)
	if err != nil {
		return err
	}
	for i := range outcomes {
		if o := &outcomes[i]; o.Row >= 1 && o.Row <= len(file.Rows) {
			row := &file.Rows[o.Row-1]
			o.Line, o.Sheet, o.Cell = row.Line, row.Sheet, row.Cell
		}
	}
	return nil
}

// settled is the result of an import that was planned and then stored. Somebody may have written in between: rows may be stored or refused
// by now, and then nothing of this import is.
func settled(plan, stored *server.ImportResult, keepGood bool) *server.ImportResult {
	plan.Seq, plan.ID, plan.Started = stored.Seq, "", nil
	plan.Outcomes = slices.DeleteFunc(plan.Outcomes, func(o server.ImportRow) bool { return o.Fate != projections.RowBad })
	if plan.New == stored.New && plan.Replaced == stored.Replaced {
		return plan
	}
	plan.New, plan.Replaced, plan.Unchanged, plan.Already = stored.New, stored.Replaced, stored.Unchanged, stored.Already
	if stored.Bad > 0 {
		plan.Bad, plan.Outcomes, plan.Refused = stored.Bad, stored.Outcomes, !keepGood
	}
	return plan
}

// PackageImport is a file as a signed package: the import.started and its rows, one record a line, that somebody else may deliver.
func (c *Client) PackageImport(ctx context.Context, id string, s Signer, query url.Values, content []byte) (*server.ImportResult, []byte, error) {
	plan, signed, rows, err := c.planImport(ctx, id, s, query, content)
	if err != nil || plan.ID == "" {
		return plan, nil, err
	}
	if len(signed) == 0 {
		return plan, nil, fmt.Errorf("an earlier import of this file, event %d, was cut off; finish that with campaign import", plan.Resumed)
	}
	packaged := append(slices.Clone(signed), '\n')
	for _, row := range rows {
		packaged = append(append(packaged, row...), '\n')
	}
	return plan, packaged, nil
}

// maxApart is how far a server's clock may be from this machine's: as far as admission lets a claimed time be, and a moment.
const maxApart = 6 * time.Minute

// planImport asks the server what importing a file means, makes the rows anew from the file, and signs the announcement if it is of these rows.
func (c *Client) planImport(ctx context.Context, id string, s Signer, query url.Values, content []byte) (*server.ImportResult, []byte, []events.Record, error) {
	query.Set("author", s.Member.ID)
	body, err := c.do(ctx, http.MethodPost, campaignPath(id, "/imports"), query, "", bytes.NewReader(content))
	plan, err := importAnswer(body, err, func(int, int) {})
	if err != nil || plan.ID == "" || len(plan.Started) == 0 {
		return plan, nil, nil, err
	}
	started, err := events.Decode(events.Record(plan.Started))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%w: %w", ErrTampered, err)
	}
	summary, err := c.Summary(ctx, id, "en")
	if err != nil {
		return nil, nil, nil, err
	}
	historic := summary.Clock == events.ClockHistoric
	if apart := time.Since(started.Time).Abs(); !historic && apart > maxApart {
		return nil, nil, nil, fmt.Errorf("the server would have the import claim %s, %s from this machine's clock: not signed; is the clock right?",
			events.FormatTime(started.Time), apart.Round(time.Second))
	}
	file, err := c.readFitting(ctx, id, s, query.Get("name"), content)
	if err != nil {
		return nil, nil, nil, err
	}
	in, _ := host.ImportFile(id, file, host.ImportOptions{Author: s.Member.ID, Reason: query.Get("reason")})
	rows, err := projections.SignableRows(in, started, s.Member, plannedRows(plan), summary.Regulation, historic)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%w: %w", ErrTampered, err)
	}
	signed, err := events.Sign(s.Key.Private(), s.Genesis, events.Record(plan.Started))
	return plan, signed, rows, err
}

// readFitting reads a file to be signed. That a workbook is of this campaign is for this side to check: what is signed is its word.
func (c *Client) readFitting(ctx context.Context, id string, s Signer, name string, content []byte) (*scores.File, error) {
	file, err := scores.Read(name, content)
	if err != nil || file.Workbook == nil {
		return file, err
	}
	r, err := c.Regulation(ctx, id)
	if err != nil {
		return nil, err
	}
	return file, file.Fits(r, s.Genesis)
}

// plannedRows are the rows of a plan that are not simply new.
func plannedRows(plan *server.ImportResult) map[int]projections.RowOutcome {
	rows := make(map[int]projections.RowOutcome, len(plan.Outcomes))
	for _, row := range plan.Outcomes {
		out := projections.RowOutcome{Number: row.Row, Fate: row.Fate, Current: row.Current}
		out.CurrentID, _ = uuid.Parse(row.ID) // of a wrong id comes a wrong root
		rows[row.Row] = out
	}
	return rows
}

// DeliverPackage stores a signed package.
func (c *Client) DeliverPackage(ctx context.Context, id, name string, content []byte, progress func(stored, rows int)) (*server.ImportResult, error) {
	query := url.Values{"name": {name}, "package": {"true"}}
	body, err := c.do(ctx, http.MethodPost, campaignPath(id, "/imports"), query, "", bytes.NewReader(content))
	return importAnswer(body, err, progress)
}
