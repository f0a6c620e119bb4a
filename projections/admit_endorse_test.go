package projections

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// transcribed is a mark that somebody else enters.
func transcribed(p *events.ScoreEntered) *events.ScoreEntered {
	p.Basis = "transcribed"
	return p
}

// endorses is a member's word on the newest event.
func endorses(author, as string) func(c *signed) error {
	return func(c *signed) error { return says(author, "", is(endorse(c.list[len(c.list)-1], as)))(c) }
}

// copied gives b's mark on G, entered by the lead.
func copied(c *signed) {
	c.does("a-officer", "b", transcribed(points("G", "self", "b", "8")))
}

// seconding has a lead that may review itself, seconded.
func seconding() []string { return []string{"lead-reviews-own: refuse", "lead-reviews-own: second"} }

// ownReview is the lead's review of itself.
func ownReview(c *signed) { c.does("a-reviewer", "a", points("G", "cluster", "a", "9")) }

func endorseRules() []signedRule {
	agree, second, received := events.EndorseAgree, events.EndorseSecond, events.EndorseReceived
	changed := func(change func(p *events.RecordEndorsed)) func(c *signed) error {
		return func(c *signed) error {
			p := endorse(c.list[len(c.list)-1], agree)
			change(p)
			return says("b-head", "", is(p))(c)
		}
	}
	tie := func(c *signed) {
		c.does("a-head", "", &events.TieDecided{Cluster: "one", Order: []string{"b", "a"}, Reason: "lot"})
	}
	return []signedRule{
		{name: "of nothing", code: CodeUnknownEvent, field: "of", at: scoring, given: copied, accept: endorses("b-head", agree),
			refuse: changed(func(p *events.RecordEndorsed) { p.Of = uuid.UUID{1} })},
		{name: "another record", code: CodeEndorse, field: "hash", at: scoring, given: copied, accept: endorses("b-head", agree),
			refuse: changed(func(p *events.RecordEndorsed) { p.Hash = hash("another") })},
		{name: "nothing waits", code: CodeEndorse, field: "as", at: scoring, given: copied, accept: endorses("b-officer", agree), refuse: endorses("c-head", agree)},
		{name: "no clerk", code: CodeEndorse, field: "as", at: scoring, given: copied, accept: endorses("b-reviewer", agree), refuse: endorses("b-teller", agree)},
		{name: "nothing to second", code: CodeEndorse, field: "as", at: scoring, given: copied, accept: endorses("c-head", received), refuse: endorses("c-head", second)},
		{name: "received twice", code: CodeEndorse, field: "of", given: nil, accept: endorses("b-teller", received), refuse: func(c *signed) error {
			e := c.list[0]
			c.does("b-teller", "", endorse(e, received))
			return says("b-head", "", is(endorse(e, received)))(c)
		}},
		{name: "second by a council", code: CodeRole, field: "author", at: scoring, edits: seconding(), given: ownReview, accept: endorses("b-head", second), refuse: endorses("c-council", second)},
		{name: "second by itself", code: CodeConflict, field: "author", at: scoring, edits: seconding(), given: ownReview, accept: endorses("b-reviewer", second), refuse: endorses("a-head", second)},
		{name: "tie by an officer", code: CodeRole, field: "author", at: review, given: tie, accept: endorses("b-head", agree), refuse: endorses("b-officer", agree)},
		{name: "tie twice", code: CodeEndorse, field: "of", at: review, given: tie, accept: endorses("c-head", agree), refuse: endorses("a-head", agree)},
		{name: "tie too late", code: CodeStage, field: "of", at: deliberation, given: tie, accept: endorses("c-head", agree), refuse: func(c *signed) error {
			of := c.list[len(c.list)-1]
			c.to(final)
			return says("b-head", "", is(endorse(of, agree)))(c)
		}},
	}
}

// TestTranscribedCountsWhenConfirmed by a member that speaks for the scorer.
func TestTranscribedCountsWhenConfirmed(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring)
	e := c.does("a-officer", "b", transcribed(points("G", "self", "b", "8")))
	c.points("b", "G", "0.00")
	if notes := c.row("b").Notes; len(notes) != 1 {
		t.Errorf("the notes are %q", notes)
	}
	c.does("b-officer", "", endorse(e, events.EndorseAgree))
	c.points("b", "G", "8.00")
	c.refuses(CodeEndorse, "b-head", "", endorse(e, events.EndorseAgree))
	requireSame(t, fold(t, c.list), c.live)

	// Both in one body are refused as well: where commits end must not matter.
	e = c.does("a-officer", "c", transcribed(points("G", "self", "c", "8")))
	c.does("c-head", "c", c.appointment("c-officer", events.RoleOfficer))
	first := c.event("c-head", "", endorse(e, events.EndorseAgree))
	again := c.event("c-officer", "", endorse(e, events.EndorseAgree), func(e *events.Event) { e.Seq++ })
	c.refused(c.body(first, again), CodeEndorse)

	c = signedAt(t, scoring, "endorse: 2/3", "endorse: 2/3\ntranscribed: official")
	c.does("a-officer", "b", transcribed(points("G", "self", "b", "8")))
	c.points("b", "G", "8.00")
}

