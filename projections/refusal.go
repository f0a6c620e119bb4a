package projections

import (
	"fmt"
	"time"
)

// Code names why a draft was refused; it is stable and meant for programs.
type Code string

// The codes of refusals.
const (
	CodeNotOpen         Code = "not-open"         // the campaign has no opening yet
	CodeOpened          Code = "already-open"     // a second opening
	CodeWrongCampaign   Code = "wrong-campaign"   // the record names another campaign
	CodeUnsigned        Code = "unsigned"         // a signed record, or what needs members, in an unsigned campaign
	CodeSignature       Code = "signature"        // not signed, or not by the author's key over this record in this campaign
	CodeMember          Code = "member"           // no such member, or one that was removed; an id that is taken
	CodeKey             Code = "key"              // a key that is taken, or not proved
	CodeNotJoined       Code = "not-joined"       // the unit has not joined, or has withdrawn
	CodeJoined          Code = "joined"           // the unit has joined already
	CodeRole            Code = "role"             // the author's role or unit may not say this
	CodeStage           Code = "stage"            // the campaign's stage does not allow it
	CodeBlocked         Code = "blocked"          // something blocks the next stage
	CodeFrozen          Code = "frozen"           // frozen already, or not frozen
	CodeConflict        Code = "conflict"         // a conflict of interest
	CodeEndorse         Code = "endorse"          // an endorsement of what takes none, or of another record
	CodeLate            Code = "late"             // after a deadline that refuses
	CodeEvidence        Code = "evidence"         // evidence that is missing or not named as it must be
	CodeReturned        Code = "returned"         // a return of what is returned already
	CodeSealed          Code = "sealed"           // a mark at a sealed level outside its sheet, or a sheet that can't be
	CodeSealedMismatch  Code = "sealed-mismatch"  // marks that are not those that were sealed
	CodeDrive           Code = "drive"            // no such drive, or one that is closed or launched already
	CodeUnknownAward    Code = "unknown-award"    // no such award
	CodeExcluded        Code = "excluded"         // the unit is excluded from the award on that day; or an exclusion that is over
	CodeNominated       Code = "nominated"        // not nominated, or nominated already
	CodePlaces          Code = "places"           // more nominees, proposals or grants than there are places, or not among the first
	CodeOrder           Code = "order"            // a nominee out of standing order without a reason
	CodeStandings       Code = "standings"        // standings that are not those of now, or not what they are said to be
	CodeFlagged         Code = "flagged"          // what it rests on may have changed and was not looked at again
	CodeBallot          Code = "ballot"           // no such ballot, one that is not open, or not as the regulation wants it
	CodeVoter           Code = "voter"            // who may not vote, or has voted
	CodeTally           Code = "tally"            // a count that does not add up, or is not of the nominees
	CodeNotCarried      Code = "not-carried"      // the ballot did not carry it
	CodeProposal        Code = "proposal"         // not proposed, proposed or decided already
	CodeAppeal          Code = "appeal"           // no upheld appeal, or one that was decided
	CodeDocument        Code = "document"         // a document of what is not there yet
	CodeQuota           Code = "quota"            // more than one member, or a campaign, may store
	CodeClosed          Code = "closed"           // the campaign is closed
	CodeTime            Code = "time"             // the claimed time is not allowed
	CodeRecorded        Code = "recorded-time"    // recorded times run backwards
	CodeUnknownCluster  Code = "unknown-cluster"  // no such cluster
	CodeUnknownUnit     Code = "unknown-unit"     // no such unit in the cluster
	CodeUnknownLeaf     Code = "unknown-leaf"     // no such criterion, or a group
	CodeUnknownLevel    Code = "unknown-level"    // no such review level
	CodeUnknownEvent    Code = "unknown-event"    // an event id that names nothing usable
	CodeNotAssigned     Code = "not-assigned"     // the leaf is not assigned to the unit
	CodeScorer          Code = "scorer"           // the level does not let this scorer score this unit
	CodeMarkKind        Code = "mark-kind"        // the leaf's method takes another kind of mark
	CodeRange           Code = "range"            // out of the leaf's range
	CodeItem            Code = "item"             // an item on a leaf that has none
	CodeSecondScorer    Code = "second-scorer"    // a second scorer on a leaf of one
	CodeSupersedes      Code = "supersedes"       // replaces what is not current, or does not say what it replaces
	CodeReason          Code = "reason"           // a change without a reason
	CodePlaceTaken      Code = "place-taken"      // a scorer gave one place to two units
	CodeImport          Code = "import"           // a row that its import did not announce
	CodeImportRunning   Code = "import-running"   // another draft between an import's rows
	CodeRegulation      Code = "regulation"       // an unknown version of the regulation
	CodeTakenOver       Code = "taken-over"       // a take-over of what is no untouched copy, or is signed by another key
	CodeDuplicateID     Code = "duplicate-id"     // an event id that is in the log already
	CodeWrongSequence   Code = "wrong-sequence"   // not the next event
	CodeUnsupportedType Code = "unsupported-type" // a payload without an admission rule
)

// Refusal says why a draft is not admitted and what to do. It changes nothing.
type Refusal struct {
	Code    Code
	Field   string // the field of the draft that is at fault; "" for the draft as a whole
	Problem string
	Remedy  string
	until   time.Time
}

func (r *Refusal) Error() string {
	if r.Remedy == "" {
		return r.Problem
	}
	return r.Problem + "; " + r.Remedy
}

// RetryAt is when the same draft may be admitted after all, as recorded time; zero if waiting does not help.
func (r *Refusal) RetryAt() time.Time { return r.until }

// refuse makes a refusal; the problem is a format for args.
func refuse(code Code, field, remedy, problem string, args ...any) *Refusal {
	return &Refusal{Code: code, Field: field, Remedy: remedy, Problem: fmt.Sprintf(problem, args...)}
}
