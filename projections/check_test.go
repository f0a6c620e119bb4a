package projections

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"campaignledger/events"
)

// requireCheck requires what check says, and that it says it in both languages.
func (c *signed) requireCheck(want Check) {
	c.t.Helper()
	got, err := c.live.Blockers()
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		c.t.Errorf("check (-want +got): %v\n%s", err, diff)
	}
	for _, b := range append(got.Blockers, got.Notices...) {
		if vi, en := b.Text("vi"), b.Text("en"); vi == en || strings.Contains(vi+en, "%!") || b.Code != BlockNoNext && en == (Blocker{Code: BlockNoNext}).Text("en") {
			c.t.Errorf("%s is %q and %q", b.Code, vi, en)
		}
	}
}

// TestCheckNoHead: a unit without a head can't join before others appoint one.
func TestCheckNoHead(t *testing.T) {
	t.Parallel()
	c := openSigned(t, append(fourth(), "  - {id: c-head, role: head, unit: c, key: \"KEY-c-head\"}\n", "")...)
	c.join("a", "b", "d")
	c.requireCheck(Check{Stage: draft, Next: open, Blockers: []Blocker{{Code: BlockNoHead, Unit: "c"}}, Notices: []Blocker{}})
	c.refuses(CodeBlocked, "a-head", "", &events.StageAdvanced{Stage: open})
	e := c.does("b-head", "c", c.appointment("c-head", events.RoleHead))
	c.does("d-head", "", endorse(e, events.EndorseAgree))
	c.requireCheck(Check{Stage: draft, Next: open, Blockers: []Blocker{{Code: BlockNotJoined, Unit: "c"}}, Notices: []Blocker{}})
	c.join("c")
	c.requireCheck(Check{Stage: draft, Next: open, Blockers: []Blocker{}, Notices: []Blocker{}})
	c.advance(open)
}

// TestCheckClosed: nothing follows the close, and check says which event it was.
func TestCheckClosed(t *testing.T) {
	t.Parallel()
	c := signedAt(t, final)
	c.requireCheck(Check{Stage: final, Blockers: []Blocker{{Code: BlockNoNext}}, Notices: []Blocker{{Code: BlockNominees, Cluster: "one", Award: "flag"}}})
	e := c.does("a-head", "", closing())
	c.requireCheck(Check{Stage: final, Blockers: []Blocker{{Code: BlockClosed, Seq: e.Seq}}, Notices: []Blocker{}})
}

// TestCheckVoid: a sheet that is not waited for is told while it can still be opened.
func TestCheckVoid(t *testing.T) {
	t.Parallel()
	void := []string{"unrevealed: block", "unrevealed: void"}
	c := signedAt(t, scoring, void...)
	c.seal("c-head", "c", sheetOf("a")...)
	newest := c.seal("c-head", "c", sheetOf("b")...)
	c.to(review)
	other := c.lastOf(isSealed)
	notice := func(e events.Event) Blocker { return Blocker{Code: BlockVoid, Cluster: "one", Seq: e.Seq} }
	c.requireCheck(Check{Stage: review, Next: deliberation, Blockers: []Blocker{}, Notices: []Blocker{notice(newest), notice(other)}})
	c.mustReveal("b-head", "b", sheetOf("c")...)
	c.requireCheck(Check{Stage: review, Next: deliberation, Blockers: []Blocker{}, Notices: []Blocker{notice(newest)}})
	c.advance(deliberation)
	c.requireCheck(Check{Stage: deliberation, Next: ballot, Blockers: []Blocker{}, Notices: []Blocker{{Code: BlockNominees, Cluster: "one", Award: "flag"}}})

	c = signedAt(t, review) // the regulation waits, as long as somebody is there to open it
	other = c.lastOf(isSealed)
	c.requireCheck(Check{Stage: review, Next: deliberation, Blockers: []Blocker{{Code: BlockUnrevealed, Seq: other.Seq}}, Notices: []Blocker{}})
	c.does("b-head", "b", &events.UnitWithdrawn{Reason: "merged"})
	c.requireCheck(Check{Stage: review, Next: deliberation, Blockers: []Blocker{}, Notices: []Blocker{notice(other)}})
}

// TestCheckImportOfWhoLeft: nobody is left to finish it, so nothing waits for it.
func TestCheckImportOfWhoLeft(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring)
	c.does("b-officer", "", announce(2))
	if !c.blocked(BlockImport, scoring) {
		t.Error("an unfinished import blocks nothing")
	}
	c.now = c.now.Add(importHold)
	c.does("b-head", "b", &events.UnitWithdrawn{Reason: "merged"})
	if c.blocked(BlockImport, scoring) || c.blocked(BlockImport, review) {
		t.Error("an import that nobody can finish blocks for ever")
	}
}

// TestCheckImportGivenUp: of two imports that were cut off the one that was given up blocks nothing.
func TestCheckImportGivenUp(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring)
	first := c.does("b-officer", "", announce(2))
	c.now = c.now.Add(importHold)
	second := c.does("c-head", "", announce(2))
	c.now = c.now.Add(importHold)
	c.does("b-head", "b", &events.EntryWithdrawn{Of: first.ID, Reason: "cut off"})
	c.requireCheck(Check{Stage: scoring, Next: review, Blockers: []Blocker{{Code: BlockImport, Seq: second.Seq}}, Notices: []Blocker{}})
	requireSame(t, fold(t, c.list), c.live)
}
