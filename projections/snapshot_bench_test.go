package projections

import (
	"testing"

	"campaignledger/events"
)

// millionEvents is a campaign whose opening must not cost its history.
const millionEvents = 1_000_000

// BenchmarkThaw is the folds of a campaign of a million events from their snapshot, beside a fold of the events, and the two halves of taking one: the
// freeze, for which appends wait, and the writing, for which nobody does.
func BenchmarkThaw(b *testing.B) {
	for name, s := range yearShapes() {
		list := s.log(b, events.MarkPoints, millionEvents)
		l := NewLive()
		foldInCommits(b, l, list)
		data := snapshotOf(b, l)
		b.Run(name+"/thaw", func(b *testing.B) {
			for b.Loop() {
				thaw(b, data)
			}
			b.ReportMetric(float64(len(data))/float64(len(list)), "bytes/event")
		})
		b.Run(name+"/fold", func(b *testing.B) {
			for b.Loop() {
				foldInCommits(b, NewRefold(), list)
			}
		})
		b.Run(name+"/freeze", func(b *testing.B) {
			for b.Loop() {
				if _, err := l.Freeze(); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/write", func(b *testing.B) {
			for b.Loop() {
				snapshotOf(b, l)
			}
		})
	}
}
