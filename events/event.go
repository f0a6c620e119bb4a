package events

import (
	"crypto/sha256"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Seq is an event's position in its campaign: the first event is 1, and 0 stands before the first.
// Sequences run through a campaign without gaps.
type Seq uint64

// Record is one event as signed, stored, hashed and exported: one canonical line, without its line feed.
// A record is never re-encoded; whoever needs its hash hashes these bytes.
type Record []byte

// Type names what happened, for example "score.entered".
type Type string

// Named is the type with its article, for sentences: "a score.entered", "an explanation.filed".
func (t Type) Named() string {
	if t != "" && strings.IndexByte("aeio", t[0]) >= 0 { // not u: a unit
		return "an " + string(t)
	}
	return "a " + string(t)
}

// Draft is what an author says, before the ledger has given it a place.
type Draft struct {
	ID        uuid.UUID // a version 7 UUID for new events, RowID for imported rows
	Campaign  string    // the id; the record's source is "/campaigns/" + Campaign
	Subject   string    // the unit spoken of; "" for events about no one unit
	Time      time.Time // when the author claims it happened; UTC, whole milliseconds
	Author    string    // the member who says it; in unsigned campaigns the scorer, or "import"
	Causation uuid.UUID // the event that caused this one (an import's rows name import.started); zero if none
	Payload   Payload
	Signature string // "ed25519:" and lower-case hex; "" when unsigned
}

// Event is an admitted draft at its place in the campaign.
type Event struct {
	Draft
	Seq      Seq
	Recorded time.Time // the server's time; UTC, whole milliseconds, never decreasing
	Record   Record    // the stored bytes
	// BatchLeaf is the record's BatchLeaf hash where whoever decoded it worked that out; zero otherwise. Decoding runs ahead of
	// admission on a core of its own.
	BatchLeaf [sha256.Size]byte
	// Verified is the key that the record's signature was looked at with ahead of admission, zero where nobody has looked; Forged says that
	// it was found bad under that key, otherwise it was found good.
	Verified PublicKey
	Forged   bool
}

// Stored is the event of a record that was decoded, at its place. Of a record that another one caused it works out the hash that an import's row is
// admitted by: one hash of the record.
func Stored(d Draft, seq Seq, recorded time.Time, r Record) Event {
	e := Event{Draft: d, Seq: seq, Recorded: recorded, Record: r}
	if d.Causation != uuid.Nil {
		e.BatchLeaf = BatchLeaf(r)
	}
	return e
}

// Proposal is a draft on its way to admission. With a Record it is stored verbatim or refused. Without one the ledger
// fills in what was left zero (ID, Campaign, Time, Author of an entry, Supersedes of an entry) and encodes it.
type Proposal struct {
	Draft
	Record   Record
	Verified PublicKey // see Event
	Forged   bool      // see Event
}

// SubjectRule says whether an event is about one unit, which is its subject then.
type SubjectRule uint8

// The subject rules.
const (
	SubjectNone  SubjectRule = iota // there is no subject
	SubjectUnit                     // the subject is a unit
	SubjectMaybe                    // the subject is a unit, or there is none: the members of no unit
)

// badSubject says what is wrong with a subject, "" if nothing is.
func (r SubjectRule) badSubject(t Type, subject string) string {
	switch {
	case r == SubjectNone && subject != "":
		return t.Named() + " is not about one unit; leave the subject out"
	case r == SubjectUnit && subject == "":
		return t.Named() + " is about one unit; name it here"
	case subject != "":
		return badID(subject)
	}
	return ""
}

// Payload is the closed set of things that can happen. Each is a pointer to a struct of this package.
type Payload interface {
	// Type is the event type the payload is stored under.
	Type() Type
	// Subject says whether the event's subject is a unit.
	Subject() SubjectRule
	// Validate says what is wrong with the payload as far as that shows without the campaign's state.
	Validate() error
	// fields names every field once, in key order; it serves reading and writing. It seals the set.
	fields(c *codec)
}

// newPayload makes an empty payload of type t, or nil for a type this program does not know.
func newPayload(t Type) Payload {
	switch t { // the most frequent first
	case TypeScoreEntered:
		return new(ScoreEntered)
	case TypeTargetSet:
		return new(TargetSet)
	case TypeEntryWithdrawn:
		return new(EntryWithdrawn)
	case TypeRecordEndorsed:
		return new(RecordEndorsed)
	}
	return newRarePayload(t)
}

// newRarePayload is newPayload for the types that a campaign has few of.
func newRarePayload(t Type) Payload {
	switch t {
	case TypeCampaignOpened:
		return new(CampaignOpened)
	case TypeTieDecided:
		return new(TieDecided)
	case TypeImportStarted:
		return new(ImportStarted)
	case TypeCampaignClosed:
		return new(CampaignClosed)
	case TypeUnitJoined:
		return new(UnitJoined)
	case TypeUnitWithdrawn:
		return new(UnitWithdrawn)
	case TypeMemberAppointed:
		return new(MemberAppointed)
	case TypeMemberRekeyed:
		return new(MemberRekeyed)
	case TypeMemberRemoved:
		return new(MemberRemoved)
	case TypeRegulationAmended:
		return new(RegulationAmended)
	case TypeStageAdvanced:
		return new(StageAdvanced)
	case TypeStandingsFrozen:
		return new(StandingsFrozen)
	case TypeStandingsRevealed:
		return new(StandingsRevealed)
	case TypePublicationStarted:
		return new(PublicationStarted)
	case TypeLedgerTakenOver:
		return new(LedgerTakenOver)
	case TypeDriveLaunched:
		return new(DriveLaunched)
	case TypeDriveClosed:
		return new(DriveClosed)
	case TypeReportFiled:
		return new(ReportFiled)
	case TypeCommendationRecorded:
		return new(CommendationRecorded)
	case TypeScoreReturned:
		return new(ScoreReturned)
	case TypeExplanationFiled:
		return new(ExplanationFiled)
	case TypeSheetSealed:
		return new(SheetSealed)
	case TypeSheetRevealed:
		return new(SheetRevealed)
	}
	return newAwardPayload(t)
}

// newAwardPayload is newPayload for the types from the evaluation of the units to their awards.
func newAwardPayload(t Type) Payload {
	switch t {
	case TypeEvaluationRecorded:
		return new(EvaluationRecorded)
	case TypeExclusionImposed:
		return new(ExclusionImposed)
	case TypeExclusionLifted:
		return new(ExclusionLifted)
	case TypeNominationProposed:
		return new(NominationProposed)
	case TypeNominationWithdrawn:
		return new(NominationWithdrawn)
	case TypeBallotOpened:
		return new(BallotOpened)
	case TypeBallotCast:
		return new(BallotCast)
	case TypeBallotTallied:
		return new(BallotTallied)
	case TypeBallotClosed:
		return new(BallotClosed)
	case TypeAwardProposed:
		return new(AwardProposed)
	case TypeAwardDecided:
		return new(AwardDecided)
	case TypeAwardRevoked:
		return new(AwardRevoked)
	case TypeAppealFiled:
		return new(AppealFiled)
	case TypeAppealDecided:
		return new(AppealDecided)
	case TypeDocumentIssued:
		return new(DocumentIssued)
	}
	return nil
}

// Types are all event types of this program, sorted.
func Types() []Type {
	return []Type{TypeAppealDecided, TypeAppealFiled, TypeAwardDecided, TypeAwardProposed, TypeAwardRevoked, TypeBallotCast,
		TypeBallotClosed, TypeBallotOpened, TypeBallotTallied, TypeCampaignClosed, TypeCampaignOpened, TypeCommendationRecorded,
		TypeDocumentIssued, TypeDriveClosed, TypeDriveLaunched, TypeEntryWithdrawn, TypeEvaluationRecorded, TypeExclusionImposed,
		TypeExclusionLifted, TypeExplanationFiled, TypeImportStarted, TypeLedgerTakenOver, TypeMemberAppointed, TypeMemberRekeyed, TypeMemberRemoved,
		TypeNominationProposed, TypeNominationWithdrawn, TypePublicationStarted, TypeRecordEndorsed, TypeRegulationAmended, TypeReportFiled, TypeScoreEntered, TypeScoreReturned,
		TypeSheetRevealed, TypeSheetSealed, TypeStageAdvanced, TypeStandingsFrozen, TypeStandingsRevealed, TypeTargetSet,
		TypeTieDecided, TypeUnitJoined, TypeUnitWithdrawn}
}
