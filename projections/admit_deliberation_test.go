package projections

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// evaluates is a small evaluation in cluster one, changed.
func evaluates(change ...func(p *events.EvaluationRecorded)) *events.EvaluationRecorded {
	p := &events.EvaluationRecorded{Cluster: "one", Recommendation: "keep on", Strengths: []events.Finding{{Criterion: "G", Text: "early"}}}
	for _, f := range change {
		f(p)
	}
	return p
}

// evaluationRules are about evaluations of u2.
func evaluationRules() []courseRule {
	good := tells("u1-head", "u2", just(evaluates()))
	edit := func(f func(p *events.EvaluationRecorded)) func(c course) error {
		return tells("u1-head", "u2", just(evaluates(f)))
	}
	evaluated := func(c course) { c.does("u1-head", "u2", evaluates()) }
	last := func(c course) uuid.UUID { return c.list[len(c.list)-1].ID }
	replaces := func(id func(c course) uuid.UUID, reason string) func(c course) error {
		return func(c course) error {
			c.lazy = false
			return tells("u1-head", "u2", just(evaluates(func(p *events.EvaluationRecorded) { p.Supersedes, p.Reason = id(c), reason })))(c)
		}
	}
	consensus := func(id func(c course) uuid.UUID) func(c course) error {
		return func(c course) error {
			return edit(func(p *events.EvaluationRecorded) { p.Consensus = []uuid.UUID{id(c)} })(c)
		}
	}
	none := func(course) uuid.UUID { return uuid.Nil }
	return []courseRule{
		{name: "own unit", code: CodeConflict, field: "author", accept: good, refuse: tells("u1-head", "u1", just(evaluates()))},
		{name: "officer", code: CodeRole, field: "author", accept: tells("u3-council", "u2", just(evaluates())), refuse: tells("u3-officer", "u2", just(evaluates()))},
		{name: "cluster", code: CodeUnknownCluster, field: "cluster", accept: good, refuse: edit(func(p *events.EvaluationRecorded) { p.Cluster = "three" })},
		{name: "of another cluster", code: CodeUnknownUnit, field: "subject", accept: good, refuse: tells("u1-head", "v1", just(evaluates()))},
		{name: "strength", code: CodeUnknownLeaf, field: "criterion", accept: good, refuse: edit(func(p *events.EvaluationRecorded) { p.Strengths[0].Criterion = "H" })},
		{name: "shortcoming", code: CodeUnknownLeaf, field: "criterion", accept: good,
			refuse: edit(func(p *events.EvaluationRecorded) { p.Shortcomings = []events.Finding{{Criterion: "H", Text: "late"}} })},
		{name: "drive", code: CodeDrive, field: "drive", accept: good, refuse: edit(func(p *events.EvaluationRecorded) { p.Strengths[0].Drive = "tet" })},
		{name: "award", code: CodeUnknownAward, field: "awards", accept: edit(func(p *events.EvaluationRecorded) { p.Awards = []string{"badge"} }),
			refuse: edit(func(p *events.EvaluationRecorded) { p.Awards = []string{"badge", "prize"} })},
		{name: "consensus of nothing", code: CodeUnknownEvent, field: "consensus", given: evaluated, accept: consensus(last), refuse: consensus(func(course) uuid.UUID { return uuid.UUID{1} })},
		{name: "consensus of a mark", code: CodeUnknownEvent, field: "consensus", given: evaluated, accept: consensus(last), refuse: consensus(func(c course) uuid.UUID { return c.marked("u2").ID })},
		{name: "consensus on another unit", code: CodeUnknownEvent, field: "consensus", given: evaluated, accept: consensus(last), refuse: func(c course) error {
			c.does("u1-head", "u3", evaluates())
			return consensus(last)(c)
		}},
		{name: "evaluated again without a reason", code: CodeReason, field: "reason", given: evaluated, accept: replaces(last, "new figures"), refuse: good},
		{name: "evaluation not named", code: CodeSupersedes, field: "supersedes", given: evaluated, accept: replaces(last, "new figures"), refuse: replaces(none, "new figures")},
		{name: "no evaluation to replace", code: CodeSupersedes, field: "supersedes", accept: good, refuse: replaces(last, "new figures")},
		{name: "evaluation by another", code: CodeSupersedes, field: "supersedes", given: evaluated, accept: tells("u3-head", "u2", just(evaluates())), refuse: func(c course) error {
			return tells("u3-head", "u2", just(evaluates(func(p *events.EvaluationRecorded) { p.Supersedes, p.Reason = last(c), "mine" })))(c)
		}},
	}
}

