package host

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"campaignledger/ledger/proof"
)

// checkpointList is every checkpoint that was signed, each opened once in the life of a process: whoever asks again pays for the new ones only.
type checkpointList struct {
	mu     sync.Mutex
	policy *proof.Policy       // under which they were opened; nil: nothing was
	end    uint64              // of the stream, as far as it was read
	list   []*proof.Checkpoint // by size; nobody changes one that is in it
}

// Checkpoints are all that were signed, by size, each with its cosignatures. O(n) in the checkpoints that came since they were last asked for.
func (c *Campaign) Checkpoints(ctx context.Context) ([]*proof.Checkpoint, error) {
	policy := c.policyNow()
	switch {
	case policy == nil:
		return nil, ErrNoCheckpoint
	case c.proofs.isForeign():
		return nil, ErrUnsigned
	}
	l := &c.proofs.all
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.policy == nil || l.policy.Quorum != policy.Quorum || !slices.Equal(l.policy.Witnesses, policy.Witnesses) {
		l.policy, l.end, l.list = nil, 0, nil
	}
	notes, end, err := c.proofs.kept.After(ctx, l.end)
	if err != nil {
		return nil, err
	}
	if err := l.add(notes, policy, c.proofs.isPast); err != nil {
		return nil, err
	}
	if l.policy == nil {
		if err := c.addFiled(l, notes, policy); err != nil {
			return nil, err
		}
	}
	l.policy, l.end = policy, end
	return slices.Clone(l.list), nil
}

// addFiled adds what the file has and the stream lacks: it has them all, should the stream be gone. One that is damaged there is left out, and
// doctor says so.
func (c *Campaign) addFiled(l *checkpointList, notes [][]byte, policy *proof.Policy) error {
	filed, err := c.proofs.file.read()
	if err != nil {
		return err
	}
	for _, msg := range without(filed, notes) {
		if err := l.add([][]byte{msg}, policy, c.proofs.isPast); err != nil {
			c.host.cfg.Log.Warn().Err(err).Str("campaign", c.ID).Msg("a checkpoint in the directory's file is damaged; campaign doctor says more")
		}
	}
	return nil
}

// add opens notes, on all cores, and puts them into their places. Those of the key that signed before a take-over are left out: who trusts the key that
// signs now does not know that one.
func (l *checkpointList) add(notes [][]byte, policy *proof.Policy, isPast func(size uint64, err error) bool) error {
	opened, errs := make([]*proof.Checkpoint, len(notes)), make([]error, len(notes))
	proof.Parallel(len(notes), func(i int) { opened[i], errs[i] = proof.OpenCheckpoint(proof.TrimUnknown(notes[i], policy), policy) })
	for i, err := range errs {
		if _, head, _ := proof.ReadHead(notes[i]); err != nil && isPast(head.Size, err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("a kept checkpoint can't be opened: %w", err)
		}
		at, found := slices.BinarySearchFunc(l.list, opened[i].Size, func(have *proof.Checkpoint, size uint64) int { return cmp.Compare(have.Size, size) })
		if !found {
			l.list = slices.Insert(l.list, at, opened[i])
			continue
		}
		merged := *l.list[at]
		merged.Merge(opened[i], policy)
		l.list[at] = &merged
	}
	return nil
}
