package keys

import (
	"crypto/cipher"
	"crypto/rand"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/text/unicode/norm"
)

// usualCost is RFC 9106's second recommendation, for machines with little memory: about a quarter of a second on two cores.
var usualCost = cost{Time: 3, MemoryKiB: 64 << 10, Threads: 4}

// seal puts the key's seed under a passphrase.
func seal(k *Key, passphrase []byte, c cost) (*sealed, error) {
	s := &sealed{KDF: kdfName, cost: c, Salt: make([]byte, saltBytes), Nonce: make([]byte, nonceBytes)}
	if err := c.check(); err != nil {
		return nil, err
	}
	_, _ = rand.Read(s.Salt) // never fails
	_, _ = rand.Read(s.Nonce)
	box, err := s.cipher(passphrase)
	if err != nil {
		return nil, err
	}
	seed := k.Private().Seed()
	defer clear(seed)
	s.Box = box.Seal(nil, s.Nonce, seed, bound(k.Info))
	return s, nil
}

// open gives the seed; ErrPassphrase if the passphrase is another or anything but the name was changed.
func (s *sealed) open(info Info, passphrase []byte) (seed []byte, err error) {
	box, err := s.cipher(passphrase)
	if err != nil {
		return nil, err
	}
	if seed, err = box.Open(nil, s.Nonce, s.Box, bound(info)); err != nil {
		return nil, ErrPassphrase
	}
	return seed, nil
}

// cipher derives the key from the passphrase. It takes what cost says.
func (s *sealed) cipher(passphrase []byte) (cipher.AEAD, error) {
	normal := norm.NFC.Bytes(passphrase) // keyboards differ in how they put tone marks
	defer clear(normal)
	key := argon2.IDKey(normal, s.Salt, s.Time, s.MemoryKiB, s.Threads, chacha20poly1305.KeySize)
	defer clear(key)
	return chacha20poly1305.NewX(key)
}

// bound is the additional data of a box.
func bound(info Info) []byte {
	return []byte(format + "\n" + string(info.Purpose) + "\n" + info.Public.String())
}
