package papers

import (
	"fmt"
	"slices"
	"strings"

	"campaignledger/cmd/internal/page"
	"campaignledger/events"
	"campaignledger/projections"
)

// criterion is a group or leaf, and how deep in the tree it stands.
type criterion struct {
	*events.Criterion
	depth int
}

// criteria are the cluster's, groups before what is in them.
func (p *paper) criteria() []criterion {
	i := slices.IndexFunc(p.reg.Sets, func(s events.CriteriaSet) bool { return s.ID == p.group.Criteria })
	return flatten(nil, p.reg.Sets[i].Items, 0) // the parser refuses a reference to nothing
}

func flatten(list []criterion, items []events.Criterion, depth int) []criterion {
	for i := range items {
		list = append(list, criterion{&items[i], depth})
		list = flatten(list, items[i].Items, depth+1)
	}
	return list
}

// style is bold for groups.
func (c criterion) style() page.Style {
	switch {
	case c.Method != events.MethodGroup:
		return cell
	case c.depth == 0:
		return cellStrong
	}
	return cellAside
}

// most is the criterion's maximum, with its weight; of an adjustment its bounds.
func (p *paper) most(c criterion) string {
	s := ""
	switch {
	case c.Method == events.MethodAdjustment:
		from, to := "", ""
		if c.Min.Set {
			from = c.Min.Value.String()
		}
		if c.Max.Set {
			to = c.Max.Value.String()
		}
		if from != "" || to != "" {
			s = p.number(or(from, "–")) + p.say(" đến ", " to ") + p.number(or(to, "–"))
		}
	case c.Max.Set:
		s = p.number(c.Max.Value.String())
	}
	if c.Method != events.MethodGroup && c.Weight != events.DecimalOne && s != "" {
		s += " × " + p.number(c.Weight.String())
	}
	return s
}

// sheet is a unit's score sheet at one level.
func (p *paper) sheet() error {
	unit := slices.IndexFunc(p.group.Units, func(u events.Unit) bool { return u.ID == p.options.Unit })
	if unit < 0 {
		return &OptionError{"unit", fmt.Sprintf("cluster %s has no unit %q; use one of: %s", p.group.ID, p.options.Unit, p.some(len(p.group.Units), func(i int) string { return p.group.Units[i].ID }))}
	}
	level := slices.IndexFunc(p.reg.Levels, func(l events.Level) bool { return l.ID == p.options.Level })
	if level < 0 {
		return &OptionError{"level", fmt.Sprintf("there is no level %q; use one of: %s", p.options.Level, p.some(len(p.reg.Levels), func(i int) string { return p.reg.Levels[i].ID }))}
	}
	p.letterhead()
	p.title(p.say("PHIẾU CHẤM ĐIỂM", "SCORE SHEET"), or(p.reg.Title.In(p.lang), p.reg.ID))
	p.fact(p.say("Đơn vị được chấm", "Unit"), p.unit(p.options.Unit))
	p.fact(p.say("Cấp chấm", "Level"), p.level(p.reg.Levels[level]))
	p.fact(p.say("Quy chế", "Regulation"), fmt.Sprintf(p.say("phiên bản %d", "version %d"), p.standings.Version))
	p.hash(p.say("SHA-256 của quy chế:", "SHA-256 of the regulation:"), p.regulationHash())
	not := p.group.Units[unit].NotAssigned
	if p.options.Blank {
		p.fact(p.say("Người chấm", "Scorer"), "")
		p.blankSheet(not)
	} else {
		p.filledSheet(not)
	}
	p.sign(p.say("Phiếu lập thành …… bản.", "Made out in …… copies."), [2]signer{
		{role: p.say("NGƯỜI CHẤM", "SCORER")},
		{role: p.say("THỦ TRƯỞNG ĐƠN VỊ", "HEAD OF UNIT")},
	})
	return nil
}

// some names the first few of a long list.
func (p *paper) some(n int, id func(int) string) string {
	const most = 12
	var ids []string
	for i := range min(n, most) {
		ids = append(ids, id(i))
	}
	if n > most {
		ids = append(ids, "…")
	}
	return strings.Join(ids, ", ")
}

// level is a level's id and who scores at it.
func (p *paper) level(l events.Level) string {
	who := map[events.ScorerRule][2]string{
		events.ScorersAny:       {"ai cũng được chấm", "anybody scores"},
		events.ScorersOwnUnit:   {"đơn vị tự chấm", "the unit scores itself"},
		events.ScorersPeerUnits: {"các đơn vị chấm chéo", "the other units score"},
		events.ScorersNotOwn:    {"không phải đơn vị được chấm", "not the unit itself"},
		events.ScorersLead:      {"cụm trưởng thẩm định", "the cluster's lead scores"},
		events.ScorersCouncil:   {"hội đồng duyệt", "the council scores"},
		events.ScorersList:      {"những người chấm được chỉ định", "named scorers"},
	}[l.Scorers]
	return l.ID + " (" + p.say(who[0], who[1]) + ")"
}

// assigned are the criteria without those given, and without what is below them.
func assigned(all []criterion, not []string) []criterion {
	var list []criterion
	below := -1 // the depth of the group that is left out
	for _, c := range all {
		if below >= 0 && c.depth > below {
			continue
		}
		below = -1
		if slices.Contains(not, c.ID) {
			below = c.depth
			continue
		}
		list = append(list, c)
	}
	return list
}

func (p *paper) criterionTitle(c criterion) string {
	s := c.Title.In(p.lang)
	if c.Evidence {
		s += " (*)"
	}
	return s
}

