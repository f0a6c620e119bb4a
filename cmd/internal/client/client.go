// Package client speaks to a campaign server over HTTP: one that runs, or one within this process.
package client

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"campaignledger/cmd/internal/server"
	"campaignledger/events"
	"campaignledger/projections"
)

// Client is a connection to one server.
type Client struct {
	URL   string // for people, and the start of every request's address
	Token string
	HTTP  *http.Client

	// Patience is how long a request is tried again that the server is too busy for; 0 stands for 30 s.
	Patience time.Duration

	Receipts *Receipts // where receipts of what is signed are kept; nil: nowhere

	member string // a token that a login gave; "" reads as the public
	owner  string // the signature of the server's owner over the next opening
	most   int64  // bytes of an answer that is read as a whole; 0: the server is trusted with that
}

// Error is an answer that says no.
type Error struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Index  *int   `json:"index"`
	// Refusal is the log's signed note that it refused signed events; "" where there is none.
	Refusal string `json:"refusal"`
}

func (e *Error) Error() string { return e.Detail }

// ReadOnly reports whether the campaign is broken and takes nothing.
func (e *Error) ReadOnly() bool { return e.Code == "read-only" }

// do sends a request and returns the answer's body; an answer from 400 on is an *Error.
func (c *Client) do(ctx context.Context, method, path string, query url.Values, accept string, body io.Reader) (io.ReadCloser, error) {
	answer, err := c.send(ctx, method, path, query, accept, body)
	if err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// send is do with the whole answer. What the server is too busy for is tried again, for a while.
func (c *Client) send(ctx context.Context, method, path string, query url.Values, accept string, body io.Reader) (*http.Response, error) {
	r, err := c.request(ctx, method, path, query, accept, body)
	if err != nil {
		return nil, err
	}
	for t := (tries{began: time.Now()}); ; {
		answer, err := c.HTTP.Do(r)
		if errors.As(err, new(*tls.CertificateVerificationError)) {
			return nil, fmt.Errorf("the server at %s shows a certificate that is not trusted here: %w; if whoever runs it gave you its certificate, name that file with --ca, where the command has it", c.URL, err)
		}
		if err != nil {
			return nil, fmt.Errorf("the server at %s does not answer: %w", c.URL, err)
		}
		if answer.StatusCode < http.StatusBadRequest || answer.StatusCode == http.StatusServiceUnavailable && path == "/readyz" {
			return answer, nil
		}
		e := readProblem(answer)
		if !t.again(ctx, cmp.Or(c.Patience, busyPatience), r, answer, e) {
			return nil, e
		}
		if r.GetBody != nil {
			if r.Body, err = r.GetBody(); err != nil {
				return nil, err
			}
		}
	}
}

func (c *Client) request(ctx context.Context, method, path string, query url.Values, accept string, body io.Reader) (*http.Request, error) {
	address := c.URL + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if c.member != "" {
		r.Header.Set(server.MemberHeader, c.member)
	}
	if c.owner != "" {
		r.Header.Set(server.OwnerHeader, c.owner)
	}
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	return r, nil
}

// readProblem reads an answer that says no, and closes it.
func readProblem(answer *http.Response) *Error {
	defer answer.Body.Close()
	e := &Error{Status: answer.StatusCode}
	const maxProblem = 1 << 20
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxProblem)).Decode(e); err != nil || e.Detail == "" {
		e.Detail = "the server answered " + answer.Status
	}
	return e
}

// get reads a whole JSON answer into v, or its bytes where v is a *[]byte.
func (c *Client) get(ctx context.Context, path string, query url.Values, v any) error {
	return c.read(v)(c.do(ctx, http.MethodGet, path, query, "", nil))
}

func (c *Client) read(v any) func(io.ReadCloser, error) error {
	return func(body io.ReadCloser, err error) error {
		if err != nil {
			return err
		}
		defer body.Close()
		var r io.Reader = body
		if c.most > 0 {
			r = &atMost{body, c.most}
		}
		if raw, ok := v.(*[]byte); ok {
			*raw, err = io.ReadAll(r)
			return err
		}
		return json.NewDecoder(r).Decode(v)
	}
}

func campaignPath(id, rest string) string { return "/api/v1/campaigns/" + url.PathEscape(id) + rest }

// listPage is how many campaigns a page of their list has: as many as the server reads for one answer, should it know nothing of them yet.
const listPage = 100

// List lists the campaigns, page by page; progress, if not nil, is told how many it has.
func (c *Client) List(ctx context.Context, lang string, progress func(listed int)) ([]server.CampaignSummary, error) {
	list := []server.CampaignSummary{}
	for query := (url.Values{"lang": {lang}, "limit": {strconv.Itoa(listPage)}}); ; {
		var answer struct {
			Campaigns []server.CampaignSummary
			Next      string
		}
		if err := c.get(ctx, "/api/v1/campaigns", query, &answer); err != nil {
			return nil, err
		}
		list = append(list, answer.Campaigns...)
		if progress != nil {
			progress(len(list))
		}
		if answer.Next == "" || len(answer.Campaigns) == 0 {
			return list, nil
		}
		query.Set("after", answer.Next)
	}
}

// Summary is one campaign as lists show it.
func (c *Client) Summary(ctx context.Context, id, lang string) (s server.CampaignSummary, err error) {
	err = c.get(ctx, campaignPath(id, ""), url.Values{"lang": {lang}}, &s)
	return s, err
}

