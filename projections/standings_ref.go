package projections

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"campaignledger/events"
)

// rankedStandings are all clusters as they stand since event moved.
type rankedStandings struct {
	moved    events.Seq
	clusters []*ClusterStandings
}

// ranked are the standings of everything admitted. O(n) in events; O(1) while nothing that is committed moved them.
func (s *State) ranked() []*ClusterStandings {
	if s.lastRanked.clusters != nil && s.lastRanked.moved == s.scalars.moved {
		return s.lastRanked.clusters
	}
	var list []*ClusterStandings
	note := s.importNote()
	for _, b := range s.boards(new(Blocker), s.holds()) {
		list = append(list, b.standings(note))
	}
	if s.scalars.moved <= s.journal.committed() { // what is only admitted may be undone, and other events take its place
		s.lastRanked = rankedStandings{s.scalars.moved, list}
	}
	return list
}

// standingsOf are a cluster's rows in rank order.
func (s *State) standingsOf(c *clusterPlan) []*Standing { return s.ranked()[s.plan.byID[c.ID]].Rows }

// movement is what an admitted event does to the standings.
type movement struct {
	clusters  []int16 // that it may change; allClusters: every one
	looked    bool    // it says no more than that an upheld appeal was looked at, which is no news to nominees
	elsewhere int16   // a cluster whose nominees have to be looked at though its standings stay; -1 if none
}

// allClusters stands for every cluster.
const allClusters = -1

// movementOf is what an admitted event that is no entry may do to the standings.
func (s *State) movementOf(e *entry) movement {
	m := movement{elsewhere: -1}
	switch e.what {
	case kindWithdrawn:
		m.clusters = []int16{e.cluster} // of an import: allClusters
		return m
	case kindImport:
		m.clusters = []int16{allClusters} // a note says that it lacks rows
		return m
	}
	on := e.details().effectOn()
	if on == nil {
		s.moveBy(&m, e, e.hold)
		return m
	}
	if on.plan != nil {
		m.clusters = []int16{allClusters}
	}
	m.looked = on.clear == holdReview
	held := s.holds() // the effect of e included
	for _, seq := range slices.Concat(on.released, on.reopened) {
		s.moveBy(&m, s.journal.at(seq), s.holdOf(seq, held)|on.clear&holdReview)
	}
	return m
}

// moveBy notes in m what an entry does that counts or stops to count: an event that waits for agreement does nothing yet.
func (s *State) moveBy(m *movement, e *entry, hold uint8) {
	switch {
	case e.isEntry(), e.what == kindTie && hold&holdAct == 0:
		m.clusters = append(m.clusters, e.cluster)
	case e.what == kindAppealDecided && hold == holdReview && !s.journal.aboutDecision(e):
		m.clusters = append(m.clusters, e.cluster)
		m.elsewhere = s.journal.at(s.journal.at(e.more.of).more.of).cluster
	}
}

// effectOn is what an event does to events before it; nil if nothing.
func (d details) effectOn() *effect {
	if d.rare == nil {
		return nil
	}
	return d.effect
}

// noteMoved keeps since when the standings stand as they do, and since when nominees have to be looked at again.
func (s *State) noteMoved(e *entry, seq events.Seq) {
	if e.isEntry() { // nearly all events
		s.scalars.moved = seq
		s.disturb(e.cluster, seq)
		return
	}
	m := s.movementOf(e)
	if len(m.clusters) == 0 {
		return
	}
	s.scalars.moved = seq
	for i := range int16(len(s.plan.clusters)) {
		if !m.looked && (slices.Contains(m.clusters, i) || slices.Contains(m.clusters, allClusters) || m.elsewhere == i) {
			s.disturb(i, seq)
		}
	}
}

// standingsSHA is the SHA-256 in hex of the line that `standings -o json` prints for event seq, its line feed included. Nothing may have
// moved the standings since.
func (s *State) standingsSHA(seq events.Seq) string {
	at := s.journal.at(seq)
	sum := Summary{Regulation: s.plan.regulation, Seq: seq, AsOf: fromMillis(at.recorded), Final: s.scalars.closed != 0 && s.scalars.closed <= seq}
	if sum.Regulation.Clock == events.ClockHistoric {
		sum.AsOf = fromMillis(at.time)
	}
	for ; seq > 0 && s.signed(); seq-- {
		if what := s.journal.at(seq).what; what == kindFrozen {
			sum.Frozen = seq
			break
		} else if what == kindUnfrozen {
			break
		}
	}
	return StandingsSHA(Standings{Summary: sum, Clusters: s.ranked()})
}

// StandingsSHA is the SHA-256, in hex, by which events name standings: of their JSON line in Vietnamese, all clusters, and a line feed.
func StandingsSHA(s Standings) string {
	hash := sha256.Sum256(append(s.AppendJSON(nil, JSONOptions{}), '\n'))
	return hex.EncodeToString(hash[:])
}

// checkStandings refuses standings that are not those of now, or not what they are said to be.
func (s *State) checkStandings(ref events.StandingsRef) error {
	seq := events.Seq(ref.Seq)
	switch {
	case seq > s.journal.last():
		return refuse(CodeStandings, "standings", "name standings that there are", "there is no event %d yet", seq)
	case seq < s.scalars.moved:
		return refuse(CodeStandings, "standings", fmt.Sprintf("look at them again and name those of event %d or later", s.scalars.moved),
			"event %d moved the standings, and those of event %d are named", s.scalars.moved, seq)
	}
	if hash := s.standingsSHA(seq); hash != ref.SHA256 {
		return refuse(CodeStandings, "sha256", fmt.Sprintf("compare: campaign standings CAMPAIGN --as-of %d -o json | sha256sum gives %s", seq, hash),
			"the hash is not that of the standings of event %d", seq)
	}
	return nil
}

// importNote says which import lacks rows; "" if none.
func (s *State) importNote() string {
	if s.scalars.unfinished == 0 {
		return ""
	}
	var first importState
	for _, imp := range s.imports.rows {
		if !imp.over() && (first.seq == 0 || imp.seq < first.seq) {
			first = imp
		}
	}
	started := s.journal.at(first.seq).started()
	return noteImport().of(started.File, first.done, started.Rows)
}
