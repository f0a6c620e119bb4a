package bench

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/scores"
	"campaignledger/events"
)

const (
	campaign   = "bench"
	units      = 100
	leaves     = 50
	eventBytes = 400
)

// regulation is one cluster of 100 units on 50 leaves, each the mean of any number of scorers.
func regulation() []byte {
	var b strings.Builder
	b.WriteString("id: bench\ntitle: Bench\nlevels: [{id: panel, scorers: any}]\ncriteria:\n  set:\n    items:\n")
	for i := range leaves {
		fmt.Fprintf(&b, "      - {id: L%d, method: graded, max: 100, aggregate: {method: mean}}\n", i)
	}
	b.WriteString("clusters:\n  - id: c\n    criteria: set\n    units:\n")
	for i := range units {
		fmt.Fprintf(&b, "      - {id: u%d}\n", i)
	}
	return []byte(b.String())
}

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
	c, _, err := h.OpenCampaign(b.Context(), "bench.yaml", regulation())
	if err != nil {
		b.Fatal(err)
	}
	return h, c
}

// draft is the i-th entry: every unit and leaf by one scorer, then by the next.
func draft(i int) events.Draft {
	cell := i % (units * leaves)
	return events.Draft{ID: events.NewID(), Campaign: campaign, Subject: fmt.Sprintf("u%d", cell/leaves), Time: events.Milliseconds(time.Now()),
		Author: "judge", Payload: &events.ScoreEntered{Cluster: "c", Criterion: fmt.Sprintf("L%d", cell%leaves), Level: "panel",
			Scorer: fmt.Sprintf("j%d", i/(units*leaves)), Mark: events.Mark{Kind: events.MarkPoints, Amount: events.Decimal(i%100) * events.DecimalOne}}}
}

// records are n records of about eventBytes.
func records(b *testing.B, n int) []events.Record {
	b.Helper()
	list := make([]events.Record, n)
	for i := range list {
		d := draft(i)
		bare, err := events.Encode(d)
		if err != nil {
			b.Fatal(err)
		}
		d.Payload.(*events.ScoreEntered).Evidence = strings.Repeat("e", max(eventBytes-len(bare)-len(`"evidence":"",`), 1))
		if list[i], err = events.Encode(d); err != nil {
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
