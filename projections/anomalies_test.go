package projections

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"campaignledger/events"
)

// judgedRegulation has six units, so that a unit has five peers, and 100 points to get.
const judgedRegulation = `
id: trial
levels:
  - {id: self, scorers: own-unit}
  - {id: cross, scorers: peer-units}
  - {id: approved, scorers: [council]}
criteria:
  default:
    items:
      - {id: G, method: graded, max: 10, aggregate: {method: mean}}
      - {id: H, method: graded, max: 90, aggregate: {method: mean}}
      - {id: P, method: passfail, max: 0}
      - {id: R, method: proportional, max: 0, aggregate: {method: mean}}
      - {id: A, method: adjustment}
clusters:
  - {id: one, criteria: default, lead: a, units: [{id: a}, {id: b}, {id: c}, {id: d}, {id: e}, {id: f}]}
calendar:
  - {for: cross, until: "2017-04-01T00:00"}
`

// judged is an open campaign; told are pairs of a unit and what is said of it.
func judged(t *testing.T, told ...any) *trial {
	t.Helper()
	c := openTrial(t, judgedRegulation)
	c.tell(told...)
	return c
}

func (c *trial) tell(told ...any) {
	c.t.Helper()
	for i := 0; i < len(told); i += 2 {
		c.must(c.say(told[i].(string), told[i+1].(events.Payload)))
	}
}

// anomalies are those of one kind, whose texts must be there, in Vietnamese as in English.
func (c *trial) anomalies(code AnomalyCode) (list []Anomaly) {
	c.t.Helper()
	vi := c.live.Anomalies("", "vi")
	for i, a := range c.live.Anomalies("one", "en") {
		if a.Text == "" || vi[i].Text == a.Text || vi[i].Text != AnomalyText(a, "vi") {
			c.t.Errorf("%s is told as %q, %q", a.Code, a.Text, vi[i].Text)
		}
		if a.Code == code {
			list = append(list, a)
		}
	}
	return list
}

// requireAnomalies compares the anomalies of a kind, in English.
func (c *trial) requireAnomalies(code AnomalyCode, want ...Anomaly) {
	c.t.Helper()
	for i := range want {
		want[i].Code = code
		if want[i].Type != events.TypeReportFiled { // which is about no one cluster
			want[i].Cluster = "one"
		}
	}
	if diff := cmp.Diff(want, c.anomalies(code)); diff != "" {
		c.t.Errorf("%s (-want +got):\n%s", code, diff)
	}
}

func TestAnomalySelfFar(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name           string
		own, official  *events.ScoreEntered
		far            bool
		difference, of string
	}{
		{"a tenth", points("G", "self", "a", "8"), points("G", "cross", "b", "7"), true, "1", "10"},
		{"less", points("G", "self", "a", "7.999999"), points("G", "cross", "b", "7"), false, "", ""},
		{"below", points("G", "self", "a", "6"), points("G", "cross", "b", "7"), true, "-1", "10"},
		{"actual, a tenth", actual("R", "self", "a", "22"), actual("R", "cross", "b", "20"), true, "2", ""},
		{"actual, less", actual("R", "self", "a", "21.999999"), actual("R", "cross", "b", "20"), false, "", ""},
		{"actual, of 0", actual("R", "self", "a", "0.000001"), actual("R", "cross", "b", "0"), true, "0.000001", ""},
		{"0 of 0", actual("R", "self", "a", "0"), actual("R", "cross", "b", "0"), false, "", ""},
		{"passed", actual("P", "self", "a", "1"), actual("P", "cross", "b", "0"), true, "1", "1"},
	} {
		c := judged(t, "a", tc.own, "a", tc.official)
		if !tc.far {
			c.requireAnomalies(AnomalySelf)
			continue
		}
		got := c.anomalies(AnomalySelf)
		if len(got) != 1 || got[0].Difference != tc.difference || got[0].Max != tc.of || got[0].Level != "cross" || !slices.Equal(got[0].Seqs, []events.Seq{2, 3}) {
			t.Errorf("%s: %+v", tc.name, got)
		}
	}
	c := judged(t, "a", points("G", "self", "a", "9"), "a", points("G", "cross", "b", "7"), "a", points("G", "cross", "c", "6"), "a", points("G", "cross", "d", "6"))
	c.requireAnomalies(AnomalySelf, Anomaly{Unit: "a", Criterion: "G", Level: "cross", Seqs: []events.Seq{2, 3, 4, 5}, Count: 4, Kind: "points", Self: "9",
		Official: "19/3", Difference: "8/3", Max: "10",
		Text: "a gives itself 9 points for G, officially it is ≈ 6.33 (level cross): ≈ 2.67 above (26.7% of the maximum 10) [events 2, 3, 4, 5]"})
	if got, want := c.live.Anomalies("", "vi")[0].Text, "a tự chấm 9 điểm tiêu chí G, chính thức là ≈ 6,33 (chấm chéo): cao hơn ≈ 2,67 (26,7% mức tối đa 10) [sự kiện 2, 3, 4, 5]"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if list := c.live.Anomalies("two", "vi"); len(list) != 0 {
		t.Errorf("a cluster that there is not has %v", list)
	}
}

