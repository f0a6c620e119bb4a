package projections

import (
	"math/big"
	"slices"

	"campaignledger/events"
)

// pairFinder is one cluster in a fold of its own, on which changes are tried and undone.
type pairFinder struct {
	*board
	inOrder   []*Standing      // as they stand
	decidedBy []events.Seq     // by unit: the tie decision that gives its rank
	targets   []events.Decimal // by slot
	facts     []leafFacts      // by leaf
	leaves    []int            // nodes, in the regulation's order
	lang      string
}

// leafFacts is what is asked of a leaf for every pair.
type leafFacts struct {
	reach   events.Decimal
	best    *big.Rat // of a relative leaf the largest measure that leads, nil if there is none,
	next    *big.Rat // and the next smaller one,
	leaders []int    // and whose the largest is
}

// newPairFinder takes a board over. Whoever calls holds the lock; what comes later needs none.
func newPairFinder(b *board, standings *ClusterStandings, lang string) *pairFinder {
	own := *b.cluster
	own.maxima = slices.Clone(own.maxima)
	b.cluster = &own
	f := &pairFinder{board: b, inOrder: standings.Rows, lang: lang, leaves: leavesInOrder(&own), decidedBy: make([]events.Seq, len(own.Units)),
		targets: make([]events.Decimal, len(b.slots)), facts: make([]leafFacts, len(own.leaves))}
	for i := range b.slots {
		f.targets[i] = b.targetOf(&b.slots[i])
	}
	for leaf := range own.leaves {
		f.facts[leaf] = f.factsOf(leaf)
	}
	f.decisions()
	return f
}

// decisions finds the tie decisions that order units which the formula does not tell apart.
func (f *pairFinder) decisions() {
	for rest := f.inOrder; len(rest) > 0; {
		equal := []int{rest[0].unit}
		for _, s := range rest[1:] {
			if f.compare(rest[0].unit, s.unit) != 0 {
				break
			}
			equal = append(equal, s.unit)
		}
		if len(equal) > 1 {
			seq := f.decision(equal)
			for _, u := range equal {
				f.decidedBy[u] = seq
			}
		}
		rest = rest[len(equal):]
	}
}

func (f *pairFinder) target(unit, leaf int) events.Decimal {
	return f.targets[unit*len(f.cluster.leaves)+leaf]
}

// step is by what marks change: the least that the set's places show.
func (f *pairFinder) step() events.Decimal {
	step := events.DecimalOne
	for range f.cluster.set.Places {
		step /= 10
	}
	return step
}

// counts reports whether a mark is part of its slot's official value.
func (s *slot) counts(m slotMark) bool {
	return s.filled() && m.hold == 0 && m.level == s.level() && m.kind <= events.MarkPlace
}

func (f *pairFinder) factsOf(leaf int) leafFacts {
	n, c := f.cluster.leafNode(leaf), f.columns[leaf]
	facts := leafFacts{reach: events.DecimalOne}
	largest := func(d events.Decimal) { facts.reach = max(facts.reach, d, -d) }
	if n.Method == events.MethodAdjustment {
		largest(n.Min.Value)
		largest(n.Max.Value)
	}
	if most := countForMax(n); most != nil {
		whole := new(big.Int).Quo(most.Num(), most.Denom()).Int64() // a maximum has twelve digits, the points each six places
		largest(events.Whole(min(whole+1, int64(events.MaxDecimal/events.DecimalOne))))
	}
	for u := range f.cluster.Units {
		if !f.cluster.assigned[u][leaf] {
			continue
		}
		largest(f.target(u, leaf))
		s := f.slot(u, leaf)
		for _, m := range s.marks() {
			if s.counts(m) {
				largest(m.amount)
			}
		}
		if c != nil && c.leads(c.measures[u]) {
			facts.lead(u, c.measures[u])
		}
	}
	return facts
}

