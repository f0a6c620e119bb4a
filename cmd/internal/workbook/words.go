package workbook

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"campaignledger/events"
)

// word is a text in both languages.
type word struct{ vi, en string }

func (w word) in(lang string) string {
	if lang == "vi" {
		return w.vi
	}
	return w.en
}

// is reports whether text is the word in any language.
func (w word) is(text string) bool { return text == w.vi || text == w.en }

// The words that the reader knows too.
var (
	wordCorner = word{"tiêu chí ↓ đơn vị →", "criterion ↓ unit →"}
	wordTitle  = word{"Tiêu chí", "Criterion"}
	wordMethod = word{"Cách chấm", "Method"}
	wordMax    = word{"Tối đa", "Max"}

	wordAbstained = word{"không chấm", "abstained"}
	wordRecused   = word{"từ chối", "recused"}
)

// infoColumns stand between the corner and the units.
func infoColumns() []word { return []word{wordTitle, wordMethod, wordMax} }

func isInfo(text string) bool {
	return slices.ContainsFunc(infoColumns(), func(w word) bool { return w.is(text) })
}

// absence is the kind of mark that a word stands for.
func absence(text string) (kind events.MarkKind, ok bool) {
	text = strings.ToLower(norm.NFC.String(text))
	switch {
	case wordAbstained.is(text):
		return events.MarkAbstained, true
	case wordRecused.is(text):
		return events.MarkRecused, true
	}
	return 0, false
}

// methodText says what to enter for a criterion.
func methodText(c *events.Criterion, lang string) string {
	text := ""
	switch c.Method {
	case events.MethodGraded:
		text = word{"điểm", "points"}.in(lang)
	case events.MethodTarget:
		text = word{"kết quả, so với chỉ tiêu", "actual, against the target"}.in(lang)
	case events.MethodProportional:
		text = word{"kết quả, so với đơn vị cao nhất", "actual, against the highest"}.in(lang)
	case events.MethodPassfail:
		text = word{"1 đạt, 0 không đạt", "1 passed, 0 failed"}.in(lang)
	case events.MethodCount:
		text = word{"số lượng, mỗi việc ", "number, each "}.in(lang) + c.Each.String()
	case events.MethodOrdinal:
		text = word{"hạng, từ 1", "place, from 1"}.in(lang)
	case events.MethodAdjustment:
		text = word{"điểm cộng, trừ", "points, more or less"}.in(lang)
	}
	if c.Evidence {
		text += word{"; cần minh chứng", "; evidence required"}.in(lang)
	}
	return text
}

// instructions are the lines of the first sheet. They hold no text from outside.
func instructions(lang string) []string {
	if lang == "vi" {
		return []string{"Điền điểm của bạn vào các ô trắng của các trang sau; mỗi trang là một cấp chấm.",
			"Ô trống nghĩa là chưa chấm: không có gì được ghi. Số 0 là điểm 0.",
			"Ghi “không chấm” hoặc “từ chối” (không dùng quyền chấm; đứng ngoài) thay cho điểm.",
			"Ô xám không dành cho bạn: tiêu chí không giao cho đơn vị đó, hoặc cấp này không chấm đơn vị đó.",
			"Cột “Cách chấm” cho biết cần ghi gì: điểm, kết quả đạt được, hạng. Dòng chỉ tiêu chỉ để xem.",
			"Số thập phân nhiều nhất 6 chữ số sau dấu phẩy. Không dùng công thức: dán giá trị (Dán đặc biệt, Giá trị).",
			"Không sửa mã tiêu chí, mã đơn vị, tên trang. Không xóa trang ẩn.",
			"Thử rồi nhập: campaign import %s TỆP.xlsx --dry-run, sau đó bỏ --dry-run. Lỗi được nêu theo trang và ô.",
			"Trang của cấp chấm niêm phong: dùng campaign seal %s TỆP.xlsx thay cho import.",
			"Tiêu chí cần minh chứng không nhập được bằng bảng này ở cấp đầu tiên: dùng campaign score … --evidence."}
	}
	return []string{"Enter your marks in the white cells of the sheets that follow; each sheet is one review level.",
		"An empty cell is no mark: nothing is recorded. The number 0 is a mark of 0.",
		"In place of a mark, write abstained (you give none) or recused (you stand aside).",
		"Grey cells are not for you: the criterion is not assigned to that unit, or the level does not have you score it.",
		"The column Method says what to enter: points, the actual result, a place. Rows of targets are there to be read only.",
		"Decimals have at most 6 places. Use no formulas: paste values (Paste Special, Values).",
		"Do not edit the ids of criteria and units or the names of sheets, and do not delete the hidden sheet.",
		"Try it, then import it: campaign import %s FILE.xlsx --dry-run, then without --dry-run. Errors name sheet and cell.",
		"A sealed level's sheet is not imported but sealed: campaign seal %s FILE.xlsx.",
		"Criteria that require evidence can't be imported from here at the first level: campaign score … --evidence."}
}
