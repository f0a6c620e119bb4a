package events

import (
	"fmt"

	"github.com/google/uuid"
)

// The types of the review chain and of sealed sheets.
const (
	TypeScoreReturned    Type = "score.returned"
	TypeExplanationFiled Type = "explanation.filed"
	TypeSheetSealed      Type = "sheet.sealed"
	TypeSheetRevealed    Type = "sheet.revealed"
)

// ScoreReturned sends an entry back to whoever made it. It stays as it is and counts until it is replaced.
type ScoreReturned struct {
	Of     uuid.UUID // a score.entered
	Reason string
}

// ExplanationFiled is what a unit says to an entry about it, or to its return.
type ExplanationFiled struct {
	Of       uuid.UUID // a score.entered or score.returned
	Text     Words
	Evidence []File
}

// SheetSealed commits to all marks that a scorer gives at a sealed level, without telling them.
type SheetSealed struct {
	Cluster string
	Level   string
	Scorer  string
	Marks   int    // 1..MaxSheetMarks
	Root    string // Sheet.Root over the marks, hex
}

// SheetRevealed opens a sealed sheet: its marks follow as score.entered that name this event as their causation, in the sheet's order
// and in one body.
type SheetRevealed struct {
	Of   uuid.UUID // the sheet.sealed
	Salt string    // the sheet's secret: 32 bytes in hex
}

func (*ScoreReturned) Type() Type    { return TypeScoreReturned }
func (*ExplanationFiled) Type() Type { return TypeExplanationFiled }
func (*SheetSealed) Type() Type      { return TypeSheetSealed }
func (*SheetRevealed) Type() Type    { return TypeSheetRevealed }

func (*ScoreReturned) Subject() SubjectRule    { return SubjectUnit }
func (*ExplanationFiled) Subject() SubjectRule { return SubjectUnit }
func (*SheetSealed) Subject() SubjectRule      { return SubjectNone }
func (*SheetRevealed) Subject() SubjectRule    { return SubjectNone }

func (p *ScoreReturned) fields(c *codec) {
	c.uuid("of", &p.Of, required)
	c.text("reason", &p.Reason, required)
}

func (p *ExplanationFiled) fields(c *codec) {
	c.files("evidence", &p.Evidence)
	c.uuid("of", &p.Of, required)
	c.words("text", &p.Text, required)
}

func (p *SheetSealed) fields(c *codec) {
	c.id("cluster", &p.Cluster, required)
	c.id("level", &p.Level, required)
	c.integer("marks", &p.Marks, required)
	c.limit("marks", "minimum", 1)
	c.limit("marks", "maximum", MaxSheetMarks)
	c.hash("root", &p.Root, required)
	c.id("scorer", &p.Scorer, required)
}

func (p *SheetRevealed) fields(c *codec) {
	c.uuid("of", &p.Of, required)
	c.hash("salt", &p.Salt, required)
}

// Validate accepts every return that the codec accepts.
func (p *ScoreReturned) Validate() error { return nil }

// Validate accepts every explanation that the codec accepts.
func (p *ExplanationFiled) Validate() error { return nil }

// Validate checks the number of marks.
func (p *SheetSealed) Validate() error {
	if p.Marks < 1 || p.Marks > MaxSheetMarks {
		return &FieldError{"marks", fmt.Sprintf("a sheet has 1 to %d marks, not %d", MaxSheetMarks, p.Marks)}
	}
	return nil
}

// Validate accepts every reveal that the codec accepts.
func (p *SheetRevealed) Validate() error { return nil }
