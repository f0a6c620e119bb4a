package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/scores"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// maxRegulationBytes bounds a regulation file; its canonical form must fit a record.
const maxRegulationBytes = 1 << 20

// Opened answers the opening of a campaign.
type Opened struct {
	Campaign string     `json:"campaign"`
	Title    string     `json:"title"`
	Signed   bool       `json:"signed"`
	Opened   bool       `json:"opened"` // false: it was open under the same regulation
	Seq      events.Seq `json:"seq"`
	Genesis  string     `json:"genesis,omitempty"` // of a signed campaign: SHA-256 of its first record
}

// open opens a campaign under the regulation in the body; ?name= names its file in errors and in the record.
func (s *Server) open(w http.ResponseWriter, r *http.Request) {
	q, err := parameters(r, "name")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	source, err := s.readAll(w, r, maxRegulationBytes)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	name := q.Get("name")
	if name == "" {
		name = "regulation.yaml"
	}
	if !s.mayOpen(w, r, source) {
		return
	}
	c, opened, err := s.openBody(r, name, source)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	sum, err := c.SummaryFor(r.Context(), s.reader(r, c))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	status := http.StatusOK
	if opened {
		status = http.StatusCreated
		w.Header().Set("Location", "/api/v1/campaigns/"+c.ID)
	}
	writeJSON(w, status, Opened{Campaign: c.ID, Title: sum.Regulation.Title.In(language(r)), Signed: sum.Regulation.Signed(), Opened: opened, Seq: sum.Seq, Genesis: sum.Genesis})
}

// openBody opens a campaign with its signed first record, or unsigned under a regulation.
func (s *Server) openBody(r *http.Request, name string, body []byte) (*host.Campaign, bool, error) {
	if record := bytes.TrimSpace(body); bytes.HasPrefix(record, []byte(`{"specversion":`)) {
		return s.Host.OpenSigned(r.Context(), record)
	}
	return s.Host.OpenCampaign(r.Context(), name, body)
}

// appendTimeout bounds how long a writer waits for a store that does not answer.
const appendTimeout = 30 * time.Second

