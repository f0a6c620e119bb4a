package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/nats-io/nats.go/jetstream"
)

// Get opens a held file; errors: ErrNoEvidence. The bytes are checked as they are read: the reader gives the last part, at most 128 KiB,
// only when the SHA-256 of all is right, and ends in ErrEvidenceDamaged instead of io.EOF when it is not. So a damaged file is cut short
// and never whole, but its first parts may be wrong; whoever can't take them back uses Open. ctx holds for the reader, too.
func (e *Evidence) Get(ctx context.Context, sha256 string) (File, io.ReadCloser, error) {
	info, err := e.info(ctx, sha256)
	if err != nil {
		return File{}, nil, err
	}
	f := fileOf(info)
	return f, io.NopCloser(newEvidenceReader(ctx, e, f, info.NUID)), nil
}

// Open reads a held file into a temporary file and checks its SHA-256 before it gives any byte of it; close it after use. Errors:
// ErrNoEvidence, ErrEvidenceDamaged.
func (e *Evidence) Open(ctx context.Context, sha256 string) (File, *Spool, error) {
	f, r, err := e.Get(ctx, sha256)
	if err != nil {
		return File{}, nil, err
	}
	defer r.Close()
	spool, _, err := newSpool(r)
	if err != nil {
		return File{}, nil, err
	}
	return f, spool, nil
}

// check reads a held file and gives ErrEvidenceDamaged if it is not whole.
func (e *Evidence) check(ctx context.Context, sha256 string) error {
	_, r, err := e.Get(ctx, sha256)
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.Copy(io.Discard, r)
	return err
}

// evidenceReader reads the parts of a file one by one, each with a request, so that a slow reader holds nothing at the server.
type evidenceReader struct {
	ctx     context.Context
	stream  jetstream.Stream
	file    File
	subject string // of the parts
	next    uint64 // stream sequence from which on the next part stands
	left    int64  // bytes not yet asked for
	part    []byte // not yet given
	hash    hash.Hash
	err     error
}

func newEvidenceReader(ctx context.Context, e *Evidence, f File, nuid string) *evidenceReader {
	return &evidenceReader{
		ctx: ctx, stream: e.stream, file: f,
		subject: "$O." + e.name + ".C." + nuid,
		next:    1,
		left:    f.Size,
		hash:    sha256.New(),
	}
}

func (r *evidenceReader) Read(p []byte) (int, error) {
	for len(r.part) == 0 && r.err == nil {
		r.part, r.err = r.fetch()
	}
	if len(r.part) == 0 {
		return 0, r.err
	}
	n := copy(p, r.part)
	r.part = r.part[n:]
	return n, nil
}

// fetch is the next part, or io.EOF after the last.
func (r *evidenceReader) fetch() ([]byte, error) {
	if r.left == 0 {
		return nil, r.verdict()
	}
	ctx, cancel := context.WithTimeout(r.ctx, requestTimeout)
	defer cancel()
	msg, err := r.stream.GetMsg(ctx, r.next, jetstream.WithGetMsgSubject(r.subject))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, fmt.Errorf("the last %d bytes of %s are missing: %w", r.left, r.file.SHA256, ErrEvidenceDamaged)
	}
	if err != nil {
		return nil, fmt.Errorf("read the file %s: %w", r.file.SHA256, err)
	}
	r.next = msg.Sequence + 1
	r.left -= int64(len(msg.Data))
	r.hash.Write(msg.Data)
	if r.left > 0 {
		return msg.Data, nil
	}
	if err := r.verdict(); !errors.Is(err, io.EOF) {
		return nil, err
	}
	return msg.Data, nil
}

// verdict is io.EOF if what was read is the file.
func (r *evidenceReader) verdict() error {
	if sum := hex.EncodeToString(r.hash.Sum(nil)); r.left != 0 || sum != r.file.SHA256 {
		return fmt.Errorf("the SHA-256 of %s is now %s: %w", r.file.SHA256, sum, ErrEvidenceDamaged)
	}
	return io.EOF
}

// Spool is a file's bytes in a temporary file, which is gone after Close or with the process.
type Spool struct {
	*io.SectionReader
	file   *os.File
	listed bool // in its directory
}

// newSpool reads all of r and gives its SHA-256. Errors: ErrEvidenceTooBig, or that of r.
func newSpool(r io.Reader) (*Spool, [sha256.Size]byte, error) {
	var sum [sha256.Size]byte
	file, err := os.CreateTemp("", "campaign-evidence-*")
	if err != nil {
		return nil, sum, fmt.Errorf("make a temporary file: %w; is the disk full?", err)
	}
	s := &Spool{file: file}
	s.listed = os.Remove(file.Name()) != nil // so that a crash leaves nothing; where open files can't be removed, Close does it
	digest := sha256.New()
	size, err := io.Copy(io.MultiWriter(file, digest), io.LimitReader(r, MaxEvidenceBytes+1))
	switch {
	case err != nil:
		err = fmt.Errorf("read the file: %w", err)
	case size > MaxEvidenceBytes:
		err = ErrEvidenceTooBig
	}
	if err != nil {
		return nil, sum, errors.Join(err, s.Close())
	}
	s.SectionReader = io.NewSectionReader(file, 0, size)
	digest.Sum(sum[:0])
	return s, sum, nil
}

// Close removes the temporary file.
func (s *Spool) Close() error {
	err := s.file.Close()
	if s.listed {
		err = errors.Join(err, os.Remove(s.file.Name()))
	}
	return err
}
