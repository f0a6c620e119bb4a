package ledger

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// What an append can end in.
var (
	// ErrConflict: another commit is already there. Read the tail, then append after it.
	ErrConflict = errors.New("another commit is already stored at this place; read the tail and append after it")
	// ErrUnclear: it may or may not be stored. Ask again with the same event ids: what was stored is recognised.
	ErrUnclear = errors.New("it is not known whether this was stored; send the same events again, with the same ids")
	// ErrRefused: the store said no and stored nothing.
	ErrRefused = errors.New("the store refused the commit and stored nothing")
	// ErrTooBig: the events of one body do not fit one commit.
	ErrTooBig = fmt.Errorf("one body holds at most %d events and %d bytes; split it",
		events.MaxCommitEvents, events.MaxCommitBytes)
	// ErrContended: other processes kept appending first. Nothing was stored; try again.
	ErrContended = errors.New("other servers kept appending first; nothing was stored, try again")
	// ErrBusy: too much waits for its turn. Nothing was stored; try again in a moment.
	ErrBusy = errors.New("busy: too much waits for its turn; nothing was stored, try again in a moment")
	// ErrDuplicateID: an event with this id but other content is stored.
	ErrDuplicateID = errors.New("an event with this id and other content is stored")
	// ErrReadOnly: the ledger is broken and takes no events; the error it wraps says where and what to do.
	ErrReadOnly = errors.New("the ledger is read-only")
	// ErrClosed: the ledger or store was closed. Nothing was stored.
	ErrClosed = errors.New("the ledger is closed; nothing was stored")
	// ErrUnreachable: the store does not answer. Nothing was stored.
	ErrUnreachable = errors.New("nothing was stored: the store can't be read; try again")
	// ErrNoCampaign: there is no such campaign on this server.
	ErrNoCampaign = errors.New("there is no such campaign")
	// ErrLocked: another process holds the data directory.
	ErrLocked = errors.New("the data directory is in use by another process")
)

// What can be wrong with a log. Each comes wrapped in a *BrokenError.
var (
	// ErrGap: events are missing.
	ErrGap = errors.New("events are missing")
	// ErrForeign: a message that no ledger wrote stands in the log.
	ErrForeign = errors.New("a message that no ledger wrote")
	// ErrRollback: the log is shorter than it was, or another event stands where one was seen.
	ErrRollback = errors.New("the log was rolled back")
	// ErrForked: the log does not hold what a checkpoint was signed for.
	ErrForked = errors.New("the log was rewritten")
	// ErrCheckpoint: what was signed before can't be read.
	ErrCheckpoint = errors.New("a kept checkpoint is not one of this server")
	// ErrDrift: the stream's settings are not the ones that keep a log safe.
	ErrDrift = errors.New("the stream's settings were changed")
	// ErrBadRecord: a stored record is not in canonical form.
	ErrBadRecord = errors.New("a stored record is not canonical")
	// ErrNotAdmitted: a stored record is one that admission refuses.
	ErrNotAdmitted = errors.New("a stored record breaks the rules of the campaign")
)

// BrokenError says where a log is broken, how, and what to do. It wraps one of the sentinels above.
type BrokenError struct {
	Seq       events.Seq // the event that is wrong or missing; 0 if none can be named
	StreamSeq uint64     // the store's own position; 0 if none can be named
	Reason    string
	Err       error
}

func (e *BrokenError) Error() string {
	place := "the log"
	switch {
	case e.Seq > 0 && e.StreamSeq > 0:
		place = fmt.Sprintf("event %d (stream message %d)", e.Seq, e.StreamSeq)
	case e.Seq > 0:
		place = fmt.Sprintf("event %d", e.Seq)
	case e.StreamSeq > 0:
		place = fmt.Sprintf("stream message %d", e.StreamSeq)
	}
	return fmt.Sprintf("%s: %v: %s; %s", place, e.Err, e.Reason, remedy(e.Err))
}

// Unwrap is the sentinel.
func (e *BrokenError) Unwrap() error { return e.Err }

// remedy says what an operator can do about a broken log.
func remedy(err error) string {
	switch {
	case errors.Is(err, ErrDrift):
		return "restore the stream's settings, then start again"
	case errors.Is(err, ErrForeign):
		return "what stands before it is good; copy that to a new stream and keep others from publishing there"
	case errors.Is(err, ErrNotAdmitted), errors.Is(err, ErrBadRecord):
		return "what stands before it is good; a newer program may know more, otherwise copy the good part to a new stream"
	}
	switch {
	case errors.Is(err, ErrCheckpoint):
		return "the log can't be compared with what was signed: bring back DIR/log.key, DIR/checkpoints and the stream of checkpoints as they were"
	case errors.Is(err, ErrForked):
		return "an event up to there was changed, put in or taken out after it was signed: keep the directory as it is, compare it with what witnesses keep, and restore the stream from their copy or a backup"
	}
	return "restore the stream from a backup or another copy; what stands before it is good"
}

// RefusedError says which proposal of a body was refused and why. Nothing of the body was stored.
type RefusedError struct {
	Index int // of the proposal in its body, from 0; -1: the body as a whole
	Err   error
}

func (e *RefusedError) Error() string {
	if e.Index < 0 {
		return fmt.Sprintf("the events were refused together: %v", e.Err)
	}
	return fmt.Sprintf("event %d of the body was refused: %v", e.Index+1, e.Err)
}

// Unwrap is the refusal.
func (e *RefusedError) Unwrap() error { return e.Err }

// DuplicateIDError says that an id is taken by an event with other content. It wraps ErrDuplicateID.
type DuplicateIDError struct {
	ID  uuid.UUID
	Seq events.Seq // where the other event stands
}

func (e *DuplicateIDError) Error() string {
	return fmt.Sprintf("id %s: %v, as event %d; give a new event a new id", e.ID, ErrDuplicateID, e.Seq)
}

// Unwrap is ErrDuplicateID.
func (e *DuplicateIDError) Unwrap() error { return ErrDuplicateID }

// retrier is a refusal that may end by itself at a time, if that is not zero, for example while another process's import is under way.
type retrier interface{ RetryAt() time.Time }
