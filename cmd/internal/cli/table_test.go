package cli

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestWrappedTable: the flexible column goes on in the next line, whole, and no line is wider than a terminal.
func TestWrappedTable(t *testing.T) {
	t.Parallel()
	names := []string{"", "Lan", strings.Repeat("Nguyễn Thị ", 12) + "Lan", strings.Repeat("đ", 200)}
	for _, name := range names {
		for _, below := range [][]string{nil, {"below"}} {
			tab := table{header: []string{"Member", "Name", "State"}, right: make([]bool, 3), flexible: 1, wrap: true, below: below,
				rows: [][]string{{"a-head", name, "speaks"}}}
			var out bytes.Buffer
			tab.write(&out)
			var got strings.Builder
			for line := range strings.Lines(out.String()) {
				if n := utf8.RuneCountInString(line) - 1; n > lineWidth || strings.Contains(line, "…") {
					t.Errorf("%d columns: %q", n, line)
				}
				got.WriteString(line)
			}
			want := "Member Name State a-head " + name + " speaks"
			if below != nil {
				want += below[0]
			}
			if squeeze(got.String()) != squeeze(want) {
				t.Errorf("got %q of %q", got.String(), name)
			}
		}
	}
}

// TestFoldedTable: where the other columns leave no room the text stands below its row.
func TestFoldedTable(t *testing.T) {
	t.Parallel()
	id := strings.Repeat("a", 63)
	tab := table{header: []string{"Member", "State", "Name"}, right: make([]bool, 3), flexible: 2, wrap: true,
		rows: [][]string{{id, "speaks", "Nông Thị Lan"}, {"b", "speaks", ""}}}
	var out bytes.Buffer
	tab.write(&out)
	want := "Member" + strings.Repeat(" ", 59) + "State\n" + id + "  speaks\n    Nông Thị Lan\nb" + strings.Repeat(" ", 64) + "speaks\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// squeeze is the sum of a text's characters without spaces, so that the order of columns and lines does not matter.
func squeeze(text string) int {
	n := 0
	for _, r := range strings.Join(strings.Fields(text), "") {
		n += int(r)
	}
	return n
}

// TestCSVCannotRun: a text that a spreadsheet might run has an apostrophe before it, in every command's CSV; numbers stay.
func TestCSVCannotRun(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := writeCSV(&out, []string{"title", "points"}, [][]string{{"=HYPERLINK(1)", "-5"}, {"@x", "7.25"}}); err != nil {
		t.Fatal(err)
	}
	if err := writeCSVRow(&out, []string{"+1-2", "\tx"}); err != nil {
		t.Fatal(err)
	}
	if want := "title,points\n'=HYPERLINK(1),-5\n'@x,7.25\n'+1-2,'\tx\n"; out.String() != want {
		t.Errorf("wrote %q, want %q", out.String(), want)
	}
}
