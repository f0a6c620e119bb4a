package projections

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"campaignledger/events"
)

// awardTables are the parts of the state that lead from the evaluation of the units to their awards.
type awardTables struct {
	evaluations *table[evaluationKey, events.Seq] // an evaluator's current one
	exclusions  *table[events.Seq, exclusionState]
	nominations *table[nominationKey, nominationState]
	ballots     *table[string, ballotState]
	votes       *table[voteKey, events.Seq]
	tallies     *table[events.Seq, tallyState]
	proposals   *table[events.Seq, proposalState] // by award.proposed
	decisions   *table[events.Seq, decisionState] // by award.decided
	appeals     *table[events.Seq, appealState]   // by appeal.filed
	disturbed   *table[int16, events.Seq]         // by cluster: what nominees have to be looked at again for
}

func newAwardTables() awardTables {
	return awardTables{newTable[evaluationKey, events.Seq](), newTable[events.Seq, exclusionState](), newTable[nominationKey, nominationState](),
		newTable[string, ballotState](), newTable[voteKey, events.Seq](), newTable[events.Seq, tallyState](), newTable[events.Seq, proposalState](),
		newTable[events.Seq, decisionState](), newTable[events.Seq, appealState](), newTable[int16, events.Seq]()}
}

// evaluationKey names what an evaluator says once: of a unit, by itself or as the consensus.
type evaluationKey struct {
	cluster   int16
	unit      int32
	author    string
	consensus bool
}

// exclusionState is an exclusion that has its effect.
type exclusionState struct {
	unit      string
	effective events.Seq
	lifted    events.Seq
	liftedOn  string // the first day on which it does not bar any more
}

type nominationKey struct {
	award, unit string
	cluster     int16
}

// nominationState is a nomination that was not withdrawn.
type nominationState struct {
	seq       events.Seq
	standings events.Seq // that it names
	reviewed  events.Seq // the last event by which it was looked at again
	proposed  events.Seq
}

// seen is up to where whoever nominated, or looked again, saw the standings.
func (n nominationState) seen() events.Seq { return max(n.standings, n.reviewed) }

// dayOf is the day of an event in the campaign's zone: recorded, in a historic campaign claimed.
func (s *State) dayOf(at *entry) string {
	zone := s.plan.regulation.Period.Zone
	if zone == nil {
		zone = time.UTC
	}
	ms := at.recorded
	if s.plan.regulation.Clock == events.ClockHistoric {
		ms = at.time
	}
	return fromMillis(ms).In(zone).Format(time.DateOnly)
}

// award finds an award of the regulation.
func (p *plan) award(id string) *events.Award {
	for i := range p.regulation.Awards {
		if p.regulation.Awards[i].ID == id {
			return &p.regulation.Awards[i]
		}
	}
	return nil
}

func (s *State) awardIDs() string {
	var ids []string
	for _, a := range s.plan.regulation.Awards {
		ids = append(ids, a.ID)
	}
	if len(ids) == 0 {
		return "none: the regulation has no awards"
	}
	return shortList(ids)
}

// checkAward finds an award, or refuses.
func (s *State) checkAward(id, field string) (*events.Award, error) {
	if a := s.plan.award(id); a != nil {
		return a, nil
	}
	return nil, refuse(CodeUnknownAward, field, "use one of: "+s.awardIDs(), "there is no award %s", id)
}

// standsWithin reports whether the award inner stands within outer, directly or not.
func (p *plan) standsWithin(inner, outer string) bool {
	for a := p.award(inner); a != nil && a.Within != ""; a = p.award(a.Within) {
		if a.Within == outer {
			return true
		}
	}
	return false
}

// about finds the cluster and the unit that an event is about, and notes them in next.
func (s *State) about(cluster, unit string, next *entry) (*clusterPlan, error) {
	ci, ok := s.plan.byID[cluster]
	if !ok {
		return nil, refuse(CodeUnknownCluster, "cluster", "use one of: "+s.plan.clusterIDs(), "there is no cluster %s", cluster)
	}
	c := s.plan.clusters[ci]
	next.cluster = int16(ci)
	if unit == "" {
		return c, nil
	}
	u, ok := c.unitByID[unit]
	if !ok {
		return nil, refuse(CodeUnknownUnit, "subject", "use one of: "+c.unitIDs(), "there is no unit %s in cluster %s", unit, cluster)
	}
	next.unit = int32(u)
	return c, nil
}

