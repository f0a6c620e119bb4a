package demo

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
	"campaignledger/projections"
)

func TestYearEndsAsPublished(t *testing.T) {
	t.Parallel()
	live, records := replay(t, nil)
	if n := len(records); n < 1000 || n > 1600 {
		t.Errorf("the year has %d events", n)
	}
	standings := live.Standings()
	if !standings.Final || standings.Stage != events.StageFinal || standings.Frozen != 0 {
		t.Errorf("the campaign ends at %s, closed %t, frozen by %d", standings.Stage, standings.Final, standings.Frozen)
	}
	want := []string{"lang-son", "son-la", "dien-bien", "lao-cai", "cao-bang", "ha-giang", "lai-chau"}
	totals := []string{"975.16", "964.79", "955.67", "947.04", "919.43", "919.43", "868.73"}
	for i, row := range standings.Clusters[0].Rows {
		if row.Unit != want[i] || row.Rank != i+1 {
			t.Errorf("place %d is %s with rank %d, want %s", i+1, row.Unit, row.Rank, want[i])
		}
		if row.Points() != totals[i] {
			t.Errorf("%s has %s points, want %s", row.Unit, row.Points(), totals[i])
		}
		if !row.Complete || row.Max() != "1000" {
			t.Errorf("%s: missing %v of %s points", row.Unit, row.Missing, row.Max())
		}
		for _, note := range row.Notes {
			if !strings.HasPrefix(note, "tie decided") {
				t.Errorf("%s: %s", row.Unit, note)
			}
		}
	}
}

// TestLeadChanges counts by chapters: within one, who has entered a sheet leads over who has not yet.
func TestLeadChanges(t *testing.T) {
	t.Parallel()
	var chapter Chapter
	var first string
	var leads []string
	note := func() {
		if first != "" && (len(leads) == 0 || leads[len(leads)-1] != first) {
			leads = append(leads, first)
		}
	}
	replay(t, func(b Body, rows []*projections.Standing) {
		if b.Chapter != chapter {
			note()
		}
		chapter, first = b.Chapter, ""
		if len(rows[0].TiedWith()) == 0 {
			first = rows[0].Unit
		}
	})
	note()
	want := []string{"cao-bang", "son-la", "dien-bien", "lang-son", "son-la", "lang-son"}
	if !slices.Equal(leads, want) {
		t.Errorf("the lead went %v, want %v", leads, want)
	}
}

func TestTieIsDecided(t *testing.T) {
	t.Parallel()
	var before, after []*projections.Standing
	replay(t, func(b Body, rows []*projections.Standing) {
		switch {
		case after == nil && b.Chapter != Conference:
			before = rows
		case len(rows[4].TiedWith()) == 0 && after == nil:
			after = rows
			if b.Proposals[0].Type() != events.TypeRecordEndorsed {
				t.Errorf("the tie is decided by a %s", b.Proposals[0].Type())
			}
		}
	})
	if after == nil {
		t.Fatal("no tie was decided")
	}
	for i, unit := range []string{"cao-bang", "ha-giang"} {
		was, is := before[4+i], after[4+i]
		if was.Unit != unit || was.Rank != 5 || len(was.TiedWith()) != 1 || !was.Complete {
			t.Errorf("before: %s has rank %d, tied with %v", was.Unit, was.Rank, was.TiedWith())
		}
		if is.Unit != unit || is.Rank != 5+i || len(is.TiedWith()) != 0 || len(is.Notes) != 1 {
			t.Errorf("after: %s has rank %d, tied with %v, notes %q", is.Unit, is.Rank, is.TiedWith(), is.Notes)
		}
	}
	// The decision's reason says so.
	if higher, lower := after[4].CriterionPoints("II"), after[5].CriterionPoints("II"); higher <= lower {
		t.Errorf("cao-bang has %s points for II, ha-giang %s", higher, lower)
	}
}

