package projections

import (
	"campaignledger/events"
)

// has reports whether the campaign has an event of a type, and gives the newest.
func (c *signed) has(typ events.Type) (events.Event, bool) {
	e := c.lastOf(func(e events.Event) bool { return e.Payload.Type() == typ })
	return e, e.Seq != 0
}

// within reports whether the campaign is at one of the stages from first to last and open, so that a sample may lay its ground.
func (c *signed) within(first, last events.Stage) bool {
	at := stageIndex(c.live.state.scalars.stage)
	return at >= stageIndex(first) && at <= stageIndex(last) && c.live.state.scalars.closed == 0
}

// flagged is b nominated for the flag by its council, where the stage allows it.
func (c *signed) flagged() events.Event {
	e, ok := c.has(events.TypeNominationProposed)
	if !ok && c.within(deliberation, final) {
		return c.does("b-council", "b", &events.NominationProposed{Award: "flag", Cluster: "one", Standings: c.asOfNow()})
	}
	return e
}

// ballotOn is a ballot on b.
func (c *signed) ballotOn(id, kind string) *events.BallotOpened {
	all := []string{"a-council", "b-council", "c-council"}
	share := events.Fraction{Num: 2, Den: 3}
	return &events.BallotOpened{Award: "flag", Ballot: id, Base: events.BasePresent, Cluster: "one", Kind: kind, Nominees: []string{"b"}, Present: all,
		Question: "Carry?", Quorum: share, Roll: all, Standings: c.asOfNow(), Threshold: share}
}

// opened has a ballot of a kind open on b, where the stage allows it and there was none.
func (c *signed) opened(kind string) {
	if _, ok := c.has(events.TypeBallotOpened); !ok && c.within(ballot, final) {
		c.flagged()
		c.does("a-head", "", c.ballotOn("open", kind))
	}
}

// voteOf is a member's vote on b.
func voteOf(author string) *events.BallotCast {
	if author == "b-council" {
		return vote("open", "b:recused")
	}
	return vote("open", "b:for")
}

// proposed has b proposed for the flag, carried by a ballot.
func (c *signed) proposed() events.Event {
	e, ok := c.has(events.TypeAwardProposed)
	if ok || !c.within(ballot, final) {
		return e
	}
	c.carried()
	return c.does("a-head", "b", &events.AwardProposed{Award: "flag", Ballot: "open", Cluster: "one"})
}

// carried has b carried by a ballot.
func (c *signed) carried() {
	if _, ok := c.has(events.TypeBallotClosed); ok || !c.within(ballot, final) {
		return
	}
	c.opened(events.BallotNamed)
	for _, author := range []string{"a-council", "b-council", "c-council"} {
		c.does(author, "", voteOf(author))
	}
	c.does("a-head", "", &events.BallotClosed{Ballot: "open"})
}

// appealed has an appeal of b against the opening.
func (c *signed) appealed() events.Event {
	e, ok := c.has(events.TypeAppealFiled)
	if !ok && c.within(scoring, final) {
		return c.does("b-head", "b", &events.AppealFiled{Of: c.list[0].ID, Ground: events.Words{Text: "wrong"}})
	}
	return e
}

// transcribes is the basis that an author other than the authority gives.
func transcribes(author string) (string, events.Decision) {
	if author == "authority" {
		return "", events.Decision{}
	}
	return events.BasisTranscribed, paperOf()
}

// deliberationPowers are those of evaluations, exclusions and nominations.
func deliberationPowers() []power {
	const others = "a-head c-head authority"
	return []power{
		{events.TypeEvaluationRecorded, review, ballot, false, review, "a-head a-reviewer a-council c-head c-council authority",
			about(&events.EvaluationRecorded{Cluster: "one", Recommendation: "keep on", Strengths: []events.Finding{{Text: "calm"}}}), ""},
		{events.TypeExclusionImposed, open, final, false, open, others, about(excludes("2016-01-01", "2016-12-31")), ""},
		{events.TypeExclusionLifted, open, final, false, open, others, func(c *signed, _ string) (string, events.Payload) {
			e, ok := c.has(events.TypeExclusionImposed)
			if !ok && c.within(open, final) {
				e = c.does("authority", "b", excludes("2016-01-01", "2016-12-31"))
			}
			return "b", &events.ExclusionLifted{Of: e.ID, Reason: "served"}
		}, ""},
		{events.TypeNominationProposed, deliberation, final, false, deliberation, "a-head a-council b-head b-council c-head c-council", func(c *signed, _ string) (string, events.Payload) {
			return "b", &events.NominationProposed{Award: "flag", Cluster: "one", Standings: c.asOfNow()}
		}, ""},
		{events.TypeNominationWithdrawn, deliberation, final, false, deliberation, "a-head b-head b-council", func(c *signed, _ string) (string, events.Payload) {
			return "b", &events.NominationWithdrawn{Of: c.flagged().ID, Reason: "declined"}
		}, ""},
	}
}

