package projections

import (
	"fmt"
	"testing"

	"campaignledger/events"
)

// BenchmarkStability is all pairs of a 7-unit cluster with 170 leaves and marks of 6 scorers, and the first pairs of a cluster of 1,000 units.
func BenchmarkStability(b *testing.B) {
	for _, leaf := range []string{"method: graded, max: 10, aggregate: {method: mean}", "method: graded, max: 10, aggregate: {method: trimmed-mean}",
		"method: proportional, max: 10, aggregate: {method: mean}"} {
		for _, s := range []shape{{units: 7, leaves: 170, scorers: 6, leaf: leaf}, {units: 1000, leaves: 10, scorers: 6, leaf: leaf}} {
			kind := events.MarkPoints
			if leaf[8] == 'p' {
				kind = events.MarkActual
			}
			l := NewLive()
			foldInCommits(b, l, s.log(b, kind, s.units*s.leaves*s.scorers))
			b.Run(fmt.Sprintf("units=%d/%s", s.units, leaf), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					got, err := l.Stability("", Pairs{}, "vi")
					if err != nil || len(got.Clusters[0].Pairs) != min(s.units-1, maxPairs) {
						b.Fatal(err, len(got.Clusters[0].Pairs))
					}
				}
			})
		}
	}
}
