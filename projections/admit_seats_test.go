package projections

import (
	"fmt"
	"strings"
	"testing"

	"campaignledger/events"
)

// seatRules are about seats in the council, who becomes a member during a freeze, and whom a lead makes one.
func seatRules() []signedRule {
	appoints := func(author, unit, member, role string) func(c *signed) error {
		return says(author, unit, func(c *signed) events.Payload { return c.appointment(member, role) })
	}
	seats := []string{"council: {recuse-own: true}", "council: {seats-per-unit: 1, recuse-own: true}"}
	removed := func(c *signed) {
		c.does("b-head", "b", &events.MemberRemoved{Member: "b-council", Reason: "moved"})
	}
	second := appoints("b-head", "b", "b-second", events.RoleCouncil)
	refilled := func(c *signed) error {
		c.must(c.list[0], second(c))
		return appoints("b-head", "b", "b-third", events.RoleCouncil)(c)
	}
	rekeys := func(author, unit, member string) func(c *signed) error {
		return says(author, unit, func(c *signed) events.Payload { return c.newKey(member, 2) })
	}
	officer := appoints("b-head", "b", "b-second", events.RoleOfficer)
	list := []signedRule{
		{name: "seats", code: CodeRole, field: "role", edits: seats, accept: officer, refuse: second},
		{name: "seats of another unit", code: CodeRole, field: "role", edits: append(fourth(), seats...),
			accept: appoints("d-head", "d", "d-council", events.RoleCouncil), refuse: second},
		{name: "seat taken again", code: CodeRole, field: "role", edits: seats, given: removed, accept: second, refuse: refilled},
		{name: "a lead makes a head", code: CodeRole, field: "author",
			accept: appoints("c-head", "b", "b-next", events.RoleHead), refuse: appoints("a-head", "b", "b-next", events.RoleHead)},
		{name: "a lead makes its own head", code: CodeRole, field: "author",
			accept: appoints("a-head", "a", "a-next", events.RoleHead), refuse: appoints("a-head", "c", "c-next", events.RoleHead)},
		{name: "a lead rekeys a head", code: CodeRole, field: "author", accept: rekeys("c-head", "b", "b-head"), refuse: rekeys("a-head", "b", "b-head")},
		{name: "a lead rekeys the auditor", code: CodeRole, field: "author", accept: rekeys("c-head", "", "auditor"), refuse: rekeys("a-head", "", "auditor")},
	}
	frozen := func(c *signed) { c.does("a-head", "", &events.StandingsFrozen{}) }
	for i, role := range []string{events.RoleReviewer, events.RoleCouncil, events.RoleAuditor, events.RoleAuthority} {
		accept := appoints("b-head", "b", "b-new", []string{events.RoleOfficer, events.RoleTeller}[i%2])
		list = append(list, signedRule{name: role + " in a freeze", code: CodeFrozen, field: "role", at: scoring, given: frozen, accept: accept,
			refuse: appoints("b-head", "b", "b-new", role)},
			signedRule{name: role + " after the reveal", code: CodeFrozen, field: "role", at: scoring, given: frozen, accept: func(c *signed) error {
				c.does("a-head", "", &events.StandingsRevealed{})
				return appoints("b-head", "b", "b-new", role)(c)
			}, refuse: appoints("b-head", "b", "b-new", role)})
	}
	return list
}

// TestAppointmentsTakeTheShare: who decides on others, sees what is hidden, or comes late to vote is a member when the units' share agreed.
func TestAppointmentsTakeTheShare(t *testing.T) {
	t.Parallel()
	for role, from := range map[string]events.Stage{events.RoleAuthority: scoring, events.RoleAuditor: scoring, events.RoleCouncil: deliberation} {
		for _, stage := range []events.Stage{scoring, review, deliberation} {
			c := courseAt(t, stage)
			e := c.does("u1-head", "u1", c.appointment("u1-new", role)) // of a lead, which counts here
			member := func() bool { return c.live.state.members.get("u1-new").since != 0 }
			waits := stageIndex(stage) >= stageIndex(from)
			if member() == waits {
				t.Errorf("%s at %s: a member at once: %v", role, stage, !waits)
			}
			if waits {
				c.agreeing(e, "u2", "u3", "u4", "u5")
				if member() {
					t.Errorf("%s at %s: five of nine units do", role, stage)
				}
				if line := c.live.Audit(AuditFilter{After: e.Seq - 1, Limit: 1})[0]; line.Agreed != 5 {
					t.Errorf("%s at %s: %d units agree", role, stage, line.Agreed)
				}
				c.agreeing(e, "v1")
			}
			if !member() {
				t.Errorf("%s at %s: no member", role, stage)
			}
			c.onFold()
		}
	}
}

