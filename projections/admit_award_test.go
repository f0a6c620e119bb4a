package projections

import (
	"fmt"
	"testing"

	"github.com/google/uuid"

	"campaignledger/events"
)

// carriedFor has u1 carried for the ministry's flag by ballot b1, u2 and u3 nominated for the badge and u4 for nothing.
func carriedFor(c course) {
	c.nominate("u1", "ministry")
	c.nominate("u2", "badge", "calm")
	c.nominate("u3", "badge", "calm")
	c.carry("u1", "ministry", "b1")
}

// proposalRules are about proposals to the authority.
func proposalRules() []courseRule {
	says := func(author, unit, award, ballot string) func(c course) error {
		return tells(author, unit, just(proposes(unit, award, ballot)))
	}
	good := says("u1-head", "u1", "ministry", "b1")
	badge := says("u1-head", "u2", "badge", "")
	rule := func(name string, code Code, field string, refuse func(c course) error) courseRule {
		return courseRule{name: name, code: code, field: field, at: ballot, given: carriedFor, accept: good, refuse: refuse}
	}
	return []courseRule{
		rule("proposed by another lead", CodeRole, "author", says("v1-head", "u1", "ministry", "b1")),
		rule("proposed by the lead's officer", CodeRole, "author", says("u1-officer", "u1", "ministry", "b1")),
		rule("proposed for nothing", CodeUnknownAward, "award", says("u1-head", "u1", "prize", "b1")),
		rule("proposed in another cluster", CodeUnknownUnit, "subject", tells("u1-head", "v1", just(&events.AwardProposed{Award: "ministry", Ballot: "b1", Cluster: "one"}))),
		rule("not nominated", CodeNominated, "subject", says("u1-head", "u4", "ministry", "b1")),
		rule("proposed twice", CodeProposal, "subject", func(c course) error {
			c.propose("u1", "ministry", "b1")
			return good(c)
		}),
		rule("without its ballot", CodeBallot, "ballot", says("u1-head", "u1", "ministry", "")),
		rule("with another ballot", CodeBallot, "ballot", func(c course) error {
			c.nominate("u1", "cup")
			c.carry("u1", "cup", "b2")
			return says("u1-head", "u1", "ministry", "b2")(c)
		}),
		rule("with no ballot at all", CodeBallot, "ballot", func(c course) error {
			c.nominate("u4", "cup")
			return says("u1-head", "u4", "cup", "b1")(c)
		}),
		rule("while the ballot is open", CodeBallot, "ballot", func(c course) error {
			c.nominate("u4", "cup")
			c.open("b2", events.BallotNamed, "cup", []string{"u4"})
			return says("u1-head", "u4", "cup", "b2")(c)
		}),
		rule("with the ballot on an earlier nomination", CodeBallot, "ballot", func(c course) error {
			c.does("u1-head", "u1", &events.NominationWithdrawn{Of: c.nomineeEvent("u1", "ministry").ID, Reason: "declined"})
			c.nominate("u1", "ministry")
			return good(c)
		}),
		rule("a ballot where none is asked for", CodeBallot, "ballot", says("u1-head", "u2", "badge", "b1")),
		rule("not carried", CodeNotCarried, "ballot", func(c course) error {
			c.nominate("u4", "cup")
			c.open("b2", events.BallotNamed, "cup", []string{"u4"})
			c.casts("b2", "u4", "u1-council=for u2-council=for u3-council=against u5-council=against")
			c.ends("b2") // two of six, and it takes three
			return says("u1-head", "u4", "cup", "b2")(c)
		}),
		{name: "excluded since the ballot", code: CodeExcluded, field: "subject", at: ballot, given: carriedFor, accept: badge, refuse: func(c course) error {
			c.does("authority", "u1", excludes("2017-03-01", ""))
			return good(c)
		}},
		{name: "withdrew since the ballot", code: CodeNotJoined, field: "subject", at: ballot, given: carriedFor, accept: badge, refuse: func(c course) error {
			c.does("u2-head", "u2", &events.UnitWithdrawn{Reason: "merged"})
			return badge(c)
		}},
		{name: "no longer among the first", code: CodeFlagged, field: "subject", at: ballot, given: func(c course) { c.nominate("u3", "government", "calm") }, accept: func(c course) error {
			p := c.opens("p1", events.BallotPaper, "government", []string{"u3"})
			_, err := c.by("u1-head", "", p)
			return err
		}, refuse: func(c course) error {
			c.open("p1", events.BallotPaper, "government", []string{"u3"})
			c.counted("p1", 7, "u3:6/0")
			c.does("u1-head", "", closes("p1"))
			a := c.upheld("u4", c.marked("u4"))
			c.does("u4-head", "u4", c.corrects("u4", "85", a.ID))
			c.refuses(CodePlaces, "u5-council", "", endorse(c.nomineeEvent("u3", "government"), events.EndorseReviewed))
			return says("u1-head", "u3", "government", "p1")(c)
		}},
	}
}

