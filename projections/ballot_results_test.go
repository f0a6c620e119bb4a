package projections

import (
	"strings"
	"testing"

	"campaignledger/events"
)

// TestNamedResults holds what named ballots on u1 give against numbers worked out by hand. The roll has seven members, one of them of u1.
func TestNamedResults(t *testing.T) {
	t.Parallel()
	open := []string{"secret: true, ", ""}                                                     // the government's flag, of all members: 80 %
	votes := []string{"council: {recuse-own: true}", "council: {}"}                            // nobody stands aside
	const five = "u1-council=recused u2-council=for u3-council=for u4-council=for u5-council=" // the last word is missing
	for _, x := range []struct {
		name, award, absent, votes string
		edits                      []string
		want                       NomineeResult
	}{
		// 2/3 of those present, of whom u1-council is not counted: of 6 it takes 4.
		{"three of six", "ministry", "", "u1-council=recused u2-council=for u3-council=for u4-council=for u5-council=against u6-council=against council=abstained", nil,
			NomineeResult{For: 3, Against: 2, Abstained: 1, Recused: 1, Base: 6, Needed: 4}},
		{"four of six", "ministry", "", "u1-council=recused u2-council=for u3-council=for u4-council=for u5-council=for u6-council=against council=abstained", nil,
			NomineeResult{For: 4, Against: 1, Abstained: 1, Recused: 1, Base: 6, Needed: 4, Carried: true}},
		// Where nobody stands aside 2/3 of 7 takes 5: 4 2/3 voters there are none.
		{"four of seven", "ministry", "", "u1-council=for u2-council=for u3-council=for u4-council=for u5-council=against u6-council=against council=against", votes,
			NomineeResult{For: 4, Against: 3, Base: 7, Needed: 5}},
		{"five of seven", "ministry", "", "u1-council=for u2-council=for u3-council=for u4-council=for u5-council=for u6-council=against council=against", votes,
			NomineeResult{For: 5, Against: 2, Base: 7, Needed: 5, Carried: true}},
		// Two are absent. Of four it takes 3, with one written vote of five 4, and of who does not vote in writing nothing is counted.
		{"three of four", "ministry", "u6-council council", five + "against", nil, NomineeResult{For: 3, Against: 1, Recused: 1, Base: 4, Needed: 3, Carried: true}},
		{"three of five", "ministry", "u6-council council", five + "against council=written-against", nil, NomineeResult{For: 3, Against: 2, Recused: 1, Base: 5, Needed: 4}},
		{"four of five", "ministry", "u6-council council", five + "against u6-council=written-for", nil, NomineeResult{For: 4, Against: 1, Recused: 1, Base: 5, Needed: 4, Carried: true}},
		// Who is present and does not vote is counted in the base, and so is who stands aside without having to.
		{"one does not vote", "ministry", "u6-council council", "u1-council=recused u2-council=for u3-council=for u4-council=for", nil,
			NomineeResult{For: 3, Recused: 1, Base: 4, Needed: 3, Carried: true}},
		{"two do not vote", "ministry", "u6-council council", "u1-council=recused u2-council=for u3-council=for", nil, NomineeResult{For: 2, Recused: 1, Base: 4, Needed: 3}},
		{"one stands aside of itself", "ministry", "u6-council council", five + "recused", nil, NomineeResult{For: 3, Abstained: 1, Recused: 1, Base: 4, Needed: 3, Carried: true}},
		{"who must stand aside does not vote", "ministry", "u6-council council", "u2-council=for u3-council=for u4-council=for u5-council=abstained", nil,
			NomineeResult{For: 3, Abstained: 1, Recused: 1, Base: 4, Needed: 3, Carried: true}},
		{"who must stand aside is absent", "ministry", "u1-council council", "u2-council=for u3-council=for u4-council=for u5-council=for u6-council=against", nil,
			NomineeResult{For: 4, Against: 1, Base: 5, Needed: 4, Carried: true}},
		{"who must stand aside writes", "ministry", "u1-council council", "u1-council=written-recused u2-council=for u3-council=for u4-council=for u5-council=for u6-council=against", nil,
			NomineeResult{For: 4, Against: 1, Recused: 1, Base: 5, Needed: 4, Carried: true}},
		// 80 % of all members: of 6 it takes 5, of 7 it takes 6; the absent are counted, written votes or not.
		{"four of six members", "government", "u6-council council", five + "for", open, NomineeResult{For: 4, Recused: 1, Base: 6, Needed: 5}},
		{"five of six members", "government", "u6-council council", five + "for council=written-for", open, NomineeResult{For: 5, Recused: 1, Base: 6, Needed: 5, Carried: true}},
		{"five of seven members", "government", "council", "u1-council=for u2-council=for u3-council=for u4-council=for u5-council=for u6-council=against", append(votes, open...),
			NomineeResult{For: 5, Against: 1, Base: 7, Needed: 6}},
		{"six of seven members", "government", "council", "u1-council=for u2-council=for u3-council=for u4-council=for u5-council=for u6-council=for", append(votes, open...),
			NomineeResult{For: 6, Base: 7, Needed: 6, Carried: true}},
		// Half of six present is three.
		{"half", "cup", "", "u1-council=recused u2-council=for u3-council=for u4-council=for u5-council=against u6-council=against council=against", nil,
			NomineeResult{For: 3, Against: 3, Recused: 1, Base: 6, Needed: 3, Carried: true}},
		{"nobody votes", "cup", "u2-council u3-council u4-council u5-council u6-council council", "u1-council=recused", nil, NomineeResult{Recused: 1}},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			c := courseAt(t, ballot, x.edits...)
			c.nominate("u1", x.award)
			c.open("b1", events.BallotNamed, x.award, []string{"u1"}, strings.Fields(x.absent)...)
			c.casts("b1", "u1", x.votes)
			if e := c.does("u1-head", "", closes("b1", "the hour is late")); c.award("one", x.award).Ballots[0].Closed == 0 {
				c.agreeing(e, "u2", "u3", "u4", "u5", "u6")
			}
			c.requireResult(x.award, "b1", x.want)
		})
	}
}