// TestEvaluationsStandBesideEachOther: each evaluator has one on a unit, and a consensus replaces none of them.
func TestEvaluationsStandBesideEachOther(t *testing.T) {
	t.Parallel()
	c := courseAt(t, review)
	first := c.does("u1-head", "u2", evaluates())
	second := c.does("u3-council", "u2", evaluates(func(p *events.EvaluationRecorded) {
		p.Strengths, p.Shortcomings = nil, []events.Finding{{Criterion: "G", Text: "late"}}
	}))
	both := c.does("u1-head", "u2", evaluates(func(p *events.EvaluationRecorded) { p.Consensus = []uuid.UUID{first.ID, second.ID} }))
	completed := func(p *events.EvaluationRecorded, want uuid.UUID) *events.EvaluationRecorded {
		d := events.Draft{Author: "u1-head", Subject: "u2", Payload: p}
		c.live.Complete(&d, c.now)
		got, _ := d.Payload.(*events.EvaluationRecorded)
		if got.Supersedes != want || p.Supersedes != uuid.Nil {
			t.Errorf("completed, it replaces %s, not %s", got.Supersedes, want)
		}
		return got
	}
	completed(evaluates(), uuid.Nil)
	again := c.does("u1-head", "u2", completed(evaluates(func(p *events.EvaluationRecorded) { p.Reason, p.Recommendation = "new figures", "wait" }), first.ID))
	other := c.does("u1-head", "u2", completed(evaluates(func(p *events.EvaluationRecorded) {
		p.Reason, p.Consensus = "met again", []uuid.UUID{second.ID, again.ID}
	}), both.ID))
	current := map[events.Seq]bool{}
	for _, u := range c.live.Awards("en").Units {
		for _, e := range u.Evaluations {
			if u.Unit != "u2" {
				t.Errorf("an evaluation of %s", u.Unit)
			}
			current[e.Seq] = e.Current
			if e.Seq == other.Seq && (len(e.Consensus) != 2 || e.Consensus[0] != second.Seq || e.Consensus[1] != again.Seq) {
				t.Errorf("the consensus weighs %v", e.Consensus)
			}
		}
	}
	for seq, want := range map[events.Seq]bool{first.Seq: false, second.Seq: true, both.Seq: false, again.Seq: true, other.Seq: true} {
		if got, ok := current[seq]; !ok || got != want {
			t.Errorf("the evaluation of event %d is current: %v", seq, got)
		}
	}
	c.onFold()
}

