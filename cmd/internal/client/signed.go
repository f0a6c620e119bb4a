package client

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
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
	return c.Append(ctx, id, body.Bytes())
}

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
	return settled(plan, stored, query.Get("keep_good") == "true"), nil
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
	file, err := scores.Read(query.Get("name"), content)
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

// Preview asks what an amendment would do to the ranks.
func (c *Client) Preview(ctx context.Context, id, name string, regulation []byte) (p projections.Preview, err error) {
	err = c.read(&p)(c.do(ctx, http.MethodPost, campaignPath(id, "/amendment"), url.Values{"name": {name}}, "", bytes.NewReader(regulation)))
	return p, err
}

// Head is the log's size, root and time.
func (c *Client) Head(ctx context.Context, id string) (h struct {
	Size uint64
	Root string
	Time string
}, err error) {
	err = c.get(ctx, campaignPath(id, "/head"), nil, &h)
	return h, err
}

// Regulation is the regulation in force in canonical form.
func (c *Client) Regulation(ctx context.Context, id string) (*events.Regulation, error) {
	var canonical []byte
	if err := c.get(ctx, campaignPath(id, "/regulation"), nil, &canonical); err != nil {
		return nil, err
	}
	return events.DecodeRegulation(bytes.TrimSuffix(canonical, []byte{'\n'}))
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
