package projections

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"campaignledger/events"
)

// Rule says of one event type who may say it in a signed campaign, when, and what gives it its effect. What a rule can't say stands in
// the admission of the type.
type Rule struct {
	Type        events.Type
	Roles       []string // of the author; none: every role
	Whose       Whose
	From, Until events.Stage // the first and the last stage; "" for campaign.opened, which begins the first
	Closed      bool         // also after campaign.closed
	Unsigned    bool         // also in an unsigned campaign, where it has neither author's rights nor stages
	Joint       string       // which endorsements give it its effect; "": it has it at once
	Effect      string
}

// Whose is how the author must be related to what the event is about.
type Whose string

// The relations.
const (
	WhoseAny     Whose = "any"     // of any unit, or of none
	WhoseLead    Whose = "lead"    // of a unit that leads a cluster
	WhoseSubject Whose = "subject" // of the unit that is the event's subject
	WhoseScorer  Whose = "scorer"  // speaks for the scorer; to withdraw an entry, also who entered it
	WhoseOther   Whose = "other"   // not of the unit that is the event's subject
)

// Rules are the rules of all types, in the order of the types' names.
func Rules() []Rule {
	const share, keys = "share", "by another unit: two heads"
	head, staff := []string{events.RoleHead}, []string{events.RoleHead, events.RoleOfficer}
	clerks := []string{events.RoleHead, events.RoleOfficer, events.RoleReviewer}
	scorers := append(slices.Clone(clerks), events.RoleCouncil)
	judges := []string{events.RoleHead, events.RoleReviewer, events.RoleCouncil}
	const draft, open, scoring, review = events.StageDraft, events.StageOpen, events.StageScoring, events.StageReview
	const deliberation, ballot, final = events.StageDeliberation, events.StageBallot, events.StageFinal
	const joint = "by a head: " + share
	year := []Rule{
		{events.TypeCampaignClosed, head, WhoseLead, final, final, false, true, "", "ends the campaign"},
		{events.TypeCampaignOpened, head, WhoseLead, "", "", false, true, "", "puts the regulation in force"},
		{events.TypeCommendationRecorded, []string{events.RoleHead, events.RoleAuthority}, WhoseAny, open, final, false, true, "", "commends; the standings stay"},
		{events.TypeDriveClosed, staff, WhoseLead, open, review, false, true, "", "ends a drive"},
		{events.TypeDriveLaunched, staff, WhoseLead, open, review, false, true, "", "begins a drive"},
		{events.TypeEntryWithdrawn, scorers, WhoseScorer, open, review, false, true, "", "takes an entry out of account"},
		{events.TypeExplanationFiled, staff, WhoseSubject, scoring, deliberation, false, true, "", "answers an entry or its return"},
		{events.TypeImportStarted, scorers, WhoseAny, open, review, false, true, "", "announces rows"},
		{events.TypeLedgerTakenOver, head, WhoseAny, draft, final, true, true, share, "lets another log key go on from a restored copy"},
		{events.TypeMemberAppointed, head, WhoseAny, draft, final, true, false, keys + "; some roles: " + share, "makes a member"},
		{events.TypeMemberRekeyed, nil, WhoseAny, draft, final, true, false, keys + "; some roles: " + share, "replaces a key"},
		{events.TypeMemberRemoved, head, WhoseSubject, draft, final, true, false, "", "ends a member's right to speak"},
		{events.TypePublicationStarted, head, WhoseLead, deliberation, final, false, true, "", "begins the days of publicity"},
		{events.TypeRecordEndorsed, nil, WhoseAny, draft, final, true, false, "", "counts towards what it names; received proves notice"},
		{events.TypeRegulationAmended, head, WhoseLead, draft, review, false, false, "once scored, or of witnesses: " + share, "puts another regulation in force, reopens the leaves it touches"},
		{events.TypeReportFiled, staff, WhoseSubject, open, review, false, true, "", "reports, on time or late"},
		{events.TypeScoreEntered, nil, WhoseScorer, scoring, review, false, true, "transcribed: scorer; own review: second", "gives a mark"},
		{events.TypeScoreReturned, judges, WhoseOther, scoring, review, false, true, "", "sends an entry back; it counts until replaced"},
		{events.TypeSheetRevealed, nil, WhoseScorer, review, review, false, false, "", "opens a sealed sheet"},
		{events.TypeSheetSealed, nil, WhoseScorer, scoring, scoring, false, false, "", "commits to a sheet"},
		{events.TypeStageAdvanced, head, WhoseLead, draft, ballot, false, false, "", "begins the next stage, if nothing blocks it"},
		{events.TypeStandingsFrozen, head, WhoseLead, scoring, ballot, false, false, "", "hides from the hall what follows"},
		{events.TypeStandingsRevealed, head, WhoseLead, scoring, final, false, false, "", "ends the freeze"},
		{events.TypeTargetSet, clerks, WhoseScorer, open, review, false, true, "", "sets a unit's target"},
		{events.TypeTieDecided, head, WhoseLead, review, deliberation, false, true, share, "orders tied units"},
		{events.TypeUnitJoined, head, WhoseSubject, draft, open, false, false, "", "lets the unit's members speak"},
		{events.TypeUnitWithdrawn, head, WhoseSubject, draft, ballot, false, false, "", "silences the unit; its standings stay"},
	}
	council, authority := []string{events.RoleHead, events.RoleCouncil}, []string{events.RoleHead, events.RoleAuthority}
	evaluators := append(slices.Clone(judges), events.RoleAuthority)
	clerical := append(slices.Clone(council), events.RoleOfficer, events.RoleTeller, events.RoleAuthority)
	rules := append(year, []Rule{
		{events.TypeAppealDecided, authority, WhoseOther, scoring, final, true, true, joint, "upholds or dismisses; what an upheld one may change is flagged"},
		{events.TypeAppealFiled, staff, WhoseSubject, scoring, final, true, true, "", "objects to an event, on time or late"},
		{events.TypeAwardDecided, authority, WhoseAny, ballot, final, true, false, "", "grants or refuses; a head of the lead transcribes"},
		{events.TypeAwardProposed, head, WhoseLead, ballot, final, true, false, "", "sends a nominee to the authority"},
		{events.TypeAwardRevoked, authority, WhoseAny, ballot, final, true, false, "", "takes an award away; a head of the lead transcribes"},
		{events.TypeBallotCast, []string{events.RoleCouncil}, WhoseAny, ballot, final, false, false, "", "votes, hidden until the close"},
		{events.TypeBallotClosed, head, WhoseAny, ballot, final, false, false, "early, or not by the lead: " + share, "ends the voting; the result follows"},
		{events.TypeBallotOpened, head, WhoseAny, ballot, final, false, false, "again: " + share, "puts nominees to the council"},
		{events.TypeBallotTallied, []string{events.RoleTeller}, WhoseAny, ballot, final, false, false, "three tellers", "counts a paper ballot"},
		{events.TypeDocumentIssued, clerical, WhoseAny, draft, final, true, true, "", "logs a document, or its signed copy"},
		{events.TypeEvaluationRecorded, evaluators, WhoseOther, review, ballot, false, true, "", "says what is good and what is wanting"},
		{events.TypeExclusionImposed, authority, WhoseOther, open, final, false, true, joint, "bars from awards; the standings stay"},
		{events.TypeExclusionLifted, authority, WhoseOther, open, final, false, true, joint, "ends an exclusion"},
		{events.TypeNominationProposed, council, WhoseAny, deliberation, final, false, true, "", "names a unit for an award"},
		{events.TypeNominationWithdrawn, council, WhoseAny, deliberation, final, false, true, "", "takes a nomination back"},
	}...)
	slices.SortFunc(rules, func(a, b Rule) int { return strings.Compare(string(a.Type), string(b.Type)) })
	return rules
}

