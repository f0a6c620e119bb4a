package projections

import (
	"github.com/google/uuid"

	"campaignledger/events"
)

// appealState is an appeal and what was decided on it.
type appealState struct {
	filed   events.Seq
	decided events.Seq // that has its effect
	since   events.Seq // its effect: that event, or the endorsement that reached the share
	upheld  bool
}

func (s *State) appealFiled(e *events.Event, p *events.AppealFiled, next *entry) error {
	if err := s.homeOf(e.Subject, next); err != nil {
		return err
	}
	seq, ok := s.Find(p.Of)
	if !ok {
		return refuse(CodeUnknownEvent, "of", "name the id of an event of this campaign", "%s is no event of this campaign", p.Of)
	}
	next.also().of = seq
	s.appeals.put(e.Seq, appealState{}, appealState{filed: e.Seq})
	return s.plan.appealDeadline.meet(next, "appeals")
}

func (s *State) appealDecided(e *events.Event, p *events.AppealDecided, m memberState, next *entry) error {
	if err := s.homeOf(e.Subject, next); err != nil {
		return err
	}
	seq, ok := s.Find(p.Of)
	old := s.appeals.get(seq)
	switch {
	case !ok || old.filed == 0 || s.journal.at(seq).more.subject != e.Subject:
		return refuse(CodeUnknownEvent, "of", "name the id of an appeal.filed by the unit", "%s is no appeal of unit %s", p.Of, e.Subject)
	case old.decided != 0:
		return refuse(CodeAppeal, "of", "leave it out", "the appeal of event %d was decided by event %d", seq, old.decided)
	}
	if err := checkTranscriber(e, p.Basis, m); err != nil {
		return err
	}
	if about := s.unitOf(s.journal.at(s.journal.at(seq).more.of)); m.role == events.RoleAuthority && m.unit != "" && m.unit == about {
		return refuse(CodeConflict, "author", "let an authority of no unit, or of another, decide", "%s belongs to unit %s, which the appeal is about", e.Author, m.unit)
	}
	if err := s.checkPaper(p.Decision, next); err != nil {
		return err
	}
	next.also().of = seq
	if p.Outcome == events.AppealUpheld {
		next.hold |= holdReview // until what it changes was looked at again
	}
	if s.needsAgreement(m) {
		return s.beginAct(e, next, m.unit, actShare)
	}
	return s.settleAppeal(seq, e.Seq, e.Seq, p)
}

// settleAppeal gives a decision on an appeal its effect by event since.
func (s *State) settleAppeal(filed, decided, since events.Seq, p *events.AppealDecided) error {
	old := s.appeals.get(filed)
	if old.decided != 0 {
		return refuse(CodeAppeal, "of", "leave it out", "the appeal of event %d was decided by event %d", filed, old.decided)
	}
	s.appeals.put(filed, old, appealState{filed, decided, since, p.Outcome == events.AppealUpheld})
	return nil
}

// upheld finds an upheld appeal by the id of its decision: the decision, and the appeal.
func (s *State) upheld(id uuid.UUID) (decided events.Seq, appeal appealState, err error) {
	seq, ok := s.Find(id)
	if ok && s.journal.at(seq).what == kindAppealDecided {
		if appeal = s.appeals.get(s.journal.at(seq).more.of); appeal.decided == seq && appeal.upheld {
			return seq, appeal, nil
		}
	}
	return 0, appeal, refuse(CodeAppeal, "appeal", "name the id of an appeal.decided that upholds an appeal and has its effect", "%s is no upheld appeal", id)
}

// follows checks that an upheld appeal is about a unit (if not ""), or about one of some events, and gives the decision on it.
func (s *State) follows(id uuid.UUID, unit string, about ...events.Seq) (events.Seq, error) {
	decided, appeal, err := s.upheld(id)
	if err != nil {
		return 0, err
	}
	of := s.journal.at(appeal.filed).more.of
	for _, seq := range about {
		if of == seq && seq != 0 {
			return decided, nil
		}
	}
	if unit != "" && (s.journal.at(decided).more.subject == unit || s.unitOf(s.journal.at(of)) == unit) {
		return decided, nil
	}
	return 0, refuse(CodeAppeal, "appeal", "name an appeal about what is changed", "the appeal upheld by event %d is about event %d", decided, of)
}

