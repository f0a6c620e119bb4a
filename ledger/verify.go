package ledger

import (
	"context"
	"runtime"

	"campaignledger/events"
	"campaignledger/ledger/proof"
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
	signed := false
	for i := range list {
		signed = signed || list[i].Signature != ""
	}
	if !signed {
		return
	}
	proof.Parallel(len(list), func(i int) {
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
	proof.Parallel(len(list), func(i int) {
		if list[i].Signature != "" {
			v.gate.Check(&list[i])
		}
	})
}
