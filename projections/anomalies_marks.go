package projections

import (
	"cmp"
	"math/big"
	"math/bits"
	"slices"

	"campaignledger/events"
)

// selves finds what units gave themselves, far from what they got.
func (f *finder) selves(b *board) {
	for u := range b.cluster.Units {
		total := Anomaly{}
		var own, got Points
		for leaf := range b.cluster.leaves {
			claim, seqs := f.ownClaim(b, u, leaf)
			if claim == nil {
				continue
			}
			f.selfFar(b, u, leaf, claim, seqs)
			own, got = own.Add(b.claimPoints(u, leaf, claim)), got.Add(b.points(u, leaf))
			total.note(seqs[0])
		}
		f.selfTotal(b, u, own, got, total)
	}
}

// ownClaim is what a unit gave itself on a leaf that others decided, and by which events; nil if there is nothing to hold side by side.
func (f *finder) ownClaim(b *board, unit, leaf int) (*big.Rat, []events.Seq) {
	n, s := b.cluster.leafNode(leaf), b.slot(unit, leaf)
	levels := b.plan.regulation.Levels
	own := func(level uint8) bool { return levels[level].Scorers == events.ScorersOwnUnit }
	if !b.cluster.assigned[unit][leaf] || len(s.marks()) < 2 || len(b.official(s, n)) == 0 || own(s.level()) {
		return nil, nil
	}
	highest := -1
	var sum Points
	var seqs []events.Seq
	for _, m := range s.marks() {
		if m.hold != 0 || m.kind > events.MarkPlace || !own(m.level) || int(m.level) < highest {
			continue
		}
		if int(m.level) > highest {
			highest, sum, seqs = int(m.level), Points{}, seqs[:0]
		}
		sum = sum.Add(PointsOf(worth(n, m))) // of adjustments there are several
		seqs = append(seqs, events.Seq(m.seq))
	}
	if highest < 0 {
		return nil, nil
	}
	return fraction(sum), seqs
}

// fraction is p as a fraction.
func fraction(p Points) *big.Rat {
	return new(big.Rat).SetFrac(p.bigInt(), big.NewInt(int64(events.DecimalOne)))
}

// selfFar looks at one leaf.
func (f *finder) selfFar(b *board, unit, leaf int, claim *big.Rat, seqs []events.Seq) {
	n, s := b.cluster.leafNode(leaf), b.slot(unit, leaf)
	official, _ := aggregate(b.official(s, n), n.Aggregate)
	difference := new(big.Rat).Sub(claim, official)
	base, bound := official, ""
	if span, ok := spanOf(n); ok {
		base, bound = rat(span), span.String()
	}
	if !selfFar.reaches(difference, base) {
		return
	}
	f.found[AnomalySelf].add(weigh(difference, base), func() Anomaly {
		a := Anomaly{Cluster: b.cluster.ID, Unit: b.cluster.Units[unit].ID, Criterion: n.ID, Level: b.plan.regulation.Levels[s.level()].ID,
			Kind: amountKind(n), Self: formatRat(claim), Official: formatRat(official), Difference: formatRat(difference), Max: bound}
		for _, seq := range append(seqs, f.live.counting(b, unit, leaf)...) {
			a.note(seq)
		}
		return a
	})
}

// selfTotal looks at all leaves of a unit that have both.
func (f *finder) selfTotal(b *board, unit int, own, got Points, a Anomaly) {
	difference := fraction(own.Sub(got))
	base, bound := fraction(got), ""
	if m := b.cluster.maxima[unit]; m.n != nil {
		base, bound = new(big.Rat).SetFrac(m.n, pow10(maximumScale)), m.text
	}
	if !selfTotalFar.reaches(difference, base) {
		return
	}
	f.found[AnomalySelfTotal].add(weigh(difference, base), func() Anomaly {
		a.Cluster, a.Unit, a.Kind = b.cluster.ID, b.cluster.Units[unit].ID, "points"
		a.Self, a.Official, a.Difference, a.Max = own.String(), got.String(), formatRat(difference), bound
		return a
	})
}

// claimPoints are what a leaf would give a unit for a value, all others' values as they officially are.
func (b *board) claimPoints(unit, leaf int, claim *big.Rat) Points {
	n, c := b.cluster.leafNode(leaf), b.columns[leaf]
	if c == nil {
		return b.weighted(n, leafPoints(n, new(big.Rat).Set(claim)))
	}
	measure := c.measure(claim, b.targetOf(b.slot(unit, leaf)))
	if c.leads(measure) && measure.Sign() > 0 && (c.top == nil || measure.Cmp(c.top) > 0) {
		return b.weighted(n, rat(n.Max.Value)) // it would lead: the maximum
	}
	if c.top == nil && c.leads(measure) {
		return Points{}
	}
	return c.points(measure)
}

// panelMark is one scorer's mark among those of a unit, leaf and level.
type panelMark struct {
	worth  events.Decimal
	seq    events.Seq
	scorer nameID
	level  uint8
}

// leaningKey is a scorer at a level.
type leaningKey struct {
	scorer nameID
	level  uint8
}

// leaningSum is how far a scorer's marks lie off the medians, in two-millionths as everything about medians.
type leaningSum struct {
	Anomaly
	off, stake Points
}

