package projections

import (
	"slices"
	"testing"

	"campaignledger/events"
)

// TestRevealedMarkStands until it is returned or its leaf is reopened: what was sealed is not corrected at will.
func TestRevealedMarkStands(t *testing.T) {
	t.Parallel()
	replacement := func() events.Payload { return because(points("G", "cross", "b", "6")) }
	explained := func(c *signed, mark events.Event) {
		c.does("a-head", "c", &events.ScoreReturned{Of: mark.ID, Reason: "say more"})
		c.does("c-head", "c", &events.ExplanationFiled{Of: mark.ID, Text: events.Words{Text: "because"}})
	}
	for _, x := range []struct {
		name              string
		given             func(c *signed, mark events.Event)
		replace, withdraw bool
	}{
		{"as revealed", func(*signed, events.Event) {}, false, false},
		{"returned", func(c *signed, mark events.Event) {
			c.does("a-head", "c", &events.ScoreReturned{Of: mark.ID, Reason: "say more"})
		}, true, true},
		{"returned and explained", explained, false, false},
		{"another leaf reopened", func(c *signed, _ events.Event) {
			c.amend(2, "{id: E, method: graded, max: 10", "{id: E, method: graded, max: 20")
		}, false, false},
		{"reopened", func(c *signed, _ events.Event) {
			c.amend(2, "{id: G, method: graded, max: 10", "{id: G, method: graded, max: 20")
		}, true, false},
	} {
		c := signedAt(t, review)
		mark := c.mustReveal("b-head", "b", sheetOf("c")...)[1]
		x.given(c, mark)
		err := c.would("b-head", "c", &events.EntryWithdrawn{Of: mark.ID, Reason: "wrong"})
		if x.withdraw && err != nil {
			t.Errorf("%s: not withdrawn: %v", x.name, err)
		} else if !x.withdraw && c.refused(err, CodeSealed).Field != "of" {
			t.Errorf("%s: withdrawn: %v", x.name, err)
		}
		_, err = c.by("b-head", "c", replacement())
		if !x.replace {
			if c.refused(err, CodeSealed).Field != "level" {
				t.Errorf("%s: replaced: %v", x.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: not replaced: %v", x.name, err)
		}
		c.points("c", "G", "6.00")
		c.refuses(CodeSealed, "b-head", "c", replacement()) // once
		requireSame(t, fold(t, c.list), c.live)
	}
}

// TestWithdrawnRevealedMark: after a return a revealed mark is withdrawn, and no other takes its place without a sheet.
func TestWithdrawnRevealedMark(t *testing.T) {
	t.Parallel()
	c := signedAt(t, review)
	mark := c.mustReveal("b-head", "b", sheetOf("c")...)[1]
	c.points("c", "G", "4.00")
	c.does("a-head", "c", &events.ScoreReturned{Of: mark.ID, Reason: "say more"})
	c.does("b-head", "c", &events.EntryWithdrawn{Of: mark.ID, Reason: "wrong"})
	c.points("c", "G", "9.00") // its own
	c.refuses(CodeSealed, "b-head", "c", points("G", "cross", "b", "6"))
	requireSame(t, fold(t, c.list), c.live)
}

// TestSecondSheetOnSingle: a leaf that takes one scorer takes the sheet that is opened first; the other is opened, and its mark waits.
func TestSecondSheetOnSingle(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring, "{id: G, method: graded, max: 10, aggregate: {method: mean}}", "{id: G, method: graded, max: 10}")
	c.seal("c-head", "c", sheetOf("a", "b")...)
	marks := sheetOf("a", "c")
	marks[0].Mark.Amount = events.Whole(2)
	c.fill()
	c.seal("b-head", "b", marks...)
	c.advance(review)
	c.mustReveal("c-head", "c", sheetOf("a", "b")...)
	second := c.mustReveal("b-head", "b", marks...)
	c.points("a", "G", "4.00")
	c.points("b", "G", "5.00")
	c.points("c", "G", "5.00") // of the second sheet what nobody gave before counts
	lines := c.live.Audit(AuditFilter{After: second[0].Seq})
	if len(lines) != 2 || !slices.Equal(lines[0].Hold, []string{"single"}) || len(lines[1].Hold) != 0 {
		t.Errorf("the second sheet's marks are %+v", lines)
	}
	if c.blocked(BlockUnconfirmed, review) || c.blocked(BlockUnrevealed, review) {
		t.Error("a mark that nobody can confirm blocks the review")
	}
	requireSame(t, fold(t, c.list), c.live)

	// The held mark goes, and the one that counts stays the only one.
	c.does("c-head", "a", &events.ScoreReturned{Of: second[1].ID, Reason: "say more"})
	c.does("b-head", "a", &events.EntryWithdrawn{Of: second[1].ID, Reason: "too many"})
	c.points("a", "G", "4.00")
	requireSame(t, fold(t, c.list), c.live)
}
