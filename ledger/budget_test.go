package ledger_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"campaignledger/events"
	"campaignledger/ledger"
)

// heap is what is in use after a collection, in bytes.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestFlood: while the store stands still, writers are refused once the limit is reached, at once and with nothing stored; memory stays within a
// few times the limit; the accepted ones are acknowledged when the store goes on, and then everybody is served again. It does
// not run beside other tests, whose memory would count.
func TestFlood(t *testing.T) { //nolint:paralleltest // it measures the heap
	const (
		writers = 500
		each    = 200 // events a body, each of less than 1 KiB
		factor  = 3   // the heap that a counted byte may take
	)
	budget := ledger.NewBudget(ledger.MaxProcessBodies, ledger.MaxProcessBytes)
	store := ledger.NewMemory()
	l, _ := openLedger(t, store, exclusive, func(cfg *ledger.Config) { cfg.Budget = budget })
	before := heap()
	waiting, release := store.HoldAppends()
	defer release()
	var accepted, refused atomic.Int64
	var mu sync.Mutex
	turnedAway := map[[16]byte]bool{}
	var running, started sync.WaitGroup
	started.Add(writers)
	for range writers {
		running.Go(func() {
			body := make([]events.Proposal, each)
			for i := range body {
				body[i] = proposal(t, score("x"))
			}
			first := body[0].ID
			receipts, err := l.Append(t.Context(), body...)
			switch {
			case errors.Is(err, ledger.ErrBusy):
				refused.Add(1)
				mu.Lock()
				turnedAway[first] = true
				mu.Unlock()
			case err != nil || len(receipts) != each:
				t.Errorf("%d receipts, %v", len(receipts), err)
			default:
				accepted.Add(1)
			}
		})
	}
	<-waiting
	const fit = ledger.MaxWaitingBytes / (each << 10)
	waitFor(t, func() bool { return refused.Load() == writers-fit })
	if bodies, bytes := budget.InUse(); bodies != fit || bytes > ledger.MaxWaitingBytes {
		t.Errorf("%d bodies, %d bytes wait", bodies, bytes)
	}
	if grown := heap() - before; grown > factor*ledger.MaxWaitingBytes {
		t.Errorf("%d MiB of memory for %d MiB that wait", grown>>20, ledger.MaxWaitingBytes>>20)
	} else {
		t.Logf("%d bodies wait, %d were refused; %d MiB of memory", fit, refused.Load(), grown>>20)
	}
	release()
	running.Wait()
	if accepted.Load() != fit {
		t.Errorf("%d bodies were stored, not %d", accepted.Load(), fit)
	}
	for i, record := range storedRecords(t, store) {
		d, err := events.Decode(record)
		if err != nil || turnedAway[d.ID] {
			t.Fatalf("record %d is of a body that was refused, or damaged: %v", i+1, err)
		}
	}
	if bodies, bytes := budget.InUse(); bodies != 0 || bytes != 0 {
		t.Errorf("%d bodies, %d bytes are counted though none waits", bodies, bytes)
	}
	mustAppend(t, l, proposal(t, score("after")))
}

// TestBudgetIsShared: what one campaign has waiting leaves less for another, and comes back when its writers give up or it is closed.
func TestBudgetIsShared(t *testing.T) {
	t.Parallel()
	const room = 4
	budget := ledger.NewBudget(room, 1<<20)
	share := func(cfg *ledger.Config) { cfg.Budget = budget }
	store := ledger.NewMemory()
	one, _ := openLedger(t, store, exclusive, share)
	two, _ := openLedger(t, ledger.NewMemory(), exclusive, share)
	waiting, release := store.HoldAppends()
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for range room {
		running.Go(func() {
			_, err := one.Append(ctx, proposal(t, score("x")))
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
		})
	}
	<-waiting
	waitFor(t, func() bool { bodies, _ := budget.InUse(); return bodies == room })
	if _, err := two.Append(t.Context(), proposal(t, score("x"))); !errors.Is(err, ledger.ErrBusy) {
		t.Errorf("another campaign: %v", err)
	}
	cancel()
	running.Wait()
	if bodies, _ := budget.InUse(); bodies != room {
		t.Errorf("%d bodies are counted while the queue still holds them", bodies)
	}
	release()
	waitFor(t, func() bool { bodies, bytes := budget.InUse(); return bodies == 0 && bytes == 0 })
	mustAppend(t, two, proposal(t, score("x")))
	one.Close()
	if _, err := one.Append(t.Context(), proposal(t, score("x"))); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if bodies, bytes := budget.InUse(); bodies != 0 || bytes != 0 {
		t.Errorf("%d bodies, %d bytes", bodies, bytes)
	}
}
