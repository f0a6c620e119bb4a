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
	var all bool
	c := &cobra.Command{Use: "replay CAMPAIGN", Short: "Tell the year again, with the rank changes",
		Long: `Tell the year again, folding the records anew, with every change of rank: by
months and stages, like events that follow each other in one paragraph. --all,
and every -o but table, gives each event a line of its own. --speed lets that
many days of campaign time pass in a second; 0, the default, does not wait.`,
		Example: "  campaign replay cum2-2017\n  campaign replay cum2-2017 --all | grep →\n  campaign replay cum2-2017 --speed 10", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if speed < 0 {
				return usageError{fmt.Errorf("--speed %g: days a second, 0 or more", speed)}
			}
			return a.withCampaign(cmd.Context(), args[0], func(c *client.Client) error {
				r := replayer{app: a, live: projections.NewLive(), ranks: map[string]int{}}
				if a.output == "table" && !all {
					r.story = newStory(a, r.live)
				}
				pace := newPace(speed)
				var hidden withheld
				defer hidden.tell(a)
				defer r.finish()
				return c.Events(cmd.Context(), args[0], 0, false, func(e client.Event, _ []byte) error {
					if hidden.note(e) || hidden.n > 0 { // what comes behind a gap can't be folded
						return nil
					}
					event, err := r.decode(e)
					if err != nil {
						return fmt.Errorf("event %d: %w", e.Seq, err)
					}
					if r.story != nil {
						r.story.until(event.Time)
					}
					if err := pace.wait(cmd.Context(), event.Time); err != nil {
						return err
					}
					return r.show(event)
				})
			})
		}}
	c.Flags().Float64Var(&speed, "speed", 0, "days of campaign time that pass in a second (0: no waiting)")
	c.Flags().BoolVar(&all, "all", false, "one line an event, and whole")
	return c
}

// replayer folds a campaign anew and tells what each event changes.
type replayer struct {
	*app
	live    *projections.Live
	decoder *events.Decoder
	ranks   map[string]int // by cluster/unit
	story   *story         // nil where each event has a line of its own
}

// finish tells what waits.
func (r *replayer) finish() {
	if r.story != nil {
		r.story.flush()
	}
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
	if r.story != nil {
		r.story.tell(told{line, r.local(e.Time), r.live.Summary().Stage, changes})
		return nil
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
