package events

import (
	"github.com/google/uuid"
)

// The types of the events that open and close a campaign and that make its standings.
const (
	TypeCampaignOpened Type = "campaign.opened"
	TypeTargetSet      Type = "target.set"
	TypeScoreEntered   Type = "score.entered"
	TypeEntryWithdrawn Type = "entry.withdrawn"
	TypeTieDecided     Type = "tie.decided"
	TypeImportStarted  Type = "import.started"
	TypeCampaignClosed Type = "campaign.closed"
)

// RulesVersion is the newest version of the admission rules this program keeps; campaign.opened names the one its
// campaign is judged by.
const RulesVersion = 1

// CampaignOpened is record 1 of every campaign; it carries the whole regulation.
type CampaignOpened struct {
	Regulation   *Regulation
	Rules        int    // version of the admission rules, 1..RulesVersion
	SHA256       string // of the regulation's canonical bytes, hex
	SourceName   string // the file the regulation was read from
	SourceSHA256 string // of that file, hex
}

// TargetSet sets the target T of a target leaf for one unit. A unit and leaf have one target; a later one supersedes it.
type TargetSet struct {
	Cluster    string
	Criterion  string
	Scorer     string    // the assigner; never the unit itself
	Target     Decimal   // > 0
	Appeal     uuid.UUID // the upheld appeal.decided that a later correction follows
	Supersedes uuid.UUID
	Reason     string // required with Supersedes
}

// MarkKind tells what a mark says. Missing is not a mark: it is the absence of one.
type MarkKind uint8

// The kinds of marks.
const (
	MarkPoints    MarkKind = iota + 1 // points, for graded and adjustment leaves
	MarkActual                        // a measured result, for target, proportional, passfail and count leaves
	MarkPlace                         // a place from 1, for ordinal leaves
	MarkAbstained                     // the scorer had the right and did not use it
	MarkRecused                       // the scorer stood aside
)

// Mark is what one scorer says of one unit on one leaf.
type Mark struct {
	Kind   MarkKind
	Amount Decimal // points, actual or place; 0 for abstained and recused
}

// HasValue reports whether the mark takes part in the aggregate.
func (m Mark) HasValue() bool {
	return m.Kind == MarkPoints || m.Kind == MarkActual || m.Kind == MarkPlace
}

// ScoreEntered is one scorer's mark for one unit on one leaf at one review level.
type ScoreEntered struct {
	Cluster    string
	Criterion  string
	Level      string
	Scorer     string
	Mark       Mark
	Item       string // tells several entries of one scorer on one adjustment leaf apart
	Basis      string // for example "transcribed"
	Evidence   string
	Regulation int       // version of the regulation, from 2 on; 0 is the first
	Appeal     uuid.UUID // the upheld appeal.decided that a later correction follows
	Supersedes uuid.UUID
	Reason     string // required with Supersedes
}

// EntryWithdrawn takes a score.entered or target.set out of account; the record of it stays.
type EntryWithdrawn struct {
	Appeal uuid.UUID // the upheld appeal.decided that a later correction follows
	Of     uuid.UUID
	Reason string
}

// TieDecided orders units that tie at Points. It holds only while exactly these units tie at exactly these points.
type TieDecided struct {
	Cluster string
	Order   []string // units, best first; at least two
	Points  Decimal
	Reason  string
}

// Batch is one part of an import that stands in one commit.
type Batch struct {
	Root string // RFC 6962 root over the batch's records, hex
	Rows int    // 1..MaxBatchRows
}

// ImportStarted announces the rows of one file; they follow it in order and name it as their causation.
type ImportStarted struct {
	Batches []Batch
	File    string
	Rows    int    // the sum over Batches
	SHA256  string // of the file, hex
}

// CampaignClosed ends a campaign.
type CampaignClosed struct {
	Reason string
}

// Type, Subject: see Payload.

