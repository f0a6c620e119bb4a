package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/trace"
	"campaignledger/events"
	"campaignledger/ledger"
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
		s.Log.Info().Str("campaign", c.ID).Str("request", trace.Of(r.Context())).Msg("a campaign was opened")
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
	c, q, body := s.told(w, r, maxBodyBytes, "receipt")
	if c == nil {
		return
	}
	withHead := false
	err := choice(q, "receipt", "true", &withHead)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	receipts, p := s.storeBody(r.Context(), r.URL.Path, c, s.reader(r, c), body)
	if p != nil {
		p.write(w)
		return
	}
	var head []byte
	if withHead {
		if head, err = s.signedHead(r.Context(), c, receipts); err != nil {
			s.Log.Warn().Err(err).Str("campaign", c.ID).Msg("an acknowledgement goes without a signed head")
		}
	}
	w.Header().Set("Content-Type", kindLines)
	if len(receipts) == 1 {
		w.Header().Set("Content-Type", "application/json")
	}
	var out []byte
	for _, receipt := range receipts {
		out = appendWrapped(out, receipt.Seq, receipt.Recorded, receipt.Record)
		if head != nil {
			out = append(events.AppendString(append(out[:len(out)-1], `,"checkpoint":`...), string(head)), '}')
		}
		out = append(out, '\n')
	}
	_, _ = w.Write(out) // the client is gone if this fails
}

// storeBody stores the events of a body as one commit, for whoever reads; place names the request in this program's log. The problem says why
// they were not stored, or that this is unclear.
func (s *Server) storeBody(ctx context.Context, place string, c *host.Campaign, reader host.Reader, body []byte) ([]ledger.Receipt, *problem) {
	begin := time.Now()
	proposals, err := readProposals(body, c.ID)
	if err != nil {
		p := s.judge(ctx, place, err)
		s.notStored(ctx, c, nil, p)
		return nil, p
	}
	ids := make([]string, len(proposals))
	for i := range proposals {
		if proposals[i].ID == uuid.Nil { // given here, so that an unclear outcome can name it
			proposals[i].ID = events.NewID()
		}
		ids[i] = proposals[i].ID.String()
	}
	s.received(ctx, c, ids)
	within, cancel := context.WithTimeout(ctx, appendTimeout)
	defer cancel()
	receipts, err := c.AppendAs(within, reader, proposals...)
	if err == nil {
		s.storedBody(ctx, c, receipts, time.Since(begin))
		return receipts, nil
	}
	p := s.judge(ctx, place, err)
	s.notStored(ctx, c, ids, p)
	if errors.Is(err, ledger.ErrUnclear) {
		p.IDs = ids // which tell, sent again, whether the events were stored
		return nil, p
	}
	s.signRefusal(ctx, c, proposals, err, p)
	return nil, p
}

// signedHead is a head that the log signed after the events were durable, which covers them all.
func (s *Server) signedHead(ctx context.Context, c *host.Campaign, receipts []ledger.Receipt) ([]byte, error) {
	var newest events.Seq
	for _, receipt := range receipts {
		newest = max(newest, receipt.Seq)
	}
	ctx, cancel := context.WithTimeout(ctx, appendTimeout)
	defer cancel()
	head, err := c.SignedHead(ctx, newest)
	if err != nil {
		return nil, err
	}
	return head.Marshal(), nil
}

// signRefusal adds to a problem with signed events the log's signature on their refusal.
func (s *Server) signRefusal(ctx context.Context, c *host.Campaign, proposals []events.Proposal, err error, p *problem) {
	ctx, cancel := context.WithTimeout(ctx, appendTimeout)
	defer cancel()
	signed, signErr := c.SignRefusal(ctx, proposals, err)
	if signErr != nil {
		s.Log.Warn().Err(signErr).Str("campaign", c.ID).Msg("a refusal goes without a signature")
	}
	if signed != nil {
		p.Signed = string(signed.Note())
	}
}

// appendWrapped appends {"seq","recorded","record"}, the record verbatim.
func appendWrapped(b []byte, seq events.Seq, recorded time.Time, record events.Record) []byte {
	b = strconv.AppendUint(append(b, `{"seq":`...), uint64(seq), 10)
	b = append(append(append(b, `,"recorded":"`...), events.FormatTime(recorded)...), `","record":`...)
	return append(append(b, record...), '}')
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
	w.Header().Set("Content-Type", kindLines)
	_, _ = w.Write(append(bytes.Join(asBytes(records), []byte{'\n'}), '\n')) // the client is gone if this fails
}

func asBytes(records []events.Record) [][]byte {
	list := make([][]byte, len(records))
	for i := range records {
		list[i] = records[i]
	}
	return list
}
