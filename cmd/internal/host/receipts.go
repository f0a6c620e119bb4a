package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// ErrUnsigned: this server signs no heads of the campaign.
var ErrUnsigned = errors.New("this server signs nothing for the campaign: it is read-only, or its log.key is not the one that signed before; bring that back, or ask the server that has it")

// ErrNoCheckpoint: nothing is signed yet.
var ErrNoCheckpoint = errors.New("there is no checkpoint yet; one comes within ten seconds of the first event")

// ErrStalled: what is new can't be signed just now.
var ErrStalled = errors.New("the newest checkpoint can't be made; try again soon")

// Newest is the newest checkpoint. ErrStalled: there is news that can't be signed.
func (c *Campaign) Newest() (*proof.Checkpoint, error) {
	c.policyNow()
	failed := c.proofs.failure()
	last, _ := c.Ledger.Last()
	if failed != nil && last > c.signedUpTo() && c.Ledger.Broken() == nil { // witnesses take an old checkpoint for the newest, and what is recorded after it for back-dated
		return nil, fmt.Errorf("%w: %w", ErrStalled, failed)
	}
	if newest := c.proofs.newest(); newest != nil {
		return newest, nil
	}
	if c.proofs.isForeign() {
		return nil, ErrUnsigned
	}
	return nil, ErrNoCheckpoint
}

// SignedHead is a head of at least seq events that the log signed: the newest checkpoint, or one signed for this. Whoever asks about the same
// commit gets the same: one signature a commit.
func (c *Campaign) SignedHead(ctx context.Context, seq events.Seq) (*proof.Checkpoint, error) {
	p := c.proofs
	c.policyNow()
	if newest := p.newest(); newest != nil && newest.Size >= uint64(seq) {
		return newest, nil
	}
	p.heading.Lock()
	defer p.heading.Unlock()
	if p.head != nil && p.head.Size >= uint64(seq) {
		return p.head, nil
	}
	if p.isForeign() || c.Ledger.Broken() != nil {
		return nil, ErrUnsigned
	}
	origin, signer, err := c.knowOrigin(ctx)
	if err != nil {
		return nil, err
	}
	size, root := p.tree.Head()
	if size < uint64(seq) {
		return nil, fmt.Errorf("event %d is not in the log", seq)
	}
	if good, err := c.isGoodAt(ctx, size); err != nil {
		return nil, err
	} else if !good {
		return nil, ErrUnsigned
	}
	head, err := c.signHead(origin, proof.Head{Size: size, Root: root}, signer)
	if err == nil {
		p.head = head
	}
	return head, err
}

// Receipt proves that the log includes event seq. It is Prove, and the record read from the stream, whose commit may have 960 KiB.
func (c *Campaign) Receipt(ctx context.Context, seq events.Seq) (*proof.Receipt, error) {
	receipt, err := c.Prove(ctx, seq)
	if err != nil {
		return nil, err
	}
	stored, err := c.Stored(ctx, seq)
	if err != nil {
		return nil, err
	}
	receipt.Recorded, receipt.Record = stored.Commit.Recorded, stored.Record
	return receipt, nil
}

// Prove is a receipt without the record, for who has it: under the newest checkpoint that a quorum cosigned if that covers the event, else under the
// newest signed head. O(log n) hashes.
func (c *Campaign) Prove(ctx context.Context, seq events.Seq) (*proof.Receipt, error) {
	under, err := c.SignedHead(ctx, seq)
	if err != nil {
		return nil, err
	}
	c.proofs.mu.Lock()
	if q := c.proofs.quorate; q != nil && q.Size >= uint64(seq) {
		under = q
	}
	c.proofs.mu.Unlock()
	hashes, err := c.proofs.tree.Prove(under.Size, uint64(seq)-1)
	if err != nil {
		return nil, err
	}
	return &proof.Receipt{Seq: seq, Proof: hashes, Checkpoint: under}, nil
}

// Growth is the consistency proof between two sizes of the log.
func (c *Campaign) Growth(from, to events.Seq) ([]proof.Hash, error) {
	return c.proofs.tree.ProveGrowth(uint64(from), uint64(to))
}

// Witnessing says how many of the policy's witnesses stand behind the newest checkpoint.
type Witnessing struct {
	Size      events.Seq `json:"size"`      // of the newest checkpoint; 0: there is none
	Cosigned  int        `json:"cosigned"`  // by how many witnesses
	Quorum    int        `json:"quorum"`    // how many it takes; 0: none are required
	Witnesses int        `json:"witnesses"` // how many there are
	Quorate   events.Seq `json:"quorate"`   // how far a quorum has cosigned; 0: not at all
	Safe      bool       `json:"safe"`      // two quorums share an honest witness though a third of them colluded, and one can be reached
}

// In says in "vi" or "en", in a few words, how many witnesses stand behind the log, and how far.
func (w Witnessing) In(lang string) string {
	say := func(vi, en string, args ...any) string {
		if lang == "vi" {
			return fmt.Sprintf(vi, args...)
		}
		return fmt.Sprintf(en, args...)
	}
	switch {
	case w.Witnesses == 0:
		return say("không có nhân chứng", "no witnesses")
	case w.Quorum == 0:
		return say("nhân chứng: %d, không yêu cầu túc số", "witnesses: %d, no quorum is required", w.Witnesses)
	case w.Cosigned >= w.Quorum:
		return say("%d trong %d nhân chứng (cần %d) đã ký đến sự kiện %d", "%d of %d witnesses (it takes %d) stand behind event %d", w.Cosigned, w.Witnesses, w.Quorum, w.Size)
	case w.Quorate == 0:
		return say("chưa đủ nhân chứng: %d trên %d cần có", "not enough witnesses yet: %d of the %d it takes", w.Cosigned, w.Quorum)
	}
	return say("đủ nhân chứng đến sự kiện %d; sự kiện %d mới có %d trên %d", "enough witnesses up to event %d; event %d has %d of the %d it takes", w.Quorate, w.Size, w.Cosigned, w.Quorum)
}

