package proof_test

import (
	"os"
	"testing"

	"campaignledger/ledger/proof"
)

// TestResumedTree: a tree that goes on from its edge is the one that read all leaves, at every kind of size, also where the directory has more.
func TestResumedTree(t *testing.T) {
	t.Parallel()
	all := leaves(0, diskLeaves)
	whole := proof.NewTree()
	whole.Append(all...)
	for _, size := range []int{1, 2, 255, 256, 257, 511, 512, 4096, 65_535, 65_536, 65_537, diskLeaves - 1, diskLeaves} {
		for name, disk := range map[string]int{"more on disk": diskLeaves, "as much": size} {
			dir := t.TempDir()
			diskTree(t, dir, all[:disk])
			at := proof.NewTree()
			at.Append(all[:size]...)
			tree, err := proof.ResumeTree(dir, at.Edge())
			if err != nil {
				t.Fatalf("%d, %s: %v", size, name, err)
			}
			if leaf, err := tree.Leaf(uint64(size - 1)); err != nil || leaf != all[size-1] {
				t.Errorf("%d, %s: the last leaf: %v", size, name, err)
			}
			tree.Append(all[size:]...)
			n, root, err := tree.Sync()
			if want, wantRoot := whole.Head(); err != nil || n != want || root != wantRoot {
				t.Errorf("%d, %s: Sync gives %d, %v", size, name, n, err)
			}
			if p, err := tree.Prove(diskLeaves, uint64(size/2)); err != nil || proof.CheckInclusion(p, diskLeaves, root, uint64(size/2), all[size/2]) != nil {
				t.Errorf("%d, %s: proof of leaf %d: %v", size, name, size/2, err)
			}
			if damage, err := whole.Damage(dir, false); damage != "" || err != nil {
				t.Errorf("%d, %s: %s, %v", size, name, damage, err)
			}
			if err := tree.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestResumesOtherEnd: what the directory has beyond the edge is another log's, and replaced.
func TestResumesOtherEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	diskTree(t, dir, append(leaves(0, 600), leaves(5000, 5400)...))
	at, want := proof.NewTree(), proof.NewTree()
	at.Append(leaves(0, 600)...)
	want.Append(leaves(0, 900)...)
	tree := must[*proof.Tree](t)(proof.ResumeTree(dir, at.Edge()))
	tree.Append(leaves(600, 900)...)
	if _, _, err := tree.Sync(); err != nil {
		t.Fatal(err)
	}
	if damage, err := want.Damage(dir, false); damage != "" || err != nil {
		t.Errorf("%s, %v", damage, err)
	}
	if err := tree.Close(); err != nil {
		t.Error(err)
	}
}

func TestNoTreeToResume(t *testing.T) {
	t.Parallel()
	edge := proof.NewTree()
	edge.Append(leaves(0, 300)...)
	dir := t.TempDir()
	if _, err := proof.ResumeTree(dir, edge.Edge()); err == nil {
		t.Error("an empty directory was resumed")
	}
	diskTree(t, dir, leaves(0, 299))
	if _, err := proof.ResumeTree(dir, edge.Edge()); err == nil {
		t.Error("a tree of 299 leaves was resumed at 300")
	}
	diskTree(t, dir, leaves(0, 300))
	if err := os.Truncate(rowFile(dir, 1), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := proof.ResumeTree(dir, edge.Edge()); err == nil {
		t.Error("a tree without its second row was resumed")
	}
	if _, err := proof.RangeOf(300, leaves(0, 3)); err == nil {
		t.Error("300 leaves have four complete subtrees")
	}
	if _, err := proof.RangeOf(1<<63, leaves(0, 1)); err == nil {
		t.Error("a tree of 2^63 leaves")
	}
	// hashes of another log show when they are read
	other := proof.NewTree()
	other.Append(leaves(1000, 1300)...)
	diskTree(t, dir, leaves(0, 300))
	tree := must[*proof.Tree](t)(proof.ResumeTree(dir, other.Edge()))
	if _, err := tree.Leaf(299); err == nil {
		t.Error("a leaf of another tree was given")
	}
	if err := tree.Close(); err != nil {
		t.Error(err)
	}
}
