package backup

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"campaignledger/events"
)

// ErrDamaged: the file is not a whole backup, as it was written.
var ErrDamaged = errors.New("the backup is damaged or cut off; use another one")

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w (%s)", ErrDamaged, fmt.Sprintf(format, args...))
}

// Reader reads a backup. What it gives is believed only once Next has said io.EOF: then every byte was covered by the sum.
type Reader struct {
	Header   Header
	Manifest Manifest // once Next has said io.EOF
	Sum      string   // of the file, hex, then

	in     *bufio.Reader
	sum    hash.Hash
	body   *io.LimitedReader // of the part under way
	counts Counts
	order  int
}

// NewReader begins to read a backup.
func NewReader(r io.Reader) (*Reader, error) {
	const buffered = 256 << 10
	b := &Reader{in: bufio.NewReaderSize(r, buffered), sum: sha256.New()}
	head := make([]byte, len(magic))
	n, err := io.ReadFull(b.in, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		if n > 0 && strings.HasPrefix(magic, string(head[:n])) {
			return nil, damaged("it ends too early")
		}
	} else if err != nil {
		return nil, err
	}
	if err != nil || string(head) != magic {
		return nil, fmt.Errorf("this is no backup of a campaign, or one of a version that this program does not know: its first line is not %q", magic[:len(magic)-1])
	}
	b.sum.Write(head)
	if err := b.line(&b.Header); err != nil {
		return nil, err
	}
	h := b.Header
	_, keyErr := events.ParsePublicKey(h.Key)
	_, madeErr := events.ParseTime(h.Made)
	if !events.ValidID(h.Campaign) || !isHash(h.Genesis) || keyErr != nil || madeErr != nil || len(h.Program) > maxProgramBytes {
		return nil, damaged("its header says nothing that makes sense")
	}
	return b, nil
}

// isHash reports whether s is 64 lower-case hex digits.
func isHash(s string) bool {
	sum, err := hex.DecodeString(s)
	return err == nil && len(sum) == sha256.Size && hex.EncodeToString(sum) == s
}

// text reads a line without its line feed. It is not summed.
func (r *Reader) text() ([]byte, error) {
	var line []byte
	for {
		piece, err := r.in.ReadSlice('\n')
		if line = append(line, piece...); len(line) > maxLineBytes {
			return nil, damaged("a line has more than %d bytes", maxLineBytes)
		}
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return nil, damaged("it ends too early")
		default:
			return nil, err
		}
	}
}

// line reads a line of JSON, of the one form that v has.
func (r *Reader) line(v any) error {
	text, err := r.text()
	if err != nil {
		return err
	}
	if err := canonical(text, v); err != nil {
		return err
	}
	r.sum.Write(append(text, '\n'))
	return nil
}

// canonical reads JSON of the one form that v has.
func canonical(text []byte, v any) error {
	if err := json.Unmarshal(text, v); err != nil {
		return damaged("%v", err)
	}
	if again, err := json.Marshal(v); err != nil || !bytes.Equal(again, text) {
		return damaged("a line is not of the form that this program writes")
	}
	return nil
}

// Next is the next part and its bytes, which are to be read before Next is called again; io.EOF at the end of a whole backup. Errors: ErrDamaged, or
// that of the file.
func (r *Reader) Next() (p Part, body io.Reader, err error) {
	if err := r.finish(); err != nil {
		return p, nil, err
	}
	if err := r.line(&p); err != nil {
		return p, nil, err
	}
	at, most := rank(p.Part)
	if at < r.order || p.Bytes < 0 || p.Bytes > most {
		return p, nil, damaged("a part %.40q of %d bytes does not belong here", p.Part, p.Bytes)
	}
	r.order = at
	if p.Part == manifest {
		return p, nil, r.end(p.Bytes)
	}
	if err := p.check(); err != nil {
		return p, nil, err
	}
	r.counts.count(p.Part)
	r.body = &io.LimitedReader{R: io.TeeReader(r.in, r.sum), N: p.Bytes}
	return p, r.body, nil
}

// check holds what a part says of itself against its kind.
func (p Part) check() error {
	_, timeErr := events.ParseTime(p.Recorded)
	ok := (p.Part == Commit) == (p.First > 0 && timeErr == nil) && (p.Part == Evidence) == (p.File != nil) && (p.Part == Text || p.Part == Erased) == (p.Text != nil)
	ok = ok && (p.File == nil || isHash(p.File.SHA256) && p.File.Size == p.Bytes) && (p.Text == nil || isHash(p.Text.Hash) && (p.Part == Erased) == (p.Text.Salt == ""))
	if !ok {
		return damaged("a part %s says nothing that makes sense of itself", p.Part)
	}
	return nil
}

// finish reads what is left of the part under way.
func (r *Reader) finish() error {
	if r.body == nil {
		return nil
	}
	if _, err := io.Copy(io.Discard, r.body); err != nil {
		return err
	}
	if r.body.N > 0 {
		return damaged("it ends too early")
	}
	r.body = nil
	return r.lineFeed()
}

func (r *Reader) lineFeed() error {
	switch b, err := r.in.ReadByte(); {
	case errors.Is(err, io.EOF):
		return damaged("it ends too early")
	case err != nil:
		return err
	case b != '\n':
		return damaged("a part is not as long as it says")
	}
	r.sum.Write([]byte{'\n'})
	return nil
}

// end reads the manifest and the sum. Its error is io.EOF where all is as it was written.
func (r *Reader) end(size int64) error {
	text := make([]byte, size)
	if _, err := io.ReadFull(r.in, text); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged("it ends too early")
	} else if err != nil {
		return err
	}
	if err := canonical(text, &r.Manifest); err != nil {
		return err
	}
	r.sum.Write(text)
	if err := r.lineFeed(); err != nil {
		return err
	}
	sum := hex.EncodeToString(r.sum.Sum(nil))
	last, err := r.text()
	if err != nil {
		return err
	}
	m := r.Manifest
	_, err = r.in.ReadByte()
	switch {
	case string(last) != sumPrefix+sum:
		return damaged("its SHA-256 is %s, and its last line says %.80q", sum, last)
	case err == nil:
		return damaged("something comes after its end")
	case !errors.Is(err, io.EOF):
		return err
	case m.Counts != r.counts || m.Seq < 1 || m.Counts.Commits < 1 || !isHash(m.Root) || !isHash(m.Standings) || !isHash(m.Awards):
		return damaged("it does not hold what it says that it holds")
	}
	r.Sum = sum
	return io.EOF
}
