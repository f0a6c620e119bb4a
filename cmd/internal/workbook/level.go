package workbook

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"campaignledger/cmd/internal/spreadsheet"
	"campaignledger/events"
)

// Where things stand in a level's sheet as it is made.
const (
	titlesRow = 3
	headerRow = 4
	idColumn  = 1
	firstUnit = 5
	groupInks = 3 // shades of groups by depth; deeper ones share the last
)

// printer writes a workbook; after its first error it writes nothing.
type printer struct {
	Content
	x      *excelize.File
	nodes  []Node
	styles styles
	err    error
}

type styles struct {
	title, line, head, unit, info, open, closed, target int
	groups                                              [groupInks]int
}

func (p *printer) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// makeStyles makes the styles of all sheets.
func (p *printer) makeStyles() error {
	const grey, pale, line = "D9D9D9", "F2F2F2", "BFBFBF"
	border := []excelize.Border{{Type: "left", Color: line, Style: 1}, {Type: "right", Color: line, Style: 1}, {Type: "top", Color: line, Style: 1}, {Type: "bottom", Color: line, Style: 1}}
	fill := func(colour string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
	}
	wrapped := &excelize.Alignment{WrapText: true, Vertical: "top"}
	middle := &excelize.Alignment{WrapText: true, Vertical: "center", Horizontal: "center"}
	bold := &excelize.Font{Bold: true}
	all := []struct {
		id    *int
		style excelize.Style
	}{
		{&p.styles.title, excelize.Style{Font: &excelize.Font{Bold: true, Size: 14}, Alignment: &excelize.Alignment{Vertical: "top"}}},
		{&p.styles.line, excelize.Style{Alignment: wrapped}},
		{&p.styles.head, excelize.Style{Font: bold, Fill: fill(grey), Border: border, Alignment: wrapped}},
		{&p.styles.unit, excelize.Style{Font: bold, Fill: fill(grey), Border: border, Alignment: middle}},
		{&p.styles.info, excelize.Style{Border: border, Alignment: wrapped}},
		{&p.styles.open, excelize.Style{Border: border, Alignment: &excelize.Alignment{Vertical: "top"}, Protection: &excelize.Protection{Locked: false}}},
		{&p.styles.closed, excelize.Style{Border: border, Fill: fill("BFBFBF")}},
		{&p.styles.target, excelize.Style{Border: border, Font: &excelize.Font{Italic: true, Color: "595959"}, Fill: fill(pale), Alignment: wrapped}},
	}
	for i, colour := range [groupInks]string{"BDD7EE", "DDEBF7", "EEF5FB"} {
		all = append(all, struct {
			id    *int
			style excelize.Style
		}{&p.styles.groups[i], excelize.Style{Font: bold, Border: border, Fill: fill(colour), Alignment: wrapped}})
	}
	for i := range all {
		id, err := p.x.NewStyle(&all[i].style)
		if err != nil {
			return err
		}
		*all[i].id = id
	}
	return nil
}

// text writes a text cell.
func (p *printer) text(sheet string, column, row int, text string, style int) {
	if p.err != nil {
		return
	}
	cell := spreadsheet.Name(column, row)
	p.fail(p.x.SetCellStr(sheet, cell, text))
	if style != 0 {
		p.fail(p.x.SetCellStyle(sheet, cell, cell, style))
	}
}

// The widths of columns, in characters.
const (
	idWidth     = 20
	titleWidth  = 44
	methodWidth = 24
	maxWidth    = 9
	unitWidth   = 16
)

// heighten makes a row high enough for its wrapped texts: not every spreadsheet does so by itself.
func (p *printer) heighten(sheet string, row int, texts map[int]string) {
	const lineHeight, mostLines = 15, 20
	lines := 1
	for width, text := range texts {
		used, needed := 0, 1
		for word := range strings.FieldsSeq(text) {
			n := utf8.RuneCountInString(word) + 1
			if used += n; used > width && used > n {
				needed, used = needed+1, n
			}
		}
		lines = max(lines, needed)
	}
	if lines > 1 {
		p.fail(p.x.SetRowHeight(sheet, row, lineHeight*float64(min(lines, mostLines))))
	}
}

// number writes a decimal digit for digit: as a number where spreadsheets keep all its digits, else as text.
func (p *printer) number(sheet string, column, row int, d events.Decimal) {
	text, cell := d.String(), spreadsheet.Name(column, row)
	if spreadsheet.FitsNumber(text) {
		p.fail(p.x.SetCellDefault(sheet, cell, text))
		return
	}
	p.fail(p.x.SetCellStr(sheet, cell, text))
}

