package host

import (
	"context"
	"fmt"
	"sync"

	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// files are a campaign's evidence and detached texts, opened when they are first needed.
type files struct {
	mu       sync.Mutex
	evidence *ledger.Evidence
	detached *ledger.Detached
}

// Evidence is the campaign's files.
func (c *Campaign) Evidence(ctx context.Context) (*ledger.Evidence, error) {
	c.files.mu.Lock()
	defer c.files.mu.Unlock()
	if c.files.evidence != nil {
		return c.files.evidence, nil
	}
	evidence, err := c.host.openEvidence(ctx, c.ID)
	if err == nil {
		c.files.evidence = evidence
	}
	return evidence, err
}

// Detached is the campaign's detached texts.
func (c *Campaign) Detached(ctx context.Context) (*ledger.Detached, error) {
	c.files.mu.Lock()
	defer c.files.mu.Unlock()
	if c.files.detached != nil {
		return c.files.detached, nil
	}
	detached, err := c.host.openDetached(ctx, c.ID)
	if err == nil {
		c.files.detached = detached
	}
	return detached, err
}

func (h *Host) openEvidence(ctx context.Context, id string) (*ledger.Evidence, error) {
	evidence, err := ledger.OpenEvidence(ctx, h.conn, id, h.replicas(), h.cfg.PlacementTags...)
	if err == nil {
		evidence.Server = h.embedded
	}
	return evidence, err
}

func (h *Host) openDetached(ctx context.Context, id string) (*ledger.Detached, error) {
	detached, err := ledger.OpenDetached(ctx, h.conn, id, h.replicas(), h.cfg.PlacementTags...)
	if err == nil {
		detached.Server = h.embedded
	}
	return detached, err
}

func (h *Host) replicas() int { return max(h.cfg.Replicas, 1) }

// holdsEvidence refuses proposals that name files or detached texts which are not held here. The log alone can't tell, so that this is asked
// before admission and not by it.
func (c *Campaign) holdsEvidence(ctx context.Context, list []events.Proposal) error {
	summary := c.live.Summary()
	if summary.Regulation == nil || !summary.Regulation.Signed() {
		return nil
	}
	for i := range list {
		p := list[i].Payload
		if p == nil && len(list[i].Record) > 0 {
			draft, err := events.Decode(list[i].Record)
			if err != nil {
				return &ledger.RefusedError{Index: i, Err: err}
			}
			p = draft.Payload
		}
		if err := c.holds(ctx, p); err != nil {
			return &ledger.RefusedError{Index: i, Err: err}
		}
	}
	return nil
}

// holds checks one payload's references.
func (c *Campaign) holds(ctx context.Context, p events.Payload) error {
	hashes, texts := references(p)
	for _, hash := range hashes {
		evidence, err := c.Evidence(ctx)
		if err != nil {
			return err
		}
		if _, held, err := evidence.Held(ctx, hash); err != nil {
			return err
		} else if !held {
			return &projections.Refusal{Code: projections.CodeEvidence, Field: "evidence", Problem: fmt.Sprintf("no file with the SHA-256 %s is held", hash),
				Remedy: "store it first with campaign evidence put"}
		}
	}
	for _, hash := range texts {
		detached, err := c.Detached(ctx)
		if err != nil {
			return err
		}
		if _, err := detached.By(ctx, hash); err != nil {
			return fmt.Errorf("detached text %w", err)
		}
	}
	return nil
}

// references are the hashes of the files and of the detached texts that a payload names, as far as they are to be held here.
func references(p events.Payload) (hashes, texts []string) {
	for _, w := range wordsOf(p) {
		if w.Hash != "" {
			texts = append(texts, w.Hash)
		}
	}
	return projections.EvidenceNamed(p), texts
}

// wordsOf are the texts of a payload that may be detached.
func wordsOf(p events.Payload) []events.Words {
	switch p := p.(type) {
	case *events.ReportFiled:
		return []events.Words{p.Text, p.Person}
	case *events.ExplanationFiled:
		return []events.Words{p.Text}
	case *events.CommendationRecorded:
		return []events.Words{p.Merit, p.Person}
	case *events.ExclusionImposed:
		return []events.Words{p.Ground}
	case *events.AwardRevoked:
		return []events.Words{p.Ground}
	case *events.AppealFiled:
		return []events.Words{p.Ground}
	}
	return nil
}
