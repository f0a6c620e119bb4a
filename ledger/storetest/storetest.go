// Package storetest is the conformance suite of ledger.Store. Every store passes the same tests.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"campaignledger/events"
	"campaignledger/ledger"
)

// Harness is one empty log.
type Harness struct {
	Store ledger.Store
	// Reopen is another handle on the same log, as another process would have.
	Reopen func(t *testing.T) ledger.Store
	// Stray puts a message into the log past the ledger; an empty header is left out.
	Stray func(t *testing.T, firstSeq, recorded string, data []byte)
}

// patience bounds every wait; nothing comes near it unless it hangs.
const patience = 30 * time.Second

// Run runs the suite; open makes a fresh harness for each test.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	tests := map[string]func(*testing.T, context.Context, Harness){
		"empty":               testEmpty,
		"append and read":     testAppendAndRead,
		"trimmed reads":       testTrimmedReads,
		"conflict":            testConflict,
		"other handle":        testOtherHandle,
		"limits":              testLimits,
		"contention":          testContention,
		"follow":              testFollow,
		"follow ends":         testFollowEnds,
		"read behind the end": testBehindEnd,
		"foreign":             testForeign,
		"gap":                 testGap,
		"repeated":            testRepeated,
		"time goes back":      testTimeGoesBack,
		"missing line feed":   testMissingLineFeed,
		"stop reading":        testStopReading,
		"cancelled":           testCancelled,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			test(t, ctx, open(t))
		})
	}
}

func start() time.Time { return time.Date(2017, 3, 31, 2, 0, 0, 0, time.UTC) }

// line is the record of event seq.
func line(seq events.Seq) events.Record { return events.Record(fmt.Sprintf(`{"n":%d}`, seq)) }

// commit holds n records from first on, recorded as many seconds after the start.
func commit(first events.Seq, n int) ledger.Commit {
	records := make([]events.Record, n)
	for i := range records {
		records[i] = line(first + events.Seq(i))
	}
	return ledger.NewCommit(first, start().Add(time.Duration(first)*time.Second), records)
}

func mustAppend(t *testing.T, ctx context.Context, s ledger.Store, commits ...ledger.Commit) {
	t.Helper()
	for _, c := range commits {
		if err := s.Append(ctx, c); err != nil {
			t.Fatalf("append event %d: %v", c.First, err)
		}
	}
}

// fill appends commits of 1, 2, 3, 1, 2, 3 … records and returns the last event.
func fill(t *testing.T, ctx context.Context, s ledger.Store, commits int) events.Seq {
	t.Helper()
	next := events.Seq(1)
	for i := range commits {
		n := 1 + i%3
		mustAppend(t, ctx, s, commit(next, n))
		next += events.Seq(n)
	}
	return next - 1
}

// read checks that the log after after goes on without gaps and with the right bytes, and returns its last event and error.
func read(t *testing.T, ctx context.Context, s ledger.Store, after events.Seq) (events.Seq, error) {
	t.Helper()
	next := after + 1
	for c, err := range s.Read(ctx, after, false) {
		if err != nil {
			return next - 1, err
		}
		if c.First != next {
			t.Fatalf("after event %d: a commit starts at %d", next-1, c.First)
		}
		if !c.Recorded.Equal(events.Milliseconds(c.Recorded)) || c.Recorded.Before(start()) {
			t.Fatalf("event %d: recorded %v", c.First, c.Recorded)
		}
		for record := range c.Records() {
			if !bytes.Equal(record, line(next)) {
				t.Fatalf("event %d is %s", next, record)
			}
			next++
		}
	}
	return next - 1, nil
}

func expectLast(t *testing.T, ctx context.Context, s ledger.Store, want events.Seq) {
	t.Helper()
	if got, err := s.Last(ctx); err != nil || got != want {
		t.Fatalf("last is %d, %v; want %d", got, err, want)
	}
	if got, err := read(t, ctx, s, 0); err != nil || got != want {
		t.Fatalf("read to event %d, %v; want %d", got, err, want)
	}
}

func testEmpty(t *testing.T, ctx context.Context, h Harness) {
	expectLast(t, ctx, h.Store, 0)
	expectLast(t, ctx, h.Reopen(t), 0)
}

func testAppendAndRead(t *testing.T, ctx context.Context, h Harness) {
	last := fill(t, ctx, h.Store, 20)
	expectLast(t, ctx, h.Store, last)
	expectLast(t, ctx, h.Reopen(t), last)
}

func testTrimmedReads(t *testing.T, ctx context.Context, h Harness) {
	last := fill(t, ctx, h.Store, 20)
	for _, s := range []ledger.Store{h.Store, h.Reopen(t)} {
		for after := range last + 1 {
			if got, err := read(t, ctx, s, after); err != nil || got != last {
				t.Fatalf("read after %d to %d, %v; want %d", after, got, err, last)
			}
		}
	}
}

