package proof_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"campaignledger/ledger/proof"
)

// TestNoteReader: read as a stream notes part where SplitNotes parts them; what is too long to be one is cut off.
func TestNoteReader(t *testing.T) {
	t.Parallel()
	read := func(text string) (notes [][]byte) {
		for r := proof.NewNoteReader(strings.NewReader(text)); ; {
			msg, err := r.Next()
			if errors.Is(err, io.EOF) {
				return notes
			}
			if err != nil {
				t.Fatal(err)
			}
			notes = append(notes, msg)
		}
	}
	one, two := "a\n1\nx\n\n— a AAAA\n", "a\n2\ny\n\n— a BBBB\n— w CCCC\n"
	for _, text := range []string{"", one, one + two, two + one + two, one + "a\n3", one + two[:len(two)-3], "\n", "— a\n", "no note"} {
		if got, want := read(text), proof.SplitNotes([]byte(text)); !slices.EqualFunc(got, want, bytes.Equal) {
			t.Errorf("%q is read as %q; SplitNotes has %q", text, got, want)
		}
	}
	long := strings.Repeat("x\n", proof.MaxNoteBytes)
	if got := read(long); len(got) < 2 || len(got[0]) <= proof.MaxNoteBytes || !bytes.Equal(bytes.Join(got, nil), []byte(long)) {
		t.Errorf("%d notes, the first of %d bytes", len(got), len(got[0]))
	}
}
