package ledger_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/ledger/proof"
)

// leavesOf are the leaf hashes of the good records of what a store holds, worked out without the ledger.
func leavesOf(t *testing.T, store ledger.Store, good events.Seq) (list []proof.Hash) {
	t.Helper()
	for c, err := range store.Read(t.Context(), 0, false) {
		if err != nil {
			break // what follows is not good
		}
		for record := range c.Records() {
			if events.Seq(len(list)) < good {
				list = append(list, events.LeafHash(bytes.Clone(record), c.Recorded))
			}
		}
	}
	if events.Seq(len(list)) != good {
		t.Fatalf("%d leaves, want %d", len(list), good)
	}
	return list
}

// rootOf is the root of a tree over leaves.
func rootOf(leaves []proof.Hash) proof.Hash {
	tree := proof.NewTree()
	tree.Append(leaves...)
	_, root := tree.Head()
	return root
}

// expectTree checks that a tree has exactly the good events of the store.
func expectTree(t *testing.T, tree *proof.Tree, store ledger.Store, good events.Seq) {
	t.Helper()
	size, root := tree.Head()
	if want := rootOf(leavesOf(t, store, good)); size != uint64(good) || root != want {
		t.Errorf("the tree has %d leaves and root %v, want %d and %v", size, root, good, want)
	}
}

func withTree(tree *proof.Tree, signed ...proof.Head) func(*ledger.Config) {
	return func(cfg *ledger.Config) { cfg.Tree, cfg.Signed = tree, signed }
}

// TestTreeFollows: after every append, and after a replay, the tree is one over the stored leaves, whatever the store does and whoever writes.
func TestTreeFollows(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]ledger.Fault{
		"good":     nil,
		"unclear":  {ledger.FaultUnclearStored, ledger.FaultUnclearLost, ledger.FaultDown, ledger.FaultUnclearStored},
		"refusing": {ledger.FaultNone, ledger.FaultUnclearStored},
	} {
		for _, alone := range []bool{true, false} {
			t.Run(fmt.Sprint(name, " ", alone), func(t *testing.T) {
				t.Parallel()
				store, tree := ledger.NewMemory(), proof.NewTree()
				l, _ := openLedger(t, store, withTree(tree), func(cfg *ledger.Config) { cfg.Exclusive = alone })
				store.FailAppends(faults...)
				for i := range events.Seq(6) {
					mustAppend(t, l, proposal(t, score("a")), proposal(t, score("b")), events.Proposal{Draft: score("c")})
					expectTree(t, tree, store, 3*(i+1))
				}
				l.Close()
				again := proof.NewTree()
				openLedger(t, store, withTree(again))
				expectTree(t, again, store, 18)
			})
		}
	}
}

// TestTreeOfMany: a replay in several batches hashes each leaf in its place.
func TestTreeOfMany(t *testing.T) {
	t.Parallel()
	store := ledger.NewMemory()
	l, _ := openLedger(t, store, exclusive)
	const n = 2500
	appendGroups(t, l, groups(t, n))
	mustAppend(t, l, proposal(t, score("last")))
	l.Close()
	tree := proof.NewTree()
	openLedger(t, store, withTree(tree))
	expectTree(t, tree, store, n+1)
}

// TestTreeBeforeReaders: whoever sees an event finds its leaf in the tree.
func TestTreeBeforeReaders(t *testing.T) {
	t.Parallel()
	store, tree := ledger.NewMemory(), proof.NewTree()
	l, _ := openLedger(t, store, withTree(tree), func(cfg *ledger.Config) {
		cfg.AfterCommit = func(list []events.Event) {
			if size := tree.Size(); size < uint64(list[len(list)-1].Seq) {
				t.Errorf("AfterCommit sees event %d, the tree %d", list[len(list)-1].Seq, size)
			}
		}
	})
	var running sync.WaitGroup
	const n = 50
	running.Go(func() {
		for seq := range events.Seq(n) {
			if err := l.Wait(t.Context(), seq+1); err != nil || tree.Size() < uint64(seq+1) {
				t.Errorf("event %d is there, and the tree has %d leaves (%v)", seq+1, tree.Size(), err)
			}
		}
	})
	for range n {
		mustAppend(t, l, proposal(t, score("x")))
	}
	running.Wait()
}

