package events

import (
	"fmt"
	"strconv"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"
)

// presence says whether a field may be left out. An absent field is left out of the bytes, never "" or null.
type presence bool

const (
	required presence = true
	optional presence = false
)

// codec carries a payload's fields to or from JSON. A payload names its fields once, in key order (Payload.fields), and the
// same list writes them (out), reads them from canonical bytes (in), or reads them from JSON of any layout (tree).
// The first error sticks.
type codec struct {
	out   []byte
	in    *scanner
	tree  *node
	mode  codecMode
	comma bool            // a member was written or read before
	used  map[string]bool // the tree's members that were asked for
	err   error
}

type codecMode uint8

const (
	writing codecMode = iota
	reading
	lenient // reading from a tree: any layout, decimals and text are brought into canonical form
)

func (c *codec) fail(key, format string, args ...any) {
	if c.err != nil {
		return
	}
	reason := fmt.Sprintf(format, args...)
	switch c.mode {
	case reading:
		c.err = c.in.fail(key, "%s", reason)
	default:
		c.err = &FieldError{Field: key, Reason: reason}
	}
}

// FieldError says which field of a draft is wrong and what to write instead.
type FieldError struct {
	Field  string
	Reason string
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Reason }

// begin moves to the value of key. It reports false where there is none, or an error stands.
func (c *codec) begin(key string, p presence) bool {
	if c.err != nil {
		return false
	}
	found := false
	switch c.mode {
	case writing:
		if c.comma {
			c.out = append(c.out, ',')
		}
		c.out = append(append(append(c.out, '"'), key...), '"', ':')
		found = true
	case reading:
		found = c.takeKey(key)
	case lenient:
		c.used[key] = true
		found = c.tree.member(key) != nil
	}
	if found {
		c.comma = true
	} else if p == required {
		c.fail(key, "the field is missing")
	}
	return found
}

// takeKey consumes `,"key":` (without the comma at an object's start) if it is next.
func (c *codec) takeKey(key string) bool {
	s := c.in
	at := s.i
	if c.comma && !s.take(",") {
		return false
	}
	if s.take(`"`) && s.take(key) && s.take(`":`) {
		return true
	}
	s.i = at
	return false
}

// finish checks that an object holds nothing beyond the fields asked for.
func (c *codec) finish() {
	if c.err != nil {
		return
	}
	switch c.mode {
	case writing:
		c.out = append(c.out, '}')
	case reading:
		if !c.in.take("}") {
			c.fail("", "expected the end of the object: a key is unknown, doubled or out of order")
		}
	case lenient:
		for _, key := range c.tree.memberNames() {
			if !c.used[key] {
				c.fail(key, "unknown field; leave it out")
			}
		}
	}
}

// inObject runs body over the object that comes next.
func (c *codec) inObject(field string, tree *node, body func(*codec)) {
	switch c.mode {
	case writing:
		c.out = append(c.out, '{')
	case reading:
		if !c.in.take("{") {
			c.fail(field, "expected an object")
			return
		}
	case lenient:
		if tree == nil || tree.kind != objectNode {
			c.fail(field, "expected an object")
			return
		}
	}
	inner := codec{out: c.out, in: c.in, tree: tree, mode: c.mode}
	if c.mode == lenient {
		inner.used = map[string]bool{}
	}
	body(&inner)
	inner.finish()
	c.out, c.err = inner.out, inner.err
}

func (c *codec) object(key string, body func(*codec)) {
	if c.begin(key, required) {
		c.inObject(key, c.sub(key), body)
	}
}

// sub is the tree's member key in lenient mode, else nil.
func (c *codec) sub(key string) *node {
	if c.mode != lenient {
		return nil
	}
	return c.tree.member(key)
}

// list carries a list of objects; it must not be empty.
func list[T any](c *codec, key string, items *[]T, body func(*codec, *T)) {
	c.items(key, len(*items), func(i int, tree *node) {
		if c.mode != writing {
			*items = append(*items, *new(T))
		}
		c.inObject(key, tree, func(c *codec) { body(c, &(*items)[i]) })
	})
}

