package demo

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"campaignledger/events"
	"campaignledger/projections"
)

// TestTrailOfTheGovernmentFlag: the trail holds every step of the award in order, all that was said of its nominee's marks, what deserves a
// look, the result without the host's marks, and what no record answers.
func TestTrailOfTheGovernmentFlag(t *testing.T) {
	t.Parallel()
	live, _ := follow(t, func(*projections.Live) {})
	trail, err := live.AwardTrail(governmentFlag, "", "en")
	if err != nil {
		t.Fatal(err)
	}
	lines := map[projections.TrailCode][]projections.AuditLine{}
	seen := map[events.Seq]bool{}
	var codes []projections.TrailCode
	for _, s := range trail.Sections {
		codes = append(codes, s.Code)
		lines[s.Code] = s.Lines
		last := events.Seq(0)
		for _, line := range s.Lines {
			if line.Seq <= last || seen[line.Seq] || line.Sentence == "" {
				t.Errorf("%s: event %d after %d, twice: %t, says %q", s.Code, line.Seq, last, seen[line.Seq], line.Sentence)
			}
			last, seen[line.Seq] = line.Seq, true
		}
	}
	if !slices.Equal(codes, projections.TrailCodes()) {
		t.Errorf("the sections are %v", codes)
	}
	for _, line := range live.Audit(projections.AuditFilter{Unit: "lang-son"}) {
		if line.Criterion != "" && !seen[line.Seq] {
			t.Errorf("event %d, %s on %s, is not in the trail", line.Seq, line.Type, line.Criterion)
		}
	}
	for code, types := range map[projections.TrailCode][]events.Type{
		projections.TrailRegulation:  {events.TypeCampaignOpened},
		projections.TrailTies:        {events.TypeTieDecided, events.TypeRecordEndorsed},
		projections.TrailEvaluations: {events.TypeEvaluationRecorded},
		projections.TrailNominations: {events.TypeNominationProposed},
		projections.TrailBallots:     {events.TypeBallotOpened, events.TypeBallotTallied, events.TypeRecordEndorsed, events.TypeBallotClosed},
		projections.TrailDecisions:   {events.TypeAwardProposed, events.TypeAwardDecided},
		projections.TrailAppeals:     {events.TypeAppealFiled, events.TypeAppealDecided},
		projections.TrailNotices:     {events.TypePublicationStarted, events.TypeRecordEndorsed},
		projections.TrailMarks:       {events.TypeScoreEntered, events.TypeTargetSet, events.TypeImportStarted, events.TypeSheetSealed, events.TypeSheetRevealed},
	} {
		for _, typ := range types {
			has := slices.ContainsFunc(lines[code], func(l projections.AuditLine) bool { return l.Type == typ })
			if has == (typ == events.TypeImportStarted) { // the year has none
				t.Errorf("%s: a %s is there: %t", code, typ, has)
			}
		}
	}
	checkTrailEnd(t, trail)
}

// checkTrailEnd holds what follows the sections.
func checkTrailEnd(t *testing.T, trail *projections.Trail) {
	t.Helper()
	count := map[projections.AnomalyCode]int{}
	for _, a := range trail.Anomalies {
		count[a.Code]++
	}
	if count[projections.AnomalyPaper] != 1 || count[projections.AnomalyNotNotified] != 0 || count[projections.AnomalyMoved] == 0 {
		t.Errorf("the anomalies are %v", count)
	}
	var without struct {
		Official bool
		Without  struct {
			Unit    string
			Changes []projections.RankChange
		}
	}
	if len(trail.Without) != 1 || json.Unmarshal(trail.Without[0], &without) != nil || without.Official || without.Without.Unit != "lang-son" || len(without.Without.Changes) == 0 {
		t.Errorf("without the host: %s", trail.Without)
	}
	all := strings.Join(trail.Beyond, "\n")
	for _, want := range []string{"paper slips", "transcribed decision", "classified evidence", "quota over several clusters"} {
		if !strings.Contains(all, want) {
			t.Errorf("what no record answers lacks %q:\n%s", want, all)
		}
	}
	if len(trail.Evidence) == 0 || len(trail.Standings) != 1 || trail.Standings[0].Moved || trail.Standings[0].Rank != 1 {
		t.Errorf("%d files, standings %+v", len(trail.Evidence), trail.Standings)
	}
}

// TestTrailRefuses: an empty trail would mislead.
func TestTrailRefuses(t *testing.T) {
	t.Parallel()
	live, _ := follow(t, func(*projections.Live) {})
	for _, c := range []struct{ award, cluster, want string }{{"cup", "", "there is no award cup"}, {ministryFlag, "cum9", "there is no cluster cum9"}, {"", "", "there is no award"}} {
		if _, err := live.AwardTrail(c.award, c.cluster, "vi"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q in %q: %v", c.award, c.cluster, err)
		}
	}
}
