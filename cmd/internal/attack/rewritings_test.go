package attack

import (
	"time"

	"campaignledger/cmd/internal/witness"
	"campaignledger/events"
	"campaignledger/ledger"
)

// forge is one way to another story, and what finds it. Where only ErrForked is named, every event is one that the rules admit.
type forge struct {
	number int // of the attack
	name   string
	do     func(*story)

	err    error      // what the program says that opens the directory, whose checkpoints are still the honest ones
	seq    events.Seq // at which event
	doctor string     // what doctor says then
	bundle string     // what verify says of a bundle with the honest checkpoints
	alarm  witness.Kind
	about  events.Seq // the event that the alarm names
	parts  events.Seq // the first event that is another than in the honest log
}

// afterwards is when the attacker adds something at the end.
func (s *story) afterwards() time.Time {
	return s.recordedAt(events.Seq(s.size())).Add(10 * time.Minute)
}

// byLead is a new event of harbor's head, whose key the attacker has.
func (s *story) byLead(n int, subject string, at time.Time, p events.Payload) events.Record {
	return signed(draft(n, "harbor-head", subject, at, p), s.genesisFor(2), private("harbor-head"))
}

// notice is an endorsement that does nothing but prove notice of an honest event.
func (s *story) notice(seq events.Seq) *events.RecordEndorsed {
	return &events.RecordEndorsed{Of: eventID("honest", int(seq)), Hash: hashOf(s.record(seq)), As: events.EndorseReceived}
}

// better is a better mark of harbor's own.
func better() *events.ScoreEntered {
	p := score("B", "self", "harbor", 48)
	p.Supersedes, p.Reason = eventID("honest", seqMarks+1), "a line was left out"
	return p
}

// leadsMark is the name of the forgery that a checkpoint and the rules find, at different places.
const leadsMark = "the lead's own mark changed and signed again"

// beforeDue is a minute before the marks were due, when nothing was recorded.
var beforeDue = time.Date(2026, time.March, 2, 9, 59, 0, 0, time.UTC)

