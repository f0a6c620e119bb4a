package projections

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"campaignledger/events"
)

// stableStory is a small campaign whose grids of values can be tried out one by one.
func stableStory(seed uint64) *story {
	g := newGenerator(seed ^ 0x57ab1e)
	var items []any
	for i := range 3 {
		items = append(items, g.stableLeaf(i))
	}
	items = append(items, map[string]any{"id": "last", "method": "graded", "max": "3"}) // that all have: by ratio there must be something to get
	group := map[string]any{"id": "G", "items": items[:1]}
	set := map[string]any{"items": append([]any{group}, items[1:]...), "rounding": map[string]any{"places": pick(g, "0", "0", "1")}}
	ranking := map[string]any{"ties": pick(g, []any{}, []any{"G"}, []any{"L1", "G"})}
	ratio := g.chance(35)
	if ratio {
		ranking["by"] = "ratio"
	}
	var units []any
	for i := range 3 + g.IntN(2) {
		u := map[string]any{"id": fmt.Sprintf("u%d", i)}
		if g.chance(30) {
			u["not-assigned"] = []any{pick(g, "L0", "L1", "L2")}
		}
		units = append(units, u)
	}
	levels := []any{map[string]any{"id": "first", "scorers": "any"}}
	if g.chance(30) {
		levels = append(levels, map[string]any{"id": "second", "scorers": "any"})
	}
	source, err := json.Marshal(map[string]any{"id": "small", "levels": levels, "criteria": map[string]any{"default": set},
		"clusters": []any{map[string]any{"id": "one", "criteria": "default", "units": units, "ranking": ranking}}})
	if err != nil {
		panic(err)
	}
	r, err := events.ParseRegulation("small.json", source)
	if err != nil {
		panic(fmt.Sprintf("%v\n%s", err, source))
	}
	s := &story{generator: g, r: r, live: NewLive(), now: time.Date(2017, 3, 1, 8, 0, 0, 0, time.UTC)}
	s.body("", events.NewCampaignOpened(r, "small.json", hash("small")))
	for _, leaf := range leavesOf(r.Sets[0].Items, nil) {
		for _, u := range r.Clusters[0].Units {
			if leaf.assignedTo(u) {
				s.stableEntries(leaf.Criterion, u.ID)
			}
		}
	}
	s.tie()
	return s
}

func (g *generator) stableLeaf(i int) map[string]any {
	method := pick(g, "graded", "graded", "graded", "target", "target", "proportional", "proportional", "passfail", "count", "ordinal", "adjustment")
	l := map[string]any{"id": fmt.Sprintf("L%d", i), "method": method}
	switch method {
	case "count":
		l["each"], l["max"] = pick(g, "1", "0.5", "2"), pick(g, "3", "5")
	case "ordinal":
		l["table"], l["max"] = pick(g, []string{"5", "3", "1"}, []string{"4"}, []string{"1", "3", "2", "-1"}), "5"
	case "adjustment":
		if g.chance(60) {
			l["min"] = pick(g, "-3", "0", "-1.5")
		}
		if g.chance(60) {
			l["max"] = pick(g, "3", "2.5")
		}
	default:
		l["max"] = pick(g, "3", "5", "10")
	}
	if g.chance(40) {
		l["weight"] = pick(g, "0", "0.05", "0.5", "1.3", "2")
	}
	if method != "adjustment" && g.chance(70) {
		a := map[string]any{"method": pick(g, "mean", "mean", "median", "sum", "trimmed-mean")}
		if g.chance(30) {
			a["places"] = pick(g, "0", "1")
		}
		l["aggregate"] = a
	}
	return l
}

