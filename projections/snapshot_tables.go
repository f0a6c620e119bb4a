package projections

import (
	"github.com/google/uuid"

	"campaignledger/events"
)

// codeMembers codes who there is and was.
func (s *State) codeMembers(c *coder) {
	rows(c, s.members.rows, (*coder).text, func(c *coder, m *memberState) {
		c.text(&m.name)
		c.text(&m.role)
		c.text(&m.unit)
		c.key(&m.key)
		integer(c, &m.since)
		integer(c, &m.until)
	})
	rows(c, s.keyOwners.rows, (*coder).key, (*coder).text)
	rows(c, s.heads.rows, (*coder).text, (*coder).text)
	rows(c, s.units.rows, (*coder).text, func(c *coder, u *unitState) {
		integer(c, &u.joined)
		integer(c, &u.withdrawn)
	})
	rows(c, s.usage.rows, (*coder).text, func(c *coder, u *usage) {
		integer(c, &u.records)
		integer(c, &u.bytes)
	})
}

// codeActs codes joint acts and who stands behind what.
func (s *State) codeActs(c *coder) {
	rows(c, s.acts.rows, integer[events.Seq], func(c *coder, a *actState) {
		integer(c, &a.kind)
		c.bool(&a.done)
		c.key(&a.before)
	})
	rows(c, s.endorsed.rows, func(c *coder, e *endorsement) {
		integer(c, &e.of)
		c.text(&e.who)
		c.text(&e.as)
	}, integer[events.Seq])
}

// codeImports codes how far imports have come. Between commits none is within a batch.
func (s *State) codeImports(c *coder) {
	rows(c, s.imports.rows, (*coder).id, func(c *coder, imp *importState) {
		integer(c, &imp.seq)
		c.text(&imp.author)
		c.bool(&imp.givenUp)
		integer(c, &imp.batch)
		integer(c, &imp.row)
		integer(c, &imp.bytes)
		integer(c, &imp.done)
		if !c.reading || c.err != nil {
			return
		}
		if imp.seq < 1 || imp.seq > s.journal.committed() {
			c.fail()
			return
		}
		p, ok := s.journal.at(imp.seq).payload().(*events.ImportStarted)
		if !ok {
			c.fail()
			return
		}
		imp.batches, imp.leaves = &p.Batches, new([]batchLeaf)
	})
}

// codeYear codes the review and the year's work.
func (s *State) codeYear(c *coder) {
	rows(c, s.returns.rows, integer[events.Seq], integer[events.Seq])
	rows(c, s.sheets.rows, func(c *coder, k *sheetKey) {
		integer(c, &k.cluster)
		integer(c, &k.level)
		integer(c, &k.scorer)
	}, func(c *coder, sheet *sheetState) {
		integer(c, &sheet.sealed)
		integer(c, &sheet.revealed)
	})
	rows(c, s.drives.rows, (*coder).text, func(c *coder, d *driveState) {
		integer(c, &d.launched)
		integer(c, &d.closed)
	})
	rows(c, s.reports.rows, func(c *coder, k *reportKey) {
		c.text(&k.unit)
		c.text(&k.drive)
		c.text(&k.from)
		c.text(&k.to)
	}, integer[events.Seq])
}

// codeAwards codes what leads from the evaluation to the awards.
func (s *State) codeAwards(c *coder) {
	rows(c, s.evaluations.rows, func(c *coder, k *evaluationKey) {
		integer(c, &k.cluster)
		integer(c, &k.unit)
		c.text(&k.author)
		c.bool(&k.consensus)
	}, integer[events.Seq])
	rows(c, s.exclusions.rows, integer[events.Seq], func(c *coder, x *exclusionState) {
		c.text(&x.unit)
		integer(c, &x.effective)
		integer(c, &x.lifted)
		c.text(&x.liftedOn)
	})
	rows(c, s.nominations.rows, func(c *coder, k *nominationKey) {
		c.text(&k.award)
		c.text(&k.unit)
		integer(c, &k.cluster)
	}, func(c *coder, n *nominationState) {
		integer(c, &n.seq)
		integer(c, &n.standings)
		integer(c, &n.reviewed)
		integer(c, &n.proposed)
	})
	rows(c, s.proposals.rows, integer[events.Seq], func(c *coder, p *proposalState) {
		c.text(&p.award)
		c.text(&p.unit)
		integer(c, &p.cluster)
		integer(c, &p.decided)
	})
	rows(c, s.decisions.rows, integer[events.Seq], func(c *coder, d *decisionState) {
		integer(c, &d.proposal)
		c.text(&d.award)
		integer(c, &d.revoked)
		c.bool(&d.transcribed)
	})
	rows(c, s.appeals.rows, integer[events.Seq], func(c *coder, a *appealState) {
		integer(c, &a.filed)
		integer(c, &a.decided)
		integer(c, &a.since)
		c.bool(&a.upheld)
	})
	rows(c, s.disturbed.rows, integer[int16], integer[events.Seq])
}

// codeBallots codes ballots, their votes and counts.
func (s *State) codeBallots(c *coder) {
	rows(c, s.ballots.rows, (*coder).text, func(c *coder, b *ballotState) {
		integer(c, &b.opened)
		integer(c, &b.effective)
		integer(c, &b.tally)
		integer(c, &b.closed)
		integer(c, &b.ended)
		c.text(&b.reopened)
	})
	rows(c, s.votes.rows, func(c *coder, k *voteKey) {
		c.text(&k.ballot)
		c.text(&k.member)
	}, integer[events.Seq])
	rows(c, s.tallies.rows, integer[events.Seq], func(c *coder, t *tallyState) {
		c.text(&t.ballot)
		integer(c, &t.tellers)
		integer(c, &t.candidates)
		c.bool(&t.done)
	})
}

// codeScalars codes the single values. Between commits no sheet is being opened and no import's batch is under way.
func (s *State) codeScalars(c *coder) {
	v := &s.begun
	if v.sheet.id != uuid.Nil || v.inBatch != uuid.Nil || v.clashes != 0 {
		c.fail()
	}
	c.time(&v.time)
	c.time(&v.recorded)
	integer(c, &v.closed)
	c.id(&v.running)
	c.time(&v.runningEnd)
	integer(c, &v.unfinished)
	c.raw(v.genesis[:])
	c.text((*string)(&v.stage))
	c.bool(&v.scored)
	integer(c, &v.frozen)
	integer(c, &v.moved)
	integer(c, &v.openBallots)
	for _, seq := range []*events.Seq{&v.takenOver.Seq, &v.takenOver.Copied, &v.takenOver.InForce} {
		integer(c, seq)
	}
	c.text(&v.takenOver.Root)
	c.raw(v.takenOver.Key[:])
	c.raw(v.takenOver.OldKey[:])
	if c.reading {
		s.scalars = s.begun
	}
}
