package demo

import (
	"context"
	"testing"

	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// TestYearResumes: a replay that was cut off starts over, and what is stored already is stored once.
func TestYearResumes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	live := projections.NewLive()
	l, err := ledger.Open(ctx, ledger.Config{Campaign: "cum2-2017", Store: ledger.NewMemory(), Gate: live, Exclusive: true})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	bodies := year(t)
	total := 0
	for _, b := range bodies {
		total += len(b.Proposals)
	}
	half := len(bodies) / 2
	for _, b := range append(bodies[:half:half], bodies...) {
		if _, err := l.Append(ctx, b.Proposals...); err != nil {
			t.Fatalf("%s: %v", b.Chapter, err)
		}
	}
	if got := live.Summary(); got.Seq != events.Seq(total) || !got.Final {
		t.Errorf("the campaign has %d events, closed %t; want %d and closed", got.Seq, got.Final, total)
	}
}
