package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"campaignledger/cmd/internal/verify"
	"campaignledger/events"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// cosigned is a checkpoint of a size, cosigned by w1 … a second after its last event.
func (s *story) cosigned(t testing.TB, size uint64, witnesses int) []byte {
	t.Helper()
	times := slices.Repeat([]time.Time{s.recordedAt(size).Add(time.Second)}, witnesses)
	return s.sign(t, s.head(size), times...).Marshal()
}

// TestOtherWitnesses: what the log signed under other witnesses is not checkable, and not ok; in a bundle it fails.
func TestOtherWitnesses(t *testing.T) {
	t.Parallel()
	s := small(t, true, 2)
	p, bundle := s.policy(2, 2), s.bundle(t)
	forked := s.clone()
	forked.commits[4].records, forked.commits[5].records = forked.commits[5].records, forked.commits[4].records
	old, fork := s.cosigned(t, 5, 3), forked.cosigned(t, 7, 3)
	receipt := bytes.Replace(s.receipt(t, 4, 5), s.sign(t, s.head(5)).Marshal(), old, 1)
	rekeyed := s.policy(2, 2)
	rekeyed.Witnesses[1].Key = events.PublicKeyOf(keyOf("another"))
	unknown := func(name string, p *proof.Policy, bundle, kept []byte, who string) {
		code, r, messages := started(t, p, bundle, "--against", put(t, "kept", kept))
		if r == nil {
			t.Fatalf("%s: exit status %d: %s", name, code, messages)
		}
		l := lineOf(t, r, verify.Against)
		if code != exitBad || r.OK || l.Status != verify.NotCheckable || !l.Mend || !strings.Contains(l.Text, "a cosignature of "+who+" that the policy does not know") {
			t.Errorf("%s: exit status %d, %+v", name, code, l)
		}
		if len(failures(r)) == 0 && !strings.Contains(messages, "incomplete: against") {
			t.Errorf("%s: %s", name, messages)
		}
	}
	unknown("checkpoint", p, bundle, old, "w3")
	unknown("one of several", p, bundle, slices.Concat(s.points[1], old, s.points[8]), "w3")
	unknown("receipt", p, bundle, receipt, "w3")
	unknown("another key", rekeyed, bundle, s.cosigned(t, 5, 2), "w2")
	against{"a fork, whoever cosigned it", fork, verify.Failed, 7, "FORK"}.check(t, p, bundle)
	s.points[5] = old
	mustFail(t, p, s.bundle(t), map[string]events.Seq{verify.Complete: 2})
}

// TestEveryBitKept: whichever byte of a kept file is another, under the policy of then or another, it is not ok. Of each byte one bit
// is flipped, each of the eight in its turn.
func TestEveryBitKept(t *testing.T) {
	t.Parallel()
	s := tiny(t, 2)
	note := s.cosigned(t, 3, 2)
	s.points[3] = s.cosigned(t, 3, 1)
	bundle := s.bundle(t)
	alone := s.sign(t, s.head(3), s.recordedAt(3).Add(time.Second), time.Time{}).Marshal()
	receipt := bytes.Replace(s.receipt(t, 2, 3), s.sign(t, s.head(3)).Marshal(), note, 1)
	for name, kept := range map[string][]byte{"checkpoint": note, "receipt": receipt, "checkpoints": slices.Concat(alone, note)} {
		for _, known := range []int{2, 1} { // of two who cosigned
			proof.Parallel(len(kept)+1, func(at int) {
				changed := bytes.Clone(kept)
				if at < len(kept) {
					changed[at] ^= 1 << (at % 8)
				}
				o := verify.Options{Policy: s.policy(known, 1), Bundle: bytes.NewReader(bundle), Against: []verify.Source{{Name: "kept", Reader: bytes.NewReader(changed)}}}
				r, err := verify.Run(context.Background(), o)
				if known == 1 && at == len(kept) && (err != nil || !r.Lines[6].Mend) {
					t.Errorf("%s, unchanged: %v, %+v", name, err, r)
				}
				if want := at == len(kept) && known == 2; want != (err == nil && r.OK && r.Lines[6].Status == verify.OK) {
					t.Errorf("%s, %d known, byte %d: %v, %+v", name, known, at, err, r)
				}
			})
		}
	}
}

