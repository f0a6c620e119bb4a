package projections

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"campaignledger/events"
)

// nominatedAt nominates u1 to u3 for the awards, u1 and u2 for the ministry's and u1 to u3 for the cup.
func nominatedAt(c course) {
	c.nominate("u1", "ministry")
	c.nominate("u2", "ministry")
	for _, unit := range []string{"u1", "u2", "u3"} {
		c.nominate(unit, "cup")
	}
}

// named is a ballot on u1 for the ministry's flag with u6-council and council absent.
func named(c course) {
	nominatedAt(c)
	c.open("b1", events.BallotNamed, "ministry", []string{"u1"}, "u6-council", "council")
}

// onSlips is a paper ballot on u1 for the ministry's flag with u6-council and council absent.
func onSlips(c course) {
	nominatedAt(c)
	c.open("p1", events.BallotPaper, "ministry", []string{"u1"}, "u6-council", "council")
}

// closedBallot is a named ballot on u1, closed, with four for it.
func closedBallot(c course) {
	named(c)
	c.casts("b1", "u1", "u1-council=recused u2-council=for u3-council=for u4-council=for u5-council=for")
	c.does("u1-head", "", closes("b1"))
}

// again is the payload that puts the question of a closed ballot again.
func (c course) again(id string, nominees ...string) *events.BallotOpened {
	closed, _ := c.has(events.TypeBallotClosed)
	p := c.opens(id, events.BallotNamed, "ministry", nominees, "u6-council")
	p.Reopens, p.Reason = closed.ID, "a vote was miscounted"
	return p
}

// ballotRules are about opening ballots.
func ballotRules() []courseRule {
	opens := func(author, kind, award string, nominees []string, change func(c course, p *events.BallotOpened)) func(c course) error {
		return tells(author, "", func(c course) events.Payload {
			p := c.opens("b1", kind, award, nominees)
			if change != nil {
				change(c, p)
			}
			return p
		})
	}
	ministry := opens("u1-head", events.BallotNamed, "ministry", []string{"u1", "u2"}, nil)
	edit := func(change func(p *events.BallotOpened)) func(c course) error {
		return opens("u1-head", events.BallotNamed, "ministry", []string{"u1", "u2"}, func(_ course, p *events.BallotOpened) { change(p) })
	}
	rule := func(name string, code Code, field string, refuse func(c course) error) courseRule {
		return courseRule{name: name, code: code, field: field, at: ballot, given: nominatedAt, accept: ministry, refuse: refuse}
	}
	third := events.Fraction{Num: 1, Den: 3}
	return []courseRule{
		rule("by the lead of another cluster", CodeRole, "author", opens("v1-head", events.BallotNamed, "ministry", []string{"u1"}, nil)),
		rule("by no lead", CodeRole, "author", opens("u2-head", events.BallotNamed, "ministry", []string{"u1"}, nil)),
		rule("on no award", CodeUnknownAward, "award", edit(func(p *events.BallotOpened) { p.Award = "prize" })),
		rule("no vote asked for", CodeBallot, "award", func(c course) error {
			c.nominate("u1", "badge")
			return opens("u1-head", events.BallotNamed, "badge", []string{"u1"}, func(_ course, p *events.BallotOpened) { p.Threshold = third })(c)
		}),
		{name: "named in secret", code: CodeBallot, field: "kind", at: ballot, given: func(c course) { c.nominate("u1", "government") },
			accept: opens("u1-head", events.BallotPaper, "government", []string{"u1"}, nil), refuse: opens("u1-head", events.BallotNamed, "government", []string{"u1"}, nil)},
		rule("another base", CodeBallot, "base", edit(func(p *events.BallotOpened) { p.Base = events.BaseMembers })),
		rule("another threshold", CodeBallot, "threshold", edit(func(p *events.BallotOpened) { p.Threshold = third })),
		rule("another quorum", CodeBallot, "quorum", edit(func(p *events.BallotOpened) { p.Quorum = third })),
		rule("no quorum", CodeBallot, "quorum", edit(func(p *events.BallotOpened) { p.Quorum = events.Fraction{} })),
		rule("a quorum of its own", CodeBallot, "quorum", opens("u1-head", events.BallotNamed, "cup", []string{"u1"}, func(_ course, p *events.BallotOpened) { p.Quorum = third })),
		// 2/3 of 7 is 4 2/3: 5 are enough, 4 are not.
		{name: "four of seven present", code: CodeBallot, field: "present", at: ballot, given: nominatedAt, accept: edit(func(p *events.BallotOpened) { p.Present = p.Present[2:] }),
			refuse: edit(func(p *events.BallotOpened) { p.Present = p.Present[3:] })},
		rule("a member left out", CodeBallot, "roll", edit(func(p *events.BallotOpened) { p.Roll, p.Present = p.Roll[1:], p.Present[1:] })),
		rule("a voter of another cluster", CodeBallot, "roll", edit(func(p *events.BallotOpened) { p.Roll = append(p.Roll, "v1-council") })),
		rule("a head on the roll", CodeBallot, "roll", edit(func(p *events.BallotOpened) { p.Roll = append(p.Roll, "u1-head") })),
		{name: "who withdrew on the roll", code: CodeBallot, field: "roll", at: ballot, given: func(c course) {
			nominatedAt(c)
			c.does("u6-head", "u6", &events.UnitWithdrawn{Reason: "merged"})
		}, accept: ministry, refuse: edit(func(p *events.BallotOpened) { p.Roll = append(p.Roll, "u6-council") })},
		rule("old standings", CodeStandings, "sha256", edit(func(p *events.BallotOpened) { p.Standings.SHA256 = hash("other") })),
		rule("on who is not nominated", CodeNominated, "nominees", edit(func(p *events.BallotOpened) { p.Nominees = []string{"u1", "u3"} })),
		rule("on who is nominated in another award", CodeNominated, "nominees", edit(func(p *events.BallotOpened) { p.Nominees = []string{"u3"} })),
		rule("on who was excluded that morning", CodeExcluded, "nominees", func(c course) error {
			c.does("authority", "u2", excludes("2017-03-01", "2017-03-01"))
			return ministry(c)
		}),
		rule("on who withdrew", CodeNotJoined, "nominees", func(c course) error {
			c.does("u2-head", "u2", &events.UnitWithdrawn{Reason: "merged"})
			return ministry(c)
		}),
		{name: "on who was proposed", code: CodeProposal, field: "nominees", at: ballot, given: closedBallot,
			accept: opens("u1-head", events.BallotNamed, "ministry", []string{"u2"}, func(_ course, p *events.BallotOpened) { p.Ballot = "b2" }), refuse: func(c course) error {
				c.propose("u1", "ministry", "b1")
				_, err := c.by("u1-head", "", c.again("b2", "u1"))
				return err
			}},
		rule("an id twice", CodeBallot, "ballot", func(c course) error {
			c.open("b1", events.BallotNamed, "cup", []string{"u1"})
			return ministry(c)
		}),
		rule("on who is voted on", CodeBallot, "nominees", func(c course) error {
			c.open("b0", events.BallotNamed, "ministry", []string{"u2"})
			return ministry(c)
		}),
	}
}

