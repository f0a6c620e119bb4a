//go:build linux || darwin

package ledger

import (
	"errors"
	"testing"
)

// TestDiskTake: who writes at the same moment does not reckon with the same room.
func TestDiskTake(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	free, known := freeSpace(dir)
	if !known {
		t.Fatal("this system does not say how much is free")
	}
	d := &Disk{dir: dir, reserve: free / 2}
	third := int64(free / 3)
	done, err := d.Take(third)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Take(third); !errors.Is(err, ErrDiskFull) {
		t.Errorf("a second third of what is free, of which half is kept back: %v", err)
	}
	done()
	if done, err := d.Take(third); err != nil {
		t.Errorf("after the first was written: %v", err)
	} else {
		done()
	}
	var none *Disk
	if done, err := none.Take(1 << 62); err != nil || done == nil {
		t.Errorf("no disk: %v", err)
	} else {
		done()
	}
}
