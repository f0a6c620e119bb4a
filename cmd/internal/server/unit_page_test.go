package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

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
	if want := `/campaigns/small/log?cluster=c&amp;criterion=I&amp;lang=en&amp;unit=a">and 9 older entries that do not count, in the log</a>`; !strings.Contains(page, want) {
		t.Errorf("the page lacks %s:\n%s", want, page)
	}
}
