package gather

import (
	"testing"
	"time"
)

// TestWait: nobody is awaited for ever, and whoever comes gives the next one time.
func TestWait(t *testing.T) {
	t.Parallel()
	var alone Wait
	for alone.More() {
		continue
	}
	if took := alone.Took(); took < Pause {
		t.Errorf("nobody came, and it waited %v", took)
	}
	var kept Wait
	begun := time.Now()
	for kept.More() {
		kept.Came()
	}
	if took := time.Since(begun); took < Most || kept.Took() < Most {
		t.Errorf("somebody came again and again, and it waited %v", took)
	}
}
