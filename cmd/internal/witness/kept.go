package witness

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/durable"
	"campaignledger/ledger/proof"
)

const (
	// maxKeptTail bounds what is kept of events that do not fit their signature.
	maxKeptTail = 64 << 20
	// maxKept bounds the proofs of one kind and size; the newest has the last number.
	maxKept = 100
)

// keepNotes keeps both notes that an alarm rests on; ours may be nil, and is of the same size as theirs if there is such a one. Both are signed by
// the log.
func (w *Witness) keepNotes(a *Alarm, ours, theirs *proof.Checkpoint) {
	if ours != nil {
		if same := w.keptOf(theirs.Size); same != nil && same.Root != theirs.Root {
			ours = same
		}
		a.Had = ours.Size
		w.keepProof(a, fmt.Sprintf("fork-%d-ours.note", theirs.Size), bytes.NewReader(ours.Marshal()))
	}
	w.keepProof(a, fmt.Sprintf("fork-%d-theirs.note", theirs.Size), bytes.NewReader(theirs.Marshal()))
}

// changed is the alarm that events do not fit the signed root: the notes are kept, and what was given.
func (w *Witness) changed(c *proof.Checkpoint, root proof.Hash) error {
	a := &Alarm{Kind: Changed, Size: c.Size, Reason: fmt.Sprintf("after the %d that were good before their root is %s, and the signed one is %s", w.Size(), root, c.Root)}
	w.keepRecords(a)
	w.keepNotes(a, w.head, c)
	return a
}

// keepRecords names the saved records as part of an alarm's proof, and keeps what the server gave behind them, which the next start cuts off.
func (w *Witness) keepRecords(a *Alarm) {
	s := w.store
	var given []io.Reader
	if s.records.end > s.records.kept {
		given = append(given, s.records.from(s.records.kept))
	}
	if s.pending != nil && s.pending.end > s.pending.kept {
		given = append(given, s.pending.from(s.pending.kept))
	}
	if len(given) > 0 {
		w.keepProof(a, fmt.Sprintf("fork-%d-given.ndjson", a.Size), io.LimitReader(io.MultiReader(given...), maxKeptTail))
	}
	if a.Kept = s.state.Last; a.Kept > 0 {
		a.Files = append(a.Files, s.path(recordsName))
	}
	if s.state.Pending > 0 {
		a.Files = append(a.Files, s.pendingPath(s.state.Last+1))
	}
}

// keepAbout keeps the checkpoint that proves an alarm about one event, and the event as it was given.
func (w *Witness) keepAbout(a *Alarm, c *proof.Checkpoint) error {
	name := fmt.Sprintf("alarm-%s-%d", a.Kind, a.Seq)
	w.keepProof(a, name+".note", bytes.NewReader(c.Marshal()))
	for kept := w.store.walk(cursor{}); ; {
		l, err := kept.next()
		if err != nil {
			return a // the event is not there, and the alarm says enough
		}
		if l.seq == a.Seq {
			w.keepProof(a, name+".ndjson", bytes.NewReader(l.marshal(nil)))
			return a
		}
	}
}

// keepRefused keeps the proof of an event that is not admitted.
func (w *Witness) keepRefused(err error) error {
	var a *Alarm
	if errors.As(err, &a) && a.Kind == Refused {
		return w.keepAbout(a, w.head)
	}
	return err
}

// keepProof puts a file beside those of earlier alarms, unless it is there already; none is replaced. An alarm is raised whether its proof can be
// kept or not.
func (w *Witness) keepProof(a *Alarm, name string, r io.Reader) {
	path, err := w.freePath(name, r)
	if err != nil {
		w.cfg.Log.Error().Err(err).Str("file", name).Msg("the proof of an alarm could not be kept")
		return
	}
	a.Files = append(a.Files, path)
}

func (w *Witness) freePath(name string, r io.Reader) (string, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return "", err
	}
	ext := filepath.Ext(name)
	for n := 1; ; n++ {
		path := w.store.path(name)
		if n > 1 {
			path = w.store.path(fmt.Sprintf("%s-%d%s", name[:len(name)-len(ext)], n, ext))
		}
		had, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) || n == maxKept:
			return path, durable.Replace(path, content)
		case err != nil:
			return "", err
		case bytes.Equal(had, content):
			return path, nil
		}
	}
}

// keptOf is the checkpoint of a size that was kept; nil if there is none.
func (w *Witness) keptOf(size uint64) (found *proof.Checkpoint) {
	if w.store.flush() != nil {
		return nil
	}
	_ = client.EachNote(w.store.checkpoints.from(0), func(msg []byte) error { // what can't be read is not found
		if f := bytes.SplitN(msg, []byte{'\n'}, 3); len(f) < 3 || string(f[1]) != fmt.Sprint(size) {
			return nil
		}
		if c, err := proof.OpenCheckpoint(msg, w.cfg.Policy); err == nil {
			found = c
		}
		return nil
	})
	return found
}
