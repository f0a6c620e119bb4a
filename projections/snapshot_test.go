package projections

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"campaignledger/events"
)

// snapshotOf is the bytes of a snapshot of l, which has nothing pending.
func snapshotOf(t testing.TB, l *Live) []byte {
	t.Helper()
	s, err := l.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := s.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func thaw(t testing.TB, data []byte) *Live {
	t.Helper()
	l, err := Thaw(data)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestThawedAtEveryCut: what is thawed is what was frozen, writes the same bytes again, and goes on as if nothing had been.
func TestThawedAtEveryCut(t *testing.T) {
	eachStory(t, 40, func(t *testing.T, s *story) { requireThawed(t, s.live, s.list) })
}

func TestThawedSignedAtEveryCut(t *testing.T) {
	eachSignedStory(t, func(t *testing.T, s *signedStory) {
		s.write()
		requireThawed(t, s.live, s.list)
	})
}

// thawEvery: so often the fold is frozen.
const thawEvery = 16

func requireThawed(t *testing.T, whole *Live, list []events.Event) {
	t.Helper()
	going := NewRefold()
	for i := range list {
		admitAll(t, going, list[i:i+1])
		if going.Settle() != nil {
			continue // within a body
		}
		going.Commit()
		if i%thawEvery != 0 && i != len(list)-1 {
			continue
		}
		data := snapshotOf(t, going)
		thawed := thaw(t, data)
		requireSameSigned(t, going, thawed)
		if again := snapshotOf(t, thawed); !bytes.Equal(data, again) {
			t.Fatalf("after event %d: the thawed fold gives another snapshot", i+1)
		}
		if i < len(list)/2 { // and so once more, to the end
			going = thawed
			going.state.trusted = true
		}
	}
	requireSameSigned(t, whole, going)
}

// TestSnapshotStays: a snapshot is of its event, whatever the campaign does while it is written.
func TestSnapshotStays(t *testing.T) {
	eachSignedStory(t, func(t *testing.T, s *signedStory) {
		s.write()
		half := NewRefold()
		cut := 0
		for i := range s.list {
			admitAll(t, half, s.list[i:i+1])
			if half.Settle() != nil {
				continue
			}
			if half.Commit(); i > len(s.list)/2 {
				cut = i + 1
				break
			}
		}
		want := snapshotOf(t, half)
		frozen, err := half.Freeze()
		if err != nil {
			t.Fatal(err)
		}
		for i := cut; i < len(s.list); i++ {
			admitAll(t, half, s.list[i:i+1])
			if half.Settle() == nil {
				half.Commit()
			}
		}
		var got bytes.Buffer
		if _, err := frozen.WriteTo(&got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, got.Bytes()) {
			t.Fatal("the snapshot moved with the campaign")
		}
		requireSameSigned(t, s.live, half)
	})
}

// TestSnapshotInPieces: a log of about as many events as are in one piece or two is thawed as it was frozen, and damage behind the first piece is found.
func TestSnapshotInPieces(t *testing.T) {
	t.Parallel()
	const most = 2*pieceEvents + 1
	list := shape{units: 7, leaves: 40, scorers: 6, leaf: "method: graded, max: 10, aggregate: {method: mean}"}.log(t, events.MarkPoints, most-1)
	going := NewRefold()
	for at, cut := range []int{pieceEvents - 1, pieceEvents, pieceEvents + 1, 2 * pieceEvents, most} {
		done := int(going.state.journal.committed())
		admitAll(t, going, list[done:cut])
		going.Commit()
		frozen, err := going.Freeze()
		if err != nil {
			t.Fatal(err)
		}
		data := snapshotOf(t, going)
		thawed := thaw(t, data)
		again, err := thawed.Freeze()
		if err != nil {
			t.Fatal(err)
		}
		if difference, err := frozen.Difference(again); err != nil || difference != "" {
			t.Errorf("of %d events: %q, %v", cut, difference, err)
		}
		if pieces, want := bytes.Count(data, []byte("\x06events")), cut/pieceEvents+1; pieces != want {
			t.Errorf("%d events are in %d pieces, want %d", cut, pieces, want)
		}
		if at == 0 {
			continue
		}
		last := bytes.LastIndex(data, []byte("\x06events"))
		if _, err := Thaw(append(bytes.Clone(data[:last]), data[bytes.LastIndex(data, []byte("\x07members")):]...)); !errors.Is(err, errSnapshot) {
			t.Errorf("of %d events, without the last piece: %v", cut, err)
		}
	}
}

// TestDamagedSnapshot: bytes that no snapshot has give an error, or other folds; never a panic.
func TestDamagedSnapshot(t *testing.T) {
	seed := uint64(11)
	s := randomStory(seed, 120)
	data := snapshotOf(t, s.live)
	for cut := range len(data) {
		if _, err := Thaw(data[:cut]); !errors.Is(err, errSnapshot) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
	if _, err := Thaw(append(bytes.Clone(data), 0)); !errors.Is(err, errSnapshot) {
		t.Fatalf("a byte more: %v", err)
	}
	random := rand.New(rand.NewPCG(seed, 1))
	for range 2000 {
		damaged := bytes.Clone(data)
		damaged[random.IntN(len(damaged))] ^= byte(1 + random.IntN(255))
		if l, err := Thaw(damaged); err == nil {
			_ = l.Standings()
		}
	}
}

func TestDifferenceOfSnapshots(t *testing.T) {
	s := randomStory(5, 80)
	freeze := func(l *Live) *Snapshot {
		t.Helper()
		f, err := l.Freeze()
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	difference := func(l *Live) string {
		t.Helper()
		text, err := freeze(s.live).Difference(freeze(l))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if text := difference(fold(t, s.list)); text != "" {
		t.Errorf("equal folds differ: %s", text)
	}
	other := fold(t, s.list)
	other.state.journal.own(7).amount++
	if text := difference(other); text != "what is kept of event 7" {
		t.Errorf("got %q", text)
	}
	other = fold(t, s.list)
	other.state.begun.moved++
	if text := difference(other); text != "scalars" {
		t.Errorf("got %q", text)
	}
	if _, err := NewLive().Freeze(); !errors.Is(err, ErrUnsettled) {
		t.Errorf("a campaign that is not open: %v", err)
	}
}

// TestFoldVersion: what the folds keep of known campaigns is what this FoldVersion keeps of them. Where it is not, old snapshots are no good any more:
// raise FoldVersion, and name the digests that the test gives in testdata/snapshots.txt.
func TestFoldVersion(t *testing.T) {
	got := fmt.Sprintf("version %d\n", FoldVersion)
	for seed := range uint64(6) {
		s := randomStory(seed, 150)
		got += fmt.Sprintf("unsigned %d: %x\n", seed, sha256.Sum256(snapshotOf(t, s.live)))
	}
	for seed := range uint64(20) {
		s := newSignedStory(t, seed)
		s.write()
		if _, imported := s.of(events.TypeImportStarted); imported {
			continue // its rows have ids made at random
		}
		got += fmt.Sprintf("signed %d: %x\n", seed, sha256.Sum256(snapshotOf(t, s.live)))
	}
	want, err := os.ReadFile("testdata/snapshots.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the folds keep something else of the same campaigns; see the comment. Now:\n%s", got)
	}
}