// homeOf notes the first cluster that has the unit.
func (s *State) homeOf(unit string, next *entry) error {
	for i, c := range s.plan.clusters {
		if u, ok := c.unitByID[unit]; ok {
			next.cluster, next.unit = int16(i), int32(u)
			return nil
		}
	}
	return refuse(CodeUnknownUnit, "subject", "campaign standings lists the units", "there is no unit %s", unit)
}

// leadOnly refuses a head of another lead than the cluster's; a cluster without one is in the hands of every lead.
func (s *State) leadOnly(c *clusterPlan, e *events.Event, m memberState) error {
	switch {
	case !s.signed(), m.unit == c.Lead && c.Lead != "", c.Lead == "" && s.plan.leads(m.unit):
		return nil
	case c.Lead == "":
		return refuse(CodeRole, "author", "let the head of a unit that leads a cluster say it", "%s belongs to %s, and cluster %s has no lead", e.Author, unitOr(m.unit), c.ID)
	}
	return refuse(CodeRole, "author", "let the head of "+c.Lead+" say it", "%s does not belong to %s, which leads cluster %s", e.Author, c.Lead, c.ID)
}

func (s *State) evaluationRecorded(e *events.Event, p *events.EvaluationRecorded, next *entry) error {
	c, err := s.about(p.Cluster, e.Subject, next)
	if err != nil {
		return err
	}
	for _, f := range slices.Concat(p.Strengths, p.Shortcomings) {
		if _, ok := c.nodeByID[f.Criterion]; f.Criterion != "" && !ok {
			return refuse(CodeUnknownLeaf, "criterion", "use a criterion of set "+c.Criteria+", or leave it out", "there is no criterion %s in cluster %s", f.Criterion, c.ID)
		}
		if f.Drive != "" && s.drives.get(f.Drive).launched == 0 {
			return s.noDrive(f.Drive)
		}
	}
	for _, id := range p.Awards {
		if _, err := s.checkAward(id, "awards"); err != nil {
			return err
		}
	}
	for _, id := range p.Consensus {
		seq, ok := s.Find(id)
		if !ok || s.journal.at(seq).what != kindEvaluated || s.journal.at(seq).unit != next.unit || s.journal.at(seq).cluster != next.cluster {
			return refuse(CodeUnknownEvent, "consensus", "name the ids of evaluations of "+e.Subject, "%s is no evaluation of unit %s", id, e.Subject)
		}
	}
	key := evaluationKey{next.cluster, next.unit, e.Author, len(p.Consensus) > 0}
	current := s.evaluations.get(key)
	if err := s.checkReplaces(current, p.Supersedes, p.Reason, "evaluation of the unit by "+e.Author); err != nil {
		return err
	}
	next.supersedes = current
	s.evaluations.put(key, current, e.Seq)
	return nil
}

// checkReplaces checks that what replaces the event current, of which there may be none, names it and says why.
func (s *State) checkReplaces(current events.Seq, supersedes uuid.UUID, reason, what string) error {
	switch {
	case current == 0 && supersedes != uuid.Nil:
		return refuse(CodeSupersedes, "supersedes", "leave supersedes out", "there is no %s to replace here", what)
	case current != 0 && reason == "":
		return refuse(CodeReason, "reason", "say why you change it", "event %d is the %s, and a change needs a reason", current, what)
	case current != 0 && s.journal.at(current).id != supersedes:
		return refuse(CodeSupersedes, "supersedes", "name "+s.journal.at(current).id.String(), "event %d is the %s", current, what)
	}
	return nil
}