// exclusionRules are about exclusions of u2.
func exclusionRules() []courseRule {
	imposed := func(c course) { c.does("authority", "u2", excludes("2017-01-01", "")) }
	lift := func(author, subject string) func(c course) error {
		return func(c course) error {
			e := c.lastOf(func(e events.Event) bool { return e.Payload.Type() == events.TypeExclusionImposed })
			return tells(author, subject, just(&events.ExclusionLifted{Of: e.ID, Reason: "served"}))(c)
		}
	}
	onPaper := func(p events.Payload) events.Payload {
		switch p := p.(type) {
		case *events.ExclusionImposed:
			p.Basis, p.Decision = events.BasisTranscribed, paperOf()
		case *events.ExclusionLifted:
			p.Basis, p.Decision = events.BasisTranscribed, paperOf()
		}
		return p
	}
	transcribedLift := func(author string) func(c course) error {
		return func(c course) error {
			return tells(author, "u2", just(onPaper(&events.ExclusionLifted{Of: c.list[len(c.list)-1].ID, Reason: "served"})))(c)
		}
	}
	return []courseRule{
		{name: "of its own", code: CodeConflict, field: "author", accept: tells("u1-head", "u2", just(excludes("2017-01-01", ""))), refuse: tells("u2-head", "u2", just(excludes("2017-01-01", "")))},
		{name: "exclusion by an officer", code: CodeRole, field: "author", accept: tells("u3-head", "u2", just(excludes("2017-01-01", ""))), refuse: tells("u3-officer", "u2", just(excludes("2017-01-01", "")))},
		{name: "of nobody", code: CodeUnknownUnit, field: "subject", accept: tells("authority", "u2", just(excludes("2017-01-01", ""))), refuse: tells("authority", "u9", just(excludes("2017-01-01", "")))},
		{name: "from no award", code: CodeUnknownAward, field: "awards", accept: tells("authority", "u2", just(excludes("2017-01-01", "", "cup"))),
			refuse: tells("authority", "u2", just(excludes("2017-01-01", "", "cup", "prize")))},
		{name: "the authority transcribes", code: CodeRole, field: "basis", accept: tells("u1-head", "u2", just(onPaper(excludes("2017-01-01", "")))), refuse: tells("authority", "u2", just(onPaper(excludes("2017-01-01", ""))))},
		{name: "the authority transcribes a lift", code: CodeRole, field: "basis", given: imposed, accept: transcribedLift("u1-head"), refuse: transcribedLift("authority")},
		{name: "excluded on a paper to come", code: CodeTime, field: "decision", accept: tells("u1-head", "u2", just(onPaper(excludes("2017-01-01", "")))), refuse: func(c course) error {
			p := excludes("2017-01-01", "")
			p.Basis, p.Decision = events.BasisTranscribed, paperOf()
			p.Decision.Date = "2017-03-02"
			return tells("u1-head", "u2", just(p))(c)
		}},
		{name: "endorsed by the one concerned", code: CodeConflict, field: "author", given: func(c course) { c.does("u1-head", "u2", excludes("2017-01-01", "")) },
			accept: func(c course) error {
				return tells("u3-head", "", just(endorse(c.list[len(c.list)-1], events.EndorseAgree)))(c)
			}, refuse: func(c course) error {
				return tells("u2-head", "", just(endorse(c.list[len(c.list)-1], events.EndorseAgree)))(c)
			}},
		{name: "lifted on a paper to come", code: CodeTime, field: "decision", given: imposed, accept: transcribedLift("u1-head"), refuse: func(c course) error {
			p := &events.ExclusionLifted{Of: c.list[len(c.list)-1].ID, Reason: "served", Basis: events.BasisTranscribed, Decision: paperOf()}
			p.Decision.Date = "2017-03-02"
			return tells("u1-head", "u2", just(p))(c)
		}},
		{name: "lift of nothing", code: CodeUnknownEvent, field: "of", given: imposed, accept: lift("authority", "u2"), refuse: tells("authority", "u2", just(&events.ExclusionLifted{Of: uuid.UUID{1}, Reason: "served"}))},
		{name: "lift of another's", code: CodeUnknownEvent, field: "of", given: imposed, accept: lift("authority", "u2"), refuse: lift("authority", "u3")},
		{name: "lift of what has no effect yet", code: CodeUnknownEvent, field: "of", given: func(c course) { c.does("u1-head", "u2", excludes("2017-01-01", "")) }, accept: func(c course) error {
			c.agreeing(c.list[len(c.list)-1], "u3", "u4", "u5", "u6", "v1")
			return lift("authority", "u2")(c)
		}, refuse: lift("authority", "u2")},
		{name: "lifted twice", code: CodeExcluded, field: "of", given: imposed, accept: lift("authority", "u2"), refuse: func(c course) error {
			c.must(c.list[0], lift("authority", "u2")(c))
			return lift("authority", "u2")(c)
		}},
		{name: "lifted by its own head", code: CodeConflict, field: "author", given: imposed, accept: lift("u1-head", "u2"), refuse: lift("u2-head", "u2")},
		{name: "lifted while the heads were asked", code: CodeExcluded, field: "of", given: imposed, accept: lift("authority", "u2"), refuse: func(c course) error {
			c.must(c.list[0], lift("u1-head", "u2")(c))
			asked := c.list[len(c.list)-1]
			c.agreeing(asked, "u3", "u4", "u5", "u6")
			c.must(c.list[0], lift("authority", "u2")(c))
			return tells("v1-head", "", just(endorse(asked, events.EndorseAgree)))(c)
		}},
	}
}

