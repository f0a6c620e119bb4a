package events

import (
	"github.com/google/uuid"
)

// The types of awards, appeals and documents.
const (
	TypeAwardProposed  Type = "award.proposed"
	TypeAwardDecided   Type = "award.decided"
	TypeAwardRevoked   Type = "award.revoked"
	TypeAppealFiled    Type = "appeal.filed"
	TypeAppealDecided  Type = "appeal.decided"
	TypeDocumentIssued Type = "document.issued"
)

// What an authority makes of a proposal.
const (
	AwardGranted    = "granted"
	AwardRefused    = "refused"
	AwardOtherLevel = "other-level" // another award of the regulation is granted instead
)

// What becomes of an appeal.
const (
	AppealUpheld    = "upheld"
	AppealDismissed = "dismissed"
)

// The kinds of documents.
const (
	DocumentMinutes  = "minutes"  // of the deliberation
	DocumentTally    = "tally"    // of a ballot
	DocumentProposal = "proposal" // to the authority
	DocumentSheet    = "sheet"    // a unit's marks at one level
	DocumentSummary  = "summary"  // all units and criteria
	DocumentDossier  = "dossier"  // all of these in one file
)

// AwardProposed asks the authority for an award. It is the cluster's word and decides nothing.
type AwardProposed struct {
	Award   string
	Ballot  string // that carried it; "" where the regulation asks for none
	Cluster string
	Note    string
}

// AwardDecided is the authority's decision on a proposal.
type AwardDecided struct {
	Appeal   uuid.UUID // the upheld appeal.decided that a second decision follows
	Award    string    // required with AwardOtherLevel: what is granted instead
	Basis    string    // "transcribed" where the authority said it on paper
	Decision Decision
	Note     string
	Of       uuid.UUID // the award.proposed
	Outcome  string    // AwardGranted …
}

// AwardRevoked takes a granted award away.
type AwardRevoked struct {
	Appeal   uuid.UUID // the upheld appeal.decided it follows, if it follows one
	Basis    string
	Decision Decision
	Ground   Words
	Of       uuid.UUID // the award.decided
}

// AppealFiled objects to an event: a mark, a ballot, a proposal, a decision.
type AppealFiled struct {
	Evidence []File
	Ground   Words
	Of       uuid.UUID
}

// AppealDecided answers an appeal. What an upheld one changes are later events that name it.
type AppealDecided struct {
	Basis    string
	Decision Decision
	Of       uuid.UUID // the appeal.filed
	Outcome  string    // AppealUpheld …
	Reason   string
}

// DocumentIssued logs a document that was made of the campaign, with all that it takes to make it again, or its signed copy.
type DocumentIssued struct {
	Award     string
	Ballot    string
	Chair     string // as it stands on the document, as are Number, Place, Secretary and Venue
	Cluster   string
	Evidence  []File // the document's file, where it is kept
	Kind      string // DocumentMinutes …
	Lang      string // "vi" or "en"
	Level     string
	Name      string // of the file, for people
	Number    string
	Of        uuid.UUID // the document.issued whose signed copy this is
	Place     string
	Secretary string
	Seq       int    // the last event that it takes into account
	SHA256    string // of the file, hex
	Venue     string
}

func (*AwardProposed) Type() Type  { return TypeAwardProposed }
func (*AwardDecided) Type() Type   { return TypeAwardDecided }
func (*AwardRevoked) Type() Type   { return TypeAwardRevoked }
func (*AppealFiled) Type() Type    { return TypeAppealFiled }
func (*AppealDecided) Type() Type  { return TypeAppealDecided }
func (*DocumentIssued) Type() Type { return TypeDocumentIssued }

func (*AwardProposed) Subject() SubjectRule  { return SubjectUnit }
func (*AwardDecided) Subject() SubjectRule   { return SubjectUnit }
func (*AwardRevoked) Subject() SubjectRule   { return SubjectUnit }
func (*AppealFiled) Subject() SubjectRule    { return SubjectUnit }
func (*AppealDecided) Subject() SubjectRule  { return SubjectUnit }
func (*DocumentIssued) Subject() SubjectRule { return SubjectMaybe }

