package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
)

const base = "/api/v1/campaigns"

func TestRoutes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.append(draft("a", "x", 5))
	for _, path := range []string{"/healthz", "/readyz", base, base + "/small", base + "/small/standings", base + "/small/standings?as_of=1&cluster=c&detail=none&lang=en",
		base + "/small/audit", base + "/small/audit?unit=a&criterion=I&author=x&cluster=c&from=2017-01-01T00:00:00Z&to=2099-01-01T00:00:00Z&after=0&limit=1",
		base + "/small/why?unit=a", base + "/small/why?unit=a&other=b&cluster=c", eventsPath, eventsPath + "?since=1",
		"/campaigns/small/whatif", "/campaigns/small/whatif?cluster=c&weight=I:1.5&without=a,x&aggregate=median,S:sum&as_of=2&lang=en",
		base + "/small/whatif", base + "/small/whatif?cluster=c&weight=I:1.5&without=a,x&aggregate=median&as_of=2&detail=none&lang=en",
		"/", "/campaigns/small", "/campaigns/small?lang=en", "/assets/board.js", "/assets/site.css"} {
		got := s.do(http.MethodGet, path, "")
		if got.Code != http.StatusOK || got.Body == "" {
			t.Errorf("GET %s: %d %s", path, got.Code, got.Body)
		}
		if got.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(got.Header.Get("Content-Security-Policy"), "default-src 'none'") ||
			got.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("GET %s: headers %v", path, got.Header)
		}
		if head := s.do(http.MethodHead, path, ""); head.Code != http.StatusOK || head.Body != "" {
			t.Errorf("HEAD %s: %d %q", path, head.Code, head.Body)
		}
		if strings.HasPrefix(path, base) && strings.HasSuffix(got.Header.Get("Content-Type"), "json") && !strings.HasSuffix(path, "events") && !json.Valid([]byte(got.Body)) {
			t.Errorf("GET %s: %q is not JSON", path, got.Body)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.append(draft("a", "x", 5))
	for _, test := range []struct {
		request, body string
		status        int
		code          string
	}{
		{"GET /nothing", "", 404, "not-found"},
		{"GET /api/v2/campaigns", "", 404, "not-found"},
		{"GET /assets/", "", 404, "not-found"},
		{"DELETE " + base, "", 405, "method"},
		{"PUT " + eventsPath, "", 405, "method"},
		{"POST /healthz", "", 405, "method"},
		{"GET " + base + "/small/imports", "", 405, "method"},
		{"DELETE " + base + "/small", "", 405, "method"},
		{"GET " + base + "?x=1", "", 400, "bad-request"},
		{"GET " + base + "?lang=fr", "", 400, "bad-request"},
		{"GET " + base + "/small?x=1", "", 400, "bad-request"},
		{"GET " + base + "/other", "", 404, "no-campaign"},
		{"GET " + base + "/..%2f..%2fetc", "", 404, "no-campaign"},
		{"GET " + base + "/other/standings", "", 404, "no-campaign"},
		{"GET " + base + "/other/events", "", 404, "no-campaign"},
		{"GET /campaigns/other", "", 404, "no-campaign"},
		{"GET " + base + "/small/standings?clustre=c", "", 400, "bad-request"},
		{"GET " + base + "/small/standings?cluster=c&cluster=c", "", 400, "bad-request"},
		{"GET " + base + "/small/standings?%zz", "", 400, "bad-request"},
		{"GET " + base + "/small/standings?cluster=zz", "", 422, "unknown-cluster"},
		{"GET " + base + "/small/standings?detail=some", "", 400, "bad-request"},
		{"GET " + base + "/small/standings?as_of=99", "", 400, "bad-request"},
		{"GET " + base + "/small/standings?as_of=0", "", 400, "bad-request"},
		{"GET " + base + "/small/standings?as_of=yesterday", "", 400, "bad-request"},
		{"GET " + base + "/small/standings?as_of=2016-01-01", "", 400, "bad-request"},
		{"GET " + base + "/small/audit?unit=zz", "", 422, "unknown-unit"},
		{"GET " + base + "/small/audit?criterion=zz", "", 422, "unknown-leaf"},
		{"GET " + base + "/small/audit?limit=-1", "", 400, "bad-request"},
		{"GET " + base + "/small/audit?from=today", "", 400, "bad-request"},
		{"GET " + base + "/small/why", "", 422, "unknown-unit"},
		{"GET " + base + "/small/why?unit=zz", "", 422, "unknown-unit"},
		{"GET " + eventsPath + "?since=x", "", 400, "bad-request"},
		{"GET " + eventsPath + "?since=3", "", 400, "bad-request"},
		{"GET " + eventsPath + "?follow=maybe", "", 400, "bad-request"},
		{"POST " + eventsPath + "?x=1", draft("a", "y", 1), 400, "bad-request"},
		{"POST " + base + "/other/events", draft("a", "y", 1), 404, "no-campaign"},
		{"POST " + base + "?name=r.yaml", "id: small\n", 422, "regulation"},
		{"POST " + base + "?name=r.yaml", "", 422, "regulation"},
		{"POST " + base + "?name=r.yaml", strings.Replace(regulation, "max: 1000", "max: 900", 1), 409, "other-regulation"},
		{"POST " + base + "?x=1", regulation, 400, "bad-request"},
		{"POST " + base + "?name=r.yaml", strings.Repeat("#", 1<<20+1), 413, "too-big"},
	} {
		method, path, _ := strings.Cut(test.request, " ")
		p := s.do(method, path, test.body).expect(t, test.status, test.code)
		if t.Failed() {
			t.Fatalf("%s: %+v", test.request, p)
		}
	}
	if got := s.do(http.MethodPut, eventsPath, ""); got.Header.Get("Allow") != "GET, POST" {
		t.Errorf("Allow: %q", got.Header.Get("Allow"))
	}
	if got := parseLines(t, s.do(http.MethodGet, eventsPath, "").Body); len(got) != 2 {
		t.Errorf("%d events are stored", len(got))
	}
}

func TestOpenAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	got := s.do(http.MethodPost, base+"?name=again.yaml", regulation+"# a comment\n")
	if got.Code != http.StatusOK || !strings.Contains(got.Body, `"opened":false`) {
		t.Errorf("the same regulation again: %d %s", got.Code, got.Body)
	}
	p := s.do(http.MethodPost, base+"?name=bad.yaml", strings.Replace(regulation, "lead: a", "lead: q", 1)).expect(t, 422, "regulation")
	if !strings.HasPrefix(p.Detail, "bad.yaml:") {
		t.Errorf("%q does not name the file, line and column", p.Detail)
	}
}

func TestETag(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const path = base + "/small/standings"
	first := s.do(http.MethodGet, path, "")
	tag := first.Header.Get("ETag")
	if tag == "" || first.Header.Get("Cache-Control") != "no-cache" {
		t.Fatalf("headers %v", first.Header)
	}
	for given, want := range map[string]int{tag: 304, "W/" + tag: 304, `"x", ` + tag: 304, "*": 304, `"x"`: 200} {
		if got := s.do(http.MethodGet, path, "", "If-None-Match", given); got.Code != want || want == 304 && got.Body != "" {
			t.Errorf("If-None-Match %s: %d", given, got.Code)
		}
	}
	if got := s.do(http.MethodGet, path+"?detail=none", "", "If-None-Match", tag); got.Code != http.StatusOK {
		t.Errorf("another form: %d", got.Code)
	}
	s.append(draft("a", "x", 5))
	if got := s.do(http.MethodGet, path, "", "If-None-Match", tag); got.Code != http.StatusOK || got.Header.Get("ETag") == tag {
		t.Errorf("after an event: %d", got.Code)
	}
	// Another directory at the same address, at the same sequence, is no match.
	other := newSite(t)
	other.append(draft("b", "x", 6))
	if got := other.do(http.MethodGet, path, "", "If-None-Match", s.do(http.MethodGet, path, "").Header.Get("ETag")); got.Code != http.StatusOK {
		t.Errorf("another campaign's standings: %d", got.Code)
	}
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	h := openHost(t, host.Config{})
	s := serve(t, h)
	if got := s.do(http.MethodGet, "/readyz", ""); got.Code != http.StatusOK || !strings.Contains(got.Body, `"durability":"synced"`) {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	s.server.Config.Handler = (&server.Server{Host: h}).Handler() // one that was not told that all is folded
	if got := s.do(http.MethodGet, "/readyz", ""); got.Header.Get("Retry-After") == "" {
		t.Errorf("not ready: %v", got.Header)
	}
	s.do(http.MethodGet, "/readyz", "").expect(t, 503, "not-ready")
	if got := s.do(http.MethodGet, "/healthz", ""); got.Code != http.StatusOK {
		t.Errorf("healthz: %d", got.Code)
	}
}
