package projections

import (
	"slices"

	"github.com/google/uuid"

	"campaignledger/events"
)

// ballotState is how far a ballot has come.
type ballotState struct {
	opened    events.Seq
	effective events.Seq // votes are taken from here on; 0 while a reopening waits for its endorsements
	tally     events.Seq // of a paper ballot, in force
	closed    events.Seq // by this ballot.closed
	ended     events.Seq // when that had its effect: itself, or the endorsement that reached the share; the result stands with it
	reopened  string     // the ballot in effect that puts its question again
}

// takesVotes reports whether the ballot is open.
func (b ballotState) takesVotes() bool { return b.effective != 0 && b.closed == 0 }

// openedAs is what a ballot was opened with.
func (s *State) openedAs(b ballotState) *events.BallotOpened {
	p, _ := s.journal.at(b.opened).more.payload.(*events.BallotOpened)
	return p
}

func (s *State) ballotOpened(e *events.Event, p *events.BallotOpened, m memberState, next *entry) error {
	c, err := s.about(p.Cluster, "", next)
	if err != nil {
		return err
	}
	if err := s.leadOnly(c, e, m); err != nil && (p.Reopens == uuid.Nil || !c.has(m.unit)) { // any head of the cluster may ask for a vote once more
		return err
	}
	if p.Reopens != uuid.Nil && !readable(p.Reason) {
		return refuse(CodeReason, "reason", "say why", "the question is put again without a reason")
	}
	a, err := s.checkAward(p.Award, "award")
	if err != nil {
		return err
	}
	if old := s.ballots.get(p.Ballot); old.opened != 0 {
		return refuse(CodeBallot, "ballot", "give the ballot an id of its own", "ballot %s was opened by event %d", p.Ballot, old.opened)
	}
	if err := checkVote(a, p); err != nil {
		return err
	}
	if err := s.checkRoll(c, p); err != nil {
		return err
	}
	if err := s.checkStandings(p.Standings); err != nil {
		return err
	}
	if err := s.checkNominees(p, next); err != nil {
		return err
	}
	old, err := s.checkReopens(p)
	if err != nil {
		return err
	}
	if old == "" {
		s.openBallot(p, e.Seq, e.Seq)
		return nil
	}
	next.also().of = s.ballots.get(old).closed
	s.ballots.put(p.Ballot, ballotState{}, ballotState{opened: e.Seq})
	return s.beginAct(e, next, m.unit, actShare)
}

// openBallot lets a ballot take votes from event at on.
func (s *State) openBallot(p *events.BallotOpened, seq, at events.Seq) {
	s.ballots.put(p.Ballot, s.ballots.get(p.Ballot), ballotState{opened: seq, effective: at})
	s.scalars.openBallots++
}

// reopen gives a reopening its effect by event by, if it is as it was when it was proposed. The earlier ballot stays, and gives way.
func (s *State) reopen(p *events.BallotOpened, seq, by events.Seq, at *entry) error {
	now := *at
	now.cluster = int16(s.plan.byID[p.Cluster])
	if err := s.checkRoll(s.plan.clusters[now.cluster], p); err != nil {
		return anew(err, seq)
	}
	if err := s.checkNominees(p, &now); err != nil {
		return anew(err, seq)
	}
	id, err := s.checkReopens(p)
	if err != nil {
		return anew(err, seq)
	}
	old := s.ballots.get(id)
	gone := old
	gone.reopened = p.Ballot
	s.ballots.put(id, old, gone)
	s.openBallot(p, seq, by)
	return nil
}

