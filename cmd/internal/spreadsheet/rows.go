package spreadsheet

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strconv"
	"strings"
)

const (
	// MaxRows and MaxColumns are the size of a sheet in every spreadsheet.
	MaxRows    = 1_048_576
	MaxColumns = 16_384
	// maxCellBytes bounds a cell's text: spreadsheets have at most 32,767 characters.
	maxCellBytes = 4 * 32_767
	// maxMerged bounds the merged areas of a sheet.
	maxMerged = 100_000
)

// Row is a row that has cells.
type Row struct {
	Number int    // from 1
	Cells  []Cell // by column; empty cells are left out
}

// Kind is what a cell holds.
type Kind uint8

// The kinds of cells.
const (
	Text Kind = iota
	Number
	Bool  // Text is 1 or 0
	Error // Text is like #DIV/0!
)

// Cell is one cell that is not empty.
type Cell struct {
	Column  int    // from 1
	Text    string // of a number, the digits that were entered
	Kind    Kind
	Format  Format
	Formula bool // Text is what the formula came to, "" if the file does not say
}

// Area is a rectangle of cells that are merged; all from 1, all included.
type Area struct{ FirstColumn, FirstRow, LastColumn, LastRow int }

// Name is a cell's name: column 4 of row 7 is D7.
func Name(column, row int) string { return ColumnName(column) + strconv.Itoa(row) }

// ColumnName is a column's name: 4 is D.
func ColumnName(column int) string {
	const letters = 26
	name := ""
	for ; column > 0; column = (column - 1) / letters {
		name = string(rune('A'+(column-1)%letters)) + name
	}
	return name
}

// position reads a cell's name.
func position(name string) (column, row int, ok bool) {
	letters := 0
	for ; letters < len(name) && letters < 4 && name[letters] >= 'A' && name[letters] <= 'Z'; letters++ {
		column = column*26 + int(name[letters]-'A') + 1
	}
	row, err := strconv.Atoi(name[letters:])
	return column, row, err == nil && column > 0 && column <= MaxColumns && row > 0 && row <= MaxRows
}

// Rows are a sheet's rows in order. merged, if not nil, gets the merged areas at the end.
func (b *Book) Rows(s Sheet, merged *[]Area) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		part, err := b.open(s.part)
		if err != nil {
			yield(Row{}, err)
			return
		}
		defer part.Close()
		r := sheetReader{book: b, d: xml.NewDecoder(part), merged: merged}
		for {
			row, err := r.next()
			switch {
			case errors.Is(err, io.EOF):
				return
			case err != nil:
				yield(Row{}, fmt.Errorf("sheet %.80q, near row %d: %w; save the workbook anew", s.Name, r.row, err))
				return
			case len(row.Cells) > 0 && !yield(row, nil):
				return
			}
		}
	}
}

// sheetReader reads a sheet's part from front to back.
type sheetReader struct {
	book   *Book
	d      *xml.Decoder
	merged *[]Area
	inData bool
	row    int // the last one
}

// next is the next row, which may be empty; io.EOF at the end.
func (r *sheetReader) next() (Row, error) {
	for {
		token, err := r.d.Token()
		if err != nil {
			return Row{}, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch {
			case t.Name.Local == "sheetData":
				r.inData = true
			case t.Name.Local == "row" && r.inData:
				return r.readRow(t)
			case t.Name.Local == "mergeCell" && !r.inData:
				err = r.merge(attribute(t, "ref"))
			}
		case xml.EndElement:
			r.inData = r.inData && t.Name.Local != "sheetData"
		}
		if err != nil {
			return Row{}, err
		}
	}
}

func (r *sheetReader) merge(ref string) error {
	if r.merged == nil {
		return nil
	}
	first, last, _ := strings.Cut(ref, ":")
	var area Area
	var ok, okLast bool
	area.FirstColumn, area.FirstRow, ok = position(first)
	area.LastColumn, area.LastRow, okLast = position(last)
	if !ok || !okLast || len(*r.merged) == maxMerged {
		return fmt.Errorf("the merged area %.40q can't be read, or there are more than %d", ref, maxMerged)
	}
	*r.merged = append(*r.merged, area)
	return nil
}

