package projections

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// trialRegulation has a leaf of every method, a level of most scorer rules, and unit c without criterion T.
const trialRegulation = `
id: trial
clock: live
delay: 45d
levels:
  - {id: open, scorers: any}
  - {id: self, scorers: own-unit}
  - {id: cross, scorers: peer-units}
  - {id: others, scorers: not-own}
  - {id: led, scorers: lead}
  - {id: jury, scorers: [j1, j2]}
criteria:
  default:
    items:
      - id: work
        items:
          - {id: G, method: graded, max: 10}
          - {id: M, method: graded, aggregate: {method: mean}}
          - {id: T, method: target, max: 5}
      - {id: P, method: passfail, max: 4}
      - {id: C, method: count, each: 2, max: 20}
      - {id: R, method: proportional, max: 30}
      - {id: O, method: ordinal, table: [12, 10, 8], aggregate: {method: sum}}
      - {id: A, method: adjustment, min: -50, max: 30}
clusters:
  - id: one
    criteria: default
    lead: a
    units: [{id: a}, {id: b}, {id: c, not-assigned: [T]}]
`

var trialStart = time.Date(2017, 3, 1, 8, 0, 0, 0, time.UTC)

// trial is a campaign under test; every event it is told is a body of its own and recorded a second after the last.
type trial struct {
	t    testing.TB
	live *Live
	r    *events.Regulation
	now  time.Time
	ids  *generator
	list []events.Event // committed
	lazy bool           // fill in what drafts leave out
}

// newTrial is a campaign that is not open yet.
func newTrial(t testing.TB, regulation string) *trial {
	t.Helper()
	r, err := events.ParseRegulation("trial.yaml", []byte(regulation))
	if err != nil {
		t.Fatal(err)
	}
	return &trial{t: t, live: NewLive(), r: r, now: trialStart, ids: newGenerator(1), lazy: true}
}

// openTrial is an open campaign.
func openTrial(t testing.TB, regulation string) *trial {
	t.Helper()
	c := newTrial(t, regulation)
	c.must(c.say("", c.opening()))
	return c
}

func (c *trial) opening() *events.CampaignOpened {
	return events.NewCampaignOpened(c.r, "trial.yaml", hash("trial.yaml"))
}

func (c *trial) must(e events.Event, err error) events.Event {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("refused: %v", err)
	}
	return e
}

// event is the next event, as the ledger would propose it.
func (c *trial) event(subject string, p events.Payload, change ...func(*events.Event)) events.Event {
	last, _ := c.live.Last()
	e := events.Event{Draft: events.Draft{ID: c.ids.id(), Campaign: c.r.ID, Subject: subject, Author: "author", Payload: p},
		Seq: last + 1, Recorded: c.now}
	if c.lazy {
		c.live.Complete(&e.Draft, c.now)
	} else {
		e.Time = c.now
	}
	for _, f := range change {
		f(&e)
	}
	if record, err := events.Encode(e.Draft); err == nil {
		e.Record = record // what can't be encoded is tried as a payload: admission must not rely on the codec alone
	}
	return e
}

// say tells the campaign one event; a refusal must change nothing.
func (c *trial) say(subject string, p events.Payload, change ...func(*events.Event)) (events.Event, error) {
	c.now = c.now.Add(time.Second)
	e := c.event(subject, p, change...)
	return e, c.body(e)
}

// body admits events that stand or fall together.
func (c *trial) body(list ...events.Event) error {
	c.t.Helper()
	point := c.live.Savepoint()
	for _, e := range list {
		before := c.live.state.scalars
		if err := c.live.Admit(e); err != nil {
			if c.live.state.scalars != before {
				c.t.Errorf("the refusal %q changed the state", err)
			}
			c.live.Rollback(point)
			return err
		}
	}
	if err := c.live.Settle(); err != nil {
		c.live.Rollback(point)
		return err
	}
	c.live.Commit()
	c.list = append(c.list, list...)
	return nil
}

// bodyOf admits payloads about units in turn as one body.
func (c *trial) bodyOf(pairs ...any) error {
	c.t.Helper()
	c.now = c.now.Add(time.Second)
	point := c.live.Savepoint()
	var list []events.Event
	for i := 0; i < len(pairs); i += 2 {
		e := c.event(pairs[i].(string), pairs[i+1].(events.Payload))
		list = append(list, e)
		if err := c.live.Admit(e); err != nil {
			c.live.Rollback(point)
			return err
		}
	}
	c.live.Rollback(point)
	return c.body(list...)
}

// refused requires a refusal of the code and gives it.
func (c *trial) refused(err error, code Code) *Refusal {
	c.t.Helper()
	var r *Refusal
	if !errors.As(err, &r) {
		c.t.Fatalf("want a refusal %s, got %v", code, err)
	}
	if r.Code != code {
		c.t.Fatalf("want a refusal %s, got %s: %v", code, r.Code, r)
	}
	return r
}

func (c *trial) row(unit string) *Standing {
	for _, s := range c.live.Standings().Clusters[0].Rows {
		if s.Unit == unit {
			return s
		}
	}
	c.t.Fatalf("no unit %s", unit)
	return nil
}

// points requires a unit's points for a criterion.
func (c *trial) points(unit, criterion, want string) {
	c.t.Helper()
	if got := c.row(unit).CriterionPoints(criterion); got != want {
		c.t.Errorf("%s has %s points for %s, want %s", unit, got, criterion, want)
	}
}

func points(criterion, level, scorer, amount string) *events.ScoreEntered {
	return score(criterion, level, scorer, events.MarkPoints, amount)
}

func actual(criterion, level, scorer, amount string) *events.ScoreEntered {
	return score(criterion, level, scorer, events.MarkActual, amount)
}

func place(criterion, level, scorer, amount string) *events.ScoreEntered {
	return score(criterion, level, scorer, events.MarkPlace, amount)
}

func score(criterion, level, scorer string, kind events.MarkKind, amount string) *events.ScoreEntered {
	p := &events.ScoreEntered{Cluster: "one", Criterion: criterion, Level: level, Scorer: scorer, Mark: events.Mark{Kind: kind}}
	if amount != "" {
		p.Mark.Amount = decimal(amount)
	}
	return p
}

// because gives a correction its reason.
func because(p *events.ScoreEntered) *events.ScoreEntered {
	p.Reason = "corrected"
	return p
}

func target(criterion, scorer, amount string) *events.TargetSet {
	return &events.TargetSet{Cluster: "one", Criterion: criterion, Scorer: scorer, Target: decimal(amount)}
}

func supersedes(id uuid.UUID, p *events.ScoreEntered) *events.ScoreEntered {
	p.Supersedes = id
	return p
}
