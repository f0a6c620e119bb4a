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
	slots    []slot    // by unit, then leaf
	columns  []*column // by leaf; nil where the leaf is not relative
	rows     []row
	dirty    []int32 // slots to recompute
	ties     []events.Seq
	stale    bool  // ranks have to be made again
	order    []int // units in rank order, as of the last read
	snapshot *ClusterStandings
	shown    []*Standing    // the snapshot's rows by unit
	note     string         // the snapshot's on an unfinished import
	held     int            // current marks that are on hold
	appeals  [][]events.Seq // by unit: upheld, and not looked at yet
	scratch  []events.Decimal
}

// slot is one unit on one leaf, in 32 bytes with its first mark: where there is one scorer, there is a slot for each record.
type slot struct {
	one    [1]slotMark // the current mark, seq 0 if there is none, as long as there were no two
	many   *[]slotMark // the current marks of all levels from then on; nil before
	target shortSeq    // current target, 0 if none
	above  uint8       // the official level and 1; 0 where there is no official value
	dirty  bool
	short  bool // too few marks to trim
}

// marks are the current ones, of all levels, in the order of their events. They may be changed in place.
func (s *slot) marks() []slotMark {
	switch {
	case s.many != nil:
		return *s.many
	case s.one[0].seq != 0:
		return s.one[:]
	}
	return nil
}

func (s *slot) add(m slotMark) {
	switch {
	case s.many != nil:
		*s.many = append(*s.many, m)
	case s.one[0].seq == 0:
		s.one[0] = m
	default:
		s.many = &[]slotMark{s.one[0], m}
	}
}

func (s *slot) remove(i int) {
	if s.many != nil {
		*s.many = slices.Delete(*s.many, i, i+1)
	} else {
		s.one[0] = slotMark{}
	}
}

// filled reports whether there is an official value.
func (s *slot) filled() bool { return s.above > 0 }

// level is the official one, where the slot is filled.
func (s *slot) level() uint8 { return s.above - 1 }

// slotMark is a current mark, in 16 bytes beside each other: a slot of many scorers is read without a look at the journal.
type slotMark struct {
	amount events.Decimal
	seq    uint32 // maxEvents fits
	level  uint8
	kind   events.MarkKind
	hold   uint8 // why it does not count: holdTranscribed …
}

// row is one unit's points by node, groups included.
type row struct {
	nodes   []Points
	total   Points
	short   int // leaves with too few marks to trim
	changed bool
}

