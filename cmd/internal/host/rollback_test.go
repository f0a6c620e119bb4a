package host_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
)

// copyDir copies what a host left.
func copyDir(t *testing.T, from string) string {
	t.Helper()
	const tries = 100 // a running host replaces files meanwhile
	var err error
	for range tries {
		to := t.TempDir()
		if err = os.CopyFS(to, os.DirFS(from)); err == nil {
			err = os.Chmod(filepath.Join(to, "log.key"), 0o600) // CopyFS keeps no modes
		}
		if !errors.Is(err, fs.ErrNotExist) {
			if err != nil {
				t.Fatal(err)
			}
			return to
		}
	}
	t.Fatal(err)
	return ""
}

// takeStream puts a stream of another directory in the place of this one's.
func takeStream(t *testing.T, dir, from, name string) {
	t.Helper()
	here, err := filepath.Glob(filepath.Join(dir, "nats", "jetstream", "*", "streams", name))
	if err != nil || len(here) != 1 {
		t.Fatalf("%v, %v", here, err)
	}
	rel, err := filepath.Rel(dir, here[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.RemoveAll(here[0]), os.CopyFS(here[0], os.DirFS(filepath.Join(from, rel)))); err != nil {
		t.Fatal(err)
	}
}

// run appends to the campaign of a directory and stops.
func run(t *testing.T, dir string, n int) {
	t.Helper()
	h := mustOpen(t, host.Config{Dir: dir, CheckpointInterval: rare})
	enter(t, openCampaign(t, h), n)
	h.Close()
}

// histories are a directory with a campaign of 6 events, one with its first 3, one with another continuation of these, and one with another
// campaign of the same id, each with the same log.key and its checkpoints.
func histories(t *testing.T) (dir, short, other, another string) {
	dir = t.TempDir()
	run(t, dir, 2)
	short, other, another = copyDir(t, dir), copyDir(t, dir), copyDir(t, dir)
	run(t, dir, 3)
	run(t, other, 3)
	for _, name := range []string{"nats", "head", "checkpoints", "tree"} {
		if err := os.RemoveAll(filepath.Join(another, name)); err != nil {
			t.Fatal(err)
		}
	}
	run(t, another, 5)
	return dir, short, other, another
}

// TestRewritten: a log that was taken back or rewritten while nothing ran is read-only, though DIR/head is gone and only one place of the
// checkpoints is left; nothing more is signed, and doctor says why.
func TestRewritten(t *testing.T) {
	t.Parallel()
	dir, short, other, another := histories(t)
	for name, test := range map[string]struct {
		log  string
		want error
		seq  events.Seq
		good events.Seq
	}{
		"taken back":       {short, ledger.ErrRollback, 4, 3},
		"rewritten":        {other, ledger.ErrForked, 6, 6},
		"another campaign": {another, ledger.ErrForked, 1, 6},
	} {
		for place, lose := range map[string]func(*testing.T, string){
			"both":        func(*testing.T, string) {},
			"the file":    withoutStream("CHECKPOINTS_small"),
			"the stream":  func(t *testing.T, dir string) { remove(t, checkpointPath(dir, "small")) },
			"another key": func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "log.key")) },
		} {
			t.Run(name+", left is "+place, func(t *testing.T) {
				t.Parallel()
				dir := copyDir(t, dir)
				lose(t, dir)
				takeStream(t, dir, test.log, "CAMPAIGN_small")
				remove(t, filepath.Join(dir, "head"))
				expectNothingSigned(t, dir, test.want, test.seq, test.good)
			})
		}
	}
}

