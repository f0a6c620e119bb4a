package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"syscall"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/cmd/internal/apidoc"
	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/pact"
	"campaignledger/cmd/internal/papers"
	"campaignledger/cmd/internal/scores"
	"campaignledger/cmd/internal/trace"
	"campaignledger/cmd/internal/web"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// problem is an error as RFC 9457 has it (application/problem+json).
type problem struct {
	Type   string   `json:"type"`
	Title  string   `json:"title"`
	Status int      `json:"status"`
	Code   string   `json:"code"` // stable, for programs
	Detail string   `json:"detail"`
	Field  string   `json:"field,omitempty"`   // of the draft
	Index  *int     `json:"index,omitempty"`   // of the event in the body, from 0
	Seq    uint64   `json:"seq,omitempty"`     // where a log is broken, or where an id stands already
	Signed string   `json:"refusal,omitempty"` // of signed events: the log's signed note that it refused them, after which event and why
	IDs    []string `json:"ids,omitempty"`     // with code unclear: the events' ids, also those the server gave; send the events again with them

	Request string `json:"request,omitempty"` // the request's id, which is in the header X-Request-Id too: this server's log names it

	after int // seconds after which to try again; 0 stands for 1
}

// named is the problem as it is sent, whatever carries it.
func (p problem) named() problem {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	return p
}

func (p problem) write(w http.ResponseWriter) {
	p = p.named()
	p.Request = w.Header().Get(trace.Header)
	w.Header().Set("Content-Type", apidoc.ProblemType)
	p.headers(w)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client is gone if this fails
}

// withProblems turns what net/http answers by itself, a file that is not there or a range that is none, into a problem.
type withProblems struct {
	http.ResponseWriter
	refused bool
}

func (p *withProblems) WriteHeader(status int) {
	known := map[int]string{http.StatusNotFound: "not-found", http.StatusPreconditionFailed: "precondition", http.StatusRequestedRangeNotSatisfiable: "bad-range"}
	if status < http.StatusBadRequest {
		p.ResponseWriter.WriteHeader(status)
		return
	}
	p.refused = true
	h := p.Header()
	for _, name := range []string{"Content-Length", "Content-Disposition", "ETag"} { // of the file
		h.Del(name)
	}
	code := known[status]
	if code == "" {
		code = "internal"
	}
	problem{Status: status, Code: code, Detail: "the file can't be served so: " + http.StatusText(status)}.write(p.ResponseWriter)
}

func (p *withProblems) Write(b []byte) (int, error) {
	if p.refused {
		return len(b), nil
	}
	return p.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (p *withProblems) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// headers sets what goes with the answer, whatever its form.
func (p problem) headers(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", strconv.Itoa(max(p.after, 1)))
	}
}

// problemOf is the one table from errors to answers.
func problemOf(err error) problem {
	p := problem{Status: http.StatusInternalServerError, Code: "internal", Detail: err.Error()}
	var refused *ledger.RefusedError
	if errors.As(err, &refused) && refused.Index >= 0 {
		p.Index = &refused.Index
	}
	var refusal *projections.Refusal
	var duplicate *ledger.DuplicateIDError
	var broken *ledger.BrokenError
	var format *events.FormatError
	var field *events.FieldError
	var tooBig *http.MaxBytesError
	var option *papers.OptionError
	var page *web.RequestError
	switch {
	case errors.As(err, &broken):
		p.Status, p.Code, p.Seq = http.StatusConflict, "read-only", uint64(broken.Seq)
	case errors.Is(err, ledger.ErrReadOnly):
		p.Status, p.Code = http.StatusConflict, "read-only"
	case errors.As(err, &refusal):
		p.Status, p.Code, p.Field = http.StatusUnprocessableEntity, string(refusal.Code), refusal.Field
	case errors.As(err, &duplicate):
		p.Status, p.Code, p.Field, p.Seq = http.StatusConflict, "duplicate-id", "id", uint64(duplicate.Seq)
	case errors.As(err, &format):
		p.Status, p.Code, p.Field = http.StatusUnprocessableEntity, "format", format.Field
	case errors.As(err, &field):
		p.Status, p.Code, p.Field = http.StatusUnprocessableEntity, "format", field.Field
	case errors.As(err, &page) && page.Missing:
		p.Status, p.Code = http.StatusNotFound, "not-found"
	case errors.As(err, &page):
		p.Status, p.Code = http.StatusBadRequest, "bad-request"
	case errors.As(err, &option):
		p.Status, p.Code, p.Field = http.StatusUnprocessableEntity, "option", option.Option
	case errors.As(err, new(*events.RegulationError)):
		p.Status, p.Code = http.StatusUnprocessableEntity, "regulation"
	case errors.As(err, new(loginError)):
		p.Status, p.Code = http.StatusUnauthorized, "login"
	case errors.As(err, new(linkError)):
		p.Status, p.Code = http.StatusGone, "link"
	case errors.As(err, new(requestError)), errors.As(err, new(*host.AsOfError)):
		p.Status, p.Code = http.StatusBadRequest, "bad-request"
	case errors.As(err, new(contentError)):
		p.Status, p.Code = http.StatusUnprocessableEntity, "format"
		if errors.Is(err, scores.ErrEmpty) {
			p.Code = "empty"
		}
	case errors.As(err, &tooBig):
		p.Status, p.Code = http.StatusRequestEntityTooLarge, "too-big"
		p.Detail = fmt.Sprintf("the body has more than %d bytes, which is all that is taken here; split it", tooBig.Limit)
	case errors.Is(err, ledger.ErrTooBig), errors.Is(err, scores.ErrTooBig), errors.Is(err, scores.ErrTooManyRows):
		p.Status, p.Code = http.StatusRequestEntityTooLarge, "too-big"
	default:
		p.Status, p.Code = statusOf(err)
	}
	if p.Code == "internal" && refused != nil {
		p.Status, p.Code = http.StatusUnprocessableEntity, "refused"
	}
	return p
}

