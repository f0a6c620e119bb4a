package witness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
	"campaignledger/projections"
)

// Limits on who speaks to the witness.
const (
	headerTimeout  = 10 * time.Second
	bodyTimeout    = time.Minute
	idleTimeout    = time.Minute
	maxHeaderBytes = 16 << 10
	// maxAsking bounds the lodgings that are checked at a time: each may hold 960 KiB and cost a thousand signatures.
	maxAsking = 8
	// maxConnections bounds who is connected at a time; one more waits.
	maxConnections = 256
	// endingTime is how long requests under way may take once the witness ends.
	endingTime = 5 * time.Second
)

// problem is an answer that says no, as RFC 9457 has it.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Index  *int   `json:"index,omitempty"` // of the draft in the body, from 0
}

func (p problem) Error() string { return p.Detail }

func (p problem) write(w http.ResponseWriter) {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	w.Header().Set("Content-Type", "application/problem+json")
	if p.Status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "60")
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client is gone if this fails
}

// Handler answers other witnesses and members who lodge:
//
//	GET  /checkpoint?origin=O   the newest checkpoint that this witness cosigned, of the log O if that is given
//	POST /lodge                 signed records, one a line, canonical, as one body: the lodging as it is kept
func (w *Witness) Handler() http.Handler {
	mux := http.NewServeMux()
	places := make(chan struct{}, maxAsking)
	mux.HandleFunc("GET /checkpoint", w.getCheckpoint)
	mux.HandleFunc("POST /lodge", func(out http.ResponseWriter, r *http.Request) {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			w.postLodging(out, r)
		default:
			problem{Status: http.StatusTooManyRequests, Code: "busy", Detail: "too many are lodging at this moment; try again"}.write(out)
		}
	})
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		out.Header().Set("X-Content-Type-Options", "nosniff")
		out.Header().Set("Cache-Control", "no-store")
		mux.ServeHTTP(out, r)
	})
}

// Serve answers on l until ctx is done.
func (w *Witness) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{Handler: w.Handler(), ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout, WriteTimeout: bodyTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeaderBytes, ErrorLog: log.New(w.cfg.Log, "", 0)}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), endingTime)
		defer cancel()
		if server.Shutdown(ending) != nil {
			_ = server.Close() // whoever is left has had time
		}
	})
	err := server.Serve(newLimited(l, maxConnections))
	if stop() { // the listener failed
		return errors.Join(err, server.Close())
	}
	<-ended
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func (w *Witness) getCheckpoint(out http.ResponseWriter, r *http.Request) {
	if origin := r.URL.Query().Get("origin"); origin != "" && origin != w.cfg.Policy.Origin {
		problem{Status: http.StatusNotFound, Code: "no-log", Detail: "this witness watches " + w.cfg.Policy.Origin}.write(out)
		return
	}
	msg := w.newest.Load()
	if msg == nil {
		problem{Status: http.StatusNotFound, Code: "no-checkpoint", Detail: "this witness has not cosigned anything yet; ask later"}.write(out)
		return
	}
	out.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = out.Write(*msg) // the client is gone if this fails
}

func (w *Witness) postLodging(out http.ResponseWriter, r *http.Request) {
	data, err := w.takeLodging(http.MaxBytesReader(out, r.Body, events.MaxCommitBytes))
	var no problem
	switch {
	case err == nil:
		out.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = out.Write(data) // the client is gone if this fails; the same drafts again give the same
	case errors.As(err, &no):
		no.write(out)
	case errors.As(err, new(*http.MaxBytesError)):
		problem{Status: http.StatusRequestEntityTooLarge, Code: "too-big", Detail: fmt.Sprintf("the body has more than %d bytes, which no commit may have; split it", events.MaxCommitBytes)}.write(out)
	case errors.Is(err, errTooMany):
		problem{Status: http.StatusTooManyRequests, Code: "too-many", Detail: err.Error()}.write(out)
	case errors.Is(err, errLodged):
		problem{Status: http.StatusConflict, Code: "already-lodged", Detail: err.Error()}.write(out)
	default:
		w.cfg.Log.Error().Err(err).Msg("a draft could not be lodged")
		problem{Status: http.StatusInternalServerError, Code: "internal", Detail: "the drafts could not be kept here; lodge them with another witness"}.write(out)
	}
}

