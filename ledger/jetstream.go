package ledger

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/events"
)

const (
	// appendTimeout bounds one publish; after it the outcome is unclear. A step-down on three nodes takes about a second.
	appendTimeout = 5 * time.Second
	// requestTimeout bounds any other request.
	requestTimeout = 5 * time.Second

	// How JetStream says that the expected last sequence was another: on one node, replicated, and in a batch.
	codeWrongLastSequence         jetstream.ErrorCode = 10071
	codeWrongLastSequenceConstant jetstream.ErrorCode = 10164
	codeBatchWrongLastSequence    jetstream.ErrorCode = 10201
	// serverErrors is where the server's own failures start: what they left behind is unclear.
	serverErrors = http.StatusInternalServerError
)

// JetStreamStore is the Store of one campaign in JetStream: a message is a commit.
type JetStreamStore struct {
	js       jetstream.JetStream
	embedded *Embedded // nil: the server is another process
	stream   jetstream.Stream
	id       string
	name     string // of the stream
	subject  string

	appending sync.Mutex // one append at a time a handle; others would conflict anyway
	mu        sync.Mutex
	end       position     // the newest known end of the log; it may have grown since
	ends      []events.Seq // the last event of each message from the first on, as far as they were read in order
}

// position is the end of a commit, in both countings.
type position struct {
	stream   uint64 // the message's sequence in the stream
	last     events.Seq
	recorded time.Time
}

func (s *JetStreamStore) known() position {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end
}

// Position is the stream's newest message, as far as it was read or written here.
func (s *JetStreamStore) Position() uint64 { return s.known().stream }

// learn keeps the newer of the known end and p, and where p's message ends if all before it are known.
func (s *JetStreamStore) learn(p position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.stream == uint64(len(s.ends))+1 {
		s.ends = append(s.ends, p.last)
	}
	if p.stream > s.end.stream {
		s.end = p
	}
}

// learnNext keeps where a commit ends that was found by search, if it comes right after what is known, in both countings: it is the next of the chain
// then.
func (s *JetStreamStore) learnNext(first events.Seq, p position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := events.Seq(0)
	if n := len(s.ends); n > 0 {
		last = s.ends[n-1]
	}
	if p.stream == uint64(len(s.ends))+1 && first == last+1 {
		s.ends = append(s.ends, p.last)
	}
}

// holding is the message that holds event seq; 0 where it is not known.
func (s *JetStreamStore) holding(seq events.Seq) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, _ := slices.BinarySearch(s.ends, seq)
	if at == len(s.ends) {
		return 0
	}
	return uint64(at) + 1
}

// Append publishes c as one message that must come right after the message which ends at event c.First-1; see Store.
func (s *JetStreamStore) Append(ctx context.Context, c Commit) error {
	if err := c.Check(); err != nil {
		return err
	}
	s.appending.Lock()
	defer s.appending.Unlock()
	end := s.known()
	if end.stream == 0 || end.last+1 != c.First {
		var err error
		if end, err = s.tail(ctx); err != nil {
			return fmt.Errorf("read the log's end: %w", err)
		}
		if end.last+1 != c.First {
			return fmt.Errorf("append event %d after event %d: %w", c.First, end.last, ErrConflict)
		}
	}
	if c.Recorded.Before(end.recorded) {
		return fmt.Errorf("%w: event %d was recorded before its predecessor", ErrRefused, c.First)
	}
	written, err := s.embedded.Take(int64(len(c.Data)))
	if err != nil {
		return err
	}
	defer written()
	ctx, cancel := context.WithTimeout(ctx, appendTimeout)
	defer cancel()
	defer s.embedded.onFailure(cancel)() // NATS does not answer then
	m := newMessage(c)
	ack, err := s.js.PublishMsg(ctx, &nats.Msg{
		Subject: s.subject,
		Header:  nats.Header{headerFirstSeq: {m.first}, headerRecorded: {m.recorded}},
		Data:    m.data,
	}, jetstream.WithExpectStream(s.name), jetstream.WithExpectLastSequence(end.stream), jetstream.WithRetryAttempts(0))
	if err != nil {
		if failed := s.embedded.Failed(); failed != nil {
			return failed // it may be stored, and shows so when the server is started again
		}
		return fmt.Errorf("append event %d: %w", c.First, classify(err))
	}
	s.learn(position{ack.Sequence, c.Last(), c.Recorded})
	return nil
}

