package projections

import (
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"campaignledger/events"
)

// storyAwards are the edits that give a story awards of every kind, and members who count and vote beside those of the units.
func (s *signedStory) storyAwards() []string {
	awards := "awards:\n  - {id: flag, places: 2, vote: {threshold: 2/3, base: present, quorum: 1/2, written: true}}\n" +
		"  - {id: top, places: 1, within: flag, vote: {threshold: 60%, base: members, secret: true, written: true}}\n" +
		"  - {id: cup, places: 3, vote: {threshold: 1/2, base: present}}\n  - {id: badge, places: 1}\n"
	edits := []string{"awards: [{id: flag, title: Flag, authority: Ministry, places: 1, vote: {threshold: 2/3, base: present, quorum: 2/3}}]\n", awards,
		"  - {id: auditor, role: auditor", ""}
	for _, member := range storyMembers() {
		unit, role := "", member
		if member[1] == '-' {
			unit, role = ", unit: "+member[:1], member[2:]
		}
		edits[3] += fmt.Sprintf("  - {id: %[1]s, role: %[2]s%[3]s, key: \"KEY-%[1]s\"}\n", member, role, unit)
	}
	edits[3] += edits[2]
	return append(edits, pick(s.generator, nil, []string{"council: {recuse-own: true}", "council: {}"})...)
}

func storyMembers() []string { return []string{"a-teller", "c-teller", "teller", "council"} }

// of is one of the newest events of a type in the story, also of this body; ok is false if there is none.
func (s *signedStory) of(typ events.Type) (e events.Event, ok bool) {
	all := slices.DeleteFunc(slices.Concat(s.list, s.body), func(e events.Event) bool { return e.Payload.Type() != typ })
	if len(all) == 0 {
		return e, false
	}
	return pick(s.generator, all[max(0, len(all)-4):]...), true
}

// ref names the standings of now, or of an event since which they did not move.
func (s *signedStory) ref() events.StandingsRef {
	state := s.live.state
	last, _ := state.Last()
	seq := last
	if back := int(last - state.scalars.moved); back > 0 && s.chance(50) {
		seq -= events.Seq(s.IntN(back + 1))
	}
	return events.StandingsRef{Seq: int(seq), SHA256: state.standingsSHA(seq)}
}

// courseAct says something that leads to awards, mostly what the stage allows.
func (s *signedStory) courseAct() {
	switch stage := s.live.state.scalars.stage; {
	case stageIndex(stage) < stageIndex(deliberation) || s.chance(30):
		s.beside()
	case stage == deliberation || s.chance(25):
		s.nominates()
	case s.live.state.scalars.openBallots > 0 && s.chance(80):
		s.votes()
	case s.chance(50):
		s.ballots()
	default:
		s.awards()
	}
}

// beside says what may be said beside nominations and ballots: evaluations, exclusions, appeals, corrections, documents.
func (s *signedStory) beside() {
	author, unit := s.member(), s.unit()
	if s.chance(30) {
		author = "authority"
	}
	switch s.IntN(9) {
	case 0:
		p := &events.EvaluationRecorded{Cluster: "one", Recommendation: "keep on", Strengths: []events.Finding{{Criterion: "G", Text: "calm"}}}
		if e, ok := s.of(events.TypeEvaluationRecorded); ok && s.chance(40) {
			p.Consensus = []uuid.UUID{e.ID}
		}
		c := s.live.state.plan.clusters[0]
		if old := s.live.state.evaluations.get(evaluationKey{0, int16(c.unitByID[unit]), author, len(p.Consensus) > 0}); old != 0 {
			p.Supersedes, p.Reason = s.live.state.idOf(old), "again"
		}
		s.tell(author, unit, p)
	case 1:
		to := pick(s.generator, "", s.now.AddDate(0, 0, s.IntN(12)).Format("2006-01-02"))
		s.tell(author, unit, excludes("2017-03-01", to, pick(s.generator, nil, []string{"flag"}, []string{"cup", "top"})...))
	case 2:
		if e, ok := s.of(events.TypeExclusionImposed); ok {
			s.tell(author, e.Subject, &events.ExclusionLifted{Of: e.ID, Reason: "served"})
		}
	case 3:
		s.tell(unit+"-head", unit, &events.AppealFiled{Of: pick(s.generator, s.list...).ID, Ground: events.Words{Text: "wrong"}})
	case 4:
		if e, ok := s.of(events.TypeAppealFiled); ok {
			s.tell(author, e.Subject, &events.AppealDecided{Of: e.ID, Outcome: pick(s.generator, events.AppealUpheld, events.AppealDismissed), Reason: "heard"})
		}
	case 5:
		s.corrected()
	case 6:
		s.tell(author, "", &events.DocumentIssued{Kind: events.DocumentSummary, Lang: "vi", Name: "s.pdf", Seq: 1 + s.IntN(len(s.list)), SHA256: hash("s")})
	default:
		if e, ok := s.of(pick(s.generator, events.TypeExclusionImposed, events.TypeExclusionLifted, events.TypeAppealDecided, events.TypeBallotOpened)); ok {
			s.tell(unit+"-head", "", endorse(e, events.EndorseAgree))
		}
	}
}

