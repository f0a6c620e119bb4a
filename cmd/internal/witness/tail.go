package witness

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// tailFile is a file that only grows, and of which what counts is stated elsewhere: what was added since can be cut off again.
type tailFile struct {
	file *os.File
	w    *bufio.Writer
	kept int64 // bytes that count
	end  int64 // bytes with what was added since
}

// errCut: a file is shorter than it was.
var errCut = errors.New("the file is shorter than it was, or its end is damaged")

// openTail opens a file of which kept bytes count, and cuts off the rest.
func openTail(path string, kept int64) (*tailFile, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, err
	}
	t := &tailFile{file: file, kept: kept, end: kept}
	info, err := file.Stat()
	if err == nil && info.Size() < kept {
		err = fmt.Errorf("%s: %w", path, errCut)
	}
	if err == nil {
		err = t.cutTo(kept)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return t, nil
}

// cutTo drops what was added behind an offset.
func (t *tailFile) cutTo(offset int64) error {
	t.w, t.end = bufio.NewWriterSize(t.file, bufferBytes), offset // what waits is behind it, or was flushed before
	if err := t.file.Truncate(offset); err != nil {
		return err
	}
	_, err := t.file.Seek(offset, io.SeekStart)
	return err
}

// add appends; the first error stays and shows at flush.
func (t *tailFile) add(parts ...[]byte) {
	for _, p := range parts {
		n, _ := t.w.Write(p)
		t.end += int64(n)
	}
}

// flush lets readers see what was added.
func (t *tailFile) flush() error { return t.w.Flush() }

// sync makes what was added durable; it counts once the state says so.
func (t *tailFile) sync() error {
	if t.end == t.kept {
		return nil
	}
	if err := t.w.Flush(); err != nil {
		return err
	}
	return t.file.Sync()
}

// from reads what was flushed from an offset on.
func (t *tailFile) from(offset int64) io.Reader {
	return io.NewSectionReader(t.file, offset, t.end-offset)
}

// Close gives the file free; what was not flushed is gone.
func (t *tailFile) Close() error { return t.file.Close() }
