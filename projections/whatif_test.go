package projections

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"campaignledger/events"
)

func whatIf(t *testing.T, l *Live, weight, without, aggregate string) WhatIf {
	t.Helper()
	a, err := ParseAssumption(weight, without, aggregate)
	if err != nil {
		t.Fatal(err)
	}
	w, err := l.WhatIf(a)
	if err != nil {
		t.Fatalf("%+v: %v", a, err)
	}
	return w
}

// changedRegulation is r with its leaves as change leaves them: read anew from its canonical form, by another way than the fold's.
func changedRegulation(t *testing.T, r *events.Regulation, change func(leaf map[string]any)) *events.Regulation {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(r.Canonical(), &doc); err != nil {
		t.Fatal(err)
	}
	var walk func(items []any)
	walk = func(items []any) {
		for _, item := range items {
			c := item.(map[string]any)
			if below, group := c["items"].([]any); group {
				walk(below)
				continue
			}
			change(c)
		}
	}
	for _, set := range doc["criteria"].(map[string]any) {
		walk(set.(map[string]any)["items"].([]any))
	}
	source, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	changed, err := events.ParseRegulation("changed.json", source)
	if err != nil {
		t.Fatalf("%v\n%s", err, source)
	}
	return changed
}

// under is the story's events, admitted by a campaign that was opened under another regulation.
func (s *story) under(t *testing.T, r *events.Regulation) *Live {
	t.Helper()
	list := slices.Clone(s.list)
	opening := &list[0]
	opening.Payload = events.NewCampaignOpened(r, "changed.json", strings.Repeat("0", 64))
	var err error
	if opening.Record, err = events.Encode(opening.Draft); err != nil {
		t.Fatal(err)
	}
	return fold(t, list)
}

// usedLeaves are the leaves of the sets that clusters use, by id; sets may share ids.
func (s *story) usedLeaves() (list []events.Criterion) {
	for _, set := range s.r.Sets {
		if slices.ContainsFunc(s.r.Clusters, func(c events.Cluster) bool { return c.Criteria == set.ID }) {
			for _, l := range leavesOf(set.Items, nil) {
				list = append(list, l.Criterion)
			}
		}
	}
	return list
}

func TestWhatIfNothingIsTheStandings(t *testing.T) {
	eachStory(t, 60, func(t *testing.T, s *story) {
		w := whatIf(t, s.live, "", "", "")
		is := jsonOf(s.live)
		if would := w.Standings.AppendJSON(nil, JSONOptions{}); !bytes.Equal(is, would) || len(w.Changes) != 0 || !w.Assumption.Empty() || w.Lines("en") != nil {
			t.Fatalf("nothing is assumed (-official +what-if):\n%s", cmp.Diff(string(is), string(would)))
		}
	})
}

// TestWhatIfNothingIsTheStandingsOfASignedCampaign, with marks on hold, amendments and freezes, at any event.
func TestWhatIfNothingIsTheStandingsOfASignedCampaign(t *testing.T) {
	eachSignedStory(t, func(t *testing.T, s *signedStory) {
		s.write()
		for _, seq := range []events.Seq{events.Seq(1 + s.IntN(len(s.list))), events.Seq(len(s.list))} {
			w, err := s.live.WhatIfAt(seq, Assumption{})
			if err != nil {
				t.Fatal(err)
			}
			then, err := s.live.At(seq)
			if err != nil {
				t.Fatal(err)
			}
			if is, would := then.AppendJSON(nil, JSONOptions{}), w.Standings.AppendJSON(nil, JSONOptions{}); !bytes.Equal(is, would) || len(w.Changes) != 0 {
				t.Fatalf("event %d (-official +what-if):\n%s", seq, cmp.Diff(string(is), string(would)))
			}
		}
	})
}