// TestPlacesComeBack: a proposal that was refused, and an award that was revoked, give their places back; the unit is not nominated for that
// award again, and may be for another.
func TestPlacesComeBack(t *testing.T) {
	t.Parallel()
	for _, revoked := range []bool{false, true} {
		c := courseAt(t, ballot)
		first, second := c.badged("u1"), c.badged("u2")
		c.refuses(CodePlaces, "u3-head", "u3", c.nomination("u3", "badge", "calm"))
		if revoked {
			granted := c.does("authority", "u1", decides(first, events.AwardGranted))
			c.refuses(CodePlaces, "u3-head", "u3", c.nomination("u3", "badge", "calm"))
			c.does("authority", "u1", &events.AwardRevoked{Of: granted.ID, Ground: events.Words{Text: "forged"}})
		} else {
			c.does("authority", "u1", decides(first, events.AwardRefused))
		}
		c.refuses(CodeNominated, "u1-head", "u1", c.nomination("u1", "badge", "again"))
		c.badged("u3")
		c.refuses(CodePlaces, "u4-head", "u4", c.nomination("u4", "badge", "calm"))
		c.does("authority", "u2", decides(second, events.AwardGranted))
		c.onFold()
	}
	c := courseAt(t, ballot) // refused the higher one, u1 is nominated for the lower
	c.nominate("u1", "government")
	c.open("p1", events.BallotPaper, "government", []string{"u1"})
	c.counted("p1", 7, "u1:6/0")
	c.does("u1-head", "", closes("p1"))
	e := c.propose("u1", "government", "p1")
	c.refuses(CodeNominated, "u1-head", "u1", c.nomination("u1", "ministry"))
	c.does("authority", "u1", decides(e, events.AwardRefused))
	c.nominate("u1", "ministry")
	c.onFold()
}

// TestPlacesOfProposals: nobody proposes more than there are places, also where a nominee was withdrawn and others took its place.
func TestPlacesOfProposals(t *testing.T) {
	t.Parallel()
	c := courseAt(t, ballot, "- {id: badge, places: 2}", "- {id: badge, places: 1}")
	e := c.badged("u1")
	c.does("authority", "u1", decides(e, events.AwardRefused))
	c.nominate("u2", "badge", "calm")
	a := c.upheld("u1", e)
	c.does("authority", "u1", decides(e, events.AwardGranted, a)) // the authority takes the place again
	c.refuses(CodePlaces, "u1-head", "u2", proposes("u2", "badge", ""))
	c.onFold()
}

// proposal is the newest one.
func (c course) proposal() events.Event {
	e, _ := c.has(events.TypeAwardProposed)
	return e
}

// decidesU1 decides on the newest proposal, which is of u1.
func decidesU1(author string, change func(c course, p *events.AwardDecided)) func(c course) error {
	return tells(author, "u1", func(c course) events.Payload {
		p := decides(c.proposal(), events.AwardGranted)
		if change != nil {
			change(c, p)
		}
		return p
	})
}