// TestAgainstDirectory takes what is kept in a directory and the directories in it, in order, and nothing else.
func TestAgainstDirectory(t *testing.T) {
	t.Parallel()
	s := small(t, true, 3)
	p, bundle, dir := s.policy(3, 2), s.bundle(t), t.TempDir()
	for name, data := range map[string][]byte{"6.receipt": s.receipt(t, 6, 7), "6-00.other": s.receipt(t, 6, 8), "policy": p.Marshal(), "sub/checkpoints.txt": s.points[8],
		"sub/notes.txt": []byte("hello"), "sub/deeper/7.receipt": []byte("hello"), "sub.receipt/none": nil,
		"a.refusal": s.refusal(t, 8, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), projections.CodeLate, s.commits[4].records[0])} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, r, messages := started(t, p, bundle, "--against", dir)
	if r == nil {
		t.Fatal(messages)
	}
	var names []string
	for _, l := range r.Lines {
		if l.Name == verify.Against {
			name, _ := filepath.Rel(dir, l.File)
			names = append(names, filepath.ToSlash(name))
		}
	}
	if want := []string{"6-00.other", "6.receipt", "a.refusal", "sub/checkpoints.txt"}; !slices.Equal(names, want) {
		t.Errorf("%v, want %v", names, want)
	}
	if code, _, messages := started(t, p, bundle, "--against", t.TempDir()); code != exitFailed || !strings.Contains(messages, "--against") || !strings.Contains(messages, "*.receipt") {
		t.Errorf("exit status %d: %s", code, messages)
	}
}

// TestManyCheckpoints: a file larger than what is looked at together, in which heads stand again with more cosignatures, is all checked.
func TestManyCheckpoints(t *testing.T) {
	t.Parallel()
	s := small(t, true, 3)
	p, bundle := s.policy(3, 2), s.bundle(t)
	var file []byte
	const more = 700 // three each: more than two batches
	for i := range more {
		size := uint64(1 + i*8/more)
		for cosigned := 1; cosigned <= 3; cosigned++ {
			times := slices.Repeat([]time.Time{s.recordedAt(size).Add(time.Duration(i%8) * time.Second)}, cosigned)
			file = append(file, s.sign(t, s.head(size), append(times, make([]time.Time, 3-cosigned)...)...).Marshal()...)
		}
	}
	against{"", file, verify.OK, 0, fmt.Sprintf("%s checkpoints, the newest of 8", verify.Count(3*more, "en", "", "")[:5])}.check(t, p, bundle)
	for _, at := range []int{len(file) / 5, len(file) / 2, len(file) - 5} {
		changed := bytes.Clone(file)
		changed[at] ^= 1
		if code, r, _ := started(t, p, bundle, "--against", put(t, "kept", changed)); code == exitDone || r != nil && lineOf(t, r, verify.Against).Status == verify.OK {
			t.Errorf("byte %d: exit status %d", at, code)
		}
	}
}

// TestKeptBounds: a file of checkpoints may have 256 MiB, and not more.
func TestKeptBounds(t *testing.T) {
	t.Parallel()
	s := small(t, true, 3)
	note := s.points[8]
	const megabytes = 65 // more than any other kept file may have; these are checked once each batch
	for _, test := range []struct {
		bytes int
		fails string
	}{{megabytes << 20, ""}, {257 << 20, "more than 256 MiB"}} {
		o := verify.Options{Policy: s.policy(3, 2), Bundle: bytes.NewReader(s.bundle(t)),
			Against: []verify.Source{{Name: "kept", Reader: &repeated{note, (test.bytes / len(note)) * len(note)}}}}
		r, err := verify.Run(t.Context(), o)
		switch {
		case test.fails != "":
			if err == nil || !strings.Contains(err.Error(), test.fails) {
				t.Errorf("%d bytes: %v", test.bytes, err)
			}
		case err != nil || !r.OK:
			t.Errorf("%d bytes: %v, %+v", test.bytes, err, r)
		}
	}
}

// repeated is a text again and again, up to n bytes.
type repeated struct {
	text []byte
	n    int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.n == 0 {
		return 0, io.EOF
	}
	at := (len(r.text) - r.n%len(r.text)) % len(r.text)
	n := copy(p, r.text[at:])
	r.n -= n
	return n, nil
}
