//go:build !linux

package gather

func yieldThread() {}