// reopeningRules are about putting a question again.
func reopeningRules() []courseRule {
	reopens := func(change func(c course, p *events.BallotOpened)) func(c course) error {
		return func(c course) error {
			p := c.again("b2", "u1")
			if change != nil {
				change(c, p)
			}
			_, err := c.by("u1-head", "", p)
			return err
		}
	}
	again := func(name string, code Code, field string, change func(c course, p *events.BallotOpened)) courseRule {
		return courseRule{name: name, code: code, field: field, at: ballot, given: closedBallot, accept: reopens(nil), refuse: reopens(change)}
	}
	return []courseRule{
		again("again without a word", CodeBallot, "reopens", func(_ course, p *events.BallotOpened) { p.Reopens = uuid.Nil }),
		{name: "nominated again", code: CodeBallot, field: "reopens", at: ballot, given: func(c course) {
			closedBallot(c)
			c.does("u1-head", "u1", &events.NominationWithdrawn{Of: c.nomineeEvent("u1", "ministry").ID, Reason: "declined"})
			c.nominate("u1", "ministry")
		}, accept: func(c course) error {
			e := c.does("u1-head", "", c.again("b2", "u1"))
			c.agreeing(e, "u2", "u3", "u4", "u5", "u6")
			c.casts("b2", "u1", "u1-council=recused u2-council=for u3-council=for u4-council=for u5-council=for council=for")
			c.does("u1-head", "", closes("b2"))
			return tells("u1-head", "u1", just(proposes("u1", "ministry", "b2")))(c)
		}, refuse: reopens(func(_ course, p *events.BallotOpened) { p.Reopens = uuid.Nil })},
		{name: "again by a head of another cluster", code: CodeRole, field: "author", at: ballot, given: closedBallot,
			accept: func(c course) error { return tells("u3-head", "", just(c.again("b2", "u1")))(c) }, refuse: func(c course) error { return tells("v1-head", "", just(c.again("b2", "u1")))(c) }},
		again("again for no reason to see", CodeReason, "reason", func(_ course, p *events.BallotOpened) { p.Reason = "\u00a0" }),
		again("again of another event", CodeBallot, "reopens", func(c course, p *events.BallotOpened) { p.Reopens = c.list[0].ID }),
		again("again with one who was not voted on", CodeBallot, "reopens", func(_ course, p *events.BallotOpened) { p.Nominees = []string{"u1", "u2"} }),
		again("again one who was not voted on", CodeBallot, "reopens", func(_ course, p *events.BallotOpened) { p.Nominees = []string{"u2"} }),
	}
}

