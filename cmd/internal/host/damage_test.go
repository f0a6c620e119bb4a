package host_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
)

// written is a directory as a server left it that stopped well: its log, and what that holds.
type written struct {
	dir     string
	records []string // of all events
	cuts    []int64  // how long the first block of the log was after each of the newest commits
}

// writeDir makes a directory with a campaign of some twenty commits, some of several events.
func writeDir(t *testing.T) *written {
	t.Helper()
	w := &written{dir: t.TempDir()}
	h := mustOpen(t, host.Config{Dir: w.dir, CheckpointInterval: rare})
	c := openCampaign(t, h)
	for i := range 20 {
		body := []events.Proposal{entry(t, "a", fmt.Sprint("s", i), i)}
		for k := range i % 3 {
			body = append(body, entry(t, "b", fmt.Sprintf("s%d-%d", i, k), k))
		}
		if _, err := c.Append(t.Context(), body...); err != nil {
			t.Fatal(err)
		}
		w.cuts = append(w.cuts, sizeOf(t, blockOf(t, w.dir, "CAMPAIGN_small")))
	}
	for _, e := range logOf(t, c) {
		w.records = append(w.records, string(e.Record))
	}
	h.Close()
	return w
}

func sizeOf(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// streamDir is where a stream is kept.
func streamDir(t *testing.T, dir, stream string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "nats", "jetstream", "*", "streams", stream))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	return found[0]
}

// blockOf is the file that holds all messages of a stream, which are few.
func blockOf(t *testing.T, dir, stream string) string {
	t.Helper()
	return filepath.Join(streamDir(t, dir, stream), "msgs", "1.blk")
}

