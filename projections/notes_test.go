package projections

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestNotesInVietnamese: every form of note has both texts, with the same verbs, and is told from the others.
func TestNotesInVietnamese(t *testing.T) {
	t.Parallel()
	verbs := regexp.MustCompile("%.")
	forms := []noteForm{noteTieDecided(), noteTieVoid(), noteNotTrimmed(), noteAppeal(), noteImport(), noteHeld()}
	for _, h := range noteHolds() {
		forms = append(forms, h.noteForm)
	}
	for _, f := range forms {
		if en, vi := verbs.FindAllString(f.en, -1), verbs.FindAllString(f.vi, -1); len(en) == 0 || strings.Join(en, "") != strings.Join(vi, "") {
			t.Errorf("%q has the verbs %v, %q has %v", f.en, en, f.vi, vi)
		}
	}
	for note, want := range map[string]string{
		noteTieDecided().of(7):                                   "phân định theo sự kiện 7",
		noteTieVoid().of(8, "b, c", "919.43"):                    "quyết định phân định ở sự kiện 8 không còn áp dụng: b, c không bằng nhau ở mức 919,43 điểm",
		noteNotTrimmed().of("I.2", 2, 1):                         "I.2: quá ít điểm chấm (2) để bỏ 1 điểm cao nhất và thấp nhất; không bỏ điểm nào",
		noteAppeal().of(9):                                       "khiếu nại được chấp nhận ở sự kiện 9 có thể làm thay đổi điểm; chưa xem lại",
		noteImport().of("a: 1 has %d of 2 rows\n; b.csv", 3, 10): "nhập chưa xong: a: 1 has %d of 2 rows\n; b.csv có 3 trên 10 dòng; nhập lại chính tệp đó",
		"marks that do not count: 1 reopened by an amendment, 12 not confirmed by the scorer, 3 not seconded, 4 of a second scorer where one counts": "điểm chấm chưa tính: " +
			"1 do quy chế sửa đổi mở lại, 12 chưa được người chấm xác nhận, 3 chờ đơn vị khác đồng thẩm định, 4 của người chấm thứ hai ở tiêu chí chỉ tính một người",
		"something else": "something else",
	} {
		if got := NoteIn(note, "vi"); got != want {
			t.Errorf("%q is %q, want %q", note, got, want)
		}
		if got := NoteIn(note, "en"); got != note {
			t.Errorf("in English %q is %q", note, got)
		}
	}
}

// TestNotesHaveForms: no note is written in place, where it would have one language.
func TestNotesHaveForms(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"standings.go", "standings_ref.go"} {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(source)) {
			if strings.Contains(strings.ToLower(line), "note") && strings.Contains(line, "Sprintf") {
				t.Errorf("%s writes a note without a form: %s", name, strings.TrimSpace(line))
			}
		}
	}
}
