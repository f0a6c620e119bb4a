package projections

import (
	"math/big"

	"campaignledger/events"
)

// column is a relative leaf over a cluster's units: what one unit reaches moves the points of others by the column's top. Each
// unit has a measure: the actual A (proportional), or the excess e = (A-T)/T (target).
type column struct {
	method   events.Method
	even     *big.Int   // target: base × max × weight, in 10^-18; proportional: 0
	rest     *big.Int   // target: (1-base) × max × weight, in 10^-18; proportional: max × weight
	top      *big.Rat   // the largest measure, of targets the largest above 0; nil if there is none
	measures []*big.Rat // by unit; nil where it has none
	loose    bool       // whoever made the top has left it: it must be found anew
	scale    *big.Int   // 10^18, the denominator of a product of three decimals
	up       *big.Int   // 10^places of points
	down     *big.Int   // millionths in 10^-places
	n, d     big.Int    // scratch
}

// newColumn is a column without measures.
func newColumn(n *node, places int) *column {
	c := &column{method: n.Method, even: new(big.Int), scale: pow10(3 * events.MaxDecimalPlaces), up: pow10(places),
		down: pow10(events.MaxDecimalPlaces - places)}
	weighted := new(big.Int).Mul(big.NewInt(int64(n.Max.Value)), big.NewInt(int64(n.Weight)))
	if n.Method == events.MethodTarget {
		c.even.Mul(weighted, big.NewInt(int64(n.Base)))
	}
	c.rest = new(big.Int).Sub(weighted.Mul(weighted, big.NewInt(int64(events.DecimalOne))), c.even)
	return c
}

// measure is what counts of an aggregated actual; nil for a target leaf's actual without a target (0).
func (c *column) measure(actual *big.Rat, target events.Decimal) *big.Rat {
	if c.method != events.MethodTarget {
		return actual
	}
	if target == 0 {
		return nil
	}
	t := rat(target)
	e := new(big.Rat).Sub(actual, t)
	return e.Quo(e, t)
}

// leads reports whether a unit's measure may be the top.
func (c *column) leads(measure *big.Rat) bool {
	return measure != nil && (c.method != events.MethodTarget || measure.Sign() > 0)
}

// move takes note of a unit's measure. O(1).
func (c *column) move(unit int, measure *big.Rat) {
	old := c.measures[unit]
	c.measures[unit] = measure
	if c.leads(measure) && (c.top == nil || measure.Cmp(c.top) >= 0) {
		c.top = measure
	} else if c.leads(old) && c.top != nil && old.Cmp(c.top) >= 0 {
		c.loose = true
	}
}

// points are a unit's points, weighted and rounded, as the top now stands.
//
//	proportional: rest·A/top; target, e ≤ 0: even·(1+e); e > 0: even + rest·e/top
func (c *column) points(measure *big.Rat) Points {
	if measure == nil || c.method != events.MethodTarget && c.top.Sign() == 0 {
		return Points{}
	}
	n, d := &c.n, &c.d
	if c.leads(measure) {
		d.Mul(measure.Denom(), c.top.Num())
		n.Mul(c.rest, measure.Num())
		n.Mul(n, c.top.Denom())
		n.Add(n, new(big.Int).Mul(c.even, d))
	} else {
		d.Set(measure.Denom())
		n.Add(d, measure.Num())
		n.Mul(n, c.even)
	}
	n.Mul(n, c.up)
	n = roundQuotient(n, d.Mul(d, c.scale))
	return pointsOf(n.Mul(n, c.down))
}

// sameRat reports whether both are nil or equal.
func sameRat(a, b *big.Rat) bool { return a == b || a != nil && b != nil && a.Cmp(b) == 0 }
