package demo

import (
	"campaignledger/events"
)

// slip is an entry that was first made wrong and then corrected.
type slip struct {
	chapter                   Chapter
	unit, leaf, scorer, wrong string
	reason                    string // slips of one reason are corrected in one commit
}

// slips are the wrong entries of the year.
func slips() []slip {
	const swapped = "Nhập nhầm thứ tự hai đơn vị, đổi lại theo phiếu xếp hạng"
	return []slip{
		{FirstQuarter, "lao-cai", "I.2.3", "lao-cai", "22", "Trừ các đối tượng đã thống kê trong quý IV năm 2016"},
		{FirstQuarter, "ha-giang", "II.4", "ha-giang", "48", "Bổ sung lớp bồi dưỡng tháng 3 báo cáo chậm"},
		{HalfYear, "cao-bang", "I.4.3", "cao-bang", "231", "Trừ số công cụ hỗ trợ chưa có biên bản giao nộp kèm theo"},
		{HalfYear, "son-la", "I.3.3", "son-la", "498", "Bổ sung số liệu của hai huyện gửi chậm"},
		{ThirdQuarter, "dien-bien", "I.2.1", "dien-bien", "82.5", "Điều chỉnh theo số liệu đối chiếu với Viện kiểm sát nhân dân tỉnh"},
		{Cross, "lao-cai", "III.2", "ha-giang", "17.5", "Nhập nhầm cột điểm của tiêu chí khác"},
		{Cross, "cao-bang", "III.3", "lai-chau", "6", swapped},
		{Cross, "ha-giang", "III.3", "lai-chau", "5", swapped},
		{Council, "dien-bien", "I.1.1", secretary, "50.5", "Sửa lỗi nhập liệu theo biên bản thẩm định của Tổ giúp việc"},
	}
}

// cut is what a unit claims for its year and the council does not approve in full.
type cut struct{ unit, leaf, claimed, reason string }

// cuts are the council's differences with the units.
func cuts() []cut {
	const led = "Một chuyên án đã tính cho đơn vị chủ trì"
	return []cut{
		{"son-la", "I.1.3", "10", "Một cuộc hội đàm không có biên bản"},
		{"son-la", "I.3.2", "10", led},
		{"son-la", "I.3.3", "1125", "Loại các trường hợp chưa hoàn thành hồ sơ đưa đi cai nghiện"},
		{"dien-bien", "I.3.2", "10", led},
		{"lao-cai", "III.5", "60", "Tính lại tỷ lệ theo danh sách khen thưởng đã ban hành"},
	}
}

// findCut is the cut of a unit on a leaf, nil if there is none.
func findCut(unit, leaf string) *cut {
	for _, c := range cuts() {
		if c.unit == unit && c.leaf == leaf {
			return &c
		}
	}
	return nil
}

// findSlip is the slip that e meets, nil if none.
func findSlip(chapter Chapter, e entry) *slip {
	for _, s := range slips() {
		if s.chapter == chapter && s.unit == e.unit && s.leaf == e.leaf && s.scorer == e.scorer {
			return &s
		}
	}
	return nil
}

// repairSlips corrects what was entered wrong since the last call.
func (w *writer) repairSlips() {
	for len(w.pending) > 0 {
		var drafts []events.Draft
		reason, rest := w.pending[0].reason, []entry(nil)
		for _, e := range w.pending {
			if e.reason == reason {
				drafts = append(drafts, w.draft(e))
			} else {
				rest = append(rest, e)
			}
		}
		w.body(drafts...)
		w.pending = rest
	}
}
