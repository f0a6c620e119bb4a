package host

import (
	"context"
	"errors"
	"fmt"
	"time"

	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
)

const (
	// scrubPeriod is within what time every stored event is read again, by default.
	scrubPeriod = 24 * time.Hour
	// scrubSlice commits are read at a stretch, and scrubPause goes by before the next: some 10,000 commits a second, a few percent of a core.
	scrubSlice = 1024
	scrubPause = 100 * time.Millisecond
	// scrubFirst is how long after the start the first round begins: what is opened then is busy enough.
	scrubFirst = time.Minute
)

// scrub reads the logs of all campaigns again and again, since one that was opened from a snapshot was not read, and disks forget. What is wrong
// makes the campaign read-only.
func (h *Host) scrub(ctx context.Context) {
	period := h.cfg.ScrubPeriod
	if period == 0 {
		period = scrubPeriod
	}
	pause(ctx, min(period/2, scrubFirst))
	for ctx.Err() == nil {
		begun := time.Now()
		if h.scrubAll(ctx) {
			h.scrubbed.Store(begun.UnixNano())
		}
		took := time.Since(begun)
		if took > period {
			h.cfg.Log.Warn().Dur("took", took).Dur("period", period).Msg("reading all logs again takes longer than it should: give more time with --scrub-every, or spread the campaigns")
		}
		pause(ctx, max(period/2-took, scrubPause)) // what comes in a round's course is read in the next, and so within the period
	}
}

// scrubAll reads the logs of all campaigns again, and reports whether it read each to its end or to what is wrong with it.
func (h *Host) scrubAll(ctx context.Context) bool {
	ids, err := h.IDs(ctx)
	if err != nil && ctx.Err() == nil {
		h.cfg.Log.Warn().Err(err).Msg("the logs can't be read again just now; tried again in the next round")
	}
	all := err == nil
	for _, id := range ids {
		err := h.scrubOne(ctx, id)
		switch {
		case err == nil || errors.Is(err, ledger.ErrNoCampaign):
			continue
		case errors.Is(err, errTree):
			h.cfg.Log.Error().Err(err).Str("campaign", id).Msg("the log is not compared")
		case ctx.Err() == nil:
			h.cfg.Log.Warn().Err(err).Str("campaign", id).Msg("the log can't be read again just now; tried again in the next round")
		}
		all = false
	}
	return all && ctx.Err() == nil
}

// Scrubbed is when the last round began that read all logs again; zero if there was none yet since the start.
func (h *Host) Scrubbed() time.Time {
	if at := h.scrubbed.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

// errTree: what is wrong is not the log but what is made of it.
var errTree = errors.New("the tree on disk is damaged")

// scrubOne reads one campaign's log again. One that is not open is opened for it, and closed again unless somebody uses it.
func (h *Host) scrubOne(ctx context.Context, id string) error {
	c, end := h.peek(id)
	if c == nil {
		ctx, release := h.Hold(ctx)
		opened, err := h.Campaign(ctx, id)
		if err != nil {
			release()
			return err
		}
		c, end = opened, func() {
			release()
			h.retireIf(id, time.Now())
		}
	}
	defer end()
	return c.Scrub(ctx, scrubPause)
}

// Scrub reads the whole log again and compares it with the tree, with a pause behind each thousand commits. A log that is wrong becomes read-only, which
// is no error: an error means that it could not be read.
func (c *Campaign) Scrub(ctx context.Context, rest time.Duration) error {
	if c.Ledger.Broken() != nil {
		return nil
	}
	store, err := c.host.streams.Open(ctx, c.ID) // a handle of its own: it believes nothing that was read before
	if err == nil {
		err = c.scrubFrom(ctx, store, rest)
	}
	var broken *ledger.BrokenError
	if !errors.As(err, &broken) {
		return err
	}
	c.host.cfg.Log.Error().Err(err).Str("campaign", c.ID).Msg("the stored log is damaged; the campaign is read-only")
	c.Ledger.Break(broken)
	c.host.dropSnapshot(c.ID, nil) // so that the next opening reads the log too
	return nil
}

func (c *Campaign) scrubFrom(ctx context.Context, store *ledger.JetStreamStore, rest time.Duration) error {
	var edge proof.Range
	var slice []proof.Hash // leaves that were not compared yet
	commits := 0
	for commit, err := range store.Read(ctx, 0, false) {
		if err != nil {
			return err
		}
		for record := range commit.Records() {
			leaf := proof.Hash(events.LeafHash(record, commit.Recorded))
			edge.Append(leaf)
			slice = append(slice, leaf)
		}
		if commits++; commits%scrubSlice != 0 {
			continue
		}
		if err := c.compareSlice(ctx, &edge, slice); err != nil {
			return err
		}
		slice = slice[:0]
		pause(ctx, rest)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if last, _ := c.host.head.Get(c.ID); uint64(last.Seq) > edge.Size() && c.isAlone() {
		// What came meanwhile is behind the end that the reading began with: ask again whether it is there.
		stored, err := store.Last(ctx)
		if err != nil {
			return err
		}
		if stored < last.Seq {
			return shortLog(edge.Size(), last.Seq)
		}
	}
	return c.compareSlice(ctx, &edge, slice)
}

func shortLog(size uint64, seen events.Seq) error {
	return &ledger.BrokenError{Seq: events.Seq(size) + 1, Err: ledger.ErrRollback, Reason: fmt.Sprintf("event %d was seen here, and the log ends with event %d", seen, size)}
}

// compareSlice compares what was read, whose newest leaves are slice, with the tree.
func (c *Campaign) compareSlice(ctx context.Context, edge *proof.Range, slice []proof.Hash) error {
	if len(slice) == 0 {
		return nil
	}
	if err := c.Ledger.Wait(ctx, events.Seq(edge.Size())); err != nil { // another server may have stored it just now
		return err
	}
	root, err := c.proofs.tree.RootAt(edge.Size())
	if err != nil {
		return fmt.Errorf("%w: %w; stop the server, remove the snapshot and start it again: the tree is made anew from the stream", errTree, err)
	}
	if root == edge.Root() {
		return nil
	}
	seq := events.Seq(edge.Size()) - events.Seq(len(slice)) + 1
	for ; len(slice) > 1; seq, slice = seq+1, slice[1:] {
		if leaf, err := c.proofs.tree.Leaf(uint64(seq) - 1); err == nil && leaf != slice[0] {
			break
		}
	}
	return &ledger.BrokenError{Seq: seq, Err: ledger.ErrForked, Reason: "another event is stored here than the one that was read before"}
}
