package server_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"campaignledger/cmd/internal/host"
)

// The crawl of TestEveryLink looks at so many addresses of each kind.
const crawledOfAKind = 2

var (
	linked  = regexp.MustCompile(`\s(?:href|src)="([^"]*)"`)
	named   = regexp.MustCompile(`\sid="([^"]*)"`)
	tables  = regexp.MustCompile(`(?s)<table.*?</table>`)
	numbers = regexp.MustCompile(`\d+|=[^&]*`)
	parts   = regexp.MustCompile(`/(units|awards|evidence)/[^/?]+`)
)

// TestEveryLink: whatever a page of the demonstration year links to answers the public, also as of an earlier event and in the other language; an id
// stands once on a page, what a link names on the same page is there, and each table has a caption and headings.
func TestEveryLink(t *testing.T) {
	t.Parallel()
	h := openHost(t, host.Config{})
	tellYear(t, h)
	s := serve(t, h)
	kinds, seen := map[string]int{}, map[string]bool{}
	type link struct{ to, from string }
	queue := []link{{"/", ""}, {"/campaigns/" + demoYear + "?as_of=900", ""}, {"/campaigns/" + demoYear + "/whatif?weight=I.1.1:1.5", ""}}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		kind := numbers.ReplaceAllString(parts.ReplaceAllString(next.to, "/$1/_"), "_")
		if seen[next.to] || kinds[kind] >= crawledOfAKind {
			continue
		}
		seen[next.to] = true
		kinds[kind]++
		got := s.do(http.MethodGet, next.to, "")
		if got.Code != http.StatusOK {
			t.Errorf("%s, to which %s links, answers %d: %.200s", next.to, next.from, got.Code, got.Body)
			continue
		}
		if !strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") {
			continue
		}
		base, err := url.Parse(next.to)
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range wellFormed(t, next.to, got.Body) {
			u, err := base.Parse(to)
			if err != nil || u.Host != "" {
				t.Errorf("%s links to %s: %v", next.to, to, err)
				continue
			}
			u.Fragment = ""
			queue = append(queue, link{u.String(), next.to})
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d addresses were found", len(seen))
	}
	light(t, s, "/campaigns/"+demoYear)
}

// maxBoardBytes is what the board of a cluster of seven units may weigh, with all that it needs to be seen and to move.
const maxBoardBytes = 50_000

var waits = regexp.MustCompile(`<script src="[^"]*"( defer)?></script>`)

// light checks that a page is small, and that no script keeps it from being shown.
func light(t *testing.T, s *site, at string) {
	t.Helper()
	page := s.do(http.MethodGet, at, "").Body
	size := len(page)
	for _, m := range linked.FindAllStringSubmatch(page, -1) {
		if strings.HasPrefix(m[1], "/assets/") {
			size += len(s.do(http.MethodGet, m[1], "").Body)
		}
	}
	if size > maxBoardBytes {
		t.Errorf("%s weighs %d bytes", at, size)
	}
	scripts := waits.FindAllStringSubmatch(page, -1)
	if len(scripts) == 0 || slices.ContainsFunc(scripts, func(m []string) bool { return m[1] == "" }) {
		t.Errorf("%s waits for a script: %q", at, scripts)
	}
}

// wellFormed checks a page's ids, links within it and tables, and gives where it links to.
func wellFormed(t *testing.T, at, page string) (links []string) {
	t.Helper()
	var ids []string
	for _, m := range named.FindAllStringSubmatch(page, -1) {
		if slices.Contains(ids, m[1]) {
			t.Errorf("%s has two elements with the id %s", at, m[1])
		}
		ids = append(ids, html.UnescapeString(m[1]))
	}
	for _, m := range linked.FindAllStringSubmatch(page, -1) {
		to := html.UnescapeString(m[1])
		if id, within := strings.CutPrefix(to, "#"); within {
			if id, _ = url.PathUnescape(id); !slices.Contains(ids, id) {
				t.Errorf("%s links to its part %s, which it lacks", at, id)
			}
			continue
		}
		links = append(links, to)
	}
	for _, table := range tables.FindAllString(page, -1) {
		if !strings.Contains(table, "<caption") || !strings.Contains(table, ` scope="`) {
			t.Errorf("%s has a table without a caption or headings: %.120s", at, table)
		}
	}
	return links
}
