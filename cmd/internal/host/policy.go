package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"campaignledger/ledger/proof"
)

// policiesDir has the policies that were adopted, <campaign>.policy each.
const policiesDir = "policies"

// Policy is what this server takes for the policy of the campaign: its own log key, and the witnesses of the regulation or, where it names none, of the
// policy that was adopted. It decides whose cosignatures are kept and what is said of them; auditors hold a policy of their own. nil before the
// campaign is open.
func (c *Campaign) Policy() *proof.Policy {
	c.proofs.mu.Lock()
	origin := c.proofs.origin
	c.proofs.mu.Unlock()
	if origin == "" {
		return nil
	}
	p := &proof.Policy{Origin: origin, Log: c.host.logKey.Public}
	if c.fromRegulation(p) {
		return p
	}
	if adopted, err := c.readAdopted(); err == nil && adopted != nil {
		p.Witnesses, p.Quorum = adopted.Witnesses, adopted.Quorum
	}
	return p
}

func (c *Campaign) readAdopted() (*proof.Policy, error) {
	data, err := os.ReadFile(c.proofs.adopted)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return proof.ParsePolicy(data)
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
	case c.fromRegulation(&proof.Policy{}):
		return fmt.Errorf("%w: the regulation names the witnesses; amend it to change them", ErrPolicy)
	}
	if err := os.MkdirAll(filepath.Dir(c.proofs.adopted), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(c.proofs.adopted+".new", given.Marshal(), 0o600); err != nil {
		return err
	}
	return os.Rename(c.proofs.adopted+".new", c.proofs.adopted)
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
