package documents

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"campaignledger/cmd/internal/spreadsheet"
	"campaignledger/cmd/internal/workbook"
	"campaignledger/events"
	"campaignledger/projections"
)

// tables are what spreadsheets are made of.
type tables struct {
	*source
	lang, cluster string
	standings     Standings
	regulation    *events.Regulation
	about         [][]string // what every table says above it
}

func (s *source) tables(q Request) (*tables, error) {
	_, standings, err := standingsLine(s.standings, q.Cluster, q.Lang)
	t := &tables{source: s, lang: q.Lang, cluster: q.Cluster, standings: standings, regulation: s.standings.Regulation}
	t.about = t.aboutAll()
	return t, err
}

func (t *tables) say(vi, en string) string { return say(t.lang, vi, en) }

// aboutAll are the lines that every table has above it.
func (t *tables) aboutAll() [][]string {
	about := [][]string{{t.regulation.Title.In(t.lang), t.regulation.ID}}
	if t.standings.Notice != "" {
		about = append(about, []string{t.standings.Notice})
	}
	if !t.standings.Signed {
		about = append(about, []string{t.say("chưa ký số", "unsigned")})
	}
	asOf := t.standings.AsOf
	return append(about,
		[]string{t.say("tính đến sự kiện", "as of event"), fmt.Sprint(asOf.Seq), asOf.Time.In(t.source.standings.Zone()).Format(time.RFC3339), t.standings.State(t.lang)},
		[]string{t.say("sổ: số sự kiện, mã băm gốc cây", "log: events, root hash"), fmt.Sprint(t.seq), t.root})
}

// xlsx is the standings, the points of every criterion and unit, and the history of all events, each on a sheet.
func (t *tables) xlsx(ctx context.Context) ([]byte, error) {
	sheets := []spreadsheet.Table{t.standingsSheet()}
	taken := map[string]bool{"history": true, strings.ToLower(sheets[0].Name): true, strings.ToLower(t.historyName()): true}
	for _, cluster := range t.standings.Clusters {
		sheet := t.pointsTable(cluster)
		sheet.Name, sheet.About = workbook.SheetName(cluster.ID, taken), append(slices.Clone(t.about), sheet.About...)
		sheets = append(sheets, sheet)
	}
	var out bytes.Buffer
	err := spreadsheet.WriteXLSX(&out, append(sheets, t.historySheet(ctx)))
	return out.Bytes(), err
}

// csv is the points of every criterion and unit, with ranks.
func (t *tables) csv() ([]byte, error) {
	var sheets []spreadsheet.Table
	for _, cluster := range t.standings.Clusters {
		sheet := t.pointsTable(cluster)
		if len(sheets) == 0 {
			sheet.About = append(slices.Clone(t.about), sheet.About...)
		}
		sheets = append(sheets, sheet)
	}
	var out bytes.Buffer
	err := spreadsheet.WriteCSV(&out, sheets)
	return out.Bytes(), err
}

func (t *tables) standingsSheet() spreadsheet.Table {
	const wide = 36
	sheet := spreadsheet.Table{Name: t.say("Xếp hạng", "Standings"), About: t.about, Columns: []spreadsheet.Column{{Name: t.say("Cụm", "Cluster"), Width: 30},
		{Name: t.say("Hạng", "Rank"), Numbers: true}, {Name: t.say("Đơn vị", "Unit"), Width: 18}, {Name: t.say("Tên", "Title"), Width: wide},
		{Name: t.say("Điểm", "Points"), Numbers: true, Width: 12}, {Name: t.say("Tối đa", "Max"), Numbers: true, Width: 12}, {Name: t.say("Đủ", "Complete")},
		{Name: t.say("Thiếu", "Missing"), Width: wide}, {Name: t.say("Đồng hạng với", "Tied with"), Width: wide}, {Name: t.say("Ghi chú", "Notes"), Width: wide}}}
	var rows [][]string
	for _, c := range t.standings.Clusters {
		for _, u := range c.Standings {
			rows = append(rows, []string{c.ID, fmt.Sprint(u.Rank), u.Unit, u.Title, u.Points, u.Max, t.yes(u.Complete),
				strings.Join(u.Missing, " "), strings.Join(u.TiedWith, " "), strings.Join(u.Notes, "; ")})
		}
	}
	sheet.Rows = spreadsheet.Given(rows)
	return sheet
}

func (t *tables) yes(is bool) string {
	if is {
		return t.say("đủ", "yes")
	}
	return t.say("thiếu", "no")
}

