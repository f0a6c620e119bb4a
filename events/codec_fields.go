package events

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The kinds of fields that are one string of a form of their own.

// word carries one of a few words.
func (c *codec) word(key string, v *string, p presence, words ...string) {
	if c.mode == describing {
		c.schema.add(key, p, wordKeywords(words...)...)
		return
	}
	bad := func(s string) string {
		if slices.Contains(words, s) {
			return ""
		}
		return fmt.Sprintf("%s is not one of %s", shown(s), strings.Join(words, ", "))
	}
	c.str(key, v, p, readText(bad), bad)
}

// readText reads a text in which bad finds nothing wrong.
func readText(bad func(string) string) func(*scanner, string) (string, error) {
	return func(s *scanner, field string) (string, error) {
		start := s.i
		text, err := s.text(field)
		if err != nil {
			return "", err
		}
		if reason := bad(text); reason != "" {
			s.i = start
			return "", s.fail(field, "%s", reason)
		}
		return text, nil
	}
}

// shown is s in quotes for an error, clipped if it is long.
func shown(s string) string {
	if s == "" {
		return `""`
	}
	return clip(s)
}

// date carries a day.
func (c *codec) date(key string, v *string, p presence) {
	if !c.describe(key, p, formDate) {
		c.str(key, v, p, readText(badDate), badDate)
	}
}

// moment carries a time.
func (c *codec) moment(key string, v *time.Time) {
	if c.describe(key, required, formTime) {
		return
	}
	var s string
	if c.mode == writing && !v.IsZero() {
		s = FormatTime(*v)
	}
	c.str(key, &s, required, readText(badTime), badTime)
	if c.err == nil && c.mode != writing {
		*v, c.err = ParseTime(s)
	}
}

// badTime says why s is not a time in its one form, "" if it is.
func badTime(s string) string {
	if _, err := ParseTime(s); err != nil {
		return err.Error()
	}
	return ""
}

// fraction carries a share above 0 and at most 1, as "2/3" in lowest terms. A zero fraction is none.
func (c *codec) fraction(key string, v *Fraction, p presence) {
	if c.describe(key, p, formFraction) {
		return
	}
	var s string
	if c.mode == writing && v.Den != 0 {
		s = v.String()
	}
	c.str(key, &s, p, readText(badFraction), badFraction)
	if c.err == nil && c.mode != writing && s != "" {
		*v, _ = parseFraction(s)
	}
}

// badFraction says why s is not a share in its one form, "" if it is.
func badFraction(s string) string {
	f, ok := parseFraction(s)
	if !ok || f.Num == 0 || f.Num > f.Den || f.String() != s {
		return shown(s) + " is not a share; write it in lowest terms, like 2/3, above 0 and at most 1/1"
	}
	return ""
}

// badDate says why s is not a day, "" if it is one.
func badDate(s string) string {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return shown(s) + " is not a date; write it like 2017-12-31"
	}
	return ""
}

// publicKey carries a public key. A zero key is none.
func (c *codec) publicKey(key string, v *PublicKey) {
	if c.describe(key, required, formKey) {
		return
	}
	var s string
	if c.mode == writing && *v != (PublicKey{}) {
		s = v.String()
	}
	c.str(key, &s, required, (*scanner).publicKey, badKey)
	if c.err == nil && c.mode != writing {
		*v, c.err = ParsePublicKey(s)
	}
}

// proof carries a signature that stands within a payload.
func (c *codec) proof(key string, v *string) {
	if !c.describe(key, required, formSignature) {
		c.str(key, v, required, (*scanner).signature, badSignature)
	}
}

// Words are a text of a record, or in its place the salted hash of a text that is kept elsewhere and can be erased there.
type Words struct {
	Text string
	Hash string // DetachedHash of the text, hex
}

// Given reports whether there are words, here or elsewhere.
func (w Words) Given() bool { return w.Text != "" || w.Hash != "" }

// detachedSuffix and a field's key make the key that its hash stands under.
const detachedSuffix = "Hash"

// words carry a text under key, or its hash under key+"Hash".
func (c *codec) words(key string, v *Words, p presence) {
	c.text(key, &v.Text, optional)
	c.hash(key+detachedSuffix, &v.Hash, optional)
	switch {
	case c.mode == describing:
		c.schema.either(p, key, key+detachedSuffix)
	case c.err != nil:
	case v.Text != "" && v.Hash != "":
		c.fail(key, "give the text or its hash, not both")
	case p == required && !v.Given():
		c.failMissing(key)
	}
}

// File names evidence by its content.
type File struct {
	Unit   bool   // held by the unit itself and not here: classified
	Name   string // for people
	SHA256 string // hex
	Size   int    // bytes
	Type   string // media type, for example application/pdf
}

// heldByUnit is what a file's member "held" says where the unit keeps it.
const heldByUnit = "unit"

// files carry evidence.
func (c *codec) files(key string, v *[]File) {
	list(c, key, v, optional, func(c *codec, f *File) {
		held := ""
		if f.Unit {
			held = heldByUnit
		}
		c.word("held", &held, optional, heldByUnit)
		if c.mode != writing {
			f.Unit = held != ""
		}
		c.text("name", &f.Name, required)
		c.hash("sha256", &f.SHA256, required)
		c.integer("size", &f.Size, required)
		c.text("type", &f.Type, required)
	})
	c.limit(key, "maxItems", MaxFiles)
	if c.err == nil && len(*v) > MaxFiles {
		c.fail(key, "at most %d files, not %d", MaxFiles, len(*v))
	}
}
