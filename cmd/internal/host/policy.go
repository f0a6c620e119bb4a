package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"campaignledger/cmd/internal/durable"
	"campaignledger/ledger/proof"
)

// policiesDir has the policies that were adopted, <campaign>.policy each.
const policiesDir = "policies"

// Policy is what this server takes for the policy of the campaign: its own log key, and the witnesses of the regulation or, where it names none, of the
// policy that was adopted. It decides whose cosignatures are kept and what is said of them; auditors hold a policy of their own. nil before the
// campaign is open.
func (c *Campaign) Policy() *proof.Policy {
	if last, _ := c.Ledger.Last(); last == 0 {
		return nil
	}
	origin, _, err := c.knowOrigin(c.host.work) // another process may have opened it
	if err != nil {
		return nil // the log can't be read, which shows elsewhere
	}
	c.proofs.mu.Lock()
	adopted := c.proofs.adopted
	c.proofs.mu.Unlock()
	p := &proof.Policy{Origin: origin, Log: c.host.logKey.Public}
	if !c.fromRegulation(p) && adopted != nil {
		p.Witnesses, p.Quorum = adopted.Witnesses, adopted.Quorum
	}
	return p
}

// SigningPolicy is Policy where this server signs; else its log key is none to trust.
func (c *Campaign) SigningPolicy() (*proof.Policy, error) {
	if c.proofs.isForeign() {
		return nil, ErrUnsigned
	}
	if p := c.Policy(); p != nil {
		return p, nil
	}
	return nil, ErrNoCheckpoint
}

// policyNow is Policy, for who looks at what is at hand: that is first brought to what the policy knows. The witnesses change with an amendment, and
// what the new ones do not know is no signature of theirs.
func (c *Campaign) policyNow() *proof.Policy {
	policy := c.Policy()
	if policy != nil {
		c.proofs.mu.Lock()
		defer c.proofs.mu.Unlock()
		c.proofs.under(policy)
	}
	return policy
}

// under drops from what is at hand the cosignatures that the policy does not know, if it is another one than the last time; mu is held.
func (p *proofs) under(policy *proof.Policy) {
	if last := p.policy; last != nil && last.Quorum == policy.Quorum && slices.Equal(last.Witnesses, policy.Witnesses) {
		return
	}
	before := append(slices.Clone(p.recent), p.quorate)
	p.policy, p.recent, p.quorate, p.latest = policy, nil, nil, map[string]uint64{}
	for i, had := range before {
		if had == nil {
			continue
		}
		now, err := proof.OpenCheckpoint(proof.TrimUnknown(had.Marshal(), policy), policy)
		if err != nil {
			continue // it can't be: the log's own signature stays
		}
		if i < len(before)-1 {
			p.recent = append(p.recent, now)
		}
		p.count(now)
	}
}

// count takes note of a checkpoint's cosignatures; mu is held, and the policy is the one of under.
func (p *proofs) count(c *proof.Checkpoint) {
	for _, w := range c.Cosignatures {
		p.latest[w.Witness] = max(p.latest[w.Witness], c.Size)
	}
	if p.policy.Quorum > 0 && p.policy.Witnessed(c) && (p.quorate == nil || p.quorate.Size <= c.Size) {
		p.quorate = c
	}
}

// readAdopted reads the policy that was adopted; nil if there is none.
func readAdopted(path string) (*proof.Policy, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p, err := proof.ParsePolicy(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; adopt a policy again with campaign policy --adopt", path, err)
	}
	return p, nil
}

// ErrPolicy: the policy can't be adopted.
var ErrPolicy = errors.New("the policy can't be adopted")

// Adopt makes the witnesses of a policy those of this server, for a campaign whose regulation names none.
func (c *Campaign) Adopt(data []byte) error {
	given, err := proof.ParsePolicy(data)
	own := c.Policy()
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrPolicy, err)
	case own == nil || given.Origin != own.Origin || given.Log != own.Log:
		return fmt.Errorf("%w: it is of another log; start from what campaign policy prints here", ErrPolicy)
	case c.Untaken() != nil:
		return c.Untaken()
	case c.fromRegulation(&proof.Policy{}):
		return fmt.Errorf("%w: the regulation names the witnesses; amend it to change them", ErrPolicy)
	}
	p := c.proofs
	p.adopting.Lock()
	defer p.adopting.Unlock()
	if err := durable.Replace(p.adoptedFile, given.Marshal()); err != nil {
		return fmt.Errorf("keep the policy: %w", err)
	}
	defer p.ring()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.adopted, p.adoptErr = given, nil
	return nil
}

// fromRegulation takes the witnesses that the regulation in force names, if any.
func (c *Campaign) fromRegulation(p *proof.Policy) bool {
	r := c.live.Summary().Regulation
	if r == nil || r.Witnesses == nil {
		return false
	}
	p.Quorum = r.Witnesses.Quorum()
	for _, w := range r.Witnesses.Keys {
		p.Witnesses = append(p.Witnesses, proof.Witness{Name: w.ID, Key: w.Key})
	}
	return true
}
