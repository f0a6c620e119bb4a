package ledger

import (
	"errors"
	"fmt"
	"sync/atomic"
)

// diskReserve is what is left free on the disk that holds a log. NATS does not recover from a write that the disk refuses: the stream takes
// nothing more until the server is started again. So the ledger stops before, and goes on by itself once there is room. The reserve holds what
// must still be written then: the commit under way (1 MiB), the stream's index, the checkpoint of what is stored, the tree, the head.
const diskReserve = 16 << 20

// ErrDiskFull: too little is free on the disk that holds the log. Nothing was stored, and nothing is broken: appending goes on once there is room.
var ErrDiskFull = errors.New("the disk is full")

// Disk knows how much is free where a directory is. A nil one has room for everything. Where the operating system can't be asked it is taken to
// have room, and what then fails is told by NATS ([ErrStoreFailed]).
type Disk struct {
	dir     string
	reserve uint64
	taken   atomic.Int64 // bytes that are being written, and may not be counted as used yet
}

// NewDisk watches the disk that holds dir.
func NewDisk(dir string) *Disk { return &Disk{dir: dir, reserve: diskReserve} }

// Take has room for n more bytes, which others reckon with until done is called, where they leave the reserve as it is; else the error wraps
// ErrDiskFull, and done is nil. It costs a system call, about a microsecond.
func (d *Disk) Take(n int64) (done func(), err error) {
	if d == nil {
		return func() {}, nil
	}
	taken := d.taken.Add(n)
	done = func() { d.taken.Add(-n) }
	free, known := freeSpace(d.dir)
	if !known || free >= d.reserve+uint64(max(taken, 0)) {
		return done, nil
	}
	done()
	return nil, fmt.Errorf("%w: %s has %d KiB left, of which %d KiB are kept back so that the log stays whole; make room there (appending goes on by itself), or move the data directory to a larger disk",
		ErrDiskFull, d.dir, free>>10, d.reserve>>10)
}
