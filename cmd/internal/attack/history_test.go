package attack

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"campaignledger/events"
	"campaignledger/ledger"
)

// noQuorum is all that doctor finds where the program sees nothing wrong, and no quorum stands behind the newest checkpoint.
const noQuorum = "witnesses"

// eachForge runs a test for every other story.
func eachForge(t *testing.T, test func(t *testing.T, m *master, a forge, s *story)) {
	for _, list := range [][]forge{pasts(), futures()} {
		for _, a := range list {
			t.Run(fmt.Sprint(a.number, " ", a.name), func(t *testing.T) {
				t.Parallel()
				m := stored(t)
				s := m.honest.clone()
				a.do(s)
				test(t, m, a, s)
			})
		}
	}
}

// TestOnDisk: the stream is rewritten, and the directory remembers the honest log.
func TestOnDisk(t *testing.T) {
	t.Parallel()
	eachForge(t, func(t *testing.T, m *master, a forge, s *story) {
		dir := m.copyOf(t)
		rewrite(t, dir, s.messages())
		m.readOnly(t, dir, diagnosis{a.err, a.seq, a.doctor}, s.messages())
	})
}

// TestEverythingOnDisk: the stream, its checkpoints, signed anew, and all that the directory remembers are rewritten. The honest program finds what the
// rules forbid, and nothing else.
func TestEverythingOnDisk(t *testing.T) {
	t.Parallel()
	eachForge(t, func(t *testing.T, m *master, a forge, s *story) {
		s.resettle(m.policy)
		dir := m.copyOf(t)
		take(t, dir, s)
		switch {
		case a.name == leadsMark: // what is signed anew hides the change, and not that the nomination names the standings of before
			m.readOnly(t, dir, diagnosis{ledger.ErrNotAdmitted, 29, "open@29 log@29 checkpoints@29 witnesses"}, s.messages())
		case a.err == ledger.ErrForked:
			m.takes(t, dir, noQuorum)
		default:
			m.readOnly(t, dir, diagnosis{a.err, a.seq, fmt.Sprintf("open@%[1]d log@%[1]d checkpoints@%[1]d witnesses", a.seq)}, s.messages())
		}
	})
}

var completeLine = regexp.MustCompile(`complete:\d+`)

// TestInBundles: the attacker writes bundles of his story himself, and verify is started under the auditor's policy.
func TestInBundles(t *testing.T) {
	t.Parallel()
	eachForge(t, func(t *testing.T, m *master, a forge, s *story) {
		s.settleClaims()
		finds(t, m.policy, s.bundle(t), a.bundle) // with the checkpoints that were cosigned
		s.resettle(m.policy)
		finds(t, m.policy, s.bundle(t), completeLine.ReplaceAllString(a.bundle, "complete:ok")) // with his own, that nobody cosigned

		// A quorum that works together with him hides that the log was another, and not that the rules forbid it. Who kept anything finds it out.
		s.points = maps.Clone(m.honest.points)
		s.resettle(m.policy, "hill-w", "lake-w", "mill-w")
		r := verified(t, m.policy, s.bundle(t), m.newest)
		got, against, _ := strings.Cut(verdict(r), " against:")
		if a.err == ledger.ErrForked && a.name != leadsMark && got != allGood {
			t.Errorf("with a quorum verify says %s", got)
		}
		if a.parts < seqLast && against != fmt.Sprint(a.parts) {
			t.Errorf("against what a member kept it says %s; want event %d", against, a.parts)
		}
	})
}

// TestBeforeWitnesses: the attacker's own server shows his story, signed with the log's key, to a witness who has seen the honest log.
func TestBeforeWitnesses(t *testing.T) {
	t.Parallel()
	eachForge(t, func(t *testing.T, m *master, a forge, s *story) {
		s.resettle(m.policy)
		l := lie(t, s, m.policy)
		w := watcher(t, m, "hill-w", seqLast, l.web.URL, m.later())
		alarms(t, w, a.alarm, a.about)
		if len(l.posts) > 0 {
			t.Error("it cosigned")
		}
		if _, err := w.Round(t.Context()); err == nil { // it stays
			t.Error("the next round is good")
		}
	})
}

// TestTailCutOff is attack 5.
func TestTailCutOff(t *testing.T) {
	t.Parallel()
	m := stored(t)
	s := m.honest.clone()
	s.cut(sizeOpenBox) // where witnesses cosigned
	dir := m.copyOf(t)
	rewrite(t, dir, s.messages())
	m.readOnly(t, dir, diagnosis{ledger.ErrRollback, 32, "open@32 head@32 checkpoints@32"}, s.messages())

	s.settleClaims()
	finds(t, m.policy, s.bundle(t), allGood) // it was the log once: only who kept something newer can tell
	for _, kept := range [][]byte{m.newest, m.receipts[seqLast], m.receipts[seqVote+3], m.honest.points[seqLast]} {
		finds(t, m.policy, s.bundle(t), allGood+" against:32", kept)
	}
	finds(t, m.policy, s.bundle(t), allGood+" against:ok against:ok", m.older, m.honest.points[sizeOpenBox])
	alarms(t, watcher(t, m, "hill-w", seqLast, lie(t, s, m.policy).web.URL, m.later()), "rollback", 0)
}

