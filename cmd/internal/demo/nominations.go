package demo

import (
	"campaignledger/events"
)

// Ids of the regulation's awards.
const (
	governmentFlag = "government-flag"
	ministryFlag   = "ministry-flag"
)

// nomination is a unit that a member of the council, or a head, names for an award. Nobody names its own unit.
type nomination struct{ award, unit, by string }

// nominations are the published ones. The Government's flag comes first: its nominee stands within the Ministry's, and uses up no place
// of that one.
func nominations() []nomination {
	return []nomination{
		{governmentFlag, "lang-son", "ha-giang-council"},
		{ministryFlag, "son-la", "cao-bang-council"},
		{ministryFlag, "dien-bien", "lang-son-council"},
		{ministryFlag, "lao-cai", headOf("lai-chau")},
	}
}

// nominees are the units nominated for an award.
func nominees(award string) (units []string) {
	for _, n := range nominations() {
		if n.award == award {
			units = append(units, n.unit)
		}
	}
	return units
}

// nominate names the nominees, on the standings that were revealed.
func (w *writer) nominate(standings events.StandingsRef) {
	for _, n := range nominations() {
		w.body(events.Draft{Subject: n.unit, Author: n.by,
			Payload: &events.NominationProposed{Award: n.award, Cluster: w.cluster.ID, Standings: standings}})
	}
}
