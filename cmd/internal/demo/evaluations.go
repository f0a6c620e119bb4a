package demo

import (
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// evaluation is what one evaluator, of another unit, finds of a unit. All of it is invented; only what it says of marks is as in
// final_marks.txt.
type evaluation struct {
	unit, by              string
	good, wanting         []events.Finding
	recommendation, award string // award: that the unit is recommended for, or ""
}

// on is a finding about a criterion, during about a drive.
func on(criterion, text string) events.Finding {
	return events.Finding{Criterion: criterion, Text: text}
}

func during(drive, text string) events.Finding { return events.Finding{Drive: drive, Text: text} }

func findings(list ...events.Finding) []events.Finding { return list }

// evaluations are those of the evaluators of the first of December; of each unit two or three, who differ.
func evaluations() []evaluation {
	return append(leadingEvaluations(), otherEvaluations()...)
}

func leadingEvaluations() []evaluation {
	return []evaluation{
		{"lang-son", "cao-bang-reviewer",
			findings(on("I.2.1", "Tỷ lệ điều tra, khám phá án hình sự cao nhất Cụm"), during("national-day", "Vừa điều hành Cụm vừa hoàn thành chỉ tiêu đợt cao điểm")),
			findings(on("I.3.1", "Số vụ ma túy phát hiện trên 10 vạn dân thấp hơn Điện Biên, Sơn La và Lào Cai")),
			"Đề nghị xét Cờ thi đua của Chính phủ", governmentFlag},
		{"lang-son", "son-la-council",
			findings(on("II.3", "Kết quả sát hạch điều lệnh, quân sự, võ thuật dẫn đầu Cụm"), on("I.4.3", "Vận động giao nộp vũ khí nhiều nhất Cụm")),
			findings(on("III.4", "Hướng dẫn tiêu chí của Cụm trưởng có nội dung còn chậm")),
			"Đề nghị xét Cờ thi đua của Chính phủ; Cụm trưởng cần hướng dẫn sớm hơn", governmentFlag},
		{"lang-son", "ha-giang-reviewer",
			findings(on("III.4", "Duy trì nền nếp báo cáo, trao đổi kinh nghiệm trong Cụm")),
			findings(on("III", "Là Cụm trưởng, vừa điều hành vừa được chấm điểm nên cần bỏ phiếu kín")),
			"Đề nghị xét Cờ thi đua của Bộ Công an; Cờ thi đua của Chính phủ để Hội đồng quyết định", ministryFlag},
		{"son-la", "lang-son-reviewer",
			findings(on("I.3.3", "Vượt chỉ tiêu đưa người nghiện đi cai ở địa bàn rộng nhất Cụm"), during("spring", "Phối hợp phá nhiều chuyên án liên tuyến")),
			findings(on("I.1.3", "Một cuộc hội đàm không có biên bản")),
			"Đề nghị xét Cờ thi đua của Bộ Công an", ministryFlag},
		{"son-la", "lao-cai-council",
			findings(on("III.2", "Mô hình bản tự quản không ma túy đáng nhân rộng")),
			findings(on("I.3.3", "Báo cáo cả những hồ sơ cai nghiện chưa hoàn thành")),
			"Đề nghị xét Cờ thi đua của Bộ Công an, chấn chỉnh việc thống kê", ministryFlag},
		{"dien-bien", "cao-bang-reviewer",
			findings(on("I.3.1", "Số vụ ma túy phát hiện trên 10 vạn dân cao nhất Cụm"), during("tet", "Khám phá nhanh vụ vận chuyển ma túy đêm giao thừa")),
			findings(on("II.2", "Quy trình công tác ở một số đơn vị cơ sở chưa chặt chẽ")),
			"Đề nghị xét Cờ thi đua của Bộ Công an", ministryFlag},
		{"dien-bien", "lai-chau-council",
			findings(on("II.2", "Kỷ luật, kỷ cương chuyển biến rõ so với đầu năm")),
			findings(on("I.2.1", "Số liệu quý III phải điều chỉnh sau khi đối chiếu")),
			"Đề nghị xét Cờ thi đua của Bộ Công an", ministryFlag},
	}
}

func otherEvaluations() []evaluation {
	return []evaluation{
		{"lao-cai", "ha-giang-reviewer",
			findings(on("I.2.3", "Bắt, vận động đầu thú đối tượng truy nã vượt chỉ tiêu")),
			findings(on("III.5", "Tỷ lệ khen thưởng người trực tiếp công tác tính chưa đúng danh sách")),
			"Đề nghị cân nhắc khi xét cờ", ""},
		{"lao-cai", "dien-bien-council",
			findings(during("national-day", "Cứu nạn kịp thời trong mưa lũ tháng 8"), on("III.5", "Quan tâm khen thưởng người trực tiếp công tác")),
			findings(on("III.2", "Ít điển hình mới")),
			"Đề nghị xét Cờ thi đua của Bộ Công an", ministryFlag},
		{"cao-bang", "lang-son-reviewer",
			findings(on("I.1.2", "Giải quyết vụ việc phức tạp từ cơ sở vượt chỉ tiêu")),
			findings(on("I.2.4", "Chuyển hóa địa bàn trọng điểm còn chậm")),
			"Đề nghị khen thưởng chuyên đề về thu hồi vũ khí", ""},
		{"cao-bang", "dien-bien-reviewer",
			findings(on("I.2.4", "Có kế hoạch chuyển hóa địa bàn rõ từng bước"), during("spring", "Vận động nhân dân giao nộp vũ khí tốt")),
			findings(on("I.3.1", "Kết quả phát hiện án ma túy chưa tương xứng")),
			"Tiếp tục phấn đấu năm sau", ""},
		{"ha-giang", "lang-son-council",
			findings(on("II.2", "Kỷ luật, quy trình công tác thuộc nhóm tốt nhất Cụm")),
			findings(on("I.3.1", "Số vụ ma túy phát hiện trên 10 vạn dân thấp nhất Cụm")),
			"Tiếp tục phấn đấu năm sau", ""},
		{"ha-giang", "cao-bang-reviewer",
			findings(on("I.3.1", "Phòng ngừa ma túy từ cơ sở làm tốt"), on("I.2.3", "Bắt đối tượng truy nã vượt chỉ tiêu")),
			findings(on("II.4", "Một lớp bồi dưỡng báo cáo chậm")),
			"Đề nghị khen thưởng chuyên đề về truy nã", ""},
		{"lai-chau", "dien-bien-reviewer",
			findings(on("I.2.3", "Bắt, vận động đầu thú đối tượng truy nã vượt chỉ tiêu")),
			findings(on("I.4.2", "Chưa hoàn thành số hóa tàng thư hộ khẩu đúng tiến độ")),
			"Cụm cần hỗ trợ đơn vị về kỹ thuật", ""},
		{"lai-chau", "cao-bang-council",
			findings(on("I.4.2", "Đã làm xong phần lớn khối lượng số hóa ở các huyện vùng cao")),
			findings(on("III.4", "Báo cáo sáu tháng gửi chậm")),
			"Cần chấn chỉnh chế độ báo cáo", ""},
	}
}

// evaluate lets the evaluators say what they find, before the council approves.
func (w *writer) evaluate() {
	w.begin(Evaluations, time.December, 1)
	w.evaluated = map[string][]uuid.UUID{}
	for _, e := range evaluations() {
		for _, p := range w.record(e) {
			w.evaluated[e.unit] = append(w.evaluated[e.unit], p.ID)
		}
	}
}

// record records an evaluation; a consensus names those that it is drawn from.
func (w *writer) record(e evaluation, consensus ...uuid.UUID) []events.Proposal {
	p := &events.EvaluationRecorded{Cluster: w.cluster.ID, Consensus: consensus, Strengths: e.good, Shortcomings: e.wanting, Recommendation: e.recommendation}
	if e.award != "" {
		p.Awards = []string{e.award}
	}
	return w.body(events.Draft{Subject: e.unit, Author: e.by, Payload: p})
}

// consensus is what the conference agrees on, as the council's secretary records it.
func consensus() []evaluation {
	return []evaluation{
		{"lang-son", secretary, findings(on("I.2.1", "Dẫn đầu Cụm về điều tra, khám phá án"), during("national-day", "Điều hành tốt đợt cao điểm")),
			findings(on("III.4", "Hướng dẫn tiêu chí có nội dung còn chậm")),
			"Nhất trí đề nghị xét Cờ thi đua của Chính phủ, bỏ phiếu kín", governmentFlag},
		{"son-la", secretary, findings(on("I.3.3", "Vượt chỉ tiêu cai nghiện cả khi trừ hồ sơ chưa hoàn thành"), on("III.2", "Có mô hình đáng nhân rộng")),
			findings(on("I.3.3", "Thống kê cả hồ sơ chưa hoàn thành")), "Nhất trí đề nghị xét Cờ thi đua của Bộ Công an", ministryFlag},
		{"dien-bien", secretary, findings(on("I.3.1", "Kết quả phát hiện án ma túy cao nhất Cụm")),
			findings(on("I.2.1", "Có số liệu báo cáo trước khi đối chiếu")), "Nhất trí đề nghị xét Cờ thi đua của Bộ Công an", ministryFlag},
		{"lao-cai", secretary, findings(on("I.2.3", "Vượt chỉ tiêu truy nã"), during("national-day", "Cứu nạn kịp thời trong mưa lũ tháng 8")),
			findings(on("III.5", "Tính tỷ lệ khen thưởng chưa đúng danh sách, Hội đồng đã tính lại")),
			"Đa số đề nghị xét Cờ thi đua của Bộ Công an", ministryFlag},
		{"cao-bang", secretary, findings(on("I.1.2", "Giải quyết tốt vụ việc phức tạp từ cơ sở")),
			findings(on("I.2.4", "Chuyển hóa địa bàn còn chậm so với kế hoạch")), "Biểu dương trước Cụm", ""},
		{"ha-giang", secretary, findings(on("II.2", "Kỷ luật, quy trình công tác tốt")),
			findings(on("I.3.1", "Kết quả phát hiện án ma túy còn thấp")), "Biểu dương trước Cụm", ""},
		{"lai-chau", secretary, findings(on("I.2.3", "Bắt, vận động đầu thú đối tượng truy nã vượt chỉ tiêu")),
			findings(on("I.4.2", "Chưa hoàn thành phần số hóa còn lại"), on("III.4", "Chế độ báo cáo chưa nghiêm")),
			"Cụm hỗ trợ kỹ thuật trong quý I năm 2018", ""},
	}
}

// agreeOnUnits records what the conference agrees on of each unit.
func (w *writer) agreeOnUnits() {
	for _, e := range consensus() {
		w.record(e, w.evaluated[e.unit]...)
	}
}