// TestNoShareBeforeAllHaveJoined: the first to join are not the units.
func TestNoShareBeforeAllHaveJoined(t *testing.T) {
	t.Parallel()
	c := openSigned(t)
	c.join("a")
	for _, role := range []string{events.RoleAuthority, events.RoleAuditor} {
		c.refuses(CodeStage, "a-head", "a", c.appointment("a-new", role))
	}
	c.does("a-head", "a", c.appointment("a-new", events.RoleOfficer))
}

// TestKeysTakeTheShare: whoever is a member by the units' share does not get another key by its head alone.
func TestKeysTakeTheShare(t *testing.T) {
	t.Parallel()
	c := courseAt(t, scoring)
	c.agreeing(c.does("u1-head", "u1", c.appointment("u1-minister", events.RoleAuthority)), "u2", "u3", "u4", "u5", "u6")
	for _, x := range []struct {
		member string
		stage  events.Stage
		waits  bool
	}{{"u1-council", scoring, false}, {"u1-minister", scoring, true}, {"u1-officer", deliberation, false}, {"u1-council", deliberation, true}} {
		c.goTo(x.stage)
		before := c.live.state.members.get(x.member).key
		version := max(c.keys[x.member], 1) + 1
		e := c.does("u1-head", "u1", c.newKey(x.member, version)) // of a lead, which counts here
		if waits := c.live.state.members.get(x.member).key == before; waits != x.waits {
			t.Errorf("%s at %s: waits %v", x.member, x.stage, waits)
		}
		if x.waits {
			c.agreeing(e, "u2", "u3", "u4", "v1")
			if line := c.live.Audit(AuditFilter{After: e.Seq - 1, Limit: 1})[0]; line.Agreed != 5 {
				t.Errorf("%s at %s: %d units agree", x.member, x.stage, line.Agreed)
			}
			c.agreeing(e, "v2")
		}
		if c.live.state.members.get(x.member).key == before {
			t.Errorf("%s at %s: no new key", x.member, x.stage)
		}
		c.keys[x.member] = version
	}
	c.onFold()
}

// TestSeatsWhenItTakesEffect: a seat that was taken meanwhile is not taken twice.
func TestSeatsWhenItTakesEffect(t *testing.T) {
	t.Parallel()
	c := courseAt(t, deliberation, "council: {recuse-own: true}", "council: {seats-per-unit: 2, recuse-own: true}")
	first := c.does("u2-head", "u2", c.appointment("u2-second", events.RoleCouncil))
	second := c.does("u2-head", "u2", c.appointment("u2-third", events.RoleCouncil))
	c.agreeing(first, "u1", "u3", "u4", "u5", "u6")
	c.agreeing(second, "u1", "u3", "u4", "u5")
	if r := c.refused(c.would("u6-head", "", endorse(second, events.EndorseAgree)), CodeRole); r.Field != "of" {
		t.Errorf("field %s", r.Field)
	}
	c.onFold()
}

// TestSeatsUnset: where the regulation names no seats there is a bound still.
func TestSeatsUnset(t *testing.T) {
	t.Parallel()
	c := courseAt(t, scoring)
	for i := range maxSeatsUnset - 1 {
		c.does("u2-head", "u2", c.appointment(fmt.Sprintf("u2-%d", i), events.RoleCouncil))
	}
	c.refuses(CodeRole, "u2-head", "u2", c.appointment("u2-last", events.RoleCouncil))
	c.does("u3-head", "u3", c.appointment("u3-more", events.RoleCouncil))
	c.onFold()
}

// TestSeatsAtTheOpening: the founding members take seats too.
func TestSeatsAtTheOpening(t *testing.T) {
	t.Parallel()
	const teller = "{id: b-teller, role: teller"
	for seats, ok := range map[string]bool{"seats-per-unit: 1, ": false, "seats-per-unit: 2, ": true, "": true} {
		c := newSigned(t, "council: {recuse-own", "council: {"+seats+"recuse-own", teller, "{id: b-teller, role: council")
		_, err := c.by("a-head", "", c.opening())
		if ok && err != nil {
			t.Errorf("%q: %v", seats, err)
		} else if !ok && c.refused(err, CodeRole).Field != "role" {
			t.Errorf("%q: %v", seats, err)
		}
	}
	c := newSigned(t, "council: {recuse-own", "council: {seats-per-unit: 1, recuse-own")
	c.must(c.by("a-head", "", c.opening()))
}

