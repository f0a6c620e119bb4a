package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// Start is an event up to which a gate and a tree were brought by another way than reading the log: a snapshot.
type Start struct {
	Seq      events.Seq
	Recorded time.Time
}

// Mark says where an event stands in a stream, and where those before it do. Whoever has one can read on from there.
type Mark struct {
	Start
	ends []events.Seq // the last event of each message up to it
}

// ErrMark: the stream does not hold, at the place of a mark, the event that it was taken of.
var ErrMark = errors.New("the stream is not the one that the mark was taken of")

// MarkAt is the mark of event seq, which ends a commit that was read or appended here; false where it is not known.
func (s *JetStreamStore) MarkAt(seq events.Seq, recorded time.Time) (Mark, bool) {
	at := s.holding(seq)
	if at == 0 {
		return Mark{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ends := s.ends[:at:at] // what is in it does not change
	return Mark{Start{seq, recorded}, ends}, ends[at-1] == seq
}

// AppendBinary appends the mark to b: sequence, time, and for each message how many events it holds.
func (m Mark) AppendBinary(b []byte) ([]byte, error) {
	b = binary.AppendUvarint(b, uint64(m.Seq))
	b = binary.AppendVarint(b, m.Recorded.UnixMilli())
	b = binary.AppendUvarint(b, uint64(len(m.ends)))
	last := events.Seq(0)
	for _, end := range m.ends {
		b = binary.AppendUvarint(b, uint64(end-last))
		last = end
	}
	return b, nil
}

// ParseMark reads what AppendBinary wrote, all of b.
func ParseMark(b []byte) (m Mark, err error) {
	next := func() uint64 {
		n, size := binary.Uvarint(b)
		if size <= 0 {
			err, b = ErrMark, nil
			return 0
		}
		b = b[size:]
		return n
	}
	m.Seq = events.Seq(next())
	ms, size := binary.Varint(b)
	if size <= 0 {
		return m, ErrMark
	}
	b = b[size:]
	m.Recorded = time.UnixMilli(ms).UTC()
	count := next()
	if count > uint64(len(b)) {
		return m, ErrMark
	}
	m.ends = make([]events.Seq, 0, count)
	last := events.Seq(0)
	for range count {
		n := next()
		if n == 0 || n > events.MaxCommitEvents {
			return m, ErrMark
		}
		last += events.Seq(n)
		m.ends = append(m.ends, last)
	}
	if err != nil || len(b) > 0 || count == 0 || last != m.Seq {
		return m, ErrMark
	}
	return m, nil
}

// Resume lets a store that has read nothing yet go on from a mark, once it has seen that the stream holds the event there; leaf is its leaf hash. It
// costs one request. ErrMark: it does not, or something else.
func (s *JetStreamStore) Resume(ctx context.Context, m Mark, leaf [32]byte) error {
	at := uint64(len(m.ends))
	place, c, err := s.placed(ctx, at)
	if err != nil {
		return fmt.Errorf("resume campaign %s after event %d: %w", s.id, m.Seq, err)
	}
	if c.Last() != m.Seq || !c.Recorded.Equal(m.Recorded) {
		return fmt.Errorf("resume campaign %s: message %d ends with event %d: %w", s.id, at, c.Last(), ErrMark)
	}
	var last events.Record
	for record := range c.Records() {
		last = record
	}
	if events.LeafHash(last, c.Recorded) != leaf {
		return fmt.Errorf("resume campaign %s: another event %d stands there: %w", s.id, m.Seq, ErrMark)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.end.stream > 0 {
		return fmt.Errorf("resume campaign %s: it was read before", s.id)
	}
	s.end, s.ends = place, m.ends
	return nil
}

// resume begins where the gate and the tree already are, which must be at one event, and compares what this directory has seen and signed before with
// the tree. It gives what was seen later.
func (l *Ledger) resume(head HeadEntry) error {
	start := l.cfg.From
	if l.cfg.Tree == nil || l.cfg.Tree.Size() != uint64(start.Seq) {
		return fmt.Errorf("the tree is not at event %d", start.Seq)
	}
	l.tail.resume(*start)
	if head.Seq > 0 && head.Seq <= start.Seq {
		leaf, err := l.cfg.Tree.Leaf(uint64(head.Seq - 1))
		if err != nil {
			return err
		}
		if leaf != proof.Hash(head.Leaf) {
			return otherEvent(head.Seq)
		}
	}
	return l.leaves.resume()
}

func otherEvent(seq events.Seq) error {
	return &BrokenError{Seq: seq, Err: ErrRollback, Reason: "another event stands here than the one this directory has seen"}
}

// resume compares the tree, as far as it is, with what was signed.
func (v *leaves) resume() error {
	for size := v.tree.Size(); len(v.signed) > 0 && v.signed[0].Size <= size; v.signed = v.signed[1:] {
		root, err := v.tree.RootAt(v.signed[0].Size)
		if err != nil {
			return err
		}
		if root != v.signed[0].Root {
			return forked(v.signed[0], root)
		}
	}
	return nil
}

// Quiet calls do between two commits, while nothing is admitted or appended, with the newest event and the recorded time that one after it would have
// now, and waits for it. What do admits is undone. Every writer waits as long.
func (l *Ledger) Quiet(ctx context.Context, do func(last events.Seq, recorded time.Time) error) error {
	return l.AppendPlan(ctx, func(last events.Seq, recorded time.Time) ([][]events.Proposal, error) { return nil, do(last, recorded) }, nil)
}
