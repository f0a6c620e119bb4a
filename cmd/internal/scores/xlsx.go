package scores

import (
	"bytes"
	"fmt"

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
	for i, cells := range rows[1:] {
		if len(cells) == 0 {
			continue // an empty row
		}
		for len(cells) < len(f.Header) {
			cells = append(cells, "") // empty cells at a row's end are not stored
		}
		f.Rows = append(f.Rows, f.csvRow(cells, i+2, &decimalKind{}))
	}
	return nil
}