// Witnessing is the state of the cosignatures.
func (c *Campaign) Witnessing() Witnessing {
	policy := c.policyNow()
	if policy == nil {
		return Witnessing{}
	}
	w := Witnessing{Quorum: policy.Quorum, Witnesses: len(policy.Witnesses)}
	w.Safe = policy.Safe()
	if newest := c.proofs.newest(); newest != nil {
		w.Size, w.Cosigned = events.Seq(newest.Size), len(newest.Cosignatures)
	}
	c.proofs.mu.Lock()
	defer c.proofs.mu.Unlock()
	if c.proofs.quorate != nil {
		w.Quorate = events.Seq(c.proofs.quorate.Size)
	}
	return w
}

// ErrCosignature: it is not taken.
var ErrCosignature = errors.New("the cosignature is not taken")

// Cosign takes in a checkpoint with witnesses' signatures, and keeps what is new: of each witness what it signed last. One that this server signed
// and that the log does not hold makes it read-only: a witness saw another log.
func (c *Campaign) Cosign(ctx context.Context, msg []byte) (Witnessing, error) {
	policy := c.policyNow()
	if policy == nil {
		return Witnessing{}, ErrNoCheckpoint
	}
	signed, err := proof.OpenCheckpoint(msg, policy)
	if err != nil {
		return Witnessing{}, fmt.Errorf("%w: %w", ErrCosignature, err)
	}
	if err := c.contradicts(ctx, signed.Head); err != nil {
		return Witnessing{}, c.orBreak(err)
	}
	c.proofs.signing.Lock()
	defer c.proofs.signing.Unlock()
	signed.Cosignatures = slices.DeleteFunc(signed.Cosignatures, c.proofs.isKnown(signed.Size))
	if len(signed.Cosignatures) > 0 {
		if err := errors.Join(c.keep(ctx, signed), c.proofs.fileRest()); err != nil {
			return Witnessing{}, err
		}
	}
	return c.Witnessing(), nil
}

// isKnown reports of a cosignature of a size whether it tells nothing new.
func (p *proofs) isKnown(size uint64) func(proof.Cosignature) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	latest := make(map[string]uint64, len(p.latest))
	for name, seen := range p.latest {
		latest[name] = seen
	}
	return func(s proof.Cosignature) bool { return latest[s.Witness] >= size }
}

// SignRefusal signs that a body of signed drafts was refused, if it still is as of now; said is what its author is told. nil where there is nothing
// to sign.
func (c *Campaign) SignRefusal(ctx context.Context, proposals []events.Proposal, said error) (*proof.Refusal, error) {
	var refused *ledger.RefusedError
	var refusal *projections.Refusal
	if !errors.As(said, &refused) && !errors.As(said, &refusal) || c.proofs.isForeign() || c.Ledger.Broken() != nil || !c.allSigned(proposals) {
		return nil, nil
	}
	code := duplicateCode
	if errors.As(said, &refusal) {
		code = string(refusal.Code)
	} else if !errors.As(said, new(*ledger.DuplicateIDError)) {
		return nil, nil
	}
	origin, signer, err := c.knowOrigin(ctx)
	if err != nil {
		return nil, err
	}
	r := &proof.Refusal{Origin: origin, Code: code, Reason: said.Error()}
	still := false
	err = c.Ledger.AppendPlan(ctx, func(last events.Seq, recorded time.Time) ([][]events.Proposal, error) {
		r.Seq, r.Time = last, recorded
		still = c.refusesNow(r, proposals, last, recorded)
		return nil, nil
	}, nil)
	if err != nil || !still {
		return nil, err
	}
	if err := r.Sign(signer); err != nil {
		return nil, err
	}
	return r, nil
}

// refusesNow reports whether the body of proposals, which it notes in r, is refused in the gate for what its author was told. It notes all of it: which
// one is refused, and during a freeze also why, may be hidden from its author.
func (c *Campaign) refusesNow(r *proof.Refusal, proposals []events.Proposal, last events.Seq, recorded time.Time) bool {
	frozen := c.live.Summary().Frozen != 0
	as := func(err error) bool {
		var refusal *projections.Refusal
		return err != nil && (frozen || errors.As(err, &refusal) && string(refusal.Code) == r.Code)
	}
	r.Drafts = r.Drafts[:0]
	for i := range proposals {
		r.Drafts = append(r.Drafts, proposals[i].Record)
	}
	for i := range proposals {
		if _, stored := c.live.Find(proposals[i].ID); stored {
			if r.Code == duplicateCode {
				return true
			}
			continue // sent again
		}
		last++
		e := events.Event{Draft: proposals[i].Draft, Record: proposals[i].Record, Seq: last, Recorded: recorded}
		if err := c.live.Admit(e); err != nil {
			return as(err)
		}
	}
	return as(c.live.Settle())
}

// duplicateCode is the code of a refusal for an id that is taken.
const duplicateCode = "duplicate-id"

// allSigned reports whether each proposal is a record with a good signature of its author.
func (c *Campaign) allSigned(proposals []events.Proposal) bool {
	for i := range proposals {
		e := events.Event{Draft: proposals[i].Draft, Record: proposals[i].Record}
		if len(e.Record) == 0 || e.Signature == "" {
			return false
		}
		if c.live.Check(&e); e.Forged || e.Verified == (events.PublicKey{}) {
			return false
		}
	}
	return len(proposals) > 0
}