func TestAnomalySelfTotal(t *testing.T) {
	t.Parallel()
	c := judged(t, "a", points("G", "self", "a", "5.5"), "a", points("G", "cross", "b", "5"), "a", points("H", "self", "a", "51.49"), "a", points("H", "cross", "b", "50"),
		"b", points("H", "self", "b", "90"), "c", points("H", "cross", "b", "1"))
	c.requireAnomalies(AnomalySelfTotal) // 1.99 of 100
	c.tell("a", because(points("H", "self", "a", "51.5")))
	c.requireAnomalies(AnomalySelf)
	c.requireAnomalies(AnomalySelfTotal, Anomaly{Unit: "a", Seqs: []events.Seq{2, 8}, Count: 2, Kind: "points", Self: "57", Official: "55", Difference: "2", Max: "100",
		Text: "a gives itself 57 points in all on 2 criteria, officially it has 55 points: 2 above (2% of the maximum 100) [events 2, 8]"})
}

// TestClaimPoints: an own actual counts as it would officially, the best of the cluster as it is.
func TestClaimPoints(t *testing.T) {
	t.Parallel()
	c := openTrial(t, strings.Replace(trialRegulation, "{id: cross, scorers: peer-units}", "{id: cross, scorers: any}", 1))
	c.tell("a", target("T", "ministry", "2"), "b", target("T", "ministry", "2"), "a", actual("T", "cross", "x", "2"), "b", actual("T", "cross", "x", "1"))
	w := c.live.walk()
	for w.peek() != nil {
		w.next()
	}
	b := w.boards[0]
	b.refresh()
	leaf := b.cluster.nodes[b.cluster.nodeByID["T"]].leaf
	for claim, want := range map[string]string{"1": "1.25", "2": "2.5", "2.5": "5"} { // nobody leads: whoever does has all
		if got := b.claimPoints(1, leaf, rat(decimal(claim))).String(); got != want {
			t.Errorf("the claim of %s gives %s, want %s", claim, got, want)
		}
	}
	c.tell("a", because(actual("T", "cross", "x", "4"))) // e = 1 leads
	for w = c.live.walk(); w.peek() != nil; {
		w.next()
	}
	b = w.boards[0]
	b.refresh()
	for claim, want := range map[string]string{"1": "1.25", "2": "2.5", "3": "3.75", "4": "5", "9": "5"} {
		if got := b.claimPoints(1, leaf, rat(decimal(claim))).String(); got != want {
			t.Errorf("the claim of %s gives %s, want %s", claim, got, want)
		}
	}
}

