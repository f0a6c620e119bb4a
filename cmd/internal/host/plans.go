package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"campaignledger/cmd/internal/scores"
	"campaignledger/events"
	"campaignledger/projections"
)

const (
	// maxPlanned bounds the imports that wait for their signature; each holds its rows in memory.
	maxPlanned = 8
	// plannedFor is how long one waits.
	plannedFor = 10 * time.Minute
)

// ErrNoPlan: the import was not planned here, or too long ago.
var ErrNoPlan = errors.New("this import does not wait for its signature here, or no longer; import the file again")

// signedPlans are the imports that wait for their author's signature.
type signedPlans struct {
	mu    sync.Mutex
	byID  map[uuid.UUID]*signedPlan
	order []uuid.UUID // the oldest first
}

type signedPlan struct {
	file projections.ImportFile
	plan projections.ImportPlan
	base events.Seq // the end of the log that it was planned at
	at   time.Time
}

// PlanSigned works out what importing a file means for its author, and keeps the plan for StoreSigned unless it is a dry run. What the
// plan says follows from what the reader may see. The id is that of the import.started, new or found unfinished.
func (c *Campaign) PlanSigned(ctx context.Context, r Reader, f *scores.File, o ImportOptions) (plan projections.ImportPlan, id uuid.UUID, err error) {
	if !c.live.Summary().Regulation.Signed() {
		return plan, uuid.Nil, &projections.Refusal{Code: projections.CodeUnsigned, Field: "author", Problem: "campaign " + c.ID + " is unsigned",
			Remedy: "import the file without an author"}
	}
	in, unread := ImportFile(c.ID, f, o)
	kept := &signedPlan{file: in, at: time.Now()}
	err = c.InGate(ctx, r, func(l *projections.Live, recorded time.Time) (err error) {
		kept.base, _ = l.Last()
		plan, err = l.PlanImport(in, recorded)
		return err
	})
	kept.plan = plan
	plan.Outcomes = mergeOutcomes(plan.Outcomes, unread)
	plan.Bad += len(unread)
	store := !o.DryRun && (plan.Bad == 0 || o.KeepGood) && len(plan.Commits) > 0
	if err != nil || !store {
		return plan, uuid.Nil, err
	}
	id = kept.plan.Commits[0][0].Causation
	if kept.plan.Started != nil {
		id = kept.plan.Started.ID
	}
	c.plans.keep(id, kept)
	return plan, id, nil
}

// keep remembers a plan, and forgets the oldest where there are many.
func (p *signedPlans) keep(id uuid.UUID, plan *signedPlan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.byID == nil {
		p.byID = map[uuid.UUID]*signedPlan{}
	}
	p.remove(id) // a resumed import is planned again under the same id
	if len(p.order) == maxPlanned {
		p.remove(p.order[0])
	}
	p.byID[id] = plan
	p.order = append(p.order, id)
}

// take gives a plan out, once.
func (p *signedPlans) take(id uuid.UUID) (*signedPlan, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	plan := p.byID[id]
	p.remove(id)
	if plan == nil || time.Since(plan.at) > plannedFor {
		return nil, ErrNoPlan
	}
	return plan, nil
}

// remove forgets a plan, if it is there.
func (p *signedPlans) remove(id uuid.UUID) {
	delete(p.byID, id)
	p.order = slices.DeleteFunc(p.order, func(other uuid.UUID) bool { return other == id })
}

// StoreSigned stores a planned import with its signed import.started; without one the import is resumed, whose announcement is in the log.
// To a reader from whom a freeze hides something, the plan that comes back is the one it saw.
func (c *Campaign) StoreSigned(ctx context.Context, r Reader, id uuid.UUID, record events.Record, progress func(stored, rows int)) (plan projections.ImportPlan, err error) {
	if untaken := c.Untaken(); untaken != nil {
		return plan, untaken
	}
	kept, err := c.plans.take(id)
	if err != nil {
		return plan, err
	}
	plan = kept.plan
	if plan.Started != nil {
		if string(record.Unsigned()) != string(plan.Started.Record) {
			return plan, &events.FieldError{Field: "signature", Reason: "the record is not the import.started that was planned; sign that one"}
		}
		signed := *plan.Started
		if signed.Draft, err = events.Decode(record); err != nil {
			return plan, err
		}
		signed.Record = record
		kept.file.Signed = signed
		plan.Started, plan.Commits[0][0] = &signed, signed
	}
	if err := c.holdsEvidence(ctx, flatten(plan.Commits)); err != nil {
		return plan, err
	}
	planner := func(last events.Seq, recorded time.Time) ([][]events.Proposal, error) {
		if last != kept.base { // somebody wrote since, or the plan was made without what a freeze hides
			if plan, err = c.live.PlanImport(kept.file, recorded); err != nil {
				return nil, err
			}
		}
		return plan.Commits, nil
	}
	err = c.appendPlan(ctx, planner, &plan, progress)
	if hidden := c.veilPlan(r, plan, err); hidden != nil {
		return projections.ImportPlan{}, hidden
	}
	if c.frozenFor(r) {
		resumed := plan.Resumed
		plan = kept.plan
		plan.Resumed = resumed
	}
	return plan, nil
}

func flatten(commits [][]events.Proposal) (list []events.Proposal) {
	for _, commit := range commits {
		list = append(list, commit...)
	}
	return list
}

// ImportPackage stores a signed package: an import.started and its rows.
func (c *Campaign) ImportPackage(ctx context.Context, r Reader, list []events.Proposal, progress func(stored, rows int)) (plan projections.ImportPlan, err error) {
	started := events.Event{Draft: list[0].Draft, Record: list[0].Record}
	if c.live.Check(&started); started.Forged || started.Verified == (events.PublicKey{}) { // before it costs anything
		return plan, &projections.Refusal{Code: projections.CodeSignature, Field: "signature", Problem: "the package is not signed by " + started.Author + " for this campaign",
			Remedy: "have its author sign the file with its present key (campaign sign)"}
	}
	if err := c.holdsEvidence(ctx, list); err != nil {
		return plan, err
	}
	planner := func(_ events.Seq, recorded time.Time) ([][]events.Proposal, error) {
		plan, err = c.live.PlanPackage(list, recorded)
		if err != nil || plan.Bad > 0 {
			return nil, err
		}
		return plan.Commits, nil
	}
	err = c.appendPlan(ctx, planner, &plan, progress)
	if hidden := c.veilPlan(r, plan, err); hidden != nil {
		return projections.ImportPlan{}, fmt.Errorf("package of %d records: %w", len(list), hidden)
	}
	return plan, nil
}