func (p *AwardProposed) fields(c *codec) {
	c.id("award", &p.Award, required)
	c.id("ballot", &p.Ballot, optional)
	c.id("cluster", &p.Cluster, required)
	c.text("note", &p.Note, optional)
}

func (p *AwardDecided) fields(c *codec) {
	c.uuid("appeal", &p.Appeal, optional)
	c.id("award", &p.Award, optional)
	c.basis(&p.Basis, &p.Decision)
	c.text("note", &p.Note, optional)
	c.uuid("of", &p.Of, required)
	c.word("outcome", &p.Outcome, required, AwardGranted, AwardRefused, AwardOtherLevel)
	c.needsWhen("outcome", AwardOtherLevel, "award")
	c.onlyWhen("outcome", AwardOtherLevel, "award")
}

func (p *AwardRevoked) fields(c *codec) {
	c.uuid("appeal", &p.Appeal, optional)
	c.basis(&p.Basis, &p.Decision)
	c.words("ground", &p.Ground, required)
	c.uuid("of", &p.Of, required)
}

func (p *AppealFiled) fields(c *codec) {
	c.files("evidence", &p.Evidence)
	c.words("ground", &p.Ground, required)
	c.uuid("of", &p.Of, required)
}

func (p *AppealDecided) fields(c *codec) {
	c.basis(&p.Basis, &p.Decision)
	c.uuid("of", &p.Of, required)
	c.word("outcome", &p.Outcome, required, AppealUpheld, AppealDismissed)
	c.text("reason", &p.Reason, required)
}

func (p *DocumentIssued) fields(c *codec) {
	c.id("award", &p.Award, optional)
	c.id("ballot", &p.Ballot, optional)
	c.text("chair", &p.Chair, optional)
	c.id("cluster", &p.Cluster, optional)
	c.files("evidence", &p.Evidence)
	c.word("kind", &p.Kind, required, DocumentMinutes, DocumentTally, DocumentProposal, DocumentSheet, DocumentSummary, DocumentDossier)
	c.word("lang", &p.Lang, required, "vi", "en")
	c.id("level", &p.Level, optional)
	c.text("name", &p.Name, required)
	c.text("number", &p.Number, optional)
	c.uuid("of", &p.Of, optional)
	c.text("place", &p.Place, optional)
	c.text("secretary", &p.Secretary, optional)
	c.integer("seq", &p.Seq, required)
	c.limit("seq", "minimum", 1)
	c.hash("sha256", &p.SHA256, required)
	c.text("venue", &p.Venue, optional)
}

// Validate accepts every proposal that the codec accepts.
func (p *AwardProposed) Validate() error { return nil }

// Validate checks that another level is named where one is granted, and the paper.
func (p *AwardDecided) Validate() error {
	switch {
	case p.Outcome == AwardOtherLevel && p.Award == "":
		return &FieldError{"award", "say which award is granted instead"}
	case p.Outcome != AwardOtherLevel && p.Award != "":
		return &FieldError{"award", "the proposal names the award; leave it out, or write outcome " + AwardOtherLevel}
	}
	return checkBasis(p.Basis, p.Decision)
}

// Validate checks the paper.
func (p *AwardRevoked) Validate() error { return checkBasis(p.Basis, p.Decision) }

// Validate accepts every appeal that the codec accepts.
func (p *AppealFiled) Validate() error { return nil }

// Validate checks the paper.
func (p *AppealDecided) Validate() error { return checkBasis(p.Basis, p.Decision) }

// Validate checks the sequence.
func (p *DocumentIssued) Validate() error {
	if p.Seq < 1 {
		return &FieldError{"seq", "a document holds the campaign up to an event, from 1"}
	}
	return nil
}
