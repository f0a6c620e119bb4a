package projections

import (
	"math/big"
	"slices"
	"sort"
	"strings"

	"github.com/google/uuid"

	"campaignledger/events"
)

// The oracle is a naive reading of FORMATS ("Scorers", "Points"): it keeps nothing between calls, works in fractions
// throughout, and shares no code with the projections.

// oracleRow is one unit's standing as the oracle has it.
type oracleRow struct {
	Rank     int
	Unit     string
	Points   string
	Max      string
	Complete bool
	Criteria map[string]string
	Missing  []string // sorted
	TiedWith []string // sorted
	TooFew   []string // leaves whose trimmed mean dropped none, sorted
	Decided  bool     // a tie decision gave the rank
	Void     int      // decisions about the unit that do not hold
}

// oracleMark is a current entry.
type oracleMark struct {
	id                             uuid.UUID
	cluster, unit, leaf, level, by string
	kind                           events.MarkKind // 0: a target
	amount                         *big.Rat
}

// oracleLeaf is a leaf with the ids of itself and of the groups above it.
type oracleLeaf struct {
	events.Criterion
	path []string
}

type oracleState struct {
	r       *events.Regulation
	current []oracleMark
	ties    []*events.TieDecided
}

// oracle computes the standings after list from scratch, for each cluster in the regulation's order.
func oracle(list []events.Event) [][]oracleRow {
	o := oracleState{}
	for _, e := range list {
		switch p := e.Payload.(type) {
		case *events.CampaignOpened:
			o.r = p.Regulation
		case *events.ScoreEntered:
			o.drop(p.Supersedes)
			o.current = append(o.current, oracleMark{e.ID, p.Cluster, e.Subject, p.Criterion, p.Level, p.Scorer, p.Mark.Kind, ratOf(p.Mark.Amount)})
		case *events.TargetSet:
			o.drop(p.Supersedes)
			o.current = append(o.current, oracleMark{e.ID, p.Cluster, e.Subject, p.Criterion, "", p.Scorer, 0, ratOf(p.Target)})
		case *events.EntryWithdrawn:
			o.drop(p.Of)
		case *events.TieDecided:
			o.ties = append(o.ties, p)
		}
	}
	var clusters [][]oracleRow
	for i := range o.r.Clusters {
		clusters = append(clusters, o.cluster(&o.r.Clusters[i]))
	}
	return clusters
}

func (o *oracleState) drop(id uuid.UUID) {
	o.current = slices.DeleteFunc(o.current, func(m oracleMark) bool { return m.id == id })
}

func ratOf(d events.Decimal) *big.Rat {
	r, ok := new(big.Rat).SetString(d.String())
	if !ok {
		panic("a decimal is not a number: " + d.String())
	}
	return r
}

// halfAway rounds r half away from zero.
func halfAway(r *big.Rat, places int) *big.Rat {
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil))
	x := new(big.Rat).Mul(new(big.Rat).Abs(r), scale)
	x.Add(x, big.NewRat(1, 2))
	x.SetInt(new(big.Int).Div(x.Num(), x.Denom())) // x ≥ 0: the floor
	x.Quo(x, scale)
	if r.Sign() < 0 {
		x.Neg(x)
	}
	return x
}

// shortest is r without trailing zeros; r has at most twelve decimal places.
func shortest(r *big.Rat) string {
	return strings.TrimRight(strings.TrimRight(r.FloatString(12), "0"), ".")
}

func leavesOf(items []events.Criterion, path []string) (leaves []oracleLeaf) {
	for _, c := range items {
		own := append(slices.Clone(path), c.ID)
		if c.Items == nil {
			leaves = append(leaves, oracleLeaf{c, own})
		}
		leaves = append(leaves, leavesOf(c.Items, own)...)
	}
	return leaves
}

func (l oracleLeaf) assignedTo(u events.Unit) bool {
	for _, id := range l.path {
		if slices.Contains(u.NotAssigned, id) {
			return false
		}
	}
	return true
}