func testConflict(t *testing.T, ctx context.Context, h Harness) {
	last := fill(t, ctx, h.Store, 3)
	for _, first := range []events.Seq{1, last - 1, last, last + 2, last + 1000} {
		if err := h.Store.Append(ctx, commit(first, 1)); !errors.Is(err, ledger.ErrConflict) {
			t.Errorf("append at %d after %d: %v, want ErrConflict", first, last, err)
		}
	}
	mustAppend(t, ctx, h.Store, commit(last+1, 2))
	expectLast(t, ctx, h.Store, last+2)
}

func testOtherHandle(t *testing.T, ctx context.Context, h Harness) {
	other := h.Reopen(t)
	mustAppend(t, ctx, h.Store, commit(1, 2))
	mustAppend(t, ctx, other, commit(3, 1))
	if err := h.Store.Append(ctx, commit(3, 1)); !errors.Is(err, ledger.ErrConflict) {
		t.Fatalf("append where the other handle was first: %v, want ErrConflict", err)
	}
	expectLast(t, ctx, h.Store, 3)
	mustAppend(t, ctx, h.Store, commit(4, 1))
	expectLast(t, ctx, other, 4)
}

func testLimits(t *testing.T, ctx context.Context, h Harness) {
	big := bytes.Repeat([]byte{'x'}, events.MaxCommitBytes-1)
	bad := map[string]ledger.Commit{
		"no records":      {First: 1, Recorded: start()},
		"sequence 0":      {Recorded: start(), Data: []byte("x\n")},
		"empty line":      {First: 1, Recorded: start(), Data: []byte("x\n\ny\n")},
		"a line feed":     ledger.NewCommit(1, start(), []events.Record{[]byte("x\ny")}),
		"only a line end": {First: 1, Recorded: start(), Data: []byte("\n")},
		"microseconds":    {First: 1, Recorded: start().Add(time.Microsecond), Data: []byte("x\n")},
		"too many":        commit(1, events.MaxCommitEvents+1),
		"too long":        ledger.NewCommit(1, start(), []events.Record{append(big, 'x')}),
	}
	for name, c := range bad {
		err := h.Store.Append(ctx, c)
		if !errors.Is(err, ledger.ErrRefused) || errors.Is(err, ledger.ErrUnclear) {
			t.Errorf("%s: %v, want ErrRefused", name, err)
		}
	}
	if err := h.Store.Append(ctx, bad["too many"]); !errors.Is(err, ledger.ErrTooBig) {
		t.Errorf("too many: %v, want ErrTooBig", err)
	}
	expectLast(t, ctx, h.Store, 0)
	mustAppend(t, ctx, h.Store, ledger.NewCommit(1, start(), []events.Record{big[:len(big):len(big)]}))
	mustAppend(t, ctx, h.Store, commit(2, events.MaxCommitEvents))
	for _, s := range []ledger.Store{h.Store, h.Reopen(t)} {
		if got, err := read(t, ctx, s, 1); err != nil || got != 1+events.MaxCommitEvents {
			t.Errorf("read behind the largest commit to %d, %v", got, err)
		}
		for c, err := range s.Read(ctx, 0, false) {
			if err != nil || len(c.Data) != events.MaxCommitBytes {
				t.Errorf("the largest commit comes back with %d bytes, %v", len(c.Data), err)
			}
			break
		}
	}
}

func testContention(t *testing.T, ctx context.Context, h Harness) {
	const rounds = 40
	handles := []ledger.Store{h.Store, h.Store, h.Reopen(t), h.Reopen(t)}
	var won [rounds]atomic.Int32
	var writers sync.WaitGroup
	for _, s := range handles {
		writers.Go(func() {
			for seq := events.Seq(1); seq <= rounds; {
				switch err := s.Append(ctx, commit(seq, 1)); {
				case err == nil:
					won[seq-1].Add(1)
				case !errors.Is(err, ledger.ErrConflict):
					t.Errorf("append %d: %v", seq, err)
					return
				}
				last, err := s.Last(ctx)
				if err != nil || last < seq-1 {
					t.Errorf("last %d, %v after an attempt at %d", last, err, seq)
					return
				}
				seq = last + 1
			}
		})
	}
	writers.Wait()
	for i := range won {
		if n := won[i].Load(); n != 1 {
			t.Errorf("event %d was acknowledged %d times", i+1, n)
		}
	}
	expectLast(t, ctx, h.Store, rounds)
}