// nominationRules are about who is nominated.
func nominationRules() []courseRule {
	nominates := func(author, unit, award string, reason ...string) func(c course) error {
		return tells(author, unit, func(c course) events.Payload { return c.nomination(unit, award, reason...) })
	}
	changed := func(change func(c course, p *events.NominationProposed)) func(c course) error {
		return tells("u1-head", "u1", func(c course) events.Payload {
			p := c.nomination("u1", "ministry")
			change(c, p)
			return p
		})
	}
	first := func(c course) { c.nominate("u1", "ministry") }
	barred := func(from, to string, awards ...string) func(c course) {
		return func(c course) { c.does("authority", "u1", excludes(from, to, awards...)) }
	}
	top := []string{"- {id: badge, places: 2}", "- {id: badge, places: 2}\n  - {id: top, places: 1, within: government}"}
	tied := []int{90, 80, 80, 80, 50, 40, 30, 20, 10}
	return []courseRule{
		{name: "officer nominates", code: CodeRole, field: "author", accept: nominates("u1-council", "u1", "ministry"), refuse: nominates("u1-officer", "u1", "ministry")},
		{name: "head of another cluster", code: CodeRole, field: "author", accept: nominates("council", "u1", "ministry"), refuse: nominates("v1-head", "u1", "ministry")},
		{name: "council of another cluster", code: CodeRole, field: "author", accept: nominates("u3-council", "u1", "ministry"), refuse: nominates("v2-council", "u1", "ministry")},
		{name: "no award", code: CodeUnknownAward, field: "award", accept: nominates("u1-head", "u1", "cup"), refuse: nominates("u1-head", "u1", "prize")},
		{name: "in another cluster", code: CodeUnknownUnit, field: "subject", accept: changed(func(course, *events.NominationProposed) {}), refuse: changed(func(_ course, p *events.NominationProposed) { p.Cluster = "two" })},
		{name: "standings of the future", code: CodeStandings, field: "standings", accept: changed(func(course, *events.NominationProposed) {}),
			refuse: changed(func(_ course, p *events.NominationProposed) { p.Standings.Seq++ })},
		{name: "standings that moved", code: CodeStandings, field: "standings", at: review, accept: func(course) error { return nil }, refuse: func(c course) error {
			old := c.asOfNow()
			c.does("u1-head", "u1", because(c.grade("u1", "91")))
			c.goTo(deliberation)
			return tells("u1-head", "u1", just(&events.NominationProposed{Award: "ministry", Cluster: "one", Standings: old}))(c)
		}},
		{name: "hash of other standings", code: CodeStandings, field: "sha256", accept: changed(func(course, *events.NominationProposed) {}),
			refuse: changed(func(_ course, p *events.NominationProposed) { p.Standings.SHA256 = hash("other") })},
		{name: "who withdrew", code: CodeNotJoined, field: "subject", given: func(c course) { c.does("u2-head", "u2", &events.UnitWithdrawn{Reason: "merged"}) },
			accept: nominates("u1-head", "u3", "ministry"), refuse: nominates("u1-head", "u2", "ministry")},
		{name: "twice", code: CodeNominated, field: "subject", given: first, accept: nominates("u2-head", "u2", "ministry"), refuse: nominates("u3-head", "u1", "ministry", "again")},
		{name: "two awards within each other", code: CodeNominated, field: "subject", given: first, accept: nominates("u1-head", "u1", "cup"), refuse: nominates("u1-head", "u1", "government")},
		{name: "two awards around each other", code: CodeNominated, field: "subject", given: func(c course) { c.nominate("u1", "government") },
			accept: nominates("u1-head", "u1", "badge"), refuse: nominates("u1-head", "u1", "ministry")},
		{name: "more than there are places", code: CodePlaces, field: "award", given: func(c course) { c.nominate("u1", "badge"); c.nominate("u2", "badge") },
			accept: nominates("u3-head", "u3", "cup"), refuse: nominates("u3-head", "u3", "badge", "calm")},
		{name: "places of another cluster", code: CodePlaces, field: "award", given: func(c course) { c.nominate("u1", "badge"); c.nominate("u2", "badge") },
			accept: nominates("v1-head", "v1", "badge"), refuse: nominates("u3-head", "u3", "badge", "calm")},
		// The government's nominee is one of the first 2 + 1.
		{name: "not among the first", code: CodePlaces, field: "subject", accept: nominates("u3-head", "u3", "government", "calm"), refuse: nominates("u4-head", "u4", "government", "calm")},
		{name: "not among the first, with ties", code: CodePlaces, field: "subject", marks: tied, accept: nominates("u4-head", "u4", "government", "calm"), refuse: nominates("u5-head", "u5", "government", "calm")},
		{name: "places of the ministry taken", code: CodePlaces, field: "subject", given: func(c course) { first(c); c.nominate("u2", "ministry") },
			accept: nominates("u3-head", "u3", "government", "calm"), refuse: nominates("u4-head", "u4", "government", "calm")},
		// Of an award within the government's, within the ministry's: one of the first 1 + 1, and of the first 2 + 1.
		{name: "not among the first of two", code: CodePlaces, field: "subject", edits: top, accept: nominates("u2-head", "u2", "top", "calm"), refuse: nominates("u3-head", "u3", "top", "calm")},
		{name: "not among the first of the outermost", code: CodePlaces, field: "subject", edits: append(slices.Clone(top), "id: government, title: Government flag, places: 1", "id: government, title: Government flag, places: 3",
			"id: ministry, title: Ministry flag, places: 2", "id: ministry, title: Ministry flag, places: 1"), accept: nominates("u4-head", "u4", "top", "calm"), refuse: nominates("u5-head", "u5", "top", "calm")},
		{name: "excluded from the outermost", code: CodeExcluded, field: "subject", edits: top, given: barred("2017-01-01", "", "ministry"), accept: nominates("u2-head", "u2", "top", "calm"), refuse: nominates("u1-head", "u1", "top")},
		// Two places: who stands third needs a reason.
		{name: "out of order", code: CodeOrder, field: "reason", accept: nominates("u3-head", "u3", "ministry", "border unit"), refuse: nominates("u3-head", "u3", "ministry")},
		{name: "order among equals", code: CodeOrder, field: "reason", marks: tied, accept: nominates("u4-head", "u4", "ministry"), refuse: nominates("u5-head", "u5", "ministry")},
		{name: "the one place", code: CodeOrder, field: "reason", accept: nominates("u1-head", "u1", "government"), refuse: nominates("u2-head", "u2", "government")},
		{name: "after one nominated within", code: CodeOrder, field: "reason", given: func(c course) { c.nominate("u1", "government") },
			accept: nominates("u3-head", "u3", "ministry"), refuse: nominates("u4-head", "u4", "ministry")},
		{name: "after one that is excluded", code: CodeOrder, field: "reason", given: barred("2017-01-01", ""), accept: nominates("u3-head", "u3", "ministry"), refuse: nominates("u4-head", "u4", "ministry")},
		{name: "after one that withdrew", code: CodeOrder, field: "reason", given: func(c course) { c.does("u2-head", "u2", &events.UnitWithdrawn{Reason: "merged"}) },
			accept: nominates("u3-head", "u3", "ministry"), refuse: nominates("u4-head", "u4", "ministry")},
		{name: "excluded that morning", code: CodeExcluded, field: "subject", given: barred("2017-03-01", "2017-03-01"), accept: nominates("u2-head", "u2", "ministry"), refuse: nominates("u1-head", "u1", "ministry")},
		{name: "excluded from the award", code: CodeExcluded, field: "subject", given: barred("2017-01-01", "", "ministry"), accept: nominates("u1-head", "u1", "cup"), refuse: nominates("u1-head", "u1", "ministry")},
		{name: "excluded from the award it stands within", code: CodeExcluded, field: "subject", given: barred("2017-01-01", "", "ministry"),
			accept: nominates("u2-head", "u2", "government"), refuse: nominates("u1-head", "u1", "government")},
		{name: "excluded from the award within", code: CodeExcluded, field: "subject", given: barred("2017-01-01", "", "government"),
			accept: nominates("u1-head", "u1", "ministry"), refuse: nominates("u1-head", "u1", "government")},
	}
}

