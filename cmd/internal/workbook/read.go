package workbook

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"campaignledger/cmd/internal/spreadsheet"
	"campaignledger/events"
)

const (
	// maxGridRows bounds a level's sheet: the leaves and groups of the largest set, their targets, and as much again.
	maxGridRows = 32_768
	// maxHeaderRow bounds what may stand above the header row.
	maxHeaderRow = 100
	// maxLevels is that of a regulation.
	maxLevels = 64
	// maxFacts bounds the hidden sheet: 10,000 units, 5,000 leaves and their groups, 64 levels.
	maxFacts = 100_000
)

// Entry is a filled cell.
type Entry struct {
	Sheet, Cell            string
	Row                    int // of the sheet, from 1
	Level, Criterion, Unit string
	Kind                   events.MarkKind // of a number, what the leaf takes
	Text                   string          // the number, as text; "" for an absence
	Typed                  bool            // it is text, and may have a decimal comma
	Problem                string          // why the cell can't be read; "" if it can
}

// Place is how people find the cell.
func Place(sheet, cell string) string { return "sheet " + sheet + ", cell " + cell }

// Recognised reports whether a workbook is one of this format, of any version.
func Recognised(x *spreadsheet.Book) bool { return sheetOf(x, metaSheet) != nil }

func sheetOf(x *spreadsheet.Book, name string) *spreadsheet.Sheet {
	for i := range x.Sheets {
		if strings.EqualFold(x.Sheets[i].Name, name) {
			return &x.Sheets[i]
		}
	}
	return nil
}

// Read reads a workbook that is Recognised: what it says of itself, and at most limit filled cells in the order of their data rows. An error
// is of the workbook as a whole; a cell's is in its Problem.
func Read(x *spreadsheet.Book, limit int) (*Book, []Entry, error) {
	b, err := readFacts(x)
	if err != nil {
		return nil, nil, err
	}
	known := map[string]bool{strings.ToLower(metaSheet): true, strings.ToLower(b.Info): true}
	for _, l := range b.Levels {
		known[strings.ToLower(l.Sheet)] = true
	}
	for _, s := range x.Sheets {
		if !known[strings.ToLower(s.Name)] {
			return nil, nil, fmt.Errorf("sheet %.60q is not one of the workbook; remove it, or give it its old name back", s.Name)
		}
	}
	var entries []Entry
	for _, l := range b.Levels {
		sheet := sheetOf(x, l.Sheet)
		if sheet == nil {
			continue // a sheet that was removed has no marks
		}
		g := newGrid(b, l)
		if err := g.read(x, *sheet, limit-len(entries)); err != nil {
			return nil, nil, err
		}
		entries = append(entries, g.entries...)
	}
	return b, entries, nil
}

// errDamaged: the hidden sheet is not as the program wrote it.
var errDamaged = errors.New("the hidden sheet " + metaSheet + " was changed; make the workbook anew (campaign export CAMPAIGN --workbook) and copy the values over")

// readFacts reads the hidden sheet.
func readFacts(x *spreadsheet.Book) (*Book, error) {
	b := &Book{}
	n := 0
	for row, err := range x.Rows(*sheetOf(x, metaSheet), nil) {
		if err != nil {
			return nil, err
		}
		if n++; n > maxFacts {
			return nil, errDamaged
		}
		var fact [5]string
		for _, c := range row.Cells {
			if c.Column > len(fact) || c.Formula {
				return nil, errDamaged
			}
			fact[c.Column-1] = c.Text
		}
		if (n == 1) != (fact[0] == "format") {
			return nil, errDamaged
		}
		if err := b.take(fact); err != nil {
			return nil, err
		}
	}
	if !events.ValidID(b.Campaign) || !events.ValidID(b.Cluster) || !events.ValidID(b.Scorer) || b.Info == "" || b.Seq == 0 || b.Regulation == 0 || len(b.Levels) > maxLevels {
		return nil, errDamaged
	}
	return b, nil
}

