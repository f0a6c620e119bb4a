package projections

import (
	"strings"
	"time"
	"unicode"

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
	next.unit = int16(u)
	return c, nil
}

// homeOf notes the first cluster that has the unit.
func (s *State) homeOf(unit string, next *entry) error {
	for i, c := range s.plan.clusters {
		if u, ok := c.unitByID[unit]; ok {
			next.cluster, next.unit = int16(i), int16(u)
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

// readable reports whether a text has anything to read.
func readable(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) })
}
