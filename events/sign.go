package events

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
)

// The domains: what a signature is for stands at the start of what is signed, so that none serves for another purpose.
const (
	domainEvent      = "campaign-ledger/event/v1\n"
	domainPossession = "campaign-ledger/possession/v1\n"
)

// PublicKey is a member's or witness's Ed25519 public key.
type PublicKey [ed25519.PublicKeySize]byte

// ParsePublicKey reads "ed25519:" and 64 lower-case hex digits.
func ParsePublicKey(s string) (k PublicKey, err error) {
	if bad := badKey(s); bad != "" {
		return k, errors.New(bad)
	}
	_, err = hex.Decode(k[:], []byte(strings.TrimPrefix(s, signaturePrefix)))
	return k, err
}

// PublicKeyOf is the public half of a private key.
func PublicKeyOf(private ed25519.PrivateKey) (k PublicKey) {
	copy(k[:], private[ed25519.SeedSize:])
	return k
}

// String is the key as a regulation has it.
func (k PublicKey) String() string { return signaturePrefix + hex.EncodeToString(k[:]) }

// Fingerprint is the SHA-256 of the key's 32 bytes in upper-case hex, in eight groups of eight digits: for people to compare on paper.
func (k PublicKey) Fingerprint() string {
	sum := sha256.Sum256(k[:])
	digits := strings.ToUpper(hex.EncodeToString(sum[:]))
	groups := make([]string, 0, len(digits)/8)
	for i := 0; i < len(digits); i += 8 {
		groups = append(groups, digits[i:i+8])
	}
	return strings.Join(groups, " ")
}

// RecordHash is the SHA-256 of a record's bytes, signature included: of record 1 it is the genesis hash.
func RecordHash(r Record) [sha256.Size]byte { return sha256.Sum256(r) }

// NoGenesis stands for the genesis hash in the signature of record 1, which has none yet: 64 zeros.
const NoGenesis = "0000000000000000000000000000000000000000000000000000000000000000"

// signatureMember is how a record's last member starts; 128 digits, a quote and a brace follow.
const signatureMember = `,"signature":"` + signaturePrefix

// signatureBytes is the length of a record's end from signatureMember on.
const signatureBytes = len(signatureMember) + 2*ed25519.SignatureSize + len(`"}`)

// splitSignature parts a record into what stands before the signature's member and the signature's hex digits. It reports false for a
// record without a signature. Data can't end a record in the likeness of a signature, because data's own brace would follow.
func splitSignature(r Record) (before, digits []byte, ok bool) {
	if len(r) < signatureBytes {
		return nil, nil, false
	}
	before, end := r[:len(r)-signatureBytes], r[len(r)-signatureBytes:]
	digits, ok = bytes.CutPrefix(end, []byte(signatureMember))
	if !ok {
		return nil, nil, false
	}
	digits, ok = bytes.CutSuffix(digits, []byte(`"}`))
	return before, digits, ok
}

// Unsigned is the record without its signature, as it is signed; r itself if it has none. The result shares no memory with a signed r.
func (r Record) Unsigned() []byte {
	before, _, ok := splitSignature(r)
	if !ok {
		return r
	}
	b := make([]byte, len(before)+1)
	b[copy(b, before)] = '}'
	return b
}

// SignedPrefix is what stands before a record, without its signature, where it is signed: for people who check by hand. genesis is the
// campaign's genesis hash in hex, NoGenesis for record 1.
func SignedPrefix(genesis string) string { return domainEvent + genesis + "\n" }

// signedBytes is what a signature covers: the domain, the genesis hash in hex (NoGenesis for record 1), a line feed, and the
// record without its signature; before is the latter up to its closing brace.
func signedBytes(genesis string, before []byte) []byte {
	b := make([]byte, 0, len(domainEvent)+len(genesis)+len("\n")+len(before)+len("}"))
	b = append(append(append(b, domainEvent...), genesis...), '\n')
	return append(append(b, before...), '}')
}

// Sign signs the canonical record r, which has no signature yet, and gives the signed record. genesis is the campaign's genesis hash
// in hex, NoGenesis for record 1.
func Sign(private ed25519.PrivateKey, genesis string, r Record) (Record, error) {
	if _, _, ok := splitSignature(r); ok || len(r) == 0 || r[len(r)-1] != '}' {
		return nil, errors.New("only a record without a signature can be signed")
	}
	signature := ed25519.Sign(private, signedBytes(genesis, r[:len(r)-1]))
	signed := make(Record, 0, len(r)+signatureBytes)
	signed = append(append(signed, r[:len(r)-1]...), signatureMember...)
	return append(hex.AppendEncode(signed, signature), `"}`...), nil
}

// VerifySignature reports whether r carries key's signature for the campaign of the genesis hash, in canonical form. About 50 µs.
func VerifySignature(key PublicKey, genesis string, r Record) bool {
	before, digits, ok := splitSignature(r)
	if !ok || !isLowerHex(digits) {
		return false
	}
	var signature [ed25519.SignatureSize]byte
	if _, err := hex.Decode(signature[:], digits); err != nil {
		return false
	}
	return ed25519.Verify(key[:], signedBytes(genesis, before), signature[:])
}

// possessionBytes is what a new key signs to prove that its holder has it: for this member of this campaign and nothing else.
func possessionBytes(genesis, member string, key PublicKey) []byte {
	return []byte(domainPossession + genesis + "\n" + member + "\n" + key.String())
}

// ProvePossession is the proof that member.appointed and member.rekeyed carry: the new key's signature over its own appointment.
func ProvePossession(private ed25519.PrivateKey, genesis, member string) string {
	return signaturePrefix + hex.EncodeToString(ed25519.Sign(private, possessionBytes(genesis, member, PublicKeyOf(private))))
}

// VerifyPossession reports whether proof is ProvePossession's for the key, campaign and member. About 50 µs.
func VerifyPossession(key PublicKey, genesis, member, proof string) bool {
	if !validSignature(proof) {
		return false
	}
	signature, err := hex.DecodeString(strings.TrimPrefix(proof, signaturePrefix))
	return err == nil && ed25519.Verify(key[:], possessionBytes(genesis, member, key), signature)
}
