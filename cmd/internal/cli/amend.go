package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"campaignledger/events"
	"campaignledger/projections"
)

func (a *app) amend() *cobra.Command {
	var reason string
	var preview, yes bool
	c := &cobra.Command{Use: "amend CAMPAIGN REGULATION.yaml", Short: "Propose another regulation for the campaign",
		Long: `Propose another regulation, as the head of the lead unit. First it prints what
that would do to the ranks: now; if all marks on the leaves it touches were
entered again as they are; and until then, without them.

Before anything is scored the amendment is in force at once; after that when the
regulation's share of units has endorsed it (campaign endorse). The founding
members, clusters, units and levels stay as they are, and no leaf is taken out.`,
		Example: `  campaign amend cum2-2017 regulation-2.yaml --preview
  campaign amend cum2-2017 regulation-2.yaml --reason "bonus raised to 30"`, Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			name, source, err := a.readFile(args[1], "regulation.yaml")
			if err != nil {
				return err
			}
			regulation, err := events.ParseRegulation(name, source)
			if err != nil {
				return err
			}
			return a.withSigner(ctx, args[0], func(s signing) error {
				effect, err := s.Preview(ctx, s.id, name, source)
				if err != nil {
					return err
				}
				if preview && a.output != "table" {
					return a.previewData(effect)
				}
				a.writePreview(effect, !preview)
				if preview {
					return nil
				}
				if err := a.need(ctx, asked{value: &reason, name: "--reason", vi: "Vì sao sửa quy chế?", en: "Why is the regulation amended?"}); err != nil {
					return err
				}
				if err := a.confirm(ctx, yes, "Đề nghị sửa quy chế như vậy?", "Propose this amendment?"); err != nil {
					return err
				}
				sum := sha256.Sum256(source)
				return s.say(ctx, events.Draft{Payload: events.NewRegulationAmended(regulation, effect.Version, name, hex.EncodeToString(sum[:]), reason)})
			})
		}}
	c.Flags().StringVar(&reason, "reason", "", "why")
	c.Flags().BoolVar(&preview, "preview", false, "show the effect on ranks and stop")
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return c
}

func (a *app) previewData(p projections.Preview) error {
	if a.output != "csv" {
		return writeJSON(a.out, p)
	}
	var rows [][]string
	for _, c := range p.Clusters {
		for _, u := range c.Units {
			rows = append(rows, []string{c.Cluster, u.Unit, fmt.Sprint(u.Rank), u.Points, fmt.Sprint(u.RankKept), u.PointsKept, fmt.Sprint(u.RankReopened), u.PointsReopened})
		}
	}
	return writeCSV(a.out, []string{"cluster", "unit", "rank", "points", "rank_kept", "points_kept", "rank_reopened", "points_reopened"}, rows)
}

// writePreview shows the effect on ranks; before a question it is a message and not the command's data.
func (a *app) writePreview(p projections.Preview, message bool) {
	out := a.out
	if message {
		out = plainText{a.err}
	}
	fmt.Fprintf(out, a.say("Quy chế bản %d\n", "Version %d of the regulation\n"), p.Version)
	for _, c := range p.Clusters {
		t := table{header: []string{c.Cluster, a.say("Hạng", "Rank"), a.say("Điểm", "Points"), a.say("Nhập lại", "Kept"), "", a.say("Đến lúc đó", "Until then"), ""},
			right: []bool{false, true, true, true, true, true, true}}
		for _, u := range c.Units {
			t.rows = append(t.rows, []string{u.Unit, strconv.Itoa(u.Rank), a.number(u.Points), strconv.Itoa(u.RankKept), a.number(u.PointsKept), strconv.Itoa(u.RankReopened), a.number(u.PointsReopened)})
		}
		t.write(out)
	}
	leaves := ""
	for _, l := range p.Reopened {
		leaves += " " + l.Cluster + "/" + l.Criterion
	}
	if leaves != "" {
		writeWrapped(out, "", a.say("Mở lại:", "Reopened:")+leaves, lineWidth)
	}
	if p.Marks > 0 {
		fmt.Fprintf(out, a.say("Phải nhập lại %s.\n", "%s would have to be entered again.\n"), a.marks(p.Marks))
	}
	if p.Agree > 0 {
		fmt.Fprintf(out, a.say("Có hiệu lực khi %d đơn vị đồng thuận, tính cả đơn vị đề nghị.\n", "In force when %d units agree, yours counted.\n"), p.Agree)
	} else {
		fmt.Fprintln(out, a.say("Có hiệu lực ngay.", "In force at once."))
	}
}
