package web

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// fieldLabel is what a field of an event is called, in Vietnamese and English. What the page of an event shows elsewhere has none.
func fieldLabel(name string) (label [2]string, ok bool) {
	label, ok = map[string][2]string{
		"id": {"Mã sự kiện", "Id"}, "recorded": {"Ghi lúc", "Recorded"}, "time": {"Thời điểm khai", "Claimed time"}, "author": {"Người ghi", "Author"},
		"cluster": {"Cụm", "Cluster"}, "unit": {"Đơn vị", "Unit"}, "criterion": {"Tiêu chí", "Criterion"}, "level": {"Cấp chấm", "Level"},
		"scorer": {"Người chấm", "Scorer"}, "item": {"Mục", "Item"}, "points": {"Điểm", "Points"}, "actual": {"Kết quả", "Actual"}, "place": {"Hạng", "Place"},
		"mark": {"Không chấm", "No mark"}, "target": {"Chỉ tiêu", "Target"}, "basis": {"Căn cứ", "Basis"}, "evidence": {"Minh chứng", "Evidence"},
		"reason": {"Lý do", "Reason"}, "late": {"Muộn", "Late"}, "agreed": {"Số đồng thuận", "Agreed"}, "as": {"Với tư cách", "As"}, "note": {"Ghi chú", "Note"},
		"file": {"Tệp", "File"}, "sha256": {"SHA-256 của tệp", "SHA-256 of the file"}, "rows": {"Số dòng", "Rows"}, "order": {"Thứ tự", "Order"},
		"member": {"Thành viên", "Member"}, "name": {"Họ tên", "Name"}, "role": {"Vai trò", "Role"}, "key": {"Khóa", "Key"}, "titles": {"Danh hiệu đăng ký", "Awards registered for"},
		"stage": {"Giai đoạn", "Stage"}, "version": {"Bản quy chế", "Regulation version"}, "drive": {"Đợt thi đua", "Drive"}, "title": {"Tên", "Title"}, "kind": {"Loại", "Kind"},
		"from": {"Từ ngày", "From"}, "to": {"Đến ngày", "To"}, "goal": {"Mục tiêu", "Goal"}, "result": {"Kết quả đợt", "Result"}, "theme": {"Chủ đề", "Theme"}, "text": {"Nội dung", "Text"},
		"text_hash": {"Mã băm nội dung", "Hash of the text"}, "person": {"Người", "Person"}, "person_hash": {"Mã băm tên người", "Hash of the person"}, "merit": {"Thành tích", "Merit"},
		"merit_hash": {"Mã băm thành tích", "Hash of the merit"}, "files": {"Tệp minh chứng", "Evidence files"}, "days": {"Số ngày", "Days"}, "marks": {"Số điểm chấm", "Marks"},
		"root": {"Mã băm gốc", "Root"}, "old_key": {"Khóa trước đó", "Key before"}, "made": {"Bản sao lưu lập lúc", "Backup made"}, "award": {"Danh hiệu", "Award"}, "awards": {"Các danh hiệu", "Awards"}, "strengths": {"Ưu điểm", "Strengths"},
		"shortcomings": {"Tồn tại, hạn chế", "Shortcomings"}, "recommendation": {"Kiến nghị", "Recommendation"}, "consensus": {"Các đánh giá được cân nhắc", "Evaluations weighed"},
		"ground": {"Căn cứ, lý do", "Ground"}, "ground_hash": {"Mã băm căn cứ", "Hash of the ground"}, "standings": {"Bảng xếp hạng làm căn cứ", "Standings used"},
		"ballot": {"Cuộc bỏ phiếu", "Ballot"}, "nominees": {"Đơn vị được suy tôn", "Nominees"}, "roll": {"Danh sách bỏ phiếu", "Roll"}, "present": {"Có mặt", "Present"},
		"question": {"Câu hỏi", "Question"}, "base": {"Cơ số", "Base"}, "quorum": {"Túc số", "Quorum"}, "threshold": {"Ngưỡng", "Threshold"}, "manner": {"Cách bỏ phiếu", "Manner"},
		"votes": {"Các phiếu", "Votes"}, "tally": {"Kiểm phiếu", "Tally"}, "results": {"Kết quả bỏ phiếu", "Results"}, "outcome": {"Quyết định", "Outcome"},
		"decision": {"Văn bản quyết định", "Decision on paper"}, "document": {"Văn bản", "Document"}, "returned": {"Bị trả lại bởi", "Returned by"},
	}[name]
	return label, ok
}

// hasParts reports whether a field's value is JSON, since it has parts.
func hasParts(name string) bool {
	return slices.Contains([]string{"strengths", "shortcomings", "standings", "votes", "tally", "results", "decision", "document"}, name)
}

// parts writes JSON for people, in the reader's language: "unit: son-la, vote: for", a line for each of a list. What is no JSON stays as it is.
func (f Frame) parts(text string) string {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var b strings.Builder
	if err := f.writeParts(&b, d, "", 0); err != nil {
		return text
	}
	return b.String()
}

func (f Frame) writeParts(b *strings.Builder, d *json.Decoder, name string, depth int) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	open, ok := token.(json.Delim)
	if !ok {
		b.WriteString(f.partValue(name, token))
		return nil
	}
	between := map[bool]string{true: ", ", false: "; "}[open == '{']
	if open == '[' && depth == 0 {
		between = "\n"
	}
	for first := true; d.More(); first = false {
		if !first {
			b.WriteString(between)
		}
		if open == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			name = fmt.Sprint(key)
			fmt.Fprintf(b, "%s: ", f.partName(name))
		}
		if err := f.writeParts(b, d, name, depth+1); err != nil {
			return err
		}
	}
	_, err = d.Token() // what closes it
	return err
}

// partValue is one value of what has parts.
func (f Frame) partValue(name string, value any) string {
	text := fmt.Sprint(value)
	switch yes, isBool := value.(bool); {
	case isBool && yes:
		return f.Say("có", "yes")
	case isBool:
		return f.Say("không", "no")
	case name == "vote":
		return f.word(text)
	case name == "date":
		return f.DayText(text)
	}
	return text
}
