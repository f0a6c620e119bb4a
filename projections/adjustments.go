package projections

import "campaignledger/events"

// Adjustments are the sums of the unit's points for adjustments: bonus of the leaves where they are above zero, penalty of those where they are
// below. A leaf that is only for one of the two (its min or max is 0) counts for that one. O(leaves).
func (s *Standing) Adjustments() (bonus, penalty Points) {
	for _, at := range s.cluster.leaves {
		if s.cluster.nodes[at].Method != events.MethodAdjustment {
			continue
		}
		if p := s.nodes[at]; p.Sign() < 0 {
			penalty = penalty.Add(p)
		} else {
			bonus = bonus.Add(p)
		}
	}
	return bonus, penalty
}

// Format is points of the unit's cluster, with its set's places.
func (s *Standing) Format(p Points) string { return p.Format(s.cluster.set.Places) }

// Less is the unit's points less those of another standing of its cluster, with the set's places.
func (s *Standing) Less(other *Standing) string {
	return s.total.Sub(other.total).Format(max(s.cluster.set.Places, other.cluster.set.Places))
}
