package cli

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/projections"
)

const aboutScorers = `Show who marked how: how far a scorer's marks of others lie off the median of the
other scorers on the same unit, criterion and level, as a share of the range;
what a unit gave itself beside what it got; and its rank beside the rank it would
have without its own marks of others, with who stands worse because of them.
A diagnostic: the official result stays what it is, and nobody is accused.`

func (a *app) scorers() *cobra.Command {
	query := url.Values{}
	flags := map[string]*string{}
	c := &cobra.Command{Use: "scorers CAMPAIGN", Short: "Show who marked how, and what units' marks did to the ranks", Long: aboutScorers,
		Example: "  campaign scorers cum2-2017\n  campaign scorers cum2-2017 --unit lang-son -o json", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.diagnose(cmd, args[0], query, flags, func(c *client.Client) error {
				s, err := c.Scorers(cmd.Context(), args[0], query)
				if err != nil {
					return err
				}
				return a.writeScorers(s)
			})
		}}
	flags["cluster"] = c.Flags().String("cluster", "", "only this cluster")
	flags["unit"] = c.Flags().String("unit", "", "work out the ranks without this unit's marks only; needed where more than 20 units marked others")
	flags["as_of"] = c.Flags().String("as-of", "", "a sequence, a time or a date")
	return c
}

func (a *app) writeScorers(s projections.Scorers) error {
	d := diagnosis{notice: s.Notice, signed: s.Signed, seq: s.Seq, whole: s, table: func(i int) { a.scorersTable(s.Clusters[i]) }, csv: func() error { return a.scorersCSV(s) }}
	for _, c := range s.Clusters {
		d.titles = append(d.titles, c.Title)
		for _, line := range c.Scorers {
			d.lines = append(d.lines, struct {
				Cluster string `json:"cluster"`
				projections.ScorerLine
				Official bool   `json:"official"`
				Signed   bool   `json:"signed"`
				Notice   string `json:"notice,omitempty"`
			}{c.Cluster, line, s.Official, s.Signed, s.Notice})
		}
	}
	return a.writeDiagnosis(d)
}

func (a *app) scorersTable(c projections.ClusterScorers) {
	t := table{header: []string{a.say("Người chấm", "Scorer"), a.say("Điểm", "Marks"), a.say("So được", "Compared"), a.say("Chặt/rộng", "Harshness"), a.say("Tự chấm hơn", "Self above"),
		a.say("Hạng", "Rank"), a.say("Nếu bỏ", "Without"), a.say("Được", "Gained")},
		right: []bool{false, true, true, true, true, true, true, true}}
	for _, s := range c.Scorers {
		harshness, self, below := "", "", ""
		if s.Harshness != "" {
			harshness = a.number(signed(s.Harshness)) + "%"
		}
		if s.Self != nil {
			self = a.number(signed(s.Self.Difference))
		}
		row := []string{s.Scorer, fmt.Sprint(s.Marks), fmt.Sprint(s.Compared), harshness, self, "", "", ""}
		if e := s.Effect; e != nil {
			row[5], row[6], row[7] = fmt.Sprint(e.Rank), fmt.Sprint(e.RankThen), fmt.Sprint(e.Gained)
			if e.Gained > 0 {
				row[7] = "+" + row[7]
			}
			if len(e.Lost) > 0 {
				below = a.say("đứng thấp hơn vì các điểm này: ", "stand worse because of these marks: ") + a.rankMoves(e.Lost)
			}
		}
		t.rows, t.below = append(t.rows, row), append(t.below, below)
	}
	t.write(a.out)
	if c.Unasked > 0 {
		fmt.Fprintf(a.out, a.say("hạng khi bỏ điểm của %s chưa được tính: hỏi từng đơn vị bằng --unit\n", "the ranks without the marks of %s were not worked out: ask for one with --unit\n"), a.count(c.Unasked, "đơn vị", "unit"))
	}
}

// rankMoves are units with the rank they would have and the one they have.
func (a *app) rankMoves(list []projections.RankChange) string {
	texts := make([]string, 0, len(list))
	for _, c := range list {
		texts = append(texts, fmt.Sprintf(a.say("%s (hạng %d, lẽ ra %d)", "%s (rank %d, else %d)"), c.Unit, c.From, c.To))
	}
	return strings.Join(texts, ", ")
}

func (a *app) scorersCSV(s projections.Scorers) error {
	var rows [][]string
	for _, c := range s.Clusters {
		for _, l := range c.Scorers {
			row := []string{c.Cluster, l.Scorer, strings.Join(l.Members, " "), fmt.Sprint(l.Marks), fmt.Sprint(l.Compared), l.Harshness, l.HarshnessExact}
			if l.Self != nil {
				row = append(row, l.Self.Own, l.Self.Official, l.Self.Difference)
			} else {
				row = append(row, "", "", "")
			}
			if e := l.Effect; e != nil {
				row = append(row, fmt.Sprint(e.Rank), fmt.Sprint(e.RankThen), fmt.Sprint(e.Gained), a.csvMoves(e.Lost), a.csvMoves(e.Won))
			} else {
				row = append(row, "", "", "", "", "")
			}
			rows = append(rows, append(row, fmt.Sprint(s.Official), fmt.Sprint(s.Signed), s.Notice))
		}
	}
	return writeCSV(a.out, []string{"cluster", "scorer", "members", "marks", "compared", "harshness_percent", "harshness_exact", "self_own", "self_official", "self_difference",
		"rank", "rank_without", "gained", "lost", "won", "official", "signed", "notice"}, rows)
}

// csvMoves are units with both ranks: official and without the marks.
func (*app) csvMoves(list []projections.RankChange) string {
	texts := make([]string, 0, len(list))
	for _, c := range list {
		texts = append(texts, fmt.Sprintf("%s:%d:%d", c.Unit, c.From, c.To))
	}
	return strings.Join(texts, " ")
}
