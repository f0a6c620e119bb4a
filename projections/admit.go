package projections

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

const (
	// maxEvents bounds a campaign: the folds keep places in 32 bits.
	maxEvents = 1<<32 - 1
	// clockSkew is how far a claimed time may lie after the recorded one: clocks of honest machines differ a little.
	clockSkew = 5 * time.Minute
	// importHold is how long after an import's last row nothing may come between it and the next. It outlasts any pause of a
	// running import, and frees the campaign soon after one was cut off.
	importHold = 5 * time.Second
)

// Admit checks e against everything admitted so far and overlays its effect, or returns a *Refusal and changes nothing. It is a
// function of the events before and of recorded times, so that every reader gets the same answer.
func (s *State) Admit(e events.Event) error {
	if err := s.admissible(&e); err != nil {
		return err
	}
	point := s.Savepoint()
	next := entry{id: e.ID, time: millis(e.Time), recorded: millis(e.Recorded), author: s.names.id(e.Author), unit: -1, leaf: -1, cluster: -1}
	if err := s.admit(&e, &next); err != nil {
		s.Rollback(point)
		s.saved = s.saved[:point]
		return err
	}
	s.saved = s.saved[:point]
	s.ids.put(e.ID, 0, e.Seq)
	s.journal.pending = append(s.journal.pending, next)
	s.scalars.time, s.scalars.recorded = e.Time, e.Recorded
	s.noteMoved(&s.journal.pending[len(s.journal.pending)-1], e.Seq)
	return nil
}

// admissible checks what holds for every event.
func (s *State) admissible(e *events.Event) error {
	last, recorded := s.Last()
	if e.Seq != last+1 {
		return refuse(CodeWrongSequence, "", "read the log from its start", "event %d can't follow event %d", e.Seq, last)
	}
	if e.Seq > maxEvents {
		return refuse(CodeWrongSequence, "", "close the campaign and open another", "a campaign holds at most %d events", events.Seq(maxEvents))
	}
	if seq := s.ids.get(e.ID); seq != 0 {
		return refuse(CodeDuplicateID, "id", "give every event an id of its own", "the id %s is that of event %d", e.ID, seq)
	}
	if e.Recorded.Before(recorded) {
		return refuse(CodeRecorded, "", "set the server's clock right",
			"the recorded time %s is before the last event's, %s", events.FormatTime(e.Recorded), events.FormatTime(recorded))
	}
	opening, isOpening := e.Payload.(*events.CampaignOpened)
	if isOpening {
		return s.admissibleOpening(e, opening)
	}
	switch {
	case s.plan == nil:
		return refuse(CodeNotOpen, "", "open it with campaign open REGULATION.yaml", "campaign %s is not open", e.Campaign)
	case e.Campaign != s.plan.regulation.ID:
		return refuse(CodeWrongCampaign, "source", "send it to its own campaign", "the event belongs to campaign %s, not %s",
			e.Campaign, s.plan.regulation.ID)
	case e.Signature != "" && !s.signed():
		return refuse(CodeUnsigned, "signature", "leave the signature out", "campaign %s is unsigned", e.Campaign)
	case s.scalars.closed != 0 && !s.signed() && e.Type() != events.TypeLedgerTakenOver:
		return s.refuseClosed(e.Campaign)
	case s.scalars.sheet.id != uuid.Nil && e.Causation != s.scalars.sheet.id:
		return refuse(CodeSealedMismatch, "causationid", "send sheet.revealed and all its marks in one body, with nothing in between",
			"the sheet of event %d is being opened", s.scalars.sheet.sealed)
	case e.Causation != s.scalars.running && s.importRunning(e.Recorded):
		return s.refuseBehind(e)
	}
	return s.checkTime(e.Time, e.Recorded)
}

