package projections

import (
	"encoding/hex"
	"errors"

	"campaignledger/events"
)

// actKind says whose agreement gives a joint act its effect.
type actKind uint8

const (
	actShare actKind = iota + 1 // the regulation's share of units
	actKeys                     // two other units' heads, leads not counted
)

// keyWitnesses is how many other units' heads replace a head's key.
const keyWitnesses = 2

// actState is how far a joint act has come.
type actState struct {
	kind   actKind
	done   bool
	before events.PublicKey // actKeys: of the member or head whose key is replaced, zero if there is none
}

// endorsement is one unit's word on one record.
type endorsement struct {
	of  events.Seq
	who string // the unit, or the member: of no unit, or that confirms marks
	as  string
}

// The reasons why an entry or a joint act has no effect yet, or not any more; as bits.
const (
	holdTranscribed uint8 = 1 << iota // entered for another who has not confirmed it
	holdSecond                        // a lead's review of its own, not seconded
	holdReopened                      // the regulation of its leaf was amended
	holdAct                           // a joint act without the agreement it takes
	holdSingle                        // from a sheet, on a leaf that takes one scorer and has one
	holdReview                        // an upheld appeal whose effect nobody looked at yet
)

// effect is what an event does to entries before it, once it is committed.
type effect struct {
	clear    uint8        // bits of the hold of released
	released []events.Seq // entries, or the joint act that takes effect
	reopened []events.Seq // entries on hold from now on: holdReopened
	plan     *plan        // in force from now on; nil: the one before
}

// share is the share of units that joint acts take: two thirds where the regulation does not say.
func (s *State) share() events.Fraction {
	if share := s.plan.regulation.Endorse; share.Den != 0 {
		return share
	}
	return events.Fraction{Num: 2, Den: 3}
}

// beginAct makes e a joint act; its author's unit has agreed by signing, where it counts.
func (s *State) beginAct(e *events.Event, next *entry, unit string, kind actKind) error {
	next.hold |= holdAct
	act := actState{kind: kind}
	if kind == actKeys {
		act.before = s.replaced(e.Payload, e.Subject)
	}
	s.acts.put(e.Seq, actState{}, act)
	if kind == actKeys && s.plan.leads(unit) {
		return nil
	}
	return s.agree(e.Seq, unit, next, e, next)
}

// agree counts a unit's agreement to the act of event seq and gives the act its effect when that is enough. at is the entry of the event
// by which it agrees, which is e, and act the entry of the act; they are the same where the act's author agrees.
func (s *State) agree(seq events.Seq, unit string, at *entry, e *events.Event, act *entry) error {
	s.endorsed.put(endorsement{seq, unit, events.EndorseAgree}, 0, e.Seq)
	before, share := s.acts.get(seq), s.share()
	joined, _ := s.joined()
	agreed := int64(0) // of the units that are still there
	for _, unit := range joined {
		if s.endorsed.get(endorsement{seq, unit, events.EndorseAgree}) != 0 {
			agreed++
		}
	}
	enough := before.kind == actKeys && agreed >= keyWitnesses || before.kind == actShare && agreed*share.Den >= share.Num*int64(len(joined))
	if !enough || before.done {
		return nil
	}
	now := before
	now.done = true
	s.acts.put(seq, before, now)
	return s.giveEffect(seq, act, at, e.Seq)
}

// changesMembers reports whether events of a kind say who may speak.
func changesMembers(what kind) bool {
	switch what {
	case kindAppointed, kindRekeyed, kindRemoved, kindLeft:
		return true
	}
	return false
}

// replaced is the key that an appointment or rekeying by others takes the place of.
func (s *State) replaced(p events.Payload, unit string) events.PublicKey {
	switch p := p.(type) {
	case *events.MemberAppointed:
		return s.members.get(s.heads.get(unit)).key
	case *events.MemberRekeyed:
		return s.members.get(p.Member).key
	}
	return events.PublicKey{}
}