// TestShareOfWhoIsLeft: a unit that withdrew is not asked.
func TestShareOfWhoIsLeft(t *testing.T) {
	t.Parallel()
	for _, withdraws := range []bool{false, true} {
		c := signedAt(t, scoring, fourth()...)
		c.does("b-head", "b", points("G", "self", "b", "1"))
		if withdraws {
			c.does("d-head", "d", &events.UnitWithdrawn{Reason: "merged"})
		}
		e := c.does("a-head", "", c.amendment(2, append(fourth(), "clock: live", "clock: live\ntheme: Another")...))
		if v := c.live.Summary().Version; v != 1 {
			t.Errorf("one unit put version %d in force", v)
		}
		c.does("b-head", "", endorse(e, events.EndorseAgree))
		if v := c.live.Summary().Version; (v == 2) != withdraws { // two of three, or of four
			t.Errorf("d withdrew: %v, and version %d is in force", withdraws, v)
		}
		if !withdraws {
			c.does("c-head", "", endorse(e, events.EndorseAgree))
			if v := c.live.Summary().Version; v != 2 {
				t.Errorf("three of four, and version %d is in force", v)
			}
		}
		requireSame(t, fold(t, c.list), c.live)
	}
}

// TestAgreedAndLeft: who agreed and withdrew is no longer among those who agree: of a, b, c and e two are not enough.
func TestAgreedAndLeft(t *testing.T) {
	t.Parallel()
	five := fourth()
	five[1] = strings.Replace(five[1], "{id: d,", "{id: e, not-assigned: [T, O]}, {id: d,", 1)
	five[3] = strings.Replace(five[3], "  - {id: d-head", "  - {id: e-head, role: head, unit: e, key: \"KEY-e-head\"}\n  - {id: d-head", 1)
	c := signedAt(t, scoring, five...)
	c.does("b-head", "b", points("G", "self", "b", "1"))
	e := c.does("a-head", "", c.amendment(2, append(five, "clock: live", "clock: live\ntheme: Another")...))
	c.does("d-head", "", endorse(e, events.EndorseAgree))
	c.does("d-head", "d", &events.UnitWithdrawn{Reason: "merged"})
	c.does("b-head", "", endorse(e, events.EndorseAgree))
	if v := c.live.Summary().Version; v != 1 {
		t.Errorf("version %d is in force", v)
	}
	c.does("c-head", "", endorse(e, events.EndorseAgree))
	if v := c.live.Summary().Version; v != 2 {
		t.Errorf("version %d is in force", v)
	}
	requireSame(t, fold(t, c.list), c.live)
}

// TestRekeyInAFreeze: nobody is given the key of a member that sees through a freeze, but by itself.
func TestRekeyInAFreeze(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring)
	c.does("a-head", "", &events.StandingsFrozen{})
	c.refuses(CodeFrozen, "b-head", "b", c.newKey("b-reviewer", 2))
	c.does("b-head", "b", c.newKey("b-officer", 2))
	c.does("auditor", "", c.newKey("auditor", 2))
	c.does("a-head", "", &events.StandingsRevealed{})
	c.does("b-head", "b", c.newKey("b-reviewer", 2))
}

// TestRekeyedTooLate: a head's new key that somebody took meanwhile, or a head that is none any more, comes to nothing.
func TestRekeyedTooLate(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(c *signed){
		"taken": func(c *signed) {
			key := privateKey("c-head", 2)
			c.does("d-head", "d", &events.MemberAppointed{Member: "d-thief", Role: events.RoleOfficer, Key: events.PublicKeyOf(key),
				Proof: events.ProvePossession(key, c.genesis(), "d-thief")})
		},
		"taken and removed": func(c *signed) {
			key := privateKey("c-head", 2)
			c.does("d-head", "d", &events.MemberAppointed{Member: "d-thief", Role: events.RoleOfficer, Key: events.PublicKeyOf(key),
				Proof: events.ProvePossession(key, c.genesis(), "d-thief")})
			c.does("d-head", "d", &events.MemberRemoved{Member: "d-thief", Reason: "moved"})
		},
		"no head": func(c *signed) { c.does("c-head", "c", c.appointment("c-next", events.RoleHead)) },
	} {
		c := signedAt(t, open, fourth()...)
		lost := c.does("b-head", "c", c.newKey("c-head", 2))
		if err := c.would("d-head", "", endorse(lost, events.EndorseAgree)); err != nil {
			t.Fatalf("%s: nothing came between: %v", name, err)
		}
		meanwhile(c)
		if r := c.refused(c.would("d-head", "", endorse(lost, events.EndorseAgree)), CodeEndorse); r.Field != "of" {
			t.Errorf("%s: %+v", name, r)
		}
		if owner := c.live.state.keyOwners.get(events.PublicKeyOf(privateKey("c-head", 2))); owner == "c-head" {
			t.Errorf("%s: c-head has the key", name)
		}
		requireSame(t, fold(t, c.list), c.live)
	}
}
