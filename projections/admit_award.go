package projections

import (
	"github.com/google/uuid"

	"campaignledger/events"
)

// proposalState is a proposal to an authority and the decision on it.
type proposalState struct {
	award, unit string
	cluster     int16
	decided     events.Seq // the last award.decided
}

// decisionState is what an authority decided.
type decisionState struct {
	proposal events.Seq
	award    string // granted; "" where it was refused
	revoked  events.Seq

	transcribed bool // by the lead; the authority did not sign
}

// granted reports whether the decision of event seq grants an award now: it was not revoked, and no later decision took its place.
func (s *State) granted(seq events.Seq) (award string, ok bool) {
	d := s.decisions.get(seq)
	return d.award, d.award != "" && d.revoked == 0 && s.proposals.get(d.proposal).decided == seq
}

// stands reports whether the proposal of event seq takes its place: nobody decided on it yet, or what was granted is in force.
func (s *State) stands(seq events.Seq) bool {
	p := s.proposals.get(seq)
	if p.decided == 0 {
		return true
	}
	_, ok := s.granted(p.decided)
	return ok
}

// awardProposed lets a cluster send a nominee that the council carried. Places are counted in what stands: a proposal that was refused gives
// its place back, and so does an award that was revoked. Whether the unit stands among the first is not asked again: where the standings
// moved, that was asked when it was looked at again.
func (s *State) awardProposed(e *events.Event, p *events.AwardProposed, m memberState, next *entry) error {
	c, err := s.about(p.Cluster, e.Subject, next)
	if err != nil {
		return err
	}
	if err := s.leadOnly(c, e, m); err != nil {
		return err
	}
	a, err := s.checkAward(p.Award, "award")
	if err != nil {
		return err
	}
	key := nominationKey{a.ID, e.Subject, next.cluster}
	n := s.nominations.get(key)
	switch {
	case n.proposed != 0:
		return refuse(CodeProposal, "subject", "leave it out", "unit %s was proposed for award %s by event %d", e.Subject, a.ID, n.proposed)
	case s.proposed(a.ID, next.cluster) >= a.Places:
		return refuse(CodePlaces, "award", "leave it out", "cluster %s may propose %d for award %s, and has", c.ID, a.Places, a.ID)
	case n.seq == 0:
		return refuse(CodeNominated, "subject", "nominate it first (campaign nominate)", "unit %s is not nominated for award %s", e.Subject, a.ID)
	}
	if err := s.checkStays(e.Subject, "subject"); err != nil {
		return err
	}
	if err := s.checkFlagged(key, n, "subject"); err != nil {
		return err
	}
	if err := s.checkBarred(e.Subject, a.ID, next, "subject"); err != nil {
		return err
	}
	if err := s.checkCarried(a, key, p.Ballot); err != nil {
		return err
	}
	now := n
	now.proposed = e.Seq
	s.nominations.put(key, n, now)
	s.proposals.put(e.Seq, proposalState{}, proposalState{award: a.ID, unit: e.Subject, cluster: next.cluster})
	return nil
}

// proposed counts a cluster's proposals for an award that stand.
func (s *State) proposed(award string, cluster int16) (n int) {
	for seq, p := range s.proposals.rows {
		if p.award == award && p.cluster == cluster && s.stands(seq) {
			n++
		}
	}
	return n
}

// checkCarried refuses a nominee that the newest ballot on its nomination did not carry.
func (s *State) checkCarried(a *events.Award, key nominationKey, ballot string) error {
	if a.Vote.Threshold.Den == 0 {
		if ballot != "" {
			return refuse(CodeBallot, "ballot", "leave it out", "the regulation asks for no vote on award %s", a.ID)
		}
		return nil
	}
	id := s.newestBallot(key, s.nominations.get(key).seq)
	b := s.ballots.get(id)
	switch {
	case id == "":
		return refuse(CodeBallot, "ballot", "let the council vote first (campaign ballot open)", "there was no ballot on %s for award %s", key.unit, a.ID)
	case b.closed == 0:
		return refuse(CodeBallot, "ballot", "close it first (campaign ballot close)", "ballot %s on %s is open", id, key.unit)
	case ballot != id:
		return refuse(CodeBallot, "ballot", "name "+id, "the newest ballot on %s for award %s is %s", key.unit, a.ID, id)
	}
	if r := s.carried(b, key.unit); !r.Carried {
		return refuse(CodeNotCarried, "ballot", "leave it out, or let the question be put again with the units' endorsement",
			"ballot %s did not carry %s: %d for of a base of %d, and it takes %d", id, key.unit, r.For, r.Base, r.Needed)
	}
	return nil
}

// checkPaper refuses a decision on paper of a day that has not come.
func (s *State) checkPaper(d events.Decision, at *entry) error {
	if day := s.dayOf(at); d.Date > day {
		return refuse(CodeTime, "decision", "write the date that stands on the paper", "the decision is dated %s, and the event %s", d.Date, day)
	}
	return nil
}

