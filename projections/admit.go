package projections

import (
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
	if err := s.effect(&e, &next); err != nil {
		s.Rollback(point)
		s.saved = s.saved[:point]
		return err
	}
	s.saved = s.saved[:point]
	s.ids.put(e.ID, 0, e.Seq)
	s.journal.pending = append(s.journal.pending, next)
	s.scalars.time, s.scalars.recorded = e.Time, e.Recorded
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
	case e.Signature != "":
		return refuse(CodeUnsigned, "signature", "leave the signature out", "campaign %s is unsigned", e.Campaign)
	case s.scalars.closed != 0:
		return refuse(CodeClosed, "", "corrections after the close need an upheld appeal", "campaign %s was closed by event %d",
			e.Campaign, s.scalars.closed)
	case e.Causation != s.scalars.running && s.importRunning(e.Recorded):
		return s.refuseRunning()
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
	case p.Regulation.Signed():
		return refuse(CodeSigned, "members", "leave members out to run the campaign unsigned",
			"the regulation has members, so every event must be signed; this version of the program can't check signatures yet")
	case e.Signature != "":
		return refuse(CodeUnsigned, "signature", "leave the signature out", "campaign %s is unsigned", e.Campaign)
	case e.Time.After(e.Recorded.Add(clockSkew)):
		return refuseFuture(e.Time, e.Recorded)
	}
	return nil
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

// effect applies the rules of e's type and overlays what it changes; next is completed.
func (s *State) effect(e *events.Event, next *entry) error {
	if err := s.importRow(e, next); err != nil {
		return err
	}
	switch p := e.Payload.(type) {
	case *events.CampaignOpened:
		next.what = kindOpened
		s.plan = newPlan(p.Regulation)
		return nil
	case *events.ScoreEntered:
		return s.scoreEntered(e, p, next)
	case *events.TargetSet:
		return s.targetSet(e, p, next)
	case *events.EntryWithdrawn:
		return s.entryWithdrawn(e, p, next)
	case *events.TieDecided:
		return s.tieDecided(p, next)
	case *events.ImportStarted:
		return s.importStarted(e, p, next)
	case *events.CampaignClosed:
		next.what = kindClosed
		next.more = reasonOnly(p.Reason)
		s.scalars.closed = e.Seq
		return nil
	}
	return refuse(CodeUnsupportedType, "type", "use a newer program", "there is no rule for %s", e.Type())
}

func reasonOnly(reason string) *details {
	if reason == "" {
		return nil
	}
	return &details{reason: reason}
}

// Complete fills in what the author of a draft left out, as of everything admitted so far; recorded is the time it will get.
// The payload is copied before it is changed.
func (s *State) Complete(d *events.Draft, recorded time.Time) {
	if d.Time.IsZero() {
		d.Time = s.defaultTime(d.Payload, recorded)
	}
	switch p := d.Payload.(type) {
	case *events.ScoreEntered:
		if d.Author == "" {
			d.Author = p.Scorer
		}
		if p.Supersedes == uuid.Nil && p.Reason != "" {
			d.Payload = superseding(p, s.idOf(s.currentEntry(d)), p.Reason)
		}
	case *events.TargetSet:
		if d.Author == "" {
			d.Author = p.Scorer
		}
		if p.Supersedes == uuid.Nil && p.Reason != "" {
			d.Payload = superseding(p, s.idOf(s.currentEntry(d)), p.Reason)
		}
	}
}

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
	}
	return p
}

func (s *State) defaultTime(p events.Payload, recorded time.Time) time.Time {
	if opening, ok := p.(*events.CampaignOpened); ok {
		return openingTime(opening.Regulation, recorded)
	}
	if s.plan != nil && s.plan.regulation.Clock == events.ClockHistoric {
		return s.scalars.time
	}
	return recorded
}

// openingTime is what an opening claims: in a historic campaign the period's start, if that is past.
func openingTime(r *events.Regulation, recorded time.Time) time.Time {
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