// take reads one fact.
func (b *Book) take(fact [5]string) (err error) {
	value := fact[1]
	switch fact[0] {
	case "format":
		if value != formatName || fact[2] != strconv.Itoa(formatVersion) {
			return fmt.Errorf("the workbook is of format %.60q, version %.20q, and this program reads %s, version %d; make it anew (campaign export CAMPAIGN --workbook) "+
				"and copy the values over", value, fact[2], formatName, formatVersion)
		}
	case "campaign":
		b.Campaign = value
	case "genesis":
		b.Genesis = value
	case "cluster":
		b.Cluster = value
	case "scorer":
		b.Scorer = value
	case "regulation":
		b.Regulation, err = strconv.Atoi(value)
	case "seq":
		var n uint64
		n, err = strconv.ParseUint(value, 10, 63)
		b.Seq = events.Seq(n)
	case "info":
		b.Info = value
	case "unit":
		b.Units = append(b.Units, value)
	case "level":
		if slices.ContainsFunc(b.Levels, func(l Level) bool { return l.ID == value || strings.EqualFold(l.Sheet, fact[2]) }) {
			return errDamaged
		}
		b.Levels = append(b.Levels, Level{value, fact[2]})
	case "criterion":
		c := Criterion{ID: value, Method: events.Method(fact[2])}
		c.Min, err = bound(fact[3])
		if err == nil {
			c.Max, err = bound(fact[4])
		}
		b.Criteria = append(b.Criteria, c)
	default:
		return errDamaged
	}
	if err != nil {
		return errDamaged
	}
	return nil
}

func bound(text string) (events.Bound, error) {
	if text == "" {
		return events.Bound{}, nil
	}
	value, err := events.ParseDecimal(text)
	return events.Bound{Value: value, Set: true}, err
}

// grid is a level's sheet as it is read.
type grid struct {
	book     *Book
	level    Level
	methods  map[string]events.Method // by criterion
	isUnit   map[string]bool
	corner   int            // its column; 0 until the header row was met
	units    map[int]string // by column
	info     map[int]bool   // the columns that tell of criteria
	above    map[int]int    // the row of a criterion id that stands above the header row, by its column
	where    map[string]int // the row of a criterion, the column of a unit
	entries  []Entry
	columnOf []int // of entries
}

func newGrid(b *Book, l Level) *grid {
	g := &grid{book: b, level: l, methods: map[string]events.Method{}, isUnit: map[string]bool{}, units: map[int]string{}, info: map[int]bool{}, above: map[int]int{}, where: map[string]int{}}
	for _, c := range b.Criteria {
		g.methods[c.ID] = c.Method
	}
	for _, u := range b.Units {
		g.isUnit[u] = true
	}
	return g
}

// wrong is an error that names a cell of the sheet.
func (g *grid) wrong(column, row int, format string, args ...any) error {
	return fmt.Errorf("%s: %s", Place(g.level.Sheet, spreadsheet.Name(column, row)), fmt.Sprintf(format, args...))
}

func (g *grid) read(x *spreadsheet.Book, s spreadsheet.Sheet, limit int) error {
	var merged []spreadsheet.Area
	for row, err := range x.Rows(s, &merged) {
		switch {
		case err != nil:
			return err
		case row.Number > maxGridRows:
			return fmt.Errorf("sheet %s: row %d has cells, and a workbook has at most %d rows; remove what is below the criteria", s.Name, row.Number, maxGridRows)
		case g.corner > 0:
			err = g.readRow(row)
		default:
			err = g.readHeader(row)
		}
		if err != nil {
			return err
		}
		if len(g.entries) > limit {
			return fmt.Errorf("sheet %s: the workbook has more marks than a file may have rows; split it by levels", s.Name)
		}
	}
	if g.corner == 0 {
		return fmt.Errorf("sheet %s: no cell of its first %d rows says %q; put the header row back", s.Name, maxHeaderRow, wordCorner.en)
	}
	g.refuseMerged(merged)
	return nil
}

// readHeader looks for the corner in a row, and reads the unit ids to its right.
func (g *grid) readHeader(row spreadsheet.Row) error {
	if row.Number > maxHeaderRow {
		return nil
	}
	for _, c := range row.Cells {
		text := tidy(c.Text)
		switch {
		case g.corner == 0 && wordCorner.is(text):
			if g.corner = c.Column; g.above[c.Column] > 0 {
				return g.wrong(c.Column, g.above[c.Column], "a criterion stands above the header row; move its row below")
			}
		case g.corner == 0 && g.methods[text] != "":
			g.above[c.Column] = row.Number
		case g.corner == 0 || text == "":
		case isInfo(text):
			g.info[c.Column] = true
		case !g.isUnit[text] || c.Formula:
			return g.wrong(c.Column, row.Number, "%.60q is not a unit of the workbook; put the unit's id back", text)
		case g.where[text] > 0:
			return g.wrong(c.Column, row.Number, "unit %s has column %s already; remove one", text, spreadsheet.ColumnName(g.where[text]))
		default:
			g.where[text], g.units[c.Column] = c.Column, text
		}
	}
	clear(g.where) // from here on it holds criteria
	return nil
}

