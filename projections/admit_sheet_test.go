package projections

import (
	"slices"
	"testing"
	"time"

	"campaignledger/events"
)

// sheetRules are about sealing and opening sheets.
func sheetRules() []signedRule {
	seals := func(author string, change func(p *events.SheetSealed)) func(c *signed) error {
		return says(author, "", func(c *signed) events.Payload {
			p := c.sealed(author, "b", sheetOf("a", "c")...)
			change(p)
			return p
		})
	}
	same := func(*events.SheetSealed) {}
	level := func(id string) func(p *events.SheetSealed) { return func(p *events.SheetSealed) { p.Level = id } }
	// c's sheet on three marks stands sealed; b's one is opened at will.
	sealed := func(c *signed) { c.seal("c-head", "c", sheetOf("a", "b")...) }
	reveal := func(change func(c *signed, list []events.Event) []events.Event) func(c *signed) error {
		return func(c *signed) error { return c.body(change(c, c.revealBody("c-head", "c", sheetOf("a", "b")...))...) }
	}
	whole := reveal(func(_ *signed, list []events.Event) []events.Event { return list })
	toReview := func(c *signed) {
		sealed(c)
		c.to(review)
	}
	mismatch := func(name, field string, change func(c *signed, list []events.Event) []events.Event) signedRule {
		return signedRule{name: name, code: CodeSealedMismatch, field: field, at: scoring, given: toReview, accept: whole, refuse: reveal(change)}
	}
	return append([]signedRule{
		{name: "open level", code: CodeSealed, field: "level", at: scoring, accept: seals("b-head", same), refuse: seals("b-head", level("self"))},
		{name: "sheet", code: CodeUnknownLevel, field: "level", at: scoring, accept: seals("b-head", same), refuse: seals("b-head", level("top"))},
		{name: "sheet", code: CodeUnknownCluster, field: "cluster", at: scoring, accept: seals("b-head", same), refuse: seals("b-head", func(p *events.SheetSealed) { p.Cluster = "two" })},
		{name: "sheet of another", code: CodeScorer, field: "scorer", at: scoring, accept: seals("b-officer", same), refuse: seals("c-head", same)},
		{name: "sheet of who may not score", code: CodeScorer, field: "scorer", at: scoring, accept: seals("b-reviewer", same),
			refuse: seals("b-teller", func(p *events.SheetSealed) { p.Scorer = "b-teller" })},
		{name: "outside a sheet", code: CodeSealed, field: "level", at: scoring, accept: says("c-head", "c", is(points("G", "self", "c", "1"))), refuse: says("c-head", "b", is(points("G", "cross", "c", "1")))},
		{name: "replaced sheet", code: CodeSealed, field: "of", at: scoring, given: func(c *signed) {
			sealed(c)
			c.seal("c-head", "c", sheetOf("b")...)
			c.to(review)
		}, accept: func(c *signed) error { return c.body(c.revealBody("c-head", "c", sheetOf("b")...)...) },
			refuse: says("c-head", "", func(c *signed) events.Payload {
				return &events.SheetRevealed{Of: c.list[slices.IndexFunc(c.list, isSealed)].ID, Salt: salt()}
			})},
		{name: "opened twice", code: CodeSealed, field: "of", at: scoring, given: toReview, accept: whole, refuse: func(c *signed) error {
			if err := whole(c); err != nil {
				return err
			}
			return whole(c)
		}},
		{name: "no sheet", code: CodeUnknownEvent, field: "of", at: scoring, given: toReview, accept: whole,
			refuse: says("c-head", "", func(c *signed) events.Payload { return &events.SheetRevealed{Of: c.list[0].ID, Salt: salt()} })},
		{name: "another author", code: CodeScorer, field: "author", at: scoring, given: func(c *signed) {
			c.does("c-head", "c", c.appointment("c-officer", events.RoleOfficer))
			toReview(c)
		}, accept: whole, refuse: func(c *signed) error { return c.body(c.revealBody("c-officer", "c", sheetOf("a", "b")...)...) }},
		{name: "withdrawn, not returned", code: CodeSealed, field: "of", at: scoring, given: func(c *signed) {
			toReview(c)
			c.mustReveal("c-head", "c", sheetOf("a", "b")...)
		}, accept: func(c *signed) error {
			c.does("a-head", "b", &events.ScoreReturned{Of: c.list[len(c.list)-1].ID, Reason: "say more"})
			return says("c-head", "b", is(because(points("G", "cross", "c", "2"))))(c)
		}, refuse: withdrawsLast("c-head")},
	}, mismatchRules(mismatch)...)
}

