package projections

import (
	"campaignledger/events"
)

// Preview is what an amendment would do to the ranks.
type Preview struct {
	Version  int            `json:"version"`  // that it would become
	Reopened []PreviewLeaf  `json:"reopened"` // leaves that it touches
	Marks    int            `json:"marks"`    // current marks on them, which would have to be entered again
	Agree    int            `json:"agree"`    // units that must agree, the proposer's counted; 0: it is in force at once
	Clusters []PreviewRanks `json:"clusters"`
}

// PreviewLeaf is a leaf that an amendment touches.
type PreviewLeaf struct {
	Cluster   string `json:"cluster"`
	Criterion string `json:"criterion"`
}

// PreviewRanks is one cluster, in the present order.
type PreviewRanks struct {
	Cluster string        `json:"cluster"`
	Units   []PreviewUnit `json:"units"`
}

// PreviewUnit is one unit's rank and points: now, if all marks were entered again as they are, and until then.
type PreviewUnit struct {
	Unit           string `json:"unit"`
	Rank           int    `json:"rank"`
	Points         string `json:"points"`
	RankKept       int    `json:"rankKept"`
	PointsKept     string `json:"pointsKept"`
	RankReopened   int    `json:"rankReopened"`
	PointsReopened string `json:"pointsReopened"`
}

// Preview works out what amending the regulation to r would do; it changes nothing. It refuses, with a *Refusal, what can't be amended. It
// belongs to the admitting goroutine. O(n) in events.
func (l *Live) Preview(r *events.Regulation) (Preview, error) {
	s := l.state
	if s.plan == nil || !s.signed() {
		return Preview{}, refuse(CodeUnsigned, "regulation", "open another campaign under an id of its own", "the regulation of an unsigned campaign can't be amended")
	}
	if err := s.amendable(r); err != nil {
		return Preview{}, err
	}
	old, amended := s.plan, newPlan(r, s.plan)
	touched := amended.touched(old)
	marks := s.currentMarks(func(e *entry) bool { return touched[leafKey{e.cluster, e.leaf}] })
	p := Preview{Version: amended.version, Reopened: []PreviewLeaf{}, Marks: len(marks), Agree: s.agreeNeeded(r)}
	for i, c := range old.clusters {
		for leaf := range c.leaves {
			if touched[leafKey{int16(i), int16(leaf)}] {
				p.Reopened = append(p.Reopened, PreviewLeaf{c.ID, c.leafNode(leaf).ID})
			}
		}
	}
	reopened := s.holds()
	for _, seq := range marks {
		reopened[seq] |= holdReopened
	}
	now := s.boards(new(Blocker), s.holds())
	s.plan = amended
	kept, open := s.boards(new(Blocker), s.holds()), s.boards(new(Blocker), reopened)
	s.plan = old
	for i := range now {
		p.Clusters = append(p.Clusters, previewRanks(now[i].standings(""), kept[i].standings(""), open[i].standings("")))
	}
	return p, nil
}

func previewRanks(now, kept, open *ClusterStandings) PreviewRanks {
	r := PreviewRanks{Cluster: now.ID()}
	for _, s := range now.Rows {
		k, o := kept.row(s.unit), open.row(s.unit)
		r.Units = append(r.Units, PreviewUnit{s.Unit, s.Rank, s.Points(), k.Rank, k.Points(), o.Rank, o.Points()})
	}
	return r
}

// agreeNeeded is how many units must agree to an amendment to r; 0 where it is in force at once.
func (s *State) agreeNeeded(r *events.Regulation) int {
	if !s.takesShare(r) {
		return 0
	}
	joined, _ := s.joined()
	share := s.share()
	return int((share.Num*int64(len(joined)) + share.Den - 1) / share.Den)
}