// append stores the body's events as one commit and answers one line {"seq","recorded","record"} for each.
func (s *Server) append(w http.ResponseWriter, r *http.Request) {
	c, _, body := s.told(w, r, maxBodyBytes)
	if c == nil {
		return
	}
	proposals, err := readProposals(body, c.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	ids := make([]string, len(proposals))
	for i := range proposals {
		if proposals[i].ID == uuid.Nil { // given here, so that an unclear outcome can name it
			proposals[i].ID = events.NewID()
		}
		ids[i] = proposals[i].ID.String()
	}
	ctx, cancel := context.WithTimeout(r.Context(), appendTimeout)
	defer cancel()
	receipts, err := c.AppendAs(ctx, s.reader(r, c), proposals...)
	if errors.Is(err, ledger.ErrUnclear) {
		s.failUnclear(w, r, err, ids)
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	if len(receipts) == 1 {
		w.Header().Set("Content-Type", "application/json")
	}
	var out []byte
	for _, receipt := range receipts {
		out = append(appendWrapped(out, receipt.Seq, receipt.Recorded, receipt.Record), '\n')
	}
	_, _ = w.Write(out) // the client is gone if this fails
}

// appendWrapped appends {"seq","recorded","record"}, the record verbatim.
func appendWrapped(b []byte, seq events.Seq, recorded time.Time, record events.Record) []byte {
	b = strconv.AppendUint(append(b, `{"seq":`...), uint64(seq), 10)
	b = append(append(append(b, `,"recorded":"`...), events.FormatTime(recorded)...), `","record":`...)
	return append(append(b, record...), '}')
}

// failUnclear answers with the ids that tell, sent again, whether the events were stored.
func (s *Server) failUnclear(w http.ResponseWriter, r *http.Request, err error, ids []string) {
	s.Log.Error().Err(err).Str("path", r.URL.Path).Msg("the outcome of an append is unclear")
	p := problemOf(err)
	p.IDs = ids
	p.write(w)
}

// readProposals reads one JSON object, or one on each line. An error names the line.
func readProposals(body []byte, campaign string) ([]events.Proposal, error) {
	list, err := events.ParseProposals(body, campaign)
	var wrong *events.LineError
	switch {
	case errors.Is(err, events.ErrNoEvents):
		return nil, badRequest("%w", err)
	case errors.As(err, &wrong) && wrong.Line > 0:
		return nil, &ledger.RefusedError{Index: wrong.Index, Err: fmt.Errorf("line %d: %w", wrong.Line, contentError{wrong.Err})}
	case err != nil:
		return nil, contentError{err}
	}
	return list, nil
}

// ImportLine is one line of an import's answer: its progress, and last its result or problem.
type ImportLine struct {
	Stored  int           `json:"stored,omitempty"` // rows so far
	Rows    int           `json:"rows,omitempty"`   // to be stored
	Result  *ImportResult `json:"result,omitempty"`
	Problem *problem      `json:"problem,omitempty"`
}

// ImportResult says what became, or would become, of a file.
type ImportResult struct {
	File      string      `json:"file"`
	SHA256    string      `json:"sha256"`
	DryRun    bool        `json:"dryRun,omitempty"`
	Refused   bool        `json:"refused,omitempty"` // for its bad rows: nothing was stored, the counts say what its rows would do
	Resumed   events.Seq  `json:"resumed,omitempty"` // the import.started it continues
	Rows      int         `json:"rows"`              // data rows of the file
	New       int         `json:"new"`
	Replaced  int         `json:"replaced"`
	Unchanged int         `json:"unchanged"`
	Already   int         `json:"alreadyStored"`
	Bad       int         `json:"bad"`
	Seq       events.Seq  `json:"seq"` // of the campaign afterwards
	Outcomes  []ImportRow `json:"outcomes,omitempty"`
	// In a signed campaign, where nothing is stored yet: what is to be signed and then posted to /imports/{id}.
	ID      string          `json:"id,omitempty"`
	Started json.RawMessage `json:"started,omitempty"` // the import.started without its signature; absent where the import is resumed, or there is nothing to store
}

// ImportRow tells of one row: of the bad ones always, of all in a dry run.
type ImportRow struct {
	Row     int                 `json:"row"`
	Line    int                 `json:"line"`
	Fate    projections.RowFate `json:"fate"`
	Current events.Seq          `json:"current,omitempty"`
	ID      string              `json:"id,omitempty"` // of the current entry, in a plan to be signed
	Column  string              `json:"column,omitempty"`
	Error   string              `json:"error,omitempty"`
}

// importFile imports the file in the body: ?name=, dry_run, keep_good, reason, and in a signed campaign author. It answers lines as the
// import goes on; in a signed campaign one line, with what the author has to sign. With ?package=true the body is a signed package.
func (s *Server) importFile(w http.ResponseWriter, r *http.Request) {
	q, err := parameters(r, "name", "dry_run", "keep_good", "reason", "author", "package")
	options := host.ImportOptions{Reason: q.Get("reason"), Author: q.Get("author")}
	packaged := false
	if err == nil && q.Get("name") == "" {
		err = badRequest("name the file with ?name=")
	}
	if err := errors.Join(err, choice(q, "dry_run", "true", &options.DryRun), choice(q, "keep_good", "true", &options.KeepGood), choice(q, "package", "true", &packaged)); err != nil {
		s.fail(w, r, err)
		return
	}
	if err := s.imports.take(); err != nil {
		s.fail(w, r, err)
		return
	}
	defer s.imports.giveBack()
	content, err := s.readAll(w, r, scores.MaxFileBytes)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	c := s.campaign(w, r)
	if c == nil {
		return
	}
	if packaged {
		s.importPackage(w, r, c, q.Get("name"), content)
		return
	}
	file, err := scores.Read(q.Get("name"), content)
	if err != nil {
		s.fail(w, r, contentError{err})
		return
	}
	if options.Author != "" {
		s.planSigned(w, r, c, file, options)
		return
	}
	s.runImport(w, r, c, func(progress func(stored, rows int)) (*ImportResult, error) {
		options.Progress = progress
		plan, err := c.Import(r.Context(), file, options)
		return importResult(file, plan, options, c.Summary().Seq), err
	})
}

// runImport answers an import's progress as it goes on, and its result.
func (s *Server) runImport(w http.ResponseWriter, r *http.Request, c *host.Campaign, run func(progress func(stored, rows int)) (*ImportResult, error)) {
	lines := s.newLines(w)
	result, err := run(lines.progress)
	begun := lines.end()
	switch {
	case err != nil && !begun:
		s.fail(w, r, err)
	case err != nil:
		p := problemOf(err)
		lines.write(ImportLine{Problem: &p})
	default:
		lines.write(ImportLine{Result: result})
	}
}

func importResult(f *scores.File, plan projections.ImportPlan, o host.ImportOptions, seq events.Seq) *ImportResult {
	result := &ImportResult{File: f.Name, SHA256: f.SHA256, DryRun: o.DryRun, Refused: plan.Bad > 0 && !o.DryRun && !o.KeepGood, Resumed: plan.Resumed, Rows: len(f.Rows), Bad: plan.Bad, Seq: seq}
	result.count(plan.Outcomes)
	for _, out := range plan.Outcomes {
		if !o.DryRun && out.Err == nil {
			continue
		}
		row := ImportRow{Row: out.Number, Line: f.Rows[out.Number-1].Line, Fate: out.Fate, Current: out.Current}
		row.Column, row.Error = rowError(out.Err)
		result.Outcomes = append(result.Outcomes, row)
	}
	return result
}

// count counts the rows by what becomes of them.
func (r *ImportResult) count(outcomes []projections.RowOutcome) {
	for _, out := range outcomes {
		switch out.Fate {
		case projections.RowNew:
			r.New++
		case projections.RowReplaces:
			r.Replaced++
		case projections.RowUnchanged:
			r.Unchanged++
		case projections.RowStored:
			r.Already++
		}
	}
}

// rowError names the column and what is wrong.
func rowError(err error) (column, text string) {
	var cell *scores.CellError
	var refusal *projections.Refusal
	var field *events.FieldError
	switch {
	case err == nil:
		return "", ""
	case errors.As(err, &cell):
		return cell.Column, cell.Reason
	case errors.As(err, &refusal):
		return refusal.Field, refusal.Error()
	case errors.As(err, &field):
		return field.Field, field.Reason
	}
	return "", err.Error()
}
