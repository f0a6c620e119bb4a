package ledger_test

import (
	"errors"
	"testing"
	"time"

	"campaignledger/ledger"
)

// jumping is a clock that is set, beside one that is not.
type jumping struct {
	wall    time.Time
	elapsed time.Duration
}

// pass lets time go by.
func (j *jumping) pass(d time.Duration) { j.wall, j.elapsed = j.wall.Add(d), j.elapsed+d }

// set has somebody set the clock.
func (j *jumping) set(by time.Duration) { j.wall = j.wall.Add(by) }

func (j *jumping) config(cfg *ledger.Config) {
	cfg.Now, cfg.Elapsed = func() time.Time { return j.wall }, func() time.Duration { return j.elapsed }
}

// recordedAt appends an event and is its recorded time.
func recordedAt(t *testing.T, l *ledger.Ledger) time.Time {
	t.Helper()
	receipts, err := l.Append(t.Context(), proposal(t, score("a")))
	if err != nil {
		t.Fatal(err)
	}
	return receipts[0].Recorded
}

// TestClockSetBack: recorded times never go back. They go on at half the speed, so that nothing that waits by them waits for long, and meet the
// clock again; it is said as long as they are apart. It holds over a leap day and over a restart.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	j := &jumping{wall: time.Date(2028, 2, 29, 23, 59, 59, 0, time.UTC)} // a leap day
	store := ledger.NewMemory()
	l, _ := openLedger(t, store, j.config)
	first := recordedAt(t, l)
	if !first.Equal(j.wall) || l.ClockTrouble() != nil {
		t.Fatalf("recorded at %v, %v", first, l.ClockTrouble())
	}
	j.set(-4 * time.Hour)
	if got := recordedAt(t, l); !got.Equal(first) {
		t.Errorf("set back: recorded at %v", got)
	}
	if err := l.ClockTrouble(); err == nil || errors.Is(err, ledger.ErrClock) {
		t.Errorf("set back: %v", err)
	}
	j.pass(10 * time.Second)
	if got, want := recordedAt(t, l), time.Date(2028, 3, 1, 0, 0, 4, 0, time.UTC); !got.Equal(want) {
		t.Errorf("after ten seconds: recorded at %v, want %v", got, want)
	}
	l.Close()
	l, _ = openLedger(t, store, j.config)
	last := recordedAt(t, l)
	for range 100 {
		j.pass(6 * time.Minute)
		got := recordedAt(t, l)
		if got.Before(last) {
			t.Fatalf("recorded at %v after %v", got, last)
		}
		last = got
	}
	if !last.Equal(j.wall) || l.ClockTrouble() != nil {
		t.Errorf("after ten hours: recorded at %v, the clock says %v; %v", last, j.wall, l.ClockTrouble())
	}
}

// TestClockJumpsForward: a clock that jumps by years is not believed, since nothing takes back what is recorded. Set right it is at once; and a
// restart believes it. A jump of hours is believed.
func TestClockJumpsForward(t *testing.T) {
	t.Parallel()
	j := &jumping{wall: testTime()}
	store := ledger.NewMemory()
	l, _ := openLedger(t, store, j.config)
	recordedAt(t, l)
	const years = 14 * 365 * 24 * time.Hour
	j.set(years)
	if receipts, err := l.Append(t.Context(), proposal(t, score("a"))); !errors.Is(err, ledger.ErrClock) || receipts != nil {
		t.Errorf("jumped: %v, %v", receipts, err)
	}
	if err := l.ClockTrouble(); !errors.Is(err, ledger.ErrClock) {
		t.Errorf("jumped: %v", err)
	}
	j.pass(time.Minute)
	j.set(-years)
	if got := recordedAt(t, l); !got.Equal(j.wall) {
		t.Errorf("set right: recorded at %v, the clock says %v", got, j.wall)
	}
	j.set(20 * time.Hour)
	if got := recordedAt(t, l); !got.Equal(j.wall) {
		t.Errorf("some hours: recorded at %v, the clock says %v", got, j.wall)
	}
	j.set(years)
	l.Close()
	l, _ = openLedger(t, store, j.config)
	if got := recordedAt(t, l); !got.Equal(j.wall) {
		t.Errorf("started again: recorded at %v, the clock says %v", got, j.wall)
	}
}

// TestSystemClock: without hooks the ledger uses the system's clocks, which agree.
func TestSystemClock(t *testing.T) {
	t.Parallel()
	l, _ := openLedger(t, ledger.NewMemory(), func(cfg *ledger.Config) { cfg.Now = nil })
	before := time.Now().Truncate(time.Millisecond)
	if got := recordedAt(t, l); got.Before(before) || time.Since(got) > time.Minute {
		t.Errorf("recorded at %v", got)
	}
	if err := l.ClockTrouble(); err != nil {
		t.Error(err)
	}
}
