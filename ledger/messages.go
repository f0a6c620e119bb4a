package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// readStall is how long a read of what is known to be stored waits for its next message before it asks the leader for that one, and as many as fillMessages
	// in all: the consumer may be at a replica that lacks them, or that never answers. Each further time in a row it asks for twice as many, at most
	// maxFill. readStalls is how often it does so.
	readStall    = 200 * time.Millisecond
	fillMessages = 64
	maxFill      = 4096
	readStalls   = 150
	// readResets bounds how often a reader asks for its consumer again before it reports an error.
	readResets = 3
	// readerIdle is when the server forgets a reader that is gone.
	readerIdle = 30 * time.Second
)

// messageReader reads the messages of a stream in order, through a consumer. What the replica lacks that serves the consumer comes from the
// stream's leader: one damaged copy of several is not the stream.
type messageReader struct {
	js         jetstream.JetStream
	stream     jetstream.Stream
	name       string                                                 // of the stream
	of         string                                                 // what it holds, for errors
	fromLeader func(ctx context.Context, seq uint64) (message, error) // one message; a missing one is a *BrokenError
}

// each takes the messages after message last, up to message end or, with follow, until ctx is done, or until take wants no more. In a stream that is not
// replicated it does not fill gaps: take is given what comes behind.
func (r *messageReader) each(ctx context.Context, last, end uint64, follow bool, ahead int, take func(message) (more bool, err error)) error {
	consumer, err := r.consumer(ctx, last+1)
	if err != nil {
		return r.failed(ctx, err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxBytes(ahead))
	if err != nil {
		return r.failed(ctx, err)
	}
	defer r.release(consumer)
	defer messages.Stop()
	defer context.AfterFunc(ctx, messages.Stop)() // Next may outlive ctx once the stream is gone
	wait := jetstream.NextContext(ctx)
	if !follow {
		wait = jetstream.NextMaxWait(readStall)
	}
	for stalls := 0; follow || last < end; {
		var came message
		upTo := uint64(0) // what is to be asked of the leader
		msg, err := messages.Next(wait)
		switch {
		case err == nil:
			if came, err = r.delivered(msg); err != nil {
				return err
			}
			if stalls = 0; replicated(r.stream) {
				upTo = came.streamSeq - 1
			}
		case errors.Is(err, nats.ErrTimeout) && ctx.Err() == nil && stalls < readStalls:
			upTo = min(last+fillAfter(stalls), end)
			stalls++
		default:
			return r.failed(ctx, err)
		}
		for ; last < upTo; last++ {
			filled, err := r.fromLeader(ctx, last+1)
			if err != nil {
				return err
			}
			if more, err := take(filled); err != nil || !more {
				return err
			}
		}
		if came.streamSeq <= last { // nothing came, or it was filled before it came
			continue
		}
		last = came.streamSeq
		if more, err := take(came); err != nil || !more {
			return err
		}
	}
	return nil
}

// fillAfter is how many messages are asked of the leader after so many stalls in a row.
func fillAfter(stalls int) uint64 { return min(uint64(fillMessages)<<min(stalls, 16), maxFill) }

// delivered is what a consumer brought, with its place in the stream.
func (r *messageReader) delivered(msg jetstream.Msg) (m message, err error) {
	m.data, m.first, m.recorded = msg.Data(), header(msg.Headers(), headerFirstSeq), header(msg.Headers(), headerRecorded)
	if m.streamSeq, err = streamSeq(msg.Reply()); err != nil {
		return m, fmt.Errorf("read %s: %w", r.of, err)
	}
	return m, nil
}

// consumer makes a consumer that starts at a message. Consumers are the cluster's to make, which may be electing its own leader while the stream has one:
// then it is asked again, for a while.
func (r *messageReader) consumer(ctx context.Context, start uint64) (jetstream.Consumer, error) {
	cfg := jetstream.OrderedConsumerConfig{
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       start,
		InactiveThreshold: readerIdle,
		MaxResetAttempts:  readResets,
	}
	for end := time.Now().Add(requestTimeout); ; {
		consumer, err := r.js.OrderedConsumer(ctx, r.name, cfg)
		var api *jetstream.APIError
		if !errors.As(err, &api) || api.Code < serverErrors || time.Now().After(end) {
			return consumer, err
		}
		select {
		case <-time.After(confirmPause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (r *messageReader) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("read %s: %w", r.of, ctx.Err())
	}
	return unreachable("read "+r.of, err)
}

// release tells the server to forget a reader, without waiting; it would forget it by itself after readerIdle.
func (r *messageReader) release(consumer jetstream.Consumer) {
	nc := r.js.Conn()
	if info := consumer.CachedInfo(); info != nil {
		// A reader that can't be released expires: nothing to report.
		_ = nc.PublishRequest("$JS.API.CONSUMER.DELETE."+r.name+"."+info.Name, nc.NewInbox(), nil)
	}
}

func header(h nats.Header, key string) string {
	if values := h[key]; len(values) == 1 {
		return values[0]
	}
	return ""
}

// streamSeq reads the stream sequence from the reply subject of a delivered message,
// $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.… or $JS.ACK.<domain>.<account>.<stream>.…; it spares the parsing of
// the other fields.
func streamSeq(reply string) (uint64, error) {
	const shortTokens, shortPlace, longPlace = 9, 5, 7
	place := longPlace
	if strings.Count(reply, ".")+1 == shortTokens {
		place = shortPlace
	}
	rest := reply
	for range place {
		_, rest, _ = strings.Cut(rest, ".")
	}
	token, _, _ := strings.Cut(rest, ".")
	seq, err := strconv.ParseUint(token, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("a message came without its place in the stream: %q", reply)
	}
	return seq, nil
}
