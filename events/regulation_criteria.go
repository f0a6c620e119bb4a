package events

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
)

const (
	// maxSets bounds the criteria sets: one for each cluster.
	maxSets = maxClusters
	// maxLeaves bounds the leaves of a set; practice has about 170.
	maxLeaves = 5000
	// maxCriteriaDepth bounds how deep groups nest; practice has four.
	maxCriteriaDepth = 16
	// maxTable bounds an ordinal leaf's table: a place for each unit.
	maxTable = maxUnits
	// MaxTrim bounds how many marks are dropped at each end.
	MaxTrim = 1000
	// maxPlaces bounds the decimal places of points: a Decimal has no more.
	maxPlaces = MaxDecimalPlaces
	// defaultPlaces is the decimal places of points if the set does not say.
	defaultPlaces = 2
	// MaxFactor bounds a weight and the points each, so that no product leaves the range of exact arithmetic.
	MaxFactor = 1_000_000 * DecimalOne
	// defaultBase is what a target leaf gives for reaching the target if it does not say: half.
	defaultBase = DecimalOne / 2
	// smallest is the least decimal above 0.
	smallest Decimal = 1
)

// criteriaIndex is what references to a set's criteria are checked against.
type criteriaIndex struct {
	spans  map[string]leafSpan
	leaves []Criterion // in file order
}

// leafSpan are the leaves[first:end] of a criterion: itself, or those of a group.
type leafSpan struct{ first, end int }

// assigned tells for each leaf whether it is assigned to a unit that is not assigned the given leaves and groups.
func (x *criteriaIndex) assigned(not []string) []bool {
	assigned := slices.Repeat([]bool{true}, len(x.leaves))
	for _, id := range not {
		span := x.spans[id]
		for i := span.first; i < span.end; i++ {
			assigned[i] = false
		}
	}
	return assigned
}

func (rd *regulationReader) readCriteria(v value) {
	const remedy = "give at least one criteria set, for example criteria: {default: {items: [{id: I, method: graded, max: 100}]}}"
	sets := v.need("criteria", remedy).ofKind(objectNode)
	if !sets.given() {
		return
	}
	switch n := len(sets.n.members); {
	case n == 0:
		sets.fail("there is no criteria set", remedy)
	case n > maxSets:
		sets.fail(fmt.Sprintf("there are %d criteria sets; at most %d are allowed", n, maxSets), "split the campaign")
		return
	}
	rd.sets = map[string]*criteriaIndex{}
	for _, m := range sets.n.members {
		name := value{rd, &node{kind: scalarNode, text: m.key, line: m.line, col: m.col}, sets.path}
		set := CriteriaSet{ID: name.id()}
		content := sets.key(m.key).object("rounding", "items")
		set.Places = content.key("rounding").object("places").key("places").integer(0, maxPlaces, defaultPlaces)
		index := &criteriaIndex{spans: map[string]leafSpan{}}
		set.Items = index.readItems(content, 1)
		rd.r.Sets = append(rd.r.Sets, set)
		rd.sets[m.key] = index
	}
	// The canonical form has no file order.
	slices.SortFunc(rd.r.Sets, func(a, b CriteriaSet) int { return strings.Compare(a.ID, b.ID) })
}

// readItems reads the items of a set or group whose criteria lie in depth groups.
func (x *criteriaIndex) readItems(v value, depth int) []Criterion {
	items := v.needList("items", maxLeaves, "list at least one criterion, for example {id: I.1, method: graded, max: 10}")
	if depth > maxCriteriaDepth {
		v.fail(fmt.Sprintf("groups nest deeper than %d", maxCriteriaDepth), "flatten the tree")
		return nil
	}
	criteria := make([]Criterion, 0, len(items))
	for _, item := range items {
		criteria = append(criteria, x.readCriterion(item, depth))
	}
	return criteria
}

