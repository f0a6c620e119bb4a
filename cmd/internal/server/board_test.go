package server_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/web"
)

// TestBoardWithoutScript: the page says everything by itself, in the reader's language.
func TestBoardWithoutScript(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.append(strings.Replace(draft("b", "x", 962), `"962"`, `"962.5"`, 1))
	s.append(draft("a", "y", 7) + "\n" + draft("d", "y", 7))
	vi := s.do(http.MethodGet, "/campaigns/small", "").Body
	en := s.do(http.MethodGet, "/campaigns/small?lang=en", "").Body
	for page, want := range map[string][]string{
		vi: {`<html lang="vi">`, "962,50", "7,00", ">1.100<", "Thi đua &lt;b&gt;nhỏ&lt;/b&gt;", "chưa ký số", "illustrative &lt;i&gt;scores&lt;/i&gt;", `class="badge tied">đồng hạng`},
		en: {`<html lang="en">`, "962.50", "7.00", "Small &lt;/title&gt;&lt;script&gt;", "unsigned", `class="badge tied">tied`, "missing 1"},
	} {
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("the page lacks %q:\n%s", text, page)
			}
		}
	}
	if strings.Contains(vi, "962.50") || strings.Contains(en, "962,50") {
		t.Error("a number in the other language's form")
	}
	rows := regexp.MustCompile(`<tr data-unit="(\w)" data-rank="(\d)" data-since="\d"><td class="rank">(\d)</td>`).FindAllStringSubmatch(vi, -1)
	if len(rows) != 3 || strings.Join([]string{rows[0][1], rows[1][1], rows[2][1], rows[2][2]}, "") != "bad2" {
		t.Errorf("rows in the order %v", rows)
	}
	if n := strings.Count(vi, `class="badge tied">`); n != 2 {
		t.Errorf("%d units are shown as tied", n)
	}
}

// TestBoardAsOf: an address that names a state goes on showing it, even where it is the newest.
func TestBoardAsOf(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.append(draft("b", "x", 1))
	for query, feed := range map[string]bool{"": true, "?as_of=1": false, "?as_of=2": false} {
		for _, page := range []string{"", "/projector"} {
			if got := s.do(http.MethodGet, "/campaigns/small"+page+query, "").Body; strings.Contains(got, "data-feed") != feed {
				t.Errorf("%s%s: there is a feed: %t", page, query, !feed)
			}
		}
	}
}

// inline finds what the content security policy would block.
var inline = regexp.MustCompile(`(?i)<script(>| [^>]*>[^<])|<style|<[^>]* (style|on[a-z]+)=|<[^>]*(href|src)="(?:[a-z]+:)?//|javascript:`)

func TestPagesKeepThePolicy(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/", "/?lang=en", "/campaigns/small", "/campaigns/small?lang=en", "/campaigns/small/replay", "/campaigns/small/replay?as_of=1&lang=en",
		"/campaigns/small/whatif?weight=I:2&without=a", "/campaigns/small/whatif?weight=%3Cscript%3E"} {
		got := s.do(http.MethodGet, path, "")
		if found := inline.FindString(got.Body); found != "" {
			t.Errorf("%s has %q:\n%s", path, found, got.Body)
		}
		policy := got.Header.Get("Content-Security-Policy")
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("policy %q", policy)
		}
	}
	if script := s.do(http.MethodGet, "/assets/board.js", ""); strings.Contains(script.Body, "innerHTML") || !strings.Contains(script.Header.Get("Content-Type"), "javascript") {
		t.Error("the script makes HTML of text, or has the wrong type")
	}
}

func TestHomeWithoutCampaigns(t *testing.T) {
	t.Parallel()
	s := serve(t, openHost(t, host.Config{}))
	if got := s.do(http.MethodGet, "/?lang=en", ""); !strings.Contains(got.Body, "campaign open") {
		t.Errorf("%s", got.Body)
	}
	if got := s.do(http.MethodGet, base, ""); strings.TrimSpace(got.Body) != `{"campaigns":[]}` {
		t.Errorf("%s", got.Body)
	}
}

// TestNothingThere: who reads in a browser is told so on a page in its language; a program gets a problem.
func TestNothingThere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for path, code := range map[string]string{"/nothing": "not-found", "/campaigns/small/nothing": "not-found", "/campaigns/none": "no-campaign",
		"/campaigns/small/leave": "method", "/campaigns/small?as_of=x": "bad-request"} {
		status := map[string]int{"method": http.StatusMethodNotAllowed, "bad-request": http.StatusBadRequest, "not-found": http.StatusNotFound, "no-campaign": http.StatusNotFound}[code]
		for lang, words := range map[string]string{"vi": "Mã lỗi", "en": "Status"} {
			query := "?lang="
			if strings.Contains(path, "?") {
				query = "&lang="
			}
			got := s.do(http.MethodGet, path+query+lang, "", "Accept", "text/html")
			title := regexp.MustCompile(`<h1>(.*)</h1>`).FindStringSubmatch(got.Body)
			if got.Code != status || len(title) != 2 || title[1] != web.StatusTitle(lang, status) || !strings.Contains(got.Body, words) || !strings.Contains(got.Body, `lang="en">`) {
				t.Errorf("%s in %s: %d, %v\n%s", path, lang, got.Code, title, got.Body)
			}
		}
		s.do(http.MethodGet, path, "").expect(t, status, code)
	}
}