func attribute(el xml.StartElement, name string) string {
	for _, a := range el.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (r *sheetReader) readRow(el xml.StartElement) (row Row, err error) {
	row.Number = r.row + 1
	if n := attribute(el, "r"); n != "" {
		if row.Number, err = strconv.Atoi(n); err != nil || row.Number <= r.row {
			return row, fmt.Errorf("row %.20q is out of order", n)
		}
	}
	if r.row = row.Number; row.Number > MaxRows {
		return row, fmt.Errorf("there are more than %d rows", MaxRows)
	}
	column := 0
	for {
		token, err := r.d.Token()
		if err != nil {
			return row, err
		}
		switch t := token.(type) {
		case xml.EndElement:
			return row, nil
		case xml.StartElement:
			if t.Name.Local != "c" {
				if err := r.d.Skip(); err != nil {
					return row, err
				}
				continue
			}
			cell, err := r.readCell(t, column+1)
			if err == nil && cell.Column <= column {
				err = errors.New("its columns are out of order")
			}
			if err != nil {
				return row, fmt.Errorf("cell %s: %w", Name(max(cell.Column, column+1), row.Number), err)
			}
			if column = cell.Column; cell.Text != "" || cell.Formula {
				row.Cells = append(row.Cells, cell)
			}
		}
	}
}

// readCell reads a cell; one that does not say where it is stands at the column given.
func (r *sheetReader) readCell(el xml.StartElement, column int) (c Cell, err error) {
	c.Column = column
	if name := attribute(el, "r"); name != "" {
		at, row, ok := position(name)
		if !ok || row != r.row {
			return c, fmt.Errorf("its name %.20q does not belong here", name)
		}
		c.Column = at
	}
	if style, err := strconv.Atoi(attribute(el, "s")); err == nil && style >= 0 && style < len(r.book.formats) {
		c.Format = r.book.formats[style]
	}
	value, inline := "", ""
	for {
		token, err := r.d.Token()
		if err != nil {
			return c, err
		}
		switch t := token.(type) {
		case xml.EndElement:
			err := r.book.value(&c, attribute(el, "t"), value, inline)
			if c.Column > MaxColumns {
				err = fmt.Errorf("there are more than %d columns", MaxColumns)
			}
			return c, err
		case xml.StartElement:
			switch t.Name.Local {
			case "v":
				value, err = plainText(r.d)
			case "is":
				inline, err = richText(r.d)
			case "f":
				c.Formula, err = true, r.d.Skip()
			default:
				err = r.d.Skip()
			}
			if err != nil {
				return c, err
			}
		}
	}
}

// value sets what a cell holds by the type it states.
func (b *Book) value(c *Cell, kind, value, inline string) error {
	switch kind {
	case "s":
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || n < 0 || n >= len(b.strings) {
			return fmt.Errorf("it refers to text %.20q, which is not there", value)
		}
		c.Text = b.strings[n]
	case "inlineStr":
		c.Text = inline
	case "str":
		c.Text = unescape(value)
	case "b":
		c.Kind, c.Text = Bool, value
	case "e":
		c.Kind, c.Text = Error, value
	case "d":
		c.Format, c.Text = Date, value
	default:
		c.Kind, c.Text = Number, entered(strings.TrimSpace(value))
	}
	return nil
}

// sheetDigits is how many digits of a number a spreadsheet shows and lets enter.
const sheetDigits = 15

// entered is a number as it was entered. Spreadsheets store it in up to 17 digits or with an exponent: 1.1000000000000001 is 1.1, 1E-3 is
// 0.001.
func entered(text string) string {
	if len(text) <= sheetDigits && !strings.ContainsAny(text, "Ee") {
		return text
	}
	x, err := strconv.ParseFloat(text, 64) // the workbook's number is one already; no sum is made with it
	if err != nil {
		return text // it is no number; who reads the cell says what it must be
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// unescape puts in the characters that a text can't have in XML and names as _x000D_.
func unescape(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	return escaped.ReplaceAllStringFunc(text, func(code string) string {
		n, err := strconv.ParseUint(code[2:6], 16, 16)
		if err != nil {
			return code
		}
		return string(rune(n))
	})
}
