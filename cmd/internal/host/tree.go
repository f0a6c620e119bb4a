package host

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"campaignledger/events"
)

// Head is how large a campaign's log is and what it holds, in one hash. Everybody may see it, also during a freeze.
type Head struct {
	Size events.Seq `json:"size"`
	Root string     `json:"root"` // RFC 6962, over the events' leaves, hex
	Time string     `json:"time"` // recorded, of the last event
}

// tree is the right edge of a campaign's RFC 6962 tree: the roots of its complete subtrees, the largest first. 32 bytes for each bit of the size.
type tree struct {
	mu       sync.Mutex
	size     events.Seq
	edge     [][sha256.Size]byte
	recorded time.Time
}

// Head is the head of everything that is applied. Cost: a hash for each event since it was last asked.
func (c *Campaign) Head(ctx context.Context) (Head, error) {
	t := &c.tree
	t.mu.Lock()
	defer t.mu.Unlock()
	for stored, err := range c.Ledger.Records(ctx, t.size, false) {
		if err != nil {
			return Head{}, err
		}
		t.add(events.LeafHash(stored.Record, stored.Commit.Recorded))
		t.recorded = stored.Commit.Recorded
	}
	root := t.root()
	return Head{Size: t.size, Root: hex.EncodeToString(root[:]), Time: events.FormatTime(t.recorded)}, nil
}

// add appends a leaf: two complete subtrees of one size become one.
func (t *tree) add(leaf [sha256.Size]byte) {
	hash := leaf
	for size := t.size; size&1 == 1; size >>= 1 {
		hash = tlog.NodeHash(t.edge[len(t.edge)-1], hash)
		t.edge = t.edge[:len(t.edge)-1]
	}
	t.edge = append(t.edge, hash)
	t.size++
}

func (t *tree) root() [sha256.Size]byte {
	if len(t.edge) == 0 {
		return sha256.Sum256(nil)
	}
	root := t.edge[len(t.edge)-1]
	for i := len(t.edge) - 2; i >= 0; i-- {
		root = tlog.NodeHash(t.edge[i], root)
	}
	return root
}
