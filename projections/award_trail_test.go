package projections

import (
	"testing"

	"campaignledger/events"
)

// TestTrailDocuments: a trail has the documents about its award and its ballots, those of the whole deliberation, and signed copies of all
// these; what is about another award or another cluster belongs elsewhere.
func TestTrailDocuments(t *testing.T) {
	t.Parallel()
	const logged = events.Seq(50)
	trail := func(clusters int) *gathering {
		p := &plan{clusters: make([]*clusterPlan, clusters)}
		return &gathering{live: &Live{plan: p}, award: "flag", clusters: map[string]bool{"one": true}, ballots: map[string]bool{"flag-1": true},
			where: map[events.Seq]TrailCode{logged: TrailDocuments}}
	}
	for name, c := range map[string]struct {
		document events.DocumentIssued
		clusters int
		of       events.Seq
		in       bool
	}{
		"proposal":                     {events.DocumentIssued{Kind: events.DocumentProposal, Award: "flag"}, 1, 0, true},
		"another award's":              {events.DocumentIssued{Kind: events.DocumentProposal, Award: "cup"}, 1, 0, false},
		"another cluster's":            {events.DocumentIssued{Kind: events.DocumentProposal, Award: "flag", Cluster: "two"}, 2, 0, false},
		"tally":                        {events.DocumentIssued{Kind: events.DocumentTally, Ballot: "flag-1"}, 1, 0, true},
		"another ballot's":             {events.DocumentIssued{Kind: events.DocumentTally, Ballot: "cup-1"}, 1, 0, false},
		"minutes":                      {events.DocumentIssued{Kind: events.DocumentMinutes}, 1, 0, true},
		"minutes of the cluster":       {events.DocumentIssued{Kind: events.DocumentMinutes, Cluster: "one"}, 2, 0, true},
		"minutes of another":           {events.DocumentIssued{Kind: events.DocumentMinutes, Cluster: "two"}, 2, 0, false},
		"summary":                      {events.DocumentIssued{Kind: events.DocumentSummary}, 1, 0, true},
		"dossier":                      {events.DocumentIssued{Kind: events.DocumentDossier}, 1, 0, true},
		"of no cluster, where are two": {events.DocumentIssued{Kind: events.DocumentSummary}, 2, 0, false},
		"dossier of all clusters":      {events.DocumentIssued{Kind: events.DocumentDossier}, 2, 0, true},
		"sheet":                        {events.DocumentIssued{Kind: events.DocumentSheet}, 1, 0, false},
		"copy":                         {events.DocumentIssued{Kind: events.DocumentSheet}, 1, logged, true},
	} {
		want := TrailCode("")
		if c.in {
			want = TrailDocuments
		}
		if got := trail(c.clusters).document(&entry{more: &details{rare: &rare{of: c.of}}}, &c.document); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
