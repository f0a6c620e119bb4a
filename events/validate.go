package events

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// Validate checks that the opening names the regulation it carries and rules this program keeps.
func (p *CampaignOpened) Validate() error {
	if err := checkRegulationHash(p.Regulation, p.SHA256); err != nil {
		return err
	}
	if p.Rules < 1 || p.Rules > RulesVersion {
		return &FieldError{"rules", fmt.Sprintf("rules version %d is unknown to this program, which keeps 1 to %d", p.Rules, RulesVersion)}
	}
	return nil
}

// checkRegulationHash checks that there is a regulation and that the hash is that of its canonical bytes.
func checkRegulationHash(r *Regulation, hash string) error {
	if r == nil || len(r.Canonical()) == 0 {
		return &FieldError{"regulation", "the regulation is missing"}
	}
	sum := sha256.Sum256(r.Canonical())
	if hex.EncodeToString(sum[:]) != hash {
		return &FieldError{"sha256", "the hash is not that of the regulation's canonical bytes"}
	}
	return nil
}

// NewCampaignOpened is the opening of a campaign under r, read from a file of the given name and SHA-256 (hex).
func NewCampaignOpened(r *Regulation, sourceName, sourceSHA256 string) *CampaignOpened {
	sum := sha256.Sum256(r.Canonical())
	return &CampaignOpened{Regulation: r, Rules: RulesVersion, SHA256: hex.EncodeToString(sum[:]),
		SourceName: sourceName, SourceSHA256: sourceSHA256}
}

// Validate checks the target and that a replacement has its reason.
func (p *TargetSet) Validate() error {
	if p.Target <= 0 {
		return &FieldError{"target", fmt.Sprintf("a target is above 0, not %s; leave a leaf without a target not-assigned", p.Target)}
	}
	return checkReason(p.Supersedes, p.Reason)
}

func checkReason(supersedes uuid.UUID, reason string) error {
	if supersedes != uuid.Nil && reason == "" {
		return &FieldError{"reason", "an entry that replaces another says why; give a reason"}
	}
	return nil
}

// Validate checks that there is one mark, in the range that holds for every leaf of its kind, and the reason of a replacement.
func (p *ScoreEntered) Validate() error {
	if err := p.Mark.validate(); err != nil {
		return err
	}
	if p.Regulation == 1 {
		return &FieldError{"regulation", "version 1 of the regulation is left out"}
	}
	return checkReason(p.Supersedes, p.Reason)
}

func (m Mark) validate() error {
	switch m.Kind {
	case MarkPoints:
		return nil
	case MarkActual:
		if m.Amount < 0 {
			return &FieldError{"actual", fmt.Sprintf("an actual is 0 or more, not %s", m.Amount)}
		}
		return nil
	case MarkPlace:
		if m.Amount%DecimalOne != 0 || m.Amount < DecimalOne || m.Amount > Whole(MaxPlace) {
			return &FieldError{"place", fmt.Sprintf(badPlace+", not %s", MaxPlace, m.Amount)}
		}
		return nil
	case MarkAbstained, MarkRecused:
		if m.Amount != 0 {
			return &FieldError{"mark", "who abstained or recused gives no value"}
		}
		return nil
	}
	return &FieldError{"points", "an entry has one of points, actual, place and mark; this one has none"}
}

// Validate accepts every withdrawal that the codec accepts.
func (p *EntryWithdrawn) Validate() error { return nil }

// Validate checks that at least two different units are put in order.
func (p *TieDecided) Validate() error {
	if len(p.Order) < 2 {
		return &FieldError{"order", "a tie is between at least two units"}
	}
	if twice := repeated(p.Order); twice != "" {
		return &FieldError{"order", twice + " is named twice"}
	}
	return nil
}

// repeated is an element that stands twice in the list, "" if none does.
func repeated(list []string) string {
	sorted := slices.Sorted(slices.Values(list))
	for i := 1; i < len(sorted); i++ {
		if sorted[i] == sorted[i-1] {
			return sorted[i]
		}
	}
	return ""
}

// Validate checks the batches' sizes and that they add up.
func (p *ImportStarted) Validate() error {
	sum := 0
	for _, b := range p.Batches {
		if b.Rows < 1 || b.Rows > MaxBatchRows {
			return &FieldError{"batches", fmt.Sprintf("a batch has 1 to %d rows, not %d", MaxBatchRows, b.Rows)}
		}
		sum += b.Rows
	}
	if sum != p.Rows {
		return &FieldError{"rows", fmt.Sprintf("the batches hold %d rows, not %d", sum, p.Rows)}
	}
	return nil
}

// Validate accepts every closing that the codec accepts.
func (p *CampaignClosed) Validate() error { return nil }
