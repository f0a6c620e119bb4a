package demo

import (
	"time"

	"campaignledger/events"
)

// tiePoints is what the two units that tie have in the end, in hundredths.
const tiePoints = 91_943

// approve is the council's work, behind a freeze: one body for each leaf, all units. Then the review is done.
func (w *writer) approve() {
	w.begin(Council, time.December, 5)
	w.body(w.lead(&events.StandingsFrozen{Reason: "Giữ kín kết quả thẩm định đến hội nghị tổng kết"}))
	for i := range w.leaves {
		l := &w.leaves[i]
		if l.origin == originPeers {
			continue // the other units' marks are the last word
		}
		var drafts []events.Draft
		for u, final := range l.final {
			e := entry{unit: w.cluster.Units[u].ID, leaf: l.ID, level: levelApproved, scorer: secretary, mark: l.mark(final)}
			if c := findCut(e.unit, e.leaf); c != nil {
				e.reason = c.reason
			}
			if l.Evidence {
				e.evidence = w.minutes().reference()
			}
			drafts = append(drafts, w.score(e))
		}
		w.body(drafts...)
	}
	w.approveBonuses()
	w.repairSlips()
	w.advance(events.StageDeliberation, "Hội đồng đã thẩm định xong; mọi đơn vị đủ điểm")
}

// minutes are what the council's marks rest on.
func (w *writer) minutes() annex {
	return w.attach("tham-dinh-2017.txt", secretary, "Biên bản thẩm định năm 2017 của Hội đồng thi đua Cụm số 2", true)
}

// confer is the closing conference: the standings are revealed, five of the seven heads decide the tie, an exemplar is commended, and the
// council weighs what its evaluators found.
func (w *writer) confer() {
	w.begin(Conference, time.December, 20)
	w.body(w.lead(&events.StandingsRevealed{Reason: "Công bố kết quả tại hội nghị tổng kết"}))
	decision := w.body(w.lead(&events.TieDecided{Cluster: w.cluster.ID, Order: []string{"cao-bang", "ha-giang"},
		Points: events.Decimal(tiePoints) * events.DecimalOne / 100,
		Reason: "Hai đơn vị bằng nhau về tổng điểm, điểm mục I và điểm thưởng; hội nghị biểu quyết xếp Cao Bằng trên vì điểm xây dựng lực lượng (mục II) cao hơn"}))
	for _, unit := range []string{"son-la", "dien-bien", "lao-cai", "lai-chau"} { // neither of the two
		for _, p := range decision {
			w.endorse(p, headOf(unit), events.EndorseAgree, "")
		}
	}
	w.commend()
	w.agreeOnUnits()
}
