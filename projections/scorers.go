package projections

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"campaignledger/events"
)

// Scorers holds those who gave marks against each other, and says what each unit's own marks did to the ranks: a diagnostic, beside the official
// result and never in its place. It accuses nobody: who is strict with all may be right.
type Scorers struct {
	Format   int              `json:"format"`
	Official bool             `json:"official"` // never
	Campaign string           `json:"campaign"`
	Notice   string           `json:"notice,omitempty"`
	Signed   bool             `json:"signed"`
	Seq      events.Seq       `json:"seq"`
	Clusters []ClusterScorers `json:"clusters"`
}

// ClusterScorers are those who gave marks in one cluster, and its units: units in the regulation's order, then scorers of no unit by id.
type ClusterScorers struct {
	Cluster string       `json:"cluster"`
	Title   string       `json:"title"`
	Scorers []ScorerLine `json:"scorers"`
	Unasked int          `json:"unasked,omitempty"` // units whose effect was not worked out: ask for them one by one
}

// ScorerLine is a unit with its members, or a scorer of no unit.
//
// Harshness is the mean, over its marks on others that can be compared, of how far the mark lies off the median of the other scorers of the
// same unit, leaf and level, as a share of the leaf's range: below 0 where it marks others down. Compared are marks that count towards
// their level on leaves with a range (see Anomaly), where at least three others marked; adjustments are not.
type ScorerLine struct {
	Scorer         string        `json:"scorer"`
	Title          string        `json:"title"`
	Unit           bool          `json:"unit"`    // it is a unit of the cluster
	Members        []string      `json:"members"` // under which names it scored, sorted
	Marks          int           `json:"marks"`   // current ones with a value, on other units, that no hold keeps from counting
	Compared       int           `json:"compared"`
	Harshness      string        `json:"harshness,omitempty"`      // percent, rounded to two places
	HarshnessExact string        `json:"harshnessExact,omitempty"` // the share, as a decimal or a fraction
	Self           *SelfFavour   `json:"self,omitempty"`           // of units that scored themselves where others decided
	Effect         *ScorerEffect `json:"effect,omitempty"`         // of units that gave marks to others; at most maxScorerEffects, or who is asked for
}

// SelfFavour is what a unit gave itself, over the leaves where others decided, and what it got there.
type SelfFavour struct {
	Leaves     int    `json:"leaves"`
	Own        string `json:"own"`
	Official   string `json:"official"`
	Difference string `json:"difference"` // Own less Official
}

// ScorerEffect is what the standings would be without the marks that a unit gave others in the cluster; see Without.
type ScorerEffect struct {
	Rank     int          `json:"rank"`     // the official one
	RankThen int          `json:"rankThen"` // without its marks of others
	Gained   int          `json:"gained"`   // ranks that it stands better than without them; below 0: worse
	Dropped  int          `json:"dropped"`  // marks left out
	Lost     []RankChange `json:"lost"`     // other units of the cluster that stand worse than they would
	Won      []RankChange `json:"won"`      // and those that stand better
}

// maxScorerEffects bounds the units whose effect is worked out for one question: each takes two folds of the cluster.
const maxScorerEffects = 20

// Scorers works out the scorers of a cluster, "" for all; the effect of their marks of all units where the cluster has at most 20 that marked
// others, else of the one that is asked for. It refuses, with a *Refusal, a cluster or unit that there is not. O(n log n) in events, for which
// commits wait, and O(n) for each effect, for which they don't: all is as of one event.
func (l *Live) Scorers(cluster, unit, lang string) (Scorers, error) {
	s, err := l.scorers(cluster, unit, lang)
	if err != nil {
		return s, err
	}
	for i := range s.Clusters {
		c := &s.Clusters[i]
		active := 0
		for _, line := range c.Scorers {
			if line.Unit && line.Marks > 0 {
				active++
			}
		}
		for j := range c.Scorers {
			line := &c.Scorers[j]
			switch {
			case !line.Unit || line.Marks == 0:
			case unit == line.Scorer, unit == "" && active <= maxScorerEffects:
				if line.Effect, err = l.scorerEffect(s.Seq, c.Cluster, line.Scorer); err != nil {
					return s, err
				}
			default:
				c.Unasked++
			}
		}
	}
	return s, nil
}

