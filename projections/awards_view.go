package projections

import (
	"slices"
	"time"

	"campaignledger/events"
)

// Awards is how the campaign stands on awards, with titles in lang. It belongs to the admitting goroutine, with nothing pending. O(what was
// said of awards, and units).
func (l *Live) Awards(lang string) *Awards {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.plan == nil {
		return &Awards{}
	}
	fold := l.state.foldAwards(l.course)
	r := l.plan.regulation
	a := Awards{Campaign: r.ID, Signed: r.Signed(), Notice: r.Notice.In(lang), Seq: l.state.journal.committed(), Appeals: fold.appealStates,
		Documents: fold.documents, Awards: []AwardState{}, Units: []UnitRecord{}}
	day := l.state.dayOf(l.state.journal.at(a.Seq))
	for i, c := range l.plan.clusters {
		rows := l.boards[i].standings(l.note).Rows
		for _, u := range c.Units {
			record := UnitRecord{Evaluations: []EvaluationState{}, Exclusions: []ExclusionState{}, Commendations: []CommendationState{}}
			if said := fold.units[unitKey{int16(i), u.ID}]; said != nil {
				record = *said
			}
			record.Cluster, record.Unit, record.Title = c.ID, u.ID, titleOr(u.Title.In(lang), u.ID)
			record.Appealed = append([]events.Seq(nil), l.boards[i].appeals[c.unitByID[u.ID]]...)
			a.Units = append(a.Units, record)
		}
		for _, def := range r.Awards {
			state := AwardState{Cluster: c.ID, Award: def.ID, Title: titleOr(def.Title.In(lang), def.ID), Authority: def.Authority.In(lang), Places: def.Places,
				Within: def.Within, Nominees: []NomineeState{}, Ballots: []BallotState{}}
			state.Quota = l.state.quota(&def, 0)
			if said := fold.awards[awardKey{int16(i), def.ID}]; said != nil {
				state.Ballots = said.ballots
				for i := range state.Ballots {
					state.Ballots[i].Protects = events.BallotProtects(state.Ballots[i].Kind, lang)
				}
				for _, n := range said.nominees {
					n.place(c, rows, lang)
					n.Exclusions = fold.barring(l.plan, n.Unit, def.ID, day)
					state.Nominees = append(state.Nominees, *n)
				}
			}
			a.Awards = append(a.Awards, state)
		}
	}
	return &a
}

// place fills in where a nominee stands now.
func (n *NomineeState) place(c *clusterPlan, rows []*Standing, lang string) {
	n.Title = titleOr(c.Units[c.unitByID[n.Unit]].Title.In(lang), n.Unit)
	if i := slices.IndexFunc(rows, func(r *Standing) bool { return r.Unit == n.Unit }); i >= 0 {
		n.RankNow, n.PointsNow = rows[i].Rank, rows[i].Points()
	}
}

// barring are the exclusions that bar a unit from an award on a day.
func (f *awardsFold) barring(p *plan, unit, award, day string) (list []events.Seq) {
	for _, x := range f.exclusions {
		if x.unit == unit && x.Effective != 0 && p.barsOn(&x.bar, award, day) {
			list = append(list, x.Seq)
		}
	}
	return list
}

type unitKey struct {
	cluster int16
	unit    string
}

type awardKey struct {
	cluster int16
	award   string
}

// awardsFold is what Awards is made of.
type awardsFold struct {
	units        map[unitKey]*UnitRecord
	awards       map[awardKey]*awardFold
	exclusions   []excludedUnit
	appealStates []AppealState
	documents    []DocumentState
}

type awardFold struct {
	nominees []*NomineeState
	ballots  []BallotState
}

// excludedUnit is an exclusion and whom it is about.
type excludedUnit struct {
	ExclusionState
	unit string
	bar  bar
}

// folding is an awardsFold on its way.
type folding struct {
	*awardsFold
	s         *State
	nominees  map[events.Seq]*NomineeState // by nomination
	proposals map[events.Seq]*NomineeState // by award.proposed
	decisions map[events.Seq]*NomineeState // by award.decided
	appeals   map[events.Seq]*AppealState  // by appeal.filed
	papers    map[events.Seq]int           // by document.issued: where it stands in documents
}

