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
	c.str(key, v, p, (*scanner).text, func(s string) string {
		if slices.Contains(words, s) {
			return ""
		}
		return fmt.Sprintf("%s is not one of %s", clip(s), strings.Join(words, ", "))
	})
	if c.err == nil && c.mode == reading && *v != "" && !slices.Contains(words, *v) {
		c.fail(key, "%s is not one of %s", clip(*v), strings.Join(words, ", "))
	}
}

// date carries a day.
func (c *codec) date(key string, v *string) {
	c.str(key, v, required, (*scanner).text, badDate)
	if c.err == nil && c.mode == reading {
		if bad := badDate(*v); bad != "" {
			c.fail(key, "%s", bad)
		}
	}
}

// badDate says why s is not a day, "" if it is one.
func badDate(s string) string {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return clip(s) + " is not a date; write it like 2017-12-31"
	}
	return ""
}

// publicKey carries a public key.
func (c *codec) publicKey(key string, v *PublicKey) {
	var s string
	if c.mode == writing {
		s = v.String()
	}
	c.str(key, &s, required, (*scanner).publicKey, badKey)
	if c.err == nil && c.mode != writing {
		*v, c.err = ParsePublicKey(s)
	}
}

// proof carries a signature that stands within a payload.
func (c *codec) proof(key string, v *string) {
	c.str(key, v, required, (*scanner).signature, badSignature)
}

// optionalHash carries a hash that may be left out.
func (c *codec) optionalHash(key string, v *string) {
	c.str(key, v, optional, (*scanner).hash, badHash)
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
	c.optionalHash(key+detachedSuffix, &v.Hash)
	switch {
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
		f.Unit = held != ""
		c.text("name", &f.Name, required)
		c.hash("sha256", &f.SHA256)
		c.integer("size", &f.Size, required)
		c.text("type", &f.Type, required)
	})
	if c.err == nil && len(*v) > MaxFiles {
		c.fail(key, "at most %d files, not %d", MaxFiles, len(*v))
	}
}
