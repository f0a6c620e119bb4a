package web

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/projections"
)

// replayPage is the year with a place in it: the standings as of one event, how they came about and what came next.
type replayPage struct {
	Frame
	Cluster  string // its id
	Group    string // its title
	Chosen   []string
	First    time.Time // of the campaign, and of the newest event that the reader may see
	Last     time.Time
	Event    projections.AuditLine
	Import   projections.AuditLine // that the event is a row of; Seq 0 if none
	Changes  []replayChange        // of ranks, by the event
	Rows     []replayRow
	DayAgo   events.Seq // the last event of the day before, 0 if none
	Back     events.Seq // the event before, 0 if none
	Forward  events.Seq
	MoveBack events.Seq // the last step before that changed ranks, 0 if none
	MoveOn   events.Seq
	Moves    []projections.AuditLine // around this one
	All      int                     // moves
	Marks    []replayMark
	Left     int // marks that are not listed
	Chart    *BumpChart
	Weekly   bool // the chart shows the ends of weeks, not of days
	Shown    int  // lines of the chart
	Units    int
	Months   []string // names
	Ranks    []replayRanks
	Days     string // at whose ends anything changed: date:seq, with spaces between
}

// replayRow is one unit, with what it gained since the end of the day before.
type replayRow struct {
	*projections.Standing
	Before int    // its rank then; the present one where there was no day before
	Gained string // points; "" where there was no day before
}

// replayChange is a unit that an event moved.
type replayChange struct {
	Unit, Title string
	From, To    int
}

// Up reports whether it moved up.
func (c replayChange) Up() bool { return c.To < c.From }

// replayMark is something that divides the year.
type replayMark struct {
	projections.YearMark
	Text string
	Past bool // not after the event that the page is as of
}

// replayRanks is a unit's rank at the end of each month.
type replayRanks struct {
	Unit, Title string
	Ranks       []string
}

// What the page shows of what may be long.
const (
	maxChartUnits  = 60  // lines that a screen holds
	topChartUnits  = 20  // shown where there are more units, if none are chosen
	maxChartDays   = 100 // in the chart; where there are more it shows weeks
	maxMonths      = 24  // of the table beside the chart: the last ones
	movesAround    = 4   // in the list, on either side
	changedByEvent = 12  // ranks
)

// chosenUnits are the ids of the units that the chart is to show. There are as many as it has lines for, and no more: the page has them in
// each of its many links, so that a long list would come back a hundred times.
func chosenUnits(text string) ([]string, error) {
	const most = maxChartUnits * 66 // an id has at most 63 bytes
	ids := strings.FieldsFunc(text[:min(len(text), most)], func(r rune) bool { return r == ',' || r == ' ' })
	if len(text) > most || len(ids) > maxChartUnits {
		return nil, badRequest("units=: name at most %d units, with commas between them", maxChartUnits)
	}
	for _, id := range ids {
		if !events.ValidID(id) {
			return nil, badRequest("units=: %.80q is not a unit's id", id)
		}
	}
	return ids, nil
}

// Replay is the year again: a timeline with a scrubber.
func Replay(ctx context.Context, v *View) (Page, error) {
	var p replayPage
	chosen, err := chosenUnits(v.Query.Get("units"))
	if err != nil {
		return Page{}, err
	}
	err = v.Campaign.Look(ctx, v.Reader, func(seen *projections.Live) error {
		p = replayPage{Cluster: v.Query.Get("cluster"), Chosen: chosen}
		if seen.Summary().Regulation == nil {
			return v.Campaign.Ledger.Broken()
		}
		return p.fill(ctx, v, seen)
	})
	p.Styles, p.Scripts = []string{"replay.css"}, []string{"replay.js"}
	return Page{"replay", p}, err
}