// decides checks who says an authority's decision: it signs itself, or the lead's head transcribes its paper.
func (s *State) decides(e *events.Event, basis string, m memberState, c *clusterPlan) error {
	if err := checkTranscriber(e, basis, m); err != nil {
		return err
	}
	if m.role == events.RoleAuthority && m.unit == e.Subject {
		return refuse(CodeConflict, "author", "let an authority of no unit, or of another, decide", "%s belongs to unit %s, which this is about", e.Author, m.unit)
	}
	if m.role == events.RoleAuthority {
		return nil
	}
	if basis != events.BasisTranscribed {
		return refuse(CodeRole, "basis", "transcribe the authority's paper: basis "+events.BasisTranscribed+", with number, date, signatory and the hash of its scan",
			"%s is %s; the authority decides", e.Author, article(m.role))
	}
	return s.leadOnly(c, e, m)
}

func (s *State) awardDecided(e *events.Event, p *events.AwardDecided, m memberState, next *entry) error {
	seq, ok := s.Find(p.Of)
	proposal := s.proposals.get(seq)
	if !ok || proposal.award == "" || proposal.unit != e.Subject {
		return refuse(CodeProposal, "of", "name the id of an award.proposed about the unit; campaign awards lists them", "%s is no proposal of unit %s", p.Of, e.Subject)
	}
	c := s.plan.clusters[proposal.cluster]
	next.cluster, next.unit = proposal.cluster, int16(c.unitByID[e.Subject])
	next.also().of = seq
	if err := s.decides(e, p.Basis, m, c); err != nil {
		return err
	}
	before, transcribed := s.decisions.get(proposal.decided), p.Basis == events.BasisTranscribed
	if proposal.decided != 0 && p.Appeal == uuid.Nil && (transcribed || !before.transcribed) { // an authority's own word goes before what others wrote for it
		return refuse(CodeProposal, "of", "name the upheld appeal that it follows (--appeal)", "event %d decided on the proposal", proposal.decided)
	}
	if err := s.checkPaper(p.Decision, next); err != nil {
		return err
	}
	if p.Appeal != uuid.Nil {
		about := e.Subject
		if transcribed && proposal.decided != 0 && !before.transcribed {
			about = "" // over a signature only what was appealed against itself
		}
		decided, err := s.follows(p.Appeal, about, seq, proposal.decided)
		if err != nil {
			return err
		}
		if since := s.appeals.get(s.journal.at(decided).more.of).since; since < proposal.decided {
			return refuse(CodeAppeal, "appeal", "name an appeal that was upheld after it", "the appeal of event %d was upheld before event %d decided on the proposal", decided, proposal.decided)
		}
		next.more.appeal = decided
		s.lookedAt(decided, next)
	}
	decision := decisionState{proposal: seq, transcribed: transcribed}
	switch p.Outcome {
	case events.AwardGranted:
		decision.award = proposal.award
	case events.AwardOtherLevel:
		decision.award = p.Award
		if p.Award == proposal.award {
			return refuse(CodeProposal, "award", "write outcome "+events.AwardGranted, "award %s is the one that was proposed", p.Award)
		}
		if _, err := s.checkAward(p.Award, "award"); err != nil {
			return err
		}
		if transcribed && !s.plan.standsWithin(proposal.award, p.Award) {
			return refuse(CodeProposal, "award", "let the authority sign it, or transcribe an award that the proposed one stands within",
				"%s transcribes award %s, which nobody proposed and which award %s does not stand within", e.Author, p.Award, proposal.award)
		}
	}
	if decision.award != "" {
		if err := s.checkGrant(decision.award, seq, next); err != nil {
			return err
		}
	}
	now := proposal
	now.decided = e.Seq
	s.proposals.put(seq, proposal, now)
	s.decisions.put(e.Seq, decisionState{}, decision)
	return nil
}

// checkGrant refuses a grant, on the proposal of event seq, to a unit that is excluded on the day, that has the award already, or beyond the
// quota over all clusters.
func (s *State) checkGrant(award string, seq events.Seq, next *entry) error {
	proposal := s.proposals.get(seq)
	if err := s.checkBarred(proposal.unit, award, next, "subject"); err != nil {
		return err
	}
	for by, d := range s.decisions.rows {
		other := s.proposals.get(d.proposal)
		if has, ok := s.granted(by); ok && d.proposal != seq && other.unit == proposal.unit && other.cluster == proposal.cluster && has == award {
			return refuse(CodeProposal, "subject", "leave it out", "unit %s was granted award %s by event %d", proposal.unit, award, by)
		}
	}
	q := s.quota(s.plan.award(award), seq)
	if q == nil || !q.Computed {
		return nil
	}
	granted := q.Granted
	if has, ok := s.granted(proposal.decided); ok && has == award {
		granted-- // this decision takes its place
	}
	if granted >= q.Most {
		return refuse(CodePlaces, "award", "refuse it, or grant another level", "award %s may go to %s of the %d units proposed for award %s: %d, and %d have it",
			award, q.Share, q.Counted, q.Of, q.Most, granted)
	}
	return nil
}