func testFollow(t *testing.T, ctx context.Context, h Harness) {
	const total = 12
	last := fill(t, ctx, h.Store, 2)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	next := events.Seq(2)
	other := h.Reopen(t)
	for c, err := range other.Read(ctx, 1, true) {
		if err != nil {
			t.Fatal(err)
		}
		if c.First != next {
			t.Fatalf("followed to %d, then %d", next-1, c.First)
		}
		next = c.Last() + 1
		if next > total {
			cancel()
			break
		}
		if next > last {
			last++
			mustAppend(t, ctx, h.Store, commit(last, 1))
		}
	}
	if next != total+1 {
		t.Fatalf("followed to %d", next-1)
	}
}

// testFollowEnds: a reader that waits for more ends without an error when its context is done.
func testFollowEnds(t *testing.T, ctx context.Context, h Harness) {
	mustAppend(t, ctx, h.Store, commit(1, 1))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for c, err := range h.Store.Read(ctx, 0, true) {
		if err != nil {
			t.Fatalf("after event %d: %v", c.First, err)
		}
		cancel()
	}
}

func testBehindEnd(t *testing.T, ctx context.Context, h Harness) {
	last := fill(t, ctx, h.Store, 3)
	for _, s := range []ledger.Store{h.Store, h.Reopen(t)} {
		for _, follow := range []bool{false, true} {
			var got error
			for c, err := range s.Read(ctx, last+1, follow) {
				if got = err; err == nil {
					t.Fatalf("event %d was yielded behind the end", c.First)
				}
			}
			if !errors.Is(got, ledger.ErrRollback) {
				t.Errorf("read behind the end, follow %v: %v, want ErrRollback", follow, got)
			}
		}
	}
}

// expectBroken checks that reading yields events up to good and then a *BrokenError that wraps want.
func expectBroken(t *testing.T, ctx context.Context, h Harness, good events.Seq, want error) {
	t.Helper()
	for _, s := range []ledger.Store{h.Store, h.Reopen(t)} {
		got, err := read(t, ctx, s, 0)
		var broken *ledger.BrokenError
		if !errors.Is(err, want) || !errors.As(err, &broken) || got != good {
			t.Fatalf("read to event %d: %v; want event %d and %v", got, err, good, want)
		}
		if broken.Seq != good+1 || broken.StreamSeq == 0 {
			t.Errorf("the error names event %d, message %d: %v", broken.Seq, broken.StreamSeq, broken)
		}
	}
}

func testForeign(t *testing.T, ctx context.Context, h Harness) {
	mustAppend(t, ctx, h.Store, commit(1, 2))
	h.Stray(t, "", "", []byte("hello"))
	expectBroken(t, ctx, h, 2, ledger.ErrForeign)
	if err := h.Store.Append(ctx, commit(3, 1)); err == nil {
		t.Error("a commit was stored behind a foreign message")
	}
}

func testGap(t *testing.T, ctx context.Context, h Harness) {
	mustAppend(t, ctx, h.Store, commit(1, 2))
	h.Stray(t, "4", events.FormatTime(start().Add(time.Hour)), []byte("{}\n"))
	expectBroken(t, ctx, h, 2, ledger.ErrGap)
}

func testRepeated(t *testing.T, ctx context.Context, h Harness) {
	mustAppend(t, ctx, h.Store, commit(1, 2))
	h.Stray(t, "2", events.FormatTime(start().Add(time.Hour)), []byte("{}\n"))
	expectBroken(t, ctx, h, 2, ledger.ErrForeign)
}

func testTimeGoesBack(t *testing.T, ctx context.Context, h Harness) {
	mustAppend(t, ctx, h.Store, commit(1, 2))
	h.Stray(t, "3", events.FormatTime(start()), []byte("{}\n"))
	expectBroken(t, ctx, h, 2, ledger.ErrForeign)
}

func testMissingLineFeed(t *testing.T, ctx context.Context, h Harness) {
	mustAppend(t, ctx, h.Store, commit(1, 2))
	data := append(append(line(3), '\n'), line(4)...)
	h.Stray(t, "3", events.FormatTime(start().Add(time.Hour)), data)
	expectLast(t, ctx, h.Store, 4)
}

func testStopReading(t *testing.T, ctx context.Context, h Harness) {
	fill(t, ctx, h.Store, 9)
	for after := range events.Seq(4) {
		for c, err := range h.Store.Read(ctx, after, after%2 == 0) {
			if err != nil || c.First != after+1 {
				t.Fatalf("read after %d: %d, %v", after, c.First, err)
			}
			break
		}
	}
}

func testCancelled(t *testing.T, ctx context.Context, h Harness) {
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := h.Store.Append(cancelled, commit(1, 1)); err == nil {
		t.Error("an append with a cancelled context was acknowledged")
	}
	last, err := h.Store.Last(ctx)
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, ctx, h.Store, commit(last+1, 1))
	expectLast(t, ctx, h.Store, last+1)
}
