package events

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"
)

// FormatError says why bytes are not a record in canonical form.
type FormatError struct {
	Offset int    // bytes from the record's start
	Field  string // the key whose value is wrong; "" for the record as a whole
	Reason string // what is wrong and what to write instead
}

func (e *FormatError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("record: byte %d: %s", e.Offset, e.Reason)
	}
	return fmt.Sprintf("record: %s: %s (byte %d)", e.Field, e.Reason, e.Offset)
}

// scanner walks a record's bytes and accepts nothing but the canonical form. A value that is refused leaves i at its start.
type scanner struct {
	b    []byte
	i    int
	kept *interners // strings that recur
}

func (s *scanner) fail(field, format string, args ...any) error {
	return &FormatError{Offset: s.i, Field: field, Reason: fmt.Sprintf(format, args...)}
}

// take consumes lit if it is next.
func (s *scanner) take(lit string) bool {
	if len(s.b)-s.i < len(lit) || string(s.b[s.i:s.i+len(lit)]) != lit {
		return false
	}
	s.i += len(lit)
	return true
}

func (s *scanner) expect(lit string) error {
	if !s.take(lit) {
		return s.fail("", "expected %s here, not %s", lit, clip(s.b[s.i:]))
	}
	return nil
}

// takeKey consumes `"key":`, after a comma if there is one to come, if it is next.
func (s *scanner) takeKey(comma bool, key string) bool {
	const punctuation = len(`"":`)
	at := s.i
	if comma {
		if at >= len(s.b) || s.b[at] != ',' {
			return false
		}
		at++
	}
	end := at + len(key) + punctuation
	if end > len(s.b) || s.b[end-2] != '"' || s.b[at] != '"' || s.b[end-1] != ':' || string(s.b[at+1:end-2]) != key {
		return false
	}
	s.i = end
	return true
}

// key reads `,"key":`.
func (s *scanner) key(key string) error {
	if !s.takeKey(true, key) {
		return s.fail(key, "expected the key %q here, not %s", key, clip(s.b[s.i:]))
	}
	return nil
}

// clip is the start of b, quoted for an error.
func clip[T ~string | ~[]byte](b T) string {
	const maxBytes = 40
	if len(b) == 0 {
		return "the end"
	}
	if len(b) > maxBytes {
		return strconv.Quote(string(b[:maxBytes])) + "…"
	}
	return strconv.Quote(string(b))
}

// token is what stands up to the next quote; whoever takes a token checks that it holds no byte which needs an escape.
// The scanner stays before it.
func (s *scanner) token(field string) ([]byte, error) {
	if s.i >= len(s.b) || s.b[s.i] != '"' {
		return nil, s.fail(field, "expected a string in quotes, not %s", clip(s.b[s.i:]))
	}
	rest := s.b[s.i+1:]
	n := bytes.IndexByte(rest, '"')
	if n < 0 {
		return nil, s.fail(field, "the string does not end")
	}
	return rest[:n], nil
}

// pass moves behind the token.
func (s *scanner) pass(token []byte) { s.i += len(token) + len(`""`) }

// id reads an id; see ValidID.
func (s *scanner) id(field string) (string, error) {
	token, err := s.token(field)
	if err != nil {
		return "", err
	}
	return s.checked(field, token, &s.kept.ids, badID)
}

// criterion reads a criterion's id; see ValidCriterionID.
func (s *scanner) criterion(field string) (string, error) {
	token, err := s.token(field)
	if err != nil {
		return "", err
	}
	return s.checked(field, token, &s.kept.criteria, badCriterionID)
}

// hash reads a SHA-256 in hex; see validHash.
func (s *scanner) hash(field string) (string, error) {
	token, err := s.token(field)
	if err != nil {
		return "", err
	}
	return s.checked(field, token, &interner{}, badHash)
}

// signature reads a signature; see validSignature.
func (s *scanner) signature(field string) (string, error) {
	token, err := s.token(field)
	if err != nil {
		return "", err
	}
	return s.checked(field, token, &interner{}, badSignature)
}

