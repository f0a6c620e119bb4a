package projections

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"campaignledger/events"
)

func without(t *testing.T, l *Live, unit string) Without {
	t.Helper()
	w, err := l.Without(unit)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWithout(t *testing.T) {
	t.Parallel()
	c := judged(t, "b", points("G", "cross", "a", "2"), "b", points("G", "cross", "c", "8"), "c", points("G", "cross", "b", "6"), "c", points("G", "cross", "d", "6"),
		"a", points("G", "self", "a", "3"), "d", points("G", "cross", "a", "1"))
	c.tell("d", &events.EntryWithdrawn{Of: c.list[6].ID, Reason: "wrong"}, "b", because(points("G", "cross", "a", "4"))) // b has (4+8)/2
	c.tell("b", because(points("G", "cross", "a", "2")))                                                                 // 5
	w := without(t, c.live, "a")
	want := []RankChange{{"one", "c", 1, 2, "6.00", "6.00", "0.00"}, {"one", "b", 2, 1, "5.00", "8.00", "3.00"}}
	if diff := cmp.Diff(want, w.Changes); diff != "" || w.Dropped != 1 || w.Unit != "a" {
		t.Errorf("%d dropped (-want +got):\n%s", w.Dropped, diff)
	}
	if row := w.Standings.Clusters[0].Rows[2]; row.Unit != "a" || row.Points() != "3.00" {
		t.Errorf("a has %s points of its own mark", row.Points())
	}
	if c.row("b").Points() != "5.00" {
		t.Error("the official standings changed")
	}
	var doc struct {
		Format   int
		Official *bool
		Without  struct {
			Unit      string
			Dropped   int
			Changes   []RankChange
			Standings json.RawMessage
		}
	}
	line := w.AppendJSON(nil, JSONOptions{})
	if err := json.Unmarshal(line, &doc); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	if doc.Official == nil || *doc.Official || doc.Without.Unit != "a" || doc.Without.Dropped != 1 || !cmp.Equal(doc.Without.Changes, want) ||
		!bytes.Equal(doc.Without.Standings, w.Standings.AppendJSON(nil, JSONOptions{})) {
		t.Errorf("%s", line)
	}
	if read, err := ReadWithout(line); err != nil || read.Unit != "a" || read.Dropped != 1 || !cmp.Equal(read.Changes, want) {
		t.Errorf("read as %+v, %v", read, err)
	}
	if _, err := ReadWithout(line[1:]); err == nil {
		t.Error("half a line was read")
	}
	if _, err := c.live.Without("z"); err == nil {
		t.Error("a unit that there is not")
	} else {
		c.refused(err, CodeUnknownUnit)
	}
	if host, err := c.live.HostOf("one"); host != "a" || err != nil {
		t.Errorf("host %q, %v", host, err)
	}
	if _, err := c.live.HostOf("two"); err == nil {
		t.Error("a cluster that there is not has a host")
	}
	if _, err := NewLive().Without("a"); err == nil {
		t.Error("a campaign that is not open")
	}
}

// TestWithoutMembers: the marks of a unit's members are its own; what it entered for others is not.
func TestWithoutMembers(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring)
	c.does("a-council", "c", points("A", "jury", "a-council", "4"))
	c.does("b-council", "c", points("A", "jury", "b-council", "1"))
	c.does("a-head", "c", points("G", "cluster", "a", "3"))
	e := c.does("a-officer", "c", transcribed(points("G", "self", "c", "9")))
	c.does("c-head", "", endorse(e, events.EndorseAgree))
	c.points("c", "G", "3.00")
	w := without(t, c.live, "a")
	if row := w.Standings.Clusters[0].row(2); w.Dropped != 2 || row.CriterionPoints("A") != "1.00" || row.CriterionPoints("G") != "9.00" {
		t.Errorf("%d dropped, A %s, G %s", w.Dropped, row.CriterionPoints("A"), row.CriterionPoints("G"))
	}
}

// TestWithoutEqualsFoldWithoutThem: the standings are those of a campaign in which the unit never gave a mark.
func TestWithoutEqualsFoldWithoutThem(t *testing.T) {
	dropped := 0
	eachStory(t, 80, func(t *testing.T, s *story) {
		rest, n := s.without(t, "u0")
		dropped += n
		if diff := cmp.Diff(shortRows(rest.Standings()), shortRows(without(t, s.live, "u0").Standings)); diff != "" {
			t.Fatalf("-fold +without:\n%s", diff)
		}
	})
	if t.Log(dropped, "events left out"); dropped == 0 {
		t.Error("the stories have no marks of u0")
	}
}

// without is the story without the marks of some scorers, own-unit levels apart, and how many events that leaves out.
func (s *story) without(t *testing.T, scorers ...string) (rest *Live, dropped int) {
	t.Helper()
	gone := map[uuid.UUID]bool{}
	rest = NewLive()
	own := func(level string) bool {
		return slices.ContainsFunc(s.r.Levels, func(l events.Level) bool { return l.ID == level && l.Scorers == events.ScorersOwnUnit })
	}
	for _, e := range s.list {
		switch p := e.Payload.(type) {
		case *events.ScoreEntered:
			gone[e.ID] = slices.Contains(scorers, p.Scorer) && !own(p.Level)
		case *events.EntryWithdrawn:
			gone[e.ID] = gone[p.Of]
		}
		if gone[e.ID] {
			dropped++
			continue
		}
		last, _ := rest.Last()
		e.Seq = last + 1
		admitAll(t, rest, []events.Event{e})
	}
	rest.Commit()
	return rest, dropped
}

// shortRow is a row without notes, which name sequences.
type shortRow struct {
	Rank         int
	Unit, Points string
	Complete     bool
}

func shortRows(s Standings) (rows []shortRow) {
	for _, c := range s.Clusters {
		for _, r := range c.Rows {
			rows = append(rows, shortRow{r.Rank, r.Unit, r.Points(), r.Complete})
		}
	}
	return rows
}
