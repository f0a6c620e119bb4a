package projections

import (
	"math/big"
	"slices"
	"testing"

	"campaignledger/events"
)

func TestWhyNamesTheEntriesThatCount(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation)
	c.must(c.say("a", points("M", "self", "a", "9")))                     // 2: a lower level
	c.must(c.say("a", points("M", "cross", "b", "4")))                    // 3: replaced
	c.must(c.say("a", because(points("M", "cross", "b", "5"))))           // 4
	c.must(c.say("a", points("M", "cross", "c", "6")))                    // 5
	c.must(c.say("a", because(score("M", "cross", "c", 0, "")), recused)) // 6: instead of 5
	c.must(c.say("a", target("T", "b", "2")))                             // 7
	c.must(c.say("a", actual("T", "open", "j1", "1")))                    // 8
	w, err := c.live.Why("", "a", "", "en")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, k := range w.Criteria {
		ids = append(ids, k.ID)
		switch k.ID {
		case "M":
			if k.Points != "5.00" || k.Level != "cross" || k.Value != "5" || k.Depth != 1 || k.Missing {
				t.Errorf("M: %+v", k)
			}
			requireEntries(t, k, []events.Seq{2, 3, 4, 5, 6}, []events.Seq{2, 4, 6}, []events.Seq{4})
		case "T":
			if k.Points != "1.25" || k.Target == nil || k.Target.Seq != 7 || k.Target.Target != "2" {
				t.Errorf("T: %+v", k)
			}
			requireEntries(t, k, []events.Seq{8}, []events.Seq{8}, []events.Seq{8})
		case "G":
			if !k.Missing || k.Value != "" || len(k.Entries) != 0 {
				t.Errorf("G: %+v", k)
			}
		}
	}
	if want := []string{"work", "G", "M", "T", "P", "C", "R", "O", "A"}; !slices.Equal(ids, want) {
		t.Errorf("criteria %v, want the regulation's order %v", ids, want)
	}
	if w.Rank != 1 || w.Of != 3 || w.Points != "6.25" || w.Seq != 8 || w.Text() != "a: rank 1 of 3 with 6.25 points" {
		t.Errorf("%+v: %s", w, w.Text())
	}
}

// recused makes an entry a recusal, with the reason that a replacement needs.
func recused(e *events.Event) {
	p := *e.Payload.(*events.ScoreEntered)
	p.Mark, p.Reason = events.Mark{Kind: events.MarkRecused}, "a friend"
	e.Payload = &p
}

func requireEntries(t *testing.T, k WhyCriterion, all, current, counts []events.Seq) {
	t.Helper()
	var got [3][]events.Seq
	for _, e := range k.Entries {
		got[0] = append(got[0], e.Seq)
		if e.Current {
			got[1] = append(got[1], e.Seq)
		}
		if e.Counts {
			got[2] = append(got[2], e.Seq)
		}
	}
	for i, want := range [][]events.Seq{all, current, counts} {
		if !slices.Equal(got[i], want) {
			t.Errorf("%s: entries, current, counting are %v", k.ID, got)
		}
	}
}

func number(t *testing.T, s string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		t.Fatalf("%q is no number", s)
	}
	return r
}

// TestWhyOfAStory: leaves sum to the total, two units' differences to the difference of their totals, largest first, and the
// entries named are current.
func TestWhyOfAStory(t *testing.T) {
	eachStory(t, 40, func(t *testing.T, s *story) {
		l := fold(t, s.list)
		for _, c := range s.r.Clusters {
			for i := range c.Units {
				u, v := c.Units[i].ID, c.Units[(i+1)%len(c.Units)].ID
				w, err := l.Why(c.ID, u, v, "en")
				if err != nil {
					t.Fatal(err)
				}
				sum := new(big.Rat)
				for _, k := range w.Criteria {
					if k.Method != events.MethodGroup {
						sum.Add(sum, number(t, k.Points))
					}
				}
				if sum.Cmp(number(t, w.Points)) != 0 {
					t.Fatalf("%s: leaves sum to %s, the total is %s", u, sum, w.Points)
				}
				requireDifferences(t, l, w)
			}
		}
	})
}

func requireDifferences(t *testing.T, l *Live, w Why) {
	t.Helper()
	sum, before := new(big.Rat), new(big.Rat)
	lines := l.Audit(AuditFilter{})
	for i, d := range w.Against.Differences {
		apart := number(t, d.Difference)
		if new(big.Rat).Sub(number(t, d.Points), number(t, d.Other)).Cmp(apart) != 0 || apart.Sign() == 0 {
			t.Fatalf("%s: %s - %s is not %s", d.Criterion, d.Points, d.Other, d.Difference)
		}
		sum.Add(sum, apart)
		if size := new(big.Rat).Abs(apart); i > 0 && size.Cmp(before) > 0 {
			t.Fatalf("%s is larger than what stands before it", d.Criterion)
		} else {
			before = size
		}
		for _, seq := range append(slices.Clone(d.Entries), d.OtherSeqs...) {
			if line := lines[seq-1]; line.SupersededBy != 0 || line.Criterion != d.Criterion || line.Mark != "" {
				t.Fatalf("%s is said to come from %+v", d.Criterion, line)
			}
		}
	}
	if want := new(big.Rat).Sub(number(t, w.Points), number(t, w.Against.Points)); sum.Cmp(want) != 0 || number(t, w.Against.Difference).Cmp(want) != 0 {
		t.Fatalf("%s against %s: differences sum to %s, the totals differ by %s (said: %s)", w.Unit, w.Against.Unit, sum, want, w.Against.Difference)
	}
}

func TestWhyRefusals(t *testing.T) {
	t.Parallel()
	c := newTrial(t, trialRegulation)
	_, err := c.live.Why("one", "a", "", "en")
	c.refused(err, CodeNotOpen)
	c = openTrial(t, trialRegulation+"  - {id: two, criteria: default, units: [{id: a}]}\n")
	for _, x := range []struct {
		cluster, unit, other string
		code                 Code
	}{{"three", "a", "", CodeUnknownCluster}, {"", "z", "", CodeUnknownUnit}, {"", "a", "", CodeUnknownCluster}, {"one", "a", "z", CodeUnknownUnit},
		{"two", "b", "", CodeUnknownUnit}} {
		_, err := c.live.Why(x.cluster, x.unit, x.other, "en")
		if r := c.refused(err, x.code); r.Field == "" || r.Remedy == "" {
			t.Errorf("%+v", r)
		}
	}
	if w, err := c.live.Why("", "b", "c", "en"); err != nil || w.Cluster != "one" || w.Against.Unit != "c" {
		t.Errorf("a unit of one cluster: %v, %+v", err, w)
	}
}
