package scores

import (
	"fmt"

	"campaignledger/cmd/internal/spreadsheet"
	"campaignledger/cmd/internal/workbook"
)

// readXLSX reads a score workbook that the program made, or else the first sheet of a workbook: a header row and data rows, as in CSV.
// Numbers are taken as they were entered, whatever format the workbook shows them in.
func (f *File) readXLSX(content []byte) error {
	book, err := spreadsheet.Open(content)
	if err != nil {
		return err
	}
	if workbook.Recognised(book) {
		return f.readWorkbook(book)
	}
	sheet := book.Sheets[0]
	d := newDialect(false)
	for row, err := range book.Rows(sheet, nil) {
		if err != nil {
			return err
		}
		cells := rowTexts(row, len(f.Header))
		switch {
		case f.Header == nil:
			if f.Header, err = checkHeader(cells); err != nil {
				return fmt.Errorf("sheet %s, header row: %w", sheet.Name, err)
			}
		case !blank(cells):
			f.Rows = append(f.Rows, f.csvRow(cells, row.Number, d))
		}
		if len(f.Rows) > MaxRows {
			return ErrTooManyRows
		}
	}
	return nil
}

// rowTexts are a row's texts by column, as many as the header has: empty cells are not stored. A row that goes on beyond has one more, and
// without a header it has as many as it has.
func rowTexts(row spreadsheet.Row, header int) []string {
	n := header
	if last := row.Cells[len(row.Cells)-1].Column; header == 0 {
		n = last
	} else if last > header {
		n = header + 1
	}
	texts := make([]string, n)
	for _, c := range row.Cells {
		texts[min(c.Column, n)-1] = c.Text
	}
	return texts
}
