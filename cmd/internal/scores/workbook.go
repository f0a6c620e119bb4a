package scores

import (
	"strings"

	"campaignledger/cmd/internal/spreadsheet"
	"campaignledger/cmd/internal/workbook"
	"campaignledger/events"
)

// readWorkbook reads a score workbook: each filled cell is a row. Where cells have decimal commas all that are text have, as in CSV.
func (f *File) readWorkbook(x *spreadsheet.Book) error {
	book, entries, err := workbook.Read(x, MaxRows)
	if err != nil {
		return err
	}
	f.Workbook, f.Separator = book, ';' // rejected rows open in a spreadsheet of either language
	f.Header = []string{"cluster", "unit", "criterion", "level", "scorer", "points", "actual", "place", "mark"}
	f.Rows = make([]Row, 0, len(entries))
	d := newDialect(true)
	for _, e := range entries {
		f.Rows = append(f.Rows, f.workbookRow(e, d))
	}
	return nil
}

// markColumn is the column that a kind of mark stands in.
func markColumn(kind events.MarkKind) string {
	switch kind {
	case events.MarkPoints:
		return "points"
	case events.MarkActual:
		return "actual"
	case events.MarkPlace:
		return "place"
	}
	return "mark"
}

func (f *File) workbookRow(e workbook.Entry, d *dialect) Row {
	row := Row{Number: len(f.Rows) + 1, Line: e.Row, Sheet: e.Sheet, Cell: e.Cell}
	column, value := markColumn(e.Kind), e.Text
	switch e.Kind {
	case events.MarkAbstained:
		value = "abstained"
	case events.MarkRecused:
		value = "recused"
	}
	c := cells{"cluster": f.Workbook.Cluster, "unit": e.Unit, "criterion": e.Criterion, "level": e.Level, "scorer": f.Workbook.Scorer, column: value}
	switch {
	case e.Problem != "":
		row.Err = &CellError{column, e.Problem}
	case e.Typed:
		row.Err = d.note(c)
	}
	if row.Err == nil {
		row.Proposal, row.Err = c.proposal(e.Typed)
	}
	if number, err := readNumber(value, e.Typed); err == nil {
		c[column] = strings.Replace(number.String(), ".", ",", 1) // one kind of decimals for the rejected rows
	}
	for _, name := range f.Header {
		row.Cells = append(row.Cells, c[name])
	}
	return row
}
