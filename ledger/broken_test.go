package ledger_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/events"
	"campaignledger/ledger"
)

// expectReadOnly checks that l is broken for the reason want, has applied good events and takes no more.
func expectReadOnly(t *testing.T, l *ledger.Ledger, good events.Seq, want error) {
	t.Helper()
	err := l.Broken()
	var broken *ledger.BrokenError
	if !errors.Is(err, want) || !errors.Is(err, ledger.ErrReadOnly) || !errors.As(err, &broken) {
		t.Errorf("broken by %v, want %v", err, want)
	}
	if last, _ := l.Last(); last != good {
		t.Errorf("%d events are applied, want %d (%v)", last, good, err)
	}
	if _, err := l.Append(t.Context(), proposal(t, score("late"))); !errors.Is(err, ledger.ErrReadOnly) {
		t.Errorf("append to a broken ledger: %v", err)
	}
	seen := events.Seq(0)
	for e, err := range l.Read(t.Context(), 0) {
		if err != nil {
			t.Errorf("read the good part: %v", err)
			break
		}
		seen = e.Seq
	}
	if seen != good {
		t.Errorf("read to event %d, want %d", seen, good)
	}
}

// writeMemory makes a log of three commits of two events.
func writeMemory(t *testing.T, change ...func(*ledger.Config)) *ledger.Memory {
	t.Helper()
	store := ledger.NewMemory()
	l, _ := openLedger(t, store, change...)
	for range 3 {
		mustAppend(t, l, proposal(t, score("a")), proposal(t, score("b")))
	}
	l.Close()
	return store
}

func TestBrokenAtOpen(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		damage ledger.Damage
		good   events.Seq
		want   error
	}{
		"gap":      {ledger.DamageGap, 2, ledger.ErrGap},
		"rollback": {ledger.DamageRollback, 4, ledger.ErrRollback},
		"foreign":  {ledger.DamageForeign, 6, ledger.ErrForeign},
		"byte":     {ledger.DamageByte, 5, ledger.ErrBadRecord},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			head := openHead(t, t.TempDir())
			store := writeMemory(t, func(cfg *ledger.Config) { cfg.Head = head })
			store.Damage(test.damage)
			l, _ := openLedger(t, store, func(cfg *ledger.Config) { cfg.Head = head })
			expectReadOnly(t, l, test.good, test.want)
		})
	}
}

func TestBrokenWhileOpen(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		damage ledger.Damage
		want   error
	}{
		"rollback": {ledger.DamageRollback, ledger.ErrRollback},
		"foreign":  {ledger.DamageForeign, ledger.ErrForeign},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := writeMemory(t)
			l, _ := openLedger(t, store)
			store.Damage(test.damage)
			waitFor(t, func() bool { return l.Broken() != nil })
			expectReadOnly(t, l, 6, test.want)
		})
	}
}

func TestNotAdmitted(t *testing.T) {
	t.Parallel()
	store := writeMemory(t)
	gate := newGate()
	errRule := errors.New("the campaign is closed")
	gate.rule = func(_ *fakeGate, e events.Event) error {
		if e.Seq == 4 {
			return errRule
		}
		return nil
	}
	l, _ := openLedger(t, store, func(cfg *ledger.Config) { cfg.Gate = gate })
	expectReadOnly(t, l, 3, ledger.ErrNotAdmitted)
	if err := l.Broken(); !strings.Contains(err.Error(), errRule.Error()) {
		t.Errorf("%v does not name the rule", err)
	}
}

func TestOtherCampaignsRecord(t *testing.T) {
	t.Parallel()
	store := writeMemory(t)
	other := score("x")
	other.Campaign = "another"
	c := ledger.NewCommit(7, time.Now().UTC().Truncate(time.Millisecond).Add(time.Hour), []events.Record{encode(t, other)})
	if err := store.Append(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	l, _ := openLedger(t, store)
	expectReadOnly(t, l, 6, ledger.ErrNotAdmitted)
}

func openHead(t *testing.T, dir string) *ledger.Head {
	t.Helper()
	head, err := ledger.OpenHead(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := head.Close(); err != nil {
			t.Error(err)
		}
	})
	return head
}

