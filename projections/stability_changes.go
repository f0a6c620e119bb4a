package projections

import (
	"math/big"
	"slices"

	"campaignledger/events"
)

// markSearch looks for the smallest change of one mark.
type markSearch struct {
	*duel
	least
	found *MarkChange
}

func (d *duel) smallestMark() *MarkChange {
	m := &markSearch{duel: d}
	for _, at := range d.leaves {
		leaf := d.cluster.nodes[at].leaf
		units := []int{d.lower, d.upper}
		leaders := d.facts[leaf].leaders
		for _, u := range leaders[:min(len(leaders), maxLeaders)] {
			if !slices.Contains(units, u) {
				units = append(units, u)
			}
		}
		for _, u := range units {
			m.slotMarks(leaf, u)
		}
	}
	return m.found
}

// slotMarks tries a unit's marks on a leaf. Marks of one amount do the same: the first of them stands for all.
func (m *markSearch) slotMarks(leaf, unit int) {
	n, s := m.cluster.leafNode(leaf), m.slot(unit, leaf)
	if !m.cluster.assigned[unit][leaf] || n.Method == events.MethodTarget && m.target(unit, leaf) == 0 {
		return
	}
	tried := make([]events.Decimal, 0, len(s.marks()))
	var vain [2]int64 // steps up and down that turn nothing round, whichever mark of a mean or a sum takes them
	for i := range s.marks() {
		amount := s.marks()[i].amount
		if !s.counts(s.marks()[i]) || slices.Contains(tried, amount) {
			continue
		}
		tried = append(tried, amount)
		if n.Method == events.MethodOrdinal {
			m.places(leaf, unit, i)
			continue
		}
		if unit != m.upper { // more for the upper unit only helps it, less for the lower one too
			m.along(leaf, unit, i, 1, &vain[0])
		}
		if unit != m.lower {
			m.along(leaf, unit, i, -1, &vain[1])
		}
	}
}

// along tries one mark in one direction.
func (m *markSearch) along(leaf, unit, i int, way events.Decimal, vain *int64) {
	n, amount := m.cluster.leafNode(leaf), m.slot(unit, leaf).marks()[i].amount
	step, low, high := m.limits(leaf, unit, i)
	room := high - amount
	if way < 0 {
		room = amount - low
	}
	span := m.span(leaf, unit)
	most := m.fewer(int64(max(room, 0)/step), step, span)
	even := n.Aggregate.Method != events.AggregateMedian && n.Aggregate.Method != events.AggregateTrimmedMean
	if even && most <= *vain {
		return
	}
	to := func(steps int64) events.Decimal { return amount + way*step*events.Decimal(steps) }
	steps, r := m.earliest(series{leaf, func(steps int64) reading { return m.marked(leaf, unit, i, to(steps)) }, false}, most)
	if steps == 0 {
		*vain = max(*vain, most)
		return
	}
	*vain = max(*vain, steps-1)
	m.take(steps, step, span)
	m.note(leaf, unit, i, to(steps), span, r)
}

// places tries other places, the nearest first: what they are worth need not go one way.
func (m *markSearch) places(leaf, unit, i int) {
	n, s := m.cluster.leafNode(leaf), m.slot(unit, leaf)
	place, span := s.marks()[i].amount, m.span(leaf, unit)
	for off := events.DecimalOne; off < events.Whole(int64(len(m.cluster.Units))); off += events.DecimalOne {
		for _, to := range []events.Decimal{place - off, place + off} {
			if to < events.DecimalOne || to > events.Whole(int64(len(m.cluster.Units))) {
				continue
			}
			worth := placeValue(n.Table, to) - placeValue(n.Table, place)
			if worth == 0 || m.fewer(1, max(worth, -worth), span) < 1 {
				continue
			}
			if r := m.marked(leaf, unit, i, to); m.flips(leaf, r) {
				m.take(1, max(worth, -worth), span)
				m.note(leaf, unit, i, to, span, r)
			}
		}
	}
}

