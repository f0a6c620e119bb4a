package projections

import (
	"fmt"
	"slices"
	"strings"

	"campaignledger/events"
)

// Why is what a unit's rank is made of, down to the entries with their sequences.
type Why struct {
	Campaign  string         `json:"campaign"`
	Notice    string         `json:"notice,omitempty"`
	Signed    bool           `json:"signed"`
	Seq       events.Seq     `json:"seq"`
	Cluster   string         `json:"cluster"`
	Unit      string         `json:"unit"`
	Title     string         `json:"title"`
	Rank      int            `json:"rank"`
	Of        int            `json:"of"` // units in the cluster
	Points    string         `json:"points"`
	Max       string         `json:"max,omitempty"`
	Complete  bool           `json:"complete"`
	TiedWith  []string       `json:"tiedWith"`
	Notes     []string       `json:"notes"`
	Criteria  []WhyCriterion `json:"criteria"` // in the regulation's order, groups before their items
	Against   *WhyAgainst    `json:"against,omitempty"`
	ByRatio   bool           `json:"byRatio,omitempty"`
	Decisions []AuditLine    `json:"decisions,omitempty"` // on ties of this unit
}

// WhyCriterion is one criterion of one unit.
type WhyCriterion struct {
	ID       string        `json:"id"`
	Title    string        `json:"title"`
	Depth    int           `json:"depth"` // 0 at the top
	Method   events.Method `json:"method"`
	Points   string        `json:"points"`
	Max      string        `json:"max,omitempty"`
	Weight   string        `json:"weight,omitempty"`
	Assigned bool          `json:"assigned"`
	Missing  bool          `json:"missing,omitempty"`
	Level    string        `json:"level,omitempty"`  // the level that counts
	Value    string        `json:"value,omitempty"`  // the aggregate of its marks; a fraction where it has no finite decimal form
	Target   *AuditLine    `json:"target,omitempty"` // the current target
	Entries  []WhyEntry    `json:"entries,omitempty"`
}

// WhyEntry is a mark that is current, or was.
type WhyEntry struct {
	AuditLine
	Current bool `json:"current"`
	Counts  bool `json:"counts"` // current, at the level that counts, with a value
}

// WhyAgainst sets two units side by side, leaf by leaf, what sets them furthest apart first.
type WhyAgainst struct {
	Unit        string       `json:"unit"`
	Title       string       `json:"title"`
	Rank        int          `json:"rank"`
	Points      string       `json:"points"`
	Difference  string       `json:"difference"` // the first unit's points less the second's
	Differences []Difference `json:"differences"`
}

// Difference is one leaf on which two units differ.
type Difference struct {
	Criterion  string       `json:"criterion"`
	Title      string       `json:"title"`
	Points     string       `json:"points"`
	Other      string       `json:"other"`
	Difference string       `json:"difference"`
	Entries    []events.Seq `json:"entries"` // that count, of the first unit
	OtherSeqs  []events.Seq `json:"otherEntries"`
}

// Why explains unit's rank in cluster ("" where the unit is in one cluster only), and with other what sets the two apart.
// It refuses, with a *Refusal, names that the regulation does not know.
func (l *Live) Why(cluster, unit, other, lang string) (Why, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.plan == nil {
		return Why{}, refuse(CodeNotOpen, "", "open it with campaign open REGULATION.yaml", "the campaign is not open")
	}
	b, err := l.findBoard(cluster, unit, other)
	if err != nil {
		return Why{}, err
	}
	standings := b.standings(l.note)
	u := b.cluster.unitByID[unit]
	s := standings.row(u)
	r := l.plan.regulation
	w := Why{Campaign: r.ID, Notice: r.Notice.In(lang), Signed: r.Signed(), Seq: l.state.journal.committed(), Cluster: b.cluster.ID, Unit: unit,
		Title: titleOr(s.Title().In(lang), unit), Rank: s.Rank, Of: len(b.rows), Points: s.Points(), Max: s.Max(),
		Complete: s.Complete, TiedWith: s.TiedWith(), Notes: append([]string{}, s.Notes...),
		ByRatio: b.cluster.Ranking.ByRatio}
	history := l.entriesOf(b, u)
	for at := range b.cluster.nodes {
		w.Criteria = append(w.Criteria, l.whyCriterion(b, u, at, history, lang))
	}
	for _, seq := range b.ties {
		if slices.Contains(l.state.journal.at(seq).tie().Order, unit) {
			w.Decisions = append(w.Decisions, l.auditLine(seq))
		}
	}
	if other != "" {
		w.Against = l.against(b, s, standings.row(b.cluster.unitByID[other]), lang)
	}
	return w, nil
}

// row is a unit's standing.
func (c *ClusterStandings) row(unit int) *Standing {
	i := slices.IndexFunc(c.Rows, func(s *Standing) bool { return s.unit == unit })
	return c.Rows[i]
}

