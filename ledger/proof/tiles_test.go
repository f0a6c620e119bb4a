package proof_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"campaignledger/ledger/proof"
)

// diskLeaves is a size with three rows, none of which ends at a tile's border.
const diskLeaves = 70_000

// diskTree appends leaves to the tree of dir and syncs it.
func diskTree(t *testing.T, dir string, list []proof.Hash) *proof.Tree {
	t.Helper()
	tree := must[*proof.Tree](t)(proof.OpenTree(dir))
	t.Cleanup(func() { _ = tree.Close() }) // some tests have closed a file of it
	tree.Append(list...)
	size, root, err := tree.Sync()
	if n, now := tree.Head(); err != nil || size != n || root != now {
		t.Fatalf("Sync gives %d, %v", size, err)
	}
	return tree
}

func rowFile(dir string, row int) string { return filepath.Join(dir, strconv.Itoa(row)) }

// rows are the files of a tree's directory; there is nothing else in it.
func rows(t *testing.T, dir string) (data [][]byte) {
	t.Helper()
	entries := must[[]os.DirEntry](t)(os.ReadDir(dir))
	for i, e := range entries {
		if e.Name() != strconv.Itoa(i) {
			t.Fatalf("the tree's directory has %s", e.Name())
		}
		data = append(data, must[[]byte](t)(os.ReadFile(rowFile(dir, i))))
	}
	return data
}

func wantRows(t *testing.T, dir string, want [][]byte) {
	t.Helper()
	got := rows(t, dir)
	if len(got) != len(want) {
		t.Fatalf("%d rows, not %d", len(got), len(want))
	}
	for i := range want {
		if !bytes.Equal(got[i], want[i]) {
			t.Errorf("row %d differs: %d bytes, %d wanted", i, len(got[i]), len(want[i]))
		}
	}
}

