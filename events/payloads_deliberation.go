package events

import (
	"fmt"

	"github.com/google/uuid"
)

// The types of the deliberation: what is said of the units, who is barred, who is nominated.
const (
	TypeEvaluationRecorded  Type = "evaluation.recorded"
	TypeExclusionImposed    Type = "exclusion.imposed"
	TypeExclusionLifted     Type = "exclusion.lifted"
	TypeNominationProposed  Type = "nomination.proposed"
	TypeNominationWithdrawn Type = "nomination.withdrawn"
)

// Finding is one strength or shortcoming.
type Finding struct {
	Criterion string // a leaf or group it is about, or ""
	Drive     string // a drive it is about, or ""
	Text      string
}

// EvaluationRecorded is what one evaluator, its author, finds of a unit. Several may differ. A consensus one names the evaluations it
// weighs and replaces none of them.
type EvaluationRecorded struct {
	Awards         []string    // that the unit is recommended for
	Cluster        string      //
	Consensus      []uuid.UUID // the evaluations that a consensus is drawn from; none: one evaluator's own
	Reason         string      // required with Supersedes
	Recommendation string
	Shortcomings   []Finding
	Strengths      []Finding
	Supersedes     uuid.UUID // the author's own earlier evaluation of the unit
}

// Basis says who stands behind a decision that the author does not make itself.
const BasisTranscribed = "transcribed"

// Decision is a decision on paper.
type Decision struct {
	Date      string // YYYY-MM-DD
	Number    string
	Scan      string // SHA-256 of the scanned paper, hex
	Signatory string
}

// ExclusionImposed bars a unit from awards, not from the standings.
type ExclusionImposed struct {
	Awards   []string // barred from these; none: from all
	Basis    string   // "transcribed" where the authority said it on paper
	Decision Decision
	Evidence []File
	From     string // first day, YYYY-MM-DD
	Ground   Words
	To       string // last day; "": until it is lifted
}

// ExclusionLifted ends an exclusion before its last day.
type ExclusionLifted struct {
	Basis    string
	Decision Decision
	Of       uuid.UUID // the exclusion.imposed
	Reason   string
}

// StandingsRef names standings by the last event that they hold and the SHA-256, in hex, of the line that `standings -o json` prints for
// that event, its line feed included.
type StandingsRef struct {
	Seq    int
	SHA256 string
}

// NominationProposed names a unit for an award.
type NominationProposed struct {
	Award     string
	Cluster   string
	Reason    string // required where the unit is out of standing order
	Standings StandingsRef
}

// NominationWithdrawn takes a nomination back.
type NominationWithdrawn struct {
	Of     uuid.UUID
	Reason string
}

func (*EvaluationRecorded) Type() Type  { return TypeEvaluationRecorded }
func (*ExclusionImposed) Type() Type    { return TypeExclusionImposed }
func (*ExclusionLifted) Type() Type     { return TypeExclusionLifted }
func (*NominationProposed) Type() Type  { return TypeNominationProposed }
func (*NominationWithdrawn) Type() Type { return TypeNominationWithdrawn }

func (*EvaluationRecorded) Subject() SubjectRule  { return SubjectUnit }
func (*ExclusionImposed) Subject() SubjectRule    { return SubjectUnit }
func (*ExclusionLifted) Subject() SubjectRule     { return SubjectUnit }
func (*NominationProposed) Subject() SubjectRule  { return SubjectUnit }
func (*NominationWithdrawn) Subject() SubjectRule { return SubjectUnit }

func (p *EvaluationRecorded) fields(c *codec) {
	c.ids("awards", &p.Awards, optional)
	c.distinct("awards")
	c.id("cluster", &p.Cluster, required)
	c.uuids("consensus", &p.Consensus)
	c.text("reason", &p.Reason, optional)
	c.text("recommendation", &p.Recommendation, required)
	c.findings("shortcomings", &p.Shortcomings)
	c.findings("strengths", &p.Strengths)
	c.uuid("supersedes", &p.Supersedes, optional)
	c.some("shortcomings", "strengths")
	c.needs("supersedes", "reason")
}

