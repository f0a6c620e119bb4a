package cli

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
	"campaignledger/projections"
)

func (a *app) why() *cobra.Command {
	var cluster string
	c := &cobra.Command{Use: "why CAMPAIGN UNIT [UNIT2]", Short: "Show what a rank is made of; with two units, what sets them apart",
		Example: "  campaign why cum2-2017 lang-son\n  campaign why cum2-2017 lang-son son-la", Args: cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			query := url.Values{"unit": {args[1]}, "lang": {a.lang}}
			if cluster != "" {
				query.Set("cluster", cluster)
			}
			if len(args) == 3 {
				query.Set("other", args[2])
			}
			if len(args) == 3 && args[1] == args[2] {
				return usageError{fmt.Errorf("%s stands twice; name two different units, or one alone", args[1])}
			}
			return a.withCampaign(cmd.Context(), args[0], func(c *client.Client) error {
				why, err := c.Why(cmd.Context(), args[0], query)
				if err != nil {
					return err
				}
				return a.writeWhy(why)
			})
		}}
	c.Flags().StringVar(&cluster, "cluster", "", "the cluster, where the unit is in several")
	return c
}

func (a *app) writeWhy(w projections.Why) error {
	switch a.output {
	case "json":
		return writeJSON(a.out, w)
	case "ndjson":
		if w.Against != nil {
			return writeFlagged(a.out, w.Against.Differences, w.Signed, w.Notice)
		}
		return writeFlagged(a.out, w.Criteria, w.Signed, w.Notice)
	case "csv":
		return a.whyCSV(w)
	}
	a.banner(w.Notice, w.Signed)
	fmt.Fprintf(a.out, a.say("%s (%s): hạng %d trên %d, %s điểm", "%s (%s): rank %d of %d, %s points"), w.Title, w.Unit, w.Rank, w.Of, a.number(w.Points))
	if w.Max != "" {
		fmt.Fprintf(a.out, a.say(" (tối đa %s)", " (of at most %s)"), a.number(w.Max))
	}
	if len(w.TiedWith) > 0 {
		fmt.Fprintf(a.out, a.say(", đồng hạng với %s", ", tied with %s"), strings.Join(w.TiedWith, ", "))
	}
	fmt.Fprintln(a.out)
	for _, n := range w.Notes {
		fmt.Fprintln(a.out, "  "+projections.NoteIn(n, a.lang))
	}
	if w.Against != nil {
		a.writeAgainst(w)
		return nil
	}
	for _, c := range w.Criteria {
		a.writeCriterion(c)
	}
	return nil
}

func (a *app) writeCriterion(c projections.WhyCriterion) {
	indent := strings.Repeat("  ", c.Depth)
	if !c.Assigned {
		fmt.Fprintf(a.out, "%s%s %s: %s\n", indent, c.ID, c.Title, a.say("không giao", "not assigned"))
		return
	}
	line := fmt.Sprintf("%s%s %s: %s", indent, c.ID, c.Title, a.number(c.Points))
	if c.Max != "" {
		line += " / " + a.number(c.Max)
	}
	if c.Weight != "" {
		line += " (× " + a.number(c.Weight) + ")"
	}
	if c.Missing {
		line += a.say(" — THIẾU", " — MISSING")
	}
	fmt.Fprintln(a.out, line)
	if c.Target != nil {
		fmt.Fprintf(a.out, "%s    #%-5d %s\n", indent, c.Target.Seq, a.deed(*c.Target))
	}
	for _, e := range c.Entries {
		mark := " "
		if e.Counts {
			mark = "✓"
		}
		line := fmt.Sprintf("%s  %s #%-5d %s %s: %s", indent, mark, e.Seq, e.Level, e.Scorer, a.markText(e.AuditLine))
		if e.Reason != "" {
			line += " — " + e.Reason
		}
		if e.SupersededBy != 0 {
			line += fmt.Sprintf(a.say(" [bị thay bởi #%d]", " [replaced by #%d]"), e.SupersededBy)
		}
		fmt.Fprintln(a.out, line)
	}
}

// writeAgainst shows what sets two units apart, largest first.
func (a *app) writeAgainst(w projections.Why) {
	o := w.Against
	fmt.Fprintf(a.out, a.say("%s (%s): hạng %d, %s điểm; chênh lệch %s\n\n", "%s (%s): rank %d, %s points; difference %s\n\n"), o.Title, o.Unit, o.Rank,
		a.number(o.Points), a.number(signed(o.Difference)))
	if len(o.Differences) == 0 {
		fmt.Fprintln(a.out, a.say("Không tiêu chí nào chênh nhau.", "No criterion sets them apart."))
		return
	}
	t := table{header: []string{a.say("Tiêu chí", "Criterion"), a.say("Tên", "Title"), w.Unit, o.Unit, a.say("Chênh", "Apart"), a.say("Sự kiện", "Events")},
		right: []bool{false, false, true, true, true, false}, flexible: 1}
	const eventsWidth = 20
	for _, d := range o.Differences {
		t.rows = append(t.rows, []string{d.Criterion, d.Title, a.number(d.Points), a.number(d.Other), a.number(signed(d.Difference)),
			cut(strings.TrimSpace(seqs(d.Entries)+" | "+seqs(d.OtherSeqs)), eventsWidth)})
	}
	t.write(a.out)
}

// signed puts a plus before what is not negative.
func signed(s string) string {
	if strings.HasPrefix(s, "-") {
		return s
	}
	return "+" + s
}

func seqs(list []events.Seq) string {
	texts := make([]string, 0, len(list))
	for _, s := range list {
		texts = append(texts, fmt.Sprint(s))
	}
	return strings.Join(texts, " ")
}

func (a *app) whyCSV(w projections.Why) error {
	var rows [][]string
	if w.Against != nil {
		for _, d := range w.Against.Differences {
			rows = append(rows, []string{d.Criterion, d.Title, d.Points, d.Other, d.Difference, seqs(d.Entries), seqs(d.OtherSeqs),
				fmt.Sprint(w.Signed), w.Notice})
		}
		return writeCSV(a.out, []string{"criterion", "title", w.Unit, w.Against.Unit, "difference", "entries", "other_entries", "signed", "notice"}, rows)
	}
	for _, c := range w.Criteria {
		rows = append(rows, []string{c.ID, c.Title, string(c.Method), c.Points, c.Max, c.Level, c.Value, fmt.Sprint(c.Missing),
			fmt.Sprint(w.Signed), w.Notice})
	}
	return writeCSV(a.out, []string{"criterion", "title", "method", "points", "max", "level", "value", "missing", "signed", "notice"}, rows)
}