// panels holds the scorers of each unit, leaf and level against each other. O(n log n) in marks.
func (f *finder) panels(b *board) {
	sums, order := map[leaningKey]*leaningSum{}, []leaningKey(nil)
	for u := range b.cluster.Units {
		for leaf := range b.cluster.leaves {
			n := b.cluster.leafNode(leaf)
			if !b.cluster.assigned[u][leaf] || n.Method == events.MethodAdjustment || len(b.slot(u, leaf).marks()) <= minPanel {
				continue
			}
			for _, panel := range f.panelsOf(b, n, b.slot(u, leaf)) {
				for i := range panel {
					median := medianWithout(panel, i)
					f.scorerFar(b, u, n, panel, i, median)
					span, ok := spanOf(n)
					if !ok || f.givers.unit(panel[i].scorer) == b.cluster.Units[u].ID {
						continue
					}
					key := leaningKey{panel[i].scorer, panel[i].level}
					if sums[key] == nil {
						sums[key] = &leaningSum{}
						order = append(order, key)
					}
					sums[key].take(panel[i], median, span)
				}
			}
		}
	}
	for _, key := range order {
		f.leaning(b, key, sums[key])
	}
}

// panelsOf are a slot's marks by level, by worth within a level, as far as there are enough scorers. Levels of own units have one.
func (f *finder) panelsOf(b *board, n *node, s *slot) (panels [][]panelMark) {
	f.panel = f.panel[:0]
	for _, m := range s.marks() {
		if m.hold == 0 && m.kind <= events.MarkPlace {
			f.panel = append(f.panel, panelMark{worth(n, m), events.Seq(m.seq), f.journal.at(events.Seq(m.seq)).scorer, m.level})
		}
	}
	slices.SortFunc(f.panel, func(x, y panelMark) int {
		return cmp.Or(cmp.Compare(x.level, y.level), cmp.Compare(x.worth, y.worth), cmp.Compare(x.seq, y.seq))
	})
	for from := 0; from < len(f.panel); {
		to := from + 1
		for to < len(f.panel) && f.panel[to].level == f.panel[from].level {
			to++
		}
		if to-from > minPanel {
			panels = append(panels, f.panel[from:to])
		}
		from = to
	}
	return panels
}

// medianWithout is twice the median of a panel, which is in order, without its i-th mark. Amounts stay below 10^18, so that four times
// one fits.
func medianWithout(panel []panelMark, i int) int64 {
	at := func(k int) int64 {
		if k >= i {
			k++
		}
		return int64(panel[k].worth)
	}
	others := len(panel) - 1
	return at((others-1)/2) + at(others/2)
}

// scorerFar looks at one mark.
func (f *finder) scorerFar(b *board, unit int, n *node, panel []panelMark, i int, median int64) {
	difference := 2*int64(panel[i].worth) - median
	base, bound := median, ""
	if span, ok := spanOf(n); ok {
		base, bound = 2*int64(span), span.String()
	}
	if !scorerFar.reachedBy(difference, base) {
		return
	}
	half := func(n int64) *big.Rat { return big.NewRat(n, 2*int64(events.DecimalOne)) }
	f.found[AnomalyScorer].add(weigh(half(difference), half(base)), func() Anomaly {
		m := panel[i]
		a := Anomaly{Cluster: b.cluster.ID, Unit: b.cluster.Units[unit].ID, Criterion: n.ID, Level: b.plan.regulation.Levels[m.level].ID,
			Scorer: f.live.name(m.scorer), Kind: amountKind(n), Value: m.worth.String(), Median: formatRat(half(median)),
			Difference: formatRat(half(difference)), Max: bound, Others: len(panel) - 1}
		a.note(m.seq)
		others := slices.Delete(slices.Clone(panel), i, i+1)
		slices.SortFunc(others, func(x, y panelMark) int { return cmp.Compare(x.seq, y.seq) })
		for _, o := range others {
			a.note(o.seq)
		}
		return a
	})
}

// reachedBy is reaches of whole numbers, without fractions: once for every mark.
func (s share) reachedBy(difference, base int64) bool {
	abs := func(n int64) uint64 { return uint64(max(n, -n)) }
	high, low := bits.Mul64(abs(difference), uint64(s.den))
	leastHigh, leastLow := bits.Mul64(abs(base), uint64(s.num))
	return difference != 0 && (high > leastHigh || high == leastHigh && low >= leastLow)
}

// take adds a mark.
func (s *leaningSum) take(m panelMark, median int64, span events.Decimal) {
	s.off = s.off.Add(PointsOf(events.Decimal(2*int64(m.worth) - median)))
	s.stake = s.stake.Add(PointsOf(2 * span))
	s.note(m.seq)
}

// leaning looks at all that a scorer gave others at a level.
func (f *finder) leaning(b *board, key leaningKey, s *leaningSum) {
	half := func(p Points) *big.Rat { return new(big.Rat).Quo(fraction(p), big.NewRat(2, 1)) }
	off, stake := half(s.off), half(s.stake)
	if s.Count < leaningMarks || !leaning.reaches(off, stake) {
		return
	}
	f.found[AnomalyLeaning].add(weigh(off, stake), func() Anomaly {
		a := s.Anomaly
		a.Cluster, a.Level, a.Scorer = b.cluster.ID, b.plan.regulation.Levels[key.level].ID, f.live.name(key.scorer)
		a.Difference, a.Max = formatRat(off), formatRat(stake)
		return a
	})
}
