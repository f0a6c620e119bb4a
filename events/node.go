package events

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// maxNodeDepth bounds how deep objects and lists nest; a regulation's criteria need half of it at most.
	maxNodeDepth = 64
	// maxSourceBytes bounds a file or line before it is looked at: the largest message the log carries.
	maxSourceBytes = 1 << 20
)

// nodeKind tells the three shapes of a node apart.
type nodeKind uint8

const (
	objectNode nodeKind = iota + 1
	arrayNode
	scalarNode
)

func (k nodeKind) String() string {
	switch k {
	case objectNode:
		return "an object"
	case arrayNode:
		return "a list"
	}
	return "a single value"
}

// node is a piece of a YAML or JSON source with its place there. Scalars keep their source text, so that 1.10 stays 1.10.
type node struct {
	kind   nodeKind
	quoted bool // scalar: text in quotes or a block, never a number, true, false or null
	null   bool // scalar: null, or in YAML nothing at all
	bare   bool // the canonical form writes text as it is: an integer, true or false

	line, col int    // from 1; columns count characters
	text      string // scalar: escapes undone
	members   []nodeMember
	items     []*node // array

	index map[string]int // members by key, once there are many
}

// nodeMember is a key of an object and what stands under it.
type nodeMember struct {
	key       string
	line, col int // of the key
	value     *node
}

// indexedMembers is how many members an object has before a map finds them faster than a walk.
const indexedMembers = 24

// member is what stands under key, nil if nothing does.
func (n *node) member(key string) *node {
	if i := n.find(key); i >= 0 {
		return n.members[i].value
	}
	return nil
}

// memberNames are the keys in file order.
func (n *node) memberNames() []string {
	names := make([]string, len(n.members))
	for i, m := range n.members {
		names[i] = m.key
	}
	return names
}

func (n *node) find(key string) int {
	if n.index != nil {
		if i, ok := n.index[key]; ok {
			return i
		}
		return -1
	}
	return slices.IndexFunc(n.members, func(m nodeMember) bool { return m.key == key })
}

// add appends m, unless its key is there already.
func (n *node) add(m nodeMember) error {
	if i := n.find(m.key); i >= 0 {
		return &sourceError{m.line, m.col, fmt.Sprintf("the key %q stands here twice, first in line %d", m.key, n.members[i].line),
			"keep one of the two"}
	}
	n.members = append(n.members, m)
	switch {
	case n.index != nil:
		n.index[m.key] = len(n.members) - 1
	case len(n.members) == indexedMembers:
		n.index = make(map[string]int, 2*indexedMembers)
		for i, m := range n.members {
			n.index[m.key] = i
		}
	}
	return nil
}

// appendCanonical appends n as RFC 8785 writes it; its keys must be ASCII. Numbers are strings, except bare ones.
func (n *node) appendCanonical(b []byte) []byte {
	switch n.kind {
	case objectNode:
		sorted := slices.Clone(n.members)
		slices.SortFunc(sorted, func(a, b nodeMember) int { return strings.Compare(a.key, b.key) })
		b = append(b, '{')
		for i, m := range sorted {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, m.key), ':')
			b = m.value.appendCanonical(b)
		}
		return append(b, '}')
	case arrayNode:
		b = append(b, '[')
		for i, item := range n.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.appendCanonical(b)
		}
		return append(b, ']')
	}
	if n.bare {
		return append(b, n.text...)
	}
	return appendString(b, n.text)
}

// sourceError says where a source is not YAML or JSON as the ledger reads it.
type sourceError struct {
	line, col       int
	problem, remedy string
}

func (e *sourceError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s; %s", e.line, e.col, e.problem, e.remedy)
}

// cleanSource is src without a byte order mark, if it is text of a size the ledger takes.
func cleanSource(src []byte) ([]byte, error) {
	if len(src) > maxSourceBytes {
		return nil, &sourceError{1, 1, fmt.Sprintf("the source has %d bytes; at most %d are read", len(src), maxSourceBytes),
			"shorten or split it"}
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if len(bytes.TrimSpace(src)) == 0 {
		return nil, &sourceError{1, 1, "the source is empty", "check that this is the right file and that it was saved"}
	}
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && size == 1 {
			line, col := position(src[:i])
			return nil, &sourceError{line, col, fmt.Sprintf("the byte 0x%02x is not valid UTF-8", src[i]), "save the file as UTF-8"}
		}
		i += size
	}
	return src, nil
}

// position is the line and column, from 1, that follow the text before.
func position(before []byte) (line, col int) {
	line = 1 + bytes.Count(before, []byte("\n"))
	return line, 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
}
