package events

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// compile reads a schema as any user's validator does; draft 2020-12 itself is checked with it.
func compile(t *testing.T, schema []byte, err error) *jsonschema.Schema {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatalf("%v:\n%s", err, schema)
	}
	id := doc.(map[string]any)["$id"].(string)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(id, doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile(id)
	if err != nil {
		t.Fatalf("%v:\n%s", err, schema)
	}
	return compiled
}

func schemaFor(t *testing.T, typ Type) *jsonschema.Schema {
	t.Helper()
	schema, err := Schema(typ)
	return compile(t, schema, err)
}

func draftSchemaFor(t *testing.T, typ Type) *jsonschema.Schema {
	t.Helper()
	schema, err := DraftSchema(typ)
	return compile(t, schema, err)
}

func jsonValue(t *testing.T, line []byte) any {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return value
}

// Every golden record fits its own schema and the schema of all, and no other type's; without its signature it fits the draft's.
func TestSchemasFitGolden(t *testing.T) {
	t.Parallel()
	everything, err := SchemaAll()
	all := compile(t, everything, err)
	everyDraft, err := DraftSchemaAll()
	drafts := compile(t, everyDraft, err)
	other := schemaFor(t, TypeCampaignClosed)
	for _, typ := range Types() {
		schema := schemaFor(t, typ)
		for _, line := range goldenLines(t, typ) {
			value := jsonValue(t, line)
			if err := schema.Validate(value); err != nil {
				t.Errorf("%s: %v\n%s", typ, err, line)
			}
			if err := all.Validate(value); err != nil {
				t.Errorf("%s, all: %v", typ, err)
			}
			if typ != TypeCampaignClosed && other.Validate(value) == nil {
				t.Errorf("a %s passes for another type", typ)
			}
			if typ == TypeCampaignOpened {
				continue
			}
			delete(value.(map[string]any), "signature")
			if err := draftSchemaFor(t, typ).Validate(value); err != nil {
				t.Errorf("%s, draft: %v\n%s", typ, err, line)
			}
			if err := drafts.Validate(value); err != nil {
				t.Errorf("%s, all drafts: %v", typ, err)
			}
		}
	}
}

// Every record that a field was taken from, added to or made of another kind in is refused by Decode and by the schema; drafts likewise.
func TestSchemasRefuseWhatDecodeRefuses(t *testing.T) {
	t.Parallel()
	for _, typ := range Types() {
		t.Run(string(typ), func(t *testing.T) {
			t.Parallel()
			schema := schemaFor(t, typ)
			refused := 0
			for _, line := range goldenLines(t, typ) {
				for what, mutant := range mutants(jsonValue(t, line)) {
					record := canonicalOf(t, mutant)
					_, decodeErr := Decode(record)
					schemaErr := schema.Validate(mutant)
					if (decodeErr == nil) != (schemaErr == nil) && !beyondSchema(what, decodeErr) {
						t.Errorf("%s: Decode: %v; schema: %v\n%s", what, decodeErr, schemaErr, record)
					}
					if schemaErr != nil {
						refused++
					}
				}
			}
			if refused == 0 {
				t.Error("nothing was refused")
			}
		})
	}
}

func TestDraftSchemasRefuseWhatAppendRefuses(t *testing.T) {
	t.Parallel()
	for _, typ := range Types()[1:] {
		if typ == TypeCampaignOpened {
			continue
		}
		schema := draftSchemaFor(t, typ)
		for _, line := range goldenLines(t, typ) {
			value := jsonValue(t, line)
			delete(value.(map[string]any), "signature")
			for what, mutant := range mutants(value) {
				_, err := ParseProposal(canonicalOf(t, mutant), "cum2-2017")
				schemaErr := schema.Validate(mutant)
				if (err == nil) != (schemaErr == nil) && !beyondSchema(what, err) {
					t.Errorf("%s: append: %v; schema: %v\n%s", what, err, schemaErr, canonicalOf(t, mutant))
				}
			}
		}
	}
}

// beyondSchema reports whether a schema can't see why Decode refused, and may then accept.
func beyondSchema(what string, err error) bool {
	if err == nil {
		return false
	}
	for _, reason := range []string{"the hash is not that of", "the batches hold", "before it starts", "is another campaign",
		"is present and not on the roll", "count again"} {
		if strings.Contains(err.Error(), reason) {
			return true
		}
	}
	// A regulation has a specification of its own.
	return strings.HasPrefix(what, "/data/regulation with") || strings.HasPrefix(what, "/data/regulation ") && strings.HasSuffix(what, "object")
}