// mismatchRules are the ways in which what is opened is not what was sealed.
func mismatchRules(rule func(name, field string, change func(c *signed, list []events.Event) []events.Event) signedRule) []signedRule {
	again := (*signed).changed
	row := func(i int, change func(p *events.ScoreEntered)) func(c *signed, list []events.Event) []events.Event {
		return func(c *signed, list []events.Event) []events.Event {
			list[i] = again(c, list[i], func(e *events.Event) { change(e.Payload.(*events.ScoreEntered)) })
			return list
		}
	}
	return []signedRule{
		rule("salt", "", func(c *signed, list []events.Event) []events.Event {
			of := list[0].Payload.(*events.SheetRevealed).Of
			other := c.event("c-head", "", &events.SheetRevealed{Of: of, Salt: hash("other")}, func(e *events.Event) { e.ID = list[0].ID })
			return append([]events.Event{other}, list[1:]...)
		}),
		rule("value", "", row(2, func(p *events.ScoreEntered) { p.Mark.Amount++ })),
		rule("criterion", "", row(2, func(p *events.ScoreEntered) { p.Criterion = "E" })),
		rule("reason", "data", row(1, func(p *events.ScoreEntered) { p.Reason = "late thought" })),
		rule("scorer", "scorer", row(1, func(p *events.ScoreEntered) { p.Scorer = "b" })),
		rule("level", "scorer", row(1, func(p *events.ScoreEntered) { p.Level = "self" })),
		rule("time", "data", func(c *signed, list []events.Event) []events.Event {
			list[1] = again(c, list[1], func(e *events.Event) { e.Time = e.Time.Add(time.Second) })
			return list
		}),
		rule("id", "id", func(c *signed, list []events.Event) []events.Event {
			list[1] = again(c, list[1], func(e *events.Event) { e.ID = events.SheetRowID("trial", hash("x"), 1) })
			return list
		}),
		rule("signed row", "signature", func(c *signed, list []events.Event) []events.Event {
			list[1] = c.sign(list[1], privateKey("c-head", 1), c.genesis())
			return list
		}),
		rule("order", "criterion", func(c *signed, list []events.Event) []events.Event {
			first, second := list[1], list[2]
			list[1] = again(c, second, func(e *events.Event) { e.ID, e.Seq = first.ID, first.Seq })
			list[2] = again(c, first, func(e *events.Event) { e.ID, e.Seq = second.ID, second.Seq })
			return list
		}),
		rule("one missing", "", func(_ *signed, list []events.Event) []events.Event { return list[:2] }),
		rule("none", "", func(_ *signed, list []events.Event) []events.Event { return list[:1] }),
		rule("one too many", "causationid", func(c *signed, list []events.Event) []events.Event {
			extra := again(c, list[2], func(e *events.Event) {
				promise := c.lastOf(isSealed).Payload.(*events.SheetSealed)
				e.Payload.(*events.ScoreEntered).Criterion, e.ID = "E", events.SheetRowID("trial", promise.Root, 3)
				e.Seq++
			})
			extra = c.sign(extra, privateKey("c-head", 1), c.genesis())
			return append(list, extra)
		}),
		rule("something in between", "causationid", func(c *signed, list []events.Event) []events.Event {
			between := c.event("c-head", "c", commend(), func(e *events.Event) { e.Seq = list[0].Seq + 1 })
			return []events.Event{list[0], between}
		}),
		rule("two sheets, one empty", "causationid", func(c *signed, list []events.Event) []events.Event {
			other := c.list[slices.IndexFunc(c.list, func(e events.Event) bool {
				p, ok := e.Payload.(*events.SheetSealed)
				return ok && p.Scorer == "b"
			})]
			second := c.event("b-head", "", &events.SheetRevealed{Of: other.ID, Salt: salt()}, func(e *events.Event) { e.Seq = list[0].Seq + 1 })
			return []events.Event{list[0], second}
		}),
	}
}

// changed is a row with a change.
func (c *signed) changed(e events.Event, change func(e *events.Event)) events.Event {
	c.t.Helper()
	if p, ok := e.Payload.(*events.ScoreEntered); ok {
		own := *p
		e.Payload = &own
	}
	change(&e)
	record, err := events.Encode(e.Draft)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.decoded(e, record)
}

// TestSheetOfMarksCounts only once it is opened, whatever the deadlines say by then.
func TestSheetOfMarksCounts(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring, `for: self, until: "2017-04-01T00:00"`, `for: cross, until: "2017-04-01T00:00", late: refuse`)
	c.seal("c-head", "c", sheetOf("b")...)
	c.to(review)
	c.points("b", "G", "8.00")
	c.now = time.Date(2017, 5, 1, 0, 0, 0, 0, time.UTC)
	list := c.mustReveal("c-head", "c", sheetOf("b")...)
	c.points("b", "G", "4.00")
	if c.live.state.journal.at(list[1].Seq).late {
		t.Error("a mark sealed in time is late")
	}
	c.refuses(CodeSealedMismatch, "c-head", "a", points("G", "cross", "c", "9"), func(e *events.Event) { e.Causation = list[0].ID })
	c.refuses(CodeLate, "c-head", "b", supersedes(list[1].ID, because(points("G", "cross", "c", "9"))))
	requireSame(t, fold(t, c.list), c.live)
}

// TestUnrevealed: a sheet that was not opened blocks the review, or its marks are missing.
func TestUnrevealed(t *testing.T) {
	t.Parallel()
	c := signedAt(t, review)
	if !c.blocked(BlockUnrevealed, review) {
		t.Error("the sheet blocks nothing")
	}
	c.refuses(CodeBlocked, "a-head", "", &events.StageAdvanced{Stage: deliberation})
	c.does("b-head", "b", &events.UnitWithdrawn{Reason: "merged"}) // who sealed it can't open it any more
	if c.blocked(BlockUnrevealed, review) {
		t.Error("a sheet that nobody can open blocks the review for ever")
	}
	c = signedAt(t, review, "unrevealed: block", "unrevealed: void")
	if c.blocked(BlockUnrevealed, review) {
		t.Error("the sheet blocks, though it is void")
	}
	c.points("c", "G", "9.00")
	c.advance(deliberation)
}