// ruleTable is the rules by kind.
func ruleTable() (table [kinds]*Rule) {
	rules := Rules()
	for i := range rules {
		for k := range kinds {
			if k.eventType() == rules[i].Type {
				table[k] = &rules[i]
			}
		}
	}
	return table
}

// stageIndex is a stage's place in their order.
func stageIndex(stage events.Stage) int {
	switch stage { // once for each event of a signed campaign
	case events.StageDraft:
		return 0
	case events.StageOpen:
		return 1
	case events.StageScoring:
		return 2
	case events.StageReview:
		return 3
	case events.StageDeliberation:
		return 4
	case events.StageBallot:
		return 5
	case events.StageFinal:
		return 6
	}
	return -1
}

// allowed checks the author's role and relation, and the stage.
func (s *State) allowed(e *events.Event, k kind, m memberState) error {
	r := s.rules[k]
	if r == nil {
		return refuse(CodeUnsupportedType, "type", "use a newer program", "there is no rule for %s", e.Type())
	}
	correction := appealOf(e.Payload) != uuid.Nil // whether it may follow that appeal is asked later
	if s.scalars.closed != 0 {
		if !r.Closed && !correction {
			return s.refuseClosed(e.Campaign)
		}
	} else if at := stageIndex(s.scalars.stage); at < stageIndex(r.From) || at > stageIndex(r.Until) && !correction {
		return refuse(CodeStage, "type", "campaign check says what the next stage waits for", "%s belongs to the stages %s; the campaign is at %s",
			r.Type.Named(), span(r.From, r.Until), s.scalars.stage)
	}
	if len(r.Roles) > 0 && !slices.Contains(r.Roles, m.role) {
		return refuse(CodeRole, "author", "let one of these say it: "+strings.Join(r.Roles, ", "), "%s is %s, whose word %s is not", e.Author, article(m.role), r.Type.Named())
	}
	switch {
	case r.Whose == WhoseLead && !s.plan.leads(m.unit):
		return refuse(CodeRole, "author", "let the lead's head say it", "%s does not belong to a unit that leads a cluster", e.Author)
	case r.Whose == WhoseSubject && m.unit != e.Subject:
		return refuse(CodeRole, "author", "let a member of "+e.Subject+" say it", "%s belongs to %s and can't speak for unit %s", e.Author, unitOr(m.unit), e.Subject)
	case r.Whose == WhoseOther && m.unit == e.Subject:
		return refuse(CodeConflict, "author", "let a member of another unit say it", "%s belongs to unit %s, which this is about", e.Author, e.Subject)
	}
	return nil
}

func span(from, until events.Stage) string {
	if from == until {
		return string(from)
	}
	return fmt.Sprintf("%s to %s", from, until)
}

// article is a role with its article.
func article(role string) string {
	if strings.HasPrefix(role, "a") || strings.HasPrefix(role, "o") {
		return "an " + role
	}
	return "a " + role
}

func unitOr(unit string) string {
	if unit == "" {
		return "no unit"
	}
	return "unit " + unit
}

// leads reports whether the unit leads a cluster.
func (p *plan) leads(unit string) bool {
	return unit != "" && slices.ContainsFunc(p.clusters, func(c *clusterPlan) bool { return c.Lead == unit })
}
