package host

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

const (
	// maxStudies is how many answers of one kind a campaign keeps: some pages of two folds in two languages.
	maxStudies = 16
	// maxStudying is how many studies a campaign's readers have under way at a time: each takes a core for up to some seconds.
	maxStudying = 4
)

// studies are diagnostics that cost a search, kept until the next event: whoever asks for one that is there, or under way, makes nobody search.
type studies[T any] struct {
	mu   sync.Mutex
	rows map[question]*study[T]
}

// study is one answer; done is closed when it is there.
type study[T any] struct {
	seq   events.Seq
	done  chan struct{}
	value T
	err   error
}

// errNoAnswer is what those who wait are told of a search that did not return, by a bug: nobody waits for ever.
var errNoAnswer = errors.New("the answer could not be worked out; the server's log says why")

// of is the answer to a question, at its fold's newest event. A fold that is gone with the request is not kept. workOut works it out and
// takes a place (ErrBusy if there is none); who asks the same meanwhile waits for it.
func (s *studies[T]) of(ctx context.Context, places chan struct{}, of question, keep bool, workOut func() (T, error)) (value T, err error) {
	seq := of.live.Summary().Seq
	s.mu.Lock()
	if row, ok := s.rows[of]; ok && row.seq == seq {
		s.mu.Unlock()
		select {
		case <-row.done:
			return row.value, row.err
		case <-ctx.Done():
			return value, fmt.Errorf("wait for the answer that is being worked out: %w", context.Cause(ctx))
		}
	}
	select {
	case places <- struct{}{}:
	default:
		s.mu.Unlock()
		return value, fmt.Errorf("%d diagnostics of this campaign are being worked out: %w", cap(places), ledger.ErrBusy)
	}
	row := &study[T]{seq: seq, done: make(chan struct{}), err: errNoAnswer}
	if keep {
		if _, ok := s.rows[of]; s.rows == nil || !ok && len(s.rows) >= maxStudies {
			s.rows = map[question]*study[T]{} // who waits for one has it
		}
		s.rows[of] = row
	}
	s.mu.Unlock()
	defer func() {
		if row.err != nil {
			s.forget(of, row)
		}
		close(row.done)
		<-places
	}()
	row.value, row.err = workOut()
	return row.value, row.err
}

// forget drops an answer that failed.
func (s *studies[T]) forget(of question, row *study[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rows[of] == row {
		delete(s.rows, of)
	}
}

// forgetAll drops every answer.
func (s *studies[T]) forgetAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = nil
}

// lasting reports whether a fold is one that readers see again: the present one, or that of the freeze.
func (c *Campaign) lasting(seen *projections.Live) bool {
	c.past.mu.Lock()
	defer c.past.mu.Unlock()
	return seen == c.live || seen == c.past.live
}

// Stability is how stable a cluster's standings are in a fold that Look gave, or in an earlier one of what it gave. It belongs into a Look,
// and fails with ErrBusy where too many are worked out. Nobody changes it.
func (c *Campaign) Stability(ctx context.Context, seen *projections.Live, cluster string, pairs projections.Pairs, lang string) (projections.Stability, error) {
	of := question{seen, fmt.Sprintf("%s %d-%d %s", lang, pairs.From, pairs.To, cluster)}
	return c.stability.of(ctx, c.studying, of, c.lasting(seen), func() (projections.Stability, error) { return seen.Stability(cluster, pairs, lang) })
}

// Scorers is who marked how in a cluster, as Stability.
func (c *Campaign) Scorers(ctx context.Context, seen *projections.Live, cluster, unit, lang string) (projections.Scorers, error) {
	of := question{seen, fmt.Sprintf("%s %q %s", lang, unit, cluster)}
	return c.scorers.of(ctx, c.studying, of, c.lasting(seen), func() (projections.Scorers, error) { return seen.Scorers(cluster, unit, lang) })
}
