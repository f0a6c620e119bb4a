package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
)

func (a *app) log() *cobra.Command {
	var since uint64
	var follow bool
	c := &cobra.Command{Use: "log CAMPAIGN", Short: "Print the records verbatim, one a line",
		Long: `Print the campaign's records exactly as stored, one a line; -o json wraps each
with its sequence and recorded time. What a freeze withholds from you is left
out; -o json gives its leaf hash instead.`,
		Example: "  campaign log cum2-2017\n  campaign log cum2-2017 --since 400 --follow -o json", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withCampaign(cmd.Context(), args[0], func(c *client.Client) error {
				if a.output == "csv" {
					if err := writeCSV(a.out, []string{"seq", "recorded", "record"}, nil); err != nil {
						return err
					}
				}
				var hidden withheld
				err := c.Events(cmd.Context(), args[0], events.Seq(since), follow, func(e client.Event, line []byte) error {
					if hidden.note(e) && a.output == "table" || hidden.n > 0 && follow && e.Leaf == "" {
						return nil // what comes after a gap comes again once the gap is filled
					}
					switch a.output {
					case "table":
						line = e.Record
					case "csv":
						return writeCSVRow(a.out, []string{fmt.Sprint(e.Seq), e.Recorded, string(e.Record)})
					}
					_, err := fmt.Fprintf(a.out, "%s\n", line)
					return err
				})
				hidden.tell(a)
				return err
			})
		}}
	c.Flags().Uint64Var(&since, "since", 0, "start after this sequence")
	c.Flags().BoolVarP(&follow, "follow", "f", false, "wait for more")
	return c
}

// withheld counts the events that are hidden from who reads, by a freeze or as votes in an open ballot.
type withheld struct {
	n    int
	last events.Seq
}

// note reports whether e is hidden. Once what was hidden may be seen the feed goes back to the first of it.
func (w *withheld) note(e client.Event) bool {
	if e.Leaf == "" {
		if e.Seq <= w.last {
			*w = withheld{}
		}
		return false
	}
	w.n, w.last = w.n+1, e.Seq
	return true
}

func (w *withheld) tell(a *app) {
	if w.n > 0 {
		writeWrapped(plainText{a.err}, "", fmt.Sprintf(a.say("%s bị giữ kín: sau lúc đóng băng bảng xếp hạng (người thẩm định đọc được bằng --key), hoặc là phiếu của cuộc bỏ phiếu đang mở (không ai đọc được)",
			"%s withheld: behind a freeze (a reviewer sees them with --key), or votes in an open ballot (nobody does)"), a.count(w.n, "sự kiện", "event")), lineWidth)
	}
}
