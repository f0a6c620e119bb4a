package projections

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"campaignledger/events"
)

// courseAwards are awards of every kind: voted on by those present and in writing, by all members in secret, by those present only, and
// not at all.
const courseAwards = `
  - {id: ministry, title: Ministry flag, places: 2, vote: {threshold: 2/3, base: present, quorum: 2/3, written: true}}
  - {id: government, title: Government flag, places: 1, within: ministry, quota: {of: ministry, share: 20%, rounding: down},
     vote: {threshold: 80%, base: members, quorum: 2/3, secret: true, written: true}}
  - {id: cup, places: 6, vote: {threshold: 1/2, base: present}}
  - {id: badge, places: 2}
`

// courseText is a regulation of two clusters, each with a lead of its own. A unit has a head, an officer, a member of the council and a
// teller; one more member of the council, an authority and an auditor belong to no unit.
func courseText() string {
	var b strings.Builder
	b.WriteString("id: trial\nclock: live\ndelay: 45d\nlevels:\n  - {id: self, scorers: own-unit}\n" +
		"criteria:\n  default: {items: [{id: G, method: graded, max: 100, aggregate: {method: mean}}]}\nclusters:\n" +
		"  - {id: one, criteria: default, lead: u1, units: [{id: u1}, {id: u2}, {id: u3}, {id: u4}, {id: u5}, {id: u6}]}\n" +
		"  - {id: two, criteria: default, lead: v1, units: [{id: v1}, {id: v2}, {id: v3}]}\n" +
		"calendar:\n  - {for: appeals, until: \"2017-05-01T00:00\", late: refuse}\n" +
		"council: {recuse-own: true}\nendorse: 2/3\nawards:" + courseAwards + "members:\n")
	for _, unit := range courseUnits() {
		for _, role := range []string{"head", "officer", "council", "teller"} {
			fmt.Fprintf(&b, "  - {id: %s-%s, role: %[2]s, unit: %[1]s, key: \"KEY-%[1]s-%[2]s\"}\n", unit, role)
		}
	}
	for _, role := range []string{"council", "authority", "auditor", "teller"} {
		fmt.Fprintf(&b, "  - {id: %s, role: %[1]s, key: \"KEY-%[1]s\"}\n", role)
	}
	return b.String()
}

func courseUnits() []string { return []string{"u1", "u2", "u3", "u4", "u5", "u6", "v1", "v2", "v3"} }

// course is a signed campaign on its way to awards.
type course struct{ *signed }

// newCourse is one at scoring, of whose units each has the mark of its place in marks; 0: none. edits are pairs as in newSigned.
func newCourse(t testing.TB, marks []int, edits ...string) course {
	t.Helper()
	text := courseText()
	for i := 0; i < len(edits); i += 2 {
		if strings.Count(text, edits[i]) != 1 {
			t.Fatalf("%q does not stand once in the regulation", edits[i])
		}
		text = strings.Replace(text, edits[i], edits[i+1], 1)
	}
	c := course{&signed{newTrial(t, withKeys(text)), map[string]int{}}}
	c.does("u1-head", "", c.opening())
	c.join(courseUnits()...)
	c.goTo(scoring)
	for i, unit := range courseUnits() {
		if i < len(marks) && marks[i] > 0 {
			c.does(unit+"-head", unit, c.grade(unit, fmt.Sprint(marks[i])))
		}
	}
	return c
}

// inOrder are the marks of units that do not tie: u1 has the most of cluster one, v1 of cluster two.
func inOrder() []int { return []int{90, 80, 70, 60, 50, 40, 30, 20, 10} }

// courseAt is a campaign of units in order, at a stage.
func courseAt(t testing.TB, stage events.Stage, edits ...string) course {
	t.Helper()
	c := newCourse(t, inOrder(), edits...)
	c.goTo(stage)
	return c
}

// goTo advances to a stage.
func (c course) goTo(stage events.Stage) {
	c.t.Helper()
	for c.live.state.scalars.stage != stage {
		next := events.Stages()[stageIndex(c.live.state.scalars.stage)+1]
		c.does("u1-head", "", &events.StageAdvanced{Stage: next})
	}
}

// cluster is the cluster of a unit.
func cluster(unit string) string { return map[byte]string{'u': "one", 'v': "two"}[unit[0]] }