// TestYearTellsEverything holds the year to what a demonstration has to show.
func TestYearTellsEverything(t *testing.T) {
	t.Parallel()
	live, _ := replay(t, nil)
	count := map[string]int{}
	for _, line := range live.Audit(projections.AuditFilter{}) {
		count[string(line.Type)]++
		count["level "+line.Level]++
		count["mark "+line.Mark]++
		count["criterion "+line.Criterion]++
		if line.Supersedes != 0 && line.Reason == "" {
			t.Errorf("event %d replaces event %d without a reason", line.Seq, line.Supersedes)
		}
		if line.Criterion == "I.4.3" && line.Evidence == "" {
			t.Errorf("event %d lacks its evidence", line.Seq)
		}
		if line.Type == events.TypeTargetSet && line.Scorer == line.Unit {
			t.Errorf("event %d: %s set its own target", line.Seq, line.Unit)
		}
		if !line.Signed || line.Late || len(line.Hold) > 0 {
			t.Errorf("event %d, %s: signed %t, late %t, held back %v", line.Seq, line.Type, line.Signed, line.Late, line.Hold)
		}
		count["basis "+line.Basis]++
	}
	for _, c := range []struct {
		what  string
		least int
	}{{"target.set", 42}, {"level self", 500}, {"level cross", 300}, {"level approved", 154}, {"mark recused", 1}, {"mark abstained", 1},
		{"criterion III.3", 42}, {"criterion bonus", 20}, {"criterion bonus-help", 5}, {"criterion penalty", 2},
		{"entry.withdrawn", 1}, {"tie.decided", 1}, {"campaign.closed", 1}, {"campaign.opened", 1}, {"level peer", 80}, {"basis transcribed", 1},
		{"unit.joined", 7}, {"member.appointed", 1}, {"record.endorsed", 6}, {"stage.advanced", 6}, {"drive.launched", 3}, {"drive.closed", 3},
		{"report.filed", 21}, {"sheet.sealed", 7}, {"sheet.revealed", 7}, {"score.returned", 3}, {"explanation.filed", 1},
		{"commendation.recorded", 4}, {"standings.frozen", 1}, {"standings.revealed", 1}, {"publication.started", 3},
		{"evaluation.recorded", 21}, {"exclusion.imposed", 1}, {"exclusion.lifted", 1}, {"nomination.proposed", 4}, {"ballot.opened", 2}, {"ballot.cast", 8},
		{"ballot.tallied", 1}, {"ballot.closed", 2}, {"award.proposed", 4}, {"award.decided", 4}, {"appeal.filed", 1}, {"appeal.decided", 1}} {
		if count[c.what] < c.least {
			t.Errorf("%s: %d events, want at least %d", c.what, count[c.what], c.least)
		}
	}
}

// TestSlipsAreCorrected: every slip is in the record, and so is its correction.
func TestSlipsAreCorrected(t *testing.T) {
	t.Parallel()
	live, _ := replay(t, nil)
	for _, s := range slips() {
		found := false
		for _, line := range live.Audit(projections.AuditFilter{Unit: s.unit, Criterion: s.leaf, Author: s.scorer}) {
			found = found || line.Reason == s.reason && line.Supersedes != 0
		}
		if !found {
			t.Errorf("%s, %s by %s: no correction says %q", s.unit, s.leaf, s.scorer, s.reason)
		}
	}
	for _, c := range cuts() {
		found := false
		for _, line := range live.Audit(projections.AuditFilter{Unit: c.unit, Criterion: c.leaf, Author: secretary}) {
			found = found || line.Reason == c.reason
		}
		if !found {
			t.Errorf("%s, %s: the council does not say %q", c.unit, c.leaf, c.reason)
		}
	}
}

func TestYearIsDeterministic(t *testing.T) {
	t.Parallel()
	_, first := replay(t, nil)
	_, second := replay(t, nil)
	if !slices.EqualFunc(first, second, func(a, b events.Record) bool { return bytes.Equal(a, b) }) {
		t.Error("two runs differ")
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	bodies := year(t)
	const mostProposals = 50 // as Body says
	zone := time.FixedZone("+07", 7*60*60)
	ids := map[uuid.UUID]bool{}
	var last time.Time
	for i, b := range bodies {
		if len(b.Proposals) < 1 || len(b.Proposals) > mostProposals || b.Chapter == "" {
			t.Errorf("body %d of chapter %q has %d events", i, b.Chapter, len(b.Proposals))
		}
		for _, d := range b.Proposals {
			row := d.Causation != uuid.Nil // of a sheet
			if ids[d.ID] || d.ID.Version() != 7 && !row {
				t.Errorf("body %d: the id %s is not of version 7, or not the first", i, d.ID)
			}
			if row == (d.Signature != "") {
				t.Errorf("body %d: a %s by %s, signed %t", i, d.Type(), d.Author, d.Signature != "")
			}
			ids[d.ID] = true
			local := d.Time.In(zone)
			if d.Time.Before(last) || local.Year() != 2017 && local.Format("2006-01") != "2018-01" || local.Weekday() == time.Saturday || local.Weekday() == time.Sunday {
				t.Errorf("body %d: time %s after %s", i, local, last)
			}
			last = d.Time
		}
	}
}

func TestMarksAreRefused(t *testing.T) {
	t.Parallel()
	r, err := events.ParseRegulation(SourceName, Source(testKeys(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"I.1.1 sum 1 2 3",
		"I.9 sum 1 2 3 4 5 6 7",
		"I.1 sum 1 2 3 4 5 6 7",
		"I.1.1 sum 1 2 3 4 5 6 x",
		"I.1.1 guess 1 2 3 4 5 6 7",
		"I.1.2 sum 1 2 3 4 5 6 7",
		"I.1.2 target 1 2 3 4 5 6 7\nI.1.3 sum 1 2 3 4 5 6 7",
	} {
		if _, err := readMarks(line, r); err == nil {
			t.Errorf("%q was accepted", line)
		}
	}
}
