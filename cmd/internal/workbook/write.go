package workbook

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"campaignledger/cmd/internal/spreadsheet"
	"campaignledger/events"
)

// Content is what a workbook is made of.
type Content struct {
	Regulation *events.Regulation
	Version    int    // of the regulation
	Genesis    string // hex; "" in an unsigned campaign
	Cluster    *events.Cluster
	Scorer     string
	Seq        events.Seq
	Levels     []*events.Level // in the regulation's order
	Lang       string
	Marks      map[Key]events.Mark    // to be filled in
	Targets    map[Key]events.Decimal // by criterion and unit
}

// Key is a cell: what a mark is of. Of a target, Level is "".
type Key struct{ Level, Criterion, Unit string }

// MaxCells bounds the cells for marks of a workbook: an import takes no more rows.
const MaxCells = 350_000

// ErrTooBig: the workbook would have more than MaxCells.
var ErrTooBig = fmt.Errorf("the workbook would have more than %d cells for marks; make one for each level (--level), or import a CSV file", MaxCells)

// Scores reports whether a scorer may score anybody at a level.
func Scores(l *events.Level, c *events.Cluster, scorer string) bool {
	isUnit := slices.ContainsFunc(c.Units, func(u events.Unit) bool { return u.ID == scorer })
	switch l.Scorers {
	case events.ScorersOwnUnit, events.ScorersPeerUnits:
		return isUnit
	case events.ScorersLead:
		return scorer == c.Lead
	case events.ScorersCouncil:
		return !isUnit
	case events.ScorersList:
		return slices.Contains(l.ScorerIDs, scorer)
	}
	return true
}

// isOpen reports whether the scorer has a mark to give: admission decides, this is for the eye.
func (c *Content) isOpen(l *events.Level, n Node, u *events.Unit) bool {
	own := u.ID == c.Scorer
	switch {
	case !n.Assigned(u) || l.Scorers == events.ScorersOwnUnit && !own:
		return false
	case !own || l.Scorers == events.ScorersOwnUnit:
		return true
	}
	reviewsItself := c.Cluster.Lead == u.ID && c.Regulation.Conflict.LeadReviewsOwn == "refuse" && c.Regulation.Signed()
	return l.Scorers != events.ScorersPeerUnits && l.Scorers != events.ScorersNotOwn && !reviewsItself
}

// Write writes a workbook.
func Write(w io.Writer, c Content) error {
	p := printer{Content: c, x: excelize.NewFile(), nodes: slices.Collect(Tree(c.Regulation, c.Cluster))}
	defer p.x.Close()
	if len(p.nodes)*len(c.Cluster.Units)*len(c.Levels) > MaxCells {
		return ErrTooBig
	}
	b := p.book()
	if err := p.makeStyles(); err != nil {
		return err
	}
	if err := p.x.SetSheetName(p.x.GetSheetName(0), b.Info); err != nil {
		return err
	}
	p.instructions(b)
	for i, l := range b.Levels {
		p.level(l.Sheet, c.Levels[i])
	}
	p.facts(b)
	if p.err != nil {
		return p.err
	}
	return p.x.Write(w)
}

// book is what the workbook says of itself.
func (p *printer) book() *Book {
	b := &Book{Campaign: p.Regulation.ID, Genesis: p.Genesis, Cluster: p.Cluster.ID, Scorer: p.Scorer, Regulation: p.Version, Seq: p.Seq}
	taken := map[string]bool{metaSheet: true, "history": true} // which spreadsheets keep for themselves
	b.Info = SheetName(word{"Hướng dẫn", "Instructions"}.in(p.Lang), taken)
	for _, l := range p.Levels {
		b.Levels = append(b.Levels, Level{l.ID, SheetName(l.ID, taken)})
	}
	for _, u := range p.Cluster.Units {
		b.Units = append(b.Units, u.ID)
	}
	for _, n := range p.nodes {
		b.Criteria = append(b.Criteria, shown(n.Criterion))
	}
	return b
}