func (s *State) admissibleOpening(e *events.Event, p *events.CampaignOpened) error {
	switch {
	case s.plan != nil:
		return refuse(CodeOpened, "", "append to it, or open another one under an id of its own", "campaign %s is open already", s.plan.regulation.ID)
	case p.Regulation.ID != e.Campaign:
		return refuse(CodeWrongCampaign, "source", "send it to its own campaign", "the regulation is that of campaign %s, not %s",
			p.Regulation.ID, e.Campaign)
	case e.Time.After(e.Recorded.Add(clockSkew)):
		return refuseFuture(e.Time, e.Recorded)
	}
	return nil
}

// refuseBehind refuses what comes between an import's rows. Who waits for its end must be who it says: bodies that wait are few. A row
// carries no signature, and does not wait: whoever plans an import waits before its rows.
func (s *State) refuseBehind(e *events.Event) error {
	running := s.refuseRunning()
	if !s.signed() {
		return running
	}
	if s.causedBySigned(e) {
		running.until = time.Time{}
		return running
	}
	if _, err := s.speaker(e); err != nil {
		return err
	}
	return running
}

func (s *State) refuseClosed(campaign string) error {
	return refuse(CodeClosed, "", "corrections after the close need an upheld appeal", "campaign %s was closed by event %d", campaign, s.scalars.closed)
}

func refuseFuture(claimed, recorded time.Time) error {
	return refuse(CodeTime, "time", "set the clock right, or leave the time out", "the claimed time %s is more than %s after the recorded time %s",
		events.FormatTime(claimed), clockSkew, events.FormatTime(recorded))
}

// checkTime holds a claimed time against the campaign's clock.
func (s *State) checkTime(claimed, recorded time.Time) error {
	r := s.plan.regulation
	switch {
	case claimed.After(recorded.Add(clockSkew)):
		return refuseFuture(claimed, recorded)
	case r.Clock == events.ClockHistoric && claimed.Before(s.scalars.time):
		return refuse(CodeTime, "time", "put the events in the order of their times",
			"the claimed time %s is before the last event's, %s; time does not go backwards", events.FormatTime(claimed), events.FormatTime(s.scalars.time))
	case r.Clock != events.ClockHistoric && claimed.Before(recorded.Add(-r.Delay)):
		return refuse(CodeTime, "time", "a longer delay or clock: historic in the regulation would allow it",
			"the claimed time %s is more than the allowed delay of %s before the recorded time %s", events.FormatTime(claimed), days(r.Delay), events.FormatTime(recorded))
	}
	return nil
}

// days writes a delay as a regulation does: 45d, 12h or 90m.
func days(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d%day == 0:
		return fmt.Sprintf("%dd", d/day)
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dm", d/time.Minute)
}

// admit applies the rules of e's type and overlays what it changes; next is completed.
func (s *State) admit(e *events.Event, next *entry) error {
	next.what = kindOf(e.Type())
	if next.what == kinds {
		return refuse(CodeUnsupportedType, "type", "use a newer program", "there is no rule for %s", e.Type())
	}
	if !next.isEntry() {
		next.also().payload, next.more.subject = e.Payload, e.Subject
	}
	if p, ok := e.Payload.(*events.CampaignOpened); ok {
		return s.campaignOpened(e, p, next)
	}
	author, err := s.authorize(e, next)
	if err != nil {
		return err
	}
	if err := s.importRow(e, next); err != nil {
		return err
	}
	if err := s.correct(e, next); err != nil {
		return err
	}
	if err := s.entryEffect(e, author, next); err != errNotEntry {
		return err
	}
	if err := s.memberEffect(e, author, next); err != errNotEntry {
		return err
	}
	if err := s.yearEffect(e, author, next); err != errNotEntry {
		return err
	}
	return s.awardEffect(e, author, next)
}

// errNotEntry passes an event on to the next group of types.
var errNotEntry = errors.New("of another group of types")

