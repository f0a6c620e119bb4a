package projections

import (
	"slices"

	"github.com/google/uuid"

	"campaignledger/events"
)

// evaluationKey names what an evaluator says once: of a unit, by itself or as the consensus.
type evaluationKey struct {
	cluster   int16
	unit      int16
	author    string
	consensus bool
}

func (s *State) evaluationRecorded(e *events.Event, p *events.EvaluationRecorded, next *entry) error {
	c, err := s.about(p.Cluster, e.Subject, next)
	if err != nil {
		return err
	}
	for _, f := range slices.Concat(p.Strengths, p.Shortcomings) {
		if _, ok := c.nodeByID[f.Criterion]; f.Criterion != "" && !ok {
			return refuse(CodeUnknownLeaf, "criterion", "use a criterion of set "+c.Criteria+", or leave it out", "there is no criterion %s in cluster %s", f.Criterion, c.ID)
		}
		if f.Drive != "" && s.drives.get(f.Drive).launched == 0 {
			return s.noDrive(f.Drive)
		}
	}
	for _, id := range p.Awards {
		if _, err := s.checkAward(id, "awards"); err != nil {
			return err
		}
	}
	for _, id := range p.Consensus {
		seq, ok := s.Find(id)
		if !ok || s.journal.at(seq).what != kindEvaluated || s.journal.at(seq).unit != next.unit || s.journal.at(seq).cluster != next.cluster {
			return refuse(CodeUnknownEvent, "consensus", "name the ids of evaluations of "+e.Subject, "%s is no evaluation of unit %s", id, e.Subject)
		}
	}
	key := evaluationKey{next.cluster, next.unit, e.Author, len(p.Consensus) > 0}
	current := s.evaluations.get(key)
	if err := s.checkReplaces(current, p.Supersedes, p.Reason, "evaluation of the unit by "+e.Author); err != nil {
		return err
	}
	next.supersedes = shortSeq(current)
	s.evaluations.put(key, current, e.Seq)
	return nil
}

// checkReplaces checks that what replaces the event current, of which there may be none, names it and says why.
func (s *State) checkReplaces(current events.Seq, supersedes uuid.UUID, reason, what string) error {
	switch {
	case current == 0 && supersedes != uuid.Nil:
		return refuse(CodeSupersedes, "supersedes", "leave supersedes out", "there is no %s to replace here", what)
	case current != 0 && reason == "":
		return refuse(CodeReason, "reason", "say why you change it", "event %d is the %s, and a change needs a reason", current, what)
	case current != 0 && s.journal.at(current).id != supersedes:
		return refuse(CodeSupersedes, "supersedes", "name "+s.journal.at(current).id.String(), "event %d is the %s", current, what)
	}
	return nil
}
