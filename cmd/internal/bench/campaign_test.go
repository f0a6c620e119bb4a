package bench

import (
	"testing"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/scores"
	"campaignledger/events"
)

// openCampaign opens the bench campaign on a directory of its own, or again on dir.
func openCampaign(b *testing.B, dir string, change ...func(*host.Config)) (*host.Host, *host.Campaign) {
	b.Helper()
	cfg := host.Config{Dir: dir, Log: zerolog.Nop()}
	for _, f := range change {
		f(&cfg)
	}
	h, err := host.Open(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	c, _, err := h.OpenCampaign(b.Context(), "bench.yaml", Regulation())
	if err != nil {
		b.Fatal(err)
	}
	return h, c
}

// records are n records of about EventBytes.
func records(b *testing.B, n int) []events.Record {
	b.Helper()
	list := make([]events.Record, n)
	for i := range list {
		var err error
		if list[i], err = Pad(Draft(i)); err != nil {
			b.Fatal(err)
		}
	}
	return list
}

// importRows imports n rows from CSV.
func importRows(b *testing.B, c *host.Campaign, csv []byte, n int) {
	b.Helper()
	f, err := scores.Read("bench.csv", csv)
	if err != nil {
		b.Fatal(err)
	}
	plan, err := c.Import(b.Context(), f, host.ImportOptions{})
	if err != nil || plan.Bad > 0 || plan.Rows != n {
		b.Fatal(err, plan.Bad, plan.Rows)
	}
}
