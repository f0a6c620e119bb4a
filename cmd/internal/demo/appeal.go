package demo

import (
	"campaignledger/events"
)

// appeal is what every such cluster has to answer: the lead ran the campaign, reviewed the others, and is nominated for the highest flag.
// The deputy asks within the days of publicity, and the authority answers with what the ledger shows.
func (w *writer) appeal() {
	w.begin(Appeal, nextJanuary, 3)
	filed := w.body(events.Draft{Subject: deputy, Author: headOf(deputy), Payload: &events.AppealFiled{Of: w.results[0],
		Ground: events.Words{Text: "Đề nghị làm rõ việc Cụm trưởng vừa chủ trì chấm điểm vừa được suy tôn nhận Cờ thi đua của Chính phủ (khiếu nại minh họa)"}}})
	w.begin(Appeal, nextJanuary, 9)
	for _, p := range filed {
		w.body(events.Draft{Subject: deputy, Author: authority, Payload: &events.AppealDecided{Of: p.ID, Outcome: events.AppealDismissed,
			Reason: "Chỉ tiêu của Lạng Sơn do Cao Bằng giao, điểm do các đơn vị bạn chấm chéo và Hội đồng duyệt; ủy viên Lạng Sơn không bỏ phiếu về đơn vị mình, " +
				"Tổ kiểm phiếu không có người của Lạng Sơn; xếp hạng tính lại từ sổ vẫn như đã công bố (trả lời minh họa)"}})
	}
}
