package projections

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"campaignledger/events"
)

// announce is an import of one batch whose rows no test has.
func announce(rows int) *events.ImportStarted {
	return &events.ImportStarted{File: "f.csv", SHA256: hash("f"), Rows: rows, Batches: []events.Batch{{Root: hash("rows"), Rows: rows}}}
}

// importRowOf is one data row about a unit.
func importRowOf(unit string, p events.Payload) ImportRow {
	return ImportRow{Draft: &events.Draft{Subject: unit, Payload: p}}
}

// fileOf numbers the rows.
func fileOf(name string, rows ...ImportRow) ImportFile {
	for i := range rows {
		rows[i].Number = i + 1
	}
	return ImportFile{Campaign: "trial", Name: name, SHA256: hash(name), Rows: rows}
}

// plan plans an import and requires that planning leaves no trace.
func (c *trial) plan(f ImportFile) ImportPlan {
	c.t.Helper()
	c.now = c.now.Add(time.Second)
	p, err := c.live.PlanImport(f, c.now)
	if err != nil {
		c.t.Fatal(err)
	}
	requireSame(c.t, fold(c.t, c.list), c.live)
	return p
}

// store stores the first commits of a plan.
func (c *trial) store(commits [][]events.Proposal) {
	c.t.Helper()
	for _, commit := range commits {
		c.now = c.now.Add(time.Second)
		last, _ := c.live.Last()
		var list []events.Event
		for i, p := range commit {
			list = append(list, events.Event{Draft: p.Draft, Record: p.Record, Seq: last + 1 + events.Seq(i), Recorded: c.now})
		}
		if err := c.body(list...); err != nil {
			c.t.Fatal(err)
		}
	}
}

func fates(p ImportPlan) (fates []RowFate) {
	for _, o := range p.Outcomes {
		fates = append(fates, o.Fate)
	}
	return fates
}

func requireFates(t *testing.T, p ImportPlan, want ...RowFate) {
	t.Helper()
	if diff := cmp.Diff(want, fates(p)); diff != "" {
		t.Fatalf("fates (-want +got):\n%s", diff)
	}
}

// manyRows are n marks of n scorers for unit a.
func manyRows(n int) (rows []ImportRow) {
	for i := range n {
		rows = append(rows, importRowOf("a", points("M", "open", fmt.Sprintf("j%d", i), fmt.Sprint(i%10))))
	}
	return rows
}

func TestImportInBatchesAndResume(t *testing.T) {
	t.Parallel()
	f := fileOf("many.csv", manyRows(2300)...)
	whole := openTrial(t, trialRegulation)
	plan := whole.plan(f)
	if len(plan.Commits) != 3 || plan.Rows != 2300 || plan.Bad != 0 || plan.Resumed != 0 {
		t.Fatalf("%d commits, %d rows, %d bad, resumed %d", len(plan.Commits), plan.Rows, plan.Bad, plan.Resumed)
	}
	started := plan.Commits[0][0].Payload.(*events.ImportStarted)
	if len(started.Batches) != 5 || started.Batches[4].Rows != 300 {
		t.Fatalf("batches %+v", started.Batches)
	}
	whole.store(plan.Commits)

	cut := openTrial(t, trialRegulation)
	cut.store(cut.plan(f).Commits[:2])
	const note = "import unfinished: many.csv has 1500 of 2300 rows; import the same file again"
	if notes := cut.row("b").Notes; !slices.Equal(notes, []string{note}) {
		t.Fatalf("notes %q", notes)
	}
	if !strings.Contains(string(jsonOf(cut.live)), note) {
		t.Error("the note is not in the JSON")
	}
	rest := cut.plan(f)
	if rest.Resumed != 2 || rest.Rows != 800 || rest.Outcomes[0].Fate != RowStored || rest.Outcomes[1500].Fate != RowNew || rest.Outcomes[1499].Current != 1502 {
		t.Fatalf("resumed %d, %d rows, %+v", rest.Resumed, rest.Rows, rest.Outcomes[1499:1501])
	}
	cut.store(rest.Commits)
	if diff := cmp.Diff(whole.row("a").Points(), cut.row("a").Points()); diff != "" {
		t.Error(diff)
	}
	if notes := cut.row("b").Notes; len(notes) != 0 {
		t.Errorf("notes %q", notes)
	}
	again := cut.plan(f)
	if len(again.Commits) != 0 || again.Rows != 0 || again.Outcomes[2299].Fate != RowStored {
		t.Errorf("the whole file again: %d commits, %d rows", len(again.Commits), again.Rows)
	}
	requireSame(t, fold(t, cut.list), cut.live)
}