// foldAwards makes the view of what was said of awards, which is course, in order. Nothing may be pending.
func (s *State) foldAwards(course []events.Seq) *awardsFold {
	f := folding{&awardsFold{units: map[unitKey]*UnitRecord{}, awards: map[awardKey]*awardFold{}, appealStates: []AppealState{}, documents: []DocumentState{}}, s,
		map[events.Seq]*NomineeState{}, map[events.Seq]*NomineeState{}, map[events.Seq]*NomineeState{}, map[events.Seq]*AppealState{}, map[events.Seq]int{}}
	var appeals []*AppealState
	for _, seq := range course {
		e := s.journal.at(seq)
		switch p := e.payload().(type) {
		case *events.EvaluationRecorded, *events.ExclusionImposed, *events.CommendationRecorded:
			f.ofUnit(seq, e)
		case *events.NominationProposed, *events.NominationWithdrawn:
			f.nomination(seq, e)
		case *events.BallotOpened, *events.BallotTallied:
			f.ballot(seq, e)
		case *events.AwardProposed, *events.AwardDecided, *events.AwardRevoked:
			f.award(seq, e)
		case *events.AppealFiled:
			a := &AppealState{Seq: seq, Unit: e.more.subject, Of: e.more.of, Ground: p.Ground.Text, Late: e.late}
			appeals, f.appeals[seq] = append(appeals, a), a
		case *events.AppealDecided:
			f.appealDecided(seq, e, p)
		case *events.DocumentIssued:
			f.document(seq, e, p)
		case *events.RecordEndorsed:
			f.endorsed(seq, e, p)
		case *events.PublicationStarted:
			f.published(seq, e, p)
		}
		f.followed(seq, e.more.appeal)
	}
	for _, a := range appeals {
		f.appealStates = append(f.appealStates, *a)
	}
	return f.awardsFold
}

// ofUnit notes what is said of a unit beside its marks.
func (f folding) ofUnit(seq events.Seq, e *entry) {
	key := unitKey{e.cluster, e.more.subject}
	if e.cluster < 0 { // a commendation
		var at entry
		_ = f.s.homeOf(e.more.subject, &at)
		key.cluster = at.cluster
	}
	u := f.units[key]
	if u == nil {
		u = &UnitRecord{Evaluations: []EvaluationState{}, Exclusions: []ExclusionState{}, Commendations: []CommendationState{}}
		f.units[key] = u
	}
	by := f.s.names.list[e.author]
	switch p := e.more.payload.(type) {
	case *events.EvaluationRecorded:
		v := EvaluationState{Seq: seq, By: by, Name: f.s.members.get(by).name, Current: e.supersededBy == 0, Strengths: findings(p.Strengths),
			Shortcomings: findings(p.Shortcomings), Recommendation: p.Recommendation, Awards: p.Awards}
		for _, id := range p.Consensus {
			v.Consensus = append(v.Consensus, f.s.ids.get(id))
		}
		u.Evaluations = append(u.Evaluations, v)
	case *events.ExclusionImposed:
		x := f.s.exclusions.get(seq)
		state := ExclusionState{Seq: seq, By: by, Awards: p.Awards, From: p.From, To: p.To, Ground: p.Ground.Text, Effective: x.effective, Lifted: x.lifted,
			LiftedOn: x.liftedOn, Transcribed: p.Basis == events.BasisTranscribed, Paper: paper(p.Decision)}
		u.Exclusions = append(u.Exclusions, state)
		f.exclusions = append(f.exclusions, excludedUnit{state, e.more.subject, f.s.barOf(seq, x)})
	case *events.CommendationRecorded:
		u.Commendations = append(u.Commendations, CommendationState{Seq: seq, By: by, Kind: p.Kind, Merit: p.Merit.Text, Person: p.Person.Text, Theme: p.Theme})
	}
}

func findings(list []events.Finding) []Finding {
	out := make([]Finding, 0, len(list))
	for _, f := range list {
		out = append(out, Finding(f))
	}
	return out
}

