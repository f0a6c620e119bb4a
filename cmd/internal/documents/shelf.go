package documents

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// Limits of a shelf.
const (
	// MaxMaking is how many files are made at a time: each may fold the log, and the workbook of 100,000 events takes 15 s of a core. Who asks for
	// one that is being made waits for it.
	MaxMaking = 2
	// maxKept and maxKeptBytes bound the files that are kept, and maxKeptFile is the largest that is: a hall full of readers asks for the same few.
	maxKept      = 256
	maxKeptBytes = 64 << 20
	maxKeptFile  = 16 << 20
)

// Shelf makes files for readers and keeps the newest. The zero value is ready.
type Shelf struct {
	mu     sync.Mutex
	making map[keptName]chan struct{} // closed when the file is made, or failed
	kept   map[keptName]*File
	order  []keptName // oldest first
	bytes  int
}

// keptName is all that a file is made of.
type keptName struct {
	campaign string
	seq      events.Seq
	Request
}

// Make makes the file that a reader asks for, of what the reader may see, as of at: see host.SeqAsOf. It fails with ledger.ErrBusy where too many
// are being made, with a *host.AsOfError, or with a *papers.OptionError.
func (s *Shelf) Make(ctx context.Context, c *host.Campaign, r host.Reader, at string, q Request) (*File, error) {
	return s.make(ctx, c, r, at, q, func(Kind) bool { return true })
}

// AtHand is the file that a reader asks for if it is kept or, where that is wanted, made of the standings alone; else nil.
func (s *Shelf) AtHand(ctx context.Context, c *host.Campaign, r host.Reader, at string, q Request, cheap bool) (*File, error) {
	return s.make(ctx, c, r, at, q, func(k Kind) bool { return cheap && k.cheap })
}

func (s *Shelf) make(ctx context.Context, c *host.Campaign, r host.Reader, at string, q Request, worthIt func(Kind) bool) (*File, error) {
	k, err := q.kind()
	if err != nil {
		return nil, err
	}
	from := source{campaign: c}
	err = c.Look(ctx, r, func(seen *projections.Live) (err error) {
		if from.seq, err = host.SeqAsOf(seen, at); err != nil || !k.cheap {
			return err
		}
		from.standings, err = c.AsOf(ctx, seen, fmt.Sprint(from.seq))
		return err
	})
	name := keptName{c.ID, from.seq, q}
	if err != nil {
		return nil, err
	}
	f, err := s.findOrTake(ctx, name, worthIt(k))
	if f != nil || err != nil || !worthIt(k) {
		return f, err
	}
	defer s.giveBack(name)
	if from.root, err = c.RootAt(from.seq); err != nil {
		return nil, err
	}
	if !k.cheap {
		if from.live, err = c.Past(ctx, from.seq); err != nil {
			return nil, err
		}
		from.standings = from.live.Standings()
	}
	content, err := from.content(ctx, q)
	if err != nil {
		return nil, err
	}
	f = &File{Name: q.name(k, c.ID, from.seq), Type: k.Type, Seq: from.seq, Genesis: from.standings.Genesis, SHA256: sha256.Sum256(content), Content: content}
	s.keep(name, f)
	return f, nil
}

// findOrTake finds a file that is kept or is being made; where there is none and it is wanted, the caller has one of the places to make it.
func (s *Shelf) findOrTake(ctx context.Context, name keptName, wanted bool) (*File, error) {
	for {
		s.mu.Lock()
		f, under := s.kept[name], s.making[name]
		var err error
		if f == nil && under == nil && wanted {
			err = s.take(name)
		}
		s.mu.Unlock()
		if f != nil || err != nil || under == nil || !wanted {
			return f, err
		}
		select {
		case <-under:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// take takes a place to make a file; mu is held.
func (s *Shelf) take(name keptName) error {
	if len(s.making) >= MaxMaking {
		return fmt.Errorf("%d documents are being made: %w", len(s.making), ledger.ErrBusy)
	}
	if s.making == nil {
		s.making = map[keptName]chan struct{}{}
	}
	s.making[name] = make(chan struct{})
	return nil
}

func (s *Shelf) giveBack(name keptName) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.making[name])
	delete(s.making, name)
}

// keep keeps a file, and drops the oldest where they become too many.
func (s *Shelf) keep(name keptName, f *File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[keptName]*File{}
	}
	if s.kept[name] != nil || len(f.Content) > maxKeptFile {
		return
	}
	s.kept[name], s.order, s.bytes = f, append(s.order, name), s.bytes+len(f.Content)
	for len(s.order) > maxKept || s.bytes > maxKeptBytes {
		s.bytes -= len(s.kept[s.order[0]].Content)
		delete(s.kept, s.order[0])
		s.order = s.order[1:]
	}
}
