package witness

import (
	"bytes"
	"strings"
	"testing"

	"campaignledger/events"
)

// FuzzKeptLine: a kept line that is read is written as a line that is read as the same.
func FuzzKeptLine(f *testing.F) {
	f.Add([]byte(`{"seq":1,"recorded":"2017-03-31T02:00:00.000Z","record":{"a":1}}` + "\n"))
	f.Add([]byte(`{"seq":1,"recorded":"2017-03-31T02:00:00.000Z","leaf":"` + strings.Repeat("0a", 32) + `"}` + "\n"))
	f.Add([]byte(`{"seq":1}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := newLineReader(bytes.NewReader(data), 1).read()
		if err != nil {
			return
		}
		text := l.marshal(nil)
		again, err := newLineReader(bytes.NewReader(text), 1).read()
		if err != nil || again.seq != l.seq || !again.recorded.Equal(l.recorded) || again.leaf != l.leaf || !bytes.Equal(again.record, l.record) {
			t.Errorf("%q is written as %q, %v", data, text, err)
		}
	})
}

// FuzzLodged: of a kept lodging the canonical records are read, each as it stands.
func FuzzLodged(f *testing.F) {
	f.Add([]byte("{}\nnothing\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		records, drafts := lodgedDrafts(data)
		if len(records) != len(drafts) {
			t.Fatalf("%d records, %d drafts", len(records), len(drafts))
		}
		for i, r := range records {
			if again, err := events.Encode(drafts[i]); err != nil || !bytes.Equal(again, r) || !bytes.Contains(data, r) {
				t.Errorf("%q is %q, %v", r, again, err)
			}
		}
	})
}