func TestHead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	head, err := ledger.OpenHead(dir)
	if err != nil {
		t.Fatal(err)
	}
	writeMemory(t, func(cfg *ledger.Config) { cfg.Head = head })
	seen, ok := head.Get(campaign)
	if !ok || seen.Seq != 6 {
		t.Fatalf("seen %+v, %v", seen, ok)
	}
	head.Note(campaign, 5, [32]byte{})
	head.Note("another", 1, [32]byte{1})
	if err := head.Close(); err != nil {
		t.Fatal(err)
	}
	again := openHead(t, dir)
	if kept, _ := again.Get(campaign); kept != seen {
		t.Errorf("kept %+v, want %+v", kept, seen)
	}
	// Another history of the same length is a rollback too.
	l, _ := openLedger(t, writeMemory(t), func(cfg *ledger.Config) { cfg.Head = again })
	expectReadOnly(t, l, 4, ledger.ErrRollback)
	if err := os.WriteFile(filepath.Join(dir, "head"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.OpenHead(dir); err == nil || !strings.Contains(err.Error(), "head") {
		t.Errorf("a damaged head: %v", err)
	}
}

func TestLock(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	lock, err := ledger.LockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.LockDir(dir); !errors.Is(err, ledger.ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("second lock: %v", err)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	if lock, err = ledger.LockDir(dir); err != nil {
		t.Fatal(err)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.LockDir(file); err == nil {
		t.Error("a file was locked as a directory")
	}
	if _, err := ledger.StartEmbedded(ledger.EmbeddedConfig{Dir: file}); err == nil {
		t.Error("a server was started on a file")
	}
}

// TestFlippedByte: a byte changed in a stored file, with and without the server's index, breaks the ledger at a place and
// never shortens it unnoticed.
func TestFlippedByte(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]struct{ index, newest bool }{
		"with index": {true, false}, "without index": {false, false},
		"newest, with index": {true, true}, "newest, without index": {false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			head := openHead(t, dir)
			const total = 40
			server := startServer(t, dir)
			l, _ := openLedger(t, createStore(t, server), exclusive, func(cfg *ledger.Config) { cfg.Head = head })
			for range total {
				mustAppend(t, l, proposal(t, score("target of the flip")))
			}
			l.Close()
			server.Close()
			flip(t, dir, how.index, how.newest)
			l, _ = openLedger(t, createStore(t, startServer(t, dir)), exclusive,
				func(cfg *ledger.Config) { cfg.Head = head })
			if last, _ := l.Last(); l.Broken() == nil || last >= total {
				t.Fatalf("%d events are applied, broken: %v", last, l.Broken())
			}
			if _, err := l.Append(t.Context(), proposal(t, score("late"))); !errors.Is(err, ledger.ErrReadOnly) {
				t.Errorf("append: %v", err)
			}
			t.Log(l.Broken())
		})
	}
}

// flip changes one byte in the middle of the stream's messages, or in the newest, and removes the index unless it is kept.
func flip(t *testing.T, dir string, keepIndex, newest bool) {
	t.Helper()
	flipped := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.Contains(path, "CAMPAIGN_") || entry.IsDir() {
			return err
		}
		switch filepath.Ext(path) {
		case ".db":
			if !keepIndex {
				return os.Remove(path)
			}
		case ".blk":
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			at := len(data)/2 + bytes.Index(data[len(data)/2:], []byte("target of"))
			if newest {
				at = bytes.LastIndex(data, []byte("target of"))
			}
			data[at] ^= 1
			flipped++
			return os.WriteFile(path, data, 0o600)
		}
		return nil
	})
	if err != nil || flipped != 1 {
		t.Fatalf("flipped %d files, %v", flipped, err)
	}
}

func TestDrift(t *testing.T) {
	t.Parallel()
	server := startServer(t, t.TempDir())
	store := createStore(t, server)
	l, _ := openLedger(t, store, exclusive, func(cfg *ledger.Config) { cfg.CheckInterval = time.Millisecond })
	mustAppend(t, l, proposal(t, score("x")))
	js, err := jetstream.New(server.Conn())
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), "CAMPAIGN_"+campaign)
	if err != nil {
		t.Fatal(err)
	}
	changed := stream.CachedInfo().Config
	changed.MaxAge = time.Hour
	if _, err := js.UpdateStream(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return l.Broken() != nil })
	expectReadOnly(t, l, 1, ledger.ErrDrift)
	if s, err := newStreams(t, server).Open(t.Context(), campaign); !errors.Is(err, ledger.ErrDrift) || s == nil {
		t.Errorf("open a drifted stream: %v", err)
	} else { // from the first moment
		again, _ := openLedger(t, s, exclusive)
		expectReadOnly(t, again, 1, ledger.ErrDrift)
	}
}

func TestStreamDeleted(t *testing.T) {
	t.Parallel()
	server := startServer(t, t.TempDir())
	l, _ := openLedger(t, createStore(t, server), exclusive)
	mustAppend(t, l, proposal(t, score("x")))
	js, err := jetstream.New(server.Conn())
	if err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteStream(t.Context(), "CAMPAIGN_"+campaign); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(t.Context(), proposal(t, score("y"))); !errors.Is(err, ledger.ErrReadOnly) {
		t.Errorf("append without a stream: %v", err)
	}
	if !errors.Is(l.Broken(), ledger.ErrRollback) {
		t.Errorf("broken by %v", l.Broken())
	}
}
