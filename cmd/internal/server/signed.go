package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/scores"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// drafts completes the drafts in the body and answers their records, one a line, for their authors to sign. Nothing is stored.
func (s *Server) drafts(w http.ResponseWriter, r *http.Request) {
	c, _, body := s.told(w, r, maxBodyBytes)
	if c == nil {
		return
	}
	proposals, err := readProposals(body, c.ID)
	if err == nil && len(proposals) > events.MaxCommitEvents {
		err = fmt.Errorf("%d events: %w", len(proposals), ledger.ErrTooBig)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for i := range proposals {
		if proposals[i].ID == uuid.Nil {
			proposals[i].ID = events.NewID()
		}
	}
	records, err := c.Complete(r.Context(), s.reader(r, c), proposals)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	_, _ = w.Write(append(bytes.Join(asBytes(records), []byte{'\n'}), '\n')) // the client is gone if this fails
}

func asBytes(records []events.Record) [][]byte {
	list := make([][]byte, len(records))
	for i := range records {
		list[i] = records[i]
	}
	return list
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
			row := ImportRow{Row: out.Number, Line: f.Rows[out.Number-1].Line, Fate: out.Fate, Current: out.Current}
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
	id, err := uuid.Parse(r.PathValue("import"))
	if err != nil {
		s.fail(w, r, badRequest("%q is not the id of an import", r.PathValue("import")))
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

// amendment answers what amending the regulation to the one in the body would do to the ranks. Nothing is stored.
func (s *Server) amendment(w http.ResponseWriter, r *http.Request) {
	c, q, body := s.told(w, r, maxRegulationBytes, "name")
	if c == nil {
		return
	}
	if reader := s.reader(r, c); reader.Member == "" && !s.trusted(r) { // it costs a fold
		needLogin("only a member may try out an amendment; log in with your key (--key)").write(w)
		return
	}
	regulation, err := events.ParseRegulation(q.Get("name"), body)
	var preview projections.Preview
	if err == nil {
		err = c.InGate(r.Context(), s.reader(r, c), func(l *projections.Live, _ time.Time) (err error) {
			preview, err = l.Preview(regulation)
			return err
		})
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, preview)
}

// regulation answers the regulation in force, as the log has it.
func (s *Server) regulation(w http.ResponseWriter, r *http.Request) {
	c, _ := s.asked(w, r)
	if c == nil {
		return
	}
	var canonical []byte
	err := c.Look(r.Context(), s.reader(r, c), func(seen *projections.Live) error {
		canonical = bytes.Clone(seen.Summary().Regulation.Canonical())
		return nil
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeLine(w, r, canonical)
}

// members answers who may speak, with their keys, and who might. With ?key= it answers the member who has that key now, also where a
// freeze hides how it came by it: to sign and log in it must find itself, and who does not have the key can't guess it.
func (s *Server) members(w http.ResponseWriter, r *http.Request) {
	c, q := s.asked(w, r, "key")
	if c == nil {
		return
	}
	var err error
	list := []projections.Member{}
	if key := q.Get("key"); key != "" {
		if m, ok := c.MemberWithKey(key); ok {
			list = append(list, m)
		}
	} else {
		err = c.Look(r.Context(), s.reader(r, c), func(seen *projections.Live) error {
			list = append(list[:0], seen.Roster()...)
			return nil
		})
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"campaign": c.ID, "genesis": c.Summary().Genesis, "members": list})
}

// checkAnswer is what keeps a campaign from its next stage, with words.
type checkAnswer struct {
	Campaign string `json:"campaign"`
	projections.Check
	Texts []string `json:"texts"` // of the blockers, in the reader's language
}

// check answers what keeps the campaign from its next stage.
func (s *Server) check(w http.ResponseWriter, r *http.Request) {
	c, _ := s.asked(w, r)
	if c == nil {
		return
	}
	check, err := c.Check(r.Context(), s.reader(r, c))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	texts := make([]string, 0, len(check.Blockers))
	for _, b := range check.Blockers {
		texts = append(texts, b.Text(language(r)))
	}
	writeJSON(w, http.StatusOK, checkAnswer{c.ID, check, texts})
}

// head answers the log's size, root and time, which everybody may see at any time.
func (s *Server) head(w http.ResponseWriter, r *http.Request) {
	c, _ := s.asked(w, r)
	if c == nil {
		return
	}
	head, err := c.Head(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, head)
}
