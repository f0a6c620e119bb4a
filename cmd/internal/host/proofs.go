package host

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"

	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

const (
	// checkpointInterval is how long news waits for a checkpoint, unless it is of a kind that does not wait: with the work, no longer than ten
	// seconds. A witness that asks every five sees each of them.
	checkpointInterval = 9 * time.Second
	// closingTime bounds the checkpoints of what is new when all campaigns are closed.
	closingTime = 10 * time.Second
	// recentCheckpoints are kept at hand, so that cosignatures find theirs.
	recentCheckpoints = 16
	// treeDir has a directory of tiles for each campaign.
	treeDir = "tree"
	// maxTries bounds how often another server's checkpoint may come first.
	maxTries = 16
)

// proofs are what a campaign's log is proved with: its tree, and the checkpoints that were signed of it. Of the locks adopting, signing and heading
// come before mu, and none of the three is taken while another is held.
type proofs struct {
	tree        *proof.Tree
	dir         string           // of the tree
	own         events.PublicKey // this directory's
	file        checkpointFile
	adoptedFile string              // of the policy that was adopted, if any
	kept        *ledger.Checkpoints // the stream
	interval    time.Duration       // between checkpoints
	standing    func() (untaken bool, taken projections.TakeOver)
	ring        func()        // called when what is said of witnesses may have changed; it does not block
	urgent      chan struct{} // holds one while a checkpoint must not wait

	all checkpointList

	unsignedSince atomic.Int64 // in milliseconds: when the oldest event came that no checkpoint covers; 0: there is none, or it is not known

	adopting sync.Mutex // one policy at a time

	signing sync.Mutex // one checkpoint at a time
	end     uint64     // of the stream, as far as it was read
	unfiled [][]byte   // notes that the stream has and the file lacks

	heading sync.Mutex        // one head for receipts at a time: nobody waits for it while a checkpoint is stored
	head    *proof.Checkpoint // the newest that was signed for a receipt

	mu       sync.Mutex
	origin   string // "" until the campaign is open
	signer   note.Signer
	adopted  *proof.Policy       // nil if none was adopted
	adoptErr error               // why the adopted one can't be read
	policy   *proof.Policy       // under which the following were opened; nil until then
	recent   []*proof.Checkpoint // the newest, by size
	newestAt time.Time           // when the newest of them was signed; zero: not known
	quorate  *proof.Checkpoint   // the newest that a quorum cosigned; nil if none, or none is required
	latest   map[string]uint64   // the largest size that each witness cosigned
	other    uint64              // the largest size that another key than this directory's signed; 0: none
	err      error               // why the newest checkpoint can't be kept; nil if it is
}

// signedBefore is what was signed of a campaign before it was opened.
type signedBefore struct {
	stream, file [][]byte // notes; from a snapshot on the newest of before, and what came since
	heads        []proof.Head
	quorate      []byte // the newest note by then that a quorum cosigned; nil if there was none
	partly       bool   // not all notes were read
}

// openProofs reads what was signed of a campaign, from a snapshot on what was signed since. What is wrong with it comes as a *ledger.BrokenError
// beside proofs that can be used for reading.
func (h *Host) openProofs(ctx context.Context, id string, store *ledger.JetStreamStore, from *snapshot) (p *proofs, signed signedBefore, err error) {
	p = &proofs{file: newCheckpointFile(h.cfg.Dir, id), adoptedFile: filepath.Join(h.cfg.Dir, policiesDir, id+".policy"), interval: h.cfg.CheckpointInterval,
		urgent: make(chan struct{}, 1), latest: map[string]uint64{}, own: h.logKey.Public}
	if p.interval == 0 {
		p.interval = checkpointInterval
	}
	p.adopted, p.adoptErr = readAdopted(p.adoptedFile)
	p.dir = filepath.Join(h.cfg.Dir, treeDir, id)
	if p.tree, err = h.openTree(ctx, p.dir, store, from); err != nil {
		return nil, signed, err
	}
	tree := p.tree
	defer func() {
		if err != nil && !errors.As(err, new(*ledger.BrokenError)) {
			err = errors.Join(err, tree.Close())
		}
	}()
	if p.kept, err = h.streams.Checkpoints(ctx, id); p.kept == nil {
		return nil, signed, err
	}
	first, broken := firstRecord(ctx, store)
	if broken != nil && !errors.As(broken, new(*ledger.BrokenError)) {
		return nil, signed, broken
	}
	broken = cmp.Or(broken, err)
	if first != nil {
		if err := p.setOrigin(h, id, first); err != nil {
			return nil, signed, err
		}
	}
	news := from != nil && from.head.Stream > 0 && from.head.Key == h.logKey.Public.String()
	if err := p.readSigned(ctx, &signed, from, news); err != nil {
		return p, signed, err
	}
	if signed.heads, p.other, err = h.headsOf(p.origin, slices.Concat(signed.stream, signed.file)); err != nil {
		return p, signed, cmp.Or(broken, err)
	}
	if news {
		p.other = max(p.other, from.head.Other)
	}
	return p, signed, broken
}

