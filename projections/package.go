package projections

import (
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// PlanPackage works out what storing a signed package means: an import.started, signed, and the rows it announces, which somebody else may
// carry. What is stored already is left out. All rows are admitted in an overlay, in order, and the overlay is undone; where one is
// refused its outcome says why and nothing is to be stored. It belongs to the admitting goroutine. Cost: about one admission a row.
func (l *Live) PlanPackage(list []events.Proposal, recorded time.Time) (ImportPlan, error) {
	s := l.state
	point := s.Savepoint()
	defer s.Rollback(point)
	started, ok := list[0].Payload.(*events.ImportStarted)
	switch {
	case s.plan == nil:
		return ImportPlan{}, refuse(CodeNotOpen, "", "open it with campaign open REGULATION.yaml", "campaign %s is not open", list[0].Campaign)
	case !ok || list[0].Signature == "":
		return ImportPlan{}, refuse(CodeImport, "type", "make one with campaign sign FILE", "a package starts with a signed import.started")
	case len(list)-1 != started.Rows:
		return ImportPlan{}, refuse(CodeImport, "rows", "carry the package whole", "the package announces %d rows and has %d", started.Rows, len(list)-1)
	case s.scalars.running != list[0].ID && s.importRunning(recorded):
		return ImportPlan{}, s.refuseRunning()
	}
	records := make([]events.Record, 0, len(list)-1)
	for i := range list[1:] {
		records = append(records, list[1+i].Record)
	}
	if err := checkRoots(started.Batches, records); err != nil {
		return ImportPlan{}, refuse(CodeImport, "batches", "get the package anew from whoever signed it", "the package is not as it was signed: %v", err)
	}
	p := importPlanner{state: s, recorded: recorded, file: ImportFile{Campaign: list[0].Campaign}}
	var first []events.Proposal
	if seq, stored := s.Find(list[0].ID); stored {
		p.plan.Resumed, p.found = seq, s.imports.get(list[0].ID)
	} else {
		if err := p.admit(list[0]); err != nil {
			return p.plan, err
		}
		first = list[:1:1]
	}
	p.admitRows(list[1:])
	p.plan.Rows = len(p.rows)
	if p.plan.Bad > 0 {
		return p.plan, nil
	}
	if p.plan.Resumed != 0 {
		return p.plan, p.packRest()
	}
	var ends []int
	for _, b := range started.Batches {
		at := b.Rows
		if len(ends) > 0 {
			at += ends[len(ends)-1]
		}
		ends = append(ends, at)
	}
	p.plan.Started = &first[0]
	p.packCommits(first, ends)
	return p.plan, nil
}

// admit overlays one proposal as it stands.
func (p *importPlanner) admit(proposal events.Proposal) error {
	last, _ := p.state.Last()
	return p.state.Admit(events.Event{Draft: proposal.Draft, Seq: last + 1, Recorded: p.recorded, Record: proposal.Record, Verified: proposal.Verified, Forged: proposal.Forged})
}

// replaces reports whether a row supersedes an entry.
func replaces(p events.Payload) bool {
	switch p := p.(type) {
	case *events.ScoreEntered:
		return p.Supersedes != uuid.Nil
	case *events.TargetSet:
		return p.Supersedes != uuid.Nil
	}
	return false
}

// admitRows overlays a package's rows until the first that is refused: what follows it would not be what its import announced.
func (p *importPlanner) admitRows(rows []events.Proposal) {
	for i := range rows {
		out := RowOutcome{Number: i + 1, Fate: RowNew}
		if seq, stored := p.state.Find(rows[i].ID); stored {
			out.Fate, out.Current = RowStored, seq
		} else if out.Err = p.admit(rows[i]); out.Err != nil {
			out.Fate = RowBad
			p.plan.Bad++
		} else {
			if replaces(rows[i].Payload) {
				out.Fate = RowReplaces
			}
			p.rows = append(p.rows, rows[i])
		}
		p.plan.Outcomes = append(p.plan.Outcomes, out)
		if out.Fate == RowBad {
			return
		}
	}
}
