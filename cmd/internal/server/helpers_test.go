package server_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
)

// regulation: on leaf I any number of scorers count, on leaf S one. Titles are as hostile as an author can make them.
const regulation = `id: small
title: {vi: 'Thi đua <b>nhỏ</b>', en: 'Small </title><script>alert("x")</script>'}
notice: 'illustrative <i>scores</i>'
period: {start: 2017-01-01, end: 2017-12-31, zone: Asia/Ho_Chi_Minh}
levels: [{id: score, scorers: any}]
criteria:
  default:
    items:
      - {id: I, title: one, method: graded, max: 1000, aggregate: {method: sum}}
      - {id: S, title: two, method: graded, max: 100}
clusters:
  - id: c
    criteria: default
    lead: a
    units: [{id: a, title: '"><img src=x onerror=alert(1)>'}, {id: b, title: Bee}, {id: d, title: Dee}]
`

const token = "the token of this test"

// openHost opens a host on dir and closes it with the test.
func openHost(t *testing.T, cfg host.Config) *host.Host {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	cfg.Log = zerolog.Nop()
	h, err := host.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// site is a server under test.
type site struct {
	t      *testing.T
	url    string
	addr   string
	client *http.Client
	server *httptest.Server // nil for one that Serve runs
	closed *sync.Map        // the clients' addresses whose connections the server has closed
}

// newSite serves an embedded host, with the campaign small open.
func newSite(t *testing.T, change ...func(*server.Server)) *site {
	t.Helper()
	s := serve(t, openHost(t, host.Config{}), change...)
	s.open()
	return s
}

func serve(t *testing.T, h *host.Host, change ...func(*server.Server)) *site {
	t.Helper()
	handler := &server.Server{Host: h, Log: zerolog.Nop(), Token: token}
	for _, f := range change {
		f(handler)
	}
	handler.SetReady()
	web, closed := httptest.NewUnstartedServer(handler.Handler()), &sync.Map{}
	web.Config.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			closed.Store(c.RemoteAddr().String(), true)
		}
	}
	web.Start()
	t.Cleanup(func() {
		web.CloseClientConnections()
		web.Close()
	})
	client := web.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &site{t, web.URL, web.Listener.Addr().String(), client, web, closed}
}

func (s *site) open() {
	s.t.Helper()
	if got := s.do(http.MethodPost, "/api/v1/campaigns?name=small.yaml", regulation); got.Code != http.StatusCreated {
		s.t.Fatalf("open: %d %s", got.Code, got.Body)
	}
}

// answer is a whole answer.
type answer struct {
	Code   int
	Header http.Header
	Body   string
}

// do sends a request; header holds names and values in turn, and Host names another host.
func (s *site) do(method, path, body string, header ...string) answer {
	s.t.Helper()
	got, err := s.try(method, path, body, header...)
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

func (s *site) try(method, path, body string, header ...string) (answer, error) {
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	a, err := s.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer a.Body.Close()
	content, err := io.ReadAll(a.Body)
	return answer{a.StatusCode, a.Header, string(content)}, err
}

const eventsPath = "/api/v1/campaigns/small/events"

// draft is one entry on leaf I, new for each scorer.
func draft(unit, scorer string, points int, more ...string) string {
	return fmt.Sprintf(`{"type":"score.entered","subject":%q,"data":{"cluster":"c","criterion":"I","level":"score","scorer":%q,"points":"%d"}%s}`,
		unit, scorer, points, strings.Join(more, ""))
}

// single is one entry on leaf S.
func single(unit, scorer string, points int) string {
	return strings.Replace(draft(unit, scorer, points), `"criterion":"I"`, `"criterion":"S"`, 1)
}

// wrapped is a line of the log.
type wrapped struct {
	Seq      uint64
	Recorded time.Time
	Record   json.RawMessage
	Error    string
	Code     string
}

// append appends events and returns their lines.
func (s *site) append(body string) []wrapped {
	s.t.Helper()
	got := s.do(http.MethodPost, eventsPath, body)
	if got.Code != http.StatusOK {
		s.t.Fatalf("append: %d %s", got.Code, got.Body)
	}
	return parseLines(s.t, got.Body)
}

func parseLines(t *testing.T, text string) (list []wrapped) {
	t.Helper()
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var w wrapped
		if err := json.Unmarshal(lines.Bytes(), &w); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		list = append(list, w)
	}
	return list
}

// problem is what every refusal must be.
type problem struct {
	Type, Title, Code, Detail, Field string
	Status                           int
	Index                            *int
	Seq                              uint64
	IDs                              []string
	Refusal, Request                 string
}

// expect checks that a is a problem with a status and code.
func (a answer) expect(t *testing.T, status int, code string) (p problem) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(a.Body)))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		t.Fatalf("%d %q: %v", a.Code, a.Body, err)
	}
	if a.Code != status || p.Status != status || p.Code != code || p.Detail == "" || p.Title != http.StatusText(status) || p.Type != "about:blank" {
		t.Errorf("%d %s; want %d %s", a.Code, a.Body, status, code)
	}
	if kind := a.Header.Get("Content-Type"); kind != "application/problem+json" {
		t.Errorf("a problem of type %s", kind)
	}
	return p
}

// waitFor waits until ok, and fails after a while.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	const patience, pause = 20 * time.Second, 5 * time.Millisecond
	for end := time.Now().Add(patience); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
		<-time.After(pause)
	}
}
