package projections

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"campaignledger/events"
)

// TestPointsArithmetic holds 128-bit points against math/big, across the borders of 64 bits.
func TestPointsArithmetic(t *testing.T) {
	t.Parallel()
	const seed = 7
	g := rand.New(rand.NewPCG(seed, 0))
	var values []*big.Int
	for _, s := range []string{"0", "1", "-1", "18446744073709551615", "18446744073709551616", "-18446744073709551616", "9223372036854775807",
		"-9223372036854775808", "999999999999999999000000000000", "-999999999999999999000000000000"} {
		n, _ := new(big.Int).SetString(s, 10)
		values = append(values, n)
	}
	for range 300 {
		n := new(big.Int).SetUint64(g.Uint64())
		n.Lsh(n, uint(g.IntN(60))).Add(n, new(big.Int).SetUint64(g.Uint64()))
		if g.IntN(2) == 0 {
			n.Neg(n)
		}
		values = append(values, n)
	}
	for _, a := range values {
		p := pointsOf(a)
		if p.bigInt().Cmp(a) != 0 || p.Sign() != a.Sign() || p.abs().bigInt().Cmp(new(big.Int).Abs(a)) != 0 {
			t.Fatalf("%s reads back as %s (seed %d)", a, p.bigInt(), seed)
		}
		if want := shortest(new(big.Rat).SetFrac(a, big.NewInt(1_000_000))); p.String() != want || p.Format(6) != new(big.Rat).SetFrac(a, big.NewInt(1_000_000)).FloatString(6) {
			t.Fatalf("%s is written %s, want %s (seed %d)", a, p, want, seed)
		}
		for _, b := range values {
			q := pointsOf(b)
			if p.Add(q).bigInt().Cmp(new(big.Int).Add(a, b)) != 0 || p.Sub(q).bigInt().Cmp(new(big.Int).Sub(a, b)) != 0 || p.Cmp(q) != a.Cmp(b) {
				t.Fatalf("%s and %s (seed %d)", a, b, seed)
			}
		}
	}
	for _, d := range []events.Decimal{0, 1, -1, events.MaxDecimal, -events.MaxDecimal} {
		if PointsOf(d).bigInt().Cmp(big.NewInt(int64(d))) != 0 {
			t.Errorf("PointsOf(%s) is %s", d, PointsOf(d))
		}
	}
}

func TestRoundHalfAway(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		n, d   int64
		places int
		want   string
	}{
		{1, 2, 0, "1"}, {-1, 2, 0, "-1"}, {3, 2, 0, "2"}, {-3, 2, 0, "-2"}, {5, 2, 0, "3"}, {49, 100, 0, "0"}, {-49, 100, 0, "0"},
		{1, 3, 6, "0.333333"}, {2, 3, 6, "0.666667"}, {-2, 3, 6, "-0.666667"}, {1, 8, 2, "0.13"}, {-1, 8, 2, "-0.13"}, {1005, 1000, 2, "1.01"},
		{1, 2_000_000, 6, "0.000001"}, {-1, 2_000_000, 6, "-0.000001"}, {1, 2_000_001, 6, "0"}, {0, 1, 3, "0"},
	} {
		if got := roundPoints(big.NewRat(x.n, x.d), x.places).String(); got != x.want {
			t.Errorf("%d/%d to %d places is %s, want %s", x.n, x.d, x.places, got, x.want)
		}
	}
}