// endingRules are about who ends a ballot, and when.
func endingRules() []courseRule {
	late := closes("b1", "late")
	allVoted := func(c course) {
		named(c)
		c.casts("b1", "u1", "u1-council=recused u2-council=for u3-council=for u4-council=for u5-council=against")
	}
	agreesToClose := func(c course) error {
		e, _ := c.has(events.TypeBallotClosed)
		return tells("u6-head", "", just(endorse(e, events.EndorseAgree)))(c)
	}
	return []courseRule{
		{name: "closed by another", code: CodeRole, field: "author", at: ballot, given: named, accept: tells("u1-head", "", just(late)), refuse: tells("v1-head", "", just(late))},
		{name: "closed twice", code: CodeBallot, field: "ballot", at: ballot, given: named, accept: tells("u1-head", "", just(late)), refuse: func(c course) error {
			c.ends("b1")
			return tells("u1-head", "", just(late))(c)
		}},
		{name: "closed and not there", code: CodeBallot, field: "ballot", at: ballot, given: named, accept: tells("u1-head", "", just(late)), refuse: tells("u1-head", "", just(closes("b2", "late")))},
		{name: "closed before all have voted", code: CodeReason, field: "reason", at: ballot, given: func(c course) {
			named(c)
			c.casts("b1", "u1", "u1-council=recused u2-council=for u3-council=for u4-council=for")
		}, accept: func(c course) error {
			c.casts("b1", "u1", "u5-council=against") // who is absent is not waited for
			return tells("u1-head", "", just(closes("b1")))(c)
		}, refuse: tells("u1-head", "", just(closes("b1")))},
		{name: "closed without a count", code: CodeReason, field: "reason", at: ballot, given: onSlips, accept: func(c course) error {
			c.counted("p1", 5, "u1:4/0")
			return tells("u1-head", "", just(closes("p1")))(c)
		}, refuse: tells("u1-head", "", just(closes("p1")))},
		{name: "closed for no reason to see", code: CodeReason, field: "reason", at: ballot, given: onSlips, accept: tells("u1-head", "", just(closes("p1", "late"))),
			refuse: tells("u1-head", "", just(closes("p1", " \u00a0")))},
		{name: "closed by another head without a word", code: CodeReason, field: "reason", at: ballot, given: allVoted, accept: tells("u3-head", "", just(late)),
			refuse: tells("u3-head", "", just(closes("b1")))},
		{name: "closed meanwhile", code: CodeBallot, field: "of", at: ballot, given: func(c course) {
			named(c)
			early := c.does("u1-head", "", late)
			c.agreeing(early, "u2", "u3", "u4", "u5")
		}, accept: agreesToClose, refuse: func(c course) error {
			e, _ := c.has(events.TypeBallotClosed)
			other := c.does("u3-head", "", closes("b1", "the lead is away"))
			c.agreeing(other, "u2", "u4", "u5", "u6", "v1")
			return tells("u6-head", "", just(endorse(e, events.EndorseAgree)))(c)
		}},
	}
}

