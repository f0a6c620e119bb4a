package events

import (
	"fmt"
	"strings"
	"testing"
)

// edge is a limit of the regulation that TestRegulationLimits does not have: a part of a regulation as it is at the limit, and one above.
type edge struct {
	name, at, above string
	limit           string // as the error names it
	only            bool   // at is refused too, for another reason: so many make no sense
}

// edges of what stands in one place of a regulation; see TestRegulationEdges for the places.
func edges() map[string][]edge {
	leaf := func(rest string) string { return "{id: A, " + rest + "}" }
	list := func(n int) string { return strings.TrimSuffix(strings.Repeat("0, ", n), ", ") }
	return map[string][]edge{
		"item": {
			{"a weight", leaf("method: graded, max: 1, weight: 1000000"), leaf("method: graded, max: 1, weight: 1000000.000001"), "1000000", false},
			{"points each", leaf("method: count, max: 1, each: 1000000"), leaf("method: count, max: 1, each: 1000001"), "1000000", false},
			{"a table", leaf("method: ordinal, table: [" + list(maxTable) + "]"), leaf("method: ordinal, table: [" + list(maxTable+1) + "]"), fmt.Sprint(maxTable), false},
			{"trim", leaf("method: graded, max: 1, aggregate: {method: trimmed-mean, trim: 1000}"), leaf("method: graded, max: 1, aggregate: {method: trimmed-mean, trim: 1001}"), fmt.Sprint(MaxTrim), false},
			{"places of an aggregate", leaf("method: graded, max: 1, aggregate: {method: mean, places: 6}"), leaf("method: graded, max: 1, aggregate: {method: mean, places: 7}"), fmt.Sprint(maxPlaces), false},
			{"decimal places", leaf("method: graded, max: 0.000001"), leaf("method: graded, max: 0.0000001"), fmt.Sprint(MaxDecimalPlaces), false},
			{"digits", leaf("method: graded, max: 100000000000"), leaf("method: graded, max: 1" + strings.Repeat("0", maxIntegerDigits)), fmt.Sprint(maxIntegerDigits), false},
		},
		"level": {
			{"scorers", "{id: l, scorers: [" + many(maxScorerIDs, "s%d,") + "]}", "{id: l, scorers: [" + many(maxScorerIDs+1, "s%d,") + "]}", fmt.Sprint(maxScorerIDs), false},
			{"an id", "{id: " + strings.Repeat("a", maxIDBytes) + ", scorers: any}", "{id: " + strings.Repeat("a", maxIDBytes+1) + ", scorers: any}", fmt.Sprint(maxIDBytes), false},
		},
		"top": {
			{"delay", "delay: 3650d", "delay: 3651d", "3650d", false},
			{"delay in hours", fmt.Sprintf("delay: %dh", maxDelayDays*24), fmt.Sprintf("delay: %dh", maxDelayDays*24+1), "3650d", false},
			{"seats", "council: {seats-per-unit: 1000}", "council: {seats-per-unit: 1001}", fmt.Sprint(maxSeats), false},
			{"a fraction", "endorse: 99999999/100000000", "endorse: 99999999/100000001", "", false},
			{"the calendar", "calendar: [" + many(maxDeadlines, "{for: l%d, until: 2017-01-01T00:00},") + "]", "calendar: [" + many(maxDeadlines+1, "{for: l%d, until: 2017-01-01T00:00},") + "]", fmt.Sprint(maxDeadlines), true},
			{"awards", "awards: [" + many(maxAwards, "{id: a%d, title: t, places: 1},") + "]", "awards: [" + many(maxAwards+1, "{id: a%d, title: t, places: 1},") + "]", fmt.Sprint(maxAwards), true},
			{"members", "members: [" + many(maxMembers, "{id: m%d},") + "]", "members: [" + many(maxMembers+1, "{id: m%d},") + "]", fmt.Sprint(maxMembers), true},
			{"a text", `notice: "` + strings.Repeat("x", MaxTextBytes) + `"`, `notice: "` + strings.Repeat("x", MaxTextBytes+1) + `"`, fmt.Sprint(MaxTextBytes), false},
		},
		"ties": {{"ties", many(maxTies, "A%d,"), many(maxTies+1, "A%d,"), fmt.Sprint(maxTies), true}},
		"sets": {{"criteria sets", many(maxSets-1, "s%d: {items: [{id: A, method: graded}]}, "), many(maxSets, "s%d: {items: [{id: A, method: graded}]}, "), fmt.Sprint(maxSets), true}},
	}
}

// TestRegulationEdges: what is at a limit is accepted (or refused for another reason), what is one above is refused with the limit.
func TestRegulationEdges(t *testing.T) {
	t.Parallel()
	in := func(place, text string) []byte {
		of := func(name, otherwise string) string {
			if name == place {
				return text
			}
			return otherwise
		}
		return []byte("id: c\nlevels: [" + of("level", "{id: l, scorers: any}") + "]\ncriteria: {" + of("sets", "") + "default: {items: [" + of("item", "{id: A, method: graded}") +
			"]}}\nclusters: [{id: k, criteria: default, ranking: {ties: [" + of("ties", "A") + "]}, units: [{id: u}]}]\n" + of("top", "") + "\n")
	}
	for place, list := range edges() {
		for _, e := range list {
			t.Run(e.name, func(t *testing.T) {
				t.Parallel()
				_, above := ParseRegulation("above", in(place, e.above))
				limit := e.limit
				if e.only { // there are other errors beside
					limit = "at most " + limit
				}
				if above == nil || !strings.Contains(above.Error(), limit) {
					t.Errorf("above the limit: %.300v; it should name %q", above, limit)
				}
				_, at := ParseRegulation("at", in(place, e.at))
				if !e.only && at != nil {
					t.Errorf("at the limit: %.300v", at)
				}
				if e.only && at != nil && strings.Contains(at.Error(), "at most "+e.limit) {
					t.Errorf("at the limit it is refused for the limit: %.300v", at)
				}
			})
		}
	}
}