// pointsTable has a row for each criterion and a column for each unit, in the regulation's order.
func (t *tables) pointsTable(c Cluster) spreadsheet.Table {
	sheet := spreadsheet.Table{About: [][]string{{c.ID, c.Title}}, Columns: []spreadsheet.Column{{Name: t.say("Mã", "Id"), Width: 20},
		{Name: t.say("Tiêu chí", "Criterion"), Width: 44}, {Name: t.say("Tối đa", "Max"), Numbers: true}, {Name: t.say("Hệ số", "Weight"), Numbers: true}}}
	cluster := t.regulation.Cluster(c.ID)
	if cluster == nil { // of a regulation that an amendment has replaced
		cluster = &events.Cluster{ID: c.ID}
	}
	standings := slices.Clone(c.Standings)
	place := func(u Standing) int {
		return slices.IndexFunc(cluster.Units, func(v events.Unit) bool { return v.ID == u.Unit })
	}
	slices.SortStableFunc(standings, func(u, v Standing) int { return place(u) - place(v) })
	row := func(id, title, bound, weight string, value func(Standing) string) []string {
		cells := []string{id, title, bound, weight}
		for _, u := range standings {
			cells = append(cells, value(u))
		}
		return cells
	}
	for _, u := range standings {
		sheet.Columns = append(sheet.Columns, spreadsheet.Column{Name: u.Unit, Numbers: true, Width: 16})
	}
	rows := [][]string{row("", "", "", "", func(u Standing) string { return u.Title })}
	shown := map[string]bool{}
	for n := range workbook.Tree(t.regulation, cluster) {
		shown[n.ID] = true
		bound, weight := "", ""
		if n.Max.Set {
			bound = n.Max.Value.String()
		}
		if n.Method != events.MethodGroup {
			weight = n.Weight.String()
		}
		rows = append(rows, row(n.ID, strings.Repeat("  ", n.Depth)+n.Title.In(t.lang), bound, weight, func(u Standing) string {
			if slices.Contains(u.Missing, n.ID) {
				return "" // which is not the same as 0
			}
			return u.Criteria[n.ID]
		}))
	}
	for _, id := range criteriaBeside(standings, shown) {
		rows = append(rows, row(id, "", "", "", func(u Standing) string { return u.Criteria[id] }))
	}
	sheet.Rows = spreadsheet.Given(append(rows, row("", t.say("Tổng điểm", "Total"), "", "", func(u Standing) string { return u.Points }),
		row("", t.say("Hạng", "Rank"), "", "", func(u Standing) string { return fmt.Sprint(u.Rank) }),
		row("", t.say("Đủ", "Complete"), "", "", func(u Standing) string { return t.yes(u.Complete) })))
	return sheet
}

// criteriaBeside are criteria of the standings that are not shown: those of a regulation that an amendment has replaced.
func criteriaBeside(standings []Standing, shown map[string]bool) (ids []string) {
	for _, u := range standings {
		for id := range u.Criteria {
			if !shown[id] {
				shown[id] = true
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

func (t *tables) historyName() string { return t.say("Lịch sử", "Audit") }

// historyPage is how many lines of the history are spelled out at a time: some MiB.
const historyPage = 10_000

// historySheet is the history up to the event that the tables hold for, as it was then.
func (t *tables) historySheet(ctx context.Context) spreadsheet.Table {
	sheet := spreadsheet.Table{Name: t.historyName(), About: t.about}
	text := []string{"id", "sha256", "key", "root", "name", "title", "text", "member", "unit", "cluster", "author", "scorer", "criterion", "level", "item"}
	for _, f := range AuditFields(&projections.AuditLine{}, t.lang) {
		sheet.Columns = append(sheet.Columns, spreadsheet.Column{Name: f.Name, Numbers: !slices.Contains(text, f.Name)})
	}
	sheet.Rows = func(yield func([]string, error) bool) {
		filter := projections.AuditFilter{Cluster: t.cluster, Before: t.seq + 1, Limit: historyPage, Lang: t.lang}
		for {
			lines := t.live.Audit(filter)
			for i := range lines {
				var row []string
				for _, f := range AuditFields(&lines[i], t.lang) {
					row = append(row, f.Value)
				}
				if filter.After = lines[i].Seq; !yield(row, context.Cause(ctx)) { // nobody waits for the rest
					return
				}
			}
			if len(lines) < historyPage {
				return
			}
		}
	}
	return sheet
}
