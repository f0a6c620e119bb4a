package proof

import (
	"bufio"
	"fmt"
	"io"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// Edge is the tree's right edge: what ResumeTree takes.
func (t *Tree) Edge() *Range {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.edge.Clone()
}

// Hashes are the hashes of the complete subtrees, the largest first: one for each bit of the size that is set.
func (r *Range) Hashes() []Hash { return slices.Clone(r.edge) }

// RangeOf is the right edge of a tree of a size with the hashes of its complete subtrees.
func RangeOf(size uint64, hashes []Hash) (*Range, error) {
	if size > maxSize || len(hashes) != bits.OnesCount64(size) {
		return nil, fmt.Errorf("a tree of %d leaves has not %d complete subtrees", size, len(hashes))
	}
	return &Range{size, slices.Clone(hashes)}, nil
}

// ResumeTree opens the tree in dir as it was with an edge, without reading it: a tile is compared with the root when it is read. What dir has beyond
// the edge is compared as leaves are appended. It is an error if dir has less than the edge, or none.
func ResumeTree(dir string, edge *Range) (*Tree, error) {
	t := &Tree{dir: dir, edge: *edge.Clone()}
	for level := 0; edge.size>>(level*tileHeight) > 0; level++ {
		r, err := resumeRow(dir, level, int64(edge.size>>(level*tileHeight)))
		if err != nil {
			_ = t.Close() // the first error says what is wrong
			return nil, err
		}
		t.rows = append(t.rows, r)
	}
	return t, nil
}

// resumeRow opens the file of a row that has at least so many hashes.
func resumeRow(dir string, level int, hashes int64) (*row, error) {
	f, err := os.OpenFile(filepath.Join(dir, strconv.Itoa(level)), os.O_RDWR, fileMode)
	if err != nil {
		return nil, fmt.Errorf("open the tree: %w", err)
	}
	info, err := f.Stat()
	if err == nil && info.Size() < hashes*tlog.HashSize {
		err = fmt.Errorf("row %d has %d bytes and should have %d", level, info.Size(), hashes*tlog.HashSize)
	}
	if err != nil {
		_ = f.Close() // nothing was written
		return nil, fmt.Errorf("open the tree: %w", err)
	}
	beyond := io.NewSectionReader(f, hashes*tlog.HashSize, 1<<62)
	return &row{file: f, old: bufio.NewReaderSize(beyond, maxPending), hashes: hashes, written: hashes}, nil
}

// Leaf is the leaf with an index. It reads tiles and checks them against the root.
func (t *Tree) Leaf(index uint64) (leaf Hash, err error) {
	err = t.read(func(now uint64, r tlog.HashReader) error {
		if index >= now {
			return beyond(index+1, now)
		}
		hashes, err := r.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(index))})
		if err == nil {
			leaf = hashes[0]
		}
		return err
	})
	return leaf, err
}