// fill gathers the page. O(n) in events up to the one it is as of.
func (p *replayPage) fill(ctx context.Context, v *View, seen *projections.Live) error {
	seq, err := host.SeqAsOf(seen, v.Query.Get("as_of"))
	if err != nil {
		return err
	}
	line, err := seen.Timeline()
	if err != nil {
		return err
	}
	at := slices.IndexFunc(line.Clusters, func(c projections.ClusterTimeline) bool { return p.Cluster == "" || c.ID == p.Cluster })
	if at < 0 {
		_, err := seen.Moves(p.Cluster, 0, 0)
		return err
	}
	if seq > line.Seq { // committed in between: it is not in the timeline yet
		seq = line.Seq
	}
	course := &line.Clusters[at]
	p.Cluster = course.ID
	now, err := p.standings(ctx, v, seen, at, seq)
	if err != nil {
		return err
	}
	p.Frame = v.frame(now.Summary, "Diễn biến", "Replay")
	p.Campaign.Newest = line.Seq
	p.Group = orID(now.Clusters[at].Title().In(v.Lang), course.ID)
	p.First, p.Last = line.Marks[0].When(), line.AsOf
	if p.Forward = seq + 1; seq == line.Seq {
		p.Forward = 0
	}
	p.moves(seen, course, seq)
	for _, m := range line.Marks {
		if m.Cluster == "" || m.Cluster == course.ID {
			p.Marks = append(p.Marks, replayMark{m, p.markText(m), m.Seq <= seq})
		}
	}
	p.Left = line.Left
	p.draw(course, now.Clusters[at], now.AsOf)
	return nil
}

// standings are those of the event, with what changed since the event before and since the day before.
func (p *replayPage) standings(ctx context.Context, v *View, seen *projections.Live, cluster int, seq events.Seq) (projections.Standings, error) {
	day, err := dayBefore(seen, seq)
	if err != nil {
		return projections.Standings{}, err
	}
	var seqs []events.Seq
	if p.DayAgo = day; day > 0 {
		seqs = append(seqs, day)
	}
	if p.Back = seq - 1; p.Back > 0 {
		seqs = append(seqs, p.Back)
	}
	list, err := v.Campaign.AsOfEach(ctx, seen, append(seqs, seq)...)
	if err != nil {
		return projections.Standings{}, err
	}
	now := list[len(list)-1]
	changes := map[string]projections.RankChange{}
	if p.DayAgo > 0 {
		for _, c := range now.ChangesSince(list[0]) {
			if c.Cluster == p.Cluster {
				changes[c.Unit] = c
			}
		}
	}
	titles := map[string]string{}
	for _, s := range now.Clusters[cluster].Rows {
		row := replayRow{Standing: s, Before: s.Rank}
		if c, ok := changes[s.Unit]; ok {
			row.Before, row.Gained = c.From, c.Difference
		} else if p.DayAgo > 0 {
			row.Gained = "0"
		}
		titles[s.Unit] = orID(s.Title().In(v.Lang), s.Unit)
		p.Rows = append(p.Rows, row)
	}
	if p.Back > 0 {
		for _, c := range now.ChangesSince(list[len(list)-2]) {
			if c.Cluster == p.Cluster && c.From != c.To {
				p.Changes = append(p.Changes, replayChange{c.Unit, titles[c.Unit], c.From, c.To})
			}
		}
		slices.SortStableFunc(p.Changes, func(a, b replayChange) int { return a.To - b.To })
	}
	return now, nil
}

// dayBefore is the last event of the days before that of event seq, 0 if it is of the first.
func dayBefore(seen *projections.Live, seq events.Seq) (events.Seq, error) {
	at, err := seen.Time(seq)
	if err != nil {
		return 0, err
	}
	y, m, d := at.In(seen.Summary().Zone()).Date()
	return seen.SeqAt(time.Date(y, m, d, 0, 0, 0, 0, seen.Summary().Zone()).Add(-time.Millisecond)), nil
}

// MoreChanges are the ranks that the event changed beyond those that are shown.
func (p replayPage) MoreChanges() int { return max(len(p.Changes)-changedByEvent, 0) }

// FirstChanges are the ranks that the event changed, as many as are shown.
func (p replayPage) FirstChanges() []replayChange {
	return p.Changes[:min(len(p.Changes), changedByEvent)]
}

