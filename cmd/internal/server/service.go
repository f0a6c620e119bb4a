package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	"golang.org/x/mod/semver"

	"campaignledger/cmd/internal/apidoc"
	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/trace"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

const (
	serviceName = "campaign-ledger"
	// maxServiceBytes bounds a request: what a NATS server takes by default, and more than the largest commit.
	maxServiceBytes = 1 << 20
	// maxServiceRequests of each kind are under way at a time; one more is told to try again. Who asks for standings, which may wait for a place
	// among the looks into the past, keeps nobody from appending. So all requests together have at most 128 MiB of bodies.
	maxServiceRequests = 64
	// flushTimeout bounds how long the last answers may take.
	flushTimeout = 2 * time.Second
)

// Service answers over NATS as the server does over HTTP, to readers who are the public: roles hold by the signatures of what is appended, and a
// freeze hides what it hides from everybody. As a micro service it is found as "campaign-ledger".
//
//	ledger.<campaign>.append     the body of POST …/events; answers its lines
//	ledger.<campaign>.standings  {"cluster"?, "as_of"?, "lang"?, "detail"?} or nothing; answers the line of GET …/standings
//
// Answers have the request's id in X-Request-Id, one that it brought or a new one. A refusal has the problem as its body and the problem's code in the header Nats-Service-Error-Code. Where an append's answer would be larger
// than the NATS server takes, its lines have no "record". A request whose reply does not go to an inbox is not looked at: it could have the answer
// sent anywhere. The discovery of micro services has no such guard: on an external server whoever may publish $SRV.> in the ledger's own account
// can have its answers sent to the log's subject, which breaks it. Others belong into an account that imports ledger.*.*.
type Service struct {
	server *Server
	nc     *nats.Conn
	micro  micro.Service
	ctx    context.Context // of the requests under way
	cancel context.CancelCauseFunc

	mu      sync.Mutex // guards closed, and running against its end
	closed  bool
	running sync.WaitGroup
}

// OfferService answers on nc, which is the service's from now on, until Close.
func (s *Server) OfferService(nc *nats.Conn) (*Service, error) {
	v := &Service{server: s, nc: nc}
	v.ctx, v.cancel = context.WithCancelCause(context.Background())
	err := v.offer()
	if err != nil {
		v.Close()
		return nil, fmt.Errorf("offer the NATS service: %w", err)
	}
	return v, nil
}

func (v *Service) offer() (err error) {
	v.micro, err = micro.AddService(v.nc, micro.Config{Name: serviceName, Version: semanticVersion(v.server.Version), QueueGroup: serviceName,
		Description: "appends events to campaigns and gives their standings"})
	if err != nil {
		return err
	}
	for kind, answer := range map[string]func(context.Context, *host.Campaign, []byte) ([]byte, *problem){
		ledger.ServiceAppend: v.append, ledger.ServiceStandings: v.standings} {
		p := make(places, maxServiceRequests)
		handler := micro.HandlerFunc(func(r micro.Request) { v.take(r, p, answer) })
		if err := v.micro.AddEndpoint(kind, handler, micro.WithEndpointSubject(ledger.ServiceSubject("*", kind))); err != nil {
			return err
		}
	}
	return v.nc.FlushTimeout(flushTimeout)
}

// semanticVersion is the version as services must have one.
func semanticVersion(version string) string {
	if v := semver.Canonical("v" + strings.TrimPrefix(version, "v")); v != "" {
		return v[1:]
	}
	return "0.0.0"
}

// Close takes no more requests, lets those under way end within the server's grace, and closes the connection. Call it before the host's Close.
func (v *Service) Close() {
	v.mu.Lock()
	v.closed = true
	v.mu.Unlock()
	if v.micro != nil {
		_ = v.micro.Stop() // the connection is closed in any case
	}
	grace := time.AfterFunc(shutdownGrace, func() { v.cancel(errStopping) })
	v.running.Wait()
	grace.Stop()
	v.cancel(errStopping)
	v.hangUp()
}

// hangUp answers what came in the meantime and closes the connection. Who is not answered asks again.
func (v *Service) hangUp() {
	closed := make(chan struct{})
	v.nc.SetClosedHandler(func(*nats.Conn) { close(closed) })
	if v.nc.Drain() == nil {
		select {
		case <-closed:
		case <-time.After(flushTimeout):
		}
	}
	v.nc.Close()
}

// isInbox reports whether answers to a subject can only be read by who asked for them: an inbox, or one of another account.
func isInbox(reply string) bool {
	return strings.HasPrefix(reply, "_INBOX") || strings.HasPrefix(reply, "_R_.")
}

