package cli

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
)

func (a *app) append() *cobra.Command {
	return &cobra.Command{Use: "append CAMPAIGN [FILE]", Short: "Append one or more events given as JSON",
		Long: `Append events given as JSON, one on each line (NDJSON), from FILE or stdin. All
lines of one call are stored together or not at all. id, source, specversion and
time may be left out, and supersedes where an entry changes one (give the
reason). For each event the answer is one line: its sequence, its recorded time
and the record as stored.`,
		Example: `  echo '{"type": "score.entered", "subject": "lang-son", "data": {
    "cluster": "cum2", "criterion": "I.1.1", "level": "self",
    "scorer": "lang-son", "points": "55.5"}}' | campaign append cum2-2017
  campaign append cum2-2017 events.ndjson`, Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "-"
			if len(args) == 2 {
				path = args[1]
			}
			_, body, err := a.readFile(path, "stdin")
			if err != nil {
				return err
			}
			return a.withClient(cmd.Context(), func(c *client.Client) error {
				lines, err := c.Append(cmd.Context(), args[0], body)
				if err != nil {
					return err
				}
				_, err = a.out.Write(lines)
				return err
			})
		}}
}

// writeStored shows what append answers: as lines for programs, for people one line an event.
func (a *app) writeStored(lines []byte) error {
	if a.output != "table" {
		_, err := a.out.Write(lines)
		return err
	}
	for line := range bytes.Lines(lines) {
		var e client.Event
		if err := json.Unmarshal(line, &e); err != nil {
			return err
		}
		d, err := events.Decode(events.Record(e.Record))
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, a.say("đã ghi %s là sự kiện %d\n", "stored %s as event %d\n"), d.Type(), e.Seq)
	}
	return nil
}