// castRules are about votes in a named ballot on u1 of which two members are absent.
func castRules() []courseRule {
	casts := func(author, votes string, change ...func(p *events.BallotCast)) func(c course) error {
		return tells(author, "", func(course) events.Payload {
			p := vote("b1", votes)
			for _, f := range change {
				f(p)
			}
			return p
		})
	}
	inWriting := func(p *events.BallotCast) { p.Manner = events.WrittenVote }
	good := casts("u2-council", "u1:for")
	rule := func(name string, code Code, field string, refuse func(c course) error) courseRule {
		return courseRule{name: name, code: code, field: field, at: ballot, given: named, accept: good, refuse: refuse}
	}
	ofCup := func(c course) {
		nominatedAt(c)
		c.open("b1", events.BallotNamed, "cup", []string{"u1"}, "u6-council", "council")
	}
	return []courseRule{
		rule("in no ballot", CodeBallot, "ballot", casts("u2-council", "u1:for", func(p *events.BallotCast) { p.Ballot = "b2" })),
		rule("after the close", CodeBallot, "ballot", func(c course) error {
			c.ends("b1")
			return good(c)
		}),
		rule("not on the roll", CodeVoter, "author", casts("v1-council", "u1:for")),
		rule("vote by a head", CodeRole, "author", casts("u2-head", "u1:for")),
		rule("voted twice", CodeVoter, "author", func(c course) error {
			c.casts("b1", "u1", "u2-council=against")
			return good(c)
		}),
		rule("present and in writing", CodeVoter, "manner", casts("u2-council", "u1:for", inWriting)),
		{name: "absent and not in writing", code: CodeVoter, field: "manner", at: ballot, given: named, accept: casts("council", "u1:for", inWriting), refuse: casts("council", "u1:for")},
		{name: "absent where nothing is written", code: CodeVoter, field: "author", at: ballot, given: ofCup, accept: good, refuse: casts("council", "u1:for", inWriting)},
		{name: "on its own unit", code: CodeConflict, field: "votes", at: ballot, given: named, accept: casts("u1-council", "u1:recused"), refuse: casts("u1-council", "u1:abstained")},
		{name: "not on all nominees", code: CodeTally, field: "votes", at: ballot, given: func(c course) {
			nominatedAt(c)
			c.open("b1", events.BallotNamed, "ministry", []string{"u1", "u2"})
		}, accept: casts("u3-council", "u2:for u1:against"), refuse: casts("u3-council", "u2:for")},
		rule("on another unit", CodeTally, "votes", casts("u2-council", "u1:for u3:for")),
		{name: "on paper", code: CodeBallot, field: "ballot", at: ballot, given: named, accept: good, refuse: func(c course) error {
			c.open("p1", events.BallotPaper, "cup", []string{"u1"})
			return casts("u2-council", "u1:for", func(p *events.BallotCast) { p.Ballot = "p1" })(c)
		}},
		{name: "before the reopening has its share", code: CodeBallot, field: "ballot", at: ballot, given: closedBallot, accept: func(c course) error {
			e := c.does("u1-head", "", c.again("b2", "u1"))
			c.agreeing(e, "u2", "u3", "u4", "u5", "u6")
			return casts("u2-council", "u1:for", func(p *events.BallotCast) { p.Ballot = "b2" })(c)
		}, refuse: func(c course) error {
			e := c.does("u1-head", "", c.again("b2", "u1"))
			c.agreeing(e, "u2", "u3", "u4", "u5")
			return casts("u2-council", "u1:for", func(p *events.BallotCast) { p.Ballot = "b2" })(c)
		}},
	}
}

// tally is a count of n slips, all valid, with for and against of nominees like "u1:5/2".
func tally(ballot string, n int, counts string) *events.BallotTallied {
	p := &events.BallotTallied{Ballot: ballot, Issued: n, Returned: n, Valid: n, Minutes: hash("minutes")}
	for one := range strings.FieldsSeq(counts) {
		unit, numbers, _ := strings.Cut(one, ":")
		count := events.NomineeCount{Unit: unit}
		if _, err := fmt.Sscanf(numbers, "%d/%d", &count.For, &count.Against); err != nil {
			panic(err)
		}
		p.Counts = append(p.Counts, count)
	}
	return p
}

// counted is a count that three tellers stand behind.
func (c course) counted(ballot string, n int, counts string, change ...func(p *events.BallotTallied)) events.Event {
	c.t.Helper()
	p := tally(ballot, n, counts)
	for _, f := range change {
		f(p)
	}
	e := c.does("u2-teller", "", p)
	c.does("u3-teller", "", endorse(e, events.EndorseAgree))
	c.does("u4-teller", "", endorse(e, events.EndorseAgree))
	return e
}

