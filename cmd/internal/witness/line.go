package witness

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// line is one event as the feed gives it and as it is kept: with its record, or hidden, with its leaf alone.
type line struct {
	seq      events.Seq
	recorded time.Time
	record   events.Record // nil where it is hidden
	leaf     proof.Hash
}

// parseLine reads a line of the feed and computes its leaf where it has a record. Nothing of it is known to be true.
func parseLine(e client.Event) (l line, err error) {
	l.seq = e.Seq
	if l.recorded, err = events.ParseTime(e.Recorded); err != nil {
		return l, fmt.Errorf("event %d: its recorded time: %w", e.Seq, err)
	}
	switch {
	case (e.Leaf == "") == (len(e.Record) == 0):
		return l, fmt.Errorf("event %d comes neither with a record nor hidden", e.Seq)
	case e.Leaf == "":
		l.record = events.Record(e.Record)
		l.leaf = events.LeafHash(l.record, l.recorded)
		return l, nil
	}
	if n, err := hex.Decode(l.leaf[:], []byte(e.Leaf[:min(len(e.Leaf), 2*len(l.leaf))])); err != nil || n != len(l.leaf) || hex.EncodeToString(l.leaf[:]) != e.Leaf {
		return l, fmt.Errorf("event %d: its leaf is not a SHA-256 in lower-case hex", e.Seq)
	}
	return l, nil
}

// marshal appends the line as it is kept.
func (l *line) marshal(b []byte) []byte {
	b = strconv.AppendUint(append(b, `{"seq":`...), uint64(l.seq), 10)
	b = append(append(append(b, `,"recorded":"`...), events.FormatTime(l.recorded)...), '"')
	if l.record == nil {
		return append(hex.AppendEncode(append(b, `,"leaf":"`...), l.leaf[:]), "\"}\n"...)
	}
	return append(append(append(b, `,"record":`...), l.record...), "}\n"...)
}

// maxLineBytes bounds a kept line: the largest record and its wrapping.
const maxLineBytes = events.MaxOpeningBytes + 4096

// lineReader reads kept lines one after the other, in constant memory.
type lineReader struct {
	lines *bufio.Scanner
	next  events.Seq
	bytes int64 // of the lines read
}

func newLineReader(r io.Reader, next events.Seq) *lineReader {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, bufferBytes), maxLineBytes)
	return &lineReader{lines: lines, next: next}
}

// read is the next line; io.EOF at the end.
func (r *lineReader) read() (line, error) {
	if !r.lines.Scan() {
		if err := r.lines.Err(); err != nil && !errors.Is(err, bufio.ErrTooLong) {
			return line{}, err
		} else if err != nil {
			return line{}, fmt.Errorf("event %d: %w", r.next, errCut)
		}
		return line{}, io.EOF
	}
	var e client.Event
	err := json.Unmarshal(r.lines.Bytes(), &e)
	var l line
	if err == nil {
		l, err = parseLine(e)
	}
	if err == nil && l.seq != r.next {
		err = fmt.Errorf("event %d stands where event %d should", l.seq, r.next)
	}
	if err != nil {
		return line{}, fmt.Errorf("%w: %w", errCut, err)
	}
	r.next++
	r.bytes += int64(len(r.lines.Bytes())) + 1
	return l, nil
}
