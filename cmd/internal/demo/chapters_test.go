package demo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"campaignledger/events"
)

func TestChapters(t *testing.T) {
	t.Parallel()
	var chapters []Chapter
	for _, b := range year(t) {
		if len(chapters) == 0 || chapters[len(chapters)-1] != b.Chapter {
			chapters = append(chapters, b.Chapter)
		}
	}
	want := []Chapter{Opening, Joining, Targets, TetDrive, FirstQuarter, FirstCheck, SpringDrive, HalfYear, HalfYearCheck, Review, AutumnDrive,
		ThirdQuarter, ThirdCheck, YearEnd, Cross, Reveal, Evaluations, Council, Conference, Ballots, Closing, Appeal, Proposals, Decisions, LastDecision}
	if !slices.Equal(chapters, want) {
		t.Errorf("the chapters are %q", chapters)
	}
	for _, c := range chapters {
		if vi := c.In("vi"); vi == string(c) || !norm.NFC.IsNormalString(vi) || c.In("en") != string(c) {
			t.Errorf("chapter %q is %q in Vietnamese", c, vi)
		}
	}
}

// TestStages: the stages come in order, the sheets are sealed before the review and opened in it, and what the council approves stands behind
// the freeze, which ends before the tie is decided.
func TestStages(t *testing.T) {
	t.Parallel()
	var got []string
	for _, b := range year(t) {
		for _, p := range b.Proposals {
			step := ""
			switch payload := p.Payload.(type) {
			case *events.StageAdvanced:
				step = string(payload.Stage)
			case *events.ScoreEntered:
				if payload.Level == levelApproved && b.Chapter == Council {
					step = "approved"
				}
			case *events.SheetSealed, *events.SheetRevealed, *events.StandingsFrozen, *events.StandingsRevealed, *events.TieDecided, *events.CampaignClosed,
				*events.EvaluationRecorded, *events.NominationProposed, *events.BallotOpened, *events.BallotClosed, *events.PublicationStarted,
				*events.AppealFiled, *events.AppealDecided, *events.AwardProposed, *events.AwardDecided:
				step = string(payload.Type())
			}
			if step != "" && (len(got) == 0 || got[len(got)-1] != step) {
				got = append(got, step)
			}
		}
	}
	want := []string{"open", "scoring", "sheet.sealed", "review", "sheet.revealed", "evaluation.recorded", "standings.frozen", "approved",
		"deliberation", "standings.revealed", "tie.decided", "evaluation.recorded", "nomination.proposed", "ballot", "ballot.opened", "ballot.closed",
		"ballot.opened", "ballot.closed", "final", "publication.started", "campaign.closed", "appeal.filed", "appeal.decided", "award.proposed",
		"award.decided"}
	if !slices.Equal(got, want) {
		t.Errorf("the year goes %v, want %v", got, want)
	}
}

// TestFilesComeFirst: what events name as held by the ledger goes along with them or before them.
func TestFilesComeFirst(t *testing.T) {
	t.Parallel()
	held := map[string]bool{}
	named, classified := 0, 0
	name := func(hash string, unit bool) {
		named++
		if unit {
			classified++
		} else if !held[hash] {
			t.Errorf("the file %s is named before it is there", hash)
		}
	}
	for _, b := range year(t) {
		for _, f := range b.Files {
			sum := sha256.Sum256(f.Content)
			held[hex.EncodeToString(sum[:])] = true
			if !strings.HasSuffix(f.Name, ".txt") || !norm.NFC.IsNormal(f.Content) || !bytes.HasSuffix(f.Content, []byte("\n")) || f.By == "" {
				t.Errorf("file %s by %q: %q", f.Name, f.By, f.Content)
			}
		}
		for _, p := range b.Proposals {
			switch payload := p.Payload.(type) {
			case *events.ScoreEntered:
				if hash, ok := strings.CutPrefix(payload.Evidence, "unit:sha256:"); ok {
					name(hash, true)
				} else if hash, ok := strings.CutPrefix(payload.Evidence, "sha256:"); ok {
					name(hash, false)
				}
			case *events.ReportFiled:
				for _, f := range payload.Evidence {
					name(f.SHA256, f.Unit)
				}
			case *events.ExplanationFiled:
				for _, f := range payload.Evidence {
					name(f.SHA256, f.Unit)
				}
			case *events.BallotTallied:
				name(payload.Minutes, false)
			case *events.AwardDecided:
				name(payload.Decision.Scan, false)
			}
		}
	}
	if len(held) != 20 || named < 45 || classified < 15 {
		t.Errorf("%d files are held; %d are named, of which %d are classified", len(held), named, classified)
	}
}

// TestSheets: nothing of a sheet can be told before it is opened, and each has its own salt.
func TestSheets(t *testing.T) {
	t.Parallel()
	salts := map[string]bool{}
	for _, b := range year(t) {
		for _, p := range b.Proposals {
			score, ok := p.Payload.(*events.ScoreEntered)
			if ok && score.Level == levelCross && b.Chapter != Reveal {
				t.Errorf("%s: %s", b.Chapter, p.Record)
			}
			if revealed, ok := p.Payload.(*events.SheetRevealed); ok {
				salts[revealed.Salt] = true
				if len(b.Proposals) != 43 { // seven leaves of six units, and the reveal
					t.Errorf("a sheet has %d marks", len(b.Proposals)-1)
				}
			}
		}
	}
	if len(salts) != 7 {
		t.Errorf("seven sheets have %d salts", len(salts))
	}
}
