package ledger

import (
	"bytes"
	"fmt"
	"iter"
	"strconv"
	"time"

	"campaignledger/events"
)

// Commit is one or more records that were admitted together: the atomic unit of storage.
type Commit struct {
	First    events.Seq // of its first record; from 1
	Recorded time.Time  // the server's time; UTC, whole milliseconds
	Data     []byte     // the records, each followed by a line feed; the last one's may be missing
	count    int        // of the records, where they were counted
}

// NewCommit packs records into a commit. It does not check limits: see Check.
func NewCommit(first events.Seq, recorded time.Time, records []events.Record) Commit {
	size := 0
	for _, r := range records {
		size += len(r) + 1
	}
	data := make([]byte, 0, size)
	for _, r := range records {
		data = append(append(data, r...), '\n')
	}
	return Commit{First: first, Recorded: recorded, Data: data, count: len(records)}
}

// Len is the number of records; O(bytes), at memory speed, and O(1) for a commit that was read.
func (c Commit) Len() int {
	if c.count > 0 {
		return c.count
	}
	n := bytes.Count(c.Data, []byte{'\n'})
	if len(c.Data) > 0 && c.Data[len(c.Data)-1] != '\n' {
		n++
	}
	return n
}

// Last is the sequence of the last record; First-1 for an empty commit.
func (c Commit) Last() events.Seq { return c.First + events.Seq(c.Len()) - 1 }

// Records yields the records in order, without their line feeds. They share memory with Data.
func (c Commit) Records() iter.Seq[events.Record] {
	return func(yield func(events.Record) bool) {
		for rest := c.Data; len(rest) > 0; {
			line, after := cutLine(rest)
			if !yield(events.Record(line[:len(line):len(line)])) {
				return
			}
			rest = after
		}
	}
}

// cutLine splits data after its first line; the line comes without its line feed.
func cutLine(data []byte) (line, rest []byte) {
	i := bytes.IndexByte(data, '\n')
	if i < 0 {
		return data, nil
	}
	return data[:i], data[i+1:]
}

// After is the commit without the records up to and including seq after; O(bytes dropped).
func (c Commit) After(after events.Seq) Commit {
	for c.First <= after && len(c.Data) > 0 {
		_, c.Data = cutLine(c.Data)
		c.First++
		c.count = max(c.count-1, 0) // 0: it is counted again
	}
	return c
}

// upTo is the commit without the records after seq last.
func (c Commit) upTo(last events.Seq) Commit {
	rest, size := c.Data, 0
	for seq := c.First; seq <= last && len(rest) > 0; seq++ {
		_, rest = cutLine(rest)
		size = len(c.Data) - len(rest)
	}
	c.Data, c.count = c.Data[:size:size], 0
	return c
}

// Check says what keeps the commit from being stored: no records, an empty line, a line feed within a record, a limit (ErrTooBig), a time that is
// not whole milliseconds.
func (c Commit) Check() error {
	n := Commit{Data: c.Data}.Len()
	switch {
	case c.First == 0:
		return fmt.Errorf("%w: sequences start at 1", ErrRefused)
	case len(c.Data) == 0:
		return fmt.Errorf("%w: a commit holds at least one record", ErrRefused)
	case n > events.MaxCommitEvents || len(c.Data) > events.MaxCommitBytes:
		return fmt.Errorf("%w: %d events, %d bytes: %w", ErrRefused, n, len(c.Data), ErrTooBig)
	case n != c.Len():
		return fmt.Errorf("%w: a record holds a line feed", ErrRefused)
	case hasEmptyLine(c.Data):
		return fmt.Errorf("%w: an empty line", ErrRefused)
	case !events.Milliseconds(c.Recorded).Equal(c.Recorded):
		return fmt.Errorf("%w: the recorded time %v is not whole milliseconds", ErrRefused, c.Recorded)
	}
	return nil
}

func hasEmptyLine(data []byte) bool {
	return data[0] == '\n' || bytes.Contains(data, []byte("\n\n"))
}

// The headers of a stored commit.
const (
	headerFirstSeq = "First-Seq"
	headerRecorded = "Recorded"
)

// message is a stored commit as the store holds it: the headers are not yet believed.
type message struct {
	streamSeq       uint64
	first, recorded string
	data            []byte
}

func newMessage(c Commit) message {
	return message{
		first:    strconv.FormatUint(uint64(c.First), 10),
		recorded: events.FormatTime(c.Recorded),
		data:     c.Data,
	}
}

// commit reads the message by itself; the error is a *BrokenError that wraps ErrForeign.
func (m message) commit() (Commit, error) {
	foreign := func(format string, args ...any) (Commit, error) {
		return Commit{}, &BrokenError{StreamSeq: m.streamSeq, Reason: fmt.Sprintf(format, args...), Err: ErrForeign}
	}
	first, err := strconv.ParseUint(m.first, 10, 64)
	if err != nil || first == 0 || m.first[0] == '0' || m.first[0] == '+' {
		return foreign("its header %s is %q, not a sequence from 1", headerFirstSeq, m.first)
	}
	recorded, err := events.ParseTime(m.recorded)
	if err != nil {
		return foreign("its header %s: %v", headerRecorded, err)
	}
	if len(m.data) == 0 {
		return foreign("it holds no records")
	}
	if hasEmptyLine(m.data) {
		return foreign("it holds an empty line")
	}
	if len(m.data) > events.MaxCommitBytes {
		return foreign("it has %d bytes; a commit has at most %d", len(m.data), events.MaxCommitBytes)
	}
	c := Commit{First: events.Seq(first), Recorded: recorded, Data: m.data}
	if c.count = c.Len(); c.count > events.MaxCommitEvents {
		return foreign("it holds %d records; a commit holds at most %d", c.count, events.MaxCommitEvents)
	}
	return c, nil
}

// chain checks that commits follow one another. Its zero value stands before the first.
type chain struct {
	last     events.Seq
	recorded time.Time
}

// next reads the message that follows; the error is a *BrokenError and leaves the chain as it was.
func (p *chain) next(m message) (Commit, error) {
	c, err := m.commit()
	if err != nil {
		if broken, ok := err.(*BrokenError); ok {
			broken.Seq = p.last + 1
		}
		return c, err
	}
	switch {
	case c.First > p.last+1:
		return c, &BrokenError{p.last + 1, m.streamSeq,
			fmt.Sprintf("after event %d comes event %d", p.last, c.First), ErrGap}
	case c.First <= p.last:
		return c, &BrokenError{p.last + 1, m.streamSeq,
			fmt.Sprintf("after event %d comes event %d again", p.last, c.First), ErrForeign}
	case c.Recorded.Before(p.recorded):
		return c, &BrokenError{c.First, m.streamSeq, fmt.Sprintf("it was recorded at %s, before its predecessor at %s",
			events.FormatTime(c.Recorded), events.FormatTime(p.recorded)), ErrForeign}
	}
	p.last, p.recorded = c.Last(), c.Recorded
	return c, nil
}
