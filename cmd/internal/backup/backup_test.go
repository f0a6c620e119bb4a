package backup

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"campaignledger/events"
	"campaignledger/ledger"
)

var sum = strings.Repeat("ab", 32)

func header() Header {
	return Header{Campaign: "c", Genesis: sum, Key: "ed25519:8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c", Made: "2017-12-05T02:00:00.000Z", Program: "<test>"}
}

type testPart struct {
	Part
	body string
}

func parts() []testPart {
	commit := func(first events.Seq, body string) testPart {
		return testPart{Part{Part: Commit, Bytes: int64(len(body)), First: first, Recorded: "2017-12-05T02:00:00.000Z"}, body}
	}
	return []testPart{commit(1, "one\n"), commit(2, "two\nthree\n"), {Part{Part: Checkpoint, Bytes: 4}, "note"}, {Part{Part: Filed, Bytes: 5}, "note2"}, {Part{Part: Policy, Bytes: 6}, "policy"},
		{Part{Part: Evidence, Bytes: 7, File: &ledger.File{SHA256: sum, Size: 7, Type: "text/plain", Name: "a <b> \".txt", By: "m"}}, "content"},
		{Part{Part: Text, Bytes: 5, Text: &TextInfo{Hash: sum, By: "m", Salt: sum}}, "words"}, {Part{Part: Erased, Text: &TextInfo{Hash: sum, By: "m"}}, ""}}
}

