package web

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/projections"
)

// boardPage is the live board as it is before its script takes over, and without it.
type boardPage struct {
	Frame
	Feed     string // address of the feed; "" where the address names a state
	Since    events.Seq
	Clusters []boardCluster
	Theme    string // of the projector: dark or light
}

// boardCluster is one table.
type boardCluster struct {
	ID, Title string
	Adjusted  bool // there are bonuses or penalties
	Rows      []boardRow
}

// boardRow is one unit. Day and Since are the ranks at the start of the campaign's day, and when the reader looked before.
type boardRow struct {
	Rank, Day, Since           int
	Unit, Title                string
	Points, Max                string
	Missing                    int
	Bonus, Penalty             string
	Tied                       bool
	Notes                      []string
	HasBonus, HasPenalty, Full bool
}

// Board is the live board of all clusters, or of one.
func Board(ctx context.Context, v *View) (Page, error) {
	p, err := v.board(ctx)
	p.Styles, p.Scripts = []string{"board.css"}, []string{"board.js"}
	if err == nil && p.Feed != "" {
		v.Remember(LastViews{v.Before.Than(p.Campaign.Seq), p.Campaign.Seq})
	}
	return Page{"board", p}, err
}

// Projector is the board for the hall: one cluster, large, driven by the keyboard.
func Projector(ctx context.Context, v *View) (Page, error) {
	p, err := v.board(ctx)
	if err == nil && v.Query.Get("cluster") == "" && len(p.Clusters) > 1 {
		p.Clusters = p.Clusters[:1]
	}
	p.Bare, p.Theme = true, v.theme()
	p.Styles, p.Scripts = []string{"board.css", "projector.css"}, []string{"board.js", "hall.js", "projector.js"}
	return Page{"projector", p}, err
}

// board gathers the standings with what moved.
func (v *View) board(ctx context.Context) (p boardPage, err error) {
	err = v.Campaign.Look(ctx, v.Reader, func(seen *projections.Live) error {
		sum := seen.Summary()
		p = boardPage{Frame: v.frame(sum, "Bảng xếp hạng", "Standings")}
		if sum.Regulation == nil { // broken at its first record: the page says so, and there is no earlier state
			return nil
		}
		s, err := v.Campaign.AsOf(ctx, seen, v.Query.Get("as_of"))
		if err != nil {
			return err
		}
		p.Frame = v.frame(s.Summary, "Bảng xếp hạng", "Standings")
		if v.Query.Get("as_of") == "" {
			p.Feed = "/api/v1/campaigns/" + p.Campaign.ID + "/board?lang=" + v.Lang
		}
		morning, err := v.Campaign.Morning(ctx, seen, s)
		if err != nil {
			return err
		}
		before, err := v.lastRanks(ctx, seen, &p)
		if err != nil {
			return err
		}
		p.fill(s, v.Query.Get("cluster"), morning, before)
		return s.CheckCluster(v.Query.Get("cluster"))
	})
	return p, err
}

// lastRanks are the ranks when the reader looked before; nil where it did not, or where a freeze or another log has come in between.
func (v *View) lastRanks(ctx context.Context, seen *projections.Live, p *boardPage) (host.Ranks, error) {
	before := v.Before.Than(p.Campaign.Seq)
	if before == 0 || before >= p.Campaign.Seq {
		return nil, nil
	}
	p.Since = before
	past, err := v.Campaign.AsOf(ctx, seen, strconv.FormatUint(uint64(before), 10))
	return host.RanksOf(past), err
}

func (p *boardPage) fill(s projections.Standings, only string, morning, before host.Ranks) {
	for _, c := range s.Clusters {
		if only != "" && only != c.ID() {
			continue
		}
		table := boardCluster{ID: c.ID(), Title: p.Cluster(c), Rows: make([]boardRow, 0, len(c.Rows))}
		for _, r := range c.Rows {
			bonus, penalty := r.Adjustments()
			row := boardRow{Rank: r.Rank, Day: morning.Of(c.ID(), r.Unit, r.Rank), Since: before.Of(c.ID(), r.Unit, r.Rank), Unit: r.Unit, Title: p.Unit(r),
				Points: r.Points(), Max: r.Max(), Missing: len(r.Missing), Full: r.Complete, Bonus: r.Format(bonus), Penalty: r.Format(penalty),
				HasBonus: bonus.Sign() != 0, HasPenalty: penalty.Sign() != 0, Tied: len(r.TiedWith()) > 0, Notes: r.Notes}
			table.Rows = append(table.Rows, row)
		}
		table.Adjusted = hasAdjustments(s.Regulation, c.ID())
		p.Clusters = append(p.Clusters, table)
	}
}

// theme is the projector's: dark, unless light is asked for.
func (v *View) theme() string {
	if v.Query.Get("theme") == "light" {
		return "light"
	}
	return "dark"
}

// Opposite is the projector's other theme.
func (p boardPage) Opposite() string { return opposite(p.Theme) }

func opposite(theme string) string {
	if theme == "dark" {
		return "light"
	}
	return "dark"
}

// StateCode is the state in the feed's words.
func (f Frame) StateCode() string {
	return host.StateOf(f.Campaign.Frozen, f.Campaign.Final, f.Campaign.ReadOnly != "")
}

// Less is a less b.
func (Frame) Less(a, b int) int { return a - b }

// hasAdjustments reports whether a cluster's criteria have bonuses or penalties.
func hasAdjustments(r *events.Regulation, cluster string) bool {
	var any func(items []events.Criterion) bool
	any = func(items []events.Criterion) bool {
		return slices.ContainsFunc(items, func(c events.Criterion) bool { return c.Method == events.MethodAdjustment || any(c.Items) })
	}
	c := r.Cluster(cluster)
	return c != nil && any(r.Criteria(c))
}

// Witnessed says how many witnesses stand behind the log, and how far.
func (f Frame) Witnessed() string {
	if f.Campaign == nil {
		return host.Witnessing{}.In(f.Lang)
	}
	return f.Campaign.Proof.In(f.Lang)
}

// Unit is a unit's title in the reader's language.
func (f Frame) Unit(s *projections.Standing) string { return orID(s.Title().In(f.Lang), s.Unit) }

// Cluster is a cluster's title in the reader's language.
func (f Frame) Cluster(c *projections.ClusterStandings) string {
	return orID(c.Title().In(f.Lang), c.ID())
}

// Of joins words to an address within the campaign: "units/", id.
func (f Frame) Of(parts ...any) string { return fmt.Sprint(parts...) }
