package events

import (
	"crypto/sha256"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// RootState computes the RFC 6962 root of records that come one after the other; the zero value holds none. It is a value:
// adding leaves the old state as it was. It holds at most 2^maxRootHeight-1 records, more than any batch has.
type RootState struct {
	n      int
	hashes [maxRootHeight]tlog.Hash // of the perfect subtrees, by height; in use where n has a one bit
}

const maxRootHeight = 10

// Add is the state with r as one more leaf. Amortised two hashes.
func (s RootState) Add(r Record) RootState {
	hash := tlog.RecordHash(r)
	height := bits.TrailingZeros(^uint(s.n))
	for h := range height {
		hash = tlog.NodeHash(s.hashes[h], hash)
	}
	s.hashes[height] = hash
	s.n++
	return s
}

// Root is the root of the records so far; without any, RFC 6962's root of the empty tree.
func (s RootState) Root() [tlog.HashSize]byte {
	if s.n == 0 {
		return sha256.Sum256(nil)
	}
	height := bits.TrailingZeros(uint(s.n))
	hash := s.hashes[height]
	for h := height + 1; h < maxRootHeight; h++ {
		if s.n>>h&1 == 1 {
			hash = tlog.NodeHash(s.hashes[h], hash)
		}
	}
	return hash
}
