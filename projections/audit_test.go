package projections

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"campaignledger/events"
)

// history is a campaign with a correction of a correction, a withdrawal, a target and a decision.
func history(t *testing.T) *trial {
	t.Helper()
	c := openTrial(t, trialRegulation)
	c.must(c.say("a", points("G", "open", "j1", "1"))) // 2
	p := because(points("G", "open", "j1", "2"))
	p.Evidence, p.Basis = "report 7", "transcribed"
	c.must(c.say("a", p))                                             // 3
	c.must(c.say("a", because(points("G", "open", "j1", "3"))))       // 4
	e := c.must(c.say("b", points("M", "cross", "a", "4")))           // 5
	c.must(c.say("b", &events.EntryWithdrawn{Of: e.ID, Reason: "w"})) // 6
	c.must(c.say("b", target("T", "a", "2")))                         // 7
	c.must(c.say("", &events.TieDecided{Cluster: "one", Order: []string{"b", "c"}, Points: 0, Reason: "drawn"}))
	c.must(c.say("c", place("O", "open", "j1", "2")))
	c.must(c.say("c", score("P", "open", "j1", events.MarkRecused, "")))
	flood := points("A", "open", "j1", "-1.5")
	flood.Item = "flood"
	c.must(c.say("c", flood))
	c.must(c.say("", &events.CampaignClosed{Reason: "year over"})) // 12
	return c
}

