package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/ledger"
)

const checkpointStream = "CHECKPOINTS_" + campaign

func openCheckpoints(t *testing.T, server *ledger.Embedded) *ledger.Checkpoints {
	t.Helper()
	c, err := newStreams(t, server).Checkpoints(t.Context(), campaign)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// putNotes stores notes n-from..n, the n-th of which is "note n".
func putNotes(t *testing.T, c *ledger.Checkpoints, from, to int) {
	t.Helper()
	for n := from; n <= to; n++ {
		end, err := c.Append(t.Context(), uint64(n)-1, fmt.Appendf(nil, "note %d", n))
		if err != nil || end != uint64(n) {
			t.Fatalf("note %d is message %d: %v", n, end, err)
		}
	}
}

func expectNotes(t *testing.T, c *ledger.Checkpoints, last uint64, from, to int) {
	t.Helper()
	notes, end, err := c.After(t.Context(), last)
	if err != nil || end != uint64(to) || len(notes) != to-from+1 {
		t.Fatalf("after %d: %d notes, the end %d, %v; want notes %d to %d", last, len(notes), end, err, from, to)
	}
	for i, note := range notes {
		if want := fmt.Sprint("note ", from+i); string(note) != want {
			t.Errorf("note %q, want %q", note, want)
		}
	}
}

// TestCheckpoints: what is stored is read again in order, few of it and many, by the one who stored it and by another.
func TestCheckpoints(t *testing.T) {
	t.Parallel()
	const few, many = 3, 40
	server := startServer(t, t.TempDir())
	one, two := openCheckpoints(t, server), openCheckpoints(t, server)
	expectNotes(t, one, 0, 1, 0)
	putNotes(t, one, 1, few)
	expectNotes(t, two, 0, 1, few)
	expectNotes(t, two, 2, 3, few)
	putNotes(t, two, few+1, many)
	for _, c := range []*ledger.Checkpoints{one, two, openCheckpoints(t, server)} {
		expectNotes(t, c, 0, 1, many)
		expectNotes(t, c, few, few+1, many)
		expectNotes(t, c, many-1, many, many)
		expectNotes(t, c, many, many+1, many)
		if err := c.CheckConfig(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := one.After(t.Context(), many+1); !errors.Is(err, ledger.ErrRollback) {
		t.Errorf("after more than there is: %v", err)
	}
}

// TestCheckpointConflict: of two who store at the same place one does, and the other is told.
func TestCheckpointConflict(t *testing.T) {
	t.Parallel()
	server := startServer(t, t.TempDir())
	one, two := openCheckpoints(t, server), openCheckpoints(t, server)
	putNotes(t, one, 1, 1)
	for _, last := range []uint64{0, 2} {
		if _, err := two.Append(t.Context(), last, []byte("late")); !errors.Is(err, ledger.ErrConflict) {
			t.Errorf("after message %d: %v", last, err)
		}
	}
	putNotes(t, two, 2, 2)
	expectNotes(t, one, 0, 1, 2)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := two.Append(gone, 2, []byte("x")); err == nil {
		t.Error("a note is stored for somebody who is gone")
	}
}

// TestCheckpointGap: notes that a limit erased, since nothing else can, are missed, among few and many.
func TestCheckpointGap(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ notes, kept int }{{3, 2}, {3, 1}, {40, 39}, {40, 20}, {40, 2}} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			t.Parallel()
			server := startServer(t, t.TempDir())
			c := openCheckpoints(t, server)
			putNotes(t, c, 1, test.notes)
			changeStream(t, server, func(cfg *jetstream.StreamConfig) { cfg.MaxMsgs, cfg.Discard = int64(test.kept), jetstream.DiscardOld })
			gone := test.notes - test.kept
			for _, after := range []int{0, gone - 1} {
				_, _, err := c.After(t.Context(), uint64(after))
				if broken := new(ledger.BrokenError); !errors.Is(err, ledger.ErrGap) || !errors.As(err, &broken) || broken.StreamSeq != uint64(after)+1 {
					t.Errorf("messages 1 to %d are gone, after %d: %v", gone, after, err)
				}
			}
			expectNotes(t, c, uint64(gone), gone+1, test.notes)
		})
	}
}

// changeStream changes the settings of the stream of checkpoints behind the ledger's back.
func changeStream(t *testing.T, server *ledger.Embedded, change func(*jetstream.StreamConfig)) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(server.Conn())
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), checkpointStream)
	if err != nil {
		t.Fatal(err)
	}
	cfg := stream.CachedInfo().Config
	change(&cfg)
	if _, err := js.UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	return js
}

// TestCheckpointSettings: a stream whose settings were changed, or that was deleted, is noticed.
func TestCheckpointSettings(t *testing.T) {
	t.Parallel()
	server := startServer(t, t.TempDir())
	c := openCheckpoints(t, server)
	putNotes(t, c, 1, 1)
	js := changeStream(t, server, func(cfg *jetstream.StreamConfig) { cfg.MaxAge = time.Hour })
	if err := c.CheckConfig(t.Context()); !errors.Is(err, ledger.ErrDrift) {
		t.Errorf("max_age was set: %v", err)
	}
	drifted, err := newStreams(t, server).Checkpoints(t.Context(), campaign)
	if !errors.Is(err, ledger.ErrDrift) || drifted == nil {
		t.Fatalf("opened with max_age: %v", err)
	}
	expectNotes(t, drifted, 0, 1, 1)
	if err := js.DeleteStream(t.Context(), checkpointStream); err != nil {
		t.Fatal(err)
	}
	if err := c.CheckConfig(t.Context()); !errors.Is(err, ledger.ErrRollback) {
		t.Errorf("deleted: %v", err)
	}
	if _, err := c.Append(t.Context(), 1, []byte("x")); err == nil {
		t.Error("a note is stored in a stream that is not there")
	}
	if _, _, err := c.After(t.Context(), 0); !errors.Is(err, ledger.ErrRollback) {
		t.Errorf("a stream that is not there: %v", err)
	}
}
