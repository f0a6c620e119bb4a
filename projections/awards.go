package projections

import (
	"campaignledger/events"
)

// Awards is how the campaign stands from the evaluation of its units to their awards. It does not change once it was given out.
type Awards struct {
	Campaign  string          `json:"campaign"`
	Signed    bool            `json:"signed"`
	Notice    string          `json:"notice,omitempty"`
	Seq       events.Seq      `json:"seq"`
	Awards    []AwardState    `json:"awards"` // in the order of clusters and of the regulation
	Units     []UnitRecord    `json:"units"`  // in the order of clusters and units
	Appeals   []AppealState   `json:"appeals"`
	Documents []DocumentState `json:"documents"`
}

// AwardState is one award in one cluster.
type AwardState struct {
	Cluster   string         `json:"cluster"`
	Award     string         `json:"award"`
	Title     string         `json:"title"`
	Authority string         `json:"authority,omitempty"`
	Places    int            `json:"places"`
	Within    string         `json:"within,omitempty"`
	Quota     *QuotaState    `json:"quota,omitempty"`
	Nominees  []NomineeState `json:"nominees"` // in the order of their nominations
	Ballots   []BallotState  `json:"ballots"`  // in the order of their openings
}

// QuotaState is how many of an award the whole campaign may get. A campaign of one cluster can't know: the share is counted over clusters.
type QuotaState struct {
	Of       string `json:"of"`
	Share    string `json:"share"`    // like "1/5"
	Counted  int    `json:"counted"`  // units proposed for Of, or for an award within it, neither refused nor revoked
	Most     int    `json:"most"`     // of this award
	Granted  int    `json:"granted"`  // by decisions in force
	Rounding string `json:"rounding"` // down, up or half-up
	Computed bool   `json:"computed"` // false where the campaign has one cluster
}

// NomineeState is a nominee and what became of it.
type NomineeState struct {
	Unit         string           `json:"unit"`
	Title        string           `json:"title"`
	Rank         int              `json:"rank"`   // in the standings that the nomination names
	Points       string           `json:"points"` // there
	RankNow      int              `json:"rankNow"`
	PointsNow    string           `json:"pointsNow"`
	Nomination   events.Seq       `json:"nomination"`
	By           string           `json:"by"`
	ByUnit       string           `json:"byUnit,omitempty"`
	Reason       string           `json:"reason,omitempty"` // of a nomination out of standing order
	Standings    StandingsName    `json:"standings"`
	Flagged      events.Seq       `json:"flagged,omitempty"`  // the event since which it has to be looked at again
	Reviewed     events.Seq       `json:"reviewed,omitempty"` // the last event by which it was
	Withdrawn    events.Seq       `json:"withdrawn,omitempty"`
	Exclusions   []events.Seq     `json:"exclusions,omitempty"` // in force on the last event's day
	Proposed     events.Seq       `json:"proposed,omitempty"`
	Ballot       string           `json:"ballot,omitempty"` // that the proposal names
	Decisions    []AwardDecision  `json:"decisions,omitempty"`
	Notices      []Notice         `json:"notices,omitempty"`      // of decisions, proved by received
	Publications []PublicityState `json:"publications,omitempty"` // of the nomination, the proposal, the ballot or the decision
}

// StandingsName names standings as events do.
type StandingsName struct {
	Seq    events.Seq `json:"seq"`
	SHA256 string     `json:"sha256"`
}

// AwardDecision is an authority's decision on a proposal.
type AwardDecision struct {
	Seq         events.Seq `json:"seq"`
	Day         string     `json:"day"`     // of the event
	Outcome     string     `json:"outcome"` // granted, refused, other-level
	Award       string     `json:"award"`   // that is granted; of a refusal that was refused
	By          string     `json:"by"`
	Transcribed bool       `json:"transcribed"` // entered for an authority that did not sign
	Paper       *Paper     `json:"decision,omitempty"`
	InForce     bool       `json:"inForce"` // granted, not revoked, and no later decision took its place
	Revoked     events.Seq `json:"revoked,omitempty"`
	Ground      string     `json:"ground,omitempty"` // of the revocation; "" where it is kept outside the record
}