// mutants are values that differ from a record in one place, by what was done.
func mutants(value any) map[string]any {
	list := map[string]any{}
	walk(value, "", func(path string, replace func(any) any, v any) {
		if strings.HasPrefix(path, "/data/regulation/") {
			return
		}
		for what, other := range map[string]any{"null": nil, "number": json.Number("7"), "negative": json.Number("-1"), "huge": json.Number("9007199254740992"),
			"fraction": json.Number("1.5"), "true": true, "empty text": "", "blank": " ", "text": "Not an id!", "object": map[string]any{"x": "y"},
			"empty object": map[string]any{}, "empty list": []any{}, "list": []any{"x", "x"}, "list of null": []any{nil},
			"nil UUID": "00000000-0000-0000-0000-000000000000", "decimal": "-0.5", "zero": "0", "minus zero": "-0", "trailing zero": "1.50",
			"number 0": json.Number("0"), "number 500000": json.Number("500000"), "number 1000001": json.Number("1000001"),
			"upper hash": strings.ToUpper(goldenHash), "hash": goldenHash, "key": "ed25519:" + goldenHash, "date": "2017-13-01", "thematic": "thematic"} {
			list[path+" "+what] = replace(other)
		}
		if members, ok := v.(map[string]any); ok {
			for key := range members {
				less := maps.Clone(members)
				delete(less, key)
				list[path+" without "+key] = replace(less)
			}
			for key, more := range map[string]any{"zzz": "x", "supersedes": goldenOther.String(), "reason": "x", "place": json.Number("1"),
				"actual": "1", "mark": "recused", "textHash": goldenHash, "personHash": goldenHash, "meritHash": goldenHash, "subject": "u"} {
				if _, ok := members[key]; !ok {
					added := maps.Clone(members)
					added[key] = more
					list[path+" with "+key] = replace(added)
				}
			}
		}
		if items, ok := v.([]any); ok {
			list[path+" doubled"] = replace(append(slices.Clone(items), items...))
			list[path+" many"] = replace(slices.Repeat(items, 60))
		}
	})
	return list
}

// walk visits every value below v; replace gives the whole with another value there.
func walk(v any, path string, visit func(path string, replace func(any) any, v any)) {
	switch v := v.(type) {
	case map[string]any:
		for key, sub := range v {
			put := func(other any) any {
				changed := maps.Clone(v)
				changed[key] = other
				return changed
			}
			visit(path+"/"+key, put, sub)
			walk(sub, path+"/"+key, func(p string, replace func(any) any, s any) {
				visit(p, func(other any) any { return put(replace(other)) }, s)
			})
		}
	case []any:
		for i, sub := range v {
			put := func(other any) any {
				changed := slices.Clone(v)
				changed[i] = other
				return changed
			}
			at := fmt.Sprintf("%s/%d", path, i)
			visit(at, put, sub)
			walk(sub, at, func(p string, replace func(any) any, s any) {
				visit(p, func(other any) any { return put(replace(other)) }, s)
			})
		}
	}
}

// canonicalOf writes a value as a record has it: the envelope in its order, data with sorted keys.
func canonicalOf(t *testing.T, value any) Record {
	t.Helper()
	members := maps.Clone(value.(map[string]any))
	r := []byte{'{'}
	put := func(key string) {
		if len(r) > 1 {
			r = append(r, ',')
		}
		r = appendCanonicalJSON(t, append(appendString(r, key), ':'), members[key])
		delete(members, key)
	}
	for _, key := range []string{"specversion", "id", "source", "type", "subject", "time", "author", "causationid", "data", "signature"} {
		if _, ok := members[key]; ok {
			put(key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(members)) {
		put(key)
	}
	return append(r, '}')
}

func appendCanonicalJSON(t *testing.T, b []byte, value any) []byte {
	t.Helper()
	switch v := value.(type) {
	case string:
		return appendString(b, v)
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendCanonicalJSON(t, b, item)
		}
		return append(b, ']')
	case map[string]any:
		b = append(b, '{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendCanonicalJSON(t, append(appendString(b, key), ':'), v[key])
		}
		return append(b, '}')
	}
	plain, err := json.Marshal(value) // null, true, numbers
	if err != nil {
		t.Fatal(err)
	}
	return append(b, plain...)
}
