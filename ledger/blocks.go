package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// How JetStream writes a message into a block: its length (with a bit for headers), its sequence (with two bits for erased ones), time and the length of
// its subject, all little-endian; then subject, headers, data and a checksum.
const (
	blockHeaderBytes = 22
	blockHeaderBit   = 1 << 31 // of the length
	blockErasedBits  = 3 << 62 // of the sequence
	// blockWindowBytes is what is read of a block at a time.
	blockWindowBytes = 128 << 10
	// maxSequenceGap is how many messages may be missing between two of a block. A log misses none; of files and texts, what was erased.
	maxSequenceGap = 1 << 22
)

// checkBlocks looks through the blocks of all streams, before NATS does, for a message whose sequence is far beyond the one before it. NATS believes the
// sequence as long as it has its index (index.db), and makes a table of all that would be missing in between: one flipped bit costs up to 2^64 entries,
// and the process its life. What else may be wrong with a block NATS finds by its checksums. It costs a read of the messages' headers, about
// 0.05 s for a million of 400 bytes.
func checkBlocks(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "*", "msgs", "*.blk"))
	if err != nil {
		return err
	}
	for _, path := range files {
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "index.db")); errors.Is(err, fs.ErrNotExist) {
			continue // NATS reads it all, with the checksums
		}
		if err := checkBlock(path); err != nil {
			return err
		}
	}
	return nil
}

func checkBlock(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read the log: %w", err)
	}
	defer file.Close()
	at, last, err := scanBlock(file)
	if err != nil {
		return fmt.Errorf("read the log %s: %w", path, err)
	}
	if at < 0 {
		return nil
	}
	stream := filepath.Dir(filepath.Dir(path))
	return fmt.Errorf("%s is damaged at byte %d: behind message %d stands one that can't be there; bring the directory back from a backup or another copy. To look at the other campaigns meanwhile, move %s elsewhere (%s is then told to be missing, and can't be written)",
		path, at, last, stream, strings.TrimPrefix(filepath.Base(stream), streamPrefix))
}

// scanBlock is where the first message stands whose sequence can't be, and the sequence before it; -1 if there is none. It ends where the lengths make no
// sense: that NATS finds itself.
func scanBlock(r io.ReaderAt) (at int64, last uint64, err error) {
	window, start, n := make([]byte, blockWindowBytes), int64(0), 0
	for at = 0; ; {
		if at < start || at+blockHeaderBytes > start+int64(n) {
			start = at
			if n, err = r.ReadAt(window, at); n < blockHeaderBytes {
				if errors.Is(err, io.EOF) {
					err = nil
				}
				return -1, last, err
			}
		}
		header := window[at-start:]
		length, seq := binary.LittleEndian.Uint32(header)&^blockHeaderBit, binary.LittleEndian.Uint64(header[4:])
		if length < blockHeaderBytes {
			return -1, last, nil
		}
		if seq&blockErasedBits == 0 {
			if last > 0 && seq > last+maxSequenceGap {
				return at, last, nil
			}
			last = seq
		}
		at += int64(length)
	}
}
