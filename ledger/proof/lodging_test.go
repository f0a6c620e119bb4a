package proof_test

import (
	"bytes"
	"encoding/base64"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// lodger signs lodgings as witness i.
func lodger(t testing.TB, i int) note.Signer {
	t.Helper()
	return must[note.Signer](t)(proof.LodgingSigner(witnessName(i), witnessKey(i)))
}

func lodging(t testing.TB, s note.Signer, list []events.Record) *proof.Lodging {
	t.Helper()
	l := &proof.Lodging{Origin: testOrigin(), Drafts: list, Time: at(2)}
	if err := l.Sign(s); err != nil {
		t.Fatal(err)
	}
	return l
}

func openLodging(p *proof.Policy) func([]byte) error {
	return func(b []byte) error {
		_, err := proof.OpenLodging(b, p)
		return err
	}
}

func TestLodgingRoundTrip(t *testing.T) {
	t.Parallel()
	p := testPolicy(3, 2)
	for i := range 3 {
		l := lodging(t, lodger(t, i), drafts(`{"a":1}`, `{"b":2}`)[:1+i%2])
		got := must[*proof.Lodging](t)(proof.OpenLodging(l.Marshal(), p))
		if !reflect.DeepEqual(got, l) || got.Witness != witnessName(i) || !bytes.Equal(got.Marshal(), l.Marshal()) {
			t.Errorf("it opens as %+v", got)
		}
	}
}

func TestEachBitOfALodging(t *testing.T) {
	t.Parallel()
	wantNoneOpens(t, lodging(t, lodger(t, 1), drafts(`{"a":1}`)).Marshal(), openLodging(testPolicy(2, 1)))
}

func TestLodgingRefusals(t *testing.T) {
	t.Parallel()
	p := testPolicy(1, 1)
	l := lodging(t, lodger(t, 0), drafts(`{"a":1}`, `{"b":2}`))
	statementRefusals(t, string(l.Marshal()), openLodging(p))
	for name, signer := range map[string]note.Signer{
		"the log":           logSigner(t),
		"another witness":   lodger(t, 1),
		"another key":       must[note.Signer](t)(proof.LodgingSigner(witnessName(0), testKey(99))),
		"the log's name":    must[note.Signer](t)(proof.LodgingSigner(testOrigin(), witnessKey(0))),
		"the cosigning key": must[note.Signer](t)(proof.Cosigner(witnessName(0), witnessKey(0))),
	} {
		if openLodging(p)(lodging(t, signer, drafts(`{}`)).Marshal()) == nil {
			t.Errorf("%s lodges", name)
		}
	}
	other := testPolicy(1, 1)
	other.Origin = proof.Origin("other", p.Genesis())
	if openLodging(other)(l.Marshal()) == nil || openLodging(testPolicy(0, 0))(l.Marshal()) == nil {
		t.Error("it opens with another policy")
	}
	for _, list := range [][]events.Record{nil, drafts(``), drafts("{\n}")} {
		if (&proof.Lodging{Origin: p.Origin, Drafts: list, Time: at(2)}).Sign(lodger(t, 0)) == nil {
			t.Errorf("%q is lodged", list)
		}
	}
}

// relabel gives a signature line the key hash of another one.
func relabel(t *testing.T, line, other string) string {
	t.Helper()
	f := strings.Fields(line)
	data := must[[]byte](t)(base64.StdEncoding.DecodeString(f[2]))
	copy(data[:4], must[[]byte](t)(base64.StdEncoding.DecodeString(strings.Fields(other)[2])))
	return f[0] + " " + f[1] + " " + base64.StdEncoding.EncodeToString(data) + "\n"
}

// TestLodgingIsNoCosignature: one key signs both, and neither serves for the other, nor for a statement of the log.
func TestLodgingIsNoCosignature(t *testing.T) {
	t.Parallel()
	p := testPolicy(1, 1)
	text, _, _ := strings.Cut(string(checkpoint(t, p, testHead(3), 0).Marshal()), "\n\n")
	text += "\n"
	log := signLine(t, text, logSigner(t))
	plain := signLine(t, text, lodger(t, 0)) // the checkpoint itself, by the lodging's key
	cosigned := signLine(t, text, fixedCosigner{witnessName(0), witnessKey(0), cosignedAt})
	if _, err := proof.OpenCheckpoint([]byte(text+"\n"+log+cosigned), p); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{plain, relabel(t, plain, cosigned)} {
		if _, err := proof.OpenCheckpoint([]byte(text+"\n"+log+line), p); err == nil {
			t.Errorf("%q is a cosignature", line)
		}
	}
	l := lodging(t, lodger(t, 0), drafts(`{}`))
	kept := string(l.Marshal())
	lodged := kept[:strings.Index(kept, "\n\n")+1]
	line := signLine(t, lodged, fixedCosigner{witnessName(0), witnessKey(0), cosignedAt})
	for _, line := range []string{line, relabel(t, line, plain)} {
		if openLodging(p)([]byte(lodged+"\n"+line+"\n{}\n")) == nil {
			t.Errorf("%q is a lodging", line)
		}
	}
	if openRefusal(p)(l.Marshal()) == nil || openLodging(p)(refusal(t, drafts(`{}`)).Marshal()) == nil {
		t.Error("a lodging is a refusal, or the other way round")
	}
}