// findBoard is the board of the cluster that has the units.
func (l *Live) findBoard(cluster, unit, other string) (*board, error) {
	var found []*board
	var ids []string
	for _, b := range l.boards {
		_, has := b.cluster.unitByID[unit]
		if cluster != "" && b.cluster.ID != cluster || !has {
			continue
		}
		found = append(found, b)
		ids = append(ids, b.cluster.ID)
	}
	_, known := l.plan.byID[cluster]
	switch {
	case cluster != "" && !known:
		return nil, refuse(CodeUnknownCluster, "cluster", "use one of: "+l.plan.clusterIDs(), "there is no cluster %s", cluster)
	case len(found) == 0:
		return nil, refuse(CodeUnknownUnit, "unit", "campaign standings lists the units", "there is no unit %s", unit)
	case len(found) > 1:
		return nil, refuse(CodeUnknownCluster, "cluster", "name one with --cluster", "unit %s is in clusters %s", unit, shortList(ids))
	}
	if _, ok := found[0].cluster.unitByID[other]; other != "" && !ok {
		return nil, refuse(CodeUnknownUnit, "unit", "use one of: "+found[0].cluster.unitIDs(), "there is no unit %s in cluster %s", other, ids[0])
	}
	return found[0], nil
}

// entriesOf is every entry about a unit, by leaf. O(n) in events.
func (l *Live) entriesOf(b *board, unit int) map[int16][]events.Seq {
	byLeaf := map[int16][]events.Seq{}
	cluster := l.plan.byID[b.cluster.ID]
	for seq := events.Seq(1); seq <= l.state.journal.committed(); seq++ {
		if e := l.state.journal.at(seq); int(e.cluster) == cluster && int(e.unit) == unit && e.isEntry() {
			byLeaf[e.leaf] = append(byLeaf[e.leaf], seq)
		}
	}
	return byLeaf
}

func (l *Live) whyCriterion(b *board, unit, at int, history map[int16][]events.Seq, lang string) WhyCriterion {
	n := &b.cluster.nodes[at]
	w := WhyCriterion{ID: n.ID, Title: titleOr(n.Title.In(lang), n.ID), Method: n.Method, Assigned: b.cluster.unitNodes[unit][at],
		Points: b.rows[unit].nodes[at].Format(b.cluster.set.Places)}
	for up := n.parent; up >= 0; up = b.cluster.nodes[up].parent {
		w.Depth++
	}
	if n.Max.Set {
		w.Max = n.Max.Value.String()
	}
	if n.leaf < 0 {
		return w
	}
	if n.Weight != events.DecimalOne {
		w.Weight = n.Weight.String()
	}
	s := b.slot(unit, n.leaf)
	w.Missing = slices.Contains(b.missing(unit), n.ID)
	if values := b.official(s, n); len(values) > 0 {
		w.Level = l.plan.regulation.Levels[s.level()].ID
		value, _ := aggregate(values, n.Aggregate)
		w.Value = formatRat(value)
	}
	if s.target != 0 {
		line := l.auditLine(s.target.seq())
		w.Target = &line
	}
	for _, seq := range history[int16(n.leaf)] {
		e := l.state.journal.at(seq)
		if e.what == kindScore {
			current := e.supersededBy == 0
			w.Entries = append(w.Entries, WhyEntry{l.auditLine(seq), current, current && e.hold == 0 && s.filled() && e.level == s.level() && e.mark <= events.MarkPlace})
		}
	}
	return w
}

// against compares two standings leaf by leaf.
func (l *Live) against(b *board, s, o *Standing, lang string) *WhyAgainst {
	places := b.cluster.set.Places
	a := &WhyAgainst{Unit: o.Unit, Title: titleOr(o.Title().In(lang), o.Unit), Rank: o.Rank, Points: o.Points(),
		Difference: s.total.Sub(o.total).Format(places), Differences: []Difference{}}
	var leaves []int
	for _, at := range b.cluster.leaves {
		if s.nodes[at] != o.nodes[at] {
			leaves = append(leaves, at)
		}
	}
	apart := func(at int) Points { return s.nodes[at].Sub(o.nodes[at]) }
	slices.SortStableFunc(leaves, func(x, y int) int { return apart(y).abs().Cmp(apart(x).abs()) })
	for _, at := range leaves {
		n := &b.cluster.nodes[at]
		a.Differences = append(a.Differences, Difference{Criterion: n.ID, Title: titleOr(n.Title.In(lang), n.ID),
			Points: s.nodes[at].Format(places), Other: o.nodes[at].Format(places), Difference: apart(at).Format(places),
			Entries: l.counting(b, s.unit, n.leaf), OtherSeqs: l.counting(b, o.unit, n.leaf)})
	}
	return a
}

// counting is the entries that make a leaf's points.
func (l *Live) counting(b *board, unit, leaf int) []events.Seq {
	s := b.slot(unit, leaf)
	seqs := []events.Seq{}
	if s.target != 0 {
		seqs = append(seqs, s.target.seq())
	}
	for _, m := range s.marks() {
		if s.filled() && m.hold == 0 && m.level == s.level() && m.kind <= events.MarkPlace {
			seqs = append(seqs, events.Seq(m.seq))
		}
	}
	return seqs
}

// Text is the explanation's first line: rank, points and how far the evidence goes.
func (w Why) Text() string {
	line := fmt.Sprintf("%s: rank %d of %d with %s points", w.Unit, w.Rank, w.Of, w.Points)
	if len(w.TiedWith) > 0 {
		line += ", tied with " + strings.Join(w.TiedWith, ", ")
	}
	return line
}