func (s *State) campaignOpened(e *events.Event, p *events.CampaignOpened, next *entry) error {
	if p.Regulation.Signed() {
		if err := s.opener(e, p.Regulation); err != nil {
			return err
		}
		s.scalars.genesis, s.scalars.stage = events.RecordHash(e.Record), events.StageDraft
		s.plan = newPlan(p.Regulation, nil)
		if err := s.found(p.Regulation.Members); err != nil {
			return err
		}
	} else if e.Signature != "" {
		return refuse(CodeUnsigned, "signature", "leave the signature out", "campaign %s is unsigned: its regulation has no members", e.Campaign)
	}
	s.plan = newPlan(p.Regulation, nil)
	next.also().effect = &effect{plan: s.plan}
	if s.signed() {
		next.withHash(e, false)
	}
	return nil
}

// authorize checks that e's author may say it now. In an unsigned campaign everybody may say what needs no members.
func (s *State) authorize(e *events.Event, next *entry) (memberState, error) {
	if !s.signed() {
		switch rule := s.rules[next.what]; {
		case rule == nil || !rule.Unsigned:
			return memberState{}, refuse(CodeUnsigned, "type", "open a campaign whose regulation has members", "%s needs a signed campaign; %s is unsigned", e.Type().Named(), e.Campaign)
		}
		return memberState{}, nil
	}
	caused := s.causedBySigned(e)
	author := s.members.get(e.Author)
	if !caused {
		var err error
		if author, err = s.speaker(e); err != nil {
			return author, err
		}
	}
	if err := s.allowed(e, next.what, author); err != nil {
		return author, err
	}
	if e.Causation == s.planned.id && caused {
		return author, nil // it will be stored later, and counted then
	}
	if !caused || next.what == kindScore {
		next.withHash(e, caused)
	}
	if caused && s.scalars.sheet.id == uuid.Nil {
		return author, nil // an import's batches are counted as a whole
	}
	return author, s.spend(e.Author, 1, len(e.Record)+1)
}

// withHash keeps the record's hash where the record can be endorsed: if it is signed, or transcribed.
func (e *entry) withHash(of *events.Event, caused bool) {
	if p, ok := of.Payload.(*events.ScoreEntered); caused && (!ok || p.Basis != basisTranscribed) {
		return
	}
	if e.more == nil {
		e.more = &details{}
	}
	hash := events.RecordHash(of.Record)
	e.more.hash = &hash
}

// entryEffect admits what makes the standings.
func (s *State) entryEffect(e *events.Event, author memberState, next *entry) error {
	switch p := e.Payload.(type) {
	case *events.ScoreEntered:
		return s.scoreEntered(e, p, author, next)
	case *events.TargetSet:
		return s.targetSet(e, p, author, next)
	case *events.EntryWithdrawn:
		return s.entryWithdrawn(e, p, author, next)
	case *events.TieDecided:
		return s.tieDecided(e, p, author, next)
	case *events.ImportStarted:
		return s.importStarted(e, p)
	case *events.ScoreReturned:
		return s.scoreReturned(e, p, author, next)
	case *events.ExplanationFiled:
		return s.explanationFiled(e, p, next)
	case *events.SheetSealed:
		return s.sheetSealed(e, p, author, next)
	case *events.SheetRevealed:
		return s.sheetRevealed(e, p, next)
	}
	return errNotEntry
}

// memberEffect admits what says who may speak, and joint acts.
func (s *State) memberEffect(e *events.Event, author memberState, next *entry) error {
	if changesMembers(next.what) {
		if err := s.whileVoting("type"); err != nil {
			return err
		}
	}
	switch p := e.Payload.(type) {
	case *events.UnitJoined:
		return s.unitJoined(e, p)
	case *events.UnitWithdrawn:
		return s.unitWithdrawn(e)
	case *events.MemberAppointed:
		return s.memberAppointed(e, p, author, next)
	case *events.MemberRekeyed:
		return s.memberRekeyed(e, p, author, next)
	case *events.MemberRemoved:
		return s.memberRemoved(e, p)
	case *events.RecordEndorsed:
		return s.recordEndorsed(e, p, author, next)
	case *events.RegulationAmended:
		return s.regulationAmended(e, p, author, next)
	case *events.LedgerTakenOver:
		return s.ledgerTakenOver(e, p, author, next)
	}
	return errNotEntry
}

