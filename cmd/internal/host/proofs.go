package host

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
)

const (
	// checkpointInterval is how long news waits for a checkpoint, unless it is of a kind that does not wait. A witness that asks every five
	// seconds sees each of them.
	checkpointInterval = 10 * time.Second
	// closingTime bounds the checkpoint of what is new when a campaign is closed.
	closingTime = 10 * time.Second
	// recentCheckpoints are kept at hand, so that cosignatures find theirs.
	recentCheckpoints = 16
	// treeDir has a directory of tiles for each campaign.
	treeDir = "tree"
	// maxTries bounds how often another server's checkpoint may come first.
	maxTries = 16
)

// proofs are what a campaign's log is proved with: its tree, and the checkpoints that were signed of it.
type proofs struct {
	tree     *proof.Tree
	dir      string // of the tree
	file     checkpointFile
	adopted  string        // the file of the policy that was adopted, if any
	interval time.Duration // between checkpoints
	urgent   chan struct{} // holds one while a checkpoint must not wait

	signing sync.Mutex // one checkpoint at a time

	mu      sync.Mutex
	kept    *ledger.Checkpoints
	end     uint64 // of the stream, as far as it was read
	origin  string // "" until the campaign is open
	signer  note.Signer
	recent  []*proof.Checkpoint // the newest, by size
	quorate *proof.Checkpoint   // the newest that a quorum cosigned; nil if none, or none is required
	head    *proof.Checkpoint   // the newest head that was signed for a receipt
	latest  map[string]uint64   // the largest size that each witness cosigned
	foreign bool                // another server signs, with a key that is not this one's: this one compares, and signs nothing
	err     error               // why the newest checkpoint can't be kept; nil if it is
}

// signedBefore is what was signed of a campaign before it was opened.
type signedBefore struct {
	stream, file [][]byte // notes
	heads        []proof.Head
}

// openProofs reads what was signed of a campaign. What is wrong with it comes as a *ledger.BrokenError beside proofs that can be used for
// reading.
func (h *Host) openProofs(ctx context.Context, id string, store ledger.Store) (p *proofs, signed signedBefore, err error) {
	p = &proofs{file: newCheckpointFile(h.cfg.Dir, id), adopted: filepath.Join(h.cfg.Dir, policiesDir, id+".policy"), interval: h.cfg.CheckpointInterval,
		urgent: make(chan struct{}, 1), latest: map[string]uint64{}}
	if p.interval == 0 {
		p.interval = checkpointInterval
	}
	p.dir = filepath.Join(h.cfg.Dir, treeDir, id)
	if p.tree, err = proof.OpenTree(p.dir); err != nil {
		return nil, signed, err
	}
	first, broken := firstRecord(ctx, store)
	if broken != nil && !errors.As(broken, new(*ledger.BrokenError)) {
		return p, signed, broken
	}
	if first != nil {
		p.setOrigin(h, id, first)
	}
	if p.kept, err = h.streams.Checkpoints(ctx, id); p.kept == nil {
		return nil, signed, err
	}
	broken = cmp.Or(broken, err)
	if signed.stream, p.end, err = p.kept.After(ctx, 0); err != nil {
		return p, signed, err
	}
	if signed.file, err = p.file.read(); err != nil {
		return p, signed, err
	}
	signed.heads, err = p.headsOf(h, slices.Concat(signed.stream, signed.file))
	return p, signed, cmp.Or(broken, err)
}

// firstRecord is record 1; nil if there is none.
func firstRecord(ctx context.Context, store ledger.Store) (events.Record, error) {
	for c, err := range store.Read(ctx, 0, false) {
		if err != nil {
			return nil, err
		}
		for record := range c.Records() {
			return record, nil
		}
	}
	return nil, nil
}

// setOrigin makes the log known by its first record.
func (p *proofs) setOrigin(h *Host, id string, first events.Record) {
	origin := proof.Origin(id, proof.Genesis(first))
	signer, err := proof.LogSigner(origin, h.logKey.Private())
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err = err; err == nil {
		p.origin, p.signer = origin, signer
	}
}

// headsOf are the heads that were signed before, of this log. Those with another key's signature count too: a log that contradicts them is not
// the one that somebody saw.
func (p *proofs) headsOf(h *Host, notes [][]byte) ([]proof.Head, error) {
	seen := map[string]bool{}
	var bare [][]byte
	for _, msg := range notes {
		msg = proof.TrimUnknown(msg, h.ownPolicy(msg))
		if !seen[string(msg)] {
			seen[string(msg)] = true
			bare = append(bare, msg)
		}
	}
	errs := make([]error, len(bare))
	proof.Parallel(len(bare), func(i int) { _, errs[i] = proof.OpenCheckpoint(bare[i], h.ownPolicy(bare[i])) })
	heads := make([]proof.Head, len(bare))
	for i, msg := range bare {
		p.foreign = p.foreign || errs[i] != nil
		origin, head, err := proof.ReadHead(msg)
		if err != nil {
			return nil, &ledger.BrokenError{Err: ledger.ErrCheckpoint, Reason: err.Error()}
		}
		if p.origin != "" && origin != p.origin {
			return nil, &ledger.BrokenError{Seq: 1, Err: ledger.ErrForked,
				Reason: fmt.Sprintf("a checkpoint was signed of %s, and this is %s", origin, p.origin)}
		}
		heads[i] = head
	}
	return ledger.Heads(heads)
}

