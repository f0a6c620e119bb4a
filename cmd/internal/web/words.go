package web

import (
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"campaignledger/events"
	"campaignledger/projections"
)

// Sequences name events and stand as they are, #1312, whatever the language; amounts and counts are grouped: 1.312 or 1,312 events.

// Things is a number of things; in English one or more.
func (f Frame) Things(n any, vi, one, more string) string {
	if fmt.Sprint(n) != "1" {
		one = more
	}
	return f.Count(n) + " " + f.Say(vi, one)
}

// Capital is a text that begins a sentence.
func (Frame) Capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// Level is a level of review in the reader's language.
func (f Frame) Level(id string) string { return events.LevelIn(id, f.Lang) }

// UnitTitle is a unit's title.
func (f Frame) UnitTitle(id string) string { return orID(f.Campaign.units[id], id) }

// UnitTitles are units' titles.
func (f Frame) UnitTitles(ids []string) []string {
	list := make([]string, 0, len(ids))
	for _, id := range ids {
		list = append(list, f.UnitTitle(id))
	}
	return list
}

// AwardTitle is an award's title.
func (f Frame) AwardTitle(id string) string { return orID(f.Campaign.awards[id], id) }

// AwardTitles are awards' titles.
func (f Frame) AwardTitles(ids []string) []string {
	list := make([]string, 0, len(ids))
	for _, id := range ids {
		list = append(list, f.AwardTitle(id))
	}
	return list
}

// Name is what people call who has an id: a unit's title or a member's name.
func (f Frame) Name(id string) string {
	if title, ok := f.Campaign.units[id]; ok {
		return title
	}
	return orID(f.Campaign.members[id], id)
}

// meet makes the members known by their names.
func (f *Frame) meet(roster []projections.Member) {
	f.Campaign.members = map[string]string{}
	for _, m := range roster {
		f.Campaign.members[m.ID] = m.Name
	}
}

// titles are the titles of what the regulation names, by id.
func (c *CampaignFrame) titles(r *events.Regulation, lang string) {
	c.units, c.awards = unitTitles(r, lang), map[string]string{}
	for i := range r.Awards {
		c.awards[r.Awards[i].ID] = r.Awards[i].Title.In(lang)
	}
}

// StatusTitle is what an HTTP status means, in the reader's language.
func StatusTitle(lang string, status int) string {
	if lang != "vi" {
		return http.StatusText(status)
	}
	title, ok := map[int]string{
		http.StatusBadRequest:            "Yêu cầu không hợp lệ",
		http.StatusUnauthorized:          "Cần đăng nhập",
		http.StatusForbidden:             "Không được phép",
		http.StatusNotFound:              "Không tìm thấy",
		http.StatusMethodNotAllowed:      "Không dùng được cách gọi này",
		http.StatusRequestTimeout:        "Yêu cầu gửi đến quá chậm",
		http.StatusConflict:              "Xung đột với dữ liệu hiện có",
		http.StatusGone:                  "Không còn nữa",
		http.StatusRequestEntityTooLarge: "Dữ liệu gửi lên quá lớn",
		http.StatusUnsupportedMediaType:  "Không nhận loại dữ liệu này",
		http.StatusMisdirectedRequest:    "Sai địa chỉ máy chủ",
		http.StatusUnprocessableEntity:   "Không thực hiện được yêu cầu",
		http.StatusTooManyRequests:       "Quá nhiều yêu cầu, xin thử lại sau",
		http.StatusInternalServerError:   "Máy chủ gặp lỗi",
		http.StatusBadGateway:            "Kho lưu trữ trả lời sai",
		http.StatusServiceUnavailable:    "Máy chủ tạm thời chưa phục vụ được",
		http.StatusGatewayTimeout:        "Quá thời gian chờ",
	}[status]
	switch {
	case ok:
		return title
	case status < http.StatusInternalServerError:
		return "Yêu cầu bị từ chối"
	}
	return "Máy chủ gặp lỗi"
}