func (s *State) exclusionImposed(e *events.Event, p *events.ExclusionImposed, m memberState, next *entry) error {
	if err := s.homeOf(e.Subject, next); err != nil {
		return err
	}
	for _, id := range p.Awards {
		if _, err := s.checkAward(id, "awards"); err != nil {
			return err
		}
	}
	if err := checkTranscriber(e, p.Basis, m); err != nil {
		return err
	}
	if err := s.checkPaper(p.Decision, next); err != nil {
		return err
	}
	if s.needsAgreement(m) {
		return s.beginAct(e, next, m.unit, actShare)
	}
	s.exclude(e.Seq, e.Subject, e.Seq)
	return nil
}

// needsAgreement reports whether what an authority says at once takes the units' share, because a head says it.
func (s *State) needsAgreement(m memberState) bool {
	return s.signed() && m.role != events.RoleAuthority
}

// checkTranscriber refuses an authority that transcribes itself.
func checkTranscriber(e *events.Event, basis string, m memberState) error {
	if basis == events.BasisTranscribed && m.role == events.RoleAuthority {
		return refuse(CodeRole, "basis", "leave basis out", "%s signs for the authority; nothing is transcribed", e.Author)
	}
	return nil
}

// exclude gives an exclusion its effect by event at.
func (s *State) exclude(seq events.Seq, unit string, at events.Seq) {
	s.exclusions.put(seq, exclusionState{}, exclusionState{unit: unit, effective: at})
}

func (s *State) exclusionLifted(e *events.Event, p *events.ExclusionLifted, m memberState, next *entry) error {
	if err := s.homeOf(e.Subject, next); err != nil {
		return err
	}
	seq, ok := s.Find(p.Of)
	old := s.exclusions.get(seq)
	switch {
	case !ok || old.effective == 0 || old.unit != e.Subject:
		return refuse(CodeUnknownEvent, "of", "name the id of an exclusion.imposed that has its effect", "%s is no exclusion in force of unit %s", p.Of, e.Subject)
	case old.lifted != 0:
		return refuse(CodeExcluded, "of", "leave it out", "the exclusion of event %d was lifted by event %d", seq, old.lifted)
	}
	next.also().of = seq
	if err := checkTranscriber(e, p.Basis, m); err != nil {
		return err
	}
	if s.needsAgreement(m) {
		return s.beginAct(e, next, m.unit, actShare)
	}
	s.lift(seq, e.Seq, next)
	return nil
}

// lift ends an exclusion by event by, whose entry is at.
func (s *State) lift(seq, by events.Seq, at *entry) {
	old := s.exclusions.get(seq)
	now := old
	now.lifted, now.liftedOn = by, s.dayOf(at)
	s.exclusions.put(seq, old, now)
}

// bar is what an exclusion bars from, and when.
type bar struct {
	awards   []string // none: all
	from, to string   // the first and last day; to "": without end
	liftedOn string   // from that day on it does not bar; "": it was not lifted
}

// barOf is what an exclusion in effect bars from.
func (s *State) barOf(seq events.Seq, x exclusionState) bar {
	p, _ := s.journal.at(seq).more.payload.(*events.ExclusionImposed)
	return bar{p.Awards, p.From, p.To, x.liftedOn}
}

// barsOn reports whether b bars from an award, or from one that it stands within, on a day.
func (p *plan) barsOn(b *bar, award, day string) bool {
	if day < b.from || b.to != "" && day > b.to || b.liftedOn != "" && day >= b.liftedOn {
		return false
	}
	return len(b.awards) == 0 || slices.ContainsFunc(b.awards, func(id string) bool { return id == award || p.standsWithin(award, id) })
}

// barredBy are the exclusions that bar a unit from an award on a day, in order. O(exclusions).
func (s *State) barredBy(unit, award, day string) (list []events.Seq) {
	for seq, x := range s.exclusions.rows {
		if b := s.barOf(seq, x); x.unit == unit && s.plan.barsOn(&b, award, day) {
			list = append(list, seq)
		}
	}
	slices.Sort(list)
	return list
}

// checkBarred refuses a unit, which field names, that is excluded on the day of the event.
func (s *State) checkBarred(unit, award string, at *entry, field string) error {
	day := s.dayOf(at)
	if list := s.barredBy(unit, award, day); len(list) > 0 {
		return refuse(CodeExcluded, field, "leave the unit out, or let the exclusion be lifted (campaign exclude --lift)",
			"unit %s is excluded from award %s on %s by event %d", unit, award, day, list[0])
	}
	return nil
}

