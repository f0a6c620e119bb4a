package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"campaignledger/events"
)

const (
	// batchEvents is how many events a replay decodes at a stretch, so that handing over costs little.
	batchEvents = 512
	// batchesAhead bounds how far decoding runs ahead of admission.
	batchesAhead = 4
)

// batch is a run of decoded commits. Its events are reused: the gate gets them by value.
type batch struct {
	commits []decoded
	events  []events.Event
	leaves  []leafHash // of the events; nil where nobody wants them
	err     error      // what ended the reading after these commits
}

type decoded struct {
	commit Commit
	from   int // of its first event in the batch's events
	to     int
	err    error // of the record after the last decoded one
}

// replay reads the log, the whole or from the start on, through the gate, decoding on a second goroutine and checking signatures on all cores. A *BrokenError means
// that what stands before it is applied.
func (l *Ledger) replay(ctx context.Context) error {
	head, err := l.checkHeadLength(ctx)
	if err != nil && !errors.Is(err, ErrRollback) {
		return err
	}
	short := err
	if l.cfg.From != nil {
		if err := l.resume(head); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	var decoding sync.WaitGroup
	defer decoding.Wait()
	defer cancel()
	full, checked, free := make(chan *batch, batchesAhead), make(chan *batch), make(chan *batch, batchesAhead+3)
	begun, opening := make(chan struct{}), true
	decoding.Go(func() { l.decodeAll(ctx, full, free) })
	decoding.Go(func() { l.checkAll(ctx, full, checked, begun) })
	for b := range checked {
		for _, d := range b.commits {
			if err := l.replayCommit(d, b, head); err != nil {
				return err
			}
		}
		if b.err != nil {
			return b.err
		}
		b.commits, b.events = b.commits[:0], b.events[:0]
		free <- b
		if opening {
			close(begun)
			opening = false
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := l.leaves.missing(); err != nil {
		return err
	}
	return short
}

// checkHeadLength asks whether the log is as long as this directory has seen it.
func (l *Ledger) checkHeadLength(ctx context.Context) (HeadEntry, error) {
	if l.cfg.Head == nil {
		return HeadEntry{}, nil
	}
	head, ok := l.cfg.Head.Get(l.cfg.Campaign)
	if !ok {
		return HeadEntry{}, nil
	}
	last, err := l.cfg.Store.Last(ctx)
	var broken *BrokenError
	if err == nil && last < head.Seq {
		return head, shorter(last+1, head.Seq)
	}
	if errors.As(err, &broken) {
		return head, nil // the reading finds it too, and the good part with it
	}
	return head, err
}

// decodeAll decodes the log into batches and closes full at its end.
func (l *Ledger) decodeAll(ctx context.Context, full chan<- *batch, free chan *batch) {
	defer close(full)
	for range cap(free) {
		free <- new(batch)
	}
	decoder := events.NewDecoder()
	b := <-free
	after, _ := l.Last()
	for c, err := range l.cfg.Store.Read(ctx, after, false) {
		if err != nil {
			b.err = err
			break
		}
		d := decoded{commit: c, from: len(b.events)}
		b.events, d.err = DecodeCommit(decoder, c, b.events)
		d.to = len(b.events)
		b.commits = append(b.commits, d)
		if d.err != nil {
			break
		}
		if len(b.events) < batchEvents && c.First > 1 { // the first commit goes alone: it makes the members known
			continue
		}
		select {
		case full <- b:
		case <-ctx.Done():
			return
		}
		select {
		case b = <-free:
		case <-ctx.Done():
			return
		}
	}
	select {
	case full <- b:
	case <-ctx.Done():
	}
}

// checkAll has the signatures of one batch checked while the one before is admitted, and closes checked at the end of full. It is no
// further ahead, so that the gate knows nearly all members. begun says that the first batch, which opens the campaign, is applied.
func (l *Ledger) checkAll(ctx context.Context, full <-chan *batch, checked chan<- *batch, begun <-chan struct{}) {
	defer close(checked)
	for b := range full {
		b.leaves = l.leaves.hashAll(b.events, b.leaves)
		l.verifier.stored(b.events)
		select {
		case checked <- b:
		case <-ctx.Done():
			return
		}
		select {
		case <-begun: // closed from the second batch on
		case <-ctx.Done():
			return
		}
	}
}

// DecodeCommit appends the commit's events to list, up to the first record that is not canonical; the error is a *BrokenError.
func DecodeCommit(decoder *events.Decoder, c Commit, list []events.Event) ([]events.Event, error) {
	seq := c.First
	for record := range c.Records() {
		draft, err := decoder.Decode(record)
		if err != nil {
			return list, &BrokenError{Seq: seq, Err: ErrBadRecord, Reason: err.Error()}
		}
		list = append(list, events.Stored(draft, seq, c.Recorded, record))
		seq++
	}
	return list, nil
}

// replayCommit applies one commit, or of a bad one the good records before the first bad one.
func (l *Ledger) replayCommit(d decoded, b *batch, head HeadEntry) error {
	list := b.events[d.from:d.to]
	if head.Seq >= d.commit.First && head.Seq < d.commit.First+events.Seq(len(list)) {
		e := list[head.Seq-d.commit.First]
		if events.LeafHash(e.Record, e.Recorded) != head.Leaf {
			return otherEvent(head.Seq)
		}
	}
	good, err := applyEvents(l.cfg.Gate, l.cfg.Campaign, list)
	if err == nil {
		err = d.err
	}
	if good > 0 {
		if b.leaves != nil {
			if forked := l.leaves.add(b.leaves[d.from : d.from+good]); err == nil {
				err = forked
			}
		}
		commit := d.commit
		if good < commit.Len() {
			commit = commit.upTo(commit.First + events.Seq(good) - 1)
		}
		l.tail.advance(commit, commit.First+events.Seq(good)-1, err)
	}
	return err
}

// applyEvents runs the events of one commit through the gate and commits them, or those before the first that is refused. It
// returns how many it committed; the error is a *BrokenError.
func applyEvents(gate Gate, campaign string, list []events.Event) (int, error) {
	if len(list) == 0 {
		return 0, nil
	}
	for i := range list {
		var err error
		if list[i].Campaign != campaign {
			err = fmt.Errorf("it belongs to campaign %s", list[i].Campaign)
		} else {
			err = gate.Admit(list[i])
		}
		if err != nil {
			gate.Commit()
			return i, &BrokenError{Seq: list[i].Seq, Err: ErrNotAdmitted, Reason: err.Error()}
		}
	}
	if err := gate.Settle(); err != nil {
		gate.Discard()
		return 0, &BrokenError{Seq: list[0].Seq, Err: ErrNotAdmitted, Reason: err.Error()}
	}
	gate.Commit()
	return len(list), nil
}
