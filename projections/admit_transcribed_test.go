package projections

import (
	"testing"
	"time"

	"campaignledger/events"
)

// TestTranscriptionKeepsOff the scorer's own word and what it confirmed; what waits still may be corrected.
func TestTranscriptionKeepsOff(t *testing.T) {
	t.Parallel()
	again := func() *events.ScoreEntered { return transcribed(because(points("G", "self", "b", "3"))) }
	confirms := func(author string, of events.Event) func(c *signed) {
		return func(c *signed) { c.does(author, "", endorse(of, events.EndorseAgree)) }
	}
	imports := func(c *signed) events.Event {
		_, commits := c.imports("a-officer", fileOf("marks.csv", importRowOf("b", points("G", "self", "b", "8"))))
		c.must(commits[0][0], c.body(commits[0]...))
		return commits[0][0]
	}
	for _, x := range []struct {
		name     string
		given    func(c *signed)
		waits    bool // the mark does: it may be replaced
		withdraw bool // by a-officer
	}{
		{"own", func(c *signed) { c.does("b-head", "b", points("G", "self", "b", "8")) }, false, false},
		{"own, by another clerk", func(c *signed) { c.does("b-reviewer", "b", points("G", "self", "b", "8")) }, false, false},
		{"waits", copied, true, true},
		{"waits, of an import", func(c *signed) { imports(c) }, true, true},
		{"confirmed", func(c *signed) { copied(c); confirms("b-officer", c.list[len(c.list)-1])(c) }, false, false},
		{"confirmed with its import", func(c *signed) { confirms("b-head", imports(c))(c) }, false, false},
		{"own over what waited", func(c *signed) { copied(c); c.does("b-head", "b", because(points("G", "self", "b", "8"))) }, false, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			c := signedAt(t, scoring)
			x.given(c)
			mark := c.lastOf(isMark)
			require := func(what string, err error, allowed bool) {
				t.Helper()
				if allowed && err != nil {
					t.Errorf("%s: %v", what, err)
				} else if !allowed && c.refused(err, CodeScorer).Field != "scorer" {
					t.Errorf("%s: %v", what, err)
				}
			}
			withdrawal := &events.EntryWithdrawn{Of: mark.ID, Reason: "wrong"}
			require("withdrawn by who entered it", c.would("a-officer", "b", withdrawal), x.withdraw)
			require("withdrawn by another of the lead", c.would("a-head", "b", withdrawal), false)
			require("withdrawn by the scorer", c.would("b-officer", "b", withdrawal), true)
			require("replaced by another of the lead", c.would("a-head", "b", again()), x.waits)
			require("replaced by the scorer", c.would("b-head", "b", because(points("G", "self", "b", "4"))), true)

			f := fileOf("again.csv", importRowOf("b", because(points("G", "self", "b", "3"))))
			f.Author = "a-reviewer"
			plan, err := c.live.PlanImport(f, c.now)
			if err != nil {
				t.Fatal(err)
			}
			if x.waits {
				requireFates(t, plan, RowReplaces)
			} else {
				requireFates(t, plan, RowBad)
				require("replaced by an import", plan.Outcomes[0].Err, false)
			}
			_, err = c.by("a-officer", "b", again())
			require("replaced by who entered it", err, x.waits)
			want := "8.00"
			if x.waits {
				want = "0.00" // so does what replaced it
			}
			c.points("b", "G", want)
			requireSame(t, fold(t, c.list), c.live)
		})
	}
}

// TestConfirmedInTheSameBody is confirmed: where commits end must not matter.
func TestConfirmedInTheSameBody(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring)
	copied(c)
	mark := c.list[len(c.list)-1]
	c.now = c.now.Add(time.Second)
	agrees := c.event("b-head", "", endorse(mark, events.EndorseAgree))
	next := func(e *events.Event) { e.Seq++ }
	c.refused(c.body(agrees, c.event("a-officer", "b", transcribed(because(points("G", "self", "b", "3"))), next)), CodeScorer)
	c.refused(c.body(agrees, c.event("a-officer", "b", &events.EntryWithdrawn{Of: mark.ID, Reason: "wrong"}, next)), CodeScorer)
	c.must(agrees, c.body(agrees))
}

// TestOfficialTranscription counts at once, but not about the unit of who enters it, and never in place of the scorer's own word.
func TestOfficialTranscription(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring, "endorse: 2/3", "endorse: 2/3\ntranscribed: official")
	jury := func(amount string) *events.ScoreEntered { return transcribed(points("G", "jury", "b-council", amount)) }
	own := c.does("a-officer", "a", jury("7"))
	c.points("a", "G", "0.00")
	if notes := c.row("a").Notes; len(notes) != 1 {
		t.Errorf("the notes are %q", notes)
	}
	c.does("a-officer", "c", jury("6"))
	c.points("c", "G", "6.00")
	c.does("a-head", "c", because(jury("5")))
	c.points("c", "G", "5.00")
	c.does("b-council", "", endorse(own, events.EndorseAgree))
	c.points("a", "G", "7.00")
	c.refuses(CodeScorer, "a-head", "a", because(jury("9"))) // what waited, and was confirmed
	c.refuses(CodeScorer, "a-officer", "a", &events.EntryWithdrawn{Of: own.ID, Reason: "no"})
	requireSame(t, fold(t, c.list), c.live)

	c.does("b-council", "c", because(points("G", "jury", "b-council", "4")))
	c.refuses(CodeScorer, "a-head", "c", because(jury("9")))
	c.does("b-officer", "b", points("G", "self", "b", "3"))
	c.refuses(CodeScorer, "a-head", "b", transcribed(because(points("G", "self", "b", "9"))))

	rows := []ImportRow{importRowOf("a", points("E", "jury", "b-council", "3")), importRowOf("c", points("E", "jury", "b-council", "2"))}
	_, commits := c.imports("a-officer", fileOf("jury.csv", rows...))
	c.must(commits[0][0], c.body(commits[0]...))
	c.points("a", "E", "0.00")
	c.points("c", "E", "2.00")
	c.does("b-council", "", endorse(commits[0][0], events.EndorseAgree))
	c.points("a", "E", "3.00")
	requireSame(t, fold(t, c.list), c.live)
}
