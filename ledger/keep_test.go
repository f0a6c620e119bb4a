package ledger_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/events"
	"campaignledger/ledger"
)

// allPublic keeps nothing back.
func allPublic(context.Context, events.Seq) error { return nil }

// TestKeep holds that message n of EVENTS_<campaign> is event n: from the log's start, as events come, after a restart, and beside
// another process that publishes the same events.
func TestKeep(t *testing.T) {
	t.Parallel()
	server := startServer(t, t.TempDir())
	l, _ := openLedger(t, createStore(t, server))
	appendOne := func() {
		if _, err := l.Append(t.Context(), proposal(t, score("keep"))); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		appendOne()
	}
	other, err := ledger.NewDerived(t.Context(), server.Conn(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for round := range 3 {
		d, err := ledger.NewDerived(t.Context(), server.Conn(), 1)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- d.Keep(ctx, l, allPublic) }()
		for range 5 {
			appendOne()
			for e, err := range l.Read(t.Context(), 0) {
				if err != nil {
					t.Fatal(err)
				}
				other.Events([]events.Event{e}) // again and again: the stream takes each once
			}
		}
		expectKept(t, server.Conn(), 3+5*(round+1))
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func expectKept(t *testing.T, nc *nats.Conn, n int) {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	c, err := js.OrderedConsumer(ctx, "EVENTS_"+campaign, jetstream.OrderedConsumerConfig{})
	for ; err != nil; c, err = js.OrderedConsumer(ctx, "EVENTS_"+campaign, jetstream.OrderedConsumerConfig{}) {
		if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		msg, err := c.Next(jetstream.FetchContext(ctx))
		if err != nil {
			t.Fatalf("message %d of %d: %v", i+1, n, err)
		}
		meta, err := msg.Metadata()
		if err != nil {
			t.Fatal(err)
		}
		if got := msg.Headers().Get("Seq"); got != strconv.Itoa(i+1) || meta.Sequence.Stream != uint64(i+1) {
			t.Fatalf("message %d holds event %s", meta.Sequence.Stream, got)
		}
		if want := fmt.Sprintf("event.%s.score.entered.", campaign); len(msg.Subject()) <= len(want) || msg.Subject()[:len(want)] != want {
			t.Fatalf("subject %s", msg.Subject())
		}
	}
}
