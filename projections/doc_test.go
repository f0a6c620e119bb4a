package projections

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"campaignledger/events"
)

// ruleLines renders the rules as the package doc shows them.
func ruleLines() (lines []string) {
	cells := [][]string{{"type", "who", "stages", "closed", "unsigned", "endorsement", "effect"}}
	tick := map[bool]string{true: "yes", false: "-"}
	for _, r := range Rules() {
		who := "all"
		if len(r.Roles) > 0 {
			who = strings.Join(r.Roles, ", ")
		}
		who += map[Whose]string{WhoseAny: "", WhoseLead: " of the lead", WhoseSubject: " of the subject", WhoseScorer: " for the scorer",
			WhoseOther: " of another unit"}[r.Whose]
		stages := "before all"
		if r.From != "" {
			stages = strings.ReplaceAll(span(r.From, r.Until), " to ", "–")
		}
		joint := r.Joint
		if joint == "" {
			joint = "-"
		}
		cells = append(cells, []string{string(r.Type), who, stages, tick[r.Closed], tick[r.Unsigned], joint, r.Effect})
	}
	widths := make([]int, len(cells[0]))
	for _, row := range cells {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range cells {
		line := "//\t"
		for i, cell := range row {
			line += cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

// TestDocShowsTheRules: the table in the package doc is what admits.
func TestDocShowsTheRules(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Join(ruleLines(), "\n") + "\n"; !strings.Contains(string(source), want) {
		t.Errorf("the table in doc.go is not that of Rules(), which is\n%s", want)
	}
}

// TestRulesAreWhole: one rule for each type, in order, and one kind for each.
func TestRulesAreWhole(t *testing.T) {
	t.Parallel()
	var types []events.Type
	for _, r := range Rules() {
		types = append(types, r.Type)
		if r.Effect == "" || r.Whose == "" || r.From != "" && stageIndex(r.From) > stageIndex(r.Until) {
			t.Errorf("the rule of %s is %+v", r.Type, r)
		}
	}
	if !slices.Equal(types, events.Types()) {
		t.Errorf("the rules are about %v", types)
	}
	for k, r := range ruleTable() {
		if r == nil || kindOf(r.Type) != kind(k) {
			t.Errorf("the rule of kind %d is %+v", k, r)
		}
	}
}
