package projections

import (
	"slices"
	"testing"

	"campaignledger/events"
)

// signedRule is one admission rule of signed campaigns: given a campaign at a stage, one event that it lets pass and one that it refuses.
type signedRule struct {
	name   string
	code   Code
	field  string       // of the refusal; "" for the draft as a whole
	at     events.Stage // "": open
	edits  []string     // of the regulation
	given  func(c *signed)
	accept func(c *signed) error
	refuse func(c *signed) error
}

// signedRules are the cases of all subjects.
func signedRules() []signedRule {
	return slices.Concat(signatureRules(), memberRules(), keyRules(), endorseRules(), authorRules(), reviewRules(), sheetRules(), driveRules(),
		amendRules(), lateRules(), giveUpRules(), seatRules(), takeOverRules())
}

// says tells the campaign one event.
func says(author, subject string, p func(c *signed) events.Payload, change ...func(*events.Event)) func(c *signed) error {
	return func(c *signed) error {
		_, err := c.by(author, subject, p(c), change...)
		return err
	}
}

// is is a payload that does not depend on the campaign.
func is(p events.Payload) func(*signed) events.Payload {
	return func(*signed) events.Payload { return p }
}

func TestEverySignedRule(t *testing.T) {
	t.Parallel()
	for _, r := range signedRules() {
		t.Run(string(r.code)+"/"+r.name, func(t *testing.T) {
			t.Parallel()
			start := func() *signed {
				c := openSigned(t, r.edits...)
				if r.at == "" {
					r.at = open
				}
				c.to(r.at)
				if r.given != nil {
					r.given(c)
				}
				return c
			}
			c := start()
			if err := r.accept(c); err != nil {
				t.Errorf("the accepted case is refused: %v", err)
			}
			requireSame(t, fold(t, c.list), c.live)
			c = start()
			refusal := c.refused(r.refuse(c), r.code)
			if refusal.Field != r.field || refusal.Problem == "" || refusal.Remedy == "" {
				t.Errorf("want field %q, a problem and a remedy; got %q, %q, %q", r.field, refusal.Field, refusal.Problem, refusal.Remedy)
			}
			if last, _ := c.live.Last(); int(last) != len(c.list) {
				t.Errorf("the refused event took sequence %d", last)
			}
			requireSame(t, fold(t, c.list), c.live)
		})
	}
}

// TestEverySignedTypeIsAdmitted tells one campaign at least one event of every type.
func TestEverySignedTypeIsAdmitted(t *testing.T) {
	t.Parallel()
	seen := map[events.Type]bool{}
	note := func(c *signed) {
		for _, e := range c.list {
			seen[e.Payload.Type()] = true
		}
	}
	for _, p := range powers() {
		c := signedAt(t, p.tried)
		if p.typ == events.TypeStandingsRevealed {
			c.does("a-head", "", &events.StandingsFrozen{})
		}
		if p.tried == scoring {
			c.does("b-head", "b", points("G", "self", "b", "1"))
		}
		if p.typ != events.TypeUnitJoined && p.typ != events.TypeSheetRevealed { // on the way of every campaign
			subject, payload := p.sample(c, authorOf(p))
			c.does(authorOf(p), subject, payload)
		}
		note(c)
	}
	note(signedAt(t, final))
	for _, typ := range events.Types() {
		if !seen[typ] {
			t.Errorf("no %s is admitted", typ)
		}
	}
}

// closing ends a campaign that is at its final stage.
func closing() events.Payload { return &events.CampaignClosed{} }