// countForMax is the count that gives a leaf's maximum; nil of leaves that don't count, or have no maximum above 0.
func countForMax(n *node) *big.Rat {
	if n.Method != events.MethodCount || !n.Max.Set || n.Max.Value == 0 {
		return nil
	}
	return new(big.Rat).Quo(rat(n.Max.Value), rat(n.Each))
}

// lead takes note of a measure that may be the top.
func (f *leafFacts) lead(unit int, measure *big.Rat) {
	switch {
	case f.best == nil || measure.Cmp(f.best) > 0:
		f.next, f.best, f.leaders = f.best, measure, []int{unit}
	case measure.Cmp(f.best) == 0:
		f.leaders = append(f.leaders, unit)
	case f.next == nil || measure.Cmp(f.next) > 0:
		f.next = measure
	}
}

// without is the top of all units but one.
func (f *leafFacts) without(unit int) *big.Rat {
	if len(f.leaders) == 1 && f.leaders[0] == unit {
		return f.next
	}
	return f.best
}

// duel is one pair under way.
type duel struct {
	*pairFinder
	upper, lower int // units
	work         *int
}

// reading is what the two units get on one leaf under a change, and the most that they can get in all (see maximum).
type reading struct {
	upper, lower       Points
	upperMax, lowerMax *big.Int
	open               bool // of a likeliest reading: nothing can be said
}

// present is the reading without a change.
func (d *duel) present(leaf int) reading {
	return reading{upper: d.points(d.upper, leaf), lower: d.points(d.lower, leaf),
		upperMax: d.cluster.maxima[d.upper].n, lowerMax: d.cluster.maxima[d.lower].n}
}

func (d *duel) put(leaf int, r reading) {
	d.setPoints(d.upper, leaf, r.upper)
	d.setPoints(d.lower, leaf, r.lower)
	d.cluster.maxima[d.upper].n, d.cluster.maxima[d.lower].n = r.upperMax, r.lowerMax
}

// under calls do with a reading in force.
func (d *duel) under(leaf int, r reading, do func()) {
	was := d.present(leaf)
	d.put(leaf, r)
	do()
	d.put(leaf, was)
}

// flips reports whether the lower unit stands before the upper one under a reading.
func (d *duel) flips(leaf int, r reading) (flipped bool) {
	if r.open {
		return true
	}
	d.under(leaf, r, func() { flipped = d.compare(d.lower, d.upper) < 0 })
	return flipped
}

// likeliest is a reading under which the pair is turned round if it is under any between a and b: more steps move each of its parts in
// one direction only, if not the two units' difference: each is rounded for itself, and each maximum moves by itself.
func (d *duel) likeliest(leaf int, a, b reading) reading {
	r := reading{upper: a.upper, lower: a.lower, upperMax: a.upperMax, lowerMax: a.lowerMax}
	if b.upper.Cmp(r.upper) < 0 {
		r.upper = b.upper
	}
	if b.lower.Cmp(r.lower) > 0 {
		r.lower = b.lower
	}
	moved := func(x, y *big.Int) bool { return x != nil && y != nil && x.Cmp(y) != 0 }
	if !moved(a.upperMax, b.upperMax) && !moved(a.lowerMax, b.lowerMax) {
		return r
	}
	for _, m := range []*big.Int{a.upperMax, b.upperMax, a.lowerMax, b.lowerMax} {
		if m == nil || m.Sign() <= 0 {
			r.open = true // the ratio jumps where the maximum leaves 0
			return r
		}
	}
	total := func(unit int, p Points) Points { return d.rows[unit].total.Sub(d.points(unit, leaf)).Add(p) }
	if r.lowerMax = smaller(a.lowerMax, b.lowerMax); total(d.lower, r.lower).Sign() < 0 {
		r.lowerMax = larger(a.lowerMax, b.lowerMax)
	}
	if r.upperMax = larger(a.upperMax, b.upperMax); total(d.upper, r.upper).Sign() < 0 {
		r.upperMax = smaller(a.upperMax, b.upperMax)
	}
	return r
}

