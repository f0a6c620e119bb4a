package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"campaignledger/cmd/internal/durable"
	"campaignledger/ledger/proof"
)

// checkpointsDir has a file <campaign>.txt for each campaign: every checkpoint that this directory has seen, one signed note after the other.
// It guards against a log and a stream of checkpoints that were rolled back together.
const checkpointsDir = "checkpoints"

// maxCheckpointFile bounds what is read of such a file: some 3 million checkpoints.
const maxCheckpointFile = 1 << 30

// checkpointFile appends notes to a campaign's file.
type checkpointFile string

func newCheckpointFile(dir, campaign string) checkpointFile {
	return checkpointFile(filepath.Join(dir, checkpointsDir, campaign+".txt"))
}

// read gives the notes of the file; none where there is no file. A last note that a crash cut off is left out.
func (f checkpointFile) read() ([][]byte, error) {
	info, err := os.Stat(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && info.Size() > maxCheckpointFile {
		err = fmt.Errorf("it has more than %d bytes", maxCheckpointFile)
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(string(f))
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

// append adds notes, which stand one after the other, and returns when they are durable. What a crash cut off before it is cut off for good.
func (f checkpointFile) append(note []byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(string(f)), 0o700); err != nil {
		return fmt.Errorf("keep the checkpoint: %w", err)
	}
	file, err := os.OpenFile(string(f), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("keep the checkpoint: %w", err)
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			err = fmt.Errorf("keep the checkpoint: %w", err)
		}
	}()
	end, err := wholeLength(file)
	if err != nil {
		return err
	}
	if err := file.Truncate(end); err != nil {
		return err
	}
	if _, err := file.WriteAt(note, end); err != nil {
		return err
	}
	if err := file.Sync(); err != nil || end > 0 {
		return err
	}
	return durable.SyncDir(filepath.Dir(string(f))) // the file is new
}

// wholeLength is the length of the file without a last note that was cut off.
func wholeLength(file *os.File) (int64, error) {
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	tail := make([]byte, min(info.Size(), 2*proof.MaxNoteBytes))
	if _, err := file.ReadAt(tail, info.Size()-int64(len(tail))); err != nil && len(tail) > 0 {
		return 0, err
	}
	notes := proof.SplitNotes(tail)
	if n := len(notes); n > 0 && !proof.IsWhole(notes[n-1]) {
		return info.Size() - int64(len(notes[n-1])), nil
	}
	return info.Size(), nil
}
