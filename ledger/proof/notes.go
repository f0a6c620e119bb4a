package proof

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// signatureStart starts each signature line of a note.
var signatureStart = []byte("— ")

// NoteReader parts signed notes that stand one after the other, as SplitNotes does, where they do not fit memory.
type NoteReader struct{ r *bufio.Reader }

// NewNoteReader reads notes from r.
func NewNoteReader(r io.Reader) *NoteReader {
	return &NoteReader{bufio.NewReaderSize(r, MaxNoteBytes)}
}

// Next is the next note, which nobody has checked; io.EOF behind the last. One of more than MaxNoteBytes is cut off, and longer than that, so that it does not open.
func (n *NoteReader) Next() (msg []byte, err error) {
	for signed := false; len(msg) <= MaxNoteBytes; {
		start, _ := n.r.Peek(len(signatureStart)) // an error comes again with the line
		signature := bytes.Equal(start, signatureStart)
		if signed && !signature {
			return msg, nil
		}
		signed = signed || signature
		line, err := n.r.ReadSlice('\n')
		msg = append(msg, line...)
		switch {
		case errors.Is(err, io.EOF) && len(msg) > 0:
			return msg, nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
	return msg, nil
}
