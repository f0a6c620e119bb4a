package events

import (
	"fmt"
	"unicode/utf8"

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

// scanner walks a record's bytes and accepts nothing but the canonical form.
type scanner struct {
	b      []byte
	i      int
	intern *interner // may be nil
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
		return s.fail("", "expected %q", lit)
	}
	return nil
}

// peek is the next byte, or 0 at the end; a record has no zero byte outside its end.
func (s *scanner) peek() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

// text reads a string: valid UTF-8 in NFC, with RFC 8785's escapes only.
func (s *scanner) text(field string) (string, error) {
	if !s.take(`"`) {
		return "", s.fail(field, "expected a string in quotes")
	}
	start := s.i
	for s.i < len(s.b) {
		switch c := s.b[s.i]; {
		case c == '"':
			plain := s.b[start:s.i]
			s.i++
			return s.intern.string(plain), nil
		case c == '\\' || c < 0x20 || c >= utf8.RuneSelf:
			return s.hardText(field, start)
		}
		s.i++
	}
	return "", s.fail(field, "the string does not end")
}

// hardText reads a string with escapes or beyond ASCII; start is its first byte.
func (s *scanner) hardText(field string, start int) (string, error) {
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
	switch {
	case err != nil:
		return "", s.fail(field, "%v", err)
	case !utf8.Valid(value):
		return "", s.fail(field, "the text is not valid UTF-8")
	case !norm.NFC.IsNormal(value):
		return "", s.fail(field, "the text is not in Unicode form NFC; normalise it before it is signed")
	case string(appendString(nil, string(value))) != string(s.b[start-1:end+1]):
		return "", s.fail(field, "the text is not escaped as RFC 8785 asks (minimal escapes, lower-case \\u00xx)")
	}
	s.i = end + 1
	return string(value), nil
}

// shortEscapes are the two-character escapes RFC 8785 uses, by the letter after the backslash.
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
func unescape(b []byte) ([]byte, error) {
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
			return nil, fmt.Errorf("the escape \\%c is not one RFC 8785 writes", b[i])
		}
		out = append(out, hexDigit(b[i+3])<<4|hexDigit(b[i+4]))
		i += 4
	}
	return out, nil
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
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c >= 0x20:
			b = append(b, c)
		case c == '\b':
			b = append(b, '\\', 'b')
		case c == '\t':
			b = append(b, '\\', 't')
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\f':
			b = append(b, '\\', 'f')
		case c == '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(b, '"')
}

// integer reads a whole number from 0 below 2^53 in its shortest form.
func (s *scanner) integer(field string) (int, error) {
	start, n := s.i, 0
	for isDigit(s.peek()) {
		n = n*10 + int(s.b[s.i]-'0')
		s.i++
		if n >= maxExactInteger {
			return 0, s.fail(field, "the number is 2^53 or more")
		}
	}
	if length := s.i - start; length == 0 || length > 1 && s.b[start] == '0' {
		return 0, s.fail(field, "expected a whole number from 0, without sign, fraction, exponent or leading zero")
	}
	return n, nil
}

// raw reads one JSON object without looking inside further than its strings and braces.
func (s *scanner) raw(field string) ([]byte, error) {
	start, depth := s.i, 0
	for ; s.i < len(s.b); s.i++ {
		switch s.b[s.i] {
		case '"':
			for s.i++; s.i < len(s.b) && s.b[s.i] != '"'; s.i++ {
				if s.b[s.i] == '\\' {
					s.i++
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
	if s.i >= len(s.b) || s.b[start] != '{' {
		return nil, s.fail(field, "expected an object")
	}
	s.i++
	return s.b[start:s.i], nil
}

// interner keeps one copy of each short string that recurs, since a log names the same units and criteria in every record.
type interner struct{ seen map[string]string }

const (
	internMaxBytes   = 64        // ids are at most 63 bytes
	internMaxStrings = 64 * 1024 // bounds what free text can make it hold
)

func (in *interner) string(b []byte) string {
	if in == nil || len(b) > internMaxBytes {
		return string(b)
	}
	if s, ok := in.seen[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(in.seen) < internMaxStrings {
		in.seen[s] = s
	}
	return s
}
