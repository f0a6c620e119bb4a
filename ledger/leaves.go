package ledger

import (
	"fmt"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// leaves hands the leaf hashes of applied events to the tree, and compares the tree with the checkpoints that were signed before.
type leaves struct {
	tree   *proof.Tree // nil: nobody wants them
	signed []proof.Head
}

// hashAll gives the leaf hashes of stored events, worked out on all cores; nil where nobody wants them.
func (v *leaves) hashAll(list []events.Event, into []leafHash) []leafHash {
	if v.tree == nil {
		return nil
	}
	if cap(into) < len(list) {
		into = make([]leafHash, max(len(list), batchEvents))
	}
	into = into[:len(list)]
	proof.Parallel(len(list), func(i int) { into[i] = events.LeafHash(list[i].Record, list[i].Recorded) })
	return into
}

// add appends leaves to the tree. The error is a *BrokenError: the tree is not the one that a checkpoint was signed for.
func (v *leaves) add(list []leafHash) error {
	if v.tree == nil {
		return nil
	}
	for len(v.signed) > 0 && len(list) > 0 {
		head := v.signed[0]
		size := v.tree.Size()
		if head.Size > size+uint64(len(list)) {
			break
		}
		n := head.Size - size
		v.tree.Append(list[:n]...)
		list, v.signed = list[n:], v.signed[1:]
		if _, root := v.tree.Head(); root != head.Root {
			v.tree.Append(list...)
			return forked(head, root)
		}
	}
	v.tree.Append(list...)
	return nil
}

// forked is the *BrokenError of a log that has another root than the one that was signed.
func forked(head proof.Head, root proof.Hash) error {
	return &BrokenError{Seq: events.Seq(head.Size), Err: ErrForked,
		Reason: fmt.Sprintf("a checkpoint of events 1 to %d was signed with the root %v, and the log has %v", head.Size, head.Root, root)}
}

// missing is the *BrokenError of a log that ended before what was signed; nil if it holds all of it.
func (v *leaves) missing() error {
	if len(v.signed) == 0 {
		return nil
	}
	size, newest := v.tree.Size(), v.signed[len(v.signed)-1]
	return &BrokenError{Seq: events.Seq(size) + 1, Err: ErrRollback,
		Reason: fmt.Sprintf("the log ends with event %d, and a checkpoint of %d events was signed", size, newest.Size)}
}
