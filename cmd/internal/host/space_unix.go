//go:build linux || darwin || freebsd

package host

import (
	"fmt"
	"syscall"
)

// hasModes: files say who may read them.
const hasModes = true

// freeBytes is how much room a user has on the disk of a directory.
func freeBytes(dir string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("ask for the room on the disk of %s: %w", dir, err)
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil
}