// Why is the address of what set two units apart right after the event that changed their order: the first that went up, and the first that went
// down, or else the next. It is "" where fewer than two moved.
func (p replayPage) Why() string {
	up := slices.IndexFunc(p.Changes, replayChange.Up)
	if up < 0 || len(p.Changes) < 2 {
		return ""
	}
	other := slices.IndexFunc(p.Changes, func(c replayChange) bool { return !c.Up() })
	if other < 0 {
		other = (up + 1) % len(p.Changes)
	}
	return p.Href("compare", "cluster", p.Cluster, "unit", p.Changes[up].Unit, "other", p.Changes[other].Unit)
}

// moves finds what changed ranks around event seq, and why.
func (p *replayPage) moves(seen *projections.Live, course *projections.ClusterTimeline, seq events.Seq) {
	p.MoveBack, p.MoveOn = course.Around(seq)
	p.All = len(course.Moves)
	from, _ := slices.BinarySearch(course.Moves, seq)
	around := course.Moves[max(0, from-movesAround):min(len(course.Moves), from+movesAround+1)]
	lines := seen.AuditOf(p.Lang, append([]events.Seq{seq}, around...)...)
	if p.Event, p.Moves = lines[0], lines[1:]; p.Event.Import != 0 {
		p.Import = seen.AuditOf(p.Lang, p.Event.Import)[0]
	}
}

// markText says what a mark is.
func (p *replayPage) markText(m projections.YearMark) string {
	switch m.Kind {
	case projections.MarkOpened:
		return p.Say("mở chiến dịch", "the campaign is opened")
	case projections.MarkStage:
		return p.Say("giai đoạn %s", "stage %s", p.Stage(m.Stage))
	case projections.MarkDrive:
		return m.Title
	case projections.MarkFrozen:
		return p.Say("đóng băng bảng xếp hạng", "the standings are frozen")
	case projections.MarkRevealed:
		return p.Say("công bố bảng xếp hạng", "the standings are revealed")
	case projections.MarkAmended:
		return p.Say("quy chế sửa đổi, bản %d", "regulation amended, version %d", m.Version)
	case projections.MarkBallot:
		return p.Say("kết thúc bỏ phiếu %s", "ballot %s closed", m.Ballot)
	case projections.MarkClosed:
		return p.Say("kết thúc chiến dịch", "the campaign is closed")
	}
	return string(m.Kind)
}

// draw makes the chart and the table beside it.
func (p *replayPage) draw(course *projections.ClusterTimeline, now *projections.ClusterStandings, at time.Time) {
	zone := p.zone()
	units := p.chooseUnits(course, now)
	p.Shown, p.Units = len(units), len(course.Units)
	in := BumpInput{Now: at, Last: p.Last, MonthFormat: p.Say("01/06", "Jan 06")}
	titles := map[string]string{}
	ranks := map[string]int{}
	for _, s := range now.Rows {
		titles[s.Unit], ranks[s.Unit] = orID(s.Title().In(p.Lang), s.Unit), s.Rank
	}
	names := make([]string, 0, len(units))
	for _, u := range units {
		names = append(names, titles[course.Units[u]])
		in.NowRanks = append(in.NowRanks, ranks[course.Units[u]])
	}
	for i, title := range shortTitles(names) {
		in.Units = append(in.Units, BumpUnit{course.Units[units[i]], title})
	}
	var days []string
	for _, d := range course.Days {
		day, err := time.ParseInLocation(time.DateOnly, d.Day, zone)
		if err != nil { // the fold wrote it
			continue
		}
		bump := BumpDay{Day: day}
		for _, u := range units {
			bump.Ranks = append(bump.Ranks, d.Ranks[u])
		}
		in.Days = append(in.Days, bump)
		days = append(days, fmt.Sprintf("%s:%d", d.Day, d.Seq))
	}
	p.Days = strings.Join(days, " ")
	p.spans(&in)
	p.table(in, names)
	if p.Weekly = len(in.Days) > maxChartDays; p.Weekly {
		in.Days = lastOf(in.Days, func(t time.Time) string {
			y, week := t.ISOWeek()
			return fmt.Sprint(y, " ", week)
		})
	}
	p.Chart = NewBumpChart(in)
}

