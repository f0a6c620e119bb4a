package projections

import (
	"math/big"
	"slices"

	"campaignledger/events"
)

// aggregate makes one exact value of the marks that take part. trimmed is false where a trimmed mean had too few marks to drop
// any. values is sorted in place and not empty. O(n log n).
func aggregate(values []events.Decimal, a events.Aggregate) (value *big.Rat, trimmed bool) {
	trimmed = true
	count := int64(1)
	switch a.Method {
	case events.AggregateMean:
		count = int64(len(values))
	case events.AggregateMedian:
		slices.Sort(values)
		middle := len(values) / 2
		if len(values)%2 == 1 {
			values = values[middle : middle+1]
		} else {
			values = values[middle-1 : middle+1]
		}
		count = int64(len(values))
	case events.AggregateTrimmedMean:
		slices.Sort(values)
		if trimmed = len(values) > 2*a.Trim; trimmed {
			values = values[a.Trim : len(values)-a.Trim]
		}
		count = int64(len(values))
	}
	value = new(big.Rat).SetFrac(sum(values), big.NewInt(count*int64(events.DecimalOne)))
	if a.Places >= 0 {
		value.SetFrac(roundScaled(value, a.Places), pow10(a.Places))
	}
	return value, trimmed
}

// sum is exact, in millionths.
func sum(values []events.Decimal) *big.Int {
	var total Points
	for _, v := range values {
		total = total.Add(PointsOf(v))
	}
	return total.bigInt()
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// roundScaled is r·10^places rounded half away from zero.
func roundScaled(r *big.Rat, places int) *big.Int {
	n := new(big.Int).Mul(r.Num(), pow10(places))
	n.Lsh(n, 1) // 2n/2d, so that a half is a whole number of 1/2d
	if n.Sign() < 0 {
		n.Sub(n, r.Denom())
	} else {
		n.Add(n, r.Denom())
	}
	return n.Quo(n, new(big.Int).Lsh(r.Denom(), 1))
}

// roundPoints rounds r half away from zero to places.
func roundPoints(r *big.Rat, places int) Points {
	n := roundScaled(r, places)
	return pointsOf(n.Mul(n, pow10(events.MaxDecimalPlaces-places)))
}

func rat(d events.Decimal) *big.Rat { return big.NewRat(int64(d), int64(events.DecimalOne)) }

// relative reports whether one unit's value moves the points of others.
func relative(m events.Method) bool {
	return m == events.MethodProportional || m == events.MethodTarget
}

// excess is e = (actual-target)/target.
func excess(actual *big.Rat, target events.Decimal) *big.Rat {
	t := rat(target)
	e := new(big.Rat).Sub(actual, t)
	return e.Quo(e, t)
}

// leafPoints turns a leaf's aggregated value into points before weight and rounding. target is used by target leaves, top is the
// column's largest actual (proportional) or largest positive excess (target), nil if there is none.
func leafPoints(n *node, value *big.Rat, target events.Decimal, top *big.Rat) *big.Rat {
	switch n.Method {
	case events.MethodAdjustment:
		return clamp(value, n.Min, n.Max)
	case events.MethodPassfail:
		return value.Mul(value, rat(n.Max.Value))
	case events.MethodCount:
		return clamp(value.Mul(value, rat(n.Each)), events.Bound{}, n.Max)
	case events.MethodProportional:
		if top == nil || top.Sign() == 0 {
			return new(big.Rat)
		}
		share := new(big.Rat).Quo(value, top)
		return share.Mul(share, rat(n.Max.Value))
	case events.MethodTarget:
		return targetPoints(n, value, target, top)
	}
	return value // graded, ordinal
}

func clamp(v *big.Rat, low, high events.Bound) *big.Rat {
	if low.Set && v.Cmp(rat(low.Value)) < 0 {
		return rat(low.Value)
	}
	if high.Set && v.Cmp(rat(high.Value)) > 0 {
		return rat(high.Value)
	}
	return v
}

// targetPoints: below the target base·max·A/T; above it base·max + (1-base)·max·e/e_max.
func targetPoints(n *node, actual *big.Rat, target events.Decimal, top *big.Rat) *big.Rat {
	share := rat(n.Base)
	switch e := excess(actual, target); {
	case e.Sign() < 0:
		share.Mul(share, actual)
		share.Quo(share, rat(target))
	case e.Sign() > 0:
		rest := new(big.Rat).Sub(rat(events.DecimalOne), share)
		share.Add(share, rest.Mul(rest, e.Quo(e, top)))
	}
	return share.Mul(share, rat(n.Max.Value))
}

// placeValue is what an ordinal leaf's table gives for a place, 0 beyond it.
func placeValue(table []events.Decimal, place events.Decimal) events.Decimal {
	if i := int64(place / events.DecimalOne); i <= int64(len(table)) {
		return table[i-1]
	}
	return 0
}

// formatRat is r as a decimal where it has a finite one of at most twelve places, otherwise as a fraction.
func formatRat(r *big.Rat) string {
	if scaled := new(big.Rat).Mul(r, new(big.Rat).SetInt(pow10(maximumScale))); scaled.IsInt() {
		return formatScaled(scaled.Num(), maximumScale, 0)
	}
	return r.RatString()
}
