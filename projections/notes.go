package projections

import (
	"fmt"
	"regexp"
	"strings"

	"campaignledger/events"
)

// noteForm is a kind of note on a unit's standing. Notes are stored, hashed and sent in English; NoteIn gives them in another language.
// Both texts have the same verbs in the same order, %d or %s.
type noteForm struct{ en, vi string }

// of is the note with these values, as it stands in standings.
func (f noteForm) of(values ...any) string { return fmt.Sprintf(f.en, values...) }

func noteTieDecided() noteForm {
	return noteForm{"tie decided by event %d", "phân định theo sự kiện %d"}
}

func noteTieVoid() noteForm {
	return noteForm{"tie decision of event %d is void: %s do not tie at %s points", "quyết định phân định ở sự kiện %d không còn áp dụng: %s không bằng nhau ở mức %s điểm"}
}

func noteNotTrimmed() noteForm {
	return noteForm{"%s: too few marks (%d) to drop the %d highest and lowest; none is dropped",
		"%s: quá ít điểm chấm (%d) để bỏ %d điểm cao nhất và thấp nhất; không bỏ điểm nào"}
}

func noteAppeal() noteForm {
	return noteForm{"the appeal upheld by event %d may change points; they were not looked at again",
		"khiếu nại được chấp nhận ở sự kiện %d có thể làm thay đổi điểm; chưa xem lại"}
}

// noteImport is of standings that lack an import's last rows.
func noteImport() noteForm {
	return noteForm{importUnfinished + ": %s has %d of %d rows; import the same file again", "nhập chưa xong: %s có %d trên %d dòng; nhập lại chính tệp đó"}
}

// noteHeld is followed by one noteHolds for each reason.
func noteHeld() noteForm {
	return noteForm{"marks that do not count: %s", "điểm chấm chưa tính: %s"}
}

// heldForm is why marks are on hold.
type heldForm struct {
	bit uint8
	noteForm
}

// noteHolds are the reasons, the first of which a mark counts for.
func noteHolds() []heldForm {
	return []heldForm{
		{holdReopened, noteForm{"%d reopened by an amendment", "%d do quy chế sửa đổi mở lại"}},
		{holdTranscribed, noteForm{"%d not confirmed by the scorer", "%d chưa được người chấm xác nhận"}},
		{holdSecond, noteForm{"%d not seconded", "%d chờ đơn vị khác đồng thẩm định"}},
		{holdSingle, noteForm{"%d of a second scorer where one counts", "%d của người chấm thứ hai ở tiêu chí chỉ tính một người"}},
	}
}

// NoteIn is a note of a standing in lang: "vi", else English as it stands. What is no note is given back as it is.
func NoteIn(note, lang string) string {
	if lang != "vi" {
		return note
	}
	if values, ok := noteHeld().values(note); ok {
		parts := strings.Split(values[0], ", ")
		for i, part := range parts {
			for _, h := range noteHolds() {
				if n, ok := h.values(part); ok {
					parts[i] = h.in(n)
				}
			}
		}
		return noteHeld().in([]string{strings.Join(parts, ", ")})
	}
	if values, ok := noteTieVoid().values(note); ok {
		values[2] = events.NumberIn(values[2], lang)
		return noteTieVoid().in(values)
	}
	for _, f := range []noteForm{noteTieDecided(), noteNotTrimmed(), noteAppeal(), noteImport()} {
		if values, ok := f.values(note); ok {
			return f.in(values)
		}
	}
	return note
}

// values reads what a note of this form was made of.
func (f noteForm) values(note string) ([]string, bool) {
	if before, _, _ := strings.Cut(f.en, "%"); !strings.HasPrefix(note, before) { // most are told apart by this
		return nil, false
	}
	pattern := strings.NewReplacer("%d", `(\d+)`, "%s", `(.*)`).Replace(regexp.QuoteMeta(f.en))
	found := regexp.MustCompile("(?s)^" + pattern + "$").FindStringSubmatch(note)
	if found == nil {
		return nil, false
	}
	return found[1:], true
}

// in is the Vietnamese note with values.
func (f noteForm) in(values []string) string {
	texts := make([]any, 0, len(values))
	for _, v := range values {
		texts = append(texts, v)
	}
	return fmt.Sprintf(strings.ReplaceAll(f.vi, "%d", "%s"), texts...)
}
