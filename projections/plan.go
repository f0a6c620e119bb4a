package projections

import (
	"math/big"
	"slices"
	"strings"

	"campaignledger/events"
)

// plan is a regulation prepared for folding: everything has an index, and questions that recur are answered once.
type plan struct {
	regulation *events.Regulation
	levels     map[string]uint8
	official   int // index into levels, or officialHighest
	clusters   []*clusterPlan
	byID       map[string]int
	version    int // of the regulation, from 1

	levelDeadlines  []deadline // by level
	reportDeadlines []deadline // in the order of time
	appealDeadline  deadline
}

const officialHighest = -1

// clusterPlan is one cluster with its criteria set.
type clusterPlan struct {
	events.Cluster
	set      events.CriteriaSet
	unitByID map[string]int
	nodes    []node // groups and leaves, parents before children
	nodeByID map[string]int
	leaves   []int    // the nodes that are leaves
	assigned [][]bool // by unit, by leaf
	maxima   []maximum
	ties     []int // nodes

	sortedNodes []int    // by id
	unitNodes   [][]bool // by unit, by node: the leaf, or a leaf of the group, is assigned
}

// node is a criterion in its cluster's tree.
type node struct {
	*events.Criterion
	parent int // -1 at the top
	leaf   int // index into leaves, -1 for a group
}

// maximum is a unit's Σ(assigned non-adjustment max × weight) in units of 10^-12; n is nil where it is unbounded.
type maximum struct {
	n    *big.Int
	text string
}

// maximumScale is the number of decimal places of a product of two decimals.
const maximumScale = 2 * events.MaxDecimalPlaces

// newPlan prepares r; before is the version that r amends, nil of the first. Leaves keep their indexes through all versions.
func newPlan(r *events.Regulation, before *plan) *plan {
	p := &plan{regulation: r, levels: map[string]uint8{}, official: officialHighest, byID: map[string]int{}, version: 1}
	if before != nil {
		p.version = before.version + 1
	}
	for i, l := range r.Levels {
		p.levels[l.ID] = uint8(i)
		if l.ID == r.Official {
			p.official = i
		}
	}
	for i := range r.Clusters {
		p.byID[r.Clusters[i].ID] = i
		var old *clusterPlan
		if before != nil {
			old = before.clusters[i]
		}
		p.clusters = append(p.clusters, newClusterPlan(r, r.Clusters[i], old))
	}
	p.deadlines()
	return p
}

func newClusterPlan(r *events.Regulation, def events.Cluster, before *clusterPlan) *clusterPlan {
	c := &clusterPlan{Cluster: def, unitByID: map[string]int{}, nodeByID: map[string]int{}}
	i := slices.IndexFunc(r.Sets, func(s events.CriteriaSet) bool { return s.ID == def.Criteria })
	c.set = r.Sets[i] // the parser refuses a reference to nothing
	c.addNodes(c.set.Items, -1)
	c.keepIndexes(before)
	for _, id := range def.Ranking.Ties {
		c.ties = append(c.ties, c.nodeByID[id])
	}
	for u, unit := range def.Units {
		c.unitByID[unit.ID] = u
		c.assigned = append(c.assigned, c.assignment(unit))
		c.maxima = append(c.maxima, c.maximum(c.assigned[u]))
		c.unitNodes = append(c.unitNodes, c.assignedNodes(c.assigned[u]))
	}
	c.sortNodes()
	return c
}

func (c *clusterPlan) addNodes(items []events.Criterion, parent int) {
	for i := range items {
		n := node{&items[i], parent, -1}
		if n.Method != events.MethodGroup {
			n.leaf = len(c.leaves)
			c.leaves = append(c.leaves, len(c.nodes))
		}
		at := len(c.nodes)
		c.nodeByID[n.ID] = at
		c.nodes = append(c.nodes, n)
		c.addNodes(n.Items, at)
	}
}

// keepIndexes gives the leaves of an earlier version their indexes again, and the new ones those after them.
func (c *clusterPlan) keepIndexes(before *clusterPlan) {
	if before == nil {
		return
	}
	var kept, added []int
	for _, at := range before.leaves {
		if now, ok := c.nodeByID[before.nodes[at].ID]; ok && c.nodes[now].leaf >= 0 {
			kept = append(kept, now)
		}
	}
	for _, at := range c.leaves {
		if !slices.Contains(kept, at) {
			added = append(added, at)
		}
	}
	c.leaves = append(kept, added...)
	for leaf, at := range c.leaves {
		c.nodes[at].leaf = leaf
	}
}

// leafNode is the node of a leaf.
func (c *clusterPlan) leafNode(leaf int) *node { return &c.nodes[c.leaves[leaf]] }

func (c *clusterPlan) assignment(u events.Unit) []bool {
	assigned := make([]bool, len(c.leaves))
	for leaf, at := range c.leaves {
		assigned[leaf] = true
		for ; at >= 0; at = c.nodes[at].parent {
			if slices.Contains(u.NotAssigned, c.nodes[at].ID) {
				assigned[leaf] = false
			}
		}
	}
	return assigned
}

// assignedNodes marks the assigned leaves and the groups above them.
func (c *clusterPlan) assignedNodes(assigned []bool) []bool {
	nodes := make([]bool, len(c.nodes))
	for leaf, at := range c.leaves {
		for ; assigned[leaf] && at >= 0; at = c.nodes[at].parent {
			nodes[at] = true
		}
	}
	return nodes
}

func (c *clusterPlan) maximum(assigned []bool) maximum {
	sum := new(big.Int)
	for leaf := range c.leaves {
		n := c.leafNode(leaf)
		if !assigned[leaf] || n.Method == events.MethodAdjustment {
			continue
		}
		if !n.Max.Set {
			return maximum{}
		}
		sum.Add(sum, new(big.Int).Mul(big.NewInt(int64(n.Max.Value)), big.NewInt(int64(n.Weight))))
	}
	return maximum{sum, formatScaled(sum, maximumScale, 0)}
}

// has reports whether the unit is in the cluster.
func (c *clusterPlan) has(unit string) bool {
	_, ok := c.unitByID[unit]
	return ok
}

// unitIDs names the cluster's units for an error message.
func (c *clusterPlan) unitIDs() string {
	ids := make([]string, 0, len(c.Units))
	for _, u := range c.Units {
		ids = append(ids, u.ID)
	}
	return shortList(ids)
}

// shortList joins names and cuts a long list off.
func shortList(names []string) string {
	const most = 12
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}
