package projections

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// appealRules are about appeals of u2.
func appealRules() []courseRule {
	files := func(author, subject string, of func(c course) uuid.UUID) func(c course) error {
		return func(c course) error {
			return tells(author, subject, just(&events.AppealFiled{Of: of(c), Ground: events.Words{Text: "wrong"}}))(c)
		}
	}
	own := func(c course) uuid.UUID { return c.marked("u2").ID }
	good := files("u2-head", "u2", own)
	filed := func(c course) { c.appeals("u2", c.marked("u2")) }
	answers := func(author, subject string, change func(p *events.AppealDecided)) func(c course) error {
		return func(c course) error {
			e, _ := c.has(events.TypeAppealFiled)
			p := &events.AppealDecided{Of: e.ID, Outcome: events.AppealUpheld, Reason: "heard"}
			if change != nil {
				change(p)
			}
			return tells(author, subject, just(p))(c)
		}
	}
	answer := answers("authority", "u2", nil)
	until := func(c course) { c.now = time.Date(2017, 4, 30, 23, 59, 59, 0, time.UTC) }
	return []courseRule{
		{name: "appeal by another unit", code: CodeRole, field: "author", accept: files("u2-officer", "u2", own), refuse: files("u3-head", "u2", own)},
		{name: "appeal by the council", code: CodeRole, field: "author", accept: good, refuse: files("u2-council", "u2", own)},
		{name: "appeal against nothing", code: CodeUnknownEvent, field: "of", accept: good, refuse: files("u2-head", "u2", func(course) uuid.UUID { return uuid.UUID{1} })},
		{name: "appeal after the window", code: CodeLate, given: until, accept: good, refuse: func(c course) error {
			c.now = c.now.Add(time.Second)
			return good(c)
		}},
		{name: "appeal decided by its own", code: CodeConflict, field: "author", given: filed, accept: answer, refuse: answers("u2-head", "u2", nil)},
		{name: "appeal decided by an officer", code: CodeRole, field: "author", given: filed, accept: answers("u3-head", "u2", nil), refuse: answers("u3-officer", "u2", nil)},
		{name: "no appeal", code: CodeUnknownEvent, field: "of", given: filed, accept: answer, refuse: answers("authority", "u2", func(p *events.AppealDecided) { p.Of = uuid.UUID{1} })},
		{name: "appeal of another", code: CodeUnknownEvent, field: "of", given: filed, accept: answer, refuse: answers("authority", "u3", nil)},
		{name: "appeal on paper by the authority", code: CodeRole, field: "basis", given: filed, accept: answer, refuse: answers("authority", "u2", func(p *events.AppealDecided) {
			p.Basis, p.Decision = events.BasisTranscribed, paperOf()
		})},
		{name: "appeal about an authority's unit", code: CodeConflict, field: "author", given: func(c course) {
			e := c.does("u3-head", "u3", c.appointment("u3-minister", events.RoleAuthority))
			c.agreeing(e, "u1", "u2", "u4", "u5", "u6")
			c.appeals("u2", c.marked("u3"))
		}, accept: answer, refuse: answers("u3-minister", "u2", nil)},
		{name: "the heads asked, and who appealed", code: CodeConflict, field: "author", given: func(c course) {
			filed(c)
			c.must(c.list[0], answers("u1-head", "u2", nil)(c))
		}, accept: func(c course) error {
			return tells("u3-head", "", just(endorse(c.list[len(c.list)-1], events.EndorseAgree)))(c)
		},
			refuse: func(c course) error {
				return tells("u2-head", "", just(endorse(c.list[len(c.list)-1], events.EndorseAgree)))(c)
			}},
		{name: "appeal decided twice", code: CodeAppeal, field: "of", given: filed, accept: answer, refuse: func(c course) error {
			c.must(c.list[0], answer(c))
			return answer(c)
		}},
		{name: "the heads asked when it was decided", code: CodeAppeal, field: "of", given: filed, accept: answers("u1-head", "u2", nil), refuse: func(c course) error {
			c.must(c.list[0], answer(c))
			return answers("u1-head", "u2", nil)(c)
		}},
		{name: "appeal decided while the heads were asked", code: CodeAppeal, field: "of", given: filed, accept: answer, refuse: func(c course) error {
			c.must(c.list[0], answers("u1-head", "u2", nil)(c))
			asked := c.list[len(c.list)-1]
			c.agreeing(asked, "u3", "u4", "u5", "u6")
			c.must(c.list[0], answer(c))
			return tells("v1-head", "", just(endorse(asked, events.EndorseAgree)))(c)
		}},
	}
}