func TestAnomalyScorerFar(t *testing.T) {
	t.Parallel()
	panel := func(last string) *trial {
		return judged(t, "a", points("G", "cross", "b", "6"), "a", points("G", "cross", "c", "5"), "a", points("G", "cross", "d", "6"),
			"a", points("G", "cross", "e", "5"), "a", points("G", "cross", "f", last))
	}
	panel("7.499999").requireAnomalies(AnomalyScorer)
	panel("7.5").requireAnomalies(AnomalyScorer, Anomaly{Unit: "a", Criterion: "G", Level: "cross", Scorer: "f", Seqs: []events.Seq{6, 2, 3, 4, 5}, Count: 5, Kind: "points",
		Value: "7.5", Median: "5.5", Others: 4, Difference: "2", Max: "10",
		Text: "f gives a 7.5 points for G (level cross), the median of 4 other scorers is 5.5: 2 above (20% of the maximum 10) [events 6, 2, 3, 4, 5]"})
	// Of three others, the middle one; two are no panel.
	c := judged(t, "a", points("G", "cross", "b", "6"), "a", points("G", "cross", "c", "5"), "a", points("G", "cross", "d", "1"))
	c.requireAnomalies(AnomalyScorer)
	c.tell("a", points("G", "cross", "e", "5"))
	if got := c.anomalies(AnomalyScorer); len(got) != 1 || got[0].Scorer != "d" || got[0].Difference != "-4" || got[0].Others != 3 {
		t.Errorf("%+v", got)
	}
	// Without a maximum, the median is what it is measured by.
	for last, far := range map[string]int{"12": 1, "11.999999": 0, "8": 1, "8.000001": 0} {
		c := judged(t, "a", actual("R", "cross", "b", "10"), "a", actual("R", "cross", "c", "10"), "a", actual("R", "cross", "d", "10"), "a", actual("R", "cross", "e", last))
		if got := c.anomalies(AnomalyScorer); len(got) != far {
			t.Errorf("%s beside 10: %+v", last, got)
		}
	}
}

func TestAnomalyLeaning(t *testing.T) {
	t.Parallel()
	leaning := func(mark string, marks int) *trial {
		c := judged(t)
		for _, unit := range []string{"a", "b", "c", "d", "e"} {
			for _, leaf := range []string{"G", "H"} {
				for _, scorer := range []string{"a", "b", "c", "d", "e"} {
					if scorer != unit {
						c.tell(unit, points(leaf, "cross", scorer, "5"))
					}
				}
				if marks--; marks >= 0 && leaf == "G" {
					c.tell(unit, points(leaf, "cross", "f", mark))
				} else if marks >= 0 {
					c.tell(unit, points(leaf, "cross", "f", "0.5"))
				}
			}
		}
		return c
	}
	leaning("4.5", 9).requireAnomalies(AnomalyLeaning)       // too few
	leaning("4.500001", 10).requireAnomalies(AnomalyLeaning) // 24.999995 of 500
	got := leaning("4.5", 10).anomalies(AnomalyLeaning)      // 5 times 0.5 of 10 and 4.5 of 90: 25 of 500
	if len(got) != 1 || got[0].Scorer != "f" || got[0].Count != 10 || got[0].Difference != "-25" || got[0].Max != "500" || len(got[0].Seqs) != 10 {
		t.Fatalf("%+v", got)
	}
	if want := "f marks other units (level cross) against the medians of the other scorers, 10 marks in all: 25 below (5% of the maximum 500) ["; !strings.HasPrefix(got[0].Text, want) {
		t.Errorf("got %s", got[0].Text)
	}
}

func TestAnomalyLate(t *testing.T) {
	t.Parallel()
	c := judged(t)
	deadline := time.Date(2017, 4, 1, 0, 0, 0, 0, c.r.Calendar[0].Until.Location())
	c.now = deadline.Add(-2 * time.Second)
	c.tell("a", points("G", "cross", "b", "5"), "a", points("G", "cross", "c", "5")) // the second at the deadline
	c.requireAnomalies(AnomalyLate)
	if err := c.bodyOf("a", points("G", "cross", "d", "5"), "b", points("G", "cross", "d", "5")); err != nil {
		t.Fatal(err)
	}
	c.tell("a", points("G", "cross", "e", "5"))
	c.requireAnomalies(AnomalyLate,
		Anomaly{Level: "cross", Scorer: "d", Author: "author", Type: events.TypeScoreEntered, Seqs: []events.Seq{4, 5}, Count: 2,
			Text: "2 marks of d recorded after the deadline (level cross), entered by author [events 4, 5]"},
		Anomaly{Level: "cross", Scorer: "e", Author: "author", Type: events.TypeScoreEntered, Seqs: []events.Seq{6}, Count: 1,
			Text: "1 mark of e recorded after the deadline (level cross), entered by author [event 6]"})
}