// quota computes an award's quota over all clusters, nil where it has none. In a campaign of one cluster it can't be: the share is of more
// than the campaign knows. The proposal of event also, on which is being decided, is counted in any case; 0: none.
func (s *State) quota(a *events.Award, also events.Seq) *QuotaState {
	if a.Quota.Of == "" {
		return nil
	}
	q := &QuotaState{Of: a.Quota.Of, Share: a.Quota.Share.String(), Rounding: "down", Computed: len(s.plan.clusters) > 1}
	for seq, p := range s.proposals.rows {
		if (p.award == a.Quota.Of || s.plan.standsWithin(p.award, a.Quota.Of)) && (seq == also || s.stands(seq)) {
			q.Counted++
		}
	}
	for seq := range s.decisions.rows {
		if has, ok := s.granted(seq); ok && has == a.ID {
			q.Granted++
		}
	}
	num, den := a.Quota.Share.Num*int64(q.Counted), a.Quota.Share.Den
	switch {
	case a.Quota.RoundUp:
		q.Most, q.Rounding = int((num+den-1)/den), "up"
	case a.Quota.HalfAway:
		q.Most, q.Rounding = int((2*num+den)/(2*den)), "half-up"
	default:
		q.Most = int(num / den)
	}
	return q
}

func (s *State) awardRevoked(e *events.Event, p *events.AwardRevoked, m memberState, next *entry) error {
	seq, ok := s.Find(p.Of)
	old := s.decisions.get(seq)
	proposal := s.proposals.get(old.proposal)
	_, granted := s.granted(seq)
	switch {
	case !ok || old.proposal == 0 || proposal.unit != e.Subject:
		return refuse(CodeUnknownEvent, "of", "name the id of an award.decided about the unit", "%s is no decision on unit %s", p.Of, e.Subject)
	case !granted:
		return refuse(CodeProposal, "of", "leave it out", "event %d grants no award that is in force", seq)
	}
	c := s.plan.clusters[proposal.cluster]
	next.cluster, next.unit = proposal.cluster, int16(c.unitByID[e.Subject])
	next.also().of = seq
	if err := s.decides(e, p.Basis, m, c); err != nil {
		return err
	}
	if p.Basis == events.BasisTranscribed && !old.transcribed && p.Appeal == uuid.Nil {
		return refuse(CodeRole, "basis", "let the authority sign the revocation", "the authority signed the decision of event %d; nobody transcribes its end", seq)
	}
	if err := s.checkPaper(p.Decision, next); err != nil {
		return err
	}
	if p.Appeal != uuid.Nil {
		decided, err := s.follows(p.Appeal, "", old.proposal, seq)
		if err != nil {
			return err
		}
		next.more.appeal = decided
		s.lookedAt(decided, next)
	}
	now := old
	now.revoked = e.Seq
	s.decisions.put(seq, old, now)
	return nil
}

func (s *State) documentIssued(e *events.Event, p *events.DocumentIssued, m memberState, next *entry) error {
	if clerk := m.role == events.RoleHead || m.role == events.RoleOfficer; clerk && !s.plan.leads(m.unit) && (m.unit != e.Subject || p.Kind != events.DocumentSheet) {
		return refuse(CodeRole, "author", "let the lead, the council, a teller or the authority issue it", "%s belongs to unit %s and issues its score sheets only", e.Author, m.unit)
	}
	if p.Cluster != "" {
		if _, err := s.about(p.Cluster, "", next); err != nil {
			return err
		}
	}
	if p.Award != "" {
		if _, err := s.checkAward(p.Award, "award"); err != nil {
			return err
		}
	}
	if subject := next.more.subject; subject != "" && !s.plan.hasUnit(subject) {
		return refuse(CodeUnknownUnit, "subject", "campaign standings lists the units", "there is no unit %s", subject)
	}
	if _, ok := s.plan.levels[p.Level]; p.Level != "" && !ok {
		return refuse(CodeUnknownLevel, "level", "use one of: "+s.levelIDs(), "there is no review level %s", p.Level)
	}
	if p.Ballot != "" && s.ballots.get(p.Ballot).opened == 0 {
		return refuse(CodeBallot, "ballot", "campaign awards lists the ballots", "there is no ballot %s", p.Ballot)
	}
	if events.Seq(p.Seq) > s.journal.last() {
		return refuse(CodeDocument, "seq", "name an event that there is", "the document would hold event %d, and the last one is %d", p.Seq, s.journal.last())
	}
	if p.Of == uuid.Nil {
		return nil
	}
	seq, ok := s.Find(p.Of)
	if !ok || s.journal.at(seq).what != kindDocument {
		return refuse(CodeUnknownEvent, "of", "name the id of the document.issued whose signed copy it is", "%s is no document of this campaign", p.Of)
	}
	if of := s.journal.at(seq).more; p.Kind == events.DocumentSheet && of.subject != e.Subject {
		return refuse(CodeUnknownEvent, "of", "name the sheet of the same unit", "event %d is no sheet of unit %s", seq, e.Subject)
	}
	next.also().of = seq
	return nil
}