// decisionRules are about decisions on u1's badge.
func decisionRules() []courseRule {
	given := func(c course) { c.badged("u1") }
	decides, proposal := decidesU1, course.proposal
	good := decides("authority", nil)
	onPaper := func(_ course, p *events.AwardDecided) { p.Basis, p.Decision = events.BasisTranscribed, paperOf() }
	rule := func(name string, code Code, field string, refuse func(c course) error) courseRule {
		return courseRule{name: name, code: code, field: field, at: ballot, given: given, accept: good, refuse: refuse}
	}
	other := func(award string) func(c course, p *events.AwardDecided) {
		return func(_ course, p *events.AwardDecided) { p.Outcome, p.Award = events.AwardOtherLevel, award }
	}
	return []courseRule{
		rule("decided by a head", CodeRole, "basis", decides("u1-head", nil)),
		{name: "transcribed by another lead", code: CodeRole, field: "author", at: ballot, given: given, accept: decides("u1-head", onPaper), refuse: decides("v1-head", onPaper)},
		{name: "transcribed by no lead", code: CodeRole, field: "author", at: ballot, given: given, accept: decides("u1-head", onPaper), refuse: decides("u2-head", onPaper)},
		rule("transcribed by the authority", CodeRole, "basis", decides("authority", onPaper)),
		{name: "decided by the unit's own authority", code: CodeConflict, field: "author", at: ballot, given: func(c course) {
			e := c.does("u1-head", "u1", c.appointment("u1-minister", events.RoleAuthority))
			c.agreeing(e, "u2", "u3", "u4", "u5", "u6")
			given(c)
		}, accept: good, refuse: decides("u1-minister", nil)},
		{name: "of a paper to come", code: CodeTime, field: "decision", at: ballot, given: given, accept: decides("u1-head", onPaper), refuse: decides("u1-head", func(c course, p *events.AwardDecided) {
			onPaper(c, p)
			p.Decision.Date = "2017-03-02"
		})},
		{name: "a level that nobody proposed, transcribed", code: CodeProposal, field: "award", at: ballot, given: given, accept: decides("authority", other("cup")), refuse: decides("u1-head", func(c course, p *events.AwardDecided) {
			onPaper(c, p)
			other("cup")(c, p)
		})},
		rule("of what was not proposed", CodeProposal, "of", decides("authority", func(c course, p *events.AwardDecided) { p.Of = c.nomineeEvent("u1", "badge").ID })),
		rule("of nothing", CodeProposal, "of", decides("authority", func(_ course, p *events.AwardDecided) { p.Of = uuid.UUID{1} })),
		rule("on another unit", CodeProposal, "of", func(c course) error {
			return tells("authority", "u2", just(&events.AwardDecided{Of: proposal(c).ID, Outcome: events.AwardGranted}))(c)
		}),
		{name: "the same as another level", code: CodeProposal, field: "award", at: ballot, given: given, accept: decides("authority", other("cup")), refuse: decides("authority", other("badge"))},
		{name: "a level that is not there", code: CodeUnknownAward, field: "award", at: ballot, given: given, accept: decides("authority", other("cup")), refuse: decides("authority", other("prize"))},
		rule("excluded that morning", CodeExcluded, "subject", func(c course) error {
			c.does("authority", "u1", excludes("2017-03-01", ""))
			return good(c)
		}),
		{name: "excluded from the other level", code: CodeExcluded, field: "subject", at: ballot, given: func(c course) { given(c); c.does("authority", "u1", excludes("2017-03-01", "", "cup")) },
			accept: good, refuse: decides("authority", other("cup"))},
		{name: "refused though excluded", code: CodeExcluded, field: "subject", at: ballot, given: func(c course) { given(c); c.does("authority", "u1", excludes("2017-03-01", "")) },
			accept: decides("authority", func(_ course, p *events.AwardDecided) { p.Outcome = events.AwardRefused }), refuse: good},
		{name: "granted twice by two proposals", code: CodeProposal, field: "subject", at: ballot, given: func(c course) {
			given(c)
			c.nominate("u1", "cup")
			c.carry("u1", "cup", "b1")
			e := c.propose("u1", "cup", "b1")
			c.does("authority", "u1", &events.AwardDecided{Of: e.ID, Outcome: events.AwardOtherLevel, Award: "badge"})
		}, accept: func(c course) error {
			e := c.lastOf(func(e events.Event) bool { p, ok := e.Payload.(*events.AwardProposed); return ok && p.Award == "badge" })
			return tells("authority", "u1", just(&events.AwardDecided{Of: e.ID, Outcome: events.AwardRefused}))(c)
		}, refuse: func(c course) error {
			e := c.lastOf(func(e events.Event) bool { p, ok := e.Payload.(*events.AwardProposed); return ok && p.Award == "badge" })
			return tells("authority", "u1", just(&events.AwardDecided{Of: e.ID, Outcome: events.AwardGranted}))(c)
		}},
	}
}