// TestAnomalyLateReportAndSheet in a signed campaign.
func TestAnomalyLateReportAndSheet(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring, "  - {for: self, until: \"2017-04-01T00:00\"}", "  - {for: cross, until: \"2017-04-01T00:00\"}")
	c.fill()
	c.now = time.Date(2017, 4, 2, 0, 0, 0, 0, time.UTC)
	sealed := c.seal("b-head", "b", sheetOf("a", "c")...)
	report := c.does("b-officer", "b", &events.ReportFiled{From: "2017-01-01", To: "2017-02-01", Text: events.Words{Text: "done"}})
	c.advance(review)
	c.mustReveal("b-head", "b", sheetOf("a", "c")...)
	c.trial.requireAnomalies(AnomalyLate,
		Anomaly{Level: "cross", Scorer: "b", Author: "b-head", Type: events.TypeSheetSealed, Seqs: []events.Seq{sealed.Seq}, Count: 2,
			Text: fmt.Sprintf("b sealed a sheet of 2 marks after the deadline (level cross) [event %d]", sealed.Seq)},
		Anomaly{Unit: "b", Author: "b-officer", Type: events.TypeReportFiled, Seqs: []events.Seq{report.Seq}, Count: 1,
			Text: fmt.Sprintf("b filed a report after the deadline [event %d]", report.Seq)})
}

func TestAnomalyChangedAfterVisible(t *testing.T) {
	t.Parallel()
	first, second := points("G", "cross", "b", "5"), points("G", "cross", "c", "6")
	changed := because(points("G", "cross", "b", "7"))
	c := judged(t, "a", first, "a", changed, "a", second)
	c.requireAnomalies(AnomalyChanged) // c came later
	c = judged(t, "a", first, "b", second, "a", points("H", "cross", "c", "6"), "a", points("G", "self", "a", "6"), "a", changed)
	c.requireAnomalies(AnomalyChanged) // other units, leaves, levels
	c = judged(t, "a", first, "a", second, "a", because(points("G", "cross", "b", "5")))
	c.requireAnomalies(AnomalyChanged) // the same mark
	c = judged(t, "a", first, "a", second)
	c.tell("a", &events.ScoreReturned{Of: c.list[1].ID, Reason: "why so low?"}, "a", changed)
	c.requireAnomalies(AnomalyChanged) // it was returned
	c = judged(t, "a", first, "a", second, "a", changed)
	c.requireAnomalies(AnomalyChanged, Anomaly{Unit: "a", Criterion: "G", Level: "cross", Scorer: "b", Author: "author", Kind: "points", Was: "5", Value: "7", Others: 1,
		Seqs: []events.Seq{2, 3, 4}, Text: "b changed its mark of a for G (level cross) from 5 points to 7 points when the marks of 1 other scorer could be seen [events 2, 3, 4]"})
	c.tell("a", &events.EntryWithdrawn{Of: c.list[3].ID, Reason: "wrong"})
	if got := c.anomalies(AnomalyChanged); len(got) != 2 || got[1].Value != "" || got[1].Was != "7" || !slices.Equal(got[1].Seqs, []events.Seq{3, 4, 5}) {
		t.Errorf("%+v", got)
	}
}

