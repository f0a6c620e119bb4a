package projections

import (
	"errors"
	"slices"
	"strings"

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

// anew says of a joint act that would be refused by now that it has to be proposed anew.
func anew(err error, act events.Seq) error {
	var r *Refusal
	if !errors.As(err, &r) {
		return err
	}
	return refuse(r.Code, "of", "let it be proposed anew", "event %d can't take effect any more: %s", act, r.Problem)
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

// voting finds a ballot that takes votes.
func (s *State) voting(id string) (ballotState, *events.BallotOpened, error) {
	b := s.ballots.get(id)
	switch {
	case b.opened == 0:
		return b, nil, refuse(CodeBallot, "ballot", "campaign awards lists the ballots", "there is no ballot %s", id)
	case b.effective == 0:
		return b, nil, refuse(CodeBallot, "ballot", "wait until the units' share has endorsed the reopening (campaign endorse)", "ballot %s of event %d is not open yet", id, b.opened)
	case b.closed != 0:
		return b, nil, refuse(CodeBallot, "ballot", "the lead may put the question again, with a reason and the units' endorsement", "ballot %s was closed by event %d", id, b.closed)
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
		return refuse(CodeTally, "ballot", "the lead may reopen the ballot, with a reason", "the count of event %d is in force", b.tally)
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

// resultsOf is what a ballot that is closed gives, by nominee.
func (s *State) resultsOf(b ballotState) []NomineeResult { return s.journal.at(b.ended).more.results }

// carried is the result on a nominee of a ballot that is closed.
func (s *State) carried(b ballotState, unit string) NomineeResult {
	results := s.resultsOf(b)
	return results[slices.IndexFunc(results, func(r NomineeResult) bool { return r.Unit == unit })]
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

// results works out what a ballot gives, by nominee.
func (s *State) results(id string, b ballotState) []NomineeResult {
	opened := s.openedAs(b)
	list := make([]NomineeResult, 0, len(opened.Nominees))
	for _, unit := range opened.Nominees {
		r := NomineeResult{Unit: unit}
		if opened.Kind == events.BallotPaper {
			s.countSlips(&r, opened, b.tally)
		} else {
			s.countVotes(&r, opened, id)
		}
		if r.Base > 0 {
			r.Needed = opened.Threshold.Least(r.Base)
			r.Carried = opened.Threshold.Reached(r.For, r.Base)
		}
		list = append(list, r)
	}
	return list
}

// countVotes counts a named ballot. Who has to stand aside is in no base; who abstains is.
func (s *State) countVotes(r *NomineeResult, opened *events.BallotOpened, id string) {
	for _, member := range opened.Roll {
		vote, voted := "", s.votes.get(voteKey{id, member})
		if voted != 0 {
			p, _ := s.journal.at(voted).more.payload.(*events.BallotCast)
			vote = p.Votes[slices.IndexFunc(p.Votes, func(v events.NomineeVote) bool { return v.Unit == r.Unit })].Vote
		}
		if opened.Base == events.BasePresent && !slices.Contains(opened.Present, member) && voted == 0 {
			continue
		}
		if s.standsAside(s.members.get(member).unit, r.Unit) {
			r.Recused++
			continue
		}
		r.Base++
		switch {
		case vote == events.VoteFor:
			r.For++
		case vote == events.VoteAgainst:
			r.Against++
		case voted != 0:
			r.Abstained++
		}
	}
}

// countSlips takes a nominee's part of a count. Of the absent who voted in writing nobody knows who they are; that some had to stand aside
// is known only where all of them did vote.
func (s *State) countSlips(r *NomineeResult, opened *events.BallotOpened, tally events.Seq) {
	if tally == 0 {
		return // it was ended without a count
	}
	p, _ := s.journal.at(tally).more.payload.(*events.BallotTallied)
	n := p.Counts[slices.IndexFunc(p.Counts, func(n events.NomineeCount) bool { return n.Unit == r.Unit })]
	r.For, r.Against, r.Abstained = n.For, n.Against, p.Valid-n.For-n.Against
	voters := opened.Present
	r.Base = len(opened.Present) + p.Written
	if opened.Base == events.BaseMembers || r.Base == len(opened.Roll) {
		voters, r.Base = opened.Roll, len(opened.Roll)
	}
	r.Recused = s.asideOn(r.Unit, voters)
	r.Base -= r.Recused
	r.Abstained = max(0, r.Abstained-r.Recused)
}
