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
with its sequence and recorded time.`,
		Example: "  campaign log cum2-2017\n  campaign log cum2-2017 --since 400 --follow -o json", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withCampaign(cmd.Context(), args[0], func(c *client.Client) error {
				if a.output == "csv" {
					if err := writeCSV(a.out, []string{"seq", "recorded", "record"}, nil); err != nil {
						return err
					}
				}
				return c.Events(cmd.Context(), args[0], events.Seq(since), follow, func(e client.Event, line []byte) error {
					switch a.output {
					case "table":
						line = e.Record
					case "csv":
						return writeCSVRow(a.out, []string{fmt.Sprint(e.Seq), e.Recorded, string(e.Record)})
					}
					_, err := fmt.Fprintf(a.out, "%s\n", line)
					return err
				})
			})
		}}
	c.Flags().Uint64Var(&since, "since", 0, "start after this sequence")
	c.Flags().BoolVarP(&follow, "follow", "f", false, "wait for more")
	return c
}
