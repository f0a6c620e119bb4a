package page

import "strings"

// Column is a column of a table.
type Column struct {
	W     int
	Align Align
}

// Cell is a cell of a row. Each of its spans starts a line of its own.
type Cell struct {
	Spans  []Span
	Across int    // columns that it covers; 0 is 1
	Align  *Align // nil: as the column's
}

// CellOf is a cell of one column.
func CellOf(spans ...Span) Cell { return Cell{Spans: spans} }

// Over is a cell of several columns, centred.
func Over(columns int, spans ...Span) Cell {
	center := Center
	return Cell{Spans: spans, Across: columns, Align: &center}
}

// Table is a table with a grid. Its header stands on each of its pages; a row that is higher than a page goes on on the next.
type Table struct {
	layout  *Layout
	columns []Column
	header  [][]Cell
	x       int
	height  int // of the header
}

const cellPadding = 1 * MM

// NewTable starts a table at the left margin, with room for its header and keep below it.
func (l *Layout) NewTable(keep int, columns []Column, header ...[]Cell) *Table {
	t := &Table{layout: l, columns: columns, x: l.Sheet.Left}
	for _, row := range header {
		row = t.bounded(row)
		_, h := t.wrap(row)
		t.header = append(t.header, row)
		t.height += h
	}
	l.Room(t.height + keep)
	t.putHeader()
	return t
}

// bounded is a header's row: its cells stand in the middle, and are not so high that nothing fits below them.
func (t *Table) bounded(row []Cell) []Cell {
	cells, center, column := make([]Cell, len(row)), Center, 0
	for i, c := range row {
		w := t.widthOf(c, column)
		column += max(1, c.Across)
		var spans []Span
		for _, sp := range c.Spans {
			spans = append(spans, sp.Style.Of(strings.Join(t.layout.Clip(w-2*cellPadding, maxCellLines, sp.Style, sp.S), " ")))
		}
		cells[i] = Cell{spans, c.Across, &center}
	}
	return cells
}

// widthOf is that of a cell whose first column is given.
func (t *Table) widthOf(c Cell, column int) int {
	w := 0
	for _, col := range t.columns[column : column+max(1, c.Across)] {
		w += col.W
	}
	return w
}

func (t *Table) putHeader() {
	for _, row := range t.header {
		lines, h := t.wrap(row)
		t.put(row, lines, h, true)
	}
}

// Row adds a row, on the next page if it does not fit on this one.
func (t *Table) Row(cells ...Cell) {
	l := t.layout
	lines, h := t.wrap(cells)
	if !l.fits(h) && (l.Y > l.Sheet.Top+t.height || len(l.Pages) == 0) && (h <= l.Sheet.Bottom-l.Sheet.Top-t.height || !l.fits(minPart)) {
		l.NewPage()
		t.putHeader()
	}
	for !l.fits(h) { // higher than a page
		part, rest := split(lines, l.Sheet.Bottom-l.Y-2*cellPadding)
		t.put(cells, part, l.Sheet.Bottom-l.Y, false)
		lines, h = rest, heightOf(rest)
		l.NewPage()
		t.putHeader()
	}
	t.put(cells, lines, h, false)
}

// Keep starts a new page where h does not fit below the rows so far.
func (t *Table) Keep(h int) {
	if !t.layout.fits(h) {
		t.layout.NewPage()
		t.putHeader()
	}
}

// minPart is the least height of a row's part.
const minPart = 20 * MM

// wrap breaks the cells of a row into lines, and gives the row's height.
func (t *Table) wrap(cells []Cell) ([][]line, int) {
	lines := make([][]line, len(cells))
	column := 0
	for i, c := range cells {
		w := t.widthOf(c, column) - 2*cellPadding
		column += max(1, c.Across)
		for _, sp := range c.Spans {
			lines[i] = append(lines[i], t.layout.flow(w, w, []Span{sp})...)
		}
	}
	return lines, heightOf(lines)
}

func heightOf(cells [][]line) int {
	most := 0
	for _, lines := range cells {
		h := 0
		for _, ln := range lines {
			h += ln.lead()
		}
		most = max(most, h)
	}
	return most + 2*cellPadding
}

// split parts cells at height h: at least a line of each goes into the first part.
func split(cells [][]line, h int) (part, rest [][]line) {
	part, rest = make([][]line, len(cells)), make([][]line, len(cells))
	for i, lines := range cells {
		n, used := 0, 0
		for n < len(lines) && (n == 0 || used+lines[n].lead() <= h) {
			used += lines[n].lead()
			n++
		}
		part[i], rest[i] = lines[:n], lines[n:]
	}
	return part, rest
}

// put draws a row that fits.
func (t *Table) put(cells []Cell, lines [][]line, h int, header bool) {
	l := t.layout
	x, column := t.x, 0
	for i, c := range cells {
		w, align := t.widthOf(c, column), t.columns[column].Align
		if c.Align != nil {
			align = *c.Align
		}
		column += max(1, c.Across)
		l.Box(Box{X: x, Y: l.Y, W: w, H: h, Shaded: header})
		y := l.Y + cellPadding
		if header {
			y = l.Y + (h-heightOf(lines[i:i+1]))/2 + cellPadding
		}
		for _, ln := range lines[i] {
			l.putLine(x+cellPadding, w-2*cellPadding, y, align, ln, true)
			y += ln.lead()
		}
		x += w
	}
	l.Y += h
}
