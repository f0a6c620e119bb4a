package web

import (
	"context"
	"fmt"
	"math/big"

	"campaignledger/projections"
)

// stabilityPage is how little would turn neighbours in the standings round.
type stabilityPage struct {
	Frame
	Cluster         string
	Result          projections.ClusterStability
	Rows            []stabilityRow
	Weakest         *stabilityRow // the pair that the least change of a mark turns round; nil if none does
	Earlier, Later  string        // which pairs stand before and after these; "" if none
	Equal, Unturned int           // pairs that the formula does not tell apart; that nothing turns round
}

// stabilityRow is a pair with its bars: shares in thousandths of the largest in the table.
type stabilityRow struct {
	projections.PairStability
	MarkShare, WeightShare int
	MarkUp, WeightUp       bool
}

// Stability is the page of what would turn each two neighbours round. Without a choice it shows the first cluster, from the top.
func Stability(ctx context.Context, v *View) (Page, error) {
	pairs, err := projections.ParsePairs(v.Query.Get("pairs"))
	if err != nil {
		return Page{}, err
	}
	var p stabilityPage
	err = v.look(ctx, func(seen *projections.Live) error {
		p = stabilityPage{Cluster: v.Query.Get("cluster")}
		sum := seen.Summary()
		p.Frame = v.frame(sum, "Độ vững của thứ hạng", "How firm each place is")
		if p.Cluster == "" {
			p.Cluster = sum.Regulation.Clusters[0].ID
		}
		s, err := v.Campaign.Stability(ctx, seen, p.Cluster, pairs, v.Lang)
		if err == nil {
			p.Result = s.Clusters[0]
		}
		return err
	})
	if err == nil {
		err = p.fill(pairs)
	}
	p.Styles = []string{"unit.css", "diagnostics.css"}
	return Page{"stability", p}, err
}

// fill works out the bars, and which pairs come before and after.
func (p *stabilityPage) fill(pairs projections.Pairs) error {
	var marks, weights shares
	for _, pair := range p.Result.Pairs {
		row := stabilityRow{PairStability: pair}
		if m := pair.Mark; m != nil {
			marks.note(m.Percent)
			row.MarkUp = m.Change[0] != '-'
		}
		if w := pair.Weight; w != nil {
			weights.note(w.Percent)
			row.WeightUp = w.Change[0] != '-'
		}
		if pair.Equal {
			p.Equal++
		}
		if pair.Mark == nil && pair.Weight == nil {
			p.Unturned++
		}
		p.Rows = append(p.Rows, row)
	}
	var least *big.Rat
	for i := range p.Rows {
		row := &p.Rows[i]
		if row.Mark != nil {
			row.MarkShare = marks.of(row.Mark.Percent)
			if percent, ok := new(big.Rat).SetString(row.Mark.Percent); ok && (least == nil || percent.Cmp(least) < 0) {
				least, p.Weakest = percent, row
			}
		}
		if row.Weight != nil {
			row.WeightShare = weights.of(row.Weight.Percent)
		}
	}
	width := pairs.To - pairs.From + 1
	if pairs.From > 1 {
		p.Earlier = fmt.Sprintf("%d-%d", max(pairs.From-width, 1), pairs.From-1)
	}
	if next := p.Result.Next; next != 0 {
		p.Later = fmt.Sprintf("%d-%d", next, min(next+width-1, p.Result.Of))
	}
	if marks.bad || weights.bad {
		return fmt.Errorf("cluster %s: a share of its stability is no number", p.Cluster)
	}
	return nil
}

// shares are amounts that have bars, held against the largest of them.
type shares struct {
	largest *big.Rat
	bad     bool // one of them is no number
}

func (s *shares) note(amount string) {
	r, ok := new(big.Rat).SetString(amount)
	if !ok {
		s.bad = true
		return
	}
	if r.Abs(r); s.largest == nil || r.Cmp(s.largest) > 0 {
		s.largest = r
	}
}

// of is an amount's share in thousandths.
func (s *shares) of(amount string) int {
	r, ok := new(big.Rat).SetString(amount)
	if !ok || s.largest == nil {
		return 0
	}
	return thousandths(r, s.largest)
}