// TestForgottenRollback: with the log, the checkpoints and all that the directory remembers rolled back, the program goes on as if nothing had been.
// Witnesses and receipts do not.
func TestForgottenRollback(t *testing.T) {
	t.Parallel()
	m := stored(t)
	s := m.honest.clone()
	s.cut(sizeOpenBox)
	dir := m.copyOf(t)
	take(t, dir, s)
	m.takes(t, dir, "")
	l := lie(t, s, m.policy)
	alarms(t, watcher(t, m, "mill-w", seqLast, l.web.URL, m.later()), "rollback", 0)

	s.settleClaims()
	finds(t, m.policy, s.bundle(t), allGood+" against:32", m.receipts[seqLast])
	at := s.afterwards()
	for seq := events.Seq(2); s.size() <= seqLast; seq++ { // it grows beyond what was there
		s.add(at, s.byLead(int(seq), "", at, s.notice(seq)))
	}
	s.resettle(m.policy)
	finds(t, m.policy, s.bundle(t), "authentic:ok complete:ok witnessed:32 timely:ok admitted:ok recomputed:ok against:44 against:32", m.receipts[seqLast], m.newest)
	l.show(s)
	alarms(t, watcher(t, m, "moor-w", seqLast, l.web.URL, m.later()), "changed", 0)
}

// TestReopened is attack 8: a new record 1 under the id, and behind it the others' old records.
func TestReopened(t *testing.T) {
	t.Parallel()
	m := stored(t)
	s := m.honest.clone()
	s.put(1, otherOpening())
	own := *m.policy
	own.Origin = strings.Replace(m.policy.Origin, m.policy.Genesis(), hashOf(s.record(1)), 1)
	s.origin = own.Origin
	s.resettle(&own)

	finds(t, m.policy, s.bundle(t), "authentic:1 complete:- witnessed:- timely:- admitted:- recomputed:-") // another log
	finds(t, &own, s.bundle(t), "authentic:2 complete:ok witnessed:1 timely:? admitted:- recomputed:-")    // the others signed for the old genesis
	w := watcher(t, m, "hill-w", seqLast, lie(t, s, &own).web.URL, m.later())
	if err := w.Once(t.Context()); err == nil || !strings.Contains(err.Error(), "is it the right server?") {
		t.Errorf("the witness says %v", err) // no valid answer: in time, silence
	}
	dir := m.copyOf(t)
	take(t, dir, s)
	m.readOnly(t, dir, diagnosis{ledger.ErrNotAdmitted, 2, "open@2 log@2 checkpoints@2 witnesses"}, s.messages())

	// The honest program does not open it again itself, and where it is gone neither.
	h, c := held(t, m.copyOf(t), m.later())
	if _, again, err := h.OpenSigned(t.Context(), otherOpening()); again || err == nil || c.Ledger.Broken() != nil {
		t.Errorf("opened again: %t, %v", again, err)
	}
}

// TestSplitView is attack 9: from the opening of the ballot on one server shows the honest log to two witnesses, and another one, with the same key, a
// history with another proposal in it to the two others.
func TestSplitView(t *testing.T) {
	t.Parallel()
	m := stored(t)
	one, two := m.honest.clone(), m.honest.clone()
	two.resign(seqProposed, "harbor-head", func(d *events.Draft) {
		d.Payload = &events.AwardProposed{Award: "flag", Ballot: "flag-1", Cluster: "one", Note: "reluctantly"}
	})
	for _, s := range []*story{one, two} {
		clear(s.points)
		s.points[sizeOpenBox] = m.honest.points[sizeOpenBox]
		s.resettle(m.policy)
	}
	left, right := lie(t, one, m.policy), lie(t, two, m.policy)
	for _, name := range []string{"hill-w", "lake-w"} {
		good(t, watcher(t, m, name, sizeOpenBox, left.web.URL, m.later()))
	}
	for _, name := range []string{"mill-w", "moor-w"} {
		good(t, watcher(t, m, name, sizeOpenBox, right.web.URL, m.later()))
	}
	for _, s := range []*story{one, two} { // two cosigned each
		s.settleClaims()
		finds(t, m.policy, s.bundle(t), "authentic:ok complete:ok witnessed:32 timely:ok admitted:ok recomputed:ok")
	}
	finds(t, m.policy, one.bundle(t), "authentic:ok complete:ok witnessed:32 timely:ok admitted:ok recomputed:ok against:44 against:42", two.points[seqLast], two.bundle(t))

	// A witness that asks another one finds it out.
	asked := watcher(t, m, "lake-w", seqLast, left.web.URL, m.later())
	peer := listening(t, asked)
	alarms(t, watcher(t, m, "mill-w", sizeOpenBox, right.web.URL, m.later(), peer), "fork", 0)

	// With one witness that colludes, which the policy allows for, still only one of the two has a quorum.
	two.points[seqLast] = cosigned(two.points[seqLast], m.policy, two.afterwards(), "lake-w")
	finds(t, m.policy, two.bundle(t), allGood)
	finds(t, m.policy, one.bundle(t), "authentic:ok complete:ok witnessed:32 timely:ok admitted:ok recomputed:ok")
}