func putRows(t *testing.T, dir string, data [][]byte) {
	t.Helper()
	for i := range data {
		if err := os.WriteFile(rowFile(dir, i), data[i], 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBytesOnDisk: 32 bytes for each leaf, each 256th node of level 8, and so on.
func TestBytesOnDisk(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "tree")
	tree := diskTree(t, dir, leaves(0, diskLeaves))
	data := rows(t, dir)
	for i, want := range []int{32 * diskLeaves, 32 * (diskLeaves >> 8), 32 * (diskLeaves >> 16)} {
		if len(data) != 3 || len(data[i]) != want {
			t.Fatalf("row %d of %d has %d bytes, not %d", i, len(data), len(data[i]), want)
		}
	}
	if total := len(data[0]) + len(data[1]) + len(data[2]); total != 2_248_768 { // 32.125 a leaf
		t.Errorf("the tree has %d bytes on disk", total)
	}
	plain := proof.NewTree()
	plain.Append(leaves(0, diskLeaves)...)
	if damage := must[string](t)(plain.Damage(dir, false)); damage != "" {
		t.Error(damage)
	}
	size, root := tree.Head()
	for _, index := range []uint64{0, 255, 256, 65_535, 65_536, diskLeaves - 1} {
		p := must[[]proof.Hash](t)(tree.Prove(size, index))
		if err := proof.CheckInclusion(p, size, root, index, leaf(int(index))); err != nil {
			t.Error(err)
		}
	}
}

// TestReopenedTreeWritesNothing appends again what the files have, then more in many steps.
func TestReopenedTreeWritesNothing(t *testing.T) {
	t.Parallel()
	dir, other := t.TempDir(), t.TempDir()
	list := leaves(0, diskLeaves)
	diskTree(t, dir, list)
	before := rows(t, dir)
	old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range before {
		if err := os.Chtimes(rowFile(dir, i), old, old); err != nil {
			t.Fatal(err)
		}
	}
	tree := diskTree(t, dir, list)
	if _, _, err := tree.Sync(); err != nil {
		t.Fatal(err)
	}
	for i := range before {
		if info := must[os.FileInfo](t)(os.Stat(rowFile(dir, i))); !info.ModTime().Equal(old) {
			t.Errorf("row %d was written again", i)
		}
	}
	wantRows(t, dir, before)
	for size := diskLeaves; size < diskLeaves+700; size += 100 {
		tree.Append(leaves(size, size+100)...)
		if _, _, err := tree.Sync(); err != nil {
			t.Fatal(err)
		}
	}
	diskTree(t, other, leaves(0, diskLeaves+700))
	wantRows(t, dir, rows(t, other))
}

// TestTreeIsRepaired reopens a directory that is not what it should be.
func TestTreeIsRepaired(t *testing.T) {
	t.Parallel()
	list := leaves(0, diskLeaves)
	whole := t.TempDir()
	diskTree(t, whole, list)
	right := rows(t, whole)
	longer := t.TempDir()
	diskTree(t, longer, append(leaves(0, diskLeaves), leaves(0, diskLeaves)...))
	flip := func(row, at int) func([][]byte) [][]byte {
		return func(d [][]byte) [][]byte { d[row][at] ^= 1; return d }
	}
	cut := func(row, size int) func([][]byte) [][]byte {
		return func(d [][]byte) [][]byte { d[row] = d[row][:size]; return d }
	}
	more := func(row int, b ...byte) func([][]byte) [][]byte {
		return func(d [][]byte) [][]byte { d[row] = append(d[row], b...); return d }
	}
	for name, damage := range map[string]func([][]byte) [][]byte{
		"nothing":                func(d [][]byte) [][]byte { return nil },
		"first byte flipped":     flip(0, 0),
		"byte flipped":           flip(0, 32*40_000+7),
		"last byte flipped":      flip(0, len(right[0])-1),
		"byte of row 1 flipped":  flip(1, 32*100),
		"byte of row 2 flipped":  flip(2, 31),
		"cut at a hash":          cut(0, 32*50_000),
		"cut in a hash":          cut(0, 32*50_000+11),
		"empty":                  cut(0, 0),
		"row 1 behind":           cut(1, 32*200+31), // killed between the writes of two rows
		"row 2 not written":      cut(2, 0),
		"a byte more":            more(0, 0),
		"hashes more":            more(1, bytes.Repeat([]byte{7}, 64)...),
		"another log":            func(d [][]byte) [][]byte { return [][]byte{bytes.Repeat([]byte("foreign "), 1000), nil, d[0]} },
		"a longer log":           func([][]byte) [][]byte { return rows(t, longer) },
		"rows beyond":            func(d [][]byte) [][]byte { return append(d, d[1], d[2], d[2], nil, d[0]) },
		"rows changed for other": func(d [][]byte) [][]byte { d[0], d[1] = d[1], d[0]; return d },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var copied [][]byte
			for _, r := range right {
				copied = append(copied, bytes.Clone(r))
			}
			putRows(t, dir, damage(copied))
			tree := diskTree(t, dir, list)
			wantRows(t, dir, right)
			size, root := tree.Head()
			for _, index := range []uint64{0, 40_000, 50_000, diskLeaves - 1} {
				p := must[[]proof.Hash](t)(tree.Prove(size, index))
				if err := proof.CheckInclusion(p, size, root, index, leaf(int(index))); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestDamage says where a directory is wrong.
func TestDamage(t *testing.T) {
	t.Parallel()
	plain := proof.NewTree()
	plain.Append(leaves(0, 1000)...)
	dir := t.TempDir()
	diskTree(t, dir, leaves(0, 1000))
	right := rows(t, dir)
	for _, test := range []struct {
		change func([][]byte)
		want   string
	}{
		{func([][]byte) {}, ""},
		{func(d [][]byte) { d[0] = d[0][:32*900+5] }, ""}, // not written yet
		{func(d [][]byte) { d[0][32*700] ^= 4 }, "row 0 of the tree in " + dir + " is wrong from hash 700 on"},
		{func(d [][]byte) { d[1][0] ^= 4 }, "row 1 of the tree in " + dir + " is wrong from hash 0 on"},
		{func(d [][]byte) { d[1] = append(d[1], 9) }, "row 1 of the tree in " + dir + " is wrong from hash 3 on"},
		{func(d [][]byte) { d[2] = []byte{9} }, "the tree has no row 2, but " + dir + " has"},
	} {
		changed := [][]byte{bytes.Clone(right[0]), bytes.Clone(right[1]), nil}
		test.change(changed)
		putRows(t, dir, changed)
		if got := must[string](t)(plain.Damage(dir, false)); got != test.want {
			t.Errorf("Damage is %q, not %q", got, test.want)
		}
		if got, beyond := must[string](t)(plain.Damage(dir, true)), len(changed[0]) > len(right[0]) || len(changed[1]) > len(right[1]) || len(changed[2]) > 0; beyond && got != "" || !beyond && got != test.want {
			t.Errorf("Damage of a tree that grew is %q, not %q", got, test.want)
		}
	}
	if got := must[string](t)(plain.Damage(filepath.Join(dir, "none"), false)); got != "" {
		t.Errorf("a directory that is not there has the damage %q", got)
	}
	if err := os.Remove(rowFile(dir, 1)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(rowFile(dir, 1), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := plain.Damage(dir, false); err == nil {
		t.Error("a row that can't be read is no error")
	}
}

// TestDamagedTilesProveNothing damages files of an open tree: an answer is right or an error, and an error where a damaged tile is read.
func TestDamagedTilesProveNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tree, good := diskTree(t, dir, leaves(0, diskLeaves)), proof.NewTree()
	good.Append(leaves(0, diskLeaves)...)
	right, r := rows(t, dir), random(t, 3)
	for range 60 {
		row := r.IntN(len(right))
		at := r.IntN(len(right[row]))
		f := must[*os.File](t)(os.OpenFile(rowFile(dir, row), os.O_RDWR, 0))
		if _, err := f.WriteAt([]byte{right[row][at] ^ 1<<r.IntN(8)}, int64(at)); err != nil {
			t.Fatal(err)
		}
		first := min(uint64(at/32)<<(8*row), diskLeaves-1) // the first leaf below the hash
		for _, index := range []uint64{first, r.Uint64N(diskLeaves), 0, diskLeaves - 1} {
			p, err := tree.Prove(diskLeaves, index)
			if err == nil && (index == first || !same(p, asBytes(must[[]proof.Hash](t)(good.Prove(diskLeaves, index))))) {
				t.Errorf("byte %d of row %d is wrong, and leaf %d has a proof", at, row, index)
			}
			root, err := tree.RootAt(index + 1)
			if err == nil && root != must[proof.Hash](t)(good.RootAt(index+1)) {
				t.Errorf("byte %d of row %d is wrong, and the root at %d is too", at, row, index+1)
			}
			p, err = tree.ProveGrowth(index+1, diskLeaves)
			if err == nil && !same(p, asBytes(must[[]proof.Hash](t)(good.ProveGrowth(index+1, diskLeaves)))) {
				t.Errorf("byte %d of row %d is wrong, and the proof of growth from %d is too", at, row, index+1)
			}
		}
		if _, err := f.WriteAt(right[row][at:at+1], int64(at)); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Truncate(rowFile(dir, 0), 32*1000); err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Prove(diskLeaves, 2000); err == nil {
		t.Error("a leaf whose tile was cut off has a proof")
	}
}

// wantSyncFails appends and syncs: the tree can't be kept, but goes on to prove.
func wantSyncFails(t *testing.T, tree *proof.Tree, part string) {
	t.Helper()
	from := int(tree.Size())
	tree.Append(leaves(from, from+3000)...) // more than a row keeps in memory
	for range 3 {
		_, _, err := tree.Sync()
		wantError(t, err, "the tree can't be kept: ")
		wantError(t, err, part)
		tree.Append(leaf(int(tree.Size())))
	}
	size, root := tree.Head()
	p, err := tree.Prove(size, size-1)
	if err == nil {
		err = proof.CheckInclusion(p, size, root, size-1, leaf(int(size-1)))
	}
	if err != nil {
		t.Errorf("the tree that can't be kept proves no more: %v", err)
	}
}

// TestSyncFails puts files into a tree's way that can't be written.
func TestSyncFails(t *testing.T) {
	t.Parallel()
	readOnly := func(t *testing.T, dir string) *os.File { return must[*os.File](t)(os.Open(rowFile(dir, 0))) }
	for name, swap := range map[string]func(*testing.T, string) *os.File{
		"read-only": readOnly,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			tree := diskTree(t, dir, leaves(0, 10))
			right := tree.SwapFile(0, swap(t, dir))
			tree.Append(leaf(10))
			if _, _, err := tree.Sync(); err == nil {
				t.Fatal("Sync says that it is kept")
			}
			bad := tree.SwapFile(0, right)
			t.Cleanup(func() { _ = bad.Close() })
			wantSyncFails(t, tree, "write the tree: ")
		})
	}
	t.Run("no sync", func(t *testing.T) {
		tree := diskTree(t, t.TempDir(), leaves(0, 10))
		right := tree.SwapFile(0, nil)
		broken := must[*os.File](t)(os.Create(filepath.Join(t.TempDir(), "broken")))
		tree.SwapFile(0, broken)
		tree.Append(leaf(10))
		if err := broken.Close(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := tree.Sync(); err == nil {
			t.Fatal("Sync says that it is kept")
		}
		tree.SwapFile(0, right)
		wantSyncFails(t, tree, "the tree: ")
	})
}

// TestFullDisk: where the disk has no room the tree can't be kept, goes on in memory, and is kept whole once there is room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only there is a full disk for everybody: /dev/full")
	}
	const size = 3011
	dir, other := t.TempDir(), t.TempDir()
	tree := diskTree(t, dir, leaves(0, 10))
	right := tree.SwapFile(0, must[*os.File](t)(os.OpenFile("/dev/full", os.O_RDWR, 0)))
	for _, part := range [][]proof.Hash{{leaf(10)}, leaves(11, size)} { // the second is more than a row keeps in memory
		tree.Append(part...)
		if _, _, err := tree.Sync(); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("Sync says %v", err)
		}
	}
	full := tree.SwapFile(0, right)
	t.Cleanup(func() { _ = full.Close() })
	if n, _, err := tree.Sync(); err != nil || n != size {
		t.Fatalf("with room again: %d, %v", n, err)
	}
	diskTree(t, other, leaves(0, size))
	if got, want := rows(t, dir), rows(t, other); !slices.EqualFunc(got, want, bytes.Equal) {
		t.Error("the tiles are other ones")
	}
}

// TestDirectoryFails opens trees whose directory can't hold them.
func TestDirectoryFails(t *testing.T) {
	t.Parallel()
	t.Run("gone", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "tree")
		tree := must[*proof.Tree](t)(proof.OpenTree(dir))
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
		wantSyncFails(t, tree, "open the tree: ")
	})
	t.Run("a row is a directory", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.MkdirAll(rowFile(dir, 1), 0o700); err != nil {
			t.Fatal(err)
		}
		wantSyncFails(t, must[*proof.Tree](t)(proof.OpenTree(dir)), "open the tree: ")
	})
	t.Run("a row beyond can't be removed", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(rowFile(dir, 5), "something"), 0o700); err != nil {
			t.Fatal(err)
		}
		wantSyncFails(t, must[*proof.Tree](t)(proof.OpenTree(dir)), "cut the tree: ")
	})
	t.Run("a file", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := proof.OpenTree(filepath.Join(file, "tree")); err == nil {
			t.Error("a tree below a file opens")
		}
	})
}

// TestCutFails: what stands in the way can be read, but not cut.
func TestCutFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	diskTree(t, dir, leaves(0, 10))
	tree := must[*proof.Tree](t)(proof.OpenTree(dir))
	tree.Append(leaf(0)) // opens the row
	readOnly := must[*os.File](t)(os.Open(rowFile(dir, 0)))
	right := tree.SwapFile(0, readOnly)
	tree.Append(leaf(100)) // is not what the file has
	tree.SwapFile(0, right)
	t.Cleanup(func() { _ = readOnly.Close() })
	_, _, err := tree.Sync()
	wantError(t, err, "cut the tree: ")
	size, root := tree.Head()
	p := must[[]proof.Hash](t)(tree.Prove(size, 0))
	if err := proof.CheckInclusion(p, size, root, 0, leaf(0)); err != nil {
		t.Error(err)
	}
	if err := tree.Close(); err != nil {
		t.Error(err)
	}
}