func (s *story) stableEntries(leaf events.Criterion, unit string) {
	if leaf.Method == events.MethodTarget && s.chance(90) {
		s.body(unit, &events.TargetSet{Cluster: "one", Criterion: leaf.ID, Scorer: "ministry", Target: pick(s.generator, decimal("1"), decimal("2"), decimal("2"))})
	}
	scorers := 1
	if leaf.Aggregate.Method != events.AggregateSingle {
		scorers = 1 + s.IntN(4)
	}
	for i := range scorers {
		if s.chance(10) {
			continue
		}
		p := &events.ScoreEntered{Cluster: "one", Criterion: leaf.ID, Level: pick(s.generator, s.r.Levels...).ID, Scorer: fmt.Sprintf("j%d", i)}
		switch leaf.Method {
		case events.MethodOrdinal:
			p.Mark = events.Mark{Kind: events.MarkPlace, Amount: events.Whole(int64(1 + s.IntN(4)))}
		case events.MethodPassfail:
			p.Mark = events.Mark{Kind: events.MarkActual, Amount: events.Whole(int64(s.IntN(2)))}
		case events.MethodGraded:
			p.Mark = events.Mark{Kind: events.MarkPoints, Amount: pick(s.generator, decimal("2.25"), decimal("1"), decimal("2"), decimal("3"))}
		case events.MethodAdjustment:
			p.Mark = events.Mark{Kind: events.MarkPoints, Amount: pick(s.generator, decimal("-1"), decimal("0.5"), decimal("1"), decimal("2"))}
		default:
			p.Mark = events.Mark{Kind: events.MarkActual, Amount: pick(s.generator, 0, decimal("1"), decimal("1.5"), decimal("2"), decimal("2"), decimal("3"))}
		}
		s.body(unit, p)
	}
}

// trier tries everything out with the oracle, which shares no code with the projections.
type trier struct {
	o      oracleState
	c      *events.Cluster
	set    events.CriteriaSet
	leaves []oracleLeaf
	step   *big.Rat
}

func newTrier(s *story) *trier {
	t := &trier{o: oracleState{r: s.r}, c: &s.r.Clusters[0], set: s.r.Sets[0], leaves: leavesOf(s.r.Sets[0].Items, nil), step: big.NewRat(1, 1)}
	for range t.set.Places {
		t.step.Quo(t.step, big.NewRat(10, 1))
	}
	for _, e := range s.list {
		switch p := e.Payload.(type) {
		case *events.ScoreEntered:
			t.o.current = append(t.o.current, oracleMark{e.ID, p.Cluster, e.Subject, p.Criterion, p.Level, p.Scorer, p.Mark.Kind, ratOf(p.Mark.Amount)})
		case *events.TargetSet:
			t.o.current = append(t.o.current, oracleMark{e.ID, p.Cluster, e.Subject, p.Criterion, "", p.Scorer, 0, ratOf(p.Target)})
		}
	}
	return t
}

// flips reports whether lower stands before upper as things are now.
func (t *trier) flips(set events.CriteriaSet, lower, upper string) bool {
	var units [2]oracleUnit
	for _, u := range t.c.Units {
		if u.ID == lower {
			units[0] = t.o.unit(t.c, set, u)
		}
		if u.ID == upper {
			units[1] = t.o.unit(t.c, set, u)
		}
	}
	return units[0].compare(&units[1]) < 0
}

// counting reports whether mark m is of the level that counts: the highest that has any.
func (t *trier) counting(m oracleMark) bool {
	highest := ""
	for _, l := range t.o.r.Levels {
		if slices.ContainsFunc(t.o.current, func(o oracleMark) bool { return o.unit == m.unit && o.leaf == m.leaf && o.level == l.ID }) {
			highest = l.ID
		}
	}
	return m.kind != 0 && m.level == highest
}

// leads reports whether the unit's actual is everybody's measure.
func (t *trier) leads(leaf oracleLeaf, unit string) bool {
	measure := func(a, target *big.Rat) *big.Rat {
		if leaf.Method == events.MethodProportional {
			return a
		}
		if target == nil {
			return nil
		}
		if e := new(big.Rat).Sub(new(big.Rat).Quo(a, target), big.NewRat(1, 1)); e.Sign() > 0 {
			return e
		}
		return nil
	}
	if leaf.Method != events.MethodProportional && leaf.Method != events.MethodTarget {
		return false
	}
	a, _ := t.o.official("one", unit, leaf)
	if a == nil {
		return false
	}
	own, best := measure(a, t.o.target("one", unit, leaf.ID)), t.o.best(t.c, leaf, measure)
	return own != nil && own.Cmp(best) == 0
}