// secondDecisionRules are about deciding on u1's badge again.
func secondDecisionRules() []courseRule {
	given, decides := func(c course) { c.badged("u1") }, decidesU1
	good := decides("authority", nil)
	decided := func(c course) { given(c); c.must(c.list[0], good(c)) }
	appealed := func(unit string) func(c course) error { // against the decision, or against what comes last
		return func(c course) error {
			e, _ := c.has(events.TypeAwardDecided)
			a := c.upheld(unit, e)
			return decides("authority", func(_ course, p *events.AwardDecided) { p.Outcome, p.Appeal = events.AwardRefused, a.ID })(c)
		}
	}
	onPaper := func(_ course, p *events.AwardDecided) { p.Basis, p.Decision = events.BasisTranscribed, paperOf() }
	transcribed := func(c course) { given(c); c.must(c.list[0], decides("u1-head", onPaper)(c)) }
	return []courseRule{
		{name: "transcribed twice", code: CodeProposal, field: "of", at: ballot, given: transcribed, accept: good, refuse: decides("u1-head", onPaper)},
		{name: "transcribed over the authority's own", code: CodeProposal, field: "of", at: ballot, given: decided, accept: appealed("u2"), refuse: decides("u1-head", onPaper)},
		{name: "transcribed over the authority's own after an appeal about something else", code: CodeAppeal, field: "appeal", at: ballot, given: decided, accept: appealed("u1"), refuse: func(c course) error {
			a := c.upheld("u1", c.marked("u1"))
			return decides("u1-head", func(c course, p *events.AwardDecided) {
				onPaper(c, p)
				p.Outcome, p.Appeal = events.AwardRefused, a.ID
			})(c)
		}},
		{name: "decided twice", code: CodeProposal, field: "of", at: ballot, given: decided, accept: appealed("u2"), refuse: good},
		{name: "after no appeal", code: CodeAppeal, field: "appeal", at: ballot, given: decided, accept: appealed("u1"), refuse: decides("authority", func(c course, p *events.AwardDecided) { p.Appeal = c.list[0].ID })},
		{name: "after an appeal about another", code: CodeAppeal, field: "appeal", at: ballot, given: decided, accept: appealed("u1"), refuse: func(c course) error {
			a := c.upheld("u2", c.marked("u2"))
			return decides("authority", func(_ course, p *events.AwardDecided) { p.Outcome, p.Appeal = events.AwardRefused, a.ID })(c)
		}},
		{name: "after an appeal that was dismissed", code: CodeAppeal, field: "appeal", at: ballot, given: decided, accept: appealed("u1"), refuse: func(c course) error {
			e, _ := c.has(events.TypeAwardDecided)
			a := c.answers("u1", c.appeals("u1", e), events.AppealDismissed)
			return decides("authority", func(_ course, p *events.AwardDecided) { p.Outcome, p.Appeal = events.AwardRefused, a.ID })(c)
		}},
		{name: "a third time after the same appeal", code: CodeAppeal, field: "appeal", at: ballot, given: decided, accept: appealed("u1"), refuse: func(c course) error {
			c.must(c.list[0], appealed("u1")(c))
			a, _ := c.has(events.TypeAppealDecided)
			return decides("authority", func(_ course, p *events.AwardDecided) { p.Appeal = a.ID })(c)
		}},
		{name: "after an appeal that came before it", code: CodeAppeal, field: "appeal", at: ballot, given: func(c course) {
			given(c)
			c.upheld("u1", c.marked("u1"))
			c.must(c.list[0], good(c))
		}, accept: appealed("u1"), refuse: func(c course) error {
			a, _ := c.has(events.TypeAppealDecided)
			return decides("authority", func(_ course, p *events.AwardDecided) { p.Outcome, p.Appeal = events.AwardRefused, a.ID })(c)
		}},
	}
}

