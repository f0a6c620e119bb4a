package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/spreadsheet"
	"campaignledger/cmd/internal/workbook"
	"campaignledger/events"
	"campaignledger/projections"
)

// exportXLSX is the kind --xlsx of campaign export.
func (a *app) exportXLSX() exportKind {
	return exportKind{flag: "xlsx", suffix: "-tables.xlsx", usage: "standings, points and history as a workbook (.xlsx)", options: []string{"cluster", "as-of"},
		about: `--xlsx: the standings, the points of every criterion and unit, and the history
of all events, each on a sheet. --csv: the points of every criterion and unit,
with ranks, in one file that spreadsheets open. Both say after which event they
hold and name the log's head. Text that a spreadsheet might run as a formula
has an apostrophe before it.`,
		example: `  campaign export cum2-2017 --xlsx --lang vi
  campaign export cum2-2017 --csv --as-of 2017-06-30 --out june.csv`,
		make: a.tablesKind(func(ctx context.Context, c *client.Client, s tableSource, w io.Writer) error {
			tables := []spreadsheet.Table{a.standingsSheet(s)}
			taken := map[string]bool{"history": true, strings.ToLower(tables[0].Name): true, strings.ToLower(a.historyName()): true}
			for _, cluster := range s.standings.Clusters {
				t := a.pointsTable(s, cluster)
				t.Name, t.About = workbook.SheetName(cluster.ID, taken), append(slices.Clone(s.about), t.About...)
				tables = append(tables, t)
			}
			return spreadsheet.WriteXLSX(w, append(tables, a.historySheet(ctx, c, s)))
		})}
}

// exportCSV is the kind --csv of campaign export, which --xlsx explains.
func (a *app) exportCSV() exportKind {
	return exportKind{flag: "csv", suffix: "-tables.csv", usage: "points of every criterion and unit, with ranks, as CSV", options: []string{"cluster", "as-of"},
		make: a.tablesKind(func(_ context.Context, _ *client.Client, s tableSource, w io.Writer) error {
			var tables []spreadsheet.Table
			for _, cluster := range s.standings.Clusters {
				t := a.pointsTable(s, cluster)
				if len(tables) == 0 {
					t.About = append(slices.Clone(s.about), t.About...)
				}
				tables = append(tables, t)
			}
			return spreadsheet.WriteCSV(w, tables)
		})}
}

// tableSource is what tables are made of.
type tableSource struct {
	id, cluster string
	standings   standingsJSON
	regulation  *events.Regulation
	about       [][]string // what every table says above it
}

// tablesKind makes tables of a campaign.
func (a *app) tablesKind(write func(context.Context, *client.Client, tableSource, io.Writer) error) func(context.Context, string, exportFlags) (exported, error) {
	return func(ctx context.Context, id string, f exportFlags) (made exported, err error) {
		if err := checkAsOf(f.asOf); err != nil {
			return made, err
		}
		err = a.withCampaign(ctx, id, func(c *client.Client) error {
			s, err := a.tableSource(ctx, c, id, f)
			if err != nil {
				return err
			}
			var out bytes.Buffer
			if err := write(ctx, c, s, &out); err != nil {
				return err
			}
			made = exported{content: out.Bytes(), told: fmt.Sprintf(a.say("tính đến sự kiện %d, %s", "as of event %d, %s"), s.standings.AsOf.Seq, a.standingsState(s.standings))}
			return nil
		})
		return made, err
	}
}

func (a *app) tableSource(ctx context.Context, c *client.Client, id string, f exportFlags) (s tableSource, err error) {
	query := url.Values{"lang": {a.lang}}
	for key, value := range map[string]string{"cluster": f.cluster, "as_of": f.asOf} {
		if value != "" {
			query.Set(key, value)
		}
	}
	line, err := c.Standings(ctx, id, query)
	if err != nil {
		return s, err
	}
	s.id, s.cluster = id, f.cluster
	if err := json.Unmarshal(line, &s.standings); err != nil {
		return s, fmt.Errorf("the server's answer: %w", err)
	}
	if s.regulation, err = c.Regulation(ctx, id); err != nil {
		return s, err
	}
	head, err := c.Head(ctx, id) // asked last: its log holds all that the tables show
	s.about = a.aboutTables(s, head)
	return s, err
}

// aboutTables are the lines that every table has above it.
func (a *app) aboutTables(s tableSource, head host.Head) [][]string {
	about := [][]string{{s.regulation.Title.In(a.lang), s.id}}
	if s.standings.Notice != "" {
		about = append(about, []string{s.standings.Notice})
	}
	if !s.standings.Signed {
		about = append(about, []string{a.say("chưa ký số", "unsigned")})
	}
	asOf := s.standings.AsOf
	return append(about,
		[]string{a.say("tính đến sự kiện", "as of event"), fmt.Sprint(asOf.Seq), a.local(asOf.Time).Format(time.RFC3339), a.standingsState(s.standings)},
		[]string{a.say("sổ: số sự kiện, mã băm gốc cây", "log: events, root hash"), fmt.Sprint(head.Size), head.Root})
}

