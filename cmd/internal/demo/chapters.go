package demo

// Chapter is a step of the year. Its text is English and meant for people; In has it in Vietnamese too.
type Chapter string

// The chapters, in the order of the year.
const (
	Opening       Chapter = "January: the campaign is opened"
	Joining       Chapter = "January: the units sign the pact"
	Targets       Chapter = "January: targets are set"
	TetDrive      Chapter = "February: after the Tết drive"
	FirstQuarter  Chapter = "March: the units score their first quarter"
	FirstCheck    Chapter = "April: corrections to the first quarter"
	SpringDrive   Chapter = "May: after the spring drive"
	HalfYear      Chapter = "June: the units score the half-year"
	HalfYearCheck Chapter = "July: corrections and penalties"
	Review        Chapter = "July: six-month review"
	AutumnDrive   Chapter = "August: after the drive for National Day"
	ThirdQuarter  Chapter = "September: the units score nine months"
	ThirdCheck    Chapter = "October: corrections to nine months"
	YearEnd       Chapter = "November: the units score their year"
	Cross         Chapter = "November: the units score each other, under seal"
	Reveal        Chapter = "November: the sheets are opened and reviewed"
	Evaluations   Chapter = "December: the units are evaluated"
	Council       Chapter = "December: the council approves, behind a freeze"
	Conference    Chapter = "December: closing conference, the standings are revealed"
	Ballots       Chapter = "December: the council nominates and votes"
	Closing       Chapter = "December: publicity, and the campaign is closed"
	Appeal        Chapter = "January 2018: an appeal is heard"
	Proposals     Chapter = "January 2018: the cluster proposes its nominees"
	Decisions     Chapter = "January 2018: the Ministry decides"
	LastDecision  Chapter = "January 2018: the Prime Minister decides"
)

// In is the chapter's text in lang: "vi", else English.
func (c Chapter) In(lang string) string {
	if text, ok := vietnamese()[c]; ok && lang == "vi" {
		return text
	}
	return string(c)
}

func vietnamese() map[Chapter]string {
	return map[Chapter]string{
		Opening:       "Tháng 1: mở chiến dịch",
		Joining:       "Tháng 1: các đơn vị ký giao ước thi đua",
		Targets:       "Tháng 1: giao chỉ tiêu",
		TetDrive:      "Tháng 2: sau đợt thi đua Tết",
		FirstQuarter:  "Tháng 3: các đơn vị tự chấm quý I",
		FirstCheck:    "Tháng 4: đính chính quý I",
		SpringDrive:   "Tháng 5: sau đợt thi đua mùa xuân",
		HalfYear:      "Tháng 6: các đơn vị tự chấm sáu tháng",
		HalfYearCheck: "Tháng 7: đính chính và điểm trừ",
		Review:        "Tháng 7: sơ kết sáu tháng",
		AutumnDrive:   "Tháng 8: sau đợt cao điểm mừng Quốc khánh",
		ThirdQuarter:  "Tháng 9: các đơn vị tự chấm chín tháng",
		ThirdCheck:    "Tháng 10: đính chính chín tháng",
		YearEnd:       "Tháng 11: các đơn vị tự chấm cả năm",
		Cross:         "Tháng 11: các đơn vị chấm chéo, niêm phong phiếu",
		Reveal:        "Tháng 11: mở phiếu và thẩm định",
		Evaluations:   "Tháng 12: đánh giá các đơn vị",
		Council:       "Tháng 12: Hội đồng duyệt điểm, bảng xếp hạng đóng băng",
		Conference:    "Tháng 12: hội nghị tổng kết, công bố bảng xếp hạng",
		Ballots:       "Tháng 12: suy tôn và bỏ phiếu",
		Closing:       "Tháng 12: niêm yết, kết thúc chiến dịch",
		Appeal:        "Tháng 1 năm 2018: giải quyết khiếu nại",
		Proposals:     "Tháng 1 năm 2018: đề nghị khen thưởng",
		Decisions:     "Tháng 1 năm 2018: quyết định của Bộ",
		LastDecision:  "Tháng 1 năm 2018: quyết định của Thủ tướng Chính phủ",
	}
}
