package host_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

func snapshotPath(dir string) string { return filepath.Join(dir, "snapshots", "small.snapshot") }

// shown is what readers see of a campaign.
func shown(t *testing.T, c *host.Campaign) string {
	t.Helper()
	head, err := c.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	standings := standingsOf(t, c)
	text := head.Root + "\n" + string(standings.AppendJSON(nil, projections.JSONOptions{}))
	err = c.Look(t.Context(), host.Reader{}, func(seen *projections.Live) error {
		for _, line := range seen.Audit(projections.AuditFilter{}) {
			text += "\n" + line.ID
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// readWhole opens a copy of dir without its snapshot and gives what readers see.
func readWhole(t *testing.T, dir string) string {
	t.Helper()
	dir = copyDir(t, dir)
	if err := os.RemoveAll(filepath.Join(dir, "snapshots")); err != nil {
		t.Fatal(err)
	}
	h, c := reopen(t, host.Config{Dir: dir, CheckpointInterval: rare})
	defer h.Close()
	if c.FromSnapshot() != 0 {
		t.Fatal("there is no snapshot")
	}
	return shown(t, c)
}

// TestOpensFromSnapshot: a campaign that was closed, or killed, opens from its snapshot and the rest of the log, and goes on.
func TestOpensFromSnapshot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run(t, dir, 20)
	for round := range 3 {
		h, c := reopen(t, host.Config{Dir: dir, CheckpointInterval: rare, SnapshotEvents: 7})
		last, _ := c.Ledger.Last()
		if from := c.FromSnapshot(); from == 0 || from > last {
			t.Fatalf("round %d: opened from event %d of %d", round, from, last)
		}
		if got, want := shown(t, c), readWhole(t, dir); got != want {
			t.Fatalf("round %d (-whole +snapshot):\n%s", round, cmp.Diff(want, got))
		}
		enter(t, c, 5)
		killed := copyDir(t, dir) // as if the process were killed here
		dir = killed
		h.Close()
	}
	h, c := reopen(t, host.Config{Dir: dir})
	defer h.Close()
	enter(t, c, 1)
	expectWell(t, c)
	// what came before the snapshot is still told apart by its id
	stored, err := c.Stored(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	proposal, err := events.ParseProposal(stored.Record, "small")
	if err != nil {
		t.Fatal(err)
	}
	receipts, err := c.Append(t.Context(), proposal)
	if err != nil || !receipts[0].Duplicate || receipts[0].Seq != 3 {
		t.Errorf("%+v, %v", receipts, err)
	}
}

// TestBadSnapshots: a snapshot that is damaged, of another log, or without its tree is discarded, and the log decides.
func TestBadSnapshots(t *testing.T) {
	t.Parallel()
	dir, other := t.TempDir(), t.TempDir()
	run(t, dir, 20)
	run(t, other, 20)
	want := readWhole(t, dir)
	data, err := os.ReadFile(snapshotPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	flip := func(at int) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			rewrite(t, snapshotPath(dir), func(d []byte) []byte { d[at] ^= 1; return d })
		}
	}
	for name, damage := range map[string]func(t *testing.T, dir string){
		"first byte": flip(0), "hash": flip(60), "head": flip(120), "middle": flip(len(data) / 2), "last byte": flip(len(data) - 1),
		"cut off": func(t *testing.T, dir string) {
			rewrite(t, snapshotPath(dir), func(d []byte) []byte { return d[:len(d)/2] })
		},
		"empty":         func(t *testing.T, dir string) { rewrite(t, snapshotPath(dir), func([]byte) []byte { return nil }) },
		"another log's": func(t *testing.T, dir string) { put(t, snapshotPath(dir), snapshotPath(other)) },
		"no tree":       func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "tree", "small", "0")) },
		"short tree": func(t *testing.T, dir string) {
			rewrite(t, filepath.Join(dir, "tree", "small", "0"), func(d []byte) []byte { return d[:64] })
		},
		"damaged leaf": func(t *testing.T, dir string) {
			rewrite(t, filepath.Join(dir, "tree", "small", "0"), func(d []byte) []byte { d[len(d)-1] ^= 1; return d })
		},
		"other folds": func(t *testing.T, dir string) { host.OtherFolds(t, snapshotPath(dir)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := copyDir(t, dir)
			damage(t, dir)
			h, c := reopen(t, host.Config{Dir: dir, CheckpointInterval: rare, SnapshotEvents: 1 << 30})
			defer h.Close()
			if c.FromSnapshot() != 0 || c.Ledger.Broken() != nil {
				t.Errorf("opened from event %d, %v", c.FromSnapshot(), c.Ledger.Broken())
			}
			if got := shown(t, c); got != want {
				t.Errorf("(-whole +got):\n%s", cmp.Diff(want, got))
			}
			if _, err := os.Stat(snapshotPath(dir)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the bad snapshot is still there: %v", err)
			}
			expectWell(t, c)
		})
	}
}