func written(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, header())
	for _, p := range parts() {
		if err := w.Write(p.Part, strings.NewReader(p.body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(Manifest{Seq: 3, Root: sum, Standings: sum, Awards: sum}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readAll reads a file to its end.
func readAll(r io.Reader) (*Reader, []testPart, error) {
	b, err := NewReader(r)
	var list []testPart
	for err == nil {
		var p Part
		var body io.Reader
		if p, body, err = b.Next(); err == nil {
			var text []byte
			text, err = io.ReadAll(body)
			list = append(list, testPart{p, string(text)})
		}
	}
	return b, list, err
}

func TestReadWhatWasWritten(t *testing.T) {
	t.Parallel()
	file := written(t)
	for name, in := range map[string]io.Reader{"at once": bytes.NewReader(file), "byte by byte": iotest.OneByteReader(bytes.NewReader(file))} {
		r, list, err := readAll(in)
		if err != io.EOF || r.Header != header() || r.Manifest.Seq != 3 || r.Manifest.Counts != (Counts{2, 1, 1, 1, 1, 1, 1}) || !strings.HasSuffix(string(file), "\nsha256 "+r.Sum+"\n") {
			t.Fatalf("%s: %v, %+v", name, err, r)
		}
		for i, p := range parts() {
			got := list[i]
			if got.body != p.body || got.Part.Part != p.Part.Part || got.First != p.First {
				t.Errorf("%s: part %d is %+v", name, i, got)
			}
		}
	}
	r, err := NewReader(bytes.NewReader(file)) // whoever skips a body reads on behind it
	for err == nil {
		_, _, err = r.Next()
	}
	if err != io.EOF {
		t.Error(err)
	}
}

// TestEveryFlippedByteIsFound: and every byte that is missing, or one too many.
func TestEveryFlippedByteIsFound(t *testing.T) {
	t.Parallel()
	file := written(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for i := range file {
		changed := bytes.Clone(file)
		changed[i] ^= byte(1 + random.IntN(255))
		if _, _, err := readAll(bytes.NewReader(changed)); err == nil || err == io.EOF {
			t.Fatalf("byte %d of %d may be %q instead of %q", i, len(file), changed[i], file[i])
		}
		if _, _, err := readAll(bytes.NewReader(file[:i])); err == nil || err == io.EOF || i > 200 && !errors.Is(err, ErrDamaged) {
			t.Fatalf("cut off after %d of %d bytes: %v", i, len(file), err)
		}
		if _, _, err := readAll(bytes.NewReader(append(bytes.Clone(file[:i]), file[i+1:]...))); err == nil || err == io.EOF {
			t.Fatalf("without byte %d of %d: %v", i, len(file), err)
		}
	}
	if _, _, err := readAll(bytes.NewReader(append(bytes.Clone(file), '\n'))); !errors.Is(err, ErrDamaged) {
		t.Errorf("a byte too many: %v", err)
	}
	if _, _, err := readAll(iotest.TimeoutReader(bytes.NewReader(file))); errors.Is(err, ErrDamaged) {
		t.Errorf("a disk that fails says nothing of the file: %v", err)
	}
}

// TestRefuseWhatIsNoBackup: files with a good sum, made by somebody else.
func TestRefuseWhatIsNoBackup(t *testing.T) {
	t.Parallel()
	good := parts()
	wrong := map[string]func(h *Header, list *[]testPart, m *Manifest){
		"order":       func(_ *Header, list *[]testPart, _ *Manifest) { (*list)[0], (*list)[3] = (*list)[3], (*list)[0] },
		"kind":        func(_ *Header, list *[]testPart, _ *Manifest) { (*list)[0].Part.Part = "commits" },
		"size":        func(_ *Header, list *[]testPart, _ *Manifest) { (*list)[2].Bytes = 1 << 40 },
		"negative":    func(_ *Header, list *[]testPart, _ *Manifest) { (*list)[2].Bytes = -1 },
		"no place":    func(_ *Header, list *[]testPart, _ *Manifest) { (*list)[0].First = 0 },
		"no time":     func(_ *Header, list *[]testPart, _ *Manifest) { (*list)[0].Recorded = "yesterday" },
		"no file":     func(_ *Header, list *[]testPart, _ *Manifest) { (*list)[5].File = nil },
		"file's size": func(_ *Header, list *[]testPart, _ *Manifest) { (*list)[5].File = &ledger.File{SHA256: sum, Size: 8} },
		"file's hash": func(_ *Header, list *[]testPart, _ *Manifest) {
			(*list)[5].File = &ledger.File{SHA256: "../x", Size: 7}
		},
		"erased, salt": func(_ *Header, list *[]testPart, _ *Manifest) {
			(*list)[7].Text = &TextInfo{Hash: sum, By: "m", Salt: sum}
		},
		"campaign":  func(h *Header, _ *[]testPart, _ *Manifest) { h.Campaign = "../x" },
		"key":       func(h *Header, _ *[]testPart, _ *Manifest) { h.Key = "ed25519:00" },
		"made":      func(h *Header, _ *[]testPart, _ *Manifest) { h.Made = "" },
		"long":      func(h *Header, _ *[]testPart, _ *Manifest) { h.Program = strings.Repeat("x", maxLineBytes) },
		"root":      func(_ *Header, _ *[]testPart, m *Manifest) { m.Root = strings.ToUpper(sum) },
		"no events": func(_ *Header, _ *[]testPart, m *Manifest) { m.Seq = 0 },
	}
	for name, change := range wrong {
		h, list, m := header(), append([]testPart{}, good...), Manifest{Seq: 3, Root: sum, Standings: sum, Awards: sum}
		change(&h, &list, &m)
		var b bytes.Buffer
		w := NewWriter(&b, h)
		for _, p := range list {
			w.force(p.Part, p.body)
		}
		if err := w.Close(m); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, _, err := readAll(&b); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// force writes a part as it is.
func (w *Writer) force(p Part, body string) {
	w.counts.count(p.Part)
	w.line(p)
	_, _ = w.out.WriteString(body + "\n")
}

func TestWriterRefusesOurOwnBugs(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(w *Writer) error{
		"too short": func(w *Writer) error { return w.Write(Part{Part: Checkpoint, Bytes: 3}, strings.NewReader("ab")) },
		"too long":  func(w *Writer) error { return w.Write(Part{Part: Checkpoint, Bytes: 3}, strings.NewReader("abcd")) },
		"broken": func(w *Writer) error {
			return w.Write(Part{Part: Checkpoint, Bytes: 3}, iotest.ErrReader(io.ErrClosedPipe))
		},
		"order": func(w *Writer) error {
			_ = w.Write(Part{Part: Checkpoint, Bytes: 1}, strings.NewReader("a"))
			return w.Write(Part{Part: Commit, Bytes: 1}, strings.NewReader("a"))
		},
	} {
		w := NewWriter(io.Discard, header())
		if err := write(w); err == nil || w.Close(Manifest{}) == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
}

// FuzzReader: whatever the bytes are, reading ends, and what is read to its end is what was written.
func FuzzReader(f *testing.F) {
	f.Add(written(f))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, list, err := readAll(bytes.NewReader(data))
		if err != io.EOF {
			return
		}
		var b bytes.Buffer
		w := NewWriter(&b, r.Header)
		for _, p := range list {
			if err := w.Write(p.Part, strings.NewReader(p.body)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(r.Manifest); err != nil || !bytes.Equal(b.Bytes(), data) {
			t.Fatalf("it is written in another way: %v", err)
		}
	})
}
