package projections

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"campaignledger/events"
)

func pairsOf(t *testing.T, l *Live, lang string) []PairStability {
	t.Helper()
	s, err := l.Stability("one", Pairs{}, lang)
	if err != nil {
		t.Fatal(err)
	}
	if s.Official || s.Format != 1 || len(s.Clusters) != 1 || s.Seq != l.Summary().Seq {
		t.Fatalf("%+v", s)
	}
	return s.Clusters[0].Pairs
}

func TestStability(t *testing.T) {
	t.Parallel()
	// b has (6+8)/2 = 7 on G, a has 6 on G, c 2 on H.
	c := judged(t, "b", points("G", "cross", "a", "6"), "b", points("G", "cross", "c", "8"), "a", points("G", "cross", "b", "6"), "c", points("H", "cross", "b", "2"))
	pairs := pairsOf(t, c.live, "en")
	if len(pairs) != 5 {
		t.Fatalf("%d pairs", len(pairs))
	}
	p := pairs[0]
	if p.Upper.Unit != "b" || p.Lower.Unit != "a" || p.Gap != "1.00" || p.Pair != 1 || p.Equal || p.Upper.Rank != 1 || p.Lower.Points != "6.00" {
		t.Errorf("%+v", p)
	}
	// a's one mark moves it by all of the change, b's two by half of it: a needs 7.01.
	want := &MarkChange{Seq: 4, Unit: "a", UnitTitle: "a", Criterion: "G", Title: "G", Level: "cross", Scorer: "b", ScorerTitle: "b", Kind: "points",
		From: "6", To: "7.01", Change: "1.01", Range: "10", Percent: "10.10", then: then{UpperPoints: "7.00", LowerPoints: "7.01"}}
	if diff := cmp.Diff(want, p.Mark, cmp.AllowUnexported(MarkChange{}, then{})); diff != "" {
		t.Error(diff)
	}
	if p.Weight != nil { // both rest on G alone
		t.Errorf("%+v", p.Weight)
	}
	if p.MarkText != "If the mark by b for a on G were 7.01 instead of 6, a (7.01) would stand above b (7.00)." ||
		p.WeightText != "No single weight, changed alone, would put a above b." {
		t.Errorf("%s\n%s", p.MarkText, p.WeightText)
	}
	// c over a: H is worth 3.01 times as much, or G a third.
	p = pairs[1]
	if w := p.Weight; w == nil || w.Criterion != "G" || w.From != "1" || w.To != "0.33" || w.Change != "-0.67" || w.Percent != "67.00" || w.LowerPoints != "2.00" || w.UpperPoints != "1.98" {
		t.Errorf("%+v", p.Weight)
	}
	vi := pairsOf(t, c.live, "vi")
	if vi[0].MarkText != "Nếu điểm của b cho a ở G là 7,01 thay vì 6 thì a (7,01) xếp trên b (7,00)." ||
		vi[1].WeightText != "Nếu hệ số của G là 0,33 thay vì 1 thì c (2,00) xếp trên a (1,98)." ||
		vi[0].WeightText != "Không một hệ số nào, thay đổi riêng lẻ, đưa được a lên trên b." {
		t.Errorf("%s\n%s\n%s", vi[0].MarkText, vi[1].WeightText, vi[0].WeightText)
	}
	// d, e and f have no marks at all: nothing of their own can change, and equal is not turned round.
	if p = pairs[3]; !p.Equal || p.Mark != nil || p.Weight != nil || p.Gap != "0.00" {
		t.Errorf("%+v", p)
	}
	if c.row("b").Points() != "7.00" || c.row("a").Points() != "6.00" {
		t.Error("the official standings changed")
	}
}

// TestStabilityOfDecidedTies: a decision is named, and the formula alone is turned round.
func TestStabilityOfDecidedTies(t *testing.T) {
	t.Parallel()
	c := judged(t, "b", points("G", "cross", "a", "6"), "a", points("G", "cross", "b", "6"))
	e := c.must(c.say("", &events.TieDecided{Cluster: "one", Order: []string{"b", "a"}, Points: decimal("6"), Reason: "drawn by lot"}))
	p := pairsOf(t, c.live, "en")[0]
	if p.Upper.Unit != "b" || p.Upper.Rank != 1 || p.Lower.Rank != 2 || !p.Equal || p.Decided != e.Seq || p.Mark == nil || p.Mark.To != "6.01" || p.Mark.Unit != "a" {
		t.Errorf("%+v %+v", p, p.Mark)
	}
}

