package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
)

// fuzzed is a server's handler over a small campaign, as its own machine reaches it.
func fuzzed(f *testing.F) (http.Handler, *host.Host) {
	f.Helper()
	h, err := host.Open(f.Context(), host.Config{Dir: f.TempDir(), Log: zerolog.Nop()})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(h.Close)
	key, err := server.LoadKey(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	s := &server.Server{Host: h, Log: zerolog.Nop(), Token: token, Heartbeat: time.Millisecond, Key: key}
	s.SetReady()
	handler := s.Handler()
	for _, r := range [][2]string{{"/api/v1/campaigns?name=small.yaml", regulation}, {eventsPath, draft("a", "s1", 1)}, {eventsPath, draft("b", "s2", 2)}} {
		if got := ask(handler, http.MethodPost, r[0], r[1], ""); got.Code >= http.StatusMultipleChoices {
			f.Fatalf("%s: %d %s", r[0], got.Code, got.Body)
		}
	}
	return handler, h
}

// ask sends a request that lasts no longer than a moment: a feed has no end of its own.
func ask(handler http.Handler, method, target, body, accept string) *httptest.ResponseRecorder {
	const short, long = 100 * time.Millisecond, 10 * time.Second // an append is not to be cut off
	moment := short
	if method == http.MethodPost {
		moment = long
	}
	ctx, cancel := context.WithTimeout(context.Background(), moment)
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, method, "http://localhost/", strings.NewReader(body))
	u, err := url.Parse(target)
	if err != nil {
		u = &url.URL{Path: "/", RawQuery: target}
	}
	r.URL.Path, r.URL.RawPath, r.URL.RawQuery = u.Path, u.RawPath, u.RawQuery
	r.Host, r.RemoteAddr = "localhost", "127.0.0.1:1"
	r.Header.Set("Authorization", "Bearer "+token)
	if accept != "" {
		r.Header.Set("Accept", accept)
		r.Header.Set("Last-Event-ID", accept)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

// FuzzGet: whatever a path, a query and a header say, the answer is no failure of the server, and a problem is JSON that says what is wrong.
func FuzzGet(f *testing.F) {
	handler, _ := fuzzed(f)
	for _, target := range []string{"/", "/readyz", base, base + "/small", base + "/small/standings?cluster=c&as_of=2&detail=none&lang=vi", base + "/small/board?as_of=2017-01-01",
		base + "/small/audit?unit=a&criterion=I&author=s1&type=score.entered&from=1&to=3&before=4&limit=2&order=desc", base + "/small/why?cluster=c&unit=a&other=b",
		base + "/small/timeline?since=1", base + "/small/stability?cluster=c&pairs=a:b", base + "/small/scorers?unit=a", base + "/small/whatif?weight=I:2&without=s1&aggregate=I:mean",
		eventsPath + "?since=1&types=score.entered", base + "/small/growth?from=1&to=3", base + "/small/events/2/receipt", base + "/small/bundle?as_of=2", base + "/small/checkpoints?since=1",
		base + "/small/documents/minutes?lang=vi&cluster=c", base + "/small/documents/standings?format=pdf", "/campaigns/small?as_of=2&cluster=c", "/campaigns/small/log?before=3&order=asc",
		"/campaigns/small/units/a", "/campaigns/small/compare?unit=a&other=b", "/campaigns/small/replay?as_of=2&units=a,b", "/campaigns/small/whatif?weight.I=2", "/assets/x", "/api/v1/openapi.json",
		base + "/small/challenge?member=x", base + "/small/evidence/00", base + "/small/detached/00", base + "/small/doctor", base + "/%2e%2e/small"} {
		f.Add(target, "")
	}
	f.Add(eventsPath+"?follow=true", "text/event-stream")
	f.Add(base+"/small/standings", "3")
	f.Fuzz(func(t *testing.T, target, accept string) {
		expectAnswer(t, "GET "+target, ask(handler, http.MethodGet, target, "", accept))
	})
}

// expectAnswer checks that a request was answered, and refused with a reason where it was.
func expectAnswer(t *testing.T, request string, w *httptest.ResponseRecorder) {
	t.Helper()
	var p struct{ Code, Detail string }
	kind := w.Header().Get("Content-Type")
	switch {
	case w.Code < http.StatusBadRequest:
	case strings.HasPrefix(kind, "application/problem+json"):
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Code == "" || p.Detail == "" {
			t.Errorf("%s: %d %s, %v", request, w.Code, w.Body, err)
		}
	}
	if w.Code >= http.StatusInternalServerError && w.Code != http.StatusServiceUnavailable && w.Code != http.StatusGatewayTimeout {
		t.Errorf("%s: %d %s", request, w.Code, w.Body)
	}
}

// FuzzPost: whatever a body says, it is taken or refused with a reason, and nothing else is stored than what was taken.
func FuzzPost(f *testing.F) {
	handler, h := fuzzed(f)
	paths := []string{eventsPath, importsPath + "?name=x.csv", importsPath + "?name=x.xlsx", importsPath + "?name=x.ndjson", base + "?name=r.yaml", base + "/small/drafts",
		base + "/small/amendment?name=r.yaml", base + "/small/cosignatures", base + "/small/policy", base + "/small/login", base + "/small/session", base + "/small/detached", base + "/small/evidence?name=a.pdf",
		"/campaigns/small/enter", "/campaigns/small/leave", base + "/small/imports/1"}
	for i := range paths {
		f.Add(i, []byte(draft("d", "s9", 3)))
		f.Add(i, []byte(table(2)))
	}
	f.Add(4, []byte(strings.Replace(regulation, "id: small", "id: other", 1)))
	f.Add(9, []byte(`{"nonce":"x","signature":"00"}`))
	f.Add(13, []byte("code=x&campaign=small"))
	f.Fuzz(func(t *testing.T, at int, body []byte) {
		if at < 0 || at >= len(paths) {
			return
		}
		before := logEnd(t, h)
		w := ask(handler, http.MethodPost, paths[at], string(body), "")
		expectAnswer(t, fmt.Sprintf("POST %s %q", paths[at], body), w)
		if after := logEnd(t, h); after != before && w.Code >= http.StatusBadRequest {
			t.Errorf("POST %s %q: %d %s, and the log grew from %d to %d", paths[at], body, w.Code, w.Body, before, after)
		}
	})
}

func logEnd(t *testing.T, h *host.Host) uint64 {
	t.Helper()
	c, err := h.Campaign(t.Context(), "small")
	if err != nil {
		t.Fatal(err)
	}
	last, _ := c.Ledger.Last()
	return uint64(last)
}

// FuzzServiceBody: whatever a NATS program asks for, it is answered with the standings or with a reason.
func FuzzServiceBody(f *testing.F) {
	_, h := fuzzed(f)
	c, err := h.Campaign(f.Context(), "small")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"cluster":"c","as_of":2,"lang":"vi","detail":"none"}`))
	f.Add([]byte(`{"as_of":"2017-01-01"}`))
	f.Add([]byte(``))
	f.Fuzz(func(t *testing.T, body []byte) {
		line, err := server.ServiceStandings(t.Context(), c, body)
		if err == nil && !json.Valid(line) {
			t.Errorf("%q: %s", body, line)
		}
	})
}
