package events

import (
	"fmt"
	"strconv"
	"strings"

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
// same list writes them (out), reads them from canonical bytes (in), reads them from JSON of any layout (tree), or says what
// they look like (schema). The first error sticks.
type codec struct {
	out   []byte
	in    scanner
	err   error
	mode  codecMode
	comma bool            // a member of the object at hand was written or read before
	tree  *node           // the object at hand
	used  map[string]bool // the tree's members that were asked for

	schema *objectSchema
}

type codecMode uint8

const (
	writing codecMode = iota
	reading
	lenient    // reading from a tree: any layout, decimals and text are brought into canonical form
	describing // neither reading nor writing: the payload's values are not looked at
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

// fieldName is a key that no field has, in a length that an error can show.
func fieldName(key string) string {
	if len(key) > maxIDBytes {
		return clip(key)
	}
	return key
}

// missing is the reason of a required field that is not there.
const missing = "the field is missing"

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
		found = c.in.takeKey(c.comma, key)
	case lenient:
		c.used[key] = true
		found = c.tree.member(key) != nil
	}
	if found {
		c.comma = true
	} else if p == required {
		c.failMissing(key)
	}
	return found
}

func (c *codec) failMissing(key string) {
	if c.mode == reading {
		c.fail(key, "%s, or not at its place; the next bytes are %s", missing, clip(c.in.b[c.in.i:]))
		return
	}
	c.fail(key, missing)
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
			c.fail("", "expected the end of the object, not %s: a key is unknown, doubled or out of order", clip(c.in.b[c.in.i:]))
		}
	case lenient:
		for _, key := range c.tree.memberNames() {
			if !c.used[key] {
				c.fail(fieldName(key), "unknown field; leave it out")
			}
		}
	}
}

// inObject runs body over the object that comes next.
func (c *codec) inObject(field string, tree *node, body func(*codec)) {
	if !c.open(field, tree) {
		return
	}
	comma, outer, used := c.comma, c.tree, c.used
	c.comma, c.tree, c.used = false, tree, nil
	if c.mode == lenient {
		c.used = map[string]bool{}
	}
	body(c)
	c.finish()
	c.comma, c.tree, c.used = comma, outer, used
}

// open begins an object. It reports false where there is none, or an error stands.
func (c *codec) open(field string, tree *node) bool {
	if c.err != nil {
		return false
	}
	found := true
	switch c.mode {
	case writing:
		c.out = append(c.out, '{')
	case reading:
		found = c.in.take("{")
	case lenient:
		found = tree != nil && tree.kind == objectNode
	}
	if !found {
		c.fail(field, "expected an object")
	}
	return found
}

func (c *codec) object(key string, body func(*codec)) { c.member(key, required, body) }

// maybe carries an object that may be left out; given says whether there is one to write.
func (c *codec) maybe(key string, given bool, body func(*codec)) {
	if c.mode != writing || given {
		c.member(key, optional, body)
	}
}