// TestWhatIfAtEqualsAnEarlierCampaign: what would have been after an event does not depend on what came later.
func TestWhatIfAtEqualsAnEarlierCampaign(t *testing.T) {
	eachStory(t, 60, func(t *testing.T, s *story) {
		seq := events.Seq(1 + s.IntN(len(s.list)))
		earlier := fold(t, s.list[:seq])
		a := Assumption{Without: []string{"u1"}, Aggregates: []AssumedAggregate{{Method: events.AggregateMedian}}}
		then, err := earlier.WhatIf(a)
		if err != nil {
			t.Fatal(err)
		}
		now, err := s.live.WhatIfAt(seq, a)
		if err != nil {
			t.Fatal(err)
		}
		want, got := then.AppendJSON(nil, JSONOptions{}), now.AppendJSON(nil, JSONOptions{})
		if !bytes.Equal(want, got) || !cmp.Equal(then.Givers, now.Givers) {
			t.Fatalf("event %d (-then +as of):\n%s", seq, cmp.Diff(string(want), string(got)))
		}
		if _, err := s.live.WhatIfAt(events.Seq(len(s.list)+1), a); err == nil {
			t.Fatal("an event that there is not")
		}
	})
}

// TestWhatIfEqualsAnotherRegulation: the standings are those of a campaign opened under a regulation that says what is assumed, with the
// same events.
func TestWhatIfEqualsAnotherRegulation(t *testing.T) {
	changed, moved := 0, 0
	eachStory(t, 80, func(t *testing.T, s *story) {
		weights, single := map[string]string{}, map[string]string{}
		var weightTexts, aggregateTexts []string
		for _, leaf := range s.usedLeaves() {
			if _, twice := weights[leaf.ID]; twice || leaf.ID == "last" { // which keeps ratios possible
				continue
			}
			if weights[leaf.ID] = ""; s.chance(40) {
				weights[leaf.ID] = pick(s.generator, "0", "1", "1.5", "0.333333", "1000000")
				weightTexts = append(weightTexts, leaf.ID+":"+weights[leaf.ID])
			}
			if leaf.Method != events.MethodAdjustment && s.chance(20) {
				single[leaf.ID] = pick(s.generator, "mean", "median", "sum", "trimmed-mean:0", "trimmed-mean:2")
				aggregateTexts = append(aggregateTexts, leaf.ID+":"+single[leaf.ID])
			}
		}
		all := pick(s.generator, "", "", "mean", "median", "sum", "trimmed-mean:1")
		if all != "" {
			aggregateTexts = append(aggregateTexts, all)
		}
		other := s.under(t, changedRegulation(t, s.r, func(leaf map[string]any) {
			id := leaf["id"].(string)
			if weights[id] != "" {
				leaf["weight"] = weights[id]
			}
			if to := cmpOr(single[id], all); to != "" && leaf["method"] != "adjustment" {
				method, trim, trims := strings.Cut(to, ":")
				a := map[string]any{"method": method}
				if trims {
					a["trim"] = trim
				}
				if was, ok := leaf["aggregate"].(map[string]any); ok && was["places"] != nil {
					a["places"] = was["places"]
				}
				leaf["aggregate"] = a
			}
		}))
		w := whatIf(t, s.live, strings.Join(weightTexts, ","), "", strings.Join(aggregateTexts, ","))
		want, got := jsonOf(other), w.Standings.AppendJSON(nil, JSONOptions{})
		if !bytes.Equal(want, got) {
			t.Fatalf("%v %v (-opened +what-if):\n%s", weightTexts, aggregateTexts, cmp.Diff(string(want), string(got)))
		}
		if changed += len(w.Changes); bytes.Equal(want, jsonOf(s.live)) != (len(w.Changes) == 0) && len(w.Changes) > 0 {
			t.Fatalf("%d changes, and the standings are the same", len(w.Changes))
		}
		for _, c := range w.Changes {
			if c.From != c.To {
				moved++
			}
		}
	})
	if t.Log(changed, "units with other points,", moved, "with another rank"); moved == 0 {
		t.Error("no rank changes in any story")
	}
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// TestWhatIfAfterAnAmendment: it is the regulation in force that is changed, with the indexes that leaves have kept, and marks that an
// amendment reopened do not count.
func TestWhatIfAfterAnAmendment(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring)
	c.does("a-head", "c", points("G", "cluster", "a", "3"))
	c.does("a-council", "c", points("A", "jury", "a-council", "4"))
	c.amend(2, "{id: G, method: graded, max: 10", "{id: N, method: graded, max: 3}\n      - {id: G, method: graded, max: 10", "{id: A, method: adjustment", "{id: A, weight: 1.5, method: adjustment")
	before := c.live.Standings()
	w := whatIf(t, c.live, "G:2", "", "")
	if before.Version != 2 || w.Standings.Regulation != before.Regulation || w.Standings.Version != 2 {
		t.Errorf("version %d, and %d in the what-if", before.Version, w.Standings.Version)
	}
	row := w.Standings.Clusters[0].row(2)
	if row.CriterionPoints("G") != "6.00" || c.row("c").CriterionPoints("G") != "3.00" || row.CriterionPoints("A") != "0.00" {
		t.Errorf("G gives %s, officially %s; A %s", row.CriterionPoints("G"), c.row("c").CriterionPoints("G"), row.CriterionPoints("A"))
	}
}

