package projections

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// shape is a campaign of one cluster for benchmarks.
type shape struct {
	units, leaves, scorers int
	leaf                   string // YAML of every leaf but its id
	corrections            int    // of every mark, in memoryShapes
}

func (s shape) regulation(t testing.TB) *events.Regulation {
	t.Helper()
	var b strings.Builder
	b.WriteString("id: bench\nlevels: [{id: open, scorers: any}]\ncriteria:\n  default:\n    items:\n")
	for i := range s.leaves {
		fmt.Fprintf(&b, "      - {id: L%d, %s}\n", i, s.leaf)
	}
	b.WriteString("clusters:\n  - id: one\n    criteria: default\n    units:\n")
	for i := range s.units {
		fmt.Fprintf(&b, "      - {id: u%d}\n", i)
	}
	r, err := events.ParseRegulation("bench.yaml", []byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// numbered is a version 7 UUID made of n.
func numbered(n int) (id uuid.UUID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	id[0], id[1], id[6], id[8] = byte(n>>8), byte(n), 0x70, 0x80
	return id
}

// idsOf are n ids that start with prefix, each one string that all events share, as a Decoder gives them.
func idsOf(prefix string, n int) (ids []string) {
	for i := range n {
		ids = append(ids, fmt.Sprintf("%s%d", prefix, i))
	}
	return ids
}

// log is the opening and n entries: every scorer's mark of every unit on every leaf, then corrections in the same order.
func (s shape) log(t testing.TB, kind events.MarkKind, n int) []events.Event {
	t.Helper()
	r := s.regulation(t)
	list := make([]events.Event, 0, n+1)
	list = append(list, events.Event{Seq: 1, Recorded: trialStart, Draft: events.Draft{ID: numbered(1), Campaign: "bench", Author: "import", Time: trialStart,
		Payload: events.NewCampaignOpened(r, "bench.yaml", hash("bench"))}})
	units, leaves, scorers := idsOf("u", s.units), idsOf("L", s.leaves), idsOf("j", s.scorers)
	all := s.units * s.leaves * s.scorers
	for i := range n {
		at := i % all
		p := &events.ScoreEntered{Cluster: "one", Criterion: leaves[at/s.scorers%s.leaves], Level: "open", Scorer: scorers[at%s.scorers],
			Mark: events.Mark{Kind: kind, Amount: events.Whole(int64(i%9+1)) + events.Decimal(i%1_000_000)}}
		if i >= all {
			p.Supersedes, p.Reason = numbered(i+2-all), "corrected"
		}
		list = append(list, events.Event{Seq: events.Seq(i + 2), Recorded: trialStart.Add(time.Duration(i) * time.Millisecond),
			Draft: events.Draft{ID: numbered(i + 2), Campaign: "bench", Subject: units[at/s.scorers/s.leaves], Author: "import",
				Time: trialStart.Add(time.Duration(i) * time.Millisecond), Payload: p}})
	}
	return list
}

// commitEvents is how many events a commit carries here, as in an import.
const commitEvents = 500

func foldInCommits(t testing.TB, l *Live, list []events.Event) {
	t.Helper()
	for i := range list {
		if err := l.Admit(list[i]); err != nil {
			t.Fatalf("event %d: %v", list[i].Seq, err)
		}
		if (i+1)%commitEvents == 0 {
			l.Commit()
		}
	}
	l.Commit()
}

// BenchmarkEntry is one correction, from admission to the standings, with 7 units, 176 leaves and the mean of 7 scorers.
func BenchmarkEntry(b *testing.B) {
	s := shape{units: 7, leaves: 176, scorers: 7, leaf: "method: graded, max: 10, aggregate: {method: mean}"}
	list := s.log(b, events.MarkPoints, 7*176*7+b.N)
	l := NewLive()
	foldInCommits(b, l, list[:7*176*7+1])
	l.Standings()
	b.ReportAllocs()
	b.ResetTimer()
	for _, e := range list[7*176*7+1:] {
		if err := l.Admit(e); err != nil {
			b.Fatal(err)
		}
		l.Commit()
		l.Standings()
	}
}

// BenchmarkTargetColumn is one actual on a target leaf of 1,000 units: it moves the column's top, or does not.
func BenchmarkTargetColumn(b *testing.B) {
	const units = 1000
	s := shape{units: units, leaves: 1, scorers: 1, leaf: "method: target, max: 100000"}
	for _, moves := range []bool{false, true} {
		b.Run(map[bool]string{false: "stays", true: "moves"}[moves], func(b *testing.B) {
			l := NewLive()
			foldInCommits(b, l, s.log(b, events.MarkActual, units))
			say := func(unit int, p events.Payload) {
				last, recorded := l.Last()
				e := events.Event{Seq: last + 1, Recorded: recorded, Draft: events.Draft{ID: numbered(int(last) + 1), Campaign: "bench",
					Subject: fmt.Sprintf("u%d", unit), Author: "a", Payload: p}}
				l.Complete(&e.Draft, recorded)
				if err := l.Admit(e); err != nil {
					b.Fatal(err)
				}
				l.Commit()
			}
			for u := range units {
				say(u, &events.TargetSet{Cluster: "one", Criterion: "L0", Scorer: "ministry", Target: decimal("3")})
			}
			l.Standings()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				unit, amount := 1+i%(units-1), events.Whole(int64(1+i%8))+events.Decimal(i%1_000_000)
				if moves {
					unit, amount = 0, events.Whole(int64(10+i%1000))
				}
				say(unit, &events.ScoreEntered{Cluster: "one", Criterion: "L0", Level: "open", Scorer: "j0", Reason: "r",
					Mark: events.Mark{Kind: events.MarkActual, Amount: amount}})
				l.Standings()
			}
		})
	}
}

// BenchmarkUnchangedStandings is a read where nothing happened since the last.
func BenchmarkUnchangedStandings(b *testing.B) {
	s := shape{units: 1000, leaves: 20, scorers: 1, leaf: "method: graded"}
	l := NewLive()
	foldInCommits(b, l, s.log(b, events.MarkPoints, 20_000))
	l.Standings()
	b.ReportAllocs()
	for b.Loop() {
		l.Standings()
	}
}

// BenchmarkAdmit is admission and commit of one decoded event, without standings, in commits of 500.
func BenchmarkAdmit(b *testing.B) {
	s := shape{units: 50, leaves: 176, scorers: 7, leaf: "method: graded, max: 10, aggregate: {method: mean}"}
	list := s.log(b, events.MarkPoints, b.N)
	state := NewState()
	b.ReportAllocs()
	b.ResetTimer()
	for i := range list {
		if err := state.Admit(list[i]); err != nil {
			b.Fatal(err)
		}
		if (i+1)%commitEvents == 0 {
			state.Commit()
		}
	}
}

// BenchmarkFold is the fold of 500,000 decoded events: admission, state, audit and the standings at the end.
func BenchmarkFold(b *testing.B) {
	const n = 500_000
	s := shape{units: 100, leaves: 176, scorers: 7, leaf: "method: graded, max: 10, aggregate: {method: mean}"}
	list := s.log(b, events.MarkPoints, n)
	for b.Loop() {
		l := NewLive()
		foldInCommits(b, l, list)
		l.Standings()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/event")
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// maxHeapPerRecord is what all folds together may keep of one record, in bytes: what is allowed to standings alone, of which they are made.
const maxHeapPerRecord = 200

// memoryShapes are campaigns where nearly every record is a key of its own, the worst case, and one of corrections.
func memoryShapes() map[string]shape {
	return map[string]shape{
		"scorers":     {units: 100, leaves: 176, scorers: 17, leaf: "method: graded, max: 10, aggregate: {method: mean}"},
		"corrections": {units: 100, leaves: 176, scorers: 4, leaf: "method: graded, max: 10, aggregate: {method: mean}", corrections: 3},
		"one-mark":    {units: 600, leaves: 500, scorers: 1, leaf: "method: graded, max: 10"},
		"ordinal":     {units: 9, leaves: 500, scorers: 67, leaf: "method: ordinal, table: [9, 8, 7, 6, 5, 4, 3, 2, 1], aggregate: {method: sum}"},
	}
}

// heapPerRecord folds about 300,000 records and gives the heap that the folds and the standings keep for one.
func heapPerRecord(t testing.TB, s shape) float64 {
	kind := events.MarkPoints
	if strings.Contains(s.leaf, "ordinal") {
		kind = events.MarkPlace
	}
	n := s.units * s.leaves * s.scorers * (1 + s.corrections)
	list := s.log(t, kind, n)
	for i := range list {
		if p, ok := list[i].Payload.(*events.ScoreEntered); ok && kind == events.MarkPlace {
			p.Mark.Amount = events.Whole(int64((i-1)/s.scorers/s.leaves + 1)) // a place of its own for each unit
		}
	}
	used := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := used()
	l := NewLive()
	foldInCommits(t, l, list)
	l.Standings()
	after := used()
	runtime.KeepAlive(list)
	runtime.KeepAlive(l)
	return float64(after-before) / float64(n)
}

func BenchmarkMemory(b *testing.B) {
	for name, s := range memoryShapes() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(heapPerRecord(b, s), "B/record")
			}
		})
	}
}

// TestMemoryPerRecord keeps the folds small: a campaign of a million records fits a laptop.
func TestMemoryPerRecord(t *testing.T) {
	if testing.Short() {
		t.Skip("folds a million records")
	}
	for name, s := range memoryShapes() {
		if got := heapPerRecord(t, s); got > maxHeapPerRecord {
			t.Errorf("%s: %.0f bytes a record, at most %d are allowed", name, got, maxHeapPerRecord)
		}
	}
}