// correctionRules are about corrections of u2's mark that follow an appeal.
func correctionRules() []courseRule {
	given := func(c course) { c.upheld("u2", c.marked("u2")) }
	corrects := func(appeal func(c course) uuid.UUID) func(c course) error {
		return func(c course) error { return tells("u2-head", "u2", just(c.corrects("u2", "85", appeal(c))))(c) }
	}
	upheld := course.lastAppeal
	good := correctsU2
	rule := func(name string, code Code, field string, refuse func(c course) error) courseRule {
		return courseRule{name: name, code: code, field: field, given: given, accept: good, refuse: refuse}
	}
	return []courseRule{
		rule("a correction without an appeal", CodeStage, "type", corrects(func(course) uuid.UUID { return uuid.Nil })),
		rule("a correction after what is no appeal", CodeAppeal, "appeal", corrects(func(c course) uuid.UUID { return c.list[0].ID })),
		rule("a correction after the filing", CodeAppeal, "appeal", corrects(func(c course) uuid.UUID { e, _ := c.has(events.TypeAppealFiled); return e.ID })),
		rule("a correction after an appeal about others", CodeAppeal, "appeal", func(c course) error {
			a := c.upheld("u3", c.marked("u3"))
			return corrects(func(course) uuid.UUID { return a.ID })(c)
		}),
		rule("a second correction after the same appeal", CodeAppeal, "appeal", func(c course) error {
			c.must(c.list[0], good(c))
			return corrects(upheld)(c)
		}),
		{name: "a correction of what was not appealed against", code: CodeAppeal, field: "appeal", given: func(c course) { c.upheld("u2", c.marked("u3")) }, accept: func(c course) error {
			return tells("u3-head", "u3", just(c.corrects("u3", "85", upheld(c))))(c)
		}, refuse: good},
		rule("a correction by another", CodeScorer, "scorer", func(c course) error { return tells("u3-head", "u2", just(c.corrects("u2", "85", upheld(c))))(c) }),
		{name: "a correction after a dismissal", code: CodeAppeal, field: "appeal", given: func(c course) { c.answers("u2", c.appeals("u2", c.marked("u2")), events.AppealDismissed) },
			accept: func(c course) error { c.upheld("u2", c.marked("u2")); return good(c) }, refuse: good},
		{name: "a correction before the share", code: CodeAppeal, field: "appeal", given: func(c course) {
			e := c.appeals("u2", c.marked("u2"))
			e = c.does("u1-head", "u2", &events.AppealDecided{Of: e.ID, Outcome: events.AppealUpheld, Reason: "heard"})
			c.agreeing(e, "u3", "u4", "u5", "u6")
		}, accept: func(c course) error {
			e, _ := c.has(events.TypeAppealDecided)
			c.agreeing(e, "v1")
			return good(c)
		}, refuse: good},
		{name: "closed", code: CodeClosed, at: final, given: func(c course) { given(c); c.does("u1-head", "", closing()) }, accept: good, refuse: corrects(func(course) uuid.UUID { return uuid.Nil })},
		{name: "a withdrawal after the close", code: CodeClosed, at: final, given: func(c course) { given(c); c.does("u1-head", "", closing()) }, accept: func(c course) error {
			return tells("u2-head", "u2", just(&events.EntryWithdrawn{Of: c.marked("u2").ID, Reason: "forged", Appeal: upheld(c)}))(c)
		}, refuse: func(c course) error {
			return tells("u2-head", "u2", just(&events.EntryWithdrawn{Of: c.marked("u2").ID, Reason: "forged"}))(c)
		}},
	}
}

// lastAppeal is the newest decision on an appeal.
func (c course) lastAppeal() uuid.UUID { e, _ := c.has(events.TypeAppealDecided); return e.ID }

// correctsU2 corrects u2's mark after the newest appeal.
func correctsU2(c course) error {
	return tells("u2-head", "u2", just(c.corrects("u2", "85", c.lastAppeal())))(c)
}

