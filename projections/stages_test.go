package projections

import (
	"slices"
	"strings"
	"testing"

	"campaignledger/events"
)

// blockerCase is a campaign at a stage that one thing keeps from the next, and what ends that.
type blockerCase struct {
	code  BlockerCode
	at    events.Stage
	edits []string
	given func(c *signed) // what blocks
	ends  func(c *signed)
}

func blockerCases() []blockerCase {
	var e events.Event
	missing := func(c *signed) { // b's mark on G
		e = c.lastOf(isMark)
		c.does("b-head", "b", &events.EntryWithdrawn{Of: e.ID, Reason: "wrong"})
	}
	unfinished := func(c *signed) {
		var rows []ImportRow
		for range events.MaxBatchRows {
			rows = append(rows, importRowOf("b", &events.ScoreEntered{Cluster: "one", Criterion: "A", Level: "self", Scorer: "b", Item: "i" + seqText(events.Seq(len(rows))),
				Mark: events.Mark{Kind: events.MarkPoints}}))
		}
		rows = append(rows, importRowOf("b", points("A", "self", "b", "1")))
		_, commits := c.imports("b-officer", fileOf("long.csv", rows...))
		first := commits[0][:1+events.MaxBatchRows]
		c.must(e, c.body(first...))
		c.now = c.now.Add(importHold)
		rest := slices.Concat(commits...)[len(first):]
		e = rest[0]
		if len(rest) != 1 {
			c.t.Fatalf("%d rows are left", len(rest))
		}
	}
	void := []string{"unrevealed: block", "unrevealed: void"}
	withSecond := append(seconding(), void...)
	return []blockerCase{
		{BlockNotJoined, draft, nil, func(c *signed) { c.join("a") }, func(c *signed) { c.join("b", "c") }},
		{BlockImport, scoring, nil, unfinished, func(c *signed) {
			e.Seq, _ = c.live.Last()
			e.Seq++
			e.Recorded = c.now
			c.must(e, c.body(e))
		}},
		{BlockImport, review, void, unfinished, func(c *signed) {
			e.Seq, _ = c.live.Last()
			e.Seq++
			e.Recorded = c.now
			c.must(e, c.body(e))
		}},
		{BlockNoPoints, review, void, missing, func(c *signed) { c.does("b-head", "b", points("G", "self", "b", "8")) }},
		{BlockReturn, review, void, func(c *signed) {
			c.does("a-head", "b", &events.ScoreReturned{Of: c.lastOf(isMark).ID, Reason: "say more"})
		},
			func(c *signed) { c.does("b-head", "b", because(points("G", "self", "b", "8"))) }},
		{BlockUnrevealed, review, nil, func(*signed) {}, func(c *signed) { c.mustReveal("b-head", "b", sheetOf("c")...) }},
		{BlockUnconfirmed, review, void, func(c *signed) { e = c.does("a-head", "c", transcribed(points("A", "self", "c", "1"))) },
			func(c *signed) { c.does("c-head", "", endorse(e, events.EndorseAgree)) }},
		{BlockUnconfirmed, review, withSecond, func(c *signed) { e = c.does("a-reviewer", "a", points("G", "cluster", "a", "9")) },
			func(c *signed) { c.does("c-head", "", endorse(e, events.EndorseSecond)) }},
		{BlockTie, deliberation, void, func(c *signed) { c.tie() }, func(c *signed) {
			e = c.does("a-head", "", &events.TieDecided{Cluster: "one", Order: []string{"c", "b"}, Points: decimal(c.row("b").Points()), Reason: "lot"})
			c.does("c-head", "", endorse(e, events.EndorseAgree))
		}},
		{BlockFrozen, ballot, void, func(c *signed) { c.does("a-head", "", &events.StandingsFrozen{}) }, func(c *signed) { c.does("a-head", "", &events.StandingsRevealed{}) }},
		{BlockBallot, ballot, void, func(c *signed) { c.opened(events.BallotNamed) }, func(c *signed) {
			c.does("c-head", "", endorse(c.does("a-head", "", closes("open", "the hour is late")), events.EndorseAgree))
		}},
	}
}