func TestImportFates(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation)
	first := c.must(c.say("a", points("G", "open", "j1", "1")))
	rows := func() []ImportRow {
		return []ImportRow{
			importRowOf("a", points("G", "open", "j1", "1.0")),
			importRowOf("a", points("G", "open", "j1", "2")),
			importRowOf("b", points("G", "open", "j1", "3")),
			importRowOf("z", points("G", "open", "j1", "3")),
			importRowOf("b", points("G", "open", "j1", "3")),
			importRowOf("b", points("G", "open", "j2", "4")),
		}
	}
	f := fileOf("mixed.csv", rows()...)
	p := c.plan(f)
	requireFates(t, p, RowUnchanged, RowBad, RowNew, RowBad, RowUnchanged, RowBad)
	if len(p.Commits) != 0 || p.Bad != 3 {
		t.Fatalf("a bad file is stored: %d commits, %d bad", len(p.Commits), p.Bad)
	}
	for i, code := range map[int]Code{3: CodeUnknownUnit, 5: CodeSecondScorer} {
		c.refused(p.Outcomes[i].Err, code)
	}
	var field *events.FieldError
	if err := p.Outcomes[1].Err; !errors.As(err, &field) || field.Field != "reason" {
		t.Errorf("a change without a reason: %v", err)
	}
	if p.Outcomes[0].Current != first.Seq {
		t.Errorf("row 1 equals event %d, not %d", first.Seq, p.Outcomes[0].Current)
	}
	if p.Outcomes[4].Current != 4 { // after import.started, event 3
		t.Errorf("row 5 equals event %d", p.Outcomes[4].Current)
	}

	f = fileOf("mixed.csv", rows()...)
	f.Reason, f.KeepGood = "recount", true
	p = c.plan(f)
	requireFates(t, p, RowUnchanged, RowReplaces, RowNew, RowBad, RowUnchanged, RowBad)
	if p.Rows != 2 || p.Bad != 2 || len(p.Commits) != 1 || len(p.Commits[0]) != 3 {
		t.Fatalf("%d rows, %d bad, %d commits", p.Rows, p.Bad, len(p.Commits))
	}
	c.store(p.Commits)
	c.points("a", "G", "2.00")
	lines := c.live.Audit(AuditFilter{Author: "import"})
	if lines[1].Reason != "recount" || lines[1].Supersedes != first.Seq || lines[1].Import != lines[0].Seq || lines[2].Reason != "" {
		t.Errorf("%+v", lines)
	}
	// The first row was unchanged when it had its turn; it does not undo the second now.
	requireFates(t, c.plan(f), RowUnchanged, RowStored, RowStored, RowBad, RowUnchanged, RowBad)
	if n := len(c.plan(f).Commits); n != 0 {
		t.Errorf("the same file again has %d commits", n)
	}
}

func TestImportKeepsSwapsTogether(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation)
	c.must(c.say("a", place("O", "open", "j1", "1")))
	c.must(c.say("b", place("O", "open", "j1", "2")))
	rows := manyRows(499)
	rows = append(rows, importRowOf("a", because(place("O", "open", "j1", "2"))), importRowOf("b", because(place("O", "open", "j1", "1"))))
	p := c.plan(fileOf("swap.csv", rows...))
	started := p.Commits[0][0].Payload.(*events.ImportStarted)
	if len(started.Batches) != 2 || started.Batches[0].Rows != 499 || started.Batches[1].Rows != 2 {
		t.Fatalf("batches %+v", started.Batches)
	}
	c.store(p.Commits)
	c.points("a", "O", "10.00")
	c.points("b", "O", "12.00")
}