// yearEffect admits what the year brings beside the scores.
func (s *State) yearEffect(e *events.Event, author memberState, next *entry) error {
	switch p := e.Payload.(type) {
	case *events.StageAdvanced:
		return s.stageAdvanced(p)
	case *events.StandingsFrozen:
		return s.standingsFrozen(e)
	case *events.StandingsRevealed:
		return s.standingsRevealed()
	case *events.PublicationStarted:
		return s.publicationStarted(p, next)
	case *events.DriveLaunched:
		return s.driveLaunched(e, p)
	case *events.DriveClosed:
		return s.driveClosed(e, p)
	case *events.ReportFiled:
		return s.reportFiled(e, p, next)
	case *events.CommendationRecorded:
		return s.commendationRecorded(e, p, author)
	case *events.CampaignClosed:
		return s.campaignClosed(e)
	}
	return errNotEntry
}

// awardEffect admits what leads from the evaluation of the units to their awards.
func (s *State) awardEffect(e *events.Event, author memberState, next *entry) error {
	switch p := e.Payload.(type) {
	case *events.EvaluationRecorded:
		return s.evaluationRecorded(e, p, next)
	case *events.ExclusionImposed:
		return s.exclusionImposed(e, p, author, next)
	case *events.ExclusionLifted:
		return s.exclusionLifted(e, p, author, next)
	case *events.NominationProposed:
		return s.nominationProposed(e, p, author, next)
	case *events.NominationWithdrawn:
		return s.nominationWithdrawn(e, p, author, next)
	case *events.BallotOpened:
		return s.ballotOpened(e, p, author, next)
	case *events.BallotCast:
		return s.ballotCast(e, p, author, next)
	case *events.BallotTallied:
		return s.ballotTallied(e, p, author, next)
	case *events.BallotClosed:
		return s.ballotClosed(e, p, author, next)
	case *events.AwardProposed:
		return s.awardProposed(e, p, author, next)
	case *events.AwardDecided:
		return s.awardDecided(e, p, author, next)
	case *events.AwardRevoked:
		return s.awardRevoked(e, p, author, next)
	case *events.AppealFiled:
		return s.appealFiled(e, p, next)
	case *events.AppealDecided:
		return s.appealDecided(e, p, author, next)
	case *events.DocumentIssued:
		return s.documentIssued(e, p, author, next)
	}
	return refuse(CodeUnsupportedType, "type", "use a newer program", "there is no rule for %s", e.Type())
}

// Complete fills in what the author of a draft left out, as of everything admitted so far; recorded is the time it will get.
// The payload is copied before it is changed.
func (s *State) Complete(d *events.Draft, recorded time.Time) {
	if d.Time.IsZero() {
		d.Time = s.defaultTime(d.Payload, recorded)
	}
	switch p := d.Payload.(type) {
	case *events.ScoreEntered:
		if d.Author == "" && !s.isSigned() {
			d.Author = p.Scorer
		}
		if p.Regulation == 0 && s.plan != nil && s.plan.version > 1 {
			changed := *p
			changed.Regulation = s.plan.version
			d.Payload, p = &changed, &changed
		}
		if p.Supersedes == uuid.Nil && p.Reason != "" {
			d.Payload = superseding(p, s.idOf(s.currentEntry(d)), p.Reason)
		}
	case *events.TargetSet:
		if d.Author == "" && !s.isSigned() {
			d.Author = p.Scorer
		}
		if p.Supersedes == uuid.Nil && p.Reason != "" {
			d.Payload = superseding(p, s.idOf(s.currentEntry(d)), p.Reason)
		}
	case *events.ReportFiled:
		if p.Supersedes == uuid.Nil && p.Reason != "" {
			d.Payload = superseding(p, s.idOf(s.reports.get(reportKey{d.Subject, p.Drive, p.From, p.To})), p.Reason)
		}
	case *events.EvaluationRecorded:
		if p.Supersedes == uuid.Nil && p.Reason != "" {
			d.Payload = superseding(p, s.idOf(s.ownEvaluation(d, p)), p.Reason)
		}
	}
}

