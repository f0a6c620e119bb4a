package host

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"campaignledger/ledger"
	"campaignledger/ledger/proof"
)

// Before a snapshot's place so much is read once more: the recent checkpoints are kept at hand, and what was replaced shows.
const (
	notesAgain     = 256
	noteBytesAgain = 128 << 10
)

// remember notes in a snapshot's head how far the checkpoints were read and compared; nothing while the file lacks some.
func (p *proofs) remember(head *snapshotHead) {
	p.signing.Lock()
	defer p.signing.Unlock()
	info, err := os.Stat(string(p.file))
	if err != nil || len(p.unfiled) > 0 || p.end == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	head.Stream, head.File, head.Foreign = p.end, info.Size(), p.foreign
	if p.quorate != nil {
		head.Quorate = string(p.quorate.Marshal())
	}
}

// readNews reads the notes that came since a snapshot, and a few before them.
func (p *proofs) readNews(ctx context.Context, signed *signedBefore, head *snapshotHead) (err error) {
	again := head.Stream - min(head.Stream, notesAgain)
	if signed.stream, p.end, err = p.kept.After(ctx, again); err != nil {
		return err
	}
	if p.end < head.Stream {
		return &ledger.BrokenError{Err: ledger.ErrRollback, Reason: fmt.Sprintf("the stream of checkpoints had %d messages and has %d", head.Stream, p.end)}
	}
	if signed.file, err = p.file.readEnd(head.File); err != nil {
		return err
	}
	signed.partly = again > 0
	if head.Quorate != "" {
		signed.quorate = []byte(head.Quorate)
	}
	p.unfiled = without(signed.stream[head.Stream-again:], signed.file)
	return nil
}

// readEnd gives the notes behind the file's first size bytes, and some before them; an error if it has become shorter.
func (f checkpointFile) readEnd(size int64) ([][]byte, error) {
	file, err := os.Open(string(f))
	if err != nil {
		return nil, fmt.Errorf("read the kept checkpoints: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil && (info.Size() < size || info.Size()-size > maxCheckpointFile) {
		err = fmt.Errorf("the file had %d bytes and has %d", size, info.Size())
	}
	var data []byte
	if err == nil {
		from := size - min(size, noteBytesAgain)
		data, err = io.ReadAll(io.NewSectionReader(file, from, info.Size()-from))
		if from > 0 { // it may stand within a note
			_, data, _ = bytes.Cut(data, []byte("\n"+proof.OriginPrefix))
			data = append([]byte(proof.OriginPrefix), data...)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read the kept checkpoints: %w", err)
	}
	notes := proof.SplitNotes(data)
	if n := len(notes); n > 0 && !proof.IsWhole(notes[n-1]) {
		notes = notes[:n-1]
	}
	return notes, nil
}