// TestTreesOfTwo: two ledgers that write to one store, and conflict, have the same tree.
func TestTreesOfTwo(t *testing.T) {
	t.Parallel()
	store := ledger.NewMemory()
	var ledgers [2]*ledger.Ledger
	var trees [2]*proof.Tree
	for i := range ledgers {
		trees[i] = proof.NewTree()
		ledgers[i], _ = openLedger(t, store, withTree(trees[i]))
	}
	const each = 30
	var running sync.WaitGroup
	for _, l := range ledgers {
		running.Go(func() {
			for range each {
				if _, err := l.Append(t.Context(), proposal(t, score("a")), proposal(t, score("b"))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	for i, l := range ledgers {
		if err := l.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		expectTree(t, trees[i], store, 4*each)
	}
}

// TestTreeOfBadCommit: of a commit whose second record is bad the tree has the first, and at no moment does the ledger say that it is well
// while the tree ends there.
func TestTreeOfBadCommit(t *testing.T) {
	t.Parallel()
	store := writeSigned(t, 2, 3)
	gate, _ := signedGate()
	tree := proof.NewTree()
	l, _ := openLedger(t, store, withGate(gate), withTree(tree))
	forge(t, store)
	if err := l.Wait(t.Context(), 8); err != nil || l.Broken() == nil {
		t.Errorf("at event 8, in the middle of the bad commit: %v, broken by %v", err, l.Broken())
	}
	expectTree(t, tree, store, 8)
	again, _ := signedGate()
	replayed := proof.NewTree()
	l, _ = openLedger(t, store, withGate(again), withTree(replayed))
	expectReadOnly(t, l, 8, ledger.ErrNotAdmitted)
	expectTree(t, replayed, store, 8)
}

// headsAt are the heads that an honest server signs of a store's log at sizes.
func headsAt(t *testing.T, store ledger.Store, all events.Seq, sizes ...uint64) (heads []proof.Head) {
	t.Helper()
	list := leavesOf(t, store, all)
	for _, size := range sizes {
		heads = append(heads, proof.Head{Size: size, Root: rootOf(list[:size])})
	}
	return heads
}

// TestSignedHolds: a log that holds all that was signed is good, also where a head ends within a commit or a batch.
func TestSignedHolds(t *testing.T) {
	t.Parallel()
	store := ledger.NewMemory()
	l, _ := openLedger(t, store, exclusive)
	const n = 1500
	appendGroups(t, l, groups(t, n))
	l.Close()
	tree := proof.NewTree()
	l, _ = openLedger(t, store, withTree(tree, headsAt(t, store, n, 1, 2, 499, 500, 501, 512, 1024, 1025, n)...))
	if err := l.Broken(); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, l, proposal(t, score("on it goes")))
	expectTree(t, tree, store, n+1)
}

// TestSignedIsMissing: a log that is shorter than what was signed, or another, is read-only, and the error says where.
func TestSignedIsMissing(t *testing.T) {
	t.Parallel()
	store := writeMemory(t) // three commits of two events
	good := headsAt(t, store, 6, 2, 4, 6)
	wrong := func(i int) []proof.Head {
		heads := append([]proof.Head(nil), good...)
		heads[i].Root[0] ^= 1
		return heads
	}
	for name, test := range map[string]struct {
		signed  []proof.Head
		applied events.Seq
		seq     events.Seq
		want    error
	}{
		"shorter":         {append(good[:3:3], proof.Head{Size: 7, Root: good[0].Root}), 6, 7, ledger.ErrRollback},
		"far shorter":     {[]proof.Head{{Size: 1 << 40}}, 6, 7, ledger.ErrRollback},
		"first":           {wrong(0), 2, 2, ledger.ErrForked},
		"middle":          {wrong(1), 4, 4, ledger.ErrForked},
		"last":            {wrong(2), 6, 6, ledger.ErrForked},
		"within a commit": {[]proof.Head{{Size: 3, Root: good[0].Root}}, 4, 3, ledger.ErrForked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree := proof.NewTree()
			l, _ := openLedger(t, store, withTree(tree, test.signed...))
			expectReadOnly(t, l, test.applied, test.want)
			expectTree(t, tree, store, test.applied)
			if broken := new(ledger.BrokenError); !errors.As(l.Broken(), &broken) || broken.Seq != test.seq {
				t.Errorf("broken by %v, want event %d", l.Broken(), test.seq)
			}
		})
	}
}

// TestSignedOfEmptyLog: a log that was signed and has nothing any more.
func TestSignedOfEmptyLog(t *testing.T) {
	t.Parallel()
	l, _ := openLedger(t, ledger.NewMemory(), withTree(proof.NewTree(), proof.Head{Size: 1}))
	expectReadOnly(t, l, 0, ledger.ErrRollback)
}

// TestSignedWithoutTree: what was signed can't be compared without a tree, and is not passed over.
func TestSignedWithoutTree(t *testing.T) {
	t.Parallel()
	_, err := ledger.Open(t.Context(), ledger.Config{Campaign: campaign, Store: ledger.NewMemory(), Gate: newGate(), Signed: []proof.Head{{Size: 1}}})
	if err == nil {
		t.Error("a ledger without a tree says nothing of what was signed")
	}
}

// TestBreak: what is found outside of the ledger makes it read-only, once; the first reason stays.
func TestBreak(t *testing.T) {
	t.Parallel()
	l, _ := openLedger(t, ledger.NewMemory())
	mustAppend(t, l, proposal(t, score("a")))
	waiting := make(chan error, 1)
	go func() { waiting <- l.Wait(t.Context(), 2) }()
	l.Break(&ledger.BrokenError{Seq: 1, Err: ledger.ErrForked, Reason: "two checkpoints"})
	l.Break(&ledger.BrokenError{Err: ledger.ErrDrift})
	expectReadOnly(t, l, 1, ledger.ErrForked)
	if err := <-waiting; !errors.Is(err, ledger.ErrReadOnly) {
		t.Errorf("who waits for event 2 hears %v", err)
	}
}

// TestHeads: one head a size, sorted; two roots of one size are a fork.
func TestHeads(t *testing.T) {
	t.Parallel()
	a, b := sha256.Sum256([]byte("a")), sha256.Sum256([]byte("b"))
	heads, err := ledger.Heads([]proof.Head{{Size: 9, Root: b}, {Size: 2, Root: a}, {Size: 9, Root: b}, {Size: 5, Root: a}})
	if err != nil || fmt.Sprint(heads) != fmt.Sprint([]proof.Head{{Size: 2, Root: a}, {Size: 5, Root: a}, {Size: 9, Root: b}}) {
		t.Errorf("%v, %v", heads, err)
	}
	_, err = ledger.Heads([]proof.Head{{Size: 9, Root: b}, {Size: 2, Root: a}, {Size: 9, Root: a}})
	if broken := new(ledger.BrokenError); !errors.As(err, &broken) || !errors.Is(err, ledger.ErrForked) || broken.Seq != 9 {
		t.Errorf("two roots of 9 events: %v", err)
	}
}

// TestClockGoesBack: the leaf has the recorded time, which never decreases though the server's clock does, also over a restart.
func TestClockGoesBack(t *testing.T) {
	t.Parallel()
	store, tree := ledger.NewMemory(), proof.NewTree()
	now := testTime().Add(time.Hour)
	clock := func(cfg *ledger.Config) { cfg.Now = func() time.Time { return now } }
	l, _ := openLedger(t, store, withTree(tree), clock)
	first := mustAppend(t, l, proposal(t, score("a")))[0]
	l.Close()
	now = testTime()
	again := proof.NewTree()
	l, _ = openLedger(t, store, withTree(again, headsAt(t, store, 1, 1)...), clock)
	if second := mustAppend(t, l, proposal(t, score("b")))[0]; second.Recorded.Before(first.Recorded) {
		t.Errorf("recorded %v after %v", second.Recorded, first.Recorded)
	}
	expectTree(t, again, store, 2)
}
