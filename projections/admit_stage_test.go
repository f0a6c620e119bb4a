package projections

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"campaignledger/events"
)

// power is who may say a type, and when. It restates the rules by hand: the table that admits is held against it, by deed.
type power struct {
	typ         events.Type
	first, last events.Stage
	closed      bool
	tried       events.Stage // where who is tried
	who         string       // the members that may
	sample      func(c *signed, author string) (subject string, p events.Payload)
	fine        Code // of a refusal in its stages that is not about who or when
}

// lastOf is the newest event that ok takes.
func (c *signed) lastOf(ok func(events.Event) bool) events.Event {
	for _, e := range slices.Backward(c.list) {
		if ok(e) {
			return e
		}
	}
	return events.Event{Draft: events.Draft{ID: uuid.UUID{1}}, Record: events.Record("{}")}
}

func isMark(e events.Event) bool {
	p, ok := e.Payload.(*events.ScoreEntered)
	return ok && e.Subject == "b" && p.Criterion == "G"
}

func isTarget(e events.Event) bool {
	return e.Payload.Type() == events.TypeTargetSet && e.Subject == "b"
}

func isSealed(e events.Event) bool { return e.Payload.Type() == events.TypeSheetSealed }

// ofType is a payload without a subject.
func ofType(p events.Payload) func(*signed, string) (string, events.Payload) {
	return func(*signed, string) (string, events.Payload) { return "", p }
}

// about is a payload about unit b.
func about(p events.Payload) func(*signed, string) (string, events.Payload) {
	return func(*signed, string) (string, events.Payload) { return "b", p }
}

const (
	draft, open, scoring, review = events.StageDraft, events.StageOpen, events.StageScoring, events.StageReview
	deliberation, ballot, final  = events.StageDeliberation, events.StageBallot, events.StageFinal
)

func powers() []power {
	const clerks = "a-head a-officer a-reviewer b-head b-officer b-reviewer c-head"
	everyone := strings.Join(everyMember(), " ")
	return slices.Concat(yearPowers(), memberPowers(everyone), deliberationPowers(), ballotPowers(), awardPowers(), []power{
		{events.TypeEntryWithdrawn, open, review, false, open, "a-head a-officer a-reviewer", func(c *signed, _ string) (string, events.Payload) {
			return "b", &events.EntryWithdrawn{Of: c.lastOf(isTarget).ID, Reason: "wrong"}
		}, ""},
		{events.TypeExplanationFiled, scoring, deliberation, false, review, "b-head b-officer", func(c *signed, _ string) (string, events.Payload) {
			return "b", &events.ExplanationFiled{Of: c.lastOf(isMark).ID, Text: events.Words{Text: "because"}}
		}, ""},
		{events.TypeImportStarted, open, review, false, open, clerks + " a-council b-council c-council", ofType(announce(1)), ""},
		{events.TypeScoreEntered, scoring, review, false, scoring, "b-head b-officer b-reviewer", func(c *signed, _ string) (string, events.Payload) {
			p := proven(points("E", "self", "b", "3"))
			if e := c.lastOf(func(e events.Event) bool {
				p, ok := e.Payload.(*events.ScoreEntered)
				return ok && e.Subject == "b" && p.Criterion == "E"
			}); e.Seq != 0 {
				p.Supersedes, p.Reason = e.ID, "corrected"
			}
			return "b", p
		}, ""},
		{events.TypeScoreReturned, scoring, review, false, review, "a-head a-reviewer a-council c-head c-council", func(c *signed, _ string) (string, events.Payload) {
			return "b", &events.ScoreReturned{Of: c.lastOf(isMark).ID, Reason: "say more"}
		}, ""},
		{events.TypeSheetRevealed, review, review, false, review, "b-head", func(c *signed, _ string) (string, events.Payload) {
			return "", &events.SheetRevealed{Of: c.lastOf(isSealed).ID, Salt: salt()}
		}, CodeSealedMismatch},
		{events.TypeSheetSealed, scoring, scoring, false, scoring, "b-head b-officer b-reviewer", func(c *signed, author string) (string, events.Payload) {
			return "", c.sealed(author, "b", sheetOf("a", "c")...)
		}, ""},
		{events.TypeTargetSet, open, review, false, open, "a-head a-officer a-reviewer", func(*signed, string) (string, events.Payload) {
			return "b", &events.TargetSet{Cluster: "one", Criterion: "T", Scorer: "a", Target: decimal("3"), Reason: "more"}
		}, ""},
	})
}

// yearPowers are those of the types that move the campaign on.
func yearPowers() []power {
	return []power{
		{events.TypeCampaignClosed, final, final, false, final, "a-head", ofType(&events.CampaignClosed{}), ""},
		{events.TypeCommendationRecorded, open, final, false, open, "a-head b-head authority",
			about(&events.CommendationRecorded{Kind: events.CommendExemplar, Merit: events.Words{Text: "flood"}}), ""},
		{events.TypeDriveClosed, open, review, false, scoring, "a-head a-officer", ofType(&events.DriveClosed{Drive: "d1"}), CodeDrive},
		{events.TypeDriveLaunched, open, review, false, open, "a-head a-officer",
			ofType(&events.DriveLaunched{Drive: "d2", Title: "Second", Starts: "2017-03-01", Ends: "2017-03-31"}), ""},
		{events.TypePublicationStarted, deliberation, final, false, deliberation, "a-head", ofType(&events.PublicationStarted{Days: 10, Place: "hall"}), ""},
		{events.TypeRegulationAmended, draft, review, false, open, "a-head", func(c *signed, _ string) (string, events.Payload) {
			return "", c.amendment(2, "clock: live", "clock: live\ntheme: Another")
		}, ""},
		{events.TypeReportFiled, open, review, false, open, "b-head b-officer",
			about(&events.ReportFiled{From: "2017-01-01", To: "2017-03-01", Text: events.Words{Text: "done"}}), ""},
		{events.TypeStageAdvanced, draft, ballot, false, open, "a-head", func(c *signed, _ string) (string, events.Payload) {
			return "", &events.StageAdvanced{Stage: events.Stages()[min(stageIndex(c.live.state.scalars.stage)+1, 6)]}
		}, CodeBlocked},
		{events.TypeStandingsFrozen, scoring, ballot, false, scoring, "a-head", ofType(&events.StandingsFrozen{}), ""},
		{events.TypeStandingsRevealed, scoring, final, false, scoring, "", ofType(&events.StandingsRevealed{}), CodeFrozen},
		{events.TypeTieDecided, review, deliberation, false, review, "a-head", ofType(&events.TieDecided{Cluster: "one", Order: []string{"b", "a"}, Reason: "lot"}), ""},
	}
}

