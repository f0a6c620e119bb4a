package projections

import (
	"slices"
	"strings"

	"campaignledger/events"
)

type voteKey struct{ ballot, member string }

// tallyState is how many tellers stand behind a count.
type tallyState struct {
	ballot     string
	tellers    int
	candidates int // tellers of candidates' units
	done       bool
}

// tellersNeeded is how many tellers give a count its effect. At most half of them may be of candidates' units.
const tellersNeeded = 3

// enough reports whether the tellers give the count its effect.
func (t tallyState) enough() bool { return t.tellers >= tellersNeeded && 2*t.candidates <= t.tellers }

// voting finds a ballot that takes votes.
func (s *State) voting(id string) (ballotState, *events.BallotOpened, error) {
	b := s.ballots.get(id)
	switch {
	case b.opened == 0:
		return b, nil, refuse(CodeBallot, "ballot", "campaign awards lists the ballots", "there is no ballot %s", id)
	case b.effective == 0:
		return b, nil, refuse(CodeBallot, "ballot", "wait until the units' share has endorsed the reopening (campaign endorse)", "ballot %s of event %d is not open yet", id, b.opened)
	case b.closed != 0:
		return b, nil, refuse(CodeBallot, "ballot", "any head of the cluster may put the question again, with a reason and the units' endorsement", "ballot %s was closed by event %d", id, b.closed)
	}
	return b, s.openedAs(b), nil
}

func (s *State) ballotCast(e *events.Event, p *events.BallotCast, m memberState, next *entry) error {
	b, opened, err := s.voting(p.Ballot)
	if err != nil {
		return err
	}
	next.cluster = s.journal.at(b.opened).cluster
	next.also().of = b.opened
	present := slices.Contains(opened.Present, e.Author)
	key := voteKey{p.Ballot, e.Author}
	switch earlier := s.votes.get(key); {
	case opened.Kind != events.BallotNamed:
		return refuse(CodeBallot, "ballot", "vote on a slip; the tellers count", "ballot %s is on paper", p.Ballot)
	case !slices.Contains(opened.Roll, e.Author):
		return refuse(CodeVoter, "author", "only who stands on the roll votes: "+shortList(opened.Roll), "%s is not on the roll of ballot %s", e.Author, p.Ballot)
	case earlier != 0:
		return refuse(CodeVoter, "author", "leave it out", "%s has voted by event %d; a vote is given once", e.Author, earlier)
	case present && p.Manner != "":
		return refuse(CodeVoter, "manner", "leave manner out", "%s is present", e.Author)
	case !present && !s.plan.award(opened.Award).Vote.Written:
		return refuse(CodeVoter, "author", "only those present vote", "%s is absent, and the regulation has no written votes on award %s", e.Author, opened.Award)
	case !present && p.Manner != events.WrittenVote:
		return refuse(CodeVoter, "manner", "write manner "+events.WrittenVote, "%s is absent, and votes in writing", e.Author)
	}
	units := make([]string, 0, len(p.Votes))
	for _, v := range p.Votes {
		units = append(units, v.Unit)
		if own := s.standsAside(m.unit, v.Unit); own && v.Vote != events.VoteRecused {
			return refuse(CodeConflict, "votes", "vote "+events.VoteRecused, "%s belongs to unit %s and stands aside on it (council: recuse-own)", e.Author, v.Unit)
		}
	}
	if err := onAll(units, opened.Nominees, "votes", "vote on"); err != nil {
		return err
	}
	s.votes.put(key, 0, e.Seq)
	return nil
}

// standsAside reports whether a member of a unit has no vote on a nominee.
func (s *State) standsAside(unit, nominee string) bool {
	return s.plan.regulation.Council.RecuseOwn && unit == nominee
}

// onAll refuses a list of units that are not exactly the nominees.
func onAll(units, nominees []string, field, verb string) error {
	for _, unit := range nominees {
		if !slices.Contains(units, unit) {
			return refuse(CodeTally, field, verb+" every nominee: "+strings.Join(nominees, ", "), "nominee %s is missing", unit)
		}
	}
	for _, unit := range units {
		if !slices.Contains(nominees, unit) {
			return refuse(CodeTally, field, verb+" the nominees: "+strings.Join(nominees, ", "), "%s is no nominee of this ballot", unit)
		}
	}
	return nil
}

