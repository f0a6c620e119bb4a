package projections

import (
	"math/big"
	"slices"
	"strings"

	"campaignledger/events"
)

// ClusterStandings is one cluster at one sequence: immutable, shared between readers, its rows shared with older and newer ones
// where they did not change.
type ClusterStandings struct {
	cluster *clusterPlan
	Rows    []*Standing // in rank order, then by unit id
}

// ID is the cluster's id.
func (c *ClusterStandings) ID() string { return c.cluster.ID }

// Title is the cluster's title.
func (c *ClusterStandings) Title() events.Text { return c.cluster.Title }

// CheckCluster refuses, with a *Refusal, a cluster that there is not; "" stands for all.
func (s Standings) CheckCluster(cluster string) error {
	if cluster == "" {
		return nil
	}
	ids := make([]string, 0, len(s.Clusters))
	for _, c := range s.Clusters {
		if c.ID() == cluster {
			return nil
		}
		ids = append(ids, c.ID())
	}
	return refuse(CodeUnknownCluster, "cluster", "use one of: "+shortList(ids), "there is no cluster %s", cluster)
}

// Standing is one unit's rank and what it is made of.
type Standing struct {
	Rank     int
	Unit     string
	Complete bool
	Missing  []string // leaves without an official value
	Notes    []string
	total    Points
	nodes    []Points
	unit     int
	cluster  *clusterPlan
	group    *rankGroup
}

// Title is the unit's title.
func (s *Standing) Title() events.Text { return s.cluster.Units[s.unit].Title }

// TiedWith lists the units that share the rank, sorted. O(n) in those units.
func (s *Standing) TiedWith() []string {
	ids := make([]string, 0, len(s.group.units)-1)
	for _, other := range s.group.units {
		if other != s.unit {
			ids = append(ids, s.cluster.Units[other].ID)
		}
	}
	return ids
}

// Points is the unit's total with the set's places.
func (s *Standing) Points() string { return s.total.Format(s.cluster.set.Places) }

// Max is the most the unit can get without adjustments, in its shortest form; "" where it is unbounded.
func (s *Standing) Max() string { return s.cluster.maxima[s.unit].text }

// CriterionPoints is the unit's points for a criterion with the set's places, "" where it is unknown or not assigned.
func (s *Standing) CriterionPoints(criterion string) string {
	at, ok := s.cluster.nodeByID[criterion]
	if !ok || !s.cluster.unitNodes[s.unit][at] {
		return ""
	}
	return s.nodes[at].Format(s.cluster.set.Places)
}

// standings brings the board up to date and is its snapshot; importNote goes to every row while an import is unfinished.
// O(n log n) in units where anything changed, O(1) where not.
func (b *board) standings(importNote string) *ClusterStandings {
	decided := b.stale
	if !b.refresh() && importNote == b.note {
		return b.snapshot
	}
	noted := decided || importNote != b.note // any row's notes may differ
	next := &ClusterStandings{cluster: b.cluster, Rows: make([]*Standing, 0, len(b.rows))}
	for _, g := range b.rank() {
		moved := noted || b.moved(g)
		for _, unit := range g.units {
			if moved || b.rows[unit].changed {
				b.shown[unit] = b.standing(unit, g, importNote, b.shown[unit])
				b.rows[unit].changed = false
			}
			next.Rows = append(next.Rows, b.shown[unit])
		}
	}
	b.snapshot, b.note = next, importNote
	return next
}

// moved reports whether the group differs from the one that its first unit was shown in.
func (b *board) moved(g *rankGroup) bool {
	was := b.shown[g.units[0]].group
	return was.rank != g.rank || !slices.Equal(was.units, g.units) || !slices.Equal(was.notes, g.notes)
}

// importUnfinished starts the note of standings that lack an import's last rows.
const importUnfinished = "import unfinished"

// rankGroup is the units that share a rank. It does not change once standings were made of it.
type rankGroup struct {
	rank  int
	units []int
	notes []string
}

func (b *board) standing(unit int, g *rankGroup, importNote string, old *Standing) *Standing {
	s := &Standing{group: g, Rank: g.rank, Unit: b.cluster.Units[unit].ID, Notes: slices.Clone(g.notes), unit: unit, cluster: b.cluster}
	for leaf := 0; leaf < len(b.cluster.leaves) && b.rows[unit].short > 0; leaf++ {
		if sl := b.slot(unit, leaf); sl.short {
			n := b.cluster.leafNode(leaf)
			s.Notes = append(s.Notes, noteNotTrimmed().of(n.ID, len(b.official(sl, n)), n.Aggregate.Trim))
		}
	}
	s.Notes = append(s.Notes, b.voidDecisions(unit, g)...)
	if why := b.heldOf(unit); why != "" {
		s.Notes = append(s.Notes, why)
	}
	for _, seq := range b.appeals[unit] {
		s.Notes = append(s.Notes, noteAppeal().of(seq))
	}
	if importNote != "" {
		s.Notes = append(s.Notes, importNote)
	}
	if r := &b.rows[unit]; r.changed || old == nil {
		s.total, s.nodes = r.total, slices.Clone(r.nodes)
		s.Missing = b.missing(unit)
		s.Complete = len(s.Missing) == 0
	} else {
		s.total, s.nodes, s.Missing, s.Complete = old.total, old.nodes, old.Missing, old.Complete
	}
	return s
}

