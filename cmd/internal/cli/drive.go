package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
)

func (a *app) drive() *cobra.Command {
	return parent(&cobra.Command{Use: "drive", Short: "Launch, close and list drives",
		Long: `Drives and peak drives, which the lead's head or an officer launches and closes.
Units report on them with campaign report file --drive.`,
		Example: `  campaign drive launch cum2-2017 spring --title "Spring drive" \
    --from 2017-02-01 --to 2017-03-31 --peak
  campaign drive list cum2-2017`}, a.driveLaunch(), a.driveClose(), a.driveList())
}

func (a *app) driveLaunch() *cobra.Command {
	p := events.DriveLaunched{}
	var peak bool
	c := &cobra.Command{Use: "launch CAMPAIGN [DRIVE]", Short: "Begin a drive",
		Long: "Begin a drive, of one cluster or of all. DRIVE is a new id.",
		Example: `  campaign drive launch cum2-2017 spring --title "Spring drive" \
    --from 2017-02-01 --to 2017-03-31 --goal "no open case at the border" --peak`, Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			p.Drive = argument(args, 1)
			return a.withSigner(ctx, args[0], func(s signing) error {
				err := a.need(ctx, asked{value: &p.Drive, name: "DRIVE", vi: "Mã đợt thi đua (a-z, 0-9, -)", en: "The drive's id (a-z, 0-9, -)"},
					asked{value: &p.Title, name: "--title", vi: "Tên đợt", en: "Its title"},
					asked{value: &p.Starts, name: "--from", vi: "Ngày đầu (YYYY-MM-DD)", en: "Its first day (YYYY-MM-DD)"},
					asked{value: &p.Ends, name: "--to", vi: "Ngày cuối (YYYY-MM-DD)", en: "Its last day (YYYY-MM-DD)"})
				if err == nil {
					err = checkDays(p.Starts, p.Ends)
				}
				if err != nil {
					return err
				}
				if peak {
					p.Kind = events.DrivePeak
				}
				return s.say(ctx, events.Draft{Payload: &p})
			})
		}}
	c.Flags().StringVar(&p.Title, "title", "", "its title")
	c.Flags().StringVar(&p.Starts, "from", "", "its first day, YYYY-MM-DD")
	c.Flags().StringVar(&p.Ends, "to", "", "its last day, YYYY-MM-DD")
	c.Flags().StringVar(&p.Goal, "goal", "", "its goal")
	c.Flags().StringVar(&p.Cluster, "cluster", "", "the cluster (default: all)")
	c.Flags().BoolVar(&peak, "peak", false, "a peak drive")
	return c
}

// checkDays refuses what are no days, before anything is sent.
func checkDays(from, to string) error {
	for _, day := range [][2]string{{"--from", from}, {"--to", to}} {
		if _, err := time.Parse(time.DateOnly, day[1]); err != nil {
			return usageError{fmt.Errorf("%s %.40q is not a day; write it like 2017-03-31", day[0], day[1])}
		}
	}
	if to < from {
		return usageError{fmt.Errorf("--to %s is before --from %s; put the two days right", to, from)}
	}
	return nil
}

func (a *app) driveClose() *cobra.Command {
	var result string
	c := &cobra.Command{Use: "close CAMPAIGN [DRIVE]", Short: "End a drive", Long: "End a drive, and say what came of it.",
		Example: `  campaign drive close cum2-2017 spring --result "all goals met"`, Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, drive := cmd.Context(), argument(args, 1)
			return a.withSigner(ctx, args[0], func(s signing) error {
				if err := s.needDrive(ctx, &drive, "DRIVE"); err != nil {
					return err
				}
				return s.say(ctx, events.Draft{Payload: &events.DriveClosed{Drive: drive, Result: result}})
			})
		}}
	c.Flags().StringVar(&result, "result", "", "what came of it")
	return c
}

