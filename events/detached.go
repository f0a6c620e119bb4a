package events

import (
	"crypto/sha256"
	"encoding/hex"
)

// domainDetached starts what the hash of a detached text is taken over.
const domainDetached = "campaign-ledger/detached/v1\n"

// DetachedHash is what a record holds in place of a detached text: the SHA-256, in hex, of the domain, the salt in hex, a line feed
// and the text. The salt is 32 random bytes in lower-case hex, stored and erased with the text: without it nobody can tell by
// guessing what the text was. Whoever has salt and text can show that they are what the record means.
func DetachedHash(saltHex, text string) string {
	sum := sha256.Sum256([]byte(domainDetached + saltHex + "\n" + text))
	return hex.EncodeToString(sum[:])
}