// checkVote holds a ballot against the award's vote in the regulation.
func checkVote(a *events.Award, p *events.BallotOpened) error {
	base, quorum := events.BasePresent, a.Vote.Quorum
	if a.Vote.BaseMembers {
		base = events.BaseMembers
	}
	if quorum.Num == 0 { // of nothing, which events leave out
		quorum = events.Fraction{}
	}
	switch {
	case a.Vote.Threshold.Den == 0:
		return refuse(CodeBallot, "award", "propose the nominees without a ballot", "the regulation asks for no vote on award %s", a.ID)
	case a.Vote.Secret && p.Kind == events.BallotNamed:
		return refuse(CodeBallot, "kind", "use kind "+events.BallotPaper, "the regulation wants a secret vote on award %s, and in a named ballot everybody sees who voted how", a.ID)
	case p.Base != base:
		return refuse(CodeBallot, "base", "write "+base, "the regulation counts votes on award %s of those %s", a.ID, base)
	case p.Threshold != a.Vote.Threshold:
		return refuse(CodeBallot, "threshold", "write "+a.Vote.Threshold.String(), "the regulation's threshold for award %s is %s", a.ID, a.Vote.Threshold)
	case p.Quorum != quorum && quorum.Den == 0:
		return refuse(CodeBallot, "quorum", "leave it out", "the regulation asks for no quorum for award %s", a.ID)
	case p.Quorum != quorum:
		return refuse(CodeBallot, "quorum", "write "+quorum.String(), "the regulation's quorum for award %s is %s", a.ID, quorum)
	case p.Quorum.Den != 0 && !p.Quorum.Reached(len(p.Present), len(p.Roll)):
		return refuse(CodeBallot, "present", "meet again with more members", "%d of %d members are present; the quorum of %s takes %d", len(p.Present), len(p.Roll), p.Quorum, p.Quorum.Least(len(p.Roll)))
	}
	return nil
}