// tallyRules are about counts of slips on u1, of five members present and two absent.
func tallyRules() []courseRule {
	counts := func(change func(p *events.BallotTallied)) func(c course) error {
		return tells("u2-teller", "", func(course) events.Payload {
			p := tally("p1", 5, "u1:4/0")
			if change != nil {
				change(p)
			}
			return p
		})
	}
	good := counts(nil)
	rule := func(name string, code Code, field string, change func(p *events.BallotTallied)) courseRule {
		return courseRule{name: name, code: code, field: field, at: ballot, given: onSlips, accept: good, refuse: counts(change)}
	}
	seven := counts(func(p *events.BallotTallied) { *p = *tally("p1", 7, "u1:6/0"); p.Written = 2 })
	return []courseRule{
		rule("of no ballot", CodeBallot, "ballot", func(p *events.BallotTallied) { p.Ballot = "p2" }),
		{name: "by no teller", code: CodeRole, field: "author", at: ballot, given: onSlips, accept: good, refuse: tells("u1-head", "", just(tally("p1", 5, "u1:4/0")))},
		{name: "of a named ballot", code: CodeBallot, field: "ballot", at: ballot, given: onSlips, accept: good, refuse: func(c course) error {
			c.open("b1", events.BallotNamed, "cup", []string{"u1"})
			return counts(func(p *events.BallotTallied) { p.Ballot = "b1" })(c)
		}},
		{name: "more written than absent", code: CodeTally, field: "written", at: ballot, given: onSlips, accept: seven, refuse: counts(func(p *events.BallotTallied) { *p = *tally("p1", 7, "u1:6/0"); p.Written = 3 })},
		{name: "written where nothing is", code: CodeTally, field: "written", at: ballot, given: func(c course) {
			nominatedAt(c)
			c.open("p1", events.BallotPaper, "cup", []string{"u1"}, "council")
		}, accept: good, refuse: counts(func(p *events.BallotTallied) { p.Written = 1 })},
		{name: "more issued than members", code: CodeTally, field: "issued", at: ballot, given: onSlips, accept: seven, refuse: counts(func(p *events.BallotTallied) { p.Issued = 8 })},
		{name: "more returned than present", code: CodeTally, field: "returned", at: ballot, given: onSlips, accept: seven,
			refuse: counts(func(p *events.BallotTallied) { *p = *tally("p1", 7, "u1:6/0"); p.Written = 1 })},
		{name: "not of all nominees", code: CodeTally, field: "counts", at: ballot, given: func(c course) {
			nominatedAt(c)
			c.open("p1", events.BallotPaper, "ministry", []string{"u1", "u2"})
		}, accept: counts(func(p *events.BallotTallied) { *p = *tally("p1", 7, "u1:6/0 u2:0/6") }), refuse: counts(func(p *events.BallotTallied) { *p = *tally("p1", 7, "u1:6/0") })},
		rule("of another unit", CodeTally, "counts", func(p *events.BallotTallied) {
			p.Counts = append(p.Counts, events.NomineeCount{Unit: "u2"})
		}),
		// Of five present u1-council stands aside: four may vote on u1, with one written vote five, and with two six.
		rule("a slip of who stands aside", CodeTally, "counts", func(p *events.BallotTallied) { p.Counts[0].For = 5 }),
		rule("against, of who stands aside", CodeTally, "counts", func(p *events.BallotTallied) { p.Counts[0].Against = 1 }),
		{name: "a slip of who stands aside beside a written one", code: CodeTally, field: "counts", at: ballot, given: onSlips,
			accept: counts(func(p *events.BallotTallied) { *p = *tally("p1", 6, "u1:5/0"); p.Written = 1 }),
			refuse: counts(func(p *events.BallotTallied) { *p = *tally("p1", 6, "u1:6/0"); p.Written = 1 })},
		{name: "a written slip of who stands aside", code: CodeTally, field: "counts", at: ballot, given: func(c course) {
			nominatedAt(c)
			c.open("p1", events.BallotPaper, "ministry", []string{"u1"}, "u1-council")
		}, accept: counts(func(p *events.BallotTallied) { *p = *tally("p1", 7, "u1:6/0"); p.Written = 1 }),
			refuse: counts(func(p *events.BallotTallied) { *p = *tally("p1", 7, "u1:7/0"); p.Written = 1 })},
		{name: "while one is in force", code: CodeTally, field: "ballot", at: ballot, given: onSlips, accept: good, refuse: func(c course) error {
			c.counted("p1", 5, "u1:4/0")
			return good(c)
		}},
	}
}

