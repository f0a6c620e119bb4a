package ledger

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"campaignledger/events"
)

// verifier has signatures checked ahead of admission, on all cores. What it finds is a hint: admission decides, and checks itself what
// was not looked at.
type verifier struct {
	gate  Gate
	slots chan struct{} // one for each check under way for writers: thousands of them must not crowd out the appender
}

func newVerifier(gate Gate) *verifier {
	return &verifier{gate: gate, slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

// proposals looks at a body's signatures, in the writer's goroutine where it has one record. It leaves out what is left to do once ctx
// is done or closing is closed.
func (v *verifier) proposals(ctx context.Context, closing <-chan struct{}, list []events.Proposal) {
	inParallel(len(list), func(i int) {
		p := &list[i]
		if p.Signature == "" || len(p.Record) == 0 {
			return
		}
		select {
		case v.slots <- struct{}{}:
		case <-ctx.Done():
			return
		case <-closing:
			return
		}
		e := events.Event{Draft: p.Draft, Record: p.Record}
		v.gate.Check(&e)
		p.Verified, p.Forged = e.Verified, e.Forged
		<-v.slots
	})
}

// busy reports whether writers' signatures take all cores.
func (v *verifier) busy() bool { return len(v.slots) == cap(v.slots) }

// stored looks at the signatures of stored events. It takes no slots, so that it never waits for writers.
func (v *verifier) stored(list []events.Event) {
	signed := 0
	for i := range list {
		if list[i].Signature != "" {
			signed++
		}
	}
	if signed < 2 { // admission does one as fast
		return
	}
	inParallel(len(list), func(i int) {
		if list[i].Signature != "" {
			v.gate.Check(&list[i])
		}
	})
}

// stretch is how many events a worker takes at a time: few enough that none is left with much to do at the end.
const stretch = 4

// inParallel calls work for 0 to n-1 and returns when all are done. It uses as many goroutines as there are cores, the caller's among
// them.
func inParallel(n int, work func(i int)) {
	var next atomic.Int64
	worker := func() {
		for from := int(next.Add(stretch)) - stretch; from < n; from = int(next.Add(stretch)) - stretch {
			for i := from; i < min(from+stretch, n); i++ {
				work(i)
			}
		}
	}
	var others sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+stretch-1)/stretch) - 1 {
		others.Go(worker)
	}
	worker()
	others.Wait()
}