// revocationRules are about taking u1's badge away.
func revocationRules() []courseRule {
	given := func(c course) { c.does("authority", "u1", decides(c.badged("u1"), events.AwardGranted)) }
	revokes := func(author string, change func(c course, p *events.AwardRevoked)) func(c course) error {
		return tells(author, "u1", func(c course) events.Payload {
			e, _ := c.has(events.TypeAwardDecided)
			p := &events.AwardRevoked{Of: e.ID, Ground: events.Words{Text: "forged"}}
			if change != nil {
				change(c, p)
			}
			return p
		})
	}
	good := revokes("authority", nil)
	onPaper := func(_ course, p *events.AwardRevoked) { p.Basis, p.Decision = events.BasisTranscribed, paperOf() }
	transcribed := func(c course) {
		p := decides(c.badged("u1"), events.AwardGranted)
		p.Basis, p.Decision = events.BasisTranscribed, paperOf()
		c.does("u1-head", "u1", p)
	}
	rule := func(name string, code Code, field string, refuse func(c course) error) courseRule {
		return courseRule{name: name, code: code, field: field, at: ballot, given: given, accept: good, refuse: refuse}
	}
	following := func(of func(c course) events.Event) func(c course) error {
		return func(c course) error {
			a := c.upheld("u2", of(c))
			return revokes("authority", func(_ course, p *events.AwardRevoked) { p.Appeal = a.ID })(c)
		}
	}
	ofDecision := following(func(c course) events.Event { e, _ := c.has(events.TypeAwardDecided); return e })
	return []courseRule{
		rule("revoked by a head", CodeRole, "basis", revokes("u1-head", nil)),
		{name: "revoked by another lead", code: CodeRole, field: "author", at: ballot, given: transcribed, accept: revokes("u1-head", onPaper), refuse: revokes("v1-head", onPaper)},
		{name: "a signed one revoked on paper", code: CodeRole, field: "basis", at: ballot, given: given, accept: good, refuse: revokes("u1-head", onPaper)},
		{name: "revoked on a paper to come", code: CodeTime, field: "decision", at: ballot, given: transcribed, accept: revokes("u1-head", onPaper), refuse: revokes("u1-head", func(c course, p *events.AwardRevoked) {
			onPaper(c, p)
			p.Decision.Date = "2017-03-02"
		})},
		rule("revoked on paper by the authority", CodeRole, "basis", revokes("authority", onPaper)),
		rule("revocation of nothing", CodeUnknownEvent, "of", revokes("authority", func(c course, p *events.AwardRevoked) { p.Of = c.list[0].ID })),
		rule("revocation of another's", CodeUnknownEvent, "of", func(c course) error {
			e, _ := c.has(events.TypeAwardDecided)
			return tells("authority", "u2", just(&events.AwardRevoked{Of: e.ID, Ground: events.Words{Text: "forged"}}))(c)
		}),
		rule("revoked twice", CodeProposal, "of", func(c course) error {
			c.must(c.list[0], good(c))
			return good(c)
		}),
		{name: "revocation of a refusal", code: CodeProposal, field: "of", at: ballot, given: func(c course) { given(c); c.badged("u2") }, accept: good, refuse: func(c course) error {
			e, _ := c.has(events.TypeAwardProposed)
			refused := c.does("authority", "u2", decides(e, events.AwardRefused))
			return tells("authority", "u2", just(&events.AwardRevoked{Of: refused.ID, Ground: events.Words{Text: "forged"}}))(c)
		}},
		{name: "revocation of what another decision took the place of", code: CodeProposal, field: "of", at: ballot, given: given, accept: good, refuse: func(c course) error {
			first, _ := c.has(events.TypeAwardDecided)
			proposal, _ := c.has(events.TypeAwardProposed)
			c.does("authority", "u1", decides(proposal, events.AwardGranted, c.upheld("u2", first)))
			return tells("authority", "u1", just(&events.AwardRevoked{Of: first.ID, Ground: events.Words{Text: "forged"}}))(c)
		}},
		{name: "revoked after no appeal", code: CodeAppeal, field: "appeal", at: ballot, given: given, accept: ofDecision, refuse: revokes("authority", func(c course, p *events.AwardRevoked) { p.Appeal = c.list[0].ID })},
		{name: "revoked after an appeal about another event", code: CodeAppeal, field: "appeal", at: ballot, given: given,
			accept: following(func(c course) events.Event { e, _ := c.has(events.TypeAwardProposed); return e }), refuse: following(func(c course) events.Event { return c.marked("u1") })},
	}
}