// correctionLimitRules are about what an upheld appeal does not let anybody correct.
func correctionLimitRules() []courseRule {
	upheld, good := course.lastAppeal, correctsU2
	enters := func(c course) error {
		p := because(c.grade("u2", "85"))
		p.Appeal = upheld(c)
		return tells("u2-head", "u2", just(p))(c)
	}
	in := func(name string) func(c course) error { // where u2 is in two clusters
		return func(c course) error {
			p := because(points("G", "self", "u2", "85"))
			e := c.lastOf(func(e events.Event) bool {
				mark, ok := e.Payload.(*events.ScoreEntered)
				return ok && e.Subject == "u2" && mark.Cluster == name
			})
			p.Cluster, p.Appeal, p.Supersedes = name, upheld(c), e.ID
			return tells("u2-head", "u2", just(p))(c)
		}
	}
	return []courseRule{
		{name: "a correction after another's appeal about the unit", code: CodeAppeal, field: "appeal", given: func(c course) {
			c.upheld("u3", c.nominate("u2", "ministry"))
		}, accept: func(c course) error { return tells("u3-head", "u3", just(c.corrects("u3", "85", upheld(c))))(c) }, refuse: good},
		{name: "a correction after an appeal about an award", code: CodeAppeal, field: "appeal", at: ballot, given: func(c course) { c.upheld("u2", c.badged("u2")) },
			accept: func(c course) error { c.upheld("u2", c.marked("u2")); return good(c) }, refuse: good},
		{name: "a new mark after all was looked at", code: CodeAppeal, field: "appeal", at: review, marks: []int{90, 0, 70, 60, 50, 40, 30, 20, 10}, given: func(c course) {
			c.upheld("u2", c.list[0])
		}, accept: enters, refuse: func(c course) error {
			e, _ := c.has(events.TypeAppealDecided)
			c.does("authority", "", endorse(e, events.EndorseReviewed))
			return enters(c)
		}},
		{name: "a correction in another cluster", code: CodeAppeal, field: "appeal", edits: []string{"{id: v3}]}", "{id: v3}, {id: u2}]}"}, at: scoring, given: func(c course) {
			other := points("G", "self", "u2", "25")
			other.Cluster = "two"
			c.does("u2-head", "u2", other)
			c.goTo(deliberation)
			c.upheld("u2", c.lastOf(func(e events.Event) bool {
				mark, ok := e.Payload.(*events.ScoreEntered)
				return ok && e.Subject == "u2" && mark.Cluster == "one"
			}))
		}, accept: in("one"), refuse: in("two")},
	}
}

