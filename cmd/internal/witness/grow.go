package witness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

const (
	// maxGrowthBytes bounds what a round takes of events on a signature alone, before their root is checked: many times the largest log known.
	maxGrowthBytes = 4 << 30
	// leastEvents is how many events an answer that breaks off must bring to count as progress, and maxShort how many may bring fewer.
	leastEvents = 500
	maxShort    = 3
)

var (
	errEnough = errors.New("that is all that was wanted")
	errBack   = errors.New("the feed goes back to what was hidden")
)

// growth is what a round fetches. It counts once the signed root says so.
type growth struct {
	w      *Witness
	to     uint64
	edge   *proof.Range
	times  clockRules
	late   *Alarm // of the first event whose recorded time can't be
	bytes  int64
	buffer []byte
}

// grow fetches the events up to a checkpoint and checks them against its root.
func (w *Witness) grow(ctx context.Context, c *proof.Checkpoint) error {
	g := &growth{w: w, to: c.Size, edge: w.edge.Clone(), times: w.times}
	g.times.earliest = w.seen
	before := w.store.place()
	err := g.fetch(ctx)
	if err == nil {
		err = w.store.flush()
	}
	if err == nil {
		switch root := g.edge.Root(); {
		case root != c.Root:
			err = w.changed(c, root)
		case g.late != nil:
			err = w.keepAbout(g.late, c)
		}
	}
	if err != nil {
		return errors.Join(err, w.store.back(before))
	}
	w.edge, w.times, w.head = g.edge, g.times, c
	return nil
}

// fetch asks for events until all are there. An answer that breaks off after much is gone on with.
func (g *growth) fetch(ctx context.Context) error {
	for short := 0; g.edge.Size() < g.to; {
		from := g.edge.Size()
		err := g.request(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if g.edge.Size()-from >= leastEvents && !errors.As(err, new(badFeed)) {
			continue
		}
		if err != nil {
			return err
		}
		if short++; short > maxShort && g.edge.Size() < g.to {
			return fmt.Errorf("the server signed %d events and gives %d", g.to, g.edge.Size())
		}
	}
	return nil
}

// badFeed is a feed that no honest server sends.
type badFeed struct{ error }

func (e badFeed) Unwrap() error { return e.error }

// request asks for events once.
func (g *growth) request(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, longAnswer)
	defer cancel()
	err := g.w.cfg.Server.Events(ctx, g.w.id, events.Seq(g.edge.Size()), false, func(e client.Event, _ []byte) error { return g.take(e) })
	if errors.Is(err, errEnough) || errors.Is(err, errBack) {
		return nil
	}
	return err
}

// take takes the next event.
func (g *growth) take(e client.Event) error {
	next := events.Seq(g.edge.Size()) + 1
	if e.Seq < next {
		return errBack // what comes again is looked at when it is revealed
	}
	l, err := parseLine(e)
	if err == nil && e.Seq != next {
		err = fmt.Errorf("the feed gives event %d where event %d should be", e.Seq, next)
	}
	if err != nil {
		return badFeed{err}
	}
	g.buffer = l.marshal(g.buffer[:0])
	if g.bytes += int64(len(g.buffer)); g.bytes > maxGrowthBytes {
		return badFeed{fmt.Errorf("the server gives more than %d bytes of events at a time: %w", int64(maxGrowthBytes), client.ErrTooMuch)}
	}
	if err := g.w.store.add(&l, g.buffer); err != nil {
		return badFeed{err}
	}
	g.edge.Append(l.leaf)
	if late := g.times.check(l.seq, l.recorded); late != nil && g.late == nil {
		g.late = late
	}
	if g.edge.Size() == g.to {
		return errEnough
	}
	return nil
}

// cursor is a place in what is kept.
type cursor struct {
	seq              events.Seq // of the last event before it
	records, pending int64
}

// walk reads kept lines one after the other: the records, then what waits behind something hidden.
type walk struct {
	s       *store
	at      cursor
	lines   *lineReader
	waiting bool // lines reads the pending file
}

func (s *store) walk(from cursor) *walk {
	return &walk{s: s, at: from, lines: newLineReader(s.records.from(from.records), from.seq+1)}
}

func (w *walk) next() (line, error) {
	l, err := w.lines.read()
	if errors.Is(err, io.EOF) && !w.waiting && w.s.pending != nil {
		w.lines, w.waiting = newLineReader(w.s.pending.from(w.at.pending), w.at.seq+1), true
		l, err = w.lines.read()
	}
	if err != nil {
		return l, err
	}
	w.at.seq = l.seq
	if w.waiting {
		w.at.pending += w.lines.bytes
	} else {
		w.at.records += w.lines.bytes
	}
	w.lines.bytes = 0
	return l, nil
}

// growTree lets the tree grow to a size from what is kept.
func (w *Witness) growTree(to uint64, each func(*line)) error {
	return w.growTreeOn(w.store.walk(w.treeAt), to, each)
}

func (w *Witness) growTreeOn(kept *walk, to uint64, each func(*line)) error {
	for uint64(w.treeAt.seq) < to {
		l, err := kept.next()
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("%w: there are %d events and not %d", errCut, w.treeAt.seq, to)
		}
		if err != nil {
			return damaged(err)
		}
		w.tree.Append(l.leaf)
		w.treeAt = kept.at
		if each != nil {
			each(&l)
		}
	}
	return nil
}

// between checks the checkpoints from the last one up to c, each against the tree at its size, and keeps them all.
func (w *Witness) between(ctx context.Context, c *proof.Checkpoint) error {
	if uint64(w.treeAt.seq) < c.Size {
		ctx, cancel := context.WithTimeout(ctx, longAnswer)
		defer cancel()
		kept, last := w.store.walk(w.treeAt), uint64(0)
		since := max(uint64(w.treeAt.seq), 1) - 1 // the last one again, with the cosignatures that came since
		err := w.cfg.Server.Checkpoints(ctx, w.id, since, func(msg []byte) error {
			b, err := proof.OpenCheckpoint(msg, w.cfg.Policy)
			switch {
			case err != nil:
				return err
			case b.Size <= since || b.Size <= last:
				return fmt.Errorf("the server gives a checkpoint of %d events after one of %d", b.Size, max(since, last))
			case b.Size > c.Size:
				return errEnough // it is from after the question for the newest
			}
			last = b.Size
			return w.oneBetween(kept, b)
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
		if err := w.growTreeOn(kept, c.Size, nil); err != nil {
			return err
		}
	}
	w.note(c)
	return w.store.flush()
}

// oneBetween checks a checkpoint against the tree at its size.
func (w *Witness) oneBetween(kept *walk, b *proof.Checkpoint) error {
	if err := w.growTreeOn(kept, b.Size, nil); err != nil {
		return err
	}
	if _, root := w.tree.Head(); root != b.Root {
		return w.fork(w.head, b)
	}
	w.note(b)
	return nil
}

// note keeps a checkpoint that was found good, or what is new of one.
func (w *Witness) note(c *proof.Checkpoint) {
	if n := w.noted; n != nil && n.Size == c.Size {
		merged := *n
		merged.Cosignatures = slices.Clone(n.Cosignatures)
		if !merged.Merge(c, w.cfg.Policy) {
			c = n
		} else {
			c, w.noted = &merged, nil
		}
	}
	if w.noted == nil || w.noted.Size != c.Size {
		w.store.checkpoints.add(c.Marshal())
		w.noted = c
	}
	if c.Size == w.head.Size {
		w.head = c
	}
}