// openTree opens the tree on disk, and where there is a snapshot brings tree and store to its event.
func (h *Host) openTree(ctx context.Context, dir string, store *ledger.JetStreamStore, from *snapshot) (*proof.Tree, error) {
	if from == nil {
		return proof.OpenTree(dir)
	}
	tree, err := proof.ResumeTree(dir, from.edge)
	if err != nil {
		return nil, err
	}
	leaf, err := tree.Leaf(uint64(from.head.Seq) - 1)
	if err == nil {
		err = store.Resume(ctx, from.mark, leaf)
	}
	if err != nil {
		return nil, errors.Join(err, tree.Close())
	}
	return tree, nil
}

// readSigned reads the notes of the stream and of the file, all or, if news, those since a snapshot.
func (p *proofs) readSigned(ctx context.Context, signed *signedBefore, from *snapshot, news bool) (err error) {
	if news {
		return p.readNews(ctx, signed, &from.head)
	}
	if signed.stream, p.end, err = p.kept.After(ctx, 0); err != nil {
		return err
	}
	if signed.file, err = p.file.read(); err != nil {
		return err
	}
	p.unfiled = without(signed.stream, signed.file) // this process was killed between the two, or the file is gone
	return nil
}

// without is what list has and other lacks.
func without(list, other [][]byte) (rest [][]byte) {
	has := make(map[string]bool, len(other))
	for _, msg := range other {
		has[string(msg)] = true
	}
	for _, msg := range list {
		if !has[string(msg)] {
			rest = append(rest, msg)
		}
	}
	return rest
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
func (p *proofs) setOrigin(h *Host, id string, first events.Record) error {
	origin := proof.Origin(id, proof.Genesis(first))
	signer, err := proof.LogSigner(origin, h.logKey.Private())
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.origin, p.signer = origin, signer
	return nil
}

// headsOf are the heads that were signed before, of the log with an origin, or where it is "" of one log. Those with another key's signature count
// too, and other is the largest size of these: a log that contradicts them is not the one that somebody saw.
func (h *Host) headsOf(origin string, notes [][]byte) (heads []proof.Head, other uint64, err error) {
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
	for i, msg := range bare {
		of, head, err := proof.ReadHead(msg)
		if err == nil && errs[i] != nil && !byOtherKey(errs[i]) {
			err = errs[i]
		}
		if err != nil {
			return nil, 0, &ledger.BrokenError{Err: ledger.ErrCheckpoint, Reason: err.Error()}
		}
		if origin != "" && of != origin {
			return nil, 0, otherLog(of, origin)
		}
		if heads = append(heads, head); errs[i] != nil {
			other = max(other, head.Size)
		}
	}
	heads, err = ledger.Heads(heads)
	return heads, other, err
}

// byOtherKey reports whether a checkpoint could not be opened because another key signed it; else it is damaged.
func byOtherKey(err error) bool { return errors.As(err, new(*note.UnverifiedNoteError)) }

func otherLog(of, origin string) error {
	return &ledger.BrokenError{Seq: 1, Err: ledger.ErrForked, Reason: fmt.Sprintf("a checkpoint was signed of %s, and this is %s", of, origin)}
}

// ownPolicy asks for this directory's signature alone, whatever log a note is of.
func (h *Host) ownPolicy(msg []byte) *proof.Policy {
	origin, _, _ := bytes.Cut(msg, []byte{'\n'})
	return &proof.Policy{Origin: string(origin), Log: h.logKey.Public}
}

// recall takes the newest checkpoints at hand again with their cosignatures, now that the policy is known, and the newest that a quorum cosigned.
func (c *Campaign) recall(ctx context.Context, signed signedBefore) (err error) {
	policy := c.policyNow()
	if policy == nil {
		return nil
	}
	newest := func(notes [][]byte) [][]byte {
		return notes[max(0, len(notes)-recentCheckpoints*(1+len(policy.Witnesses))):]
	}
	for _, msg := range slices.Concat(newest(signed.stream), newest(signed.file)) {
		if checkpoint, err := proof.OpenCheckpoint(proof.TrimUnknown(msg, policy), policy); err == nil {
			c.proofs.take(checkpoint, policy)
		}
	}
	c.proofs.mu.Lock()
	defer c.proofs.mu.Unlock()
	if c.proofs.quorate != nil || policy.Quorum == 0 {
		return nil
	}
	// It may be older: witnesses can be away for long.
	if signed.quorate != nil {
		c.proofs.quorate = newestQuorate([][]byte{signed.quorate}, policy)
	}
	if c.proofs.quorate == nil && signed.partly {
		if signed.stream, _, err = c.proofs.kept.After(ctx, 0); err == nil {
			signed.file, err = c.proofs.file.read()
		}
		if err != nil {
			return err
		}
	}
	if c.proofs.quorate == nil {
		c.proofs.quorate = newestQuorate(slices.Concat(signed.stream, signed.file), policy)
	}
	return nil
}

// newestQuorate is the newest checkpoint that a quorum cosigned; nil if there is none. It opens no more notes than it must.
func newestQuorate(notes [][]byte, policy *proof.Policy) *proof.Checkpoint {
	bySize := map[uint64][][]byte{}
	for _, msg := range notes {
		if _, head, err := proof.ReadHead(msg); err == nil {
			bySize[head.Size] = append(bySize[head.Size], proof.TrimUnknown(msg, policy))
		}
	}
	for _, size := range slices.Backward(slices.Sorted(maps.Keys(bySize))) {
		lines := 0
		for _, msg := range bySize[size] {
			lines += bytes.Count(msg, []byte("\n— ")) - 1 // the log's own
		}
		if lines < policy.Quorum {
			continue
		}
		var all *proof.Checkpoint
		for _, msg := range bySize[size] {
			switch one, err := proof.OpenCheckpoint(msg, policy); {
			case err != nil:
			case all == nil:
				all = one
			default:
				all.Merge(one, policy)
			}
		}
		if all != nil && policy.Witnessed(all) {
			return all
		}
	}
	return nil
}

// take puts a checkpoint, or more cosignatures of one, among the recent.
func (p *proofs) take(c *proof.Checkpoint, policy *proof.Policy) {
	defer p.ring()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.under(policy)
	at, found := slices.BinarySearchFunc(p.recent, c.Size, func(have *proof.Checkpoint, size uint64) int { return cmp.Compare(have.Size, size) })
	if found {
		merged := *p.recent[at]
		merged.Merge(c, policy)
		p.recent[at] = &merged
	} else {
		p.recent = slices.Insert(p.recent, at, c)
		if at == len(p.recent)-1 {
			p.newestAt = time.Now()
		}
	}
	p.count(p.recent[at])
	if len(p.recent) > recentCheckpoints {
		p.recent = slices.Clone(p.recent[len(p.recent)-recentCheckpoints:])
	}
}

// isForeign reports whether another server signs, with a key that is not this one's, or nobody does: this one compares, and signs nothing. What the old
// key signed of a log that was taken over is no other server's.
func (p *proofs) isForeign() bool {
	untaken, taken := p.standing()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case untaken:
		return true
	case taken.Seq != 0:
		return taken.Key != p.own || p.other > uint64(taken.Copied)
	}
	return p.other > 0
}

// isPast reports whether another key signed a checkpoint, of a size, before this server's took the log over.
func (p *proofs) isPast(size uint64, err error) bool {
	_, taken := p.standing()
	return byOtherKey(err) && size <= uint64(taken.Copied)
}

// failure is why the newest checkpoint can't be made or kept; nil if it is.
func (p *proofs) failure() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
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
