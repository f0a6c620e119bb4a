package projections

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"campaignledger/events"
)

// TestCompleteBody: of two drafts about one mark the second replaces the first, though neither is signed yet; nothing stays behind.
func TestCompleteBody(t *testing.T) {
	t.Parallel()
	c := signedAt(t, scoring)
	before := dump(c.live.state)
	draft := func(value, reason string) events.Draft {
		p := points("G", "self", "b", value)
		p.Reason = reason
		return events.Draft{ID: c.ids.id(), Campaign: c.r.ID, Subject: "b", Author: "b-head", Payload: p}
	}
	drafts := []events.Draft{draft("5", ""), draft("6", "a slip"), draft("7", "another")}
	records, err := c.live.CompleteBody(drafts, c.now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, dump(c.live.state)); diff != "" {
		t.Errorf("completing left (-before +after):\n%s", diff)
	}
	for i, r := range records {
		d, err := events.Decode(r)
		if err != nil || d.Signature != "" {
			t.Fatalf("%s: %v", r, err)
		}
		p, _ := d.Payload.(*events.ScoreEntered)
		if i > 0 && p.Supersedes != drafts[i-1].ID || i == 0 && p.Supersedes != [16]byte{} {
			t.Errorf("draft %d supersedes %s", i, p.Supersedes)
		}
	}
}
