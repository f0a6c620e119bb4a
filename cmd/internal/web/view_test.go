package web

import (
	"math/big"
	"testing"

	"campaignledger/events"
)

// TestLastViews: a page that shows what was shown last compares with the view before that one.
func TestLastViews(t *testing.T) {
	t.Parallel()
	seen := LastViews{Earlier: 5, Last: 9}
	for now, want := range map[events.Seq]events.Seq{9: 5, 12: 9, 8: 9} {
		if got := seen.Than(now); got != want {
			t.Errorf("at event %d the view before is %d, not %d", now, got, want)
		}
	}
	if got := (LastViews{}).Than(3); got != 0 {
		t.Errorf("who never looked: %d", got)
	}
}

// TestSortByIsStable: what is equal stays in its order.
func TestSortByIsStable(t *testing.T) {
	t.Parallel()
	type pair struct{ title, id string }
	same := []pair{{"a", "2"}, {"a", "1"}}
	SortBy(same, "en", func(p pair) string { return p.title })
	if same[0].id != "2" {
		t.Error("what is equal did not stay in its order")
	}
}

func TestThousandths(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		part, whole string
		want        int
	}{{"1", "2", 500}, {"-1", "2", 500}, {"2", "2", 1000}, {"1", "3", 333}, {"0.0001", "2", 1}, {"0", "2", 0}, {"0", "0", 0}, {"1", "0", 0}} {
		part, _ := new(big.Rat).SetString(test.part)
		whole, _ := new(big.Rat).SetString(test.whole)
		if got := thousandths(part, whole); got != test.want {
			t.Errorf("%s of %s: %d, not %d", test.part, test.whole, got, test.want)
		}
	}
}

// TestShares: bars are held against the largest amount, whatever its sign, and what is no number is found out.
func TestShares(t *testing.T) {
	t.Parallel()
	var s shares
	for _, amount := range []string{"1.5", "-3", "0"} {
		s.note(amount)
	}
	for amount, want := range map[string]int{"1.5": 500, "-3": 1000, "0": 0, "no number": 0} {
		if got := s.of(amount); got != want {
			t.Errorf("%s: %d, not %d", amount, got, want)
		}
	}
	if s.bad {
		t.Error("numbers are taken for none")
	}
	if s.note("no number"); !s.bad {
		t.Error("what is no number was not found out")
	}
	if (&shares{}).of("1") != 0 {
		t.Error("a share of nothing")
	}
}
