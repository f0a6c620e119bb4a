package bench

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
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
func openCampaign(b *testing.B, dir string) (*host.Host, *host.Campaign) {
	b.Helper()
	h, err := host.Open(b.Context(), host.Config{Dir: dir, Log: zerolog.Nop()})
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

// fill stores records in commits as full as an import's.
func fill(b *testing.B, c *host.Campaign, list []events.Record) {
	b.Helper()
	var groups [][]events.Proposal
	for len(list) > 0 {
		n := min(len(list), events.MaxBatchRows)
		group := make([]events.Proposal, 0, n)
		for _, r := range list[:n] {
			d, err := events.Decode(r)
			if err != nil {
				b.Fatal(err)
			}
			group = append(group, events.Proposal{Draft: d, Record: r})
		}
		groups, list = append(groups, group), list[n:]
	}
	plan := func(events.Seq, time.Time) ([][]events.Proposal, error) { return groups, nil }
	if err := c.Ledger.AppendPlan(context.Background(), plan, nil); err != nil {
		b.Fatal(err)
	}
}