// official is the aggregate of the level that counts, nil without a mark there; tooFew: a trimmed mean dropped none.
func (o *oracleState) official(cluster, unit string, leaf oracleLeaf) (value *big.Rat, tooFew bool) {
	for _, level := range slices.Backward(o.r.Levels) {
		if o.r.Official != events.OfficialHighest && o.r.Official != level.ID {
			continue
		}
		var values []*big.Rat
		for _, m := range o.current {
			if m.cluster != cluster || m.unit != unit || m.leaf != leaf.ID || m.level != level.ID {
				continue
			}
			switch m.kind {
			case events.MarkPoints, events.MarkActual:
				values = append(values, m.amount)
			case events.MarkPlace:
				place := int(m.amount.Num().Int64())
				points := new(big.Rat)
				if place <= len(leaf.Table) {
					points = ratOf(leaf.Table[place-1])
				}
				values = append(values, points)
			}
		}
		if len(values) > 0 {
			return oracleAggregate(leaf, values)
		}
	}
	return nil, false
}

func oracleAggregate(leaf oracleLeaf, values []*big.Rat) (value *big.Rat, tooFew bool) {
	sort.Slice(values, func(i, j int) bool { return values[i].Cmp(values[j]) < 0 })
	mean := true
	switch a := leaf.Aggregate; {
	case leaf.Method == events.MethodAdjustment || a.Method == events.AggregateSum || a.Method == events.AggregateSingle:
		mean = false
	case a.Method == events.AggregateMedian && len(values)%2 == 1:
		values = values[len(values)/2 : len(values)/2+1]
	case a.Method == events.AggregateMedian:
		values = values[len(values)/2-1 : len(values)/2+1]
	case a.Method == events.AggregateTrimmedMean:
		if tooFew = len(values)-2*a.Trim < 1; !tooFew {
			values = values[a.Trim:][:len(values)-2*a.Trim]
		}
	}
	value = new(big.Rat)
	for _, v := range values {
		value.Add(value, v)
	}
	if mean {
		value.Quo(value, big.NewRat(int64(len(values)), 1))
	}
	if leaf.Aggregate.Places >= 0 {
		value = halfAway(value, leaf.Aggregate.Places)
	}
	return value, tooFew
}

// target is T, nil without one.
func (o *oracleState) target(cluster, unit, leaf string) *big.Rat {
	for _, m := range o.current {
		if m.kind == 0 && m.cluster == cluster && m.unit == unit && m.leaf == leaf {
			return m.amount
		}
	}
	return nil
}

// raw is f(aggregate); complete says whether the unit has what the leaf asks for.
func (o *oracleState) raw(c *events.Cluster, unit string, leaf oracleLeaf) (points *big.Rat, complete, tooFew bool) {
	a, tooFew := o.official(c.ID, unit, leaf)
	if leaf.Method == events.MethodAdjustment {
		if a == nil {
			a = new(big.Rat)
		}
		if leaf.Min.Set && a.Cmp(ratOf(leaf.Min.Value)) < 0 {
			a = ratOf(leaf.Min.Value)
		}
		if leaf.Max.Set && a.Cmp(ratOf(leaf.Max.Value)) > 0 {
			a = ratOf(leaf.Max.Value)
		}
		return a, true, tooFew
	}
	if a == nil {
		return new(big.Rat), false, tooFew
	}
	max := ratOf(leaf.Max.Value)
	switch leaf.Method {
	case events.MethodPassfail:
		return max.Mul(max, a), true, tooFew
	case events.MethodCount:
		p := new(big.Rat).Mul(a, ratOf(leaf.Each))
		if leaf.Max.Set && p.Cmp(max) > 0 {
			p = max
		}
		return p, true, tooFew
	case events.MethodProportional:
		best := o.best(c, leaf, func(a, _ *big.Rat) *big.Rat { return a })
		if best == nil || best.Sign() == 0 {
			return new(big.Rat), true, tooFew
		}
		return max.Quo(max.Mul(max, a), best), true, tooFew
	case events.MethodTarget:
		p := o.targetPoints(c, unit, leaf, a)
		if p == nil {
			return new(big.Rat), false, tooFew
		}
		return p, true, tooFew
	}
	return a, true, tooFew // graded and ordinal
}