func (x *criteriaIndex) readCriterion(v value, depth int) Criterion {
	v = v.object("id", "title", "method", "items", "min", "max", "base", "each", "table", "weight", "evidence", "aggregate")
	c := Criterion{Weight: DecimalOne, Aggregate: Aggregate{Method: AggregateSingle, Places: -1}}
	c.ID = v.need("id", "name the criterion").criterionID()
	if _, twice := x.spans[c.ID]; twice && c.ID != "" {
		v.key("id").fail(fmt.Sprintf("there is already a criterion %q in this set", c.ID), "rename or remove one of the two")
	}
	c.Title = v.key("title").localized()
	span := leafSpan{first: len(x.leaves)}
	if v.key("items").given() {
		x.spans[c.ID] = span // so that a child of the same id is found
		x.readGroup(v, &c, depth)
	} else {
		readLeaf(v, &c)
		x.leaves = append(x.leaves, c)
		if len(x.leaves) == maxLeaves+1 {
			v.fail(fmt.Sprintf("the set has more than %d leaves", maxLeaves), "remove some")
		}
	}
	span.end = len(x.leaves)
	x.spans[c.ID] = span
	return c
}

// leafKeys are the keys a leaf of method m takes besides id, title, method, weight, evidence and aggregate.
func leafKeys(m Method) []string {
	switch m {
	case MethodTarget:
		return []string{"max", "base"}
	case MethodCount:
		return []string{"each", "max"}
	case MethodOrdinal:
		return []string{"table", "max"}
	case MethodAdjustment:
		return []string{"min", "max"}
	}
	return []string{"max"}
}

// refuseKeys refuses each of keys that is given and not among taken.
func (v value) refuseKeys(keys, taken []string, what string) {
	for _, k := range keys {
		i := -1
		if v.given() && !slices.Contains(taken, k) {
			i = v.n.find(k)
		}
		if i >= 0 {
			m := v.n.members[i]
			at := value{v.rd, &node{line: m.line, col: m.col}, v.path}
			at.fail(fmt.Sprintf("%s takes no %q", what, k), "leave it out")
		}
	}
}

func (x *criteriaIndex) readGroup(v value, c *Criterion, depth int) {
	c.Method = MethodGroup
	v.refuseKeys([]string{"method", "min", "base", "each", "table", "weight", "evidence", "aggregate"}, nil, "a group (a criterion with items)")
	c.Max = v.key("max").bound(0, MaxDecimal)
	before := len(v.rd.problems)
	c.Items = x.readItems(v, depth+1)
	// A sum over criteria that were refused would only confuse.
	if !c.Max.Set || len(v.rd.problems) > before {
		return
	}
	plain, all, unbounded := sumMax(c.Items)
	stated := product(c.Max.Value, DecimalOne)
	at := v.key("max")
	switch {
	case unbounded != "":
		at.fail(fmt.Sprintf("the group states a max, but its criterion %q has none", unbounded), "give that criterion a max, or leave out the group's")
	case stated.Cmp(plain) != 0 && (all == nil || stated.Cmp(all) != 0):
		at.fail(fmt.Sprintf("the group's max is %s, but its children's max × weight add up to %s", c.Max.Value, showProduct(plain)),
			"write that sum, or leave max out")
	}
}

// sumMax adds up max × weight over items, without their adjustments (plain) and with them (all; nil if one has no max).
// unbounded is the first item other than an adjustment that has no max, "" if there is none.
func sumMax(items []Criterion) (plain, all *big.Int, unbounded string) {
	plain, all = new(big.Int), new(big.Int)
	for _, c := range items {
		p, a := new(big.Int), (*big.Int)(nil)
		switch {
		case c.Method == MethodAdjustment && c.Max.Set:
			a = product(c.Max.Value, c.Weight)
		case c.Method == MethodAdjustment:
		case c.Max.Set:
			p = product(c.Max.Value, c.Weight)
			a = p
		case c.Method == MethodGroup:
			var missing string
			if p, a, missing = sumMax(c.Items); missing != "" {
				return nil, nil, missing
			}
		default:
			return nil, nil, c.ID
		}
		plain.Add(plain, p)
		if a == nil || all == nil {
			all = nil
		} else {
			all.Add(all, a)
		}
	}
	return plain, all, ""
}