// TestAnomalyChangedSigned: behind a freeze who competes sees nothing new, and what an amendment reopened has to be entered again.
func TestAnomalyChangedSigned(t *testing.T) {
	t.Parallel()
	edits := []string{"id: cluster, scorers: lead", "id: cluster, scorers: any", "  - {for: cluster, until: \"2017-04-01T00:00\", late: refuse}\n", ""}
	for _, role := range []string{"head", "reviewer"} { // a reviewer sees through a freeze
		c := signedAt(t, scoring, edits...)
		c.does("b-"+role, "c", points("G", "cluster", "b", "5"))
		c.does("a-head", "", &events.StandingsFrozen{Reason: "until the meeting"})
		c.does("a-head", "c", points("G", "cluster", "a", "6"))
		c.does("b-"+role, "c", because(points("G", "cluster", "b", "7")))
		if got, want := len(c.anomalies(AnomalyChanged)), map[string]int{"head": 0, "reviewer": 1}[role]; got != want {
			t.Errorf("behind a freeze a %s changes a mark: %d anomalies, want %d", role, got, want)
		}
		c.does("a-head", "", &events.StandingsRevealed{Reason: "the meeting"})
		before := len(c.anomalies(AnomalyChanged))
		c.amend(2, append(slices.Clone(edits), "id: G, method: graded, max: 10", "id: G, method: graded, max: 9")...)
		c.does("b-head", "c", because(points("G", "cluster", "b", "8")))
		if got := len(c.anomalies(AnomalyChanged)); got != before {
			t.Errorf("a reopened mark that is entered again is an anomaly")
		}
		c.does("a-head", "c", because(points("G", "cluster", "a", "6")))
		c.does("b-head", "c", because(points("G", "cluster", "b", "9")))
		if got := len(c.anomalies(AnomalyChanged)); got != before+1 {
			t.Errorf("%d anomalies, want %d", got, before+1)
		}
	}
}

func TestAnomalyCorrectionMovedRank(t *testing.T) {
	t.Parallel()
	c := judged(t, "a", points("G", "cross", "b", "9"), "b", points("G", "cross", "a", "8"), "a", because(points("G", "cross", "b", "8.5")))
	c.requireAnomalies(AnomalyMoved)
	if err := c.bodyOf("a", because(points("G", "cross", "b", "7")), "b", because(points("G", "cross", "a", "7.5"))); err != nil {
		t.Fatal(err)
	}
	swap := []RankChange{{Cluster: "one", Unit: "b", From: 2, To: 1}, {Cluster: "one", Unit: "a", From: 1, To: 2}}
	both := Anomaly{Author: "author", Cause: MoveCorrection, Seqs: []events.Seq{5, 6}, Count: 2, Ranks: swap,
		Text: "ranks moved after 2 corrections by author: b 2→1, a 1→2 [events 5, 6]"}
	c.requireAnomalies(AnomalyMoved, both)
	c.tell("a", because(points("G", "cross", "b", "7.5")), "", &events.TieDecided{Cluster: "one", Order: []string{"a", "b"}, Points: decimal("7.5"), Reason: "lot"})
	c.tell("a", &events.EntryWithdrawn{Of: c.list[6].ID, Reason: "wrong"})
	got := c.anomalies(AnomalyMoved)
	if len(got) != 4 || got[1].Ranks[0] != (RankChange{Cluster: "one", Unit: "a", From: 2, To: 1}) || got[2].Cause != MoveTie ||
		got[2].Ranks[0] != (RankChange{Cluster: "one", Unit: "b", From: 1, To: 2}) || got[3].Cause != MoveWithdrawal {
		t.Errorf("%+v", got)
	}
}

// TestAnomalyMovedFromTheReviewOn: before it, ranks come and go with every sheet.
func TestAnomalyMovedFromTheReviewOn(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring)
	c.fill() // G: a 7, b 8, c 9
	c.does("a-head", "a", because(points("G", "self", "a", "10")))
	c.does("a-head", "a", because(points("G", "self", "a", "7")))
	c.advance(review)
	c.trial.requireAnomalies(AnomalyMoved)
	e := c.does("c-head", "c", because(points("G", "self", "c", "0"))) // c falls behind a
	got := c.anomalies(AnomalyMoved)
	if len(got) != 1 || !slices.Equal(got[0].Seqs, []events.Seq{e.Seq}) || got[0].Cause != MoveCorrection || got[0].Author != "c-head" {
		t.Fatalf("%+v", got)
	}
	waits := c.does("a-officer", "c", because(transcribed(points("A", "jury", "b-council", "5"))))
	if got := c.anomalies(AnomalyMoved); len(got) != 1 {
		t.Errorf("a mark that waits moves ranks: %+v", got)
	}
	released := c.does("b-council", "", endorse(waits, events.EndorseAgree))
	got = c.anomalies(AnomalyMoved)
	if len(got) != 2 || !slices.Equal(got[1].Seqs, []events.Seq{released.Seq}) || got[1].Cause != MoveRelease || got[1].Author != "b-council" {
		t.Errorf("%+v", got)
	}
	amended := c.amend(2, "id: A, method: adjustment, min: -5, max: 5", "id: A, method: adjustment, min: -5, max: 6")
	got = c.anomalies(AnomalyMoved)
	if len(got) != 3 || !slices.Equal(got[2].Seqs, []events.Seq{amended.Seq + 1}) || got[2].Cause != MoveAmendment {
		t.Errorf("%+v", got)
	}
}

