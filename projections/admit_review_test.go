package projections

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// authorRules are about who may enter a mark for whom, and with what.
func authorRules() []signedRule {
	enters := func(author, unit string, p *events.ScoreEntered) func(c *signed) error {
		return says(author, unit, is(p))
	}
	lead := func(unit, amount string) *events.ScoreEntered { return points("G", "cluster", "a", amount) }
	jury := func(member string, kind events.MarkKind) *events.ScoreEntered {
		p := score("G", "jury", member, kind, "")
		if kind == events.MarkPoints {
			p.Mark.Amount = events.Whole(1)
		}
		return p
	}
	evidence := func(text string) *events.ScoreEntered {
		p := points("E", "self", "b", "5")
		p.Evidence = text
		return p
	}
	good := "sha256:" + hash("1")
	return []signedRule{
		{name: "for another", code: CodeScorer, field: "scorer", at: scoring, accept: enters("a-officer", "b", transcribed(points("G", "self", "b", "1"))),
			refuse: enters("a-officer", "b", points("G", "self", "b", "1"))},
		{name: "transcribed by no lead", code: CodeRole, field: "author", at: scoring, edits: []string{"endorse: 2/3", "endorse: 2/3\ntranscribed: official"}, accept: enters("a-head", "b", transcribed(points("G", "self", "b", "1"))),
			refuse: enters("c-head", "b", transcribed(points("G", "self", "b", "1")))},
		{name: "transcribed by no clerk", code: CodeRole, field: "author", at: scoring, accept: enters("a-reviewer", "b", transcribed(points("G", "self", "b", "1"))),
			refuse: enters("a-council", "b", transcribed(points("G", "self", "b", "1")))},
		{name: "no seat", code: CodeScorer, field: "scorer", at: scoring, accept: enters("b-council", "c", jury("b-council", events.MarkPoints)), refuse: enters("b-head", "c", jury("b-head", events.MarkPoints))},
		{name: "recuse own", code: CodeConflict, field: "scorer", at: scoring, accept: enters("b-council", "b", jury("b-council", events.MarkRecused)), refuse: enters("b-council", "b", jury("b-council", events.MarkPoints))},
		{name: "recuse own lead", code: CodeConflict, field: "scorer", at: scoring, accept: enters("a-council", "a", jury("a-council", events.MarkRecused)), refuse: enters("a-council", "a", jury("a-council", events.MarkAbstained))},
		{name: "the lead itself", code: CodeConflict, field: "author", at: scoring, accept: enters("a-reviewer", "b", lead("b", "3")), refuse: enters("a-reviewer", "a", lead("a", "3"))},
		{name: "none", code: CodeEvidence, field: "evidence", at: scoring, accept: enters("b-head", "b", evidence(good)), refuse: enters("b-head", "b", evidence(""))},
		{name: "none above", code: CodeEvidence, field: "evidence", at: scoring, accept: enters("a-head", "b", points("E", "cluster", "a", "1")), refuse: enters("b-head", "b", evidence(""))},
		{name: "none of nothing", code: CodeEvidence, field: "evidence", at: scoring, accept: enters("b-head", "b", score("E", "self", "b", events.MarkAbstained, "")), refuse: enters("b-head", "b", evidence(""))},
		{name: "two", code: CodeEvidence, field: "evidence", at: scoring, accept: enters("b-head", "b", evidence(good+" unit:"+good)), refuse: enters("b-head", "b", evidence(good+"  "+good))},
		{name: "a name", code: CodeEvidence, field: "evidence", at: scoring, accept: enters("b-head", "b", evidence(good)), refuse: enters("b-head", "b", evidence("report.pdf"))},
		{name: "own target", code: CodeScorer, field: "scorer", accept: says("b-head", "c", is(target("T", "b", "1"))), refuse: says("c-head", "c", is(target("T", "c", "1")))},
		{name: "target by a member of the unit", code: CodeConflict, field: "author", accept: says("b-head", "c", is(target("T", "b-head", "1"))), refuse: says("c-head", "c", is(target("T", "c-head", "1")))},
		{name: "target for another", code: CodeScorer, field: "scorer", accept: says("b-head", "c", is(target("T", "b", "1"))), refuse: says("b-head", "c", is(target("T", "a", "1")))},
		{name: "withdraw another's", code: CodeScorer, field: "scorer", at: scoring, given: copied, accept: withdrawsLast("b-reviewer"), refuse: withdrawsLast("c-head")},
		{name: "withdraw what one entered", code: CodeScorer, field: "scorer", at: scoring, given: copied, accept: withdrawsLast("a-officer"), refuse: withdrawsLast("a-reviewer")},
		{name: "council withdraws", code: CodeRole, field: "author", at: scoring, given: func(c *signed) {
			c.does("b-council", "c", jury("b-council", events.MarkPoints))
		}, accept: withdrawsLast("b-council"), refuse: withdrawsLast("auditor")},
		{name: "rows are not signed", code: CodeImport, field: "signature", at: scoring, accept: importsRow(false), refuse: importsRow(true)},
	}
}

