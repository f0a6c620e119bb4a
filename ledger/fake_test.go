package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
	"campaignledger/ledger"
)

const campaign = "cum2-2017"

// fakeGate admits everything but what its rule refuses, once each, in order. It shows what was committed.
type fakeGate struct {
	rule func(g *fakeGate, e events.Event) error

	ids       map[uuid.UUID]events.Seq
	log       []events.Event // admitted, the overlay at its end
	standing  int            // of log, committed
	forget    bool           // drop what is committed from log, for benchmarks
	last      events.Event   // newest forgotten one's place
	settle    func(g *fakeGate) error
	check     func(e *events.Event) // from any goroutine
	complete  func(d *events.Draft)
	committed func()
}

var errGateOrder = errors.New("the gate was given an event out of order")

func newGate() *fakeGate { return &fakeGate{ids: map[uuid.UUID]events.Seq{}} }

func (g *fakeGate) Complete(d *events.Draft, recorded time.Time) {
	if d.Time.IsZero() {
		d.Time = recorded
	}
	if p, ok := d.Payload.(*events.ScoreEntered); ok && d.Author == "" {
		d.Author = p.Scorer
	}
	if g.complete != nil {
		g.complete(d)
	}
}

func (g *fakeGate) Admit(e events.Event) error {
	last, recorded := g.Last()
	if e.Seq != last+1 || e.Recorded.Before(recorded) || len(e.Record) == 0 {
		return fmt.Errorf("%w: %d after %d", errGateOrder, e.Seq, last)
	}
	if _, ok := g.ids[e.ID]; ok {
		return fmt.Errorf("id %s is taken", e.ID)
	}
	if g.rule != nil {
		if err := g.rule(g, e); err != nil {
			return err
		}
	}
	g.ids[e.ID] = e.Seq
	g.log = append(g.log, e)
	return nil
}

func (g *fakeGate) Check(e *events.Event) {
	if g.check != nil {
		g.check(e)
	}
}

func (g *fakeGate) Settle() error {
	if g.settle != nil {
		return g.settle(g)
	}
	return nil
}

func (g *fakeGate) Savepoint() int { return len(g.log) }

func (g *fakeGate) Rollback(savepoint int) {
	for _, e := range g.log[savepoint:] {
		delete(g.ids, e.ID)
	}
	g.log = g.log[:savepoint]
}

func (g *fakeGate) Commit() {
	if g.committed != nil {
		g.committed()
	}
	if g.standing = len(g.log); g.forget && g.standing > 0 {
		last := g.log[g.standing-1]
		g.last = events.Event{Seq: last.Seq, Recorded: last.Recorded}
		g.log, g.standing = g.log[:0], 0
	}
}

func (g *fakeGate) Discard() { g.Rollback(g.standing) }

func (g *fakeGate) Find(id uuid.UUID) (events.Seq, bool) {
	seq, ok := g.ids[id]
	return seq, ok
}

func (g *fakeGate) Last() (events.Seq, time.Time) {
	if len(g.log) == 0 {
		return g.last.Seq, g.last.Recorded
	}
	e := g.log[len(g.log)-1]
	return e.Seq, e.Recorded
}

func testTime() time.Time { return time.Date(2017, 3, 31, 2, 0, 0, 0, time.UTC) }

// score is a draft with a fresh id; evidence tells drafts apart.
func score(evidence string) events.Draft {
	return events.Draft{
		ID: events.NewID(), Campaign: campaign, Subject: "cao-bang", Time: testTime(), Author: "lang-son",
		Payload: &events.ScoreEntered{
			Cluster: "cum2", Criterion: "I.1", Level: "cross", Scorer: "lang-son",
			Mark:     events.Mark{Kind: events.MarkPoints, Amount: events.Whole(185)},
			Evidence: evidence,
		},
	}
}

// sized is a score whose record has about n bytes.
func sized(n int) events.Draft {
	const bare = 330
	return score(strings.Repeat("x", max(n-bare, 1)))
}

func encode(tb testing.TB, d events.Draft) events.Record {
	tb.Helper()
	record, err := events.Encode(d)
	if err != nil {
		tb.Fatal(err)
	}
	return record
}

func proposal(tb testing.TB, d events.Draft) events.Proposal {
	tb.Helper()
	return events.Proposal{Record: encode(tb, d)}
}

// openLedger opens a ledger that is closed at the test's end.
func openLedger(tb testing.TB, store ledger.Store, change ...func(*ledger.Config)) (*ledger.Ledger, *fakeGate) {
	tb.Helper()
	gate := newGate()
	cfg := ledger.Config{Campaign: campaign, Store: store, Gate: gate}
	for _, f := range change {
		f(&cfg)
	}
	l, err := ledger.Open(tb.Context(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(l.Close)
	return l, gate
}

func appendGroups(tb testing.TB, l *ledger.Ledger, list [][]events.Proposal) {
	tb.Helper()
	plan := func(events.Seq, time.Time) ([][]events.Proposal, error) { return list, nil }
	if err := l.AppendPlan(context.Background(), plan, nil); err != nil {
		tb.Fatal(err)
	}
}

// groups are n events of benchmark size, in commits of half the limit.
func groups(tb testing.TB, n int) [][]events.Proposal {
	tb.Helper()
	const size, eventBytes = events.MaxCommitEvents / 2, 400
	var list []events.Proposal
	for range n {
		d := sized(eventBytes)
		list = append(list, events.Proposal{Draft: d, Record: encode(tb, d)})
	}
	return slices.Collect(slices.Chunk(list, size))
}
