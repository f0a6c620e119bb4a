package demo

import (
	"time"

	"campaignledger/events"
)

// tiePoints is what the two units that tie have in the end, in hundredths.
const tiePoints = 91_943

// approve is the council's work: one body for each leaf, all units.
func (w *writer) approve() {
	w.begin(Council, time.December, 5)
	for i := range w.leaves {
		l := &w.leaves[i]
		if l.origin == originPeers {
			continue // the other units' marks are the last word
		}
		var drafts []events.Draft
		for u, final := range l.final {
			e := entry{unit: w.cluster.Units[u].ID, leaf: l.ID, level: levelApproved, scorer: council, mark: l.mark(final)}
			if c := findCut(e.unit, e.leaf); c != nil {
				e.reason = c.reason
			}
			if l.Evidence {
				e.evidence = "Biên bản thẩm định năm, phụ lục " + l.ID
			}
			drafts = append(drafts, w.score(e))
		}
		w.body(drafts...)
	}
	w.approveBonuses()
	w.repairSlips()
}

// confer is the closing conference: it decides the tie, and the lead closes the campaign.
func (w *writer) confer() {
	w.begin(Conference, time.December, 20)
	w.body(events.Draft{Author: council, Payload: &events.TieDecided{Cluster: w.cluster.ID, Order: []string{"cao-bang", "ha-giang"},
		Points: events.Decimal(tiePoints) * events.DecimalOne / 100,
		Reason: "Hai đơn vị bằng nhau về tổng điểm, điểm mục I và điểm thưởng; hội nghị biểu quyết xếp Cao Bằng trên vì điểm xây dựng lực lượng (mục II) cao hơn"}})
	w.body(events.Draft{Author: w.cluster.Lead, Payload: &events.CampaignClosed{
		Reason: "Hội nghị tổng kết đã thông qua kết quả bình xét; kết thúc năm thi đua 2017 của Cụm số 2"}})
}
