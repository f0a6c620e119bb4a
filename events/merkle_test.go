package events

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// hashes is a tlog.HashReader over all hashes stored so far.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		list[i] = h[x]
	}
	return list, nil
}

func TestRootStateAgainstTlog(t *testing.T) {
	t.Parallel()
	var state RootState
	var stored hashes
	if state.Root() != sha256.Sum256(nil) {
		t.Error("the root of no records is not RFC 6962's")
	}
	for n := range int64(600) {
		record := fmt.Appendf(nil, "record %d", n)
		before := state.Root()
		next := state.Add(record)
		if state.Root() != before {
			t.Fatalf("adding record %d changed the state it was added to", n)
		}
		state = next
		more, err := tlog.StoredHashes(n, record, stored)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
		want, err := tlog.TreeHash(n+1, stored)
		if err != nil {
			t.Fatal(err)
		}
		if state.Root() != want {
			t.Fatalf("the root of %d records is %x, not %v", n+1, state.Root(), want)
		}
	}
}

func TestRootStateHoldsEveryBatch(t *testing.T) {
	t.Parallel()
	if MaxBatchRows >= 1<<maxRootHeight {
		t.Errorf("a batch of %d rows does not fit a tree of height %d", MaxBatchRows, maxRootHeight)
	}
	var state RootState
	for range 1<<maxRootHeight - 1 {
		state = state.Add(nil)
	}
	state.Root()
}