// paper is a decision on paper, nil where there is none.
func paper(d events.Decision) *Paper {
	if d == (events.Decision{}) {
		return nil
	}
	p := Paper(d)
	return &p
}

// of is the award's part of the view.
func (f folding) of(cluster int16, award string) *awardFold {
	key := awardKey{cluster, award}
	a := f.awards[key]
	if a == nil {
		a = &awardFold{ballots: []BallotState{}}
		f.awards[key] = a
	}
	return a
}

func (f folding) nomination(seq events.Seq, e *entry) {
	switch p := e.more.payload.(type) {
	case *events.NominationProposed:
		n := &NomineeState{Unit: e.more.subject, Nomination: seq, By: f.s.names.list[e.author], Reason: p.Reason,
			Standings: StandingsName{events.Seq(p.Standings.Seq), p.Standings.SHA256}}
		n.ByUnit = f.s.members.get(n.By).unit
		n.Rank, n.Points = e.more.stood.rank, e.more.stood.points
		key := nominationKey{p.Award, e.more.subject, e.cluster}
		if now := f.s.nominations.get(key); now.seq == seq {
			n.Reviewed, n.Proposed, n.Flagged = now.reviewed, now.proposed, f.s.flagged(key, now)
		}
		a := f.of(e.cluster, p.Award)
		a.nominees, f.nominees[seq] = append(a.nominees, n), n
	case *events.NominationWithdrawn:
		f.nominees[e.more.of].Withdrawn = seq
	}
}

func (f folding) ballot(seq events.Seq, e *entry) {
	switch p := e.more.payload.(type) {
	case *events.BallotOpened:
		b := f.s.ballots.get(p.Ballot)
		state := BallotState{Ballot: p.Ballot, Opened: seq, Effective: b.effective, Closed: b.closed, Ended: b.ended, Tally: b.tally, Replaced: b.reopened, Reason: p.Reason,
			Kind: p.Kind, Question: p.Question, Base: p.Base, Threshold: p.Threshold.String(), Standings: StandingsName{events.Seq(p.Standings.Seq), p.Standings.SHA256},
			Nominees: p.Nominees, Roll: f.roll(p, b)}
		if p.Quorum.Den != 0 {
			state.Quorum = p.Quorum.String()
		}
		if e.more.of != 0 {
			closed, _ := f.s.journal.at(e.more.of).more.payload.(*events.BallotClosed)
			state.Reopens = closed.Ballot
		}
		if b.closed != 0 {
			state.Results = f.s.resultsOf(b)
		}
		a := f.of(e.cluster, p.Award)
		a.ballots = append(a.ballots, state)
	case *events.BallotTallied:
		b := f.ballotOf(e)
		if b == nil {
			return
		}
		counts := make([]NomineeCount, 0, len(p.Counts))
		for _, n := range p.Counts {
			counts = append(counts, NomineeCount(n))
		}
		b.Tallies = append(b.Tallies, TallyState{Counts: counts, Seq: seq, Tellers: []string{f.s.names.list[e.author]}, Issued: p.Issued, Returned: p.Returned, Valid: p.Valid,
			Invalid: p.Invalid, Written: p.Written, Minutes: p.Minutes, Note: p.Note, InForce: b.Tally == seq})
	}
}

// ballotOf is the ballot that a tally, or its endorsement, is about.
func (f folding) ballotOf(tally *entry) *BallotState {
	opened, ok := f.s.journal.at(tally.more.of).payload().(*events.BallotOpened)
	if !ok {
		return nil
	}
	a := f.of(tally.cluster, opened.Award)
	i := slices.IndexFunc(a.ballots, func(b BallotState) bool { return b.Ballot == opened.Ballot })
	return &a.ballots[i]
}

