package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// BenchmarkProofAppend: what the tree and the checkpoints cost those who append: the same ledger on the same kind of server without them, and as a
// host runs it, but with a checkpoint every second, since a run is short; with-heads: each writer asks for a signed head that covers its event.
func BenchmarkProofAppend(b *testing.B) {
	for _, writers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("writers=%d/without", writers), func(b *testing.B) {
			l := openBareLedger(b, b.TempDir())
			list := records(b, b.N)
			run(b, writers, func(i int) error {
				_, err := l.Append(context.Background(), events.Proposal{Record: list[i]})
				return err
			})
		})
		b.Run(fmt.Sprintf("writers=%d/with", writers), func(b *testing.B) {
			h, c := openSigning(b)
			defer h.Close()
			list := records(b, b.N)
			run(b, writers, func(i int) error {
				_, err := c.Ledger.Append(context.Background(), events.Proposal{Record: list[i]})
				return err
			})
		})
		b.Run(fmt.Sprintf("writers=%d/with-heads", writers), func(b *testing.B) {
			h, c := openSigning(b)
			defer h.Close()
			list := records(b, b.N)
			run(b, writers, func(i int) error {
				receipts, err := c.Ledger.Append(context.Background(), events.Proposal{Record: list[i]})
				if err == nil {
					_, err = c.SignedHead(context.Background(), receipts[0].Seq)
				}
				return err
			})
		})
	}
}

// BenchmarkProofFold: the same for opening a campaign of b.N rows that were imported, whose tree and checkpoints are there.
func BenchmarkProofFold(b *testing.B) {
	b.Run("without", func(b *testing.B) {
		dir := imported(b, b.N)
		server := startServer(b, dir)
		defer server.Close()
		b.ResetTimer()
		if last, _ := openLedgerOn(b, server).Last(); int(last) <= b.N {
			b.Fatalf("folded to event %d", last)
		}
		report(b)
	})
	b.Run("with", func(b *testing.B) {
		dir := imported(b, b.N)
		dropSnapshots(b, dir)
		h, err := host.Open(b.Context(), host.Config{Dir: dir, Log: zerolog.Nop()})
		if err != nil {
			b.Fatal(err)
		}
		defer h.Close()
		b.ResetTimer()
		if c, err := h.Campaign(b.Context(), campaign); err != nil || int(c.Summary().Seq) <= b.N {
			b.Fatalf("folded to %v: %v", c, err)
		}
		report(b)
	})
}

// imported is a directory with a campaign of n rows.
func imported(b *testing.B, n int) string {
	b.Helper()
	dir := b.TempDir()
	h, c := openCampaign(b, dir)
	defer h.Close()
	for from := 0; from < n; from += fileRows {
		importRows(b, c, scoresCSV(from, min(from+fileRows, n)), min(fileRows, n-from))
	}
	return dir
}

// openSigning opens the bench campaign on a host that signs ten times as often as it does by default.
func openSigning(b *testing.B) (*host.Host, *host.Campaign) {
	b.Helper()
	h, err := host.Open(b.Context(), host.Config{Dir: b.TempDir(), CheckpointInterval: time.Second, Log: zerolog.Nop()})
	if err != nil {
		b.Fatal(err)
	}
	c, _, err := h.OpenCampaign(b.Context(), "bench.yaml", regulation())
	if err != nil {
		b.Fatal(err)
	}
	return h, c
}

func startServer(b *testing.B, dir string) *ledger.Embedded {
	b.Helper()
	server, err := ledger.StartEmbedded(ledger.EmbeddedConfig{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	return server
}

// openBareLedger opens the bench campaign without a tree or checkpoints.
func openBareLedger(b *testing.B, dir string) *ledger.Ledger {
	b.Helper()
	server := startServer(b, dir)
	b.Cleanup(server.Close)
	l := openLedgerOn(b, server)
	r, err := events.ParseRegulation("bench.yaml", regulation())
	if err != nil {
		b.Fatal(err)
	}
	opening := events.Proposal{Draft: events.Draft{ID: events.NewID(), Campaign: campaign, Author: "import", Payload: events.NewCampaignOpened(r, "bench.yaml", events.NoGenesis)}}
	if _, err := l.Append(b.Context(), opening); err != nil {
		b.Fatal(err)
	}
	return l
}

func openLedgerOn(b *testing.B, server *ledger.Embedded) *ledger.Ledger {
	b.Helper()
	streams, err := ledger.NewStreams(server.Conn(), ledger.StreamsConfig{SyncAlways: true})
	if err != nil {
		b.Fatal(err)
	}
	store, err := streams.Create(b.Context(), campaign)
	if err != nil {
		b.Fatal(err)
	}
	l, err := ledger.Open(b.Context(), ledger.Config{Campaign: campaign, Store: store, Gate: projections.NewLive(), Exclusive: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(l.Close)
	return l
}

// BenchmarkProofReceipt: receipts of any events of a campaign whose million rows were imported, 500 and more in a commit: proof and signed head for who
// has the record, and with the record read from the stream.
func BenchmarkProofReceipt(b *testing.B) {
	const rows = 1_000_000
	h, c := openCampaign(b, b.TempDir())
	defer h.Close()
	for from := 0; from < rows; from += fileRows {
		importRows(b, c, scoresCSV(from, from+fileRows), fileRows)
	}
	for name, make := range map[string]func(context.Context, events.Seq) (*proof.Receipt, error){"proof": c.Prove, "with-record": c.Receipt} {
		b.Run(name, func(b *testing.B) {
			random := rand.New(rand.NewPCG(1, 2))
			for range b.N {
				if r, err := make(b.Context(), events.Seq(1+random.IntN(rows))); err != nil || len(r.Marshal()) == 0 {
					b.Fatal(err)
				}
			}
		})
	}
}