func TestAuditFilters(t *testing.T) {
	t.Parallel()
	c := history(t)
	at := func(seq int) time.Time { return trialStart.Add(time.Duration(seq) * time.Second) }
	for _, x := range []struct {
		name   string
		filter AuditFilter
		want   []events.Seq
	}{
		{"all", AuditFilter{}, []events.Seq{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
		{"unit, decisions included", AuditFilter{Unit: "b"}, []events.Seq{5, 6, 7, 8}},
		{"leaf, withdrawals included", AuditFilter{Criterion: "M"}, []events.Seq{5, 6}},
		{"group", AuditFilter{Criterion: "work"}, []events.Seq{2, 3, 4, 5, 6, 7}},
		{"scorer", AuditFilter{Author: "j1"}, []events.Seq{2, 3, 4, 9, 10, 11}},
		{"author", AuditFilter{Author: "author", Unit: "a"}, []events.Seq{2, 3, 4}},
		{"from and to", AuditFilter{From: at(3), To: at(5)}, []events.Seq{3, 4, 5}},
		{"after and limit", AuditFilter{After: 3, Limit: 2}, []events.Seq{4, 5}},
		{"limit counts chosen lines", AuditFilter{Unit: "c", Limit: 2}, []events.Seq{8, 9}},
		{"cluster", AuditFilter{Cluster: "one", After: 9}, []events.Seq{10, 11}},
		{"unknown", AuditFilter{Cluster: "two"}, nil},
		{"after the end", AuditFilter{After: 99}, nil},
	} {
		var got []events.Seq
		for _, line := range c.live.Audit(x.filter) {
			got = append(got, line.Seq)
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, want %v", x.name, got, x.want)
		}
	}
}

func TestAuditChains(t *testing.T) {
	t.Parallel()
	lines := history(t).live.Audit(AuditFilter{})
	for seq, want := range map[int][2]events.Seq{2: {0, 3}, 3: {2, 4}, 4: {3, 0}, 5: {0, 6}, 6: {5, 0}} {
		if line := lines[seq-1]; line.Supersedes != want[0] || line.SupersededBy != want[1] {
			t.Errorf("event %d supersedes %d and is superseded by %d, want %v", seq, line.Supersedes, line.SupersededBy, want)
		}
	}
	want := AuditLine{Seq: 3, Type: events.TypeScoreEntered, Recorded: "2017-03-01T08:00:03.000Z", Time: "2017-03-01T08:00:03.000Z", Author: "author",
		ID: lines[2].ID, Cluster: "one", Unit: "a", Criterion: "G", Level: "open", Scorer: "j1", Points: "2", Basis: "transcribed",
		Evidence: "report 7", Reason: "corrected", Supersedes: 2, SupersededBy: 4}
	if diff := cmp.Diff(want, lines[2]); diff != "" {
		t.Error(diff)
	}
	for seq, want := range map[int]string{6: `"reason":"w"`, 7: `"target":"2"`, 8: `"points":"0"`, 9: `"place":"2"`, 10: `"mark":"recused"`,
		11: `"item":"flood","points":"-1.5"`, 12: `"reason":"year over"`} {
		line, err := json.Marshal(lines[seq-1])
		if err != nil || !strings.Contains(string(line), want) {
			t.Errorf("event %d: %v, want %s in %s", seq, err, want, line)
		}
	}
}

// TestAuditOfAStory: in any campaign each entry replaced names its successor, and the other way round.
func TestAuditOfAStory(t *testing.T) {
	eachStory(t, 40, func(t *testing.T, s *story) {
		lines := fold(t, s.list).Audit(AuditFilter{})
		for i, line := range lines {
			if line.ID != s.list[i].ID.String() || line.Type != s.list[i].Type() {
				t.Fatalf("line %d is %s %s", i+1, line.Type, line.ID)
			}
			if by := line.SupersededBy; by != 0 && lines[by-1].Supersedes != line.Seq {
				t.Fatalf("event %d says it is superseded by %d, which supersedes %d", line.Seq, by, lines[by-1].Supersedes)
			}
			if old := line.Supersedes; old != 0 && lines[old-1].SupersededBy != line.Seq {
				t.Fatalf("event %d supersedes %d, which is superseded by %d", line.Seq, old, lines[old-1].SupersededBy)
			}
		}
	})
}

func TestSummaryAndSeqAt(t *testing.T) {
	t.Parallel()
	if s := NewLive().Summary(); s != (Summary{}) {
		t.Errorf("not open: %+v", s)
	}
	c := history(t)
	s := c.live.Summary()
	if s.Seq != 12 || !s.Final || !s.AsOf.Equal(c.now) || !s.Recorded.Equal(c.now) || s.Regulation != c.r {
		t.Errorf("live: %+v", s)
	}
	for _, x := range []struct {
		at   time.Time
		want events.Seq
	}{{trialStart, 0}, {trialStart.Add(time.Second), 1}, {trialStart.Add(3500 * time.Millisecond), 3}, {c.now.Add(time.Hour), 12}} {
		if got := c.live.SeqAt(x.at); got != x.want {
			t.Errorf("at %s: %d, want %d", x.at, got, x.want)
		}
	}
	historic := openTrial(t, strings.Replace(trialRegulation, "clock: live", "clock: historic\nperiod: {start: 2016-01-01, end: 2016-12-31, zone: Asia/Ho_Chi_Minh}", 1))
	start := time.Date(2015, 12, 31, 17, 0, 0, 0, time.UTC) // the first day begins in the campaign's zone
	if s := historic.live.Summary(); !s.AsOf.Equal(start) || s.Final {
		t.Errorf("historic: %+v", s)
	}
	may := time.Date(2016, 5, 1, 0, 0, 0, 0, time.UTC)
	historic.must(historic.say("a", points("G", "open", "j1", "1"), claims(may)))
	historic.must(historic.say("b", points("G", "open", "j1", "1"))) // takes its predecessor's
	if s := historic.live.Summary(); !s.AsOf.Equal(may) || historic.live.SeqAt(may) != 3 || historic.live.SeqAt(may.Add(-1)) != 1 {
		t.Errorf("historic: %+v", s)
	}
	_, err := historic.say("c", points("G", "open", "j1", "1"), claims(may.Add(-time.Millisecond)))
	historic.refused(err, CodeTime)
}
