package projections

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"campaignledger/events"
)

// Stability says of units that stand next to each other in the standings how little would turn them round: a diagnostic, beside the official
// result and never in its place. A pair is turned round where the lower unit stands before the upper one by the regulation's own comparison:
// points or ratio, then its ties. Recorded decisions on ties are named and are no part of it, so that of two units that are equal either may be
// the upper one, and to turn them round the lower one must come out ahead.
//
// One thing is changed at a time: one mark, or one weight.
//
//   - A mark: of the current marks that count, those of the two units, on every leaf, and on leaves where the best unit's actual is
//     everybody's measure (target, proportional) also the marks of whoever is best. Nobody else's actual moves the two before it is the best.
//     The changed mark is one that could be entered: 0 to the leaf's maximum where there is one, passed or failed, a place among the units
//     (though another unit may have it), an actual of 0 or more; of adjustments as far as their sum moves within its bounds. What has no
//     bound goes up to tenfold of the leaf's reach. Steps are of 10^-p, where p is the set's places; of passfail and places they are 1.
//   - A weight: of a leaf, above 0 and up to tenfold (of a weight of 0 up to 10), in steps of 0.01.
//
// Smallest is what is least for its range. A mark's is the leaf's maximum (graded); the span of an ordinal leaf's table, in which a change of
// place counts by its points; 1 of passfail; the span between an adjustment's bounds; the unit's target (target); the count that gives the
// maximum (count); else the leaf's reach. The reach is the largest mark that counts on the leaf, or larger: target, bound, count that gives the
// maximum, 1. A weight's is the weight, or 1 where it is 0. Of changes of one size the one of the first leaf, of the lower unit, and of the
// earliest mark is given. All values between are looked at, exactly; nothing is estimated.
type Stability struct {
	Format   int                `json:"format"`
	Official bool               `json:"official"` // never
	Campaign string             `json:"campaign"`
	Notice   string             `json:"notice,omitempty"`
	Signed   bool               `json:"signed"`
	Seq      events.Seq         `json:"seq"`
	Clusters []ClusterStability `json:"clusters"`
}

// ClusterStability is the pairs of one cluster that were asked for, from the top.
type ClusterStability struct {
	Cluster    string          `json:"cluster"`
	Title      string          `json:"title"`
	ByRatio    bool            `json:"byRatio,omitempty"`
	Step       string          `json:"step"`       // of marks
	WeightStep string          `json:"weightStep"` // of weights
	Of         int             `json:"of"`         // pairs in all
	Pairs      []PairStability `json:"pairs"`
	Next       int             `json:"next,omitempty"` // the first pair after these that was not looked at
}

// PairStability is two units, the one right above the other.
type PairStability struct {
	Pair       int           `json:"pair"` // from 1 at the top
	Upper      StableUnit    `json:"upper"`
	Lower      StableUnit    `json:"lower"`
	Gap        string        `json:"gap"`                // points
	RatioGap   string        `json:"ratioGap,omitempty"` // percent of what is assigned, rounded to four places
	Equal      bool          `json:"equal,omitempty"`    // by the formula
	Decided    events.Seq    `json:"decided,omitempty"`  // the decision that orders them all the same
	Mark       *MarkChange   `json:"mark,omitempty"`     // none: no single mark turns them round
	Weight     *WeightChange `json:"weight,omitempty"`   // none: no single weight does
	MarkText   string        `json:"markText"`
	WeightText string        `json:"weightText"`
}

// StableUnit is a unit as it stands, or would stand.
type StableUnit struct {
	Unit   string `json:"unit"`
	Title  string `json:"title"`
	Rank   int    `json:"rank"`
	Points string `json:"points"`
	Ratio  string `json:"ratio,omitempty"` // percent, rounded to four places; where units rank by it
}

// MarkChange is the smallest change of one mark that turns a pair round.
type MarkChange struct {
	Seq         events.Seq `json:"seq"`
	Unit        string     `json:"unit"` // that the mark is about
	UnitTitle   string     `json:"unitTitle"`
	Criterion   string     `json:"criterion"`
	Title       string     `json:"title"`
	Level       string     `json:"level"`
	Scorer      string     `json:"scorer"`
	ScorerTitle string     `json:"scorerTitle"`
	Item        string     `json:"item,omitempty"`
	Kind        string     `json:"kind"` // points, actual or place
	From        string     `json:"from"`
	To          string     `json:"to"`
	Change      string     `json:"change"`  // To less From
	Range       string     `json:"range"`   // what the change is measured by
	Percent     string     `json:"percent"` // of the range, rounded to two places
	then
}

