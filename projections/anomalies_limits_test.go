package projections

import (
	"slices"
	"strings"
	"testing"

	"campaignledger/events"
)

// anyAtCluster lets anybody score at the level cluster of the signed trial, at any time.
func anyAtCluster() []string {
	return []string{"id: cluster, scorers: lead", "id: cluster, scorers: any", "  - {for: cluster, until: \"2017-04-01T00:00\", late: refuse}\n", ""}
}

// none requires that a kind has no anomalies.
func (c *trial) none(code AnomalyCode, why string) {
	c.t.Helper()
	if got := c.anomalies(code); len(got) != 0 {
		c.t.Errorf("%s: %+v", why, got)
	}
}

func TestMedianWithout(t *testing.T) {
	t.Parallel()
	g := newGenerator(3)
	for range 500 {
		panel := make([]panelMark, 2+g.IntN(7))
		for i := range panel {
			panel[i].worth = events.Decimal(g.IntN(9))
		}
		slices.SortFunc(panel, func(x, y panelMark) int { return int(x.worth - y.worth) })
		for i := range panel {
			rest := slices.Delete(slices.Clone(panel), i, i+1)
			want := int64(rest[(len(rest)-1)/2].worth + rest[len(rest)/2].worth)
			if got := medianWithout(panel, i); got != want {
				t.Fatalf("of %v without mark %d: %d, want %d", panel, i, got, want)
			}
		}
	}
}

// TestAnomalyHeldMarks are held against nothing: they do not count.
func TestAnomalyHeldMarks(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring, anyAtCluster()...)
	own := c.does("a-officer", "b", transcribed(points("G", "self", "b", "10")))
	c.does("a-head", "b", points("G", "cluster", "a", "5"))
	c.none(AnomalySelf, "an own mark that waits")
	c.does("b-head", "", endorse(own, events.EndorseAgree))
	if got := c.anomalies(AnomalySelf); len(got) != 1 {
		t.Errorf("%+v", got)
	}
	for _, member := range []string{"a-reviewer", "b-officer", "b-reviewer"} {
		c.does(member, "b", points("G", "cluster", member, "5"))
	}
	far := c.does("a-officer", "b", transcribed(points("G", "cluster", "c-head", "9")))
	c.none(AnomalyScorer, "a mark that waits")
	c.does("c-head", "", endorse(far, events.EndorseAgree))
	if got := c.anomalies(AnomalyScorer); len(got) != 1 || got[0].Scorer != "c-head" || got[0].Others != 4 {
		t.Errorf("%+v", got)
	}
}

// TestAnomalyChangedByOthers: what another entered, or changed, is not the scorer's change of mind.
func TestAnomalyChangedByOthers(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring, anyAtCluster()...)
	c.does("a-head", "c", points("G", "cluster", "a", "5"))
	c.does("a-officer", "c", transcribed(points("G", "cluster", "b", "5")))
	c.does("b-head", "c", because(points("G", "cluster", "b", "6")))
	c.none(AnomalyChanged, "what had waited was not the scorer's word")
	c = signedAt(t, scoring, append(anyAtCluster(), "clock: live", "clock: live\ntranscribed: official")...)
	c.does("c-head", "b", points("G", "cluster", "c", "5"))
	c.does("a-officer", "b", transcribed(points("G", "cluster", "b-officer", "5")))
	c.does("a-officer", "b", because(transcribed(points("G", "cluster", "b-officer", "6"))))
	c.none(AnomalyChanged, "the lead changes what it entered for another")
	c.does("b-officer", "b", because(points("G", "cluster", "b-officer", "7")))
	if got := c.anomalies(AnomalyChanged); len(got) != 1 || got[0].Author != "b-officer" {
		t.Errorf("%+v", got)
	}
	own := points("G", "self", "b", "8")
	own.Basis = basisTranscribed
	before := len(c.anomalies(AnomalyTranscribed))
	c.does("b-head", "b", own)
	if got := c.anomalies(AnomalyTranscribed); len(got) != before {
		t.Errorf("a unit transcribes for itself: %+v", got)
	}
}

// TestAnomalyChangedBesideNothing that could sway the scorer.
func TestAnomalyChangedBesideNothing(t *testing.T) {
	t.Parallel()
	c := judged(t, "a", points("G", "cross", "b", "5"), "a", score("G", "cross", "c", events.MarkAbstained, ""), "a", because(points("G", "cross", "b", "7")))
	c.none(AnomalyChanged, "another abstained")
	c = judged(t, "a", points("A", "cross", "b", "5"), "a", points("A", "cross", "c", "5"), "a", because(points("A", "cross", "b", "7")))
	c.none(AnomalyChanged, "adjustments")
}

// TestAnomalyOwnLevels: of several levels where units score themselves, the highest one is what the unit stands by.
func TestAnomalyOwnLevels(t *testing.T) {
	t.Parallel()
	c := openTrial(t, strings.Replace(judgedRegulation, "  - {id: cross", "  - {id: again, scorers: own-unit}\n  - {id: cross", 1))
	c.tell("a", points("G", "again", "a", "7"), "a", points("G", "self", "a", "10"), "a", points("G", "cross", "b", "7"))
	c.none(AnomalySelf, "the lower level is entered last")
	c.tell("a", because(points("G", "again", "a", "6")))
	if got := c.anomalies(AnomalySelf); len(got) != 1 || got[0].Self != "6" {
		t.Errorf("%+v", got)
	}
}

// TestAnomalyLeaningOfOthersOnly: what a unit gives itself, where it may, is no harshness.
func TestAnomalyLeaningOfOthersOnly(t *testing.T) {
	t.Parallel()
	units := []string{"a", "b", "c", "d", "e", "f"}
	c := openTrial(t, strings.Replace(judgedRegulation, "scorers: peer-units", "scorers: any", 1))
	for _, unit := range units {
		for _, leaf := range []string{"G", "H"} {
			for _, scorer := range units {
				switch {
				case scorer != "f":
					c.tell(unit, points(leaf, "cross", scorer, "8"))
				case unit == "f" || unit != "a" || leaf == "G": // nine of others, two of its own
					c.tell(unit, points(leaf, "cross", scorer, "0"))
				}
			}
		}
	}
	c.none(AnomalyLeaning, "nine marks of others")
	c.tell("a", points("H", "cross", "f", "0"))
	if got := c.anomalies(AnomalyLeaning); len(got) != 1 || got[0].Count != 10 || got[0].Max != "500" || got[0].Difference != "-80" {
		t.Errorf("%+v", got)
	}
}
