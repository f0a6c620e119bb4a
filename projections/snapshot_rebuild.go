package projections

import "campaignledger/events"

// rebuildIDs finds which event has which id.
func (s *State) rebuildIDs() {
	s.ids.reserve(int(s.journal.committed()))
	for seq := events.Seq(1); seq <= s.journal.committed(); seq++ {
		s.ids.replace(s.journal.at(seq).id, 0, seq)
	}
}

// rebuildCells finds the current entry of each key, and what follows from it: who alone has scored a leaf, and who holds a place. Whether a leaf
// took one scorer is asked of the regulation in force when the entry came.
func (s *State) rebuildCells(current int) {
	s.cells.reserve(current)
	var then *plan
	for seq := events.Seq(1); seq <= s.journal.committed(); seq++ {
		e := s.journal.at(seq)
		if on := e.effectOn(); on != nil && on.plan != nil {
			then = on.plan
		}
		if !e.isEntry() || e.supersededBy != 0 {
			continue
		}
		s.cells.replace(e.cellKey(), 0, seq)
		if e.what == kindTarget || e.mark > events.MarkPlace {
			continue
		}
		if e.mark == events.MarkPlace {
			s.places.replace(e.placeKey(), 0, seq)
		}
		if n := then.clusters[e.cluster].leafNode(int(e.leaf)); n.takesOne() && e.hold&holdSingle == 0 {
			s.only.replace(e.onlyKey(), 0, seq)
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