// tie requires that b and c tie, as the table of O is edited to make them.
func (c *signed) tie() {
	c.t.Helper()
	if c.row("b").Points() != c.row("c").Points() {
		c.t.Fatalf("b has %s points, c %s", c.row("b").Points(), c.row("c").Points())
	}
}

// TestEveryBlocker holds the next stage back until it is gone, and nothing else does.
func TestEveryBlocker(t *testing.T) {
	t.Parallel()
	tried := map[BlockerCode]bool{BlockNoNext: true, BlockUnsigned: true}
	for _, b := range blockerCases() {
		edits := b.edits
		if b.code == BlockTie { // b has 8 + 5 + 2.5 - 1.5, c 4 + 5 + 5
			edits = append(slices.Clone(edits), "table: [3, 2, 1]", "table: [-1.5, 2, 1]")
		}
		c := signedAt(t, b.at, edits...)
		b.given(c)
		check, err := c.live.Blockers()
		if err != nil || check.Stage != b.at || len(check.Blockers) == 0 {
			t.Fatalf("%s at %s: %+v, %v", b.code, b.at, check, err)
		}
		for _, found := range check.Blockers {
			if found.Code != b.code || found.Text("vi") == found.Text("en") || strings.Contains(found.Text("en")+found.Text("vi"), "%!") {
				t.Errorf("%s at %s: %s, %q, %q", b.code, b.at, found.Code, found.Text("en"), found.Text("vi"))
			}
		}
		c.refuses(CodeBlocked, "a-head", "", &events.StageAdvanced{Stage: check.Next})
		b.ends(c)
		c.advance(check.Next)
		requireSame(t, fold(t, c.list), c.live)
		tried[b.code] = true
	}
	for _, code := range []BlockerCode{BlockNotJoined, BlockImport, BlockNoPoints, BlockReturn, BlockUnrevealed, BlockUnconfirmed, BlockTie,
		BlockFrozen, BlockNoNext, BlockUnsigned, BlockBallot} {
		if !tried[code] {
			t.Errorf("no case for %s", code)
		}
	}
}

// TestNothingNext at the last stage, and in an unsigned campaign.
func TestNothingNext(t *testing.T) {
	t.Parallel()
	only := func(l *Live, want BlockerCode) {
		t.Helper()
		c, err := l.Blockers()
		if err != nil || len(c.Blockers) != 1 || c.Blockers[0].Code != want || c.Next != "" || c.Blockers[0].Text("vi") == c.Blockers[0].Text("en") {
			t.Errorf("want %s, got %+v, %v", want, c, err)
		}
	}
	only(signedAt(t, final).live, BlockNoNext)
	only(openTrial(t, trialRegulation).live, BlockUnsigned)
	if _, err := NewLive().Blockers(); err == nil {
		t.Error("a campaign that is not open has a stage")
	}
}

// TestSilentUnitsBlockNothing: what only a unit that withdrew could do is not waited for.
func TestSilentUnitsBlockNothing(t *testing.T) {
	t.Parallel()
	c := signedAt(t, review)
	mark := c.lastOf(isMark)
	c.does("a-head", "b", &events.ScoreReturned{Of: mark.ID, Reason: "say more"})
	own := c.lastOf(func(e events.Event) bool {
		p, ok := e.Payload.(*events.ScoreEntered)
		return ok && e.Subject == "b" && p.Criterion == "O"
	})
	c.does("b-head", "b", &events.EntryWithdrawn{Of: own.ID, Reason: "wrong"})
	for _, code := range []BlockerCode{BlockReturn, BlockUnrevealed, BlockNoPoints} {
		if !c.blocked(code, review) {
			t.Errorf("%s does not block", code)
		}
	}
	c.does("b-head", "b", &events.UnitWithdrawn{Reason: "merged"})
	c.advance(deliberation)
	requireSame(t, fold(t, c.list), c.live)
}