// items carries a list's brackets and commas around item, which handles the i-th element.
func (c *codec) items(key string, count int, item func(i int, tree *node)) {
	if c.mode == writing && count == 0 {
		c.fail(key, "the list is empty")
	}
	if !c.begin(key, required) {
		return
	}
	switch c.mode {
	case writing:
		for i := range count {
			c.out = append(c.out, "[,"[min(i, 1)])
			item(i, nil)
		}
		c.out = append(c.out, ']')
	case reading:
		for i := 0; c.err == nil && c.in.take("[,"[min(i, 1):min(i, 1)+1]) && i < maxListItems; i++ {
			item(i, nil)
		}
		if c.err == nil && !c.in.take("]") {
			c.fail(key, "expected a list of at least one element")
		}
	case lenient:
		tree := c.tree.member(key)
		if tree.kind != arrayNode || len(tree.items) == 0 {
			c.fail(key, "expected a list of at least one element")
			return
		}
		for i, sub := range tree.items {
			item(i, sub)
		}
	}
}

// ids carries a list of ids.
func (c *codec) ids(key string, ids *[]string) {
	c.items(key, len(*ids), func(i int, tree *node) {
		if c.mode != writing {
			*ids = append(*ids, "")
		}
		id := &(*ids)[i]
		c.stringValue(key, tree, id)
		if c.err == nil && !ValidID(*id) {
			c.fail(key, "%q is not an id: use a-z, 0-9 and hyphens", *id)
		}
	})
}

// stringValue carries one string at the current place.
func (c *codec) stringValue(key string, tree *node, v *string) {
	if c.err != nil {
		return
	}
	switch c.mode {
	case writing:
		c.out = appendString(c.out, *v)
	case reading:
		*v, c.err = c.in.text(key)
	case lenient:
		if tree.kind != scalarNode || !tree.quoted {
			c.fail(key, "expected a string in quotes")
			return
		}
		*v = norm.NFC.String(tree.text)
	}
}

// text carries free text of at most MaxTextBytes.
func (c *codec) text(key string, v *string, p presence) {
	if c.mode == writing && *v == "" {
		if p == required {
			c.fail(key, "the field is missing")
		}
		return
	}
	if !c.begin(key, p) {
		return
	}
	c.stringValue(key, c.sub(key), v)
	switch {
	case c.err != nil:
	case *v == "":
		c.fail(key, "the text is empty; leave the field out")
	case len(*v) > MaxTextBytes:
		c.fail(key, "the text has %d bytes; at most %d are allowed", len(*v), MaxTextBytes)
	}
}

func (c *codec) id(key string, v *string, p presence) {
	c.text(key, v, p)
	if c.err == nil && *v != "" && !ValidID(*v) {
		c.fail(key, "%q is not an id: use at most %d of a-z, 0-9 and hyphens, not a hyphen first", *v, maxIDBytes)
	}
}

func (c *codec) criterion(key string, v *string) {
	c.text(key, v, required)
	if c.err == nil && !ValidCriterionID(*v) {
		c.fail(key, "%q is not a criterion's id: use at most %d letters, digits, '.', '_' and '-'", *v, maxIDBytes)
	}
}

func (c *codec) hash(key string, v *string) {
	c.text(key, v, required)
	if c.err == nil && !validHash(*v) {
		c.fail(key, "%q is not a SHA-256 in 64 lower-case hex digits", *v)
	}
}

func (c *codec) uuid(key string, v *uuid.UUID, p presence) {
	var s string
	if c.mode == writing && *v != uuid.Nil {
		s = v.String()
	}
	c.text(key, &s, p)
	if c.err != nil || c.mode == writing || s == "" {
		return
	}
	var ok bool
	if *v, ok = parseUUID(s); !ok {
		c.fail(key, "%q is not a UUID in lower case", s)
	}
}