// best is the largest f over the units to which the leaf is assigned and that have an actual (and, for targets, T).
func (o *oracleState) best(c *events.Cluster, leaf oracleLeaf, f func(a, t *big.Rat) *big.Rat) (best *big.Rat) {
	for _, u := range c.Units {
		if !leaf.assignedTo(u) {
			continue
		}
		a, _ := o.official(c.ID, u.ID, leaf)
		t := o.target(c.ID, u.ID, leaf.ID)
		if a == nil || leaf.Method == events.MethodTarget && t == nil {
			continue
		}
		if v := f(a, t); v != nil && (best == nil || v.Cmp(best) > 0) {
			best = v
		}
	}
	return best
}

func (o *oracleState) targetPoints(c *events.Cluster, unit string, leaf oracleLeaf, a *big.Rat) *big.Rat {
	t := o.target(c.ID, unit, leaf.ID)
	if t == nil {
		return nil
	}
	over := func(a, t *big.Rat) *big.Rat { // e = (A-T)/T
		e := new(big.Rat).Sub(a, t)
		return e.Quo(e, t)
	}
	max := ratOf(leaf.Max.Value)
	base := new(big.Rat).Mul(ratOf(leaf.Base), max)
	e := over(a, t)
	switch e.Sign() {
	case -1:
		return base.Quo(base.Mul(base, a), t)
	case 0:
		return base
	}
	top := o.best(c, leaf, func(a, t *big.Rat) *big.Rat {
		if e := over(a, t); e.Sign() > 0 {
			return e
		}
		return nil
	})
	rest := new(big.Rat).Sub(max, base) // (1-base)·max
	rest.Mul(rest, e)
	return base.Add(base, rest.Quo(rest, top))
}

// oracleUnit is a unit before ranking.
type oracleUnit struct {
	row   oracleRow
	total *big.Rat
	by    []*big.Rat // what ranks: points or ratio, then the ties
}

func (u *oracleUnit) equal(v *oracleUnit) bool { return u.compare(v) == 0 }

func (u *oracleUnit) compare(v *oracleUnit) int {
	for i := range u.by {
		if c := v.by[i].Cmp(u.by[i]); c != 0 {
			return c
		}
	}
	return 0
}

func (o *oracleState) unit(c *events.Cluster, set events.CriteriaSet, u events.Unit) oracleUnit {
	out := oracleUnit{total: new(big.Rat), row: oracleRow{Unit: u.ID, Criteria: map[string]string{}, Complete: true}}
	sums := map[string]*big.Rat{}
	most, bounded := new(big.Rat), true
	for _, leaf := range leavesOf(set.Items, nil) {
		if !leaf.assignedTo(u) {
			continue
		}
		p, complete, tooFew := o.raw(c, u.ID, leaf)
		p = halfAway(new(big.Rat).Mul(p, ratOf(leaf.Weight)), set.Places)
		out.total.Add(out.total, p)
		for _, id := range leaf.path {
			if sums[id] == nil {
				sums[id] = new(big.Rat)
			}
			sums[id].Add(sums[id], p)
		}
		if !complete {
			out.row.Missing = append(out.row.Missing, leaf.ID)
			out.row.Complete = false
		}
		if tooFew {
			out.row.TooFew = append(out.row.TooFew, leaf.ID)
		}
		if leaf.Method != events.MethodAdjustment {
			bounded = bounded && leaf.Max.Set
			most.Add(most, new(big.Rat).Mul(ratOf(leaf.Max.Value), ratOf(leaf.Weight)))
		}
	}
	slices.Sort(out.row.Missing)
	slices.Sort(out.row.TooFew)
	out.row.Points = out.total.FloatString(set.Places)
	for id, sum := range sums {
		out.row.Criteria[id] = sum.FloatString(set.Places)
	}
	if bounded {
		out.row.Max = shortest(most)
	}
	first := out.total
	if c.Ranking.ByRatio {
		first = new(big.Rat).Quo(out.total, most)
	}
	out.by = append(out.by, first)
	for _, id := range c.Ranking.Ties {
		if sums[id] == nil {
			sums[id] = new(big.Rat)
		}
		out.by = append(out.by, sums[id])
	}
	return out
}

