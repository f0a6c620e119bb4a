package proof_test

import (
	"bytes"
	"reflect"
	"testing"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// What opens is written as the same bytes, and nothing panics. A fuzzer has no keys: it starts from what was signed.

func FuzzOpenCheckpoint(f *testing.F) {
	p := testPolicy(2, 1)
	for n := range 3 {
		f.Add(checkpoint(f, p, testHead(3), n).Marshal())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := proof.OpenCheckpoint(data, p); err == nil && !bytes.Equal(c.Marshal(), data) {
			t.Errorf("%q is written as %q", data, c.Marshal())
		}
		if !bytes.Equal(bytes.Join(proof.SplitNotes(data), nil), data) {
			t.Error("SplitNotes loses bytes")
		}
	})
}

func FuzzOpenReceipt(f *testing.F) {
	p := testPolicy(1, 1)
	f.Add(receipt(f, p, events.Record(`{"n":1}`), 1, 1, 0).Marshal())
	f.Add(receipt(f, p, events.Record(`{"n":1}`), 3, 7, 1).Marshal())
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := proof.OpenReceipt(data, p); err == nil && !bytes.Equal(r.Marshal(), data) {
			t.Errorf("%q is written as %q", data, r.Marshal())
		}
	})
}

func FuzzOpenStatement(f *testing.F) {
	p := testPolicy(1, 1)
	f.Add(refusal(f, drafts(`{"a":1}`, `{}`)).Marshal())
	f.Add(lodging(f, lodger(f, 0), drafts(`{}`)).Marshal())
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := proof.OpenRefusal(data, p); err == nil && !bytes.Equal(r.Marshal(), data) {
			t.Errorf("%q is written as %q", data, r.Marshal())
		}
		if l, err := proof.OpenLodging(data, p); err == nil && !bytes.Equal(l.Marshal(), data) {
			t.Errorf("%q is written as %q", data, l.Marshal())
		}
	})
}

// FuzzParsePolicy: a policy's file is for people; what was written once stays the same.
func FuzzParsePolicy(f *testing.F) {
	for n := range 3 {
		f.Add(testPolicy(n, n).Marshal())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := proof.ParsePolicy(data)
		if err != nil {
			return
		}
		again, err := proof.ParsePolicy(p.Marshal())
		if err != nil || !reflect.DeepEqual(again, p) || !bytes.Equal(again.Marshal(), p.Marshal()) {
			t.Errorf("%q is written as %q, which is read as %+v, %v", data, p.Marshal(), again, err)
		}
		if p.Quorum < 0 || p.Quorum > len(p.Witnesses) || p.Colluding() < -1 || p.Colluding() > len(p.Witnesses) || p.Genesis() == "" {
			t.Errorf("%q is read as %+v", data, p)
		}
	})
}

// FuzzBundle gives the reader bundles with and without the right last line.
func FuzzBundle(f *testing.F) {
	data := smallBundle(f)
	f.Add(data)
	f.Add(data[:len(data)-65])
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, b := range [][]byte{data, []byte(sealed(string(data)))} {
			origin, items, err := readBundle(bytes.NewReader(b))
			if err != nil {
				continue
			}
			if again, err := writeBundle(origin, items); err != nil || !bytes.Equal(again, b) {
				t.Errorf("%q is written as %q, %v", b, again, err)
			}
		}
	})
}