// WeightChange is the smallest change of one weight that turns a pair round.
type WeightChange struct {
	Criterion string `json:"criterion"`
	Title     string `json:"title"`
	From      string `json:"from"`
	To        string `json:"to"`
	Change    string `json:"change"`
	Percent   string `json:"percent"` // of From, or of 1 where that is 0; rounded to two places
	then
}

// then is what the two would have.
type then struct {
	UpperPoints string `json:"upperPoints"`
	LowerPoints string `json:"lowerPoints"`
	UpperRatio  string `json:"upperRatio,omitempty"`
	LowerRatio  string `json:"lowerRatio,omitempty"`
	ByTies      bool   `json:"byTies,omitempty"` // they would be equal, and the regulation's ties put the lower one first
}

const (
	// maxPairs bounds the pairs of a cluster that are looked at for one question: of 7 units there are 6, and of 1,000 units nobody reads all.
	maxPairs = 20
	// maxStabilityWork bounds the looking, in marks read: some seconds. The pair that is under way is finished, those after it are left for
	// the next question.
	maxStabilityWork = 20_000_000
	// maxLeaders bounds how many units that are equally best on a leaf have their marks tried: one of them does what the others would.
	maxLeaders = 8
	// widest is up to how many times a leaf's reach, or a weight, changes are looked for.
	widest = 10
	// weightStep is a hundredth: finer weights are in no regulation.
	weightStep = events.DecimalOne / 100
	// percentPlaces and ratioPlaces are those of shares that are shown rounded. Nothing is decided by them.
	percentPlaces, ratioPlaces = 2, 4
)

// Pairs are the pairs that are asked for, counted from 1 at the top, both included. Zero: the first ones, as many as are looked at.
type Pairs struct{ From, To int }

// ParsePairs reads "3", "21-40" or "". It refuses, with a *Refusal, more than are looked at for one question.
func ParsePairs(text string) (Pairs, error) {
	if text == "" {
		return Pairs{1, maxPairs}, nil
	}
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	from, err := strconv.ParseUint(first, 10, 31)
	to, err2 := strconv.ParseUint(last, 10, 31)
	switch remedy := fmt.Sprintf("give a number or a range of at most %d, for example 1-%d; pairs count from 1 at the top", maxPairs, maxPairs); {
	case err != nil || err2 != nil || from < 1 || to < from:
		return Pairs{}, refuse(CodeRange, "pairs", remedy, "%.20q names no pairs", text)
	case to-from >= maxPairs:
		return Pairs{}, refuse(CodeRange, "pairs", remedy, "%d pairs are too many at a time", to-from+1)
	}
	return Pairs{int(from), int(to)}, nil
}

