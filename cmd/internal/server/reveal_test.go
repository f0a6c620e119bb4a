package server_test

import (
	"html"
	"net/http"
	"strings"
	"testing"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
)

// TestReveal: the ceremony shows nothing while the standings are frozen, then place after place from the bottom, and of a closed place nothing.
func TestReveal(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "y")
	for unit, mark := range map[string]int{"a": 9, "b": 7, "c": 5} {
		s.say(unit+"-head", unit, points("G", unit, mark))
	}
	page := func(query string) string {
		t.Helper()
		got := s.do(http.MethodGet, "/campaigns/y/reveal?lang=en"+query, "")
		if got.Code != http.StatusOK {
			t.Fatalf("%d %s", got.Code, got.Body)
		}
		return html.UnescapeString(got.Body)
	}
	if got := page("&step=1"); !strings.Contains(got, "Rank 3") || strings.Contains(got, "Against the freeze") {
		t.Errorf("without a freeze:\n%s", got)
	}
	s.do(http.MethodGet, "/campaigns/y/reveal?cluster=none", "").expect(t, 422, "unknown-cluster")
	s.say("a-head", "", &events.StandingsFrozen{})
	s.say("c-head", "c", bonus("c", "late", 3)) // c overtakes b
	if got := page("&step=3"); !strings.Contains(got, "frozen at event") || strings.Contains(got, "data-unit") || !strings.Contains(got, `data-state="frozen"`) {
		t.Errorf("while frozen:\n%s", got)
	}
	s.say("a-head", "", &events.StandingsRevealed{})
	for step, want := range map[string]struct {
		open      []string
		closed    int
		something string
	}{
		"0":  {nil, 3, "3 units"},
		"1":  {[]string{"b"}, 2, "when frozen: rank 2, 7.00 points (0.00)"},
		"2":  {[]string{"c", "b"}, 1, "when frozen: rank 3, 5.00 points (+3.00)"},
		"3":  {[]string{"a", "c", "b"}, 0, "Rank 1"},
		"9":  {[]string{"a", "c", "b"}, 0, "Rank 1"},
		"-1": {nil, 3, "from the bottom up"},
		"x":  {nil, 3, "from the bottom up"},
	} {
		got := page("&step=" + step)
		var open []string
		for _, part := range strings.Split(got, `data-unit="`)[1:] {
			open = append(open, part[:1])
		}
		if strings.Join(open, " ") != strings.Join(want.open, " ") || strings.Count(got, `class="closed"`) != want.closed || !strings.Contains(got, want.something) {
			t.Errorf("step %s: open %v:\n%s", step, open, got)
		}
	}
}