// reviewedRules are about looking again: at u2, nominated for the ministry's flag before an appeal of u3 was upheld.
func reviewedRules() []courseRule {
	given := func(c course) {
		c.nominate("u2", "ministry")
		c.upheld("u3", c.marked("u3"))
	}
	looks := func(author string, of func(c course) events.Event) func(c course) error {
		return func(c course) error { return tells(author, "", just(endorse(of(c), events.EndorseReviewed)))(c) }
	}
	nominee := func(c course) events.Event { return c.nomineeEvent("u2", "ministry") }
	appeal := func(c course) events.Event { e, _ := c.has(events.TypeAppealDecided); return e }
	good := looks("u4-council", nominee)
	rule := func(name string, code Code, field string, refuse func(c course) error) courseRule {
		return courseRule{name: name, code: code, field: field, given: given, accept: good, refuse: refuse}
	}
	overtaken := func(c course) { // u3 and u4 stand before u2 by now
		c.nominate("u2", "ministry")
		for _, unit := range []string{"u3", "u4"} {
			a := c.upheld(unit, c.marked(unit))
			c.does(unit+"-head", unit, c.corrects(unit, map[string]string{"u3": "88", "u4": "87"}[unit], a.ID))
		}
	}
	return []courseRule{
		rule("looked at by an officer", CodeRole, "author", looks("u4-officer", nominee)),
		rule("looked at in another cluster", CodeRole, "author", looks("v1-council", nominee)),
		rule("looked at by who appealed", CodeConflict, "author", looks("u3-head", appeal)),
		rule("looked at by a teller", CodeRole, "author", looks("u4-teller", nominee)),
		rule("looked at by its own", CodeConflict, "author", looks("u2-head", nominee)),
		rule("appeal looked at by its own", CodeConflict, "author", looks("u3-council", appeal)),
		rule("looked at twice", CodeEndorse, "as", func(c course) error {
			c.must(c.list[0], good(c))
			return good(c)
		}),
		rule("nothing to look at", CodeEndorse, "as", looks("u4-council", func(c course) events.Event { return c.list[0] })),
		rule("an appeal looked at twice", CodeEndorse, "as", func(c course) error {
			c.must(c.list[0], looks("u4-council", appeal)(c))
			return looks("u5-council", appeal)(c)
		}),
		{name: "an appeal that was followed", code: CodeEndorse, field: "as", given: given, accept: looks("authority", appeal), refuse: func(c course) error {
			c.does("u3-head", "u3", c.corrects("u3", "71", appeal(c).ID))
			return looks("authority", appeal)(c)
		}},
		{name: "a nomination that was withdrawn", code: CodeUnknownEvent, field: "of", given: given, accept: good, refuse: func(c course) error {
			c.does("u2-head", "u2", &events.NominationWithdrawn{Of: nominee(c).ID, Reason: "declined"})
			return good(c)
		}},
		{name: "out of order by now", code: CodeOrder, field: "reason", given: overtaken, accept: func(c course) error {
			p := endorse(nominee(c), events.EndorseReviewed)
			p.Note = "border unit"
			return tells("u4-council", "", just(p))(c)
		}, refuse: good},
		{name: "flagged in a ballot", code: CodeFlagged, field: "nominees", at: ballot, given: given, accept: func(c course) error {
			c.must(c.list[0], good(c))
			_, err := c.by("u1-head", "", c.opens("b1", events.BallotNamed, "ministry", []string{"u2"}))
			return err
		}, refuse: func(c course) error {
			_, err := c.by("u1-head", "", c.opens("b1", events.BallotNamed, "ministry", []string{"u2"}))
			return err
		}},
		{name: "flagged at the proposal", code: CodeFlagged, field: "subject", at: ballot, given: func(c course) {
			c.nominate("u2", "badge", "calm")
			c.upheld("u3", c.marked("u3"))
		}, accept: func(c course) error {
			c.does("u4-council", "", endorse(c.nomineeEvent("u2", "badge"), events.EndorseReviewed))
			return tells("u1-head", "u2", just(proposes("u2", "badge", "")))(c)
		}, refuse: tells("u1-head", "u2", just(proposes("u2", "badge", "")))},
	}
}

