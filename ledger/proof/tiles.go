package proof

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	// tileHeight is the height of a tile: 256 hashes, 8 KiB, of which a proof reads two for each level.
	tileHeight = 8
	// tileLevels is how many rows there can be: a tree has at most 2^62-1 leaves.
	tileLevels = 8
	// maxPending is how much of a row waits in memory before it is written, though not synced.
	maxPending = 64 << 10
	dirMode    = 0o700
	fileMode   = 0o600
)

// row is the hashes of one tile level: a file, and behind it what is not written yet.
type row struct {
	file    *os.File      // nil: in memory only
	old     *bufio.Reader // what the file held when it was opened, as far as it was not compared yet; nil: nothing
	hashes  int64         // of the row
	written int64         // of these, in the file
	synced  bool          // all of it; not what a process left that was killed
	pending []byte        // behind what is written
}

// openRow opens the file of a row. What it holds is believed as far as it is added again.
func openRow(dir string, level int) (*row, error) {
	f, err := os.OpenFile(filepath.Join(dir, strconv.Itoa(level)), os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, fmt.Errorf("open the tree: %w", err)
	}
	return &row{file: f, old: bufio.NewReaderSize(io.NewSectionReader(f, 0, 1<<62), maxPending)}, nil
}

// add appends a hash. While the file holds the same it is only compared; at the first difference the file's rest is dropped.
func (r *row) add(h Hash) (err error) {
	if r.old != nil {
		var had Hash
		if _, err := io.ReadFull(r.old, had[:]); err == nil && had == h {
			r.hashes++
			r.written++
			return nil
		}
		err = r.cut()
	}
	r.hashes++
	r.synced = false
	r.pending = append(r.pending, h[:]...)
	if err == nil && r.file != nil && len(r.pending) >= maxPending {
		err = r.write()
	}
	return err // the row goes on in memory: what is signed is right all the same
}

// cut drops what the file holds beyond what was added. It touches no file that ends there.
func (r *row) cut() error {
	r.old = nil
	info, err := r.file.Stat()
	if err == nil && info.Size() != r.written*tlog.HashSize {
		err = r.file.Truncate(r.written * tlog.HashSize)
	}
	if err != nil {
		return fmt.Errorf("cut the tree: %w", err)
	}
	return nil
}

func (r *row) write() error {
	if _, err := r.file.WriteAt(r.pending, r.written*tlog.HashSize); err != nil {
		return fmt.Errorf("write the tree: %w", err)
	}
	r.written, r.pending = r.hashes, r.pending[:0]
	return nil
}

// sync makes the row durable.
func (r *row) sync() error {
	if r.file == nil {
		return nil
	}
	if r.old != nil { // all that was added stood there
		if err := r.cut(); err != nil {
			return err
		}
	}
	if r.synced {
		return nil
	}
	if err := r.write(); err != nil {
		return err
	}
	if err := r.file.Sync(); err != nil {
		return fmt.Errorf("sync the tree: %w", err)
	}
	r.synced = true
	return nil
}

// read gives width hashes from the one at from on.
func (r *row) read(from, width int64) ([]byte, error) {
	if from < 0 || width < 0 || from+width > r.hashes {
		return nil, fmt.Errorf("the tree's row has %d hashes, not %d", r.hashes, from+width)
	}
	data := make([]byte, width*tlog.HashSize)
	stored := max(0, min(width, r.written-from)) * tlog.HashSize
	if stored > 0 {
		if _, err := r.file.ReadAt(data[:stored], from*tlog.HashSize); err != nil {
			return nil, fmt.Errorf("read the tree: %w", err)
		}
	}
	copy(data[stored:], r.pending[max(0, from-r.written)*tlog.HashSize:])
	return data, nil
}

// removeBeyond takes away the files of rows that the tree does not have.
func removeBeyond(dir string, rows int) error {
	for level := rows; level < tileLevels; level++ {
		if err := os.Remove(filepath.Join(dir, strconv.Itoa(level))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cut the tree: %w", err)
		}
	}
	return nil
}

// Damage compares a tree's directory with what it should hold, without changing it, and says of the first wrong hash where it stands; "" if all is
// well. Hashes that are not written yet are no damage, and where the directory's own tree may have grown since those beyond t are none either. The
// tree is one that was made apart, by NewTree: one of this directory would be compared with itself.
func (t *Tree) Damage(dir string, grown bool) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for level, r := range t.rows {
		data, err := os.ReadFile(filepath.Join(dir, strconv.Itoa(level)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("read the tree: %w", err)
		}
		n := min(int64(len(data))/tlog.HashSize, r.hashes)
		want, err := r.read(0, n)
		if err != nil {
			return "", err
		}
		i := int64(0)
		for i < n && bytes.Equal(want[i*tlog.HashSize:(i+1)*tlog.HashSize], data[i*tlog.HashSize:(i+1)*tlog.HashSize]) {
			i++
		}
		if i < n || !grown && int64(len(data)) > r.hashes*tlog.HashSize {
			return fmt.Sprintf("row %d of the tree in %s is wrong from hash %d on", level, dir, i), nil
		}
	}
	for level := len(t.rows); level < tileLevels && !grown; level++ {
		info, err := os.Stat(filepath.Join(dir, strconv.Itoa(level)))
		if err == nil && info.Size() > 0 {
			return fmt.Sprintf("the tree has no row %d, but %s has", level, dir), nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("read the tree: %w", err)
		}
	}
	return "", nil
}
