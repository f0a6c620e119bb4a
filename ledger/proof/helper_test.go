package proof_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// campaign is the one that all these tests are of.
const campaign = "cup-2026"

// testKey is the n-th key of these tests.
func testKey(n byte) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = n
	return ed25519.NewKeyFromSeed(seed)
}

// The log's key is the first; witnesses' keys follow.
func witnessKey(i int) ed25519.PrivateKey { return testKey(byte(2 + i)) }

func witnessName(i int) string { return fmt.Sprintf("unit-%d", i) }

// firstRecord stands for record 1.
var firstRecord = events.Record(`{"type":"campaign.opened"}`)

func testOrigin() string { return proof.Origin(campaign, proof.Genesis(firstRecord)) }

// testPolicy has n witnesses.
func testPolicy(n, quorum int) *proof.Policy {
	p := &proof.Policy{Origin: testOrigin(), Log: events.PublicKeyOf(testKey(1)), Quorum: quorum}
	for i := range n {
		p.Witnesses = append(p.Witnesses, proof.Witness{Name: witnessName(i), Key: events.PublicKeyOf(witnessKey(i))})
	}
	return p
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func logSigner(t testing.TB) note.Signer {
	t.Helper()
	return must[note.Signer](t)(proof.LogSigner(testOrigin(), testKey(1)))
}

// leaf is the hash of leaf i.
func leaf(i int) proof.Hash {
	return tlog.RecordHash(binary.BigEndian.AppendUint64(nil, uint64(i)))
}

func leaves(from, to int) []proof.Hash {
	list := make([]proof.Hash, 0, to-from)
	for i := from; i < to; i++ {
		list = append(list, leaf(i))
	}
	return list
}

// random numbers are the same in each run; the seed is in the test's log.
func random(t testing.TB, seed uint64) *rand.Rand {
	t.Helper()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// fixedCosigner is a second implementation of C2SP cosignature/v1, whose clock stands.
type fixedCosigner struct {
	name string
	key  ed25519.PrivateKey
	at   uint64 // Unix seconds
}

func (c fixedCosigner) Name() string { return c.name }

func (c fixedCosigner) KeyHash() uint32 {
	text := proof.WitnessKey(c.name, events.PublicKeyOf(c.key))
	var hash uint32
	_, rest, _ := strings.Cut(text, "+")
	if _, err := fmt.Sscanf(rest[:8], "%08x", &hash); err != nil {
		panic(err)
	}
	return hash
}

func (c fixedCosigner) Sign(text []byte) ([]byte, error) {
	signed := fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", c.at, text)
	return append(binary.BigEndian.AppendUint64(nil, c.at), ed25519.Sign(c.key, signed)...), nil
}

// signLine is the signature line of a note.
func signLine(t testing.TB, text string, s note.Signer) string {
	t.Helper()
	sig := must[[]byte](t)(s.Sign([]byte(text)))
	data := append(binary.BigEndian.AppendUint32(nil, s.KeyHash()), sig...)
	return fmt.Sprintf("— %s %s\n", s.Name(), base64.StdEncoding.EncodeToString(data))
}

// flipBits calls use with data in which one bit is flipped, for each bit.
func flipBits(data []byte, use func(changed []byte, bit int)) {
	changed := append([]byte(nil), data...)
	for bit := range 8 * len(data) {
		changed[bit/8] ^= 1 << (bit % 8)
		use(changed, bit)
		changed[bit/8] ^= 1 << (bit % 8)
	}
}

// wantNoneOpens opens data with each of its bits flipped: none may open.
func wantNoneOpens(t *testing.T, data []byte, open func([]byte) error) {
	t.Helper()
	if err := open(data); err != nil {
		t.Fatalf("unchanged it does not open: %v", err)
	}
	flipBits(data, func(changed []byte, bit int) {
		if open(changed) == nil {
			t.Errorf("it opens with bit %d of byte %d flipped: %q", bit%8, bit/8, changed)
		}
	})
}

func wantError(t *testing.T, err error, part string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), part) {
		t.Errorf("the error is %v; it should have %q", err, part)
	}
}

// at is a time of these tests, in milliseconds.
func at(second int) time.Time {
	return time.Date(2026, 3, 1, 8, 0, second, 250*int(time.Millisecond), time.UTC)
}
