package projections

import (
	"math/big"
	"slices"

	"campaignledger/events"
)

// aggregate makes one exact value of the marks that take part. short: a trimmed mean had too few marks to drop
// any. values is sorted in place and not empty. O(n log n).
func aggregate(values []events.Decimal, a events.Aggregate) (value *big.Rat, short bool) {
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
		if short = len(values) <= 2*a.Trim; !short {
			values = values[a.Trim : len(values)-a.Trim]
		}
		count = int64(len(values))
	}
	value = new(big.Rat).SetFrac(sum(values), big.NewInt(count*int64(events.DecimalOne)))
	if a.Places >= 0 {
		value.SetFrac(roundScaled(value, a.Places), pow10(a.Places))
	}
	return value, short
}

// sum is exact, in millionths.
func sum(values []events.Decimal) *big.Int {
	var total Points
	for _, v := range values {
		total = total.Add(PointsOf(v))
	}
	return total.bigInt()
}

// pow10 is 10^n. Up to 10^18, which is nearly always, it is as cheap as one word.
func pow10(n int) *big.Int {
	const wordDigits = 18
	power := int64(1)
	for range min(n, wordDigits) {
		power *= 10
	}
	p := big.NewInt(power)
	for range n - wordDigits {
		p.Mul(p, big.NewInt(10))
	}
	return p
}

// roundScaled is r·10^places rounded half away from zero.
func roundScaled(r *big.Rat, places int) *big.Int {
	return roundQuotient(new(big.Int).Mul(r.Num(), pow10(places)), r.Denom())
}

// roundQuotient makes n the quotient n/d rounded half away from zero; d > 0.
func roundQuotient(n, d *big.Int) *big.Int {
	n.Lsh(n, 1) // 2n/2d, so that a half is a whole number of 1/2d
	if n.Sign() < 0 {
		n.Sub(n, d)
	} else {
		n.Add(n, d)
	}
	return n.Quo(n, new(big.Int).Lsh(d, 1))
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

// leafPoints turns the aggregated value of a leaf that is not relative into points before weight and rounding.
func leafPoints(n *node, value *big.Rat) *big.Rat {
	switch n.Method {
	case events.MethodAdjustment:
		return clamp(value, n.Min, n.Max)
	case events.MethodPassfail:
		return value.Mul(value, rat(n.Max.Value))
	case events.MethodCount:
		return clamp(value.Mul(value, rat(n.Each)), events.Bound{}, n.Max)
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
