package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
	"campaignledger/projections"
)

func (a *app) replay() *cobra.Command {
	var speed float64
	c := &cobra.Command{Use: "replay CAMPAIGN", Short: "Go through the year again, event by event, with the rank changes",
		Long: `Go through the year again, event by event, folding the records anew, with every
change of rank. --speed lets that many days of campaign time pass in a second;
0, the default, does not wait.`,
		Example: "  campaign replay cum2-2017 | grep →\n  campaign replay cum2-2017 --speed 10", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if speed < 0 {
				return usageError{fmt.Errorf("--speed %g: days a second, 0 or more", speed)}
			}
			return a.withCampaign(cmd.Context(), args[0], func(c *client.Client) error {
				r := replayer{app: a, live: projections.NewLive(), ranks: map[string]int{}}
				pace := newPace(speed)
				var hidden withheld
				defer hidden.tell(a)
				return c.Events(cmd.Context(), args[0], 0, false, func(e client.Event, _ []byte) error {
					if hidden.note(e) || hidden.n > 0 { // what comes behind a gap can't be folded
						return nil
					}
					event, err := r.decode(e)
					if err != nil {
						return fmt.Errorf("event %d: %w", e.Seq, err)
					}
					if err := pace.wait(cmd.Context(), event.Time); err != nil {
						return err
					}
					return r.show(event)
				})
			})
		}}
	c.Flags().Float64Var(&speed, "speed", 0, "days of campaign time that pass in a second (0: no waiting)")
	return c
}

// replayer folds a campaign anew and tells what each event changes.
type replayer struct {
	*app
	live    *projections.Live
	decoder *events.Decoder
	ranks   map[string]int // by cluster/unit
}

func (r *replayer) decode(e client.Event) (events.Event, error) {
	if r.decoder == nil {
		r.decoder = events.NewDecoder()
	}
	record := events.Record(append([]byte{}, e.Record...))
	draft, err := r.decoder.Decode(record)
	recorded, timeErr := events.ParseTime(e.Recorded)
	return events.Event{Draft: draft, Seq: e.Seq, Recorded: recorded, Record: record}, errors.Join(err, timeErr)
}

// rankChange is a unit that moved.
type rankChange struct {
	Cluster string `json:"cluster"`
	Unit    string `json:"unit"`
	From    int    `json:"from"`
	To      int    `json:"to"`
}

func (r *replayer) show(e events.Event) error {
	if err := r.live.Admit(e); err != nil {
		return fmt.Errorf("event %d: %w", e.Seq, err)
	}
	r.live.Commit()
	changes := r.changes()
	regulation := r.live.Summary().Regulation
	notice, signed := regulation.Notice.In(r.lang), regulation.Signed()
	line := r.live.Audit(projections.AuditFilter{After: e.Seq - 1, Limit: 1, Lang: r.lang})[0]
	if r.output == "json" || r.output == "ndjson" {
		return writeJSON(r.out, struct {
			projections.AuditLine
			Changes []rankChange `json:"rankChanges"`
			Signed  bool         `json:"signed"`
			Notice  string       `json:"notice,omitempty"`
		}{line, changes, signed, notice})
	}
	if r.output == "csv" {
		return r.csvRow(line, changes, fmt.Sprint(signed), notice)
	}
	if e.Seq == 1 {
		r.banner(notice, signed, r.zoneName())
	}
	prefix, text := r.auditText(line)
	if len(changes) > 0 {
		text += "  | " + moves(changes)
	}
	_, err := fmt.Fprintln(r.out, prefix+text) // one line an event: for grep
	return err
}

// moves spells rank changes out.
func moves(changes []rankChange) string {
	texts := make([]string, 0, len(changes))
	for _, c := range changes {
		texts = append(texts, fmt.Sprintf("%s %d→%d", c.Unit, c.From, c.To))
	}
	return strings.Join(texts, ", ")
}

func (r *replayer) csvRow(l projections.AuditLine, changes []rankChange, signed, notice string) error {
	if l.Seq == 1 {
		if err := writeCSVRow(r.out, []string{"seq", "time", "author", "type", "text", "rank_changes", "signed", "notice"}); err != nil {
			return err
		}
	}
	return writeCSVRow(r.out, []string{fmt.Sprint(l.Seq), l.Time, l.Author, string(l.Type), r.deed(l), moves(changes), signed, notice})
}

// changes compares the ranks with those before.
func (r *replayer) changes() []rankChange {
	changes := []rankChange{}
	for _, c := range r.live.Standings().Clusters {
		for _, s := range c.Rows {
			key := c.ID() + "/" + s.Unit
			if before, ok := r.ranks[key]; ok && before != s.Rank {
				changes = append(changes, rankChange{c.ID(), s.Unit, before, s.Rank})
			}
			r.ranks[key] = s.Rank
		}
	}
	return changes
}