// reach is the leaf's, as the doc of Stability has it.
func (t *trier) reach(leaf oracleLeaf) *big.Rat {
	reach := big.NewRat(1, 1)
	larger := func(r *big.Rat) {
		if r = new(big.Rat).Abs(r); r.Cmp(reach) > 0 {
			reach = r
		}
	}
	for _, m := range t.o.current {
		if m.leaf == leaf.ID && (m.kind == 0 || t.counting(m)) {
			larger(m.amount)
		}
	}
	if leaf.Method == events.MethodAdjustment {
		larger(ratOf(leaf.Min.Value))
		larger(ratOf(leaf.Max.Value))
	}
	return reach
}

// values are all that a mark may be changed to, and the range it is measured by.
func (t *trier) values(leaf oracleLeaf, m oracleMark) (values []*big.Rat, span *big.Rat) {
	far := new(big.Rat).Mul(t.reach(leaf), big.NewRat(10, 1))
	step, low, high := t.step, new(big.Rat), far
	span = t.reach(leaf)
	switch leaf.Method {
	case events.MethodGraded:
		high, span = ratOf(leaf.Max.Value), ratOf(leaf.Max.Value)
	case events.MethodPassfail:
		step, high, span = big.NewRat(1, 1), big.NewRat(1, 1), big.NewRat(1, 1)
	case events.MethodOrdinal:
		step, low, high = big.NewRat(1, 1), big.NewRat(1, 1), big.NewRat(int64(len(t.c.Units)), 1)
		table := append(slices.Clone(leaf.Table), 0)
		span = ratOf(slices.Max(table) - slices.Min(table))
	case events.MethodCount:
		span = new(big.Rat).Quo(ratOf(leaf.Max.Value), ratOf(leaf.Each))
		if whole := new(big.Int).Quo(span.Num(), span.Denom()); span.Cmp(t.reach(leaf)) >= 0 {
			high = new(big.Rat).SetInt(whole.Add(whole, big.NewInt(1)))
			high.Mul(high, big.NewRat(10, 1))
		}
	case events.MethodTarget:
		if target := t.o.target("one", m.unit, leaf.ID); target != nil {
			span = target
		}
	case events.MethodAdjustment:
		low = new(big.Rat).Neg(far)
		if leaf.Min.Set { // as far as it takes; beyond nothing moves
			low = big.NewRat(-100, 1)
		}
		if leaf.Max.Set {
			high = big.NewRat(100, 1)
		}
		if leaf.Min.Set && leaf.Max.Set {
			span = ratOf(leaf.Max.Value - leaf.Min.Value)
		}
	}
	for _, way := range []*big.Rat{step, new(big.Rat).Neg(step)} {
		for v := new(big.Rat).Add(m.amount, way); v.Cmp(low) >= 0 && v.Cmp(high) <= 0; v = new(big.Rat).Add(v, way) {
			values = append(values, v)
		}
	}
	return values, span
}

// smallestMark is the least share of a range by which one mark must change; nil if no change of one turns the pair round.
func (t *trier) smallestMark(lower, upper string) (least *big.Rat) {
	for _, leaf := range t.leaves {
		for i := range t.o.current {
			m := t.o.current[i]
			if m.leaf != leaf.ID || !t.counting(m) || m.unit != lower && m.unit != upper && !t.leads(leaf, m.unit) {
				continue
			}
			values, span := t.values(leaf, m)
			for _, v := range values {
				off := new(big.Rat).Sub(v, m.amount)
				if leaf.Method == events.MethodOrdinal {
					off.Sub(t.placeWorth(leaf, v), t.placeWorth(leaf, m.amount))
				}
				share := new(big.Rat).Quo(off.Abs(off), span)
				if least != nil && share.Cmp(least) >= 0 {
					continue
				}
				t.o.current[i].amount = v
				if t.flips(t.set, lower, upper) {
					least = share
				}
				t.o.current[i].amount = m.amount
			}
		}
	}
	return least
}

func (t *trier) placeWorth(leaf oracleLeaf, place *big.Rat) *big.Rat {
	if at := int(place.Num().Int64()); at <= len(leaf.Table) {
		return ratOf(leaf.Table[at-1])
	}
	return new(big.Rat)
}