// corrected changes or withdraws a mark after an upheld appeal, or says that nothing is to be changed.
func (s *signedStory) corrected() {
	e, ok := s.of(events.TypeAppealDecided)
	if !ok {
		return
	}
	if s.chance(30) {
		s.tell(pick(s.generator, "authority", s.unit()+"-council"), "", endorse(e, events.EndorseReviewed))
		return
	}
	unit := e.Subject
	p := points("G", "self", unit, fmt.Sprint(1+s.IntN(9)))
	if v := s.live.state.plan.version; v > 1 {
		p.Regulation = v
	}
	p.Reason, p.Appeal = "heard", e.ID
	s.tell(unit+"-head", unit, p)
}

// nominates names units for awards, takes them back and looks at them again.
func (s *signedStory) nominates() {
	unit, award := s.unit(), pick(s.generator, "flag", "flag", "top", "cup", "badge")
	author := unit + pick(s.generator, "-head", "-council")
	switch s.IntN(6) {
	case 0:
		if e, ok := s.of(events.TypeNominationProposed); ok {
			s.tell(author, e.Subject, &events.NominationWithdrawn{Of: e.ID, Reason: "declined"})
		}
	case 1:
		if e, ok := s.of(events.TypeNominationProposed); ok {
			s.tell(author, "", endorse(e, events.EndorseReviewed))
		}
	default:
		s.tell(author, unit, &events.NominationProposed{Award: award, Cluster: "one", Reason: pick(s.generator, "", "calm"), Standings: s.ref()})
	}
}

// ballots opens one on nominees of an award, or again on those of one that was closed.
func (s *signedStory) ballots() {
	state := s.live.state
	award := pick(s.generator, "flag", "top", "cup")
	vote := state.plan.award(award).Vote
	s.made++
	p := &events.BallotOpened{Award: award, Ballot: fmt.Sprintf("b%d", s.made), Base: events.BasePresent, Cluster: "one",
		Kind: pick(s.generator, events.BallotNamed, events.BallotPaper), Question: "Carry?", Quorum: vote.Quorum, Standings: s.ref(), Threshold: vote.Threshold,
		Roll: state.council(state.plan.clusters[0])}
	if vote.BaseMembers {
		p.Base = events.BaseMembers
	}
	for _, id := range p.Roll {
		if s.chance(80) {
			p.Present = append(p.Present, id)
		}
	}
	for _, unit := range []string{"a", "b", "c"} {
		key := nominationKey{award, unit, 0}
		if state.nominations.get(key).seq == 0 || s.chance(20) {
			continue
		}
		p.Nominees = append(p.Nominees, unit)
		if old := state.ballots.get(state.newestBallot(key, 0)); old.closed != 0 {
			p.Reopens, p.Reason = state.idOf(old.closed), "miscounted"
		}
	}
	if len(p.Nominees) == 0 || len(p.Present) == 0 || !s.tell("a-head", "", p) || p.Reopens == uuid.Nil {
		return
	}
	again := s.body[len(s.body)-1]
	for _, unit := range []string{"b", "c"}[s.IntN(2):] {
		s.tell(unit+"-head", "", endorse(again, events.EndorseAgree))
	}
}

// openBallots are the ids of the ballots that take votes, sorted.
func (s *signedStory) openBallots() (ids []string) {
	for _, id := range slices.Sorted(maps.Keys(s.live.state.ballots.rows)) {
		if s.live.state.ballots.get(id).takesVotes() {
			ids = append(ids, id)
		}
	}
	return ids
}

