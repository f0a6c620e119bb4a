package projections

import (
	"testing"

	"campaignledger/events"
)

// judgedMarks is how many marks the campaign of the benchmarks below has.
const judgedMarks = 100_000

// BenchmarkAnomalies is a look at a campaign of 100,000 marks, beside its whole history, and the standings without one scorer's marks:
// marks of 7 scorers on each leaf, of which every one lies somewhere else (a panel's worst case), and as many corrections as marks.
func BenchmarkAnomalies(b *testing.B) {
	for name, s := range map[string]shape{
		"marks":       {units: 81, leaves: 176, scorers: 7, leaf: "method: graded, max: 10, aggregate: {method: mean}"},
		"corrections": {units: 100, leaves: 72, scorers: 7, leaf: "method: graded, max: 10, aggregate: {method: mean}"},
	} {
		l := NewLive()
		foldInCommits(b, l, s.log(b, events.MarkPoints, judgedMarks))
		l.Standings()
		for question, ask := range map[string]func() int{
			"anomalies": func() int { return len(l.Anomalies("", "vi")) },
			"audit":     func() int { return len(l.Audit(AuditFilter{})) },
			"without": func() int {
				w, err := l.Without("u0")
				if err != nil {
					b.Fatal(err)
				}
				return len(w.Standings.Clusters)
			},
		} {
			b.Run(name+"/"+question, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if ask() == 0 {
						b.Fatal("no answer")
					}
				}
			})
		}
	}
}
