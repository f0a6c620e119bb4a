package projections

import (
	"fmt"
	"strings"
	"testing"
)

// TestAdjustments: bonuses and penalties are summed apart, a leaf that can be both by what it is, and marks that are no adjustment are neither.
func TestAdjustments(t *testing.T) {
	t.Parallel()
	const one = "{id: A, method: adjustment, min: -50, max: 30}"
	c := openTrial(t, strings.Replace(trialRegulation, one, `{id: A, method: adjustment, min: -50, max: 30}
      - {id: B, method: adjustment, min: 0, max: 9, weight: 2}
      - {id: D, method: adjustment, max: 0}
      - {id: E, method: adjustment, min: 1, max: 3}`, 1))
	for _, test := range []struct{ leaf, points, want string }{
		{"G", "5", "1.00 0.00"},   // no adjustment
		{"A", "7.5", "8.50 0.00"}, // E has at least its min
		{"B", "20", "26.50 0.00"}, // at most its max, doubled
		{"D", "-4", "26.50 -4.00"},
		{"A", "-60", "19.00 -54.00"}, // item of its own: clamped at -50
	} {
		c.must(c.say("b", points(test.leaf, "open", "x"+test.points, test.points)))
		s := c.row("b")
		bonus, penalty := s.Adjustments()
		if got := fmt.Sprint(s.Format(bonus), " ", s.Format(penalty)); got != test.want {
			t.Errorf("after %s %s: %s, not %s", test.leaf, test.points, got, test.want)
		}
	}
}