// classify says what a publish error means for the commit.
func classify(err error) error {
	var api *jetstream.APIError
	switch {
	case errors.As(err, &api):
		switch api.ErrorCode {
		case codeWrongLastSequence, codeWrongLastSequenceConstant, codeBatchWrongLastSequence:
			return fmt.Errorf("%w (%w)", ErrConflict, err)
		case jetstream.JSErrCodeStreamNotFound:
			return fmt.Errorf("%w: %w", ErrNoCampaign, err)
		}
		if api.Code < serverErrors {
			return fmt.Errorf("%w: %w", ErrRefused, err)
		}
	case errors.Is(err, nats.ErrReconnectBufExceeded): // it was not sent: the connection is down
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	case errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("%w: the server takes smaller messages only; set its max_payload to 1 MiB: %w", ErrRefused, err)
	case errors.Is(err, nats.ErrConnectionClosed):
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	return fmt.Errorf("%w: %w", ErrUnclear, err)
}

// tail asks the stream's leader where the log ends. It costs one request, two if the log grew behind our back.
func (s *JetStreamStore) tail(ctx context.Context) (end position, err error) {
	err = sure(ctx, replicated(s.stream), func() error {
		end, err = s.lookTail(ctx)
		return err
	})
	return end, err
}

func (s *JetStreamStore) lookTail(ctx context.Context) (position, error) {
	known := s.known() // before asking: what is known then must still be there
	info, err := s.info(ctx)
	if err != nil {
		return position{}, err
	}
	switch last := info.State.LastSeq; {
	case last == known.stream && (last == 0 || info.State.Msgs > 0):
		return known, nil
	case last < known.stream:
		return position{}, shorter(known.last, known.last)
	}
	m, err := s.message(ctx, info.State.LastSeq)
	if err != nil {
		return position{}, err
	}
	c, err := m.commit()
	if err != nil {
		return position{}, err
	}
	end := position{m.streamSeq, c.Last(), c.Recorded}
	s.learn(end)
	return end, nil
}

func (s *JetStreamStore) info(ctx context.Context) (*jetstream.StreamInfo, error) {
	info, err := askInfo(ctx, s.stream, s.name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if known := s.known(); known.last > 0 {
			return nil, shorter(known.last, known.last)
		}
		return nil, fmt.Errorf("campaign %s: %w", s.id, ErrNoCampaign)
	}
	return info, err
}

// message gets one stored message from the stream's leader. A missing one is a gap.
func (s *JetStreamStore) message(ctx context.Context, seq uint64) (message, error) {
	var raw *jetstream.RawStreamMsg
	err := sure(ctx, replicated(s.stream), func() (err error) {
		ctx, cancel := context.WithTimeout(ctx, requestTimeout)
		defer cancel()
		raw, err = s.stream.GetMsg(ctx, seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return &BrokenError{StreamSeq: seq, Err: ErrGap, Reason: "the stream has lost this message"}
		}
		return err
	})
	if errors.As(err, new(*BrokenError)) {
		return message{}, err
	}
	if err != nil {
		return message{}, unreachable(fmt.Sprintf("get stream message %d of campaign %s", seq, s.id), err)
	}
	return message{raw.Sequence, raw.Header.Get(headerFirstSeq), raw.Header.Get(headerRecorded), raw.Data}, nil
}

// Last is the newest event; see Store.
func (s *JetStreamStore) Last(ctx context.Context) (events.Seq, error) {
	end, err := s.tail(ctx)
	return end.last, err
}

// CheckConfig compares the stream's settings with the pinned ones; see ConfigChecker. It costs one request.
func (s *JetStreamStore) CheckConfig(ctx context.Context) error {
	info, err := s.info(ctx)
	if err != nil {
		return err
	}
	return s.checkConfig(info.Config)
}

func (s *JetStreamStore) checkConfig(live jetstream.StreamConfig) error {
	if name := drift(pinnedConfig(s.id, 1), live); name != "" {
		return &BrokenError{Err: ErrDrift, Reason: fmt.Sprintf("stream %s: %s is not as the ledger set it", s.name, name)}
	}
	return nil
}
