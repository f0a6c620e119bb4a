package proof

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"golang.org/x/mod/sumdb/tlog"
)

// Tree is a campaign's RFC 6962 tree with its tiles. Make it with OpenTree or NewTree; it is safe for concurrent use, with one goroutine that
// appends.
type Tree struct {
	dir string // "": in memory

	mu    sync.Mutex
	edge  Range
	rows  []*row
	swept bool  // files of rows that the tree does not have are gone
	err   error // the first failure to keep a tile; nothing is synced any more
}

// NewTree is an empty tree whose tiles are kept in memory, 32 bytes a leaf.
func NewTree() *Tree { return &Tree{} }

// OpenTree is an empty tree whose tiles are kept in dir, which is made. What dir holds from before is compared as leaves are appended again,
// and replaced where it differs: the stream decides.
func OpenTree(dir string) (*Tree, error) {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, fmt.Errorf("make the tree's directory: %w", err)
	}
	return &Tree{dir: dir}, nil
}

// Append adds a leaf: amortised one node hash. What keeps its tile from being kept shows at Sync.
func (t *Tree) Append(leaves ...Hash) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, leaf := range leaves {
		t.edge.append(leaf, t.keep)
	}
}

// keep puts a complete subtree of a tile's bottom row into its place.
func (t *Tree) keep(level int, h Hash) {
	if level%tileHeight != 0 {
		return
	}
	level /= tileHeight
	if level == len(t.rows) {
		r, err := t.newRow(level)
		if err != nil {
			t.err = errors.Join(t.err, err)
		}
		t.rows = append(t.rows, r)
	}
	if err := t.rows[level].add(h); err != nil && t.err == nil {
		t.err = lasting(err)
	}
}

func (t *Tree) newRow(level int) (*row, error) {
	if t.dir == "" {
		return &row{}, nil
	}
	r, err := openRow(t.dir, level)
	if err != nil {
		return &row{}, err // go on in memory: what is signed is right all the same
	}
	return r, nil
}

// Size is how many leaves there are.
func (t *Tree) Size() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.edge.Size()
}

// Head is the size and the root. O(log n) hashes.
func (t *Tree) Head() (size uint64, root Hash) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.edge.Size(), t.edge.Root()
}

// Sync makes the tiles durable and gives the head that they have. It costs a sync of each row that grew, of which there is one for every
// 256 times the size. A write for which the disk has no room is tried again by the next Sync. After
// another failure it fails for good, since nobody knows what the disk has: open the directory again. What the directory holds from before,
// beyond the leaves appended so far, is dropped: append all first.
func (t *Tree) Sync() (size uint64, root Hash, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		err = t.sync()
		t.err = lasting(err)
	}
	if err = cmp.Or(t.err, err); err != nil {
		return 0, root, fmt.Errorf("the tree can't be kept: %w", err)
	}
	return t.edge.Size(), t.edge.Root(), nil
}

// lasting is err, but for a write for which there was no room: what was to be written stays pending, the next write puts it into the same place,
// and what the disk has until then is relied on by nobody.
func lasting(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return nil
	}
	return err
}

func (t *Tree) sync() error {
	for _, r := range t.rows {
		if err := r.sync(); err != nil {
			return err
		}
	}
	if t.dir == "" || t.swept {
		return nil
	}
	t.swept = true
	return removeBeyond(t.dir, len(t.rows))
}

// Close gives the files free. Sync first.
func (t *Tree) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var errs []error
	for _, r := range t.rows {
		if r.file != nil {
			errs = append(errs, r.file.Close())
		}
	}
	return errors.Join(errs...)
}

// RootAt is the root that the tree had at a size. It reads the tiles of the right edge, and checks them against the newest root.
func (t *Tree) RootAt(size uint64) (root Hash, err error) {
	err = t.read(func(now uint64, r tlog.HashReader) error {
		if size > now {
			return beyond(size, now)
		}
		root, err = tlog.TreeHash(int64(size), r)
		return err
	})
	return root, err
}

// Prove is the inclusion proof of the leaf with an index in the tree of a size. It reads two tiles a level and checks them.
func (t *Tree) Prove(size, index uint64) (p []Hash, err error) {
	err = t.read(func(now uint64, r tlog.HashReader) error {
		if size > now {
			return beyond(size, now)
		}
		if index >= size {
			return fmt.Errorf("a tree of %d leaves has none with the index %d", size, index)
		}
		p, err = tlog.ProveRecord(int64(size), int64(index), r)
		return err
	})
	return p, err
}

// ProveGrowth is the consistency proof between two sizes, of which the first is at least 1.
func (t *Tree) ProveGrowth(from, to uint64) (p []Hash, err error) {
	err = t.read(func(now uint64, r tlog.HashReader) error {
		if to > now {
			return beyond(to, now)
		}
		if from < 1 || from > to {
			return fmt.Errorf("there is no growth from size %d to %d", from, to)
		}
		p, err = tlog.ProveTree(int64(to), int64(from), r)
		return err
	})
	return p, err
}

func beyond(asked, size uint64) error {
	return fmt.Errorf("the tree has %d leaves, not %d", size, asked)
}

// read calls use with the stored hashes, which are checked against the root before they are used: a damaged tile is an error. Who appends does
// not wait for it.
func (t *Tree) read(use func(size uint64, r tlog.HashReader) error) error {
	t.mu.Lock()
	head := tlog.Tree{N: int64(t.edge.Size()), Hash: t.edge.Root()}
	rows := make([]*row, len(t.rows))
	for i, r := range t.rows {
		rows[i] = &row{file: r.file, hashes: r.hashes, written: r.written, pending: bytes.Clone(r.pending)} // the file only grows
	}
	t.mu.Unlock()
	if head.N == 0 {
		return use(0, tlog.HashReaderFunc(func([]int64) ([]Hash, error) { return nil, errors.New("the tree is empty") }))
	}
	return use(uint64(head.N), tlog.TileHashReader(head, tiles{rows}))
}

// tiles reads tiles from rows; see tlog.TileReader.
type tiles struct{ rows []*row }

// Height is the height of a tile.
func (tiles) Height() int { return tileHeight }

// ReadTiles reads whole or partial tiles.
func (r tiles) ReadTiles(list []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(list))
	for i, tile := range list {
		if tile.L < 0 || tile.L >= len(r.rows) {
			return nil, fmt.Errorf("the tree has no tile level %d", tile.L)
		}
		var err error
		if data[i], err = r.rows[tile.L].read(tile.N<<tileHeight, int64(tile.W)); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// SaveTiles is called with tiles that were found good.
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// errSize: package tlog would count for ever.
var errSize = fmt.Errorf("no tree has more than %d leaves", int64(maxSize))

// CheckInclusion is nil if a leaf with an index is in the tree of a size and root, by the proof.
func CheckInclusion(proof []Hash, size uint64, root Hash, index uint64, leaf Hash) error {
	if size > maxSize {
		return errSize
	}
	return tlog.CheckRecord(proof, int64(size), root, int64(index), leaf)
}

// CheckGrowth is nil if the tree of size to extends the one of size from, by the proof.
func CheckGrowth(proof []Hash, to uint64, toRoot Hash, from uint64, fromRoot Hash) error {
	if to > maxSize {
		return errSize
	}
	return tlog.CheckTree(proof, int64(to), toRoot, int64(from), fromRoot)
}
