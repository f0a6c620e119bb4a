package projections

// nameID stands for a scorer, an author or an item, so that an entry holds four bytes for each. 0 is "".
type nameID uint32

// names numbers the names that occur, from 1 in the order of their first event. It belongs to the admitting goroutine; readers
// use the list that the journal got at the last commit, of which no element changes any more.
type names struct {
	ids       map[string]nameID
	list      []string // by nameID
	committed int      // of list
}

func newNames() *names {
	return &names{ids: map[string]nameID{"": 0}, list: []string{""}, committed: 1}
}

// id is the number of name, a new one where it has none yet.
func (n *names) id(name string) nameID {
	id, ok := n.ids[name]
	if !ok {
		id = nameID(len(n.list))
		n.ids[name] = id
		n.list = append(n.list, name)
	}
	return id
}

func (n *names) savepoint() int { return len(n.list) - n.committed }

func (n *names) rollback(savepoint int) {
	keep := n.committed + savepoint
	for _, name := range n.list[keep:] {
		delete(n.ids, name)
	}
	n.list = n.list[:keep]
}

func (n *names) commit() { n.committed = len(n.list) }
