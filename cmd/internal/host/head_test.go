package host_test

import (
	"encoding/hex"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
)

// TestHead: at every size the head is the RFC 6962 root over the leaves so far, however often it is asked, and after a restart.
func TestHead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir})
	c := openCampaign(t, h)
	check := func(c *host.Campaign) {
		t.Helper()
		var hashes []tlog.Hash
		reader := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
			list := make([]tlog.Hash, len(at))
			for i, n := range at {
				list[i] = hashes[n]
			}
			return list, nil
		})
		var size int64
		var last events.Event
		for _, e := range logOf(t, c) {
			more, err := tlog.StoredHashesForRecordHash(size, events.LeafHash(e.Record, e.Recorded), reader)
			if err != nil {
				t.Fatal(err)
			}
			hashes = append(hashes, more...)
			size++
			last = e
		}
		want, err := tlog.TreeHash(size, reader)
		if err != nil {
			t.Fatal(err)
		}
		head, err := c.Head(t.Context())
		if err != nil || int64(head.Size) != size || head.Root != hex.EncodeToString(want[:]) || head.Time != events.FormatTime(last.Recorded) {
			t.Fatalf("%+v %v; %d events, root %x", head, err, size, want)
		}
	}
	check(c)
	for i := range 40 {
		body := []events.Proposal{entry(t, "a", "x"+string(rune('a'+i%26))+string(rune('a'+i/26)), i)}
		if i%5 == 0 {
			body = append(body, entry(t, "b", "y"+string(rune('a'+i%26))+string(rune('a'+i/26)), i))
		}
		if _, err := c.Append(t.Context(), body...); err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 {
			check(c)
		}
	}
	h.Close()
	again, err := openHost(t, host.Config{Dir: dir}).Campaign(t.Context(), "small")
	if err != nil {
		t.Fatal(err)
	}
	check(again)
}
