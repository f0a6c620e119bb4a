package events

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"
)

// signedSample is a record and its signed form under the first golden key.
func signedSample(t *testing.T, genesis string) (unsigned, signed Record) {
	t.Helper()
	unsigned, err := Encode(Draft{ID: goldenID, Campaign: "cum2-2017", Time: goldenTime, Author: "ls-head", Payload: &CampaignClosed{Reason: "hết năm"}})
	if err != nil {
		t.Fatal(err)
	}
	signed, err = Sign(goldenKey(1), genesis, unsigned)
	if err != nil {
		t.Fatal(err)
	}
	return unsigned, signed
}

// The golden signatures are never edited: stored logs and other implementations hold their like.
func TestGoldenSignatures(t *testing.T) {
	t.Parallel()
	key := PublicKeyOf(goldenKey(1))
	_, first := signedSample(t, NoGenesis)
	_, later := signedSample(t, goldenHash)
	for _, c := range []struct{ what, got, want string }{
		{"key", key.String(), "ed25519:8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c"},
		{"fingerprint", key.Fingerprint(), "34750F98 BD59FCFC 946DA45A AABE933B E154A4B5 094E1C4A BF428665 05F3C97E"},
		{"record 1", signatureOf(t, first), "ed25519:" +
			"ce7bdc4b82f53df0d0331037a3db4b1b377cbfaa34bb7a4b21abd4f8169925ed241690d1e8469004933b880d217d949506bda5f527764bc3a0d40495cb6bea09"},
		{"later record", signatureOf(t, later), "ed25519:" +
			"42e9c518a3d8ec81fe6728f7c5df7c807ec9f4f17c733815920b2ab0bbf07fa1c5e19a54bf0eb4d3474d58a456d3bcd65690a44be2c32782c43424cbd0c51b07"},
		{"possession", ProvePossession(goldenKey(1), goldenHash, "cb-3"), "ed25519:" +
			"5bb6e00b50d51d84421377386d91c52a31b1c914d1f1e4317024bb71977309d87189ddc3e72bde58348934246df950b4ec2e193fc88bf103d90b72f81ea4ba03"},
		{"hash of a record", hexOf(RecordHash(later)), "c1bf43372d7de7aa200b95033701d592cce6b662b9b0b11fd276e43df8f69f48"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, not %s", c.what, c.got, c.want)
		}
	}
}

func signatureOf(t *testing.T, r Record) string {
	t.Helper()
	d, err := Decode(r)
	if err != nil {
		t.Fatal(err)
	}
	return d.Signature
}

func hexOf(sum [32]byte) string { return hex.EncodeToString(sum[:]) }

// What is signed is what the package's page says, put together here by hand.
func TestSignedBytes(t *testing.T) {
	t.Parallel()
	for _, genesis := range []string{NoGenesis, goldenHash} {
		unsigned, signed := signedSample(t, genesis)
		d, err := Decode(signed)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := hex.DecodeString(strings.TrimPrefix(d.Signature, "ed25519:"))
		key := PublicKeyOf(goldenKey(1))
		if err != nil || !ed25519.Verify(key[:], []byte("campaign-ledger/event/v1\n"+genesis+"\n"+string(unsigned)), signature) {
			t.Errorf("%s does not sign the bytes that the specification names: %v", d.Signature, err)
		}
		if !bytes.Equal(signed.Unsigned(), unsigned) || !bytes.Equal(unsigned.Unsigned(), unsigned) {
			t.Errorf("without its signature the record is %s", signed.Unsigned())
		}
		d.Signature = ""
		if again, err := Encode(d); err != nil || !bytes.Equal(again, unsigned) {
			t.Errorf("%s: %v", again, err)
		}
		if again, err := Sign(goldenKey(1), genesis, signed); err == nil {
			t.Errorf("signed twice: %s", again)
		}
	}
	for _, r := range []Record{nil, Record("{"), Record("x")} {
		if signed, err := Sign(goldenKey(1), NoGenesis, r); err == nil {
			t.Errorf("signed %q as %s", r, signed)
		}
	}
}

