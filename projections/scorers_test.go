package projections

import (
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"

	"campaignledger/events"
)

func scorersOf(t *testing.T, l *Live, unit string) ClusterScorers {
	t.Helper()
	s, err := l.Scorers("one", unit, "en")
	if err != nil {
		t.Fatal(err)
	}
	if s.Official || s.Format != 1 || len(s.Clusters) != 1 {
		t.Fatalf("%+v", s)
	}
	return s.Clusters[0]
}

func (c ClusterScorers) line(scorer string) ScorerLine {
	for _, l := range c.Scorers {
		if l.Scorer == scorer {
			return l
		}
	}
	return ScorerLine{}
}

func TestScorers(t *testing.T) {
	t.Parallel()
	// On b's G (of 10) a, c, d, e give 2, 8, 6, 7: medians of the others 7, 6, 7, 6. On c's H (of 90) a, b, d, e give 45, 90, 45, 90: 90, 45, 90, 45.
	c := judged(t, "b", points("G", "cross", "a", "2"), "b", points("G", "cross", "c", "8"), "b", points("G", "cross", "d", "6"), "b", points("G", "cross", "e", "7"),
		"c", points("H", "cross", "a", "45"), "c", points("H", "cross", "b", "90"), "c", points("H", "cross", "d", "45"), "c", points("H", "cross", "e", "90"),
		"d", points("G", "cross", "a", "3"), "b", points("G", "self", "b", "10"), "a", points("A", "cross", "b", "5"))
	s := scorersOf(t, c.live, "")
	a, want := s.line("a"), new(big.Rat).Mul(big.NewRat(-1, 2), new(big.Rat).Add(big.NewRat(5, 10), big.NewRat(1, 2)))
	if a.Marks != 3 || a.Compared != 2 || a.HarshnessExact != formatRat(want) || a.Harshness != "-50.00" || !cmp.Equal(a.Members, []string{"a"}) || a.Self != nil {
		t.Errorf("a: %+v, want a harshness of %v", a, want)
	}
	if e := s.line("e"); e.HarshnessExact != "0.3" || e.Harshness != "30.00" {
		t.Errorf("e: %+v", e) // (1/10 + 1/2)/2
	}
	if b := s.line("b"); b.Self == nil || *b.Self != (SelfFavour{1, "10.00", "5.75", "4.25"}) || b.Marks != 2 || b.Compared != 1 {
		t.Errorf("b: %+v, %+v", b, b.Self)
	}
	if f := s.line("f"); f.Marks != 0 || f.Effect != nil || f.Harshness != "" || !f.Unit {
		t.Errorf("f: %+v", f)
	}
	// Officially d has a's 3 points; without them it is level with e and f, which then stand better.
	if e := a.Effect; e == nil || e.Rank != 3 || e.RankThen != 3 || e.Gained != 0 || e.Dropped != 3 || len(e.Lost) != 2 || e.Lost[0].Unit != "e" || len(e.Won) != 0 {
		t.Errorf("a's effect: %+v", e)
	}
	// Without b's mark a has nothing and falls behind d.
	if e := s.line("b").Effect; e == nil || e.Dropped != 2 || len(e.Lost) != 3 || e.Lost[0].Unit != "d" || len(e.Won) != 1 || e.Won[0].Unit != "a" {
		t.Errorf("b's effect: %+v", e)
	}
}

// TestScorersGain: a unit that marks its rival down gains a rank, and the rival lost it.
func TestScorersGain(t *testing.T) {
	t.Parallel()
	c := judged(t, "b", points("G", "cross", "a", "2"), "b", points("G", "cross", "c", "8"), "a", points("G", "cross", "c", "6"))
	s := scorersOf(t, c.live, "a")
	want := &ScorerEffect{Rank: 1, RankThen: 2, Gained: 1, Dropped: 1, Lost: []RankChange{{"one", "b", 2, 1, "5.00", "8.00", "3.00"}}, Won: []RankChange{}}
	if diff := cmp.Diff(want, s.line("a").Effect); diff != "" {
		t.Error(diff)
	}
	if s.line("c").Effect != nil || s.Unasked != 1 {
		t.Errorf("who is not asked for: %d unasked, %+v", s.Unasked, s.line("c"))
	}
}

// TestScorersMembers: what members say is their unit's; who belongs to none stands alone.
func TestScorersMembers(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring)
	c.does("a-council", "c", points("A", "jury", "a-council", "4"))
	c.does("b-council", "c", points("A", "jury", "b-council", "1"))
	c.does("a-head", "c", points("G", "cluster", "a", "3"))
	s := scorersOf(t, c.live, "")
	if a := s.line("a"); a.Marks != 2 || !cmp.Equal(a.Members, []string{"a", "a-council"}) || a.Effect == nil || a.Effect.Dropped != 2 {
		t.Errorf("%+v", a)
	}
	d := judged(t, "b", points("G", "approved", "council", "3"))
	if line := scorersOf(t, d.live, "").line("council"); line.Unit || line.Marks != 1 || line.Effect != nil || line.Title != "council" {
		t.Errorf("%+v", line)
	}
}

func TestScorersRefuse(t *testing.T) {
	t.Parallel()
	c := judged(t)
	for _, q := range [][2]string{{"two", ""}, {"", "z"}} {
		if _, err := c.live.Scorers(q[0], q[1], "vi"); err == nil {
			t.Errorf("%q: no refusal", q)
		}
	}
	if _, err := NewLive().Scorers("", "", "vi"); err == nil {
		t.Error("a campaign that is not open")
	}
}

// TestScorerEffectsAreBounded: of a large cluster the effect is worked out for who is asked for.
func TestScorerEffectsAreBounded(t *testing.T) {
	t.Parallel()
	s := shape{units: maxScorerEffects + 1, leaves: 1, scorers: 2, leaf: "method: graded, max: 10, aggregate: {method: mean}"}
	list := s.log(t, events.MarkPoints, 2*s.units)
	for i := range list[1:] {
		p, _ := list[i+1].Payload.(*events.ScoreEntered)
		p.Scorer = s.other(i/2, i%2)
	}
	l := fold(t, list)
	all, err := l.Scorers("", "", "vi")
	if err != nil || all.Clusters[0].Unasked != s.units {
		t.Fatalf("%v, %d not worked out", err, all.Clusters[0].Unasked)
	}
	one, err := l.Scorers("", "u3", "vi")
	if err != nil || one.Clusters[0].line("u3").Effect == nil || one.Clusters[0].Unasked != s.units-1 {
		t.Errorf("%v, %+v", err, one.Clusters[0].line("u3"))
	}
}

// other is a unit that marks unit u.
func (s shape) other(u, i int) string { return idsOf("u", s.units)[(u+1+i)%s.units] }
