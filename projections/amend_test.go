package projections

import (
	"fmt"
	"testing"

	"campaignledger/events"
)

// amendRules are about what an amendment may change, and what marks say of it.
func amendRules() []signedRule {
	amends := func(version int, edits ...string) func(c *signed) error {
		return says("a-head", "", func(c *signed) events.Payload { return c.amendment(version, edits...) })
	}
	good := amends(2, "clock: live", "clock: live\ntheme: Another")
	frozen := func(name, field string, edits ...string) signedRule {
		return signedRule{name: name, code: CodeRegulation, field: field, accept: good, refuse: amends(2, edits...)}
	}
	leaf := "      - {id: A, method: adjustment, min: -5, max: 5}\n"
	marks := func(version int) func(c *signed) error {
		return says("b-head", "b", func(*signed) events.Payload {
			p := points("G", "self", "b", "1")
			p.Regulation = version
			return p
		})
	}
	return []signedRule{
		frozen("nothing", "regulation"), frozen("id", "regulation", "id: trial", "id: other"), frozen("clock", "clock", "clock: live", "clock: historic"),
		frozen("members", "members", "name: A, role", "name: B, role"), frozen("sealing", "levels", "sealed: true, unrevealed: block", "sealed: false"),
		frozen("order of levels", "levels", "  - {id: cluster, scorers: lead}\n  - {id: jury, scorers: council}", "  - {id: jury, scorers: council}\n  - {id: cluster, scorers: lead}"),
		frozen("units", "clusters", "{id: b}, {id: c, not-assigned: [O]}", "{id: c, not-assigned: [O]}, {id: b}"),
		frozen("leaf taken out", "criteria", leaf, ""),
		frozen("leaf made a group", "criteria", leaf, "      - {id: A, items: [{id: AA, method: adjustment}]}\n"),
		{name: "version", code: CodeRegulation, field: "version", accept: good, refuse: amends(3, "clock: live", "clock: live\ntheme: Another")},
		{name: "not assigned", code: CodeRegulation, field: "regulation", at: scoring, accept: amends(2, "{id: b}", "{id: b, not-assigned: [A]}"), refuse: marks(2)},
		{name: "old version", code: CodeRegulation, field: "regulation", at: scoring, given: func(c *signed) { c.amend(2, "id: A, method", "title: New, id: A, method") }, accept: marks(2), refuse: marks(3)},
		{name: "overtaken", code: CodeRegulation, field: "of", at: scoring, given: func(c *signed) {
			c.does("a-head", "", c.amendment(2, "clock: live", "clock: live\ntheme: First"))
		}, accept: endorses("b-head", events.EndorseAgree), refuse: func(c *signed) error {
			first := c.list[len(c.list)-1]
			c.amend(2, "clock: live", "clock: live\ntheme: Second")
			return says("b-head", "", is(endorse(first, events.EndorseAgree)))(c)
		}},
	}
}

// amend proposes an amendment of a campaign that has a score and lets b agree, which gives the share.
func (c *signed) amend(version int, edits ...string) events.Event {
	c.t.Helper()
	if !c.live.state.scalars.scored {
		c.does("b-head", "b", points("G", "self", "b", "1"))
	}
	e := c.does("a-head", "", c.amendment(version, edits...))
	c.does("b-head", "", endorse(e, events.EndorseAgree))
	return e
}

// TestAmendedBeforeAnyScore is in force at once, at the lead's word.
func TestAmendedBeforeAnyScore(t *testing.T) {
	t.Parallel()
	c := signedAt(t, draft)
	c.join("a", "b", "c")
	c.does("a-head", "", c.amendment(2, "id: G, method: graded, max: 10", "id: G, method: graded, max: 20"))
	if s := c.live.Summary(); s.Version != 2 {
		t.Fatalf("version %d is in force", s.Version)
	}
	c.advance(open)
	c.advance(scoring)
	c.does("b-head", "b", points("G", "self", "b", "20"))
	c.points("b", "G", "20.00")
	requireSame(t, fold(t, c.list), c.live)
}

// TestSealedSheetLocksTheRegulation as a score does: what was sealed must stay what can be opened.
func TestSealedSheetLocksTheRegulation(t *testing.T) {
	t.Parallel()
	c := openSigned(t)
	c.join("a", "b", "c")
	c.advance(open)
	c.advance(scoring)
	c.seal("b-head", "b", sheetOf("c")...)
	c.does("a-head", "", c.amendment(2, "id: G, method: graded, max: 10", "id: G, method: graded, max: 1"))
	if v := c.live.Summary().Version; v != 1 {
		t.Errorf("the lead alone put version %d in force", v)
	}
}

