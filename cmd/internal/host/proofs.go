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

// proofs are what a campaign's log is proved with: its tree, and the checkpoints that were signed of it. Of the locks adopting, signing and heading
// come before mu, and none of the three is taken while another is held.
type proofs struct {
	tree        *proof.Tree
	dir         string // of the tree
	file        checkpointFile
	adoptedFile string              // of the policy that was adopted, if any
	kept        *ledger.Checkpoints // the stream
	interval    time.Duration       // between checkpoints
	urgent      chan struct{}       // holds one while a checkpoint must not wait

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
	quorate  *proof.Checkpoint   // the newest that a quorum cosigned; nil if none, or none is required
	latest   map[string]uint64   // the largest size that each witness cosigned
	foreign  bool                // another server signs, with a key that is not this one's: this one compares, and signs nothing
	err      error               // why the newest checkpoint can't be kept; nil if it is
}

// signedBefore is what was signed of a campaign before it was opened.
type signedBefore struct {
	stream, file [][]byte // notes
	heads        []proof.Head
}

// openProofs reads what was signed of a campaign. What is wrong with it comes as a *ledger.BrokenError beside proofs that can be used for
// reading.
func (h *Host) openProofs(ctx context.Context, id string, store ledger.Store) (p *proofs, signed signedBefore, err error) {
	p = &proofs{file: newCheckpointFile(h.cfg.Dir, id), adoptedFile: filepath.Join(h.cfg.Dir, policiesDir, id+".policy"), interval: h.cfg.CheckpointInterval,
		urgent: make(chan struct{}, 1), latest: map[string]uint64{}}
	if p.interval == 0 {
		p.interval = checkpointInterval
	}
	p.adopted, p.adoptErr = readAdopted(p.adoptedFile)
	p.dir = filepath.Join(h.cfg.Dir, treeDir, id)
	if p.tree, err = proof.OpenTree(p.dir); err != nil {
		return nil, signed, err
	}
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
	if signed.stream, p.end, err = p.kept.After(ctx, 0); err != nil {
		return p, signed, err
	}
	if signed.file, err = p.file.read(); err != nil {
		return p, signed, err
	}
	if signed.heads, p.foreign, err = h.headsOf(p.origin, slices.Concat(signed.stream, signed.file)); err != nil {
		return p, signed, cmp.Or(broken, err)
	}
	p.unfiled = without(signed.stream, signed.file) // this process was killed between the two, or the file is gone
	return p, signed, broken
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
// too, and make foreign true: a log that contradicts them is not the one that somebody saw.
func (h *Host) headsOf(origin string, notes [][]byte) (heads []proof.Head, foreign bool, err error) {
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
			return nil, false, &ledger.BrokenError{Err: ledger.ErrCheckpoint, Reason: err.Error()}
		}
		if origin != "" && of != origin {
			return nil, false, otherLog(of, origin)
		}
		heads, foreign = append(heads, head), foreign || errs[i] != nil
	}
	heads, err = ledger.Heads(heads)
	return heads, foreign, err
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
func (c *Campaign) recall(signed signedBefore) {
	policy := c.policyNow()
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
	c.proofs.mu.Lock()
	defer c.proofs.mu.Unlock()
	if c.proofs.quorate == nil && policy.Quorum > 0 { // it may be older: witnesses can be away for long
		c.proofs.quorate = newestQuorate(slices.Concat(signed.stream, signed.file), policy)
	}
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
	}
	p.count(p.recent[at])
	if len(p.recent) > recentCheckpoints {
		p.recent = slices.Clone(p.recent[len(p.recent)-recentCheckpoints:])
	}
}

// isForeign reports whether another server signs.
func (p *proofs) isForeign() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.foreign
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

// sign makes checkpoints as news comes, until ctx is done. On an external server it also takes in, as often, what other servers stored.
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
		err := c.Checkpoint(ctx)
		switch {
		case ctx.Err() != nil || c.Ledger.Broken() != nil:
			return
		case err != nil:
			c.host.cfg.Log.Error().Err(err).Str("campaign", c.ID).Msg("no checkpoint can be made; tried again soon")
		case c.isAlone() && c.Ledger.Wait(ctx, c.signedUpTo()+1) != nil: // closed, or broken for good
			return
		}
		timer.Reset(p.interval)
	}
}

// isAlone reports whether no other server can write to the campaign's streams.
func (c *Campaign) isAlone() bool { return c.host.embedded != nil }

// signedUpTo is how far everything is signed. Where this server does not sign it is as if all were.
func (c *Campaign) signedUpTo() events.Seq {
	if c.proofs.isForeign() {
		last, _ := c.Ledger.Last()
		return last
	}
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
	if c.Ledger.Broken() != nil {
		return nil // it is never signed, and stays as it is; why it is broken is told elsewhere
	}
	err := errors.Join(c.signNews(ctx), p.fileRest())
	if ctx.Err() == nil {
		p.mu.Lock()
		p.err = err
		p.mu.Unlock()
	}
	return err
}

