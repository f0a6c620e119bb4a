package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"campaignledger/cmd/internal/spreadsheet"
)

// table is rows for people: cells in columns, numbers to the right.
type table struct {
	header []string
	right  []bool
	rows   [][]string

	flexible int      // the column whose text is cut where a row would not fit a line
	wrap     bool     // its text goes on in the next line instead, or stands below where that leaves no room
	below    []string // by row: a text below it; none if empty
}

const (
	columnGap = 2
	// lineWidth is a terminal's usual width.
	lineWidth = 80
	// leastFlexible is what is left of a column's text at least; ids and numbers are never cut, so that lines may be longer then.
	leastFlexible = 12
)

// write aligns the columns. Text in NFC has one rune a character for Vietnamese and English.
func (t *table) write(w io.Writer) {
	widths := make([]int, len(t.header))
	all := append([][]string{t.header}, t.rows...)
	for _, row := range all {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(norm.NFC.String(cell)))
		}
	}
	others := columnGap * (len(widths) - 1)
	for i, width := range widths {
		if i != t.flexible {
			others += width
		}
	}
	if t.wrap && len(t.below) == 0 && lineWidth-others < min(leastFlexible, widths[t.flexible]) {
		t.folded().write(w)
		return
	}
	widths[t.flexible] = min(widths[t.flexible], max(lineWidth-others, leastFlexible))
	for i, row := range all {
		for _, part := range t.parts(row, widths[t.flexible]) {
			t.writeRow(w, part, widths)
		}
		if i > 0 && len(t.below) > 0 && t.below[i-1] != "" {
			writeWrapped(w, "    ", t.below[i-1], lineWidth)
		}
	}
}

// folded is the table with the flexible column's text below each row.
func (t *table) folded() *table {
	without := func(row []string) []string { return slices.Delete(slices.Clone(row), t.flexible, t.flexible+1) }
	f := table{header: without(t.header), right: slices.Delete(slices.Clone(t.right), t.flexible, t.flexible+1)}
	for _, row := range t.rows {
		f.rows, f.below = append(f.rows, without(row)), append(f.below, row[t.flexible])
	}
	return &f
}

// parts are the lines of a row: one, or where its text is wrapped as many as that takes.
func (t *table) parts(row []string, width int) [][]string {
	if !t.wrap {
		return [][]string{row}
	}
	var parts [][]string
	text := ""
	add := func() {
		part := make([]string, len(row))
		if len(parts) == 0 {
			copy(part, row)
		}
		part[t.flexible] = text
		parts = append(parts, part)
	}
	for word := range strings.FieldsSeq(norm.NFC.String(row[t.flexible])) {
		for {
			if next := strings.TrimPrefix(text+" "+word, " "); utf8.RuneCountInString(next) <= width {
				text = next
				break
			}
			if text == "" { // longer than a line
				r := []rune(word)
				text, word = string(r[:width]), string(r[width:])
			}
			add()
			text = ""
		}
	}
	add()
	return parts
}

func (t *table) writeRow(w io.Writer, row []string, widths []int) {
	var line strings.Builder
	for i, cell := range row {
		cell = cut(norm.NFC.String(cell), widths[i])
		pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if t.right[i] {
			line.WriteString(pad + cell)
		} else {
			line.WriteString(cell + pad)
		}
		line.WriteString(strings.Repeat(" ", columnGap))
	}
	fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
}

// cut shortens text to at most n characters.
func cut(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}

// writeCSV writes a header and rows. Texts come from anybody, and no spreadsheet must take one for a formula.
func writeCSV(w io.Writer, header []string, rows [][]string) error {
	c := csv.NewWriter(w)
	if err := c.Write(header); err != nil {
		return err
	}
	for _, row := range rows {
		if err := c.Write(spreadsheet.SafeRow(row)); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// writeCSVRow writes one row.
func writeCSVRow(w io.Writer, row []string) error {
	return csv.NewWriter(w).WriteAll([][]string{spreadsheet.SafeRow(row)})
}

// writeJSON writes v as one line.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// writeLines writes each of list as one line.
func writeLines[T any](w io.Writer, list []T) error {
	for _, v := range list {
		if err := writeJSON(w, v); err != nil {
			return err
		}
	}
	return nil
}

// writeFlagged writes each of list, which are JSON objects, as one line that says what every output must say: whether the campaign is
// signed, and its notice.
func writeFlagged[T any](w io.Writer, list []T, signed bool, notice string) error {
	flags, err := json.Marshal(struct {
		Signed bool   `json:"signed"`
		Notice string `json:"notice,omitempty"`
	}{signed, notice})
	if err != nil {
		return err
	}
	for _, v := range list {
		var line bytes.Buffer
		if err := writeJSON(&line, v); err != nil {
			return err
		}
		object := bytes.TrimSuffix(line.Bytes(), []byte("}\n"))
		if _, err := fmt.Fprintf(w, "%s,%s\n", object, flags[1:]); err != nil {
			return err
		}
	}
	return nil
}

// plainText lets through what can't steer a terminal: texts of a campaign come from anybody.
type plainText struct{ w io.Writer }

// Write writes b with control characters, but for line feeds and tabs, as U+FFFD.
func (p plainText) Write(b []byte) (int, error) {
	_, err := io.WriteString(p.w, plain(string(b)))
	return len(b), err
}

func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// say picks the text of the user's language.
func (a *app) say(vi, en string) string {
	if a.lang == "vi" {
		return vi
	}
	return en
}

// number writes an exact decimal as the language has it, without thousands marks.
func (a *app) number(s string) string {
	if a.lang == "vi" {
		return strings.Replace(s, ".", ",", 1)
	}
	return s
}

// date is a day, given as YYYY-MM-DD, as the language has it.
func (a *app) date(day string) string {
	if t, err := time.Parse(time.DateOnly, day); err == nil && a.lang == "vi" {
		return t.Format("02/01/2006")
	}
	return day
}

// count is a number of things, whose English plural ends in s.
func (a *app) count(n int, vi, en string) string {
	if a.lang != "vi" && n != 1 {
		en += "s"
	}
	return fmt.Sprintf("%d %s", n, a.say(vi, en))
}

// banner says what the reader must know before the numbers: a notice, that nothing is signed.
func (a *app) banner(notice string, signed bool, parts ...string) {
	if !signed {
		parts = append([]string{a.say("chưa ký số", "unsigned")}, parts...)
	}
	if notice != "" {
		parts = append([]string{notice}, parts...)
	}
	if len(parts) > 0 {
		fmt.Fprintf(a.out, "[%s]\n", strings.Join(parts, " · "))
	}
}
