package projections

import (
	"testing"
	"unsafe"
)

// TestSizes holds the sizes that the figures of memory rest on.
func TestSizes(t *testing.T) {
	t.Parallel()
	for name, got := range map[string][2]uintptr{
		"entry":     {unsafe.Sizeof(entry{}), 80},
		"slot":      {unsafe.Sizeof(slot{}), 32},
		"indexSlot": {unsafe.Sizeof(indexSlot{}), 8},
	} {
		if got[0] > got[1] {
			t.Errorf("%s has %d bytes, more than %d", name, got[0], got[1])
		}
	}
}
