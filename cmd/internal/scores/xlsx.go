package scores

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// maxUnzippedBytes bounds what a workbook may unpack to.
const maxUnzippedBytes = 1 << 30

// readXLSX reads the first sheet of a workbook: a header row and data rows, as in CSV. Numbers are taken as the workbook stores them,
// whatever format it shows them in.
func (f *File) readXLSX(content []byte) error {
	book, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnzippedBytes})
	if err != nil {
		return fmt.Errorf("%w; save it as an Excel workbook (.xlsx) or as CSV", err)
	}
	defer book.Close()
	sheet := book.GetSheetName(0)
	rows, err := book.GetRows(sheet)
	if err != nil {
		return fmt.Errorf("sheet %s: %w", sheet, err)
	}
	if len(rows) == 0 {
		return ErrEmpty
	}
	if f.Header, err = checkHeader(rows[0]); err != nil {
		return fmt.Errorf("sheet %s, header row: %w", sheet, err)
	}
	d := newDialect(false)
	for i, cells := range rows[1:] {
		if blank(cells) {
			continue
		}
		for len(cells) < len(f.Header) {
			cells = append(cells, "") // empty cells at a row's end are not stored
		}
		for column, text := range cells {
			if cells[column], err = storedNumber(book, sheet, column+1, i+2, text); err != nil {
				return err
			}
		}
		f.Rows = append(f.Rows, f.csvRow(cells, i+2, d))
	}
	return nil
}

// sheetDigits is how many digits of a number a spreadsheet shows and lets enter.
const sheetDigits = 15

// storedNumber is a cell's text; where that is a number as a spreadsheet stores it, in up to 17 digits or with an exponent
// (1.1000000000000001, 1E-3), it is the number that was entered (1.1, 0.001). Column and row count from 1.
func storedNumber(book *excelize.File, sheet string, column, row int, text string) (string, error) {
	if len(text) <= sheetDigits && !strings.Contains(text, "E") {
		return text, nil
	}
	cell, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		return "", err
	}
	kind, err := book.GetCellType(sheet, cell)
	if err != nil || kind != excelize.CellTypeNumber && kind != excelize.CellTypeUnset {
		return text, err
	}
	x, err := strconv.ParseFloat(text, 64) // the workbook's number is one already; no sum is made with it
	if err != nil {
		return text, nil //nolint:nilerr // it is no number; its column says what it must be
	}
	return strconv.FormatFloat(x, 'f', -1, 64), nil
}
