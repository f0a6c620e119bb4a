package projections

import (
	"math/big"
	"math/bits"

	"campaignledger/events"
)

// Points is an exact number of millionths in 128 bits. A leaf's points stay below 10^30 millionths (a mark below 10^12, each
// and weight at most 10^6, of up to 10^6 scorers) and a unit has at most thousands of leaves, so that sums don't overflow.
type Points struct {
	hi int64
	lo uint64
}

// Add is p + q.
func (p Points) Add(q Points) Points {
	lo, carry := bits.Add64(p.lo, q.lo, 0)
	return Points{p.hi + q.hi + int64(carry), lo}
}

// Sub is p - q.
func (p Points) Sub(q Points) Points {
	lo, borrow := bits.Sub64(p.lo, q.lo, 0)
	return Points{p.hi - q.hi - int64(borrow), lo}
}

// Cmp is -1, 0 or 1 as p is below, equal to or above q.
func (p Points) Cmp(q Points) int {
	switch {
	case p.hi < q.hi || p.hi == q.hi && p.lo < q.lo:
		return -1
	case p == q:
		return 0
	}
	return 1
}

func (p Points) abs() Points {
	if p.Sign() < 0 {
		return Points{}.Sub(p)
	}
	return p
}

// Sign is -1, 0 or 1.
func (p Points) Sign() int { return p.Cmp(Points{}) }

// PointsOf is d as points.
func PointsOf(d events.Decimal) Points { return Points{int64(d) >> 63, uint64(d)} }

// pointsOf takes the low 128 bits of n, a number of millionths.
func pointsOf(n *big.Int) Points {
	var words [16]byte
	abs := new(big.Int).Abs(n).FillBytes(words[:])
	p := Points{}
	for _, b := range abs {
		p = Points{p.hi<<8 | int64(p.lo>>56), p.lo<<8 | uint64(b)}
	}
	if n.Sign() < 0 {
		return Points{}.Sub(p)
	}
	return p
}

// bigInt is p as a number of millionths.
func (p Points) bigInt() *big.Int {
	n := big.NewInt(p.hi)
	n.Lsh(n, 64)
	return n.Add(n, new(big.Int).SetUint64(p.lo))
}

// Format is p with exactly places decimal places (0..6); p must be a multiple of 10^-places, as leaf points and their sums are.
func (p Points) Format(places int) string {
	return formatScaled(p.bigInt(), events.MaxDecimalPlaces, places)
}

// String is p in its shortest form.
func (p Points) String() string { return formatScaled(p.bigInt(), events.MaxDecimalPlaces, 0) }

// formatScaled writes n·10^-scale with at least least decimal places and no further trailing zeros.
func formatScaled(n *big.Int, scale, least int) string {
	digits := new(big.Int).Abs(n).String()
	for len(digits) <= scale {
		digits = "0" + digits
	}
	point := len(digits) - scale
	fraction := digits[point:]
	for len(fraction) > least && fraction[len(fraction)-1] == '0' {
		fraction = fraction[:len(fraction)-1]
	}
	s := digits[:point]
	if fraction != "" {
		s += "." + fraction
	}
	if n.Sign() < 0 {
		s = "-" + s
	}
	return s
}