// ownPolicy asks for this directory's signature alone, whatever log a note is of.
func (h *Host) ownPolicy(msg []byte) *proof.Policy {
	origin, _, _ := bytes.Cut(msg, []byte{'\n'})
	return &proof.Policy{Origin: string(origin), Log: h.logKey.Public}
}

// recall takes the newest checkpoints at hand again with their cosignatures, now that the policy is known.
func (c *Campaign) recall(signed signedBefore) {
	policy := c.Policy()
	if policy == nil {
		return
	}
	newest := func(notes [][]byte) [][]byte {
		return notes[max(0, len(notes)-recentCheckpoints*(1+len(policy.Witnesses))):]
	}
	for _, msg := range slices.Concat(newest(signed.stream), newest(signed.file)) {
		if checkpoint, err := proof.OpenCheckpoint(proof.TrimUnknown(msg, policy), policy); err == nil {
			c.proofs.take(checkpoint, policy)
		}
	}
}

// take puts a checkpoint, or more cosignatures of one, among the recent.
func (p *proofs) take(c *proof.Checkpoint, policy *proof.Policy) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, found := slices.BinarySearchFunc(p.recent, c.Size, func(have *proof.Checkpoint, size uint64) int { return cmp.Compare(have.Size, size) })
	if found {
		merged := *p.recent[at]
		merged.Cosignatures = slices.Clone(merged.Cosignatures)
		merged.Merge(c, policy)
		p.recent[at] = &merged
	} else {
		p.recent = slices.Insert(p.recent, at, c)
	}
	for _, w := range p.recent[at].Cosignatures {
		p.latest[w.Witness] = max(p.latest[w.Witness], c.Size)
	}
	if now := p.recent[at]; policy.Quorum > 0 && policy.Witnessed(now) && (p.quorate == nil || p.quorate.Size <= now.Size) {
		p.quorate = now
	}
	if len(p.recent) > recentCheckpoints {
		p.recent = slices.Clone(p.recent[len(p.recent)-recentCheckpoints:])
	}
}

// newest is the newest checkpoint; nil if there is none.
func (p *proofs) newest() *proof.Checkpoint {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.recent); n > 0 {
		return p.recent[n-1]
	}
	return nil
}

// hurry has a checkpoint made at once where the events are of a kind that asks for it.
func (p *proofs) hurry(list []events.Event) {
	if !slices.ContainsFunc(list, decisive) {
		return
	}
	select {
	case p.urgent <- struct{}{}:
	default:
	}
}

// decisive reports whether a checkpoint must not wait: the opening, a freeze and its end, the close, and what decides on awards.
func decisive(e events.Event) bool {
	switch e.Payload.(type) {
	case *events.CampaignOpened, *events.StandingsFrozen, *events.StandingsRevealed, *events.CampaignClosed, *events.TieDecided, *events.BallotClosed,
		*events.AwardProposed, *events.AwardDecided, *events.AwardRevoked, *events.AppealDecided, *events.RegulationAmended:
		return true
	}
	return false
}

// sign makes checkpoints as news comes, until ctx is done.
func (c *Campaign) sign(ctx context.Context) {
	p := c.proofs
	timer := time.NewTimer(0) // what an earlier process left without
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.urgent:
		case <-timer.C:
		}
		if err := c.Checkpoint(ctx); err != nil && ctx.Err() == nil {
			c.host.cfg.Log.Error().Err(err).Str("campaign", c.ID).Msg("no checkpoint can be made; tried again soon")
			timer.Reset(p.interval)
			continue
		}
		if c.Ledger.Wait(ctx, c.signedUpTo()+1) != nil { // closed, or broken for good
			return
		}
		timer.Reset(p.interval)
	}
}

func (c *Campaign) signedUpTo() events.Seq {
	if newest := c.proofs.newest(); newest != nil {
		return events.Seq(newest.Size)
	}
	return 0
}

// Checkpoint signs what is applied, unless it is signed already. In this order: the records are durable, then the tree's tiles, then the
// checkpoint goes to its stream right after the newest one, and to the directory's file.
func (c *Campaign) Checkpoint(ctx context.Context) error {
	p := c.proofs
	p.signing.Lock()
	defer p.signing.Unlock()
	err := c.signNews(ctx)
	p.mu.Lock()
	p.err = err
	p.mu.Unlock()
	return err
}