// roll is who may vote, and once a named ballot is closed how they did.
func (f folding) roll(p *events.BallotOpened, b ballotState) []RollEntry {
	list := make([]RollEntry, 0, len(p.Roll))
	for _, id := range p.Roll {
		m := f.s.members.get(id)
		r := RollEntry{Member: id, Name: m.name, Unit: m.unit, Present: slices.Contains(p.Present, id), Voted: f.s.votes.get(voteKey{p.Ballot, id})}
		if r.Voted != 0 && b.closed != 0 {
			cast, _ := f.s.journal.at(r.Voted).more.payload.(*events.BallotCast)
			r.Reason = cast.Reason
			for _, unit := range p.Nominees {
				r.Votes = append(r.Votes, cast.Votes[slices.IndexFunc(cast.Votes, func(v events.NomineeVote) bool { return v.Unit == unit })].Vote)
			}
		}
		r.Written = r.Voted != 0 && !r.Present
		list = append(list, r)
	}
	return list
}

func (f folding) award(seq events.Seq, e *entry) {
	by := f.s.names.list[e.author]
	switch p := e.more.payload.(type) {
	case *events.AwardProposed:
		for _, n := range f.nominees {
			if n.Proposed == seq {
				n.Ballot, f.proposals[seq] = p.Ballot, n
			}
		}
	case *events.AwardDecided:
		n := f.proposals[e.more.of]
		d := AwardDecision{Seq: seq, Day: f.s.dayOf(e), Outcome: p.Outcome, Award: f.s.decisions.get(seq).award, By: by, Transcribed: p.Basis == events.BasisTranscribed, Paper: paper(p.Decision)}
		_, d.InForce = f.s.granted(seq)
		if d.Award == "" {
			d.Award = f.s.proposals.get(e.more.of).award
		}
		n.Decisions, f.decisions[seq] = append(n.Decisions, d), n
	case *events.AwardRevoked:
		n := f.decisions[e.more.of]
		i := slices.IndexFunc(n.Decisions, func(d AwardDecision) bool { return d.Seq == e.more.of })
		n.Decisions[i].Revoked, n.Decisions[i].Ground = seq, p.Ground.Text
	}
}

func (f folding) appealDecided(seq events.Seq, e *entry, p *events.AppealDecided) {
	a := f.appeals[e.more.of]
	switch f.s.appeals.get(e.more.of).decided {
	case 0:
		a.Waiting = seq
		return
	case seq:
	default: // another decision took effect
		return
	}
	a.Decided, a.Outcome, a.Reason, a.Waiting = seq, p.Outcome, p.Reason, 0
	a.Flagged = e.hold&holdReview != 0
}

// followed notes that an event names an upheld appeal.
func (f folding) followed(seq, decided events.Seq) {
	if decided == 0 {
		return
	}
	if a := f.appeals[f.s.journal.at(decided).more.of]; a != nil {
		a.Changes = append(a.Changes, seq)
	}
}

func (f folding) document(seq events.Seq, e *entry, p *events.DocumentIssued) {
	d := DocumentState{Seq: seq, Kind: p.Kind, Name: p.Name, Number: p.Number, AsOf: events.Seq(p.Seq), SHA256: p.SHA256, Of: e.more.of}
	if at, ok := f.papers[d.Of]; ok {
		f.documents[at].Signed = seq
	}
	f.papers[seq] = len(f.documents)
	f.documents = append(f.documents, d)
}

// endorsed notes a teller's word for a count, and a unit's that it received a decision.
func (f folding) endorsed(seq events.Seq, e *entry, p *events.RecordEndorsed) {
	of, by := f.s.journal.at(e.more.of), f.s.names.list[e.author]
	if p.As == events.EndorseAgree && of.what == kindTallied {
		b := f.ballotOf(of)
		i := slices.IndexFunc(b.Tallies, func(t TallyState) bool { return t.Seq == e.more.of })
		b.Tallies[i].Tellers = append(b.Tallies[i].Tellers, by)
	}
	if n := f.decisions[e.more.of]; n != nil && p.As == events.EndorseReceived && f.s.members.get(by).unit == n.Unit {
		n.Notices = append(n.Notices, Notice{Of: e.more.of, Seq: seq, By: by})
	}
	if p.As == events.EndorseReviewed && of.what == kindAppealDecided {
		f.followed(seq, e.more.of)
	}
}

