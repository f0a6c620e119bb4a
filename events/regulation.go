package events

import (
	"strconv"
	"time"
)

// Regulation is what a campaign is judged by: who scores whom on what, and how points become ranks and awards.
// It is made by ParseRegulation or DecodeRegulation, which refuse whatever FORMATS does not allow, and then not changed.
type Regulation struct {
	ID          string
	Title       Text
	Notice      Text // shown with every output; zero if none
	Movement    Text
	Theme       Text
	Period      Period
	Previous    Previous
	Clock       Clock
	Delay       time.Duration // how far before the recorded time a claimed time may lie (clock: live)
	Levels      []Level       // lowest first; at least one
	Official    string        // a level's id, or OfficialHighest; the latter if not given
	Sets        []CriteriaSet // sorted by id
	Clusters    []Cluster     // in file order
	Calendar    []Deadline
	Council     Council
	Endorse     Fraction
	Transcribed Transcribed
	Conflict    Conflict
	Awards      []Award
	Members     []Member   // none: the campaign is unsigned
	Witnesses   *Witnesses // nil: none

	canonical []byte // RFC 8785 object, decimals as strings, nothing filled in
}

// OfficialHighest as Regulation.Official: per leaf and unit, the highest level that has a value counts.
const OfficialHighest = "highest"

// Canonical is the regulation as campaign.opened carries it. The caller must not change it.
func (r *Regulation) Canonical() []byte { return r.canonical }

// Cluster is the cluster with an id; nil if there is none.
func (r *Regulation) Cluster(id string) *Cluster {
	for i := range r.Clusters {
		if r.Clusters[i].ID == id {
			return &r.Clusters[i]
		}
	}
	return nil
}

// Criteria are the criteria of a cluster at the top, with those below them in them.
func (r *Regulation) Criteria(c *Cluster) []Criterion {
	for i := range r.Sets {
		if r.Sets[i].ID == c.Criteria {
			return r.Sets[i].Items
		}
	}
	return nil
}

// Signed reports whether every event must be signed by a member.
func (r *Regulation) Signed() bool { return len(r.Members) > 0 }

// Text is a title in one or two languages.
type Text struct {
	Plain  string // given as a plain string
	VI, EN string // given as {vi, en}; one may be missing
}

// In is the text in lang ("vi" or "en"), or in the other language where that one is missing.
func (t Text) In(lang string) string {
	switch {
	case t.Plain != "":
		return t.Plain
	case lang == "vi" && t.VI != "", t.EN == "":
		return t.VI
	}
	return t.EN
}

// Period is the campaign's year, first and last day included, in Zone. Zero if not given.
type Period struct {
	Start, End string         // YYYY-MM-DD
	Zone       *time.Location // UTC if not given
}

// Previous names the year before. Zero if not given.
type Previous struct {
	ID      string
	Genesis string // hex
}

// Clock says how claimed times relate to recorded ones.
type Clock string

// The clocks.
const (
	ClockLive     Clock = "live"     // claimed at most 5 minutes after and Delay before the recorded time; the default
	ClockHistoric Clock = "historic" // any past time, never going backwards
)

// Level is one step of the review chain.
type Level struct {
	ID         string
	Scorers    ScorerRule
	ScorerIDs  []string // with ScorersList
	Sealed     bool
	Unrevealed Unrevealed
}

// ScorerRule says who may score at a level.
type ScorerRule string

// The scorer rules.
const (
	ScorersAny       ScorerRule = "any"
	ScorersOwnUnit   ScorerRule = "own-unit"
	ScorersPeerUnits ScorerRule = "peer-units"
	ScorersNotOwn    ScorerRule = "not-own"
	ScorersLead      ScorerRule = "lead"
	ScorersCouncil   ScorerRule = "council"
	ScorersList      ScorerRule = "list" // a list of ids in the regulation
)

// Unrevealed says what becomes of a sealed level's marks that were never revealed.
type Unrevealed string

// The answers to a sheet that was not revealed.
const (
	UnrevealedVoid  Unrevealed = "void"
	UnrevealedBlock Unrevealed = "block"
)

// CriteriaSet is a named tree of criteria.
type CriteriaSet struct {
	ID     string
	Places int // decimal places of every leaf's points, 0..6; default 2
	Items  []Criterion
}

// Method says how a leaf turns marks into points.
type Method string