func (s *State) ballotTallied(e *events.Event, p *events.BallotTallied, m memberState, next *entry) error {
	b, opened, err := s.voting(p.Ballot)
	if err != nil {
		return err
	}
	next.cluster = s.journal.at(b.opened).cluster
	next.also().of = b.opened
	absent := len(opened.Roll) - len(opened.Present)
	if !s.plan.award(opened.Award).Vote.Written {
		absent = 0
	}
	units := make([]string, 0, len(p.Counts))
	switch {
	case opened.Kind != events.BallotPaper:
		return refuse(CodeBallot, "ballot", "close it; the votes are counted then", "ballot %s is named, and has no slips", p.Ballot)
	case b.tally != 0:
		return refuse(CodeTally, "ballot", "any head of the cluster may put the question again, with a reason and the units' endorsement", "the count of event %d is in force", b.tally)
	case p.Written > absent:
		return refuse(CodeTally, "written", "count again", "%d written votes, and %d absent members who may vote in writing", p.Written, absent)
	case p.Issued > len(opened.Present)+absent:
		return refuse(CodeTally, "issued", "count again", "%d slips issued, and %d members who may have one", p.Issued, len(opened.Present)+absent)
	case p.Returned-p.Written > len(opened.Present):
		return refuse(CodeTally, "returned", "count again", "%d slips returned by those present, who are %d", p.Returned-p.Written, len(opened.Present))
	}
	for _, n := range p.Counts {
		units = append(units, n.Unit)
		if may := s.mayVoteOn(n.Unit, opened, p.Written); n.For+n.Against > may {
			return refuse(CodeTally, "counts", "count again; who belongs to a nominee's unit leaves it blank (council: recuse-own)",
				"%d votes on %s, and %d members who may vote on it", n.For+n.Against, n.Unit, may)
		}
	}
	if err := onAll(units, opened.Nominees, "counts", "count"); err != nil {
		return err
	}
	next.hold |= holdAct
	s.tallies.put(e.Seq, tallyState{}, tallyState{ballot: p.Ballot}.with(opened, m))
	return nil
}

// mayVoteOn is how many slips may say something of a nominee: of those present, and of the absent of whom some wrote, who need not stand
// aside. It is at most the base that the result has.
func (s *State) mayVoteOn(nominee string, opened *events.BallotOpened, written int) int {
	present := len(opened.Present) - s.asideOn(nominee, opened.Present)
	absent := len(opened.Roll) - s.asideOn(nominee, opened.Roll) - present
	return present + min(written, absent)
}

// asideOn counts the members of a list who have no vote on a nominee.
func (s *State) asideOn(nominee string, members []string) (n int) {
	for _, id := range members {
		if s.standsAside(s.members.get(id).unit, nominee) {
			n++
		}
	}
	return n
}

// with is t with one more teller behind it.
func (t tallyState) with(opened *events.BallotOpened, m memberState) tallyState {
	t.tellers++
	if slices.Contains(opened.Nominees, m.unit) {
		t.candidates++
	}
	return t
}

// endorseTally takes another teller's word for a count.
func (s *State) endorseTally(e *events.Event, m memberState, next *entry, seq events.Seq, key endorsement) error {
	before := s.tallies.get(seq)
	switch {
	case m.role != events.RoleTeller:
		return refuse(CodeRole, "author", "let a teller endorse it", "%s is %s; tellers stand behind a count", e.Author, article(m.role))
	case s.names.list[s.journal.at(seq).author] == e.Author:
		return refuse(CodeEndorse, "author", "let another teller endorse it", "%s made the count of event %d", e.Author, seq)
	case before.done:
		s.endorsed.put(key, 0, e.Seq) // one more name under it
		return nil
	}
	b, opened, err := s.voting(before.ballot)
	if err != nil {
		return err
	}
	if b.tally != 0 {
		return refuse(CodeTally, "of", "endorse that one", "the count of event %d is in force", b.tally)
	}
	s.endorsed.put(key, 0, e.Seq)
	now := before.with(opened, m)
	if now.enough() {
		now.done = true
		counted := b
		counted.tally = seq
		s.ballots.put(before.ballot, b, counted)
		next.also().effect = &effect{released: []events.Seq{seq}, clear: holdAct}
	}
	s.tallies.put(seq, before, now)
	return nil
}