// take answers one request beside the others. It does not block: it is called for one request after the other.
func (v *Service) take(r micro.Request, p places, answer func(context.Context, *host.Campaign, []byte) ([]byte, *problem)) {
	if !isInbox(r.Reply()) {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	err := p.take()
	switch {
	case err != nil:
	case v.closed:
		p.giveBack()
		err = ledger.ErrClosed
	case len(r.Data()) > maxServiceBytes:
		p.giveBack()
		err = &http.MaxBytesError{Limit: maxServiceBytes}
	case !v.server.work.begin(): // the server drains
		p.giveBack()
		err = errStopping
	}
	ctx := trace.With(v.ctx, trace.Given(r.Headers().Get(trace.Header)))
	if err != nil {
		why := problemOf(err)
		v.refuse(ctx, r, &why)
		return
	}
	v.running.Go(func() {
		defer p.giveBack()
		defer v.server.work.end()
		v.answer(ctx, r, answer)
	})
}

func (v *Service) answer(ctx context.Context, r micro.Request, answer func(context.Context, *host.Campaign, []byte) ([]byte, *problem)) {
	ctx, cancel := context.WithTimeout(ctx, appendTimeout)
	defer cancel()
	ctx, release := v.server.Host.Hold(ctx)
	defer release()
	id := strings.Split(r.Subject(), ".")[1] // of ledger.<campaign>.<kind>
	c, err := v.server.findCampaign(ctx, id)
	if err == nil && c.Summary().Regulation == nil { // broken at its first record
		err = c.Ledger.Broken()
	}
	if err != nil {
		v.refuse(ctx, r, v.server.judge(ctx, r.Subject(), err))
		return
	}
	data, p := answer(ctx, c, r.Data())
	if p != nil {
		v.refuse(ctx, r, p)
		return
	}
	_ = r.Respond(data, micro.WithHeaders(micro.Headers{trace.Header: {trace.Of(ctx)}})) // who asked may be gone
}

// refuse answers a problem.
func (v *Service) refuse(ctx context.Context, r micro.Request, p *problem) {
	p.Request = trace.Of(ctx)
	body, err := json.Marshal(p.named())
	if err != nil {
		return // it can't be: it has texts and numbers
	}
	_ = r.Error(p.Code, p.named().Title, body, micro.WithHeaders(micro.Headers{"Content-Type": {apidoc.ProblemType}, trace.Header: {p.Request}})) // who asked may be gone
}

func (v *Service) append(ctx context.Context, c *host.Campaign, body []byte) ([]byte, *problem) {
	receipts, p := v.server.storeBody(ctx, ledger.ServiceSubject(c.ID, ledger.ServiceAppend), c, host.Reader{}, body)
	if p != nil {
		return nil, p
	}
	var lines, bare []byte
	for _, r := range receipts {
		lines = append(appendWrapped(lines, r.Seq, r.Recorded, r.Record), '\n')
		bare = strconv.AppendUint(append(bare, `{"seq":`...), uint64(r.Seq), 10)
		bare = append(append(append(bare, `,"recorded":"`...), events.FormatTime(r.Recorded)...), "\"}\n"...)
	}
	if int64(len(lines)) > v.nc.MaxPayload() { // they are stored, and whoever sent them must learn it
		return bare, nil
	}
	return lines, nil
}

// standingsRequest is what a request for standings may say.
type standingsRequest struct {
	Cluster string `json:"cluster"`
	AsOf    place  `json:"as_of"`
	Lang    string `json:"lang"`
	Detail  string `json:"detail"`
}

// place is a sequence, which may be a number, a time or a date.
type place string

// UnmarshalJSON takes a text or a number.
func (p *place) UnmarshalJSON(data []byte) error {
	var seq uint64
	if json.Unmarshal(data, &seq) == nil {
		*p = place(strconv.FormatUint(seq, 10))
		return nil
	}
	return json.Unmarshal(data, (*string)(p))
}

func (v *Service) standings(ctx context.Context, c *host.Campaign, body []byte) ([]byte, *problem) {
	line, err := v.standingsLine(ctx, c, body)
	if err == nil && int64(len(line)) > v.nc.MaxPayload() {
		err = fmt.Errorf("the standings have %d bytes, more than the NATS server takes: ask for one cluster, or with \"detail\":\"none\": %w", len(line), ledger.ErrTooBig)
	}
	if err != nil {
		return nil, v.server.judge(ctx, ledger.ServiceSubject(c.ID, ledger.ServiceStandings), err)
	}
	return append(line, '\n'), nil
}

func (v *Service) standingsLine(ctx context.Context, c *host.Campaign, body []byte) ([]byte, error) {
	var in standingsRequest
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	err := d.Decode(&in)
	if err == nil && d.More() {
		err = errors.New("something follows the object")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, badRequest("the request is not {\"cluster\"?, \"as_of\"?, \"lang\"?, \"detail\"?}: %w", err)
	}
	if in.Lang != "" && in.Lang != "vi" && in.Lang != "en" || in.Detail != "" && in.Detail != "none" {
		return nil, badRequest("lang=%.20q, detail=%.20q: lang is vi or en, detail is none or left out", in.Lang, in.Detail)
	}
	o := projections.JSONOptions{Cluster: in.Cluster, Lang: in.Lang, NoDetail: in.Detail == "none"}
	return standingsLine(ctx, c, host.Reader{}, string(in.AsOf), o)
}
