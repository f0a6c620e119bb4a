package bench

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/ledger"
)

// maxPacked is how many events the bare loop packs, as many as a commit holds.
const maxPacked = 1000

// bareStream is a file stream on an embedded server that syncs before it acknowledges, as a campaign's is.
func bareStream(b *testing.B) jetstream.JetStream {
	b.Helper()
	server, err := ledger.StartEmbedded(ledger.EmbeddedConfig{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(server.Close)
	js, err := jetstream.New(server.Conn())
	if err != nil {
		b.Fatal(err)
	}
	_, err = js.CreateStream(b.Context(), jetstream.StreamConfig{Name: "BARE", Subjects: []string{"bare.>"}, Storage: jetstream.FileStorage,
		AllowAtomicPublish: true})
	if err != nil {
		b.Fatal(err)
	}
	return js
}

// run does work b.N times with so many writers, each waiting for its own acknowledgement, and reports events a second.
func run(b *testing.B, writers int, work func(i int) error) {
	b.Helper()
	b.ResetTimer()
	burst(b, writers, 0, b.N, work)
	report(b)
}

// burst does work for from and up to, with so many goroutines.
func burst(b *testing.B, goroutines, from, to int, work func(i int) error) {
	b.Helper()
	var next atomic.Int64
	next.Store(int64(from))
	var running sync.WaitGroup
	for range goroutines {
		running.Go(func() {
			for i := int(next.Add(1)) - 1; i < to; i = int(next.Add(1)) - 1 {
				if err := work(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	running.Wait()
}

func report(b *testing.B) {
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// packer is the bare loop that gathers as the ledger does: it packs what waits into one message, after waiting up to 150 µs for as
// many as last time.
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
	p := &packer{js: js, queue: make(chan packed, maxPacked)}
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
	for len(batch) < min(last, maxPacked) {
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
	for len(batch) < maxPacked {
		select {
		case one, ok := <-p.queue:
			if !ok {
				return batch
			}
			batch = append(batch, one)
		default:
			return batch
		}
	}
	return batch
}
