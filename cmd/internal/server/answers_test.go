package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
)

// pages follows a list from page to page by its Link header, holds it against next in the body, and gives the items' keys.
func (s *site) pages(path, list, key string, header ...string) (keys []string, pages int) {
	s.t.Helper()
	for path != "" {
		const enough = 100
		if pages++; pages > enough {
			s.t.Fatalf("%s does not end", path)
		}
		got := s.do(http.MethodGet, path, "", header...)
		var body map[string]any
		if err := json.Unmarshal([]byte(got.Body), &body); err != nil {
			s.t.Fatalf("%s: %d %s: %v", path, got.Code, got.Body, err)
		}
		items, _ := body[list].([]any)
		for _, item := range items {
			object, _ := item.(map[string]any)
			keys = append(keys, fmt.Sprint(object[key]))
		}
		link, found := strings.CutSuffix(got.Header.Get("Link"), `>; rel="next"`)
		next := body["next"]
		if found != (next != nil) || next != nil && fmt.Sprint(next) != keys[len(keys)-1] {
			s.t.Fatalf("%s: next is %v, Link is %s", path, next, link)
		}
		path = strings.TrimPrefix(link, "<")
	}
	return keys, pages
}

func TestPages(t *testing.T) {
	t.Parallel()
	h := openHost(t, host.Config{})
	s := newSignedSite(t, h, "year")
	s.sibling("another")
	s.before()
	events := strings.Count(s.do(http.MethodGet, s.path("/events"), "").Body, "\n")
	for _, test := range []struct{ path, list, key string }{
		{base, "campaigns", "id"}, {s.path("/audit"), "lines", "seq"}, {s.path("/audit?unit=b&lang=en"), "lines", "seq"}, {s.path("/members"), "members", "id"},
	} {
		all, one := s.pages(test.path, test.list, test.key)
		if one != 1 || len(all) < 2 {
			t.Fatalf("%s without limit: %d pages, %q", test.path, one, all)
		}
		for _, limit := range []int{1, 2, len(all) - 1, len(all), len(all) + 1} {
			mark := "?"
			if strings.Contains(test.path, "?") {
				mark = "&"
			}
			got, n := s.pages(fmt.Sprintf("%s%slimit=%d", test.path, mark, limit), test.list, test.key)
			if want := (len(all) + limit - 1) / limit; strings.Join(got, " ") != strings.Join(all, " ") || n != want {
				t.Errorf("%s by %d: %d pages of %q, not %d of %q", test.path, limit, n, got, want, all)
			}
		}
	}
	if all, _ := s.pages(s.path("/audit"), "lines", "seq"); len(all) != events {
		t.Errorf("the audit without limit has %d of %d events", len(all), events)
	}
	for _, query := range []string{"/audit?limit=100001", "/audit?limit=x", "/audit?after=x", "/members?limit=-1", "/members?after=%00", "/checkpoints?limit=1e3"} {
		s.do(http.MethodGet, s.path(query), "").expect(t, http.StatusBadRequest, "bad-request")
	}
	s.do(http.MethodGet, base+"?after=A", "").expect(t, http.StatusBadRequest, "bad-request")
}

// TestCheckpointPages reads the checkpoints one after the other.
func TestCheckpointPages(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, rarely), "year")
	const signature = "\n— campaign-ledger/year/"
	checkpoints := func() string { return s.do(http.MethodGet, s.path("/checkpoints"), "").Body }
	for i := range 3 {
		s.say("b-head", "b", bonus("b", fmt.Sprint("i", i), 1))
		s.do(http.MethodGet, s.path("/bundle"), "") // which has a checkpoint made
	}
	waitFor(t, "there are three checkpoints", func() bool { return strings.Count(checkpoints(), signature) >= 3 })
	all, parts, n := checkpoints(), "", 0
	for path := s.path("/checkpoints?limit=1"); path != ""; n++ {
		page := s.do(http.MethodGet, path, "")
		if strings.Count(page.Body, signature) != 1 {
			t.Fatalf("%s: %d %s", path, page.Code, page.Body)
		}
		parts += page.Body
		link, _ := strings.CutSuffix(page.Header.Get("Link"), `>; rel="next"`)
		path = strings.TrimPrefix(link, "<")
	}
	if parts != all || n != strings.Count(all, signature) {
		t.Errorf("%d pages:\n%s\nnot\n%s", n, parts, all)
	}
}

// TestETags: every JSON read has a tag that answers 304, also to HEAD, and stays out of shared caches where somebody says who it is.
func TestETags(t *testing.T) {
	t.Parallel()
	h := openHost(t, host.Config{})
	s := newSignedSite(t, h, "year")
	s.before()
	auditor := as(s.login("auditor"))
	for _, path := range []string{"/api/v1/server", base, s.path(""), s.path("/standings"), s.path("/standings?as_of=3"), s.path("/audit"), s.path("/audit?limit=2"),
		s.path("/why?unit=b"), s.path("/members"), s.path("/check"), s.path("/awards"), s.path("/trail?award=flag"), s.path("/head"), s.path("/regulation"),
		"/api/v1/openapi.json", "/api/v1/asyncapi.json"} {
		got := s.do(http.MethodGet, path, "")
		tag := got.Header.Get("ETag")
		if got.Code != http.StatusOK || tag == "" || got.Header.Get("Cache-Control") != "no-cache" || got.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %v", path, got.Code, got.Header)
			continue
		}
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			if again := s.do(method, path, "", "If-None-Match", `"other", W/`+tag); again.Code != http.StatusNotModified || again.Body != "" || again.Header.Get("ETag") != tag {
				t.Errorf("%s %s with its tag: %d %v", method, path, again.Code, again.Header)
			}
			if again := s.do(method, path, "", "If-None-Match", `"other"`); again.Code != http.StatusOK || again.Header.Get("Content-Length") == "" && method == http.MethodHead {
				t.Errorf("%s %s with another tag: %d %v", method, path, again.Code, again.Header)
			}
		}
		if part := s.do(http.MethodGet, path, "", "Range", "bytes=999999999-"); part.Code != http.StatusOK || part.Body != got.Body {
			t.Errorf("%s: a range gives %d", path, part.Code)
		}
		mine := s.do(http.MethodGet, path, "", auditor...)
		if mine.Header.Get("Cache-Control") != "private, no-cache" || !strings.Contains(mine.Header.Get("Vary"), "Authorization") || !strings.Contains(mine.Header.Get("Vary"), server.MemberHeader) {
			t.Errorf("%s for a member: %v", path, mine.Header)
		}
	}
}
