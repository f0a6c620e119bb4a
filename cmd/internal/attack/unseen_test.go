package attack

import (
	"slices"
	"testing"
	"time"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// These tests show what is not caught, so that nobody believes it is. Each says what would help.

// TestColludingQuorum: a quorum of witnesses that works together with the server stands behind any history that the rules admit. Only who kept
// something of the honest one finds it out.
func TestColludingQuorum(t *testing.T) {
	t.Parallel()
	m := stored(t)
	s := m.honest.clone()
	s.resign(seqBallot, "harbor-head", func(d *events.Draft) {
		p, _ := d.Payload.(*events.BallotOpened)
		p.Question = "Shall lake be thanked?"
	})
	s.resettle(m.policy, "hill-w", "mill-w", "moor-w")
	finds(t, m.policy, s.bundle(t), allGood)
	finds(t, m.policy, s.bundle(t), allGood+" against:31 against:44 against:ok", m.newest, m.receipts[seqLast], m.older)
}

// TestSplitByTwo: one colluding witness more than the policy allows for, and each of two histories gets a quorum with an honest witness in it.
func TestSplitByTwo(t *testing.T) {
	t.Parallel()
	m := stored(t)
	one, two := m.honest.clone(), m.honest.clone()
	two.swap(seqNoticed, seqNoticed+1)
	for name, s := range map[string]*story{"hill-w": one, "lake-w": two} {
		clear(s.points)
		for _, size := range []uint64{firstSeen, sizeNoon, sizeOpenBox} {
			s.points[size] = m.honest.points[size]
		}
		s.resettle(m.policy)
		good(t, watcher(t, m, name, sizeOpenBox, lie(t, s, m.policy).web.URL, m.later()))
		s.points[seqLast] = cosigned(s.points[seqLast], m.policy, m.ended, "mill-w", "moor-w")
		finds(t, m.policy, s.bundle(t), allGood)
	}
	finds(t, m.policy, one.bundle(t), allGood+" against:44", two.points[seqLast]) // two who compare find it out
}

// TestRefusedUnseen: a draft that was refused before it was logged, whose author kept no refusal and lodged it nowhere. The honest log here is such a one.
func TestRefusedUnseen(t *testing.T) {
	t.Parallel()
	m := stored(t)
	finds(t, m.policy, m.newest, allGood)
	finds(t, m.policy, m.newest, allGood+" against:20", m.lodging) // what would have helped
}

// TestFalseContent: the lead's own mark is false from the beginning. A signature says who wrote it.
func TestFalseContent(t *testing.T) {
	t.Parallel()
	m := stored(t)
	s := m.honest.clone()
	s.cut(firstSeen)
	at := s.afterwards()
	s.add(at, s.byLead(1, "harbor", at, score("A", "self", "harbor", 100)))
	s.resettle(m.policy, witnesses()...)
	finds(t, m.policy, s.bundle(t), allGood)
}

// TestCoercion: a member's key is used by somebody else, or under pressure.
func TestCoercion(t *testing.T) {
	t.Parallel()
	m := stored(t)
	s := m.honest.clone()
	at := s.afterwards()
	s.add(at, signed(draft(1, "moor-head", "", at, s.notice(seqDecided)), s.genesisFor(2), private("moor-head")))
	s.resettle(m.policy, witnesses()...)
	finds(t, m.policy, s.bundle(t), allGood)
	good(t, watcher(t, m, "hill-w", seqLast, lie(t, s, m.policy).web.URL, m.later()))
}

// TestOldShownAsNewest: an old end of the log, which was good, is shown as the newest. The time of its cosignatures tells how old it is, and who
// knows of more finds it out.
func TestOldShownAsNewest(t *testing.T) {
	t.Parallel()
	m := stored(t)
	finds(t, m.policy, m.older, allGood)
	finds(t, m.policy, m.older, allGood+" against:19", m.receipts[seqLast])
}

// TestTimeWithinBounds: a recorded time between two looks of the witnesses is the server's word, and so is the order of what lay before it at the
// same time.
func TestTimeWithinBounds(t *testing.T) {
	t.Parallel()
	m := stored(t)
	s := m.honest.clone()
	at := s.recordedAt(seqLast).Add(5 * time.Minute) // the server says so at an hour later
	s.add(at, s.byLead(1, "", at, s.notice(seqNominated)))
	s.resettle(m.policy)
	l := lie(t, s, m.policy)
	for _, name := range witnesses() {
		good(t, watcher(t, m, name, seqLast, l.web.URL, m.later()))
	}
	finds(t, m.policy, s.bundle(t), allGood)
}

// TestTailNobodySaw: the tail is taken back before anybody had a checkpoint, a receipt or a record of it.
func TestTailNobodySaw(t *testing.T) {
	t.Parallel()
	m := stored(t)
	s := m.honest.clone()
	s.cut(sizeOpenBox)
	at := s.afterwards()
	s.add(at, s.byLead(1, "", at, s.notice(seqNominated)))
	s.resettle(m.policy)
	l := lie(t, s, m.policy)
	for _, name := range witnesses() { // who saw no more than the opening of the ballot
		good(t, watcher(t, m, name, sizeOpenBox, l.web.URL, m.later()))
	}
	s.settleClaims()
	finds(t, m.policy, s.bundle(t), allGood)
}

// TestRegrouped: how events of one recorded time were grouped into commits stands in no leaf. It changes nothing that the rules say of them.
func TestRegrouped(t *testing.T) {
	t.Parallel()
	m := stored(t)
	s := m.honest.clone()
	c, _ := s.at(seqLakeMark)
	both := s.commits[c]
	s.commits = slices.Replace(s.commits, c, c+1, commit{both.recorded, both.records[:1]}, commit{both.recorded, both.records[1:]})
	finds(t, m.policy, s.bundle(t), allGood+" against:ok against:ok", m.newest, m.receipts[seqLakeMark])
	dir := m.copyOf(t)
	rewrite(t, dir, s.messages())
	m.takes(t, dir, "")
}

// TestLodgingByOne: a lodging is the word of one witness. One that colludes with a member can date it before a deadline, and accuse a server that is
// innocent; the policy's quorum is asked for checkpoints only. Drafts lodged with
// more witnesses than may collude tell.
func TestLodgingByOne(t *testing.T) {
	t.Parallel()
	m := stored(t)
	signer, err := proof.LodgingSigner("lake-w", private("lake-w"))
	if err != nil {
		t.Fatal(err)
	}
	l := &proof.Lodging{Origin: m.policy.Origin, Time: beforeDue, Drafts: []events.Record{neverRecorded(m.policy.Genesis(), beforeDue)}}
	if err := l.Sign(signer); err != nil {
		t.Fatal(err)
	}
	finds(t, m.policy, m.newest, allGood+" against:20", l.Marshal())
}
