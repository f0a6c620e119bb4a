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
	// someAheadBytes is the same for ReadSome: four of the largest commits.
	someAheadBytes = 4 << 20
	// readStall is how long a read of what is known to be stored waits for its next message before it asks the leader for that one, and as many as fillMessages
	// in all: the consumer may be at a replica that lacks them, or that never answers. Each further time in a row it asks for twice as many, at most
	// maxFill. readStalls is how often it does so.
	readStall    = 200 * time.Millisecond
	fillMessages = 64
	maxFill      = 4096
	readStalls   = 150
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
	return s.read(ctx, after, follow, readAheadBytes)
}

// ReadSome is Read, without following, for who will stop before the end: it has less read ahead.
func (s *JetStreamStore) ReadSome(ctx context.Context, after events.Seq) iter.Seq2[Commit, error] {
	return s.read(ctx, after, false, someAheadBytes)
}

func (s *JetStreamStore) read(ctx context.Context, after events.Seq, follow bool, ahead int) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		fail := func(err error) {
			if !follow || ctx.Err() == nil {
				yield(Commit{}, err)
			}
		}
		var end uint64
		var at position
		var first Commit
		err := sure(ctx, replicated(s.stream), func() error {
			known := s.known() // before asking: what is known then must still be there
			info, err := s.info(ctx)
			if err != nil {
				return err
			}
			end = info.State.LastSeq
			at, first, err = s.seek(ctx, after, end, known)
			return err
		})
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
			_, err = s.readFew(ctx, at, end, yield)
		} else {
			err = s.consume(ctx, at, end, follow, ahead, yield)
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

// readFew yields the messages after at up to message end, with a request each. It returns where it is then, and no error where the reader stopped.
func (s *JetStreamStore) readFew(ctx context.Context, at position, end uint64, yield func(Commit, error) bool) (position, error) {
	checked := chain{at.last, at.recorded}
	for seq := at.stream + 1; seq <= end; seq++ {
		m, err := s.message(ctx, seq)
		if err != nil {
			return at, atEvent(err, checked.last+1)
		}
		c, err := checked.next(m)
		if err != nil {
			return at, err
		}
		at = position{seq, checked.last, checked.recorded}
		s.learn(at)
		if !yield(c, nil) {
			return at, nil
		}
	}
	return at, nil
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
func (s *JetStreamStore) consume(ctx context.Context, at position, end uint64, follow bool, ahead int,
	yield func(Commit, error) bool) error {
	consumer, err := s.consumer(ctx, at.stream+1)
	if err != nil {
		return s.readError(ctx, err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxBytes(ahead))
	if err != nil {
		return s.readError(ctx, err)
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
			enough := false
			if at, enough, err = s.fill(ctx, at, min(at.stream+fillAfter(stalls), end), yield); err != nil || enough {
				return err
			}
			checked = chain{at.last, at.recorded}
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
		if m.streamSeq <= at.stream { // filled before it came
			continue
		}
		if m.streamSeq > at.stream+1 && replicated(s.stream) {
			enough := false
			if at, enough, err = s.fill(ctx, at, m.streamSeq-1, yield); err != nil || enough {
				return err
			}
			checked = chain{at.last, at.recorded}
		}
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

// consumer makes a consumer that starts at a message. Consumers are the cluster's to make, which may be electing its own leader while the stream has one:
// then it is asked again, for a while.
func (s *JetStreamStore) consumer(ctx context.Context, start uint64) (jetstream.Consumer, error) {
	cfg := jetstream.OrderedConsumerConfig{
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       start,
		InactiveThreshold: readerIdle,
		MaxResetAttempts:  readResets,
	}
	for end := time.Now().Add(requestTimeout); ; {
		consumer, err := s.js.OrderedConsumer(ctx, s.name, cfg)
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

func (s *JetStreamStore) readError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("read campaign %s: %w", s.id, ctx.Err())
	}
	return unreachable("read campaign "+s.id, err)
}

// fill reads from the leader what the replica that serves a consumer lacks, up to message end: one damaged copy of several is not the log. enough says
// that whoever reads has it.
func (s *JetStreamStore) fill(ctx context.Context, at position, end uint64, yield func(Commit, error) bool) (_ position, enough bool, err error) {
	at, err = s.readFew(ctx, at, end, func(c Commit, err error) bool {
		enough = !yield(c, err)
		return !enough
	})
	return at, enough, err
}

// fillAfter is how many messages are asked of the leader after so many stalls in a row.
func fillAfter(stalls int) uint64 { return min(uint64(fillMessages)<<min(stalls, 16), maxFill) }

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
