package cli

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/documents"
	"campaignledger/projections"
)

// standingsJSON is the standings as the server answers them.
type (
	standingsJSON = documents.Standings
	clusterJSON   = documents.Cluster
	standingJSON  = documents.Standing
)

func (a *app) standings() *cobra.Command {
	var cluster, asOf string
	c := &cobra.Command{Use: "standings CAMPAIGN", Short: "Show the standings, now or as of any event, time or day",
		Long: `Show the standings. --as-of takes a sequence (412: after event 412), a time
(RFC 3339) or a date (the end of that day in the campaign's zone). In a historic
campaign times are the claimed ones, otherwise the recorded ones.`,
		Example: "  campaign standings cum2-2017\n  campaign standings cum2-2017 --as-of 2017-06-30\n  campaign standings cum2-2017 -o json", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkAsOf(asOf); err != nil {
				return err
			}
			return a.withCampaign(cmd.Context(), args[0], func(c *client.Client) error { return a.showStandings(cmd, c, args[0], cluster, asOf) })
		}}
	c.Flags().StringVar(&cluster, "cluster", "", "only this cluster")
	c.Flags().StringVar(&asOf, "as-of", "", "a sequence, a time or a date")
	return c
}

func (a *app) showStandings(cmd *cobra.Command, c *client.Client, id, cluster, asOf string) error {
	query := url.Values{}
	for key, value := range map[string]string{"cluster": cluster, "as_of": asOf} {
		if value != "" {
			query.Set(key, value)
		}
	}
	if a.output != "json" || cmd.Flags().Changed("lang") {
		query.Set("lang", a.lang) // JSON is the same for every reader unless a language is asked for
	}
	line, err := c.Standings(cmd.Context(), id, query)
	if err != nil {
		return err
	}
	return a.writeStandings(line)
}

// checkAsOf refuses what is neither a sequence nor a time nor a date.
func checkAsOf(text string) error {
	if text == "" {
		return nil
	}
	_, err := strconv.ParseUint(text, 10, 63)
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if err != nil {
			_, err = time.Parse(layout, text)
		}
	}
	if err != nil {
		return usageError{fmt.Errorf("--as-of %q: give a sequence (412), a time with its zone (2017-12-05T09:00:00+07:00) or a date (2017-12-05)", text)}
	}
	return nil
}

func (a *app) writeStandings(line []byte) error {
	if a.output == "json" {
		_, err := a.out.Write(line)
		return err
	}
	var s standingsJSON
	if err := json.Unmarshal(line, &s); err != nil {
		return fmt.Errorf("the server's answer: %w", err)
	}
	switch a.output {
	case "ndjson":
		return a.standingsLines(s)
	case "csv":
		return s.WriteCSV(a.out)
	}
	a.banner(s.Notice, s.Signed)
	for i, c := range s.Clusters {
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		fmt.Fprintln(a.out, c.Title)
		a.standingsTable(c.Standings)
	}
	fmt.Fprintf(a.out, "%s %d, %s · %s\n", a.say("tính đến sự kiện", "as of event"), s.AsOf.Seq, a.local(s.AsOf.Time).Format(time.RFC3339), s.State(a.lang))
	fmt.Fprintln(a.out, a.witnessed(s.AsOf.Seq))
	return nil
}

// witnessed says who stands behind the log up to an event.
func (a *app) witnessed(seq uint64) string {
	p := a.proof
	switch {
	case p.Witnesses == 0:
		return a.say("không có nhân chứng: chỉ máy chủ bảo đảm sổ không bị sửa", "no witnesses: only the server vouches that the log was not rewritten")
	case p.Quorum == 0:
		return fmt.Sprintf(a.say("nhân chứng: %d, không yêu cầu túc số; chỉ máy chủ bảo đảm sổ không bị sửa", "witnesses: %d, no quorum is required; only the server vouches that the log was not rewritten"), p.Witnesses)
	case uint64(p.Quorate) >= seq:
		return fmt.Sprintf(a.say("đủ túc số nhân chứng (cần %d trong %d) đứng sau sự kiện %d", "a quorum of witnesses (%d of %d must) stands behind event %d"), p.Quorum, p.Witnesses, p.Quorate)
	case uint64(p.Size) < seq && p.Quorate != 0 && p.Quorate == p.Size:
		return fmt.Sprintf(a.say("đủ túc số nhân chứng đến sự kiện %d; điểm kiểm tra tiếp theo chưa có", "a quorum of witnesses stands behind event %d; the next checkpoint is on its way"), p.Quorate)
	case p.Quorate == 0:
		return fmt.Sprintf(a.say("CHƯA đủ túc số nhân chứng: %d trên %d cần có, ở điểm kiểm tra của %d sự kiện", "NO quorum of witnesses yet: %d of the %d it takes, at the checkpoint of %d events"), p.Cosigned, p.Quorum, p.Size)
	}
	return fmt.Sprintf(a.say("CHƯA đủ túc số nhân chứng: %d trên %d cần có, ở điểm kiểm tra của %d sự kiện; túc số mới đến sự kiện %d",
		"NO quorum of witnesses yet: %d of the %d it takes, at the checkpoint of %d events; a quorum stands behind event %d"), p.Cosigned, p.Quorum, p.Size, p.Quorate)
}

func (a *app) standingsTable(standings []standingJSON) {
	t := table{header: []string{a.say("Hạng", "Rank"), a.say("Đơn vị", "Unit"), a.say("Tên", "Title"), a.say("Điểm", "Points"), a.say("Tối đa", "Max"), a.say("Đủ", "Complete")},
		right: []bool{true, false, false, true, true, false}, flexible: 2}
	var notes []string
	for _, s := range standings {
		complete := a.say("đủ", "yes")
		if !s.Complete {
			complete = fmt.Sprintf(a.say("thiếu %d", "%d missing"), len(s.Missing))
		}
		rank := fmt.Sprint(s.Rank)
		if len(s.TiedWith) > 0 {
			rank = "=" + rank
		}
		t.rows = append(t.rows, []string{rank, s.Unit, s.Title, a.number(s.Points), a.number(s.Max), complete})
		for _, n := range s.Notes {
			notes = append(notes, fmt.Sprintf("  %s: %s", s.Unit, projections.NoteIn(n, a.lang)))
		}
	}
	t.write(a.out)
	const mostNotes = 20
	for i, n := range notes {
		if i == mostNotes {
			fmt.Fprintf(a.out, a.say("  … và %d ghi chú nữa (-o json)\n", "  … and %d more notes (-o json)\n"), len(notes)-i)
			break
		}
		fmt.Fprintln(a.out, n)
	}
}

func (a *app) standingsLines(s standingsJSON) error {
	for _, c := range s.Clusters {
		for _, standing := range c.Standings {
			line := struct {
				Cluster string `json:"cluster"`
				standingJSON
				Signed bool   `json:"signed"`
				Notice string `json:"notice,omitempty"`
				Frozen uint64 `json:"frozen,omitempty"`
			}{c.ID, standing, s.Signed, s.Notice, s.Frozen}
			if err := writeJSON(a.out, line); err != nil {
				return err
			}
		}
	}
	return nil
}