// requireResult requires what the newest ballot gives for u1, in the view and the audit, and that a proposal is admitted if it was carried.
func (c course) requireResult(award, ballot string, want NomineeResult) {
	c.t.Helper()
	want.Unit = "u1"
	if got := c.result("u1", award); got != want {
		c.t.Errorf("the view has %+v, want %+v", got, want)
	}
	lines := c.live.Audit(AuditFilter{})
	if got := lines[len(lines)-1].Results; len(got) != 1 || got[0] != want {
		c.t.Errorf("the audit has %+v, want %+v", got, want)
	}
	if want.Carried {
		c.propose("u1", award, ballot)
	} else {
		c.refuses(CodeNotCarried, "u1-head", "u1", proposes("u1", award, ballot))
	}
	c.onFold()
}

// TestPaperResults holds what counts of slips on u1 give against numbers worked out by hand.
func TestPaperResults(t *testing.T) {
	t.Parallel()
	wrote := func(n int) func(p *events.BallotTallied) { return func(p *events.BallotTallied) { p.Written = n } }
	spoilt := func(p *events.BallotTallied) { p.Returned, p.Valid, p.Invalid = p.Returned-1, p.Valid-2, 1 }
	for _, x := range []struct {
		name, award, absent string
		slips               int
		counts              string
		change              func(p *events.BallotTallied)
		want                NomineeResult
	}{
		{"four of six", "ministry", "", 7, "u1:4/2", wrote(0), NomineeResult{For: 4, Against: 2, Recused: 1, Base: 6, Needed: 4, Carried: true}},
		{"three of six", "ministry", "", 7, "u1:3/0", wrote(0), NomineeResult{For: 3, Abstained: 3, Recused: 1, Base: 6, Needed: 4}},
		// Present are five, u1-council among them: the base is 4, with one written vote 5.
		{"three of four", "ministry", "u6-council council", 5, "u1:3/1", wrote(0), NomineeResult{For: 3, Against: 1, Recused: 1, Base: 4, Needed: 3, Carried: true}},
		{"three of five", "ministry", "u6-council council", 6, "u1:3/2", wrote(1), NomineeResult{For: 3, Against: 2, Recused: 1, Base: 5, Needed: 4}},
		// u1-council is absent. Whether the one who wrote is of u1 nobody knows, and so nobody is left out; where both wrote it is known.
		{"four of six, one unknown", "ministry", "u1-council council", 6, "u1:4/1", wrote(1), NomineeResult{For: 4, Against: 1, Abstained: 1, Base: 6, Needed: 4, Carried: true}},
		{"all wrote", "ministry", "u1-council council", 7, "u1:4/2", wrote(2), NomineeResult{For: 4, Against: 2, Recused: 1, Base: 6, Needed: 4, Carried: true}},
		// Slips that did not come back, or are not valid, are for nobody and stay in the base.
		{"spoilt slips", "ministry", "", 7, "u1:3/1", spoilt, NomineeResult{For: 3, Against: 1, Recused: 1, Base: 6, Needed: 4}},
		{"four of six members", "government", "u6-council council", 5, "u1:4/0", wrote(0), NomineeResult{For: 4, Recused: 1, Base: 6, Needed: 5}},
		{"five of six members", "government", "u6-council council", 6, "u1:5/0", wrote(1), NomineeResult{For: 5, Recused: 1, Base: 6, Needed: 5, Carried: true}},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			c := courseAt(t, ballot)
			c.nominate("u1", x.award)
			c.open("p1", events.BallotPaper, x.award, []string{"u1"}, strings.Fields(x.absent)...)
			c.counted("p1", x.slips, x.counts, x.change)
			c.does("u1-head", "", closes("p1"))
			c.requireResult(x.award, "p1", x.want)
		})
	}
}

