package server

import (
	"fmt"
	"testing"
	"time"
)

// TestTriesAreBounded: who comes from ever other addresses costs no memory, and what is clean goes first.
func TestTriesAreBounded(t *testing.T) {
	t.Parallel()
	var counted tries
	now := time.Unix(1_800_000_000, 0)
	for i := range 3 * maxTried {
		counted.count(fmt.Sprint(i), maxFailures, now)
		if n := len(counted.clean); n > maxTried {
			t.Fatalf("%d are kept", n)
		}
	}
	if n := len(counted.clean); n < maxTried/2 {
		t.Errorf("%d are kept", n)
	}
	now = now.Add(time.Hour)
	for i := range 3 * maxTried {
		counted.count(fmt.Sprintf("new %d", i%100), maxFailures, now.Add(time.Duration(i)*time.Minute))
	}
	if n := len(counted.clean); n > maxTried {
		t.Errorf("%d are kept", n)
	}
}
