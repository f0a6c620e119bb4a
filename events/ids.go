package events

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// NewID is a fresh version 7 UUID.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) } // fails only when the system has no randomness

// RowID is the id of an imported row: the same row of the same file is the same event, whoever imports it and how often.
// sha256 is the file's hash in hex, row counts data rows from 1.
func RowID(campaign, sha256 string, row int) uuid.UUID { return RowIDs(campaign, sha256)(row) }

// RowIDs is RowID for many rows of one file.
func RowIDs(campaign, sha256 string) func(row int) uuid.UUID {
	space := uuid.NewSHA1(uuid.NameSpaceURL, []byte(sourcePrefix+campaign))
	name := []byte(sha256 + ":")
	return func(row int) uuid.UUID {
		return uuid.NewSHA1(space, strconv.AppendInt(name[:len(name):len(name)], int64(row), 10))
	}
}

// sourcePrefix starts the CloudEvents source of every record.
const sourcePrefix = "/campaigns/"

// maxIDBytes bounds an id, so that it fits a NATS subject token and a line of a table.
const maxIDBytes = 63

// ValidID reports whether s may name a campaign, cluster, unit, member, level, award or criteria set:
// [a-z0-9][a-z0-9-]{0,62}.
func ValidID(s string) bool {
	if len(s) == 0 || len(s) > maxIDBytes || s[0] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && !(c >= 'a' && c <= 'z') && c != '-' {
			return false
		}
	}
	return true
}

// badID says why s is not an id, "" if it is one.
func badID(s string) string {
	if ValidID(s) {
		return ""
	}
	return fmt.Sprintf("%s is not an id: use at most %d of a-z, 0-9 and hyphens, not a hyphen first", clip(s), maxIDBytes)
}

// ValidCriterionID reports whether s may name a criterion: [A-Za-z0-9][A-Za-z0-9._-]{0,62}.
func ValidCriterionID(s string) bool {
	if len(s) == 0 || len(s) > maxIDBytes || s[0] == '.' || s[0] == '_' || s[0] == '-' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && !isDigit(c) && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// badCriterionID says why s is not a criterion's id, "" if it is one.
func badCriterionID(s string) string {
	if ValidCriterionID(s) {
		return ""
	}
	return fmt.Sprintf("%s is not a criterion's id: use at most %d letters, digits, '.', '_' and '-', a letter or digit first",
		clip(s), maxIDBytes)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// validHash reports whether s is a SHA-256 in lower-case hex.
func validHash(s string) bool { return len(s) == 64 && isLowerHex(s) }

// badHash says why s is not a SHA-256, "" if it is one.
func badHash(s string) string {
	if validHash(s) {
		return ""
	}
	return clip(s) + " is not a SHA-256 in 64 lower-case hex digits"
}

func isLowerHex[T string | []byte](s T) bool {
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && !(c >= 'a' && c <= 'f') {
			return false
		}
	}
	return true
}

// signaturePrefix starts a signature; 64 bytes in lower-case hex follow.
const signaturePrefix = "ed25519:"

func validSignature(s string) bool {
	const hexBytes = 2 * 64
	return len(s) == len(signaturePrefix)+hexBytes && s[:len(signaturePrefix)] == signaturePrefix &&
		isLowerHex(s[len(signaturePrefix):])
}

// badSignature says why s is not a signature, "" if it is one.
func badSignature(s string) string {
	if validSignature(s) {
		return ""
	}
	return clip(s) + ` is not a signature: "ed25519:" and 128 lower-case hex digits`
}

// badKey says why s is not a member's public key, "" if it is one.
func badKey(s string) string {
	digits, ok := strings.CutPrefix(s, signaturePrefix)
	switch {
	case !ok || !validHash(digits):
		return clip(s) + ` is not a public key: "ed25519:" and 64 lower-case hex digits`
	case lowOrder(digits):
		return clip(s) + " is a key under which anybody can sign; make another"
	}
	return ""
}

// lowOrder reports whether the public key in hex is a point of small order, in any encoding: signatures that hold under it take no
// private key to make.
func lowOrder(digits string) bool {
	const signDigit = 62 // of the digit whose highest bit is the sign of x
	digits = digits[:signDigit] + string("01234567"[hexDigit(digits[signDigit])&7]) + digits[signDigit+1:]
	switch digits {
	case "0000000000000000000000000000000000000000000000000000000000000000", // y = 0
		"0100000000000000000000000000000000000000000000000000000000000000", // 1
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", // of order 8
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", // of order 8
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // p-1
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // p
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f": // p+1
		return true
	}
	return false
}

// parseUUID reads a UUID in its one canonical form: lower-case hex with four hyphens, and not all zeros.
func parseUUID[T string | []byte](s T) (id uuid.UUID, ok bool) {
	if len(s) != uuidBytes || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, false
	}
	var digits [32]byte
	copy(digits[0:8], s[0:8])
	copy(digits[8:12], s[9:13])
	copy(digits[12:16], s[14:18])
	copy(digits[16:20], s[19:23])
	copy(digits[20:32], s[24:36])
	ok = true
	for i := 0; i < len(id); i += 4 {
		four, valid := hexBytes(binary.LittleEndian.Uint64(digits[2*i:]))
		binary.LittleEndian.PutUint32(id[i:], four)
		ok = ok && valid
	}
	return id, ok && id != uuid.Nil
}

// uuidBytes is the length of a UUID as text.
const uuidBytes = 36

// hexBytes reads eight lower-case hex digits, the first in the lowest byte, side by side in one word. The four bytes they
// stand for come in the same order. UUIDs are half of what a record says, and a loop over their digits shows in a replay.
func hexBytes(digits uint64) (four uint32, ok bool) {
	const each = 0x0101010101010101 // times a byte: that byte in all eight places
	letter := digits >> 6 & each    // 1 where the byte is 0x40..0x7f or 0xc0..0xff
	value := digits&(0x0f*each) + 9*letter
	ok = digits&(0xf0*each) == 0x30*each+0x30*letter && // "0".."?" or "`".."o"
		value&(0xf0*each) == 0 && // a letter is at most "f"
		(value+6*each)>>4&each == letter // a digit is at most "9" and a letter at least "a"
	pairs := (value<<4 | value>>8) & 0x00ff00ff00ff00ff
	pairs = (pairs | pairs>>8) & 0x0000ffff0000ffff
	return uint32(pairs | pairs>>16), ok
}

// badUUID says that s is not a UUID.
func badUUID[T string | []byte](s T) string {
	return fmt.Sprintf("%s is not a UUID in lower-case hex, or it is the nil UUID", clip(s))
}

// appendUUID appends id in its canonical form.
func appendUUID(b []byte, id uuid.UUID) []byte {
	for i, part := range [][2]int{{0, 4}, {4, 6}, {6, 8}, {8, 10}, {10, 16}} {
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, id[part[0]:part[1]])
	}
	return b
}