func TestAnomalyTranscribed(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring)
	one := c.does("a-officer", "b", transcribed(points("G", "self", "b", "8")))
	two := c.does("a-officer", "b", proven(transcribed(points("E", "self", "b", "8"))))
	three := c.does("a-officer", "b", transcribed(actual("T", "self", "b", "8")))
	c.does("b-officer", "", endorse(one, events.EndorseAgree))
	c.does("b-head", "b", because(proven(points("E", "self", "b", "7"))))
	c.trial.requireAnomalies(AnomalyTranscribed, Anomaly{Level: "self", Scorer: "b", Author: "a-officer", Seqs: []events.Seq{one.Seq, two.Seq, three.Seq}, Count: 3,
		Confirmed: 1, Waiting: 1, Lapsed: 1, Text: fmt.Sprintf("a-officer entered for b 3 marks (level self): 1 confirmed, 1 waiting, not counted, 1 replaced or withdrawn before that [events %d, %d, %d]",
			one.Seq, two.Seq, three.Seq)})
	c = signedAt(t, scoring, "clock: live", "clock: live\ntranscribed: official")
	c.does("a-officer", "b", transcribed(points("G", "self", "b", "8")))
	if got := c.anomalies(AnomalyTranscribed); len(got) != 1 || got[0].Unasked != 1 {
		t.Errorf("%+v", got)
	}
}

// TestAnomaliesAreBounded: of each kind the gravest are listed, and how many there are is said.
func TestAnomaliesAreBounded(t *testing.T) {
	t.Parallel()
	g := newGenerator(7)
	b := bucket{}
	var weights []uint64
	for i := range 10 * maxAnomalies {
		weight := uint64(g.IntN(1000))
		weights = append(weights, weight)
		b.add(weight, func() Anomaly { return Anomaly{Count: int(weight), Seqs: []events.Seq{events.Seq(i + 1)}} })
	}
	list := b.list(AnomalyLate, "en")
	if len(list) != maxAnomalies+1 || list[maxAnomalies].More != 9*maxAnomalies || list[maxAnomalies].Text != "900 more of the kind late are not listed" {
		t.Fatalf("%d lines, the last is %+v", len(list), list[len(list)-1])
	}
	slices.Sort(weights)
	floor := int(weights[len(weights)-maxAnomalies])
	for i, a := range list[:maxAnomalies] {
		if a.Count < floor || i > 0 && a.Seqs[0] <= list[i-1].Seqs[0] {
			t.Errorf("line %d weighs %d, of event %d; the least grave to list weighs %d", i, a.Count, a.Seqs[0], floor)
		}
	}
	if !slices.IsSortedFunc(list[:maxAnomalies], func(x, y Anomaly) int { return int(x.Seqs[0]) - int(y.Seqs[0]) }) {
		t.Error("the lines are not in the order of events")
	}
}

// TestAnomalyCodesAreTold in both languages.
func TestAnomalyCodesAreTold(t *testing.T) {
	t.Parallel()
	for _, code := range AnomalyCodes() {
		for _, lang := range []string{"vi", "en"} {
			if text := AnomalyText(Anomaly{Code: code}, lang); text == string(code) {
				t.Errorf("%s has no text in %s", code, lang)
			}
		}
	}
}