func newBoard(p *plan, cluster int, j *journal) *board {
	c := p.clusters[cluster]
	b := &board{plan: p, cluster: c, journal: j, stale: true, slots: make([]slot, len(c.Units)*len(c.leaves)),
		columns: make([]*column, len(c.leaves)), rows: make([]row, len(c.Units)), order: make([]int, len(c.Units)), shown: make([]*Standing, len(c.Units)),
		appeals: make([][]events.Seq, len(c.Units))}
	for u := range b.rows {
		b.order[u] = u
		b.rows[u] = row{nodes: make([]Points, len(c.nodes)), changed: true}
	}
	for leaf := range c.leaves {
		if n := c.leafNode(leaf); relative(n.Method) {
			b.columns[leaf] = newColumn(n, c.set.Places)
			b.columns[leaf].measures = make([]*big.Rat, len(c.Units))
		}
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

// apply takes note of an entry, and of what holds it back. O(marks in the slot).
func (b *board) apply(e *entry, seq, old events.Seq, hold uint8) {
	if !e.moves() {
		return
	}
	switch e.what {
	case kindTie:
		b.decideBy(seq, hold)
		return
	case kindAppealDecided:
		b.appeal(e, seq, hold)
		return
	}
	s := b.slot(int(e.unit), int(e.leaf))
	if old != 0 {
		if s.target == shortSeq(old) {
			s.target = 0
		} else if i := slices.IndexFunc(s.marks(), func(m slotMark) bool { return m.seq == uint32(old) }); i >= 0 {
			b.countHeld(s.marks()[i].hold, 0)
			s.remove(i)
		}
	}
	switch e.what {
	case kindTarget:
		s.target = shortSeq(seq)
	case kindScore:
		s.add(slotMark{e.amount, uint32(seq), e.level, e.mark, hold})
		b.countHeld(0, hold)
	}
	b.touch(int(e.unit), int(e.leaf))
}

// decideBy takes note of a tie decision, unless it is not in force yet. Decisions stand in the order of their sequences.
func (b *board) decideBy(seq events.Seq, hold uint8) {
	if at, known := slices.BinarySearch(b.ties, seq); hold == 0 && !known {
		b.ties = slices.Insert(b.ties, at, seq)
		b.stale = true
	}
}

// appeal takes note of a decision on an appeal: an upheld one is noted with the unit that appealed, and with the one whose event it is
// about, until what it changes was looked at again.
func (b *board) appeal(e *entry, seq events.Seq, hold uint8) {
	units := []int{int(e.unit)}
	if b.journal.aboutDecision(e) {
		return
	}
	if other, ok := b.unitOf(b.journal.appealed(e)); ok && other != units[0] {
		units = append(units, other)
	}
	for _, unit := range units {
		at, known := slices.BinarySearch(b.appeals[unit], seq)
		switch noted := hold == holdReview; {
		case noted && !known:
			b.appeals[unit] = slices.Insert(b.appeals[unit], at, seq)
			b.stale = true
		case !noted && known:
			b.appeals[unit] = slices.Delete(b.appeals[unit], at, at+1)
			b.stale = true
		}
	}
}

// unitOf is the unit of the cluster that an event is about.
func (b *board) unitOf(e *entry) (unit int, ok bool) {
	if e.unit >= 0 {
		return int(e.unit), b.plan.clusters[e.cluster] == b.cluster
	}
	if e.payload() == nil {
		return 0, false
	}
	unit, ok = b.cluster.unitByID[e.more.subject]
	return unit, ok
}

// holdBack takes note that the hold of an entry on this board is hold from now on.
func (b *board) holdBack(e *entry, seq events.Seq, hold uint8) {
	if !e.moves() { // an exclusion, a count of slips
		return
	}
	switch e.what {
	case kindTie:
		b.decideBy(seq, hold)
		return
	case kindAppealDecided:
		b.appeal(e, seq, hold)
		return
	}
	s := b.slot(int(e.unit), int(e.leaf))
	marks := s.marks()
	for i := range marks {
		if m := &marks[i]; m.seq == uint32(seq) && m.hold != hold {
			b.countHeld(m.hold, hold)
			m.hold = hold
			b.touch(int(e.unit), int(e.leaf))
		}
	}
}

// countHeld counts a mark whose hold changes.
func (b *board) countHeld(before, now uint8) {
	if before != 0 {
		b.held--
	}
	if now != 0 {
		b.held++
	}
}

// refresh recomputes what is marked. It reports whether anything changed.
func (b *board) refresh() bool {
	if len(b.dirty) == 0 && !b.stale {
		return false
	}
	tops := map[int]*big.Rat{} // as they were, of the columns touched
	for _, at := range b.dirty {
		unit, leaf := int(at)/len(b.cluster.leaves), int(at)%len(b.cluster.leaves)
		if c := b.columns[leaf]; c != nil {
			if _, touched := tops[leaf]; !touched {
				tops[leaf] = c.top
			}
		}
		b.slots[at].dirty = false
		b.evaluate(unit, leaf)
	}
	for leaf, old := range tops {
		b.refreshColumn(leaf, old)
	}
	for _, at := range b.dirty {
		if leaf := int(at) % len(b.cluster.leaves); b.columns[leaf] != nil {
			b.setPoints(int(at)/len(b.cluster.leaves), leaf, b.columns[leaf].points(b.columns[leaf].measures[int(at)/len(b.cluster.leaves)]))
		}
	}
	b.dirty = b.dirty[:0]
	b.stale = false
	return true
}

// evaluate recomputes one slot's value; on a leaf that is not relative, its points as well.
func (b *board) evaluate(unit, leaf int) {
	s, n, c := b.slot(unit, leaf), b.cluster.leafNode(leaf), b.columns[leaf]
	b.rows[unit].changed = true
	value, short := b.valueOf(s, n)
	if short && !s.short {
		b.rows[unit].short++
	} else if s.short && !short {
		b.rows[unit].short--
	}
	s.short = short
	if c == nil {
		p := Points{}
		if value != nil {
			p = b.weighted(n, leafPoints(n, value))
		}
		b.setPoints(unit, leaf, p)
		return
	}
	if value != nil {
		value = c.measure(value, b.targetOf(s))
	}
	c.move(unit, value)
}

// valueOf is the aggregate of a slot's official marks; nil where there is none. Of an adjustment without marks it is 0.
func (b *board) valueOf(s *slot, n *node) (value *big.Rat, short bool) {
	if values := b.official(s, n); len(values) > 0 || n.Method == events.MethodAdjustment {
		return aggregate(values, n.Aggregate)
	}
	return nil, false
}

func (b *board) targetOf(s *slot) events.Decimal {
	if s.target == 0 {
		return 0
	}
	return b.journal.at(s.target.seq()).amount
}

func (b *board) weighted(n *node, r *big.Rat) Points {
	if n.Weight != events.DecimalOne {
		r = new(big.Rat).Mul(r, rat(n.Weight))
	}
	return roundPoints(r, b.cluster.set.Places)
}

// refreshColumn finds a relative leaf's top anew where it was left, and where it moved the points of all units. O(n) in units
// then, O(1) otherwise.
func (b *board) refreshColumn(leaf int, old *big.Rat) {
	c := b.columns[leaf]
	if c.loose {
		c.loose, c.top = false, nil
		for u := range b.cluster.Units {
			if m := c.measures[u]; c.leads(m) && (c.top == nil || m.Cmp(c.top) > 0) {
				c.top = m
			}
		}
	}
	if sameRat(old, c.top) {
		return
	}
	for u := range b.cluster.Units {
		b.setPoints(u, leaf, c.points(c.measures[u]))
	}
}

// official collects the values of the level that counts: the regulation's, or the highest that has any.
func (b *board) official(s *slot, n *node) []events.Decimal {
	level := -1
	b.scratch = b.scratch[:0]
	for _, m := range s.marks() {
		l := int(m.level)
		if m.kind > events.MarkPlace || m.hold != 0 || l < level || b.plan.official != officialHighest && l != b.plan.official {
			continue
		}
		if l > level {
			level, b.scratch = l, b.scratch[:0]
		}
		value := m.amount
		if n.Method == events.MethodOrdinal {
			value = placeValue(n.Table, value)
		}
		b.scratch = append(b.scratch, value)
	}
	s.above = uint8(level + 1)
	return b.scratch
}

// points are a unit's for a leaf, as they were last set.
func (b *board) points(unit, leaf int) Points { return b.rows[unit].nodes[b.cluster.leaves[leaf]] }

// setPoints carries a leaf's change up to its groups and the total.
func (b *board) setPoints(unit, leaf int, p Points) {
	r := &b.rows[unit]
	delta := p.Sub(b.points(unit, leaf))
	if delta == (Points{}) {
		return
	}
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
		if !s.filled() || n.Method == events.MethodTarget && s.target == 0 {
			ids = append(ids, n.ID)
		}
	}
	slices.Sort(ids)
	return ids
}
