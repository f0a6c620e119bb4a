package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
)

// resumed is a log of some events, and what it takes to go on after event at.
type resumed struct {
	server *ledger.Embedded
	mark   ledger.Mark
	leaf   [32]byte
	leaves []proof.Hash // of all events
	at     events.Seq
}

// newResumed stores commits of 1 to 3 events and marks the one that ends with event 6 or later.
func newResumed(t *testing.T) resumed {
	t.Helper()
	r := resumed{server: startServer(t, t.TempDir())}
	store := createStore(t, r.server)
	l, _ := openLedger(t, store, exclusive)
	for i := range 7 {
		var body []events.Proposal
		for range 1 + i%3 {
			body = append(body, proposal(t, score("a")))
		}
		mustAppend(t, l, body...)
		if last, recorded := l.Last(); last >= 6 && r.at == 0 {
			var ok bool
			if r.mark, ok = store.MarkAt(last, recorded); !ok {
				t.Fatalf("event %d has no mark", last)
			}
			r.at = last
		}
	}
	last, _ := l.Last()
	l.Close()
	r.leaves = leavesOf(t, store, last)
	r.leaf = r.leaves[r.at-1]
	return r
}

// open is a fresh handle on the stream.
func (r resumed) open(t *testing.T) *ledger.JetStreamStore {
	t.Helper()
	store, err := newStreams(t, r.server).Open(t.Context(), campaign)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// gate is one at the mark.
func (r resumed) gate(t *testing.T, store ledger.Store) *fakeGate {
	t.Helper()
	gate := newGate()
	decoder := events.NewDecoder()
	for c, err := range store.Read(t.Context(), 0, false) {
		if err != nil {
			t.Fatal(err)
		}
		if c.Last() > r.at {
			break
		}
		list, err := ledger.DecodeCommit(decoder, c, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if err := gate.Admit(e); err != nil {
				t.Fatal(err)
			}
		}
		gate.Commit()
	}
	return gate
}

func (r resumed) tree() *proof.Tree {
	tree := proof.NewTree()
	tree.Append(r.leaves[:r.at]...)
	return tree
}

// TestResume: a ledger that goes on from a mark reads the rest only, and is then like one that read all.
func TestResume(t *testing.T) {
	t.Parallel()
	r := newResumed(t)
	store, gate, tree := r.open(t), r.gate(t, r.open(t)), r.tree()
	if err := store.Resume(t.Context(), r.mark, r.leaf); err != nil {
		t.Fatal(err)
	}
	if err := store.Resume(t.Context(), r.mark, r.leaf); err == nil {
		t.Error("resumed twice")
	}
	var read []events.Seq
	l, _ := openLedger(t, seen{store, &read}, exclusive, withTree(tree), func(cfg *ledger.Config) { cfg.Gate, cfg.From = gate, &r.mark.Start })
	if err := l.Broken(); err != nil {
		t.Fatal(err)
	}
	if len(read) == 0 || read[0] != r.at+1 {
		t.Errorf("read from events %v on, not from %d", read, r.at+1)
	}
	expectTree(t, tree, store, events.Seq(len(r.leaves)))
	receipts := mustAppend(t, l, proposal(t, score("b")))
	if want := events.Seq(len(r.leaves)) + 1; receipts[0].Seq != want {
		t.Errorf("the next event is %d, not %d", receipts[0].Seq, want)
	}
	seq := events.Seq(0)
	for stored, err := range l.Records(t.Context(), 0, false) { // also what came before the mark
		if err != nil {
			t.Fatal(err)
		}
		if seq++; stored.Seq != seq {
			t.Fatalf("event %d comes as %d", stored.Seq, seq)
		}
	}
	if err := l.Quiet(t.Context(), func(last events.Seq, _ time.Time) error {
		if last != seq {
			t.Errorf("quiet at event %d of %d", last, seq)
		}
		return errors.New("told")
	}); err == nil || err.Error() != "told" {
		t.Errorf("Quiet gives %v", err)
	}
}

// seen notes with which event each read commit begins.
type seen struct {
	ledger.Store
	first *[]events.Seq
}

func (s seen) Read(ctx context.Context, after events.Seq, follow bool) iter.Seq2[ledger.Commit, error] {
	return func(yield func(ledger.Commit, error) bool) {
		for c, err := range s.Store.Read(ctx, after, follow) {
			*s.first = append(*s.first, c.First)
			if !yield(c, err) {
				return
			}
		}
	}
}

// TestResumeRefuses: what was seen or signed before is compared with the tree, and a gate or tree elsewhere is an error.
func TestResumeRefuses(t *testing.T) {
	t.Parallel()
	r := newResumed(t)
	wrong := r.leaf
	wrong[0] ^= 1
	if err := r.open(t).Resume(t.Context(), r.mark, wrong); !errors.Is(err, ledger.ErrMark) {
		t.Errorf("another leaf: %v", err)
	}
	signed := proof.Head{Size: 3, Root: rootOf(r.leaves[:3])}
	forged := proof.Head{Size: 3, Root: rootOf(r.leaves[1:4])}
	later := proof.Head{Size: uint64(r.at) + 1, Root: rootOf(r.leaves[:r.at+1])}
	for name, test := range map[string]struct {
		heads []proof.Head
		seen  ledger.HeadEntry
		want  error
	}{
		"signed":       {heads: []proof.Head{signed, later}, seen: ledger.HeadEntry{Seq: 4, Leaf: r.leaves[3]}},
		"forged":       {heads: []proof.Head{forged}, want: ledger.ErrForked},
		"forged later": {heads: []proof.Head{{Size: later.Size, Root: forged.Root}}, want: ledger.ErrForked},
		"other event":  {seen: ledger.HeadEntry{Seq: 4, Leaf: r.leaves[2]}, want: ledger.ErrRollback},
		"beyond":       {seen: ledger.HeadEntry{Seq: events.Seq(len(r.leaves)) + 1}, want: ledger.ErrRollback},
	} {
		t.Run(name, func(t *testing.T) {
			store := r.open(t)
			if err := store.Resume(t.Context(), r.mark, r.leaf); err != nil {
				t.Fatal(err)
			}
			head, err := ledger.OpenHead(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer head.Close()
			if test.seen.Seq > 0 {
				head.Note(campaign, test.seen.Seq, test.seen.Leaf)
			}
			l, _ := openLedger(t, store, exclusive, withTree(r.tree(), test.heads...), func(cfg *ledger.Config) {
				cfg.Gate, cfg.From, cfg.Head = r.gate(t, r.open(t)), &r.mark.Start, head
			})
			if err := l.Broken(); !errors.Is(err, test.want) || test.want == nil && err != nil {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := ledger.Open(t.Context(), ledger.Config{Campaign: campaign, Store: r.open(t), Gate: newGate(), Tree: r.tree(), From: &r.mark.Start}); err == nil {
		t.Error("an empty gate was resumed")
	}
}

// TestMarks: a mark reads back as it was, and no other bytes are one.
func TestMarks(t *testing.T) {
	t.Parallel()
	r := newResumed(t)
	data, err := r.mark.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	mark, err := ledger.ParseMark(data)
	if err != nil || mark.Start != r.mark.Start {
		t.Fatalf("%+v, %v", mark, err)
	}
	if again, err := mark.AppendBinary(nil); err != nil || !bytes.Equal(again, data) {
		t.Errorf("%x, not %x; %v", again, data, err)
	}
	for cut := range len(data) {
		if _, err := ledger.ParseMark(data[:cut]); !errors.Is(err, ledger.ErrMark) {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
	if _, err := ledger.ParseMark(append(data, 1)); !errors.Is(err, ledger.ErrMark) {
		t.Errorf("a byte more: %v", err)
	}
	store := r.open(t)
	if _, ok := store.MarkAt(r.at, r.mark.Recorded); ok {
		t.Error("a store that read nothing has a mark")
	}
}

// TestHeadIsTriedAgain: what could not be written once is, as soon as that is possible, without any news.
func TestHeadIsTriedAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h, err := ledger.OpenHead(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	stands := filepath.Join(dir, "head") // in the way of the file
	if err := os.MkdirAll(filepath.Join(stands, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	h.Note("small", 1, [32]byte{1})
	waitFor(t, func() bool { return h.Err() != nil })
	if err := os.RemoveAll(stands); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool {
		info, err := os.Stat(stands)
		return err == nil && info.Mode().IsRegular() && h.Err() == nil
	})
}

// TestMarkBehindAnotherWriter: who asked for the end of a log that another grew, and then read up to it, knows where every commit stands.
func TestMarkBehindAnotherWriter(t *testing.T) {
	t.Parallel()
	server := startServer(t, t.TempDir())
	store := createStore(t, server)
	other, err := newStreams(t, server).Open(t.Context(), campaign)
	if err != nil {
		t.Fatal(err)
	}
	at := time.UnixMilli(1_500_000_000_000).UTC()
	if err := store.Append(t.Context(), ledger.NewCommit(1, at, []events.Record{[]byte("x")})); err != nil {
		t.Fatal(err)
	}
	for first := events.Seq(2); first <= 8; first += 2 {
		if err := other.Append(t.Context(), ledger.NewCommit(first, at, []events.Record{[]byte("y"), []byte("z")})); err != nil {
			t.Fatal(err)
		}
	}
	if last, err := store.Last(t.Context()); err != nil || last != 9 {
		t.Fatalf("%d, %v", last, err)
	}
	for _, err := range store.Read(t.Context(), 1, false) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, end := range []events.Seq{1, 3, 5, 7, 9} {
		if _, ok := store.MarkAt(end, at); !ok {
			t.Errorf("event %d has no mark", end)
		}
	}
	for _, middle := range []events.Seq{2, 8} {
		if _, ok := store.MarkAt(middle, at); ok {
			t.Errorf("event %d, within a commit, has a mark", middle)
		}
	}
}