// Paper is a decision on paper.
type Paper struct {
	Date      string `json:"date"` // YYYY-MM-DD
	Number    string `json:"number"`
	Scan      string `json:"scan"` // SHA-256 of the scan, hex
	Signatory string `json:"signatory"`
}

// Notice is a unit's word that it received a record.
type Notice struct {
	Of  events.Seq `json:"of"`
	Seq events.Seq `json:"seq"`
	By  string     `json:"by"`
}

// PublicityState is a publication and its days.
type PublicityState struct {
	Seq   events.Seq `json:"seq"`
	Of    events.Seq `json:"of"`
	Place string     `json:"place"`
	From  string     `json:"from"` // YYYY-MM-DD
	To    string     `json:"to"`   // its last day
	Days  int        `json:"days"`
}

// BallotState is a ballot as far as it may be seen: the votes of a named one show once it is closed.
type BallotState struct {
	Ballot    string          `json:"ballot"`
	Opened    events.Seq      `json:"opened"`
	Effective events.Seq      `json:"effective,omitempty"` // from this event on; 0 while a reopening waits for its endorsements
	Closed    events.Seq      `json:"closed,omitempty"`
	Ended     events.Seq      `json:"ended,omitempty"`   // by which the close had its effect: itself, or the last endorsement that it took
	Tally     events.Seq      `json:"tally,omitempty"`   // in force
	Tallies   []TallyState    `json:"tallies,omitempty"` // all, also those that waited in vain
	Reopens   string          `json:"reopens,omitempty"` // the ballot whose question is put again
	Replaced  string          `json:"reopenedAs,omitempty"`
	Reason    string          `json:"reason,omitempty"` // of the reopening
	Kind      string          `json:"kind"`
	Protects  string          `json:"protects"` // what this kind of ballot protects, and what it does not
	Question  string          `json:"question"`
	Base      string          `json:"base"`
	Quorum    string          `json:"quorum,omitempty"`
	Threshold string          `json:"threshold"`
	Standings StandingsName   `json:"standings"`
	Nominees  []string        `json:"nominees"`
	Roll      []RollEntry     `json:"roll"`
	Results   []NomineeResult `json:"results,omitempty"` // once it is closed
}

// RollEntry is a member who may vote.
type RollEntry struct {
	Member  string     `json:"member"`
	Name    string     `json:"name,omitempty"`
	Unit    string     `json:"unit,omitempty"`
	Present bool       `json:"present"`
	Voted   events.Seq `json:"voted,omitempty"` // the ballot.cast of a named ballot
	Written bool       `json:"written,omitempty"`
	Reason  string     `json:"reason,omitempty"` // given with the vote, once it is closed
	Votes   []string   `json:"votes,omitempty"`  // by Results, once a named ballot is closed
}

// TallyState is a count of a paper ballot.
type TallyState struct {
	Seq      events.Seq `json:"seq"`
	Tellers  []string   `json:"tellers"` // who stand behind it, its author first
	Issued   int        `json:"issued"`
	Returned int        `json:"returned"`
	Valid    int        `json:"valid"`
	Invalid  int        `json:"invalid"`
	Written  int        `json:"written"`
	Minutes  string     `json:"minutes"`
	Note     string     `json:"note,omitempty"`
	InForce  bool       `json:"inForce"`

	Counts []NomineeCount `json:"counts"` // in the order of the record
}