// unitOf is the unit that an event is about; "" if it is about none.
func (s *State) unitOf(e *entry) string {
	if e.unit >= 0 {
		return s.plan.clusters[e.cluster].Units[e.unit].ID
	}
	if e.more != nil && e.more.rare != nil {
		return e.more.subject
	}
	return ""
}

// appealOf is the appeal that a correction names; the nil UUID if it names none.
func appealOf(p events.Payload) uuid.UUID {
	switch p := p.(type) {
	case *events.ScoreEntered:
		return p.Appeal
	case *events.TargetSet:
		return p.Appeal
	case *events.EntryWithdrawn:
		return p.Appeal
	}
	return uuid.Nil
}

// correct lets a correction follow an upheld appeal, whose flag it ends.
func (s *State) correct(e *events.Event, next *entry) error {
	id := appealOf(e.Payload)
	if id == uuid.Nil {
		return nil
	}
	decided, appeal, err := s.upheld(id)
	if err != nil {
		return err
	}
	of := s.journal.at(s.journal.at(appeal.filed).more.of)
	switch current := s.replacedBy(e); {
	case of.leaf >= 0 && !s.onLeafOf(e, of):
		return refuse(CodeAppeal, "appeal", "correct what was appealed against, or name another appeal", "the appeal upheld by event %d is about %s of unit %s",
			decided, s.plan.clusters[of.cluster].leafNode(int(of.leaf)).ID, s.unitOf(of))
	case s.journal.aboutDecision(s.journal.at(decided)):
		return refuse(CodeAppeal, "appeal", "name an appeal about marks", "the appeal upheld by event %d is about an award, and changes no mark", decided)
	case of.leaf < 0 && s.journal.at(decided).more.subject != e.Subject:
		return refuse(CodeAppeal, "appeal", "name an appeal of unit "+e.Subject, "the appeal upheld by event %d is one of unit %s", decided, s.journal.at(decided).more.subject)
	case current != 0 && s.journal.at(current).followsAppeal(decided):
		return refuse(CodeAppeal, "appeal", "a further correction takes another appeal", "event %d is the correction that follows the appeal upheld by event %d", current, decided)
	case current == 0 && s.holdOf(decided, s.holds())&holdReview == 0:
		return refuse(CodeAppeal, "appeal", "name another appeal", "the appeal upheld by event %d was followed, and lets nothing new be entered", decided)
	}
	next.also().appeal = decided
	s.lookedAt(decided, next)
	return nil
}

// onLeafOf reports whether a correction is about the unit and leaf of an entry, or of what was said of one.
func (s *State) onLeafOf(e *events.Event, of *entry) bool {
	if e.Subject != s.unitOf(of) {
		return false
	}
	criterion := s.plan.clusters[of.cluster].leafNode(int(of.leaf)).ID
	switch p := e.Payload.(type) {
	case *events.ScoreEntered:
		return p.Criterion == criterion && p.Cluster == s.plan.clusters[of.cluster].ID
	case *events.TargetSet:
		return p.Criterion == criterion && p.Cluster == s.plan.clusters[of.cluster].ID
	case *events.EntryWithdrawn:
		seq, ok := s.Find(p.Of)
		return ok && s.journal.at(seq).leaf == of.leaf && s.journal.at(seq).cluster == of.cluster
	}
	return false
}

// replacedBy is the current entry that a correction would take the place of, 0 if none.
func (s *State) replacedBy(e *events.Event) events.Seq {
	if p, ok := e.Payload.(*events.EntryWithdrawn); ok {
		seq, _ := s.Find(p.Of)
		return seq
	}
	return s.currentEntry(&e.Draft)
}

// followsAppeal reports whether e is a correction that follows the appeal upheld by event decided.
func (e *entry) followsAppeal(decided events.Seq) bool {
	return e.more != nil && e.more.rare != nil && e.more.appeal == decided
}

// lookedAt ends the flag on an upheld appeal.
func (s *State) lookedAt(decided events.Seq, next *entry) {
	if s.holdOf(decided, s.holds())&holdReview != 0 {
		next.also().effect = &effect{released: []events.Seq{decided}, clear: holdReview}
	}
}
