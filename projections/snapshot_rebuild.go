package projections

import (
	"github.com/google/uuid"

	"campaignledger/events"
)

// rebuildIDs is which event has which id.
func (s *State) rebuildIDs() map[uuid.UUID]events.Seq {
	ids := make(map[uuid.UUID]events.Seq, s.journal.committed())
	for seq := events.Seq(1); seq <= s.journal.committed(); seq++ {
		ids[s.journal.at(seq).id] = seq
	}
	return ids
}

// rebuildCells finds the current entry of each key, and what follows from it: who alone has scored a leaf, and who holds a place. Whether a leaf
// took one scorer is asked of the regulation in force when the entry came.
func (s *State) rebuildCells(current int) {
	s.cells.rows = make(map[cellKey]events.Seq, current)
	var then *plan
	for seq := events.Seq(1); seq <= s.journal.committed(); seq++ {
		e := s.journal.at(seq)
		if on := e.effectOn(); on != nil && on.plan != nil {
			then = on.plan
		}
		if !e.isEntry() || e.supersededBy != 0 {
			continue
		}
		if e.what == kindTarget {
			s.cells.rows[targetKey(e)] = seq
			continue
		}
		s.cells.rows[scoreKey(e)] = seq
		if e.mark > events.MarkPlace {
			continue
		}
		if e.mark == events.MarkPlace {
			s.places.rows[placeOf(e)]++
		}
		if n := then.clusters[e.cluster].leafNode(int(e.leaf)); n.takesOne() && e.hold&holdSingle == 0 {
			s.only.rows[e.onlyKey()] = seq
		}
	}
}

// code codes the names that occur, of which the first is "".
func (n *names) code(c *coder) {
	count := c.count(len(n.list))
	if c.reading {
		n.list = make([]string, count)
	}
	for i := range count {
		c.text(&n.list[i])
	}
	if !c.reading {
		return
	}
	if count == 0 || n.list[0] != "" {
		c.fail()
		return
	}
	for i, name := range n.list {
		n.ids[name] = nameID(i)
	}
	n.committed = count
}
