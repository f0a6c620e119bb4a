package documents

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/pact"
	"campaignledger/cmd/internal/papers"
	"campaignledger/events"
	"campaignledger/projections"
)

// Request says which file of a campaign is asked for.
type Request struct {
	Kind string // of Kinds
	Lang string // "vi" or "en"
	Options
}

// Options say of what a file is; each kind takes its own. See papers.Options.
type Options struct{ Cluster, Award, Ballot, Unit, Level string }

// The kinds of files beside those of package papers.
const (
	StandingsJSON = "standings-json"
	StandingsCSV  = "standings-csv"
	PointsCSV     = "points-csv"
	TablesXLSX    = "tables-xlsx"
	Pact          = "pact"
)

// Kind is a kind of file.
type Kind struct {
	ID        string   `json:"kind"`
	Type      string   `json:"type"`    // media type
	Options   []string `json:"options"` // that it takes
	extension string
	cheap     bool // made of the standings alone, without a fold
}

// The media types.
const (
	typePDF  = "application/pdf"
	typeCSV  = "text/csv; charset=utf-8"
	typeJSON = "application/json"
	typeZIP  = "application/zip"
	typeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// Kinds are all kinds of files, in the order in which they are listed.
func Kinds() []Kind {
	return []Kind{
		{StandingsJSON, typeJSON, []string{"cluster"}, ".json", true}, {StandingsCSV, typeCSV, []string{"cluster"}, ".csv", true},
		{PointsCSV, typeCSV, []string{"cluster"}, ".csv", true}, {TablesXLSX, typeXLSX, []string{"cluster"}, ".xlsx", false},
		{events.DocumentMinutes, typePDF, []string{"cluster"}, ".pdf", false},
		{events.DocumentTally, typePDF, []string{"cluster", "ballot"}, ".pdf", false},
		{events.DocumentProposal, typePDF, []string{"cluster", "award", "unit"}, ".pdf", false},
		{events.DocumentSheet, typePDF, []string{"cluster", "unit", "level"}, ".pdf", false},
		{events.DocumentSummary, typePDF, []string{"cluster"}, ".pdf", false},
		{events.DocumentDossier, typeZIP, []string{"cluster"}, ".zip", false},
		{Pact, typePDF, []string{}, ".pdf", false},
	}
}

// Given are the options that are given, with their names.
func (o Options) Given() [][2]string {
	var list [][2]string
	for _, x := range [][2]string{{"cluster", o.Cluster}, {"award", o.Award}, {"ballot", o.Ballot}, {"unit", o.Unit}, {"level", o.Level}} {
		if x[1] != "" {
			list = append(list, x)
		}
	}
	return list
}

// kind finds the request's kind, which takes all options that are given; else it fails with a *papers.OptionError.
func (q *Request) kind() (Kind, error) {
	kinds := Kinds()
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.ID == q.Kind })
	if i < 0 {
		var ids []string
		for _, k := range kinds {
			ids = append(ids, k.ID)
		}
		return Kind{}, &papers.OptionError{Option: "kind", Reason: fmt.Sprintf("there is no document %.40q; take one of: %s", q.Kind, strings.Join(ids, ", "))}
	}
	for _, x := range q.Given() {
		if !slices.Contains(kinds[i].Options, x[0]) {
			return kinds[i], &papers.OptionError{Option: x[0], Reason: "a " + q.Kind + " takes no such option; leave it out"}
		}
		if !events.ValidID(x[1]) {
			return kinds[i], &papers.OptionError{Option: x[0], Reason: fmt.Sprintf("%.60q is not an id", x[1])}
		}
	}
	return kinds[i], nil
}

// name is what the request's file is called: its campaign, its event, what it is of, its language.
func (q *Request) name(k Kind, campaign string, seq events.Seq) string {
	parts := []string{campaign, fmt.Sprint(seq), strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(q.Kind, "-json"), "-csv"), "-xlsx")}
	for _, x := range q.Given() {
		parts = append(parts, x[1])
	}
	return strings.Join(append(parts, q.Lang), "-") + k.extension
}

// Format is what the file's format is called.
func (q *Request) Format() string {
	k, err := q.kind()
	if err != nil {
		return ""
	}
	return strings.ToUpper(strings.TrimPrefix(k.extension, "."))
}

// File is what was made.
type File struct {
	Name    string
	Type    string // media type
	Seq     events.Seq
	Genesis string // of a signed campaign
	SHA256  [sha256.Size]byte
	Content []byte // nobody changes it
}

// Hash is the SHA-256 in hex.
func (f *File) Hash() string { return hex.EncodeToString(f.SHA256[:]) }

// source is a campaign as of the event that a file is made of.
type source struct {
	campaign  *host.Campaign
	seq       events.Seq
	root      string                // of the log after seq, hex
	standings projections.Standings // after seq
	live      *projections.Live     // folded up to seq, for this file alone; nil for a kind that is cheap
}

// content makes a file's bytes.
func (s *source) content(ctx context.Context, q Request) ([]byte, error) {
	if err := s.hasCluster(q.Cluster); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	switch q.Kind {
	case StandingsJSON:
		line, _, err := standingsLine(s.standings, q.Cluster, q.Lang)
		return line, err
	case StandingsCSV:
		_, standings, err := standingsLine(s.standings, q.Cluster, q.Lang)
		if err == nil {
			err = standings.WriteCSV(&out)
		}
		return out.Bytes(), err
	case PointsCSV, TablesXLSX:
		t, err := s.tables(q)
		if err != nil {
			return nil, err
		}
		if q.Kind == PointsCSV {
			return t.csv()
		}
		return t.xlsx(ctx)
	case Pact:
		p, err := s.pact(ctx, q.Lang)
		if err == nil {
			err = pact.Write(&out, p, q.Lang)
		}
		return out.Bytes(), err
	}
	err := papers.Write(&out, papers.Source{Live: s.live, Seq: s.seq, Root: s.root}, papers.Options{Kind: q.Kind, Lang: q.Lang, Cluster: q.Cluster, Award: q.Award,
		Ballot: q.Ballot, Unit: q.Unit, Level: q.Level})
	return out.Bytes(), err
}

// hasCluster refuses a cluster that there is not; "" is all, or the only one.
func (s *source) hasCluster(id string) error {
	var ids []string
	for _, c := range s.standings.Clusters {
		if ids = append(ids, c.ID()); id == c.ID() {
			return nil
		}
	}
	if id == "" {
		return nil
	}
	return &papers.OptionError{Option: "cluster", Reason: fmt.Sprintf("there is no cluster %s; use one of: %s", id, strings.Join(ids, ", "))}
}

// pact gathers the pact as of the event.
func (s *source) pact(ctx context.Context, lang string) (pact.Pact, error) {
	sum := s.standings.Summary
	f := pact.Facts{Regulation: sum.Regulation, Genesis: sum.Genesis, Seq: s.seq, Members: s.live.Roster(), Zone: sum.Zone()}
	if policy, err := s.campaign.SigningPolicy(); err == nil { // a server that signs nothing has no key to compare
		f.LogKey = policy.Log
	}
	first, err := s.campaign.Stored(ctx, 1)
	if err != nil {
		return pact.Pact{}, err
	}
	f.First, f.Opened = first.Record, first.Commit.Recorded
	f.Recorded = s.live.Recorded
	return pact.Of(f, lang)
}