// importsRow tells an import of one row, which is signed or not.
func importsRow(sign bool) func(c *signed) error {
	return func(c *signed) error {
		_, commits := c.imports("b-officer", fileOf("f.csv", importRowOf("b", points("G", "self", "b", "5"))))
		list := commits[0]
		if sign {
			list[1] = c.sign(list[1], privateKey("b-officer", 1), c.genesis())
		}
		return c.body(list...)
	}
}

// withdrawsLast withdraws the newest event.
func withdrawsLast(author string) func(c *signed) error {
	return func(c *signed) error {
		e := c.list[len(c.list)-1]
		return says(author, e.Subject, is(&events.EntryWithdrawn{Of: e.ID, Reason: "wrong"}))(c)
	}
}

// reviewRules are about returns and explanations.
func reviewRules() []signedRule {
	returns := func(author, unit string, of func(c *signed) uuid.UUID) func(c *signed) error {
		return says(author, unit, func(c *signed) events.Payload { return &events.ScoreReturned{Of: of(c), Reason: "say more"} })
	}
	explains := func(author, unit string, of func(c *signed) uuid.UUID) func(c *signed) error {
		return says(author, unit, func(c *signed) events.Payload {
			return &events.ExplanationFiled{Of: of(c), Text: events.Words{Text: "because"}}
		})
	}
	mark := func(c *signed) uuid.UUID { return c.lastOf(isMark).ID }
	opening := func(c *signed) uuid.UUID { return c.list[0].ID }
	scored := func(c *signed) { c.does("b-head", "b", points("G", "self", "b", "1")) }
	led := func(c *signed) { c.does("a-head", "b", points("G", "cluster", "a", "1")) }
	return []signedRule{
		{name: "no mark", code: CodeUnknownEvent, field: "of", at: scoring, given: scored, accept: returns("a-head", "b", mark), refuse: returns("a-head", "b", opening)},
		{name: "of another unit", code: CodeUnknownUnit, field: "subject", at: scoring, given: scored, accept: returns("a-head", "b", mark), refuse: returns("a-head", "c", mark)},
		{name: "own unit's", code: CodeConflict, field: "author", at: scoring, given: scored, accept: returns("c-head", "b", mark), refuse: returns("b-reviewer", "b", mark)},
		{name: "own mark", code: CodeConflict, field: "author", at: scoring, given: led, accept: returns("c-head", "b", mark), refuse: returns("a-reviewer", "b", mark)},
		{name: "twice", code: CodeReturned, field: "of", at: scoring, given: scored, accept: returns("a-head", "b", mark), refuse: func(c *signed) error {
			if err := returns("a-head", "b", mark)(c); err != nil {
				return err
			}
			return returns("c-head", "b", mark)(c)
		}},
		{name: "replaced", code: CodeSupersedes, field: "of", at: scoring, given: scored, accept: returns("a-head", "b", mark), refuse: func(c *signed) error {
			old := mark(c)
			c.does("b-head", "b", because(points("G", "self", "b", "2")))
			return returns("c-head", "b", func(*signed) uuid.UUID { return old })(c)
		}},
		{name: "explain nothing", code: CodeUnknownEvent, field: "of", at: scoring, given: scored, accept: explains("b-head", "b", mark), refuse: explains("b-head", "b", opening)},
		{name: "explain another's", code: CodeUnknownUnit, field: "subject", at: scoring, given: scored, accept: explains("b-head", "b", mark), refuse: explains("c-head", "c", mark)},
	}
}