func (c *Campaign) signNews(ctx context.Context) error {
	p := c.proofs
	if err := c.Ledger.Broken(); err != nil {
		return nil //nolint:nilerr // a broken log is never signed; why it is broken is told elsewhere
	}
	if last, _ := c.Ledger.Last(); p.foreign || last == 0 || last <= c.signedUpTo() {
		return nil
	}
	if err := c.knowOrigin(ctx); err != nil {
		return err
	}
	if err := p.kept.CheckConfig(ctx); err != nil {
		if errors.As(err, new(*ledger.BrokenError)) {
			c.Ledger.Break(err)
		}
		return err
	}
	size, root, err := p.tree.Sync()
	if err != nil {
		return err
	}
	signed, err := proof.Sign(p.origin, proof.Head{Size: size, Root: root}, p.signer)
	if err != nil {
		return err
	}
	return c.keep(ctx, signed)
}

// knowOrigin makes the signer once the campaign is open.
func (c *Campaign) knowOrigin(ctx context.Context) error {
	if c.proofs.origin != "" {
		return nil
	}
	for stored, err := range c.Ledger.Records(ctx, 0, false) {
		if err != nil {
			return err
		}
		c.proofs.setOrigin(c.host, c.ID, stored.Record)
		break
	}
	return c.proofs.err
}

// keep stores a checkpoint, or one with more cosignatures, in the stream and the file. Where another server came first its checkpoints are taken in
// and compared.
func (c *Campaign) keep(ctx context.Context, signed *proof.Checkpoint) error {
	p, msg := c.proofs, signed.Marshal()
	for range maxTries {
		end, err := p.kept.Append(ctx, p.end, msg)
		if err == nil {
			p.end = end
			p.take(signed, c.Policy())
			return p.file.append(msg)
		}
		if !errors.Is(err, ledger.ErrConflict) && !errors.Is(err, ledger.ErrUnclear) {
			return err
		}
		if err := c.takeIn(ctx); err != nil {
			return err
		}
		if newest := p.newest(); p.foreign || len(signed.Cosignatures) == 0 && newest != nil && newest.Size >= signed.Size {
			return nil
		}
	}
	return errors.New("other servers kept signing first; tried again soon")
}

// takeIn reads the checkpoints that other servers stored. One that contradicts the log makes it read-only.
func (c *Campaign) takeIn(ctx context.Context) error {
	p, policy := c.proofs, c.Policy()
	notes, end, err := p.kept.After(ctx, p.end)
	if err != nil {
		return err
	}
	for _, msg := range notes {
		_, head, err := proof.ReadHead(msg)
		if err == nil {
			err = c.contradicts(head)
		}
		if err != nil {
			c.Ledger.Break(err)
			return err
		}
		if other, err := proof.OpenCheckpoint(proof.TrimUnknown(msg, policy), policy); err == nil {
			p.take(other, policy)
		} else if !p.foreign {
			p.foreign = true
			c.host.cfg.Log.Warn().Err(err).Str("campaign", c.ID).Msg("another server signs this campaign's checkpoints; to sign here too, stop this one and copy log.key from there")
		}
		if err := p.file.append(msg); err != nil {
			return err
		}
	}
	p.end = end
	return nil
}

// contradicts is a *ledger.BrokenError if a signed checkpoint, of no more than is applied here, is not of this log.
func (c *Campaign) contradicts(signed proof.Head) error {
	if signed.Size > c.proofs.tree.Size() {
		return nil
	}
	root, err := c.proofs.tree.RootAt(signed.Size)
	if err == nil && root != signed.Root {
		err = &ledger.BrokenError{Seq: events.Seq(signed.Size), Err: ledger.ErrForked,
			Reason: fmt.Sprintf("a checkpoint of %d events was signed with the root %v, and the log has %v", signed.Size, signed.Root, root)}
	}
	return err
}

// closeProofs signs what is new and gives the files free; the ledger is closed, and NATS is not.
func (c *Campaign) closeProofs() {
	ctx, cancel := context.WithTimeout(context.Background(), closingTime)
	defer cancel()
	if err := errors.Join(c.Checkpoint(ctx), c.proofs.tree.Close()); err != nil {
		c.host.cfg.Log.Warn().Err(err).Str("campaign", c.ID).Msg("the newest events have no checkpoint yet; the next start makes one")
	}
}

// Checkpoints are all that were signed, by size, each with its cosignatures. O(n) in checkpoints.
func (c *Campaign) Checkpoints(ctx context.Context) ([]*proof.Checkpoint, error) {
	policy := c.Policy()
	if policy == nil {
		return nil, ErrNoCheckpoint
	}
	notes, _, err := c.proofs.kept.After(ctx, 0)
	if err != nil {
		return nil, err
	}
	list, errs := make([]*proof.Checkpoint, len(notes)), make([]error, len(notes))
	proof.Parallel(len(notes), func(i int) { list[i], errs[i] = proof.OpenCheckpoint(proof.TrimUnknown(notes[i], policy), policy) })
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("a kept checkpoint can't be opened: %w", err)
	}
	slices.SortStableFunc(list, func(a, b *proof.Checkpoint) int { return cmp.Compare(a.Size, b.Size) })
	var merged []*proof.Checkpoint
	for _, signed := range list {
		if n := len(merged); n > 0 && merged[n-1].Size == signed.Size {
			merged[n-1].Merge(signed, policy)
		} else {
			merged = append(merged, signed)
		}
	}
	return merged, nil
}
