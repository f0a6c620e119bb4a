package projections

import (
	"math/big"
	"slices"

	"campaignledger/events"
)

// board is the standings of one cluster, kept as entries arrive: an entry marks its slot, and the next read recomputes the slots
// marked, the columns whose largest value moved, and the sums above them, and nothing else.
type board struct {
	plan     *plan
	cluster  *clusterPlan
	journal  *journal
	slots    []slot // by unit, then leaf
	tops     []*big.Rat
	rows     []row
	dirty    []int32 // slots to recompute
	ties     []events.Seq
	stale    bool // ranks have to be made again
	snapshot *ClusterStandings
	scratch  []events.Decimal
}

// slot is one unit on one leaf.
type slot struct {
	marks  []events.Seq // current, of all levels
	target events.Seq   // current target, 0 if none
	value  *big.Rat     // aggregated, kept for relative leaves only; nil without one
	points Points
	dirty  bool
	filled bool  // there is an official value
	short  bool  // too few marks to trim
	level  uint8 // the official level, where filled
}

// row is one unit's points by node, groups included.
type row struct {
	nodes   []Points
	total   Points
	changed bool
}

func newBoard(p *plan, cluster int, j *journal) *board {
	c := p.clusters[cluster]
	b := &board{plan: p, cluster: c, journal: j, stale: true, slots: make([]slot, len(c.Units)*len(c.leaves)),
		tops: make([]*big.Rat, len(c.leaves)), rows: make([]row, len(c.Units))}
	for u := range b.rows {
		b.rows[u] = row{nodes: make([]Points, len(c.nodes)), changed: true}
	}
	for leaf := range c.leaves {
		// An adjustment without entries is 0, clamped: its bounds may exclude 0.
		if c.leafNode(leaf).Method == events.MethodAdjustment {
			for u := range c.Units {
				b.touch(u, leaf)
			}
		}
	}
	return b
}

func (b *board) slot(unit, leaf int) *slot { return &b.slots[unit*len(b.cluster.leaves)+leaf] }

// touch marks a slot for recomputation.
func (b *board) touch(unit, leaf int) {
	if s := b.slot(unit, leaf); !s.dirty && b.cluster.assigned[unit][leaf] {
		s.dirty = true
		b.dirty = append(b.dirty, int32(unit*len(b.cluster.leaves)+leaf))
	}
}

// apply takes note of a committed entry. O(marks in the slot).
func (b *board) apply(e *entry, seq, old events.Seq) {
	if e.what == kindTie {
		b.ties = append(b.ties, seq)
		b.stale = true
		return
	}
	s := b.slot(int(e.unit), int(e.leaf))
	if old != 0 {
		if s.target == old {
			s.target = 0
		} else if i := slices.Index(s.marks, old); i >= 0 {
			s.marks = slices.Delete(s.marks, i, i+1)
		}
	}
	switch e.what {
	case kindTarget:
		s.target = seq
	case kindScore:
		s.marks = append(s.marks, seq)
	}
	b.touch(int(e.unit), int(e.leaf))
}

// refresh recomputes what is marked. It reports whether anything changed.
func (b *board) refresh() bool {
	if len(b.dirty) == 0 && !b.stale {
		return false
	}
	columns := map[int]bool{}
	for _, at := range b.dirty {
		unit, leaf := int(at)/len(b.cluster.leaves), int(at)%len(b.cluster.leaves)
		b.slots[at].dirty = false
		b.evaluate(unit, leaf)
		if relative(b.cluster.leafNode(leaf).Method) {
			columns[leaf] = true
		}
	}
	b.dirty = b.dirty[:0]
	for leaf := range columns {
		b.evaluateColumn(leaf)
	}
	b.stale = false
	return true
}

// evaluate recomputes one slot's value; on a leaf that is not relative, its points as well.
func (b *board) evaluate(unit, leaf int) {
	s, n := b.slot(unit, leaf), b.cluster.leafNode(leaf)
	values := b.official(s, n)
	s.short = false
	b.rows[unit].changed = true
	if len(values) == 0 && n.Method != events.MethodAdjustment {
		s.value = nil
		b.setPoints(unit, leaf, Points{})
		return
	}
	value, trimmed := aggregate(values, n.Aggregate)
	s.short = !trimmed
	if relative(n.Method) {
		s.value = value
		b.setLeaf(unit, leaf)
		return
	}
	b.setPoints(unit, leaf, b.weighted(n, leafPoints(n, value, 0, nil)))
}

