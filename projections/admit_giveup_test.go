package projections

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"campaignledger/events"
)

// giveUpRules are about who gives up which import.
func giveUpRules() []signedRule {
	announced := func(author string) func(c *signed) {
		return func(c *signed) {
			c.does(author, "", announce(2))
			c.now = c.now.Add(importHold)
		}
	}
	ofB, ofA := announced("b-officer"), announced("a-officer")
	gives := func(author, unit string) func(c *signed) error {
		return says(author, unit, func(c *signed) events.Payload {
			return &events.EntryWithdrawn{Of: c.lastOf(isImport).ID, Reason: "cut off"}
		})
	}
	finished := func(c *signed) error {
		_, commits := c.imports("b-officer", fileOf("f.csv", importRowOf("b", points("G", "self", "b", "5"))))
		c.must(commits[0][0], c.body(commits[0]...))
		return gives("b-officer", "b")(c)
	}
	return []signedRule{
		{name: "give up another's", code: CodeRole, field: "author", at: scoring, given: ofB, accept: gives("b-officer", "b"), refuse: gives("c-head", "b")},
		{name: "give up as a clerk of the unit", code: CodeRole, field: "author", at: scoring, given: ofB, accept: gives("b-head", "b"), refuse: gives("b-reviewer", "b")},
		{name: "give up as the lead's officer", code: CodeRole, field: "author", at: scoring, given: ofB, accept: gives("a-head", "b"), refuse: gives("a-officer", "b")},
		{name: "give up the lead's", code: CodeRole, field: "author", at: scoring, given: ofA, accept: gives("a-officer", "a"), refuse: gives("b-head", "a")},
		{name: "give up as nobody's clerk", code: CodeRole, field: "author", at: scoring, given: ofB, accept: gives("b-officer", "b"), refuse: gives("b-teller", "b")},
		{name: "give up of another unit", code: CodeUnknownUnit, field: "subject", at: scoring, given: ofB, accept: gives("a-head", "b"), refuse: gives("a-head", "a")},
		{name: "give up of no unit", code: CodeUnknownUnit, field: "subject", at: scoring, given: ofB, accept: gives("b-head", "b"), refuse: gives("b-head", "z")},
		{name: "give up a finished import", code: CodeImport, field: "of", at: scoring, given: ofB, accept: gives("b-head", "b"), refuse: finished},
		{name: "give up twice", code: CodeImport, field: "of", at: scoring, given: ofB, accept: gives("b-head", "b"), refuse: func(c *signed) error {
			c.must(c.list[0], gives("b-head", "b")(c))
			return gives("b-officer", "b")(c)
		}},
	}
}

func isImport(e events.Event) bool { return e.Payload.Type() == events.TypeImportStarted }

// bonuses are n adjustments of unit b by itself: more than a batch takes, so that one stands and the rest is missing.
func bonuses(n int) (rows []ImportRow) {
	for i := range n {
		p := points("A", "self", "b", fmt.Sprint(i%3-1))
		p.Item = fmt.Sprintf("item %d", i)
		rows = append(rows, importRowOf("b", p))
	}
	return rows
}

const cutRows = events.MaxBatchRows + 1

// storedThen are the fates of a file of cutRows rows of which the first batch is stored.
func storedThen(last RowFate) []RowFate {
	return append(slices.Repeat([]RowFate{RowStored}, events.MaxBatchRows), last)
}

// TestImportGivenUp: its missing rows can't come any more, nothing waits for them, those that are stored stay, and the file can be imported
// anew.
func TestImportGivenUp(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring)
	f := fileOf("many.csv", bonuses(cutRows)...)
	_, commits := c.imports("b-officer", f)
	c.must(commits[0][0], c.body(commits[0][:cutRows]...))
	cut := func() bool {
		notes := c.row("b").Notes
		return len(notes) == 1 && strings.HasPrefix(notes[0], importUnfinished) && c.blocked(BlockImport, scoring) && c.blocked(BlockImport, review)
	}
	c.refuses(CodeImportRunning, "b-head", "b", commend())
	if !cut() {
		t.Errorf("the notes are %q", c.row("b").Notes)
	}
	c.now = c.now.Add(importHold)
	gives := &events.EntryWithdrawn{Of: commits[0][0].ID, Reason: "cut off"}

	before := dump(c.live.state)
	if err := c.would("b-head", "b", gives); err != nil {
		t.Fatal(err)
	}
	e := c.event("b-head", "b", gives)
	if err := c.live.Admit(e); err != nil {
		t.Fatal(err)
	}
	c.live.Discard()
	if diff := cmp.Diff(before, dump(c.live.state)); diff != "" || !cut() {
		t.Errorf("undone, it leaves (-before +after):\n%s", diff)
	}

	rest := commits[0][cutRows:]
	for i := range rest {
		rest[i].Recorded = c.now
	}
	point := c.live.Savepoint()
	if err := c.live.Admit(rest[0]); err != nil {
		t.Errorf("before it is given up the rest passes: %v", err)
	}
	c.live.Rollback(point)
	e = c.does("b-head", "b", gives)
	if notes := c.row("b").Notes; len(notes) != 0 || c.blocked(BlockImport, scoring) || c.blocked(BlockImport, review) {
		t.Errorf("the notes are %q", notes)
	}
	rest[0].Seq, rest[0].Recorded = e.Seq+1, c.now
	if r := c.refused(c.body(rest...), CodeImport); r.Field != "causationid" {
		t.Errorf("a row after it: %+v", r)
	}
	c.does("b-head", "b", commend())
	requireSameSigned(t, fold(t, c.list), c.live)

	f.Author = "b-officer"
	plan, err := c.live.PlanImport(f, c.now)
	if err != nil || plan.Resumed != 0 || plan.Rows != 1 {
		t.Fatalf("%v, resumed %d, %d rows", err, plan.Resumed, plan.Rows)
	}
	requireFates(t, plan, storedThen(RowNew)...)
	_, commits = c.imports("b-officer", f)
	c.must(commits[0][0], c.body(commits[0]...))
	if n := len(c.live.Audit(AuditFilter{Criterion: "A"})); n != cutRows {
		t.Errorf("%d rows are stored", n)
	}
	requireSameSigned(t, fold(t, c.list), c.live)
}

// TestImportGivenUpUnsigned: everybody may say it, of a unit of the campaign.
func TestImportGivenUpUnsigned(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation)
	f := fileOf("many.csv", manyRows(cutRows)...)
	plan := c.plan(f)
	c.store([][]events.Proposal{plan.Commits[0][:cutRows]})
	c.now = c.now.Add(importHold)
	gives := &events.EntryWithdrawn{Of: plan.Started.ID, Reason: "cut off"}
	_, err := c.say("z", gives)
	c.refused(err, CodeUnknownUnit)
	c.must(c.say("a", gives))
	_, err = c.say("a", gives)
	c.refused(err, CodeImport)
	if notes := c.row("b").Notes; len(notes) != 0 {
		t.Errorf("the notes are %q", notes)
	}
	last, _ := c.live.Last()
	late := events.Event{Draft: plan.Commits[0][cutRows].Draft, Record: plan.Commits[0][cutRows].Record, Seq: last + 1, Recorded: c.now}
	c.refused(c.body(late), CodeImport)
	again := c.plan(f)
	if again.Resumed != 0 || again.Rows != 1 {
		t.Fatalf("resumed %d, %d rows", again.Resumed, again.Rows)
	}
	requireFates(t, again, storedThen(RowNew)...)
	c.store(again.Commits)
	requireFates(t, c.plan(f), storedThen(RowStored)...)
}