// level writes a level's sheet.
func (p *printer) level(sheet string, l *events.Level) {
	if _, err := p.x.NewSheet(sheet); err != nil {
		p.fail(fmt.Errorf("sheet %s: %w", sheet, err))
		return
	}
	p.text(sheet, idColumn+1, 1, spreadsheet.Safe(fmt.Sprintf(word{"Cấp %s · %s · người chấm %s", "Level %s · %s · scorer %s"}.in(p.Lang), l.ID, p.clusterText(), p.Scorer)), p.styles.title)
	p.text(sheet, idColumn+1, 2, spreadsheet.Safe(p.statement()), 0)
	p.text(sheet, idColumn, headerRow, wordCorner.in(p.Lang), p.styles.head)
	for i, w := range infoColumns() {
		p.text(sheet, idColumn+1+i, headerRow, w.in(p.Lang), p.styles.head)
	}
	for i, u := range p.Cluster.Units {
		p.text(sheet, firstUnit+i, titlesRow, spreadsheet.Safe(u.Title.In(p.Lang)), p.styles.unit)
		p.text(sheet, firstUnit+i, headerRow, u.ID, p.styles.unit)
	}
	longest := ""
	for _, u := range p.Cluster.Units {
		if title := u.Title.In(p.Lang); len(title) > len(longest) {
			longest = title
		}
	}
	p.heighten(sheet, titlesRow, map[int]string{unitWidth: longest})
	row := headerRow
	for _, n := range p.nodes {
		row++
		if n.Method == events.MethodGroup {
			p.group(sheet, row, n)
			continue
		}
		p.leaf(sheet, row, l, n)
		if n.Method == events.MethodTarget {
			row++
			p.targets(sheet, row, n)
		}
	}
	p.finish(sheet)
}

func (p *printer) lastUnit() int { return firstUnit + len(p.Cluster.Units) - 1 }

func (p *printer) group(sheet string, row int, n Node) {
	style := p.styles.groups[min(n.Depth, groupInks-1)]
	p.fail(p.x.SetCellStyle(sheet, spreadsheet.Name(idColumn, row), spreadsheet.Name(p.lastUnit(), row), style))
	p.text(sheet, idColumn, row, n.ID, style)
	p.text(sheet, idColumn+1, row, spreadsheet.Safe(n.Title.In(p.Lang)), style)
	p.heighten(sheet, row, map[int]string{titleWidth: n.Title.In(p.Lang)})
	if n.Max.Set {
		p.number(sheet, firstUnit-1, row, n.Max.Value)
	}
}

func (p *printer) leaf(sheet string, row int, l *events.Level, n Node) {
	p.text(sheet, idColumn, row, n.ID, p.styles.info)
	p.text(sheet, idColumn+1, row, spreadsheet.Safe(n.Title.In(p.Lang)), p.styles.info)
	p.text(sheet, idColumn+2, row, methodText(n.Criterion, p.Lang), p.styles.info)
	p.heighten(sheet, row, map[int]string{titleWidth: n.Title.In(p.Lang), methodWidth: methodText(n.Criterion, p.Lang)})
	if n.Max.Set {
		p.number(sheet, firstUnit-1, row, n.Max.Value)
	}
	p.fail(p.x.SetCellStyle(sheet, spreadsheet.Name(firstUnit-1, row), spreadsheet.Name(firstUnit-1, row), p.styles.info))
	p.fail(p.x.SetCellStyle(sheet, spreadsheet.Name(firstUnit, row), spreadsheet.Name(p.lastUnit(), row), p.styles.open))
	for i := range p.Cluster.Units {
		u, column := &p.Cluster.Units[i], firstUnit+i
		if cell := spreadsheet.Name(column, row); !p.isOpen(l, n, u) {
			p.fail(p.x.SetCellStyle(sheet, cell, cell, p.styles.closed))
		}
		mark, ok := p.Marks[Key{l.ID, n.ID, u.ID}]
		switch {
		case !ok:
		case mark.Kind == events.MarkAbstained:
			p.text(sheet, column, row, wordAbstained.in(p.Lang), 0)
		case mark.Kind == events.MarkRecused:
			p.text(sheet, column, row, wordRecused.in(p.Lang), 0)
		default:
			p.number(sheet, column, row, mark.Amount)
		}
	}
	p.validate(sheet, row, n.Criterion)
}

