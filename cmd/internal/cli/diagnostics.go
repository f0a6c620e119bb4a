package cli

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
)

// diagnose asks with the flags that were given.
func (a *app) diagnose(cmd *cobra.Command, id string, query url.Values, flags map[string]*string, ask func(*client.Client) error) error {
	if err := checkAsOf(*flags["as_of"]); err != nil {
		return err
	}
	query.Set("lang", a.lang)
	for name, value := range flags {
		if *value != "" {
			query.Set(name, *value)
		}
	}
	return a.withCampaign(cmd.Context(), id, ask)
}

// diagnosis is figures that decide nothing, in each form in which they are written.
type diagnosis struct {
	notice string
	signed bool
	seq    events.Seq
	whole  any      // as one line of JSON
	lines  []any    // of NDJSON
	titles []string // of the clusters
	table  func(cluster int)
	csv    func() error
}

func (a *app) writeDiagnosis(d diagnosis) error {
	switch a.output {
	case "json":
		return writeJSON(a.out, d.whole)
	case "ndjson":
		for _, line := range d.lines {
			if err := writeJSON(a.out, line); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		return d.csv()
	}
	a.banner(d.notice, d.signed)
	fmt.Fprintln(a.out, a.say("Chỉ để tham khảo, không thay kết quả chính thức.", "A diagnostic, not the official result."))
	for i, title := range d.titles {
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		fmt.Fprintln(a.out, title)
		d.table(i)
	}
	fmt.Fprintf(a.out, "%s %d\n", a.say("tính đến sự kiện", "as of event"), d.seq)
	return nil
}