// documentRules are about documents.
func documentRules() []courseRule {
	issues := func(author, subject string, change func(c course, p *events.DocumentIssued)) func(c course) error {
		return tells(author, subject, func(c course) events.Payload {
			p := &events.DocumentIssued{Award: "ministry", Cluster: "one", Kind: events.DocumentMinutes, Lang: "vi", Name: "m.pdf", Seq: len(c.list), SHA256: hash("m")}
			if change != nil {
				change(c, p)
			}
			return p
		})
	}
	sheet := func(_ course, p *events.DocumentIssued) { p.Level = "self" }
	ownSheet := func(_ course, p *events.DocumentIssued) {
		p.Kind, p.Award, p.Level, p.Name = events.DocumentSheet, "", "self", "s.pdf"
	}
	copyOf := func(unit string) func(c course) error { // of the newest document
		return issues(unit+"-officer", unit, func(c course, p *events.DocumentIssued) {
			ownSheet(c, p)
			e, _ := c.has(events.TypeDocumentIssued)
			p.Of = e.ID
		})
	}
	good := issues("u1-officer", "u2", sheet)
	rule := func(name string, code Code, field string, change func(c course, p *events.DocumentIssued)) courseRule {
		return courseRule{name: name, code: code, field: field, accept: good, refuse: issues("u1-officer", "u2", change)}
	}
	issued := func(c course) { c.must(c.list[0], good(c)) }
	return []courseRule{
		{name: "a document about another unit", code: CodeRole, field: "author", accept: issues("u2-officer", "u2", ownSheet), refuse: issues("u3-officer", "u2", ownSheet)},
		{name: "minutes by a unit", code: CodeRole, field: "author", accept: issues("u2-officer", "u2", ownSheet), refuse: issues("u2-officer", "u2", sheet)},
		{name: "a copy of another's document", code: CodeUnknownEvent, field: "of", given: func(c course) { c.must(c.list[0], good(c)) }, accept: func(c course) error {
			c.must(c.list[0], issues("u3-officer", "u3", ownSheet)(c))
			return copyOf("u3")(c)
		}, refuse: func(c course) error {
			c.must(c.list[0], issues("u2-officer", "u2", ownSheet)(c))
			return copyOf("u3")(c)
		}},
		{name: "by a reader", code: CodeRole, field: "author", accept: issues("teller", "", nil), refuse: issues("auditor", "", nil)},
		rule("of no cluster", CodeUnknownCluster, "cluster", func(_ course, p *events.DocumentIssued) { p.Cluster = "three" }),
		rule("of no award", CodeUnknownAward, "award", func(_ course, p *events.DocumentIssued) { p.Award = "prize" }),
		rule("of no level", CodeUnknownLevel, "level", func(_ course, p *events.DocumentIssued) { p.Level = "top" }),
		rule("of no ballot", CodeBallot, "ballot", func(_ course, p *events.DocumentIssued) { p.Ballot = "b1" }),
		rule("of the future", CodeDocument, "seq", func(_ course, p *events.DocumentIssued) { p.Seq++ }),
		{name: "of no unit", code: CodeUnknownUnit, field: "subject", accept: good, refuse: issues("u1-officer", "u9", nil)},
		{name: "signed copy of nothing", code: CodeUnknownEvent, field: "of", given: issued, accept: issues("u1-officer", "u2", func(c course, p *events.DocumentIssued) { p.Of = c.list[len(c.list)-1].ID }),
			refuse: issues("u1-officer", "u2", func(c course, p *events.DocumentIssued) { p.Of = c.list[0].ID })},
	}
}

// noted are the notes of the rows of cluster one that speak of an appeal.
func (c course) noted() (units []string) {
	for _, r := range c.live.Standings().Clusters[0].Rows {
		if slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "appeal upheld") }) {
			units = append(units, r.Unit)
		}
	}
	slices.Sort(units)
	return units
}

// TestUpheldAppealIsFlagged: with who appealed and whom it is about, on nominations and standings, until each was looked at again.
func TestUpheldAppealIsFlagged(t *testing.T) {
	t.Parallel()
	c := courseAt(t, deliberation)
	c.nominate("u1", "ministry")
	c.nominate("u2", "ministry")
	c.nominate("v1", "ministry")
	dismissed := c.appeals("u3", c.marked("u1"))
	c.answers("u3", dismissed, events.AppealDismissed)
	flags := func(want ...string) {
		c.t.Helper()
		var got []string
		for _, unit := range []string{"u1", "u2", "v1"} {
			if c.nominee(unit, "ministry").Flagged != 0 {
				got = append(got, unit)
			}
		}
		if !slices.Equal(got, want) {
			c.t.Errorf("flagged are %v, not %v", got, want)
		}
		check, err := c.live.Blockers()
		flagged := 0
		for _, n := range check.Notices {
			if n.Code == BlockFlagged {
				flagged++
			}
		}
		if flagged != len(want) || err != nil {
			c.t.Errorf("check has %+v, %v", check.Notices, err)
		}
		c.onFold()
	}
	flags()
	a := c.upheld("u3", c.marked("u1"))
	flags("u1", "u2")
	if noted := c.noted(); !slices.Equal(noted, []string{"u1", "u3"}) {
		t.Errorf("noted are %v", noted)
	}
	c.does("u4-council", "", endorse(c.nomineeEvent("u1", "ministry"), events.EndorseReviewed))
	flags("u2")
	c.does("authority", "", endorse(a, events.EndorseReviewed)) // nothing is to be changed, which is no news to nominees
	if noted := c.noted(); len(noted) != 0 {
		t.Errorf("still noted are %v", noted)
	}
	flags("u2")
	c.does("u4-council", "", endorse(c.nomineeEvent("u2", "ministry"), events.EndorseReviewed))
	flags()
	b := c.upheld("u3", c.marked("u3"))
	c.does("u3-head", "u3", c.corrects("u3", "85", b.ID)) // now it is before u2
	c.points("u3", "G", "85.00")
	if noted := c.noted(); len(noted) != 0 {
		t.Errorf("corrected and still noted are %v", noted)
	}
	flags("u1", "u2")
	states := c.live.Awards("en").Appeals
	if len(states) != 3 || states[0].Outcome != events.AppealDismissed || states[1].Flagged || len(states[1].Changes) != 1 || len(states[2].Changes) != 1 || states[2].Changes[0] != events.Seq(len(c.list)) {
		t.Errorf("the appeals are %+v", states)
	}
}