// pasts change what stands in the log.
func pasts() []forge {
	const later = "complete:32 witnessed:32 timely:ok"
	return append(votes(), []forge{
		{1, "a point changed", func(s *story) { s.replace(seqLakeMark, `"points":"44"`, `"points":"14"`) },
			ledger.ErrNotAdmitted, 13, "open@13 log@13 head@13 checkpoints@13", "authentic:13 complete:9 witnessed:9 timely:ok admitted:- recomputed:-", witness.Fork, 0, 13},
		{2, "an event removed", func(s *story) { s.remove(seqNoticed + 1) },
			ledger.ErrForked, 40, "open@40 head@44 checkpoints@40", "authentic:ok " + later + " admitted:ok recomputed:ok", witness.Fork, 0, 33},
		{3, "two events swapped", func(s *story) { s.swap(seqNoticed, seqNoticed+1) },
			ledger.ErrForked, 40, "open@40 checkpoints@40", "authentic:ok " + later + " admitted:ok recomputed:ok", witness.Fork, 0, 32},
		{4, "an event inserted in the past", func(s *story) {
			at := s.recordedAt(seqNoticed + 2).Add(time.Second)
			s.insert(seqVote, at, s.byLead(1, "", at, s.notice(seqNominated)))
		}, ledger.ErrForked, 40, "open@40 head@44 checkpoints@40", "authentic:ok " + later + " admitted:ok recomputed:ok", witness.Changed, 0, 35},
		{4, "a mark inserted in the past", func(s *story) {
			at := s.recordedAt(seqCorrection).Add(time.Second)
			s.insert(seqReview, at, s.byLead(1, "harbor", at, better()))
		}, ledger.ErrNotAdmitted, 30, "open@30 log@30 head@30 checkpoints@30", "authentic:- complete:19 witnessed:19 timely:ok admitted:30 recomputed:-", witness.Changed, 0, 20},
		{6, "another regulation slipped in", func(s *story) { s.put(1, otherOpening()) },
			ledger.ErrNotAdmitted, 2, "open@2 log@2 head@2 checkpoints@1 witnesses", "authentic:1 complete:1 witnessed:1 timely:? admitted:- recomputed:-", witness.Fork, 0, 1},
		{7, "history rebuilt and signed again", func(s *story) {
			s.resign(seqBallot, "harbor-head", func(d *events.Draft) {
				p, _ := d.Payload.(*events.BallotOpened)
				p.Question = "Shall lake be thanked?"
			})
		}, ledger.ErrForked, 31, "open@31 checkpoints@31", "authentic:ok complete:19 witnessed:19 timely:ok admitted:ok recomputed:ok", witness.Fork, 0, 31},
		{7, leadsMark, func(s *story) {
			s.resign(seqMarks+1, "harbor-head", func(d *events.Draft) { d.Payload = score("B", "self", "harbor", 49) })
		}, ledger.ErrForked, 18, "open@18 log@29 head@29 checkpoints@18", "authentic:- complete:9 witnessed:9 timely:ok admitted:29 recomputed:-", witness.Fork, 0, 10},
		{10, "a recorded time moved", func(s *story) {
			c, _ := s.at(seqLakeMark)
			s.commits[c].recorded = s.commits[c].recorded.Add(-4 * time.Minute)
		}, ledger.ErrForked, 18, "open@18 checkpoints@18", "authentic:ok complete:9 witnessed:9 timely:ok admitted:ok recomputed:ok", witness.Fork, 0, 13},
		{10, "a recorded time moved behind the next", func(s *story) {
			c, _ := s.at(seqLakeMark)
			s.commits[c].recorded = s.commits[c].recorded.Add(20 * time.Minute)
		}, ledger.ErrForeign, 15, "open@15 log@15 head@15 checkpoints@15", "authentic:- complete:9 witnessed:9 timely:15 admitted:15 recomputed:-", witness.Fork, 0, 13},
		{11, "a back-dated entry", func(s *story) { s.insert(seqReview, beforeDue, s.byLead(1, "harbor", beforeDue, better())) },
			ledger.ErrNotAdmitted, 30, "open@30 log@30 head@30 checkpoints@30", "authentic:- complete:19 witnessed:19 timely:ok admitted:30 recomputed:-", witness.Changed, 0, 20},
	}...)
}

// votes change the ballot.
func votes() []forge {
	const later = " complete:32 witnessed:32 timely:ok"
	return []forge{
		{2, "a vote removed", func(s *story) { s.remove(seqVote + 4) },
			ledger.ErrNotAdmitted, 39, "open@39 log@39 head@39 checkpoints@39", "authentic:-" + later + " admitted:39 recomputed:-", witness.Fork, 0, 39},
		{3, "two votes swapped", func(s *story) { s.swap(seqVote+1, seqVote+3) },
			ledger.ErrNotAdmitted, 36, "open@36 log@36 head@36 checkpoints@36", "authentic:-" + later + " admitted:36 recomputed:-", witness.Fork, 0, 36},
		{12, "a vote turned", func(s *story) { s.replace(seqVote+4, `"vote":"against"`, `"vote":"for"`) },
			ledger.ErrNotAdmitted, 39, "open@39 log@39 head@39 checkpoints@39", "authentic:39" + later + " admitted:- recomputed:-", witness.Fork, 0, 39},
		{12, "a vote moved to another candidate", func(s *story) { s.replace(seqVote+1, `"unit":"lake"`, `"unit":"mill"`) },
			ledger.ErrNotAdmitted, 36, "open@36 log@36 head@36 checkpoints@36", "authentic:36" + later + " admitted:- recomputed:-", witness.Fork, 0, 36},
		{12, "a vote moved to another member", func(s *story) { s.replace(seqVote+1, `"author":"hill-council"`, `"author":"moor-council"`) },
			ledger.ErrNotAdmitted, 36, "open@36 log@36 head@36 checkpoints@36", "authentic:36" + later + " admitted:- recomputed:-", witness.Fork, 0, 36},
	}
}

// otherOpening is an opening by harbor's head under another regulation of the same id, in which harbor may have more points.
func otherOpening() events.Record {
	d := draft(1, "harbor-head", "", began.Add(11*time.Minute), opening(regulation("max: 50}", "max: 90}")))
	return signed(d, events.NoGenesis, private("harbor-head"))
}

