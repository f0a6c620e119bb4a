package events

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Schema is the JSON Schema (draft 2020-12) of a record of type t, indented. It is made from the list of fields that encodes and
// decodes the payload, so that it says nothing else; what a schema can't say (canonical form, the order of members, sums,
// what the campaign's state allows) it leaves to Decode and admission. Unknown types are a *FieldError.
func Schema(t Type) ([]byte, error) { return schemaOf(t, false) }

// DraftSchema is like Schema for a draft, as append takes it: less must be given, and decimals, times and UUIDs have more than one
// layout. An opening can't be drafted.
func DraftSchema(t Type) ([]byte, error) { return schemaOf(t, true) }

// SchemaAll is the JSON Schema of a record of any type, indented: each type is one of its $defs.
func SchemaAll() ([]byte, error) { return allSchemas(false) }

// DraftSchemaAll is like SchemaAll for drafts.
func DraftSchemaAll() ([]byte, error) { return allSchemas(true) }

const schemaDialect = `"https://json-schema.org/draft/2020-12/schema"`

// schemaID names a schema; it leads nowhere.
func schemaID(name string, draft bool) string {
	kind := "event"
	if draft {
		kind = "draft"
	}
	return strconv.Quote("urn:campaign-ledger:" + kind + ":" + name)
}

func schemaOf(t Type, draft bool) ([]byte, error) {
	body, err := typeSchema(t, draft)
	if err != nil {
		return nil, err
	}
	schema := append([]keyword{{"$schema", schemaDialect}, {"$id", schemaID(string(t), draft)}}, body...)
	return indented(append(schema, keyword{"$defs", objectJSON(formsOf(objectJSON(body), draft))}))
}

func allSchemas(draft bool) ([]byte, error) {
	var alternatives []string
	var defs []keyword
	for _, t := range Types() {
		if draft && t == TypeCampaignOpened {
			continue
		}
		body, err := typeSchema(t, draft)
		if err != nil {
			return nil, err
		}
		alternatives = append(alternatives, objectJSON(formKeywords(string(t))))
		defs = append(defs, keyword{string(t), objectJSON(body)})
	}
	title := `"A record of a campaign"`
	if draft {
		title = `"A draft of an event, as campaign append takes it"`
	}
	defs = append(defs, formsOf(objectJSON(defs), draft)...)
	return indented([]keyword{{"$schema", schemaDialect}, {"$id", schemaID("any", draft)}, {"title", title},
		{"oneOf", "[" + strings.Join(alternatives, ",") + "]"}, {"$defs", objectJSON(defs)}})
}

