package verify

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
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

// maxKeptBytes bounds a kept file that is read whole: some thousand checkpoints one after the other, or the largest refusal.
const maxKeptBytes = 64 << 20

// keep opens what the auditor kept. What is not what it says it is makes a failed line; what can't be read is an error.
func (v *verifier) keep() error {
	v.watch = newWatch()
	for _, s := range v.o.Against {
		k, err := v.open(s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		v.watch.kept = append(v.watch.kept, k)
	}
	slices.SortStableFunc(v.watch.lodged, func(a, b *keptLodging) int { return a.Time.Compare(b.Time) })
	return nil
}

// errKept is what a file is told that is nothing an auditor keeps.
var errKept = errors.New("it is no checkpoint, receipt, refusal, lodging or bundle by its first line")

// open tells by the first line what a file is.
func (v *verifier) open(s Source) (kept, error) {
	in := &source{r: s.Reader}
	head := make([]byte, len(proof.BundleHeader)+1)
	n, err := io.ReadFull(in, head)
	if in.err != nil {
		return nil, in.err
	}
	all := io.MultiReader(bytes.NewReader(head[:n]), in)
	if err == nil && string(head) == proof.BundleHeader+"\n" {
		return v.openBundle(named(s.Name), all, in), nil
	}
	data, err := io.ReadAll(io.LimitReader(all, maxKeptBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxKeptBytes {
		return nil, fmt.Errorf("it has more than %d MiB", maxKeptBytes>>20)
	}
	first, _, _ := strings.Cut(string(data[:min(len(data), 256)]), "\n")
	switch {
	case first == proof.ReceiptHeader:
		return v.openReceipt(named(s.Name), data), nil
	case first == proof.RefusalHeader:
		return v.openRefusal(named(s.Name), data), nil
	case first == proof.LodgingHeader:
		return v.openLodging(named(s.Name), data), nil
	}
	if _, _, err := proof.ParseOrigin(first); err == nil {
		return v.openNotes(named(s.Name), data), nil
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
	return Line{Status: Failed, Seq: events.Seq(v.chain.tree.Size() + 1), Text: v.say("hồ sơ cũ hơn hoặc sổ đã bị lùi lại: hồ sơ có %s, ở đây biết đến %d", "the bundle is older, or was rolled back: it has %s, while this knows of %d",
		v.events(v.chain.tree.Size()), size)}
}