func (c *codec) findings(key string, v *[]Finding) {
	list(c, key, v, optional, func(c *codec, f *Finding) {
		c.criterion("criterion", &f.Criterion, optional)
		c.id("drive", &f.Drive, optional)
		c.text("text", &f.Text, required)
	})
	c.limit(key, "maxItems", MaxFindings)
	if c.err == nil && len(*v) > MaxFindings {
		c.fail(key, "at most %d findings, not %d", MaxFindings, len(*v))
	}
}

// basis carries whether somebody else's decision is transcribed, and the paper it stands on.
func (c *codec) basis(basis *string, d *Decision) {
	c.word("basis", basis, optional, BasisTranscribed)
	c.needsWhen("basis", BasisTranscribed, "decision")
	c.decision(d)
}

// decision carries the paper of a decision, if there is one.
func (c *codec) decision(d *Decision) {
	c.maybe("decision", *d != Decision{}, func(c *codec) {
		c.date("date", &d.Date, required)
		c.text("number", &d.Number, required)
		c.hash("scan", &d.Scan, required)
		c.text("signatory", &d.Signatory, required)
	})
}

// checkBasis checks that what is transcribed has its paper.
func checkBasis(basis string, d Decision) error {
	if basis == BasisTranscribed && d == (Decision{}) {
		return &FieldError{"decision", "who transcribes a decision gives its number, date, signatory and the hash of its scan"}
	}
	return nil
}

func (p *ExclusionImposed) fields(c *codec) {
	c.ids("awards", &p.Awards, optional)
	c.distinct("awards")
	c.basis(&p.Basis, &p.Decision)
	c.files("evidence", &p.Evidence)
	c.date("from", &p.From, required)
	c.words("ground", &p.Ground, required)
	c.date("to", &p.To, optional)
}

func (p *ExclusionLifted) fields(c *codec) {
	c.basis(&p.Basis, &p.Decision)
	c.uuid("of", &p.Of, required)
	c.text("reason", &p.Reason, required)
}

// standings carries a reference to standings.
func (c *codec) standings(v *StandingsRef) {
	c.object("standings", func(c *codec) {
		c.integer("seq", &v.Seq, required)
		c.limit("seq", "minimum", 1)
		c.hash("sha256", &v.SHA256, required)
	})
}

// check refuses standings before the first event.
func (r StandingsRef) check() error {
	if r.Seq < 1 {
		return &FieldError{"standings", "the standings are named by the last event that they hold, from 1"}
	}
	return nil
}

func (p *NominationProposed) fields(c *codec) {
	c.id("award", &p.Award, required)
	c.id("cluster", &p.Cluster, required)
	c.text("reason", &p.Reason, optional)
	c.standings(&p.Standings)
}

func (p *NominationWithdrawn) fields(c *codec) {
	c.uuid("of", &p.Of, required)
	c.text("reason", &p.Reason, required)
}

// Validate checks that something was found, and that a replacement has its reason.
func (p *EvaluationRecorded) Validate() error {
	switch {
	case len(p.Strengths)+len(p.Shortcomings) == 0:
		return &FieldError{"strengths", "an evaluation names at least one strength or shortcoming"}
	case repeated(p.Awards) != "":
		return &FieldError{"awards", repeated(p.Awards) + " is named twice"}
	case repeatedID(p.Consensus):
		return &FieldError{"consensus", "an evaluation is named twice"}
	}
	return checkReason(p.Supersedes, p.Reason)
}

// repeatedID reports whether an id stands twice in the list.
func repeatedID(list []uuid.UUID) bool {
	seen := make(map[uuid.UUID]bool, len(list))
	for _, id := range list {
		if seen[id] {
			return true
		}
		seen[id] = true
	}
	return false
}

// Validate checks the period and the paper.
func (p *ExclusionImposed) Validate() error {
	switch {
	case p.To != "" && p.To < p.From:
		return &FieldError{"to", "the exclusion ends before it starts; put the two dates right"}
	case repeated(p.Awards) != "":
		return &FieldError{"awards", fmt.Sprintf("%s is named twice", repeated(p.Awards))}
	}
	return checkBasis(p.Basis, p.Decision)
}

// Validate checks the paper.
func (p *ExclusionLifted) Validate() error { return checkBasis(p.Basis, p.Decision) }

// Validate checks that the standings are named.
func (p *NominationProposed) Validate() error { return p.Standings.check() }

// Validate accepts every withdrawal that the codec accepts.
func (p *NominationWithdrawn) Validate() error { return nil }
