package witness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
)

// reveal asks for what was hidden. Where the first of it may be seen now, all that follows is compared with what was kept, and what stands before
// the next hidden one goes over to the records.
func (w *Witness) reveal(ctx context.Context) error {
	if w.store.pending == nil || !w.covering {
		w.covering = false
		return nil
	}
	first := w.store.last + 1
	r := &revealing{w: w, kept: newLineReader(w.store.pending.from(0), first), first: first, last: events.Seq(w.head.Size)}
	before := w.store.place()
	asking, cancel := context.WithTimeout(ctx, longAnswer)
	defer cancel()
	err := w.cfg.Server.Events(asking, w.id, w.store.last, false, func(e client.Event, _ []byte) error { return r.take(e) })
	switch {
	case errors.Is(err, errHidden):
		w.covering = false
		return r.drop()
	case errors.Is(err, errEnough):
		return r.done()
	case err == nil:
		err = errors.New("the server's feed breaks off before what it had given already")
	}
	var a *Alarm
	if errors.As(err, &a) {
		err = w.keepAbout(a, w.head)
	}
	// Of the records only what was added here goes; the pending file was not touched.
	w.store.last = before.last
	return errors.Join(err, w.store.records.cutTo(before.records), r.drop())
}

// errHidden: the first hidden event is hidden still.
var errHidden = errors.New("it is hidden still")

// revealing is a comparison of the feed with what was kept.
type revealing struct {
	w      *Witness
	kept   *lineReader
	first  events.Seq // the first hidden event
	last   events.Seq // the last event that was kept
	rest   *tailFile  // what waits behind the next hidden event; nil until there is one
	buffer []byte
}

// take takes the next event of the feed.
func (r *revealing) take(e client.Event) error {
	had, err := r.kept.read()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = errCut
		}
		return damaged(err)
	}
	l, err := parseLine(e)
	if err == nil && l.seq != had.seq {
		err = fmt.Errorf("the feed gives event %d where event %d should be", l.seq, had.seq)
	}
	if err != nil {
		return err
	}
	if l.leaf != had.leaf {
		return &Alarm{Kind: Reveal, Seq: l.seq, Reason: fmt.Sprintf("its leaf was %s and is %s", had.leaf, l.leaf)}
	}
	if !l.recorded.Equal(had.recorded) {
		return &Alarm{Kind: Reveal, Seq: l.seq, Reason: fmt.Sprintf("it was recorded at %s before, and at %s now", events.FormatTime(had.recorded), events.FormatTime(l.recorded))}
	}
	if l.record == nil && l.seq == r.first {
		return errHidden
	}
	if l.record == nil {
		l.record = had.record // seen before
	}
	if err := r.put(&l); err != nil {
		return err
	}
	if l.seq == r.last {
		return errEnough
	}
	return nil
}

// put keeps a line: among the records, or behind the next hidden event.
func (r *revealing) put(l *line) (err error) {
	r.buffer = l.marshal(r.buffer[:0])
	if r.rest == nil && l.record == nil {
		if r.rest, err = openTail(r.w.store.pendingPath(l.seq), 0); err != nil {
			return err
		}
	}
	if r.rest != nil {
		r.rest.add(r.buffer)
		return nil
	}
	r.w.store.records.add(r.buffer)
	r.w.store.last = l.seq
	return nil
}

// drop takes back what was begun.
func (r *revealing) drop() error {
	if r.rest == nil {
		return nil
	}
	return errors.Join(r.rest.Close(), os.Remove(r.rest.file.Name()))
}

// done puts what still waits in the place of what waited.
func (r *revealing) done() error {
	s := r.w.store
	s.old = append(s.old, s.pending.file.Name())
	err := s.pending.Close()
	s.pending = r.rest
	r.w.covering = false
	if err = errors.Join(err, s.flush()); err != nil {
		return err
	}
	r.w.treeAt = cursor{seq: r.last, records: s.records.end}
	if s.pending != nil {
		r.w.treeAt.pending = s.pending.end
	}
	return nil
}
