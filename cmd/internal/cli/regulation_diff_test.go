package cli

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"campaignledger/events"
)

// TestRegulationChanges: each setting that differs stands under the ids that lead to it.
func TestRegulationChanges(t *testing.T) {
	t.Parallel()
	const before = `id: year
levels: [{id: self, scorers: own-unit}]
criteria:
  default:
    items:
      - {id: I, title: "Work", items: [{id: I.1, title: "One", method: graded, max: 10}, {id: I.2, title: "Two", method: count, each: 2, max: 20}]}
clusters: [{id: c1, title: "One", criteria: default, lead: a, units: [{id: a, title: "A"}, {id: b, title: "B"}]}]
calendar: [{for: self, until: 2024-11-20T17:00}]
`
	after := strings.NewReplacer("max: 10}", "max: 12, weight: 1.5}", "method: count, each: 2, max: 20", "method: graded, max: 20",
		"lead: a,", "lead: a, ranking: {by: ratio},", `title: "B"`, `title: "Bee", not-assigned: [I.2]`, "11-20T17:00", "11-21T17:00").Replace(before)
	parse := func(source string) *events.Regulation {
		r, err := events.ParseRegulation("regulation.yaml", []byte(source))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	got, err := regulationChanges(parse(before), parse(after))
	want := []change{{"calendar self until", "2024-11-20T17:00", "2024-11-21T17:00"}, {"clusters c1 ranking", "", `{"by":"ratio"}`},
		{"clusters c1 units b not-assigned", "", `["I.2"]`}, {"clusters c1 units b title", "B", "Bee"},
		{"criteria default I.1 max", "10", "12"}, {"criteria default I.1 weight", "", "1.5"},
		{"criteria default I.2 each", "2", ""}, {"criteria default I.2 method", "count", "graded"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v\nwant %q", got, err, want)
	}
	var out bytes.Buffer
	(&app{lang: "vi"}).writeChanges(&out, got[5:6])
	if text := "Thay đổi:\n  criteria default I.1 weight: không có → 1.5\n"; out.String() != text {
		t.Errorf("got %q, want %q", out.String(), text)
	}
}
