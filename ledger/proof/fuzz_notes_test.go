package proof_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"campaignledger/ledger/proof"
)

// FuzzNotes: a file of notes is read in one piece and one by one with the same result, as long as no note is larger than one may be.
func FuzzNotes(f *testing.F) {
	p := testPolicy(2, 1)
	one, two := checkpoint(f, p, testHead(3), 1).Marshal(), checkpoint(f, p, testHead(5), 2).Marshal()
	f.Add(bytes.Join([][]byte{one, two}, nil))
	f.Add(append(one, two[:len(two)/2]...))
	f.Add([]byte("\u2014 a\n\n\u2014 b"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > proof.MaxNoteBytes {
			return
		}
		var notes [][]byte
		for reader := proof.NewNoteReader(bytes.NewReader(data)); ; {
			msg, err := reader.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			notes = append(notes, bytes.Clone(msg))
		}
		split := proof.SplitNotes(data)
		if len(split) != len(notes) {
			t.Fatalf("%q: %d notes in one piece, %d one by one", data, len(split), len(notes))
		}
		for i, msg := range split {
			if !bytes.Equal(msg, notes[i]) {
				t.Errorf("note %d is %q in one piece, %q alone", i, msg, notes[i])
			}
			_ = proof.IsWhole(msg)
			_, _, _ = proof.ReadHead(msg)
			if trimmed := proof.TrimUnknown(msg, p); len(trimmed) > len(msg) {
				t.Errorf("%q is trimmed to %q", msg, trimmed)
			}
		}
	})
}
