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

// silence is a scorer who gives no mark.
type silence struct {
	scorer, unit, leaf string
	kind               events.MarkKind
	reason             string
}

// silences are the recusals and abstentions of the year's end.
func silences() []silence {
	return []silence{
		{"dien-bien", "lai-chau", "III.2", events.MarkRecused, "Hai đơn vị cùng xây dựng mô hình được đề nghị"},
		{"ha-giang", "lao-cai", "III.4", events.MarkAbstained, "Không dự buổi trao đổi kinh nghiệm tại Lào Cai"},
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

// review is the six-month review: the units mark each other where only they do.
func (w *writer) review() {
	const below = 3 * half // a half-year gives less to see
	w.begin(Review, time.July, 11)
	for s := range w.cluster.Units {
		for i := range w.leaves {
			if l := &w.leaves[i]; l.origin == originPeers {
				w.body(w.peerSheet(s, l, below, "")...)
			}
		}
	}
}

// scorePeers is the cross-scoring of November: one body for each scorer and leaf.
func (w *writer) scorePeers() {
	w.begin(Cross, time.November, 21)
	for i := range w.leaves {
		l := &w.leaves[i]
		if !l.several() {
			continue
		}
		reason := ""
		if l.origin == originPeers {
			reason = "Chấm chéo cả năm, thay kết quả sơ kết sáu tháng"
		}
		for s := range w.cluster.Units {
			w.body(w.peerSheet(s, l, 0, reason)...)
		}
	}
	for _, order := range rankings() {
		w.body(w.rankingSheet(order[0], order[1:])...)
	}
	w.repairSlips()
}

// peerSheet is what unit s gives all others on one leaf.
func (w *writer) peerSheet(s int, l *leafMarks, below events.Decimal, reason string) []events.Draft {
	var drafts []events.Draft
	units := w.cluster.Units
	for u := range units {
		if u == s {
			continue
		}
		turn := (s-u+len(units))%len(units) - 1
		amount := l.final[u] - below + deviation(turn+l.index)
		e := entry{unit: units[u].ID, leaf: l.ID, level: levelCross, scorer: units[s].ID, mark: l.mark(amount), reason: reason}
		for _, q := range silences() {
			if w.chapter == Cross && q.scorer == e.scorer && q.unit == e.unit && q.leaf == e.leaf {
				e.mark, e.reason = events.Mark{Kind: q.kind}, q.reason
			}
		}
		drafts = append(drafts, w.score(e))
	}
	return drafts
}

func (w *writer) rankingSheet(scorer string, order []string) []events.Draft {
	var drafts []events.Draft
	for i, unit := range order {
		place := events.Mark{Kind: events.MarkPlace, Amount: events.Whole(int64(i + 1))}
		drafts = append(drafts, w.score(entry{unit: unit, leaf: "III.3", level: levelCross, scorer: scorer, mark: place}))
	}
	return drafts
}
