package host

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"campaignledger/events"
	"campaignledger/ledger"
)

// Head is how large a campaign's log is and what it holds, in one hash. Everybody may see it, also during a freeze.
type Head struct {
	Size events.Seq `json:"size"`
	Root string     `json:"root"` // RFC 6962, over the events' leaves, hex
	Time string     `json:"time"` // recorded, of the last event
}

// Head is the head of everything that is applied. O(log n) hashes.
func (c *Campaign) Head(context.Context) (Head, error) {
	last, recorded := c.Ledger.Last()
	size, root := c.proofs.tree.Head() // it may have grown since
	if size != uint64(last) {
		var err error
		if root, err = c.proofs.tree.RootAt(uint64(last)); err != nil {
			return Head{}, err
		}
	}
	return Head{Size: last, Root: hex.EncodeToString(root[:]), Time: events.FormatTime(recorded)}, nil
}

// RootAt is the root in hex that the log had after event seq. Everybody may see it, like Head. O(log n) hashes.
func (c *Campaign) RootAt(seq events.Seq) (string, error) {
	root, err := c.proofs.tree.RootAt(uint64(seq))
	if err != nil {
		return "", fmt.Errorf("the log's root after event %d: %w", seq, err)
	}
	return hex.EncodeToString(root[:]), nil
}

// Stored is event seq as it is stored, with its commit. Whether a reader may see it is asked of Hides, afterwards.
func (c *Campaign) Stored(ctx context.Context, seq events.Seq) (ledger.StoredRecord, error) {
	for stored, err := range c.Ledger.Records(ctx, seq-1, false) {
		if err != nil {
			return ledger.StoredRecord{}, err
		}
		stored.Record = slices.Clone(stored.Record)
		return stored, nil
	}
	return ledger.StoredRecord{}, fmt.Errorf("event %d is not in the log", seq)
}