// giveEffect lets an act happen by event seq, whose entry is at.
func (s *State) giveEffect(act events.Seq, actEntry, at *entry, seq events.Seq) error {
	list := &effect{released: []events.Seq{act}, clear: holdAct}
	at.also().effect = list
	if changesMembers(actEntry.what) {
		if err := s.whileVoting("of"); err != nil {
			return err
		}
	}
	if how := s.acts.get(act); how.kind == actKeys && how.before != s.replaced(actEntry.more.payload, actEntry.more.subject) {
		return refuse(CodeEndorse, "of", "let it be proposed anew, if the key is lost still", "the key that event %d replaces was replaced since", act)
	}
	switch p := actEntry.more.payload.(type) {
	case *events.RegulationAmended:
		return s.amend(p, list)
	case *events.MemberAppointed:
		if s.keyOwners.get(p.Key) != "" || s.members.get(p.Member).since != 0 {
			return refuse(CodeEndorse, "of", "let it be proposed anew", "the key or the id of event %d is taken by now", act)
		}
		if err := s.checkRole(p.Role, actEntry.more.subject); err != nil {
			return anew(err, act)
		}
		return s.appoint(seq, actEntry.more.subject, p)
	case *events.MemberRekeyed:
		if s.keyOwners.get(p.Key) != "" || s.members.get(p.Member).until != 0 {
			return refuse(CodeEndorse, "of", "let it be proposed anew", "the key of event %d is taken, or its member is none, by now", act)
		}
		return s.rekey(p)
	}
	return s.giveAwardEffect(act, actEntry, at, seq)
}

// giveAwardEffect is giveEffect for what leads to awards.
func (s *State) giveAwardEffect(act events.Seq, actEntry, at *entry, seq events.Seq) error {
	switch p := actEntry.more.payload.(type) {
	case *events.ExclusionImposed:
		s.exclude(act, actEntry.more.subject, seq)
	case *events.ExclusionLifted:
		if s.exclusions.get(actEntry.more.of).lifted != 0 {
			return refuse(CodeExcluded, "of", "leave it out", "the exclusion of event %d was lifted since", actEntry.more.of)
		}
		s.lift(actEntry.more.of, seq, at)
	case *events.BallotOpened:
		return s.reopen(p, act, seq, at)
	case *events.BallotClosed:
		if b := s.ballots.get(p.Ballot); b.closed != 0 {
			return refuse(CodeBallot, "of", "leave it out", "ballot %s was closed by event %d", p.Ballot, b.closed)
		}
		s.endBallot(p.Ballot, act, seq, at)
	case *events.AppealDecided:
		return s.settleAppeal(actEntry.more.of, act, seq, p)
	}
	return nil
}

// anew says of a joint act that would be refused by now that it has to be proposed anew.
func anew(err error, act events.Seq) error {
	var r *Refusal
	if !errors.As(err, &r) {
		return err
	}
	return refuse(r.Code, "of", "let it be proposed anew", "event %d can't take effect any more: %s", act, r.Problem)
}

func (s *State) recordEndorsed(e *events.Event, p *events.RecordEndorsed, m memberState, next *entry) error {
	seq, ok := s.Find(p.Of)
	if !ok {
		return refuse(CodeUnknownEvent, "of", "name the id of an event of this campaign", "%s is no event of this campaign", p.Of)
	}
	of := s.journal.at(seq)
	if of.more == nil || of.more.hash == nil {
		return refuse(CodeEndorse, "of", "endorse the import that it came with", "event %d is a row of an import", seq)
	}
	if hash := hex.EncodeToString(of.more.hash[:]); hash != p.Hash {
		return refuse(CodeEndorse, "hash", "look at the record once more; its hash is "+hash, "the hash is not that of event %d", seq)
	}
	next.also().of = seq
	who := m.unit
	if who == "" || p.As == events.EndorseAgree && s.acts.get(seq).kind == 0 {
		who = e.Author // a unit's council members confirm their own marks
	}
	key := endorsement{seq, who, p.As}
	if earlier := s.endorsed.get(key); earlier != 0 {
		return refuse(CodeEndorse, "of", "leave it out", "%s has said %s to event %d by event %d", who, p.As, seq, earlier)
	}
	switch {
	case p.As == events.EndorseReceived:
		s.endorsed.put(key, 0, e.Seq)
		return nil
	case p.As == events.EndorseReviewed:
		return s.reviewedAgain(e, p, m, next, seq)
	case p.As == events.EndorseAgree && s.tallies.get(seq).tellers > 0:
		return s.endorseTally(e, m, next, seq, key)
	case p.As == events.EndorseSecond:
		return s.second(e, m, next, seq, key)
	case s.acts.get(seq).kind != 0:
		return s.endorseAct(e, m, next, seq)
	}
	return s.confirm(e, m, next, seq, key)
}

