package projections

import (
	"fmt"
	"slices"
	"testing"

	"campaignledger/events"
)

func TestMarksBehindAUnitsPoints(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation)
	c.must(c.say("b", points("M", "cross", "c", "4.5")))              // 2
	c.must(c.say("b", points("M", "cross", "a", "5")))                // 3
	c.must(c.say("b", actual("T", "open", "j1", "3")))                // 4
	c.must(c.say("b", target("T", "a", "2")))                         // 5
	c.must(c.say("b", points("G", "self", "b", "9")))                 // 6
	c.must(c.say("b", because(points("G", "self", "b", "8"))))        // 7 replaces 6
	c.must(c.say("b", points("G", "open", "j1", "7")))                // 8
	e := c.must(c.say("b", points("A", "open", "j1", "1")))           // 9
	c.must(c.say("b", &events.EntryWithdrawn{Of: e.ID, Reason: "w"})) // 10
	c.must(c.say("b", score("P", "open", "j1", events.MarkRecused, "")))
	c.must(c.say("a", points("G", "open", "j1", "1")))
	for _, x := range []struct {
		unit, level string
		want        []string
	}{
		{"b", "", []string{"8 G open j1 7", "7 G self b 8", "2 M cross c 4.5", "3 M cross a 5", "5 T  a 2", "4 T open j1 3", "11 P open j1 recused"}},
		{"b", "cross", []string{"2 M cross c 4.5", "3 M cross a 5", "5 T  a 2"}},
		{"b", "self", []string{"7 G self b 8", "5 T  a 2"}},
		{"a", "", []string{"12 G open j1 1"}},
		{"c", "", nil},
	} {
		var got []string
		for _, m := range c.live.Marks("one", x.unit, x.level) {
			got = append(got, fmt.Sprintf("%d %s %s %s %s%s%s%s", m.Seq, m.Criterion, m.Level, m.Scorer, m.Points, m.Actual, m.Target, m.Mark))
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("unit %s, level %q:\n got %q\nwant %q", x.unit, x.level, got, x.want)
		}
	}
	for _, x := range [][3]string{{"two", "a", ""}, {"one", "z", ""}, {"one", "a", "z"}} {
		if got := c.live.Marks(x[0], x[1], x[2]); got != nil {
			t.Errorf("marks of %v: %v, want nil", x, got)
		}
	}
	if got := NewLive().Marks("one", "a", ""); got != nil {
		t.Errorf("marks before the opening: %v", got)
	}
}