func (c *Campaign) signNews(ctx context.Context) error {
	p := c.proofs
	last, _ := c.Ledger.Last()
	if last == 0 {
		return nil
	}
	origin, signer, err := c.knowOrigin(ctx)
	if err != nil {
		return err
	}
	if !c.isAlone() {
		if err := c.takeIn(ctx); err != nil {
			return err
		}
	}
	if last <= c.signedUpTo() || p.isForeign() {
		return nil
	}
	if err := p.kept.CheckConfig(ctx); err != nil {
		return c.orBreak(err)
	}
	size, root, err := p.tree.Sync()
	if err != nil {
		return err
	}
	if good, err := c.isGoodAt(ctx, size); !good {
		return err
	}
	signed, err := proof.Sign(origin, proof.Head{Size: size, Root: root}, signer)
	if err != nil {
		return err
	}
	return c.keep(ctx, signed)
}

// isGoodAt reports whether the log is not broken at a size that its tree has. The tree is a moment ahead of what is known of the log, which may
// end there within a bad commit.
func (c *Campaign) isGoodAt(ctx context.Context, size uint64) (bool, error) {
	if err := c.Ledger.Wait(ctx, events.Seq(size)); err != nil {
		return false, err
	}
	return c.Ledger.Broken() == nil, nil
}

// knowOrigin is the origin, and the signer, once the campaign is open.
func (c *Campaign) knowOrigin(ctx context.Context) (string, note.Signer, error) {
	get := func() (string, note.Signer) {
		c.proofs.mu.Lock()
		defer c.proofs.mu.Unlock()
		return c.proofs.origin, c.proofs.signer
	}
	if origin, signer := get(); origin != "" {
		return origin, signer, nil
	}
	for stored, err := range c.Ledger.Records(ctx, 0, false) {
		if err == nil {
			err = c.proofs.setOrigin(c.host, c.ID, stored.Record)
		}
		if err != nil {
			return "", nil, err
		}
		origin, signer := get()
		return origin, signer, nil
	}
	return "", nil, ErrNoCheckpoint
}

// keep stores a checkpoint, or one with more cosignatures, in the stream; the file is next. Where another server came first its checkpoints are
// taken in and compared. It may be stored although an error is returned: then the next one takes it in. signing is held.
func (c *Campaign) keep(ctx context.Context, signed *proof.Checkpoint) error {
	p, policy := c.proofs, c.policyNow()
	cosigned := len(signed.Cosignatures) > 0
	for range maxTries {
		end, err := p.kept.Append(ctx, p.end, signed.Marshal())
		if err == nil {
			p.end = end
			p.take(signed, policy)
			p.toFile(signed.Marshal())
			return nil
		}
		if !errors.Is(err, ledger.ErrConflict) && !errors.Is(err, ledger.ErrUnclear) {
			return err
		}
		if err := c.takeIn(ctx); err != nil {
			return err
		}
		signed.Cosignatures = slices.DeleteFunc(signed.Cosignatures, p.isKnown(signed.Size))
		if cosigned && len(signed.Cosignatures) == 0 {
			return nil // it was stored
		}
		if newest := p.newest(); !cosigned && (p.isForeign() || newest != nil && newest.Size >= signed.Size) {
			return nil
		}
	}
	return errors.New("other servers kept signing first; tried again soon")
}

// maxUnfiled bounds the notes that wait for the file while it can't be written; a restart finds the others in the stream.
const maxUnfiled = 4096

// toFile has a note written to the file by fileRest; signing is held.
func (p *proofs) toFile(msg []byte) {
	if len(p.unfiled) < maxUnfiled {
		p.unfiled = append(p.unfiled, msg)
	}
}

// fileRest writes to the file what the stream has; signing is held.
func (p *proofs) fileRest() error {
	if len(p.unfiled) == 0 {
		return nil
	}
	if err := p.file.append(bytes.Join(p.unfiled, nil)); err != nil {
		return err
	}
	p.unfiled = nil
	return nil
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
	policy := c.policyNow()
	switch {
	case policy == nil:
		return nil, ErrNoCheckpoint
	case c.proofs.isForeign():
		return nil, ErrUnsigned
	}
	notes, _, err := c.proofs.kept.After(ctx, 0)
	if err != nil {
		return nil, err
	}
	filed, err := c.proofs.file.read() // it has them all, should the stream be gone
	if err != nil {
		return nil, err
	}
	notes = append(notes, without(filed, notes)...)
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