// spans are the drives, the freezes and the stages of the chart.
func (p *replayPage) spans(in *BumpInput) {
	day := func(text string) time.Time {
		t, err := time.ParseInLocation(time.DateOnly, text, p.zone())
		if err != nil { // admission wants days
			return p.First
		}
		return t
	}
	for i, m := range p.Marks {
		switch m.Kind {
		case projections.MarkDrive:
			in.Bands = append(in.Bands, BumpSpan{cut(m.Title, 2*bumpLabel), "drive", day(m.From), day(m.To).AddDate(0, 0, 1)})
		case projections.MarkFrozen:
			until := p.Last
			for _, later := range p.Marks[i:] {
				if later.Kind == projections.MarkRevealed {
					until = later.When()
					break
				}
			}
			in.Bands = append(in.Bands, BumpSpan{p.Say("đóng băng", "frozen"), "freeze", m.When(), until})
		case projections.MarkStage:
			in.Lines = append(in.Lines, BumpSpan{Title: p.Stage(m.Stage), Class: "stage", From: m.When()})
		case projections.MarkClosed:
			in.Lines = append(in.Lines, BumpSpan{Title: p.Say("kết thúc", "closed"), Class: "close", From: m.When()})
		}
	}
}

// table is the rank of each unit of the chart at the end of each month.
func (p *replayPage) table(in BumpInput, names []string) {
	format := p.Say("01/2006", "Jan 2006")
	ends := lastOf(in.Days, func(t time.Time) string { return t.Format("2006-01") })
	if extra := len(ends) - maxMonths; extra > 0 {
		ends = ends[extra:]
	}
	for _, d := range ends {
		p.Months = append(p.Months, d.Day.Format(format))
	}
	for u, unit := range in.Units {
		row := replayRanks{Unit: unit.ID, Title: names[u]}
		for _, d := range ends {
			row.Ranks = append(row.Ranks, shared(d.Ranks, u))
		}
		p.Ranks = append(p.Ranks, row)
	}
	SortBy(p.Ranks, p.Lang, func(r replayRanks) string { return r.Title })
}

// lastOf are the last days of each span that has any, which name tells apart.
func lastOf(days []BumpDay, name func(time.Time) string) (list []BumpDay) {
	for i, d := range days {
		if i+1 == len(days) || name(days[i+1].Day) != name(d.Day) {
			list = append(list, d)
		}
	}
	return list
}

// chooseUnits are the lines of the chart, by rank as of the event: all, or where there are too many those that were chosen, or the top ones.
func (p *replayPage) chooseUnits(course *projections.ClusterTimeline, now *projections.ClusterStandings) []int {
	index := map[string]int{}
	for i, id := range course.Units {
		index[id] = i
	}
	var units []int
	for i, s := range now.Rows {
		take := len(p.Chosen) == 0 && (len(now.Rows) <= maxChartUnits || i < topChartUnits) || slices.Contains(p.Chosen, s.Unit)
		if take && len(units) < maxChartUnits {
			units = append(units, index[s.Unit])
		}
	}
	slices.SortFunc(units, func(a, b int) int { return strings.Compare(course.Units[a], course.Units[b]) })
	return units
}

// Gain is how many points a unit gained, where that is not nothing.
func (r replayRow) Gain() string {
	if n, ok := new(big.Rat).SetString(r.Gained); !ok || n.Sign() == 0 {
		return ""
	}
	return r.Gained
}

// At is the address of this page as of another event.
func (p replayPage) At(seq events.Seq) string { return p.Here("as_of", seq) }

// FormDay is the day of t where the campaign is, as forms have it.
func (p replayPage) FormDay(t time.Time) string { return t.In(p.zone()).Format(time.DateOnly) }