func (s *State) nominationProposed(e *events.Event, p *events.NominationProposed, m memberState, next *entry) error {
	c, err := s.about(p.Cluster, e.Subject, next)
	if err != nil {
		return err
	}
	if m.unit != "" && !c.has(m.unit) { // another cluster does not take this one's places
		return refuse(CodeRole, "author", "let a head or member of the council of cluster "+c.ID+" nominate", "%s belongs to unit %s of another cluster", e.Author, m.unit)
	}
	a, err := s.checkAward(p.Award, "award")
	if err != nil {
		return err
	}
	if err := s.checkStandings(p.Standings); err != nil {
		return err
	}
	if err := s.checkStays(e.Subject, "subject"); err != nil {
		return err
	}
	if err := s.checkNominated(a, e.Subject, next.cluster); err != nil {
		return err
	}
	if err := s.checkBarred(e.Subject, a.ID, next, "subject"); err != nil {
		return err
	}
	if err := s.checkWithin(a, c, e.Subject); err != nil {
		return err
	}
	if !readable(p.Reason) {
		if err := s.checkOrder(a, c, e.Subject, next); err != nil {
			return err
		}
	}
	next.also().standing = s.standingOf(c, e.Subject)
	key := nominationKey{a.ID, e.Subject, next.cluster}
	s.nominations.put(key, nominationState{}, nominationState{seq: e.Seq, standings: events.Seq(p.Standings.Seq)})
	return nil
}

// checkStays refuses a unit that has withdrawn.
func (s *State) checkStays(unit, field string) error {
	if !s.withdrew(unit) {
		return nil
	}
	return refuse(CodeNotJoined, field, "leave it out", "unit %s withdrew by event %d", unit, s.units.get(unit).withdrawn)
}

// checkNominated refuses a second nomination of a unit for one achievement, and more nominees than there are places. One whose proposal was
// refused, or whose award was revoked, holds no place any more, and may be nominated for another award.
func (s *State) checkNominated(a *events.Award, unit string, cluster int16) error {
	for _, other := range s.plan.regulation.Awards {
		n := s.nominations.get(nominationKey{other.ID, unit, cluster})
		switch same := other.ID == a.ID; {
		case n.seq == 0 || !same && !s.plan.standsWithin(a.ID, other.ID) && !s.plan.standsWithin(other.ID, a.ID):
		case n.proposed != 0 && (same || s.holdsPlace(n)):
			return refuse(CodeNominated, "subject", "leave it out; after an upheld appeal the authority decides again",
				"unit %s was proposed for award %s by event %d; a unit is nominated once for one achievement", unit, other.ID, n.proposed)
		case s.holdsPlace(n):
			return refuse(CodeNominated, "subject", "withdraw that nomination first (campaign nominate --withdraw)",
				"unit %s is nominated for award %s by event %d; a unit is nominated once for one achievement", unit, other.ID, n.seq)
		}
	}
	nominees := 0
	for key, n := range s.nominations.rows {
		if key.award == a.ID && key.cluster == cluster && s.holdsPlace(n) {
			nominees++
		}
	}
	if nominees >= a.Places {
		return refuse(CodePlaces, "award", "withdraw another nomination first", "cluster %s may send %d for award %s, and has as many nominees", s.plan.clusters[cluster].ID, a.Places, a.ID)
	}
	return nil
}

// holdsPlace reports whether a nomination takes its place: it was not withdrawn, and its proposal, if there is one, was not refused, nor the
// award revoked.
func (s *State) holdsPlace(n nominationState) bool {
	return n.seq != 0 && (n.proposed == 0 || s.stands(n.proposed))
}

// ahead counts the units that stand before a unit and that skip does not take.
func (s *State) ahead(c *clusterPlan, unit string, skip func(string) bool) int {
	n, own := 0, s.standingOf(c, unit)
	for _, r := range s.standingsOf(c) {
		if r.Rank < own.Rank && !skip(r.Unit) {
			n++
		}
	}
	return n
}

