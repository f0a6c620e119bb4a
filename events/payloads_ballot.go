package events

import (
	"fmt"

	"github.com/google/uuid"
)

// The types of ballots.
const (
	TypeBallotOpened  Type = "ballot.opened"
	TypeBallotCast    Type = "ballot.cast"
	TypeBallotTallied Type = "ballot.tallied"
	TypeBallotClosed  Type = "ballot.closed"
)

// The kinds of ballots.
const (
	BallotNamed = "named" // each vote is signed, hidden until the close: it binds, and does not hide who voted how
	BallotPaper = "paper" // slips counted by tellers: it hides who voted how, and the count is the tellers' word
)

// What a vote may say of a nominee.
const (
	VoteFor       = "for"
	VoteAgainst   = "against"
	VoteAbstained = "abstained"
	VoteRecused   = "recused"
)

// WrittenVote is how who is absent votes.
const WrittenVote = "written"

// What a share of votes is of.
const (
	BasePresent = "present" // those present, and the absent who vote in writing
	BaseMembers = "members" // all on the roll
)

// BallotOpened puts a question to the council. Base, quorum and threshold are the regulation's.
type BallotOpened struct {
	Award     string
	Ballot    string // its id, used once
	Base      string // BasePresent or BaseMembers
	Cluster   string
	Kind      string   // BallotNamed or BallotPaper
	Nominees  []string // units
	Present   []string // members
	Question  string
	Quorum    Fraction  // of the roll that must be present; zero: none
	Reason    string    // required with Reopens
	Reopens   uuid.UUID // the ballot.closed whose question is put again
	Roll      []string  // members who may vote
	Standings StandingsRef
	Threshold Fraction // of the base that must be for a nominee
}

// NomineeVote is a vote on one nominee.
type NomineeVote struct {
	Unit string
	Vote string // VoteFor …
}

// BallotCast is a member's vote in a named ballot, on every nominee.
type BallotCast struct {
	Ballot string
	Manner string // WrittenVote of who is absent; ""
	Reason string
	Votes  []NomineeVote
}

// NomineeCount is how many valid slips are for and against a nominee; the others say nothing of it.
type NomineeCount struct {
	Against int
	For     int
	Unit    string
}

// BallotTallied is the count of a paper ballot.
type BallotTallied struct {
	Ballot   string
	Counts   []NomineeCount // of every nominee
	Invalid  int
	Issued   int    // slips given out, those of absent voters included
	Minutes  string // SHA-256 of the tally minutes, hex
	Note     string
	Returned int // slips that came back: valid and invalid
	Valid    int
	Written  int // of the returned ones those of absent members
}

// BallotClosed ends the voting; what it gives follows from the votes, or the tally.
type BallotClosed struct {
	Ballot string
	Reason string
}

func (*BallotOpened) Type() Type  { return TypeBallotOpened }
func (*BallotCast) Type() Type    { return TypeBallotCast }
func (*BallotTallied) Type() Type { return TypeBallotTallied }
func (*BallotClosed) Type() Type  { return TypeBallotClosed }

func (*BallotOpened) Subject() SubjectRule  { return SubjectNone }
func (*BallotCast) Subject() SubjectRule    { return SubjectNone }
func (*BallotTallied) Subject() SubjectRule { return SubjectNone }
func (*BallotClosed) Subject() SubjectRule  { return SubjectNone }

func (p *BallotOpened) fields(c *codec) {
	c.id("award", &p.Award, required)
	c.id("ballot", &p.Ballot, required)
	c.word("base", &p.Base, required, BasePresent, BaseMembers)
	c.id("cluster", &p.Cluster, required)
	c.word("kind", &p.Kind, required, BallotNamed, BallotPaper)
	c.ids("nominees", &p.Nominees, required)
	c.distinct("nominees")
	c.ids("present", &p.Present, required)
	c.distinct("present")
	c.text("question", &p.Question, required)
	c.fraction("quorum", &p.Quorum, optional)
	c.text("reason", &p.Reason, optional)
	c.uuid("reopens", &p.Reopens, optional)
	c.ids("roll", &p.Roll, required)
	c.distinct("roll")
	c.standings(&p.Standings)
	c.fraction("threshold", &p.Threshold, required)
	c.needs("reopens", "reason")
}

