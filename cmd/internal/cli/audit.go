package cli

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/documents"
	"campaignledger/projections"
)

const aboutAudit = `Show the history: who entered, changed and withdrew what, when and why.

--award shows all that is recorded behind an award, from the regulation to the
authority's decision, in order, each event with its sequence; then anomalies
with their evidence, the result without the marks of the unit that leads the
cluster, and what no record can answer. Of the marks a table lists those with
something to note (corrections, withdrawals, returns, explanations, what was
transcribed, late or held, sheets, imports, endorsements) and counts the others;
--all lists them. JSON and NDJSON are whole; CSV has the events only.`

func (a *app) audit() *cobra.Command {
	query := url.Values{}
	flags := map[string]*string{}
	var award string
	var all bool
	c := &cobra.Command{Use: "audit CAMPAIGN", Short: "Show who entered, changed and withdrew what, when and why",
		Long:    aboutAudit,
		Example: "  campaign audit cum2-2017 --unit lang-son --criterion I.1\n  campaign audit cum2-2017 --author cao-bang -o csv > audit.csv\n  campaign audit cum2-2017 --award government-flag", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if award != "" {
				for name, value := range flags {
					if *value != "" && name != "cluster" {
						return usageError{fmt.Errorf("--award and --%s: the trail of an award is whole; leave one out", name)}
					}
				}
				return a.withCampaign(cmd.Context(), args[0], func(c *client.Client) error {
					return a.auditAward(cmd.Context(), c, args[0], award, *flags["cluster"], all)
				})
			}
			if all {
				return usageError{errors.New("--all belongs to --award: without it every event is listed")}
			}
			query.Set("lang", a.lang)
			for name, value := range flags {
				if *value == "" {
					continue
				}
				if (name == "from" || name == "to") && !isMoment(*value) {
					return usageError{fmt.Errorf("--%s %q: give a date, for example 2017-12-05, or a time with its zone, 2017-12-05T09:00:00+07:00", name, *value)}
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
		"criterion": "only this criterion, with all below it", "author": "only what this author, or the members of this unit, said or scored",
		"from": "from this date on, or this time (RFC 3339): recorded, or in a historic campaign claimed", "to": "up to this date, or this time"} {
		flags[name] = c.Flags().String(name, "", usage)
	}
	c.Flags().StringVar(&award, "award", "", "all behind this award, step by step, with anomalies and the result without the host's marks")
	c.Flags().BoolVar(&all, "all", false, "with --award: also the marks without anything to note")
	return c
}

func (a *app) writeAudit(audit client.Audit) error {
	switch a.output {
	case "json":
		return writeJSON(a.out, audit)
	case "ndjson":
		for _, line := range audit.Lines {
			if err := writeJSON(a.out, struct {
				projections.AuditLine
				Notice string `json:"notice,omitempty"`
			}{line, audit.Notice}); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		return a.auditCSV(audit)
	}
	a.banner(audit.Notice, audit.Signed, a.zoneName())
	width := terminalWidth(a.out)
	for _, line := range audit.Lines {
		prefix, text := a.auditText(line)
		writeWrapped(a.out, prefix, text, width)
	}
	if len(audit.Lines) == 0 {
		fmt.Fprintln(a.err, a.say("Không có sự kiện nào như vậy.", "No event is like that."))
	}
	return nil
}

// isMoment reports whether text is a date or a time.
func isMoment(text string) bool {
	_, date := time.Parse(time.DateOnly, text)
	_, moment := time.Parse(time.RFC3339, text)
	return date == nil || moment == nil
}

// zoneName says in which zone times without one are.
func (a *app) zoneName() string {
	return a.say("giờ ", "times in ") + a.local(time.Time{}).Location().String()
}

// auditText is one event as its sequence and time, and a sentence that names the author. The hashes of detached texts come last, in short.
func (a *app) auditText(l projections.AuditLine) (prefix, text string) {
	when := l.Time
	if t, err := time.Parse(time.RFC3339, l.Time); err == nil {
		when = a.local(t).Format("2006-01-02 15:04")
	}
	text = a.deed(l)
	if !strings.HasPrefix(text, l.Author+" ") {
		text = l.Author + ": " + text
	}
	const short = 8 // digits of a hash
	for _, hash := range []string{l.TextHash, l.PersonHash, l.MeritHash} {
		if len(hash) > short {
			text += " [" + hash[:short] + "…]"
		}
	}
	return fmt.Sprintf("%6d  %s  ", l.Seq, when), text
}

// deed says what an event did.
func (a *app) deed(l projections.AuditLine) string { return projections.Sentence(l, a.lang) }

// terminalWidth is how many columns text for people may take: those of the terminal, as far as lines stay easy to read.
func terminalWidth(w io.Writer) int {
	const widest = 120
	if p, ok := w.(plainText); ok {
		w = p.w
	}
	if file, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			return min(width, widest)
		}
	}
	return lineWidth
}

// writeWrapped writes a prefix and text in lines of at most width characters, where words allow it. The text stands beside the prefix
// or, where that leaves little room, below it.
func writeWrapped(w io.Writer, prefix, text string, width int) {
	const leastBeside, below = 40, 8
	indent := utf8.RuneCountInString(prefix)
	line := prefix
	if width-indent < leastBeside {
		fmt.Fprintln(w, strings.TrimRight(prefix, " "))
		indent = below
		line = strings.Repeat(" ", indent)
	}
	used, first := indent, true
	for word := range strings.SplitSeq(text, " ") {
		n := utf8.RuneCountInString(word)
		switch {
		case first:
		case used+1+n > width:
			fmt.Fprintln(w, line)
			line, used = strings.Repeat(" ", indent), indent
		default:
			line += " "
			used++
		}
		line, used, first = line+word, used+n, false
	}
	fmt.Fprintln(w, line)
}

// markText is what a mark says, with what it is for and rests on.
func (a *app) markText(l projections.AuditLine) string {
	text := projections.MarkText(l, a.lang)
	if l.Item != "" {
		text += " (" + l.Item + ")"
	}
	if l.Basis != "" {
		text += " [" + l.Basis + "]"
	}
	return text
}

func (a *app) auditCSV(audit client.Audit) error {
	var header []string
	for _, f := range documents.AuditFields(&projections.AuditLine{}, a.lang) {
		header = append(header, f.Name)
	}
	rows := make([][]string, 0, len(audit.Lines))
	for i := range audit.Lines {
		row := make([]string, 0, len(header)+2)
		for _, f := range documents.AuditFields(&audit.Lines[i], a.lang) {
			row = append(row, f.Value)
		}
		rows = append(rows, append(row, strconv.FormatBool(audit.Signed), audit.Notice))
	}
	return writeCSV(a.out, append(header, "signed", "notice"), rows)
}

// number is a cell; empty for 0, which stands for none.
func number[T ~int | ~uint64](n T) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(n), 10)
}

func flag(set bool) string {
	if !set {
		return ""
	}
	return "true"
}
