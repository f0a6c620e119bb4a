package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/events"
)

const (
	// readAheadBytes bounds what a reader buffers; at least a few of the largest commits, and many small ones.
	readAheadBytes = 16 << 20
	// readStall is how long a read of what is known to be stored waits for its next message before it looks whether that
	// message is there at all; readStalls is how often it then waits on.
	readStall  = 200 * time.Millisecond
	readStalls = 150
	// fewMessages are read one by one, because a consumer costs about as much.
	fewMessages = 4
	// readResets bounds how often a reader asks for its consumer again before it reports an error.
	readResets = 3
	// readerIdle is when the server forgets a reader that is gone.
	readerIdle = 30 * time.Second
)

// Read yields the stored commits; see Store. From the start or from the known end it costs one consumer; elsewhere the message is asked for
// first, which is known where all before it were read, and else found by a binary search, O(log messages) requests. A reader that stops after the first commit found by that
// search costs no consumer.
func (s *JetStreamStore) Read(ctx context.Context, after events.Seq, follow bool) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		fail := func(err error) {
			if !follow || ctx.Err() == nil {
				yield(Commit{}, err)
			}
		}
		known := s.known() // before asking: what is known then must still be there
		info, err := s.info(ctx)
		if err != nil {
			fail(err)
			return
		}
		end := info.State.LastSeq
		at, first, err := s.seek(ctx, after, end, known)
		if err != nil {
			fail(err)
			return
		}
		if len(first.Data) > 0 && !yield(first, nil) {
			return
		}
		if !follow && at.stream >= end {
			return
		}
		if !follow && end-at.stream <= fewMessages {
			err = s.readFew(ctx, at, end, yield)
		} else {
			err = s.consume(ctx, at, end, follow, yield)
		}
		if err != nil {
			fail(err)
		}
	}
}

// seek finds the place right after event after in a stream that ends at message end: the end of the commit before it, or,
// where it had to search, the commit that holds event after+1, cut, and its end.
func (s *JetStreamStore) seek(ctx context.Context, after events.Seq, end uint64,
	known position) (position, Commit, error) {
	switch {
	case known.stream > end:
		return position{}, Commit{}, shorter(known.last, known.last)
	case after == 0:
		return position{}, Commit{}, nil
	case after == known.last:
		return known, Commit{}, nil
	}
	if at := s.holding(after + 1); at != 0 && at <= end {
		place, c, err := s.placed(ctx, at)
		if err != nil || c.First <= after+1 && after < c.Last() {
			return place, c.After(after), err
		}
	}
	before := position{}
	for low, high := uint64(1), end; low <= high; { // the message sought is in low..high
		middle := low + (high-low)/2
		place, c, err := s.placed(ctx, middle)
		if err != nil {
			return position{}, Commit{}, err
		}
		switch {
		case c.First > after+1:
			high = middle - 1
		case c.Last() < after+1:
			low, before = middle+1, place
		default:
			return place, c.After(after), nil
		}
	}
	switch {
	case before.last == after:
		return before, Commit{}, nil
	case before.stream == end:
		return position{}, Commit{}, shorter(before.last+1, after)
	}
	return position{}, Commit{}, &BrokenError{after + 1, before.stream + 1, "no stored message holds it", ErrGap}
}

// placed is one message as a commit, and its end.
func (s *JetStreamStore) placed(ctx context.Context, seq uint64) (position, Commit, error) {
	m, err := s.message(ctx, seq)
	if err != nil {
		return position{}, Commit{}, err
	}
	c, err := m.commit()
	if err != nil {
		return position{}, Commit{}, err
	}
	return position{seq, c.Last(), c.Recorded}, c, nil
}

// readFew yields the messages after at up to message end, with a request each.
func (s *JetStreamStore) readFew(ctx context.Context, at position, end uint64, yield func(Commit, error) bool) error {
	checked := chain{at.last, at.recorded}
	for seq := at.stream + 1; seq <= end; seq++ {
		m, err := s.message(ctx, seq)
		if err != nil {
			return atEvent(err, checked.last+1)
		}
		c, err := checked.next(m)
		if err != nil {
			return err
		}
		s.learn(position{seq, checked.last, checked.recorded})
		if !yield(c, nil) {
			return nil
		}
	}
	return nil
}

// atEvent says at which event a log is broken where err does not.
func atEvent(err error, seq events.Seq) error {
	var broken *BrokenError
	if errors.As(err, &broken) && broken.Seq == 0 {
		broken.Seq = seq
	}
	return err
}

// consume yields what comes after at, up to message end or, with follow, until ctx is done.
func (s *JetStreamStore) consume(ctx context.Context, at position, end uint64, follow bool,
	yield func(Commit, error) bool) error {
	consumer, err := s.js.OrderedConsumer(ctx, s.name, jetstream.OrderedConsumerConfig{
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       at.stream + 1,
		InactiveThreshold: readerIdle,
		MaxResetAttempts:  readResets,
	})
	if err != nil {
		return fmt.Errorf("read campaign %s: %w", s.id, err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxBytes(readAheadBytes))
	if err != nil {
		return fmt.Errorf("read campaign %s: %w", s.id, err)
	}
	defer s.release(consumer)
	defer messages.Stop()
	defer context.AfterFunc(ctx, messages.Stop)() // Next may outlive ctx once the stream is gone
	wait := jetstream.NextContext(ctx)
	if !follow {
		wait = jetstream.NextMaxWait(readStall)
	}
	checked, stalls := chain{at.last, at.recorded}, 0
	for follow || at.stream < end {
		msg, err := messages.Next(wait)
		if errors.Is(err, nats.ErrTimeout) && ctx.Err() == nil && stalls < readStalls {
			if _, err := s.message(ctx, at.stream+1); err != nil {
				return atEvent(err, checked.last+1)
			}
			stalls++
			continue
		}
		if err != nil {
			return s.readError(ctx, err)
		}
		stalls = 0
		m := message{data: msg.Data()}
		if m.streamSeq, err = streamSeq(msg.Reply()); err != nil {
			return fmt.Errorf("read campaign %s: %w", s.id, err)
		}
		m.first, m.recorded = header(msg.Headers(), headerFirstSeq), header(msg.Headers(), headerRecorded)
		if at.stream == 0 && m.streamSeq != 1 {
			return &BrokenError{1, m.streamSeq, "the stream's first messages were removed", ErrGap}
		}
		c, err := checked.next(m)
		if err != nil {
			return err
		}
		at = position{m.streamSeq, checked.last, checked.recorded}
		s.learn(at)
		if !yield(c, nil) {
			return nil
		}
	}
	return nil
}

func (s *JetStreamStore) readError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("read campaign %s: %w", s.id, ctx.Err())
	}
	if errors.Is(err, nats.ErrConnectionClosed) {
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	return fmt.Errorf("read campaign %s: %w", s.id, err)
}

// release tells the server to forget a reader, without waiting; it would forget it by itself after readerIdle.
func (s *JetStreamStore) release(consumer jetstream.Consumer) {
	nc := s.js.Conn()
	if info := consumer.CachedInfo(); info != nil {
		// A reader that can't be released expires: nothing to report.
		_ = nc.PublishRequest("$JS.API.CONSUMER.DELETE."+s.name+"."+info.Name, nc.NewInbox(), nil)
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
