package projections

import (
	"math/big"
	"slices"
	"strings"

	"campaignledger/events"
)

// history finds what shows only on the way, and gives the boards at the end.
func (f *finder) history() []*board {
	w := f.live.walk()
	late, transcribed := newGrouping(f, AnomalyLate), newGrouping(f, AnomalyTranscribed)
	returned := map[events.Seq]bool{}
	confirmed := map[events.Seq]bool{}
	moves := rankMoves{finder: f, walk: w}
	for e := w.peek(); e != nil; e = w.peek() {
		moves.before(e)
		seq := w.seq + 1
		if e.what == kindReturned {
			returned[e.more.of] = true
		}
		if e.supersedes != 0 && !returned[e.supersedes.seq()] {
			f.changed(w, e, seq)
		}
		if e.late {
			f.late(late, e, seq)
		}
		if on := e.effectOn(); on != nil && on.clear&holdTranscribed != 0 {
			for _, at := range on.released {
				confirmed[at] = true
			}
		}
		w.next()
	}
	moves.end()
	f.transcribed(transcribed, confirmed)
	late.report()
	transcribed.report()
	return w.boards
}

// grouping gathers events that make one line.
type grouping struct {
	finder *finder
	code   AnomalyCode
	at     map[groupKey]int
	groups []Anomaly
}

// groupKey is what the events of one line have in common.
type groupKey struct {
	cluster        int16
	level          uint8
	what           kind
	author, scorer nameID
	cause          events.Seq
	recorded       int64
}

func newGrouping(f *finder, code AnomalyCode) *grouping {
	return &grouping{finder: f, code: code, at: map[groupKey]int{}}
}

// group is the line of a key.
func (g *grouping) group(key groupKey) *Anomaly {
	at, known := g.at[key]
	if !known {
		at = len(g.groups)
		g.at[key] = at
		a := Anomaly{Author: g.finder.live.name(key.author), Scorer: g.finder.live.name(key.scorer)}
		if key.cluster >= 0 {
			a.Cluster = g.finder.live.plan.clusters[key.cluster].ID
		}
		if key.what == kindScore || key.what == kindSealed {
			a.Level = g.finder.live.plan.regulation.Levels[key.level].ID
		}
		g.groups = append(g.groups, a)
	}
	return &g.groups[at]
}

// report hands the lines over. The gravest are those with the most marks; of transcribed ones, the most that were not agreed to.
func (g *grouping) report() {
	for _, a := range g.groups {
		weight := a.Count
		if g.code == AnomalyTranscribed {
			weight = a.Waiting + a.Unasked + a.Lapsed
		}
		g.finder.found[g.code].add(uint64(weight), func() Anomaly { return a })
	}
}

// late takes a late mark, sheet or report.
func (f *finder) late(g *grouping, e *entry, seq events.Seq) {
	if e.cluster >= 0 && !f.takes(int(e.cluster)) || e.cluster < 0 && !f.subjectTaken(e) {
		return
	}
	key := groupKey{cluster: e.cluster, level: e.level, what: e.what, author: e.author, scorer: e.scorer}
	switch {
	case e.what != kindScore: // a sheet or a report is one line
		key.cause = seq
	case e.causation != 0 && f.journal.at(e.causation.seq()).what == kindUnsealed:
		return // its sheet was late
	case e.causation != 0:
		key.cause = e.causation.seq()
	default:
		key.recorded = e.recorded
	}
	a := g.group(key)
	a.Type = e.what.eventType()
	a.note(seq)
	switch p := e.payload().(type) {
	case *events.ReportFiled:
		a.Unit = e.more.subject
	case *events.SheetSealed:
		a.Count = p.Marks
	}
}

// subjectTaken reports whether an event about no cluster is about a unit of one that is asked for.
func (f *finder) subjectTaken(e *entry) bool {
	for i, c := range f.live.plan.clusters {
		if f.takes(i) && e.payload() != nil && c.has(e.more.subject) {
			return true
		}
	}
	return false
}

