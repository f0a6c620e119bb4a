package projections

import (
	"testing"

	"campaignledger/events"
)

// yearShapes are campaigns of 100,000 events.
func yearShapes() map[string]shape {
	return map[string]shape{
		"7-units":    {units: 7, leaves: 176, scorers: 7, leaf: "method: graded, max: 10, aggregate: {method: mean}"},
		"100-units":  {units: 100, leaves: 176, scorers: 7, leaf: "method: graded, max: 10, aggregate: {method: mean}"},
		"1000-units": {units: 1000, leaves: 100, scorers: 1, leaf: "method: graded, max: 10"},
	}
}

// yearEvents is how many events a campaign has in whose past readers look around.
const yearEvents = 100_000

// BenchmarkAt is the standings as of an event of a campaign of 100,000 events: near its beginning, in its middle and just before its end,
// beside a bare fold of the same events.
func BenchmarkAt(b *testing.B) {
	for name, s := range yearShapes() {
		list := s.log(b, events.MarkPoints, yearEvents)
		l := NewLive()
		foldInCommits(b, l, list)
		for where, seq := range map[string]events.Seq{"tenth": yearEvents / 10, "half": yearEvents / 2, "end": yearEvents} {
			b.Run(name+"/"+where+"/at", func(b *testing.B) {
				for b.Loop() {
					if _, err := l.At(seq); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(name+"/"+where+"/refold", func(b *testing.B) {
				for b.Loop() {
					fresh := NewRefold()
					foldInCommits(b, fresh, list[:seq])
					fresh.Standings()
				}
			})
		}
	}
}
