package backup

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"strings"
)

// Writer writes a backup. Its first error is kept: later calls do nothing and give it again.
type Writer struct {
	out    *bufio.Writer
	sum    hash.Hash
	counts Counts
	order  int // the rank of the last part
	err    error
}

// NewWriter begins a backup.
func NewWriter(w io.Writer, h Header) *Writer {
	out := &Writer{sum: sha256.New()}
	const buffered = 256 << 10
	out.out = bufio.NewWriterSize(io.MultiWriter(w, out.sum), buffered)
	_, out.err = out.out.WriteString(magic)
	out.line(h)
	return out
}

func (w *Writer) line(v any) {
	if w.err != nil {
		return
	}
	text, err := json.Marshal(v)
	if err == nil {
		_, err = w.out.Write(append(text, '\n'))
	}
	w.err = err
}

// Write adds a part with its bytes, of which there must be p.Bytes.
func (w *Writer) Write(p Part, r io.Reader) error {
	if w.err != nil {
		return w.err
	}
	at, most := rank(p.Part)
	if at < w.order || p.Bytes < 0 || p.Bytes > most {
		w.err = fmt.Errorf("a part %q of %d bytes does not belong here", p.Part, p.Bytes) // our own bug
		return w.err
	}
	w.order = at
	w.counts.count(p.Part)
	w.line(p)
	if w.err != nil {
		return w.err
	}
	n, err := io.Copy(w.out, io.LimitReader(r, p.Bytes+1))
	switch {
	case err != nil:
		w.err = err
	case n != p.Bytes:
		w.err = fmt.Errorf("a part %q has not the %d bytes that it was said to have", p.Part, p.Bytes)
	default:
		w.err = w.out.WriteByte('\n')
	}
	return w.err
}

// Close writes the manifest, whose counts it fills in, and the sum of all. The file stays the caller's.
func (w *Writer) Close(m Manifest) error {
	m.Counts = w.counts
	text, err := json.Marshal(m)
	if w.err == nil {
		w.err = err
	}
	if err := w.Write(Part{Part: manifest, Bytes: int64(len(text))}, strings.NewReader(string(text))); err != nil {
		return err
	}
	if w.err = w.out.Flush(); w.err != nil { // what comes is not summed
		return w.err
	}
	_, w.err = w.out.WriteString(sumPrefix + hex.EncodeToString(w.sum.Sum(nil)) + "\n")
	if w.err == nil {
		w.err = w.out.Flush()
	}
	return w.err
}

const sumPrefix = "sha256 "