// publicKey reads a public key; see badKey.
func (s *scanner) publicKey(field string) (string, error) {
	token, err := s.token(field)
	if err != nil {
		return "", err
	}
	return s.checked(field, token, &interner{}, badKey)
}

// text reads a string: 1 to MaxTextBytes of valid UTF-8 in NFC, with RFC 8785's escapes only.
func (s *scanner) text(field string) (string, error) {
	token, err := s.token(field)
	if err != nil {
		return "", err
	}
	// What holds a backslash may go on behind the quote that ended the token.
	if bytes.IndexByte(token, '\\') >= 0 {
		return s.escapedText(field)
	}
	return s.checked(field, token, &s.kept.texts, badPlainText)
}

// checked passes the token if bad finds nothing to say against it. in holds only what passed bad.
func (s *scanner) checked(field string, token []byte, in *interner, bad func(string) string) (string, error) {
	slot := in.slot(token)
	if slot != nil && *slot == string(token) {
		s.pass(token)
		return *slot, nil
	}
	value := string(token)
	if reason := bad(value); reason != "" {
		return "", s.fail(field, "%s", reason)
	}
	s.pass(token)
	if slot != nil {
		*slot = value
	}
	return value, nil
}

// escapedText reads a string with escapes.
func (s *scanner) escapedText(field string) (string, error) {
	start := s.i + 1
	end := start
	for ; end < len(s.b) && s.b[end] != '"'; end++ {
		if s.b[end] == '\\' {
			end++
		}
	}
	if end >= len(s.b) {
		return "", s.fail(field, "the string does not end")
	}
	value, err := unescape(s.b[start:end])
	if err != nil {
		return "", s.fail(field, "%v", err)
	}
	if reason := badText(value); reason != "" {
		return "", s.fail(field, "%s", reason)
	}
	if string(appendString(nil, value)) != string(s.b[start-1:end+1]) {
		return "", s.fail(field, "the text is not escaped as RFC 8785 does (minimal escapes, lower-case \\u00xx)")
	}
	s.i = end + 1
	return value, nil
}

// badText says what keeps s from being a text of a record, "" if nothing does.
func badText(s string) string {
	switch {
	case s == "":
		return "the text is empty; leave the field out"
	case len(s) > MaxTextBytes:
		return fmt.Sprintf("the text has %d bytes; at most %d are allowed", len(s), MaxTextBytes)
	case isASCII(s):
		return ""
	case !utf8.ValidString(s):
		return "the text is not valid UTF-8"
	case !norm.NFC.IsNormalString(s):
		return "the text is not in Unicode form NFC; normalise it first"
	}
	return ""
}

func isASCII(s string) bool {
	const highBits = 0x8080808080808080
	for ; len(s) >= 8; s = s[8:] {
		if binary.LittleEndian.Uint64([]byte(s[:8]))&highBits != 0 {
			return false
		}
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// badPlainText is badText for a text as it stands between its quotes.
func badPlainText(s string) string {
	for i := range len(s) {
		if s[i] < ' ' {
			return "a control character is not escaped as RFC 8785 does"
		}
	}
	return badText(s)
}

// shortEscape is what RFC 8785's two-character escape with this letter stands for.
func shortEscape(letter byte) (byte, bool) {
	switch letter {
	case 'b':
		return '\b', true
	case 't':
		return '\t', true
	case 'n':
		return '\n', true
	case 'f':
		return '\f', true
	case 'r':
		return '\r', true
	case '"', '\\':
		return letter, true
	}
	return 0, false
}

// unescape undoes the escapes RFC 8785 may write. It accepts a little more; the caller writes again and compares.
// No backslash is b's last byte.
func unescape(b []byte) (string, error) {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			out = append(out, b[i])
			continue
		}
		i++
		if c, ok := shortEscape(b[i]); ok {
			out = append(out, c)
			continue
		}
		if b[i] != 'u' || len(b)-i < 5 || string(b[i+1:i+3]) != "00" || !isLowerHex(string(b[i+3:i+5])) {
			return "", fmt.Errorf("the escape %s is not one RFC 8785 writes", clip(b[i-1:min(i+5, len(b))]))
		}
		out = append(out, hexDigit(b[i+3])<<4|hexDigit(b[i+4]))
		i += 4
	}
	return string(out), nil
}

