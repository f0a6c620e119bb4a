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

// blockMessage is a message in a block, but for what no header says.
func blockMessage(length uint32, seq uint64, subject uint16) []byte {
	b := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(nil, length), seq)
	b = binary.LittleEndian.AppendUint16(append(b, make([]byte, 8)...), subject)
	return append(b, make([]byte, max(int(length), blockHeaderBytes)-blockHeaderBytes)...)
}

// FuzzBlock: whatever a block holds, the look at its headers ends, at a place in it.
func FuzzBlock(f *testing.F) {
	f.Add(append(blockMessage(30, 1, 0), blockMessage(40, 2, 10)...), true)
	f.Add(append(blockMessage(30, 1, 0), blockMessage(40, 1<<33, 10)...), false)
	f.Add(blockMessage(3, 1, 0), true)
	f.Fuzz(func(t *testing.T, data []byte, whole bool) {
		chain := blockChain{whole: whole, known: true}
		at, err := chain.block(bytes.NewReader(data), int64(len(data)))
		if err != nil || at < -1 || at >= int64(len(data)) || whole && chain.last > uint64(len(data)) {
			t.Errorf("%d behind message %d, %v", at, chain.last, err)
		}
	})
}

// TestDamagedHeader: headers that NATS would believe.
func TestDamagedHeader(t *testing.T) {
	t.Parallel()
	const length, none, third = 6000, -1, 2 * 6000
	for _, c := range []struct {
		name  string
		whole bool
		bytes []byte // in the place of the third message
		want  int64
	}{
		{"good", true, blockMessage(length, 3, 9), none},
		{"erased", true, append(blockMessage(length, 3|1<<63, 9), blockMessage(length, 3, 0)...), none},
		{"a tombstone", true, append(blockMessage(length, 3|1<<62, 9), blockMessage(length, 3, 0)...), none},
		{"one is missing", true, blockMessage(length, 4, 9), third},
		{"some were erased", false, blockMessage(length, 2+maxSequenceGap, 9), none},
		{"far beyond", false, blockMessage(length, 3+maxSequenceGap, 9), third},
		{"twice", false, blockMessage(length, 2, 9), third},
		{"none", false, blockMessage(length, 0, 9), third},
		{"the longest subject", true, blockMessage(length, 3, length-blockHeaderBytes-blockSumBytes), none},
		{"too long a subject", true, blockMessage(length, 3, length-blockHeaderBytes-blockSumBytes+1), third},
		{"headers", true, blockMessage(length, 3, 9), none},
		{"cut off", true, blockMessage(length, 3, 9)[:length-1], third},
		{"cut off in the header", true, blockMessage(length, 3, 9)[:blockHeaderBytes-1], third},
		{"zeros", true, make([]byte, length), third},
	} {
		if c.name == "headers" {
			c.bytes[3] |= blockHeaderBit >> 24
		}
		chain := blockChain{whole: c.whole, known: true}
		block := slices.Concat(blockMessage(length, 1, 9), blockMessage(length, 2, 9), c.bytes)
		if at, err := chain.block(bytes.NewReader(block), int64(len(block))); err != nil || at != c.want || chain.last < 2 {
			t.Errorf("%s: %d behind %d, %v; want %d", c.name, at, chain.last, err, c.want)
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

// TestWriteFailuresAreTheServers: what the server says of its disk is heard; what a client wrote into its name or user is not.
func TestWriteFailuresAreTheServers(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]bool{
		"JetStream stream '%s > %s' critical write error: %v":                                             true,
		"JetStream out of space, will be DISABLED":                                                        true,
		"Filesystem permission denied while writing msg, disabling JetStream: %v":                         true,
		"Filestore [X] File system permission denied when flushing stream state, disabling JetStream: %v": true,
		"127.0.0.1:52000 - cid:9 - \"critical write error\" - Publish Violation - User %q, Subject %q":    false,
		"127.0.0.1:52000 - cid:9 - \"JetStream out of space\" - authentication error - User %q":           false,
		"authentication error": false,
	} {
		f := newFailing()
		f.Errorf(format, "JetStream out of", "disabling JetStream", "critical write error")
		if got := f.failed.Err() != nil; got != want {
			t.Errorf("%s: heard: %t", format, got)
		}
	}
}
