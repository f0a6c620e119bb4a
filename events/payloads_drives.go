package events

import (
	"github.com/google/uuid"
)

// The types of the year's work beside the scores.
const (
	TypeDriveLaunched        Type = "drive.launched"
	TypeDriveClosed          Type = "drive.closed"
	TypeReportFiled          Type = "report.filed"
	TypeCommendationRecorded Type = "commendation.recorded"
)

// DrivePeak is the kind of a peak drive.
const DrivePeak = "peak"

// DriveLaunched begins a drive.
type DriveLaunched struct {
	Drive        string // its id
	Cluster      string // "": all clusters
	Title        string
	Goal         string
	Kind         string // DrivePeak, or ""
	Starts, Ends string // first and last day, YYYY-MM-DD
}

// DriveClosed ends a drive.
type DriveClosed struct {
	Drive  string
	Result string
}

// ReportFiled is a unit's report on a period, or on a drive.
type ReportFiled struct {
	Drive      string // "": a periodic report
	From, To   string // first and last day of the period, YYYY-MM-DD
	Text       Words
	Person     Words // whom it is about, where it is about one
	Evidence   []File
	Supersedes uuid.UUID // an earlier report on the same
	Reason     string    // required with Supersedes
}

// The kinds of commendation.
const (
	CommendAdHoc    = "ad-hoc"
	CommendThematic = "thematic"
	CommendExemplar = "exemplar"
)

// CommendationRecorded commends a unit, or somebody of it. It does not touch the standings.
type CommendationRecorded struct {
	Drive  string // "": none
	Kind   string // CommendAdHoc …
	Merit  Words  // what for
	Person Words  // whom; not given: the unit
	Theme  string
}

func (*DriveLaunched) Type() Type        { return TypeDriveLaunched }
func (*DriveClosed) Type() Type          { return TypeDriveClosed }
func (*ReportFiled) Type() Type          { return TypeReportFiled }
func (*CommendationRecorded) Type() Type { return TypeCommendationRecorded }

func (*DriveLaunched) Subject() SubjectRule        { return SubjectNone }
func (*DriveClosed) Subject() SubjectRule          { return SubjectNone }
func (*ReportFiled) Subject() SubjectRule          { return SubjectUnit }
func (*CommendationRecorded) Subject() SubjectRule { return SubjectUnit }

func (p *DriveLaunched) fields(c *codec) {
	c.id("cluster", &p.Cluster, optional)
	c.id("drive", &p.Drive, required)
	c.date("ends", &p.Ends, required)
	c.text("goal", &p.Goal, optional)
	c.word("kind", &p.Kind, optional, DrivePeak)
	c.date("starts", &p.Starts, required)
	c.text("title", &p.Title, required)
}

func (p *DriveClosed) fields(c *codec) {
	c.id("drive", &p.Drive, required)
	c.text("result", &p.Result, optional)
}

func (p *ReportFiled) fields(c *codec) {
	c.id("drive", &p.Drive, optional)
	c.files("evidence", &p.Evidence)
	c.date("from", &p.From, required)
	c.words("person", &p.Person, optional)
	c.text("reason", &p.Reason, optional)
	c.uuid("supersedes", &p.Supersedes, optional)
	c.words("text", &p.Text, required)
	c.date("to", &p.To, required)
	c.needs("supersedes", "reason")
}

func (p *CommendationRecorded) fields(c *codec) {
	c.id("drive", &p.Drive, optional)
	c.word("kind", &p.Kind, required, CommendAdHoc, CommendThematic, CommendExemplar)
	c.words("merit", &p.Merit, required)
	c.words("person", &p.Person, optional)
	c.text("theme", &p.Theme, optional)
	c.needsWhen("kind", CommendThematic, "theme")
}

// Validate checks that the drive does not end before it starts.
func (p *DriveLaunched) Validate() error {
	if p.Ends < p.Starts {
		return &FieldError{"ends", "the drive ends before it starts; put the two dates right"}
	}
	return nil
}

// Validate accepts every closing that the codec accepts.
func (p *DriveClosed) Validate() error { return nil }

// Validate checks the period and that a replacement has its reason.
func (p *ReportFiled) Validate() error {
	if p.To < p.From {
		return &FieldError{"to", "the period ends before it starts; put the two dates right"}
	}
	return checkReason(p.Supersedes, p.Reason)
}

// Validate checks that a thematic commendation has its theme.
func (p *CommendationRecorded) Validate() error {
	if p.Kind == CommendThematic && p.Theme == "" {
		return &FieldError{"theme", "a thematic commendation names its theme"}
	}
	return nil
}