// fieldValue is a field of an event as people read it: dates, numbers and the record's own words in the reader's language.
func (f Frame) fieldValue(name, value string) string {
	switch name {
	case "recorded", "time":
		if t, err := events.ParseTime(value); err == nil {
			return f.Moment(t)
		}
	case "from", "to":
		return f.DayText(value)
	case "points", "actual", "target", "rows", "marks", "days", "agreed":
		return f.Number(value)
	case "author", "scorer", "member", "unit":
		if name := f.Name(value); name != value {
			return name + " (" + value + ")"
		}
	case "award":
		return f.AwardTitle(value)
	case "awards", "titles":
		return strings.Join(f.AwardTitles(strings.Fields(value)), ", ")
	case "nominees", "order":
		return strings.Join(f.UnitTitles(strings.Fields(value)), ", ")
	case "roll", "present":
		list := strings.Fields(value)
		for i := range list {
			list[i] = f.Name(list[i])
		}
		return strings.Join(list, ", ")
	case "level":
		return f.Level(value)
	case "stage":
		return f.Stage(events.Stage(value))
	case "role":
		return events.RoleIn(value, f.Lang)
	case "late":
		return f.Say("có", "yes")
	case "basis", "kind", "as", "mark", "base", "outcome", "manner":
		return f.word(value)
	}
	if hasParts(name) {
		return f.parts(value)
	}
	return value
}

// word is a word of the record, of a closed set, in the reader's language; others stay as they are.
func (f Frame) word(word string) string {
	if f.Lang != "vi" {
		return word
	}
	switch word {
	case events.BallotNamed, events.BallotPaper:
		return events.BallotKindIn(word, f.Lang)
	case events.CommendAdHoc, events.CommendThematic, events.CommendExemplar:
		return events.CommendIn(word, f.Lang)
	case events.VoteFor, events.VoteAgainst:
		return events.VoteIn(word, f.Lang)
	}
	for _, known := range [][2]string{{events.DrivePeak, "đợt cao điểm"}, {events.WrittenVote, "bằng văn bản"}, {events.BasePresent, "người có mặt"},
		{events.BaseMembers, "ủy viên trong danh sách"}, {events.BasisTranscribed, "nhập thay"}, {events.VoteAbstained, "không có ý kiến"},
		{events.VoteRecused, "đứng ngoài vì liên quan"}, {events.AwardGranted, "được tặng"}, {events.AwardRefused, "không được tặng"},
		{events.AwardOtherLevel, "được tặng mức khác"}, {events.AppealUpheld, "chấp nhận"}, {events.AppealDismissed, "bác"},
		{events.EndorseAgree, "đồng thuận"}, {events.EndorseSecond, "đồng thẩm định"}, {events.EndorseReceived, "đã nhận"}, {events.EndorseReviewed, "đã xem xét lại"}} {
		if word == known[0] {
			return known[1]
		}
	}
	return events.DocumentIn(word, f.Lang)
}

// partName is what a part of a field is called.
func (f Frame) partName(name string) string {
	for _, known := range [][3]string{{"seq", "sự kiện", "event"}, {"vote", "phiếu", "vote"}, {"for", "đồng ý", "for"}, {"against", "không đồng ý", "against"},
		{"abstained", "không ý kiến", "abstained"}, {"recused", "liên quan", "recused"}, {"needed", "cần", "needed"}, {"carried", "đạt", "carried"},
		{"issued", "phát ra", "issued"}, {"returned", "thu về", "returned"}, {"valid", "hợp lệ", "valid"}, {"invalid", "không hợp lệ", "invalid"},
		{"written", "bằng văn bản", "written"}, {"minutes", "biên bản", "minutes"}, {"counts", "kết quả", "counts"}, {"lang", "ngôn ngữ", "language"},
		{"asOf", "theo sổ đến sự kiện", "as of event"}, {"number", "số", "number"}, {"venue", "nơi họp", "venue"}, {"chair", "chủ trì", "chair"},
		{"place", "nơi lập", "place"}, {"secretary", "thư ký", "secretary"}, {"date", "ngày", "date"}, {"signatory", "người ký", "signatory"}, {"scan", "bản quét", "scan"},
		{"sha256", "SHA-256", "SHA-256"}, {"name", "tên", "name"}, {"conclusion", "kết luận", "conclusion"}, {"tellers", "người kiểm phiếu", "tellers"}} {
		if name == known[0] {
			return f.Say(known[1], known[2])
		}
	}
	if label, ok := fieldLabel(name); ok {
		return strings.ToLower(f.Say(label[0], label[1]))
	}
	return name
}
