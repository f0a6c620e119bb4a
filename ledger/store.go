package ledger

import (
	"context"
	"iter"

	"campaignledger/events"
)

// Store keeps the commits of one campaign. It is safe for concurrent use, also by several processes on the same log.
// storetest holds the conformance suite.
type Store interface {
	// Append stores c right after event c.First-1, all its records or none, and returns when it is durable.
	// Errors, to be told apart with errors.Is:
	//   - ErrConflict: the log does not end at c.First-1. Nothing was stored.
	//   - ErrRefused (ErrTooBig with it), ErrNoCampaign, ErrClosed: nothing was stored.
	//   - *BrokenError: nothing more is stored; whether this was, the tail tells.
	//   - ErrUnclear: it may be stored, or be stored later. Read the tail before appending again.
	//   - anything else: nothing was stored, the store could not be reached.
	Append(ctx context.Context, c Commit) error

	// Read yields the commits after event after, in order and without gaps; the first is cut to start at after+1. It ends at
	// what was the log's end when it began; with follow it waits for more until ctx is done, and then ends without an error.
	// Every commit is checked to follow its predecessor. An error is yielded last: a *BrokenError where the log is broken
	// (ErrRollback where it is shorter than after), any other where the store could not be read and asking again may help.
	// A commit's Data belongs to the reader and is not changed by the store.
	Read(ctx context.Context, after events.Seq, follow bool) iter.Seq2[Commit, error]

	// Last is the sequence of the newest stored event, 0 if there is none. It is never older than an append that was
	// acknowledged, to whichever process, before the call.
	Last(ctx context.Context) (events.Seq, error)
}

// ConfigChecker is a Store whose settings can be changed behind its back. The ledger calls CheckConfig regularly.
type ConfigChecker interface {
	// CheckConfig returns a *BrokenError that wraps ErrDrift if the settings are not the pinned ones; any other error means
	// that they could not be read.
	CheckConfig(ctx context.Context) error
}