func (*CampaignOpened) Type() Type { return TypeCampaignOpened }
func (*TargetSet) Type() Type      { return TypeTargetSet }
func (*ScoreEntered) Type() Type   { return TypeScoreEntered }
func (*EntryWithdrawn) Type() Type { return TypeEntryWithdrawn }
func (*TieDecided) Type() Type     { return TypeTieDecided }
func (*ImportStarted) Type() Type  { return TypeImportStarted }
func (*CampaignClosed) Type() Type { return TypeCampaignClosed }

func (*CampaignOpened) Subject() SubjectRule { return SubjectNone }
func (*TargetSet) Subject() SubjectRule      { return SubjectUnit }
func (*ScoreEntered) Subject() SubjectRule   { return SubjectUnit }
func (*EntryWithdrawn) Subject() SubjectRule { return SubjectUnit }
func (*TieDecided) Subject() SubjectRule     { return SubjectNone }
func (*ImportStarted) Subject() SubjectRule  { return SubjectNone }
func (*CampaignClosed) Subject() SubjectRule { return SubjectNone }

func (p *CampaignOpened) fields(c *codec) {
	c.noDraft("regulation", "a campaign is opened from a regulation file; use campaign open")
	c.regulation("regulation", &p.Regulation)
	c.integer("rules", &p.Rules, required)
	c.limit("rules", "minimum", 1)
	c.limit("rules", "maximum", RulesVersion)
	c.hash("sha256", &p.SHA256, required)
	c.object("source", func(c *codec) {
		c.text("name", &p.SourceName, required)
		c.hash("sha256", &p.SourceSHA256, required)
	})
}

func (p *TargetSet) fields(c *codec) {
	c.uuid("appeal", &p.Appeal, optional)
	c.id("cluster", &p.Cluster, required)
	c.criterion("criterion", &p.Criterion, required)
	c.text("reason", &p.Reason, optional)
	c.id("scorer", &p.Scorer, required)
	c.uuid("supersedes", &p.Supersedes, optional)
	c.decimal("target", &p.Target)
	c.above0("target")
	c.needs("supersedes", "reason")
}

func (p *ScoreEntered) fields(c *codec) {
	c.mark("actual", MarkActual, &p.Mark)
	c.uuid("appeal", &p.Appeal, optional)
	c.id("basis", &p.Basis, optional)
	c.id("cluster", &p.Cluster, required)
	c.criterion("criterion", &p.Criterion, required)
	c.text("evidence", &p.Evidence, optional)
	c.text("item", &p.Item, optional)
	c.id("level", &p.Level, required)
	c.absence("mark", &p.Mark)
	c.mark("place", MarkPlace, &p.Mark)
	c.mark("points", MarkPoints, &p.Mark)
	c.text("reason", &p.Reason, optional)
	c.integer("regulation", &p.Regulation, optional)
	c.limit("regulation", "minimum", 2)
	c.id("scorer", &p.Scorer, required)
	c.uuid("supersedes", &p.Supersedes, optional)
	c.one("actual", "mark", "place", "points")
	c.needs("supersedes", "reason")
}

func (p *EntryWithdrawn) fields(c *codec) {
	c.uuid("appeal", &p.Appeal, optional)
	c.uuid("of", &p.Of, required)
	c.text("reason", &p.Reason, required)
}

func (p *TieDecided) fields(c *codec) {
	c.id("cluster", &p.Cluster, required)
	c.ids("order", &p.Order, required)
	c.limit("order", "minItems", 2)
	c.distinct("order")
	c.decimal("points", &p.Points)
	c.text("reason", &p.Reason, required)
}

func (p *ImportStarted) fields(c *codec) {
	list(c, "batches", &p.Batches, required, func(c *codec, b *Batch) {
		c.hash("root", &b.Root, required)
		c.integer("rows", &b.Rows, required)
		c.limit("rows", "minimum", 1)
		c.limit("rows", "maximum", MaxBatchRows)
	})
	c.text("file", &p.File, required)
	c.integer("rows", &p.Rows, required)
	c.hash("sha256", &p.SHA256, required)
}

func (p *CampaignClosed) fields(c *codec) {
	c.text("reason", &p.Reason, optional)
}
