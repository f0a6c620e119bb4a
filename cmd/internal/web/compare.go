package web

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"campaignledger/events"
	"campaignledger/projections"
)

// comparePage sets two units side by side.
type comparePage struct {
	Frame
	Cluster   string
	Units     []UnitName
	One, Two  string
	Why       projections.Why
	Rows      []compareRow
	OneLeads  string // of all leaves on which the first unit has more, how much more
	TwoLeads  string
	Unchanged int // leaves on which they have the same points
}

// compareRow is one leaf on which two units differ. Share is the difference in thousandths of the largest.
type compareRow struct {
	projections.Difference
	Share   int
	Ahead   bool // the first unit
	Running string
}

// Compare sets two units side by side: what sets them apart, largest first. Without a choice it takes the first two of the standings.
func Compare(ctx context.Context, v *View) (Page, error) {
	var p comparePage
	err := v.look(ctx, func(seen *projections.Live) (err error) {
		p = comparePage{Cluster: v.Query.Get("cluster"), One: v.Query.Get("unit"), Two: v.Query.Get("other")}
		standings := seen.Standings()
		p.Frame = v.frame(standings.Summary, "So sánh hai đơn vị", "Two units side by side")
		if p.Cluster == "" {
			p.Cluster = clusterOf(standings.Regulation, p.One)
		}
		p.chooseTop(standings)
		p.Units = unitsOf(standings.Regulation, p.Cluster, v.Lang, "")
		if p.One == "" || p.Two == "" || p.One == p.Two {
			return nil
		}
		p.Why, err = seen.Why(p.Cluster, p.One, p.Two, v.Lang)
		return err
	})
	if err == nil {
		err = p.fill()
	}
	p.Styles = []string{"unit.css"}
	return Page{"compare", p}, err
}

// clusterOf is the first cluster that has the unit, or the first of all.
func clusterOf(r *events.Regulation, unit string) string {
	i := slices.IndexFunc(r.Clusters, func(c events.Cluster) bool {
		return slices.ContainsFunc(c.Units, func(u events.Unit) bool { return u.ID == unit })
	})
	return r.Clusters[max(i, 0)].ID
}

// chooseTop fills in units that were not chosen, by standing.
func (p *comparePage) chooseTop(s projections.Standings) {
	for _, c := range s.Clusters {
		if c.ID() != p.Cluster {
			continue
		}
		for _, row := range c.Rows {
			switch {
			case p.One == "" && row.Unit != p.Two:
				p.One = row.Unit
			case p.Two == "" && row.Unit != p.One:
				p.Two = row.Unit
			}
		}
	}
}

// fill works out the bars and sums.
func (p *comparePage) fill() error {
	if p.Why.Against == nil {
		return nil
	}
	running, one, two := new(big.Rat), new(big.Rat), new(big.Rat)
	var largest *big.Rat
	places := 0
	for _, d := range p.Why.Against.Differences {
		apart, ok := new(big.Rat).SetString(d.Difference)
		if !ok {
			return fmt.Errorf("criterion %s: the difference %q is no number", d.Criterion, d.Difference)
		}
		if largest == nil { // they come largest first
			_, fraction, _ := strings.Cut(d.Difference, ".")
			largest, places = new(big.Rat).Abs(apart), len(fraction)
		}
		running.Add(running, apart)
		row := compareRow{Difference: d, Ahead: apart.Sign() > 0, Running: running.FloatString(places), Share: thousandths(apart, largest)}
		if row.Ahead {
			one.Add(one, apart)
		} else {
			two.Sub(two, apart)
		}
		p.Rows = append(p.Rows, row)
	}
	p.OneLeads, p.TwoLeads = one.FloatString(places), two.FloatString(places)
	for _, c := range p.Why.Criteria {
		if c.Method != events.MethodGroup && c.Assigned {
			p.Unchanged++
		}
	}
	p.Unchanged -= len(p.Rows)
	return nil
}

// thousandths is |part| ÷ whole in thousandths, for a bar; at least 1 where there is anything.
func thousandths(part, whole *big.Rat) int {
	if part.Sign() == 0 || whole.Sign() == 0 {
		return 0
	}
	share := new(big.Rat).Quo(new(big.Rat).Abs(part), whole)
	n := new(big.Int).Quo(new(big.Int).Mul(share.Num(), big.NewInt(1000)), share.Denom())
	return int(max(n.Int64(), 1))
}
