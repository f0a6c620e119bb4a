package documents

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"campaignledger/cmd/internal/spreadsheet"
	"campaignledger/projections"
)

// Standings is the standings as the server answers them.
type Standings struct {
	Format   int    `json:"format"`
	Campaign string `json:"campaign"`
	Signed   bool   `json:"signed"`
	Notice   string `json:"notice"`
	AsOf     struct {
		Seq  uint64    `json:"seq"`
		Time time.Time `json:"time"`
	} `json:"asOf"`
	Final    bool      `json:"final"`
	Frozen   uint64    `json:"frozen"` // the event that froze them; 0 if they are not frozen
	Clusters []Cluster `json:"clusters"`
}

// Cluster is the standings of one cluster.
type Cluster struct {
	ID        string     `json:"id"`
	Title     string     `json:"title"`
	Standings []Standing `json:"standings"`
}

// Standing is one unit's.
type Standing struct {
	Rank     int               `json:"rank"`
	Unit     string            `json:"unit"`
	Title    string            `json:"title"`
	Points   string            `json:"points"`
	Max      string            `json:"max,omitempty"`
	Complete bool              `json:"complete"`
	Criteria map[string]string `json:"criteria,omitempty"`
	Missing  []string          `json:"missing"`
	TiedWith []string          `json:"tiedWith"`
	Notes    []string          `json:"notes"`
}

// State says how final the standings are.
func (s *Standings) State(lang string) string {
	state := say(lang, "tạm thời", "provisional")
	if s.Final {
		state = say(lang, "chính thức", "final")
	}
	if s.Frozen != 0 {
		state += fmt.Sprintf(say(lang, " · đóng băng từ sự kiện %d", " · frozen since event %d"), s.Frozen)
	}
	return state
}

// WriteCSV writes a row for each unit.
func (s *Standings) WriteCSV(w io.Writer) error {
	rows := [][]string{{"cluster", "unit", "rank", "points", "max", "complete", "title", "missing", "tied_with", "notes", "signed", "notice"}}
	for _, c := range s.Clusters {
		for _, r := range c.Standings {
			rows = append(rows, spreadsheet.SafeRow([]string{c.ID, r.Unit, fmt.Sprint(r.Rank), r.Points, r.Max, fmt.Sprint(r.Complete), r.Title,
				strings.Join(r.Missing, " "), strings.Join(r.TiedWith, " "), strings.Join(r.Notes, "; "), fmt.Sprint(s.Signed), s.Notice}))
		}
	}
	return csv.NewWriter(w).WriteAll(rows)
}

// standingsLine is the line of JSON that the server answers, and what it says.
func standingsLine(of projections.Standings, cluster, lang string) (line []byte, s Standings, err error) {
	line = of.AppendJSON(nil, projections.JSONOptions{Cluster: cluster, Lang: lang})
	if err := json.Unmarshal(line, &s); err != nil {
		return nil, s, fmt.Errorf("the standings: %w", err)
	}
	return append(line, '\n'), s, nil
}

// say picks the text of the language.
func say(lang, vi, en string) string {
	if lang == "vi" {
		return vi
	}
	return en
}
