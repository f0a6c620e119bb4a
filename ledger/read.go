package ledger

import (
	"context"
	"fmt"
	"iter"

	"campaignledger/events"
)

// ReadCommits yields the applied commits after event after, in order; the first is cut to start at after+1. It ends at what
// is the end when it gets there; with follow it waits for more until ctx is done (then it ends without an error), and yields
// ErrReadOnly or ErrClosed when no more can come. The newest commits come from memory.
func (l *Ledger) ReadCommits(ctx context.Context, after events.Seq, follow bool) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		for {
			for c, err := range l.applied(ctx, after) {
				if err != nil {
					if !follow || ctx.Err() == nil {
						yield(Commit{}, err)
					}
					return
				}
				after = c.Last()
				if !yield(c, nil) {
					return
				}
			}
			if !follow {
				return
			}
			if err := l.tail.wait(ctx, after+1, l.closing); err != nil {
				if ctx.Err() == nil {
					yield(Commit{}, err)
				}
				return
			}
		}
	}
}

// someReader is a store that reads less ahead for who will stop before the end.
type someReader interface {
	ReadSome(ctx context.Context, after events.Seq) iter.Seq2[Commit, error]
}

// applied yields the commits from after+1 to what is applied now.
func (l *Ledger) applied(ctx context.Context, after events.Seq) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		if recent, ok := l.tail.after(after); ok {
			for _, c := range recent {
				if !yield(c, nil) {
					return
				}
			}
			return
		}
		last, _ := l.Last()
		commits := l.cfg.Store.Read(ctx, after, false)
		if store, ok := l.cfg.Store.(someReader); ok { // readers take what they can hold, and come back for the rest
			commits = store.ReadSome(ctx, after)
		}
		for c, err := range commits {
			if err == nil && c.First > last {
				return
			}
			if err == nil && c.Last() > last { // broken in the middle of a commit
				c = c.upTo(last)
			}
			if !yield(c, err) || err != nil || c.Last() == last {
				return
			}
		}
	}
}

// Records yields the applied records after event after, verbatim, with their places; see ReadCommits.
func (l *Ledger) Records(ctx context.Context, after events.Seq, follow bool) iter.Seq2[StoredRecord, error] {
	return func(yield func(StoredRecord, error) bool) {
		for c, err := range l.ReadCommits(ctx, after, follow) {
			if err != nil {
				yield(StoredRecord{}, err)
				return
			}
			seq := c.First
			for record := range c.Records() {
				if !yield(StoredRecord{Seq: seq, Commit: c, Record: record}, nil) {
					return
				}
				seq++
			}
		}
	}
}

// StoredRecord is a record at its place.
type StoredRecord struct {
	Seq    events.Seq
	Commit Commit // that it came with, perhaps cut
	Record events.Record
}

// Read yields the applied events after event after, decoded, in order, up to the present end.
func (l *Ledger) Read(ctx context.Context, after events.Seq) iter.Seq2[events.Event, error] {
	return func(yield func(events.Event, error) bool) {
		decoder := events.NewDecoder()
		var list []events.Event
		for c, err := range l.ReadCommits(ctx, after, false) {
			if err == nil {
				list, err = DecodeCommit(decoder, c, list[:0])
			}
			if err != nil {
				yield(events.Event{}, fmt.Errorf("read campaign %s: %w", l.cfg.Campaign, err))
				return
			}
			for _, e := range list {
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}