func TestImportOfPlacesGivenTwice(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation)
	c.must(c.say("a", place("O", "open", "j1", "1")))
	rows := func() []ImportRow {
		return []ImportRow{
			importRowOf("b", place("O", "open", "j1", "2")),
			importRowOf("c", place("O", "open", "j1", "1")), // a holds it and keeps it
			importRowOf("a", points("M", "open", "j1", "1")),
			importRowOf("b", because(place("O", "open", "j1", "3"))),
			importRowOf("c", place("O", "open", "j1", "3")), // so does b
		}
	}
	p := c.plan(fileOf("clash.csv", rows()...))
	requireFates(t, p, RowNew, RowBad, RowNew, RowReplaces, RowBad)
	c.refused(p.Outcomes[1].Err, CodePlaceTaken)
	if len(p.Commits) != 0 || p.Bad != 2 {
		t.Fatalf("%d commits, %d bad", len(p.Commits), p.Bad)
	}
	f := fileOf("clash.csv", rows()...)
	f.KeepGood = true
	if p = c.plan(f); p.Rows != 3 || p.Bad != 2 {
		t.Fatalf("%d rows, %d bad", p.Rows, p.Bad)
	}
	c.store(p.Commits)
	c.points("b", "O", "8.00")
}

// TestImportOfManyClashes: the plan stays quick where every row clashes, and good rows are kept.
func TestImportOfManyClashes(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation)
	var rows []ImportRow
	for i := range 3000 {
		scorer := fmt.Sprintf("j%d", i)
		rows = append(rows, importRowOf("a", place("O", "open", scorer, "1")), importRowOf("b", place("O", "open", scorer, "1")))
	}
	f := fileOf("clashes.csv", rows...)
	f.KeepGood = true
	if p := c.plan(f); p.Rows != 3000 || p.Bad != 3000 || len(p.Outcomes) != 6000 {
		t.Fatalf("%d rows, %d bad, %d outcomes", p.Rows, p.Bad, len(p.Outcomes))
	}
}

func TestImportHoldsOthersBack(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation)
	f := fileOf("many.csv", manyRows(1500)...)
	c.store(c.plan(f).Commits[:1])
	until := c.now.Add(importHold)
	_, err := c.say("a", points("G", "open", "j1", "1"))
	if r := c.refused(err, CodeImportRunning); !r.RetryAt().Equal(until) {
		t.Errorf("retry at %s, want %s", r.RetryAt(), until)
	}
	_, err = c.live.PlanImport(fileOf("other.csv", manyRows(1)...), c.now)
	c.refused(err, CodeImportRunning)
	c.now = until
	if err := c.body(c.event("a", points("G", "open", "j1", "1"))); err != nil {
		t.Errorf("after the hold: %v", err)
	}
	// The import goes on after it, and nothing stands between the rows that are left.
	c.store(c.plan(f).Commits)
	if notes := c.row("a").Notes; len(notes) != 0 {
		t.Errorf("notes %q", notes)
	}
	_, err = c.say("a", points("M", "open", "late", "1"), func(e *events.Event) { e.Causation = c.list[1].ID })
	c.refused(err, CodeImport)
}

func TestImportRefusesForeignRows(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation)
	commits := c.plan(fileOf("two.csv", manyRows(2)...)).Commits
	c.store([][]events.Proposal{commits[0][:1]})
	last, _ := c.live.Last()
	good := events.Event{Draft: commits[0][1].Draft, Record: commits[0][1].Record, Seq: last + 1, Recorded: c.now}
	foreign := c.event("b", points("M", "open", "j1", "9"), func(e *events.Event) { e.Causation, e.Seq = commits[0][0].ID, last+2 })
	r := c.refused(c.body(good, foreign), CodeImport)
	if r.Field != "causationid" || r.Remedy == "" {
		t.Errorf("%+v", r)
	}
	half := []events.Event{good}
	if r := c.refused(c.body(half...), CodeImport); r.Field != "causationid" {
		t.Errorf("half a batch: %+v", r)
	}
	c.store([][]events.Proposal{commits[0][1:]})
}