func (o *oracleState) cluster(c *events.Cluster) []oracleRow {
	var set events.CriteriaSet
	for _, s := range o.r.Sets {
		if s.ID == c.Criteria {
			set = s
		}
	}
	var units []oracleUnit
	for _, u := range c.Units {
		units = append(units, o.unit(c, set, u))
	}
	var rows []oracleRow
	for i := range units {
		u := &units[i]
		before, levels := 0, map[string]bool{} // units before it; distinct standings before it, a decided tie counting each
		var tied []string
		for j := range units {
			v := &units[j]
			switch cmp := v.compare(u); {
			case cmp < 0:
				before++
				levels[o.standingKey(c, units, v)] = true
			case cmp == 0 && i != j:
				tied = append(tied, v.row.Unit)
			}
		}
		if order := o.decided(c, units, u); order != nil {
			place := slices.Index(order, u.row.Unit)
			before += place
			for _, id := range order[:place] {
				levels["unit "+id] = true
			}
			tied, u.row.Decided = nil, true
		}
		u.row.Rank = before + 1
		if c.Ranking.Dense {
			u.row.Rank = len(levels) + 1
		}
		slices.Sort(tied)
		u.row.TiedWith = tied
		u.row.Void = o.void(c, units, u)
		rows = append(rows, u.row)
	}
	sort.Slice(rows, func(i, j int) bool {
		if rows[i].Rank != rows[j].Rank {
			return rows[i].Rank < rows[j].Rank
		}
		return rows[i].Unit < rows[j].Unit
	})
	return rows
}

// standingKey is equal for units that share a rank.
func (o *oracleState) standingKey(c *events.Cluster, units []oracleUnit, u *oracleUnit) string {
	if o.decided(c, units, u) != nil {
		return "unit " + u.row.Unit
	}
	key := "by"
	for _, r := range u.by {
		key += " " + r.RatString()
	}
	return key
}

// decided is the order of the newest decision that holds for u's tie, nil without one.
func (o *oracleState) decided(c *events.Cluster, units []oracleUnit, u *oracleUnit) []string {
	for _, d := range slices.Backward(o.ties) {
		if o.holds(c, units, u, d) {
			return d.Order
		}
	}
	return nil
}

// holds: exactly the decision's units tie with u, and each has exactly its points.
func (o *oracleState) holds(c *events.Cluster, units []oracleUnit, u *oracleUnit, d *events.TieDecided) bool {
	if d.Cluster != c.ID || !slices.Contains(d.Order, u.row.Unit) {
		return false
	}
	for i := range units {
		v := &units[i]
		if slices.Contains(d.Order, v.row.Unit) != v.equal(u) || v.equal(u) && v.total.Cmp(ratOf(d.Points)) != 0 {
			return false
		}
	}
	return true
}

// void counts the decisions about u that are not in force, those left out that a later one about the same units replaced.
func (o *oracleState) void(c *events.Cluster, units []oracleUnit, u *oracleUnit) (n int) {
	inForce := o.decided(c, units, u)
	for i, d := range o.ties {
		if d.Cluster != c.ID || !slices.Contains(d.Order, u.row.Unit) {
			continue
		}
		replaced := false
		for _, later := range o.ties[i+1:] {
			replaced = replaced || later.Cluster == c.ID && sameSet(later.Order, d.Order)
		}
		isInForce := len(inForce) > 0 && &inForce[0] == &d.Order[0]
		if !replaced && !isInForce {
			n++
		}
	}
	return n
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}