// A text that looks like a signature does not pass for one, nor hide one.
func TestUnsignedIsNotFooled(t *testing.T) {
	t.Parallel()
	unsigned, err := Encode(Draft{ID: goldenID, Campaign: "c", Time: goldenTime, Author: "a", Payload: &CampaignClosed{Reason: `,"signature":"` + goldenSigned + `"}`}})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(unsigned.Unsigned(), unsigned) {
		t.Errorf("a text was taken for a signature: %s", unsigned)
	}
	signed, err := Sign(goldenKey(1), goldenHash, unsigned)
	if err != nil || !VerifySignature(PublicKeyOf(goldenKey(1)), goldenHash, signed) || !bytes.Equal(signed.Unsigned(), unsigned) {
		t.Errorf("%v: %s", err, signed)
	}
}

func TestVerifySignatureRefuses(t *testing.T) {
	t.Parallel()
	key := PublicKeyOf(goldenKey(1))
	unsigned, signed := signedSample(t, goldenHash)
	if !VerifySignature(key, goldenHash, signed) {
		t.Fatal("a good signature is refused")
	}
	for i := range signed {
		for _, x := range []byte{1, 0x20, 0x80} {
			mutated := bytes.Clone(signed)
			mutated[i] ^= x
			if VerifySignature(key, goldenHash, mutated) {
				t.Errorf("byte %d xor %#x: accepted", i, x)
			}
		}
		if VerifySignature(key, goldenHash, append(bytes.Clone(signed[:i]), signed[i+1:]...)) || VerifySignature(key, goldenHash, signed[:i]) {
			t.Errorf("byte %d left out, or the rest cut off: accepted", i)
		}
	}
	first, err := Sign(goldenKey(1), NoGenesis, unsigned)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Repeat("1", 64)
	for what, good := range map[string]bool{
		"unsigned":               VerifySignature(key, goldenHash, unsigned),
		"another key":            VerifySignature(PublicKeyOf(goldenKey(2)), goldenHash, signed),
		"another campaign":       VerifySignature(key, other, signed),
		"as record 1":            VerifySignature(key, NoGenesis, signed),
		"record 1 as a later":    VerifySignature(key, goldenHash, first),
		"genesis in upper case":  VerifySignature(key, strings.ToUpper(goldenHash), signed),
		"no genesis":             VerifySignature(key, "", signed),
		"possession as a record": VerifySignature(key, goldenHash, withSignature(unsigned, ProvePossession(goldenKey(1), goldenHash, "m"))),
	} {
		if good {
			t.Errorf("%s: accepted", what)
		}
	}
	if !VerifySignature(key, NoGenesis, first) {
		t.Error("record 1's signature is refused")
	}
}

func withSignature(unsigned Record, signature string) Record {
	return Record(strings.TrimSuffix(string(unsigned), "}") + `,"signature":"` + signature + `"}`)
}

// addOrder is the signature with the group's order added to S: the same equation holds, and other bytes.
func addOrder(t *testing.T, signature string) string {
	t.Helper()
	b, err := hex.DecodeString(strings.TrimPrefix(signature, "ed25519:"))
	if err != nil {
		t.Fatal(err)
	}
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	scalar := bytes.Clone(b[32:])
	reverse := func() {
		for i := range 16 {
			scalar[i], scalar[31-i] = scalar[31-i], scalar[i]
		}
	}
	reverse()
	new(big.Int).Add(new(big.Int).SetBytes(scalar), order).FillBytes(scalar)
	reverse()
	return "ed25519:" + hex.EncodeToString(append(b[:32], scalar...))
}