// expectNothingSigned opens a directory whose log is broken and checks that it is read-only and signs nothing, then or at the next start.
func expectNothingSigned(t *testing.T, dir string, want error, seq, good events.Seq) {
	t.Helper()
	before := filed(t, dir, "small")
	for range 2 {
		h, c := reopen(t, host.Config{Dir: dir, CheckpointInterval: 1})
		var broken *ledger.BrokenError
		if err := c.Ledger.Broken(); !errors.Is(err, want) || !errors.As(err, &broken) || broken.Seq != seq {
			t.Errorf("broken by %v; want %v at event %d", err, want, seq)
		}
		if last, _ := c.Ledger.Last(); last != good {
			t.Errorf("%d events can be read, want %d", last, good)
		}
		if _, err := c.Append(t.Context(), entry(t, "a", "late", 1)); !errors.Is(err, ledger.ErrReadOnly) {
			t.Errorf("append: %v", err)
		}
		if err := c.Checkpoint(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := c.SignedHead(t.Context(), 7); err == nil {
			t.Error("a head of a broken log is signed")
		}
		if f := findingOf(t, c, host.CheckOpen, false); f.OK || f.Seq != seq {
			t.Errorf("%+v", f)
		}
		if list := examine(t, c); !slices.ContainsFunc(list, func(f host.Finding) bool { return f.Check == host.CheckCheckpoints && !f.OK }) ||
			slices.ContainsFunc(list, func(f host.Finding) bool { return f.Check == host.CheckTiles }) {
			t.Errorf("doctor finds %+v", list)
		}
		h.Close()
	}
	if after := filed(t, dir, "small"); !slices.EqualFunc(before, after, bytes.Equal) {
		t.Errorf("the file had %d notes and has %d", len(before), len(after))
	}
}

// TestDamagedNote: a kept checkpoint of which one bit is wrong is no other server's, and can't be compared.
func TestDamagedNote(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run(t, dir, 2)
	for name, at := range map[string]int{"signature": -5, "root": 95} {
		t.Run(name, func(t *testing.T) {
			dir := copyDir(t, dir)
			rewrite(t, checkpointPath(dir, "small"), func(d []byte) []byte {
				if at < 0 {
					at += len(d)
				}
				d[at] ^= 1
				return d
			})
			h, c := reopen(t, host.Config{Dir: dir, CheckpointInterval: rare})
			defer h.Close()
			if err := c.Ledger.Broken(); !errors.Is(err, ledger.ErrCheckpoint) {
				t.Errorf("broken by %v", err)
			}
		})
	}
}

// TestOtherLogKey: a server without the key that signed before takes events, signs nothing and says so; with the key again it signs what came.
func TestOtherLogKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run(t, dir, 2)
	before := filed(t, dir, "small")
	path := filepath.Join(dir, "log.key")
	key, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	remove(t, path)
	h, c := reopen(t, host.Config{Dir: dir, CheckpointInterval: 1})
	enter(t, c, 2)
	if err := c.Checkpoint(t.Context()); err != nil {
		t.Error(err)
	}
	_, headErr := c.SignedHead(t.Context(), 2)
	_, listErr := c.Checkpoints(t.Context())
	_, newestErr := c.Newest()
	_, bundleErr := c.BundleEnd(t.Context(), host.Reader{}, 0)
	for _, err := range []error{headErr, listErr, newestErr, bundleErr} {
		if !errors.Is(err, host.ErrUnsigned) {
			t.Errorf("without the key: %v", err)
		}
	}
	h.Close()
	if after := filed(t, dir, "small"); len(after) != len(before) {
		t.Errorf("%d checkpoints were signed with another key", len(after)-len(before))
	}
	if err := os.WriteFile(path, key, 0o600); err != nil {
		t.Fatal(err)
	}
	h, c = reopen(t, host.Config{Dir: dir, CheckpointInterval: rare})
	defer h.Close()
	untilSigned(t, c, 5)
	expectWell(t, c)
}

// TestStreamOfCheckpointsDeleted: while a server runs; it notices before it signs again.
func TestStreamOfCheckpointsDeleted(t *testing.T) {
	t.Parallel()
	server := external(t)
	c := openCampaign(t, openHost(t, host.Config{NATS: server.url, CheckpointInterval: rare}))
	untilSigned(t, c, 1)
	if err := server.js.DeleteStream(t.Context(), "CHECKPOINTS_small"); err != nil {
		t.Fatal(err)
	}
	enter(t, c, 1)
	if err := c.Checkpoint(t.Context()); err == nil {
		t.Error("a checkpoint is made without its stream")
	}
	stream, err := server.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "CHECKPOINTS_small", Subjects: []string{"checkpoint.small"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Checkpoint(t.Context()); err != nil || newestSize(c) != 1 || !errors.Is(c.Ledger.Broken(), ledger.ErrReadOnly) {
		t.Errorf("%v at size %d, broken by %v", err, newestSize(c), c.Ledger.Broken())
	}
	if info, err := stream.Info(t.Context()); err != nil || info.State.Msgs != 0 {
		t.Errorf("%+v, %v", info, err)
	}
}
