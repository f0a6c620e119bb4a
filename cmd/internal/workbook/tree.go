package workbook

import (
	"iter"
	"slices"

	"campaignledger/events"
)

// Node is a criterion in its tree.
type Node struct {
	*events.Criterion
	Depth  int      // 0 at the top
	Within []string // the ids of the groups that it is in
}

// Assigned reports whether a criterion is assigned to a unit.
func (n Node) Assigned(u *events.Unit) bool {
	for _, id := range u.NotAssigned {
		if id == n.ID || slices.Contains(n.Within, id) {
			return false
		}
	}
	return true
}

// Tree is a cluster's criteria, groups before what is in them.
func Tree(r *events.Regulation, c *events.Cluster) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		walk(r.Criteria(c), nil, yield)
	}
}

func walk(items []events.Criterion, within []string, yield func(Node) bool) bool {
	for i := range items {
		if !yield(Node{&items[i], len(within), within}) || !walk(items[i].Items, append(slices.Clone(within), items[i].ID), yield) {
			return false
		}
	}
	return true
}