// The methods; MethodGroup is a criterion with items.
const (
	MethodGroup        Method = "group"
	MethodGraded       Method = "graded"
	MethodTarget       Method = "target"
	MethodProportional Method = "proportional"
	MethodPassfail     Method = "passfail"
	MethodCount        Method = "count"
	MethodOrdinal      Method = "ordinal"
	MethodAdjustment   Method = "adjustment"
)

// Criterion is a group or a leaf of a criteria set.
type Criterion struct {
	ID        string
	Title     Text
	Method    Method
	Min, Max  Bound
	Weight    Decimal   // 1 if not given
	Base      Decimal   // target; 0.5 if not given
	Each      Decimal   // count
	Table     []Decimal // ordinal: points by place
	Evidence  bool      // evidence: required
	Aggregate Aggregate
	Items     []Criterion // group
}

// Bound is a limit that may be absent.
type Bound struct {
	Value Decimal
	Set   bool
}

// Aggregate says how the marks of several scorers become one value.
type Aggregate struct {
	Method AggregateMethod // AggregateSingle if not given
	Trim   int             // trimmed-mean: how many marks are dropped at each end; 1 if not given
	Places int             // decimal places of the aggregate, or -1: not rounded
}

// AggregateMethod names an aggregate.
type AggregateMethod string

// The aggregates.
const (
	AggregateSingle      AggregateMethod = "single"
	AggregateSum         AggregateMethod = "sum"
	AggregateMean        AggregateMethod = "mean"
	AggregateMedian      AggregateMethod = "median"
	AggregateTrimmedMean AggregateMethod = "trimmed-mean"
)

// Cluster is a group of units that are ranked against each other.
type Cluster struct {
	ID       string
	Title    Text
	Criteria string // a criteria set's id
	Lead     string // a unit's id; "" if none
	Ranking  Ranking
	Units    []Unit
}

// Ranking says how points become ranks.
type Ranking struct {
	Dense   bool     // 1223; otherwise competition ranking, 1224
	ByRatio bool     // by points ÷ assigned maximum; otherwise by points
	Ties    []string // criteria whose points break ties, in order
}

// Unit is one competitor.
type Unit struct {
	ID          string
	Title       Text
	NotAssigned []string // leaves or groups
}

// Deadline is an entry of the calendar.
type Deadline struct {
	For    string // a level's id, "reports" or "appeals"
	Until  time.Time
	Refuse bool // late: refuse; otherwise late work is marked
}

// Council is the composition of the deliberating council.
type Council struct {
	SeatsPerUnit int
	RecuseOwn    bool
}

// Fraction is an exact share, for example 2/3 or 80%. Zero (Den 0) if not given.
type Fraction struct{ Num, Den int64 }

// String is the share as numerator/denominator.
func (f Fraction) String() string {
	return strconv.FormatInt(f.Num, 10) + "/" + strconv.FormatInt(f.Den, 10)
}

// Reached reports whether n of base are the share or more; exactly, so that 2/3 of 7 takes 5.
func (f Fraction) Reached(n, base int) bool { return int64(n)*f.Den >= f.Num*int64(base) }

// Least is the smallest number that reaches the share of base.
func (f Fraction) Least(base int) int { return int((f.Num*int64(base) + f.Den - 1) / f.Den) }

// Transcribed says when marks entered for another count.
type Transcribed string

// The rules for transcribed marks.
const (
	TranscribedConfirm  Transcribed = "confirm" // once that unit confirms; the default
	TranscribedOfficial Transcribed = "official"
)

// Conflict holds the rules on conflicts of interest.
type Conflict struct {
	LeadReviewsOwn string // "refuse", "second", or "" if not given
}

// Award is something the cluster nominates for.
type Award struct {
	ID        string
	Title     Text
	Authority Text
	Places    int    // nominees the cluster may send
	Within    string // an award's id, or ""
	Quota     Quota
	Vote      Vote
}

// Quota limits an award over several clusters. Zero if not given.
type Quota struct {
	Of       string // an award's id
	Share    Fraction
	RoundUp  bool
	HalfAway bool // rounding: half-up; neither: down
}

// Vote says how an award's ballot is decided.
type Vote struct {
	Threshold   Fraction
	Quorum      Fraction
	BaseMembers bool // base: members; otherwise present
	Secret      bool
	Written     bool
}

// Member is a founding member of a signed campaign.
type Member struct {
	ID   string
	Name string
	Role string // RoleHead …
	Unit string // "" where the role belongs to no unit
	Key  string // "ed25519:" and 64 lower-case hex digits
}