// Nobody makes a second signature of a given one: S must be below the group's order.
func TestMalleableSignaturesAreRefused(t *testing.T) {
	t.Parallel()
	key := PublicKeyOf(goldenKey(1))
	unsigned, signed := signedSample(t, goldenHash)
	if second := withSignature(unsigned, addOrder(t, signatureOf(t, signed))); VerifySignature(key, goldenHash, second) {
		t.Errorf("accepted %s", second)
	}
	if VerifyPossession(key, goldenHash, "m", addOrder(t, ProvePossession(goldenKey(1), goldenHash, "m"))) {
		t.Error("a proof of possession has a second form")
	}
}

func TestPossession(t *testing.T) {
	t.Parallel()
	key, other := PublicKeyOf(goldenKey(1)), PublicKeyOf(goldenKey(2))
	proof := ProvePossession(goldenKey(1), goldenHash, "cb-3")
	if !VerifyPossession(key, goldenHash, "cb-3", proof) {
		t.Fatal("a good proof is refused")
	}
	raw, err := hex.DecodeString(strings.TrimPrefix(proof, "ed25519:"))
	if err != nil || !ed25519.Verify(key[:], []byte("campaign-ledger/possession/v1\n"+goldenHash+"\ncb-3\n"+key.String()), raw) {
		t.Error("the proof does not sign the bytes that the specification names")
	}
	for what, good := range map[string]bool{
		"another key":      VerifyPossession(other, goldenHash, "cb-3", proof),
		"another campaign": VerifyPossession(key, NoGenesis, "cb-3", proof),
		"another member":   VerifyPossession(key, goldenHash, "cb-4", proof),
		"no proof":         VerifyPossession(key, goldenHash, "cb-3", ""),
		"upper case":       VerifyPossession(key, goldenHash, "cb-3", strings.ToUpper(proof)),
		"cut off":          VerifyPossession(key, goldenHash, "cb-3", proof[:len(proof)-2]),
		"longer":           VerifyPossession(key, goldenHash, "cb-3", proof+"00"),
	} {
		if good {
			t.Errorf("%s: accepted", what)
		}
	}
	for i := range proof {
		mutated := []byte(proof)
		mutated[i] ^= 1
		if VerifyPossession(key, goldenHash, "cb-3", string(mutated)) {
			t.Errorf("byte %d changed: accepted", i)
		}
	}
}

func TestPublicKeyForms(t *testing.T) {
	t.Parallel()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key := PublicKeyOf(private)
	if got, err := ParsePublicKey(key.String()); err != nil || got != key || !bytes.Equal(key[:], public) {
		t.Errorf("%s was read as %s: %v", key, got, err)
	}
	text := key.String()
	for _, wrong := range []string{"", text[1:], text + "0", text[:len(text)-1], strings.ToUpper(text), "ed25519:" + strings.Repeat("g", 64), " " + text} {
		if got, err := ParsePublicKey(wrong); err == nil {
			t.Errorf("%q was read as %s", wrong, got)
		}
	}
}

// Under a key of small order signatures hold that nobody made; such keys are refused, and only such.
func TestLowOrderKeys(t *testing.T) {
	t.Parallel()
	forged := append([]byte{1}, make([]byte, 63)...) // R is the neutral point and S is 0
	for _, y := range []string{strings.Repeat("00", 32), "01" + strings.Repeat("00", 31),
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"ec" + strings.Repeat("ff", 30) + "7f", "ed" + strings.Repeat("ff", 30) + "7f", "ee" + strings.Repeat("ff", 30) + "7f"} {
		key, err := hex.DecodeString(y)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // with either sign of x
			holds := false
			for n := range 100 {
				holds = holds || ed25519.Verify(key, []byte{byte(n)}, forged)
			}
			if !holds {
				t.Errorf("%x is not known to be weak", key)
			}
			if _, err := ParsePublicKey("ed25519:" + hex.EncodeToString(key)); err == nil || !strings.Contains(err.Error(), "anybody can sign") {
				t.Errorf("%x: %v", key, err)
			}
			key[31] ^= 0x80
		}
	}
	for n := range byte(100) {
		if bad := badKey(PublicKeyOf(goldenKey(n)).String()); bad != "" {
			t.Error(bad)
		}
	}
}
