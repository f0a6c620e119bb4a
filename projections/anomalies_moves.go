package projections

import (
	"slices"

	"campaignledger/events"
)

// MoveCause says what moved ranks.
type MoveCause string

// The causes.
const (
	MoveCorrection MoveCause = "correction" // a mark or target was replaced
	MoveWithdrawal MoveCause = "withdrawal" // one was withdrawn
	MoveRelease    MoveCause = "release"    // marks that waited count: they were confirmed or seconded
	MoveTie        MoveCause = "tie"        // a tie decision is in force
	MoveAmendment  MoveCause = "amendment"  // another regulation is, and the marks that it touches are reopened
)

// rankMoves watches the ranks around what corrects a campaign. What one author does in a row at one recorded time, to one effect, is one
// step. A step costs a ranking, O(n log n) in units, of the clusters that it may move, or O(n) where the order stays.
type rankMoves struct {
	finder   *finder
	walk     *walk
	looks    []*lookout // by cluster
	cause    MoveCause  // of the step under way; "" if none
	author   nameID
	recorded int64
	was      [][]int   // ranks before it, by cluster and unit; nil where it can't have moved any
	evidence []Anomaly // by cluster
}

// before is told of each event before it is walked.
func (m *rankMoves) before(e *entry) {
	cause := m.causeOf(e)
	if cause == "" || cause != m.cause || e.author != m.author || e.recorded != m.recorded {
		m.end()
		m.cause, m.author, m.recorded = cause, e.author, e.recorded
	}
	if cause == "" {
		return
	}
	for i := range m.walk.boards {
		if m.finder.takes(i) && (e.effectOn() != nil || int(e.cluster) == i) {
			m.look(i)
			m.evidence[i].note(m.walk.seq + 1)
		}
	}
}

// look keeps the ranks that a cluster has before the step, once.
func (m *rankMoves) look(cluster int) {
	if m.looks == nil {
		n := len(m.walk.boards)
		m.looks, m.was, m.evidence = make([]*lookout, n), make([][]int, n), make([]Anomaly, n)
	}
	if m.looks[cluster] == nil {
		m.looks[cluster] = &lookout{}
	}
	if m.was[cluster] == nil {
		m.was[cluster] = m.looks[cluster].ranks(m.walk.boards[cluster])
		m.evidence[cluster] = Anomaly{}
	}
}

// end closes the step under way: what ranks are others now?
func (m *rankMoves) end() {
	if m.cause == "" {
		return
	}
	for i, was := range m.was {
		if was == nil {
			continue
		}
		b := m.walk.boards[i]
		moved := ranksMoved(b.cluster, was, m.looks[i].ranks(b))
		widest := 0
		for _, c := range moved {
			widest = max(widest, c.width())
		}
		m.was[i] = nil
		if len(moved) > 0 {
			m.finder.found[AnomalyMoved].add(uint64(widest), func() Anomaly { return m.line(m.evidence[i], b, moved) })
		}
	}
	m.cause = ""
}

// ranksMoved are the units whose rank is another, as the regulation lists them.
func ranksMoved(c *clusterPlan, was, now []int) (moved []RankChange) {
	for u := range now {
		if now[u] != was[u] {
			moved = append(moved, RankChange{Cluster: c.ID, Unit: c.Units[u].ID, From: was[u], To: now[u]})
		}
	}
	return moved
}

// width is by how many ranks a unit moved.
func (c RankChange) width() int { return max(c.To-c.From, c.From-c.To) }

// line is the anomaly of the step under way, with its evidence; ranks by the new ones.
func (m *rankMoves) line(a Anomaly, b *board, moved []RankChange) Anomaly {
	a.Cluster, a.Author, a.Cause = b.cluster.ID, m.finder.live.name(m.author), m.cause
	slices.SortStableFunc(moved, func(x, y RankChange) int { return x.To - y.To })
	a.Ranks = moved
	return a
}

// causeOf says how e corrects what was there; "" if it does not, or too early to matter.
func (m *rankMoves) causeOf(e *entry) MoveCause {
	if stage := m.walk.stage; stage != "" && stageIndex(stage) < stageIndex(events.StageReview) || m.walk.plan == nil {
		return ""
	}
	if on := e.effectOn(); on != nil {
		switch {
		case on.plan != nil:
			return MoveAmendment
		case len(on.released) > 0 && m.finder.journal.at(on.released[0]).what == kindTie:
			return MoveTie
		case on.clear&(holdTranscribed|holdSecond) != 0:
			return MoveRelease
		}
		return ""
	}
	switch {
	case e.what == kindTie && !m.finder.live.plan.regulation.Signed():
		return MoveTie
	case e.supersedes == 0:
		return ""
	case e.what == kindWithdrawn:
		return MoveWithdrawal
	}
	return MoveCorrection
}

// lookout gives a board's ranks again and again.
type lookout struct {
	board *board
	last  []int  // ranks by unit
	order []int  // units as they were ranked
	level []bool // whether the unit at a place is as good as the one before it
}

// ranks are the ranks by unit, not to be changed. O(n) in units where the order is the one of the last time, and no tie was ever decided.
func (o *lookout) ranks(b *board) []int {
	if !b.refresh() && o.board == b {
		return o.last
	}
	if o.board == b && len(b.ties) == 0 && o.stands(b) {
		return o.last
	}
	groups := b.rank()
	o.board, o.last = b, make([]int, len(b.rows))
	for _, g := range groups {
		for _, u := range g.units {
			o.last[u] = g.rank
		}
	}
	o.order = append(o.order[:0], b.order...)
	o.level = o.level[:0]
	for i, u := range o.order {
		o.level = append(o.level, i > 0 && b.compare(o.order[i-1], u) == 0)
	}
	return o.last
}

// stands reports whether the order is still right.
func (o *lookout) stands(b *board) bool {
	for i := 1; i < len(o.order); i++ {
		c := b.compare(o.order[i-1], o.order[i])
		if c > 0 || (c == 0) != o.level[i] {
			return false
		}
	}
	return true
}
