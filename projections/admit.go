package projections

import (
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
			"the claimed time %s is more than the allowed delay of %s before the recorded time %s", events.FormatTime(claimed), r.Delay, events.FormatTime(recorded))
	}
	return nil
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
		if p.Supersedes == uuid.Nil {
			filled := *p
			filled.Supersedes = s.currentID(p.Cluster, d.Subject, p.Criterion, p.Level, p.Scorer, p.Item)
			d.Payload = &filled
		}
	case *events.TargetSet:
		if d.Author == "" {
			d.Author = p.Scorer
		}
		if p.Supersedes == uuid.Nil {
			filled := *p
			filled.Supersedes = s.currentID(p.Cluster, d.Subject, p.Criterion, "", "", "")
			d.Payload = &filled
		}
	}
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

// currentID is the id of the current entry of a key; zero if there is none, or if a name is unknown. An empty level asks for
// the target.
func (s *State) currentID(cluster, unit, criterion, level, scorer, item string) uuid.UUID {
	if s.plan == nil {
		return uuid.Nil
	}
	where, err := s.locate(cluster, unit, criterion)
	if err != nil {
		return uuid.Nil
	}
	key := cellKey{cluster: where.cluster, unit: where.unit, leaf: where.leaf, level: targetLevel}
	var known [2]bool
	key.scorer, known[0] = s.names.ids[scorer]
	key.item, known[1] = s.names.ids[item]
	if !known[0] || !known[1] {
		return uuid.Nil // nobody has used the name yet
	}
	if level != "" {
		index, ok := s.plan.levels[level]
		if !ok {
			return uuid.Nil
		}
		key.level = index
	}
	if seq := s.cells.get(key); seq != 0 {
		return s.journal.at(seq).id
	}
	return uuid.Nil
}
