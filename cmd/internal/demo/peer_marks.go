package demo

import (
	"time"

	"campaignledger/events"
)

// deviation is by how many half points a scorer's mark lies off the mean; the six others of a cluster of seven give one each, and
// both the mean and the mean without the extremes are the leaf's number.
func deviation(i int) events.Decimal {
	return half * [...]events.Decimal{-2, -1, 0, 1, 0, 2}[i%6]
}

// silence is a scorer who gives no mark. A sheet keeps no reasons.
type silence struct {
	scorer, unit, leaf string
	kind               events.MarkKind
}

// silences are the recusals and abstentions of the year's end.
func silences() []silence {
	return []silence{
		{"dien-bien", "lai-chau", "III.2", events.MarkRecused}, // the two built the exemplar together
		{"ha-giang", "lao-cai", "III.4", events.MarkAbstained}, // was not at the meeting in Lào Cai
	}
}

// rankings are the orders in which the units put the others' new models, best first.
func rankings() [][]string {
	return [][]string{
		// scorer    1            2            3            4            5            6
		{"lang-son", "son-la", "dien-bien", "lao-cai", "cao-bang", "ha-giang", "lai-chau"},
		{"cao-bang", "lang-son", "son-la", "lao-cai", "dien-bien", "ha-giang", "lai-chau"},
		{"son-la", "lang-son", "dien-bien", "ha-giang", "lao-cai", "cao-bang", "lai-chau"},
		{"lai-chau", "lang-son", "son-la", "dien-bien", "lao-cai", "cao-bang", "ha-giang"},
		{"dien-bien", "son-la", "lang-son", "lao-cai", "lai-chau", "cao-bang", "ha-giang"},
		{"ha-giang", "lang-son", "son-la", "dien-bien", "cao-bang", "lao-cai", "lai-chau"},
		{"lao-cai", "son-la", "lang-son", "dien-bien", "ha-giang", "lai-chau", "cao-bang"},
	}
}

// review is the six-month review: the units mark each other, openly, where only they do.
func (w *writer) review() {
	const below = 3 * half // a half-year gives less to see
	w.begin(Review, time.July, 11)
	for s := range w.cluster.Units {
		for i := range w.leaves {
			l := &w.leaves[i]
			if l.origin != originPeers {
				continue
			}
			var drafts []events.Draft
			for _, e := range w.peerMarks(s, l, below) {
				drafts = append(drafts, w.score(e))
			}
			w.body(drafts...)
		}
	}
	w.launch()
}

// peerMarks is what unit s gives all others on one leaf.
func (w *writer) peerMarks(s int, l *leafMarks, below events.Decimal) []entry {
	level := levelPeer
	if w.chapter == Cross {
		level = levelCross
	}
	var list []entry
	units := w.cluster.Units
	for u := range units {
		if u == s {
			continue
		}
		turn := (s-u+len(units))%len(units) - 1
		amount := l.final[u] - below + deviation(turn+l.index)
		e := entry{unit: units[u].ID, leaf: l.ID, level: level, scorer: units[s].ID, mark: l.mark(amount)}
		for _, q := range silences() {
			if w.chapter == Cross && q.scorer == e.scorer && q.unit == e.unit && q.leaf == e.leaf {
				e.mark = events.Mark{Kind: q.kind}
			}
		}
		list = append(list, e)
	}
	return list
}

// places is how a unit ranks the others' new models.
func (w *writer) places(scorer string) []entry {
	var list []entry
	for _, order := range rankings() {
		if order[0] != scorer {
			continue
		}
		for i, unit := range order[1:] {
			place := events.Mark{Kind: events.MarkPlace, Amount: events.Whole(int64(i + 1))}
			list = append(list, entry{unit: unit, leaf: "III.3", level: levelCross, scorer: scorer, mark: place})
		}
	}
	return list
}