// product is a × b in units of 10^-12.
func product(a, b Decimal) *big.Int {
	return new(big.Int).Mul(big.NewInt(int64(a)), big.NewInt(int64(b)))
}

func showProduct(p *big.Int) string {
	const places = 2 * MaxDecimalPlaces
	scale := product(DecimalOne, DecimalOne)
	s := new(big.Rat).SetFrac(p, scale).FloatString(places)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func readLeaf(v value, c *Criterion) {
	before := len(v.rd.problems)
	method := v.need("method", "name the method, or list items to make it a group")
	c.Method = enum(method, MethodGraded, MethodTarget, MethodProportional, MethodPassfail, MethodCount, MethodOrdinal, MethodAdjustment)
	if len(v.rd.problems) == before {
		what := "the method " + string(c.Method)
		v.refuseKeys([]string{"min", "max", "base", "each", "table"}, leafKeys(c.Method), what)
		readMethod(v, c, what)
	}
	if weight, ok := v.key("weight").decimal(0, MaxFactor); ok {
		c.Weight = weight
	}
	if evidence := v.key("evidence"); evidence.given() {
		c.Evidence = enum(evidence, "required") == "required"
	}
	readAggregate(v.key("aggregate").object("method", "trim", "places"), c)
}

// readMethod reads what the leaf's own method asks for.
func readMethod(v value, c *Criterion, what string) {
	switch c.Method {
	case MethodTarget, MethodProportional, MethodPassfail:
		c.Max = v.need("max", what+" needs the most points it gives").bound(0, MaxDecimal)
	case MethodAdjustment:
		c.Min, c.Max = v.key("min").bound(-MaxDecimal, MaxDecimal), v.key("max").bound(-MaxDecimal, MaxDecimal)
		if c.Min.Set && c.Max.Set && c.Min.Value > c.Max.Value {
			v.key("min").fail(fmt.Sprintf("min is %s, above max, which is %s", c.Min.Value, c.Max.Value), "put the two right")
		}
	default:
		c.Max = v.key("max").bound(0, MaxDecimal)
	}
	switch c.Method {
	case MethodTarget:
		c.Base = defaultBase
		if base, ok := v.key("base").decimal(0, DecimalOne); ok {
			c.Base = base
		}
	case MethodCount:
		c.Each, _ = v.need("each", what+" needs the points for each").decimal(smallest, MaxFactor)
	case MethodOrdinal:
		for _, entry := range v.needList("table", maxTable, "list the points by place, first place first, like [12, 10, 8]") {
			points, _ := entry.decimal(-MaxDecimal, MaxDecimal)
			c.Table = append(c.Table, points)
		}
	}
}

func readAggregate(v value, c *Criterion) {
	a := &c.Aggregate
	if c.Method == MethodAdjustment {
		a.Method = AggregateSum
	}
	if !v.given() {
		return
	}
	method := v.key("method")
	if method.given() {
		a.Method = enum(method, AggregateSingle, AggregateSum, AggregateMean, AggregateMedian, AggregateTrimmedMean)
	}
	if c.Method == MethodAdjustment && a.Method != AggregateSum {
		method.fail(fmt.Sprintf("an adjustment is a sum and takes no aggregate %q", string(a.Method)), "leave it out, or use sum")
	}
	if trim := v.key("trim"); a.Method == AggregateTrimmedMean {
		a.Trim = trim.integer(0, MaxTrim, 1)
	} else if trim.given() {
		v.refuseKeys([]string{"trim"}, nil, "the aggregate "+string(a.Method))
	}
	a.Places = v.key("places").integer(0, maxPlaces, -1)
}
