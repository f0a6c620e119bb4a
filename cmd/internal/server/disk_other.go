//go:build !linux && !darwin && !freebsd

package server

// diskSpace can't be asked here.
func diskSpace(string) (free, all uint64) { return 0, 0 }
