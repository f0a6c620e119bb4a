package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestLongUnitPage: of a criterion that many scorers marked the newest entries are listed, and the log has the others.
func TestLongUnitPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var lines []string
	for i := range 70 {
		lines = append(lines, draft("b", fmt.Sprintf("s%d", i), 1))
	}
	s.append(strings.Join(lines, "\n"))
	page := s.do(http.MethodGet, "/campaigns/small/units/b?lang=en", "").Body
	if n := strings.Count(page, `<span title="counts">`); n != 60 || !strings.Contains(page, ">s69") || strings.Contains(page, ">s9<") {
		t.Errorf("%d entries are listed, or not the newest:\n%s", n, page)
	}
	const log = "/campaigns/small/log?cluster=c&amp;criterion=I&amp;lang=en&amp;unit=b"
	if !strings.Contains(page, `<a href="`+log+`">and 10 older entries, in the log</a>`) {
		t.Errorf("the page does not lead to the others:\n%s", page)
	}
	if got := s.do(http.MethodGet, strings.ReplaceAll(log, "amp;", ""), ""); got.Code != http.StatusOK || !strings.Contains(got.Body, ">#71<") {
		t.Errorf("the log: %d %s", got.Code, got.Body)
	}
	if got := s.do(http.MethodGet, "/campaigns/small/compare?unit=b&other=a", "").Body; !strings.Contains(got, "… (70)") || strings.Count(got, ">#") > 10 {
		t.Errorf("the comparison links to every entry:\n%s", got)
	}
}

// TestUnitPageOfManyEntries: of what does not count the page lists the newest, and says where the others are.
func TestUnitPageOfManyEntries(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const all, past = 30, 20
	for i := range all {
		s.append(strings.Replace(draft("a", "x", 100+i), `"points":`, fmt.Sprintf(`"reason":"count %d","points":`, i), 1))
	}
	page := s.do(http.MethodGet, "/campaigns/small/units/a?lang=en", "").Body
	for i := range all {
		if shown := strings.Contains(page, fmt.Sprintf(">count %d ", i)); shown != (i >= all-1-past) {
			t.Errorf("entry %d of %d is shown: %v", i, all, shown)
		}
	}
	if want := `/campaigns/small/log?cluster=c&amp;criterion=I&amp;lang=en&amp;unit=a">and 9 older entries, in the log</a>`; !strings.Contains(page, want) {
		t.Errorf("the page lacks %s:\n%s", want, page)
	}
}
