package projections

import (
	"testing"
	"time"

	"campaignledger/events"
)

// logKey is the n-th log key of the tests.
func logKey(n byte) events.PublicKey { return events.PublicKeyOf(privateKey("log", int(n))) }

// takeOverOf takes over a copy of events 1 to seq.
func takeOverOf(seq events.Seq, from, to byte) *events.LedgerTakenOver {
	return &events.LedgerTakenOver{Key: logKey(to), Made: time.Date(2017, 3, 1, 0, 0, 0, 0, time.UTC), OldKey: logKey(from), Reason: "the disk died", Root: hash("root"), Seq: seq}
}

// takesOver proposes to take over the log up to so many events before its end.
func takesOver(before events.Seq, from, to byte) func(c *signed) error {
	return says("b-head", "", func(c *signed) events.Payload { return takeOverOf(events.Seq(len(c.list))-before, from, to) })
}

func takeOverRules() []signedRule {
	good := takesOver(0, 1, 2)
	return []signedRule{
		{name: "take-over of events to come", code: CodeTakenOver, field: "seq", accept: good, refuse: says("b-head", "", func(c *signed) events.Payload {
			return takeOverOf(events.Seq(len(c.list))+1, 1, 2)
		})},
		{name: "take-over of a log that went on", code: CodeTakenOver, field: "seq", given: func(c *signed) { c.does("b-head", "b", commend()) }, accept: good, refuse: takesOver(1, 1, 2)},
		{name: "take-over from a key that does not sign", code: CodeTakenOver, field: "oldKey", given: func(c *signed) { c.takeOver(1, 2) }, accept: takesOver(0, 2, 3), refuse: takesOver(0, 1, 3)},
		{name: "agreement to a take-over once the log went on", code: CodeTakenOver, field: "of", given: func(c *signed) { c.must(c.by("b-head", "", takeOverOf(events.Seq(len(c.list)), 1, 2))) },
			accept: endorses("c-head", events.EndorseAgree), refuse: func(c *signed) error {
				e := c.list[len(c.list)-1]
				c.does("b-head", "b", commend())
				return says("c-head", "", is(endorse(e, events.EndorseAgree)))(c)
			}},
	}
}

// takeOver takes the log over at the share.
func (c *signed) takeOver(from, to byte) events.Event {
	c.t.Helper()
	e := c.does("b-head", "", takeOverOf(events.Seq(len(c.list)), from, to))
	c.does("c-head", "", endorse(e, events.EndorseAgree))
	return e
}

// TestTakeOverTakesTheShare: it has its effect by the endorsement that reaches the share, not before.
func TestTakeOverTakesTheShare(t *testing.T) {
	t.Parallel()
	c := signedAt(t, open)
	copied := events.Seq(len(c.list))
	e := c.does("b-head", "", takeOverOf(copied, 1, 2))
	if got := c.live.Summary().TakenOver; got != (TakeOver{}) {
		t.Fatalf("one unit of three took it over: %+v", got)
	}
	if !c.live.IsTakeOver(e.ID) || c.live.IsTakeOver(c.list[0].ID) {
		t.Error("it is not known for what it is")
	}
	again := c.does("c-head", "", takeOverOf(copied, 1, 3)) // another proposal beside, of the same copy
	agreed := c.does("c-head", "", endorse(e, events.EndorseAgree))
	want := TakeOver{Seq: e.Seq, Copied: copied, Root: hash("root"), Key: logKey(2), OldKey: logKey(1), InForce: agreed.Seq}
	if got := c.live.Summary().TakenOver; got != want {
		t.Errorf("in force is %+v, want %+v", got, want)
	}
	c.refuses(CodeTakenOver, "a-head", "", endorse(again, events.EndorseAgree)) // the key that it replaces was replaced
	requireSame(t, fold(t, c.list), c.live)
	requireThawed(t, c.live, c.list)
	if got := thaw(t, snapshotOf(t, c.live)).Summary().TakenOver; got != want {
		t.Errorf("a snapshot keeps %+v", got)
	}
}
