package projections

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// importState is how far the rows of one import.started have come.
type importState struct {
	seq     events.Seq
	author  string
	givenUp bool            // by entry.withdrawn
	batches *[]events.Batch // a pointer, so that states compare
	batch   int             // index of the batch under way
	row     int             // rows of it so far
	bytes   int             // of them, line feeds included
	done    int             // rows of all
	leaves  *[]batchLeaf    // of the batch under way: row of them count, whatever an undone try left behind
}

// rootText is the RFC 6962 root over leaf hashes, in hex.
func rootText(leaves []batchLeaf) string {
	root := events.BatchRoot(leaves)
	return hex.EncodeToString(root[:])
}

// over reports whether no more rows come: it has all of them, or was given up.
func (imp *importState) over() bool { return imp.givenUp || imp.batch == len(*imp.batches) }

// importWithdrawn gives up an import whose rows can't come any more, or shall not; those that are stored stay.
func (s *State) importWithdrawn(e *events.Event, p *events.EntryWithdrawn, author memberState, next *entry, seq events.Seq) error {
	before := s.imports.get(p.Of)
	by := s.members.get(before.author)
	switch {
	case !s.plan.hasUnit(e.Subject) || s.signed() && by.unit != "" && by.unit != e.Subject:
		return refuse(CodeUnknownUnit, "subject", "name the unit of the import's author", "event %d is not an import of unit %s", seq, e.Subject)
	case before.over():
		return refuse(CodeImport, "of", "withdraw the entries that are wrong", "import %d has all its rows, or was given up", seq)
	case s.signed() && e.Author != before.author && (author.role != events.RoleHead || author.unit != by.unit && !s.plan.leads(author.unit)):
		return refuse(CodeRole, "author", "let "+before.author+" give it up, the head of that unit, or a lead's", "%s may not give up import %d", e.Author, seq)
	}
	now := before
	now.givenUp = true
	s.imports.put(p.Of, before, now)
	s.scalars.unfinished--
	if s.scalars.running == p.Of {
		s.scalars.running = uuid.Nil
	}
	next.also().of = seq
	next.withReason(p.Reason)
	return nil
}

type batchLeaf = [sha256.Size]byte

func (s *State) importStarted(e *events.Event, p *events.ImportStarted) error {
	if len(p.Batches) == 0 {
		return refuse(CodeImport, "batches", "leave the event out", "the import announces no rows")
	}
	s.imports.put(e.ID, importState{}, importState{seq: e.Seq, author: e.Author, batches: &p.Batches, leaves: new([]batchLeaf)})
	s.scalars.unfinished++
	s.hold(e, e.ID)
	return nil
}

// hold keeps other drafts out for a while after an import's latest record.
func (s *State) hold(e *events.Event, id uuid.UUID) {
	s.scalars.running, s.scalars.runningEnd = id, e.Recorded.Add(importHold)
}

// importRunning reports whether an import holds other drafts off at the given recorded time.
func (s *State) importRunning(recorded time.Time) bool {
	return s.scalars.running != uuid.Nil && recorded.Before(s.scalars.runningEnd)
}

func (s *State) refuseRunning() *Refusal {
	r := refuse(CodeImportRunning, "", "try again in a few seconds", "an import is under way; nothing may come between its rows")
	r.until = s.scalars.runningEnd
	return r
}

// importRow checks a row against what its import announced. An event whose causation is no import passes.
func (s *State) importRow(e *events.Event, next *entry) error {
	if e.Causation == uuid.Nil {
		return nil
	}
	if open := s.scalars.sheet.id; open != uuid.Nil && e.Causation == open {
		return s.sheetRow(e, next)
	}
	before := s.imports.get(e.Causation)
	imp := before
	if imp.seq == 0 {
		next.causation = shortSeq(s.ids.get(e.Causation))
		if s.isSheetRow(next) {
			return refuse(CodeSealedMismatch, "causationid", "leave the causation out", "the sheet that event %d revealed has all its marks", next.causation)
		}
		return nil
	}
	next.causation = shortSeq(imp.seq)
	if e.Signature != "" {
		return refuse(CodeImport, "signature", "leave it out; import.started is signed", "the rows of an import carry no signature of their own")
	}
	switch e.Payload.(type) {
	case *events.ScoreEntered, *events.TargetSet:
	default:
		return refuse(CodeImport, "causationid", "name an import in score.entered and target.set only", "%s is no row of an import", e.Type().Named())
	}
	if imp.over() {
		return refuse(CodeImport, "causationid", "import the rows as a file of their own", "import %d has all its rows, or was given up", imp.seq)
	}
	leaf := e.BatchLeaf
	if leaf == (batchLeaf{}) {
		leaf = events.BatchLeaf(e.Record)
	}
	*imp.leaves = append((*imp.leaves)[:imp.row], leaf)
	imp.row++
	imp.done++
	if imp.bytes += len(e.Record) + 1; imp.bytes > events.MaxBatchBytes {
		return refuse(CodeImport, "causationid", "import the missing rows as a file of their own",
			"batch %d of import %d has more than %d bytes", imp.batch+1, imp.seq, events.MaxBatchBytes)
	}
	s.scalars.inBatch = e.Causation
	if announced := (*imp.batches)[imp.batch]; imp.row == announced.Rows {
		if rootText(*imp.leaves) != announced.Root {
			return refuse(CodeImport, "causationid", "import the missing rows as a file of their own",
				"the rows of batch %d of import %d are not those it announced", imp.batch+1, imp.seq)
		}
		if s.signed() {
			if err := s.spend(e.Author, imp.row, imp.bytes); err != nil {
				return err
			}
		}
		imp.batch, imp.row, imp.bytes = imp.batch+1, 0, 0
		s.scalars.inBatch = uuid.Nil
	}
	s.imports.put(e.Causation, before, imp)
	if imp.over() {
		s.scalars.unfinished--
		s.scalars.running = uuid.Nil
	} else {
		s.hold(e, e.Causation)
	}
	return nil
}
