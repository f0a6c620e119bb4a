package projections

import (
	"slices"
	"testing"

	"campaignledger/events"
)

// courseRule is one admission rule of what leads to awards: given a campaign at a stage, one event that it lets pass and one that it refuses.
type courseRule struct {
	name   string
	code   Code
	field  string       // of the refusal; "" for the draft as a whole
	at     events.Stage // "": deliberation
	marks  []int        // nil: in order
	edits  []string     // of the regulation
	given  func(c course)
	accept func(c course) error
	refuse func(c course) error
}

// courseRules are the cases of all subjects.
func courseRules() []courseRule {
	return slices.Concat(evaluationRules(), exclusionRules(), nominationRules(), withdrawalRules(), ballotRules(), reopeningRules(), endingRules(), castRules(), tallyRules(),
		tellerRules(), proposalRules(), decisionRules(), secondDecisionRules(), revocationRules(), appealRules(), correctionRules(), correctionLimitRules(), reviewedRules(), documentRules())
}

// tells tells the campaign one event.
func tells(author, subject string, p func(c course) events.Payload) func(c course) error {
	return func(c course) error {
		_, err := c.by(author, subject, p(c))
		return err
	}
}

// just is a payload that does not depend on the campaign.
func just(p events.Payload) func(course) events.Payload {
	return func(course) events.Payload { return p }
}

func TestEveryCourseRule(t *testing.T) {
	t.Parallel()
	for _, r := range courseRules() {
		t.Run(string(r.code)+"/"+r.name, func(t *testing.T) {
			t.Parallel()
			start := func() course {
				marks := r.marks
				if marks == nil {
					marks = inOrder()
				}
				c := newCourse(t, marks, r.edits...)
				if r.at == "" {
					r.at = deliberation
				}
				c.goTo(r.at)
				if r.given != nil {
					r.given(c)
				}
				return c
			}
			c := start()
			if err := r.accept(c); err != nil {
				t.Errorf("the accepted case is refused: %v", err)
			}
			c.onFold()
			c = start()
			refusal := c.refused(r.refuse(c), r.code)
			if refusal.Field != r.field || refusal.Problem == "" || refusal.Remedy == "" {
				t.Errorf("want field %q, a problem and a remedy; got %q, %q, %q", r.field, refusal.Field, refusal.Problem, refusal.Remedy)
			}
			if last, _ := c.live.Last(); int(last) != len(c.list) {
				t.Errorf("the refused event took sequence %d", last)
			}
			c.onFold()
		})
	}
}
