package cli

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/projections"
)

// whatIfJSON is a what-if as the server answers it.
type whatIfJSON struct {
	WhatIf struct {
		projections.Otherwise
		Changes   []projections.RankChange
		Standings standingsJSON
	}
}

const aboutWhatIf = `Show what the standings would be if something were otherwise: the same marks
under other weights, without somebody's marks, or put together in another way.
The answer is never official and never stored. Several changes count together.

--weight gives a criterion that has no criteria below it another weight (0 to
1000000). --without leaves out the marks that a unit and its members gave to
others, or those of one scorer; marks that units gave themselves stay.
--aggregate puts the marks of several scorers together by mean, median,
trimmed-mean:N (without the N highest and lowest) or sum, for all criteria or
for one.`

// whatIfFlags are what is assumed, as the user gives it.
type whatIfFlags struct {
	cluster, asOf              string
	weights, without, aggregat []string
}

func (a *app) whatIf() *cobra.Command {
	var f whatIfFlags
	c := &cobra.Command{Use: "whatif CAMPAIGN", Short: "Show what other weights, aggregates or scorers would change", Long: aboutWhatIf,
		Example: "  campaign whatif cum2-2017 --weight I.1.1=1.5 --weight bonus=0\n  campaign whatif cum2-2017 --without lang-son\n  campaign whatif cum2-2017 --aggregate I.1.1=trimmed-mean:1 --as-of 2017-11-30",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			query, err := f.query()
			if err != nil {
				return err
			}
			if a.output != "json" || cmd.Flags().Changed("lang") {
				query.Set("lang", a.lang) // as with standings
			}
			return a.withCampaign(cmd.Context(), args[0], func(c *client.Client) error {
				line, err := c.WhatIf(cmd.Context(), args[0], query)
				if err != nil {
					return err
				}
				return a.writeWhatIf(line)
			})
		}}
	c.Flags().StringVar(&f.cluster, "cluster", "", "only this cluster")
	c.Flags().StringVar(&f.asOf, "as-of", "", "a sequence, a time or a date")
	c.Flags().StringSliceVar(&f.weights, "weight", nil, "CRITERION=WEIGHT, for example I.1.1=1.5; may be given again")
	c.Flags().StringSliceVar(&f.without, "without", nil, "leave out the marks of this unit or scorer; may be given again")
	c.Flags().StringSliceVar(&f.aggregat, "aggregate", nil, "METHOD or CRITERION=METHOD: mean, median, trimmed-mean:N, sum; may be given again")
	_ = c.RegisterFlagCompletionFunc("aggregate", completeAggregates) // the flag is there
	return c
}