// readRow reads a row below the header row.
func (g *grid) readRow(row spreadsheet.Row) error {
	id := ""
	for _, c := range row.Cells {
		if c.Column == g.corner {
			id = tidy(c.Text)
		}
	}
	if leaf, ok := strings.CutSuffix(id, targetSuffix); ok && g.methods[leaf] == events.MethodTarget {
		return nil
	}
	method, known := g.methods[id]
	if id != "" && !known {
		return g.wrong(g.corner, row.Number, "%.60q is not a criterion of the workbook; put the criterion's id back", id)
	}
	if g.where[id] > 0 && id != "" {
		return g.wrong(g.corner, row.Number, "criterion %s has row %d already; remove one", id, g.where[id])
	}
	g.where[id] = row.Number
	for _, c := range row.Cells {
		unit := g.units[c.Column]
		switch {
		case c.Column <= g.corner || tidy(c.Text) == "" && !c.Formula:
		case unit == "" && known && !g.info[c.Column]:
			return g.wrong(c.Column, row.Number, "there is no unit above this cell; empty it, or put the unit's id back into the header row")
		case unit == "":
		case id == "":
			return g.wrong(c.Column, row.Number, "there is no criterion beside this cell; empty it, or put the criterion's id back into column %s",
				spreadsheet.ColumnName(g.corner))
		case method == events.MethodGroup:
			return g.wrong(c.Column, row.Number, "%s is a group and takes no marks; empty the cell", id)
		default:
			g.add(c, row.Number, id, unit, method)
		}
	}
	return nil
}

func (g *grid) add(c spreadsheet.Cell, row int, criterion, unit string, method events.Method) {
	e := Entry{Sheet: g.level.Sheet, Cell: spreadsheet.Name(c.Column, row), Row: row, Level: g.level.ID, Criterion: criterion, Unit: unit, Kind: Kind(method)}
	text := tidy(c.Text)
	kind, absent := absence(text)
	switch {
	case c.Formula:
		e.Problem = "the cell holds a formula; paste its value (Paste Special, Values)"
	case c.Kind == spreadsheet.Error:
		e.Problem = fmt.Sprintf("the cell holds the error %.20s; write a number", text)
	case c.Kind == spreadsheet.Bool:
		e.Problem = "the cell holds TRUE or FALSE; write 1 or 0"
	case c.Format == spreadsheet.Date:
		e.Problem = "the cell holds a date or a time; give it the number format and enter the number again"
	case c.Format == spreadsheet.Percent && c.Kind == spreadsheet.Number:
		e.Problem = "the cell holds a percentage; give it the number format and enter the number again"
	case absent:
		e.Kind = kind
	default:
		e.Text, e.Typed = text, c.Kind == spreadsheet.Text
	}
	g.entries, g.columnOf = append(g.entries, e), append(g.columnOf, c.Column)
}

// refuseMerged makes bad the marks that stand for several cells: whether they are of one or of all is anybody's guess. Cost: the areas that
// reach more than one cell of marks, times the marks.
func (g *grid) refuseMerged(areas []spreadsheet.Area) {
	at := map[[2]int]int{}
	for i, e := range g.entries {
		at[[2]int{g.columnOf[i], e.Row}] = i
	}
	for _, a := range areas {
		if i, ok := at[[2]int{a.FirstColumn, a.FirstRow}]; ok && (a.LastColumn > a.FirstColumn || a.LastRow > a.FirstRow) {
			g.entries[i].Problem = "the cell is merged with others; unmerge them, and fill in each"
		}
	}
}

// tidy trims a cell and brings its text into NFC.
func tidy(text string) string { return norm.NFC.String(strings.TrimSpace(text)) }
