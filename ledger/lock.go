package ledger

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

const (
	lockName = "lock" // in the data directory
	dirMode  = 0o700
	fileMode = 0o600
)

// Lock is the exclusive right to a data directory. The operating system releases it when the process ends.
type Lock struct{ file *flock.Flock }

// LockDir takes DIR/lock and makes the directory if need be; it does not wait. Take it before starting NATS: two embedded
// servers on one directory both start and both acknowledge the same sequence.
func LockDir(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, fmt.Errorf("make the data directory: %w; choose another with --data", err)
	}
	file := flock.New(filepath.Join(dir, lockName), flock.SetPermissions(fileMode))
	held, err := file.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the data directory %s: %w; is it writable? choose another with --data", dir, err)
	}
	if !held {
		return nil, fmt.Errorf("%s: %w; stop that process or choose another directory with --data", dir, ErrLocked)
	}
	return &Lock{file}, nil
}

// Unlock gives the directory free. The file stays.
func (l *Lock) Unlock() error {
	if err := l.file.Unlock(); err != nil {
		return fmt.Errorf("unlock the data directory: %w", err)
	}
	return nil
}