// TestAmendmentReopens: marks on the leaves that it touches count again once they are entered under it, and ranks follow.
func TestAmendmentReopens(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring)
	for i, unit := range []string{"a", "b", "c"} {
		c.does(unit+"-head", unit, points("G", "self", unit, fmt.Sprint(9-i)))
		c.does(unit+"-head", unit, proven(points("E", "self", unit, fmt.Sprint(5+i))))
	}
	edits := []string{"id: G, method: graded, max: 10", "id: G, method: graded, max: 10, weight: 2"}
	e := c.does("a-head", "", c.amendment(2, edits...))
	c.points("a", "G", "9.00")
	c.refuses(CodeRegulation, "b-head", "b", &events.ScoreEntered{Cluster: "one", Criterion: "G", Level: "self", Scorer: "b", Regulation: 2,
		Mark: events.Mark{Kind: events.MarkPoints, Amount: events.Whole(1)}})
	c.does("c-head", "", endorse(e, events.EndorseAgree))
	c.points("a", "G", "0.00")
	c.points("a", "E", "5.00")
	if c.row("c").Rank != 1 || c.row("a").Rank != 3 || c.row("a").Complete {
		t.Errorf("the ranks are a %d, c %d", c.row("a").Rank, c.row("c").Rank)
	}
	if !c.blocked(BlockNoPoints, review) {
		t.Error("reopened leaves block nothing")
	}
	again := c.does("a-head", "a", because(points("G", "self", "a", "9"))) // Complete names the version
	if p, _ := again.Payload.(*events.ScoreEntered); p.Regulation != 2 {
		t.Errorf("the mark names version %d", p.Regulation)
	}
	c.points("a", "G", "18.00")
	if c.row("a").Rank != 1 {
		t.Errorf("a has rank %d", c.row("a").Rank)
	}
	requireSame(t, fold(t, c.list), c.live)
}

// TestAmendedMethod: places that were given under another method hold nothing any more.
func TestAmendedMethod(t *testing.T) {
	t.Parallel()
	const ordinal, graded = "id: O, method: ordinal, table: [3, 2, 1]", "id: O, method: graded, max: 5"
	c := signedAt(t, scoring, "a, not-assigned: [T, O]", "a, not-assigned: [T]", "c, not-assigned: [O]", "c, not-assigned: [T]", "id: cluster, scorers: lead", "id: cluster, scorers: any")
	edits := []string{"a, not-assigned: [T, O]", "a, not-assigned: [T]", "c, not-assigned: [O]", "c, not-assigned: [T]", "id: cluster, scorers: lead", "id: cluster, scorers: any"}
	c.does("b-head", "b", place("O", "cluster", "b", "1"))
	c.amend(2, append(edits, ordinal, graded)...)
	c.does("b-head", "b", because(points("O", "cluster", "b", "1")))
	c.does("b-head", "c", points("O", "cluster", "b", "1"))
	c.amend(3, edits...)
	c.does("b-head", "b", because(place("O", "cluster", "b", "2")))
	c.does("b-head", "c", because(place("O", "cluster", "b", "1")))
	c.refused(c.would("b-head", "a", place("O", "cluster", "b", "1")), CodePlaceTaken)
	c.does("b-head", "a", place("O", "cluster", "b", "3"))
	for key, holders := range c.live.state.places.rows() {
		if len(holders) != 1 {
			t.Errorf("place %s is held by %d", key.place, holders)
		}
	}
}

// TestUnassignedByAmendment: a mark that waits on a leaf that its unit lost counts nowhere, not even as waiting.
func TestUnassignedByAmendment(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring)
	e := c.does("a-officer", "b", transcribed(points("G", "self", "b", "8")))
	c.amend(2, "{id: b}", "{id: b, not-assigned: [G]}")
	requireSame(t, fold(t, c.list), c.live)
	c.does("b-officer", "", endorse(e, events.EndorseAgree))
	requireSame(t, fold(t, c.list), c.live)
}

// TestAmendedWitnesses: they come, change and go by the share of units, also before anything is scored, and no mark is touched.
func TestAmendedWitnesses(t *testing.T) {
	t.Parallel()
	witnesses := func(more string) []string {
		key := events.PublicKeyOf(privateKey("witness", 1)).String()
		return []string{"endorse: 2/3\n", "endorse: 2/3\nwitnesses: {" + more + "keys: [{id: b-w, unit: b, key: '" + key + "'}]}\n"}
	}
	inForce := func(c *signed) *events.Witnesses { return c.live.state.plan.regulation.Witnesses }
	early := signedAt(t, scoring) // before any mark, when the lead amends anything else alone
	e := early.does("a-head", "", early.amendment(2, witnesses("")...))
	if inForce(early) != nil {
		t.Error("the lead alone names witnesses")
	}
	early.does("b-head", "", endorse(e, events.EndorseAgree))
	if inForce(early) == nil {
		t.Error("the share does not name witnesses")
	}
	c := signedAt(t, scoring)
	c.does("b-head", "b", points("G", "self", "b", "1"))
	p := c.amendment(2, witnesses("")...)
	preview, err := c.live.Preview(p.Regulation)
	if err != nil || preview.Version != 2 || len(preview.Reopened) != 0 || preview.Marks != 0 || preview.Agree != 2 {
		t.Errorf("the preview is %+v, %v", preview, err)
	}
	e = c.does("a-head", "", p)
	if inForce(c) != nil {
		t.Error("the lead alone names witnesses once there is a mark")
	}
	c.does("b-head", "", endorse(e, events.EndorseAgree))
	if w := inForce(c); w == nil || len(w.Keys) != 1 || w.Keys[0].ID != "b-w" || w.Quorum() != 1 {
		t.Errorf("the witnesses are %+v", w)
	}
	c.points("b", "G", "1.00")
	c.refuses(CodeRegulation, "a-head", "", c.amendment(3, witnesses("")...))
	c.amend(3, witnesses("quorum: 1, colluding: 1, ")...)
	if w := inForce(c); w == nil || w.Colluding != 1 || w.Safe() {
		t.Errorf("the witnesses are %+v", w)
	}
	c.amend(4)
	if w := inForce(c); w != nil {
		t.Errorf("the witnesses are %+v", w)
	}
	c.points("b", "G", "1.00")
	requireSame(t, fold(t, c.list), c.live)
}