// limits are by what a mark changes, and how far.
func (m *markSearch) limits(leaf, unit, i int) (step, low, high events.Decimal) {
	n, s := m.cluster.leafNode(leaf), m.slot(unit, leaf)
	far := min(m.facts[leaf].reach, events.MaxDecimal/widest) * widest
	step, low, high = m.step(), 0, far
	switch n.Method {
	case events.MethodPassfail:
		step, high = events.DecimalOne, events.DecimalOne
	case events.MethodGraded:
		if n.Max.Set {
			high = n.Max.Value
		}
	case events.MethodAdjustment:
		low = -far
		sum, _ := m.valueOf(s, n)
		// Beyond a bound nothing moves; a step more makes up for what the sum lacks to a step.
		if n.Max.Set {
			high = s.marks()[i].amount + stepsTo(sum, n.Max.Value, step)
		}
		if n.Min.Set {
			low = s.marks()[i].amount - stepsTo(new(big.Rat).Neg(sum), -n.Min.Value, step)
		}
		low, high = max(low, -events.MaxDecimal), min(high, events.MaxDecimal)
	}
	return step, low, high
}

// stepsTo is how far a sum may rise until it reaches a bound, in whole steps; 0 where it is there.
func stepsTo(sum *big.Rat, bound, step events.Decimal) events.Decimal {
	rise := new(big.Rat).Sub(rat(bound), sum)
	if rise.Sign() <= 0 {
		return 0
	}
	rise.Quo(rise, rat(step))
	steps := new(big.Int).Quo(rise.Num(), rise.Denom())
	if most := 2 * events.MaxDecimal / step; !steps.IsInt64() || steps.Int64() >= int64(most) {
		return 2 * events.MaxDecimal
	}
	return events.Decimal(steps.Int64()+1) * step
}

// span is what changes of a unit's marks on a leaf are measured by; above 0.
func (f *pairFinder) span(leaf, unit int) *big.Rat {
	n := f.cluster.leafNode(leaf)
	if span, ok := spanOf(n); ok && span > 0 {
		return rat(span)
	}
	if most := countForMax(n); most != nil {
		return most
	}
	if target := f.target(unit, leaf); n.Method == events.MethodTarget && target > 0 {
		return rat(target)
	}
	return rat(f.facts[leaf].reach)
}

// marked is the reading where mark i of a unit on a leaf were another.
func (d *duel) marked(leaf, unit, i int, amount events.Decimal) reading {
	n, s, c := d.cluster.leafNode(leaf), d.slot(unit, leaf), d.columns[leaf]
	*d.work += len(s.marks())
	r, was := d.present(leaf), s.marks()[i].amount
	s.marks()[i].amount = amount
	value, _ := d.valueOf(s, n)
	s.marks()[i].amount = was
	if c == nil {
		p := d.weighted(n, leafPoints(n, value))
		if unit == d.upper {
			r.upper = p
		} else {
			r.lower = p
		}
		return r
	}
	measure, top := c.measure(value, d.target(unit, leaf)), c.top
	c.top = d.facts[leaf].without(unit)
	if c.leads(measure) && (c.top == nil || measure.Cmp(c.top) > 0) {
		c.top = measure
	}
	of := func(u int) *big.Rat {
		if u == unit {
			return measure
		}
		return c.measures[u]
	}
	r.upper, r.lower = c.points(of(d.upper)), c.points(of(d.lower))
	c.top = top
	return r
}

func (m *markSearch) note(leaf, unit, i int, to events.Decimal, span *big.Rat, r reading) {
	n, s := m.cluster.leafNode(leaf), m.slot(unit, leaf)
	id := m.cluster.Units[unit].ID
	from := s.marks()[i].amount
	m.found = &MarkChange{Seq: events.Seq(s.marks()[i].seq), Unit: id, UnitTitle: m.titleOf(id), Criterion: n.ID, Title: titleOr(n.Title.In(m.lang), n.ID),
		Level: m.plan.regulation.Levels[s.level()].ID, Kind: amountKind(n), From: from.String(), To: to.String(), Change: (to - from).String(),
		Range: formatRat(span), Percent: percent(m.share, percentPlaces), then: m.duel.then(leaf, r)}
}

