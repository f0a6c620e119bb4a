package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/server"
)

func (a *app) list() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the campaigns", Example: "  campaign list\n  campaign list -o json", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withClient(cmd.Context(), func(c *client.Client) error {
				progress, done := a.listBar()
				list, err := c.List(cmd.Context(), a.lang, progress)
				done()
				if err != nil {
					return err
				}
				if err := a.writeList(list); err != nil {
					return err
				}
				for _, s := range list {
					if s.ReadOnly != "" {
						return readOnlyError(fmt.Sprintf("campaign %s: %s", s.ID, s.ReadOnly))
					}
				}
				return nil
			})
		}}
}

// listBar shows on a terminal how far a long list has come: the server may have to read each campaign first.
func (a *app) listBar() (progress func(listed int), done func()) {
	if !isTerminal(a.err) {
		return nil, func() {}
	}
	bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(a.err), progressbar.OptionSetDescription(a.say("đọc danh sách", "listing the campaigns")),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
	return func(listed int) { _ = bar.Set(listed) }, func() { _ = bar.Finish() } // a bar that can't be drawn is no reason to stop
}

func (a *app) writeList(list []server.CampaignSummary) error {
	switch a.output {
	case "json":
		return writeJSON(a.out, list)
	case "ndjson":
		return writeLines(a.out, list)
	}
	rows := make([][]string, 0, len(list))
	for _, s := range list {
		state := a.say("trực tiếp", "live")
		if s.Stage != "" {
			if state = a.stageWord(s.Stage); a.output == "csv" {
				state = string(s.Stage)
			}
		}
		if s.Frozen != 0 {
			state += a.say(", đóng băng", ", frozen")
		}
		if s.Final {
			state = a.say("đã kết thúc", "final")
		}
		if s.ReadOnly != "" {
			state = a.say("chỉ đọc", "read-only")
		}
		if s.Unread {
			state = a.say("chưa đọc", "not read yet")
		} else if !s.Signed {
			state += a.say(", chưa ký số", ", unsigned")
		}
		rows = append(rows, []string{s.ID, fmt.Sprint(s.Seq), state, s.Title, s.Notice})
	}
	if a.output == "csv" {
		return writeCSV(a.out, []string{"campaign", "events", "state", "title", "notice"}, rows)
	}
	if len(list) == 0 {
		fmt.Fprintln(a.err, a.say("Chưa có chiến dịch nào; mở bằng: campaign open QUY-CHE.yaml", "No campaign is open; open one with: campaign open REGULATION.yaml"))
		return nil
	}
	t := table{header: []string{a.say("Chiến dịch", "Campaign"), a.say("Sự kiện", "Events"), a.say("Trạng thái", "State"), a.say("Tên", "Title")},
		right: []bool{false, true, false, false}, flexible: 3}
	for _, row := range rows {
		if notice := row[4]; notice != "" {
			row[3] += " [" + notice + "]"
		}
		t.rows = append(t.rows, row[:4])
	}
	t.write(a.out)
	return nil
}

func (a *app) version() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the program's version", Example: "  campaign version\n  campaign version -o json", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := Version()
			if a.output == "json" || a.output == "ndjson" {
				return writeJSON(a.out, map[string]string{"version": v, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH})
			}
			_, err := fmt.Fprintf(a.out, "campaign %s (%s, %s/%s)\n", v, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		}}
}

// Version is the program's version as the build knows it.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
