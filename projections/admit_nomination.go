package projections

import (
	"slices"

	"github.com/google/uuid"

	"campaignledger/events"
)

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
	row := s.standingOf(c, e.Subject)
	next.also().stood = stood{row.Rank, row.Points()}
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

// mayBeProposed reports whether a nominee can still be proposed: one that can't does not keep its place against others.
func (s *State) mayBeProposed(key nominationKey, n nominationState, at *entry) bool {
	return s.checkStays(key.unit, "") == nil && s.checkBarred(key.unit, key.award, at, "") == nil && s.checkFlagged(key, n, "") == nil
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
	if id := s.newestBallot(key, n.seq); id != "" && s.carried(s.ballots.get(id), e.Subject).Carried && s.heads.get(e.Subject) != e.Author && s.mayBeProposed(key, n, next) {
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
