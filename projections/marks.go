package projections

import (
	"slices"

	"campaignledger/events"
)

// Marks is what stands behind a unit's points: its current marks at a level, "" for all of them, each leaf's target before its marks, in
// the order of criteria, levels and sequences. Marks that do not count say why in Hold. Nil where the regulation has no such unit or level.
// O(n log n) in the unit's marks, and O(leaves).
func (l *Live) Marks(cluster, unit, level string) []AuditLine {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.plan == nil {
		return nil
	}
	at, known := l.plan.byID[cluster]
	wanted, leveled := l.plan.levels[level]
	if !known || level != "" && !leveled {
		return nil
	}
	b := l.boards[at]
	u, known := b.cluster.unitByID[unit]
	if !known {
		return nil
	}
	lines := []AuditLine{}
	for i := range b.cluster.nodes {
		leaf := b.cluster.nodes[i].leaf
		if leaf < 0 || !b.cluster.assigned[u][leaf] {
			continue
		}
		s := b.slot(u, leaf)
		if s.target != 0 {
			lines = append(lines, l.spell(s.target.seq()))
		}
		marks := slices.Clone(s.marks())
		slices.SortFunc(marks, func(x, y slotMark) int {
			if x.level != y.level {
				return int(x.level) - int(y.level)
			}
			return int(x.seq) - int(y.seq)
		})
		for _, m := range marks {
			if level == "" || m.level == wanted {
				lines = append(lines, l.spell(events.Seq(m.seq)))
			}
		}
	}
	return lines
}