// NomineeResult is what a ballot gives for one nominee. Carried: For ÷ Base reaches the threshold.
type NomineeResult struct {
	Unit      string `json:"unit"`
	For       int    `json:"for"`
	Against   int    `json:"against"`
	Abstained int    `json:"abstained"` // voted neither way; of paper slips that are valid
	Recused   int    `json:"recused"`   // who had to stand aside, and are not in the base
	Base      int    `json:"base"`
	Needed    int    `json:"needed"` // the least For that carries
	Carried   bool   `json:"carried"`
}

// UnitRecord is what is said of a unit beside its marks.
type UnitRecord struct {
	Cluster       string              `json:"cluster"`
	Unit          string              `json:"unit"`
	Title         string              `json:"title"`
	Evaluations   []EvaluationState   `json:"evaluations"`
	Exclusions    []ExclusionState    `json:"exclusions"`
	Commendations []CommendationState `json:"commendations"`
	Appealed      []events.Seq        `json:"toBeLookedAt,omitempty"` // upheld appeals whose effect was not looked at yet
}

// EvaluationState is one evaluation of a unit.
type EvaluationState struct {
	Seq            events.Seq   `json:"seq"`
	By             string       `json:"by"`
	Name           string       `json:"name,omitempty"`
	Current        bool         `json:"current"`             // not replaced by its own author's later one
	Consensus      []events.Seq `json:"consensus,omitempty"` // the evaluations that it weighs
	Strengths      []Finding    `json:"strengths"`
	Shortcomings   []Finding    `json:"shortcomings"`
	Recommendation string       `json:"recommendation"`
	Awards         []string     `json:"awards,omitempty"`
}

// Finding is one strength or shortcoming.
type Finding struct {
	Criterion string `json:"criterion,omitempty"`
	Drive     string `json:"drive,omitempty"`
	Text      string `json:"text"`
}

// ExclusionState is a bar from awards.
type ExclusionState struct {
	Seq         events.Seq `json:"seq"`
	By          string     `json:"by"`
	Awards      []string   `json:"awards,omitempty"` // none: all
	From        string     `json:"from"`
	To          string     `json:"to,omitempty"`
	Ground      string     `json:"ground,omitempty"` // "" where it is kept outside the record
	Effective   events.Seq `json:"effective,omitempty"`
	Lifted      events.Seq `json:"lifted,omitempty"`
	LiftedOn    string     `json:"liftedOn,omitempty"`
	Transcribed bool       `json:"transcribed,omitempty"`
	Paper       *Paper     `json:"decision,omitempty"`
}

// CommendationState is a commendation.
type CommendationState struct {
	Seq    events.Seq `json:"seq"`
	By     string     `json:"by"`
	Kind   string     `json:"kind"`
	Merit  string     `json:"merit,omitempty"`
	Person string     `json:"person,omitempty"`
	Theme  string     `json:"theme,omitempty"`
}

// AppealState is an appeal and its answer.
type AppealState struct {
	Seq     events.Seq   `json:"seq"`
	Unit    string       `json:"unit"`
	Of      events.Seq   `json:"of"`
	Ground  string       `json:"ground,omitempty"`
	Late    bool         `json:"late,omitempty"`
	Decided events.Seq   `json:"decided,omitempty"` // in effect
	Waiting events.Seq   `json:"waiting,omitempty"` // a decision without its endorsements
	Outcome string       `json:"outcome,omitempty"`
	Reason  string       `json:"reason,omitempty"`
	Changes []events.Seq `json:"changes,omitempty"` // what followed and names it
	Flagged bool         `json:"flagged,omitempty"` // upheld, and nothing followed yet
}

// DocumentState is a document that was logged.
type DocumentState struct {
	Seq    events.Seq `json:"seq"`
	Kind   string     `json:"kind"`
	Name   string     `json:"name"`
	Number string     `json:"number,omitempty"`
	AsOf   events.Seq `json:"asOf"`
	SHA256 string     `json:"sha256"`
	Signed events.Seq `json:"signedCopy,omitempty"` // the event that logs its signed scan
	Of     events.Seq `json:"of,omitempty"`         // of a signed copy the document
}
