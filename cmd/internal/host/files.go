package host

import (
	"context"
	"fmt"
	"strings"
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
	evidence, err := ledger.OpenEvidence(ctx, c.host.conn, c.ID, c.host.replicas())
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
	detached, err := ledger.OpenDetached(ctx, c.host.conn, c.ID, c.host.replicas())
	if err == nil {
		c.files.detached = detached
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
	addFiles := func(list []events.File) {
		for _, f := range list {
			if !f.Unit {
				hashes = append(hashes, f.SHA256)
			}
		}
	}
	addTexts := func(words ...events.Words) {
		for _, w := range words {
			if w.Hash != "" {
				texts = append(texts, w.Hash)
			}
		}
	}
	switch p := p.(type) {
	case *events.ScoreEntered:
		if p.Evidence == "" {
			return nil, nil
		}
		for reference := range strings.SplitSeq(p.Evidence, " ") {
			if hash, unit, ok := projections.CutEvidence(reference); ok && !unit {
				hashes = append(hashes, hash)
			}
		}
	case *events.ReportFiled:
		addFiles(p.Evidence)
		addTexts(p.Text, p.Person)
	case *events.ExplanationFiled:
		addFiles(p.Evidence)
		addTexts(p.Text)
	case *events.CommendationRecorded:
		addTexts(p.Merit, p.Person)
	case *events.ExclusionImposed:
		addFiles(p.Evidence)
		addTexts(p.Ground)
	case *events.AwardRevoked:
		addTexts(p.Ground)
	case *events.AppealFiled:
		addFiles(p.Evidence)
		addTexts(p.Ground)
	case *events.DocumentIssued:
		addFiles(p.Evidence)
	}
	return hashes, texts
}
