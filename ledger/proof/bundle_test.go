package proof_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

var fileHashes = []string{strings.Repeat("0a", 32), strings.Repeat("b1", 32)}

// smallBundle has each part twice, where it may be.
func smallBundle(t testing.TB) []byte {
	t.Helper()
	p := testPolicy(1, 1)
	var b bytes.Buffer
	w := proof.NewBundleWriter(&b, testOrigin())
	w.Commit(1, at(0), firstRecord)
	w.Checkpoint(checkpoint(t, p, testHead(1), 0).Marshal())
	w.Commit(2, at(1), []byte("{\"a\":1}\n{\"b\":2}\n"))
	w.Commit(4, at(2), []byte("{\"c\":3}"))
	w.Checkpoint(checkpoint(t, p, testHead(4), 1).Marshal())
	for _, h := range fileHashes {
		w.Evidence(h)
	}
	w.Standings([]byte(`{"rows":[]}`))
	w.Awards([]byte(`{}`))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readBundle reads to the end.
func readBundle(r io.Reader) (origin string, items []proof.BundleItem, err error) {
	b, err := proof.NewBundleReader(r)
	if err != nil {
		return "", nil, err
	}
	for {
		item, err := b.Next()
		if errors.Is(err, io.EOF) {
			return b.Origin(), items, nil
		}
		if err != nil {
			if _, again := b.Next(); again == nil || again.Error() != err.Error() {
				return "", items, nil // an error that is gone is as bad as none
			}
			return "", items, err
		}
		items = append(items, item)
	}
}

// writeBundle writes what was read.
func writeBundle(origin string, items []proof.BundleItem) ([]byte, error) {
	var b bytes.Buffer
	w := proof.NewBundleWriter(&b, origin)
	for _, item := range items {
		switch {
		case item.Commit != nil:
			var records []byte
			for _, r := range item.Commit.Records {
				records = append(append(records, r...), '\n')
			}
			w.Commit(item.Commit.First, item.Commit.Recorded, records)
		case item.Checkpoint != nil:
			w.Checkpoint(item.Checkpoint)
		case item.Evidence != "":
			w.Evidence(item.Evidence)
		case item.Standings != nil:
			w.Standings(item.Standings)
		case item.Awards != nil:
			w.Awards(item.Awards)
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

func TestBundleRoundTrip(t *testing.T) {
	t.Parallel()
	data := smallBundle(t)
	for name, r := range map[string]io.Reader{
		"whole": bytes.NewReader(data), "byte by byte": iotest.OneByteReader(bytes.NewReader(data)), "error with data": iotest.DataErrReader(bytes.NewReader(data)),
	} {
		origin, items, err := readBundle(r)
		if err != nil || origin != testOrigin() || len(items) != 9 {
			t.Fatalf("%s: %d parts, %v", name, len(items), err)
		}
		want := &proof.BundleCommit{First: 2, Recorded: at(1), Records: drafts(`{"a":1}`, `{"b":2}`)}
		if !reflect.DeepEqual(items[2].Commit, want) || items[0].Line != 3 || items[2].Line != 11 || items[8].Line != 26 {
			t.Errorf("%s: it is read as %+v", name, items)
		}
		if again, err := writeBundle(origin, items); err != nil || !bytes.Equal(again, data) {
			t.Errorf("%s: it is written as %q, %v", name, again, err)
		}
	}
	if lines := bytes.Count(data, []byte("\n")); lines != 27 {
		t.Errorf("it has %d lines", lines)
	}
}

func TestEachBitOfABundle(t *testing.T) {
	t.Parallel()
	wantNoneOpens(t, smallBundle(t), func(b []byte) error {
		_, _, err := readBundle(bytes.NewReader(b))
		return err
	})
}

func TestEachLengthOfABundle(t *testing.T) {
	t.Parallel()
	data := smallBundle(t)
	for n := range data {
		if _, _, err := readBundle(bytes.NewReader(data[:n])); err == nil {
			t.Errorf("its first %d bytes are read without an error", n)
		}
	}
	_, _, err := readBundle(bytes.NewReader(append(data, '\n')))
	wantError(t, err, "something follows the last line")
}

// TestBundleReadError: what the disk says is not lost.
func TestBundleReadError(t *testing.T) {
	t.Parallel()
	data, bad := smallBundle(t), errors.New("the disk is broken")
	for n := len(proof.BundleHeader) + 1; n <= len(data); n++ {
		_, _, err := readBundle(io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(bad)))
		if !errors.Is(err, bad) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

// sealed adds the last line to a bundle's text.
func sealed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return text + hex.EncodeToString(sum[:]) + "\n"
}

const bundleTime = "2026-03-01T08:00:00.250Z"

// Parts of bundles.
const (
	one       = "commit 1 " + bundleTime + " 1\n{}\n"
	two       = "commit 2 " + bundleTime + " 2\n{}\n{}\n"
	standings = "standings {}\n"
	awards    = "awards {}\n"
)

func bundleHead() string { return proof.BundleHeader + "\n" + testOrigin() + "\n" }

// TestBundleOrder seals, with the right hash, parts in wrong places. The error names the line.
func TestBundleOrder(t *testing.T) {
	t.Parallel()
	note := func(size int) string {
		msg := checkpoint(t, testPolicy(0, 0), testHead(size), 0).Marshal()
		return fmt.Sprintf("checkpoint %d\n%s", len(msg), msg)
	}
	a, b := "evidence "+fileHashes[0]+"\n", "evidence "+fileHashes[1]+"\n"
	for _, right := range []string{
		one + two + note(3) + a + b + standings + awards, one + note(1) + two + standings + awards, standings + awards, "standings \nawards \n",
	} {
		if _, _, err := readBundle(strings.NewReader(sealed(bundleHead() + right))); err != nil {
			t.Errorf("%q: %v", right, err)
		}
	}
	for _, test := range []struct{ body, want string }{
		{"", "line 3 of the bundle: the bundle ends before its awards"},
		{one + standings, "line 6 of the bundle: the bundle ends before its awards"},
		{one + awards, "line 5 of the bundle: \"awards\" is not in its place"},
		{one + a + awards, "line 6 of the bundle: \"awards\" is not in its place"},
		{awards + standings, "line 3 of the bundle: \"awards\" is not in its place"},
		{standings + standings + awards, "line 4 of the bundle: \"standings\" is not in its place"},
		{standings + awards + awards, "line 5 of the bundle: \"awards\" is not in its place"},
		{one + a + two + standings + awards, "\"commit\" is not in its place"},
		{standings + one + awards, "\"commit\" is not in its place"},
		{standings + a + awards, "\"evidence\" is not in its place"},
		{standings + awards + a, "\"evidence\" is not in its place"},
		{one + a + note(1) + standings + awards, "\"checkpoint\" is not in its place"},
		{one + b + a, "line 6 of the bundle: the evidence " + fileHashes[0] + " is not sorted"},
		{one + a + a, "is not sorted"},
		{"evidence " + strings.ToUpper(fileHashes[1]) + "\n", "is not a SHA-256 in lower-case hex"},
		{"evidence \n", "is not a SHA-256"},
		{note(1), "is not right after the commit"},
		{one + note(1) + note(1), "is not right after the commit"},
		{one + note(2), "is not right after the commit"},
		{one + two + note(1), "is not right after the commit"},
		{one + one, "line 5 of the bundle: event 1 comes where event 2 should"},
		{two, "line 3 of the bundle: event 2 comes where event 1 should"},
	} {
		_, _, err := readBundle(strings.NewReader(sealed(bundleHead() + test.body)))
		wantError(t, err, test.want)
	}
}

// TestBundleForm seals what no writer writes.
func TestBundleForm(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ body, want string }{
		{"commit 0 " + bundleTime + " 1\n{}\n", "event 0 comes where event 1 should"},
		{"commit 01 " + bundleTime + " 1\n{}\n", "\"01\" is not a sequence"},
		{"commit +1 " + bundleTime + " 1\n{}\n", "\"+1\" is not a sequence"},
		{"commit 9223372036854775808 " + bundleTime + " 1\n{}\n", "is not a sequence"},
		{"commit 1 2026-03-01T08:00:00Z 1\n{}\n", "is not a time"},
		{"commit 1 " + bundleTime + " 0\n", "a commit has 1 to 1000 records, not \"0\""},
		{"commit 1 " + bundleTime + " 1001\n" + strings.Repeat("{}\n", 1001), "a commit has 1 to 1000 records"},
		{"commit 1 " + bundleTime + " -1\n", "a commit has 1 to 1000 records"},
		{"commit 1 " + bundleTime + " 01\n{}\n", "a commit has 1 to 1000 records"},
		{"commit 1 " + bundleTime + "\n{}\n", "a commit has a first event, a recorded time and a number"},
		{"commit 1 " + bundleTime + " 1 1\n{}\n", "a commit has a first event, a recorded time and a number"},
		{"commit 1 " + bundleTime + " 1\n" + strings.Repeat("x", events.MaxCommitBytes+1) + "\n", "line 4 of the bundle: the line is longer than"},
		{"commit 1 " + bundleTime + " 2\n" + strings.Repeat(strings.Repeat("x", events.MaxCommitBytes/2)+"\n", 2), "line 5 of the bundle: the commit has more than"},
		{one + "checkpoint 0\n", "a checkpoint has 1 to 32768 bytes, not \"0\""},
		{one + "checkpoint 32769\n" + strings.Repeat("x", 32769), "a checkpoint has 1 to 32768 bytes"},
		{one + "checkpoint 04\na\n1\n", "a checkpoint has 1 to 32768 bytes"},
		{one + "checkpoint -4\na\n1\n", "a checkpoint has 1 to 32768 bytes"},
		{one + "checkpoint 30000\na\n1\n", "the bundle is cut off"},
		{one + "checkpoint 3\na\n1\n", "it is not in canonical form"},
		{one + "checkpoint 2\na\n", "it is not in canonical form"},
		{"other 1\n", "\"other\" is not a word of a bundle"},
		{"Commit 1 " + bundleTime + " 1\n{}\n", "\"Commit\" is not a word of a bundle"},
		{" \n", "\"\" is not a word of a bundle"},
		{strings.Repeat("x", 81) + "\n", "line 3 of the bundle: \"" + strings.Repeat("x", 40) + "\" is not a word of a bundle"},
		{"commit 1 " + bundleTime + " 1\n{}\n{\"id\": " + strings.Repeat("x", 81) + "\n", "line 5 of the bundle: \"{\\\"id\\\":\" is not a word of a bundle: a part should start here"},
		{"evidence " + strings.Repeat("0", 72) + "\n", "the line is longer than 80 bytes"},
		{"\n", "\"\" is not a word of a bundle"},
		{standings + awards + strings.Repeat("0", 64) + "\n", "the last line is not the SHA-256 of all before"},
	} {
		_, _, err := readBundle(strings.NewReader(sealed(bundleHead() + test.body)))
		wantError(t, err, test.want)
	}
}

func TestBundleStart(t *testing.T) {
	t.Parallel()
	for _, start := range []string{
		"", "\n", "campaign-ledger/bundle/v2\n" + testOrigin() + "\n", proof.BundleHeader + "\r\n" + testOrigin() + "\n", proof.BundleHeader + "\n",
		proof.BundleHeader + "\nother/" + campaign + "\n", proof.BundleHeader + "\n" + testOrigin() + " \n", proof.BundleHeader + "\n" + strings.Repeat("x", 1000) + "\n",
	} {
		if _, err := proof.NewBundleReader(strings.NewReader(sealed(start + standings + awards))); err == nil {
			t.Errorf("%q starts a bundle", start)
		}
	}
}

// TestLargestCommit is read whole; so are claims longer than any buffer.
func TestLargestCommit(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("x", events.MaxCommitBytes/events.MaxCommitEvents-1) + "\n"
	records := strings.Repeat(line, events.MaxCommitEvents)
	claim := bytes.Repeat([]byte("y"), 3<<20)
	var b bytes.Buffer
	w := proof.NewBundleWriter(&b, testOrigin())
	w.Commit(1, at(0), []byte(records))
	w.Commit(1001, at(0), bytes.Repeat([]byte("z"), events.MaxCommitBytes-1))
	w.Standings(claim)
	w.Awards(claim)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_, items, err := readBundle(&b)
	if err != nil || len(items) != 4 || len(items[0].Commit.Records) != events.MaxCommitEvents || !bytes.Equal(items[3].Awards, claim) {
		t.Errorf("%d parts, %v", len(items), err)
	}
}

// endless is a line without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestEndlessBundle(t *testing.T) {
	t.Parallel()
	head := bundleHead()
	for _, start := range []string{"", proof.BundleHeader + "\n", head, head + "commit ", head + "commit 1 2026-03-01T08:00:00.250Z 1\n", head + "standingsx"} {
		if _, _, err := readBundle(io.MultiReader(strings.NewReader(start), endless{})); err == nil {
			t.Errorf("%q and an endless line are a bundle", start)
		}
	}
}

// TestNextAfterTheEnd gives the end again.
func TestNextAfterTheEnd(t *testing.T) {
	t.Parallel()
	b := must[*proof.BundleReader](t)(proof.NewBundleReader(bytes.NewReader(smallBundle(t))))
	for range 9 {
		if _, err := b.Next(); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		if item, err := b.Next(); !errors.Is(err, io.EOF) || !reflect.DeepEqual(item, proof.BundleItem{}) {
			t.Errorf("%+v, %v", item, err)
		}
	}
}

// full is a disk that holds so many bytes.
type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	n := min(len(p), f.left)
	if f.left -= n; n < len(p) {
		return n, errors.New("the disk is full")
	}
	return n, nil
}

func TestBundleWriterFails(t *testing.T) {
	t.Parallel()
	for _, left := range []int{0, 100, 64 << 10, 3 << 20} {
		w := proof.NewBundleWriter(&full{left}, testOrigin())
		w.Standings(bytes.Repeat([]byte("x"), 3<<20))
		w.Awards([]byte("{}"))
		wantError(t, w.Close(), "the disk is full")
	}
	for want, write := range map[string]func(*proof.BundleWriter){
		"a commit without records":                    func(w *proof.BundleWriter) { w.Commit(1, at(0), nil) },
		"a checkpoint without a line feed at its end": func(w *proof.BundleWriter) { w.Checkpoint([]byte("x")) },
		"standings of several lines":                  func(w *proof.BundleWriter) { w.Standings([]byte("{\n}")) },
		"awards of several lines":                     func(w *proof.BundleWriter) { w.Awards([]byte("{}\n")) },
	} {
		w := proof.NewBundleWriter(io.Discard, testOrigin())
		write(w)
		wantError(t, w.Close(), "a bundle can't hold "+want)
	}
}
