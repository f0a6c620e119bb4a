package events

import (
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonSpace is the white space between tokens.
const jsonSpace = " \t\r\n"

// parseJSON reads one JSON value (RFC 8259) with nothing after it. Members keep their order and scalars their source text.
// Duplicate keys, lone surrogates, invalid UTF-8, more than maxNodeDepth levels and more than maxSourceBytes are refused;
// a byte order mark is passed over. Errors are *sourceError. It is O(n) in the source's bytes.
func parseJSON(src []byte) (*node, error) {
	src, err := cleanSource(src)
	if err != nil {
		return nil, err
	}
	p := jsonParser{src: src, line: 1, col: 1}
	p.space()
	root, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.i < len(src) {
		return nil, p.fail("there is more after the end of the JSON value", "remove what follows, or open a bracket less before")
	}
	return root, nil
}

// jsonParser reads src from i on.
type jsonParser struct {
	src       []byte
	i         int
	counted   int // line and col are those of this byte
	line, col int
}

// place is the line and column of byte i. Counting goes on from the place asked for before.
func (p *jsonParser) place() (line, col int) {
	for ; p.counted < p.i; p.counted++ {
		switch c := p.src[p.counted]; {
		case c == '\n':
			p.line++
			p.col = 1
		case utf8.RuneStart(c):
			p.col++
		}
	}
	return p.line, p.col
}

func (p *jsonParser) fail(problem, remedy string) error {
	line, col := p.place()
	return &sourceError{line, col, problem, remedy}
}

func (p *jsonParser) space() {
	for p.i < len(p.src) && (p.src[p.i] == ' ' || p.src[p.i] == '\t' || p.src[p.i] == '\n' || p.src[p.i] == '\r') {
		p.i++
	}
}

// next is the byte at i, or 0 at the end.
func (p *jsonParser) next() byte {
	if p.i < len(p.src) {
		return p.src[p.i]
	}
	return 0
}

// value reads the value at i, which lies in depth objects and lists.
func (p *jsonParser) value(depth int) (*node, error) {
	line, col := p.place()
	n := &node{line: line, col: col}
	if depth > maxNodeDepth {
		return nil, p.fail(fmt.Sprintf("objects and lists nest deeper than %d", maxNodeDepth), "flatten them")
	}
	switch c := p.next(); {
	case c == '{':
		n.kind = objectNode
		return n, p.object(n, depth)
	case c == '[':
		n.kind = arrayNode
		return n, p.array(n, depth)
	case c == '"':
		var err error
		n.kind, n.quoted = scalarNode, true
		n.text, err = p.string()
		return n, err
	}
	start := p.i
	for p.i < len(p.src) && isWordByte(p.src[p.i]) {
		p.i++
	}
	n.kind, n.text = scalarNode, string(p.src[start:p.i])
	n.null = n.text == "null"
	if n.null || n.text == "true" || n.text == "false" || isJSONNumber(n.text) {
		return n, nil
	}
	p.i = start
	if start >= len(p.src) {
		return nil, p.fail("the JSON ends in the middle", "close what was opened; perhaps the end of the file is missing")
	}
	return nil, p.fail(fmt.Sprintf("%q is not a JSON value", snippet(p.src[start:])), "put text in double quotes and write numbers like 12 or 0.5")
}

func isWordByte(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '+' || c == '-' || c == '.' || c == '_'
}

// snippet is the start of b, for an error.
func snippet(b []byte) string {
	const maxRunes = 16
	n := 0
	for i := range string(b) {
		if n++; n > maxRunes {
			return string(b[:i]) + "…"
		}
	}
	return string(b)
}

// isJSONNumber reports whether s is a number of RFC 8259.
func isJSONNumber(s string) bool {
	digits := func() bool {
		i := 0
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		s = s[i:]
		return i > 0
	}
	skip := func(set string) bool {
		for i := range len(set) {
			if s != "" && s[0] == set[i] {
				s = s[1:]
				return true
			}
		}
		return false
	}
	skip("-")
	if !skip("0") && !digits() || skip(".") && !digits() {
		return false
	}
	if skip("eE") {
		if skip("+-"); !digits() {
			return false
		}
	}
	return s == ""
}

func (p *jsonParser) object(n *node, depth int) error {
	p.i++
	for first := true; ; first = false {
		p.space()
		if p.next() == '}' && first {
			p.i++
			return nil
		}
		m := nodeMember{}
		m.line, m.col = p.place()
		var err error
		if p.next() != '"' {
			return p.fail("a key in double quotes is expected here", `write it like "id": "cum2-2017"; no comma follows the last member`)
		}
		if m.key, err = p.string(); err != nil {
			return err
		}
		if p.space(); p.next() != ':' {
			return p.fail(fmt.Sprintf("a colon is expected after the key %q", m.key), "write one")
		}
		p.i++
		p.space()
		if m.value, err = p.value(depth + 1); err != nil {
			return err
		}
		if err := n.add(m); err != nil {
			return err
		}
		if done, err := p.separator('}'); done || err != nil {
			return err
		}
	}
}

func (p *jsonParser) array(n *node, depth int) error {
	p.i++
	for first := true; ; first = false {
		p.space()
		if p.next() == ']' && first {
			p.i++
			return nil
		}
		item, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
		if done, err := p.separator(']'); done || err != nil {
			return err
		}
	}
}

// separator consumes the comma or the closing bracket after a member or an item.
func (p *jsonParser) separator(closing byte) (done bool, err error) {
	p.space()
	switch p.next() {
	case ',':
		p.i++
		return false, nil
	case closing:
		p.i++
		return true, nil
	}
	return false, p.fail(fmt.Sprintf("a comma or %q is expected here", string(closing)), "add it; perhaps a bracket or a quote is missing before")
}

// string reads the string at i, escapes undone.
func (p *jsonParser) string() (string, error) {
	p.i++
	start := p.i
	for p.i < len(p.src) && p.src[p.i] != '"' && p.src[p.i] != '\\' && p.src[p.i] >= 0x20 {
		p.i++
	}
	text := p.src[start:p.i:p.i]
	for p.i < len(p.src) {
		switch c := p.src[p.i]; {
		case c == '"':
			p.i++
			return string(text), nil
		case c < 0x20:
			return "", p.fail("a string goes over the end of the line or holds a control character", `close the quote, or write \n or \t`)
		case c == '\\':
			var err error
			if text, err = p.escape(text); err != nil {
				return "", err
			}
		default:
			text = append(text, c)
			p.i++
		}
	}
	return "", p.fail("a string does not end", "close the quote")
}

// escape reads the escape at i and appends what it stands for.
func (p *jsonParser) escape(text []byte) ([]byte, error) {
	if p.i+1 < len(p.src) {
		letter := p.src[p.i+1]
		if c, ok := shortEscape(letter); ok || letter == '/' {
			if letter == '/' {
				c = letter
			}
			p.i += 2
			return append(text, c), nil
		}
	}
	r, ok := p.unicodeEscape(p.i)
	if !ok {
		return nil, p.fail("the escape is not one of JSON's", `write \\ for a backslash`)
	}
	size := len(`\u0000`)
	if utf16.IsSurrogate(r) {
		low, _ := p.unicodeEscape(p.i + size)
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			return nil, p.fail("half a surrogate pair stands for no character", "write the character itself")
		}
		size *= 2
	}
	p.i += size
	return utf8.AppendRune(text, r), nil
}

// unicodeEscape is the code unit of the \uXXXX at byte i.
func (p *jsonParser) unicodeEscape(i int) (rune, bool) {
	if len(p.src)-i < len(`\u0000`) || p.src[i] != '\\' || p.src[i+1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(p.src[i+2:i+6]), 16, 16)
	return rune(unit), err == nil
}