// setLeaf recomputes the points of a relative leaf from its value and the column's top.
func (b *board) setLeaf(unit, leaf int) {
	s, n := b.slot(unit, leaf), b.cluster.leafNode(leaf)
	target := b.targetOf(s)
	if s.value == nil || n.Method == events.MethodTarget && target == 0 {
		b.setPoints(unit, leaf, Points{})
		return
	}
	top := b.tops[leaf]
	if n.Method == events.MethodTarget {
		if e := excess(s.value, target); e.Sign() > 0 && (top == nil || e.Cmp(top) > 0) {
			top = e // the column's top moves in evaluateColumn
		}
	}
	b.setPoints(unit, leaf, b.weighted(n, leafPoints(n, s.value, target, top)))
}

func (b *board) targetOf(s *slot) events.Decimal {
	if s.target == 0 {
		return 0
	}
	return b.journal.at(s.target).amount
}

func (b *board) weighted(n *node, r *big.Rat) Points {
	return roundPoints(new(big.Rat).Mul(r, rat(n.Weight)), b.cluster.set.Places)
}

// evaluateColumn finds a relative leaf's top anew and, where it moved, the points of all units. O(n) in units.
func (b *board) evaluateColumn(leaf int) {
	n := b.cluster.leafNode(leaf)
	var top *big.Rat
	for u := range b.cluster.Units {
		s := b.slot(u, leaf)
		if s.value == nil {
			continue
		}
		v := s.value
		if n.Method == events.MethodTarget {
			target := b.targetOf(s)
			if target == 0 {
				continue
			}
			if v = excess(v, target); v.Sign() <= 0 {
				continue
			}
		}
		if top == nil || v.Cmp(top) > 0 {
			top = v
		}
	}
	old := b.tops[leaf]
	b.tops[leaf] = top
	if same := old == top || old != nil && top != nil && old.Cmp(top) == 0; same {
		return
	}
	for u := range b.cluster.Units {
		b.setLeaf(u, leaf)
	}
}

// official collects the values of the level that counts: the regulation's, or the highest that has any.
func (b *board) official(s *slot, n *node) []events.Decimal {
	level := -1
	for _, seq := range s.marks {
		e := b.journal.at(seq)
		if l := int(e.level); e.mark <= events.MarkPlace && (b.plan.official == officialHighest && l > level || l == b.plan.official) {
			level = l
		}
	}
	b.scratch = b.scratch[:0]
	s.filled = level >= 0
	if !s.filled {
		return nil
	}
	s.level = uint8(level)
	for _, seq := range s.marks {
		e := b.journal.at(seq)
		if int(e.level) != level || e.mark > events.MarkPlace {
			continue
		}
		value := e.amount
		if n.Method == events.MethodOrdinal {
			value = placeValue(n.Table, value)
		}
		b.scratch = append(b.scratch, value)
	}
	return b.scratch
}

// setPoints carries a leaf's change up to its groups and the total.
func (b *board) setPoints(unit, leaf int, p Points) {
	s, r := b.slot(unit, leaf), &b.rows[unit]
	delta := p.Sub(s.points)
	if delta == (Points{}) {
		return
	}
	s.points = p
	for at := b.cluster.leaves[leaf]; at >= 0; at = b.cluster.nodes[at].parent {
		r.nodes[at] = r.nodes[at].Add(delta)
	}
	r.total = r.total.Add(delta)
	r.changed = true
}

// missing lists, sorted, the assigned leaves, adjustments apart, that have no official value, or an actual without a target.
func (b *board) missing(unit int) []string {
	var ids []string
	for leaf := range b.cluster.leaves {
		n := b.cluster.leafNode(leaf)
		if !b.cluster.assigned[unit][leaf] || n.Method == events.MethodAdjustment {
			continue
		}
		s := b.slot(unit, leaf)
		if !s.filled || n.Method == events.MethodTarget && s.target == 0 {
			ids = append(ids, n.ID)
		}
	}
	slices.Sort(ids)
	return ids
}
