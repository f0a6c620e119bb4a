package projections

import (
	"github.com/google/uuid"

	"campaignledger/events"
)

// TakeOver is a ledger.taken-over in force: the log was copied from another server's backup, and another key signs from there on.
type TakeOver struct {
	Seq     events.Seq       // of the ledger.taken-over
	Copied  events.Seq       // the copy's last event; after it stand take-overs and endorsements alone, up to InForce
	Root    string           // of the copy's tree, hex
	Key     events.PublicKey // that signs from here on
	OldKey  events.PublicKey // that signed before
	InForce events.Seq       // the event that gave it its effect
}

// ledgerTakenOver admits the take-over of a restored copy. Whether this is one, and whether the root is that of its tree, a log can't tell: the
// server that appends it looks, and so does everybody who has the tree.
func (s *State) ledgerTakenOver(e *events.Event, p *events.LedgerTakenOver, m memberState, next *entry) error {
	if err := s.copyEndsAt(p.Seq, "seq"); err != nil {
		return err
	}
	if err := s.signsNow(p.OldKey, "oldKey"); err != nil {
		return err
	}
	next.also().of = p.Seq
	if s.signed() {
		return s.beginAct(e, next, m.unit, actShare)
	}
	s.takeOver(p, e.Seq, e.Seq)
	return nil
}

// copyEndsAt refuses a copy's last event after which more stands than a take-over, and further take-overs and endorsements. O(1) but for those.
func (s *State) copyEndsAt(seq events.Seq, field string) error {
	last := s.journal.last()
	if seq > last {
		return refuse(CodeTakenOver, field, "take over what is there: campaign restore --take-over fills it in", "event %d is not in the log, which ends with event %d", seq, last)
	}
	for at := last; at > seq; at-- {
		if what := s.journal.at(at).what; what != kindTakenOver && (what != kindEndorsed || at == seq+1) {
			return refuse(CodeTakenOver, field, "let it be proposed anew, of the log as it stands", "event %d was appended after event %d: this is no untouched copy", at, seq)
		}
	}
	return nil
}

// signsNow refuses a key that is known not to sign the log here.
func (s *State) signsNow(key events.PublicKey, field string) error {
	if at := s.scalars.takenOver; at.Seq != 0 && at.Key != key {
		return refuse(CodeTakenOver, field, "let it be proposed anew", "since event %d the log is signed with the key %s, not with %s", at.Seq, at.Key, key)
	}
	return nil
}

// takeOver puts the take-over of event act in force.
func (s *State) takeOver(p *events.LedgerTakenOver, act, now events.Seq) {
	s.scalars.takenOver = TakeOver{Seq: act, Copied: p.Seq, Root: p.Root, Key: p.Key, OldKey: p.OldKey, InForce: now}
}

// giveTakeOverEffect is giveEffect for a take-over.
func (s *State) giveTakeOverEffect(p *events.LedgerTakenOver, act, now events.Seq) error {
	if err := s.copyEndsAt(p.Seq, "of"); err != nil {
		return err
	}
	if err := s.signsNow(p.OldKey, "of"); err != nil {
		return err
	}
	s.takeOver(p, act, now)
	return nil
}

// IsTakeOver reports whether the event with this id is a ledger.taken-over, for who may endorse nothing else. It belongs to the admitting goroutine.
func (l *Live) IsTakeOver(id uuid.UUID) bool {
	seq, ok := l.state.Find(id)
	return ok && l.state.journal.at(seq).what == kindTakenOver
}
