package ledger

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"campaignledger/events"
)

// FuzzStoredCommit: a stored message is read as one commit and written as the same message, or it is a foreign one; its records are read as far
// as they are canonical.
func FuzzStoredCommit(f *testing.F) {
	f.Add("1", "2017-03-31T02:00:00.000Z", []byte(`{"specversion":"1.0"}`+"\n"))
	f.Add("412", "2017-03-31T02:00:00.000Z", []byte("{}\n{}\n{}"))
	f.Add("007", "2017-03-31", []byte("\n\n"))
	f.Fuzz(func(t *testing.T, first, recorded string, data []byte) {
		c, err := message{streamSeq: 1, first: first, recorded: recorded, data: data}.commit()
		if err != nil {
			return
		}
		if m := newMessage(c); m.first != first || m.recorded != recorded || !bytes.Equal(m.data, data) {
			t.Errorf("%q, %q, %q is written as %+v", first, recorded, data, m)
		}
		if err := c.Check(); err != nil {
			t.Errorf("it is read, and would not be stored: %v", err)
		}
		var lines []byte
		n := 0
		for r := range c.Records() {
			lines = append(append(lines, r...), '\n')
			n++
		}
		if n != c.Len() || !bytes.Equal(bytes.TrimSuffix(lines, []byte("\n")), bytes.TrimSuffix(data, []byte("\n"))) {
			t.Errorf("%d records of %d: %q of %q", n, c.Len(), lines, data)
		}
		cut, rest := c.upTo(c.First), c.After(c.First)
		if got := append(bytes.Clone(cut.Data), rest.Data...); !bytes.Equal(got, data) {
			t.Errorf("cut in two it is %q, not %q", got, data)
		}
		list, err := DecodeCommit(events.NewDecoder(), c, nil)
		if err == nil && len(list) != n {
			t.Errorf("%d events of %d records", len(list), n)
		}
	})
}

// FuzzHead: what is read of DIR/head is written and read as the same.
func FuzzHead(f *testing.F) {
	f.Add([]byte(`{"format":1,"campaigns":{}}`))
	f.Add([]byte(`{"format":1,"campaigns":{"small":{"seq":412,"leaf":"` + strings.Repeat("0a", 32) + `"}}}`))
	f.Add([]byte(`{"format":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		seen, err := parseHead(data)
		if err != nil {
			return
		}
		written, err := json.Marshal(headOf(seen))
		if err != nil {
			t.Fatal(err)
		}
		if again, err := parseHead(written); err != nil || !maps.Equal(again, seen) {
			t.Errorf("%q is written as %q, %v", data, written, err)
		}
	})
}

// FuzzEvidenceType: a file is of a type that is taken, under a name that no system takes for a path or a program, and of the same when it comes
// back under that name; or it is refused.
func FuzzEvidenceType(f *testing.F) {
	f.Add("report.pdf", []byte("%PDF-1.7\n"))
	f.Add("..\\x/Bảng điểm.txt", []byte("điểm 10"))
	f.Add("a.docx", []byte("PK\x03\x04"))
	f.Add("run.sh", []byte("#!/bin/sh\n"))
	f.Add("\x00\u202e.exe", []byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		mediaType, cleaned, err := classifyEvidence(bytes.NewReader(content), int64(len(content)), name)
		if err != nil {
			return
		}
		if mediaType == "" || len(mediaType) > maxMediaTypeBytes || cleaned == "" || len(cleaned) > MaxEvidenceNameBytes || !utf8.ValidString(cleaned) ||
			strings.ContainsAny(cleaned, "/\\\x00\r\n") || filepath.Base(cleaned) != cleaned {
			t.Errorf("%q is %q of type %q", name, cleaned, mediaType)
		}
		again, twice, err := classifyEvidence(bytes.NewReader(content), int64(len(content)), cleaned)
		if err != nil || again != mediaType || twice != cleaned {
			t.Errorf("%q is %q of type %q, and that %q of type %q, %v", name, cleaned, mediaType, twice, again, err)
		}
	})
}

// FuzzBlock: whatever a block holds, the look at its headers ends, at a place in it.
func FuzzBlock(f *testing.F) {
	message := func(length uint32, seq uint64) []byte {
		b := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(nil, length), seq)
		return append(b, make([]byte, max(int(length), 12)-12)...)
	}
	f.Add(append(message(30, 1), message(40, 2)...))
	f.Add(append(message(30, 1), message(40, 1<<33)...))
	f.Add(message(3, 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		at, last, err := scanBlock(bytes.NewReader(data))
		if err != nil || at >= int64(len(data)) || at >= 0 && last == 0 {
			t.Errorf("%d behind message %d, %v", at, last, err)
		}
	})
}

// TestDamagedSequence: one bit of a message's sequence, which NATS would believe.
func TestDamagedSequence(t *testing.T) {
	t.Parallel()
	message := func(seq uint64) []byte {
		return append(binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(nil, 6000), seq), make([]byte, 5988)...)
	}
	for seq, want := range map[uint64]int64{3: -1, 2 + maxSequenceGap: -1, 1 << 40: 12000, 3 | 1<<63: -1, 3 | 1<<62: -1} {
		at, last, err := scanBlock(bytes.NewReader(slices.Concat(message(1), message(2), message(seq), message(4))))
		if err != nil || at != want || want >= 0 && last != 2 {
			t.Errorf("sequence %x: %d behind %d, %v", seq, at, last, err)
		}
	}
}

// FuzzStreamSeq: the place in a stream stands in a reply subject of either form, or there is an error.
func FuzzStreamSeq(f *testing.F) {
	f.Add("$JS.ACK.S.C.1.42.7.1500000000000000000.0")
	f.Add("$JS.ACK.D.A.S.C.1.42.7.1500000000000000000.0.x")
	f.Add("")
	f.Fuzz(func(t *testing.T, reply string) {
		if seq, err := streamSeq(reply); err != nil && seq != 0 {
			t.Errorf("%q gives %d and %v", reply, seq, err)
		}
	})
}
