package proof_test

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/transparency-dev/merkle/compact"
	second "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"campaignledger/ledger/proof"
)

// reference is the second implementation: transparency-dev/merkle, with all its nodes in memory.
type reference struct {
	grown *compact.Range
	nodes map[compact.NodeID][]byte
	roots [][]byte // by size
}

func newReference() *reference {
	factory := &compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
	return &reference{factory.NewEmptyRange(0), map[compact.NodeID][]byte{}, [][]byte{rfc6962.DefaultHasher.EmptyRoot()}}
}

func (r *reference) append(t *testing.T, list ...proof.Hash) {
	t.Helper()
	for _, h := range list {
		r.nodes[compact.NewNodeID(0, r.grown.End())] = h[:]
		if err := r.grown.Append(h[:], func(id compact.NodeID, hash []byte) { r.nodes[id] = hash }); err != nil {
			t.Fatal(err)
		}
		r.roots = append(r.roots, must[[]byte](t)(r.grown.GetRootHash(nil)))
	}
}

// proof is made of the nodes.
func (r *reference) proof(t *testing.T, nodes second.Nodes, err error) [][]byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var hashes [][]byte
	for _, id := range nodes.IDs {
		hashes = append(hashes, r.nodes[id])
	}
	return must[[][]byte](t)(nodes.Rehash(hashes, rfc6962.DefaultHasher.HashChildren))
}

func asBytes(list []proof.Hash) [][]byte {
	var b [][]byte
	for i := range list {
		b = append(b, list[i][:])
	}
	return b
}

func same(a []proof.Hash, b [][]byte) bool {
	return slices.EqualFunc(a, b, func(x proof.Hash, y []byte) bool { return string(x[:]) == string(y) })
}

// checkInclusion compares the proof of a leaf with the other implementation's, and lets each check what the other made.
func checkInclusion(t *testing.T, tree *proof.Tree, ref *reference, size, index uint64) {
	t.Helper()
	p := must[[]proof.Hash](t)(tree.Prove(size, index))
	nodes, err := second.Inclusion(index, size)
	if want := ref.proof(t, nodes, err); !same(p, want) {
		t.Fatalf("the proof of leaf %d in a tree of %d differs", index, size)
	}
	h := leaf(int(index))
	if err := second.VerifyInclusion(rfc6962.DefaultHasher, index, size, h[:], asBytes(p), ref.roots[size]); err != nil {
		t.Fatalf("leaf %d in %d: %v", index, size, err)
	}
	root := proof.Hash(ref.roots[size])
	if err := proof.CheckInclusion(p, size, root, index, h); err != nil {
		t.Fatalf("leaf %d in %d: %v", index, size, err)
	}
	if proof.CheckInclusion(p, size, root, index, leaf(int(index)+1)) == nil {
		t.Fatalf("leaf %d in %d: another leaf has the same proof", index, size)
	}
}

// checkGrowth does the same for a consistency proof.
func checkGrowth(t *testing.T, tree *proof.Tree, ref *reference, from, to uint64) {
	t.Helper()
	p := must[[]proof.Hash](t)(tree.ProveGrowth(from, to))
	nodes, err := second.Consistency(from, to)
	if want := ref.proof(t, nodes, err); !same(p, want) {
		t.Fatalf("the proof of growth from %d to %d differs", from, to)
	}
	if err := second.VerifyConsistency(rfc6962.DefaultHasher, from, to, asBytes(p), ref.roots[from], ref.roots[to]); err != nil {
		t.Fatalf("growth from %d to %d: %v", from, to, err)
	}
	a, b := proof.Hash(ref.roots[from]), proof.Hash(ref.roots[to])
	if err := proof.CheckGrowth(p, to, b, from, a); err != nil {
		t.Fatalf("growth from %d to %d: %v", from, to, err)
	}
	a[0] ^= 1
	if proof.CheckGrowth(p, to, b, from, a) == nil {
		t.Fatalf("growth from %d to %d: another root has the same proof", from, to)
	}
}

// atBorder holds for the sizes at which all proofs are compared: small ones and those about the borders of tiles.
func atBorder(size int) bool {
	return size <= 20 || size >= 254 && size <= 258 || size >= 511 && size <= 513 || size >= 1023 && size <= 1026
}

// TestProofsOfEverySize grows trees through four tiles' borders and compares at each size.
func TestProofsOfEverySize(t *testing.T) {
	t.Parallel()
	const last = 1100
	tree, ref, r := proof.NewTree(), newReference(), random(t, 1)
	var edge proof.Range
	for size := 0; size <= last; size++ {
		n, root := tree.Head()
		if n != uint64(size) || tree.Size() != n || edge.Size() != n || string(root[:]) != string(ref.roots[size]) || edge.Root() != root {
			t.Fatalf("the root of size %d differs", size)
		}
		if size > 0 {
			checkInclusion(t, tree, ref, n, n-1)
			checkInclusion(t, tree, ref, n, r.Uint64N(n))
			checkGrowth(t, tree, ref, n, n)
			checkGrowth(t, tree, ref, 1+r.Uint64N(n), n)
		}
		next := leaf(size)
		tree.Append(next)
		edge.Append(next)
		ref.append(t, next)
	}
	for size := uint64(0); size <= last; size++ { // now from the tree that has grown
		if root := must[proof.Hash](t)(tree.RootAt(size)); string(root[:]) != string(ref.roots[size]) {
			t.Fatalf("the root at size %d differs", size)
		}
		for index := uint64(0); index < size; index++ {
			if atBorder(int(size)) && (size < 30 || index%5 == 0 || atBorder(int(index))) || r.IntN(int(size)) == 0 {
				checkInclusion(t, tree, ref, size, index)
				checkGrowth(t, tree, ref, index+1, size)
			}
		}
	}
}

