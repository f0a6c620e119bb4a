package projections

import (
	"fmt"
	"strings"
	"testing"

	"campaignledger/events"
)

// leafTrial is a campaign of one leaf L, given as YAML without its id, and n units a, b, c ….
func leafTrial(t *testing.T, leaf string, places, n int) *trial {
	t.Helper()
	var units []string
	for i := range n {
		units = append(units, fmt.Sprintf("{id: %c}", 'a'+i))
	}
	return openTrial(t, fmt.Sprintf(`
id: trial
levels: [{id: open, scorers: any}]
criteria: {default: {rounding: {places: %d}, items: [{id: L, %s}]}}
clusters: [{id: one, criteria: default, units: [%s]}]
`, places, leaf, strings.Join(units, ", ")))
}

func TestWorkedTargetCase(t *testing.T) {
	t.Parallel()
	c := leafTrial(t, "method: target, max: 5, base: 0.5", 2, 7)
	actuals := []string{"0", "1", "5", "12", "1", "3", "0"}
	for i, a := range actuals {
		unit := string(rune('a' + i))
		c.must(c.say(unit, target("L", "ministry", "1")))
		c.must(c.say(unit, actual("L", "open", "j1", a)))
	}
	for i, want := range []string{"0.00", "2.50", "3.41", "5.00", "2.50", "2.95", "0.00"} {
		c.points(string(rune('a'+i)), "L", want)
	}
	// The leader's actual is withdrawn: 5 leads now, and 3 is half as far above the target.
	c.must(c.say("d", &events.EntryWithdrawn{Of: c.list[8].ID, Reason: "not proven"}))
	for i, want := range []string{"0.00", "2.50", "5.00", "0.00", "2.50", "3.75", "0.00"} {
		c.points(string(rune('a'+i)), "L", want)
	}
	if missing := c.row("d").Missing; len(missing) != 1 || missing[0] != "L" {
		t.Errorf("missing %v", missing)
	}
}

