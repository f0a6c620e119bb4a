package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"campaignledger/events"
	"campaignledger/projections"
)

// mark is event seq of a day: a mark that unit gives itself.
func mark(seq int, day, unit, criterion, reason string) told {
	when, _ := time.Parse(time.DateOnly, day)
	return told{AuditLine: projections.AuditLine{Seq: events.Seq(seq), Type: events.TypeScoreEntered, Author: unit + "-officer", Unit: unit, Scorer: unit,
		Criterion: criterion, Level: "self", Points: "5", Reason: reason}, when: when, stage: events.StageScoring}
}

// tale is what a story makes of events, in English.
func tale(list ...told) string {
	var out bytes.Buffer
	s := newStory(&app{out: &out, lang: "en"}, nil)
	for _, e := range list {
		s.until(e.when)
		s.tell(e)
	}
	s.flush()
	return out.String()
}

// TestStoryRuns: like events of a day make one paragraph; what is of note among them keeps a line; fewer keep one each.
func TestStoryRuns(t *testing.T) {
	t.Parallel()
	first := mark(1, "2017-03-28", "a", "I.1", "")
	first.changes = []rankChange{{"c", "a", 2, 1}, {"c", "b", 1, 2}}
	last := mark(5, "2017-03-28", "b", "II", "")
	last.changes = []rankChange{{"c", "a", 1, 3}, {"c", "b", 2, 1}}
	got := tale(first, mark(2, "2017-03-28", "a", "I.2", ""), mark(3, "2017-03-28", "b", "I.1", "cut"), mark(4, "2017-03-28", "b", "I.2", ""), last,
		mark(6, "2017-03-29", "a", "I.1", "wrong"), mark(7, "2017-03-30", "a", "I.1", ""))
	want := `
── March 2017 · stage scoring ──
      1–5  03-28  5 marks at level self on I, II, by a-officer 2, b-officer 3
                  ranks: a 2→3
        3         · b-officer: b gives itself 5 points for I.1 (level self): cut
        6  03-29  a-officer: a gives itself 5 points for I.1 (level self): wrong
        7  03-30  a-officer: a gives itself 5 points for I.1 (level self)
`
	if got != want {
		t.Errorf("the story is:\n%s\nwant:\n%s", got, want)
	}
}

// TestStorySharedReason: a reason that many share is told once, with the run.
func TestStorySharedReason(t *testing.T) {
	t.Parallel()
	var list []told
	for i := range leastMarks {
		e := mark(i+10, "2017-06-27", "a", "I", "half-year")
		e.Supersedes = events.Seq(i + 1)
		list = append(list, e)
	}
	if got := strings.Join(strings.Fields(tale(list...)), " "); !strings.HasSuffix(got, "4 marks at level self on I, all in place of earlier ones, by a-officer: half-year") {
		t.Errorf("the story is:\n%s", got)
	}
}

// TestStoryRows: the rows of an import, or of a sheet, are told with what caused them.
func TestStoryRows(t *testing.T) {
	t.Parallel()
	day, _ := time.Parse(time.DateOnly, "2017-11-28")
	var list []told
	for i, unit := range []string{"a", "b", "c"} {
		seq := events.Seq(1 + 3*i)
		list = append(list, told{AuditLine: projections.AuditLine{Seq: seq, Type: events.TypeSheetRevealed, Author: unit + "-head", Scorer: unit, Level: "cross"}, when: day})
		for row := range 2 {
			list = append(list, told{AuditLine: projections.AuditLine{Seq: seq + events.Seq(row) + 1, Type: events.TypeScoreEntered, Author: unit + "-head",
				Scorer: unit, Unit: "d", Criterion: "I", Level: "cross", Points: "1", Import: seq}, when: day})
		}
	}
	if got := tale(list...); !strings.Contains(got, "      1–9  11-28  3 sealed sheets are opened, 6 marks at level cross: a, b, c\n") {
		t.Errorf("the story is:\n%s", got)
	}
	list = []told{{AuditLine: projections.AuditLine{Seq: 1, Type: events.TypeImportStarted, Author: "import", File: "a.csv", Rows: 2}, when: day}}
	for seq := range 2 {
		list = append(list, told{AuditLine: projections.AuditLine{Seq: events.Seq(seq + 2), Type: events.TypeTargetSet, Author: "import", Unit: "d", Import: 1}, when: day})
	}
	if got := tale(list...); !strings.Contains(got, "      1–3  11-28  import imports 2 rows from “a.csv”\n") || strings.Count(got, "\n") != 3 {
		t.Errorf("the story is:\n%s", got)
	}
}

// TestStoryClips: a text that would fill the screen is cut at a word, on lines of a terminal.
func TestStoryClips(t *testing.T) {
	t.Parallel()
	long := mark(1, "2017-03-28", "a", "I", strings.Repeat("điểm chấm ", 300))
	got := tale(long)
	lines := strings.Split(strings.TrimSpace(got), "\n")
	if len(lines) > longestTale+2 || !strings.HasSuffix(lines[len(lines)-1], " …") {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
	for _, line := range lines {
		if n := utf8.RuneCountInString(line); n > lineWidth {
			t.Errorf("a line has %d columns: %s", n, line)
		}
	}
	if got := clip("one two three", 9); got != "one two …" {
		t.Errorf("clipped: %q", got)
	}
	if got := clip("one two", 7); got != "one two" {
		t.Errorf("clipped: %q", got)
	}
}
