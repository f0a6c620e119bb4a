package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/documents"
	"campaignledger/events"
)

// exportXLSX is the kind --xlsx of campaign export.
func (a *app) exportXLSX() exportKind {
	return exportKind{flag: "xlsx", suffix: "-tables.xlsx", usage: "standings, points and history as a workbook (.xlsx)", options: []string{"cluster", "as-of"},
		about: `--xlsx: the standings, the points of every criterion and unit, and the history
of all events, each on a sheet. --csv: the points of every criterion and unit,
with ranks, in one file that spreadsheets open. Both say after which event they
hold and name the log's head there. Text that a spreadsheet might run as a
formula has an apostrophe before it.`,
		example: `  campaign export cum2-2017 --xlsx --lang vi
  campaign export cum2-2017 --csv --as-of 2017-06-30 --out june.csv`,
		make: a.tablesKind(documents.TablesXLSX)}
}

// exportCSV is the kind --csv of campaign export, which --xlsx explains.
func (a *app) exportCSV() exportKind {
	return exportKind{flag: "csv", suffix: "-tables.csv", usage: "points of every criterion and unit, with ranks, as CSV", options: []string{"cluster", "as-of"},
		make: a.tablesKind(documents.PointsCSV)}
}

// tablesKind asks the server for tables of a campaign.
func (a *app) tablesKind(kind string) func(context.Context, string, exportFlags) (exported, error) {
	return func(ctx context.Context, id string, f exportFlags) (made exported, err error) {
		if err := checkAsOf(f.asOf); err != nil {
			return made, err
		}
		err = a.withCampaign(ctx, id, func(c *client.Client) error {
			query := url.Values{"lang": {a.lang}}
			for key, value := range map[string]string{"cluster": f.cluster, "as_of": f.asOf} {
				if value != "" {
					query.Set(key, value)
				}
			}
			content, seq, err := c.Document(ctx, id, kind, query)
			if err != nil {
				return err
			}
			state, err := a.stateAt(ctx, c, id, seq)
			made = exported{content: content, told: fmt.Sprintf(a.say("tính đến sự kiện %d, %s", "as of event %d, %s"), seq, state)}
			return err
		})
		return made, err
	}
}

// stateAt says how final the standings were after an event.
func (a *app) stateAt(ctx context.Context, c *client.Client, id string, seq events.Seq) (string, error) {
	line, err := c.Standings(ctx, id, url.Values{"as_of": {fmt.Sprint(seq)}, "detail": {"none"}})
	if err != nil {
		return "", err
	}
	var standings standingsJSON
	if err := json.Unmarshal(line, &standings); err != nil {
		return "", fmt.Errorf("the server's answer: %w", err)
	}
	return standings.State(a.lang), nil
}
