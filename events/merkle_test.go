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

func TestBatchRootAgainstTlog(t *testing.T) {
	t.Parallel()
	if BatchRoot(nil) != sha256.Sum256(nil) {
		t.Error("the root of no records is not RFC 6962's")
	}
	var leaves [][sha256.Size]byte
	var stored hashes
	for n := range int64(MaxBatchRows + 100) {
		record := fmt.Appendf(nil, "record %d", n)
		leaves = append(leaves, BatchLeaf(record))
		more, err := tlog.StoredHashes(n, record, stored)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
		want, err := tlog.TreeHash(n+1, stored)
		if err != nil {
			t.Fatal(err)
		}
		if got := BatchRoot(leaves); got != want {
			t.Fatalf("the root of %d records is %x, not %v", n+1, got, want)
		}
	}
}
