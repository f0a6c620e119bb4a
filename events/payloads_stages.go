package events

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/google/uuid"
)

// The types of the events that move a campaign on.
const (
	TypeRegulationAmended  Type = "regulation.amended"
	TypeStageAdvanced      Type = "stage.advanced"
	TypeStandingsFrozen    Type = "standings.frozen"
	TypeStandingsRevealed  Type = "standings.revealed"
	TypePublicationStarted Type = "publication.started"
)

// RegulationAmended proposes another regulation for the same campaign. It carries the whole of it.
type RegulationAmended struct {
	Regulation   *Regulation
	SHA256       string // of the regulation's canonical bytes, hex
	SourceName   string // the file it was read from
	SourceSHA256 string // of that file, hex
	Version      int    // of the regulation once this takes effect: 2 for the first amendment
	Reason       string
}

// Stage is a step of the campaign's year.
type Stage string

// The stages, in order.
const (
	StageDraft        Stage = "draft" // opened, units join
	StageOpen         Stage = "open"  // drives, reports, targets
	StageScoring      Stage = "scoring"
	StageReview       Stage = "review"
	StageDeliberation Stage = "deliberation"
	StageBallot       Stage = "ballot"
	StageFinal        Stage = "final"
)

// Stages are all stages in order.
func Stages() []Stage {
	return []Stage{StageDraft, StageOpen, StageScoring, StageReview, StageDeliberation, StageBallot, StageFinal}
}

// StageAdvanced takes the campaign to its next stage.
type StageAdvanced struct {
	Stage  Stage // the stage that begins
	Reason string
}

// StandingsFrozen hides from the hall what comes after it.
type StandingsFrozen struct {
	Reason string
}

// StandingsRevealed ends the freeze.
type StandingsRevealed struct {
	Reason string
}

// PublicationStarted begins the days in which the public may object.
type PublicationStarted struct {
	Days  int       // 1..MaxPublicationDays
	Place string    // where it is published
	Of    uuid.UUID // the record published; zero: the standings
	Text  string
}

func (*RegulationAmended) Type() Type  { return TypeRegulationAmended }
func (*StageAdvanced) Type() Type      { return TypeStageAdvanced }
func (*StandingsFrozen) Type() Type    { return TypeStandingsFrozen }
func (*StandingsRevealed) Type() Type  { return TypeStandingsRevealed }
func (*PublicationStarted) Type() Type { return TypePublicationStarted }

func (*RegulationAmended) Subject() SubjectRule  { return SubjectNone }
func (*StageAdvanced) Subject() SubjectRule      { return SubjectNone }
func (*StandingsFrozen) Subject() SubjectRule    { return SubjectNone }
func (*StandingsRevealed) Subject() SubjectRule  { return SubjectNone }
func (*PublicationStarted) Subject() SubjectRule { return SubjectNone }

func (p *RegulationAmended) fields(c *codec) {
	c.text("reason", &p.Reason, required)
	c.regulation("regulation", &p.Regulation)
	c.hash("sha256", &p.SHA256, required)
	c.object("source", func(c *codec) {
		c.text("name", &p.SourceName, required)
		c.hash("sha256", &p.SourceSHA256, required)
	})
	c.integer("version", &p.Version, required)
	c.limit("version", "minimum", 2)
}

func (p *StageAdvanced) fields(c *codec) {
	c.text("reason", &p.Reason, optional)
	words := make([]string, 0, len(Stages())-1)
	for _, s := range Stages()[1:] {
		words = append(words, string(s))
	}
	stage := string(p.Stage)
	c.word("stage", &stage, required, words...)
	if c.mode != writing {
		p.Stage = Stage(stage)
	}
}

func (p *StandingsFrozen) fields(c *codec) { c.text("reason", &p.Reason, optional) }

func (p *StandingsRevealed) fields(c *codec) { c.text("reason", &p.Reason, optional) }

func (p *PublicationStarted) fields(c *codec) {
	c.integer("days", &p.Days, required)
	c.limit("days", "minimum", 1)
	c.limit("days", "maximum", MaxPublicationDays)
	c.uuid("of", &p.Of, optional)
	c.text("place", &p.Place, required)
	c.text("text", &p.Text, optional)
}

// NewRegulationAmended proposes r, read from a file of the given name and SHA-256 (hex), as the given version.
func NewRegulationAmended(r *Regulation, version int, sourceName, sourceSHA256, reason string) *RegulationAmended {
	sum := sha256.Sum256(r.Canonical())
	return &RegulationAmended{Regulation: r, SHA256: hex.EncodeToString(sum[:]), SourceName: sourceName,
		SourceSHA256: sourceSHA256, Version: version, Reason: reason}
}

// Validate checks that the amendment names the regulation it carries.
func (p *RegulationAmended) Validate() error {
	if p.Version < 2 {
		return &FieldError{"version", "the regulation that the campaign was opened under is version 1; an amendment is 2 or more"}
	}
	return checkRegulationHash(p.Regulation, p.SHA256)
}

// Validate accepts every stage that the codec accepts.
func (p *StageAdvanced) Validate() error { return nil }

// Validate accepts every freeze that the codec accepts.
func (p *StandingsFrozen) Validate() error { return nil }

// Validate accepts every reveal that the codec accepts.
func (p *StandingsRevealed) Validate() error { return nil }

// Validate checks the number of days.
func (p *PublicationStarted) Validate() error {
	if p.Days < 1 || p.Days > MaxPublicationDays {
		return &FieldError{"days", fmt.Sprintf("a publication lasts 1 to %d days, not %d", MaxPublicationDays, p.Days)}
	}
	return nil
}