func TestWhatIf(t *testing.T) {
	t.Parallel()
	c := judged(t, "b", points("G", "cross", "a", "2"), "b", points("G", "cross", "c", "8"), "c", points("G", "cross", "b", "6"), "c", points("G", "cross", "d", "6"),
		"a", points("G", "self", "a", "3"), "d", points("G", "cross", "a", "1"))
	w := whatIf(t, c.live, "G:2.50", "a", "sum")
	if w.Dropped != 2 || len(w.Without) != 1 || w.Without[0] != (LeftOut{"a", events.Text{}, 2}) || len(w.Weights) != 1 || w.Weights[0].To != "2.5" || w.All.To != "sum" {
		t.Errorf("%+v", w)
	}
	// b has 8 of c; c has 6 + 6; each times 2.5.
	for unit, want := range map[string]string{"b": "20.00", "c": "30.00", "d": "0.00"} {
		i := slices.IndexFunc(w.Standings.Clusters[0].Rows, func(r *Standing) bool { return r.Unit == unit })
		if got := w.Standings.Clusters[0].Rows[i].Points(); got != want {
			t.Errorf("%s has %s, not %s", unit, got, want)
		}
	}
	line := w.AppendJSON(nil, JSONOptions{})
	if !bytes.HasPrefix(line, []byte(`{"format":1,"official":false,"whatIf":{`)) || !json.Valid(line) {
		t.Errorf("%s", line)
	}
	weight, without, aggregate := w.Assumption.Texts()
	if weight != "G:2.5" || without != "a" || aggregate != "sum" {
		t.Errorf("%q, %q, %q", weight, without, aggregate)
	}
	for _, lang := range []string{"vi", "en"} {
		if lines := w.Lines(lang); len(lines) != 3 {
			t.Errorf("%q", lines)
		}
	}
	if lines := strings.Join(w.Lines("vi"), "; "); !strings.Contains(lines, "là 2,5 thay vì 1") || !strings.Contains(lines, "bỏ 2 điểm chấm của a") {
		t.Error(lines)
	}
	one := whatIf(t, c.live, "", "d", "")
	if one.Dropped != 1 || one.Without[0].Marks != 1 {
		t.Errorf("%+v", one.Without)
	}
}

// TestWhatIfWithoutEqualsFoldWithoutThem: the standings are those of a campaign in which two scorers never gave a mark.
func TestWhatIfWithoutEqualsFoldWithoutThem(t *testing.T) {
	dropped := 0
	eachStory(t, 80, func(t *testing.T, s *story) {
		rest, n := s.without(t, "j1", "u1")
		if n == 0 {
			return // and so there may be no j1
		}
		dropped += n
		a := Assumption{Without: []string{"u1"}}
		if slices.ContainsFunc(whatIf(t, s.live, "", "", "").Givers, func(g MarkGiver) bool { return g.ID == "j1" }) { // else it is nobody
			a.Without = append(a.Without, "j1")
		}
		w, err := s.live.WhatIf(a)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(shortRows(rest.Standings()), shortRows(w.Standings)); diff != "" {
			t.Fatalf("-fold +without:\n%s", diff)
		}
	})
	if t.Log(dropped, "events left out"); dropped == 0 {
		t.Error("the stories have no marks of j1 or u1")
	}
}