// needDrive asks for a drive that is not closed.
func (s signing) needDrive(ctx context.Context, drive *string, name string) error {
	var choices []string
	if *drive == "" {
		list, err := drivesOf(ctx, s.Client, s.id)
		if err != nil {
			return err
		}
		for _, d := range list {
			if d.Closed == 0 {
				choices = append(choices, d.Drive)
			}
		}
	}
	return s.app.need(ctx, asked{value: drive, name: name, vi: "Đợt thi đua", en: "The drive", choices: choices})
}

// driveRow is one drive as lists show it.
type driveRow struct {
	Drive    string     `json:"drive"`
	Title    string     `json:"title"`
	Kind     string     `json:"kind,omitempty"`
	Cluster  string     `json:"cluster,omitempty"`
	From     string     `json:"from"`
	To       string     `json:"to"`
	Goal     string     `json:"goal,omitempty"`
	Result   string     `json:"result,omitempty"`
	Reports  int        `json:"reports"` // that are current
	Late     int        `json:"late"`    // of these
	Launched events.Seq `json:"launched"`
	Closed   events.Seq `json:"closed,omitempty"`
}

// drivesOf are a campaign's drives, in the order of their launch.
func drivesOf(ctx context.Context, c *client.Client, id string) ([]driveRow, error) {
	audit, err := c.Audit(ctx, id, nil)
	if err != nil {
		return nil, err
	}
	list, at := []driveRow{}, map[string]int{}
	for _, l := range audit.Lines {
		i, known := at[l.Drive]
		switch {
		case l.Type == events.TypeDriveLaunched:
			at[l.Drive] = len(list)
			list = append(list, driveRow{Drive: l.Drive, Title: l.Title, Kind: l.Kind, Cluster: l.Cluster, From: l.From, To: l.To, Goal: l.Goal, Launched: l.Seq})
		case l.Drive == "" || !known:
		case l.Type == events.TypeDriveClosed:
			list[i].Closed, list[i].Result = l.Seq, l.Result
		case l.Type == events.TypeReportFiled && l.SupersededBy == 0:
			list[i].Reports++
			if l.Late {
				list[i].Late++
			}
		}
	}
	return list, nil
}

func (a *app) driveList() *cobra.Command {
	return &cobra.Command{Use: "list CAMPAIGN", Short: "List the drives, with how many reports came",
		Example: "  campaign drive list cum2-2017\n  campaign drive list cum2-2017 -o json", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withCampaign(cmd.Context(), args[0], func(c *client.Client) error {
				list, err := drivesOf(cmd.Context(), c, args[0])
				if err != nil {
					return err
				}
				return a.writeDrives(list)
			})
		}}
}

func (a *app) writeDrives(list []driveRow) error {
	switch a.output {
	case "json":
		return writeJSON(a.out, struct {
			Drives []driveRow `json:"drives"`
		}{list})
	case "ndjson":
		return writeLines(a.out, list)
	}
	t := table{header: []string{a.say("Đợt", "Drive"), a.say("Từ", "From"), a.say("Đến", "To"), a.say("Báo cáo", "Reports"), a.say("Muộn", "Late"), a.say("Tình trạng", "State"), a.say("Tên", "Title")},
		right: []bool{false, false, false, true, true, false, false}, flexible: 6}
	for _, d := range list {
		state := a.say("đang mở", "open")
		if d.Closed != 0 {
			state = fmt.Sprintf(a.say("đã đóng #%d", "closed #%d"), d.Closed)
		}
		t.rows = append(t.rows, []string{d.Drive, d.From, d.To, fmt.Sprint(d.Reports), fmt.Sprint(d.Late), state, d.Title})
	}
	if a.output == "csv" {
		return writeCSV(a.out, []string{"drive", "from", "to", "reports", "late", "state", "title"}, t.rows)
	}
	if len(list) == 0 {
		fmt.Fprintln(a.err, a.say("Chưa có đợt thi đua nào.", "There are no drives yet."))
		return nil
	}
	t.write(a.out)
	return nil
}
