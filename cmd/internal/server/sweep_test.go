package server_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEveryErrorIsAProblem: whatever the route, and whatever is wrong with the request.
func TestEveryErrorIsAProblem(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, rarely), "year")
	s.open()
	methods := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}
	takes := map[string][]string{}
	for _, pattern := range routes(t) {
		method, path, _ := strings.Cut(pattern, " ")
		takes[path] = append(takes[path], method)
	}
	braces := regexp.MustCompile(`\{[a-z0-9$]+\}`)
	for pattern, known := range takes {
		path := braces.ReplaceAllString(strings.Replace(strings.TrimSuffix(pattern, "{$}"), "{id}", "small", 1), "1")
		method := known[0]
		s.do(method, path, "", "Host", "example.org").expect(t, http.StatusMisdirectedRequest, "host")
		s.do(method, path, "", "Origin", "https://example.org").expect(t, http.StatusForbidden, "origin")
		s.do(method, path, "", "Authorization", "Bearer not-a-token").expect(t, http.StatusUnauthorized, "token")
		s.do(http.MethodGet, strings.TrimSuffix(path, "/")+"/no/such/thing", "").expect(t, http.StatusNotFound, "not-found")
		for _, other := range methods {
			if slices.Contains(known, other) {
				continue
			}
			got := s.do(other, path, "")
			got.expect(t, http.StatusMethodNotAllowed, "method")
			if got.Header.Get("Allow") == "" {
				t.Errorf("%s %s: no Allow", other, path)
			}
		}
		for _, query := range []string{"?no-such=1", "?lang=fr", "?%zz", "?lang=en&lang=vi"} {
			for _, m := range known {
				if got := s.do(m, path+query, "x"); got.Code >= http.StatusBadRequest {
					got.isProblem(t, m+" "+path+query)
				}
			}
		}
		for _, m := range known {
			if got := s.do(m, strings.Replace(path, "small", "none", 1), "x"); got.Code >= http.StatusBadRequest {
				got.isProblem(t, m+" "+path)
			}
		}
		if t.Failed() {
			t.Fatal(pattern)
		}
	}
	s.do(http.MethodGet, "/assets/none.css", "").expect(t, http.StatusNotFound, "not-found")
	s.do(http.MethodGet, "/assets/site.css", "", "Range", "bytes=99999999-").expect(t, http.StatusRequestedRangeNotSatisfiable, "bad-range")
}

// isProblem checks that an error is a problem, whatever its code.
func (a answer) isProblem(t *testing.T, call string) {
	t.Helper()
	var p problem
	if err := decode(a.Body, &p); err != nil || a.Header.Get("Content-Type") != "application/problem+json" || p.Status != a.Code || p.Type != "about:blank" ||
		p.Title != http.StatusText(a.Code) || p.Code == "" || p.Detail == "" {
		t.Errorf("%s: %d %s %.300s", call, a.Code, a.Header.Get("Content-Type"), a.Body)
	}
}
