package workbook

import (
	"bytes"
	"testing"

	"campaignledger/cmd/internal/spreadsheet"
)

// FuzzRead: a file is a workbook that is read within its limit, or it is refused.
func FuzzRead(f *testing.F) {
	f.Add(written(f, content(f)))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := spreadsheet.Open(bytes.Clone(data))
		if err != nil {
			return
		}
		const limit = 1000
		b, entries, err := Read(x, limit)
		if err == nil && (b == nil || len(entries) > limit) {
			t.Errorf("%d entries of at most %d", len(entries), limit)
		}
		_ = Recognised(x)
	})
}
