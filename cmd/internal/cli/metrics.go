package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/metrics"
)

func (a *app) metrics() *cobra.Command {
	dashboard := false
	c := &cobra.Command{Use: "metrics", Short: "List what a server counts, or print a dashboard for Grafana",
		Long: `List the metrics that a server answers at /metrics, beside those of Go and of the
process. /metrics answers its own machine; others scrape the address that
serve --metrics-listen opens.`,
		Example: "  campaign metrics\n  campaign metrics --dashboard > campaign-ledger.json\n  curl -s http://127.0.0.1:7117/metrics", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if dashboard {
				_, err := a.out.Write(metrics.Dashboard())
				return err
			}
			return a.writeMetrics(metrics.Families())
		}}
	c.Flags().BoolVar(&dashboard, "dashboard", false, "print a dashboard for Grafana, to be imported there")
	return c
}

func (a *app) writeMetrics(list []metrics.Family) error {
	type row struct {
		Name   string       `json:"name"`
		Kind   metrics.Kind `json:"kind"`
		Labels []string     `json:"labels,omitempty"`
		Help   string       `json:"help"`
	}
	var rows []row
	for _, f := range list {
		rows = append(rows, row{metrics.Prefix + f.Name, f.Kind, f.Labels, a.say(f.Vi, f.En)})
	}
	switch a.output {
	case "json":
		return writeJSON(a.out, rows)
	case "ndjson":
		return writeLines(a.out, rows)
	case "csv":
		var cells [][]string
		for _, r := range rows {
			cells = append(cells, []string{r.Name, string(r.Kind), strings.Join(r.Labels, " "), r.Help})
		}
		return writeCSV(a.out, []string{"name", "kind", "labels", "help"}, cells)
	}
	for _, r := range rows {
		labels := ""
		if len(r.Labels) > 0 {
			labels = " {" + strings.Join(r.Labels, ", ") + "}"
		}
		fmt.Fprintf(a.out, "%s%s (%s)\n", r.Name, labels, r.Kind)
		writeWrapped(a.out, "    ", r.Help, lineWidth)
	}
	return nil
}
