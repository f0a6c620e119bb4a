package witness_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"campaignledger/cmd/internal/witness"
	"campaignledger/events"
)

// importOf is an import of marks of unit a: its announcement and its rows, all in one batch.
func (f *fakeLog) importOf(items ...string) (records []events.Record) {
	f.t.Helper()
	file, id := strings.Repeat("f", 64), events.NewID()
	var leaves [][32]byte
	for i, item := range items {
		r, err := events.Encode(events.Draft{ID: events.RowID(campaign, file, i+1), Campaign: campaign, Author: "a-officer", Subject: "a",
			Time: events.Milliseconds(f.clock.Now()), Causation: id, Payload: f.payload("a", item, 1)})
		if err != nil {
			f.t.Fatal(err)
		}
		records, leaves = append(records, r), append(leaves, events.BatchLeaf(r))
	}
	root := events.BatchRoot(leaves)
	started := &events.ImportStarted{File: "a.csv", SHA256: file, Rows: len(items), Batches: []events.Batch{{Root: hex.EncodeToString(root[:]), Rows: len(items)}}}
	record, err := events.Encode(events.Draft{ID: id, Campaign: campaign, Author: "a-officer", Time: events.Milliseconds(f.clock.Now()), Payload: started})
	if err == nil {
		record, err = events.Sign(private("a-officer"), f.genesis, record)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return append([]events.Record{record}, records...)
}

// TestHalfABody: a signed head ends a commit, so that nothing may be left open there.
func TestHalfABody(t *testing.T) {
	t.Parallel()
	for _, whole := range []bool{true, false} {
		f := newFakeLog(t)
		w := open(t, f.config("a-w"))
		f.checkpoint()
		good(t, w)
		records := f.importOf("x", "y", "z")
		if whole {
			f.add(records...)
			f.checkpoint()
			good(t, w)
			continue
		}
		f.add(records[:3]...)
		f.checkpoint()
		f.add(records[3:]...)
		f.checkpoint()
		if a := alarm(t, w, witness.Refused); a.Seq != opened+3 || !strings.Contains(a.Reason, "batch") {
			t.Errorf("the alarm is of event %d: %s", a.Seq, a.Reason)
		}
	}
}