// weightSearch looks for the smallest change of one weight.
type weightSearch struct {
	*duel
	least
	found *WeightChange
}

func (d *duel) smallestWeight() *WeightChange {
	w := &weightSearch{duel: d}
	for _, at := range d.leaves {
		if leaf := d.cluster.nodes[at].leaf; d.cluster.assigned[d.upper][leaf] || d.cluster.assigned[d.lower][leaf] {
			w.leaf(leaf)
		}
	}
	return w.found
}

func (w *weightSearch) leaf(leaf int) {
	n := w.cluster.leafNode(leaf)
	base := n.Weight
	if base == 0 {
		base = events.DecimalOne
	}
	span := rat(base)
	read := w.weighings(leaf)
	for _, way := range []events.Decimal{weightStep, -weightStep} {
		room := min(widest*base, events.MaxFactor) - n.Weight
		if way < 0 {
			room = n.Weight - 1 // it stays above 0
		}
		change := series{leaf, func(steps int64) reading { return read(n.Weight + events.Decimal(steps)*way) }, w.linear(leaf)}
		steps, r := w.earliest(change, w.fewer(int64(max(room, 0)/weightStep), weightStep, span))
		if steps == 0 {
			continue
		}
		w.take(steps, weightStep, span)
		to := n.Weight + events.Decimal(steps)*way
		w.found = &WeightChange{Criterion: n.ID, Title: titleOr(n.Title.In(w.lang), n.ID), From: n.Weight.String(), To: to.String(),
			Change: (to - n.Weight).String(), Percent: percent(w.share, percentPlaces), then: w.duel.then(leaf, r)}
	}
}

// linear reports whether the points alone decide under any weight of a leaf: units rank by them, or have the same maximum throughout.
func (w *weightSearch) linear(leaf int) bool {
	upper, lower := w.cluster.maxima[w.upper].n, w.cluster.maxima[w.lower].n
	return !w.cluster.Ranking.ByRatio ||
		w.cluster.assigned[w.upper][leaf] == w.cluster.assigned[w.lower][leaf] && upper != nil && lower != nil && upper.Sign() > 0 && upper.Cmp(lower) == 0
}

// weighings are a leaf's readings under other weights.
func (w *weightSearch) weighings(leaf int) func(events.Decimal) reading {
	n, c := w.cluster.leafNode(leaf), w.columns[leaf]
	criterion := *n.Criterion
	varied := &node{&criterion, n.parent, n.leaf}
	raw := func(unit int) *big.Rat { // before weight and rounding; nil without an official value
		value, _ := w.valueOf(w.slot(unit, leaf), n)
		*w.work += len(w.slot(unit, leaf).marks())
		if value == nil || c != nil || !w.cluster.assigned[unit][leaf] {
			return nil
		}
		return leafPoints(n, value)
	}
	upper, lower := raw(w.upper), raw(w.lower)
	points := func(unit int, raw *big.Rat, column *column) Points {
		switch {
		case column != nil:
			return column.points(c.measures[unit])
		case raw != nil:
			return w.weighted(varied, raw)
		}
		return Points{}
	}
	return func(weight events.Decimal) reading {
		*w.work++
		criterion.Weight = weight
		var column *column
		if c != nil {
			column = newColumn(varied, w.cluster.set.Places)
			column.top = c.top
		}
		return reading{upper: points(w.upper, upper, column), lower: points(w.lower, lower, column),
			upperMax: w.maxUnder(w.upper, leaf, weight), lowerMax: w.maxUnder(w.lower, leaf, weight)}
	}
}

// maxUnder is the most that a unit can get where a leaf had another weight.
func (w *weightSearch) maxUnder(unit, leaf int, weight events.Decimal) *big.Int {
	n, most := w.cluster.leafNode(leaf), w.cluster.maxima[unit].n
	if !w.cluster.Ranking.ByRatio || most == nil || n.Method == events.MethodAdjustment || !w.cluster.assigned[unit][leaf] {
		return most
	}
	more := new(big.Int).Mul(big.NewInt(int64(n.Max.Value)), big.NewInt(int64(weight-n.Weight)))
	return more.Add(more, most)
}
