package scores

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// leastRowBytes is what a row has at least, "c,u,I,l,s,1" and its line feed: blank lines must not cost the memory of rows.
const leastRowBytes = 12

// readCSV reads comma- or semicolon-separated rows below a header row.
func (f *File) readCSV(content []byte) error {
	firstLine := 1
	if line, rest, _ := bytes.Cut(content, []byte{'\n'}); bytes.HasPrefix(bytes.ToLower(line), []byte("sep=")) {
		content, firstLine = rest, 2 // spreadsheets name the separator this way
	}
	separator, err := detectSeparator(content)
	if err != nil {
		return err
	}
	f.Separator = separator
	r := csv.NewReader(bytes.NewReader(content))
	r.Comma, r.FieldsPerRecord = separator, -1
	header, err := r.Read()
	if err != nil {
		return csvError(err, firstLine)
	}
	if f.Header, err = checkHeader(header); err != nil {
		return fmt.Errorf("header row: %w", err)
	}
	f.Rows = make([]Row, 0, min(bytes.Count(content, []byte{'\n'}), len(content)/leastRowBytes))
	d := newDialect(separator == ';')
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return csvError(err, firstLine)
		}
		if blank(record) {
			continue
		}
		line, _ := r.FieldPos(0)
		f.Rows = append(f.Rows, f.csvRow(record, line+firstLine-1, d))
	}
}

func csvError(err error, firstLine int) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return fmt.Errorf("line %d, column %d: %w; quote cells that hold quotes, separators or line feeds, and double the quotes inside",
			parse.Line+firstLine-1, parse.Column, parse.Err)
	}
	return err
}

func detectSeparator(content []byte) (rune, error) {
	line, _, _ := bytes.Cut(content, []byte{'\n'})
	switch {
	case bytes.Contains(line, []byte{';'}):
		return ';', nil
	case bytes.Contains(line, []byte{','}):
		return ',', nil
	case bytes.Contains(line, []byte{'\t'}):
		return 0, errors.New("the header row has tabs; separate columns by commas or semicolons")
	}
	return 0, fmt.Errorf("the header row %q has neither commas nor semicolons; it names the columns: %s", shorten(string(line)),
		strings.Join(Columns()[:6], ","))
}

func shorten(s string) string {
	const most = 60
	if r := []rune(strings.TrimSpace(s)); len(r) > most {
		return string(r[:most]) + "…"
	}
	return strings.TrimSpace(s)
}

// checkHeader brings the column names into lower case and refuses unknown, doubled and missing ones.
func checkHeader(header []string) ([]string, error) {
	names := make([]string, 0, len(header))
	for i, cell := range header {
		name := strings.ToLower(clean(cell))
		switch {
		case name == "":
			return nil, fmt.Errorf("column %d has no name; name it or leave the column out", i+1)
		case !slices.Contains(Columns(), name):
			return nil, fmt.Errorf("unknown column %q; the columns are %s", name, strings.Join(Columns(), ", "))
		case slices.Contains(names, name):
			return nil, fmt.Errorf("column %s stands twice; leave one out", name)
		}
		names = append(names, name)
	}
	for _, name := range []string{"cluster", "unit", "criterion", "scorer"} {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("column %s is missing; add it", name)
		}
	}
	has := func(name string) bool { return slices.Contains(names, name) }
	marks := slices.ContainsFunc([]string{"points", "actual", "place", "mark"}, has)
	switch {
	case !marks && !has("target"):
		return nil, errors.New("one of the columns points, actual, place, mark and target is needed")
	case marks && !has("level"):
		return nil, errors.New("column level is missing; add it (it is left empty for targets only)")
	}
	return names, nil
}

// dialect is how a file writes its rows: a semicolon-separated file has decimal points or commas, one kind a file.
type dialect struct {
	semicolons, point, comma bool
	cells                    cells // of the row under way, used again for the next
}

func newDialect(semicolons bool) *dialect { return &dialect{semicolons: semicolons, cells: cells{}} }

// note takes a row's numbers into account.
func (k *dialect) note(c cells) error {
	for _, column := range []string{"points", "actual", "place", "target"} {
		k.point = k.point || strings.Contains(c[column], ".")
		k.comma = k.comma || strings.Contains(c[column], ",")
		if k.semicolons && k.point && k.comma && strings.ContainsAny(c[column], ".,") {
			return &CellError{column, fmt.Sprintf("%q: the file has decimal points and decimal commas; use one kind, and no thousands marks", c[column])}
		}
	}
	return nil
}

// blank reports whether a row is nothing but separators: spreadsheets leave such rows behind, and they don't count.
func blank(cells []string) bool { return strings.TrimSpace(strings.Join(cells, "")) == "" }

func (f *File) csvRow(record []string, line int, d *dialect) Row {
	row := Row{Number: len(f.Rows) + 1, Line: line, Cells: record}
	if len(record) != len(f.Header) {
		row.Err = &CellError{"", fmt.Sprintf("the row has %d cells, the header %d; quote cells that hold a separator, and keep empty ones",
			len(record), len(f.Header))}
		return row
	}
	c := d.cells
	for i, name := range f.Header {
		c[name] = clean(record[i])
	}
	if row.Err = d.note(c); row.Err == nil {
		row.Proposal, row.Err = c.proposal(d.semicolons)
	}
	return row
}