// grade is a unit's own mark.
func (c course) grade(unit, amount string) *events.ScoreEntered {
	p := points("G", "self", unit, amount)
	p.Cluster = cluster(unit)
	return p
}

// asOfNow are the standings of now as events name them, from a fold of its own.
func (c *trial) asOfNow() events.StandingsRef {
	c.t.Helper()
	return events.StandingsRef{Seq: len(c.list), SHA256: StandingsSHA(fold(c.t, c.list).Standings())}
}

// nomination is the payload that nominates for an award, on the standings of now, with an optional reason.
func (c course) nomination(unit, award string, reason ...string) *events.NominationProposed {
	return &events.NominationProposed{Award: award, Cluster: cluster(unit), Reason: strings.Join(reason, ""), Standings: c.asOfNow()}
}

// nominate nominates by the unit's head.
func (c course) nominate(unit, award string, reason ...string) events.Event {
	c.t.Helper()
	return c.does(unit+"-head", unit, c.nomination(unit, award, reason...))
}

// council are the members who vote in a cluster.
func (c course) council(name string) (list []string) {
	return c.live.state.council(c.live.state.plan.clusters[c.live.state.plan.byID[name]])
}

// opens is the payload that opens a ballot as the regulation wants it, all present but absent.
func (c course) opens(id, kind, award string, nominees []string, absent ...string) *events.BallotOpened {
	vote := c.live.state.plan.award(award).Vote
	p := &events.BallotOpened{Award: award, Ballot: id, Base: events.BasePresent, Cluster: cluster(nominees[0]), Kind: kind, Nominees: nominees,
		Quorum: vote.Quorum, Question: "Carry?", Roll: c.council(cluster(nominees[0])), Standings: c.asOfNow(), Threshold: vote.Threshold}
	if vote.BaseMembers {
		p.Base = events.BaseMembers
	}
	for _, id := range p.Roll {
		if !strings.Contains(" "+strings.Join(absent, " ")+" ", " "+id+" ") {
			p.Present = append(p.Present, id)
		}
	}
	return p
}

// open opens a ballot by the lead.
func (c course) open(id, kind, award string, nominees []string, absent ...string) events.Event {
	c.t.Helper()
	return c.does(nominees[0][:1]+"1-head", "", c.opens(id, kind, award, nominees, absent...))
}

// vote is a vote on nominees, like "u1:for u2:against".
func vote(ballot, votes string) *events.BallotCast {
	p := &events.BallotCast{Ballot: ballot}
	for pair := range strings.FieldsSeq(votes) {
		unit, word, _ := strings.Cut(pair, ":")
		p.Votes = append(p.Votes, events.NomineeVote{Unit: unit, Vote: word})
	}
	return p
}

// written is a vote of who is absent.
func written(p *events.BallotCast) *events.BallotCast {
	p.Manner = events.WrittenVote
	return p
}

// casts lets the members that stand before the colons vote in their order: "u2-council=for".
func (c course) casts(ballot, nominee, votes string) {
	c.t.Helper()
	for pair := range strings.FieldsSeq(votes) {
		member, word, _ := strings.Cut(pair, "=")
		manner, ok := strings.CutPrefix(word, "written-")
		p := vote(ballot, nominee+":"+manner)
		if ok {
			p = written(p)
		}
		c.does(member, "", p)
	}
}

// closes is the payload that closes a ballot.
func closes(ballot string, reason ...string) *events.BallotClosed {
	return &events.BallotClosed{Ballot: ballot, Reason: strings.Join(reason, "")}
}

// ends closes a ballot that lacks something: the lead says why, and the units' share endorses it.
func (c course) ends(ballot string) events.Event {
	c.t.Helper()
	e := c.does("u1-head", "", closes(ballot, "the hour is late"))
	c.agreeing(e, "u2", "u3", "u4", "u5", "u6")
	return e
}

// carry lets the council of cluster one, all present, carry a nominee in a named ballot.
func (c course) carry(unit, award, ballot string) {
	c.t.Helper()
	c.open(ballot, events.BallotNamed, award, []string{unit})
	for _, id := range c.council(cluster(unit)) {
		word := "for"
		if strings.HasPrefix(id, unit+"-") {
			word = "recused"
		}
		c.casts(ballot, unit, id+"="+word)
	}
	c.does(leadOf(unit), "", closes(ballot))
}