// tellerRules are about who stands behind a count.
func tellerRules() []courseRule {
	tallied := func(c course) { onSlips(c); c.does("u2-teller", "", tally("p1", 5, "u1:4/0")) }
	agrees := func(author string) func(c course) error {
		return func(c course) error {
			e, _ := c.has(events.TypeBallotTallied)
			return tells(author, "", just(endorse(e, events.EndorseAgree)))(c)
		}
	}
	return []courseRule{
		{name: "endorsed by no teller", code: CodeRole, field: "author", at: ballot, given: tallied, accept: agrees("u3-teller"), refuse: agrees("u3-head")},
		{name: "endorsed by its teller", code: CodeEndorse, field: "author", at: ballot, given: tallied, accept: agrees("u3-teller"), refuse: agrees("u2-teller")},
		{name: "endorsed twice", code: CodeEndorse, field: "of", at: ballot, given: tallied, accept: agrees("u3-teller"), refuse: func(c course) error {
			c.must(c.list[0], agrees("u3-teller")(c))
			return agrees("u3-teller")(c)
		}},
		{name: "endorsed beside another", code: CodeTally, field: "of", at: ballot, given: tallied, accept: agrees("u3-teller"), refuse: func(c course) error {
			other := c.does("u3-teller", "", tally("p1", 5, "u1:0/4"))
			first := c.list[len(c.list)-2]
			c.does("u4-teller", "", endorse(first, events.EndorseAgree))
			c.does("u5-teller", "", endorse(first, events.EndorseAgree))
			return tells("u6-teller", "", just(endorse(other, events.EndorseAgree)))(c)
		}},
		{name: "endorsed after the close", code: CodeBallot, field: "ballot", at: ballot, given: func(c course) { onSlips(c); c.does("u3-teller", "", tally("p1", 5, "u1:0/4")) }, accept: agrees("u4-teller"), refuse: func(c course) error {
			vain := c.list[len(c.list)-1]
			c.counted("p1", 5, "u1:4/0")
			c.does("u1-head", "", closes("p1"))
			return tells("u5-teller", "", just(endorse(vain, events.EndorseAgree)))(c)
		}},
	}
}

// TestVotesAreHidden until the close, in the audit and the view; who has voted is not.
func TestVotesAreHidden(t *testing.T) {
	t.Parallel()
	c := courseAt(t, ballot)
	named(c)
	p := vote("b1", "u1:against")
	p.Reason = "too small"
	e := c.does("u2-council", "", p)
	w := c.does("council", "", written(vote("b1", "u1:for")))
	requireHidden := func(hidden bool) {
		t.Helper()
		for _, cast := range []events.Event{e, w} {
			line := c.live.Audit(AuditFilter{Lang: "en", After: cast.Seq - 1, Limit: 1})[0]
			if line.Hidden != hidden || (len(line.Votes) == 0) != hidden || hidden && (line.Reason != "" || strings.Contains(line.Sentence, "against")) {
				t.Errorf("hidden %v: %+v", hidden, line)
			}
			if c.live.HidesVote(cast.Seq, 0) != hidden {
				t.Errorf("the record is hidden: %v", !hidden)
			}
		}
		b := c.award("one", "ministry").Ballots[0]
		for _, r := range b.Roll {
			voted := map[string]events.Seq{"u2-council": e.Seq, "council": w.Seq}[r.Member]
			if r.Voted != voted || (len(r.Votes) > 0) != (voted != 0 && !hidden) || r.Written != (r.Member == "council") || hidden && r.Reason != "" {
				t.Errorf("hidden %v: the roll has %+v", hidden, r)
			}
		}
		if (len(b.Results) == 0) != hidden {
			t.Errorf("hidden %v: the results are %+v", hidden, b.Results)
		}
	}
	requireHidden(true)
	requireHiddenAnew := fold(t, c.list)
	if !requireHiddenAnew.HidesVote(e.Seq, 0) {
		t.Error("a fresh fold shows the vote")
	}
	c.open("b9", events.BallotNamed, "cup", []string{"u2"})
	c.ends("b9") // another one
	requireHidden(true)
	early := c.does("u1-head", "", closes("b1", "late"))
	c.agreeing(early, "u2", "u3", "u4", "u5")
	requireHidden(true) // until the close has its effect
	c.agreeing(early, "u6")
	requireHidden(false)
	c.onFold()
}

