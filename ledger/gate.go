package ledger

import (
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// Gate is the admission state at the end of the log. The ledger calls it from one goroutine at a time, Check apart. There is one
// transaction at a time: what is admitted overlays the state and shows to readers after Commit. Admission is a pure function
// of the events before and their recorded times.
type Gate interface {
	// Complete fills in what the author left out, as of everything admitted so far. It may change d.Payload in place: the
	// ledger hands it a copy.
	Complete(d *events.Draft, recorded time.Time)
	// Admit checks e against everything admitted so far and, if it is admitted, overlays its effect. A refusal changes
	// nothing. A refusal with a method RetryAt() time.Time that is not zero may end by itself: the ledger holds the body back and asks again.
	Admit(e events.Event) error
	// Check looks ahead of admission at the signature of e, which has a Draft and a Record, and may have no place yet. It notes in
	// e.Verified and e.Forged what it finds under the author's key as of what is committed, and changes nothing where there is none. Any number of
	// goroutines call it, also while others admit and commit.
	Check(e *events.Event)
	// Settle is called at the end of each body and of each stored commit: what may only stand for the time of one body must
	// be resolved by then.
	Settle() error
	// Savepoint names the present end of the overlay.
	Savepoint() int
	// Rollback undoes everything admitted since savepoint.
	Rollback(savepoint int)
	// Commit makes the overlay the state and shows it to readers.
	Commit()
	// Discard drops the overlay.
	Discard()
	// Find is the place of the event with this id, the overlay included.
	Find(id uuid.UUID) (events.Seq, bool)
	// Last is the newest event's sequence and recorded time, the overlay included; zero if there is none.
	Last() (events.Seq, time.Time)
}