// TestTellers: three stand behind a count, its author first, and at most half of them are of candidates' units.
func TestTellers(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		nominees, tellers string
		enough            bool
	}{
		{"u1", "u2 u3", false},
		{"u1", "u2 u3 u4", true},
		{"u1", "u1 u3 u4", true},
		{"u1 u2", "u1 u2 u3", false},
		{"u1 u2", "u1 u2 u3 u4", true}, // two of four are no majority
		{"u1 u2 u3", "u1 u2 u3 u4 u5", false},
		{"u1 u2 u3", "u1 u2 u3 u4 u5 u6", true},
		{"u1 u2 u3", "u4 u1 teller", true}, // of no unit
	} {
		c := courseAt(t, ballot)
		nominatedAt(c)
		c.open("p1", events.BallotPaper, "cup", strings.Fields(x.nominees))
		var count events.Event
		for i, unit := range strings.Fields(x.tellers) {
			teller := strings.Replace(unit+"-teller", "teller-", "", 1)
			if i == 0 {
				count = c.does(teller, "", tally("p1", 7, strings.Join(strings.Fields(x.nominees), ":6/0 ")+":6/0"))
			} else {
				c.does(teller, "", endorse(count, events.EndorseAgree))
			}
		}
		_, err := c.by("u1-head", "", closes("p1"))
		if (err == nil) != x.enough {
			t.Errorf("tellers of %s on %s: %v", x.tellers, x.nominees, err)
		}
		line := c.live.Audit(AuditFilter{After: count.Seq - 1, Limit: 1})[0]
		if line.Agreed != len(strings.Fields(x.tellers)) || (len(line.Hold) == 0) != x.enough {
			t.Errorf("tellers of %s on %s: the audit has %d, %v", x.tellers, x.nominees, line.Agreed, line.Hold)
		}
		if x.enough {
			c.does("auditor", "", endorse(count, events.EndorseReceived))
			c.does("v1-teller", "", endorse(count, events.EndorseAgree)) // one more name under it
			if names := c.award("one", "cup").Ballots[0].Tallies[0].Tellers; names[len(names)-1] != "v1-teller" || len(names) != len(strings.Fields(x.tellers))+1 {
				t.Errorf("the count is endorsed by %v", names)
			}
		}
		c.onFold()
	}
}

// TestNoQuorum: a quorum of nothing is none.
func TestNoQuorum(t *testing.T) {
	t.Parallel()
	c := courseAt(t, ballot, "vote: {threshold: 2/3, base: present, quorum: 2/3, written: true}", "vote: {threshold: 2/3, base: present, quorum: 0%, written: true}")
	c.nominate("u1", "ministry")
	p := c.opens("b1", events.BallotNamed, "ministry", []string{"u1"}, "u3-council", "u4-council", "u5-council", "u6-council", "council")
	p.Quorum = events.Fraction{}
	c.does("u1-head", "", p)
}
