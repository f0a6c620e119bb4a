package witness

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"campaignledger/cmd/internal/client"
	"campaignledger/ledger/proof"
)

const (
	// MaxPeers bounds the other witnesses that are asked.
	MaxPeers = proof.MaxWitnesses
	// peerAnswer bounds a peer's answer: a dead one must not hold up the rounds.
	peerAnswer = 10 * time.Second
)

// peer is another witness. It is not trusted: what it gives counts as far as the log signed it.
type peer struct {
	client  *client.Client
	silent  bool              // and that was logged
	checked proof.Head        // what was compared last
	ahead   *proof.Checkpoint // of a larger log than was seen here; nil if none
}

// askPeers compares what the log signed for others with what it signed here: two histories are an alarm.
func (w *Witness) askPeers(ctx context.Context) error {
	answers := make([]*proof.Checkpoint, len(w.peers))
	errs := make([]error, len(w.peers))
	var asking sync.WaitGroup
	for i := range w.peers {
		asking.Go(func() { answers[i], errs[i] = w.askPeer(ctx, w.peers[i].client) })
	}
	asking.Wait()
	for i := range w.peers {
		p := &w.peers[i]
		if errs[i] != nil && !p.silent && ctx.Err() == nil {
			w.cfg.Log.Warn().Err(errs[i]).Str("peer", p.client.URL).Msg("another witness gives no valid answer")
		}
		p.silent = errs[i] != nil
		for _, c := range []*proof.Checkpoint{p.ahead, answers[i]} {
			if err := w.comparePeer(p, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// askPeer asks one; nil where it has not cosigned anything yet.
func (w *Witness) askPeer(ctx context.Context, c *client.Client) (*proof.Checkpoint, error) {
	ctx, cancel := context.WithTimeout(ctx, peerAnswer)
	defer cancel()
	msg, err := c.WitnessCheckpoint(ctx, w.cfg.Policy.Origin)
	var no *client.Error
	if errors.As(err, &no) && no.Status == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return proof.OpenCheckpoint(msg, w.cfg.Policy)
}

// comparePeer compares a checkpoint that the log signed for another witness with the tree here.
func (w *Witness) comparePeer(p *peer, c *proof.Checkpoint) error {
	if c == nil || c.Head == p.checked {
		return nil
	}
	if w.head == nil || c.Size > w.head.Size {
		if p.ahead == nil || p.ahead.Size < c.Size {
			p.ahead = c
		}
		return nil
	}
	root, err := w.tree.RootAt(c.Size)
	if err != nil {
		return err
	}
	if root != c.Root {
		return w.fork(w.head, c)
	}
	if p.ahead != nil && p.ahead.Size <= c.Size {
		p.ahead = nil
	}
	p.checked = c.Head
	return nil
}
