package demo

import (
	"time"

	"campaignledger/events"
)

// drive is a drive of the year: launched in one chapter and closed at the start of another, which tells of what came after it.
type drive struct {
	id, title, goal, kind string
	starts, ends          string
	launched, closed      Chapter
	month                 time.Month // of the close
	day                   int
	result                string
}

func drives() []drive {
	return []drive{
		{"tet", "Đợt thi đua bảo vệ Tết Nguyên đán Đinh Dậu", "Không để xảy ra đột xuất, bất ngờ trên tuyến biên giới trong dịp Tết", "",
			"2017-01-18", "2017-02-10", Targets, TetDrive, time.February, 14, "Bảy đơn vị giữ vững an ninh, trật tự trong dịp Tết"},
		{"spring", "Đợt thi đua tấn công trấn áp tội phạm ma túy mùa xuân", "Phối hợp triệt phá các đường dây liên tuyến", "",
			"2017-02-20", "2017-05-12", TetDrive, SpringDrive, time.May, 16, "Các chuyên án liên tuyến được phối hợp triệt phá"},
		{"national-day", "Đợt cao điểm lập thành tích chào mừng Quốc khánh 2/9", "Hoàn thành các chỉ tiêu truy nã, cai nghiện và thu hồi vũ khí của chín tháng", events.DrivePeak,
			"2017-07-17", "2017-08-11", Review, AutumnDrive, time.August, 15, "Các đơn vị hoàn thành chỉ tiêu đợt cao điểm và tham gia cứu nạn trong mưa lũ"},
	}
}

// launch launches the drives whose chapter has come.
func (w *writer) launch() {
	for _, d := range drives() {
		if d.launched == w.chapter {
			w.body(events.Draft{Author: w.clerk(w.cluster.Lead), Payload: &events.DriveLaunched{Drive: d.id, Cluster: w.cluster.ID, Title: d.title,
				Goal: d.goal, Kind: d.kind, Starts: d.starts, Ends: d.ends}})
		}
	}
}

// closeDrive begins a chapter with the close of the drive that it comes after; of a peak drive every unit has reported.
func (w *writer) closeDrive(after Chapter) {
	for _, d := range drives() {
		if d.closed != after {
			continue
		}
		w.begin(after, d.month, d.day)
		for _, u := range w.cluster.Units {
			if d.kind == events.DrivePeak {
				w.body(events.Draft{Subject: u.ID, Author: w.clerk(u.ID), Payload: &events.ReportFiled{Drive: d.id, From: d.starts, To: d.ends,
					Text: events.Words{Text: "Báo cáo kết quả đợt cao điểm, kèm đề nghị khen thưởng"}}})
			}
		}
		w.body(events.Draft{Author: w.clerk(w.cluster.Lead), Payload: &events.DriveClosed{Drive: d.id, Result: d.result}})
	}
}

// afterDrive is a chapter that comes after a drive. Scoring begins with the first.
func (w *writer) afterDrive(c Chapter) {
	w.closeDrive(c)
	if c == TetDrive {
		w.advance(events.StageScoring, "Bắt đầu chấm điểm năm 2017")
	}
	w.claimBonuses(c)
	w.commend()
	w.launch()
}

// commendation is a commendation; it does not touch the standings.
type commendation struct {
	chapter                          Chapter
	unit, author, kind, drive, theme string
	merit, person                    string
}

func commendations() []commendation {
	return []commendation{
		{TetDrive, "dien-bien", "lang-son-head", events.CommendAdHoc, "tet", "", "Khám phá nhanh vụ vận chuyển ma túy đêm giao thừa", ""},
		{SpringDrive, "cao-bang", "cao-bang-head", events.CommendThematic, "spring", "Vận động nhân dân giao nộp vũ khí, vật liệu nổ",
			"Vận động bà con vùng biên tự nguyện giao nộp súng tự chế", "Mạc Văn Thuấn (tên minh họa)"},
		{AutumnDrive, "lao-cai", authority, events.CommendAdHoc, "national-day", "", "Cứu nạn trong mưa lũ tháng 8", ""},
		{Conference, "son-la", "lang-son-head", events.CommendExemplar, "", "", "Mô hình bản tự quản không ma túy, đề nghị nhân rộng trong Cụm (mô hình minh họa)", ""},
	}
}

// commend records the chapter's commendations.
func (w *writer) commend() {
	for _, c := range commendations() {
		if c.chapter == w.chapter {
			w.body(events.Draft{Subject: c.unit, Author: c.author, Payload: &events.CommendationRecorded{Kind: c.kind, Drive: c.drive, Theme: c.theme,
				Merit: events.Words{Text: c.merit}, Person: events.Words{Text: c.person}}})
		}
	}
}