// TestAppealByHeads holds at the share, late ones are marked where the calendar does not refuse, and of two answers the first to be
// agreed to holds.
func TestAppealByHeads(t *testing.T) {
	t.Parallel()
	c := courseAt(t, final, ", late: refuse", "")
	c.now = time.Date(2017, 5, 1, 0, 0, 1, 0, time.UTC)
	filed := c.appeals("u2", c.marked("u2"))
	c.does("u1-head", "", closing())
	waits := c.does("u1-head", "u2", &events.AppealDecided{Of: filed.ID, Outcome: events.AppealUpheld, Reason: "heard"})
	other := c.does("u3-head", "u2", &events.AppealDecided{Of: filed.ID, Outcome: events.AppealDismissed, Reason: "late"})
	if a := c.live.Awards("en").Appeals[0]; !a.Late || a.Waiting != other.Seq || a.Decided != 0 {
		t.Errorf("the appeal is %+v", a)
	}
	if len(c.noted()) != 0 {
		t.Error("a decision that waits is noted")
	}
	c.agreeing(waits, "u3", "u4", "u5", "u6", "v1")
	if a := c.live.Awards("en").Appeals[0]; a.Waiting != 0 || a.Decided != waits.Seq || !a.Flagged || a.Outcome != events.AppealUpheld {
		t.Errorf("the appeal is %+v", a)
	}
	if noted := c.noted(); !slices.Equal(noted, []string{"u2"}) {
		t.Errorf("noted are %v", noted)
	}
	c.does("u2-head", "u2", c.corrects("u2", "95", waits.ID))
	c.points("u2", "G", "95.00")
	if row := c.row("u2"); row.Rank != 1 || !c.live.Summary().Final {
		t.Errorf("after the close u2 has rank %d", row.Rank)
	}
	c.onFold()
}

// TestActsOfOneUnit: where one unit is the share, its act has its effect at once, and the standings have moved.
func TestActsOfOneUnit(t *testing.T) {
	t.Parallel()
	c := newCourse(t, []int{90, 80, 80, 60, 50, 40, 30, 20, 10}, "endorse: 2/3", "endorse: 1/9")
	c.goTo(deliberation)
	e := c.does("u1-head", "", &events.TieDecided{Cluster: "one", Order: []string{"u3", "u2"}, Points: decimal("80"), Reason: "lot"})
	if row := c.row("u2"); row.Rank != 3 || c.live.state.scalars.moved != e.Seq {
		t.Errorf("u2 has rank %d, and event %d moved the standings last", row.Rank, c.live.state.scalars.moved)
	}
	c.nominate("u1", "ministry")
	a := c.does("u1-head", "u2", &events.AppealDecided{Of: c.appeals("u2", c.marked("u2")).ID, Outcome: events.AppealUpheld, Reason: "heard"})
	if c.live.state.scalars.moved != a.Seq || c.nominee("u1", "ministry").Flagged != a.Seq {
		t.Errorf("event %d moved the standings last", c.live.state.scalars.moved)
	}
	c.nominate("u3", "ministry") // on the standings of now, whose hash a fresh fold gives
	c.does("u1-head", "u4", excludes("2017-01-01", ""))
	c.refuses(CodeExcluded, "u4-head", "u4", c.nomination("u4", "badge", "calm"))
	c.goTo(ballot)
	c.does("u2-council", "", endorse(c.nomineeEvent("u1", "ministry"), events.EndorseReviewed))
	c.carry("u1", "ministry", "b1")
	c.does("u1-head", "", c.again("b2", "u1"))
	if b := c.award("one", "ministry").Ballots; len(b) != 2 || b[1].Effective != b[1].Opened || b[0].Replaced != "b2" {
		t.Errorf("the ballots are %+v", b)
	}
	c.onFold()
}