func (p *BallotCast) fields(c *codec) {
	c.id("ballot", &p.Ballot, required)
	c.word("manner", &p.Manner, optional, WrittenVote)
	c.text("reason", &p.Reason, optional)
	list(c, "votes", &p.Votes, required, func(c *codec, v *NomineeVote) {
		c.id("unit", &v.Unit, required)
		c.word("vote", &v.Vote, required, VoteFor, VoteAgainst, VoteAbstained, VoteRecused)
	})
	c.distinct("votes")
}

func (p *BallotTallied) fields(c *codec) {
	c.id("ballot", &p.Ballot, required)
	list(c, "counts", &p.Counts, required, func(c *codec, n *NomineeCount) {
		c.integer("against", &n.Against, required)
		c.integer("for", &n.For, required)
		c.id("unit", &n.Unit, required)
	})
	c.distinct("counts")
	c.integer("invalid", &p.Invalid, required)
	c.integer("issued", &p.Issued, required)
	c.hash("minutes", &p.Minutes, required)
	c.text("note", &p.Note, optional)
	c.integer("returned", &p.Returned, required)
	c.integer("valid", &p.Valid, required)
	c.integer("written", &p.Written, required)
}

func (p *BallotClosed) fields(c *codec) {
	c.id("ballot", &p.Ballot, required)
	c.text("reason", &p.Reason, optional)
}

// Validate checks that nobody stands in a list twice, that who is present is on the roll, and that a reopening has its reason.
func (p *BallotOpened) Validate() error {
	for _, l := range []struct {
		field string
		ids   []string
	}{{"nominees", p.Nominees}, {"present", p.Present}, {"roll", p.Roll}} {
		if twice := repeated(l.ids); twice != "" {
			return &FieldError{l.field, twice + " is named twice"}
		}
	}
	on := make(map[string]bool, len(p.Roll))
	for _, id := range p.Roll {
		on[id] = true
	}
	for _, id := range p.Present {
		if !on[id] {
			return &FieldError{"present", id + " is present and not on the roll; only who may vote is named"}
		}
	}
	if p.Reopens != uuid.Nil && p.Reason == "" {
		return &FieldError{"reason", "who puts a question again says why; give a reason"}
	}
	return p.Standings.check()
}

// Validate checks that no nominee is voted on twice.
func (p *BallotCast) Validate() error {
	units := make([]string, 0, len(p.Votes))
	for _, v := range p.Votes {
		units = append(units, v.Unit)
	}
	if twice := repeated(units); twice != "" {
		return &FieldError{"votes", twice + " is voted on twice"}
	}
	return nil
}

// Validate checks that the tally adds up in itself.
func (p *BallotTallied) Validate() error {
	switch {
	case p.Returned > p.Issued:
		return &FieldError{"returned", fmt.Sprintf("%d slips came back of %d issued; count again", p.Returned, p.Issued)}
	case p.Valid+p.Invalid != p.Returned:
		return &FieldError{"valid", fmt.Sprintf("%d valid and %d invalid slips are not the %d returned; count again", p.Valid, p.Invalid, p.Returned)}
	case p.Written > p.Returned:
		return &FieldError{"written", fmt.Sprintf("%d written votes are more than the %d slips returned; count again", p.Written, p.Returned)}
	}
	units := make([]string, 0, len(p.Counts))
	for _, n := range p.Counts {
		if n.For+n.Against > p.Valid {
			return &FieldError{"counts", fmt.Sprintf("%s: %d for and %d against are more than the %d valid slips; count again", n.Unit, n.For, n.Against, p.Valid)}
		}
		units = append(units, n.Unit)
	}
	if twice := repeated(units); twice != "" {
		return &FieldError{"counts", twice + " is counted twice"}
	}
	return nil
}

// Validate accepts every closing that the codec accepts.
func (p *BallotClosed) Validate() error { return nil }
