package keys

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"campaignledger/events"
)

// format is the first member of every key file.
const format = "campaign-ledger/key/v1"

// kdfName is the one way from a passphrase to a key.
const kdfName = "argon2id"

const (
	saltBytes  = 16 // as RFC 9106 recommends
	nonceBytes = chacha20poly1305.NonceSizeX
	boxBytes   = ed25519.SeedSize + chacha20poly1305.Overhead
)

// contents is a key file as it lies on disk.
type contents struct {
	Format  string   `json:"format"`
	Purpose Purpose  `json:"purpose"`
	Name    string   `json:"name"`
	Public  string   `json:"public"`
	Seed    hexBytes `json:"seed,omitempty"`
	Sealed  *sealed  `json:"sealed,omitempty"`
}

// sealed is a seed under a passphrase.
type sealed struct {
	KDF string `json:"kdf"`
	cost
	Salt  hexBytes `json:"salt"`
	Nonce hexBytes `json:"nonce"`
	Box   hexBytes `json:"box"`
}

// cost is what deriving a key from a passphrase takes.
type cost struct {
	Time      uint32 `json:"time"` // passes
	MemoryKiB uint32 `json:"memoryKiB"`
	Threads   uint8  `json:"threads"`
}

// The limits on the cost that a file may ask for: a hostile one must not eat memory or time.
const (
	maxMemoryKiB = 1 << 20 // 1 GiB
	maxThreads   = 64
	// maxWorkKiB bounds passes × memory: 4 GiB take about five seconds on one core.
	maxWorkKiB = 4 << 20
	// leastMemoryKiB is what argon2 needs for each thread.
	leastMemoryKiB = 8
)

func (c cost) check() error {
	switch {
	case c.Time < 1 || c.Threads < 1 || c.Threads > maxThreads || c.MemoryKiB < leastMemoryKiB*uint32(c.Threads):
		return fmt.Errorf("sealed: time %d, memoryKiB %d, threads %d is nothing argon2id can do", c.Time, c.MemoryKiB, c.Threads)
	case c.MemoryKiB > maxMemoryKiB || uint64(c.Time)*uint64(c.MemoryKiB) > maxWorkKiB:
		return fmt.Errorf("sealed: time %d, memoryKiB %d asks for too much: at most %d KiB, and at most %d KiB times passes",
			c.Time, c.MemoryKiB, maxMemoryKiB, maxWorkKiB)
	}
	return nil
}

// hexBytes is bytes in lower-case hex. It decodes from the source itself, so that no copy of a secret is left behind, and its errors
// do not quote.
type hexBytes []byte

// MarshalJSON writes a string of hex digits.
func (h hexBytes) MarshalJSON() ([]byte, error) {
	return append(hex.AppendEncode([]byte{'"'}, h), '"'), nil
}

// UnmarshalJSON reads a string of lower-case hex digits.
func (h *hexBytes) UnmarshalJSON(b []byte) error {
	bad := errors.New("what should be lower-case hex digits is not")
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' || !bytes.Equal(b, bytes.ToLower(b)) {
		return bad
	}
	digits := b[1 : len(b)-1]
	*h = make([]byte, hex.DecodedLen(len(digits)))
	if _, err := hex.Decode(*h, digits); err != nil {
		return bad
	}
	return nil
}

// encode gives the one spelling of c.
func (c *contents) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(c)
	return b.Bytes(), err
}

// decode reads what encode gives and nothing else. It derives no key.
func decode(b []byte) (*contents, Info, error) {
	var c contents
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return nil, Info{}, err
	}
	if c.Format != format {
		return nil, Info{}, fmt.Errorf("the format is %.60q, and this program reads %q", c.Format, format)
	}
	info, err := c.check()
	if err != nil {
		return nil, Info{}, err
	}
	again, err := c.encode()
	defer clear(again)
	if err != nil || !bytes.Equal(b, again) {
		return nil, Info{}, errors.New("it is not spelled as this program writes it: a member twice, in another order or case, or other white space")
	}
	return &c, info, nil
}

// check says what the file is for and whose, or what is wrong with it.
func (c *contents) check() (info Info, err error) {
	if _, err = ParsePurpose(string(c.Purpose)); err != nil {
		return info, err
	}
	if reason := badName(c.Name); reason != "" {
		return info, errors.New("the name " + reason)
	}
	info = Info{Purpose: c.Purpose, Name: c.Name, Sealed: c.Sealed != nil}
	if info.Public, err = events.ParsePublicKey(c.Public); err != nil {
		return info, err
	}
	if c.Sealed == nil {
		if len(c.Seed) != ed25519.SeedSize {
			return info, fmt.Errorf("seed has not %d bytes", ed25519.SeedSize)
		}
		if fromSeed(info, c.Seed).Public != info.Public {
			return info, errNotItsKey
		}
		return info, nil
	}
	s := c.Sealed
	switch {
	case c.Seed != nil:
		return info, errors.New("seed and sealed exclude each other")
	case s.KDF != kdfName:
		return info, fmt.Errorf("sealed: kdf is %.60q, and this program knows %s", s.KDF, kdfName)
	case len(s.Salt) != saltBytes || len(s.Nonce) != nonceBytes || len(s.Box) != boxBytes:
		return info, fmt.Errorf("sealed: salt, nonce and box must have %d, %d and %d bytes", saltBytes, nonceBytes, boxBytes)
	}
	return info, s.check()
}

// errNotItsKey: the file was put together from two.
var errNotItsKey = errors.New("the public key is not the private key's")
