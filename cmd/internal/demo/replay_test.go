package demo

import (
	"testing"
	"time"

	"campaignledger/events"
	"campaignledger/projections"
)

// replay folds the year, one commit a body, and calls after each, if not nil, with the standings.
func replay(t *testing.T, after func(Body, []*projections.Standing)) (*projections.Live, []events.Record) {
	t.Helper()
	bodies, err := Year()
	if err != nil {
		t.Fatal(err)
	}
	live := projections.NewLive()
	recorded := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var records []events.Record
	for _, b := range bodies {
		for _, p := range b.Drafts {
			record := admit(t, live, p.Draft, recorded)
			records = append(records, record)
		}
		if err := live.Settle(); err != nil {
			t.Fatalf("%s: %v", b.Chapter, err)
		}
		live.Commit()
		if after != nil {
			after(b, live.Standings().Clusters[0].Rows)
		}
	}
	return live, records
}

// admit does what the ledger does with a draft; the record goes through its decoder.
func admit(t *testing.T, live *projections.Live, d events.Draft, recorded time.Time) events.Record {
	t.Helper()
	live.Complete(&d, recorded)
	record, err := events.Encode(d)
	if err != nil {
		t.Fatalf("%s of %s at %s: %v", d.Type(), d.Subject, d.Time, err)
	}
	decoded, err := events.Decode(record)
	if err != nil {
		t.Fatalf("%s: %v", record, err)
	}
	last, _ := live.Last()
	if err := live.Admit(events.Event{Draft: decoded, Seq: last + 1, Recorded: recorded, Record: record}); err != nil {
		t.Fatalf("event %d, %s: %v", last+1, record, err)
	}
	return record
}