func TestImportThatCanNotResume(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation)
	f := fileOf("many.csv", manyRows(1500)...)
	f.Reason = "recount"
	c.store(c.plan(f).Commits[:1])
	c.now = c.now.Add(importHold)
	c.must(c.say("a", points("M", "open", "j1499", "1"))) // the last row's mark
	c.now = c.now.Add(time.Second)
	if p, err := c.live.PlanImport(f, c.now); !errors.Is(err, ErrImportChanged) || len(p.Commits) != 0 {
		t.Errorf("got %v", err)
	}
	requireSame(t, fold(t, c.list), c.live)
}

func TestImportBeforeTheOpening(t *testing.T) {
	t.Parallel()
	c := newTrial(t, trialRegulation)
	_, err := c.live.PlanImport(fileOf("f.csv", manyRows(1)...), c.now)
	c.refused(err, CodeNotOpen)
}

func TestImportTimes(t *testing.T) {
	t.Parallel()
	c := openTrial(t, strings.Replace(trialRegulation, "clock: live", "clock: historic\nperiod: {start: 2016-01-01, end: 2016-12-31}", 1))
	rows := manyRows(4)
	rows[1].Draft.Time = time.Date(2016, 5, 1, 0, 0, 0, 0, time.UTC)
	rows[3].Draft.Time = time.Date(2016, 4, 1, 0, 0, 0, 0, time.UTC)
	p := c.plan(fileOf("times.csv", rows...))
	requireFates(t, p, RowNew, RowNew, RowNew, RowBad)
	c.refused(p.Outcomes[3].Err, CodeTime)
	p = c.plan(fileOf("times.csv", rows[:3]...))
	c.store(p.Commits)
	var times []string
	for _, line := range c.live.Audit(AuditFilter{After: 1}) {
		times = append(times, line.Time[:10])
	}
	if want := []string{"2016-01-01", "2016-01-01", "2016-05-01", "2016-05-01"}; !slices.Equal(times, want) {
		t.Errorf("times %v, want %v", times, want)
	}
	if p.Commits[0][1].ID == uuid.Nil || p.Commits[0][1].ID != events.RowID("trial", hash("times.csv"), 1) {
		t.Error("a row's id is not RowID")
	}
}

// TestImportOfAStory imports the entries of random campaigns as a file, cut off after each commit: the plan's bodies are admitted,
// what was cut off is resumed, and the standings are those of the oracle.
func TestImportOfAStory(t *testing.T) {
	t.Parallel()
	for seed := uint64(1); seed <= 6; seed++ {
		s := randomStory(seed, 2500)
		var rows []ImportRow
		for _, e := range s.entries {
			switch p := e.Payload.(type) {
			case *events.ScoreEntered:
				bare := *p
				bare.Supersedes = uuid.Nil
				rows = append(rows, importRowOf(e.Subject, &bare))
			case *events.TargetSet:
				bare := *p
				bare.Supersedes = uuid.Nil
				rows = append(rows, importRowOf(e.Subject, &bare))
			}
		}
		c := &trial{t: t, live: NewLive(), r: s.r, now: trialStart, ids: s.generator, lazy: true}
		c.must(c.say("", c.opening()))
		f := fileOf("story.csv", rows...)
		f.Campaign, f.KeepGood, f.Reason = s.r.ID, true, "recount"
		plan := c.plan(f)
		runs, stored := 0, 0
		for next := plan; len(next.Commits) > 0; next = c.plan(f) {
			if runs > 0 && next.Resumed != 2 {
				t.Fatalf("seed %d: run %d resumes %d", seed, runs, next.Resumed)
			}
			c.store(next.Commits[:1])
			stored += len(next.Commits[0])
			if runs++; runs == len(plan.Commits) {
				break
			}
		}
		if stored != plan.Rows+1 || runs < 2 || plan.Rows+plan.Bad > len(rows) {
			t.Fatalf("seed %d: %d rows planned, %d stored in %d runs, %d bad", seed, plan.Rows, stored-1, runs, plan.Bad)
		}
		if diff := cmp.Diff(oracle(c.list), rowsOf(t, jsonOf(c.live))); diff != "" {
			t.Fatalf("seed %d (-oracle +standings):\n%s", seed, diff)
		}
	}
}