// leadOf is the head of the lead of a unit's cluster.
func leadOf(unit string) string { return unit[:1] + "1-head" }

// propose proposes a unit.
func (c course) propose(unit, award, ballot string) events.Event {
	c.t.Helper()
	return c.does(leadOf(unit), unit, proposes(unit, award, ballot))
}

func proposes(unit, award, ballot string) *events.AwardProposed {
	return &events.AwardProposed{Award: award, Ballot: ballot, Cluster: cluster(unit)}
}

// decides is an authority's decision on a proposal.
func decides(proposal events.Event, outcome string, appeal ...events.Event) *events.AwardDecided {
	p := &events.AwardDecided{Of: proposal.ID, Outcome: outcome}
	for _, a := range appeal {
		p.Appeal = a.ID
	}
	return p
}

// paperOf is a decision on paper.
func paperOf() events.Decision {
	return events.Decision{Date: "2017-03-01", Number: "12/QD", Scan: hash("scan"), Signatory: "The minister"}
}

// badged is a unit proposed for the badge, which takes no vote.
func (c course) badged(unit string) events.Event {
	c.t.Helper()
	c.nominate(unit, "badge", "out of order")
	return c.propose(unit, "badge", "")
}

// appeals files an appeal of a unit against an event.
func (c course) appeals(unit string, of events.Event) events.Event {
	c.t.Helper()
	return c.does(unit+"-head", unit, &events.AppealFiled{Ground: events.Words{Text: "wrong"}, Of: of.ID})
}

// answers lets the authority decide on an appeal.
func (c course) answers(unit string, appeal events.Event, outcome string) events.Event {
	c.t.Helper()
	return c.does("authority", unit, &events.AppealDecided{Of: appeal.ID, Outcome: outcome, Reason: "heard"})
}

// upheld is an upheld appeal of a unit against an event.
func (c course) upheld(unit string, of events.Event) events.Event {
	c.t.Helper()
	return c.answers(unit, c.appeals(unit, of), events.AppealUpheld)
}

// excludes is an exclusion from all awards, or from those named.
func excludes(from, to string, awards ...string) *events.ExclusionImposed {
	return &events.ExclusionImposed{Awards: awards, From: from, To: to, Ground: events.Words{Text: "discipline"}}
}

// agreeing lets the heads of units agree to an event.
func (c course) agreeing(of events.Event, units ...string) {
	c.t.Helper()
	for _, unit := range units {
		c.does(unit+"-head", "", endorse(of, events.EndorseAgree))
	}
}

// award is one award of a cluster in the view.
func (c course) award(name, award string) AwardState {
	c.t.Helper()
	for _, a := range c.live.Awards("en").Awards {
		if a.Cluster == name && a.Award == award {
			return a
		}
	}
	c.t.Fatalf("no award %s in cluster %s", award, name)
	return AwardState{}
}

// nominee is the newest nomination of a unit for an award in the view.
func (c course) nominee(unit, award string) (n NomineeState) {
	c.t.Helper()
	for _, one := range c.award(cluster(unit), award).Nominees {
		if one.Unit == unit {
			n = one
		}
	}
	return n
}

// result is what the newest ballot in the view gives for a nominee.
func (c course) result(unit, award string) (r NomineeResult) {
	c.t.Helper()
	for _, b := range c.award(cluster(unit), award).Ballots {
		for _, one := range b.Results {
			if one.Unit == unit {
				r = one
			}
		}
	}
	return r
}

// marked is the current mark of a unit.
func (c course) marked(unit string) events.Event {
	return c.lastOf(func(e events.Event) bool {
		_, ok := e.Payload.(*events.ScoreEntered)
		return ok && e.Subject == unit
	})
}

// corrects is a correction of a unit's mark that follows an upheld appeal.
func (c course) corrects(unit, amount string, appeal uuid.UUID) *events.ScoreEntered {
	p := because(c.grade(unit, amount))
	p.Appeal, p.Supersedes = appeal, c.marked(unit).ID
	return p
}

// onFold holds the campaign against a fresh fold, its view of the awards included.
func (c course) onFold() {
	c.t.Helper()
	requireSameSigned(c.t, fold(c.t, c.list), c.live)
}