// ownEvaluation is the current evaluation that d would replace; 0 if there is none, or if d names something unknown.
func (s *State) ownEvaluation(d *events.Draft, p *events.EvaluationRecorded) events.Seq {
	if s.plan == nil {
		return 0
	}
	var at entry
	if _, err := s.about(p.Cluster, d.Subject, &at); err != nil {
		return 0
	}
	return s.evaluations.get(evaluationKey{at.cluster, at.unit, d.Author, len(p.Consensus) > 0})
}

// isSigned reports whether the campaign is open and signed.
func (s *State) isSigned() bool { return s.plan != nil && s.signed() }

// superseding is a copy of an entry's payload that replaces another entry for a reason.
func superseding(p events.Payload, id uuid.UUID, reason string) events.Payload {
	switch p := p.(type) {
	case *events.ScoreEntered:
		changed := *p
		changed.Supersedes, changed.Reason = id, reason
		return &changed
	case *events.TargetSet:
		changed := *p
		changed.Supersedes, changed.Reason = id, reason
		return &changed
	case *events.ReportFiled:
		changed := *p
		changed.Supersedes, changed.Reason = id, reason
		return &changed
	case *events.EvaluationRecorded:
		changed := *p
		changed.Supersedes, changed.Reason = id, reason
		return &changed
	}
	return p
}

func (s *State) defaultTime(p events.Payload, recorded time.Time) time.Time {
	if opening, ok := p.(*events.CampaignOpened); ok {
		return OpeningTime(opening.Regulation, recorded)
	}
	if s.plan != nil && s.plan.regulation.Clock == events.ClockHistoric {
		return s.scalars.time
	}
	return recorded
}

// OpeningTime is what an opening claims: in a historic campaign the period's start, if that is past.
func OpeningTime(r *events.Regulation, recorded time.Time) time.Time {
	if r.Clock != events.ClockHistoric || r.Period.Start == "" {
		return recorded
	}
	start, err := time.ParseInLocation(time.DateOnly, r.Period.Start, r.Period.Zone)
	if err != nil || start.After(recorded) {
		return recorded
	}
	return start.UTC()
}

// currentEntry is the current entry where d would enter its own; 0 if there is none, or if d names something unknown.
func (s *State) currentEntry(d *events.Draft) events.Seq {
	if s.plan == nil {
		return 0
	}
	switch p := d.Payload.(type) {
	case *events.ScoreEntered:
		where, err := s.locate(p.Cluster, d.Subject, p.Criterion)
		level, ok := s.plan.levels[p.Level]
		if err != nil || !ok {
			return 0
		}
		return s.current(where, level, p.Scorer, p.Item)
	case *events.TargetSet:
		where, err := s.locate(p.Cluster, d.Subject, p.Criterion)
		if err != nil {
			return 0
		}
		return s.current(where, targetLevel, "", "")
	}
	return 0
}

func (s *State) current(where location, level uint8, scorer, item string) events.Seq {
	scorerID, known := s.names.ids[scorer]
	itemID, knownItem := s.names.ids[item]
	if !known || !knownItem {
		return 0 // nobody has used the name yet
	}
	return s.cells.get(cellKey{cluster: where.cluster, unit: where.unit, leaf: where.leaf, level: level, scorer: scorerID, item: itemID})
}

// idOf is the id of event seq, zero for 0.
func (s *State) idOf(seq events.Seq) uuid.UUID {
	if seq == 0 {
		return uuid.Nil
	}
	return s.journal.at(seq).id
}