// takeLodging checks the drafts of a body and lodges them.
func (w *Witness) takeLodging(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(r)
	if err != nil {
		if errors.As(err, new(*http.MaxBytesError)) {
			return nil, err
		}
		return nil, problem{Status: http.StatusBadRequest, Code: "bad-request", Detail: "the body was cut off; send it again"}
	}
	lines := bytes.Split(bytes.TrimSuffix(body, []byte{'\n'}), []byte{'\n'})
	if len(body) == 0 || len(lines) > events.MaxCommitEvents {
		return nil, problem{Status: http.StatusUnprocessableEntity, Code: "format", Detail: fmt.Sprintf("give 1 to %d signed records, one a line", events.MaxCommitEvents)}
	}
	members := w.fold.live.Roster()
	records, drafts := make([]events.Record, 0, len(lines)), make([]events.Draft, 0, len(lines))
	for i, record := range lines {
		d, err := w.checkDraft(members, record)
		var no problem
		if errors.As(err, &no) {
			no.Index = &i
			return nil, no
		}
		records, drafts = append(records, record), append(drafts, d)
	}
	if first, err := w.lodged.first(records); first != nil || err != nil { // also where the log took them since
		return first, err
	}
	if err := w.checkIDs(drafts); err != nil {
		return nil, err
	}
	return w.lodged.lodge(records, drafts, w.cfg.Now())
}

// checkIDs refuses ids that stand in the log, or twice in the body: the log takes none of them, and lodging them would only use up a quota.
func (w *Witness) checkIDs(drafts []events.Draft) error {
	lines := make(map[uuid.UUID]int, len(drafts))
	for i, d := range drafts {
		if seq, stands := w.fold.find(d.ID); stands {
			return problem{Status: http.StatusConflict, Code: "recorded", Index: &i,
				Detail: fmt.Sprintf("line %d: %s stands in the log already, as event %d; there is nothing to lodge", i+1, d.ID, seq)}
		}
		if first, twice := lines[d.ID]; twice {
			return problem{Status: http.StatusUnprocessableEntity, Code: "format", Index: &i,
				Detail: fmt.Sprintf("lines %d and %d have the same id, %s; give each event once", first, i+1, d.ID)}
		}
		lines[d.ID] = i + 1
	}
	return nil
}

// checkDraft is nil if a record is canonical, of this campaign, and signed by the present key of its author.
func (w *Witness) checkDraft(members []projections.Member, record events.Record) (events.Draft, error) {
	refuse := func(code, detail string) (events.Draft, error) {
		return events.Draft{}, problem{Status: http.StatusUnprocessableEntity, Code: code, Detail: detail}
	}
	d, err := events.Decode(record)
	switch {
	case err != nil:
		return refuse("format", err.Error())
	case d.Campaign != w.id:
		return refuse(string(projections.CodeWrongCampaign), fmt.Sprintf("the record is of campaign %s, and this witness watches %s", d.Campaign, w.id))
	case d.Signature == "":
		return refuse(string(projections.CodeSignature), "the record has no signature; sign it first with campaign sign")
	}
	i := slices.IndexFunc(members, func(m projections.Member) bool { return m.ID == d.Author && m.Until == 0 })
	if i < 0 {
		return refuse(string(projections.CodeMember), fmt.Sprintf("%s is no member of the campaign as this witness knows it, which is after event %d", d.Author, w.fold.live.Summary().Seq))
	}
	if !events.VerifySignature(members[i].Key, w.cfg.Policy.Genesis(), record) {
		return refuse(string(projections.CodeSignature), "the signature is not that of the present key of "+d.Author+" over this record; sign it again as it stands, for this campaign")
	}
	return d, nil
}
