//go:build linux || darwin || freebsd

package server

import "syscall"

// diskSpace is how many bytes the disk of a directory has for this user, and in all; zeros where it can't be asked.
func diskSpace(dir string) (free, all uint64) {
	var s syscall.Statfs_t
	if syscall.Statfs(dir, &s) != nil {
		return 0, 0
	}
	size := uint64(s.Bsize)
	return uint64(s.Bavail) * size, s.Blocks * size
}
