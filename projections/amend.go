package projections

import (
	"bytes"
	"reflect"
	"slices"

	"campaignledger/events"
)

// regulationAmended admits an amendment. Before anything is scored it is in force at once; after that at the units' share, as one of the witnesses
// always is: a lead does not choose who watches it.
func (s *State) regulationAmended(e *events.Event, p *events.RegulationAmended, m memberState, next *entry) error {
	if want := s.plan.version + 1; p.Version != want {
		return refuse(CodeRegulation, "version", "read the regulation in force and amend that", "the next version of the regulation is %d, not %d", want, p.Version)
	}
	if err := s.amendable(p.Regulation); err != nil {
		return err
	}
	if s.takesShare(p.Regulation) {
		return s.beginAct(e, next, m.unit, actShare)
	}
	next.also().effect = new(effect)
	return s.amend(p, next.also().effect)
}

// takesShare reports whether an amendment to r waits for the units' share.
func (s *State) takesShare(r *events.Regulation) bool {
	return s.scalars.scored || !reflect.DeepEqual(r.Witnesses, s.plan.regulation.Witnesses)
}

// amendable refuses what an amendment can't change: what the log so far stands on.
func (s *State) amendable(r *events.Regulation) error {
	old := s.plan.regulation
	frozen := func(what, field string) error {
		return refuse(CodeRegulation, field, "leave "+what+" as the regulation in force has it", "an amendment does not change %s", what)
	}
	switch {
	case r.ID != old.ID:
		return frozen("the campaign's id", "regulation")
	case bytes.Equal(r.Canonical(), old.Canonical()):
		return refuse(CodeRegulation, "regulation", "leave the amendment out", "the regulation in force says the same")
	case r.Clock != old.Clock:
		return frozen("the clock", "clock")
	case !slices.Equal(r.Members, old.Members):
		return frozen("the founding members (member.* events do)", "members")
	case !slices.EqualFunc(r.Levels, old.Levels, sameLevel):
		return frozen("the ids, the order or the sealing of levels", "levels")
	case !slices.EqualFunc(r.Clusters, old.Clusters, sameUnits):
		return frozen("clusters or their units", "clusters")
	}
	for i, c := range newPlan(r, nil).clusters {
		for _, at := range s.plan.clusters[i].leaves {
			id := s.plan.clusters[i].nodes[at].ID
			if n, ok := c.nodeByID[id]; !ok || c.nodes[n].leaf < 0 {
				return refuse(CodeRegulation, "criteria", "keep it and put it under not-assigned of all units", "an amendment does not take the leaf %s out of cluster %s", id, c.ID)
			}
		}
	}
	return nil
}

func sameLevel(a, b events.Level) bool { return a.ID == b.ID && a.Sealed == b.Sealed }

func sameUnits(a, b events.Cluster) bool {
	return a.ID == b.ID && slices.EqualFunc(a.Units, b.Units, func(x, y events.Unit) bool { return x.ID == y.ID })
}

// amend puts a regulation in force; the marks on the leaves it touches are put on hold, into list.
func (s *State) amend(p *events.RegulationAmended, list *effect) error {
	if p.Version != s.plan.version+1 {
		return refuse(CodeRegulation, "of", "let it be proposed anew", "version %d of the regulation is in force by now", s.plan.version)
	}
	old := s.plan
	s.plan = newPlan(p.Regulation, old)
	list.plan = s.plan
	touched := s.plan.touched(old)
	list.reopened = s.currentMarks(func(e *entry) bool { return touched[leafKey{e.cluster, e.leaf}] })
	return nil
}

// leafKey is a leaf of a cluster.
type leafKey struct {
	cluster int16
	leaf    int16
}

// touched are the leaves that this plan judges in another way than the one before.
func (p *plan) touched(old *plan) map[leafKey]bool {
	touched := map[leafKey]bool{}
	for i, c := range p.clusters {
		was := old.clusters[i]
		for leaf := range was.leaves {
			if c.set.Places != was.set.Places || !sameLeaf(c.leafNode(leaf).Criterion, was.leafNode(leaf).Criterion) {
				touched[leafKey{int16(i), int16(leaf)}] = true
			}
		}
	}
	return touched
}

// sameLeaf reports whether two versions of a leaf turn the same marks into the same points.
func sameLeaf(a, b *events.Criterion) bool {
	return a.Method == b.Method && a.Min == b.Min && a.Max == b.Max && a.Weight == b.Weight && a.Base == b.Base && a.Each == b.Each &&
		a.Evidence == b.Evidence && a.Aggregate == b.Aggregate && slices.Equal(a.Table, b.Table)
}

// currentMarks are the current marks that ok takes, in order. O(n) in events.
func (s *State) currentMarks(ok func(*entry) bool) (list []events.Seq) {
	for seq := events.Seq(1); seq <= s.journal.last(); seq++ {
		if e := s.journal.at(seq); e.what == kindScore && ok(e) && s.cells.get(scoreKey(e)) == seq {
			list = append(list, seq)
		}
	}
	return list
}