func TestPointsByHand(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		leaf   string
		places int
		kind   events.MarkKind
		marks  string // of units a, b …; a unit's scorers are set apart by +
		want   string
	}{
		{"method: graded", 2, events.MarkPoints, "1.005 1.004999 0 999999999999.999999", "1.01 1.00 0.00 1000000000000.00"},
		{"method: graded", 0, events.MarkPoints, "0.5 1.5 0.499999 2.5", "1 2 0 3"},
		{"method: graded", 6, events.MarkPoints, "999999999999.999999 0.000001", "999999999999.999999 0.000001"},
		{"method: graded, weight: 1.2", 2, events.MarkPoints, "185.5 0.004 0.0042", "222.60 0.00 0.01"},
		{"method: graded, weight: 1000000", 6, events.MarkPoints, "999999999999.999999", "999999999999999999.000000"},
		{"method: graded, aggregate: {method: mean}", 6, events.MarkPoints, "1+1+2 1+2", "1.333333 1.500000"},
		{"method: graded, aggregate: {method: mean, places: 1}", 2, events.MarkPoints, "1+1.1 1+1+1.1", "1.10 1.00"},
		{"method: graded, weight: 3, aggregate: {method: mean}", 2, events.MarkPoints, "1+1+2 0+0+1", "4.00 1.00"},
		{"method: graded, aggregate: {method: sum}", 2, events.MarkPoints, "1+2+3.555", "6.56"},
		{"method: graded, aggregate: {method: median}", 2, events.MarkPoints, "1+9+3 1+9+3+4 7", "3.00 3.50 7.00"},
		{"method: graded, aggregate: {method: trimmed-mean}", 2, events.MarkPoints, "0+5+6+10 0+10 0+4+10", "5.50 5.00 4.00"},
		{"method: graded, aggregate: {method: trimmed-mean, trim: 2}", 2, events.MarkPoints, "0+1+5+6+10 0+1+5+6", "5.00 3.00"},
		{"method: adjustment, min: -2, max: 3", 2, events.MarkPoints, "1+-2.5 -3 2+2", "-1.50 -2.00 3.00"},
		{"method: adjustment", 1, events.MarkPoints, "-0.05 -0.049999 -0.25 0.25", "-0.1 0.0 -0.3 0.3"},
		{"method: adjustment, weight: 0.5", 0, events.MarkPoints, "-1 -3 -0.999999", "-1 -2 0"},
		{"method: adjustment", 6, events.MarkPoints, "-999999999999.999999+-999999999999.999999", "-1999999999999.999998"},
		{"method: passfail, max: 4, aggregate: {method: mean}", 2, events.MarkActual, "1 0 1+1+0", "4.00 0.00 2.67"},
		{"method: count, each: 2, max: 20", 2, events.MarkActual, "3 10 11 2.5", "6.00 20.00 20.00 5.00"},
		{"method: count, each: 1000000", 0, events.MarkActual, "999999999999.999999", "999999999999999999"},
		{"method: proportional, max: 30", 2, events.MarkActual, "1 2 3 0", "10.00 20.00 30.00 0.00"},
		{"method: proportional, max: 30", 2, events.MarkActual, "0 0", "0.00 0.00"},
		{"method: proportional, max: 1, aggregate: {method: mean}", 6, events.MarkActual, "1+2+2 1+1+1", "1.000000 0.600000"},
		{"method: ordinal, table: [12, 10, 8], aggregate: {method: sum}", 2, events.MarkPlace, "1+2 2+1 3+4", "22.00 22.00 8.00"},
		{"method: ordinal, table: [12, 10, 8], aggregate: {method: mean}", 2, events.MarkPlace, "1+2 2+3 4+1", "11.00 9.00 6.00"},
	} {
		t.Run(x.leaf+" "+x.marks, func(t *testing.T) {
			t.Parallel()
			c := leafTrial(t, x.leaf, x.places, len(strings.Fields(x.marks)))
			for i, marks := range strings.Fields(x.marks) {
				for j, m := range strings.Split(marks, "+") {
					c.must(c.say(string(rune('a'+i)), score("L", "open", fmt.Sprintf("j%d", j), x.kind, m)))
				}
			}
			for i, want := range strings.Fields(x.want) {
				c.points(string(rune('a'+i)), "L", want)
			}
		})
	}
}

func TestAdjustmentItems(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation)
	for _, item := range []string{"", "flood", "fire"} {
		p := points("A", "open", "j1", "5")
		p.Item = item
		c.must(c.say("a", p))
	}
	c.must(c.say("a", points("A", "open", "j2", "1.5")))
	c.points("a", "A", "16.50")
	p := because(points("A", "open", "j1", "-1"))
	p.Item = "fire"
	c.must(c.say("a", p))
	c.points("a", "A", "10.50")
}

func TestTargetWithoutItsHalf(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation)
	c.must(c.say("a", actual("T", "open", "j1", "7")))
	c.points("a", "T", "0.00")
	c.must(c.say("b", target("T", "a", "2")))
	for _, unit := range []string{"a", "b"} {
		if s := c.row(unit); s.Complete || !strings.Contains(strings.Join(s.Missing, " "), "T") {
			t.Errorf("%s: complete %v, missing %v", unit, s.Complete, s.Missing)
		}
	}
	c.must(c.say("a", target("T", "b", "3.5")))
	c.points("a", "T", "5.00")
}

func TestFourKindsOfNothing(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation)
	c.must(c.say("a", points("M", "open", "j1", "0")))
	c.must(c.say("a", points("M", "open", "j2", "6")))
	c.must(c.say("a", score("M", "open", "j3", events.MarkAbstained, "")))
	c.must(c.say("a", score("M", "open", "j4", events.MarkRecused, "")))
	c.points("a", "M", "3.00") // zero takes part, the others do not
	c.must(c.say("b", score("M", "open", "j1", events.MarkAbstained, "")))
	if missing := c.row("b").Missing; !strings.Contains(strings.Join(missing, " "), "M") {
		t.Errorf("missing %v", missing)
	}
	if missing := c.row("c").Missing; strings.Contains(strings.Join(missing, " "), "T") {
		t.Errorf("not assigned, yet missing: %v", missing)
	}
}