// completeAggregates completes the word of --aggregate.
func completeAggregates(_ *cobra.Command, _ []string, toComplete string) (words []string, _ cobra.ShellCompDirective) {
	before := ""
	if at := strings.LastIndexByte(toComplete, '='); at >= 0 {
		before = toComplete[:at+1]
	}
	for _, method := range projections.AssumedAggregates() {
		if word := before + string(method); strings.HasPrefix(word, toComplete) {
			words = append(words, word)
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// query is the request for what the flags say. What can't be read is wrong usage.
func (f *whatIfFlags) query() (url.Values, error) {
	if err := checkAsOf(f.asOf); err != nil {
		return nil, err
	}
	texts := [3]string{}
	for i, items := range [][]string{f.weights, f.without, f.aggregat} {
		items = slices.Clone(items)
		for n := range items {
			items[n] = strings.Replace(items[n], "=", ":", 1) // as shells and addresses have it
		}
		texts[i] = strings.Join(items, ",")
	}
	assumption, err := projections.ParseAssumption(texts[0], texts[1], texts[2])
	if err != nil {
		return nil, usageError{err}
	}
	query := url.Values{}
	texts[0], texts[1], texts[2] = assumption.Texts()
	for i, name := range []string{"weight", "without", "aggregate"} {
		if texts[i] != "" {
			query.Set(name, texts[i])
		}
	}
	for name, value := range map[string]string{"cluster": f.cluster, "as_of": f.asOf} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query, nil
}

// whatIfRow is a unit in a what-if beside how it stands officially.
type whatIfRow struct {
	Official       bool   `json:"official"` // false
	Cluster        string `json:"cluster"`
	Unit           string `json:"unit"`
	Title          string `json:"title"`
	Rank           int    `json:"rank"` // in the what-if, as the points
	Points         string `json:"points"`
	OfficialRank   int    `json:"officialRank"`
	OfficialPoints string `json:"officialPoints"`
	Difference     string `json:"difference"` // of points, less the official ones
	Tied           bool   `json:"tied"`
	Complete       bool   `json:"complete"`
}

// rows are the units in the what-if's order. Who is in no change stands as it does officially.
func (w *whatIfJSON) rows(c clusterJSON) (rows []whatIfRow) {
	for _, s := range c.Standings {
		row := whatIfRow{Cluster: c.ID, Unit: s.Unit, Title: s.Title, Rank: s.Rank, Points: s.Points, OfficialRank: s.Rank, OfficialPoints: s.Points,
			Difference: "0", Tied: len(s.TiedWith) > 0, Complete: s.Complete}
		i := slices.IndexFunc(w.WhatIf.Changes, func(x projections.RankChange) bool { return x.Cluster == c.ID && x.Unit == s.Unit })
		if i >= 0 {
			x := w.WhatIf.Changes[i]
			row.OfficialRank, row.OfficialPoints, row.Difference = x.From, x.Points, x.Difference
		}
		rows = append(rows, row)
	}
	return rows
}

func (a *app) writeWhatIf(line []byte) error {
	if a.output == "json" {
		_, err := a.out.Write(line)
		return err
	}
	var w whatIfJSON
	if err := json.Unmarshal(line, &w); err != nil {
		return fmt.Errorf("the server's answer: %w", err)
	}
	s := w.WhatIf.Standings
	switch a.output {
	case "ndjson":
		for _, c := range s.Clusters {
			if err := writeFlagged(a.out, w.rows(c), s.Signed, s.Notice); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		return a.whatIfCSV(w)
	}
	fmt.Fprintln(a.out, a.say("GIẢ ĐỊNH: không phải kết quả chính thức", "WHAT-IF: not the official result"))
	a.banner(s.Notice, s.Signed)
	lines := w.WhatIf.Lines(a.lang)
	for _, text := range lines {
		writeWrapped(a.out, "· ", text, lineWidth)
	}
	if len(lines) == 0 {
		fmt.Fprintln(a.out, a.say("· không có gì khác quy chế", "· nothing differs from the regulation"))
	}
	for _, c := range s.Clusters {
		fmt.Fprintf(a.out, "\n%s\n", c.Title)
		a.whatIfTable(w.rows(c))
	}
	fmt.Fprintf(a.out, "%s %d, %s\n", a.say("tính đến sự kiện", "as of event"), s.AsOf.Seq, a.local(s.AsOf.Time).Format(time.RFC3339))
	return nil
}

func (a *app) whatIfTable(rows []whatIfRow) {
	t := table{header: []string{a.say("Chính thức", "Official"), "", a.say("Giả định", "What-if"), a.say("Đơn vị", "Unit"), a.say("Tên", "Title"), a.say("Điểm", "Points"),
		a.say("Giả định", "What-if"), a.say("Chênh", "Apart")}, right: []bool{true, false, true, false, false, true, true, true}, flexible: 4}
	for _, r := range rows {
		rank := fmt.Sprint(r.Rank)
		if r.Tied {
			rank = "=" + rank
		}
		t.rows = append(t.rows, []string{fmt.Sprint(r.OfficialRank), moved(r.OfficialRank, r.Rank), rank, r.Unit, r.Title, a.number(r.OfficialPoints),
			a.number(r.Points), a.apart(r.Difference)})
	}
	t.write(a.out)
}

// apart is a difference with its sign, if it has any.
func (a *app) apart(difference string) string {
	if strings.Trim(difference, "0.") == "" {
		return "0"
	}
	return a.number(signed(difference))
}

// moved says how many places up or down a rank is from another.
func moved(from, to int) string {
	switch {
	case to < from:
		return fmt.Sprintf("▲%d", from-to)
	case to > from:
		return fmt.Sprintf("▼%d", to-from)
	}
	return "="
}

func (a *app) whatIfCSV(w whatIfJSON) error {
	s := w.WhatIf.Standings
	var rows [][]string
	for _, c := range s.Clusters {
		for _, r := range w.rows(c) {
			rows = append(rows, []string{"false", r.Cluster, r.Unit, r.Title, fmt.Sprint(r.OfficialRank), fmt.Sprint(r.Rank), r.OfficialPoints, r.Points,
				r.Difference, fmt.Sprint(r.Tied), fmt.Sprint(r.Complete), fmt.Sprint(s.Signed), s.Notice})
		}
	}
	return writeCSV(a.out, []string{"official", "cluster", "unit", "title", "official_rank", "whatif_rank", "official_points", "whatif_points", "difference", "tied",
		"complete", "signed", "notice"}, rows)
}
