package verify

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

const (
	// batchEvents is how many events are handed over at a stretch: enough that handing over costs little, and that all cores have signatures to look at.
	batchEvents = 512
	// batchNotes is the same for checkpoints, each of which has several signatures.
	batchNotes = 128
	// batchesAhead bounds how far reading runs ahead.
	batchesAhead = 3
)

// batch is a run of commits and checkpoints on its way from the reader to the fold. It is used again.
type batch struct {
	parts  []part
	leaves []leaf
	events []events.Event // decoded: all of leaves, or those before the first that is bad
	bad    error          // what is wrong with the record behind events
	notes  []opened
	end    error   // why this batch is the last: io.EOF at the bundle's good end
	claims *claims // of the last batch
}

// part is a commit, or a checkpoint.
type part struct {
	span
	note int // index in notes; -1: a commit
}

// span is where a commit's events stand in a batch.
type span struct{ from, to int }

// leaf is an event as the tree has it.
type leaf struct {
	seq      events.Seq
	recorded time.Time
	record   events.Record
	hash     proof.Hash
}

// opened is a checkpoint that was looked at.
type opened struct {
	msg        []byte
	checkpoint *proof.Checkpoint
	err        error
}

func (b *batch) reset() {
	clear(b.leaves) // so that the records can go
	*b = batch{parts: b.parts[:0], leaves: b.leaves[:0], events: b.events[:0], notes: b.notes[:0]}
}

// read has the bundle read by one goroutine, decoded, hashed and its signatures looked at on all cores by a second one, a batch ahead of the
// fold, which is the caller's.
func (v *verifier) read(ctx context.Context, r *proof.BundleReader) error {
	ctx, cancel := context.WithCancel(ctx)
	p := pipeline{v: v, full: make(chan *batch, batchesAhead), ready: make(chan *batch), free: make(chan *batch, batchesAhead+3), begun: make(chan struct{})}
	for range cap(p.free) {
		p.free <- new(batch)
	}
	go p.readAll(ctx, r) // it ends with its next read where ctx is done; nobody waits for that
	go p.prepareAll(ctx)
	defer cancel()
	for opening := true; ; opening = false {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var b *batch
		select {
		case b = <-p.ready:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		for _, part := range b.parts {
			if part.note >= 0 {
				v.checkpoint(&b.notes[part.note])
			} else {
				v.commit(b, part.span)
			}
		}
		if b.end != nil {
			v.ended(b)
			return nil
		}
		b.reset()
		p.free <- b
		if opening {
			close(p.begun)
		}
	}
}

// ended notes how the bundle ended.
func (v *verifier) ended(b *batch) {
	v.claims = *b.claims
	if !errors.Is(b.end, io.EOF) {
		v.chain.damaged(events.Seq(v.chain.tree.Size()+1), b.end)
	}
}

// pipeline is the way of the batches.
type pipeline struct {
	v                 *verifier
	full, ready, free chan *batch
	begun             chan struct{} // closed once the first batch is folded
}

// readAll reads the bundle and closes full at its end.
func (p *pipeline) readAll(ctx context.Context, r *proof.BundleReader) {
	defer close(p.full)
	said := &claims{}
	b := <-p.free
	for first := true; ; {
		item, err := r.Next()
		switch {
		case err != nil:
			b.end, b.claims = err, said
		case item.Commit != nil:
			b.add(item.Commit)
		case item.Checkpoint != nil:
			b.parts = append(b.parts, part{note: len(b.notes)})
			b.notes = append(b.notes, opened{msg: item.Checkpoint})
		default:
			said.add(item)
		}
		// The first commit goes alone: it makes the members known.
		if full := len(b.leaves) >= batchEvents || len(b.notes) >= batchNotes; err == nil && !full && (!first || len(b.parts) == 0) {
			continue
		}
		first = false
		select {
		case p.full <- b:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
		select {
		case b = <-p.free:
		case <-ctx.Done():
			return
		}
	}
}

// add takes a commit in.
func (b *batch) add(c *proof.BundleCommit) {
	from := len(b.leaves)
	for i, record := range c.Records {
		b.leaves = append(b.leaves, leaf{seq: c.First + events.Seq(i), recorded: c.Recorded, record: record})
	}
	b.parts = append(b.parts, part{span: span{from, len(b.leaves)}, note: -1})
}

// prepareAll does what can be done ahead of the fold. It is one batch ahead, so that the fold knows nearly all members.
func (p *pipeline) prepareAll(ctx context.Context) {
	decoder := events.NewDecoder()
	for b := range p.full {
		if !p.v.fold.halted.Load() {
			b.decode(decoder)
		}
		proof.Parallel(len(b.leaves), func(i int) {
			l := &b.leaves[i]
			l.hash = events.LeafHash(l.record, l.recorded)
			if i < len(b.events) {
				p.v.fold.look(&b.events[i])
			}
		})
		proof.Parallel(len(b.notes), func(i int) {
			n := &b.notes[i]
			n.checkpoint, n.err = proof.OpenCheckpoint(n.msg, p.v.o.Policy)
		})
		select {
		case p.ready <- b:
		case <-ctx.Done():
			return
		}
		select {
		case <-p.begun: // closed from the second batch on
		case <-ctx.Done():
			return
		}
	}
}

// decode decodes the batch's records up to the first that is bad.
func (b *batch) decode(decoder *events.Decoder) {
	for i := range b.leaves {
		l := &b.leaves[i]
		draft, err := decoder.Decode(l.record)
		if err != nil {
			b.bad = err
			return
		}
		b.events = append(b.events, events.Event{Draft: draft, Seq: l.seq, Recorded: l.recorded, Record: l.record})
	}
}

// look does for one event what admission would have to: the leaf of an import's row, and its signature.
func (f *fold) look(e *events.Event) {
	if e.Causation != uuid.Nil {
		e.BatchLeaf = events.BatchLeaf(e.Record)
	}
	if e.Signature != "" {
		start := time.Now()
		f.live.Check(e)
		f.checking.Add(int64(time.Since(start)))
	}
}
