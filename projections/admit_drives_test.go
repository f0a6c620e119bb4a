package projections

import (
	"testing"

	"github.com/google/uuid"

	"campaignledger/events"
)

// driveRules are about the year's work beside the scores.
func driveRules() []signedRule {
	launches := func(id, cluster string) func(c *signed) error {
		return says("a-head", "", is(&events.DriveLaunched{Drive: id, Cluster: cluster, Kind: events.DrivePeak, Title: "Peak", Starts: "2017-03-01", Ends: "2017-03-31"}))
	}
	ends := func(id string) func(c *signed) error { return says("a-head", "", is(&events.DriveClosed{Drive: id})) }
	report := func(change func(p *events.ReportFiled)) func(c *signed) error {
		return says("b-head", "b", func(*signed) events.Payload {
			p := &events.ReportFiled{From: "2017-01-01", To: "2017-03-01", Text: events.Words{Text: "done"}}
			change(p)
			return p
		})
	}
	same := func(*events.ReportFiled) {}
	filed := func(c *signed) { _ = report(same)(c) }
	commends := func(author, unit, drive string) func(c *signed) error {
		return says(author, unit, is(&events.CommendationRecorded{Kind: events.CommendThematic, Theme: "water", Drive: drive, Merit: events.Words{Text: "dams"}}))
	}
	publishes := func(of uuid.UUID) func(c *signed) error {
		return says("a-head", "", is(&events.PublicationStarted{Days: 10, Place: "hall", Of: of}))
	}
	freezes := says("a-head", "", is(&events.StandingsFrozen{}))
	frozen := func(c *signed) { c.does("a-head", "", &events.StandingsFrozen{}) }
	reveals := says("a-head", "", is(&events.StandingsRevealed{}))
	return []signedRule{
		{name: "launched", code: CodeDrive, field: "drive", accept: launches("d2", ""), refuse: launches("d1", "")},
		{name: "launched where", code: CodeUnknownCluster, field: "cluster", accept: launches("d2", "one"), refuse: launches("d2", "two")},
		{name: "none to close", code: CodeDrive, field: "drive", accept: ends("d1"), refuse: ends("d2")},
		{name: "closed", code: CodeDrive, field: "drive", accept: ends("d1"), refuse: func(c *signed) error {
			if err := ends("d1")(c); err != nil {
				return err
			}
			return ends("d1")(c)
		}},
		{name: "launched again", code: CodeDrive, field: "drive", given: func(c *signed) { _ = ends("d1")(c) }, accept: launches("d2", ""), refuse: launches("d1", "")},
		{name: "report on none", code: CodeDrive, field: "drive", accept: report(func(p *events.ReportFiled) { p.Drive = "d1" }), refuse: report(func(p *events.ReportFiled) { p.Drive = "d2" })},
		{name: "report again", code: CodeReason, field: "reason", given: filed, accept: report(func(p *events.ReportFiled) { p.Reason = "corrected" }), refuse: report(same)},
		{name: "report on another period", code: CodeReason, field: "reason", given: filed, accept: report(func(p *events.ReportFiled) { p.To = "2017-03-02" }), refuse: report(same)},
		{name: "report replaced", code: CodeSupersedes, field: "supersedes", given: filed, accept: report(func(p *events.ReportFiled) { p.Reason = "corrected" }),
			refuse: report(func(p *events.ReportFiled) { p.Supersedes, p.Reason = uuid.UUID{1}, "corrected" })},
		{name: "report replaces none", code: CodeSupersedes, field: "supersedes", accept: report(same), refuse: report(func(p *events.ReportFiled) { p.Supersedes, p.Reason = uuid.UUID{1}, "corrected" })},
		{name: "commend for none", code: CodeDrive, field: "drive", accept: commends("a-head", "b", "d1"), refuse: commends("a-head", "b", "d2")},
		{name: "commend nobody", code: CodeUnknownUnit, field: "subject", accept: commends("authority", "c", ""), refuse: commends("authority", "z", "")},
		{name: "commend another", code: CodeRole, field: "author", accept: commends("b-head", "b", ""), refuse: commends("b-head", "c", "")},
		{name: "publish", code: CodeUnknownEvent, field: "of", at: deliberation, accept: publishes(uuid.Nil), refuse: publishes(uuid.UUID{1})},
		{name: "frozen", code: CodeFrozen, at: scoring, accept: freezes, refuse: func(c *signed) error { frozen(c); return freezes(c) }},
		{name: "not frozen", code: CodeFrozen, at: ballot, given: func(c *signed) { frozen(c); c.must(c.list[0], reveals(c)) }, accept: freezes, refuse: reveals},
		{name: "next", code: CodeStage, field: "stage", at: open, accept: says("a-head", "", is(&events.StageAdvanced{Stage: scoring})), refuse: says("a-head", "", is(&events.StageAdvanced{Stage: review}))},
		{name: "final while frozen", code: CodeBlocked, field: "stage", at: ballot, accept: says("a-head", "", is(&events.StageAdvanced{Stage: final})),
			refuse: func(c *signed) error {
				frozen(c)
				return says("a-head", "", is(&events.StageAdvanced{Stage: final}))(c)
			}},
		{name: "closed", code: CodeClosed, at: final, accept: says("a-head", "", is(closing())), refuse: func(c *signed) error {
			c.does("a-head", "", closing())
			c.does("b-head", "b", c.newKey("b-officer", 2)) // members still change
			return says("a-head", "", is(closing()))(c)
		}},
	}
}