// withdrawalRules are about taking nominations back.
func withdrawalRules() []courseRule {
	takesBack := func(author, subject string) func(c course) error {
		return func(c course) error {
			e, _ := c.has(events.TypeNominationProposed)
			return tells(author, subject, just(&events.NominationWithdrawn{Of: e.ID, Reason: "declined"}))(c)
		}
	}
	first := func(c course) { c.nominate("u1", "ministry") }
	byRival := func(c course) { c.does("u3-head", "u2", c.nomination("u2", "ministry")) }
	return []courseRule{
		{name: "withdrawal of nothing", code: CodeUnknownEvent, field: "of", given: first, accept: takesBack("u1-head", "u1"), refuse: tells("u1-head", "u1", just(&events.NominationWithdrawn{Of: uuid.UUID{1}, Reason: "declined"}))},
		{name: "withdrawal of another's", code: CodeUnknownEvent, field: "of", given: first, accept: takesBack("u1-head", "u1"), refuse: takesBack("u1-head", "u2")},
		{name: "withdrawn twice", code: CodeUnknownEvent, field: "of", given: first, accept: takesBack("u1-head", "u1"), refuse: func(c course) error {
			c.must(c.list[0], takesBack("u1-head", "u1")(c))
			return takesBack("u1-head", "u1")(c)
		}},
		{name: "withdrawn by a rival", code: CodeRole, field: "author", given: byRival, accept: takesBack("u2-head", "u2"), refuse: takesBack("u4-head", "u2")},
		{name: "withdrawn by who nominated", code: CodeRole, field: "author", given: byRival, accept: takesBack("u3-head", "u2"), refuse: takesBack("u3-council", "u2")},
		{name: "withdrawn by the lead", code: CodeRole, field: "author", given: byRival, accept: takesBack("u1-head", "u2"), refuse: takesBack("v1-head", "u2")},
		{name: "withdrawn in a ballot", code: CodeBallot, field: "of", at: ballot, given: first, accept: takesBack("u1-head", "u1"), refuse: func(c course) error {
			c.open("b1", events.BallotNamed, "ministry", []string{"u1"})
			return takesBack("u1-head", "u1")(c)
		}},
		{name: "withdrawn after the council carried it", code: CodeConflict, field: "author", at: ballot, given: func(c course) {
			byRival(c)
			c.carry("u2", "ministry", "b1")
		}, accept: takesBack("u2-head", "u2"), refuse: takesBack("u1-head", "u2")},
		{name: "withdrawn after the council carried it, by who nominated", code: CodeConflict, field: "author", at: ballot, given: func(c course) {
			byRival(c)
			c.carry("u2", "ministry", "b1")
		}, accept: takesBack("u2-head", "u2"), refuse: takesBack("u3-head", "u2")},
		{name: "withdrawn by the lead though it may still be proposed", code: CodeConflict, field: "author", at: ballot, given: func(c course) {
			byRival(c)
			c.carry("u2", "ministry", "b1")
		}, accept: func(c course) error {
			c.does("authority", "u2", excludes("2017-03-01", "")) // now it may not, and keeps no place
			return takesBack("u1-head", "u2")(c)
		}, refuse: takesBack("u1-head", "u2")},
		{name: "withdrawn when it was proposed", code: CodeProposal, field: "of", at: ballot, given: func(c course) { c.nominate("u1", "badge") }, accept: takesBack("u1-head", "u1"), refuse: func(c course) error {
			c.propose("u1", "badge", "")
			return takesBack("u1-head", "u1")(c)
		}},
	}
}

