package events

import (
	"fmt"
	"strconv"
	"strings"
)

// keyword is one member of a JSON Schema.
type keyword struct{ name, value string } // value is JSON

// objectJSON is the object that has the keywords in their order.
func objectJSON(keywords []keyword) string {
	var b strings.Builder
	for i, k := range keywords {
		b.WriteString("{,"[min(i, 1):min(i, 1)+1] + string(appendString(nil, k.name)) + ":" + k.value)
	}
	return b.String() + "}"
}

// arrayJSON is a list of strings.
func arrayJSON(list []string) string {
	b := []byte{'['}
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return string(append(b, ']'))
}

// objectSchema collects what a JSON Schema says of one object.
type objectSchema struct {
	draft      bool // of a draft as append takes it, not of a record
	properties []property
	rules      []string // JSON Schemas that the object as a whole must fit
}

type property struct {
	key      string
	presence presence
	keywords []keyword
}

func (o *objectSchema) add(key string, p presence, keywords ...keyword) {
	o.properties = append(o.properties, property{key, p, keywords})
}

// within describes an object below o.
func (o *objectSchema) within(body func(*codec)) *objectSchema {
	c := codec{mode: describing, schema: &objectSchema{draft: o.draft}}
	body(&c)
	return c.schema
}

// keywords are the object's schema.
func (o *objectSchema) keywords() []keyword {
	var properties []keyword
	var needed []string
	for _, p := range o.properties {
		properties = append(properties, keyword{p.key, objectJSON(p.keywords)})
		if p.presence == required {
			needed = append(needed, p.key)
		}
	}
	schema := []keyword{{"type", `"object"`}}
	if len(properties) > 0 {
		schema = append(schema, keyword{"properties", objectJSON(properties)})
	}
	if len(needed) > 0 {
		schema = append(schema, keyword{"required", arrayJSON(needed)})
	}
	if len(o.rules) > 0 {
		schema = append(schema, keyword{"allOf", "[" + strings.Join(o.rules, ",") + "]"})
	}
	return append(schema, keyword{"additionalProperties", "false"})
}

// The names of the forms that schemas refer to; see forms.
const (
	formID        = "id"
	formCriterion = "criterion"
	formUUID      = "uuid"
	formTime      = "time"
	formDate      = "date"
	formFraction  = "fraction"
	formDecimal   = "decimal"
	formInteger   = "integer"
	formText      = "text"
	formHash      = "hash"
	formKey       = "key"
	formSignature = "signature"
)

// formKeywords refer to a form.
func formKeywords(form string) []keyword { return []keyword{{"$ref", `"#/$defs/` + form + `"`}} }

func wordKeywords(words ...string) []keyword { return []keyword{{"enum", arrayJSON(words)}} }

func listOf(item string) []keyword {
	return []keyword{{"type", `"array"`}, {"items", item}, {"minItems", "1"}}
}

// describe adds a field of the given form. It reports false in all other modes.
func (c *codec) describe(key string, p presence, form string) bool {
	if c.mode != describing {
		return false
	}
	c.schema.add(key, p, formKeywords(form)...)
	return true
}

// What follows tells a schema what Validate and the codec check beyond a field's form; in all other modes it does nothing.

// set gives the field key, which was just described, a keyword.
func (o *objectSchema) set(key, name, value string) {
	for i := range o.properties {
		p := &o.properties[i]
		if p.key != key {
			continue
		}
		for j := range p.keywords {
			if p.keywords[j].name == name {
				p.keywords[j].value = value
				return
			}
		}
		p.keywords = append(p.keywords, keyword{name, value})
	}
}

// limit says that the field's keyword, for example minimum or maxItems, is n.
func (c *codec) limit(key, keyword string, n int) {
	if c.mode == describing {
		c.schema.limit(key, keyword, n)
	}
}

func (o *objectSchema) limit(key, keyword string, n int) {
	o.set(key, keyword, strconv.Itoa(n))
	if keyword == "minimum" && o.draft {
		o.set(key, "pattern", `"^[1-9]"`) // where a draft has the number in quotes
	}
}

// distinct says that no element of the list stands in it twice.
func (c *codec) distinct(key string) {
	if c.mode == describing {
		c.schema.set(key, "uniqueItems", "true")
	}
}

// above0 says that the decimal is above 0.
func (c *codec) above0(key string) {
	if c.mode == describing {
		c.schema.set(key, "pattern", `"^([1-9]|0\\.)"`)
		if c.schema.draft {
			c.schema.set(key, "exclusiveMinimum", "0") // where it has a number
		}
	}
}

// needs says that with key there is other.
func (c *codec) needs(key, other string) {
	if c.mode == describing {
		c.schema.rules = append(c.schema.rules, fmt.Sprintf(`{"dependentRequired":{%q:[%q]}}`, key, other))
	}
}

// needsWhen says that where key is word there is other.
func (c *codec) needsWhen(key, word, other string) {
	if c.mode == describing {
		c.schema.rules = append(c.schema.rules,
			fmt.Sprintf(`{"if":{"properties":{%q:{"const":%q}},"required":[%q]},"then":{"required":[%q]}}`, key, word, key, other))
	}
}

// onlyWhen says that where key is not word there is no other.
func (c *codec) onlyWhen(key, word, other string) {
	if c.mode == describing {
		c.schema.rules = append(c.schema.rules,
			fmt.Sprintf(`{"if":{"properties":{%q:{"not":{"const":%q}}}},"then":{"not":{"required":[%q]}}}`, key, word, other))
	}
}

// some says that there is at least one of the fields.
func (c *codec) some(keys ...string) {
	if c.mode == describing {
		alternatives := make([]string, len(keys))
		for i, key := range keys {
			alternatives[i] = fmt.Sprintf(`{"required":[%q]}`, key)
		}
		c.schema.rules = append(c.schema.rules, `{"anyOf":[`+strings.Join(alternatives, ",")+`]}`)
	}
}

// one says that there is exactly one of the fields.
func (c *codec) one(keys ...string) {
	if c.mode == describing {
		c.schema.one(keys...)
	}
}

func (o *objectSchema) one(keys ...string) {
	alternatives := make([]string, len(keys))
	for i, key := range keys {
		alternatives[i] = fmt.Sprintf(`{"required":[%q]}`, key)
	}
	o.rules = append(o.rules, `{"oneOf":[`+strings.Join(alternatives, ",")+`]}`)
}

// either says that of the two fields there is one; or none, where that is optional.
func (o *objectSchema) either(p presence, key, other string) {
	if p == required {
		o.one(key, other)
		return
	}
	o.rules = append(o.rules, fmt.Sprintf(`{"not":{"required":[%q,%q]}}`, key, other))
}

// mark adds a mark's value under the key that belongs to its kind.
func (o *objectSchema) mark(key string, kind MarkKind) {
	switch kind {
	case MarkPlace:
		o.add(key, optional, formKeywords(formInteger)...)
		o.limit(key, "minimum", 1)
		o.limit(key, "maximum", MaxPlace)
	case MarkActual:
		o.add(key, optional, formKeywords(formDecimal)...)
		o.set(key, "pattern", `"^(-0(\\.0+)?$|[0-9])"`) // a draft may say -0
		if o.draft {
			o.set(key, "minimum", "0") // where it has a number
		}
	default:
		o.add(key, optional, formKeywords(formDecimal)...)
	}
}
