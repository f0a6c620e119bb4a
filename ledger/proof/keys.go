package proof

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	formats "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"campaignledger/events"
)

const (
	// OriginPrefix starts every origin, and so every note, of a log.
	OriginPrefix = "campaign-ledger/"
	// The signature types of C2SP signed-note.
	algEd25519     = 1
	algCosignature = 4
)

// Origin names the log of a campaign: it holds the genesis hash, the SHA-256 of record 1 in hex.
func Origin(campaign, genesis string) string { return OriginPrefix + campaign + "/" + genesis }

// ParseOrigin splits an origin.
func ParseOrigin(origin string) (campaign, genesis string, err error) {
	rest, ok := strings.CutPrefix(origin, OriginPrefix)
	campaign, genesis, found := strings.Cut(rest, "/")
	if !ok || !found || !events.ValidID(campaign) || !isHash(genesis) {
		return "", "", fmt.Errorf("%.200q is not the origin of a campaign's log; it looks like %s<campaign>/<64 hex>", origin, OriginPrefix)
	}
	return campaign, genesis, nil
}

// isHash reports whether s is a SHA-256 in lower-case hex.
func isHash(s string) bool {
	return len(s) == 2*sha256.Size && strings.Trim(s, "0123456789abcdef") == ""
}

// LogKey is the verifier key of a log, which bears its origin as its name.
func LogKey(origin string, key events.PublicKey) string { return verifierKey(origin, algEd25519, key) }

// WitnessKey is the verifier key under which a witness cosigns checkpoints.
func WitnessKey(name string, key events.PublicKey) string {
	return verifierKey(name, algCosignature, key)
}

// verifierKey is a key as C2SP signed-note writes it.
func verifierKey(name string, alg byte, key events.PublicKey) string {
	data := append([]byte{alg}, key[:]...)
	return fmt.Sprintf("%s+%08x+%s", name, keyHash(name, data), base64.StdEncoding.EncodeToString(data))
}

func keyHash(name string, data []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), data...))
	return binary.BigEndian.Uint32(sum[:])
}

// parseVerifierKey reads a verifier key of one signature type, and refuses what verifierKey does not write.
func parseVerifierKey(text string, alg byte) (name string, key events.PublicKey, err error) {
	name, rest, _ := strings.Cut(text, "+")
	_, encoded, _ := strings.Cut(rest, "+") // which may itself have pluses
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(data) != 1+ed25519.PublicKeySize || data[0] != alg {
		return "", key, fmt.Errorf("%.200q is not a verifier key of signature type %d", text, alg)
	}
	key = events.PublicKey(data[1:])
	if verifierKey(name, alg, key) != text {
		return "", key, fmt.Errorf("%.200q is not a verifier key: its hash is not that of its name and key", text)
	}
	return name, key, nil
}

// logVerifier checks what a log's key signed.
func logVerifier(origin string, key events.PublicKey) (note.Verifier, error) {
	return note.NewVerifier(LogKey(origin, key))
}

// witnessVerifier checks cosignatures.
func witnessVerifier(name string, key events.PublicKey) (note.Verifier, error) {
	return formats.NewVerifierForCosignatureV1(WitnessKey(name, key))
}

// LogSigner signs checkpoints and refusals of the log with this origin.
func LogSigner(origin string, private ed25519.PrivateKey) (note.Signer, error) {
	return note.NewSigner(signerKey(origin, private))
}

// Cosigner signs checkpoints as a witness, with the present time in whole seconds.
func Cosigner(name string, private ed25519.PrivateKey) (note.Signer, error) {
	return CosignerAt(name, private, time.Now)
}

// CosignerAt is Cosigner with another clock.
func CosignerAt(name string, private ed25519.PrivateKey, now func() time.Time) (note.Signer, error) {
	real, err := formats.NewSignerForCosignatureV1(signerKey(name, private))
	if err != nil {
		return nil, err
	}
	return cosigner{real, private, now}, nil
}

// cosigner signs as C2SP cosignature/v1 has it: the library's signer knows one clock only.
type cosigner struct {
	note.Signer
	private ed25519.PrivateKey
	now     func() time.Time
}

// Sign signs a checkpoint's text. The signature follows its time, eight bytes.
func (c cosigner) Sign(text []byte) ([]byte, error) {
	at := c.now().Unix()
	signed := fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text)
	return append(binary.BigEndian.AppendUint64(nil, uint64(at)), ed25519.Sign(c.private, signed)...), nil
}

// LodgingSigner signs lodgings as a witness: the key is the one that cosigns, of another signature type, so that neither serves for the other.
func LodgingSigner(name string, private ed25519.PrivateKey) (note.Signer, error) {
	return note.NewSigner(signerKey(name, private))
}

// signerKey is a private key as package note wants it.
func signerKey(name string, private ed25519.PrivateKey) string {
	public := events.PublicKeyOf(private)
	return fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, keyHash(name, append([]byte{algEd25519}, public[:]...)),
		base64.StdEncoding.EncodeToString(append([]byte{algEd25519}, private.Seed()...)))
}

// Genesis is the genesis hash of a log whose first record is first, in hex.
func Genesis(first events.Record) string {
	sum := events.RecordHash(first)
	return hex.EncodeToString(sum[:])
}

// decodeBase64 decodes what is encoded in the only way that is accepted.
func decodeBase64(s string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(s)
	if err != nil || base64.StdEncoding.EncodeToString(data) != s {
		return nil, fmt.Errorf("%w: not base64", errForm)
	}
	return data, nil
}

// errForm: it is not in the only form that is accepted.
var errForm = errors.New("it is not in canonical form")