func put(t *testing.T, to, from string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	rewrite(t, to, func([]byte) []byte { return data })
}

// TestSnapshotBehindBrokenLog: a log that lost its end is read-only, though a snapshot says how it stood.
func TestSnapshotBehindBrokenLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run(t, dir, 3)
	short := copyDir(t, dir)
	run(t, dir, 5)
	takeStream(t, dir, short, "CAMPAIGN_small")
	h, c := reopen(t, host.Config{Dir: dir})
	defer h.Close()
	if err := c.Ledger.Broken(); !errors.Is(err, ledger.ErrRollback) {
		t.Errorf("got %v", err)
	}
	if last, _ := c.Ledger.Last(); last != 4 {
		t.Errorf("event %d is the last", last)
	}
}

// TestSnapshotOfSignedYear: the same of a signed campaign with ballots, evaluations and a freeze.
func TestSnapshotOfSignedYear(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir})
	y := openYear(t, h)
	y.toBallot()
	id := y.c.ID
	want := look(t, y.c)
	h.Close()
	h = openHost(t, host.Config{Dir: dir})
	c, err := h.Campaign(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if c.FromSnapshot() == 0 {
		t.Fatal("no snapshot was used")
	}
	if got := look(t, c); !bytes.Equal(got, want) {
		t.Errorf("(-before +after):\n%s", cmp.Diff(string(want), string(got)))
	}
	expectWell(t, c)
}

func look(t *testing.T, c *host.Campaign) []byte {
	t.Helper()
	standings := standingsOf(t, c)
	return standings.AppendJSON(nil, projections.JSONOptions{})
}

// TestWhatDropsNoSnapshot: a store or a disk that does not answer says nothing of a snapshot.
func TestWhatDropsNoSnapshot(t *testing.T) {
	t.Parallel()
	broken := &ledger.BrokenError{Err: ledger.ErrRollback}
	for _, c := range []struct {
		err     error
		passing bool
	}{
		{fmt.Errorf("the leader: %w", ledger.ErrUnreachable), true},
		{fmt.Errorf("campaign x: %w", ledger.ErrNoCampaign), true},
		{host.ErrRestoring, true},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EMFILE}, true},
		{&fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}, false},
		{broken, false},
		{errors.Join(broken, ledger.ErrUnreachable), false},
		{fmt.Errorf("resume: %w", ledger.ErrMark), false},
		{errors.New("its bytes are not those that were written"), false},
	} {
		if got := host.IsPassing(c.err); got != c.passing {
			t.Errorf("%v: passing: %t", c.err, got)
		}
	}
}

// TestPlace: neither passwords nor tokens are named.
func TestPlace(t *testing.T) {
	t.Parallel()
	if got := host.PlaceOf("nats://u:secret@a:4222, nats://TOKEN@b:4222,tls://c"); got != "nats://a:4222,nats://b:4222,tls://c" {
		t.Error(got)
	}
}

// TestSnapshotOnceQuiet: a campaign that does not grow has its snapshot taken, without having to be closed.
func TestSnapshotOnceQuiet(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir, CheckpointInterval: rare, SnapshotEvents: 1 << 30, QuietFor: 10 * time.Millisecond})
	defer h.Close()
	c := openCampaign(t, h)
	enter(t, c, 5)
	last, _ := c.Ledger.Last()
	c.DueOnceQuiet(uint64(last))
	for _, err := os.Stat(snapshotPath(dir)); err != nil; _, err = os.Stat(snapshotPath(dir)) {
		if t.Context().Err() != nil || !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		<-time.After(time.Millisecond) // between two looks
	}
}

// TestSnapshotsDue: what is not in a snapshot is bounded, and how often one is written too.
func TestSnapshotsDue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ taken, busy, quiet events.Seq }{
		{0, 200_000, 20_000},
		{1_000_000, 1_250_000, 1_050_000},
		{10_000_000, 11_000_000, 10_200_000},
	} {
		if busy, quiet := host.DueAfter(c.taken); busy != c.busy || quiet != c.quiet {
			t.Errorf("after one at event %d the next is due at %d and %d, want %d and %d", c.taken, busy, quiet, c.busy, c.quiet)
		}
	}
}