func smaller(a, b *big.Int) *big.Int {
	if b.Cmp(a) < 0 {
		return b
	}
	return a
}

func larger(a, b *big.Int) *big.Int {
	if b.Cmp(a) > 0 {
		return b
	}
	return a
}

// series are the readings of a change by its steps; 0 is none.
type series struct {
	leaf   int
	read   func(steps int64) reading
	linear bool // before rounding the units' points move in a straight line, and alone decide: see hopeless
}

// bracket is a stretch of a series, after from and up to to.
type bracket struct {
	from, to int64
	at, then reading
}

// earliest is the least number of steps, at most n, that turns the pair round, and the reading then; 0 if none does. It takes O(log n) readings,
// where roundings may matter a few more.
func (d *duel) earliest(s series, n int64) (int64, reading) {
	if n < 1 {
		return 0, reading{}
	}
	return d.within(s, bracket{0, n, d.present(s.leaf), s.read(n)})
}

func (d *duel) within(s series, b bracket) (int64, reading) {
	if s.linear && d.hopeless(s.leaf, b) || !d.flips(s.leaf, d.likeliest(s.leaf, b.at, b.then)) {
		return 0, reading{}
	}
	if b.to == b.from+1 {
		if d.flips(s.leaf, b.then) {
			return b.to, b.then
		}
		return 0, reading{}
	}
	middle := b.from + (b.to-b.from)/2
	half := s.read(middle)
	if steps, r := d.within(s, bracket{b.from, middle, b.at, half}); steps != 0 {
		return steps, r
	}
	return d.within(s, bracket{middle, b.to, half, b.then})
}

// hopeless reports whether a straight line stays below what would turn the pair round. The difference lies at one of the ends, but for the
// rounding of two units there and in between: half a step each time.
func (d *duel) hopeless(leaf int, b bracket) bool {
	present := d.present(leaf)
	lacks := d.rows[d.upper].total.Sub(present.upper).Sub(d.rows[d.lower].total.Sub(present.lower)).Sub(PointsOf(2 * d.step()))
	return b.at.lower.Sub(b.at.upper).Cmp(lacks) < 0 && b.then.lower.Sub(b.then.upper).Cmp(lacks) < 0
}

// least is the smallest change so far.
type least struct {
	share *big.Rat // of its range; nil if there is none yet
}

// fewer is how many steps of a range, at most n, are smaller than the smallest change so far.
func (l *least) fewer(n int64, step events.Decimal, span *big.Rat) int64 {
	if l.share == nil {
		return n
	}
	most := new(big.Rat).Mul(l.share, span)
	most.Quo(most, rat(step))
	whole, rest := new(big.Int).QuoRem(most.Num(), most.Denom(), new(big.Int))
	if rest.Sign() == 0 {
		whole.Sub(whole, big.NewInt(1)) // as small is not smaller
	}
	if whole.IsInt64() {
		return min(n, whole.Int64())
	}
	return n
}

// take notes a change.
func (l *least) take(steps int64, step events.Decimal, span *big.Rat) {
	l.share = new(big.Rat).Mul(big.NewRat(steps, 1), rat(step))
	l.share.Quo(l.share, span)
}

// then is what the two have under a reading.
func (d *duel) then(leaf int, r reading) (t then) {
	places := d.cluster.set.Places
	d.under(leaf, r, func() {
		t = then{UpperPoints: d.rows[d.upper].total.Format(places), LowerPoints: d.rows[d.lower].total.Format(places)}
		t.ByTies = d.rows[d.upper].total == d.rows[d.lower].total
		if d.cluster.Ranking.ByRatio {
			t.ByTies = d.compareRatios(d.upper, d.lower) == 0
			t.UpperRatio, t.LowerRatio = percent(d.ratio(d.upper), ratioPlaces), percent(d.ratio(d.lower), ratioPlaces)
		}
	})
	return t
}
