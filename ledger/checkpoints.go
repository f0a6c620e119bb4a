package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

const (
	checkpointPrefix        = "CHECKPOINTS_"
	checkpointSubjectPrefix = "checkpoint."
)

// Checkpoints keeps what was signed of one campaign: the stream CHECKPOINTS_<id> with one signed note a message on the subject checkpoint.<id>,
// from the oldest on. A checkpoint stands there as the log signed it, and again with each cosignature that came. Nothing is removed.
type Checkpoints struct {
	js       jetstream.JetStream
	embedded *Embedded // nil: the server is another process
	stream   jetstream.Stream
	id       string
}

// Checkpoints opens the stream of a campaign's checkpoints, which is made where there is none. A *BrokenError that wraps ErrDrift comes together
// with a stream that can be read.
func (s *Streams) Checkpoints(ctx context.Context, id string) (*Checkpoints, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	stream, err := openStream(ctx, s.js, s.placed(checkpointConfig(id, s.cfg.Replicas)))
	if err != nil {
		return nil, err
	}
	c := &Checkpoints{js: s.js, embedded: s.cfg.Embedded, stream: stream, id: id}
	return c, c.checkConfig(stream.CachedInfo().Config)
}

// checkpointConfig is what the stream must look like: as safe as the log's.
func checkpointConfig(id string, replicas int) jetstream.StreamConfig {
	config := pinnedConfig(id, replicas)
	config.Name = checkpointPrefix + id
	config.Subjects = []string{checkpointSubjectPrefix + id}
	config.Description = "Campaign Ledger: the checkpoints of a campaign; only the ledger may publish here"
	return config
}

// CheckConfig compares the stream's settings with the pinned ones; see ConfigChecker.
func (c *Checkpoints) CheckConfig(ctx context.Context) error {
	return sure(ctx, replicated(c.stream), func() error {
		info, err := c.info(ctx)
		if err != nil {
			return err
		}
		return c.checkConfig(info.Config)
	})
}

func (c *Checkpoints) info(ctx context.Context) (*jetstream.StreamInfo, error) {
	info, err := askInfo(ctx, c.stream, checkpointPrefix+c.id)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, c.deleted()
	}
	return info, err
}

func (c *Checkpoints) deleted() error {
	return &BrokenError{Err: ErrRollback, Reason: "the stream " + checkpointPrefix + c.id + ", which keeps the checkpoints, was deleted"}
}

func (c *Checkpoints) checkConfig(live jetstream.StreamConfig) error {
	if name := drift(checkpointConfig(c.id, 1), live); name != "" {
		return &BrokenError{Err: ErrDrift, Reason: fmt.Sprintf("stream %s%s: %s is not as the ledger set it", checkpointPrefix, c.id, name)}
	}
	return nil
}

// Append stores a note right after message last and returns its place. ErrConflict: another one is there; ErrUnclear: it may be stored; read on
// from last in both cases.
func (c *Checkpoints) Append(ctx context.Context, last uint64, note []byte) (uint64, error) {
	if failed := c.embedded.Failed(); failed != nil {
		return 0, failed
	}
	ctx, cancel := context.WithTimeout(ctx, appendTimeout)
	defer cancel()
	defer c.embedded.onFailure(cancel)() // NATS does not answer then
	ack, err := c.js.PublishMsg(ctx, &nats.Msg{Subject: checkpointSubjectPrefix + c.id, Data: note},
		jetstream.WithExpectStream(checkpointPrefix+c.id), jetstream.WithExpectLastSequence(last), jetstream.WithRetryAttempts(0))
	if err != nil {
		return 0, fmt.Errorf("store the checkpoint: %w", classify(err))
	}
	return ack.Sequence, nil
}

// After gives the notes after message last, and the place of the newest. A missing message is a *BrokenError that wraps ErrGap; a stream that is
// gone, or shorter than last, one that wraps ErrRollback.
func (c *Checkpoints) After(ctx context.Context, last uint64) (notes [][]byte, end uint64, err error) {
	err = sure(ctx, replicated(c.stream), func() error {
		notes, end, err = c.lookAfter(ctx, last)
		return err
	})
	return notes, end, err
}

func (c *Checkpoints) lookAfter(ctx context.Context, last uint64) (notes [][]byte, end uint64, err error) {
	info, err := c.info(ctx)
	if err != nil {
		return nil, last, err
	}
	end = info.State.LastSeq
	if end < last {
		return nil, last, &BrokenError{Err: ErrRollback, Reason: fmt.Sprintf("the stream %s%s had %d messages and has %d", checkpointPrefix, c.id, last, end)}
	}
	take := func(m message) (bool, error) {
		if next := last + uint64(len(notes)) + 1; m.streamSeq != next {
			return false, c.gap(next)
		}
		notes = append(notes, m.data)
		return true, nil
	}
	if end-last > fewMessages {
		reader := messageReader{js: c.js, stream: c.stream, name: checkpointPrefix + c.id, of: "the checkpoints of campaign " + c.id, fromLeader: c.message}
		err = reader.each(ctx, last, end, false, readAheadBytes, take)
	} else {
		for seq := last + 1; seq <= end && err == nil; seq++ {
			var m message
			if m, err = c.message(ctx, seq); err == nil {
				_, err = take(m)
			}
		}
	}
	if err != nil {
		return nil, last, err
	}
	return notes, end, nil
}

// message is one note, from the stream's leader.
func (c *Checkpoints) message(ctx context.Context, seq uint64) (message, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	raw, err := c.stream.GetMsg(ctx, seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return message{}, c.gap(seq)
	}
	if err != nil {
		return message{}, unreachable(fmt.Sprintf("get checkpoint %d of campaign %s", seq, c.id), err)
	}
	return message{streamSeq: raw.Sequence, data: raw.Data}, nil
}

func (c *Checkpoints) gap(seq uint64) error {
	return &BrokenError{StreamSeq: seq, Err: ErrGap, Reason: "the stream " + checkpointPrefix + c.id + " has lost this message"}
}

// Heads are the heads of checkpoints, sorted by size, one for each. Two roots of one size are a *BrokenError that wraps ErrForked.
func Heads(list []proof.Head) ([]proof.Head, error) {
	bySize := map[uint64]proof.Hash{}
	var heads []proof.Head
	for _, c := range list {
		root, ok := bySize[c.Size]
		if !ok {
			bySize[c.Size] = c.Root
			heads = append(heads, c)
		} else if root != c.Root {
			return nil, &BrokenError{Seq: events.Seq(c.Size), Err: ErrForked, Reason: fmt.Sprintf("two checkpoints of %d events were signed, with the roots %v and %v", c.Size, root, c.Root)}
		}
	}
	slices.SortFunc(heads, func(a, b proof.Head) int { return cmp.Compare(a.Size, b.Size) })
	return heads, nil
}