// endorseAct takes a head's agreement to a joint act.
func (s *State) endorseAct(e *events.Event, m memberState, next *entry, seq events.Seq) error {
	act, of := s.acts.get(seq), s.journal.at(seq)
	switch {
	case m.role != events.RoleHead:
		return refuse(CodeRole, "author", "let the head of the unit endorse it", "%s is %s; units agree to joint acts by their heads", e.Author, article(m.role))
	case s.lapsed(of, act):
		return refuse(CodeStage, "of", "let it be proposed anew where the stage allows it", "event %d did not take effect in its time, and can't any more", seq)
	case act.kind == actKeys && s.plan.leads(m.unit):
		return refuse(CodeRole, "author", "let another unit's head endorse it", "a lead is not counted where a head's key is replaced")
	case (act.kind == actKeys || of.what == kindExcluded || of.what == kindLifted || of.what == kindAppealDecided) && m.unit == of.more.subject:
		return refuse(CodeConflict, "author", "let another unit's head endorse it", "unit %s is the one concerned", m.unit)
	}
	return s.agree(seq, m.unit, next, e, of)
}

// lapsed reports whether a joint act came too late: a decision on the standings takes effect in the stages in which it may be proposed.
func (s *State) lapsed(of *entry, act actState) bool {
	rule := s.rules[of.what]
	return act.kind == actShare && !act.done && (s.scalars.closed != 0 && !rule.Closed || stageIndex(s.scalars.stage) > stageIndex(rule.Until))
}

// confirm takes the word of a scorer on marks that another entered for it: one entry, or all of an import.
func (s *State) confirm(e *events.Event, m memberState, next *entry, seq events.Seq, key endorsement) error {
	held, err := s.waiting(seq, holdTranscribed, func(mark *entry) bool { return speaksFor(e.Author, m, s.names.list[mark.scorer]) })
	if err != nil {
		return err
	}
	if len(held) == 0 {
		return refuse(CodeEndorse, "as", "say received where it is only about notice", "event %d holds nothing that waits for the agreement of %s", seq, key.who)
	}
	s.endorsed.put(key, 0, e.Seq)
	next.also().effect = &effect{released: held, clear: holdTranscribed}
	return nil
}

// second takes another unit's word for a lead's review of its own: one entry, or all of an import.
func (s *State) second(e *events.Event, m memberState, next *entry, seq events.Seq, key endorsement) error {
	author := s.members.get(s.names.list[s.journal.at(seq).author])
	held, err := s.waiting(seq, holdSecond, func(*entry) bool { return true })
	switch {
	case err != nil:
		return err
	case len(held) == 0:
		return refuse(CodeEndorse, "as", "say agree or received", "event %d does not wait for a second", seq)
	case m.role != events.RoleHead && m.role != events.RoleReviewer:
		return refuse(CodeRole, "author", "let a head or reviewer of another unit second it", "%s is %s", e.Author, article(m.role))
	case m.unit == author.unit:
		return refuse(CodeConflict, "author", "let a head or reviewer of another unit second it", "%s belongs to the unit that entered event %d", e.Author, seq)
	}
	s.endorsed.put(key, 0, e.Seq)
	next.also().effect = &effect{released: held, clear: holdSecond}
	return nil
}

// waiting are the marks that ok takes and that a hold keeps back: the entry of event seq, or the rows of the import that it is. O(n) in
// the events since the import.
func (s *State) waiting(seq events.Seq, hold uint8, ok func(*entry) bool) (list []events.Seq, err error) {
	of, held := s.journal.at(seq), s.holds()
	if of.what == kindScore && s.holdOf(seq, held)&hold != 0 && ok(of) {
		return []events.Seq{seq}, nil
	}
	if of.what != kindImport {
		return nil, nil
	}
	imp := s.imports.get(of.id)
	if !imp.over() {
		return nil, refuse(CodeEndorse, "of", "wait until the import is complete", "import %d lacks rows", seq)
	}
	for at, rows := seq+1, 0; at <= s.journal.last() && rows < imp.done; at++ {
		row := s.journal.at(at)
		if row.causation.seq() != seq {
			continue
		}
		rows++
		if s.holdOf(at, held)&hold != 0 && ok(row) {
			list = append(list, at)
		}
	}
	return list, nil
}
