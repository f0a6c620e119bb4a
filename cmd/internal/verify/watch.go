package verify

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// kept is something that the auditor kept of the log. It asks the watch for what it needs to see of the bundle.
type kept interface {
	name() string
	line(v *verifier) Line // once the bundle was read
}

// named is the file's name.
type named string

func (n named) name() string { return string(n) }

// watch is who waits for what while the bundle is read once.
type watch struct {
	kept   []kept
	leaves map[events.Seq][]func(*leaf)
	roots  map[uint64][]func(proof.Hash)                            // of the tree of a size
	notes  map[uint64][]func(*proof.Checkpoint)                     // the bundle's own of a size
	older  []*keptBundle                                            // look at each event
	probes map[events.Seq][]func(*fold)                             // right after an event was admitted
	lodged []*keptLodging                                           // by time: before the first event that is recorded later
	ids    map[uuid.UUID][]func(*events.Event)                      // admitted events with an id
	hashes map[string][]func(*events.Event, *events.DocumentIssued) // documents with a hash
}

func newWatch() watch {
	return watch{leaves: map[events.Seq][]func(*leaf){}, roots: map[uint64][]func(proof.Hash){}, notes: map[uint64][]func(*proof.Checkpoint){},
		probes: map[events.Seq][]func(*fold){}, ids: map[uuid.UUID][]func(*events.Event){}, hashes: map[string][]func(*events.Event, *events.DocumentIssued){}}
}

// idle reports whether nobody waits for leaves and roots.
func (w *watch) idle() bool { return len(w.leaves)+len(w.roots)+len(w.older) == 0 }

func (w *watch) event(l *leaf) {
	for _, see := range w.leaves[l.seq] {
		see(l)
	}
	for _, b := range w.older {
		b.event(l)
	}
}

func (w *watch) root(size uint64, root proof.Hash) {
	for _, see := range w.roots[size] {
		see(root)
	}
}

func (w *watch) note(c *proof.Checkpoint) {
	for _, see := range w.notes[c.Size] {
		see(c)
	}
}

func (w *watch) probe(f *fold, seq events.Seq) {
	for _, look := range w.probes[seq] {
		look(f)
	}
}

// lodgings tries what was lodged before a commit that is recorded later.
func (w *watch) lodgings(f *fold, recorded time.Time) {
	for len(w.lodged) > 0 && recorded.After(w.lodged[0].Time) {
		w.lodged[0].try(f)
		w.lodged = w.lodged[1:]
	}
}

func (w *watch) seen(list []events.Event) {
	if len(w.ids) == 0 {
		return
	}
	for i := range list {
		for _, see := range w.ids[list[i].ID] {
			see(&list[i])
		}
	}
}

func (w *watch) issued(e *events.Event, p *events.DocumentIssued) {
	for _, see := range w.hashes[p.SHA256] {
		see(e, p)
	}
}

const (
	// maxKeptBytes bounds a kept file that is read whole: the largest receipt or refusal. See maxNotesBytes for checkpoints.
	maxKeptBytes = 64 << 20
	// keptBytes is how much of a kept file is read at a time, more than a note has.
	keptBytes = 64 << 10
)

// keep opens what the auditor kept. What is not what it says it is makes a failed line; what can't be read is an error.
func (v *verifier) keep() error {
	v.watch = newWatch()
	for _, s := range v.o.Against {
		k, err := v.open(s)
		if err != nil {
			return fmt.Errorf("--against %s: %w", s.Name, err)
		}
		v.watch.kept = append(v.watch.kept, k)
	}
	slices.SortStableFunc(v.watch.lodged, func(a, b *keptLodging) int { return a.Time.Compare(b.Time) })
	return nil
}

// errKept is what a file is told that is nothing an auditor keeps.
var errKept = errors.New("it is no checkpoint, receipt, refusal, lodging or bundle by its first line; leave it out, or give the file as it was kept")

// open tells by the first line what a file is.
func (v *verifier) open(s Source) (kept, error) {
	in := &source{r: s.Reader}
	all := bufio.NewReaderSize(in, keptBytes)
	head, _ := all.Peek(256) // an error comes again
	line, _, _ := bytes.Cut(head, []byte{'\n'})
	first, name := string(line), named(s.Name)
	_, _, notOrigin := proof.ParseOrigin(first)
	switch {
	case in.err != nil:
		return nil, in.err
	case first == proof.BundleHeader:
		return v.openBundle(name, all, in), nil
	case notOrigin == nil:
		return v.openNotes(name, all, in)
	}
	data, err := io.ReadAll(io.LimitReader(all, maxKeptBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxKeptBytes {
		return nil, fmt.Errorf("it has more than %d MiB", maxKeptBytes>>20)
	}
	switch first {
	case proof.ReceiptHeader:
		return v.openReceipt(name, data), nil
	case proof.RefusalHeader:
		return v.openRefusal(name, data), nil
	case proof.LodgingHeader:
		return v.openLodging(name, data), nil
	}
	return nil, errKept
}

// unusable is a kept file that is not what it says it is, or of another log.
type unusable struct {
	named
	text string
}

func (u *unusable) line(*verifier) Line { return Line{Status: Failed, Text: u.text} }

// older is the line of something that knows more events than the bundle has; what can't be read of the bundle may hold them.
func (v *verifier) older(size uint64) Line {
	if !v.whole {
		return v.cut(Against)
	}
	return Line{Status: Failed, Seq: events.Seq(v.chain.tree.Size() + 1), Text: v.say("gói kiểm chứng cũ hơn hoặc sổ đã bị lùi lại: gói kiểm chứng có %s, ở đây biết đến %d", "the bundle is older, or was rolled back: it has %s, while this knows of %d",
		v.events(v.chain.tree.Size()), size)}
}
