package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
)

// BenchmarkAppend: writers that each wait for their own durable acknowledgement. bare publishes one message an event; packed packs what
// waits into one message and does nothing else; ledger parses strictly, admits, hashes leaves and folds.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("writers=%d/bare", writers), func(b *testing.B) {
			js, list := bareStream(b), records(b, b.N)
			run(b, writers, func(i int) error {
				_, err := js.Publish(context.Background(), "bare.events", list[i])
				return err
			})
		})
		b.Run(fmt.Sprintf("writers=%d/packed", writers), func(b *testing.B) {
			list := records(b, b.N)
			p := newPacker(bareStream(b))
			defer p.close()
			run(b, writers, func(i int) error { return p.publish(list[i]) })
		})
		b.Run(fmt.Sprintf("writers=%d/ledger", writers), func(b *testing.B) {
			h, c := openCampaign(b, b.TempDir())
			defer h.Close()
			list := records(b, b.N)
			run(b, writers, func(i int) error {
				_, err := c.Ledger.Append(context.Background(), events.Proposal{Record: list[i]})
				return err
			})
		})
	}
}

// BenchmarkImport: a CSV file through the ledger (parse, plan, admission, batch roots, commits, fold), into an unsigned campaign and a signed
// one, beside a bare loop of 500-message atomic batches of records of the same size.
func BenchmarkImport(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		js, list := bareStream(b), records(b, b.N)
		b.ResetTimer()
		publishBatches(b, js, list)
		report(b)
	})
	b.Run("ledger", func(b *testing.B) {
		h, c := openCampaign(b, b.TempDir())
		defer h.Close()
		file := scoresCSV(0, b.N)
		b.ResetTimer()
		importRows(b, c, file, b.N)
		report(b)
	})
	b.Run("signed", func(b *testing.B) {
		h, c, s := openSigned(b)
		defer h.Close()
		file := scoresCSV(0, b.N)
		b.ResetTimer()
		s.importRows(b, c, file, b.N)
		report(b)
	})
}

// fileRows is the most rows of a file here: import.started names every batch of 500, and is a record of 64 KiB at most.
const fileRows = 250_000

// scoresCSV is a file of the drafts from and up to.
func scoresCSV(from, to int) []byte {
	var b strings.Builder
	b.WriteString("cluster,unit,criterion,level,scorer,points\n")
	for i := from; i < to; i++ {
		p := draft(i)
		e := p.Payload.(*events.ScoreEntered)
		fmt.Fprintf(&b, "c,%s,%s,panel,%s,%s\n", p.Subject, e.Criterion, e.Scorer, e.Mark.Amount)
	}
	return []byte(b.String())
}

// BenchmarkFold: opening a campaign that was imported (read, strict decode, admission, state, standings, audit) beside an
// ordered consumer of one event a message that decodes nothing.
func BenchmarkFold(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		js := bareStream(b)
		publishBatches(b, js, records(b, b.N))
		b.ResetTimer()
		consumer, err := js.OrderedConsumer(b.Context(), "BARE", jetstream.OrderedConsumerConfig{})
		if err != nil {
			b.Fatal(err)
		}
		messages, err := consumer.Messages(jetstream.PullMaxMessages(10_000))
		if err != nil {
			b.Fatal(err)
		}
		for range b.N {
			if _, err := messages.Next(); err != nil {
				b.Fatal(err)
			}
		}
		report(b)
		messages.Stop()
	})
	b.Run("ledger", func(b *testing.B) {
		dir := imported(b, b.N)
		dropSnapshots(b, dir)
		h, err := host.Open(b.Context(), host.Config{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		defer h.Close()
		b.ResetTimer()
		c, err := h.Campaign(b.Context(), campaign)
		if err != nil {
			b.Fatal(err)
		}
		if s, err := c.Standings(b.Context(), host.Reader{}); err != nil || s.Seq != events.Seq(b.N+1+(b.N+fileRows-1)/fileRows) || len(s.Clusters[0].Rows) != units {
			b.Fatalf("folded to event %d of %d rows", s.Seq, b.N)
		}
		report(b)
	})
}

// BenchmarkOpen: a campaign of a million rows to ready, from its snapshot and by a fold of the log, and what the embedded NATS server takes to
// start before that.
func BenchmarkOpen(b *testing.B) {
	const rows = 1_000_000
	dir := imported(b, rows)
	for _, name := range []string{"snapshot", "log"} {
		b.Run(name, func(b *testing.B) {
			var starting, opening time.Duration
			for range b.N {
				if name == "log" {
					dropSnapshots(b, dir)
				}
				begun := time.Now()
				h, err := host.Open(b.Context(), host.Config{Dir: dir, Log: zerolog.Nop(), ScrubPeriod: -1})
				if err != nil {
					b.Fatal(err)
				}
				started := time.Now()
				c, err := h.Campaign(b.Context(), campaign)
				if err != nil || c.FromSnapshot() > 0 != (name == "snapshot") {
					b.Fatalf("opened from event %d: %v", c.FromSnapshot(), err)
				}
				if s, err := c.Standings(b.Context(), host.Reader{}); err != nil || int(s.Seq) <= rows {
					b.Fatalf("folded to event %d: %v", s.Seq, err)
				}
				starting, opening = starting+started.Sub(begun), opening+time.Since(started)
				h.Close()
			}
			b.ReportMetric(float64(starting.Milliseconds())/float64(b.N), "nats-ms")
			b.ReportMetric(float64(opening.Milliseconds())/float64(b.N), "open-ms")
			b.ReportMetric(0, "ns/op") // closing writes a snapshot, which is not what is measured
		})
	}
}

// dropSnapshots has the next opening read the log from its start.
func dropSnapshots(b *testing.B, dir string) {
	b.Helper()
	if err := os.RemoveAll(filepath.Join(dir, "snapshots")); err != nil {
		b.Fatal(err)
	}
}

// publishBatches publishes one message an event in atomic batches.
func publishBatches(b *testing.B, js jetstream.JetStream, list []events.Record) {
	b.Helper()
	const size = 500
	for len(list) > 0 {
		batch, err := jetstreamext.NewBatchPublisher(js)
		if err != nil {
			b.Fatal(err)
		}
		n := min(len(list), size)
		for _, r := range list[:n-1] {
			if err := batch.Add("bare.events", r); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := batch.Commit(b.Context(), "bare.events", list[n-1]); err != nil {
			b.Fatal(err)
		}
		list = list[n:]
	}
}