func (a *app) standingsSheet(s tableSource) spreadsheet.Table {
	const wide = 36
	t := spreadsheet.Table{Name: a.say("Xếp hạng", "Standings"), About: s.about, Columns: []spreadsheet.Column{{Name: a.say("Cụm", "Cluster"), Width: 30},
		{Name: a.say("Hạng", "Rank"), Numbers: true}, {Name: a.say("Đơn vị", "Unit"), Width: 18}, {Name: a.say("Tên", "Title"), Width: wide},
		{Name: a.say("Điểm", "Points"), Numbers: true, Width: 12}, {Name: a.say("Tối đa", "Max"), Numbers: true, Width: 12}, {Name: a.say("Đủ", "Complete")},
		{Name: a.say("Thiếu", "Missing"), Width: wide}, {Name: a.say("Đồng hạng với", "Tied with"), Width: wide}, {Name: a.say("Ghi chú", "Notes"), Width: wide}}}
	var rows [][]string
	for _, c := range s.standings.Clusters {
		for _, u := range c.Standings {
			rows = append(rows, []string{c.ID, fmt.Sprint(u.Rank), u.Unit, u.Title, u.Points, u.Max, a.yes(u.Complete),
				strings.Join(u.Missing, " "), strings.Join(u.TiedWith, " "), strings.Join(u.Notes, "; ")})
		}
	}
	t.Rows = spreadsheet.Given(rows)
	return t
}

func (a *app) yes(is bool) string {
	if is {
		return a.say("đủ", "yes")
	}
	return a.say("thiếu", "no")
}

// pointsTable has a row for each criterion and a column for each unit, in the regulation's order.
func (a *app) pointsTable(s tableSource, c clusterJSON) spreadsheet.Table {
	t := spreadsheet.Table{About: [][]string{{c.ID, c.Title}}, Columns: []spreadsheet.Column{{Name: a.say("Mã", "Id"), Width: 20},
		{Name: a.say("Tiêu chí", "Criterion"), Width: 44}, {Name: a.say("Tối đa", "Max"), Numbers: true}, {Name: a.say("Hệ số", "Weight"), Numbers: true}}}
	cluster := workbook.ClusterOf(s.regulation, c.ID)
	if cluster == nil { // of a regulation that an amendment has replaced
		cluster = &events.Cluster{ID: c.ID}
	}
	standings := slices.Clone(c.Standings)
	place := func(u standingJSON) int {
		return slices.IndexFunc(cluster.Units, func(v events.Unit) bool { return v.ID == u.Unit })
	}
	slices.SortStableFunc(standings, func(u, v standingJSON) int { return place(u) - place(v) })
	row := func(id, title, bound, weight string, value func(standingJSON) string) []string {
		cells := []string{id, title, bound, weight}
		for _, u := range standings {
			cells = append(cells, value(u))
		}
		return cells
	}
	for _, u := range standings {
		t.Columns = append(t.Columns, spreadsheet.Column{Name: u.Unit, Numbers: true, Width: 16})
	}
	rows := [][]string{row("", "", "", "", func(u standingJSON) string { return u.Title })}
	shown := map[string]bool{}
	for n := range workbook.Tree(s.regulation, cluster) {
		shown[n.ID] = true
		bound, weight := "", ""
		if n.Max.Set {
			bound = n.Max.Value.String()
		}
		if n.Method != events.MethodGroup {
			weight = n.Weight.String()
		}
		rows = append(rows, row(n.ID, strings.Repeat("  ", n.Depth)+n.Title.In(a.lang), bound, weight, func(u standingJSON) string {
			if slices.Contains(u.Missing, n.ID) {
				return "" // which is not the same as 0
			}
			return u.Criteria[n.ID]
		}))
	}
	for _, id := range criteriaBeside(standings, shown) {
		rows = append(rows, row(id, "", "", "", func(u standingJSON) string { return u.Criteria[id] }))
	}
	t.Rows = spreadsheet.Given(append(rows, row("", a.say("Tổng điểm", "Total"), "", "", func(u standingJSON) string { return u.Points }),
		row("", a.say("Hạng", "Rank"), "", "", func(u standingJSON) string { return fmt.Sprint(u.Rank) }),
		row("", a.say("Đủ", "Complete"), "", "", func(u standingJSON) string { return a.yes(u.Complete) })))
	return t
}

// criteriaBeside are criteria of the standings that are not shown: those of a regulation that an amendment has replaced.
func criteriaBeside(standings []standingJSON, shown map[string]bool) (ids []string) {
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

func (a *app) historyName() string { return a.say("Lịch sử", "Audit") }

// historySheet is the history up to the event that the tables hold for, as it was then.
func (a *app) historySheet(ctx context.Context, c *client.Client, s tableSource) spreadsheet.Table {
	t := spreadsheet.Table{Name: a.historyName(), About: s.about}
	text := []string{"id", "sha256", "key", "root", "name", "title", "text", "member", "unit", "cluster", "author", "scorer", "criterion", "level", "item"}
	for _, f := range a.auditFields(&projections.AuditLine{}) {
		t.Columns = append(t.Columns, spreadsheet.Column{Name: f.name, Numbers: !slices.Contains(text, f.name)})
	}
	last := events.Seq(s.standings.AsOf.Seq)
	query := url.Values{"lang": {a.lang}}
	if s.cluster != "" {
		query.Set("cluster", s.cluster)
	}
	t.Rows = func(yield func([]string, error) bool) {
		for l, err := range auditLines(ctx, c, s.id, query, last) {
			if l.SupersededBy > last {
				l.SupersededBy, l.Withdrawn = 0, false
			}
			if l.Returned > last {
				l.Returned = 0
			}
			var row []string
			for _, f := range a.auditFields(&l) {
				row = append(row, f.value)
			}
			if !yield(row, err) {
				return
			}
		}
	}
	return t
}
