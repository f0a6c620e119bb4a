package web

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"campaignledger/events"
	"campaignledger/projections"
)

// revealPage is one step of the ceremony after a freeze: the places from the bottom up, as far as they are open. It holds nothing of those
// that are not.
type revealPage struct {
	Frame
	Theme       string
	Feed        string     // while the standings are frozen: tells when they are revealed
	Frozen      events.Seq // 0: there was no freeze
	Revealed    events.Seq
	Cluster     ClusterName
	Step, Steps int
	Places      []revealPlace
	Newest      []revealPlace // that the last step opened
	Waiting     bool          // frozen, and not revealed yet
}

// revealPlace is one line: a unit at its rank, or nothing that is known yet.
type revealPlace struct {
	Open, New     bool
	Rank          int
	Unit, Title   string
	Points        string
	From          int    // rank when the standings were frozen, 0 where there was no freeze
	Before, Apart string // points then, and the difference
}

// Reveal is the ceremony: /reveal?step=N has the last N places open. Ties are opened together.
func Reveal(ctx context.Context, v *View) (Page, error) {
	var p revealPage
	err := v.Campaign.Look(ctx, v.Reader, func(seen *projections.Live) error {
		p = revealPage{Theme: v.theme()}
		sum := seen.Summary()
		if sum.Regulation == nil {
			return v.Campaign.Ledger.Broken()
		}
		p.Frame = v.frame(sum, "Lễ công bố kết quả", "Reveal of the standings")
		cluster := v.Query.Get("cluster")
		if err := seen.Standings().CheckCluster(cluster); err != nil {
			return err
		}
		p.chooseCluster(cluster)
		if sum.Frozen != 0 {
			p.Waiting, p.Frozen = true, sum.Frozen
			p.Feed = "/api/v1/campaigns/" + p.Campaign.ID + "/board?lang=" + v.Lang
			return nil
		}
		return p.open(ctx, v, seen)
	})
	p.Bare = true
	p.Styles, p.Scripts = []string{"board.css", "projector.css", "reveal.css"}, []string{"hall.js", "reveal.js"}
	return Page{"reveal", p}, err
}

// chooseCluster takes the cluster, or the first where none was asked for.
func (p *revealPage) chooseCluster(id string) {
	p.Cluster = p.Campaign.Clusters[0]
	if i := slices.IndexFunc(p.Campaign.Clusters, func(c ClusterName) bool { return c.ID == id }); i >= 0 {
		p.Cluster = p.Campaign.Clusters[i]
	}
}

// open opens the places up to the step.
func (p *revealPage) open(ctx context.Context, v *View, seen *projections.Live) error {
	at := ""
	if p.Frozen, p.Revealed = seen.LastReveal(); p.Revealed != 0 {
		at = fmt.Sprint(p.Revealed)
	}
	is, err := v.Campaign.AsOf(ctx, seen, at)
	if err != nil {
		return err
	}
	was := map[string]*projections.Standing{}
	if p.Frozen != 0 {
		before, err := v.Campaign.AsOf(ctx, seen, fmt.Sprint(p.Frozen))
		if err != nil {
			return err
		}
		for _, row := range rowsOf(before, p.Cluster.ID) {
			was[row.Unit] = row
		}
	}
	rows := rowsOf(is, p.Cluster.ID)
	p.Steps = distinctRanks(rows)
	p.Step, _ = strconv.Atoi(v.Query.Get("step")) // what is no number begins anew
	p.Step = min(max(p.Step, 0), p.Steps)
	p.fill(rows, was)
	return nil
}

func rowsOf(s projections.Standings, cluster string) []*projections.Standing {
	for _, c := range s.Clusters {
		if c.ID() == cluster {
			return c.Rows
		}
	}
	return nil
}

func distinctRanks(rows []*projections.Standing) (n int) {
	for i, r := range rows {
		if i == 0 || rows[i-1].Rank != r.Rank {
			n++
		}
	}
	return n
}

func (p *revealPage) fill(rows []*projections.Standing, was map[string]*projections.Standing) {
	rank := 0 // distinct ranks from the top
	for i, r := range rows {
		if i == 0 || rows[i-1].Rank != r.Rank {
			rank++
		}
		fromBottom := p.Steps - rank + 1
		place := revealPlace{Open: fromBottom <= p.Step, New: fromBottom == p.Step}
		if place.Open {
			place.Rank, place.Unit, place.Title, place.Points = r.Rank, r.Unit, p.Unit(r), r.Points()
			if old := was[r.Unit]; old != nil {
				place.From, place.Before, place.Apart = old.Rank, old.Points(), r.Less(old)
			}
		}
		p.Places = append(p.Places, place)
		if place.New {
			p.Newest = append(p.Newest, place)
		}
	}
}

// Opposite is the other theme.
func (p revealPage) Opposite() string { return opposite(p.Theme) }