// heldOf says how many current marks of a unit are on hold and why, "" if none is. A mark that is held for two reasons counts for the
// first.
func (b *board) heldOf(unit int) string {
	reasons := noteHolds()
	counts := make([]int, len(reasons))
	for leaf := 0; leaf < len(b.cluster.leaves) && b.held > 0; leaf++ {
		for _, m := range b.slot(unit, leaf).marks() {
			if m.hold == 0 || !b.cluster.assigned[unit][leaf] {
				continue
			}
			for i, r := range reasons {
				if m.hold&r.bit != 0 {
					counts[i]++
					break
				}
			}
		}
	}
	var parts []string
	for i, n := range counts {
		if n > 0 {
			parts = append(parts, reasons[i].of(n))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return noteHeld().of(strings.Join(parts, ", "))
}

// rank orders the units: by points or ratio, then by the regulation's ties, then by a recorded decision; who is still equal
// shares the rank and stands in the order of unit ids.
func (b *board) rank() []*rankGroup {
	slices.SortFunc(b.order, func(x, y int) int {
		if c := b.compare(x, y); c != 0 {
			return c
		}
		return strings.Compare(b.cluster.Units[x].ID, b.cluster.Units[y].ID)
	})
	order := slices.Clone(b.order)
	groups, made := make([]*rankGroup, 0, len(order)), make([]rankGroup, len(order))
	above, distinct := 0, 0
	for len(order) > 0 {
		n := 1
		for n < len(order) && b.compare(order[0], order[n]) == 0 {
			n++
		}
		tied := made[len(groups) : len(groups)+n]
		for i := range b.decide(tied, order[:n:n]) {
			g := &tied[i]
			g.rank = above + 1
			if b.cluster.Ranking.Dense {
				g.rank = distinct + 1
			}
			groups = append(groups, g)
			above += len(g.units)
			distinct++
		}
		order = order[n:]
	}
	return groups
}

// compare is negative where unit x stands before unit y.
func (b *board) compare(x, y int) int {
	first := b.rows[y].total.Cmp(b.rows[x].total)
	if b.cluster.Ranking.ByRatio {
		first = b.compareRatios(x, y)
	}
	if first != 0 {
		return first
	}
	for _, at := range b.cluster.ties {
		if c := b.rows[y].nodes[at].Cmp(b.rows[x].nodes[at]); c != 0 {
			return c
		}
	}
	return 0
}

// compareRatios compares points ÷ assigned maximum exactly; a unit without any maximum has ratio 0.
func (b *board) compareRatios(x, y int) int {
	if m := b.cluster.maxima[x].n; m != nil && b.cluster.maxima[y].n != nil && m.Sign() > 0 && m.Cmp(b.cluster.maxima[y].n) == 0 {
		return b.rows[y].total.Cmp(b.rows[x].total)
	}
	ratio := func(own, other int) *big.Int {
		n := b.cluster.maxima[own].n
		if n == nil || n.Sign() == 0 {
			return new(big.Int)
		}
		d := b.cluster.maxima[other].n
		if d == nil || d.Sign() == 0 {
			d = big.NewInt(1)
		}
		return new(big.Int).Mul(b.rows[own].total.bigInt(), d)
	}
	return ratio(y, x).Cmp(ratio(x, y))
}

// decide fills groups with the equal units: one group, or one for each unit where the newest decision about exactly them, at
// exactly their points, holds. It gives the groups filled.
func (b *board) decide(groups []rankGroup, units []int) []rankGroup {
	groups[0].units = units
	if len(units) == 1 {
		return groups
	}
	seq := b.decision(units)
	if seq == 0 {
		return groups[:1]
	}
	note := noteTieDecided().of(seq)
	for i, id := range b.journal.at(seq).tie().Order {
		groups[i] = rankGroup{units: []int{b.cluster.unitByID[id]}, notes: []string{note}}
	}
	return groups
}

// decision is the newest tie decision that holds for exactly these units, 0 if none does.
func (b *board) decision(units []int) events.Seq {
	for _, seq := range slices.Backward(b.ties) {
		e := b.journal.at(seq)
		if len(e.tie().Order) != len(units) {
			continue
		}
		holds := true
		for _, u := range units {
			holds = holds && slices.Contains(e.tie().Order, b.cluster.Units[u].ID) && b.rows[u].total == PointsOf(e.amount)
		}
		if holds {
			return seq
		}
	}
	return 0
}

// voidDecisions notes the decisions about a unit that do not hold any more, or not yet.
func (b *board) voidDecisions(unit int, g *rankGroup) []string {
	var notes []string
	id := b.cluster.Units[unit].ID
	for i, seq := range b.ties {
		e := b.journal.at(seq)
		if !slices.Contains(e.tie().Order, id) || slices.Contains(g.notes, noteTieDecided().of(seq)) || b.replaced(i) {
			continue
		}
		notes = append(notes, noteTieVoid().of(seq, strings.Join(e.tie().Order, ", "), e.amount))
	}
	return notes
}

// replaced reports whether a later decision is about the same units.
func (b *board) replaced(i int) bool {
	own := slices.Sorted(slices.Values(b.journal.at(b.ties[i]).tie().Order))
	for _, seq := range b.ties[i+1:] {
		if slices.Equal(own, slices.Sorted(slices.Values(b.journal.at(seq).tie().Order))) {
			return true
		}
	}
	return false
}