// scorers are all but the effects.
func (l *Live) scorers(cluster, unit, lang string) (Scorers, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.plan == nil {
		return Scorers{}, refuse(CodeNotOpen, "", "open it with campaign open REGULATION.yaml", "the campaign is not open")
	}
	if _, known := l.plan.byID[cluster]; cluster != "" && !known {
		return Scorers{}, refuse(CodeUnknownCluster, "cluster", "use one of: "+l.plan.clusterIDs(), "there is no cluster %s", cluster)
	}
	if unit != "" && !l.plan.hasUnit(unit) {
		return Scorers{}, refuse(CodeUnknownUnit, "unit", "campaign standings lists the units", "there is no unit %s", unit)
	}
	j, r := &l.state.journal, l.plan.regulation
	s := Scorers{Format: 1, Campaign: r.ID, Notice: r.Notice.In(lang), Signed: r.Signed(), Seq: j.committed(), Clusters: []ClusterScorers{}}
	f := &finder{live: l, journal: j, cluster: cluster, givers: l.givers()}
	hold := func(seq events.Seq) uint8 { return j.at(seq).hold }
	for at, b := range foldBoards(l.plan, j, j.committed(), hold, func(e *entry) bool { return e.cluster >= 0 && f.takes(int(e.cluster)) }) {
		if f.takes(at) {
			b.refresh()
			s.Clusters = append(s.Clusters, f.scorers(b, lang))
		}
	}
	return s, nil
}

// scorerSum is a scorer under way.
type scorerSum struct {
	line  ScorerLine
	spans map[events.Decimal]*spanSum
}

// spanSum is how far marks lie off the medians on leaves of one range, in two-millionths.
type spanSum struct {
	off   Points
	marks int64
}

// scorerSums are the scorers by name, and their order.
type scorerSums struct {
	by    map[string]*scorerSum
	order []string
}

func (t *scorerSums) of(name string) *scorerSum {
	if t.by[name] == nil {
		t.by[name] = &scorerSum{line: ScorerLine{Scorer: name, Title: name, Members: []string{}}, spans: map[events.Decimal]*spanSum{}}
		t.order = append(t.order, name)
	}
	return t.by[name]
}

// giver is the unit whose word a scorer's mark is, or the scorer itself.
func (f *finder) giver(scorer nameID) string {
	if unit := f.givers.unit(scorer); unit != "" {
		return unit
	}
	return f.live.name(scorer)
}

func (f *finder) scorers(b *board, lang string) ClusterScorers {
	c := b.cluster
	s := ClusterScorers{Cluster: c.ID, Title: titleOr(c.Title.In(lang), c.ID)}
	t := &scorerSums{by: map[string]*scorerSum{}}
	for _, u := range c.Units {
		line := &t.of(u.ID).line
		line.Unit, line.Title = true, titleOr(u.Title.In(lang), u.ID)
	}
	f.count(b, t)
	f.compare(b, t)
	slices.SortFunc(t.order[len(c.Units):], strings.Compare)
	for at, name := range t.order {
		if at < len(c.Units) {
			t.by[name].line.Self = f.selfFavour(b, at)
		}
		t.by[name].harshness()
		s.Scorers = append(s.Scorers, t.by[name].line)
	}
	return s
}

