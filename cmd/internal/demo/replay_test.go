package demo

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"campaignledger/cmd/internal/keys"
	"campaignledger/events"
	"campaignledger/projections"
)

// replay folds the year, one commit a body, and calls after each, if not nil, with the standings.
func replay(t *testing.T, after func(Body, []*projections.Standing)) (*projections.Live, []events.Record) {
	t.Helper()
	return replayAll(t, func(b Body, live *projections.Live) {
		if after != nil {
			after(b, live.Standings().Clusters[0].Rows)
		}
	})
}

// follow folds the year, and calls each after every body.
func follow(t *testing.T, each func(*projections.Live)) (*projections.Live, []events.Record) {
	t.Helper()
	return replayAll(t, func(_ Body, live *projections.Live) { each(live) })
}

func replayAll(t *testing.T, after func(Body, *projections.Live)) (*projections.Live, []events.Record) {
	t.Helper()
	bodies := year(t)
	live := projections.NewLive()
	recorded := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var records []events.Record
	for _, b := range bodies {
		for _, p := range b.Proposals {
			admit(t, live, p.Record, recorded)
			records = append(records, p.Record)
		}
		if err := live.Settle(); err != nil {
			t.Fatalf("%s: %v", b.Chapter, err)
		}
		live.Commit()
		after(b, live)
	}
	return live, records
}

// admit does what the ledger does with a record, which goes through its decoder.
func admit(t *testing.T, live *projections.Live, record events.Record, recorded time.Time) {
	t.Helper()
	decoded, err := events.Decode(record)
	if err != nil {
		t.Fatalf("%s: %v", record, err)
	}
	last, _ := live.Last()
	if err := live.Admit(events.Event{Draft: decoded, Seq: last + 1, Recorded: recorded, Record: record}); err != nil {
		t.Fatalf("event %d, %s: %v", last+1, record, err)
	}
}

// testKeys are keys of every member, the same in every run.
func testKeys(t *testing.T) Keys {
	t.Helper()
	all, random := Keys{}, &seeds{}
	for _, m := range roster() {
		key, err := keys.New(keys.Member, m.name, random)
		if err != nil {
			t.Fatal(err)
		}
		all[m.id] = key
	}
	return all
}

// seeds is a stream of bytes that looks random and is the same in every run.
type seeds struct{ n int }

func (s *seeds) Read(p []byte) (int, error) {
	s.n++
	sum := sha256.Sum256(fmt.Appendf(nil, "seed %d", s.n))
	return copy(p, sum[:]), nil
}

// year is the year under the test's keys.
func year(t *testing.T) []Body {
	t.Helper()
	bodies, err := Year(testKeys(t))
	if err != nil {
		t.Fatal(err)
	}
	return bodies
}
