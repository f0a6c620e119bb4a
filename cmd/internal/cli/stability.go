package cli

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/projections"
)

const aboutStability = `Show for each two units that stand next to each other the smallest change of one
mark, and of one weight, that would turn them round by the regulation's own
comparison. A diagnostic: the official result stays what it is.

Smallest is what is least for its range: a mark's is the leaf's maximum, or what
else it is measured by; a weight's is the weight. Marks change in steps of the
last decimal place that points have, weights in hundredths. --pairs 21-40 shows
the pairs further down in a large cluster; at most 20 are worked out at a time.`

func (a *app) stability() *cobra.Command {
	query := url.Values{}
	flags := map[string]*string{}
	c := &cobra.Command{Use: "stability CAMPAIGN", Short: "Show how little would turn neighbours in the standings round", Long: aboutStability,
		Example: "  campaign stability cum2-2017\n  campaign stability cum2-2017 --pairs 1-3\n  campaign stability cum2-2017 -o csv > stability.csv", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := projections.ParsePairs(*flags["pairs"]); err != nil {
				return usageError{fmt.Errorf("--pairs: %w", err)}
			}
			return a.diagnose(cmd, args[0], query, flags, func(c *client.Client) error {
				s, err := c.Stability(cmd.Context(), args[0], query)
				if err != nil {
					return err
				}
				return a.writeStability(s)
			})
		}}
	flags["cluster"] = c.Flags().String("cluster", "", "only this cluster")
	flags["pairs"] = c.Flags().String("pairs", "", "which pairs, from the top: 3, or 21-40; the first 20 if not given")
	flags["as_of"] = c.Flags().String("as-of", "", "a sequence, a time or a date")
	return c
}

func (a *app) writeStability(s projections.Stability) error {
	d := diagnosis{notice: s.Notice, signed: s.Signed, seq: s.Seq, whole: s, table: func(i int) { a.stabilityTable(s.Clusters[i]) }, csv: func() error { return a.stabilityCSV(s) }}
	for _, c := range s.Clusters {
		d.titles = append(d.titles, c.Title)
		for _, p := range c.Pairs {
			d.lines = append(d.lines, struct {
				Cluster string `json:"cluster"`
				projections.PairStability
				Official bool   `json:"official"`
				Signed   bool   `json:"signed"`
				Notice   string `json:"notice,omitempty"`
			}{c.Cluster, p, s.Official, s.Signed, s.Notice})
		}
	}
	return a.writeDiagnosis(d)
}

func (a *app) stabilityTable(c projections.ClusterStability) {
	t := table{header: []string{a.say("Cặp", "Pair"), a.say("Trên", "Above"), a.say("Dưới", "Below"), a.say("Cách nhau", "Apart"), a.say("Một điểm", "One mark"), a.say("Một hệ số", "One weight")},
		right: []bool{true, false, false, true, true, true}, flexible: 1}
	for _, p := range c.Pairs {
		gap := a.number(p.Gap)
		if p.RatioGap != "" {
			gap = a.number(p.RatioGap) + "%"
		}
		mark, weight := a.say("không có", "none"), a.say("không có", "none")
		if p.Mark != nil {
			mark = a.number(signed(p.Mark.Change)) + " (" + a.number(p.Mark.Percent) + "%)"
		}
		if p.Weight != nil {
			weight = a.number(signed(p.Weight.Change)) + " (" + a.number(p.Weight.Percent) + "%)"
		}
		t.rows = append(t.rows, []string{fmt.Sprint(p.Pair), p.Upper.Unit, p.Lower.Unit, gap, mark, weight})
		text := p.MarkText
		if p.Mark != nil {
			text += fmt.Sprintf(" (#%d)", p.Mark.Seq)
		}
		if text += " " + p.WeightText; p.Decided != 0 {
			text += fmt.Sprintf(a.say(" Hai đơn vị bằng nhau; thứ tự do sự kiện %d phân định.", " The two are equal; event %d decided their order."), p.Decided)
		}
		t.below = append(t.below, text)
	}
	t.write(a.out)
	if c.Next != 0 {
		fmt.Fprintf(a.out, a.say("… %d cặp trong tất cả; xem tiếp bằng --pairs %d-%d\n", "… of %d pairs in all; go on with --pairs %d-%d\n"), c.Of, c.Next, min(c.Next+len(c.Pairs)-1, c.Of))
	}
}

func (a *app) stabilityCSV(s projections.Stability) error {
	var rows [][]string
	for _, c := range s.Clusters {
		for _, p := range c.Pairs {
			row := []string{c.Cluster, fmt.Sprint(p.Pair), p.Upper.Unit, p.Lower.Unit, p.Gap, p.RatioGap}
			if m := p.Mark; m != nil {
				row = append(row, fmt.Sprint(m.Seq), m.Unit, m.Criterion, m.Level, m.Scorer, m.From, m.To, m.Change, m.Percent, m.UpperPoints, m.LowerPoints)
			} else {
				row = append(row, make([]string, 11)...)
			}
			if w := p.Weight; w != nil {
				row = append(row, w.Criterion, w.From, w.To, w.Percent, w.UpperPoints, w.LowerPoints)
			} else {
				row = append(row, make([]string, 6)...)
			}
			rows = append(rows, append(row, fmt.Sprint(s.Official), fmt.Sprint(s.Signed), s.Notice))
		}
	}
	return writeCSV(a.out, []string{"cluster", "pair", "upper", "lower", "gap", "ratio_gap", "mark_seq", "mark_unit", "mark_criterion", "mark_level", "mark_scorer", "mark_from",
		"mark_to", "mark_change", "mark_percent", "mark_upper_points", "mark_lower_points", "weight_criterion", "weight_from", "weight_to", "weight_percent",
		"weight_upper_points", "weight_lower_points", "official", "signed", "notice"}, rows)
}