// Stability works out how stable the standings of a cluster are, "" for all. It refuses, with a *Refusal, a cluster that there is not. Commits
// wait for a fold, O(n) in events, and not for the search: for each pair O(leaves × marks on a leaf of a unit × log of the range).
func (l *Live) Stability(cluster string, pairs Pairs, lang string) (Stability, error) {
	s, finders, err := l.pairFinders(cluster, lang)
	if err != nil {
		return s, err
	}
	if pairs == (Pairs{}) {
		pairs = Pairs{1, maxPairs}
	}
	work := 0
	for _, f := range finders {
		s.Clusters = append(s.Clusters, f.find(pairs, &work))
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	for i := range s.Clusters {
		for j := range s.Clusters[i].Pairs {
			p := &s.Clusters[i].Pairs[j]
			if m := p.Mark; m != nil { // its event stays what it is, whatever came meanwhile
				line := l.spell(m.Seq)
				m.Scorer, m.Item = line.Scorer, line.Item
				m.ScorerTitle = finders[i].titleOf(m.Scorer)
			}
			p.speak(lang)
		}
	}
	return s, nil
}

// pairFinders are finders for the clusters, with folds of their own.
func (l *Live) pairFinders(cluster, lang string) (s Stability, finders []*pairFinder, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.plan == nil {
		return s, nil, refuse(CodeNotOpen, "", "open it with campaign open REGULATION.yaml", "the campaign is not open")
	}
	if _, known := l.plan.byID[cluster]; cluster != "" && !known {
		return s, nil, refuse(CodeUnknownCluster, "cluster", "use one of: "+l.plan.clusterIDs(), "there is no cluster %s", cluster)
	}
	j, r := &l.state.journal, l.plan.regulation
	s = Stability{Format: 1, Campaign: r.ID, Notice: r.Notice.In(lang), Signed: r.Signed(), Seq: j.committed(), Clusters: []ClusterStability{}}
	asked := func(at int) bool { return cluster == "" || l.plan.clusters[at].ID == cluster }
	hold := func(seq events.Seq) uint8 { return j.at(seq).hold }
	for at, b := range foldBoards(l.plan, j, j.committed(), hold, func(e *entry) bool { return asked(int(e.cluster)) }) {
		if asked(at) {
			finders = append(finders, newPairFinder(b, b.standings(l.note), lang))
		}
	}
	return s, finders, nil
}

// find looks at the pairs, and counts in work.
func (f *pairFinder) find(pairs Pairs, work *int) ClusterStability {
	c := f.cluster
	s := ClusterStability{Cluster: c.ID, Title: titleOr(c.Title.In(f.lang), c.ID), ByRatio: c.Ranking.ByRatio, Step: f.step().String(),
		WeightStep: weightStep.String(), Of: max(len(f.inOrder)-1, 0), Pairs: []PairStability{}}
	last := min(pairs.To, s.Of, pairs.From+maxPairs-1)
	for at := pairs.From; at <= last; at++ {
		if *work > maxStabilityWork {
			s.Next = at
			return s
		}
		s.Pairs = append(s.Pairs, f.pair(at, work))
	}
	if last < s.Of && len(s.Pairs) > 0 {
		s.Next = last + 1
	}
	return s
}

// pair looks at one pair; rows[at-1] is right above rows[at].
func (f *pairFinder) pair(at int, work *int) PairStability {
	upper, lower := f.inOrder[at-1], f.inOrder[at]
	p := PairStability{Pair: at, Upper: f.stable(upper), Lower: f.stable(lower), Gap: upper.total.Sub(lower.total).Format(f.cluster.set.Places),
		Equal: f.compare(upper.unit, lower.unit) == 0}
	if f.cluster.Ranking.ByRatio {
		p.RatioGap = percent(new(big.Rat).Sub(f.ratio(upper.unit), f.ratio(lower.unit)), ratioPlaces)
	}
	if p.Equal && upper.Rank != lower.Rank {
		p.Decided = f.decidedBy[upper.unit]
	}
	d := &duel{pairFinder: f, upper: upper.unit, lower: lower.unit, work: work}
	p.Mark, p.Weight = d.smallestMark(), d.smallestWeight()
	return p
}

func (f *pairFinder) stable(s *Standing) StableUnit {
	u := StableUnit{Unit: s.Unit, Title: titleOr(s.Title().In(f.lang), s.Unit), Rank: s.Rank, Points: s.Points()}
	if f.cluster.Ranking.ByRatio {
		u.Ratio = percent(f.ratio(s.unit), ratioPlaces)
	}
	return u
}

// ratio is what units are ranked by where the regulation says ratio: points ÷ assigned maximum, 0 where there is none.
func (f *pairFinder) ratio(unit int) *big.Rat {
	m := f.cluster.maxima[unit].n
	if m == nil || m.Sign() == 0 {
		return new(big.Rat)
	}
	return new(big.Rat).Quo(fraction(f.rows[unit].total), new(big.Rat).SetFrac(m, pow10(maximumScale)))
}

// percent is a share in percent, rounded to places.
func percent(share *big.Rat, places int) string {
	return formatScaled(roundScaled(new(big.Rat).Mul(share, big.NewRat(100, 1)), places), places, places)
}

// titleOf is the title of a unit of the cluster, or the id of who is none.
func (f *pairFinder) titleOf(id string) string {
	if at, ok := f.cluster.unitByID[id]; ok {
		return titleOr(f.cluster.Units[at].Title.In(f.lang), id)
	}
	return id
}

// leavesInOrder are the nodes that are leaves, in the regulation's order.
func leavesInOrder(c *clusterPlan) []int {
	leaves := slices.Clone(c.leaves)
	slices.Sort(leaves)
	return leaves
}
