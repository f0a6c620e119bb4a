package attack

import (
	"testing"
	"time"

	"campaignledger/cmd/internal/witness"
	"campaignledger/events"
)

// TestBackDated is attack 11 as it is made while the witnesses look: an event is recorded before the moment at which the log was seen without it.
func TestBackDated(t *testing.T) {
	t.Parallel()
	m := stored(t)
	l := lie(t, m.honest.clone(), m.policy)
	c := m.later()
	w := watcher(t, m, "lake-w", seqLast, l.web.URL, c)
	good(t, w) // nothing new, an hour behind the last event
	s := m.honest.clone()
	at := m.ended.Add(30 * time.Minute)
	s.add(at, s.byLead(1, "", at, s.notice(seqNominated)))
	s.resettle(m.policy)
	l.show(s)
	c.add(time.Minute)
	alarms(t, w, witness.Time, seqLast+1)

	// Who was not there in between does not see it: a recorded time is known as well as the log was watched.
	good(t, watcher(t, m, "hill-w", seqLast, l.web.URL, c))

	// Nor does it hide from a bundle, where a quorum cosigned the log without it afterwards.
	s.points[seqLast] = cosigned(m.honest.sign(seqLast, m.policy, m.ended).Marshal(), m.policy, m.ended.Add(time.Hour), witnesses()...)
	finds(t, m.policy, s.bundle(t), "authentic:ok complete:ok witnessed:45 timely:45 admitted:ok recomputed:ok")
	s.points[45] = cosigned(s.sign(45, m.policy, at).Marshal(), m.policy, m.ended.Add(2*time.Hour), "hill-w", "mill-w", "moor-w")
	finds(t, m.policy, s.bundle(t), "authentic:ok complete:ok witnessed:ok timely:45 admitted:ok recomputed:ok")
	// He leaves that checkpoint out; somebody kept it.
	seen := s.points[seqLast]
	delete(s.points, seqLast)
	finds(t, m.policy, s.bundle(t), allGood)
	finds(t, m.policy, s.bundle(t), "authentic:ok complete:ok witnessed:ok timely:45 admitted:ok recomputed:ok against:ok", seen)
}

// TestPostDated is attack 11 the other way: an event is recorded later than it was there, so that it seems to have come after something.
func TestPostDated(t *testing.T) {
	t.Parallel()
	m := stored(t)
	s := m.honest.clone()
	at := m.ended.Add(3 * time.Hour)
	s.add(at, s.byLead(1, "", at, s.notice(seqNominated)))
	s.resettle(m.policy)
	alarms(t, watcher(t, m, "lake-w", seqLast, lie(t, s, m.policy).web.URL, m.later()), witness.Time, seqLast+1)
	s.points[45] = cosigned(s.points[45], m.policy, m.ended.Add(time.Hour), witnesses()...)
	finds(t, m.policy, s.bundle(t), "authentic:ok complete:ok witnessed:ok timely:45 admitted:ok recomputed:ok")
}

// TestOtherEvents: the checkpoints that a witness is shown are the honest ones, and the events are others.
func TestOtherEvents(t *testing.T) {
	t.Parallel()
	m := stored(t)
	s := m.honest.clone()
	s.replace(seqVote+4, `"vote":"against"`, `"vote":"for"`)
	l := lie(t, s, m.policy)
	alarms(t, watcher(t, m, "lake-w", sizeOpenBox, l.web.URL, m.later()), witness.Changed, 0)
	good(t, watcher(t, m, "lake-w", seqLast, l.web.URL, m.later())) // who has them asks for them no more, and has the honest ones
	finds(t, m.policy, s.bundle(t), "authentic:39 complete:32 witnessed:32 timely:ok admitted:- recomputed:-")
}

// TestWitnessRestored: a witness runs on its state of before, as from a backup. Alone it can be shown another history, and cosigns it; then it counts
// as one that colludes.
func TestWitnessRestored(t *testing.T) {
	t.Parallel()
	m := stored(t)
	// Before the honest server it goes on to where it was.
	restored := watcher(t, m, "hill-w", sizeNoon, lie(t, m.honest.clone(), m.policy).web.URL, m.later())
	good(t, restored)
	if restored.Size() != seqLast {
		t.Errorf("it is at %d events", restored.Size())
	}
	s := m.honest.clone()
	s.swap(seqNoticed, seqNoticed+1)
	s.resettle(m.policy)
	l := lie(t, s, m.policy)
	fooled := watcher(t, m, "hill-w", sizeOpenBox, l.web.URL, m.later())
	good(t, fooled)
	finds(t, m.policy, s.bundle(t), "authentic:ok complete:ok witnessed:32 timely:ok admitted:ok recomputed:ok") // one is no quorum

	// Another witness that asks it finds out what the log signed, and so does it, as soon as it asks another.
	honest := lie(t, m.honest.clone(), m.policy)
	asks := watcher(t, m, "lake-w", seqLast, honest.web.URL, m.later(), listening(t, fooled))
	alarms(t, asks, witness.Fork, 0)
	alarms(t, watcher(t, m, "hill-w", sizeOpenBox, l.web.URL, m.later(), listening(t, watcher(t, m, "moor-w", seqLast, honest.web.URL, m.later()))), witness.Fork, 0)
}

// TestWitnessDamaged: a witness's own copy is changed by somebody.
func TestWitnessDamaged(t *testing.T) {
	t.Parallel()
	m := stored(t)
	dir := t.TempDir()
	if err := copyDir(watchedDir(seqLast), dir); err != nil {
		t.Fatal(err)
	}
	own := dir + "/hill-w"
	patch(t, own+"/"+id+"/records.ndjson", []byte(`"points":"44"`), []byte(`"points":"94"`))
	_, err := witness.Open(t.Context(), witnessConfig(own, "hill-w", m.policy, "http://127.0.0.1:9", m.later()))
	isAlarm(t, err, witness.Damaged, events.Seq(0))
}