// integer carries a whole number; 0 stands for absent.
func (c *codec) integer(key string, v *int, p presence) {
	if c.mode == writing && *v == 0 && p == optional || !c.begin(key, p) {
		return
	}
	switch c.mode {
	case writing:
		c.out = strconv.AppendInt(c.out, int64(*v), 10)
	case reading:
		*v, c.err = c.in.integer(key)
	case lenient:
		c.lenientInteger(key, v)
	}
	if c.err == nil && *v == 0 && p == optional {
		c.fail(key, "0 says nothing here; leave the field out")
	}
}

func (c *codec) lenientInteger(key string, v *int) {
	n := c.tree.member(key)
	i, err := strconv.ParseInt(n.text, 10, 64)
	if n.kind != scalarNode || err != nil || i < 0 || i >= maxExactInteger {
		c.fail(key, "expected a whole number from 0")
		return
	}
	*v = int(i)
}

// decimal carries a decimal as a string.
func (c *codec) decimal(key string, v *Decimal) {
	if c.begin(key, required) {
		c.decimalValue(key, v)
	}
}

func (c *codec) decimalValue(key string, v *Decimal) {
	switch c.mode {
	case writing:
		c.out = append(v.Append(append(c.out, '"')), '"')
	case reading:
		s, err := c.in.text(key)
		if err == nil {
			*v, err = ParseDecimal(s)
		}
		if err != nil {
			c.fail(key, "%v", err)
		}
	case lenient:
		n := c.tree.member(key)
		if n.kind != scalarNode {
			c.fail(key, "expected a decimal number")
			return
		}
		d, err := ReadDecimal(n.text)
		if err != nil {
			c.fail(key, "%v", err)
		}
		*v = d
	}
}

// mark carries a mark's value under the key that belongs to its kind.
func (c *codec) mark(key string, kind MarkKind, m *Mark) {
	if c.mode == writing && m.Kind != kind || !c.begin(key, optional) {
		return
	}
	if c.mode != writing {
		c.setKind(key, m, kind)
	}
	if kind != MarkPlace {
		c.decimalValue(key, &m.Amount)
		return
	}
	place := int(m.Amount / DecimalOne)
	switch c.mode {
	case writing:
		c.out = strconv.AppendInt(c.out, int64(place), 10)
		return
	case reading:
		place, c.err = c.in.integer(key)
	case lenient:
		c.lenientInteger(key, &place)
	}
	if c.err == nil && (place < 1 || place > MaxPlace) {
		c.fail(key, "a place is a whole number from 1 to %d", MaxPlace)
	}
	m.Amount = Whole(int64(place))
}

// absence carries the marks that have no value.
func (c *codec) absence(key string, m *Mark) {
	var s string
	switch {
	case c.mode != writing:
	case m.Kind == MarkAbstained:
		s = "abstained"
	case m.Kind == MarkRecused:
		s = "recused"
	}
	c.text(key, &s, optional)
	switch {
	case c.err != nil || c.mode == writing || s == "":
	case s == "abstained":
		c.setKind(key, m, MarkAbstained)
	case s == "recused":
		c.setKind(key, m, MarkRecused)
	default:
		c.fail(key, "%q is neither abstained nor recused", s)
	}
}

func (c *codec) setKind(key string, m *Mark, kind MarkKind) {
	if m.Kind != 0 {
		c.fail(key, "an entry has one of points, actual, place and mark, not two")
	}
	m.Kind = kind
}

func (c *codec) regulation(key string, r **Regulation) {
	if !c.begin(key, required) {
		return
	}
	switch c.mode {
	case writing:
		c.out = append(c.out, (*r).Canonical()...)
	case reading:
		raw, err := c.in.raw(key)
		if err == nil {
			*r, err = DecodeRegulation(raw)
		}
		if err != nil {
			c.fail(key, "%v", err)
		}
	case lenient:
		c.fail(key, "a campaign is opened from a regulation file; use campaign open")
	}
}