// council are the members who vote in a cluster, sorted: those of the council who belong to a unit of it that takes part, or to no unit.
func (s *State) council(c *clusterPlan) []string {
	var list []string
	for id, m := range s.members.rows {
		if m.role == events.RoleCouncil && m.until == 0 && (m.unit == "" || c.has(m.unit) && s.mayAct(m.unit) == nil) {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

// checkRoll refuses a roll that is not the council: who opens the ballot does not choose who votes.
func (s *State) checkRoll(c *clusterPlan, p *events.BallotOpened) error {
	council := s.council(c)
	for _, id := range council {
		if !slices.Contains(p.Roll, id) {
			return refuse(CodeBallot, "roll", "name all members of the council: "+shortList(council), "%s sits on the council and is not on the roll", id)
		}
	}
	for _, id := range p.Roll {
		if !slices.Contains(council, id) {
			return refuse(CodeBallot, "roll", "name the members of the council: "+shortList(council), "%s does not vote in cluster %s", id, c.ID)
		}
	}
	return nil
}

// checkNominees refuses a ballot on units that are not nominated, or no longer fit to be.
func (s *State) checkNominees(p *events.BallotOpened, at *entry) error {
	for _, unit := range p.Nominees {
		key := nominationKey{p.Award, unit, at.cluster}
		n := s.nominations.get(key)
		if n.seq == 0 {
			return refuse(CodeNominated, "nominees", "nominate it first (campaign nominate)", "unit %s is not nominated for award %s", unit, p.Award)
		}
		if n.proposed != 0 {
			return refuse(CodeProposal, "nominees", "leave it out", "unit %s was proposed for award %s by event %d", unit, p.Award, n.proposed)
		}
		if err := s.checkStays(unit, "nominees"); err != nil {
			return err
		}
		if err := s.checkFlagged(key, n, "nominees"); err != nil {
			return err
		}
		if err := s.checkBarred(unit, p.Award, at, "nominees"); err != nil {
			return err
		}
	}
	return nil
}

// newestBallot is the ballot in effect on a nominee that began last, and after event since; "" if there was none. One that was put again in
// part still stands for the other nominees.
func (s *State) newestBallot(key nominationKey, since events.Seq) string {
	var newest string
	for id, b := range s.ballots.rows {
		if b.effective <= since || b.effective < s.ballots.get(newest).effective {
			continue
		}
		p := s.openedAs(b)
		if p.Award == key.award && s.plan.byID[p.Cluster] == int(key.cluster) && slices.Contains(p.Nominees, key.unit) {
			newest = id
		}
	}
	return newest
}

// openBallotOn is the ballot on a nominee that takes votes, "" if there is none.
func (s *State) openBallotOn(key nominationKey) string {
	if id := s.newestBallot(key, 0); id != "" && s.ballots.get(id).takesVotes() {
		return id
	}
	return ""
}

// checkReopens finds the ballot that p puts again, "" where its nominees were not voted on before, under another nomination either: to take
// one back does not make the question a new one.
func (s *State) checkReopens(p *events.BallotOpened) (string, error) {
	cluster := int16(s.plan.byID[p.Cluster])
	for _, unit := range p.Nominees {
		id := s.newestBallot(nominationKey{p.Award, unit, cluster}, 0)
		old := s.ballots.get(id)
		switch {
		case id == "" && p.Reopens == uuid.Nil:
		case id != "" && old.closed == 0:
			return "", refuse(CodeBallot, "nominees", "close that ballot first", "ballot %s on %s is open", id, unit)
		case id == "" || s.journal.at(old.closed).id != p.Reopens:
			remedy := "leave reopens out for units that were not voted on"
			if id != "" {
				remedy = "name " + s.idOf(old.closed).String() + ", the close of ballot " + id + ", in reopens, with a reason"
			}
			return "", refuse(CodeBallot, "reopens", remedy, "whether %s was voted on before is not what reopens says", unit)
		}
	}
	if p.Reopens == uuid.Nil {
		return "", nil
	}
	return s.newestBallot(nominationKey{p.Award, p.Nominees[0], cluster}, 0), nil
}

// ballotClosed ends a ballot. The lead does so at once when nothing is wanting. Else, or where another head closes it because the lead does
// not or can't, that takes a reason and the units' share: nobody ends a vote alone before it was given.
func (s *State) ballotClosed(e *events.Event, p *events.BallotClosed, m memberState, next *entry) error {
	b, opened, err := s.voting(p.Ballot)
	if err != nil {
		return err
	}
	next.cluster = s.journal.at(b.opened).cluster
	next.also().of = b.opened
	c := s.plan.clusters[next.cluster]
	notLead := s.leadOnly(c, e, m)
	if notLead != nil && !c.has(m.unit) {
		return notLead
	}
	wanting := s.wanting(p.Ballot, b, opened)
	switch {
	case notLead == nil && wanting == "":
		s.endBallot(p.Ballot, e.Seq, e.Seq, next)
		return nil
	case !readable(p.Reason) && wanting != "":
		return refuse(CodeReason, "reason", "wait for it, or say why the ballot ends without it; that takes the endorsement of the units' share", "ballot %s lacks %s", p.Ballot, wanting)
	case !readable(p.Reason):
		return refuse(CodeReason, "reason", "let the head of the lead close it, or say why another does; that takes the endorsement of the units' share",
			"%s does not belong to the unit that leads cluster %s", e.Author, c.ID)
	}
	return s.beginAct(e, next, m.unit, actShare)
}

// wanting is what a ballot that takes votes still waits for; "" if nothing.
func (s *State) wanting(id string, b ballotState, opened *events.BallotOpened) string {
	if opened.Kind == events.BallotPaper {
		if b.tally == 0 {
			return "a count that three tellers stand behind (campaign ballot tally, campaign endorse)"
		}
		return ""
	}
	for _, member := range opened.Present {
		unit := s.members.get(member).unit
		aside := !slices.ContainsFunc(opened.Nominees, func(nominee string) bool { return !s.standsAside(unit, nominee) })
		if !aside && s.votes.get(voteKey{id, member}) == 0 {
			return "the vote of " + member + ", who is present"
		}
	}
	return ""
}

// endBallot closes a ballot by a ballot.closed, which has its effect by event by, whose entry is at and gets the result.
func (s *State) endBallot(id string, closed, by events.Seq, at *entry) {
	b := s.ballots.get(id)
	now := b
	now.closed, now.ended = closed, by
	s.ballots.put(id, b, now)
	s.scalars.openBallots--
	at.also().results = s.results(id, now)
}

// whileVoting refuses to change who may speak while a ballot is open.
func (s *State) whileVoting(field string) error {
	if s.scalars.openBallots == 0 {
		return nil
	}
	open := make([]string, 0, s.scalars.openBallots)
	for id, b := range s.ballots.rows {
		if b.takesVotes() {
			open = append(open, id)
		}
	}
	slices.Sort(open)
	return refuse(CodeBallot, field, "wait until it is closed", "members and their keys stay as they are while a ballot is open: %s", shortList(open))
}
