package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/scores"
	"campaignledger/cmd/internal/trace"
	"campaignledger/events"
	"campaignledger/projections"
)

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
	Sheet   string              `json:"sheet,omitempty"` // of a score workbook, and the cell there
	Cell    string              `json:"cell,omitempty"`
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
	if err == nil {
		sum := c.Summary()
		err = file.Fits(sum.Regulation, sum.Genesis)
	}
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
	if err != nil {
		p := s.judge(r.Context(), r.URL.Path, err)
		s.notStored(r.Context(), c, nil, p)
		if !begun {
			p.write(w)
			return
		}
		p.Request = trace.Of(r.Context())
		lines.write(ImportLine{Problem: p})
		return
	}
	s.Log.Info().Str("campaign", c.ID).Str("request", trace.Of(r.Context())).Int("new", result.New).Int("replaced", result.Replaced).Int("bad", result.Bad).Uint64("seq", uint64(result.Seq)).Msg("an import ended")
	lines.write(ImportLine{Result: result})
}

func importResult(f *scores.File, plan projections.ImportPlan, o host.ImportOptions, seq events.Seq) *ImportResult {
	result := &ImportResult{File: f.Name, SHA256: f.SHA256, DryRun: o.DryRun, Refused: plan.Bad > 0 && !o.DryRun && !o.KeepGood, Resumed: plan.Resumed, Rows: len(f.Rows), Bad: plan.Bad, Seq: seq}
	result.count(plan.Outcomes)
	for _, out := range plan.Outcomes {
		if !o.DryRun && out.Err == nil {
			continue
		}
		row := importRow(f, out)
		row.Column, row.Error = rowError(out.Err)
		result.Outcomes = append(result.Outcomes, row)
	}
	return result
}

// importRow tells of a row of a file, but for what is wrong with it.
func importRow(f *scores.File, out projections.RowOutcome) ImportRow {
	row := &f.Rows[out.Number-1]
	return ImportRow{Row: out.Number, Line: row.Line, Sheet: row.Sheet, Cell: row.Cell, Fate: out.Fate, Current: out.Current}
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

// planSigned answers what importing a file means for its author, and what is to be signed.
func (s *Server) planSigned(w http.ResponseWriter, r *http.Request, c *host.Campaign, f *scores.File, o host.ImportOptions) {
	reader := s.reader(r, c)
	if reader.Member != o.Author && !s.trusted(r) { // the plans that are kept are few
		needLogin("a member plans imports of its own only; log in as " + o.Author + " (--key)").write(w)
		return
	}
	plan, id, err := c.PlanSigned(r.Context(), reader, f, o)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	result := importResult(f, plan, o, c.Summary().Seq)
	if id != uuid.Nil {
		result.ID = id.String()
		if plan.Started != nil {
			result.Started = json.RawMessage(plan.Started.Record)
		}
		result.Outcomes = nil
		for _, out := range plan.Outcomes { // new rows follow from the file; of the others the author has to know
			if out.Fate == projections.RowNew {
				continue
			}
			row := importRow(f, out)
			if out.Fate == projections.RowReplaces {
				row.ID = out.CurrentID.String()
			}
			row.Column, row.Error = rowError(out.Err)
			result.Outcomes = append(result.Outcomes, row)
		}
	}
	writeJSON(w, http.StatusOK, ImportLine{Result: result})
}

// storeImport stores a planned import; the body is its signed import.started, or empty where it is resumed.
func (s *Server) storeImport(w http.ResponseWriter, r *http.Request) {
	_, err := parameters(r)
	var id uuid.UUID
	if err == nil {
		if id, err = uuid.Parse(r.PathValue("import")); err != nil {
			err = badRequest("%.80q is not the id of an import", r.PathValue("import"))
		}
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body, err := s.readAll(w, r, events.MaxRecordBytes+1)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	c := s.campaign(w, r)
	if c == nil {
		return
	}
	s.runImport(w, r, c, func(progress func(stored, rows int)) (*ImportResult, error) {
		plan, err := c.StoreSigned(r.Context(), s.reader(r, c), id, bytes.TrimSpace(body), progress)
		return storedResult("", plan, len(plan.Outcomes), c.Summary().Seq), err
	})
}

func storedResult(name string, plan projections.ImportPlan, rows int, seq events.Seq) *ImportResult {
	result := &ImportResult{File: name, Resumed: plan.Resumed, Rows: rows, Bad: plan.Bad, Refused: plan.Bad > 0, Seq: seq}
	result.count(plan.Outcomes)
	if result.New+result.Replaced == 0 {
		result.Resumed = 0 // a package that was stored whole before
	}
	for _, out := range plan.Outcomes {
		if out.Err != nil {
			row := ImportRow{Row: out.Number, Line: out.Number + 1, Fate: out.Fate}
			row.Column, row.Error = rowError(out.Err)
			result.Outcomes = append(result.Outcomes, row)
		}
	}
	return result
}

// importPackage stores a signed package: records, one a line, the signed import.started first.
func (s *Server) importPackage(w http.ResponseWriter, r *http.Request, c *host.Campaign, name string, content []byte) {
	var list []events.Proposal
	decoder := events.NewDecoder()
	for n := 1; len(content) > 0; n++ {
		line, rest, _ := bytes.Cut(content, []byte{'\n'})
		content = rest
		if len(line) == 0 {
			continue
		}
		draft, err := decoder.Decode(line)
		if err != nil {
			s.fail(w, r, fmt.Errorf("%s: line %d: %w", name, n, contentError{err}))
			return
		}
		list = append(list, events.Proposal{Draft: draft, Record: line})
	}
	if len(list) == 0 {
		s.fail(w, r, contentError{scores.ErrEmpty})
		return
	}
	s.runImport(w, r, c, func(progress func(stored, rows int)) (*ImportResult, error) {
		plan, err := c.ImportPackage(r.Context(), s.reader(r, c), list, progress)
		return storedResult(name, plan, len(list)-1, c.Summary().Seq), err
	})
}
