package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"sort"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// BundleEnd is the checkpoint with which a bundle for the reader ends: the newest, or with at, which is 0 for none, the newest of no more events. What the
// reader may not see is not in a bundle, so that it ends before. Where everything may be told and nothing of the present end is signed
// yet, that is done first.
func (c *Campaign) BundleEnd(ctx context.Context, r Reader, at events.Seq) (*proof.Checkpoint, error) {
	if err := c.Checkpoint(ctx); err != nil {
		return nil, err
	}
	list, err := c.Checkpoints(ctx)
	if err != nil {
		return nil, err
	}
	limit := c.firstHidden(r)
	for _, signed := range slices.Backward(list) {
		size := events.Seq(signed.Size)
		if (limit == 0 || size < limit) && (at == 0 || size <= at) {
			return signed, nil
		}
	}
	if at != 0 {
		return nil, fmt.Errorf("%w: none of at most %d events; the first has %d", ErrNoCheckpoint, at, list[0].Size)
	}
	return nil, ErrNoCheckpoint
}

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
	for commit, err := range c.Ledger.ReadCommits(ctx, 0, false) {
		if err != nil {
			return err
		}
		if commit.First > events.Seq(end.Size) {
			break
		}
		if err := foldCommit(fold, decoder, commit.First, commit.Recorded, commit.Records(), named); err != nil {
			return err
		}
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

// foldCommit folds the records of a commit and collects the files that they name.
func foldCommit(fold *projections.Live, decoder *events.Decoder, first events.Seq, recorded time.Time, records iter.Seq[events.Record], named map[string]bool) error {
	seq := first
	for record := range records {
		draft, err := decoder.Decode(record)
		if err != nil {
			return fmt.Errorf("event %d: %w", seq, err)
		}
		e := events.Event{Draft: draft, Seq: seq, Recorded: recorded, Record: record}
		if draft.Causation != uuid.Nil {
			e.BatchLeaf = events.BatchLeaf(record)
		}
		if err := fold.Admit(e); err != nil {
			return fmt.Errorf("event %d: %w", seq, err)
		}
		for _, hash := range projections.EvidenceNamed(draft.Payload) {
			named[hash] = true
		}
		seq++
	}
	fold.Commit()
	return nil
}