// memberPowers are those of the types that say who may speak.
func memberPowers(everyone string) []power {
	return []power{
		{events.TypeLedgerTakenOver, draft, final, true, open, "a-head b-head c-head", func(c *signed, _ string) (string, events.Payload) {
			last, _ := c.live.Last()
			return "", takeOverOf(last, 1, 2)
		}, ""},
		{events.TypeMemberAppointed, draft, final, true, open, "b-head", func(c *signed, _ string) (string, events.Payload) {
			return "b", c.appointment("b-new", events.RoleOfficer)
		}, ""},
		{events.TypeMemberRekeyed, draft, final, true, open, "b-head", func(c *signed, _ string) (string, events.Payload) {
			return "b", c.newKey("b-officer", 2)
		}, ""},
		{events.TypeMemberRemoved, draft, final, true, open, "b-head", about(&events.MemberRemoved{Member: "b-officer", Reason: "moved"}), ""},
		{events.TypeRecordEndorsed, draft, final, true, open, everyone, func(c *signed, _ string) (string, events.Payload) {
			return "", endorse(c.list[0], events.EndorseReceived)
		}, ""},
		{events.TypeUnitJoined, draft, open, false, draft, "b-head", about(&events.UnitJoined{}), CodeJoined},
		{events.TypeUnitWithdrawn, draft, ballot, false, open, "b-head", about(&events.UnitWithdrawn{Reason: "merged"}), ""},
	}
}

// TestWhoMaySayIt tries every type by every member, in a stage that allows it.
func TestWhoMaySayIt(t *testing.T) {
	t.Parallel()
	campaigns := map[events.Stage]*signed{}
	for _, p := range powers() {
		c := campaigns[p.tried]
		if c == nil {
			c = signedAt(t, p.tried)
			if p.tried == scoring {
				c.does("b-head", "b", points("G", "self", "b", "1"))
			}
			campaigns[p.tried] = c
		}
		for _, author := range everyMember() {
			subject, payload := p.sample(c, author)
			if p.typ == events.TypeUnitJoined {
				c = openSigned(t)
			}
			err := c.would(author, subject, payload)
			var r *Refusal
			refused := errors.As(err, &r) && !(p.fine != "" && r.Code == p.fine)
			if may := slices.Contains(strings.Fields(p.who), author); may == refused && p.typ != events.TypeStandingsRevealed {
				t.Errorf("%s by %s: %v", p.typ, author, err)
			} else if refused && !slices.Contains([]Code{CodeRole, CodeScorer, CodeConflict, CodeNotJoined}, r.Code) {
				t.Errorf("%s by %s: refused for another reason, %s: %v", p.typ, author, r.Code, err)
			}
		}
	}
}

// TestWhenItMayBeSaid tries every type at every stage and after the close.
func TestWhenItMayBeSaid(t *testing.T) {
	t.Parallel()
	for i := range 8 {
		stage := events.Stages()[min(i, 6)]
		t.Run(string(stage), func(t *testing.T) {
			t.Parallel()
			c := openSigned(t)
			c.join("a", "b")
			if stage != draft {
				c = signedAt(t, stage)
			}
			if stage == scoring {
				c.does("b-head", "b", points("G", "self", "b", "1"))
			}
			if i == 7 {
				c.does("a-head", "", &events.CampaignClosed{})
			}
			for _, p := range powers() {
				author := authorOf(p)
				subject, payload := p.sample(c, author)
				err := c.would(author, subject, payload)
				requireStage(t, c, p, i, err)
			}
		})
	}
}

// requireStage holds what admission said at stage i, 7 after the close, against a power.
func requireStage(t *testing.T, c *signed, p power, i int, err error) {
	t.Helper()
	want := Code("")
	switch {
	case i == 7 && !p.closed:
		want = CodeClosed
	case i < 7 && (i < stageIndex(p.first) || i > stageIndex(p.last)):
		want = CodeStage
	}
	var r *Refusal
	if errors.As(err, &r) && r.Code == p.fine && want == "" {
		return
	}
	if want != "" {
		c.refused(err, want)
	} else if err != nil {
		t.Errorf("%s: %v", p.typ, err)
	}
}

// TestEveryRuleHasAPower fails when a type has no line in powers.
func TestEveryRuleHasAPower(t *testing.T) {
	t.Parallel()
	tried := map[events.Type]bool{events.TypeCampaignOpened: true} // see TestOpening
	for _, p := range powers() {
		tried[p.typ] = true
	}
	for _, r := range Rules() {
		if !tried[r.Type] {
			t.Errorf("nobody tries %s", r.Type)
		}
		delete(tried, r.Type)
	}
	if len(tried) > 0 {
		t.Errorf("there is no rule for %v", tried)
	}
}

// authorOf is a member that may say it.
func authorOf(p power) string { return strings.Fields(p.who + " a-head")[0] }