// maxSheetName is what spreadsheets allow, in characters.
const maxSheetName = 31

// SheetName is a name for a sheet, as far as spreadsheets allow it and it is not taken, in lower case, which it is then.
func SheetName(name string, taken map[string]bool) string {
	for n := 1; ; n++ {
		suffix := ""
		if n > 1 {
			suffix = "-" + strconv.Itoa(n)
		}
		r := []rune(name)
		candidate := string(r[:min(len(r), maxSheetName-len(suffix))]) + suffix
		if low := strings.ToLower(candidate); !taken[low] {
			taken[low] = true
			return candidate
		}
	}
}

// facts writes the hidden sheet.
func (p *printer) facts(b *Book) {
	if _, err := p.x.NewSheet(metaSheet); err != nil {
		p.fail(err)
		return
	}
	row := 0
	add := func(fact ...string) {
		row++
		for i, text := range fact {
			p.text(metaSheet, i+1, row, text, 0)
		}
	}
	add("format", formatName, strconv.Itoa(formatVersion))
	add("campaign", b.Campaign)
	if b.Genesis != "" {
		add("genesis", b.Genesis)
	}
	add("cluster", b.Cluster)
	add("scorer", b.Scorer)
	add("regulation", strconv.Itoa(b.Regulation))
	add("seq", strconv.FormatUint(uint64(b.Seq), 10))
	add("info", b.Info)
	for _, u := range b.Units {
		add("unit", u)
	}
	for _, l := range b.Levels {
		add("level", l.ID, l.Sheet)
	}
	for _, c := range b.Criteria {
		add("criterion", c.ID, string(c.Method), boundText(c.Min), boundText(c.Max))
	}
	p.fail(p.x.SetSheetVisible(metaSheet, false, true))
}

func boundText(b events.Bound) string {
	if !b.Set {
		return ""
	}
	return b.Value.String()
}

// instructions writes the first sheet.
func (p *printer) instructions(b *Book) {
	r := p.Regulation
	p.text(b.Info, 1, 1, spreadsheet.Safe(r.Title.In(p.Lang)), p.styles.title)
	lines := []string{
		word{"Bảng điểm của ", "Score workbook of "}.in(p.Lang) + p.Scorer + " · " + p.clusterText(),
		p.statement()}
	if notice := r.Notice.In(p.Lang); notice != "" {
		lines = append(lines, notice)
	}
	lines = append(lines, "")
	for _, line := range instructions(p.Lang) {
		lines = append(lines, strings.ReplaceAll(line, "%s", r.ID))
	}
	if p.Genesis != "" {
		lines = append(lines, "", word{"Mã băm gốc ", "Genesis hash "}.in(p.Lang)+p.Genesis)
	}
	for i, line := range lines {
		p.text(b.Info, 1, i+2, spreadsheet.Safe(line), p.styles.line)
	}
	const width = 110
	p.fail(p.x.SetColWidth(b.Info, "A", "A", width))
	p.fail(spreadsheet.FitPage(p.x, b.Info, 1))
}

func (p *printer) clusterText() string {
	text := p.Cluster.Title.In(p.Lang)
	if text == "" {
		return p.Cluster.ID
	}
	return text + " (" + p.Cluster.ID + ")"
}

// statement is what every sheet says of the campaign: that it is unsigned, and where it stood.
func (p *printer) statement() string {
	text := fmt.Sprintf(word{"lập sau sự kiện %d, quy chế bản %d", "made after event %d, regulation version %d"}.in(p.Lang), p.Seq, p.Version)
	if !p.Regulation.Signed() {
		text = word{"chưa ký số · ", "unsigned · "}.in(p.Lang) + text
	}
	if notice := p.Regulation.Notice.In(p.Lang); notice != "" {
		text = notice + " · " + text
	}
	return text
}
