package host

import (
	"context"
	"encoding/hex"

	"campaignledger/events"
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