// TestWhatIfWithoutOneScorer: a member's marks are left out, and those of its unit's other members are not.
func TestWhatIfWithoutOneScorer(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring)
	c.does("a-council", "c", points("A", "jury", "a-council", "4"))
	c.does("b-council", "c", points("A", "jury", "b-council", "1"))
	c.does("a-head", "c", points("G", "cluster", "a", "3"))
	w := whatIf(t, c.live, "", "a-council,b-officer", "")
	if row := w.Standings.Clusters[0].row(2); w.Dropped != 1 || row.CriterionPoints("A") != "1.00" || row.CriterionPoints("G") != "3.00" {
		t.Errorf("%d dropped, A %s, G %s", w.Dropped, row.CriterionPoints("A"), row.CriterionPoints("G"))
	}
	want := []MarkGiver{{"a", "a", 2}, {"a-council", "a", 1}, {"b", "b", 1}, {"b-council", "b", 1}}
	if diff := cmp.Diff(want, w.Givers); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if both := whatIf(t, c.live, "", "a,a-council", ""); both.Dropped != 2 || both.Without[0].Marks != 1 || both.Without[1].Marks != 1 {
		t.Errorf("%+v", both.Without)
	}
}

func TestWhatIfRefuses(t *testing.T) {
	t.Parallel()
	c := openTrial(t, trialRegulation)
	many := make([]string, maxAssumed+1)
	for i := range many {
		many[i] = fmt.Sprintf("x%d:1", i)
	}
	for _, test := range []struct {
		weight, without, aggregate string
		code                       Code
		field                      string
	}{
		{"Z:1", "", "", CodeUnknownLeaf, "weight"},
		{"work:1", "", "", CodeUnknownLeaf, "weight"},
		{"G", "", "", CodeWhatIf, "weight"},
		{":1", "", "", CodeWhatIf, "weight"},
		{"G:", "", "", CodeWhatIf, "weight"},
		{"G:1e3", "", "", CodeWhatIf, "weight"},
		{"G:-1", "", "", CodeWhatIf, "weight"},
		{"G:1000000.000001", "", "", CodeWhatIf, "weight"},
		{"G:0.0000001", "", "", CodeWhatIf, "weight"},
		{"G:1,G:2", "", "", CodeWhatIf, "weight"},
		{"G:1,", "", "", CodeWhatIf, "weight"},
		{strings.Join(many, ","), "", "", CodeWhatIf, ""},
		{strings.Join(many[:maxAssumed], ","), "a", "", CodeWhatIf, ""},
		{"", "z", "", CodeUnknownScorer, "without"},
		{"", "a,a", "", CodeWhatIf, "without"},
		{"", "a,,b", "", CodeWhatIf, "without"},
		{"", "", "best", CodeWhatIf, "aggregate"},
		{"", "", "single", CodeWhatIf, "aggregate"},
		{"", "", "mean,median", CodeWhatIf, "aggregate"},
		{"", "", "mean:1", CodeWhatIf, "aggregate"},
		{"", "", "trimmed-mean:1001", CodeWhatIf, "aggregate"},
		{"", "", "trimmed-mean:01", CodeWhatIf, "aggregate"},
		{"", "", "G:median,G:mean", CodeWhatIf, "aggregate"},
		{"", "", "G:T:median", CodeWhatIf, "aggregate"},
		{"", "", ":median", CodeWhatIf, "aggregate"},
		{"", "", "Z:median", CodeUnknownLeaf, "aggregate"},
		{"", "", "work:median", CodeUnknownLeaf, "aggregate"},
		{"", "", "A:median", CodeWhatIf, "aggregate"},
	} {
		a, err := ParseAssumption(test.weight, test.without, test.aggregate)
		if err == nil {
			_, err = c.live.WhatIf(a)
		}
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Code != test.code || refusal.Field != test.field || refusal.Remedy == "" {
			t.Errorf("%.60s %s %s: %v", test.weight, test.without, test.aggregate, err)
		}
	}
	if _, err := c.live.WhatIf(Assumption{Cluster: "two"}); err == nil {
		t.Error("a cluster that there is not")
	} else {
		c.refused(err, CodeUnknownCluster)
	}
	if _, err := NewLive().WhatIf(Assumption{}); err == nil {
		t.Error("a campaign that is not open")
	}
	if _, err := c.live.WhatIf(Assumption{Weights: []AssumedWeight{{"G", -1}}}); err == nil {
		t.Error("a weight that was not parsed")
	}
}