// published notes a publication with the nominees that it is about.
func (f folding) published(seq events.Seq, e *entry, p *events.PublicationStarted) {
	from := f.s.dayOf(e)
	state := PublicityState{Seq: seq, Of: e.more.of, Place: p.Place, Days: p.Days, From: from, To: from}
	if day, err := time.Parse(time.DateOnly, from); err == nil {
		state.To = day.AddDate(0, 0, p.Days-1).Format(time.DateOnly)
	}
	for nomination, n := range f.nominees {
		about := e.more.of == 0 || e.more.of == nomination || e.more.of == n.Proposed || f.decisions[e.more.of] == n && n != nil
		if b, ok := f.closedBallot(e.more.of); ok {
			about = slices.Contains(b.Nominees, n.Unit) && b.Award == f.awardOf(nomination)
		}
		if about && n.Withdrawn == 0 {
			n.Publications = append(n.Publications, state)
		}
	}
}

// closedBallot is the ballot that event seq closes.
func (f folding) closedBallot(seq events.Seq) (*events.BallotOpened, bool) {
	if seq == 0 || f.s.journal.at(seq).what != kindBallotClosed {
		return nil, false
	}
	p, ok := f.s.journal.at(f.s.journal.at(seq).more.of).payload().(*events.BallotOpened)
	return p, ok
}

func (f folding) awardOf(nomination events.Seq) string {
	p, _ := f.s.journal.at(nomination).payload().(*events.NominationProposed)
	return p.Award
}

// ofCourse reports whether a committed event says something of awards.
func (e *entry) ofCourse() bool {
	switch e.what {
	case kindEvaluated, kindExcluded, kindLifted, kindNominated, kindNominationWithdrawn, kindBallotOpened, kindCast, kindTallied, kindBallotClosed,
		kindProposed, kindDecided, kindRevoked, kindAppealFiled, kindAppealDecided, kindDocument, kindCommended, kindPublished:
		return true
	}
	return (e.isEntry() || e.what == kindWithdrawn) && e.more != nil && e.more.rare != nil && e.more.appeal != 0
}

// HidesVote reports whether event seq is a vote in a ballot that was open after event asOf, 0 for now. Nobody is shown its record before the
// close; behind a freeze the close itself does not show.
func (l *Live) HidesVote(seq, asOf events.Seq) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.hidesVote(seq, asOf)
}

func (l *Live) hidesVote(seq, asOf events.Seq) bool {
	if _, open := l.openVotes[seq]; open {
		return true
	}
	return asOf != 0 && l.voteEnds[seq] > asOf
}

// FirstHiddenVote is the first vote that HidesVote reports, 0 if there is none.
func (l *Live) FirstHiddenVote(asOf events.Seq) (first events.Seq) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for seq := range l.openVotes {
		if first == 0 || seq < first {
			first = seq
		}
	}
	for seq := range l.voteEnds {
		if l.hidesVote(seq, asOf) && (first == 0 || seq < first) {
			first = seq
		}
	}
	return first
}

// takeAward notes a committed event that says something of awards.
func (l *Live) takeAward(e *entry, seq events.Seq) {
	about := e
	if e.what == kindEndorsed {
		about = l.state.journal.at(e.more.of) // most are about marks
	}
	if !about.ofCourse() {
		return
	}
	l.course = append(l.course, seq)
	switch p := e.payload().(type) {
	case *events.BallotCast:
		l.openVotes[seq] = p.Ballot
	case *events.BallotClosed:
		if e.hold&holdAct == 0 {
			l.showVotes(p.Ballot, seq)
		}
	}
	if e.more.rare == nil || e.more.effect == nil {
		return
	}
	for _, act := range e.more.effect.released {
		if p, ok := l.state.journal.at(act).payload().(*events.BallotClosed); ok {
			l.showVotes(p.Ballot, seq)
		}
	}
}

// showVotes shows how members voted in a ballot that event seq ends.
func (l *Live) showVotes(id string, seq events.Seq) {
	for vote, ballot := range l.openVotes {
		if ballot == id {
			delete(l.openVotes, vote)
			l.voteEnds[vote] = seq
		}
	}
}