// weightedSet is the items of a set with another weight of a leaf.
func weightedSet(items []events.Criterion, leaf string, weight events.Decimal) []events.Criterion {
	items = slices.Clone(items)
	for i := range items {
		if items[i].Items != nil {
			items[i].Items = weightedSet(items[i].Items, leaf, weight)
		} else if items[i].ID == leaf {
			items[i].Weight = weight
		}
	}
	return items
}

func (t *trier) smallestWeight(lower, upper string) (least *big.Rat) {
	for _, leaf := range t.leaves {
		base := leaf.Weight
		if base == 0 {
			base = events.DecimalOne
		}
		for _, way := range []events.Decimal{10_000, -10_000} {
			for w := leaf.Weight + way; w > 0 && w <= 10*base; w += way {
				share := new(big.Rat).Quo(ratOf(w-leaf.Weight), ratOf(base))
				if share.Abs(share); least != nil && share.Cmp(least) >= 0 {
					break // further off it only grows
				}
				set := t.set
				set.Items = weightedSet(set.Items, leaf.ID, w)
				if t.flips(set, lower, upper) {
					least = share
				}
			}
		}
	}
	return least
}

// TestStabilityEqualsTryingEverything: of small campaigns, printed by their seed, each value of each mark and of each weight is tried.
func TestStabilityEqualsTryingEverything(t *testing.T) {
	t.Parallel()
	from, to := uint64(1), uint64(max(*campaignsFlag/10, 1))
	if *seedFlag != 0 {
		from, to = *seedFlag, *seedFlag
	}
	var pairs, marks, weights int
	for seed := from; seed <= to; seed++ {
		s := stableStory(seed)
		got, err := s.live.Stability("one", Pairs{}, "en")
		if err != nil {
			t.Fatalf("-seed=%d: %v", seed, err)
		}
		tr := newTrier(s)
		for _, p := range got.Clusters[0].Pairs {
			pairs++
			mark, weight := tr.smallestMark(p.Lower.Unit, p.Upper.Unit), tr.smallestWeight(p.Lower.Unit, p.Upper.Unit)
			if p.Mark != nil {
				marks++
			}
			if p.Weight != nil {
				weights++
			}
			if !sameRat(mark, tr.shareOf(p.Mark)) {
				t.Errorf("-seed=%d, %s over %s: a mark by %v of its range, not %v: %+v", seed, p.Lower.Unit, p.Upper.Unit, mark, tr.shareOf(p.Mark), p.Mark)
			}
			if !sameRat(weight, weightShare(p.Weight)) {
				t.Errorf("-seed=%d, %s over %s: a weight by %v, not %v: %+v", seed, p.Lower.Unit, p.Upper.Unit, weight, weightShare(p.Weight), p.Weight)
			}
		}
		if t.Failed() {
			t.Fatalf("-seed=%d: %s", seed, s.r.Canonical())
		}
	}
	t.Logf("seeds %d to %d: %d pairs, %d turned round by a mark, %d by a weight", from, to, pairs, marks, weights)
	if *seedFlag == 0 && (marks == 0 || weights == 0 || marks+weights == 2*pairs) {
		t.Errorf("%d pairs, %d turned round by a mark, %d by a weight", pairs, marks, weights)
	}
}

// shareOf is the share that a change says it is, worked out again; it must do what it says.
func (t *trier) shareOf(m *MarkChange) *big.Rat {
	if m == nil {
		return nil
	}
	span, _ := new(big.Rat).SetString(m.Range)
	off := ratOf(decimal(m.To) - decimal(m.From))
	if m.Kind == "place" {
		leaf := t.leaves[slices.IndexFunc(t.leaves, func(l oracleLeaf) bool { return l.ID == m.Criterion })]
		off = new(big.Rat).Sub(t.placeWorth(leaf, ratOf(decimal(m.To))), t.placeWorth(leaf, ratOf(decimal(m.From))))
	}
	return new(big.Rat).Quo(off.Abs(off), span)
}

func weightShare(w *WeightChange) *big.Rat {
	if w == nil {
		return nil
	}
	base := decimal(w.From)
	if base == 0 {
		base = events.DecimalOne
	}
	off := ratOf(decimal(w.To) - decimal(w.From))
	return new(big.Rat).Quo(off.Abs(off), ratOf(base))
}
