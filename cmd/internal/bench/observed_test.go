package bench

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/metrics"
	"campaignledger/events"
)

// BenchmarkObserved: what it costs an append to be counted, and to have each of its steps logged.
func BenchmarkObserved(b *testing.B) {
	for _, writers := range []int{1, 16, 64} {
		for _, way := range []struct {
			name   string
			change func(*host.Config)
		}{
			{"nobody", func(*host.Config) {}},
			{"counted", func(cfg *host.Config) { cfg.Observer = metrics.New("bench") }},
			{"logged", func(cfg *host.Config) { cfg.Observer, cfg.Log = metrics.New("bench"), zerolog.New(io.Discard) }},
		} {
			b.Run(fmt.Sprintf("writers=%d/%s", writers, way.name), func(b *testing.B) {
				h, c := openCampaign(b, b.TempDir(), way.change)
				defer h.Close()
				list := records(b, b.N)
				run(b, writers, func(i int) error {
					_, err := c.Ledger.Append(context.Background(), events.Proposal{Record: list[i]})
					return err
				})
			})
		}
	}
}
