package events

import (
	"fmt"
)

const (
	// maxClusters bounds the clusters of a campaign.
	maxClusters = 1000
	// maxUnits bounds the units of a cluster.
	maxUnits = 10_000
	// maxTies bounds the criteria that break ties.
	maxTies = 100
)

func (rd *regulationReader) readClusters(v value) {
	const remedy = "give at least one cluster, for example clusters: [{id: c, criteria: default, units: [{id: u}]}]"
	items := v.needList("clusters", maxClusters, remedy)
	seen := map[string]bool{}
	if len(items) > 0 {
		rd.units = map[string]bool{}
	}
	for _, item := range items {
		item = item.object("id", "title", "criteria", "lead", "ranking", "units")
		c := Cluster{ID: item.need("id", "name the cluster").id(), Title: item.key("title").localized()}
		item.key("id").unique(c.ID, "a cluster", seen)
		criteria := item.need("criteria", "name the criteria set the cluster is judged by")
		c.Criteria = reference(criteria, criteria.id(), "criteria set", rd.sets)
		index := rd.sets[c.Criteria] // nil if it cannot be told
		units := rd.readUnits(item, &c, index)
		if lead := item.key("lead"); lead.given() {
			c.Lead = reference(lead, lead.id(), "unit in this cluster", units)
		}
		rd.readRanking(item, &c, index)
		rd.r.Clusters = append(rd.r.Clusters, c)
	}
}

// readUnits reads the cluster's units and gives their ids.
func (rd *regulationReader) readUnits(v value, c *Cluster, index *criteriaIndex) map[string]bool {
	items := v.needList("units", maxUnits, "list at least one unit, for example {id: lang-son}")
	if len(items) == 0 {
		return nil
	}
	seen := map[string]bool{}
	for _, item := range items {
		item = item.object("id", "title", "not-assigned")
		u := Unit{ID: item.need("id", "name the unit").id(), Title: item.key("title").localized()}
		item.key("id").unique(u.ID, "a unit", seen)
		rd.units[u.ID] = true
		u.NotAssigned = readCriteriaList(item.key("not-assigned"), maxLeaves, index)
		c.Units = append(c.Units, u)
	}
	return seen
}

// readCriteriaList reads the ids of criteria of a set, each given once.
func readCriteriaList(v value, limit int, index *criteriaIndex) []string {
	var known map[string]leafSpan
	if index != nil {
		known = index.spans
	}
	return idList(v, limit, "mention of", func(v value) string {
		return reference(v, v.criterionID(), "criterion in the cluster's set", known)
	})
}

func (rd *regulationReader) readRanking(cluster value, c *Cluster, index *criteriaIndex) {
	v := cluster.key("ranking").object("method", "by", "ties")
	c.Ranking.Dense = enum(v.key("method"), "competition", "dense") == "dense"
	by := v.key("by")
	c.Ranking.ByRatio = enum(by, "points", "ratio") == "ratio"
	c.Ranking.Ties = readCriteriaList(v.key("ties"), maxTies, index)
	if c.Ranking.ByRatio && index != nil {
		checkRatio(by, cluster.key("units"), c, index)
	}
}

// checkRatio checks that every unit's points can be divided by what is assigned to it. It is O(units × leaves) at worst,
// and O(units + leaves) where every leaf has a max and is assigned to all.
func checkRatio(by, units value, c *Cluster, index *criteriaIndex) {
	unbounded, positive := 0, 0
	for _, leaf := range index.leaves {
		switch {
		case leaf.Method == MethodAdjustment:
		case !leaf.Max.Set:
			unbounded++
		case leaf.Max.Value > 0 && leaf.Weight > 0:
			positive++
		}
	}
	reported := map[string]bool{}
	places := units.list(maxUnits)
	for i, unit := range c.Units {
		if len(unit.NotAssigned) == 0 && unbounded == 0 && positive > 0 {
			continue
		}
		some := false
		for j, assigned := range index.assigned(unit.NotAssigned) {
			leaf := index.leaves[j]
			if !assigned || leaf.Method == MethodAdjustment {
				continue
			}
			some = some || leaf.Max.Set && leaf.Max.Value > 0 && leaf.Weight > 0
			if !leaf.Max.Set && !reported[leaf.ID] {
				reported[leaf.ID] = true
				by.fail(fmt.Sprintf("the ratio cannot be had: criterion %q has no max and is assigned to %q", leaf.ID, unit.ID),
					"give it a max, or rank by points")
			}
		}
		if !some && len(reported) == 0 {
			places[i].fail(fmt.Sprintf("the ratio cannot be had: nothing assigned to %q has a max and a weight above 0", unit.ID),
				"assign it a criterion, or rank by points")
		}
	}
}