// puppet is a member that harbor's head makes.
func (s *story) puppet(role string) *events.MemberAppointed {
	return &events.MemberAppointed{Member: "puppet", Role: role, Key: events.PublicKeyOf(private("puppet")), Proof: events.ProvePossession(private("puppet"), s.genesisFor(2), "puppet")}
}

// futures add to the log what no honest server would take.
func futures() []forge {
	const unsigned, refused = "authentic:45 complete:45 witnessed:45 timely:ok admitted:- recomputed:-", "authentic:- complete:45 witnessed:45 timely:ok admitted:45 recomputed:-"
	one := func(number int, name string, err error, bundle string, make func(s *story, at time.Time) events.Record) forge {
		return forge{number, name, func(s *story) { s.add(s.afterwards(), make(s, s.afterwards())) }, err, 45, "open@45 log@45", bundle, witness.Refused, 45, 45}
	}
	return []forge{
		{13, "a puppet appointed for another unit, who speaks", func(s *story) {
			at := s.afterwards()
			s.add(at, s.byLead(1, "hill", at, s.puppet(events.RoleOfficer)))
			s.add(at, signed(draft(2, "puppet", "", at, s.notice(seqNominated)), s.genesisFor(2), private("puppet")))
		}, ledger.ErrNotAdmitted, 45, "open@45 log@45", refused, witness.Refused, 45, 45},
		one(13, "a second seat on the council for the lead", ledger.ErrNotAdmitted, refused, func(s *story, at time.Time) events.Record {
			return s.byLead(1, "harbor", at, s.puppet(events.RoleCouncil))
		}),
		{14, "a rival's key replaced, and its event forged", func(s *story) {
			at := s.afterwards()
			s.add(at, s.byLead(1, "lake", at, &events.MemberRekeyed{Member: "lake-head", Key: events.PublicKeyOf(private("puppet")),
				Proof: events.ProvePossession(private("puppet"), s.genesisFor(2), "lake-head"), Reason: "lost"}))
			s.add(at, signed(draft(2, "lake-head", "", at, s.notice(seqNominated)), s.genesisFor(2), private("puppet")))
		}, ledger.ErrNotAdmitted, 45, "open@45 log@45", refused, witness.Refused, 45, 45},
		one(15, "another member's event forged", ledger.ErrNotAdmitted, unsigned, func(s *story, at time.Time) events.Record {
			return signed(draft(1, "lake-head", "", at, s.notice(seqNominated)), s.genesisFor(2), private("harbor-head"))
		}),
		one(15, "another member's event without a signature", ledger.ErrNotAdmitted, unsigned, func(s *story, at time.Time) events.Record {
			record, err := events.Encode(draft(1, "lake-head", "", at, s.notice(seqNominated)))
			if err != nil {
				panic(err)
			}
			return record
		}),
		one(15, "a record that is not canonical", ledger.ErrBadRecord, refused, func(s *story, at time.Time) events.Record {
			return append(events.Record("{ "), s.byLead(1, "", at, s.notice(seqNominated))[1:]...)
		}),
		one(15, "an event told twice", ledger.ErrNotAdmitted, refused, func(s *story, _ time.Time) events.Record { return s.record(seqVote + 1) }),
		one(15, "a member's event of another campaign", ledger.ErrNotAdmitted, refused, func(s *story, at time.Time) events.Record {
			d := draft(1, "lake-head", "", at, s.notice(seqNominated))
			d.Campaign = "river-2025"
			return signed(d, s.genesisFor(2), private("lake-head"))
		}),
		one(15, "a member's event of another campaign of this id", ledger.ErrNotAdmitted, unsigned, func(s *story, at time.Time) events.Record {
			return signed(draft(1, "lake-head", "", at, s.notice(seqNominated)), hashOf(otherOpening()), private("lake-head"))
		}),
		one(11, "a mark after it was due", ledger.ErrNotAdmitted, refused, func(s *story, at time.Time) events.Record {
			return s.byLead(1, "harbor", at, better())
		}),
	}
}
