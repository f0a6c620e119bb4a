package events

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// many is format for each of n numbers.
func many(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestRegulationLimits(t *testing.T) {
	t.Parallel()
	regulation := func(levels, items, clusters string) string {
		return "id: c\nlevels: [" + levels + "]\ncriteria: {default: {items: [" + items + "]}}\nclusters: [" + clusters + "]\n"
	}
	const level, item, cluster = "{id: l, scorers: any}", "{id: A, method: graded}", "{id: k, criteria: default, units: [{id: u}]}"
	unitsOf := func(units string) string { return "{id: k, criteria: default, units: [" + units + "]}" }
	title := `"` + strings.Repeat("x", 8000) + `"`
	for _, c := range []struct {
		name, at, above, want string // at is accepted, above is refused
	}{
		{"levels", regulation(many(maxLevels, "{id: l%d, scorers: any},"), item, cluster),
			regulation(many(maxLevels+1, "{id: l%d, scorers: any},"), item, cluster), "levels: there are 65; at most 64"},
		{"leaves", regulation(level, many(maxLeaves, "{id: A%d, method: graded},"), cluster),
			regulation(level, item+",{id: G, items: ["+many(maxLeaves, "{id: A%d, method: graded},")+"]}", cluster), "more than 5000 leaves"},
		{"clusters", regulation(level, item, many(maxClusters, "{id: k%d, criteria: default, units: [{id: u}]},")),
			regulation(level, item, many(maxClusters+1, "{id: k%d, criteria: default, units: [{id: u}]},")), "clusters: there are 1001"},
		{"units", regulation(level, item, unitsOf(many(maxUnits, "{id: u%d},"))),
			regulation(level, item, unitsOf(many(maxUnits+1, "{id: u%d},"))), "units: there are 10001"},
		{"canonical bytes", regulation(level, item, unitsOf(many(90, "{id: u%d, title: "+title+"},"))),
			regulation(level, item, unitsOf(many(100, "{id: u%d, title: "+title+"},"))), "fit the record that opens the campaign"},
		{"depth", regulation(level, many(15, "{id: G%d, items: [")+item+strings.Repeat("]}", 15), cluster),
			regulation(level, many(16, "{id: G%d, items: [")+item+strings.Repeat("]}", 16), cluster), "nest deeper than 16"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			checkRoundTrips(t, mustParse(t, "at the limit", []byte(c.at)))
			_, err := ParseRegulation("above", []byte(c.above))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestRegulationErrorCollectsAndSorts(t *testing.T) {
	t.Parallel()
	src := "zzz: 1\nid: C\nlevels: [{id: l, scorers: any}]\ncriteria: {default: {items: [{id: A, method: graded}]}}\n" +
		"clusters:\n  - id: k\n    criteria: default\n    units:\n" + many(2000, "      - {id: U%d}\n")
	_, err := ParseRegulation("year.yaml", []byte(src))
	var refused *RegulationError
	if !errors.As(err, &refused) || len(refused.Problems) != maxProblemsKept {
		t.Fatalf("got %v", err)
	}
	if p := refused.Problems[2]; p.Path != "clusters[0].units[0].id" || p.Line != 9 || p.Col != 14 {
		t.Errorf("third problem: %+v", p)
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != maxProblemsShown+1 || !strings.HasPrefix(lines[0], `year.yaml:1:1: unknown key "zzz"; `) ||
		lines[1] != `year.yaml:2:5: id: "C" is not an id; use 1 to 63 of a-z, 0-9 and hyphens, not a hyphen first` ||
		lines[maxProblemsShown] != "year.yaml: and 980 more; repair these first" {
		t.Errorf("got:\n%v", err)
	}
}

// A stated max counts adjustments or leaves them out; nested groups count as what they state or add up to.
func TestRegulationGroupMax(t *testing.T) {
	t.Parallel()
	small := string(readTestdata(t, "small.yaml"))
	const items = "{id: a, method: graded, max: 10, weight: 1.25}, {id: b, method: adjustment, min: -5, max: 3}, {id: n, items: [{id: x, method: passfail, max: 2}]}"
	for stated, accepted := range map[string]bool{"14.5": true, "17.5": true, "14.500": true, "12.5": false, "12": false, "15": false} {
		src := strings.Replace(small, "      - id: G\n", "      - {id: S, max: "+stated+", items: ["+items+"]}\n      - id: G\n", 1)
		if _, err := ParseRegulation("r.yaml", []byte(src)); (err == nil) != accepted {
			t.Errorf("max %s: %v", stated, err)
		}
	}
}