// TestExclusionDays: an exclusion bars from its first day to its last in the campaign's zone, and not from the day on which it is lifted.
func TestExclusionDays(t *testing.T) {
	t.Parallel()
	zone := []string{"clock: live", "clock: live\nperiod: {start: 2017-01-01, end: 2017-12-31, zone: Asia/Ho_Chi_Minh}"} // 7 hours ahead
	for _, x := range []struct {
		name, from, to string
		at             time.Time
		barred         bool
	}{
		{"the day before", "2017-04-10", "2017-04-20", time.Date(2017, 4, 9, 16, 59, 58, 0, time.UTC), false},
		{"the first moment", "2017-04-10", "2017-04-20", time.Date(2017, 4, 9, 17, 0, 0, 0, time.UTC), true},
		{"the last moment", "2017-04-10", "2017-04-20", time.Date(2017, 4, 20, 16, 59, 58, 0, time.UTC), true},
		{"the day after", "2017-04-10", "2017-04-20", time.Date(2017, 4, 20, 17, 0, 0, 0, time.UTC), false},
		{"without an end", "2017-04-10", "", time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), true},
		{"one day", "2017-04-10", "2017-04-10", time.Date(2017, 4, 10, 3, 0, 0, 0, time.UTC), true},
	} {
		c := courseAt(t, deliberation, zone...)
		e := c.does("authority", "u1", excludes(x.from, x.to))
		c.now = x.at.Add(-time.Second)
		p := c.nomination("u1", "ministry")
		if err := c.would("u1-head", "u1", p); (err != nil) != x.barred {
			t.Errorf("%s: %v", x.name, err)
		}
		if !x.barred {
			continue
		}
		c.does("authority", "u1", &events.ExclusionLifted{Of: e.ID, Reason: "served"})
		c.nominate("u1", "ministry") // on the day of the lift
		c.onFold()
	}
}

