package cli

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWriteWrapped(t *testing.T) {
	t.Parallel()
	const prefix, text = "     1  2017-03-31 09:00  ", "lạng-sơn tự chấm 180,5 điểm tiêu chí I.1 (tự chấm), thay sự kiện 12: nhầm số liệu quý một"
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