// ballotPowers are those of ballots.
func ballotPowers() []power {
	return []power{
		{events.TypeBallotOpened, ballot, final, false, ballot, "a-head", func(c *signed, _ string) (string, events.Payload) {
			c.flagged()
			return "", c.ballotOn("another", events.BallotNamed)
		}, ""},
		{events.TypeBallotCast, ballot, final, false, ballot, "a-council b-council c-council", func(c *signed, author string) (string, events.Payload) {
			c.opened(events.BallotNamed)
			return "", voteOf(author)
		}, ""},
		{events.TypeBallotTallied, ballot, final, false, final, "b-teller", func(c *signed, _ string) (string, events.Payload) {
			c.opened(events.BallotPaper)
			return "", &events.BallotTallied{Ballot: "open", Counts: []events.NomineeCount{{Unit: "b", For: 2}}, Issued: 3, Returned: 3, Valid: 3, Minutes: hash("minutes")}
		}, CodeBallot}, // where the one that is open is not on paper
		{events.TypeBallotClosed, ballot, final, false, ballot, "a-head b-head c-head", func(c *signed, _ string) (string, events.Payload) {
			c.opened(events.BallotNamed)
			return "", &events.BallotClosed{Ballot: "open", Reason: "the hour is late"}
		}, ""},
	}
}

// awardPowers are those of awards, appeals and documents. After the close the ground of those on awards is not laid any more.
func awardPowers() []power {
	const deciders = "a-head authority"
	const writers = "a-head a-officer a-council b-head b-officer b-council b-teller c-council authority"
	return []power{
		{events.TypeAwardProposed, ballot, final, true, ballot, "a-head", func(c *signed, _ string) (string, events.Payload) {
			c.carried()
			return "b", &events.AwardProposed{Award: "flag", Ballot: "open", Cluster: "one"}
		}, CodeNominated},
		{events.TypeAwardDecided, ballot, final, true, ballot, deciders, func(c *signed, author string) (string, events.Payload) {
			p := &events.AwardDecided{Of: c.proposed().ID, Outcome: events.AwardRefused}
			p.Basis, p.Decision = transcribes(author)
			return "b", p
		}, CodeProposal},
		{events.TypeAwardRevoked, ballot, final, true, ballot, deciders, func(c *signed, author string) (string, events.Payload) {
			e, ok := c.has(events.TypeAwardDecided)
			if !ok && c.within(ballot, final) {
				e = c.does("a-head", "b", &events.AwardDecided{Of: c.proposed().ID, Outcome: events.AwardGranted, Basis: events.BasisTranscribed, Decision: paperOf()})
			}
			p := &events.AwardRevoked{Of: e.ID, Ground: events.Words{Text: "forged"}}
			p.Basis, p.Decision = transcribes(author)
			return "b", p
		}, CodeUnknownEvent},
		{events.TypeAppealFiled, scoring, final, true, review, "b-head b-officer", func(c *signed, _ string) (string, events.Payload) {
			return "b", &events.AppealFiled{Of: c.list[0].ID, Ground: events.Words{Text: "wrong"}}
		}, ""},
		{events.TypeAppealDecided, scoring, final, true, review, "a-head c-head authority", func(c *signed, _ string) (string, events.Payload) {
			return "b", &events.AppealDecided{Of: c.appealed().ID, Outcome: events.AppealDismissed, Reason: "heard"}
		}, CodeUnknownEvent},
		{events.TypeDocumentIssued, draft, final, true, open, writers,
			about(&events.DocumentIssued{Kind: events.DocumentSheet, Lang: "vi", Name: "s.pdf", Seq: 1, SHA256: hash("s")}), ""},
	}
}
