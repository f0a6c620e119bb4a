package projections

import (
	"campaignledger/events"
)

// AwardLine is the part of an AuditLine that events from the evaluation of the units to their awards have.
type AwardLine struct {
	Award          string          `json:"award,omitempty"`
	Awards         []string        `json:"awards,omitempty"`
	Strengths      []Finding       `json:"strengths,omitempty"`
	Shortcomings   []Finding       `json:"shortcomings,omitempty"`
	Recommendation string          `json:"recommendation,omitempty"`
	Consensus      []string        `json:"consensus,omitempty"` // ids of the evaluations that this one weighs
	Ground         string          `json:"ground,omitempty"`
	GroundHash     string          `json:"groundHash,omitempty"`
	Standings      *StandingsName  `json:"standings,omitempty"`
	Ballot         string          `json:"ballot,omitempty"`
	Nominees       []string        `json:"nominees,omitempty"`
	Roll           []string        `json:"roll,omitempty"`
	Present        []string        `json:"present,omitempty"`
	Question       string          `json:"question,omitempty"`
	Base           string          `json:"base,omitempty"`
	Quorum         string          `json:"quorum,omitempty"`
	Threshold      string          `json:"threshold,omitempty"`
	Manner         string          `json:"manner,omitempty"`
	Votes          []NomineeVote   `json:"votes,omitempty"`
	Hidden         bool            `json:"hidden,omitempty"` // a vote that shows once its ballot is closed
	Tally          *TallyLine      `json:"tally,omitempty"`
	Results        []NomineeResult `json:"results,omitempty"`
	Outcome        string          `json:"outcome,omitempty"`
	Decision       *Paper          `json:"decision,omitempty"`
	Appeal         events.Seq      `json:"appeal,omitempty"` // the upheld appeal that it follows
	Document       *DocumentLine   `json:"document,omitempty"`
}

// NomineeVote is a vote on one nominee.
type NomineeVote struct {
	Unit string `json:"unit"`
	Vote string `json:"vote"`
}

// TallyLine is a count of slips.
type TallyLine struct {
	Issued   int            `json:"issued"`
	Returned int            `json:"returned"`
	Valid    int            `json:"valid"`
	Invalid  int            `json:"invalid"`
	Written  int            `json:"written"`
	Minutes  string         `json:"minutes"`
	Counts   []NomineeCount `json:"counts"`
}

// NomineeCount is what the valid slips say of one nominee.
type NomineeCount struct {
	Against int    `json:"against"`
	For     int    `json:"for"`
	Unit    string `json:"unit"`
}

// DocumentLine is a document that was logged.
type DocumentLine struct {
	Name      string     `json:"name"`
	Lang      string     `json:"lang"`
	AsOf      events.Seq `json:"asOf"`
	Number    string     `json:"number,omitempty"`
	Place     string     `json:"place,omitempty"`
	Venue     string     `json:"venue,omitempty"`
	Chair     string     `json:"chair,omitempty"`
	Secretary string     `json:"secretary,omitempty"`
}

// spellAward spells out what leads to awards.
func (line *AuditLine) spellAward(p events.Payload) {
	switch p := p.(type) {
	case *events.EvaluationRecorded:
		line.Awards, line.Strengths, line.Shortcomings, line.Recommendation, line.Reason = p.Awards, findings(p.Strengths), findings(p.Shortcomings), p.Recommendation, p.Reason
		for _, id := range p.Consensus {
			line.Consensus = append(line.Consensus, id.String())
		}
	case *events.ExclusionImposed:
		line.Awards, line.From, line.To, line.Ground, line.GroundHash = p.Awards, p.From, p.To, p.Ground.Text, p.Ground.Hash
		line.spellDecision(p.Basis, p.Decision)
		line.addFiles(p.Evidence)
	case *events.ExclusionLifted:
		line.Reason = p.Reason
		line.spellDecision(p.Basis, p.Decision)
	case *events.NominationProposed:
		line.Award, line.Reason, line.Standings = p.Award, p.Reason, standingsName(p.Standings)
	case *events.NominationWithdrawn:
		line.Reason = p.Reason
	case *events.AwardProposed:
		line.Award, line.Ballot, line.Note = p.Award, p.Ballot, p.Note
	case *events.AwardDecided:
		line.Award, line.Outcome, line.Note = p.Award, p.Outcome, p.Note
		line.spellDecision(p.Basis, p.Decision)
	case *events.AwardRevoked:
		line.Ground, line.GroundHash = p.Ground.Text, p.Ground.Hash
		line.spellDecision(p.Basis, p.Decision)
	case *events.AppealFiled:
		line.Ground, line.GroundHash = p.Ground.Text, p.Ground.Hash
		line.addFiles(p.Evidence)
	case *events.AppealDecided:
		line.Outcome, line.Reason = p.Outcome, p.Reason
		line.spellDecision(p.Basis, p.Decision)
	case *events.DocumentIssued:
		line.Award, line.Ballot, line.Kind, line.SHA256, line.Level = p.Award, p.Ballot, p.Kind, p.SHA256, p.Level
		line.Document = &DocumentLine{p.Name, p.Lang, events.Seq(p.Seq), p.Number, p.Place, p.Venue, p.Chair, p.Secretary}
		line.addFiles(p.Evidence)
	default:
		line.spellBallot(p)
	}
}

// proposalOf is the proposal that a decision is on.
func (l *Live) proposalOf(e *entry) (*events.AwardProposed, bool) {
	if e.what != kindDecided {
		return nil, false
	}
	p, ok := l.state.journal.at(e.more.of).payload().(*events.AwardProposed)
	return p, ok
}

// spellBallot spells out what belongs to a ballot.
func (line *AuditLine) spellBallot(p events.Payload) {
	switch p := p.(type) {
	case *events.BallotOpened:
		line.Award, line.Ballot, line.Kind, line.Nominees, line.Roll, line.Present = p.Award, p.Ballot, p.Kind, p.Nominees, p.Roll, p.Present
		line.Question, line.Base, line.Threshold, line.Reason, line.Standings = p.Question, p.Base, p.Threshold.String(), p.Reason, standingsName(p.Standings)
		if p.Quorum.Den != 0 {
			line.Quorum = p.Quorum.String()
		}
	case *events.BallotCast:
		line.Ballot, line.Manner, line.Reason = p.Ballot, p.Manner, p.Reason
		for _, v := range p.Votes {
			line.Votes = append(line.Votes, NomineeVote(v))
		}
	case *events.BallotTallied:
		line.Ballot, line.Note = p.Ballot, p.Note
		line.Tally = &TallyLine{Issued: p.Issued, Returned: p.Returned, Valid: p.Valid, Invalid: p.Invalid, Written: p.Written, Minutes: p.Minutes}
		for _, n := range p.Counts {
			line.Tally.Counts = append(line.Tally.Counts, NomineeCount(n))
		}
	case *events.BallotClosed:
		line.Ballot, line.Reason = p.Ballot, p.Reason
	}
}

func standingsName(r events.StandingsRef) *StandingsName {
	return &StandingsName{events.Seq(r.Seq), r.SHA256}
}

func (line *AuditLine) spellDecision(basis string, d events.Decision) {
	line.Basis, line.Decision = basis, paper(d)
}