func hexDigit(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c - 'a' + 10
}

// AppendString appends s, valid UTF-8, as RFC 8785 writes a string.
func AppendString(b []byte, s string) []byte { return appendString(b, s) }

// appendString appends s as RFC 8785 writes a string.
func appendString(b []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	b = append(b, '"')
	plain := 0 // what comes from here on needs no escape
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[plain:i]...)
		plain = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, '\\', 'b')
		case '\t':
			b = append(b, '\\', 't')
		case '\n':
			b = append(b, '\\', 'n')
		case '\f':
			b = append(b, '\\', 'f')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(b, s[plain:]...), '"')
}

// integer reads a whole number from 0 below 2^53 in its shortest form.
func (s *scanner) integer(field string) (int, error) {
	end := s.i
	for end < len(s.b) && isDigit(s.b[end]) {
		end++
	}
	n, ok := wholeNumber(s.b[s.i:end])
	if !ok {
		return 0, s.fail(field, "%s, not %s", badInteger, clip(s.b[s.i:]))
	}
	s.i = end
	return n, nil
}

const badInteger = "expected a whole number from 0 below 2^53, without sign, fraction, exponent or leading zero"

// wholeNumber reads an integer in the one form a record may hold.
func wholeNumber[T string | []byte](digits T) (n int, ok bool) {
	const maxDigits = 16 // of 2^53
	if len(digits) == 0 || len(digits) > maxDigits || len(digits) > 1 && digits[0] == '0' {
		return 0, false
	}
	for i := range len(digits) {
		if !isDigit(digits[i]) {
			return 0, false
		}
		n = n*10 + int(digits[i]-'0')
	}
	return n, n < maxExactInteger
}

// uuid reads a UUID; see parseUUID.
func (s *scanner) uuid(field string) (uuid.UUID, error) {
	token, err := s.token(field)
	if err != nil {
		return uuid.Nil, err
	}
	id, ok := parseUUID(token)
	if !ok {
		return uuid.Nil, s.fail(field, "%s", badUUID(token))
	}
	s.pass(token)
	return id, nil
}

// decimal reads a decimal; see ParseDecimal.
func (s *scanner) decimal(field string) (Decimal, error) {
	token, err := s.token(field)
	if err != nil {
		return 0, err
	}
	d, err := parseDecimal(token)
	if err != nil {
		return 0, s.fail(field, "%v", err)
	}
	s.pass(token)
	return d, nil
}

// time reads a time; see ParseTime.
func (s *scanner) time(field string) (time.Time, error) {
	token, err := s.token(field)
	if err != nil {
		return time.Time{}, err
	}
	t, err := parseTime(token)
	if err != nil {
		return time.Time{}, s.fail(field, "%v", err)
	}
	s.pass(token)
	return t, nil
}

// raw reads one JSON object without looking inside further than its strings and braces.
func (s *scanner) raw(field string) ([]byte, error) {
	start, depth := s.i, 0
	i := start
	for ; i < len(s.b); i++ {
		switch s.b[i] {
		case '"':
			for i++; i < len(s.b) && s.b[i] != '"'; i++ {
				if s.b[i] == '\\' {
					i++
				}
			}
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth == 0 {
			break
		}
	}
	if i >= len(s.b) || s.b[start] != '{' {
		return nil, s.fail(field, "expected an object, not %s", clip(s.b[start:]))
	}
	s.i = i + 1
	return s.b[start:s.i], nil
}