func (c *codec) member(key string, p presence, body func(*codec)) {
	if c.mode == describing {
		c.schema.add(key, p, c.schema.within(body).keywords()...)
	} else if c.begin(key, p) {
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

// list carries a list of objects; where it is there, it is not empty.
func list[T any](c *codec, key string, items *[]T, p presence, body func(*codec, *T)) {
	if c.mode == describing {
		c.schema.add(key, p, listOf(objectJSON(c.schema.within(func(c *codec) { body(c, new(T)) }).keywords()))...)
		return
	}
	c.items(key, len(*items), p, func(i int, tree *node) {
		if c.mode != writing {
			*items = append(*items, *new(T))
		}
		c.inObject(key, tree, func(c *codec) { body(c, &(*items)[i]) })
	})
}

// items carries a list's brackets and commas around item, which handles the i-th element.
func (c *codec) items(key string, count int, p presence, item func(i int, tree *node)) {
	if c.mode == writing && count == 0 {
		if p == required {
			c.fail(key, emptyList)
		}
		return
	}
	if !c.begin(key, p) {
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
		// Every element takes bytes, so that the record's own limit bounds the list.
		for i := 0; c.err == nil && c.in.take("[,"[min(i, 1):min(i, 1)+1]); i++ {
			item(i, nil)
		}
		if c.err == nil && !c.in.take("]") {
			c.fail(key, "expected a list of at least one element, not %s", clip(c.in.b[c.in.i:]))
		}
	case lenient:
		tree := c.tree.member(key)
		switch {
		case tree.kind != arrayNode:
			c.fail(key, "expected a list of at least one element")
			return
		case len(tree.items) == 0 && p == optional:
			c.fail(key, emptyList+"; leave the field out")
			return
		case len(tree.items) == 0:
			c.fail(key, emptyList+"; name at least one")
			return
		}
		for i, sub := range tree.items {
			item(i, sub)
		}
	}
}

const emptyList = "the list is empty"

// ids carries a list of ids.
func (c *codec) ids(key string, ids *[]string, p presence) {
	if c.mode == describing {
		c.schema.add(key, p, listOf(objectJSON(formKeywords(formID)))...)
		return
	}
	c.items(key, len(*ids), p, func(i int, tree *node) {
		if c.mode != writing {
			*ids = append(*ids, "")
		}
		c.stringValue(key, tree, &(*ids)[i], (*scanner).id, badID)
	})
}

// str carries a string member: read reads it from a record, bad says what is wrong with it elsewhere.
func (c *codec) str(key string, v *string, p presence, read func(*scanner, string) (string, error), bad func(string) string) {
	if c.mode == writing && *v == "" {
		if p == required {
			c.failMissing(key)
		}
		return
	}
	if c.begin(key, p) {
		c.stringValue(key, c.sub(key), v, read, bad)
	}
}

// stringValue carries one string at the current place; tree is where it stands in lenient mode.
func (c *codec) stringValue(key string, tree *node, v *string, read func(*scanner, string) (string, error), bad func(string) string) {
	if c.err != nil {
		return
	}
	if c.mode == reading {
		*v, c.err = read(&c.in, key)
		return
	}
	if c.mode == lenient {
		if tree.kind != scalarNode || !tree.quoted {
			c.fail(key, "expected a string in quotes")
			return
		}
		*v = norm.NFC.String(tree.text)
	}
	if reason := bad(*v); reason != "" {
		c.fail(key, "%s", reason)
	} else if c.mode == writing {
		c.out = appendString(c.out, *v)
	}
}

// text carries free text of at most MaxTextBytes.
func (c *codec) text(key string, v *string, p presence) {
	if c.describe(key, p, formText) {
		return
	}
	c.str(key, v, p, (*scanner).text, badText)
	if c.mode == lenient && c.err == nil && *v != "" && strings.TrimSpace(*v) == "" {
		c.fail(key, "the text is nothing but white space") // FORMATS allows it in a record, and nobody means it in a draft
	}
}

func (c *codec) id(key string, v *string, p presence) {
	if !c.describe(key, p, formID) {
		c.str(key, v, p, (*scanner).id, badID)
	}
}

func (c *codec) criterion(key string, v *string, p presence) {
	if !c.describe(key, p, formCriterion) {
		c.str(key, v, p, (*scanner).criterion, badCriterionID)
	}
}

func (c *codec) hash(key string, v *string, p presence) {
	if !c.describe(key, p, formHash) {
		c.str(key, v, p, (*scanner).hash, badHash)
	}
}

func (c *codec) uuid(key string, v *uuid.UUID, p presence) {
	if c.describe(key, p, formUUID) {
		return
	}
	if c.mode == writing && *v == uuid.Nil {
		if p == required {
			c.failMissing(key)
		}
		return
	}
	if c.begin(key, p) {
		c.uuidValue(key, c.sub(key), v)
	}
}

// uuidValue carries one UUID at the current place; tree is where it stands in lenient mode.
func (c *codec) uuidValue(key string, tree *node, v *uuid.UUID) {
	switch c.mode {
	case writing:
		c.out = append(appendUUID(append(c.out, '"'), *v), '"')
	case reading:
		*v, c.err = c.in.uuid(key)
	case lenient:
		var s string
		c.stringValue(key, tree, &s, nil, badText)
		id, ok := parseUUID(strings.ToLower(s))
		if !ok {
			c.fail(key, "%s", badUUID(s))
		}
		*v = id
	}
}

// uuids carries a list of UUIDs that may be left out.
func (c *codec) uuids(key string, ids *[]uuid.UUID) {
	if c.mode == describing {
		c.schema.add(key, optional, listOf(objectJSON(formKeywords(formUUID)))...)
		c.distinct(key)
		return
	}
	c.items(key, len(*ids), optional, func(i int, tree *node) {
		if c.mode != writing {
			*ids = append(*ids, uuid.Nil)
		}
		c.uuidValue(key, tree, &(*ids)[i])
	})
}

// integer carries a whole number from 0 below 2^53; where it is optional, 0 stands for absent.
func (c *codec) integer(key string, v *int, p presence) {
	if c.describe(key, p, formInteger) {
		return
	}
	if c.mode == writing && *v == 0 && p == optional || !c.begin(key, p) {
		return
	}
	c.integerValue(key, v)
	if c.err == nil && *v == 0 && p == optional {
		c.fail(key, "0 says nothing here; leave the field out")
	}
}

func (c *codec) integerValue(key string, v *int) {
	switch c.mode {
	case writing:
		if *v < 0 || *v >= maxExactInteger {
			c.fail(key, "%s, not %d", badInteger, *v)
		}
		c.out = strconv.AppendInt(c.out, int64(*v), 10)
	case reading:
		*v, c.err = c.in.integer(key)
	case lenient:
		n := c.tree.member(key)
		var ok bool
		if *v, ok = wholeNumber(n.text); !ok || n.kind != scalarNode {
			c.fail(key, "%s", badInteger)
		}
	}
}

// decimal carries a decimal as a string.
func (c *codec) decimal(key string, v *Decimal) {
	if !c.describe(key, required, formDecimal) && c.begin(key, required) {
		c.decimalValue(key, v)
	}
}

func (c *codec) decimalValue(key string, v *Decimal) {
	switch c.mode {
	case writing:
		if !v.inRange() {
			c.fail(key, "%s is beyond the %d digits before the point that a record holds", *v, maxIntegerDigits)
		}
		c.out = append(v.Append(append(c.out, '"')), '"')
	case reading:
		*v, c.err = c.in.decimal(key)
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
	if c.mode == describing {
		c.schema.mark(key, kind)
		return
	}
	if c.mode == writing && m.Kind != kind || !c.begin(key, optional) {
		return
	}
	if c.mode != writing && !c.setKind(key, m, kind) {
		return
	}
	if kind != MarkPlace {
		c.decimalValue(key, &m.Amount)
		return
	}
	place := int(m.Amount / DecimalOne)
	c.integerValue(key, &place)
	if c.err == nil && (place < 1 || place > MaxPlace) {
		c.fail(key, badPlace, MaxPlace)
		return
	}
	if c.mode != writing {
		m.Amount = Whole(int64(place))
	}
}

const badPlace = "a place is a whole number from 1 to %d"

// The values of the key "mark".
const (
	markAbstained = "abstained"
	markRecused   = "recused"
)

// absence carries the marks that have no value.
func (c *codec) absence(key string, m *Mark) {
	if c.mode == describing {
		c.schema.add(key, optional, wordKeywords(markAbstained, markRecused)...)
		return
	}
	var s string
	if c.mode == writing {
		switch m.Kind {
		case MarkAbstained:
			s = markAbstained
		case MarkRecused:
			s = markRecused
		}
	}
	c.text(key, &s, optional)
	switch {
	case c.err != nil || c.mode == writing || s == "":
	case s == markAbstained:
		c.setKind(key, m, MarkAbstained)
	case s == markRecused:
		c.setKind(key, m, MarkRecused)
	default:
		c.fail(key, "%s is neither abstained nor recused", clip(s))
	}
}

// setKind reports false if the entry has a mark already.
func (c *codec) setKind(key string, m *Mark, kind MarkKind) bool {
	if m.Kind != 0 {
		c.fail(key, "an entry has one of points, actual, place and mark, not two")
		return false
	}
	m.Kind = kind
	return true
}

// regulation carries a whole regulation.
func (c *codec) regulation(key string, r **Regulation) {
	if c.mode == describing {
		c.schema.add(key, required, keyword{"type", `"object"`})
		return
	}
	if !c.begin(key, required) {
		return
	}
	var err error
	switch c.mode {
	case writing:
		c.out = append(c.out, (*r).Canonical()...)
	case reading:
		var raw []byte
		if raw, err = c.in.raw(key); err == nil {
			*r, err = DecodeRegulation(raw)
		}
	case lenient:
		*r, err = regulationOf(key, c.tree.member(key), nil)
	}
	if err != nil {
		c.fail(key, "%v", err)
	}
}

// noDraft refuses what append does not take as a draft: reason says what to do instead.
func (c *codec) noDraft(key, reason string) {
	if c.mode == lenient || c.mode == describing && c.schema.draft {
		c.fail(key, "%s", reason)
	}
}
