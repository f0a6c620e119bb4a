package host

import (
	"context"
	"errors"
	"fmt"

	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
)

// takeIn reads the checkpoints that other servers stored. One that contradicts the log makes it read-only. signing is held.
func (c *Campaign) takeIn(ctx context.Context) error {
	p := c.proofs
	notes, end, err := p.kept.After(ctx, p.end)
	if err != nil {
		return c.orBreak(err)
	}
	if len(notes) == 0 {
		return nil
	}
	policy := c.policyNow()
	for _, msg := range notes {
		if err := c.compare(ctx, msg, policy); err != nil {
			return c.orBreak(err)
		}
		other, err := proof.OpenCheckpoint(proof.TrimUnknown(msg, policy), policy)
		switch {
		case err == nil:
			p.take(other, policy)
		case !byOtherKey(err):
			return c.orBreak(&ledger.BrokenError{Err: ledger.ErrCheckpoint, Reason: err.Error()})
		default:
			c.becomeForeign(msg)
		}
		p.toFile(msg)
	}
	p.end = end
	return nil
}

// becomeForeign leaves signing to another server, which signed msg.
func (c *Campaign) becomeForeign(msg []byte) {
	known := c.proofs.isForeign()
	if _, head, err := proof.ReadHead(msg); err == nil {
		c.proofs.mu.Lock()
		c.proofs.other = max(c.proofs.other, head.Size)
		c.proofs.mu.Unlock()
	}
	if !known && c.proofs.isForeign() {
		c.warnForeign()
	}
}

func (c *Campaign) warnForeign() {
	c.host.cfg.Log.Warn().Str("campaign", c.ID).Msg("checkpoints of this campaign were signed with another key than this directory's log.key: nothing is signed here; bring that log.key back, or leave it to the server that has it")
}

// compare is a *ledger.BrokenError if a checkpoint is not one of this log.
func (c *Campaign) compare(ctx context.Context, msg []byte, policy *proof.Policy) error {
	origin, head, err := proof.ReadHead(msg)
	if err != nil {
		return &ledger.BrokenError{Err: ledger.ErrCheckpoint, Reason: err.Error()}
	}
	if origin != policy.Origin {
		return otherLog(origin, policy.Origin)
	}
	return c.contradicts(ctx, head)
}

// contradicts is a *ledger.BrokenError if a signed checkpoint is not of this log. Its events were durable before it was signed, so that a log
// which is shorter was rolled back.
func (c *Campaign) contradicts(ctx context.Context, signed proof.Head) error {
	if signed.Size > c.proofs.tree.Size() {
		if err := c.Ledger.Sync(ctx); errors.Is(err, ledger.ErrClosed) {
			return nil // the next start compares
		} else if err != nil {
			return err
		}
	}
	size := c.proofs.tree.Size()
	if signed.Size > size {
		return &ledger.BrokenError{Seq: events.Seq(size) + 1, Err: ledger.ErrRollback,
			Reason: fmt.Sprintf("the log ends with event %d, and a checkpoint of %d events was signed", size, signed.Size)}
	}
	root, err := c.proofs.tree.RootAt(signed.Size)
	if err == nil && root != signed.Root {
		err = &ledger.BrokenError{Seq: events.Seq(signed.Size), Err: ledger.ErrForked,
			Reason: fmt.Sprintf("a checkpoint of %d events was signed with the root %v, and the log has %v", signed.Size, signed.Root, root)}
	}
	return err
}

// orBreak makes the log read-only where err says that something is wrong with it.
func (c *Campaign) orBreak(err error) error {
	if errors.As(err, new(*ledger.BrokenError)) {
		c.Ledger.Break(err)
	}
	return err
}
