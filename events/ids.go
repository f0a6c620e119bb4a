package events

import (
	"encoding/hex"
	"strconv"

	"github.com/google/uuid"
)

// NewID is a fresh version 7 UUID.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) } // fails only when the system has no randomness

// RowID is the id of an imported row: the same row of the same file is the same event, whoever imports it and how often.
// sha256 is the file's hash in hex, row counts data rows from 1.
func RowID(campaign, sha256 string, row int) uuid.UUID {
	space := uuid.NewSHA1(uuid.NameSpaceURL, []byte(sourcePrefix+campaign))
	return uuid.NewSHA1(space, []byte(sha256+":"+strconv.Itoa(row)))
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

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// validHash reports whether s is a SHA-256 in lower-case hex.
func validHash(s string) bool { return len(s) == 64 && isLowerHex(s) }

func isLowerHex(s string) bool {
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

// parseUUID reads a UUID in its one canonical form, lower case with four hyphens.
func parseUUID(s string) (id uuid.UUID, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, false
	}
	digits := [32]byte{}
	n := 0
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
		case isDigit(c) || c >= 'a' && c <= 'f':
			digits[n] = c
			n++
		default:
			return id, false
		}
	}
	if _, err := hex.Decode(id[:], digits[:]); err != nil {
		return id, false
	}
	return id, id != uuid.Nil
}
