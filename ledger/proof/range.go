package proof

import (
	"crypto/sha256"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a leaf's, a node's or a root's.
type Hash = tlog.Hash

// Range is the right edge of a growing tree: the hashes of its complete subtrees, the largest first. The zero value is the empty tree. 32 bytes
// for each bit of the size that is set. A copy shares them, so that only one of the two may grow.
type Range struct {
	size uint64
	edge []Hash
}

// Size is how many leaves there are.
func (r *Range) Size() uint64 { return r.size }

// Clone is a tree that grows apart from r.
func (r *Range) Clone() *Range { return &Range{r.size, slices.Clone(r.edge)} }

// Append adds a leaf; one node hash on average.
func (r *Range) Append(leaf Hash) { r.append(leaf, nil) }

// append adds a leaf and calls done, if it is not nil, for the leaf and for each subtree that it completes, from the lowest up.
func (r *Range) append(leaf Hash, done func(level int, h Hash)) {
	hash := leaf
	for size, level := r.size, 0; ; size, level = size>>1, level+1 {
		if done != nil {
			done(level, hash)
		}
		if size&1 == 0 {
			break
		}
		last := len(r.edge) - 1
		hash = tlog.NodeHash(r.edge[last], hash)
		r.edge = r.edge[:last]
	}
	r.edge = append(r.edge, hash)
	r.size++
}

// Root is the root of the tree. O(log n) hashes.
func (r *Range) Root() Hash {
	last := len(r.edge) - 1
	if last < 0 {
		return sha256.Sum256(nil)
	}
	root := r.edge[last]
	for i := last - 1; i >= 0; i-- {
		root = tlog.NodeHash(r.edge[i], root)
	}
	return root
}