// TestQuota over two clusters: of the units proposed for the ministry's flag, or within it, a share may get the government's.
func TestQuota(t *testing.T) {
	t.Parallel()
	const was = "quota: {of: ministry, share: 20%, rounding: down}"
	for _, x := range []struct {
		share, rounding string
		proposed        int // for the ministry's flag, beside the two for the government's
		most            int
	}{
		{"20%", "down", 2, 0},    // of 4: 0.8
		{"20%", "half-up", 2, 1}, // 0.8
		{"20%", "up", 2, 1},
		{"1/8", "half-up", 2, 1}, // 0.5
		{"1/8", "down", 2, 0},
		{"1/9", "half-up", 2, 0}, // 0.44
		{"1/9", "up", 2, 1},
		{"1/4", "down", 2, 1},
		{"1/4", "up", 2, 1},
		{"1/2", "down", 1, 1}, // of 3: 1.5
		{"1/2", "half-up", 1, 2},
		{"1/2", "up", 1, 2},
	} {
		t.Run(fmt.Sprintf("%s %s of %d", x.share, x.rounding, x.proposed+2), func(t *testing.T) {
			t.Parallel()
			c := courseAt(t, ballot, was, fmt.Sprintf("quota: {of: ministry, share: %s, rounding: %s}", x.share, x.rounding), ", secret: true", "")
			proposals := []events.Event{}
			for i, unit := range []string{"u1", "v1", "u2", "v2"}[:2+x.proposed] {
				award := map[bool]string{true: "government", false: "ministry"}[i < 2]
				c.nominate(unit, award)
				c.carry(unit, award, "b"+unit)
				proposals = append(proposals, c.propose(unit, award, "b"+unit))
			}
			q := c.award("two", "government").Quota
			if q == nil || q.Most != x.most || q.Counted != 2+x.proposed || q.Granted != 0 || !q.Computed || q.Rounding != x.rounding {
				t.Fatalf("the quota is %+v", q)
			}
			for i, unit := range []string{"u1", "v1"} {
				if i < x.most {
					c.does("authority", unit, decides(proposals[i], events.AwardGranted))
				} else {
					c.refuses(CodePlaces, "authority", unit, decides(proposals[i], events.AwardGranted))
					c.does("authority", unit, &events.AwardDecided{Of: proposals[i].ID, Outcome: events.AwardOtherLevel, Award: "ministry"})
				}
			}
			if q := c.award("one", "government").Quota; q.Granted != x.most || q.Counted != 2+x.proposed {
				t.Errorf("after the decisions the quota is %+v", q)
			}
			c.onFold()
		})
	}
}

