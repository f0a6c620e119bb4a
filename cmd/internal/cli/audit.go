package cli

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/projections"
)

func (a *app) audit() *cobra.Command {
	query := url.Values{}
	flags := map[string]*string{}
	var award string
	c := &cobra.Command{Use: "audit CAMPAIGN", Short: "Show who entered, changed and withdrew what, when and why",
		Example: "  campaign audit cum2-2017 --unit lang-son --criterion I.1\n  campaign audit cum2-2017 --author cao-bang -o csv > audit.csv", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if award != "" {
				return usageError{fmt.Errorf("--award: this version keeps no awards yet")}
			}
			query.Set("lang", a.lang)
			for name, value := range flags {
				if *value == "" {
					continue
				}
				if _, err := time.Parse(time.RFC3339, *value); err != nil && (name == "from" || name == "to") {
					return usageError{fmt.Errorf("--%s %q: give a time with its zone, for example 2017-12-05T09:00:00+07:00", name, *value)}
				}
				query.Set(name, *value)
			}
			return a.withCampaign(cmd.Context(), args[0], func(c *client.Client) error {
				audit, err := c.Audit(cmd.Context(), args[0], query)
				if err != nil {
					return err
				}
				return a.writeAudit(audit)
			})
		}}
	for name, usage := range map[string]string{"cluster": "only this cluster", "unit": "only what is about this unit",
		"criterion": "only this criterion, with all below it", "author": "only what this author said or scored",
		"from": "recorded at or after this time (RFC 3339)", "to": "recorded at or before this time (RFC 3339)"} {
		flags[name] = c.Flags().String(name, "", usage)
	}
	c.Flags().StringVar(&award, "award", "", "only what is about this award")
	return c
}

func (a *app) writeAudit(audit client.Audit) error {
	switch a.output {
	case "json":
		return writeJSON(a.out, audit)
	case "ndjson":
		return writeFlagged(a.out, audit.Lines, audit.Signed, audit.Notice)
	case "csv":
		return a.auditCSV(audit)
	}
	a.banner(audit.Notice, audit.Signed, a.zoneName())
	for _, line := range audit.Lines {
		fmt.Fprintln(a.out, a.auditText(line))
	}
	if len(audit.Lines) == 0 {
		fmt.Fprintln(a.err, a.say("Không có sự kiện nào như vậy.", "No event is like that."))
	}
	return nil
}

// zoneName says in which zone times without one are.
func (a *app) zoneName() string {
	return a.say("giờ ", "times in ") + a.local(time.Time{}).Location().String()
}

// auditText is one event as a sentence.
func (a *app) auditText(l projections.AuditLine) string {
	when := l.Time
	if t, err := time.Parse(time.RFC3339, l.Time); err == nil {
		when = a.local(t).Format("2006-01-02 15:04")
	}
	who := l.Author + ": "
	if l.Author == l.Scorer && l.Type != "entry.withdrawn" {
		who = "" // the deed begins with the name
	}
	text := fmt.Sprintf("%6d  %s  %s%s", l.Seq, when, who, a.deed(l))
	if l.Supersedes != 0 && l.Type != "entry.withdrawn" {
		text += fmt.Sprintf(a.say(", thay sự kiện %d", ", replaces event %d"), l.Supersedes)
	}
	if l.Reason != "" {
		text += a.say(" — lý do: ", " — reason: ") + l.Reason
	}
	if l.Evidence != "" {
		text += a.say(" — minh chứng: ", " — evidence: ") + l.Evidence
	}
	if l.SupersededBy != 0 {
		text += fmt.Sprintf(a.say(" [bị thay bởi sự kiện %d]", " [replaced by event %d]"), l.SupersededBy)
	}
	return text
}

// deed says what an event did.
func (a *app) deed(l projections.AuditLine) string {
	about := strings.TrimSpace(fmt.Sprintf("%s %s %s", l.Unit, l.Criterion, l.Level))
	switch l.Type {
	case "campaign.opened":
		return a.say("mở chiến dịch", "opened the campaign")
	case "campaign.closed":
		return a.say("kết thúc chiến dịch", "closed the campaign")
	case "import.started":
		return fmt.Sprintf(a.say("nhập %s từ %s", "imported %s from %s"), a.count(l.Rows, "dòng", "row"), l.File)
	case "tie.decided":
		return fmt.Sprintf(a.say("phân định đồng hạng ở %s điểm: %s", "decided the tie at %s points: %s"), a.number(l.Points), strings.Join(l.Order, ", "))
	case "entry.withdrawn":
		return fmt.Sprintf(a.say("rút sự kiện %d (%s)", "withdrew event %d (%s)"), l.Supersedes, about)
	case "target.set":
		return fmt.Sprintf(a.say("%s giao chỉ tiêu %s cho %s", "%s set the target %s for %s"), l.Scorer, a.number(l.Target), about)
	}
	return fmt.Sprintf(a.say("%s cho %s: %s", "%s gave %s: %s"), l.Scorer, about, a.markText(l))
}

func (a *app) markText(l projections.AuditLine) string {
	text := ""
	switch {
	case l.Points != "":
		text = a.number(l.Points) + a.say(" điểm", " points")
	case l.Actual != "":
		text = a.say("kết quả ", "actual ") + a.number(l.Actual)
	case l.Place != "":
		text = a.say("hạng ", "place ") + l.Place
	case l.Mark == "abstained":
		text = a.say("không chấm", "abstained")
	case l.Mark == "recused":
		text = a.say("từ chối chấm vì liên quan", "recused")
	}
	if l.Item != "" {
		text += " (" + l.Item + ")"
	}
	if l.Basis != "" {
		text += " [" + l.Basis + "]"
	}
	return text
}

func (a *app) auditCSV(audit client.Audit) error {
	seq := func(n any) string {
		if s := fmt.Sprint(n); s != "0" {
			return s
		}
		return ""
	}
	var rows [][]string
	for _, l := range audit.Lines {
		rows = append(rows, []string{fmt.Sprint(l.Seq), string(l.Type), l.Recorded, l.Time, l.Author, l.ID, l.Cluster, l.Unit, l.Criterion, l.Level, l.Scorer,
			l.Item, l.Points, l.Actual, l.Place, l.Mark, l.Target, l.Basis, l.Evidence, l.Reason, seq(l.Supersedes), seq(l.SupersededBy),
			fmt.Sprint(audit.Signed), audit.Notice})
	}
	return writeCSV(a.out, []string{"seq", "type", "recorded", "time", "author", "id", "cluster", "unit", "criterion", "level", "scorer",
		"item", "points", "actual", "place", "mark", "target", "basis", "evidence", "reason", "supersedes", "superseded_by", "signed", "notice"}, rows)
}
