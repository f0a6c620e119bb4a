package projections

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

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

// moves reports whether an admitted event may change the standings, and of which cluster: -1 of all.
func (s *State) moves(e *entry) (cluster int16, moved bool) {
	switch {
	case e.isEntry(): // nearly all events
		return e.cluster, true
	case e.what == kindTie:
		return e.cluster, e.hold == 0
	case e.what == kindAppealDecided:
		return e.cluster, e.hold == holdReview
	case e.moves():
		return e.cluster, true
	case e.what == kindImport:
		return -1, true // a note says that it lacks rows
	case e.more == nil || e.more.rare == nil || e.more.effect == nil:
		return 0, false
	}
	on := e.more.effect
	if on.plan != nil {
		return -1, true
	}
	for _, list := range [][]events.Seq{on.released, on.reopened} {
		for _, seq := range list {
			if changed := s.journal.at(seq); changed.moves() {
				return changed.cluster, true
			}
		}
	}
	return 0, false
}

// noteMoved keeps since when the standings stand as they do.
func (s *State) noteMoved(e *entry, seq events.Seq) {
	cluster, moved := s.moves(e)
	if !moved {
		return
	}
	s.scalars.moved = seq
	for i := range s.plan.clusters {
		if cluster < 0 || int(cluster) == i {
			s.disturb(int16(i), seq)
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
	return fmt.Sprintf("%s: %s has %d of %d rows; import the same file again", importUnfinished, started.File, first.done, started.Rows)
}