// TestNobodyChangesWhileVoting: members and their keys stay while a ballot is open, proposed before or now.
func TestNobodyChangesWhileVoting(t *testing.T) {
	t.Parallel()
	c := courseAt(t, ballot)
	nominatedAt(c)
	rekey := c.does("u2-head", "u3", c.newKey("u3-head", 2))
	c.open("b1", events.BallotNamed, "ministry", []string{"u1"})
	c.open("b2", events.BallotPaper, "cup", []string{"u2"})
	changes := func(say func(author, subject string, p events.Payload)) {
		say("u2-head", "u2", c.appointment("u2-new", events.RoleOfficer))
		say("u2-head", "u2", c.newKey("u2-officer", 2))
		say("auditor", "", c.newKey("auditor", 2))
		say("u2-head", "u2", &events.MemberRemoved{Member: "u2-teller", Reason: "moved"})
		say("u6-head", "u6", &events.UnitWithdrawn{Reason: "merged"})
		say("u5-head", "", endorse(rekey, events.EndorseAgree))
	}
	refused := func(author, subject string, p events.Payload) { c.refuses(CodeBallot, author, subject, p) }
	changes(refused)
	c.ends("b1")
	changes(refused)
	c.counted("b2", 7, "u2:6/0")
	c.does("u1-head", "", closes("b2"))
	changes(func(author, subject string, p events.Payload) { c.does(author, subject, p) })
	c.onFold()
}

// TestEndedByTheUnits: where the lead does not close a ballot, or it lacks votes, six of nine units end it; votes are taken until then, and the
// result is that of the moment it ends.
func TestEndedByTheUnits(t *testing.T) {
	t.Parallel()
	c := courseAt(t, ballot)
	named(c)
	c.casts("b1", "u1", "u2-council=for u3-council=for")
	e := c.does("u3-head", "", closes("b1", "the lead does not come"))
	c.agreeing(e, "u2", "u4", "u5", "v1")
	c.casts("b1", "u1", "u4-council=for")
	if b := c.award("one", "ministry").Ballots[0]; b.Closed != 0 || len(b.Results) != 0 {
		t.Errorf("five of nine units end it: %+v", b)
	}
	c.agreeing(e, "v2")
	last := c.list[len(c.list)-1]
	want := NomineeResult{Unit: "u1", For: 3, Recused: 1, Base: 4, Needed: 3, Carried: true}
	if b := c.award("one", "ministry").Ballots[0]; b.Closed != e.Seq || b.Ended != last.Seq || c.result("u1", "ministry") != want {
		t.Errorf("the ballot is %+v", b)
	}
	if line := c.live.Audit(AuditFilter{After: last.Seq - 1, Lang: "en"})[0]; len(line.Results) != 1 || line.Results[0] != want ||
		!strings.Contains(line.Sentence, "by which the ballot ends: u1 3 of 4, carried") {
		t.Errorf("the audit's last line is %+v", line)
	}
	c.propose("u1", "ministry", "b1")
	c.onFold()
	p := newCourse(t, inOrder()) // a paper ballot that nobody counts carries nobody
	p.goTo(ballot)
	onSlips(p)
	p.ends("p1")
	if r := p.result("u1", "ministry"); r != (NomineeResult{Unit: "u1"}) {
		t.Errorf("without a count it gives %+v", r)
	}
	p.refuses(CodeNotCarried, "u1-head", "u1", proposes("u1", "ministry", "p1"))
	p.onFold()
}

// TestReopening is endorsed by 6 of 9 units; the earlier count stays visible, and the newest one decides.
func TestReopening(t *testing.T) {
	t.Parallel()
	c := courseAt(t, ballot)
	closedBallot(c)
	c.award("one", "ministry")
	if r := c.result("u1", "ministry"); r != (NomineeResult{Unit: "u1", For: 4, Recused: 1, Base: 4, Needed: 3, Carried: true}) {
		t.Fatalf("the first ballot gives %+v", r)
	}
	e := c.does("u1-head", "", c.again("b2", "u1"))
	c.does("u3-head", "u3", &events.NominationWithdrawn{Of: c.nomineeEvent("u3", "cup").ID, Reason: "declined"})
	if err := c.would("u1-head", "u1", proposes("u1", "ministry", "b1")); err != nil {
		t.Errorf("a reopening without its share takes the result away: %v", err)
	}
	c.agreeing(e, "u2", "u3", "u4", "u5", "u6")
	c.refuses(CodeBallot, "u1-head", "u1", proposes("u1", "ministry", "b1"))
	c.casts("b2", "u1", "u1-council=recused u2-council=for u3-council=against u4-council=against u5-council=against council=against")
	c.does("u1-head", "", closes("b2"))
	c.refuses(CodeBallot, "u1-head", "u1", proposes("u1", "ministry", "b1"))
	c.refuses(CodeNotCarried, "u1-head", "u1", proposes("u1", "ministry", "b2"))
	ballots := c.award("one", "ministry").Ballots
	if len(ballots) != 2 || ballots[0].Results[0].For != 4 || ballots[0].Replaced != "b2" || ballots[1].Reopens != "b1" || ballots[1].Results[0].Against != 4 || ballots[1].Reason == "" {
		t.Errorf("the ballots are %+v", ballots)
	}
	c.onFold()
}