// TestExclusionByHeads holds at the units' share, which is 6 of 9, and the authority's at once; it moves no standings.
func TestExclusionByHeads(t *testing.T) {
	t.Parallel()
	c := courseAt(t, deliberation)
	before := string(jsonOf(c.live))
	e := c.does("u1-head", "u2", excludes("2017-01-01", ""))
	c.agreeing(e, "u3", "u4", "u5", "u6")
	if err := c.would("u2-head", "u2", c.nomination("u2", "ministry")); err != nil {
		t.Errorf("five of nine units exclude: %v", err)
	}
	c.refuses(CodeConflict, "u2-head", "", endorse(e, events.EndorseAgree)) // the unit concerned
	c.agreeing(e, "v1")
	c.refuses(CodeExcluded, "u2-head", "u2", c.nomination("u2", "ministry"))
	lift := c.does("v1-head", "u2", &events.ExclusionLifted{Of: e.ID, Reason: "served"})
	c.agreeing(lift, "v2", "v3", "u1", "u3")
	c.refuses(CodeExcluded, "u2-head", "u2", c.nomination("u2", "ministry"))
	c.now = c.now.AddDate(0, 0, 3)
	c.agreeing(lift, "u4")
	c.nominate("u2", "ministry")
	units := c.live.Awards("en").Units
	x := units[1].Exclusions[0]
	if x.Seq != e.Seq || x.Effective != e.Seq+5 || x.Lifted != lift.Seq+5 || x.LiftedOn != "2017-03-04" {
		t.Errorf("the exclusion is %+v", x)
	}
	after := string(jsonOf(c.live))
	if rows := func(s string) string {
		return s[len(`{"format":1,"campaign":"trial","signed":true,"asOf":{"seq":22,"time":"2017-03-01T08:00:22.000Z"}`):]
	}; rows(before) != rows(after) {
		t.Errorf("an exclusion moves standings:\n%s\n%s", before, after)
	}
	c.onFold()
}

// TestExclusionLapses when the campaign is closed before the share is reached.
func TestExclusionLapses(t *testing.T) {
	t.Parallel()
	c := courseAt(t, final)
	e := c.does("u1-head", "u2", excludes("2017-01-01", ""))
	c.agreeing(e, "u3", "u4", "u5", "u6")
	c.does("u1-head", "", closing())
	c.refuses(CodeStage, "v1-head", "", endorse(e, events.EndorseAgree))
}
