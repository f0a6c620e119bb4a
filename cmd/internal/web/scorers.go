package web

import (
	"context"
	"fmt"
	"strings"

	"campaignledger/projections"
)

// scorersPage is who marked how, and what that did.
type scorersPage struct {
	Frame
	Cluster string
	Unit    string // whose effect is asked for; "" for all
	Result  projections.ClusterScorers
	Units   []UnitName
	Rows    []scorerRow
	Marked  int // who gave marks to others
	Moved   int // units whose marks of others changed their own rank
}

// scorerRow is a scorer with its bars: shares in thousandths of the largest in the table.
type scorerRow struct {
	projections.ScorerLine
	Harsh, Favour     int
	Lenient, Favoured bool
}

// Scorers is the page of who marked how. Without a choice it shows the first cluster.
func Scorers(ctx context.Context, v *View) (Page, error) {
	var p scorersPage
	err := v.look(ctx, func(seen *projections.Live) error {
		p = scorersPage{Cluster: v.Query.Get("cluster"), Unit: v.Query.Get("unit")}
		sum := seen.Summary()
		p.Frame = v.frame(sum, "Ai chấm thế nào", "Who marked how")
		if p.Cluster == "" {
			p.Cluster = clusterOf(sum.Regulation, p.Unit)
		}
		p.Units = unitsOf(sum.Regulation, p.Cluster, v.Lang, "")
		s, err := v.Campaign.Scorers(ctx, seen, p.Cluster, p.Unit, v.Lang)
		if err == nil {
			p.Result = s.Clusters[0]
		}
		return err
	})
	if err == nil {
		err = p.fill()
	}
	p.Styles = []string{"unit.css", "diagnostics.css"}
	return Page{"scorers", p}, err
}

// fill works out the bars.
func (p *scorersPage) fill() error {
	var harsh, favour shares
	for _, line := range p.Result.Scorers {
		if line.Harshness != "" {
			harsh.note(line.Harshness)
		}
		if line.Self != nil {
			favour.note(line.Self.Difference)
		}
	}
	for _, line := range p.Result.Scorers {
		row := scorerRow{ScorerLine: line}
		if line.Harshness != "" {
			row.Harsh, row.Lenient = harsh.of(line.Harshness), !strings.HasPrefix(line.Harshness, "-")
		}
		if line.Self != nil {
			row.Favour, row.Favoured = favour.of(line.Self.Difference), !strings.HasPrefix(line.Self.Difference, "-")
		}
		if line.Marks > 0 {
			p.Marked++
		}
		if line.Effect != nil && line.Effect.Gained != 0 {
			p.Moved++
		}
		p.Rows = append(p.Rows, row)
	}
	if harsh.bad || favour.bad {
		return fmt.Errorf("cluster %s: a figure of its scorers is no number", p.Cluster)
	}
	return nil
}

// UnitTitle is the title of a unit of the cluster.
func (p scorersPage) UnitTitle(id string) string {
	for _, u := range p.Units {
		if u.ID == id {
			return u.Title
		}
	}
	return id
}