// nomineeEvent is the newest nomination of a unit for an award.
func (c course) nomineeEvent(unit, award string) events.Event {
	return c.lastOf(func(e events.Event) bool {
		p, ok := e.Payload.(*events.NominationProposed)
		return ok && e.Subject == unit && p.Award == award
	})
}

// TestReopeningOfOneNominatedAgain: taken back and nominated again while the units are asked, it is voted on as it is now.
func TestReopeningOfOneNominatedAgain(t *testing.T) {
	t.Parallel()
	c := courseAt(t, ballot)
	closedBallot(c)
	e := c.does("u1-head", "", c.again("b2", "u1"))
	c.agreeing(e, "u2", "u3", "u4", "u5")
	c.does("u1-head", "u1", &events.NominationWithdrawn{Of: c.nomineeEvent("u1", "ministry").ID, Reason: "declined"})
	nominated := c.nominate("u1", "ministry")
	c.agreeing(e, "u6")
	c.refuses(CodeBallot, "u1-head", "u1", &events.NominationWithdrawn{Of: nominated.ID, Reason: "declined"})
	c.casts("b2", "u1", "u1-council=recused u2-council=for u3-council=for u4-council=for u5-council=for council=for")
	c.does("u1-head", "", closes("b2"))
	c.propose("u1", "ministry", "b2")
	c.onFold()
}

// TestReopeningInPart: what was not put again stands as it was voted, and is not voted on again without the units.
func TestReopeningInPart(t *testing.T) {
	t.Parallel()
	c := courseAt(t, ballot)
	nominatedAt(c)
	c.open("b1", events.BallotNamed, "ministry", []string{"u1", "u2"})
	for _, m := range c.council("one") {
		c.does(m, "", vote("b1", map[string]string{"u1-council": "u1:recused u2:against", "u2-council": "u1:for u2:recused"}[m]+map[bool]string{true: "u1:for u2:against"}[m != "u1-council" && m != "u2-council"]))
	}
	c.does("u1-head", "", closes("b1"))
	e := c.does("u1-head", "", c.again("b2", "u1"))
	c.agreeing(e, "u2", "u3", "u4", "u5", "u6")
	c.refuses(CodeBallot, "u1-head", "", c.opens("b3", events.BallotNamed, "ministry", []string{"u2"}))
	c.refuses(CodeNotCarried, "u1-head", "u2", proposes("u2", "ministry", "b1"))
	c.onFold()
}

// TestReopeningWaits: it takes effect if it is as it was when it was proposed, or is proposed anew.
func TestReopeningWaits(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name  string
		code  Code
		given func(c course)
	}{
		{"another roll", CodeBallot, func(c course) {
			second := c.does("u6-head", "u6", c.appointment("u6-second", events.RoleCouncil))
			c.agreeing(second, "u1", "u2", "u3", "u4", "u5")
		}},
		{"excluded since", CodeExcluded, func(c course) { c.does("authority", "u1", excludes("2017-01-01", "")) }},
		{"withdrawn since", CodeNominated, func(c course) {
			c.does("u1-head", "u1", &events.NominationWithdrawn{Of: c.nomineeEvent("u1", "ministry").ID, Reason: "declined"})
		}},
		{"put again by another", CodeBallot, func(c course) {
			other := c.does("u1-head", "", c.again("b3", "u1"))
			c.agreeing(other, "u2", "u3", "u4", "u5", "v1")
		}},
		{"closed", CodeStage, func(c course) { c.goTo(final); c.does("u1-head", "", closing()) }},
	} {
		c := courseAt(t, ballot)
		closedBallot(c)
		e := c.does("u1-head", "", c.again("b2", "u1"))
		c.agreeing(e, "u2", "u3", "u4", "u5")
		x.given(c)
		r := c.refused(c.would("u6-head", "", endorse(e, events.EndorseAgree)), x.code)
		if r.Field != "of" || !strings.Contains(r.Remedy, "anew") {
			t.Errorf("%s: field %s, %q", x.name, r.Field, r.Remedy)
		}
		c.onFold()
	}
}