// TestQuotaCountsWhatStands: who was refused, or has its award revoked, is not counted; who is decided on again is.
func TestQuotaCountsWhatStands(t *testing.T) {
	t.Parallel()
	c := courseAt(t, ballot, "share: 20%", "share: 1/4", ", secret: true", "")
	proposals := map[string]events.Event{}
	for _, unit := range []string{"u1", "v1", "u2", "v2"} {
		award := map[bool]string{true: "government", false: "ministry"}[unit == "u1"]
		c.nominate(unit, award)
		c.carry(unit, award, "b"+unit)
		proposals[unit] = c.propose(unit, award, "b"+unit)
	}
	refused := c.does("authority", "u1", decides(proposals["u1"], events.AwardRefused))
	if q := c.award("one", "government").Quota; q.Counted != 3 || q.Most != 0 {
		t.Errorf("after the refusal the quota is %+v", q)
	}
	granted := c.does("authority", "u1", decides(proposals["u1"], events.AwardGranted, c.upheld("u1", refused))) // of 4 again
	if q := c.award("one", "government").Quota; q.Counted != 4 || q.Most != 1 || q.Granted != 1 {
		t.Errorf("after the second decision the quota is %+v", q)
	}
	c.does("authority", "u1", decides(proposals["u1"], events.AwardGranted, c.upheld("u2", granted))) // takes its own place
	last, _ := c.has(events.TypeAwardDecided)
	c.does("authority", "u1", &events.AwardRevoked{Of: last.ID, Ground: events.Words{Text: "forged"}})
	if q := c.award("one", "government").Quota; q.Counted != 3 || q.Granted != 0 {
		t.Errorf("after the revocation the quota is %+v", q)
	}
	c.onFold()
}

// TestQuotaOfOneCluster can't be had: the share is of more than the campaign knows.
func TestQuotaOfOneCluster(t *testing.T) {
	t.Parallel()
	c := signedAt(t, ballot, "awards: [{id: flag,", "awards: [{id: top, places: 1, quota: {of: flag, share: 1%}}, {id: flag,")
	c.does("b-head", "b", &events.NominationProposed{Award: "top", Cluster: "one", Standings: c.asOfNow()})
	e := c.does("a-head", "b", &events.AwardProposed{Award: "top", Cluster: "one"})
	c.does("authority", "b", decides(e, events.AwardGranted))
	if q := c.live.Awards("en").Awards[0].Quota; q == nil || q.Computed || q.Granted != 1 {
		t.Errorf("the quota is %+v", q)
	}
}

// TestClusterWithoutALead is in the hands of every lead, and of nobody else.
func TestClusterWithoutALead(t *testing.T) {
	t.Parallel()
	c := courseAt(t, ballot, "- {id: two, criteria: default, lead: v1,", "- {id: two, criteria: default,")
	c.nominate("v1", "badge")
	p := proposes("v1", "badge", "")
	c.refuses(CodeRole, "v1-head", "v1", p)
	e := c.does("u1-head", "v1", p)
	decision := decides(e, events.AwardGranted)
	decision.Basis, decision.Decision = events.BasisTranscribed, paperOf()
	c.refuses(CodeRole, "v1-head", "v1", decision)
	c.refuses(CodeRole, "u2-head", "v1", decision)
	c.does("u1-head", "v1", decision)
	c.onFold()
}

// TestAfterTheClose: proposals, decisions, revocations, appeals and documents are still said; nominations and ballots are not.
func TestAfterTheClose(t *testing.T) {
	t.Parallel()
	c := courseAt(t, final)
	c.nominate("u1", "badge")
	c.does("u1-head", "", closing())
	c.refuses(CodeClosed, "u2-head", "u2", c.nomination("u2", "badge"))
	e := c.propose("u1", "badge", "")
	granted := c.does("authority", "u1", decides(e, events.AwardGranted))
	c.does("u1-head", "u1", endorse(granted, events.EndorseReceived), func(e *events.Event) { e.Subject = "" })
	c.does("authority", "u1", &events.AwardRevoked{Of: granted.ID, Ground: events.Words{Text: "forged"}})
	c.does("u2-council", "", &events.DocumentIssued{Kind: events.DocumentMinutes, Lang: "vi", Name: "m.pdf", Seq: 3, SHA256: hash("m")})
	c.onFold()
}