// TestImportIsConfirmed as a whole, by each scorer for its own rows.
func TestImportIsConfirmed(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring)
	rows := []ImportRow{importRowOf("a", points("G", "self", "a", "4")), importRowOf("b", points("G", "self", "b", "5")), importRowOf("c", points("G", "self", "c", "6")),
		importRowOf("c", points("G", "jury", "b-council", "7"))}
	started, commits := c.imports("a-officer", fileOf("marks.csv", rows...))
	if err := c.body(commits[0][:3]...); err == nil {
		t.Fatal("half a batch passes")
	}
	c.must(started, c.body(commits[0]...))
	c.points("a", "G", "4.00")
	c.points("b", "G", "0.00")
	row := c.list[len(c.list)-3]
	if row.Subject != "b" || row.Signature != "" || row.Payload.(*events.ScoreEntered).Basis != "transcribed" {
		t.Fatalf("the row is %s", row.Record)
	}
	started = c.list[len(c.list)-5]
	c.does("b-head", "", endorse(started, events.EndorseAgree))
	c.points("b", "G", "5.00")
	c.points("c", "G", "0.00")
	c.does("b-council", "", endorse(started, events.EndorseAgree)) // its own marks, though its unit has spoken
	c.points("c", "G", "7.00")
	c.does("c-head", "", endorse(c.list[slices.IndexFunc(c.list, func(e events.Event) bool {
		p, ok := e.Payload.(*events.ScoreEntered)
		return ok && p.Scorer == "c"
	})], events.EndorseAgree)) // one row alone
	requireSame(t, fold(t, c.list), c.live)
	c.refuses(CodeEndorse, "c-head", "", endorse(started, events.EndorseAgree))
	c.refuses(CodeEndorse, "c-head", "", endorse(c.list[len(c.list)-7], events.EndorseSecond))
}

// imports is a signed import as its commits' events.
func (c *signed) imports(author string, f ImportFile) (started events.Event, commits [][]events.Event) {
	c.t.Helper()
	c.now = c.now.Add(time.Second)
	f.Author = author
	plan, err := c.live.PlanImport(f, c.now)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, out := range plan.Outcomes {
		if out.Err != nil {
			c.t.Fatal(out.Err)
		}
	}
	started = c.sign(events.Event{Draft: plan.Started.Draft, Record: plan.Started.Record}, privateKey(author, 1), c.genesis())
	seq, _ := c.live.Last()
	for _, commit := range plan.Commits {
		var list []events.Event
		for _, p := range commit {
			seq++
			e := events.Event{Draft: p.Draft, Record: p.Record, Seq: seq, Recorded: c.now}
			if p.ID == started.ID {
				e.Draft, e.Record = started.Draft, started.Record
			}
			list = append(list, e)
		}
		commits = append(commits, list)
	}
	return started, commits
}

// TestOwnReviewIsSeconded: alone or in an import, the lead's review of itself counts at another unit's word.
func TestOwnReviewIsSeconded(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring, seconding()...)
	e := c.does("a-reviewer", "a", points("G", "cluster", "a", "9"))
	c.points("a", "G", "0.00")
	c.does("b-reviewer", "", endorse(e, events.EndorseSecond))
	c.points("a", "G", "9.00")
	c.refuses(CodeEndorse, "c-head", "", endorse(e, events.EndorseSecond))

	c = signedAt(t, scoring, seconding()...)
	_, commits := c.imports("a-reviewer", fileOf("own.csv", importRowOf("a", points("G", "cluster", "a", "9")), importRowOf("b", points("G", "cluster", "a", "8"))))
	c.must(commits[0][0], c.body(commits[0]...))
	c.points("a", "G", "0.00")
	c.points("b", "G", "8.00")
	c.does("c-head", "", endorse(commits[0][0], events.EndorseSecond))
	c.points("a", "G", "9.00")
	requireSame(t, fold(t, c.list), c.live)
}

// TestTieTakesTheShare of units that have joined.
func TestTieTakesTheShare(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring, fourth()...)
	for _, unit := range []string{"a", "b", "c", "d"} {
		c.does(unit+"-head", unit, points("G", "self", unit, "7"))
	}
	c.seal("b-head", "b", sheetOf("a")...) // something to reveal, and then nothing
	c.advance(review)
	order := []string{"d", "c", "b", "a"}
	e := c.does("a-head", "", &events.TieDecided{Cluster: "one", Order: order, Points: decimal("7"), Reason: "lot"})
	c.does("b-head", "", endorse(e, events.EndorseAgree))
	if len(c.row("d").TiedWith()) != 3 {
		t.Error("two of four units decide")
	}
	c.does("c-head", "", endorse(e, events.EndorseAgree))
	if c.row("d").Rank != 1 || c.row("a").Rank != 4 {
		t.Errorf("d has rank %d, a %d", c.row("d").Rank, c.row("a").Rank)
	}
	c.does("d-head", "", endorse(e, events.EndorseAgree)) // its word still counts for the record
	requireSame(t, fold(t, c.list), c.live)
}
