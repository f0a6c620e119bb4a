package proof_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// TestGoldenFiles: people hold such files. Their bytes are never edited; a new form gets a new version and a new file.
func TestGoldenFiles(t *testing.T) {
	t.Parallel()
	p := testPolicy(2, 2)
	p.URL, p.Witnesses[0].URL = "https://ledger.example/cup-2026", "https://w.example/"
	for name, test := range map[string]struct {
		data []byte
		open func([]byte) error
	}{
		"receipt": {receipt(t, p, events.Record(`{"n":1}`), 3, 7, 2).Marshal(), openReceipt(p)},
		"refusal": {refusal(t, drafts(`{"a":1}`, `{"b":2}`)).Marshal(), openRefusal(p)},
		"lodging": {lodging(t, lodger(t, 1), drafts(`{"a":1}`, `{"b":2}`)).Marshal(), openLodging(p)},
		"policy":  {p.Marshal(), func(b []byte) error { _, err := proof.ParsePolicy(b); return err }},
		"bundle":  {smallBundle(t), func(b []byte) error { _, _, err := readBundle(bytes.NewReader(b)); return err }},
	} {
		golden := must[[]byte](t)(os.ReadFile(filepath.Join("testdata", name+".golden")))
		if !bytes.Equal(test.data, golden) {
			t.Errorf("the %s is %q, not %q", name, test.data, golden)
		}
		if err := test.open(golden); err != nil {
			t.Errorf("the %s: %v", name, err)
		}
	}
}