func TestProofsOfLargeTrees(t *testing.T) {
	t.Parallel()
	tree, ref, r := proof.NewTree(), newReference(), random(t, 2)
	var edge proof.Range
	for range 4 {
		size := int(tree.Size())
		more := leaves(size, size+1+r.IntN(60_000))
		tree.Append(more...)
		ref.append(t, more...)
		for _, h := range more {
			edge.Append(h)
		}
		n, root := tree.Head()
		if string(root[:]) != string(ref.roots[n]) || edge.Root() != root {
			t.Fatalf("the root of size %d differs", n)
		}
		for range 40 {
			at := 1 + r.Uint64N(n)
			if root := must[proof.Hash](t)(tree.RootAt(at)); string(root[:]) != string(ref.roots[at]) {
				t.Fatalf("the root at size %d of %d differs", at, n)
			}
			checkInclusion(t, tree, ref, at, r.Uint64N(at))
			checkGrowth(t, tree, ref, 1+r.Uint64N(at), at)
		}
	}
}

// TestNoSuchProof asks for what a tree does not have, up to the largest numbers.
func TestNoSuchProof(t *testing.T) {
	t.Parallel()
	empty, tree := proof.NewTree(), proof.NewTree()
	tree.Append(leaves(0, 300)...)
	large := []uint64{301, 1 << 32, 1<<62 - 1, 1 << 62, 1<<62 + 1, 1<<63 - 1, 1 << 63, math.MaxUint64}
	for _, n := range large {
		for _, tr := range []*proof.Tree{empty, tree} {
			_, err1 := tr.RootAt(n)
			_, err2 := tr.Prove(n, 0)
			_, err3 := tr.Prove(tr.Size(), n)
			_, err4 := tr.ProveGrowth(1, n)
			_, err5 := tr.ProveGrowth(n, tr.Size())
			for i, err := range []error{err1, err2, err3, err4, err5} {
				if err == nil {
					t.Errorf("question %d about %d of a tree of %d has an answer", i+1, n, tr.Size())
				}
			}
		}
	}
	_, err := tree.ProveGrowth(0, 300)
	wantError(t, err, "no growth from size 0")
	_, err = empty.Prove(0, 0)
	wantError(t, err, "has none with the index 0")
	if root := must[proof.Hash](t)(empty.RootAt(0)); string(root[:]) != string(rfc6962.DefaultHasher.EmptyRoot()) {
		t.Error("the empty tree has another root")
	}
}

// TestChecksOfHostileSizes: package tlog alone counts for ever above 2^62.
func TestChecksOfHostileSizes(t *testing.T) {
	t.Parallel()
	long := leaves(0, 64)
	for _, size := range []uint64{0, 1, 1<<62 - 1, 1 << 62, 1<<62 + 1, 1<<63 - 1, 1 << 63, math.MaxUint64} {
		for _, p := range [][]proof.Hash{nil, long[:1], long[:61], long[:62], long[:63], long} {
			for _, index := range []uint64{0, 1, size - 1, size, size / 2, math.MaxUint64} {
				if size == 1 && index == 0 && len(p) == 0 {
					continue
				}
				if proof.CheckInclusion(p, size, leaf(1), index, leaf(0)) == nil || proof.CheckGrowth(p, size, leaf(1), index, leaf(0)) == nil {
					t.Errorf("%d hashes prove index %d of size %d", len(p), index, size)
				}
			}
		}
	}
}

// TestConcurrentReaders proves while one goroutine appends: each answer is right for the head that was read before.
func TestConcurrentReaders(t *testing.T) {
	t.Parallel()
	const last = 3000
	tree := must[*proof.Tree](t)(proof.OpenTree(t.TempDir()))
	tree.Append(leaf(0))
	var done atomic.Bool
	var readers sync.WaitGroup
	for i := range 3 {
		r := random(t, uint64(10+i))
		readers.Go(func() {
			for n := 0; !done.Load() || n == 0; n++ {
				if err := readOnce(tree, r.Uint64N); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for size := 1; size < last; size++ {
		tree.Append(leaf(size))
		if size%500 == 0 {
			if _, _, err := tree.Sync(); err != nil {
				t.Error(err)
			}
		}
	}
	done.Store(true)
	readers.Wait()
	if err := tree.Close(); err != nil {
		t.Error(err)
	}
}

func readOnce(tree *proof.Tree, below func(uint64) uint64) error {
	size, root := tree.Head()
	index := below(size)
	p, err := tree.Prove(size, index)
	if err == nil {
		err = proof.CheckInclusion(p, size, root, index, leaf(int(index)))
	}
	if err != nil {
		return fmt.Errorf("leaf %d of %d: %w", index, size, err)
	}
	before, err := tree.RootAt(index + 1)
	if err != nil {
		return err
	}
	if p, err = tree.ProveGrowth(index+1, size); err == nil {
		err = proof.CheckGrowth(p, size, root, index+1, before)
	}
	return err
}
