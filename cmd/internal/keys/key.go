package keys

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"campaignledger/events"
)

// Purpose is what a key is for. A key of one purpose is refused for another.
type Purpose string

// The purposes.
const (
	Member  Purpose = "member"  // signs events and logs in
	Owner   Purpose = "owner"   // opens campaigns on a server
	Witness Purpose = "witness" // cosigns checkpoints
	Log     Purpose = "log"     // signs checkpoints
	Server  Purpose = "server"  // names a server in the challenges that members sign
)

// Purposes are all of them.
func Purposes() []Purpose { return []Purpose{Member, Owner, Witness, Log, Server} }

// ParsePurpose reads a purpose by its name.
func ParsePurpose(s string) (Purpose, error) {
	if !slices.Contains(Purposes(), Purpose(s)) {
		return "", fmt.Errorf("%.60q is no purpose of a key; use member, owner, witness, log or server", s)
	}
	return Purpose(s), nil
}

// Info is what anybody may know of a key.
type Info struct {
	Purpose Purpose
	Name    string // a free label; may be ""
	Public  events.PublicKey
	Sealed  bool // read from a file that a passphrase seals
}

// Key is a key with its private half.
type Key struct {
	Info
	private func() ed25519.PrivateKey // a function, because fmt follows a pointer where the verb does not suit it
}

// maxNameBytes bounds a label; it is a person's or a machine's name.
const maxNameBytes = 200

// New makes a key from 32 bytes of random, which must be as good as crypto/rand's. The name is taken in NFC.
func New(purpose Purpose, name string, random io.Reader) (*Key, error) {
	if _, err := ParsePurpose(string(purpose)); err != nil {
		return nil, err
	}
	name = norm.NFC.String(name)
	if reason := badName(name); reason != "" {
		return nil, fmt.Errorf("the key's name %s", reason)
	}
	seed := make([]byte, ed25519.SeedSize)
	defer clear(seed)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("make a key: read randomness: %w", err)
	}
	return fromSeed(Info{Purpose: purpose, Name: name}, seed), nil
}

// fromSeed gives info the key of a seed of 32 bytes, which it does not keep.
func fromSeed(info Info, seed []byte) *Key {
	private := ed25519.NewKeyFromSeed(seed)
	info.Public = events.PublicKeyOf(private)
	return &Key{info, func() ed25519.PrivateKey { return private }}
}

// badName says why s is no label, "" if it is one.
func badName(s string) string {
	switch {
	case len(s) > maxNameBytes:
		return fmt.Sprintf("has %d bytes; use at most %d", len(s), maxNameBytes)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "holds what can't be printed; use letters, digits, punctuation and spaces" // nor may it steer a terminal
	}
	return ""
}

// Private is the private key. The caller must not change it.
func (k Key) Private() ed25519.PrivateKey { return k.private() }

// String is the public half, for logs.
func (k Key) String() string {
	if k.Name == "" {
		return fmt.Sprintf("%s key %s", k.Purpose, k.Public)
	}
	return fmt.Sprintf("%s key %s (%s)", k.Purpose, k.Public, k.Name)
}

// GoString is String.
func (k Key) GoString() string { return k.String() }

// Format writes String, whatever the verb: %d would show the private key's bytes otherwise.
func (k Key) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, k.String()) } // a fmt.State keeps its own errors

// MarshalJSON gives the public half. It is not a key file.
func (k Key) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Purpose Purpose `json:"purpose"`
		Name    string  `json:"name"`
		Public  string  `json:"public"`
	}{k.Purpose, k.Name, k.Public.String()})
}
