package ledger

import (
	"syscall"
	"time"
	"unsafe"
)

// elapsedTime is a clock that nobody sets. It counts the time that the machine slept too, and costs a system call.
func elapsedTime() (elapsed func() time.Duration, sleeps bool) {
	const bootTime = 7 // CLOCK_BOOTTIME
	return func() time.Duration {
		var ts syscall.Timespec
		// It can't fail: the clock is there on every kernel that Go runs on.
		_, _, _ = syscall.Syscall(syscall.SYS_CLOCK_GETTIME, bootTime, uintptr(unsafe.Pointer(&ts)), 0)
		return time.Duration(ts.Nano())
	}, false
}