// TestAnomalyCodesHaveWords: each kind has words of its own in both languages.
func TestAnomalyCodesHaveWords(t *testing.T) {
	t.Parallel()
	ofAwards := []AnomalyCode{AnomalyVote, AnomalyCutShort, AnomalyReplaced, AnomalyPublicity, AnomalyPaper, AnomalyNotNotified, AnomalyTooEarly, AnomalySelfNamed,
		AnomalyTellers, AnomalyTwice, AnomalyUnreviewed, AnomalyBarredSince, AnomalyPlaces}
	said := map[string]AnomalyCode{}
	for _, code := range append(AnomalyCodes(), ofAwards...) {
		for _, lang := range []string{"vi", "en"} {
			text := code.In(lang)
			if other, ok := said[lang+text]; ok || anomalyWords[code].VI == "" || anomalyWords[code].EN == "" {
				t.Errorf("%s is %q in %s, as is %q", code, text, lang, other)
			}
			said[lang+text] = code
		}
	}
}

// requireAnomaliesOfFold: the same history has the same anomalies, however it was committed and who asks.
func requireAnomaliesOfFold(t *testing.T, l *Live, list []events.Event) {
	t.Helper()
	for _, lang := range []string{"vi", "en"} {
		got, err := json.Marshal(l.Anomalies("", lang))
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(fold(t, list).Anomalies("", lang))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Fatalf("-fresh +live:\n%s", diff)
		}
	}
}

// requireAnomaliesByCluster: those of all clusters are those of each.
func requireAnomaliesByCluster(t *testing.T, l *Live) {
	t.Helper()
	lines := func(clusters ...string) (lines []string) {
		for _, id := range clusters {
			for _, a := range l.Anomalies(id, "en") {
				if a.More == 0 {
					lines = append(lines, string(a.Code)+" "+a.Cluster+" "+a.Text)
				}
			}
		}
		slices.Sort(lines)
		return lines
	}
	if diff := cmp.Diff(lines(""), lines("north", "south")); diff != "" {
		t.Fatalf("-all +each:\n%s", diff)
	}
}

func TestAnomaliesOfRandomCampaigns(t *testing.T) {
	count := map[AnomalyCode]int{}
	eachStory(t, 150, func(t *testing.T, s *story) {
		requireAnomaliesOfFold(t, s.live, s.list)
		requireAnomaliesByCluster(t, s.live)
		requireMoves(t, s)
		for _, a := range s.live.Anomalies("", "en") {
			count[a.Code]++
		}
	})
	t.Log(count)
}

func TestAnomaliesOfRandomSignedCampaigns(t *testing.T) {
	count := map[AnomalyCode]int{}
	eachSignedStory(t, func(t *testing.T, s *signedStory) {
		s.write()
		requireAnomaliesOfFold(t, s.live, s.list)
		for _, a := range s.live.Anomalies("", "en") {
			count[a.Code]++
		}
	})
	t.Log(count)
}

// requireMoves compares what moved ranks with the ranks of a fold, event by event. An unsigned story has one author.
func requireMoves(t *testing.T, s *story) {
	t.Helper()
	ranks := func(l *Live) map[string]int {
		m := map[string]int{}
		for _, c := range l.Standings().Clusters {
			for _, r := range c.Rows {
				m[c.ID()+" "+r.Unit] = r.Rank
			}
		}
		return m
	}
	var want, got []string
	l := NewRefold()
	var before map[string]int
	var step string
	end := func() {
		for key, rank := range ranks(l) {
			if step != "" && before[key] != rank {
				want = append(want, fmt.Sprintf("%s %d→%d", key, before[key], rank))
			}
		}
		step = ""
	}
	for i, e := range s.list {
		next := ""
		switch p := e.Payload.(type) {
		case *events.TieDecided:
			next = "tie"
		case *events.EntryWithdrawn:
			next = "withdrawal"
		case *events.ScoreEntered:
			next = map[bool]string{true: "correction"}[p.Supersedes != [16]byte{}]
		case *events.TargetSet:
			next = map[bool]string{true: "correction"}[p.Supersedes != [16]byte{}]
		}
		if next != "" {
			next += e.Recorded.String()
		}
		if i > 0 && next != step {
			end()
			before, step = ranks(l), next
		}
		admitAll(t, l, s.list[i:i+1])
		l.Commit()
	}
	end()
	for _, a := range s.live.Anomalies("", "en") {
		for _, r := range a.Ranks {
			got = append(got, fmt.Sprintf("%s %s %d→%d", r.Cluster, r.Unit, r.From, r.To))
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("ranks moved (-folds +anomalies):\n%s", diff)
	}
}