// TestStabilityOfTheBestActual: who leads a column scales everybody, and may turn round two others.
func TestStabilityOfTheBestActual(t *testing.T) {
	t.Parallel()
	c := openTrial(t, `
id: trial
levels: [{id: cross, scorers: any}]
criteria:
  default:
    items: [{id: P, method: proportional, max: 100}, {id: H, method: count, max: 60, each: 60}]
clusters: [{id: one, criteria: default, units: [{id: a}, {id: b}, {id: c}]}]
`)
	// P: c 100 points, a 50, b 0. H: b 60. b leads a by 10; where c had 83 or less, a would have more than 60 for its 50.
	c.tell("a", actual("P", "cross", "x", "50"), "b", actual("H", "cross", "x", "1"), "c", actual("P", "cross", "x", "100"))
	p := pairsOf(t, c.live, "en")[1]
	if p.Upper.Unit != "b" || p.Lower.Unit != "a" {
		t.Fatalf("%+v", p)
	}
	if m := p.Mark; m == nil || m.Unit != "a" || m.Range != "100" || m.To != "60.01" || m.Percent != "10.01" {
		t.Errorf("%+v", m)
	}
	leading := &duel{pairFinder: finderOf(t, c.live), upper: 1, lower: 0, work: new(int)}
	search := &markSearch{duel: leading}
	search.slotMarks(0, 2)
	if m := search.found; m == nil || m.Unit != "c" || m.From != "100" || m.To != "83.32" || m.LowerPoints != "60.01" {
		t.Errorf("%+v", m)
	}
}

func finderOf(t *testing.T, l *Live) *pairFinder {
	t.Helper()
	_, finders, err := l.pairFinders("one", "en")
	if err != nil {
		t.Fatal(err)
	}
	return finders[0]
}

func TestParsePairs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Pairs{"": {1, maxPairs}, "3": {3, 3}, "21-40": {21, 40}} {
		if got, err := ParsePairs(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"0", "x", "3-2", "1-21", "-1", "1-", "1-2-3", "99999999999", strings.Repeat("9", 100)} {
		if _, err := ParsePairs(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

// TestStabilityIsBounded: of a large cluster the first pairs, or those that are asked for.
func TestStabilityIsBounded(t *testing.T) {
	t.Parallel()
	s := shape{units: 2*maxPairs + 5, leaves: 1, scorers: 1, leaf: "method: graded, max: 10"}
	l := fold(t, s.log(t, events.MarkPoints, s.units))
	for _, q := range []struct {
		pairs             Pairs
		first, last, next int
	}{{Pairs{}, 1, maxPairs, maxPairs + 1}, {Pairs{41, 44}, 41, 44, 0}, {Pairs{40, 60}, 40, 44, 0}, {Pairs{1, 1000}, 1, maxPairs, maxPairs + 1}} {
		got, err := l.Stability("", q.pairs, "vi")
		if err != nil {
			t.Fatal(err)
		}
		c := got.Clusters[0]
		if c.Of != s.units-1 || c.Pairs[0].Pair != q.first || c.Pairs[len(c.Pairs)-1].Pair != q.last || c.Next != q.next {
			t.Errorf("%v: pairs %d to %d of %d, next %d", q.pairs, c.Pairs[0].Pair, c.Pairs[len(c.Pairs)-1].Pair, c.Of, c.Next)
		}
	}
	if got, err := l.Stability("", Pairs{100, 110}, "vi"); err != nil || len(got.Clusters[0].Pairs) != 0 {
		t.Errorf("%v, %+v", err, got)
	}
	work := maxStabilityWork
	f := finderOf(t, l)
	if c := f.find(Pairs{1, 3}, &work); len(c.Pairs) != 1 || c.Next != 2 {
		t.Errorf("after too much work: %d pairs, next %d", len(c.Pairs), c.Next)
	}
}

func TestStabilityRefuses(t *testing.T) {
	t.Parallel()
	c := judged(t)
	if _, err := c.live.Stability("two", Pairs{}, "vi"); err == nil {
		t.Error("a cluster that there is not")
	} else {
		c.refused(err, CodeUnknownCluster)
	}
	if _, err := NewLive().Stability("", Pairs{}, "vi"); err == nil {
		t.Error("a campaign that is not open")
	}
}

// TestDiagnosticsAreDeterministic, and of the same fold the same bytes: over random campaigns, whose amounts and weights are as large as may be.
func TestDiagnosticsAreDeterministic(t *testing.T) {
	eachStory(t, 40, func(t *testing.T, s *story) {
		again := fold(t, s.list)
		ask := func(l *Live) []byte {
			stability, err := l.Stability("", Pairs{}, "vi")
			if err != nil {
				t.Fatal(err)
			}
			scorers, err := l.Scorers("", "", "en")
			if err != nil {
				t.Fatal(err)
			}
			line, err := json.Marshal([]any{stability, scorers})
			if err != nil {
				t.Fatal(err)
			}
			return line
		}
		before := jsonOf(s.live)
		got, want := ask(s.live), ask(again)
		if !bytes.Equal(got, want) {
			t.Fatal(cmp.Diff(string(want), string(got)))
		}
		if !bytes.Equal(before, jsonOf(s.live)) {
			t.Fatal("the official standings changed")
		}
		if !bytes.Contains(got, []byte(fmt.Sprintf(`"seq":%d`, len(s.list)))) {
			t.Fatalf("%s", got)
		}
	})
}
