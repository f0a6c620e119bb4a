package proof_test

import (
	"crypto/ed25519"
	"strings"
	"testing"

	formats "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// TestKeysAsStockClientsReadThem: verifier keys and signers are those of x/mod and of transparency-dev.
func TestKeysAsStockClientsReadThem(t *testing.T) {
	t.Parallel()
	text := testOrigin() + "\n1\nAAAA\n"
	for i := range 40 {
		private := testKey(byte(100 + i))
		public := events.PublicKeyOf(private)
		log := must[note.Verifier](t)(note.NewVerifier(proof.LogKey(testOrigin(), public)))
		signer := must[note.Signer](t)(proof.LogSigner(testOrigin(), private))
		if !log.Verify([]byte(text), must[[]byte](t)(signer.Sign([]byte(text)))) || log.KeyHash() != signer.KeyHash() || log.Name() != signer.Name() {
			t.Errorf("key %d: the log's signature is not one", i)
		}
		witness := must[note.Verifier](t)(formats.NewVerifierForCosignatureV1(proof.WitnessKey("w", public)))
		cosigner := must[note.Signer](t)(proof.Cosigner("w", private))
		if !witness.Verify([]byte(text), must[[]byte](t)(cosigner.Sign([]byte(text)))) || witness.KeyHash() != cosigner.KeyHash() {
			t.Errorf("key %d: the cosignature is not one", i)
		}
		fixed := fixedCosigner{"w", private, 1}
		if !witness.Verify([]byte(text), must[[]byte](t)(fixed.Sign([]byte(text)))) || witness.KeyHash() != fixed.KeyHash() {
			t.Errorf("key %d: these tests' cosignature is not one", i)
		}
		lodger := must[note.Signer](t)(proof.LodgingSigner("w", private))
		if lodger.KeyHash() == cosigner.KeyHash() {
			t.Errorf("key %d: the lodging's key hash is the cosignature's", i)
		}
	}
}

// TestKeysWithPluses: every second key has a plus in its base64.
func TestKeysWithPluses(t *testing.T) {
	t.Parallel()
	pluses := 0
	for i := range 60 {
		p := testPolicy(1, 1)
		p.Log, p.Witnesses[0].Key = events.PublicKeyOf(testKey(byte(i))), events.PublicKeyOf(testKey(byte(100+i)))
		pluses += strings.Count(string(p.Marshal()), "+") - 4 // two a key are signs between its parts
		if _, err := proof.ParsePolicy(p.Marshal()); err != nil {
			t.Errorf("keys of seed %d: %v", i, err)
		}
	}
	if pluses < 20 {
		t.Errorf("only %d pluses", pluses)
	}
}

// TestNamesOfKeys: a name that a note can't have gives no signer, whatever it does to the key's form.
func TestNamesOfKeys(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "a b", "a\nb", "a+b", "+", "x+00000000", "x+00000000+AAAA", "\xff", "a\u00a0b", "PRIVATE+KEY+a"} {
		for what, make := range map[string]func(string, ed25519.PrivateKey) (note.Signer, error){
			"log": proof.LogSigner, "cosigner": proof.Cosigner, "lodging": proof.LodgingSigner,
		} {
			if s, err := make(name, testKey(1)); err == nil {
				t.Errorf("%s: the name %q gives the signer %q", what, name, s.Name())
			}
		}
	}
}

func TestParseOrigin(t *testing.T) {
	t.Parallel()
	genesis := proof.Genesis(firstRecord)
	c, g, err := proof.ParseOrigin(testOrigin())
	if c != campaign || g != genesis || err != nil {
		t.Errorf("%q, %q, %v", c, g, err)
	}
	for _, origin := range []string{
		"", "campaign-ledger/", "campaign-ledger/cup", "cup/" + genesis, "campaign-ledger//" + genesis, "campaign-ledger/Cup/" + genesis,
		"campaign-ledger/cup/" + genesis[1:], "campaign-ledger/cup/" + strings.ToUpper(genesis), "campaign-ledger/cup/" + genesis + "\n",
		"campaign-ledger/cup/" + genesis + "/", " campaign-ledger/cup/" + genesis, "campaign-ledger/cup\n/" + genesis, "campaign-ledger/cup/x/" + genesis,
	} {
		if _, _, err := proof.ParseOrigin(origin); err == nil {
			t.Errorf("%q is an origin", origin)
		}
	}
}