// targets writes the row that shows a leaf's targets.
func (p *printer) targets(sheet string, row int, n Node) {
	p.fail(p.x.SetCellStyle(sheet, spreadsheet.Name(idColumn, row), spreadsheet.Name(p.lastUnit(), row), p.styles.target))
	p.text(sheet, idColumn, row, n.ID+targetSuffix, p.styles.target)
	p.text(sheet, idColumn+1, row, word{"Chỉ tiêu (chỉ để xem)", "Target (to be read only)"}.in(p.Lang), p.styles.target)
	for i, u := range p.Cluster.Units {
		if target, ok := p.Targets[Key{"", n.ID, u.ID}]; ok {
			p.number(sheet, firstUnit+i, row, target)
		}
	}
}

// escapeXML: excelize writes formulas of validations as they are.
var escapeXML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// validate keeps a spreadsheet from taking what no mark of the leaf can be: a number within its bounds, or a word for an absence.
func (p *printer) validate(sheet string, row int, c *events.Criterion) {
	first := spreadsheet.Name(firstUnit, row)
	number := []string{"ISNUMBER(" + first + ")"}
	limits := ""
	bound := func(sign string, d events.Decimal) {
		number = append(number, first+sign+d.String())
		limits += " " + strings.NewReplacer(">=", "≥ ", "<=", "≤ ").Replace(sign) + d.String()
	}
	switch c.Method {
	case events.MethodAdjustment: // its bounds are those of the sum
	case events.MethodOrdinal:
		bound(">=", events.DecimalOne)
		number = append(number, "INT("+first+")="+first)
	case events.MethodPassfail:
		bound(">=", 0)
		bound("<=", events.DecimalOne)
		number = append(number, "INT("+first+")="+first)
	default:
		bound(">=", 0)
		if c.Method == events.MethodGraded && c.Max.Set {
			bound("<=", c.Max.Value)
		}
	}
	either := []string{"AND(" + strings.Join(number, ",") + ")"}
	for _, w := range []word{wordAbstained, wordRecused} {
		either = append(either, first+`="`+w.vi+`"`, first+`="`+w.en+`"`)
	}
	v := excelize.NewDataValidation(true)
	v.SetSqref(first + ":" + spreadsheet.Name(p.lastUnit(), row))
	p.fail(v.SetRange(escapeXML.Replace("OR("+strings.Join(either, ",")+")"), "", excelize.DataValidationTypeCustom, excelize.DataValidationOperatorBetween))
	const longestTitle = 32 // of a message; a spreadsheet may refuse the file else
	v.SetError(excelize.DataValidationErrorStyleStop, c.ID[:min(len(c.ID), longestTitle)],
		strings.TrimSpace(methodText(c, p.Lang)+limits)+word{"; hoặc: không chấm, từ chối", "; or: abstained, recused"}.in(p.Lang))
	p.fail(p.x.AddDataValidation(sheet, v))
}

// finish sets what a level's sheet has as a whole.
func (p *printer) finish(sheet string) {
	for _, w := range []struct {
		from, to int
		width    float64
	}{{idColumn, idColumn, idWidth}, {idColumn + 1, idColumn + 1, titleWidth}, {idColumn + 2, idColumn + 2, methodWidth}, {firstUnit - 1, firstUnit - 1, maxWidth}, {firstUnit, p.lastUnit(), unitWidth}} {
		p.fail(p.x.SetColWidth(sheet, spreadsheet.ColumnName(w.from), spreadsheet.ColumnName(w.to), w.width))
	}
	p.fail(p.x.SetPanes(sheet, &excelize.Panes{Freeze: true, XSplit: idColumn + 1, YSplit: headerRow, TopLeftCell: spreadsheet.Name(idColumn+2, headerRow+1), ActivePane: "bottomRight"}))
	p.fail(p.x.ProtectSheet(sheet, &excelize.SheetProtectionOptions{SelectLockedCells: true, SelectUnlockedCells: true, FormatColumns: true, FormatRows: true}))
	p.fail(p.x.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: sheet, RefersTo: fmt.Sprintf("'%s'!$A:$A,'%s'!$%d:$%d", sheet, sheet, titlesRow, headerRow)}))
	p.fail(spreadsheet.FitPage(p.x, sheet, p.lastUnit()))
}
