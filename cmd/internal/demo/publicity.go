package demo

import (
	"time"

	"campaignledger/events"
)

// publicDays are ten working days, from 22 December to 5 January, with weekends and the New Year between them.
const publicDays = 15

// close publishes the standings and what the council voted, and ends the campaign while that is read: appeals, proposals and decisions
// come into the ledger after the close.
func (w *writer) close() {
	const place = "Cổng thông tin của bảy đơn vị"
	w.begin(Closing, time.December, 22)
	w.body(w.lead(&events.PublicationStarted{Days: publicDays, Place: place, Text: "Niêm yết bảng xếp hạng năm 2017"}))
	for _, result := range w.results {
		w.body(w.lead(&events.PublicationStarted{Of: result, Days: publicDays, Place: place,
			Text: "Niêm yết danh sách suy tôn và kết quả bỏ phiếu mười ngày làm việc, đến hết ngày 05/01/2018; nhận khiếu nại trong thời gian niêm yết"}))
	}
	w.begin(Closing, time.December, 29)
	w.body(w.lead(&events.CampaignClosed{
		Reason: "Kết thúc năm thi đua 2017 của Cụm số 2; khiếu nại và quyết định khen thưởng tiếp tục được ghi vào sổ"}))
}