// statusOf handles the errors without data.
func statusOf(err error) (int, string) {
	for _, row := range []struct {
		err    error
		status int
		code   string
	}{
		{ledger.ErrNoCampaign, http.StatusNotFound, "no-campaign"},
		{host.ErrOtherRegulation, http.StatusConflict, "other-regulation"},
		{projections.ErrImportChanged, http.StatusConflict, "import-changed"},
		{host.ErrNoPlan, http.StatusConflict, "no-plan"},
		{ledger.ErrNoEvidence, http.StatusNotFound, "no-evidence"},
		{ledger.ErrEvidenceTooBig, http.StatusRequestEntityTooLarge, "too-big"},
		{ledger.ErrEvidenceType, http.StatusUnsupportedMediaType, "evidence-type"},
		{ledger.ErrEvidenceQuota, http.StatusUnprocessableEntity, "quota"},
		{ledger.ErrEvidenceDamaged, http.StatusInternalServerError, "evidence-damaged"},
		{ledger.ErrNoDetached, http.StatusNotFound, "no-detached"},
		{ledger.ErrErased, http.StatusGone, "erased"},
		{ledger.ErrDetachedText, http.StatusUnprocessableEntity, "format"},
		{ledger.ErrDetachedQuota, http.StatusUnprocessableEntity, "quota"},
		{ledger.ErrDetachedDamaged, http.StatusInternalServerError, "detached-damaged"},
		{host.ErrNoCheckpoint, http.StatusNotFound, "no-checkpoint"},
		{host.ErrStalled, http.StatusServiceUnavailable, "stalled"},
		{host.ErrUnsigned, http.StatusServiceUnavailable, "unsigned"},
		{host.ErrCosignature, http.StatusUnprocessableEntity, "cosignature"},
		{pact.ErrUnsigned, http.StatusUnprocessableEntity, "no-pact"},
		{host.ErrPolicy, http.StatusUnprocessableEntity, "policy"},
		{ledger.ErrBusy, http.StatusTooManyRequests, "busy"},
		{ledger.ErrContended, http.StatusServiceUnavailable, "contended"},
		{ledger.ErrUnclear, http.StatusGatewayTimeout, "unclear"},
		{ledger.ErrClosed, http.StatusServiceUnavailable, "closing"},
		{ledger.ErrClock, http.StatusServiceUnavailable, "clock"},
		{ledger.ErrDiskFull, http.StatusInsufficientStorage, "disk-full"},
		{syscall.ENOSPC, http.StatusInsufficientStorage, "disk-full"},
		{ledger.ErrRefused, http.StatusBadGateway, "store"},
		{errStopping, http.StatusServiceUnavailable, "closing"},
		{context.Canceled, http.StatusServiceUnavailable, "closing"},
		{os.ErrDeadlineExceeded, http.StatusRequestTimeout, "timeout"},
		{context.DeadlineExceeded, http.StatusGatewayTimeout, "timeout"},
		{nats.ErrNoResponders, http.StatusServiceUnavailable, "store"},
		{nats.ErrTimeout, http.StatusServiceUnavailable, "store"},
		{nats.ErrConnectionClosed, http.StatusServiceUnavailable, "store"},
		{nats.ErrReconnectBufExceeded, http.StatusServiceUnavailable, "store"}, // there is no connection
		{jetstream.ErrNoStreamResponse, http.StatusServiceUnavailable, "store"},
		{ledger.ErrUnreachable, http.StatusServiceUnavailable, "store"},
	} {
		if errors.Is(err, row.err) {
			return row.status, row.code
		}
	}
	var api *jetstream.APIError
	if errors.As(err, &api) && api.Code >= http.StatusInternalServerError { // no leader, for example
		return http.StatusServiceUnavailable, "store"
	}
	return http.StatusInternalServerError, "internal"
}

// requestError is a request whose parameters or body are wrong.
type requestError struct{ err error }

func (e requestError) Error() string { return e.err.Error() }
func (e requestError) Unwrap() error { return e.err }

// contentError is a body that can't be read as what it should be.
type contentError struct{ err error }

func (e contentError) Error() string { return e.err.Error() }
func (e contentError) Unwrap() error { return e.err }

func badRequest(format string, args ...any) error { return requestError{fmt.Errorf(format, args...)} }

func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	s.judge(r.Context(), r.URL.Path, err).write(w)
}

// judge is what to answer for an error, which is logged where it is the server's own; place names the request.
func (s *Server) judge(ctx context.Context, place string, err error) *problem {
	p := problemOf(err)
	gone := ctx.Err() != nil && !errors.Is(context.Cause(ctx), errStopping)
	if p.Status >= http.StatusInternalServerError && !gone {
		s.Log.Error().Err(err).Str("path", place).Str("request", trace.Of(ctx)).Msg("request failed")
	}
	return &p
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", kindJSON)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // the client is gone if this fails
}
