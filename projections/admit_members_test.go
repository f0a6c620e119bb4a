package projections

import (
	"bytes"
	"encoding/hex"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// commend is what signatures are tried on.
func commend() events.Payload {
	return &events.CommendationRecorded{Kind: events.CommendAdHoc, Merit: events.Words{Text: "rescue"}}
}

// signatureRules are about who signs.
func signatureRules() []signedRule {
	good := says("b-head", "b", is(commend()))
	// changed tells an event whose record was changed after it was signed.
	changed := func(change func(c *signed, e events.Event) events.Event) func(c *signed) error {
		return func(c *signed) error {
			c.now = c.now.Add(time.Second)
			return c.body(change(c, c.event("b-head", "b", commend())))
		}
	}
	resigned := func(member string, n int, genesis func(c *signed) string) func(c *signed) error {
		return changed(func(c *signed, e events.Event) events.Event {
			e.Record = events.Record(bytes.Clone(e.Record.Unsigned()))
			return c.sign(e, privateKey(member, n), genesis(c))
		})
	}
	own := func(c *signed) string { return c.genesis() }
	other := func(c *signed) string {
		twin := newSigned(c.t)
		twin.now = twin.now.Add(time.Hour)
		twin.must(twin.by("a-head", "", twin.opening()))
		if twin.genesis() == c.genesis() {
			c.t.Fatal("the twin has the same genesis")
		}
		return twin.genesis()
	}
	return []signedRule{
		{name: "none", code: CodeSignature, field: "signature", accept: good, refuse: changed(func(c *signed, e events.Event) events.Event {
			return c.decoded(e, e.Record.Unsigned())
		})},
		{name: "another member's key", code: CodeSignature, field: "signature", accept: resigned("b-head", 1, own), refuse: resigned("b-officer", 1, own)},
		{name: "another campaign of the id", code: CodeSignature, field: "signature", accept: resigned("b-head", 1, own), refuse: resigned("b-head", 1, other)},
		{name: "as record 1", code: CodeSignature, field: "signature", accept: resigned("b-head", 1, own),
			refuse: resigned("b-head", 1, func(*signed) string { return events.NoGenesis })},
		{name: "a key of the future", code: CodeSignature, field: "signature", accept: good, refuse: resigned("b-head", 2, own)},
		{name: "looked at under another key", code: CodeSignature, field: "signature", accept: changed(func(_ *signed, e events.Event) events.Event {
			e.Verified = events.PublicKeyOf(privateKey("b-head", 1))
			return e
		}), refuse: changed(func(c *signed, e events.Event) events.Event {
			e.Record = events.Record(bytes.Clone(e.Record.Unsigned()))
			e = c.sign(e, privateKey("b-officer", 1), c.genesis())
			e.Verified = events.PublicKeyOf(privateKey("b-officer", 1))
			return e
		})},
		{name: "nobody", code: CodeMember, field: "author", accept: good, refuse: says("nobody", "b", is(commend()))},
		{name: "a unit", code: CodeMember, field: "author", accept: good, refuse: says("b", "b", is(commend()))},
		{name: "removed", code: CodeMember, field: "author", given: func(c *signed) {
			c.does("b-head", "b", &events.MemberRemoved{Member: "b-officer", Reason: "moved"})
		}, accept: good, refuse: says("b-officer", "b", is(&events.ReportFiled{From: "2017-01-01", To: "2017-03-01", Text: events.Words{Text: "x"}}))},
	}
}

// memberRules are about who is a member and whose unit has joined.
func memberRules() []signedRule {
	joined := func(titles ...string) events.Payload { return &events.UnitJoined{Titles: titles} }
	appoints := func(author, unit, member, role string) func(c *signed) error {
		return says(author, unit, func(c *signed) events.Payload { return c.appointment(member, role) })
	}
	removes := func(author, unit, member string) func(c *signed) error {
		return says(author, unit, is(&events.MemberRemoved{Member: member, Reason: "moved"}))
	}
	return []signedRule{
		{name: "before the pact", code: CodeNotJoined, field: "author", at: draft, accept: says("b-head", "b", is(joined())),
			refuse: appoints("b-head", "b", "b-new", events.RoleOfficer)},
		{name: "the lead too", code: CodeNotJoined, field: "author", at: draft, accept: says("a-head", "a", is(joined())),
			refuse: says("a-head", "", is(&events.StageAdvanced{Stage: open}))},
		{name: "withdrawn", code: CodeNotJoined, field: "author", given: func(c *signed) {
			c.does("b-head", "b", &events.UnitWithdrawn{Reason: "merged"})
		}, accept: says("c-head", "c", is(commend())), refuse: says("b-head", "b", is(commend()))},
		{name: "withdrawn and back", code: CodeNotJoined, field: "subject", at: draft, given: func(c *signed) {
			c.join("b")
			c.does("b-head", "b", &events.UnitWithdrawn{Reason: "merged"})
		}, accept: says("c-head", "c", is(joined())), refuse: says("b-head", "b", is(joined()))},
		{name: "twice", code: CodeJoined, field: "subject", at: draft, given: func(c *signed) { c.join("b") },
			accept: says("c-head", "c", is(joined("flag"))), refuse: says("b-head", "b", is(joined()))},
		{name: "title", code: CodeUnknownAward, field: "titles", at: draft, accept: says("b-head", "b", is(joined("flag"))), refuse: says("b-head", "b", is(joined("cup")))},
		{name: "the lead leaves", code: CodeRole, field: "subject", accept: says("b-head", "b", is(&events.UnitWithdrawn{Reason: "merged"})),
			refuse: says("a-head", "a", is(&events.UnitWithdrawn{Reason: "merged"}))},
		{name: "id taken", code: CodeMember, field: "member", accept: appoints("b-head", "b", "b-new", events.RoleOfficer), refuse: appoints("b-head", "b", "c-council", events.RoleOfficer)},
		{name: "a unit's id", code: CodeMember, field: "member", accept: appoints("b-head", "b", "b", events.RoleOfficer), refuse: appoints("b-head", "b", "c", events.RoleOfficer)},
		{name: "no such unit", code: CodeUnknownUnit, field: "subject", accept: appoints("b-head", "b", "z-head", events.RoleHead), refuse: appoints("b-head", "z", "z-head", events.RoleHead)},
		{name: "another unit's officer", code: CodeRole, field: "author", accept: appoints("c-head", "c", "b-new", events.RoleOfficer), refuse: appoints("c-head", "b", "b-new", events.RoleOfficer)},
		{name: "remove nobody", code: CodeMember, field: "member", accept: removes("b-head", "b", "b-officer"), refuse: removes("b-head", "b", "nobody")},
		{name: "remove another's", code: CodeRole, field: "member", accept: removes("b-head", "b", "b-teller"), refuse: removes("b-head", "b", "c-council")},
		{name: "remove the head", code: CodeRole, field: "member", accept: removes("b-head", "b", "b-teller"), refuse: removes("b-head", "b", "b-head")},
	}
}

// keyRules are about keys.
func keyRules() []signedRule {
	rekeys := func(author, unit, member string, n int, change ...func(p *events.MemberRekeyed)) func(c *signed) error {
		return says(author, unit, func(c *signed) events.Payload {
			p := c.newKey(member, n)
			for _, f := range change {
				f(p)
			}
			return p
		})
	}
	quota := func(records, bytes int64) func(c *signed) {
		return func(c *signed) {
			c.live.state.limits = usage{records, bytes}
			c.does("b-head", "b", commend())
		}
	}
	stolen := func(p *events.MemberRekeyed) { p.Key = events.PublicKeyOf(privateKey("c-head", 1)) }
	return []signedRule{
		{name: "another's", code: CodeKey, field: "key", accept: rekeys("b-head", "b", "b-officer", 2), refuse: rekeys("b-head", "b", "b-officer", 2, stolen)},
		{name: "its own again", code: CodeKey, field: "key", accept: rekeys("b-head", "b", "b-officer", 2), refuse: rekeys("b-head", "b", "b-officer", 1)},
		{name: "not proved", code: CodeKey, field: "proof", accept: rekeys("b-head", "b", "b-officer", 2),
			refuse: rekeys("b-head", "b", "b-officer", 2, func(p *events.MemberRekeyed) { p.Key = events.PublicKeyOf(privateKey("b-officer", 3)) })},
		{name: "proved for another", code: CodeKey, field: "proof", accept: rekeys("b-head", "b", "b-teller", 2),
			refuse: rekeys("b-head", "b", "b-officer", 2, func(p *events.MemberRekeyed) { p.Member = "b-teller" })},
		{name: "its own", code: CodeRole, field: "author", accept: rekeys("auditor", "", "auditor", 2), refuse: rekeys("b-officer", "b", "b-officer", 2)},
		{name: "another unit's officer", code: CodeRole, field: "author", accept: rekeys("c-head", "b", "b-head", 2), refuse: rekeys("c-head", "b", "b-officer", 2)},
		{name: "nobody's", code: CodeMember, field: "member", accept: rekeys("b-head", "b", "b-officer", 2), refuse: rekeys("b-head", "b", "nobody", 2)},
		{name: "under another unit", code: CodeMember, field: "subject", accept: rekeys("b-head", "b", "b-officer", 2), refuse: rekeys("b-head", "c", "b-officer", 2)},
		{name: "records", code: CodeQuota, field: "author", given: quota(4, 1<<20), accept: says("c-head", "c", is(commend())), refuse: func(c *signed) error {
			c.does("b-head", "b", commend())
			c.does("b-head", "b", commend()) // and unit.joined before
			return says("b-head", "b", is(commend()))(c)
		}},
		{name: "bytes", code: CodeQuota, field: "author", given: quota(100, 2000), accept: says("c-head", "c", is(commend())), refuse: func(c *signed) error {
			c.does("b-head", "b", commend())
			return says("b-head", "b", is(&events.CommendationRecorded{Kind: events.CommendAdHoc, Merit: events.Words{Text: string(bytes.Repeat([]byte("x"), 1000))}}))(c)
		}},
	}
}

// TestOpening: record 1 is signed by the head of a lead, with the key that stands in it.
func TestOpening(t *testing.T) {
	t.Parallel()
	for _, author := range everyMember() {
		c := newSigned(t)
		_, err := c.by(author, "", c.opening())
		if author == "a-head" {
			c.must(c.list[0], err)
			if r := c.live.Roster(); len(r) != len(everyMember()) || r[0].ID != "a-council" || r[0].Speaks() || !r[len(r)-1].Speaks() == (r[len(r)-1].Unit == "") {
				t.Errorf("the roster is %+v", r)
			}
			continue
		}
		c.refused(err, CodeRole)
	}
	c := newSigned(t)
	c.keys["a-head"] = 2
	_, err := c.by("a-head", "", c.opening())
	c.refused(err, CodeSignature)
	_, err = c.by("nobody", "", c.opening())
	c.refused(err, CodeMember)
	e := c.event("a-head", "", c.opening())
	c.refused(c.body(c.decoded(e, e.Record.Unsigned())), CodeSignature)
}

// TestAlteredByte: no byte of a signed record can be altered, whether the result is a record or not.
func TestAlteredByte(t *testing.T) {
	t.Parallel()
	c := signedAt(t, open)
	c.now = c.now.Add(time.Second)
	e := c.event("b-head", "b", commend())
	for i := range e.Record {
		altered := bytes.Clone(e.Record)
		altered[i] ^= 1
		d, err := events.Decode(altered)
		if err != nil {
			continue
		}
		changed := e
		changed.Draft, changed.Record = d, altered
		if err := c.live.Admit(changed); err == nil {
			t.Fatalf("byte %d can be altered: %s", i, altered)
		}
	}
	c.must(e, c.body(e))
	e.Seq++
	c.refused(c.body(e), CodeDuplicateID) // replayed
}

// TestRekeyed: what was signed before stays valid, what the old key signs after is refused.
func TestRekeyed(t *testing.T) {
	t.Parallel()
	c := signedAt(t, open)
	before := c.does("b-officer", "b", &events.ReportFiled{From: "2017-01-01", To: "2017-02-01", Text: events.Words{Text: "x"}})
	c.does("b-head", "b", c.newKey("b-officer", 2))
	report := &events.ReportFiled{From: "2017-02-01", To: "2017-03-01", Text: events.Words{Text: "x"}}
	c.refuses(CodeSignature, "b-officer", "b", report)
	c.keys["b-officer"] = 2
	c.does("b-officer", "b", report)
	c.refuses(CodeKey, "b-head", "b", c.newKey("b-officer", 1)) // an old key does not come back
	again := fold(t, c.list)
	requireSame(t, again, c.live)
	if _, ok := again.Find(before.ID); !ok {
		t.Error("what the old key signed before is gone")
	}
	e := c.event("b-officer", "b", &events.ReportFiled{From: "2017-03-01", To: "2017-04-01", Text: events.Words{Text: "x"}})
	c.live.Check(&e)
	if e.Verified != events.PublicKeyOf(privateKey("b-officer", 2)) {
		t.Error("looking ahead does not know the new key")
	}
}

// TestHeadsKeyIsReplaced by two other units' heads, the lead not counted.
func TestHeadsKeyIsReplaced(t *testing.T) {
	t.Parallel()
	c := signedAt(t, open, fourth()...)
	c.refuses(CodeRole, "a-head", "c", c.newKey("c-head", 9)) // the lead has no say in it
	lost := c.does("d-head", "c", c.newKey("c-head", 2))
	agree := endorse(lost, events.EndorseAgree)
	c.refuses(CodeRole, "a-head", "", agree)     // the lead is not counted
	c.refuses(CodeRole, "b-officer", "", agree)  // nor is who is no head
	c.refuses(CodeConflict, "c-head", "", agree) // nor whose key it is
	c.refuses(CodeEndorse, "d-head", "", agree)  // who proposes has agreed
	c.does("c-head", "c", commend())             // one is not enough
	c.does("b-head", "", agree)
	c.refuses(CodeSignature, "c-head", "c", commend())
	c.keys["c-head"] = 2
	c.does("c-head", "c", commend())
	requireSame(t, fold(t, c.list), c.live)

	// A head who proposes counts; who needs no others' word has the effect at once, and what others proposed before it is overtaken.
	overtaken := c.does("b-head", "c", c.newKey("c-head", 3))
	c.does("c-head", "c", c.newKey("c-head", 4))
	c.keys["c-head"] = 4
	c.does("c-head", "c", commend())
	c.refuses(CodeEndorse, "d-head", "", endorse(overtaken, events.EndorseAgree))
	lost = c.does("b-head", "c", c.newKey("c-head", 5))
	c.does("d-head", "", endorse(lost, events.EndorseAgree))
	c.keys["c-head"] = 5
	c.does("c-head", "c", commend())

	// What became impossible is refused when it would take effect.
	lost = c.does("b-head", "c", c.appointment("c-next", events.RoleHead))
	c.does("d-head", "d", c.appointment("c-next", events.RoleTeller))
	c.refuses(CodeEndorse, "d-head", "", endorse(lost, events.EndorseAgree))
	lost = c.does("b-head", "c", c.appointment("c-other", events.RoleHead))
	c.does("d-head", "", endorse(lost, events.EndorseAgree))
	c.refuses(CodeMember, "c-head", "c", commend())
	c.does("c-other", "c", commend())
	requireSame(t, fold(t, c.list), c.live)
}

// fourth adds a unit d with its head.
func fourth() []string {
	return []string{"{id: c, not-assigned: [O]}", "{id: c, not-assigned: [O]}, {id: d, not-assigned: [T, O]}", "  - {id: auditor",
		"  - {id: d-head, role: head, unit: d, key: \"KEY-d-head\"}\n  - {id: auditor"}
}

// TestNewHead: a head appoints the next, which ends its own right to speak.
func TestNewHead(t *testing.T) {
	t.Parallel()
	c := signedAt(t, open)
	c.does("b-head", "b", c.appointment("b-next", events.RoleHead))
	c.refuses(CodeMember, "b-head", "b", commend())
	c.does("b-next", "b", commend())
	c.does("b-next", "b", &events.MemberRemoved{Member: "b-officer", Reason: "moved"})
	heads := slices.DeleteFunc(slices.Clone(c.live.Roster()), func(m Member) bool { return m.Unit != "b" || m.Role != events.RoleHead })
	if len(heads) != 2 || heads[0].ID != "b-head" || heads[0].Until == 0 || heads[1].Since != heads[0].Until || !heads[1].Speaks() {
		t.Errorf("the heads are %+v", heads)
	}
	requireSame(t, fold(t, c.list), c.live)
}

// TestSpeaksFor: a member that bears its unit's id does not speak for the unit by that.
func TestSpeaksFor(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring)
	c.does("b-head", "b", c.appointment("b", events.RoleTeller))
	c.refuses(CodeScorer, "b", "b", points("G", "self", "b", "1"))
	c.does("b-head", "b", points("G", "self", "b", "1"))
}

// TestGenesis: the genesis hash is the SHA-256 of record 1.
func TestGenesis(t *testing.T) {
	t.Parallel()
	c := openSigned(t)
	sum := events.RecordHash(c.list[0].Record)
	if got := c.live.Summary().Genesis; got != hex.EncodeToString(sum[:]) {
		t.Errorf("the genesis hash is %s", got)
	}
	if c.live.Summary().Stage != draft || c.list[0].ID == uuid.Nil {
		t.Errorf("the stage is %s", c.live.Summary().Stage)
	}
}
