package spreadsheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Table is a table for a spreadsheet.
type Table struct {
	Name    string     // of its sheet
	About   [][]string // lines above it
	Columns []Column
	Rows    iter.Seq2[[]string, error]
}

// Column is a column of a table.
type Column struct {
	Name    string
	Numbers bool    // its numbers are number cells, with the places they are written with
	Width   float64 // in characters; 0 for as much as its name needs
}

// Given are rows that are at hand.
func Given(rows [][]string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// WriteCSV writes tables one below the other, as UTF-8 with a byte order mark, which Excel needs to read Vietnamese.
func WriteCSV(w io.Writer, tables []Table) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	for i, t := range tables {
		var above [][]string
		if i > 0 {
			above = [][]string{{""}}
		}
		var names []string
		for _, column := range t.Columns {
			names = append(names, column.Name)
		}
		for _, row := range append(append(above, t.About...), names) {
			if err := c.Write(SafeRow(row)); err != nil {
				return err
			}
		}
		for row, err := range t.Rows {
			if err != nil {
				return err
			}
			if err := c.Write(SafeRow(row)); err != nil {
				return err
			}
		}
	}
	c.Flush()
	return c.Error()
}

// WriteXLSX writes a workbook of one sheet for each table.
func WriteXLSX(w io.Writer, tables []Table) error {
	x := excelize.NewFile()
	defer x.Close()
	p := tablePrinter{x: x, places: map[int]int{}}
	var err error
	if p.head, err = x.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"D9D9D9"}},
		Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}); err != nil {
		return err
	}
	for i, t := range tables {
		if i == 0 {
			err = x.SetSheetName(x.GetSheetName(0), t.Name)
		} else {
			_, err = x.NewSheet(t.Name)
		}
		if err == nil {
			err = p.write(t)
		}
		if err != nil {
			return fmt.Errorf("sheet %s: %w", t.Name, err)
		}
	}
	return x.Write(w)
}

// tablePrinter writes tables into a workbook, row by row, so that a long history takes no more memory than its packed bytes.
type tablePrinter struct {
	x      *excelize.File
	head   int
	places map[int]int // styles of numbers by their places
}

// errTooManyRows: a sheet has MaxRows at most.
var errTooManyRows = errors.New("there are more rows than a sheet takes; choose less, or use -o csv of the command that shows it")

func (p *tablePrinter) write(t Table) error {
	if err := FitPage(p.x, t.Name, len(t.Columns)); err != nil {
		return err
	}
	s, err := p.x.NewStreamWriter(t.Name)
	if err != nil {
		return err
	}
	for i, column := range t.Columns {
		const pad, least = 2, 8
		width := column.Width
		if width == 0 {
			width = float64(max(utf8.RuneCountInString(column.Name)+pad, least))
		}
		if err := s.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	header := len(t.About) + 1
	if err := s.SetPanes(&excelize.Panes{Freeze: true, YSplit: header, TopLeftCell: Name(1, header+1), ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, line := range t.About {
		if err := s.SetRow(Name(1, i+1), p.cells(line, nil)); err != nil {
			return err
		}
	}
	names := make([]any, len(t.Columns))
	for i, column := range t.Columns {
		names[i] = excelize.Cell{StyleID: p.head, Value: Safe(column.Name)}
	}
	if err := s.SetRow(Name(1, header), names); err != nil {
		return err
	}
	row := header
	for cells, err := range t.Rows {
		if err != nil {
			return err
		}
		if row++; row > MaxRows {
			return errTooManyRows
		}
		if err := s.SetRow(Name(1, row), p.cells(cells, t.Columns)); err != nil {
			return err
		}
	}
	return s.Flush()
}

// FitPage lets a sheet be printed in landscape, as wide as the paper as long as that can be read.
func FitPage(x *excelize.File, sheet string, columns int) error {
	const readable = 30 // columns
	fit, wide, high, a4, landscape := columns <= readable, 1, 0, 9, "landscape"
	if err := x.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	return x.SetPageLayout(sheet, &excelize.PageLayoutOptions{Size: &a4, Orientation: &landscape, FitToWidth: &wide, FitToHeight: &high})
}

// cells are a row's cells: text, but for the numbers of columns that have numbers.
func (p *tablePrinter) cells(row []string, columns []Column) []any {
	cells := make([]any, len(row))
	for i, text := range row {
		if text == "" {
			continue
		}
		cells[i] = Safe(text)
		if i < len(columns) && columns[i].Numbers && FitsNumber(text) {
			if x, err := strconv.ParseFloat(text, 64); err == nil { // 15 digits come back from it as they are
				cells[i] = excelize.Cell{StyleID: p.style(text), Value: x}
			}
		}
	}
	return cells
}

// style shows a number with the places that it is written with.
func (p *tablePrinter) style(text string) int {
	_, fraction, _ := strings.Cut(text, ".")
	places := len(fraction)
	if id, ok := p.places[places]; ok {
		return id
	}
	format := "0"
	if places > 0 {
		format += "." + strings.Repeat("0", places)
	}
	id, err := p.x.NewStyle(&excelize.Style{CustomNumFmt: &format})
	if err != nil {
		id = 0 // the number is shown without the zeros at its end
	}
	p.places[places] = id
	return id
}
