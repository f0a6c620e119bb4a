package events

import (
	"crypto/sha256"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// BatchLeaf is the RFC 6962 leaf hash of a record alone, as a batch's tree has it. (LeafHash covers the recorded time too.)
func BatchLeaf(r Record) [sha256.Size]byte { return tlog.RecordHash(r) }

// BatchRoot is the RFC 6962 root over leaf hashes; without any, that of the empty tree. One hash a leaf.
func BatchRoot(leaves [][sha256.Size]byte) [sha256.Size]byte {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	}
	left := 1 << (bits.Len(uint(len(leaves)-1)) - 1) // the largest power of two below the number of leaves
	return tlog.NodeHash(BatchRoot(leaves[:left]), BatchRoot(leaves[left:]))
}