// votes casts, counts or closes.
func (s *signedStory) votes() {
	id := pick(s.generator, s.openBallots()...)
	if s.chance(8) {
		s.ends(id)
		return
	}
	opened := s.live.state.openedAs(s.live.state.ballots.get(id))
	if opened.Kind == events.BallotPaper {
		s.counts(id, opened)
		return
	}
	member := pick(s.generator, append([]string{"b-head"}, opened.Roll...)...)
	p := &events.BallotCast{Ballot: id}
	if !slices.Contains(opened.Present, member) {
		p.Manner = events.WrittenVote
	}
	for _, unit := range opened.Nominees {
		word := pick(s.generator, events.VoteFor, events.VoteFor, events.VoteAgainst, events.VoteAbstained, events.VoteRecused)
		if s.live.state.standsAside(s.live.state.members.get(member).unit, unit) {
			word = events.VoteRecused
		}
		p.Votes = append(p.Votes, events.NomineeVote{Unit: unit, Vote: word})
	}
	s.tell(member, "", p)
}

// counts gives a count, or a teller's word for one.
func (s *signedStory) counts(id string, opened *events.BallotOpened) {
	teller := pick(s.generator, "a-teller", "b-teller", "c-teller", "teller")
	if e, ok := s.of(events.TypeBallotTallied); ok && s.chance(75) {
		s.tell(teller, "", endorse(e, events.EndorseAgree))
		return
	}
	p := &events.BallotTallied{Ballot: id, Issued: len(opened.Present), Written: s.IntN(len(opened.Roll) - len(opened.Present) + 1), Minutes: hash("minutes")}
	p.Issued += p.Written
	p.Returned = p.Issued - s.IntN(2)
	p.Valid = p.Returned - s.IntN(min(2, p.Returned+1))
	p.Invalid = p.Returned - p.Valid
	for _, unit := range opened.Nominees {
		n := events.NomineeCount{Unit: unit, For: s.IntN(p.Valid + 1)}
		n.Against = s.IntN(p.Valid - n.For + 1)
		p.Counts = append(p.Counts, n)
	}
	s.tell(teller, "", p)
}

// ends closes a ballot, with a count where it takes one.
func (s *signedStory) ends(id string) {
	opened := s.live.state.openedAs(s.live.state.ballots.get(id))
	if opened.Kind == events.BallotPaper {
		s.counts(id, opened)
		if e, ok := s.of(events.TypeBallotTallied); ok {
			for _, teller := range []string{"a-teller", "b-teller", "c-teller", "teller"} {
				s.tell(teller, "", endorse(e, events.EndorseAgree))
			}
		}
	}
	s.tell(pick(s.generator, "a-head", "a-head", "b-head"), "", &events.BallotClosed{Ballot: id, Reason: "late"})
	if e, ok := s.of(events.TypeBallotClosed); ok {
		for _, head := range []string{"c-head", "b-head"} {
			if s.chance(70) {
				s.tell(head, "", endorse(e, events.EndorseAgree))
			}
		}
	}
}

// awards proposes, decides, revokes, receives and publishes.
func (s *signedStory) awards() {
	switch s.IntN(7) {
	case 0, 1, 2:
		if e, ok := s.of(events.TypeNominationProposed); ok {
			p, _ := e.Payload.(*events.NominationProposed)
			s.tell("a-head", e.Subject, &events.AwardProposed{Award: p.Award, Cluster: "one", Ballot: s.live.state.newestBallot(nominationKey{p.Award, e.Subject, 0}, e.Seq)})
		}
	case 3, 4:
		if e, ok := s.of(events.TypeAwardProposed); ok {
			p := decides(e, pick(s.generator, events.AwardGranted, events.AwardGranted, events.AwardRefused, events.AwardOtherLevel))
			if a, ok := s.of(events.TypeAppealDecided); ok && s.chance(60) {
				p.Appeal = a.ID
			}
			if p.Outcome == events.AwardOtherLevel {
				p.Award = pick(s.generator, "flag", "cup", "badge")
			}
			s.tell("authority", e.Subject, p)
		}
	case 5:
		if e, ok := s.of(events.TypeAwardDecided); ok {
			p := &events.AwardRevoked{Of: e.ID, Ground: events.Words{Text: "forged"}}
			if a, ok := s.of(events.TypeAppealDecided); ok && s.chance(40) {
				p.Appeal = a.ID
			}
			s.tell("authority", e.Subject, p)
		}
	default:
		if e, ok := s.of(pick(s.generator, events.TypeAwardDecided, events.TypeAwardProposed, events.TypeBallotClosed, events.TypeNominationProposed)); ok {
			s.tell(s.unit()+"-head", "", endorse(e, events.EndorseReceived))
			s.tell("a-head", "", &events.PublicationStarted{Days: 10, Of: pick(s.generator, e.ID, uuid.Nil), Place: "hall"})
		}
		if s.live.state.scalars.stage == final && s.chance(15) {
			s.tell("a-head", "", closing())
		}
	}
}