// lateRules are about deadlines: they go by the recorded time, and what is not refused is marked.
func lateRules() []signedRule {
	at := func(day time.Time, author, unit string, p events.Payload) func(c *signed) error {
		return func(c *signed) error {
			c.now = day.Add(-time.Second)
			return says(author, unit, is(p), claims(day.AddDate(0, 0, -20)))(c)
		}
	}
	due := time.Date(2017, 4, 1, 0, 0, 0, 0, time.UTC)
	report := func(to string) events.Payload {
		return &events.ReportFiled{From: "2017-01-01", To: to, Text: events.Words{Text: "x"}}
	}
	june := time.Date(2017, 6, 20, 0, 0, 0, 0, time.UTC)
	return []signedRule{
		{name: "level", code: CodeLate, at: scoring, accept: at(due, "a-head", "b", points("G", "cluster", "a", "1")),
			refuse: at(due.Add(time.Millisecond), "a-head", "b", points("G", "cluster", "a", "1"))},
		{name: "another level", code: CodeLate, at: scoring, accept: at(june, "b-head", "b", points("G", "self", "b", "1")), refuse: at(june, "a-head", "b", points("G", "cluster", "a", "1"))},
		{name: "report", code: CodeLate, accept: at(june, "b-head", "b", report("2017-03-21")), refuse: at(june.Add(time.Millisecond), "b-head", "b", report("2017-03-21"))},
		{name: "report of a deadline that marks", code: CodeLate, accept: at(june.Add(time.Hour), "b-head", "b", report("2017-03-20")), refuse: at(june.Add(time.Hour), "b-head", "b", report("2017-06-20"))},
		{name: "report after all deadlines", code: CodeLate, accept: at(june.Add(time.Hour), "b-head", "b", report("2017-06-21")), refuse: at(june.Add(time.Hour), "b-head", "b", report("2017-06-20"))},
	}
}

// TestLateIsMarked where the regulation does not refuse it.
func TestLateIsMarked(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring)
	late := func(p *events.ScoreEntered) bool {
		e := c.does("b-head", "b", p)
		return c.live.state.journal.at(e.Seq).late
	}
	c.now = time.Date(2017, 3, 31, 23, 59, 59, 0, time.UTC)
	if late(points("G", "self", "b", "1")) {
		t.Error("a mark of the last second is late")
	}
	c.now = c.now.Add(time.Second)
	if !late(because(points("G", "self", "b", "2"))) {
		t.Error("a mark after the deadline is not late")
	}
}

// TestReturnIsAnswered by an explanation, a later mark or a withdrawal; meanwhile the mark counts and the review can't end.
func TestReturnIsAnswered(t *testing.T) {
	t.Parallel()
	answers := map[string]func(c *signed, mark, returned events.Event){
		"explained": func(c *signed, mark, _ events.Event) {
			c.does("b-officer", "b", &events.ExplanationFiled{Of: mark.ID, Text: events.Words{Text: "because"}})
		},
		"return explained": func(c *signed, _, returned events.Event) {
			c.does("b-officer", "b", &events.ExplanationFiled{Of: returned.ID, Text: events.Words{Text: "because"}})
		},
		"replaced": func(c *signed, _, _ events.Event) { c.does("b-head", "b", because(points("G", "self", "b", "2"))) },
		"withdrawn": func(c *signed, mark, _ events.Event) {
			c.does("b-head", "b", &events.EntryWithdrawn{Of: mark.ID, Reason: "wrong"})
		},
	}
	for name, answer := range answers {
		c := signedAt(t, scoring)
		mark := c.does("b-head", "b", points("G", "self", "b", "1"))
		returned := c.does("a-head", "b", &events.ScoreReturned{Of: mark.ID, Reason: "say more"})
		c.points("b", "G", "1.00")
		if !c.blocked(BlockReturn, review) {
			t.Errorf("%s: the return blocks nothing", name)
		}
		answer(c, mark, returned)
		if c.blocked(BlockReturn, review) {
			t.Errorf("%s: the return is not answered", name)
		}
		requireSame(t, fold(t, c.list), c.live)
	}
}

// blocked reports whether a kind of blocker would stand at a stage, which may be a later one.
func (c *signed) blocked(code BlockerCode, stage events.Stage) bool {
	c.t.Helper()
	point := c.live.Savepoint()
	defer c.live.Rollback(point)
	c.live.state.scalars.stage = stage
	check, err := c.live.Blockers()
	if err != nil {
		c.t.Fatal(err)
	}
	for _, b := range check.Blockers {
		if b.Code == code {
			return true
		}
	}
	return false
}