// withoutIndex removes what NATS keeps of a stream's state beside its messages.
func withoutIndex(t *testing.T, dir, stream string) {
	t.Helper()
	if err := os.Remove(filepath.Join(streamDir(t, dir, stream), "msgs", "index.db")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}

// outcome is what may become of a damaged directory.
type outcome int

const (
	mended   outcome = iota // all is there, and appending goes on behind it
	readOnly                // what is good is shown, the place and what to do is said, nothing is taken
	refused                 // the directory or the campaign is not opened; file and remedy are named
)

// expect opens a damaged directory, twice, and checks that one of the outcomes came of it, and no wrong answer: whatever is shown is the log's
// beginning, byte for byte, no sequence is given twice, and where events are taken all that was there before is there.
func (w *written) expect(t *testing.T, dir, what string, may ...outcome) {
	t.Helper()
	records := slices.Clone(w.records)
	for n := range 2 {
		got, problem := w.open(t, dir, what, &records, n)
		if !slices.Contains(may, got) {
			t.Errorf("%s: the outcome is %d (%s), want one of %v", what, got, problem, may)
			return
		}
		if got != mended && len(problem) < 40 { // a place, and a remedy
			t.Errorf("%s: it says only %q", what, problem)
		}
	}
}

func (w *written) open(t *testing.T, dir, what string, records *[]string, n int) (outcome, string) {
	t.Helper()
	h, err := host.Open(t.Context(), host.Config{Dir: dir, CheckpointInterval: rare, Log: zerolog.Nop()})
	if err != nil {
		return refused, err.Error()
	}
	defer h.Close()
	c, err := h.Campaign(t.Context(), "small")
	if err != nil {
		if _, _, again := h.OpenCampaign(t.Context(), "small.yaml", []byte(regulation)); again == nil {
			t.Errorf("%s: the campaign is opened anew in the place of one that was there", what)
		}
		return refused, err.Error()
	}
	if err := c.Scrub(t.Context(), 0); err != nil { // what an opening from a snapshot did not read
		t.Errorf("%s: %v", what, err)
	}
	shown := shownOf(t, c)
	for i, e := range shown {
		if i >= len(*records) || e.Seq != events.Seq(i+1) || string(e.Record) != (*records)[i] {
			t.Errorf("%s: event %d is shown, and is another one", what, e.Seq)
			break
		}
	}
	receipts, err := c.Append(t.Context(), entry(t, "d", fmt.Sprint("later", n), 1))
	if broken := c.Ledger.Broken(); broken != nil {
		if !errors.Is(err, ledger.ErrReadOnly) {
			t.Errorf("%s: an append to a broken log: %v", what, err)
		}
		return readOnly, broken.Error()
	}
	if err != nil {
		t.Errorf("%s: an append: %v", what, err)
		return refused, err.Error()
	}
	if len(shown) != len(*records) || receipts[0].Seq != events.Seq(len(*records)+1) {
		t.Errorf("%s: of %d events %d are left, and event %d was taken", what, len(*records), len(shown), receipts[0].Seq)
	}
	*records = append(*records, string(receipts[0].Record))
	if err := c.Checkpoint(t.Context()); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	if trouble := h.Trouble(t.Context()); trouble != nil {
		t.Errorf("%s: %v", what, trouble)
	}
	if _, err := c.Receipt(t.Context(), 3); err != nil { // the tree
		t.Errorf("%s: %v", what, err)
	}
	return mended, ""
}

// shownOf is as much of a log as is shown.
func shownOf(t *testing.T, c *host.Campaign) (list []events.Event) {
	t.Helper()
	for e, err := range c.Ledger.Read(t.Context(), 0) {
		if err != nil {
			if c.Ledger.Broken() == nil {
				t.Error(err)
			}
			return list
		}
		list = append(list, e)
	}
	return list
}

// TestTornTail cuts the newest commits at many places, as a crash of the machine under a disk that lies about its syncs would. All of it was
// acknowledged, so that it is missed, whatever is left of it: the log is read-only, and no sequence is given to another event.
//
// What can't be noticed: DIR/head is written a second, a checkpoint nine seconds after the events it speaks of. If the disk loses events that it
// said were synced, and nothing yet spoke of them, then nothing here knows of them, and their sequences are given again; the receipts that their
// authors keep, and witnesses, do (see TestTornBeforeTheHead).
func TestTornTail(t *testing.T) {
	t.Parallel()
	w := writeDir(t)
	end := w.cuts[len(w.cuts)-1]
	var places []int64
	for at := end - 1; at > w.cuts[len(w.cuts)-2]-40; at -= cutStep {
		places = append(places, at)
	}
	places = append(places, w.cuts[len(w.cuts)-2], w.cuts[0], 1, 0)
	for _, index := range []bool{true, false} {
		for _, at := range places {
			dir := copyDir(t, w.dir)
			if err := os.Truncate(blockOf(t, dir, "CAMPAIGN_small"), at); err != nil {
				t.Fatal(err)
			}
			if !index {
				withoutIndex(t, dir, "CAMPAIGN_small")
			}
			w.expect(t, dir, fmt.Sprintf("cut at %d of %d (index.db: %t)", at, end, index), readOnly, refused)
		}
	}
}

// TestZeroTail fills the end of the log with zeros, as some file systems do after a power cut, or puts zeros behind it. What was acknowledged is
// missed; zeros behind a whole log are dropped.
func TestZeroTail(t *testing.T) {
	t.Parallel()
	w := writeDir(t)
	end := w.cuts[len(w.cuts)-1]
	for _, index := range []bool{true, false} {
		for _, n := range []int64{1, 7, 8, 9, 30, 100, 500, end} {
			for _, behind := range []bool{false, true} {
				dir := copyDir(t, w.dir)
				rewrite(t, blockOf(t, dir, "CAMPAIGN_small"), func(b []byte) []byte {
					if !behind {
						b = b[:int64(len(b))-n]
					}
					return append(b, make([]byte, n)...)
				})
				if !index {
					withoutIndex(t, dir, "CAMPAIGN_small")
				}
				may := []outcome{readOnly, refused}
				if behind {
					may = append(may, mended)
				}
				w.expect(t, dir, fmt.Sprintf("%d zeros (behind: %t, index.db: %t)", n, behind, index), may...)
			}
		}
	}
}

// TestTornBeforeTheHead takes away events of which neither head nor checkpoint speaks yet. That the disk lost them can't be noticed here; nothing
// before them is lost, and the ledger goes on.
func TestTornBeforeTheHead(t *testing.T) {
	t.Parallel()
	w := writeDir(t)
	newer := copyDir(t, w.dir)
	run(t, newer, 2)
	dir := copyDir(t, w.dir) // its head and checkpoints
	takeStream(t, dir, newer, "CAMPAIGN_small")
	block := blockOf(t, dir, "CAMPAIGN_small")
	if err := os.Truncate(block, sizeOf(t, block)-3); err != nil {
		t.Fatal(err)
	}
	h, c := reopen(t, host.Config{Dir: copyDir(t, dir), CheckpointInterval: rare})
	defer h.Close()
	if err := c.Ledger.Broken(); !errors.Is(err, ledger.ErrGap) { // index.db, which a server writes that stops by itself, speaks of them
		t.Errorf("with index.db: %v", err)
	}
	withoutIndex(t, dir, "CAMPAIGN_small")
	w.records = append(w.records, "")
	h, c = reopen(t, host.Config{Dir: dir, CheckpointInterval: rare})
	defer h.Close()
	shown := shownOf(t, c)
	if c.Ledger.Broken() != nil || len(shown) != len(w.records) {
		t.Fatalf("%d events are left of %d, %v", len(shown), len(w.records)+1, c.Ledger.Broken())
	}
	for i, e := range shown[:len(shown)-1] {
		if string(e.Record) != w.records[i] {
			t.Errorf("event %d is another one", e.Seq)
		}
	}
}

// TestFlippedByte flips a bit at many places of the log and of the stream of checkpoints. A log with one is read-only before it; where NATS keeps
// the same elsewhere and does not look (the stream's end in index.db, the length of what is last) it may be mended, and never is it another log.
func TestFlippedByte(t *testing.T) {
	t.Parallel()
	w := writeDir(t)
	seed := uint64(time.Now().UnixNano())
	if given, err := strconv.ParseUint(os.Getenv("CAMPAIGN_TEST_SEED"), 10, 64); err == nil {
		seed = given
	}
	t.Logf("seed %d; repeat with CAMPAIGN_TEST_SEED=%d", seed, seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for _, stream := range []string{"CAMPAIGN_small", "CHECKPOINTS_small"} {
		size := sizeOf(t, blockOf(t, w.dir, stream))
		for n := range flips {
			at, bit, index := random.Int64N(size), byte(1)<<random.IntN(8), n%2 == 0
			dir := copyDir(t, w.dir)
			rewrite(t, blockOf(t, dir, stream), func(b []byte) []byte { b[at] ^= bit; return b })
			if !index {
				withoutIndex(t, dir, stream)
			}
			may := []outcome{readOnly, refused}
			if stream != "CAMPAIGN_small" {
				may = append(may, mended) // the file has the same checkpoints
			}
			w.expect(t, dir, fmt.Sprintf("%s: bit %02x of byte %d of %d (index.db: %t)", stream, bit, at, size, index), may...)
		}
	}
}

// TestFlippedHeader flips each bit of a message's length, sequence and length of its subject, which NATS believes as long as it has index.db. Of the
// log, a copy of what stood behind it is kept.
func TestFlippedHeader(t *testing.T) {
	t.Parallel()
	w := writeDir(t)
	for stream, may := range map[string]outcome{"CAMPAIGN_small": readOnly, "CHECKPOINTS_small": mended} {
		for _, at := range []int64{0, 1, 2, 3, 4, 5, 8, 11, 21} {
			for bit := 7; bit > 7-headerBits; bit-- {
				if at == 3 && bit == 7 || at == 21 && bit < 3 {
					continue // no part of the length; a subject that would fit
				}
				dir := copyDir(t, w.dir)
				block, start := blockOf(t, dir, stream), int64(0)
				if stream == "CAMPAIGN_small" {
					start = w.cuts[4]
				}
				var damaged []byte
				rewrite(t, block, func(b []byte) []byte { b[start+at] ^= 1 << bit; damaged = b; return b })
				w.expect(t, dir, fmt.Sprintf("%s: bit %d of byte %d of a header", stream, bit, at), may)
				copies, err := filepath.Glob(filepath.Join(dir, "nats", "damaged", stream+"-1-*.blk"))
				if err != nil || len(copies) != 1 {
					t.Fatalf("%s: bit %d of byte %d: there are the copies %v, %v", stream, bit, at, copies, err)
				}
				rewrite(t, copies[0], func(b []byte) []byte {
					if !bytes.Equal(b, damaged) {
						t.Errorf("%s: bit %d of byte %d: the copy is another one", stream, bit, at)
					}
					return b
				})
			}
		}
	}
}

// TestDamagedFiles loses and spoils each other file of a directory. What is derived is made again without a word; what guards something is asked
// for by its name.
func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	w := writeDir(t)
	index := func(t *testing.T, dir string) string {
		return filepath.Join(streamDir(t, dir, "CAMPAIGN_small"), "msgs", "index.db")
	}
	meta := func(t *testing.T, dir string) string {
		return filepath.Join(streamDir(t, dir, "CAMPAIGN_small"), "meta.inf")
	}
	sum := func(t *testing.T, dir string) string {
		return filepath.Join(streamDir(t, dir, "CAMPAIGN_small"), "meta.sum")
	}
	in := func(name ...string) func(*testing.T, string) string {
		return func(_ *testing.T, dir string) string { return filepath.Join(append([]string{dir}, name...)...) }
	}
	for _, test := range []struct {
		name           string
		file           func(*testing.T, string) string
		lost, cut, bad []outcome
	}{
		{"index.db", index, []outcome{mended}, []outcome{mended}, []outcome{mended}},
		{"the stream's settings", meta, []outcome{refused}, []outcome{refused}, []outcome{refused}},
		{"the settings' checksum", sum, []outcome{refused, mended}, []outcome{refused, mended}, []outcome{refused, mended}},
		{"head", in("head"), []outcome{mended}, []outcome{refused}, []outcome{refused}},
		// Of a file whose end is not a whole note that end is dropped: a crash may have cut it. What was in it the stream has.
		{"checkpoints", in("checkpoints", "small.txt"), []outcome{mended}, []outcome{mended}, []outcome{mended, readOnly}},
		{"tree", in("tree", "small", "0"), []outcome{mended}, []outcome{mended}, []outcome{mended}},
		{"log.key", in("log.key"), nil, []outcome{refused}, []outcome{refused}}, // lost: TestLogKeyMissing
		{"lock", in("lock"), []outcome{mended}, []outcome{mended}, []outcome{mended}},
	} {
		for way, try := range map[string]struct {
			spoil func(*testing.T, string)
			may   []outcome
		}{
			"lost":    {remove, test.lost},
			"empty":   {func(t *testing.T, path string) { rewrite(t, path, func([]byte) []byte { return nil }) }, test.cut},
			"half":    {func(t *testing.T, path string) { rewrite(t, path, func(b []byte) []byte { return b[:len(b)/2] }) }, test.cut},
			"garbled": {func(t *testing.T, path string) { rewrite(t, path, garble) }, test.bad},
		} {
			if try.may == nil {
				continue
			}
			t.Run(test.name+" "+way, func(t *testing.T) {
				t.Parallel()
				dir := copyDir(t, w.dir)
				try.spoil(t, test.file(t, dir))
				w.expect(t, dir, test.name+" "+way, try.may...)
			})
		}
	}
}

// garble makes another thing of a file, of the same length.
func garble(b []byte) []byte {
	for i := range b {
		if i%3 == 1 {
			b[i] ^= 0x2a
		}
	}
	return b
}

// TestForeignFiles puts files that are nobody's into every directory: what crashes leave behind, and what people do. They do not matter.
func TestForeignFiles(t *testing.T) {
	t.Parallel()
	w := writeDir(t)
	dir := copyDir(t, w.dir)
	var dirs []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range dirs {
		for _, name := range []string{"head.123.tmp", ".new-42", "notes.txt", "7.tmp", "server.json.new", "~$x.xlsx"} {
			if err := os.WriteFile(filepath.Join(in, name), bytes.Repeat([]byte("garbage\n"), 30), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.expect(t, dir, "files of nobody in "+strings.Join(dirs, ", "), mended)
}
