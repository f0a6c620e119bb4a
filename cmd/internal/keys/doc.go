// Package keys keeps Ed25519 keys in files: one key a file, for one purpose. A file is one JSON object as this package writes it, an
// indented line a member, and any other spelling of it is refused:
//
//	{
//	  "format": "campaign-ledger/key/v1",
//	  "purpose": "member",                  member, owner, witness, log or server
//	  "name": "Nông Thị Lan",               a free label of at most 200 bytes, printable, or ""
//	  "public": "ed25519:<64 hex>",
//	  "seed": "<64 hex>"                    the private key as in RFC 8032, or instead of it:
//	  "sealed": {
//	    "kdf": "argon2id",                  RFC 9106, version 1.3, of the passphrase in NFC and the salt
//	    "time": 3,                          passes
//	    "memoryKiB": 65536,
//	    "threads": 4,
//	    "salt": "<32 hex>",
//	    "nonce": "<48 hex>",
//	    "box": "<96 hex>"                   the 32 bytes of the seed under XChaCha20-Poly1305
//	  }
//	}
//
// The box binds, as additional data, the format, the purpose and the public key with a line feed between them, so that a sealed key
// can't be passed off for another purpose. The name is bound to nothing. Hex is lower-case.
//
// A file that its group or others may use is refused, but on Windows, whose permissions are of another kind. A symbolic link is
// followed. No error and no format of a Key shows what is secret; what lies in memory is wiped where that is easy, which is not
// everywhere: the language may have copied it.
package keys