// standingOf is a unit's row in the standings as they are.
func (s *State) standingOf(c *clusterPlan, unit string) *Standing {
	rows := s.standingsOf(c)
	return rows[slices.IndexFunc(rows, func(r *Standing) bool { return r.Unit == unit })]
}

// checkWithin holds a nominee against the awards that its own stands within.
func (s *State) checkWithin(a *events.Award, c *clusterPlan, unit string) error {
	for ; a.Within != ""; a = s.plan.award(a.Within) {
		outer := s.plan.award(a.Within)
		if most := outer.Places + a.Places; s.ahead(c, unit, func(string) bool { return false }) >= most {
			return refuse(CodePlaces, "subject", "nominate a unit among the first "+seqText(events.Seq(most)),
				"award %s goes to units that qualify for award %s, and %s does not stand among the first %d of cluster %s", a.ID, outer.ID, unit, most, c.ID)
		}
	}
	return nil
}

// checkOrder refuses a nominee out of standing order: with at least as many units before it as there are places, those not counted that
// are excluded, have withdrawn, or are nominated for an award within this one.
func (s *State) checkOrder(a *events.Award, c *clusterPlan, unit string, at *entry) error {
	day := s.dayOf(at)
	ahead := s.ahead(c, unit, func(other string) bool {
		return s.withdrew(other) || len(s.barredBy(other, a.ID, day)) > 0 || s.nominatedWithin(a.ID, other, at.cluster)
	})
	if ahead < a.Places {
		return nil
	}
	return refuse(CodeOrder, "reason", "nominate the units of higher rank, or say why this one (--reason)",
		"%d units that are not excluded stand before %s, and award %s has %d places", ahead, unit, a.ID, a.Places)
}

// nominatedWithin reports whether a unit is nominated for an award within another.
func (s *State) nominatedWithin(outer, unit string, cluster int16) bool {
	return slices.ContainsFunc(s.plan.regulation.Awards, func(a events.Award) bool {
		return s.plan.standsWithin(a.ID, outer) && s.holdsPlace(s.nominations.get(nominationKey{a.ID, unit, cluster}))
	})
}

// flagged is the event since which a nominee has to be looked at again, 0 if it has not.
func (s *State) flagged(key nominationKey, n nominationState) events.Seq {
	if since := s.disturbed.get(key.cluster); since > n.seen() {
		return since
	}
	return 0
}

// checkFlagged refuses a nominee, which field names, that has to be looked at again.
func (s *State) checkFlagged(key nominationKey, n nominationState, field string) error {
	if since := s.flagged(key, n); since != 0 {
		return refuse(CodeFlagged, field, "look at it again and say so: campaign endorse CAMPAIGN "+seqText(n.seq)+" --as reviewed",
			"event %d may have changed what the nomination of %s for award %s rests on", since, key.unit, key.award)
	}
	return nil
}

// disturb notes that the nominees of a cluster have to be looked at again.
func (s *State) disturb(cluster int16, seq events.Seq) {
	if len(s.nominations.rows) > 0 {
		s.disturbed.put(cluster, s.disturbed.get(cluster), seq)
	}
}

func (s *State) nominationWithdrawn(e *events.Event, p *events.NominationWithdrawn, m memberState, next *entry) error {
	seq, key, n, err := s.nominationOf(p.Of, e.Subject)
	if err != nil {
		return err
	}
	c := s.plan.clusters[key.cluster]
	next.cluster, next.unit = key.cluster, int32(c.unitByID[e.Subject])
	next.also().of = seq
	author := s.names.list[s.journal.at(seq).author]
	if s.signed() && author != e.Author && s.heads.get(e.Subject) != e.Author && s.heads.get(c.Lead) != e.Author {
		return refuse(CodeRole, "author", "let "+author+", or the head of "+e.Subject+" or of the lead, withdraw it", "%s did not nominate", e.Author)
	}
	if n.proposed != 0 {
		return refuse(CodeProposal, "of", "let the authority decide on it", "the nominee was proposed by event %d", n.proposed)
	}
	if id := s.openBallotOn(key); id != "" {
		return refuse(CodeBallot, "of", "close the ballot first", "ballot %s on it is open", id)
	}
	if id := s.newestBallot(key, n.seq); id != "" && s.carried(s.ballots.get(id), e.Subject).Carried && s.heads.get(e.Subject) != e.Author {
		return refuse(CodeConflict, "author", "let the head of "+e.Subject+" withdraw it", "ballot %s carried the nomination; nobody else takes it back", id)
	}
	s.nominations.put(key, n, nominationState{})
	return nil
}

