package ledger

import (
	"context"
	"errors"
	"iter"

	"campaignledger/events"
)

const (
	// readAheadBytes bounds what a reader buffers; at least a few of the largest commits, and many small ones.
	readAheadBytes = 16 << 20
	// someAheadBytes is the same for ReadSome: four of the largest commits.
	someAheadBytes = 4 << 20
	// fewMessages are read one by one, because a consumer costs about as much.
	fewMessages = 4
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
			err = s.readFew(ctx, at, end, yield)
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
			s.learnNext(c.First, place)
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
	follow := s.following(at, yield)
	for seq := at.stream + 1; seq <= end; seq++ {
		m, err := s.message(ctx, seq)
		if err != nil {
			return follow.atEvent(err)
		}
		if more, err := follow.next(m); err != nil || !more {
			return err
		}
	}
	return nil
}

// consume yields what comes after at, up to message end or, with follow, until ctx is done.
func (s *JetStreamStore) consume(ctx context.Context, at position, end uint64, follow bool, ahead int, yield func(Commit, error) bool) error {
	chain := s.following(at, yield)
	reader := messageReader{js: s.js, stream: s.stream, name: s.name, of: "campaign " + s.id, fromLeader: func(ctx context.Context, seq uint64) (message, error) {
		m, err := s.message(ctx, seq)
		return m, chain.atEvent(err)
	}}
	return reader.each(ctx, at.stream, end, follow, ahead, chain.next)
}

// following checks the messages of a log, as they come, and yields their commits.
type following struct {
	store *JetStreamStore
	chain chain
	begun bool // a message stands before
	yield func(Commit, error) bool
}

func (s *JetStreamStore) following(at position, yield func(Commit, error) bool) *following {
	return &following{store: s, chain: chain{at.last, at.recorded}, begun: at.stream > 0, yield: yield}
}

// next takes the next message; more says that whoever reads wants another.
func (f *following) next(m message) (more bool, err error) {
	if !f.begun && m.streamSeq != 1 {
		return false, &BrokenError{1, m.streamSeq, "the stream's first messages were removed", ErrGap}
	}
	c, err := f.chain.next(m)
	if err != nil {
		return false, err
	}
	f.begun = true
	f.store.learn(position{m.streamSeq, f.chain.last, f.chain.recorded})
	return f.yield(c, nil), nil
}

// atEvent says at which event the log is broken where err does not.
func (f *following) atEvent(err error) error {
	var broken *BrokenError
	if errors.As(err, &broken) && broken.Seq == 0 {
		broken.Seq = f.chain.last + 1
	}
	return err
}
