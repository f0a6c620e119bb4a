package host_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
)

// TestRebuild: folds made anew beside the running ones are equal to them and take their place, while writers go on.
func TestRebuild(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run(t, dir, 30)
	h, c := reopen(t, host.Config{Dir: dir})
	defer h.Close()
	stop := make(chan struct{})
	var writing sync.WaitGroup
	for range 3 {
		writing.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					enter(t, c, 1)
				}
			}
		})
	}
	done, of := uint64(0), uint64(0)
	for range 3 {
		r, err := c.Rebuild(t.Context(), func(d, n uint64) { done, of = d, n })
		if err != nil || !r.Equal || r.Different != "" || r.Seq < r.Compared || r.Compared < 31 {
			t.Errorf("%+v, %v", r, err)
		}
		if done == 0 || done != of {
			t.Errorf("progress %d of %d", done, of)
		}
	}
	close(stop)
	writing.Wait()
	expectWell(t, c)
	last, _ := c.Ledger.Last()
	if shown := standingsOf(t, c); shown.Seq != last {
		t.Errorf("shown is event %d of %d", shown.Seq, last)
	}
}

// TestRebuildFindsWrongFolds: folds that are not those of the log are told of, and replaced.
func TestRebuildFindsWrongFolds(t *testing.T) {
	t.Parallel()
	h := openHost(t, host.Config{})
	c := openCampaign(t, h)
	enter(t, c, 9)
	want := shown(t, c)
	c.Spoil(t, 5)
	if got := shown(t, c); got == want {
		t.Fatal("nothing is wrong")
	}
	r, err := c.Rebuild(t.Context(), func(uint64, uint64) {})
	if err != nil || r.Equal || r.Different == "" || r.Compared != 10 {
		t.Errorf("%+v, %v", r, err)
	}
	if got := shown(t, c); got != want {
		t.Errorf("still wrong: %s", got)
	}
	if r, err = c.Rebuild(t.Context(), func(uint64, uint64) {}); err != nil || !r.Equal {
		t.Errorf("%+v, %v", r, err)
	}
}

// blocks are the files that hold a stream's messages.
func blocks(t *testing.T, dir, stream string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "nats", "jetstream", "*", "streams", stream, "msgs", "*.blk"))
	if err != nil || len(list) == 0 {
		t.Fatalf("%v, %v", list, err)
	}
	return list
}

// flipMiddle flips a byte in the middle of a stream's first block, where a campaign of some events has its early ones.
func flipMiddle(t *testing.T, dir string) {
	t.Helper()
	rewrite(t, blocks(t, dir, "CAMPAIGN_small")[0], func(d []byte) []byte { d[len(d)/2] ^= 1; return d })
}

// TestScrub: a byte that flips in the history of a campaign that was opened from its snapshot is found within the period, and makes it read-only.
func TestScrub(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run(t, dir, 40)
	sound := copyDir(t, dir)
	flipMiddle(t, dir)
	const period = 100 * time.Millisecond
	h, c := reopen(t, host.Config{Dir: dir, ScrubPeriod: period})
	defer h.Close()
	if c.FromSnapshot() == 0 {
		t.Fatal("no snapshot was used")
	}
	awaitBroken(t, c)
	if err := c.Ledger.Broken(); !errors.Is(err, ledger.ErrGap) && !errors.Is(err, ledger.ErrForked) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(snapshotPath(dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the snapshot of a damaged log is still there: %v", err)
	}

	h2, well := reopen(t, host.Config{Dir: sound, ScrubPeriod: period})
	defer h2.Close()
	enter(t, well, 3)
	if err := well.Scrub(t.Context(), 0); err != nil || well.Ledger.Broken() != nil {
		t.Errorf("%v, %v", err, well.Ledger.Broken())
	}
	for at := h2.Scrubbed(); at.IsZero() || time.Since(at) > time.Minute; at = h2.Scrubbed() {
		if t.Context().Err() != nil {
			t.Fatal("no round ended")
		}
		<-time.After(time.Millisecond) // between two looks
	}
}

// awaitBroken waits until the campaign is read-only.
func awaitBroken(t *testing.T, c *host.Campaign) {
	t.Helper()
	const never = 1 << 40
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := c.Ledger.Wait(ctx, never); !errors.Is(err, ledger.ErrReadOnly) {
		t.Fatalf("waited in vain: %v", err)
	}
}

// TestScrubFindsAnotherLog: another event in an early place is found, with its place.
func TestScrubFindsAnotherLog(t *testing.T) {
	t.Parallel()
	dir, _, other, _ := histories(t)
	h, c := reopen(t, host.Config{Dir: dir, ScrubPeriod: -1})
	defer h.Close()
	h2, there := reopen(t, host.Config{Dir: other, ScrubPeriod: -1})
	defer h2.Close()
	if err := c.ScrubAgainst(t.Context(), there); err == nil {
		t.Fatal("the other log passed")
	} else if broken := new(ledger.BrokenError); !errors.As(err, &broken) || broken.Seq != events.Seq(4) || !errors.Is(err, ledger.ErrForked) {
		t.Errorf("got %v", err)
	}
}
