package projections

import (
	"slices"

	"campaignledger/events"
)

// exclusionState is an exclusion that has its effect.
type exclusionState struct {
	unit      string
	effective events.Seq
	lifted    events.Seq
	liftedOn  string // the first day on which it does not bar any more
}

func (s *State) exclusionImposed(e *events.Event, p *events.ExclusionImposed, m memberState, next *entry) error {
	if err := s.homeOf(e.Subject, next); err != nil {
		return err
	}
	for _, id := range p.Awards {
		if _, err := s.checkAward(id, "awards"); err != nil {
			return err
		}
	}
	if err := checkTranscriber(e, p.Basis, m); err != nil {
		return err
	}
	if err := s.checkPaper(p.Decision, next); err != nil {
		return err
	}
	if s.needsAgreement(m) {
		return s.beginAct(e, next, m.unit, actShare)
	}
	s.exclude(e.Seq, e.Subject, e.Seq)
	return nil
}

// needsAgreement reports whether what an authority says at once takes the units' share, because a head says it.
func (s *State) needsAgreement(m memberState) bool {
	return s.signed() && m.role != events.RoleAuthority
}

// checkTranscriber refuses an authority that transcribes itself.
func checkTranscriber(e *events.Event, basis string, m memberState) error {
	if basis == events.BasisTranscribed && m.role == events.RoleAuthority {
		return refuse(CodeRole, "basis", "leave basis out", "%s signs for the authority; nothing is transcribed", e.Author)
	}
	return nil
}

// exclude gives an exclusion its effect by event at.
func (s *State) exclude(seq events.Seq, unit string, at events.Seq) {
	s.exclusions.put(seq, exclusionState{}, exclusionState{unit: unit, effective: at})
}

func (s *State) exclusionLifted(e *events.Event, p *events.ExclusionLifted, m memberState, next *entry) error {
	if err := s.homeOf(e.Subject, next); err != nil {
		return err
	}
	seq, ok := s.Find(p.Of)
	old := s.exclusions.get(seq)
	switch {
	case !ok || old.effective == 0 || old.unit != e.Subject:
		return refuse(CodeUnknownEvent, "of", "name the id of an exclusion.imposed that has its effect", "%s is no exclusion in force of unit %s", p.Of, e.Subject)
	case old.lifted != 0:
		return refuse(CodeExcluded, "of", "leave it out", "the exclusion of event %d was lifted by event %d", seq, old.lifted)
	}
	next.also().of = seq
	if err := checkTranscriber(e, p.Basis, m); err != nil {
		return err
	}
	if err := s.checkPaper(p.Decision, next); err != nil {
		return err
	}
	if s.needsAgreement(m) {
		return s.beginAct(e, next, m.unit, actShare)
	}
	s.lift(seq, e.Seq, next)
	return nil
}

// lift ends an exclusion by event by, whose entry is at.
func (s *State) lift(seq, by events.Seq, at *entry) {
	old := s.exclusions.get(seq)
	now := old
	now.lifted, now.liftedOn = by, s.dayOf(at)
	s.exclusions.put(seq, old, now)
}

// bar is what an exclusion bars from, and when.
type bar struct {
	awards   []string // none: all
	from, to string   // the first and last day; to "": without end
	liftedOn string   // from that day on it does not bar; "": it was not lifted
}

// barOf is what an exclusion in effect bars from.
func (s *State) barOf(seq events.Seq, x exclusionState) bar {
	p, _ := s.journal.at(seq).more.payload.(*events.ExclusionImposed)
	return bar{p.Awards, p.From, p.To, x.liftedOn}
}

// barsOn reports whether b bars from an award, or from one that it stands within, on a day.
func (p *plan) barsOn(b *bar, award, day string) bool {
	if day < b.from || b.to != "" && day > b.to || b.liftedOn != "" && day >= b.liftedOn {
		return false
	}
	return len(b.awards) == 0 || slices.ContainsFunc(b.awards, func(id string) bool { return id == award || p.standsWithin(award, id) })
}

// barredBy are the exclusions that bar a unit from an award on a day, in order. O(exclusions).
func (s *State) barredBy(unit, award, day string) (list []events.Seq) {
	for seq, x := range s.exclusions.rows {
		if b := s.barOf(seq, x); x.unit == unit && s.plan.barsOn(&b, award, day) {
			list = append(list, seq)
		}
	}
	slices.Sort(list)
	return list
}

// checkBarred refuses a unit, which field names, that is excluded on the day of the event.
func (s *State) checkBarred(unit, award string, at *entry, field string) error {
	day := s.dayOf(at)
	if list := s.barredBy(unit, award, day); len(list) > 0 {
		return refuse(CodeExcluded, field, "leave the unit out, or let the exclusion be lifted (campaign exclude --lift)",
			"unit %s is excluded from award %s on %s by event %d", unit, award, day, list[0])
	}
	return nil
}
