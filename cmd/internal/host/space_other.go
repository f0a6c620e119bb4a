//go:build !(linux || darwin || freebsd)

package host

import "errors"

// hasModes: here a file's mode does not say who may read it.
const hasModes = false

// freeBytes can't be asked for here.
func freeBytes(string) (uint64, error) { return 0, errors.ErrUnsupported }