// count counts marks on others.
func (f *finder) count(b *board, t *scorerSums) {
	names := map[nameID]bool{}
	for u := range b.cluster.Units {
		for leaf := range b.cluster.leaves {
			if !b.cluster.assigned[u][leaf] {
				continue
			}
			for _, m := range b.slot(u, leaf).marks() {
				if m.hold != 0 || m.kind > events.MarkPlace {
					continue
				}
				scorer := f.journal.at(events.Seq(m.seq)).scorer
				giver := f.giver(scorer)
				if giver == b.cluster.Units[u].ID {
					continue
				}
				line := &t.of(giver).line
				if line.Marks++; !names[scorer] {
					names[scorer] = true
					line.Members = append(line.Members, f.live.name(scorer))
				}
			}
		}
	}
	for _, name := range t.order {
		slices.Sort(t.by[name].line.Members)
	}
}

// compare holds marks on others against the medians of the other scorers.
func (f *finder) compare(b *board, t *scorerSums) {
	for u := range b.cluster.Units {
		for leaf := range b.cluster.leaves {
			n := b.cluster.leafNode(leaf)
			span, ok := spanOf(n)
			if !b.cluster.assigned[u][leaf] || n.Method == events.MethodAdjustment || !ok || span == 0 {
				continue
			}
			for _, panel := range f.panelsOf(b, n, b.slot(u, leaf)) {
				for i, m := range panel {
					giver := f.giver(m.scorer)
					if giver == b.cluster.Units[u].ID {
						continue
					}
					sums := t.of(giver).spans
					if sums[span] == nil {
						sums[span] = &spanSum{}
					}
					sums[span].off = sums[span].off.Add(PointsOf(events.Decimal(2*int64(m.worth) - medianWithout(panel, i))))
					sums[span].marks++
				}
			}
		}
	}
}

// harshness makes the mean of the shares.
func (t *scorerSum) harshness() {
	spans := make([]events.Decimal, 0, len(t.spans))
	for span := range t.spans {
		spans = append(spans, span)
	}
	slices.SortFunc(spans, cmp.Compare)
	mean, marks := new(big.Rat), int64(0)
	for _, span := range spans {
		share := new(big.Rat).Quo(fraction(t.spans[span].off), rat(2*span))
		mean.Add(mean, share)
		marks += t.spans[span].marks
	}
	if marks == 0 {
		return
	}
	mean.Quo(mean, big.NewRat(marks, 1))
	t.line.Compared = int(marks)
	t.line.Harshness, t.line.HarshnessExact = percent(mean, percentPlaces), formatRat(mean)
}

// selfFavour is what a unit gave itself and what it got; nil if there is nothing to hold side by side.
func (f *finder) selfFavour(b *board, unit int) *SelfFavour {
	leaves, own, got := 0, Points{}, Points{}
	for leaf := range b.cluster.leaves {
		if claim, _ := f.ownClaim(b, unit, leaf); claim != nil {
			own, got = own.Add(b.claimPoints(unit, leaf, claim)), got.Add(b.points(unit, leaf))
			leaves++
		}
	}
	if leaves == 0 {
		return nil
	}
	places := b.cluster.set.Places
	return &SelfFavour{leaves, own.Format(places), got.Format(places), own.Sub(got).Format(places)}
}

// scorerEffect is what a unit's marks of others did in a cluster, as of event seq.
func (l *Live) scorerEffect(seq events.Seq, cluster, unit string) (*ScorerEffect, error) {
	w, err := l.WhatIfAt(seq, Assumption{Cluster: cluster, Without: []string{unit}})
	if err != nil {
		return nil, err
	}
	c := w.Standings.Clusters[0]
	e := &ScorerEffect{Dropped: w.Dropped, RankThen: c.row(c.cluster.unitByID[unit]).Rank, Lost: []RankChange{}, Won: []RankChange{}}
	e.Rank = e.RankThen // where nothing changed
	for _, change := range w.Changes {
		switch {
		case change.Unit == unit:
			e.Rank = change.From
		case change.From > change.To:
			e.Lost = append(e.Lost, change)
		case change.From < change.To:
			e.Won = append(e.Won, change)
		}
	}
	e.Gained = e.RankThen - e.Rank
	return e, nil
}