// TestReportIsLate after the first deadline that is not before its last day.
func TestReportIsLate(t *testing.T) {
	t.Parallel()
	c := signedAt(t, open)
	c.now = trialStart.AddDate(0, 0, 20) // 21 March
	for to, want := range map[string]bool{"2017-03-01": true, "2017-03-20": true, "2017-03-21": false} {
		e := c.does("b-head", "b", &events.ReportFiled{From: "2017-01-01", To: to, Text: events.Words{Text: "x"}})
		if got := c.live.state.journal.at(e.Seq).late; got != want {
			t.Errorf("a report to %s: late is %v", to, got)
		}
	}
}

// TestFreeze: the freeze and what ends it show in the summary.
func TestFreeze(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring)
	e := c.does("a-head", "", &events.StandingsFrozen{Reason: "the hall waits"})
	if c.live.Summary().Frozen != e.Seq {
		t.Errorf("frozen since %d", c.live.Summary().Frozen)
	}
	c.does("b-head", "b", points("G", "self", "b", "9"))
	c.does("a-head", "", &events.StandingsRevealed{})
	if c.live.Summary().Frozen != 0 {
		t.Error("still frozen")
	}
	requireSame(t, fold(t, c.list), c.live)
}

// TestReportOnADrive is due when the drive is closed, and comes from a unit that the drive is for.
func TestReportOnADrive(t *testing.T) {
	t.Parallel()
	c := openSigned(t, "calendar:\n", "  - {id: two, criteria: default, lead: e, units: [{id: e}]}\ncalendar:\n",
		"  - {id: auditor", "  - {id: e-head, role: head, unit: e, key: \"KEY-e-head\"}\n  - {id: auditor")
	c.join("e")
	c.to(open) // d1 is for all
	for id, cluster := range map[string]string{"ours": "one", "theirs": "two"} {
		c.does("a-head", "", &events.DriveLaunched{Drive: id, Cluster: cluster, Title: "Peak", Starts: "2017-03-01", Ends: "2017-03-31"})
	}
	report := func(drive string) *events.ReportFiled {
		return &events.ReportFiled{Drive: drive, From: "2017-04-01", To: "2017-06-01", Text: events.Words{Text: "done"}}
	}
	for _, x := range []struct {
		unit, drive string
		ok          bool
	}{{"b", "d1", true}, {"e", "d1", true}, {"b", "ours", true}, {"e", "ours", false}, {"b", "theirs", false}, {"e", "theirs", true}, {"e", "", true}} {
		err := c.would(x.unit+"-head", x.unit, report(x.drive))
		if x.ok && err != nil {
			t.Errorf("%s on %q: %v", x.unit, x.drive, err)
		} else if !x.ok && c.refused(err, CodeDrive).Field != "drive" {
			t.Errorf("%s on %q: %v", x.unit, x.drive, err)
		}
	}
	late := func(unit, drive, reason string) bool {
		p := report(drive)
		p.Reason = reason
		e := c.does(unit+"-head", unit, p)
		return c.live.Audit(AuditFilter{After: e.Seq - 1, Limit: 1})[0].Late
	}
	if late("b", "ours", "") || late("b", "d1", "") || late("b", "", "") {
		t.Error("late before the end of the drive")
	}
	c.does("a-head", "", &events.DriveClosed{Drive: "ours"})
	if !late("c", "ours", "") || !late("b", "ours", "corrected") {
		t.Error("not late after the end of the drive")
	}
	if late("c", "d1", "") || late("c", "", "") {
		t.Error("late, though another drive has ended")
	}
	requireSame(t, fold(t, c.list), c.live)
}