// blankSheet has an empty place for each mark.
func (p *paper) blankSheet(not []string) {
	t := p.NewTable(15*page.MM, []page.Column{left(18), left(55), right(17), left(24), left(21), left(30)},
		header(p.say("Mã", "Id"), p.say("Tiêu chí", "Criterion"), p.say("Tối đa", "Most"), p.say("Cách ghi", "To enter"), p.say("Điểm, kết quả", "Mark"),
			p.say("Minh chứng, ghi chú", "Evidence, notes")))
	list := assigned(p.criteria(), not)
	for i, c := range list {
		if i == max(0, len(list)-lastRows) {
			t.Keep(signHeight + lastRows*rowHeight)
		}
		t.Row(append([]page.Cell{page.CellOf(narrow.Of(c.ID))}, row(c.style(), []string{p.criterionTitle(c), p.most(c), p.manner(c), "", ""})...)...)
	}
	p.starred()
}

// manner is what is to be written of a criterion.
func (p *paper) manner(c criterion) string {
	switch c.Method {
	case events.MethodGroup:
		return ""
	case events.MethodGraded:
		return p.say("điểm", "points")
	case events.MethodOrdinal:
		return p.say("hạng", "place")
	case events.MethodPassfail:
		return p.say("1: đạt; 0: không đạt", "1: passed; 0: not")
	case events.MethodAdjustment:
		return p.say("điểm cộng, trừ", "points, or minus")
	}
	return p.say("kết quả", "result")
}

const (
	rowHeight = 12 * page.MM // about that of a row of two lines
	lastRows  = 3            // of a table that stay with its signatures
)

// starred explains the mark on criteria.
func (p *paper) starred() {
	if slices.ContainsFunc(p.criteria(), func(c criterion) bool { return c.Evidence }) {
		p.Y += page.MM
		p.Flow(page.Block{After: gap}, cellAside.Of(p.say("(*) Phải có minh chứng.", "(*) Evidence is required.")))
	}
	p.Y += gap
}

// filledSheet has the marks of the level, who gave them, and the official points.
func (p *paper) filledSheet(not []string) {
	marks := map[string][]projections.AuditLine{}
	for _, m := range p.Live.Marks(p.group.ID, p.options.Unit, p.options.Level) {
		marks[m.Criterion] = append(marks[m.Criterion], m)
	}
	standing := p.table.Rows[slices.IndexFunc(p.table.Rows, func(s *projections.Standing) bool { return s.Unit == p.options.Unit })]
	t := p.NewTable(15*page.MM, []page.Column{left(18), left(51), right(17), right(16), left(46), right(17)},
		header(p.say("Mã", "Id"), p.say("Tiêu chí", "Criterion"), p.say("Tối đa", "Most"), p.say("Chỉ tiêu", "Target"),
			p.say("Điểm hoặc kết quả, người chấm", "Mark, scorer"), p.say("Điểm chính thức", "Official points")))
	list := assigned(p.criteria(), not)
	for i, c := range list {
		if i == max(0, len(list)-lastRows) {
			t.Keep(signHeight + (lastRows+1)*rowHeight)
		}
		st := c.style()
		target, given := "", []page.Span(nil)
		for _, m := range marks[c.ID] {
			if m.Type == events.TypeTargetSet {
				target = p.number(m.Target)
				continue
			}
			given = append(given, fine.Of(p.mark(c, m)+" – "+p.giver(m)))
		}
		t.Row(page.CellOf(narrow.Of(c.ID)), page.CellOf(st.Of(p.criterionTitle(c))), page.CellOf(st.Of(p.most(c))), page.CellOf(st.Of(target)),
			page.CellOf(given...), page.CellOf(st.Of(p.number(standing.CriterionPoints(c.ID)))))
	}
	t.Keep(signHeight + rowHeight)
	t.Row(page.CellOf(), page.CellOf(cellStrong.Of(p.say("Tổng điểm chính thức", "Official total"))), page.CellOf(cellStrong.Of(p.number(standing.Max()))), page.CellOf(), page.CellOf(),
		page.CellOf(cellStrong.Of(p.number(standing.Points()))))
	p.starred()
}

// mark is what a mark of a criterion says.
func (p *paper) mark(c criterion, m projections.AuditLine) string {
	switch {
	case m.Actual == "1" && c.Method == events.MethodPassfail:
		return p.say("đạt", "passed")
	case m.Actual == "0" && c.Method == events.MethodPassfail:
		return p.say("không đạt", "not passed")
	case m.Points != "":
		return p.number(m.Points)
	case m.Actual != "":
		return p.number(m.Actual)
	case m.Place != "":
		return p.say("hạng ", "place ") + m.Place
	case m.Mark == "recused":
		return p.say("đứng ngoài", "recused")
	}
	return p.say("không chấm", "abstained")
}

// giver is who gave a mark, and why it does not count where it does not.
func (p *paper) giver(m projections.AuditLine) string {
	parts := []string{p.scorer(m.Scorer)}
	if m.Item != "" {
		parts = append(parts, m.Item)
	}
	if m.Late {
		parts = append(parts, p.say("muộn", "late"))
	}
	for _, word := range m.Hold {
		parts = append(parts, p.hold(word))
	}
	return strings.Join(parts, "; ")
}

// hold is why a mark does not count.
func (p *paper) hold(word string) string {
	switch word {
	case "transcribed":
		return p.say("chưa tính: người chấm chưa xác nhận", "does not count: not confirmed by the scorer")
	case "second":
		return p.say("chưa tính: chưa có người thứ hai", "does not count: not seconded")
	case "reopened":
		return p.say("chưa tính: quy chế sửa đổi mở lại", "does not count: reopened by an amendment")
	case "single":
		return p.say("không tính: tiêu chí chỉ tính một người chấm", "does not count: of a second scorer where one counts")
	}
	return p.say("chưa tính: ", "does not count: ") + word
}