func TestHighestLevelThatHasAValue(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation)
	c.must(c.say("a", points("G", "self", "a", "10")))
	c.must(c.say("a", score("G", "jury", "j1", events.MarkAbstained, "")))
	c.points("a", "G", "10.00")
	e := c.must(c.say("a", points("G", "led", "a", "4")))
	c.points("a", "G", "4.00")
	c.must(c.say("a", &events.EntryWithdrawn{Of: e.ID, Reason: "wrong"}))
	c.points("a", "G", "10.00")
}

func TestSwaps(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation)
	for i, unit := range []string{"a", "b", "c"} {
		c.must(c.say(unit, place("O", "open", "j1", fmt.Sprint(i+1))))
	}
	change := func(to string) *events.ScoreEntered { return because(place("O", "open", "j1", to)) }
	_, err := c.say("a", change("2"))
	c.refused(err, CodePlaceTaken)
	if err := c.bodyOf("a", change("2"), "b", change("1")); err != nil {
		t.Fatal(err)
	}
	c.points("a", "O", "10.00")
	c.points("b", "O", "12.00")
	// Round in a circle, all three at once: every place is held twice in between.
	if err := c.bodyOf("a", change("1"), "b", change("3"), "c", change("2")); err != nil {
		t.Fatal(err)
	}
	// The first clash ends and the second does not: the refusal names the one that is left.
	c.must(c.say("a", place("O", "open", "j2", "1")))
	err = c.bodyOf("b", place("O", "open", "j2", "1"), "a", change("3"), "b", change("1"))
	if r := c.refused(err, CodePlaceTaken); !strings.Contains(r.Problem, "scorer j2 gives place 1") {
		t.Errorf("the refusal names another clash: %s", r.Problem)
	}
	// An abstention frees a place.
	c.must(c.say("a", because(score("O", "open", "j1", events.MarkAbstained, ""))))
	c.must(c.say("c", change("1")))
	requireSame(t, fold(t, c.list), c.live)
}

func TestTieDecisionHoldsAndIsVoid(t *testing.T) {
	t.Parallel()
	c := openTrial(t, strings.Replace(trialRegulation, "lead: a", "lead: a\n    ranking: {method: dense}", 1))
	for _, unit := range []string{"a", "b", "c"} {
		c.must(c.say(unit, points("G", "open", "j1", "5")))
	}
	decide := func(points string, order ...string) {
		c.must(c.say("", &events.TieDecided{Cluster: "one", Order: order, Points: decimal(points), Reason: "drawn"}))
	}
	ranks := func(want string) {
		t.Helper()
		var got []string
		for _, s := range c.live.Standings().Clusters[0].Rows {
			got = append(got, fmt.Sprintf("%s%d", s.Unit, s.Rank))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("ranks %v, want %s", got, want)
		}
	}
	ranks("a1 b1 c1")
	decide("5", "b", "a") // c ties as well
	ranks("a1 b1 c1")
	if notes := c.row("a").Notes; len(notes) != 1 || !strings.Contains(notes[0], "void") {
		t.Errorf("notes %q", notes)
	}
	decide("4", "c", "a", "b")
	ranks("a1 b1 c1")
	decide("5", "c", "a", "b")
	ranks("c1 a2 b3")
	c.must(c.say("c", because(points("G", "open", "j1", "6"))))
	ranks("c1 b2 a3") // now exactly a and b tie at 5
	c.must(c.say("c", because(points("G", "open", "j1", "5"))))
	ranks("c1 a2 b3")
}
