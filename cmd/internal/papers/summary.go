package papers

import (
	"fmt"

	"campaignledger/cmd/internal/page"
	"campaignledger/projections"
)

// unitsAcross is how many units the summary table has beside each other: points of up to seven characters fit their columns.
const unitsAcross = 9

// summary is the table of all criteria and units, on its side. The units stand in rank order, so many beside each other, and the
// criteria again for each such group of units.
func (p *paper) summary() error {
	criteria, rows := p.criteria(), p.table.Rows
	if len(criteria)*len(rows) > MaxCells {
		return fmt.Errorf("%d criteria of %d units; a summary table has at most %d cells: ask for clusters apart, or for the standings as CSV",
			len(criteria), len(rows), MaxCells)
	}
	p.Layout.Sheet = page.Lying(20*page.MM, 15*page.MM, 20*page.MM, 25*page.MM)
	p.letterhead()
	p.title(p.say("BẢNG TỔNG HỢP ĐIỂM", "SUMMARY OF POINTS"), p.clusterTitle()+" – "+or(p.reg.Title.In(p.lang), p.reg.ID))
	for first := 0; first < len(rows); first += unitsAcross {
		last := min(first+unitsAcross, len(rows))
		if len(rows) > unitsAcross {
			if first > 0 {
				p.NewPage()
			}
			p.Flow(page.Block{After: gap}, cellAside.Of(fmt.Sprintf(p.say("Đơn vị xếp thứ %d đến %d trong %d đơn vị", "Units %d to %d of %d in rank order"), first+1, last, len(rows))))
		}
		p.summaryPart(criteria, rows[first:last], last == len(rows))
	}
	p.Y += gap
	p.hash(fmt.Sprintf(p.say("SHA-256 của bảng xếp hạng sau sự kiện %d:", "SHA-256 of the standings after event %d:"), p.standings.Seq), projections.StandingsSHA(p.standings))
	p.sign(p.say("Bảng này tính từ sổ của chiến dịch đến sự kiện nêu ở chân trang.", "Computed from the campaign's log up to the event in the footer."), [2]signer{
		{role: p.say("NGƯỜI LẬP BẢNG", "MADE OUT BY"), name: p.options.Secretary},
		{role: p.say("CỤM TRƯỞNG", "CLUSTER LEAD"), name: p.chair()},
	})
	return nil
}

func (p *paper) summaryPart(criteria []criterion, rows []*projections.Standing, last bool) {
	const id, most = 18, 20
	each := 18
	if len(rows) < unitsAcross {
		each = min(24, (unitsAcross*18)/len(rows))
	}
	title := p.Sheet.Wide()/page.MM - id - most - each*len(rows)
	cols := []page.Column{left(id), left(title), right(most)}
	head := []page.Cell{page.CellOf(cellStrong.Of(p.say("Mã", "Id"))), page.CellOf(cellStrong.Of(p.say("Tiêu chí", "Criterion"))), page.CellOf(cellStrong.Of(p.say("Tối đa", "Most")))}
	for _, s := range rows {
		cols, head = append(cols, right(each)), append(head, page.CellOf(narrow.Of(p.unit(s.Unit))))
	}
	t := p.NewTable(15*page.MM, cols, head)
	line := func(st, value page.Style, id, title, most string, of func(*projections.Standing) string) {
		cells := append([]page.Cell{page.CellOf(narrow.Of(id))}, row(st, []string{title, most})...)
		for _, s := range rows {
			cells = append(cells, page.CellOf(value.Of(of(s))))
		}
		t.Row(cells...)
	}
	for _, c := range criteria {
		line(c.style(), c.valueStyle(), c.ID, c.Title.In(p.lang), p.most(c), func(s *projections.Standing) string { return p.number(s.CriterionPoints(c.ID)) })
	}
	if last {
		t.Keep(signHeight + 3*rowHeight)
	} else {
		t.Keep(3 * rowHeight)
	}
	line(cellStrong, narrowStrong, "", p.say("Tổng điểm", "Total"), "", func(s *projections.Standing) string { return p.number(s.Points()) })
	line(cell, narrow, "", p.say("Điểm tối đa của đơn vị", "Most for the unit"), "", func(s *projections.Standing) string { return p.number(s.Max()) })
	line(cellStrong, narrowStrong, "", p.say("Xếp hạng", "Rank"), "", func(s *projections.Standing) string { return fmt.Sprint(s.Rank) })
}

// The styles of points in narrow columns.
const (
	narrow       = page.Serif + 10
	narrowStrong = page.SerifBold + 10
)

func (c criterion) valueStyle() page.Style {
	if c.style() == cellStrong {
		return narrowStrong
	}
	return narrow
}
