package cli

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"campaignledger/projections"
)

// TestAuditColumns: what a line says in JSON has a column as CSV.
func TestAuditColumns(t *testing.T) {
	t.Parallel()
	columns := map[string]bool{"signed": true} // every CSV says it at its end
	for _, f := range (&app{lang: "en"}).auditFields(&projections.AuditLine{}) {
		if columns[f.name] || f.value != "" {
			t.Errorf("column %s stands twice, or says %q of nothing", f.name, f.value)
		}
		columns[f.name] = true
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[projections.AuditLine]()) {
		if field.Anonymous {
			continue // its fields stand for themselves
		}
		key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		var name strings.Builder
		for _, r := range key {
			if unicode.IsUpper(r) {
				name.WriteByte('_')
			}
			name.WriteRune(unicode.ToLower(r))
		}
		if !columns[name.String()] {
			t.Errorf("%s has no column", key)
		}
	}
}

func TestWriteWrapped(t *testing.T) {
	t.Parallel()
	const prefix, text = "     1  2017-03-31 09:00  ", "lạng-sơn tự chấm 180,5 điểm tiêu chí I.1 (cấp self), thay sự kiện 12: nhầm số liệu quý một"
	for _, width := range []int{1, 20, 40, 66, 80, 200} {
		var out bytes.Buffer
		writeWrapped(&out, prefix, text, width)
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if got := strings.Join(strings.Fields(out.String()), " "); got != strings.Join(strings.Fields(prefix+text), " ") {
			t.Errorf("width %d: words are lost or added: %s", width, got)
		}
		beside := width >= 66
		if wide := width > len(prefix)+utf8.RuneCountInString(text); wide && len(lines) != 1 || beside != strings.Contains(lines[0], "lạng-sơn") {
			t.Errorf("width %d:\n%s", width, out.String())
		}
		indent := map[bool]string{true: strings.Repeat(" ", len(prefix)), false: strings.Repeat(" ", 8)}[beside]
		for i, line := range lines {
			if i > 0 && (!strings.HasPrefix(line, indent) || strings.HasPrefix(line, indent+" ")) || line != strings.TrimRight(line, " ") {
				t.Errorf("width %d: line %d is %q", width, i+1, line)
			}
			if i > 0 && width >= 40 && utf8.RuneCountInString(line) > width {
				t.Errorf("width %d: line %d is too wide: %q", width, i+1, line)
			}
		}
	}
}
