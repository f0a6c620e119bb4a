package ledger_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"campaignledger/events"
	"campaignledger/ledger"
)

const (
	benchEventBytes = 400
	benchBatch      = 500
)

// BenchmarkAppend compares, with the same writers, each waiting for its own acknowledgement under SyncAlways: bare publishes,
// a bare loop that gathers and packs what waits into one message, and the ledger (strict parse, admission, leaf hash).
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("bare/writers=%d", writers), func(b *testing.B) {
			js, data := benchStream(b), encode(b, sized(benchEventBytes))
			benchWriters(b, writers, func() error {
				_, err := js.Publish(context.Background(), "bare.events", data)
				return err
			})
		})
		b.Run(fmt.Sprintf("packed/writers=%d", writers), func(b *testing.B) {
			js, data := benchStream(b), encode(b, sized(benchEventBytes))
			packer := newPacker(js)
			defer packer.close()
			benchWriters(b, writers, func() error { return packer.publish(data) })
		})
		b.Run(fmt.Sprintf("ledger/writers=%d", writers), func(b *testing.B) {
			store := &countingStore{Store: createStore(b, startServer(b, b.TempDir()))}
			l, _ := openLedger(b, store, trivial)
			records := make([]events.Record, b.N)
			for i := range records {
				records[i] = encode(b, sized(benchEventBytes))
			}
			var next atomic.Int64
			benchWriters(b, writers, func() error {
				_, err := l.Append(context.Background(), events.Proposal{Record: records[next.Add(1)-1]})
				return err
			})
			b.ReportMetric(float64(b.N)/float64(store.appends.Load()), "events/commit")
		})
	}
}

// countingStore counts appends.
type countingStore struct {
	ledger.Store
	appends atomic.Int64
}

func (s *countingStore) Append(ctx context.Context, c ledger.Commit) error {
	s.appends.Add(1)
	return s.Store.Append(ctx, c)
}

// trivial gives a ledger a gate that keeps ids and nothing else.
func trivial(cfg *ledger.Config) {
	gate := newGate()
	gate.forget = true
	cfg.Gate, cfg.Exclusive = gate, true
}

// benchWriters runs work b.N times with so many writers and reports events a second.
func benchWriters(b *testing.B, writers int, work func() error) {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(b.N))
	var running sync.WaitGroup
	b.ResetTimer()
	for range writers {
		running.Go(func() {
			for left.Add(-1) >= 0 {
				if err := work(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	running.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func benchStream(b *testing.B) jetstream.JetStream {
	b.Helper()
	js, err := jetstream.New(startServer(b, b.TempDir()).Conn())
	if err != nil {
		b.Fatal(err)
	}
	_, err = js.CreateStream(b.Context(), jetstream.StreamConfig{
		Name: "BARE", Subjects: []string{"bare.>"}, Storage: jetstream.FileStorage, AllowAtomicPublish: true,
	})
	if err != nil {
		b.Fatal(err)
	}
	return js
}

// packer is the bare loop: it packs what waits into one message, after waiting 150 µs for as many as last time.
type packer struct {
	js    jetstream.JetStream
	queue chan packed
	done  sync.WaitGroup
}

type packed struct {
	data []byte
	done chan error
}

func newPacker(js jetstream.JetStream) *packer {
	p := &packer{js: js, queue: make(chan packed, 1024)}
	p.done.Go(p.run)
	return p
}

func (p *packer) close() {
	close(p.queue)
	p.done.Wait()
}

func (p *packer) publish(data []byte) error {
	done := make(chan error, 1)
	p.queue <- packed{data, done}
	return <-done
}

func (p *packer) run() {
	last := 0
	for first := range p.queue {
		batch := p.gather(first, last)
		var data []byte
		for _, one := range batch {
			data = append(append(data, one.data...), '\n')
		}
		_, err := p.js.Publish(context.Background(), "bare.events", data)
		for _, one := range batch {
			one.done <- err
		}
		last = len(batch)
	}
}

func (p *packer) gather(first packed, last int) []packed {
	batch := []packed{first}
	timer := time.NewTimer(150 * time.Microsecond)
	defer timer.Stop()
	for len(batch) < 1000 {
		if len(batch) >= last {
			select {
			case one, ok := <-p.queue:
				if !ok {
					return batch
				}
				batch = append(batch, one)
				continue
			default:
				return batch
			}
		}
		select {
		case one, ok := <-p.queue:
			if !ok {
				return batch
			}
			batch = append(batch, one)
		case <-timer.C:
			return batch
		}
	}
	return batch
}

// BenchmarkRead compares a bare ordered consumer, one event a message and decoding nothing, with opening a ledger on as many
// events packed as an import packs them: read, strict decode, admission by a trivial gate.
func BenchmarkRead(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		js, data := benchStream(b), encode(b, sized(benchEventBytes))
		total := max(b.N, 1000)
		for i := range total {
			if _, err := js.PublishAsync("bare.events", data); err != nil {
				b.Fatal(err)
			}
			if i%1000 == 999 {
				<-js.PublishAsyncComplete()
			}
		}
		<-js.PublishAsyncComplete()
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
		messages.Stop()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
	b.Run("ledger", func(b *testing.B) {
		store := createStore(b, startServer(b, b.TempDir()))
		l, _ := openLedger(b, store, trivial)
		appendGroups(b, l, groups(b, b.N))
		l.Close()
		b.ResetTimer()
		l, _ = openLedger(b, store, trivial)
		b.StopTimer()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		if last, _ := l.Last(); last != events.Seq(b.N) {
			b.Fatalf("read to event %d of %d", last, b.N)
		}
	})
}

// BenchmarkAtomicBatches compares a bare loop of 500-message atomic batches with the ledger's plan of 500-event commits.
func BenchmarkAtomicBatches(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		js, data := benchStream(b), encode(b, sized(benchEventBytes))
		b.ResetTimer()
		for done := 0; done < b.N; done += benchBatch {
			batch, err := jetstreamext.NewBatchPublisher(js)
			if err != nil {
				b.Fatal(err)
			}
			for range benchBatch - 1 {
				if err := batch.Add("bare.events", data); err != nil {
					b.Fatal(err)
				}
			}
			if _, err := batch.Commit(b.Context(), "bare.events", data); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
	b.Run("ledger", func(b *testing.B) {
		l, _ := openLedger(b, createStore(b, startServer(b, b.TempDir())),
			trivial)
		list := groups(b, b.N)
		b.ResetTimer()
		appendGroups(b, l, list)
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
}

func groups(tb testing.TB, n int) [][]events.Proposal {
	tb.Helper()
	var list [][]events.Proposal
	for done := 0; done < n; {
		var group []events.Proposal
		for range min(benchBatch, n-done) {
			d := sized(benchEventBytes)
			group = append(group, events.Proposal{Draft: d, Record: encode(tb, d)})
			done++
		}
		list = append(list, group)
	}
	return list
}

func appendGroups(tb testing.TB, l *ledger.Ledger, list [][]events.Proposal) {
	tb.Helper()
	plan := func(events.Seq, time.Time) ([][]events.Proposal, error) { return list, nil }
	if err := l.AppendPlan(context.Background(), plan, nil); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkRecordSize reports the size of the record the others use.
func BenchmarkRecordSize(b *testing.B) {
	record := encode(b, sized(benchEventBytes))
	if !json.Valid(record) {
		b.Fatal("not JSON")
	}
	for b.Loop() {
		if _, err := events.Decode(record); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(record)), "bytes")
}
