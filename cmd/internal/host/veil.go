package host

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// frozenFor reports whether a freeze hides anything from the reader.
func (c *Campaign) frozenFor(r Reader) bool { return !r.Entitled() && c.live.Summary().Frozen != 0 }

// errHidden stands for a refusal that follows from what a freeze hides.
func errHidden() error {
	return &projections.Refusal{Code: projections.CodeFrozen, Problem: "refused; why is hidden while the standings are frozen",
		Remedy: "ask a reviewer, or wait for the reveal"}
}

// AppendAs is Append for a reader. During a freeze a refusal says what follows from the proposals and from what the reader may see; where
// nothing does, it says no more than that. A body that would be refused anyway tells nothing of what is hidden, so that nobody can try
// out what is there without leaving a record. What evidence is held shows.
func (c *Campaign) AppendAs(ctx context.Context, r Reader, proposals ...events.Proposal) ([]ledger.Receipt, error) {
	if err := c.prepare(ctx, proposals); err != nil {
		return nil, err
	}
	if err := resultsApart(proposals); err != nil {
		return nil, err
	}
	err := c.hiddenBefore(ctx, r, proposals)
	var receipts []ledger.Receipt
	if err == nil {
		receipts, err = c.Ledger.Append(ctx, proposals...)
	}
	if err == nil || !c.frozenFor(r) || !errors.As(err, new(*ledger.RefusedError)) && !errors.Is(err, ledger.ErrTooBig) {
		return receipts, err
	}
	if seen := c.refusedAnyway(ctx, r, proposals); seen != nil {
		return nil, seen
	}
	return nil, errHidden()
}

// resultsApart refuses a body that may end a ballot and asks for what it gave: refused as a whole it would have told the result, and the
// ballot were still open.
func resultsApart(proposals []events.Proposal) error {
	ends := false
	for i := range proposals {
		switch proposals[i].Payload.(type) {
		case *events.BallotClosed, *events.RecordEndorsed:
			ends = true
		case *events.AwardProposed, *events.NominationWithdrawn:
			if ends {
				return &ledger.RefusedError{Index: i, Err: &projections.Refusal{Code: projections.CodeBallot, Field: "type",
					Problem: "a body that closes a ballot, or endorses, does not go on to what depends on a ballot's result",
					Remedy:  "send it in a body of its own, afterwards"}}
			}
		}
	}
	return nil
}

// hiddenBefore refuses a body that repeats an event whose record is hidden from the reader, unless it has that record as it was signed: the
// first receipt gives the record, and the answer to a guess would say whether it is right. The rows of an import or a sheet have no
// signature; the signed event that they name as their cause, in the same body, stands for them.
func (c *Campaign) hiddenBefore(ctx context.Context, r Reader, proposals []events.Proposal) (err error) {
	if !c.frozenFor(r) && c.live.FirstHiddenVote(0) == 0 {
		return nil
	}
	stored := make([]events.Seq, len(proposals))
	asked := c.Ledger.Quiet(ctx, func(events.Seq, time.Time) error {
		for i := range proposals {
			stored[i], _ = c.live.Find(proposals[i].ID)
		}
		return nil
	})
	if asked != nil {
		return asked
	}
	known := map[uuid.UUID]bool{}
	for i, seq := range stored {
		p := &proposals[i]
		if seq == 0 || !c.Hides(r, seq) || p.Causation != uuid.Nil && known[p.Causation] {
			continue
		}
		if p.Signature == "" || !c.isStored(ctx, seq, p.Record) {
			return &ledger.RefusedError{Index: i, Err: &ledger.DuplicateIDError{ID: p.ID, Seq: seq}}
		}
		known[p.ID] = true
	}
	return nil
}

// isStored reports whether record is that of event seq, byte for byte.
func (c *Campaign) isStored(ctx context.Context, seq events.Seq, record events.Record) bool {
	for stored, err := range c.Ledger.Records(ctx, seq-1, false) {
		return err == nil && stored.Seq == seq && bytes.Equal(stored.Record, record)
	}
	return false
}

// refusedAnyway is what a body is refused for without regard to what a freeze hides; nil if nothing.
func (c *Campaign) refusedAnyway(ctx context.Context, r Reader, proposals []events.Proposal) error {
	size := 0
	for i := range proposals {
		p := &proposals[i]
		size += len(p.Record) + 1
		if p.Signature == "" || len(p.Record) == 0 {
			continue // the fold asks for the signature
		}
		e := events.Event{Draft: p.Draft, Record: p.Record}
		if c.live.Check(&e); e.Forged || e.Verified == (events.PublicKey{}) {
			return &ledger.RefusedError{Index: i, Err: &projections.Refusal{Code: projections.CodeSignature, Field: "signature",
				Problem: "the signature is not that of " + p.Author + " over this record in campaign " + c.ID,
				Remedy:  "sign the record as it stands, with the present key of " + p.Author + ", for this campaign"}}
		}
	}
	if size > events.MaxCommitBytes {
		return ledger.ErrTooBig
	}
	return c.InGate(ctx, r, func(l *projections.Live, recorded time.Time) error {
		for i := range proposals {
			e := events.Event{Draft: proposals[i].Draft, Record: proposals[i].Record, Recorded: recorded}
			if len(e.Record) == 0 {
				e.Record = events.Record("{}") // unsigned: refused before anybody looks at it
			}
			if _, stored := l.Find(e.ID); stored {
				continue // sent again
			}
			last, _ := l.Last()
			e.Seq = last + 1
			if err := l.Admit(e); err != nil {
				return &ledger.RefusedError{Index: i, Err: err}
			}
		}
		return l.Settle()
	})
}

// veilPlan is what a reader may know of why an import was not stored as it was planned.
func (c *Campaign) veilPlan(r Reader, plan projections.ImportPlan, err error) error {
	if !c.frozenFor(r) {
		return err
	}
	refusal := errors.As(err, new(*projections.Refusal)) || errors.As(err, new(*ledger.DuplicateIDError))
	if refusal || err == nil && plan.Bad > 0 && len(plan.Commits) == 0 {
		return errHidden()
	}
	return err
}