// TestWhatIfRatio: what a regulation must not say of ratios is refused.
func TestWhatIfRatio(t *testing.T) {
	t.Parallel()
	c := openTrial(t, strings.NewReplacer("    lead: a\n", "    lead: a\n    ranking: {by: ratio}\n", "      - {id: C, method: count, each: 2, max: 20}\n", "",
		"          - {id: M, method: graded, aggregate: {method: mean}}\n", "", "      - {id: O, method: ordinal, table: [12, 10, 8], aggregate: {method: sum}}\n", "").Replace(trialRegulation))
	if w := whatIf(t, c.live, "G:0,P:0,T:0", "", ""); len(w.Weights) != 3 {
		t.Errorf("%+v", w.Weights)
	}
	a, err := ParseAssumption("G:0,P:0,R:0", "", "") // T is not assigned to c
	if err == nil {
		_, err = c.live.WhatIf(a)
	}
	c.refused(err, CodeWhatIf)
}

// TestWhatIfOfOneCluster changes nothing elsewhere, and knows no other cluster's criteria.
func TestWhatIfOfOneCluster(t *testing.T) {
	t.Parallel()
	c := openTrial(t, strings.Replace(trialRegulation, "clusters:\n", "  second:\n    items: [{id: S, method: graded, max: 10}, {id: G, method: graded, max: 10}]\n"+
		"clusters:\n  - {id: two, criteria: second, units: [{id: x}, {id: y}]}\n", 1))
	elsewhere := points("G", "open", "j9", "5")
	elsewhere.Cluster = "two"
	c.tell("a", points("G", "open", "j1", "4"), "x", elsewhere)
	ask := func(cluster, weight, without string) (WhatIf, error) {
		a, err := ParseAssumption(weight, without, "")
		if err != nil {
			t.Fatal(err)
		}
		a.Cluster = cluster
		return c.live.WhatIf(a)
	}
	w, err := ask("one", "G:2", "j1")
	if err != nil || len(w.Weights) != 1 || w.Weights[0].Set != "default" || len(w.Standings.Clusters) != 1 || len(w.Official) != 1 || w.Dropped != 1 ||
		len(w.Changes) != 3 || w.Changes[0].Unit != "a" {
		t.Errorf("%+v, %v", w, err)
	}
	if w, err = ask("", "G:2", "j9"); err != nil || len(w.Weights) != 2 || len(w.Standings.Clusters) != 2 || w.Dropped != 1 || len(w.Changes) != 3 {
		t.Errorf("%+v, %v", w, err)
	}
	_, err = ask("one", "S:2", "")
	c.refused(err, CodeUnknownLeaf)
	_, err = ask("one", "", "j9")
	c.refused(err, CodeUnknownScorer)
}

func TestParseAssumptionHasOneForm(t *testing.T) {
	t.Parallel()
	a, err := ParseAssumption("b:1.50, a:0", "z,y", "mean:sum,trimmed-mean,2:median,x:trimmed-mean:0")
	if err != nil {
		t.Fatal(err)
	}
	weight, without, aggregate := a.Texts()
	if weight != "a:0,b:1.5" || without != "y,z" || aggregate != "trimmed-mean:1,2:median,mean:sum,x:trimmed-mean:0" {
		t.Errorf("%q %q %q", weight, without, aggregate)
	}
	again, err := ParseAssumption(weight, without, aggregate)
	if diff := cmp.Diff(a, again); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func FuzzParseAssumption(f *testing.F) {
	f.Add("I.1:1.5,I.2:0", "lang-son,j1", "median,I.1:trimmed-mean:2")
	f.Add(",", ":", "::1")
	f.Fuzz(func(t *testing.T, weight, without, aggregate string) {
		a, err := ParseAssumption(weight, without, aggregate)
		if err != nil {
			return
		}
		again, err := ParseAssumption(a.Texts())
		if err != nil || !cmp.Equal(a, again) {
			t.Errorf("%+v is read back as %+v, %v", a, again, err)
		}
	})
}