// nominationOf finds a nomination that was not withdrawn, by its id.
func (s *State) nominationOf(id uuid.UUID, unit string) (events.Seq, nominationKey, nominationState, error) {
	if seq, ok := s.Find(id); ok && s.journal.at(seq).what == kindNominated {
		e := s.journal.at(seq)
		p, _ := e.more.payload.(*events.NominationProposed)
		key := nominationKey{p.Award, e.more.subject, e.cluster}
		if n := s.nominations.get(key); n.seq == seq && key.unit == unit {
			return seq, key, n, nil
		}
	}
	return 0, nominationKey{}, nominationState{}, refuse(CodeUnknownEvent, "of", "name the id of a nomination that stands; campaign awards lists them",
		"%s is no nomination of unit %s that stands", id, unit)
}

// reviewed takes a member's word that a nomination, or what an upheld appeal is about, was looked at again.
func (s *State) reviewedAgain(e *events.Event, p *events.RecordEndorsed, m memberState, next *entry, seq events.Seq) error {
	of := s.journal.at(seq)
	switch {
	case m.role != events.RoleCouncil && m.role != events.RoleAuthority && m.role != events.RoleReviewer && m.role != events.RoleHead:
		return refuse(CodeRole, "author", "let a head, a reviewer, the council or the authority say it", "%s is %s", e.Author, article(m.role))
	case of.more.rare != nil && m.unit != "" && (m.unit == of.more.subject || m.unit == s.appealedUnit(of)):
		return refuse(CodeConflict, "author", "let a member of another unit say it", "%s belongs to unit %s, which this is about", e.Author, m.unit)
	case of.cluster >= 0 && m.unit != "" && !s.plan.clusters[of.cluster].has(m.unit):
		return refuse(CodeRole, "author", "let a member of cluster "+s.plan.clusters[of.cluster].ID+" say it", "unit %s is of another cluster", m.unit)
	}
	switch of.what {
	case kindNominated:
		_, key, n, err := s.nominationOf(of.id, of.more.subject)
		if err != nil {
			return err
		}
		return s.reviewNomination(e, p, next, key, n)
	case kindAppealDecided:
		if s.holdOf(seq, s.holds()) == holdReview {
			next.also().effect = &effect{released: []events.Seq{seq}, clear: holdReview}
			return nil
		}
	}
	return refuse(CodeEndorse, "as", "say received where it is only about notice", "event %d has not to be looked at again", seq)
}

// readable reports whether a text has anything to read.
func readable(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) })
}

// appealedUnit is the unit that an appeal is about whose decision is e; "" of other events.
func (s *State) appealedUnit(e *entry) string {
	if e.what != kindAppealDecided {
		return ""
	}
	return s.unitOf(s.journal.appealed(e))
}

// reviewNomination lets a nomination stand on the standings as they are by now.
func (s *State) reviewNomination(e *events.Event, p *events.RecordEndorsed, next *entry, key nominationKey, n nominationState) error {
	if s.flagged(key, n) == 0 {
		return refuse(CodeEndorse, "as", "leave it out", "the nomination of event %d has not to be looked at again", n.seq)
	}
	a, c := s.plan.award(key.award), s.plan.clusters[key.cluster]
	nominated, _ := s.journal.at(n.seq).more.payload.(*events.NominationProposed)
	if err := s.checkWithin(a, c, key.unit); err != nil {
		return err
	}
	at := *next
	at.cluster = key.cluster
	if !readable(nominated.Reason) && !readable(p.Note) {
		if err := s.checkOrder(a, c, key.unit, &at); err != nil {
			return err
		}
	}
	now := n
	now.reviewed = e.Seq
	s.nominations.put(key, n, now)
	return nil
}