// Open opens a campaign under the regulation in source, a file of the given name.
func (c *Client) Open(ctx context.Context, name, lang string, source []byte) (o server.Opened, err error) {
	query := url.Values{"name": {name}, "lang": {lang}}
	err = c.read(&o)(c.do(ctx, http.MethodPost, "/api/v1/campaigns", query, "", bytes.NewReader(source)))
	return o, err
}

// Append stores the events in body as one commit; the answer is one line for each.
func (c *Client) Append(ctx context.Context, id string, body []byte) (lines []byte, err error) {
	err = c.read(&lines)(c.do(ctx, http.MethodPost, campaignPath(id, "/events"), nil, "", bytes.NewReader(body)))
	return lines, err
}

// Standings are the standings as one line of JSON.
func (c *Client) Standings(ctx context.Context, id string, query url.Values) (line []byte, err error) {
	err = c.get(ctx, campaignPath(id, "/standings"), query, &line)
	return line, err
}

// WhatIf is what the standings would be, as one line of JSON that says that it is not official.
func (c *Client) WhatIf(ctx context.Context, id string, query url.Values) (line []byte, err error) {
	err = c.get(ctx, campaignPath(id, "/whatif"), query, &line)
	return line, err
}

// Audit is the history that the query chooses.
type Audit struct {
	Campaign string                  `json:"campaign"`
	Signed   bool                    `json:"signed"`
	Notice   string                  `json:"notice"`
	Seq      events.Seq              `json:"seq"`
	Lines    []projections.AuditLine `json:"lines"`
}

// Audit asks for the history.
func (c *Client) Audit(ctx context.Context, id string, query url.Values) (a Audit, err error) {
	err = c.get(ctx, campaignPath(id, "/audit"), query, &a)
	return a, err
}

// Why asks what a unit's rank is made of.
func (c *Client) Why(ctx context.Context, id string, query url.Values) (w projections.Why, err error) {
	err = c.get(ctx, campaignPath(id, "/why"), query, &w)
	return w, err
}

// Stability asks how little would turn neighbours in the standings round.
func (c *Client) Stability(ctx context.Context, id string, query url.Values) (s projections.Stability, err error) {
	err = c.get(ctx, campaignPath(id, "/stability"), query, &s)
	return s, err
}

// Scorers asks who marked how, and what that did.
func (c *Client) Scorers(ctx context.Context, id string, query url.Values) (s projections.Scorers, err error) {
	err = c.get(ctx, campaignPath(id, "/scorers"), query, &s)
	return s, err
}

// Event is one line of the log's feed.
type Event struct {
	Seq      events.Seq      `json:"seq"`
	Recorded string          `json:"recorded"`
	Record   json.RawMessage `json:"record"` // verbatim; absent where a freeze hides it
	Leaf     string          `json:"leaf"`   // its leaf hash, where it is hidden
	Error    string          `json:"error"`  // in the last line: why the feed ended
	Code     string          `json:"code"`   // with it, as problems have it
}

// maxFeedLine bounds a line of the feed: the largest record and its wrapping.
const maxFeedLine = events.MaxOpeningBytes + 4096

// Events calls each with every event after since, in order; with follow it waits for more until ctx is done.
func (c *Client) Events(ctx context.Context, id string, since events.Seq, follow bool, each func(Event, []byte) error) error {
	query := url.Values{"since": {fmt.Sprint(since)}}
	if follow {
		query.Set("follow", "true")
	}
	body, err := c.do(ctx, http.MethodGet, campaignPath(id, "/events"), query, "", nil)
	if err != nil {
		return err
	}
	defer body.Close()
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 64<<10), maxFeedLine)
	for lines.Scan() {
		if len(lines.Bytes()) == 0 {
			continue // a heartbeat
		}
		var e Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return fmt.Errorf("the feed of %s: %w", id, err)
		}
		if e.Error != "" {
			return &Error{Status: http.StatusConflict, Code: e.Code, Detail: e.Error}
		}
		if err := each(e, lines.Bytes()); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return nil // the reader had enough
	}
	return lines.Err()
}

// Import sends a file to an unsigned campaign; progress is called as rows are stored.
func (c *Client) Import(ctx context.Context, id string, query url.Values, content []byte, progress func(stored, rows int)) (*server.ImportResult, error) {
	body, err := c.do(ctx, http.MethodPost, campaignPath(id, "/imports"), query, "", bytes.NewReader(content))
	return importAnswer(body, err, progress)
}

// importAnswer reads an import's progress and result.
func importAnswer(body io.ReadCloser, err error, progress func(stored, rows int)) (*server.ImportResult, error) {
	if err != nil {
		return nil, err
	}
	defer body.Close()
	for dec := json.NewDecoder(body); ; {
		var line struct {
			Stored, Rows int
			Result       *server.ImportResult
			Problem      *Error
		}
		if err := dec.Decode(&line); err != nil {
			return nil, fmt.Errorf("the import was cut off (%w); run it again, nothing is stored twice", err)
		}
		switch {
		case line.Problem != nil:
			return nil, line.Problem
		case line.Result != nil:
			return line.Result, nil
		default:
			progress(line.Stored, line.Rows)
		}
	}
}

// answers reports whether the server there is the one that left the token, and why not: it may be gone, and another at its address.
func (c *Client) answers(ctx context.Context) (bool, error) {
	var answer struct{ Status string }
	err := c.get(ctx, "/healthz", nil, &answer)
	return err == nil && answer.Status == "ok", err
}
