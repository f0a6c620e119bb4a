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
					if hidden.note(e) && a.output == "table" {
						return nil
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

// withheld counts the events that a freeze hides from who reads.
type withheld struct {
	n    int
	last events.Seq
}

// note reports whether e is hidden. At the reveal the feed goes back to the first that was.
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
		fmt.Fprintf(a.err, a.say("%s bị giữ kín vì bảng xếp hạng đang đóng băng; người thẩm định đọc được bằng --key\n",
			"%s withheld while the standings are frozen; a reviewer sees them with --key\n"), a.count(w.n, "sự kiện", "event"))
	}
}
