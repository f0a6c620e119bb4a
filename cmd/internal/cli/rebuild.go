package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/host"
)

func (a *app) rebuild() *cobra.Command {
	return &cobra.Command{Use: "rebuild CAMPAIGN", Short: "Fold the log anew, compare, and show what it says",
		Long: `Read a campaign's whole log again, check every signature, fold it beside the
running folds, compare the two at one event, and put the new ones in the place of
the running ones. Writers and readers go on meanwhile. A server opens a campaign
from a snapshot of its folds, in which nothing can be wrong but by a fault of the
program or of the memory; this is how to see that nothing is.

Exit status 3 where they were not equal, or where the log is damaged. What is shown
afterwards is what the log says.`,
		Example: "  campaign rebuild cum2-2017\n  campaign rebuild cum2-2017 -o json", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withClient(cmd.Context(), func(c *client.Client) error {
				summary, err := c.Summary(cmd.Context(), args[0], a.lang)
				if err != nil {
					return err
				}
				bar := a.foldBar(int64(summary.Seq))
				rebuilt, err := c.Rebuild(cmd.Context(), args[0], func(done, events uint64) {
					bar.ChangeMax64(int64(events))
					_ = bar.Set64(int64(done)) // a bar that can't be drawn is no reason to stop
				})
				_ = bar.Finish()
				if err != nil {
					return err
				}
				return a.writeRebuilt(args[0], rebuilt)
			})
		}}
}

func (a *app) writeRebuilt(id string, r host.Rebuilt) error {
	var err error
	switch a.output {
	case "json", "ndjson":
		err = writeJSON(a.out, r)
	case "csv":
		err = writeCSV(a.out, []string{"campaign", "seq", "compared", "equal", "different"},
			[][]string{{id, fmt.Sprint(r.Seq), fmt.Sprint(r.Compared), fmt.Sprint(r.Equal), r.Different}})
	default:
		if r.Equal {
			_, err = fmt.Fprintf(a.out, a.say("%s: dựng lại từ sổ đến sự kiện %d, giống hệt bản đang dùng\n", "%s: folded anew up to event %d, equal to what was in use\n"), id, r.Compared)
		}
	}
	if err != nil || r.Equal {
		return err
	}
	return mismatch(fmt.Sprintf(a.say("%s: bản đang dùng khác với sổ ở sự kiện %d: %s; nay đã thay bằng bản dựng lại từ sổ", "%s: what was in use at event %d was not what the log says: %s; it is now"),
		id, r.Compared, r.Different))
}
