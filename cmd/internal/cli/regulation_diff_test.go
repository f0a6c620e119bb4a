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

// TestWitnessChanges: each witness that comes, changes or goes is shown, with the whole of its key.
func TestWitnessChanges(t *testing.T) {
	t.Parallel()
	key := func(digit string) string { return "ed25519:" + strings.Repeat(digit, 64) }
	without := `id: year
levels: [{id: self, scorers: own-unit}]
criteria: {default: {items: [{id: I, method: graded, max: 10}]}}
clusters: [{id: c1, criteria: default, lead: a, units: [{id: a}, {id: b}]}]
members: [{id: a-head, role: head, unit: a, key: "` + key("1") + `"}]
`
	two := without + "witnesses: {quorum: 2, keys: [{id: a-w, unit: a, key: '" + key("2") + "'}, {id: free, key: '" + key("3") + "'}]}\n"
	other := strings.NewReplacer("quorum: 2, ", "colluding: 0, ", key("3"), key("4"), "id: a-w, unit: a", "id: a-w, unit: b").Replace(two)
	shown := func(id, unit, digit string) string {
		if unit != "" {
			unit = `,"unit":"` + unit + `"`
		}
		return `{"id":"` + id + `","key":"` + key(digit) + `"` + unit + `}`
	}
	for _, c := range []struct {
		before, after string
		want          []change
	}{
		{without, two, []change{{"witnesses keys a-w", "", shown("a-w", "a", "2")}, {"witnesses keys free", "", shown("free", "", "3")}, {"witnesses quorum", "", "2"}}},
		{two, without, []change{{"witnesses keys a-w", shown("a-w", "a", "2"), ""}, {"witnesses keys free", shown("free", "", "3"), ""}, {"witnesses quorum", "2", ""}}},
		{two, other, []change{{"witnesses colluding", "", "0"}, {"witnesses keys a-w unit", "a", "b"}, {"witnesses keys free key", key("3"), key("4")}, {"witnesses quorum", "2", ""}}},
	} {
		var list [2]*events.Regulation
		for i, source := range []string{c.before, c.after} {
			r, err := events.ParseRegulation("regulation.yaml", []byte(source))
			if err != nil {
				t.Fatal(err)
			}
			list[i] = r
		}
		if got, err := regulationChanges(list[0], list[1]); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("got %q, %v\nwant %q", got, err, c.want)
		}
	}
}
