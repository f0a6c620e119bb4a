package papers

import "campaignledger/cmd/internal/page"

// left, center and right are columns of so many millimetres.
func left(mm int) page.Column   { return page.Column{W: mm * page.MM, Align: page.Left} }
func center(mm int) page.Column { return page.Column{W: mm * page.MM, Align: page.Center} }
func right(mm int) page.Column  { return page.Column{W: mm * page.MM, Align: page.Right} }

// header is a table's row of names.
func header(names ...string) []page.Cell { return row(cellStrong, names) }

// cells is a row of plain texts.
func cells(texts ...string) []page.Cell { return row(cell, texts) }

func row(st page.Style, texts []string) []page.Cell {
	cells := make([]page.Cell, 0, len(texts))
	for _, s := range texts {
		cells = append(cells, page.CellOf(st.Of(s)))
	}
	return cells
}