// transcribed finds the marks that one entered for another. O(n) in events.
func (f *finder) transcribed(g *grouping, confirmed map[events.Seq]bool) {
	for seq := events.Seq(1); seq <= f.journal.committed(); seq++ {
		e := f.journal.at(seq)
		if e.what != kindScore || e.more == nil || f.live.name(e.more.basis) != basisTranscribed || !f.takes(int(e.cluster)) || f.ownHand(e) {
			continue
		}
		a := g.group(groupKey{cluster: e.cluster, level: e.level, what: kindScore, author: e.author, scorer: e.scorer})
		a.note(seq)
		switch {
		case confirmed[seq]:
			a.Confirmed++
		case e.hold&holdTranscribed == 0:
			a.Unasked++
		case e.supersededBy != 0:
			a.Lapsed++
		default:
			a.Waiting++
		}
	}
}

// ownHand reports whether an entry's author speaks for its scorer.
func (f *finder) ownHand(e *entry) bool {
	if e.author == e.scorer {
		return true
	}
	unit := f.live.name(e.scorer)
	return f.live.plan.hasUnit(unit) && f.givers.unit(e.author) == unit
}

// changed looks at an event that replaces or withdraws an entry, before it does.
func (f *finder) changed(w *walk, e *entry, seq events.Seq) {
	old := f.journal.at(e.supersedes.seq())
	if old.what != kindScore || !f.takes(int(old.cluster)) || f.live.plan.regulation.Signed() && !f.ownHand(e) ||
		w.holdOf(e.supersedes.seq())&(holdReopened|holdTranscribed) != 0 || e.what == kindScore && e.mark == old.mark && e.amount == old.amount {
		return
	}
	b := w.boards[old.cluster]
	n := b.cluster.leafNode(int(old.leaf))
	others, last := f.seen(w, e, b.slot(int(old.unit), int(old.leaf)))
	if others == 0 || n.Method == events.MethodAdjustment {
		return
	}
	withdrawn := e.what == kindWithdrawn
	weight := uint64(0)
	if span, ok := spanOf(n); ok && !withdrawn && e.mark <= events.MarkPlace && old.mark <= events.MarkPlace {
		weight = weigh(new(big.Rat).Sub(rat(worth(n, slotMark{amount: e.amount})), rat(worth(n, slotMark{amount: old.amount}))), rat(span))
	}
	f.found[AnomalyChanged].add(weight, func() Anomaly {
		a := Anomaly{Cluster: b.cluster.ID, Unit: b.cluster.Units[old.unit].ID, Criterion: n.ID, Level: b.plan.regulation.Levels[old.level].ID,
			Scorer: f.live.name(old.scorer), Author: f.live.name(e.author), Kind: amountKind(n), Was: markValue(old), Others: others,
			Seqs: []events.Seq{e.supersedes.seq(), last, seq}}
		if !withdrawn {
			a.Value = markValue(e)
		}
		slices.Sort(a.Seqs)
		return a
	})
}

// seen is how many marks of other scorers the author of e could see beside the one it changes, and the newest of them. O(marks in the slot).
func (f *finder) seen(w *walk, e *entry, s *slot) (others int, last events.Seq) {
	sees := w.frozen == 0 || f.seesThrough(e.author)
	for _, m := range s.marks() {
		seq := events.Seq(m.seq)
		if m.level == e.level && m.kind <= events.MarkPlace && f.journal.at(seq).scorer != e.scorer && (sees || seq < w.frozen) {
			others++
			last = max(last, seq)
		}
	}
	return others, last
}

// seesThrough reports whether a member's role sees what a freeze hides.
func (f *finder) seesThrough(author nameID) bool {
	i, found := slices.BinarySearchFunc(f.live.roster, f.live.name(author), func(m Member, id string) int { return strings.Compare(m.ID, id) })
	return found && SeesThroughFreeze(f.live.roster[i].Role)
}

// markValue is what a mark says.
func markValue(e *entry) string {
	switch e.mark {
	case events.MarkAbstained:
		return "abstained"
	case events.MarkRecused:
		return "recused"
	}
	return e.amount.String()
}
