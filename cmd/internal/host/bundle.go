package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sort"

	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// BundleEnd is the checkpoint with which a bundle for the reader ends: with at, which is 0 for none, the newest of no more events; else the newest that a
// quorum cosigned, or where none is required the newest, which is made first if there is news. What the reader may not see is not in a bundle, so that
// it ends before.
func (c *Campaign) BundleEnd(ctx context.Context, r Reader, at events.Seq) (*proof.Checkpoint, error) {
	if err := c.Checkpoint(ctx); err != nil {
		return nil, err
	}
	list, err := c.Checkpoints(ctx)
	if err != nil {
		return nil, err
	}
	limit := c.firstHidden(r)
	if quorate := c.quorate(); at == 0 && quorate != 0 && (limit == 0 || quorate < limit) {
		at = quorate // what came since, witnesses have yet to cosign
	}
	if last, _ := c.Ledger.Last(); c.Ledger.Broken() != nil && (at == 0 || at > last) {
		at = last // its good part
	}
	for _, signed := range slices.Backward(list) {
		size := events.Seq(signed.Size)
		if (limit == 0 || size < limit) && (at == 0 || size <= at) {
			return signed, nil
		}
	}
	switch {
	case len(list) == 0: // they were deleted
		return nil, ErrNoCheckpoint
	case limit != 0 && list[0].Size >= uint64(limit):
		return nil, fmt.Errorf("%w: what comes from event %d on is hidden from you, and nothing before it was signed", ErrNoCheckpoint, limit)
	}
	return nil, fmt.Errorf("%w: none of at most %d events; the first has %d", ErrNoCheckpoint, at, list[0].Size)
}

// quorate is how far a quorum has cosigned; 0 where it has not, or none is required.
func (c *Campaign) quorate() events.Seq { return c.Witnessing().Quorate }

// firstHidden is the first event whose record is hidden from the reader; 0 if none is.
func (c *Campaign) firstHidden(r Reader) events.Seq {
	sum := c.live.Summary()
	first := c.live.FirstHiddenVote(frozenAt(sum, r))
	if frozen := frozenAt(sum, r); frozen != 0 && (first == 0 || frozen < first) && sum.Seq > frozen {
		first = frozen + 1
	}
	return first
}

// Bundle writes all that a verifier needs to check the campaign up to a checkpoint; see proof.BundleWriter. It costs one fold, for what the bundle
// claims.
func (c *Campaign) Bundle(ctx context.Context, w io.Writer, end *proof.Checkpoint) error {
	list, err := c.Checkpoints(ctx)
	if err != nil {
		return err
	}
	list = list[:sort.Search(len(list), func(i int) bool { return list[i].Size > end.Size })]
	b := proof.NewBundleWriter(w, end.Origin)
	fold, named := projections.NewRefold(), map[string]bool{}
	decoder := events.NewDecoder()
	var folded []events.Event
	for commit, err := range c.Ledger.ReadCommits(ctx, 0, false) {
		if err != nil {
			return err
		}
		if commit.First > events.Seq(end.Size) {
			break
		}
		if folded, err = ledger.DecodeCommit(decoder, commit, folded[:0]); err != nil {
			return err
		}
		for _, e := range folded {
			if err := fold.Admit(e); err != nil {
				return fmt.Errorf("event %d: %w", e.Seq, err)
			}
			for _, hash := range projections.EvidenceNamed(e.Payload) {
				named[hash] = true
			}
		}
		fold.Commit()
		b.Commit(commit.First, commit.Recorded, commit.Data)
		for len(list) > 0 && list[0].Size <= uint64(commit.Last()) {
			if list[0].Size != uint64(commit.Last()) {
				return fmt.Errorf("a checkpoint of %d events was signed in the middle of a commit; campaign doctor says more", list[0].Size)
			}
			b.Checkpoint(list[0].Marshal())
			list = list[1:]
		}
	}
	for _, hash := range slices.Sorted(maps.Keys(named)) {
		b.Evidence(hash)
	}
	standings, awards, err := fold.ClaimLines()
	if err != nil {
		return err
	}
	if last, _ := fold.Last(); uint64(last) != end.Size {
		return errors.New("the log is shorter than its checkpoint")
	}
	b.Standings(standings)
	b.Awards(awards)
	return b.Close()
}