func indented(schema []keyword) ([]byte, error) {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(objectJSON(schema)), "", "  "); err != nil {
		return nil, fmt.Errorf("a schema: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// typeSchema is the schema of type t without its forms.
func typeSchema(t Type, draft bool) ([]keyword, error) {
	payload := newPayload(t)
	if payload == nil {
		return nil, &FieldError{"type", fmt.Sprintf("%s is not known; name one of %s", shown(string(t)), joinTypes())}
	}
	c := codec{mode: describing, schema: &objectSchema{draft: draft}}
	payload.fields(&c)
	if c.err != nil {
		return nil, c.err
	}
	vi, en := t.Title()
	title := []keyword{{"title", string(appendString(nil, en))}, {"x-title-vi", string(appendString(nil, vi))},
		{"description", strconv.Quote(schemaDescription(t, draft))}}
	return append(title, envelopeSchema(payload, draft, c.schema).keywords()...), nil
}

func schemaDescription(t Type, draft bool) string {
	if draft {
		return "A draft: JSON of any layout. What is left out of the envelope, the program fills in."
	}
	return fmt.Sprintf("A record: one line of at most %d bytes in canonical form, with its members in this order and no white space.", maxBytesOf(t))
}

func envelopeSchema(payload Payload, draft bool, data *objectSchema) *objectSchema {
	o := &objectSchema{draft: draft}
	inRecord := presence(!draft)
	o.add("specversion", inRecord, keyword{"const", `"1.0"`})
	o.add("id", inRecord, formKeywords(formUUID)...)
	o.add("source", inRecord, keyword{"type", `"string"`}, keyword{"pattern", `"^` + sourcePrefix + idPattern + `$"`})
	o.add("type", required, keyword{"const", strconv.Quote(string(payload.Type()))})
	if rule := payload.Subject(); rule != SubjectNone {
		o.add("subject", presence(rule == SubjectUnit), formKeywords(formID)...)
	}
	o.add("time", inRecord, formKeywords(formTime)...)
	o.add("author", inRecord, formKeywords(formID)...)
	o.add("causationid", optional, formKeywords(formUUID)...)
	o.add("data", required, data.keywords()...)
	if !draft {
		o.add("signature", optional, formKeywords(formSignature)...)
	}
	return o
}

const (
	idPattern   = `[a-z0-9][a-z0-9-]{0,62}`
	datePattern = `[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])`
)

// formsOf are the forms that the schema refers to.
func formsOf(schema string, draft bool) []keyword {
	var used []keyword
	for _, f := range forms(draft) {
		if strings.Contains(schema, formKeywords(f.name)[0].value) {
			used = append(used, f)
		}
	}
	return used
}

// forms are the forms of single values, in a record or in a draft.
func forms(draft bool) []keyword {
	pattern := func(description, pattern string) string {
		return fmt.Sprintf(`{"description":%q,"type":"string","pattern":%q}`, description, "^"+pattern+"$")
	}
	list := []keyword{
		{formID, pattern("an id", idPattern)},
		{formCriterion, pattern("a criterion's id", `[A-Za-z0-9][A-Za-z0-9._-]{0,62}`)},
		{formHash, pattern("a SHA-256 in hex", `[0-9a-f]{64}`)},
		{formKey, pattern("an Ed25519 public key", signaturePrefix+`[0-9a-f]{64}`)},
		{formSignature, pattern("an Ed25519 signature", signaturePrefix+`[0-9a-f]{128}`)},
		{formFraction, pattern("a share in lowest terms", `[1-9][0-9]{0,9}/[1-9][0-9]{0,9}`)},
		{formDate, strings.Replace(pattern("a day", datePattern), `"pattern"`, `"format":"date","pattern"`, 1)},
	}
	const nilUUID = `"not":{"const":"00000000-0000-0000-0000-000000000000"}`
	if draft {
		return append(list,
			keyword{formUUID, `{"description":"a UUID, not the nil UUID","type":"string","pattern":"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",` + nilUUID + `}`},
			keyword{formTime, `{"description":"a time of RFC 3339, which is cut to milliseconds","type":"string","format":"date-time"}`},
			keyword{formDecimal, `{"description":"a number or string of at most 12 digits before the point and 6 after it, without an exponent",` +
				`"type":["number","string"],"exclusiveMinimum":-1000000000000,"exclusiveMaximum":1000000000000,` +
				`"pattern":"^-?(0|[1-9][0-9]{0,11})(\\.[0-9]{1,6})?$"}`},
			keyword{formInteger, fmt.Sprintf(`{"description":"a whole number below 2^53","type":["integer","string"],"minimum":0,"maximum":%d,`+
				`"pattern":"^(0|[1-9][0-9]{0,15})$"}`, maxExactInteger-1)},
			keyword{formText, fmt.Sprintf(`{"description":"1 to %d bytes of UTF-8, not white space alone","type":"string","pattern":"\\S"}`, MaxTextBytes)})
	}
	return append(list,
		keyword{formUUID, `{"description":"a UUID, not the nil UUID","type":"string","pattern":"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",` + nilUUID + `}`},
		keyword{formTime, fmt.Sprintf(`{"description":"a time in UTC and milliseconds","type":"string","format":"date-time","pattern":%q}`,
			"^"+datePattern+`T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z$`)},
		keyword{formDecimal, `{"description":"a decimal in its shortest form","type":"string",` +
			`"pattern":"^-?(0|[1-9][0-9]{0,11})(\\.[0-9]{0,5}[1-9])?$","not":{"const":"-0"}}`},
		keyword{formInteger, fmt.Sprintf(`{"type":"integer","minimum":0,"maximum":%d}`, maxExactInteger-1)},
		keyword{formText, fmt.Sprintf(`{"description":"1 to %d bytes of UTF-8 in Unicode form NFC","type":"string","minLength":1,"maxLength":%d}`,
			MaxTextBytes, MaxTextBytes)})
}
