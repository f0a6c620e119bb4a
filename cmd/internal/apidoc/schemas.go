package apidoc

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/google/jsonschema-go/jsonschema"

	"campaignledger/events"
)

// Schema is a JSON Schema, draft 2020-12.
type Schema = jsonschema.Schema

const schemasPath = "#/components/schemas/"

// Ref is a reference to a schema by its name: of a Go type, of Types.Written, Record, Draft, Record.<type> or Draft.<type>.
func Ref(name string) *Schema { return &Schema{Ref: schemasPath + name} }

// Types say of Go types what reflection can't.
type Types struct {
	Names      map[reflect.Type]string  // where a type's own name would mislead
	Fixed      map[reflect.Type]*Schema // of types that are one value: enumerations
	Properties map[string]*Schema       // by "Name.member", in place of what the type says
	Written    map[string]string        // JSON Schemas of what no Go type is encoded to, by name
	Also       []any                    // values of Go types that Written refers to
	Strict     bool                     // answers have no members but those that are described
}

// schemas collects the named schemas that a document refers to.
type schemas struct {
	Types
	named map[string]any // what is to be encoded: *Schema, or a decoded JSON Schema
	types map[string]reflect.Type
}

func newSchemas(t Types) (*schemas, error) {
	s := &schemas{Types: t, named: map[string]any{}, types: map[string]reflect.Type{}}
	for name, text := range t.Written {
		var schema Schema
		if err := json.Unmarshal([]byte(text), &schema); err != nil {
			return nil, fmt.Errorf("schema %s: %w", name, err)
		}
		s.tidy(&schema)
		s.named[name] = &schema
	}
	for name, make := range map[string]func() ([]byte, error){"Record": events.SchemaAll, "Draft": events.DraftSchemaAll} {
		all, err := make()
		if err == nil {
			err = s.takeIn(name, all)
		}
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", name, err)
		}
	}
	for _, v := range t.Also {
		if _, err := s.of(v); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// takeIn takes in a schema of all events with its $defs, each under a name of its own.
func (s *schemas) takeIn(name string, all []byte) error {
	var schema map[string]any
	if err := json.Unmarshal(all, &schema); err != nil {
		return err
	}
	defs, ok := schema["$defs"].(map[string]any)
	if !ok {
		return fmt.Errorf("it has no $defs")
	}
	for _, key := range []string{"$defs", "$id", "$schema"} {
		delete(schema, key)
	}
	const local = "#/$defs/"
	rename(schema, local, schemasPath+name+".")
	s.named[name] = schema
	for key, def := range defs {
		rename(def, local, schemasPath+name+".")
		s.named[name+"."+key] = def
	}
	mapping := map[string]string{}
	for _, t := range events.Types() {
		if _, ok := defs[string(t)]; ok {
			mapping[string(t)] = schemasPath + name + "." + string(t)
		}
	}
	schema["discriminator"] = map[string]any{"propertyName": "type", "mapping": mapping}
	return nil
}

// rename gives every reference another beginning.
func rename(v any, old, new string) {
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			if ref, ok := member.(string); ok && key == "$ref" {
				v[key] = strings.Replace(ref, old, new, 1)
			}
			rename(member, old, new)
		}
	case []any:
		for _, member := range v {
			rename(member, old, new)
		}
	}
}

// of is the schema of a *Schema, which stands for itself, or of the type of any other value.
func (s *schemas) of(v any) (*Schema, error) {
	if schema, ok := v.(*Schema); ok {
		return schema, nil
	}
	return s.ofType(reflect.TypeOf(v))
}

// ofType is the schema of a type, a reference where it is a struct, which is made once.
func (s *schemas) ofType(t reflect.Type) (*Schema, error) {
	known := map[reflect.Type]*Schema{}
	for fixed, schema := range s.Fixed {
		known[fixed] = schema
	}
	structs := structsIn(t, nil)
	for _, each := range structs {
		known[each] = Ref(s.name(each))
	}
	for _, each := range structs {
		if err := s.define(each, known); err != nil {
			return nil, err
		}
	}
	schema, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: known})
	if err != nil {
		return nil, err
	}
	s.tidy(schema)
	return schema, nil
}

// define makes the schema of one struct.
func (s *schemas) define(t reflect.Type, known map[reflect.Type]*Schema) error {
	name := s.name(t)
	if other, ok := s.types[name]; ok && other != t {
		return fmt.Errorf("two types are called %s: %v and %v; give one another name in Types.Names", name, t, other)
	} else if ok {
		return nil
	}
	others := map[reflect.Type]*Schema{}
	for each, schema := range known {
		others[each] = schema
	}
	delete(others, t)
	for _, field := range reflect.VisibleFields(t) {
		if field.Anonymous { // its members are t's own
			delete(others, field.Type)
		}
	}
	schema, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: others})
	if err != nil {
		return err
	}
	for member := range schema.Properties {
		if written := s.Properties[name+"."+member]; written != nil {
			schema.Properties[member] = written
		}
	}
	s.tidy(schema)
	s.types[name], s.named[name] = t, schema
	return nil
}

// name is a type's name in the document.
func (s *schemas) name(t reflect.Type) string {
	if name := s.Names[t]; name != "" {
		return name
	}
	letters := []rune(t.Name())
	letters[0] = unicode.ToUpper(letters[0])
	return string(letters)
}

// tidy takes out what a schema made of a Go type says too much of: null for what is left out instead, for lists, which are never null, and
// for structs behind pointers; and that there are no other members.
func (s *schemas) tidy(schema *Schema) {
	if len(schema.Types) > 0 {
		schema.Types = slices.DeleteFunc(schema.Types, func(t string) bool { return t == "null" })
		if len(schema.Types) == 1 {
			schema.Type, schema.Types = schema.Types[0], nil
		}
		if len(schema.Types) == 0 {
			schema.Types = nil
		}
	}
	if no := schema.AdditionalProperties; no != nil && !s.Strict && no.Not != nil {
		schema.AdditionalProperties = nil
	}
	for _, below := range schema.Properties {
		s.tidy(below)
	}
	for _, below := range []*Schema{schema.Items, schema.AdditionalProperties} {
		if below != nil && below.Not == nil {
			s.tidy(below)
		}
	}
}

var schemaRef = regexp.MustCompile(schemasPath + `([A-Za-z0-9._-]+)`)

// keep drops the schemas that no part of the document refers to, nor any that it does.
func (s *schemas) keep(parts ...any) error {
	kept := map[string]any{}
	for len(parts) > 0 {
		text, err := encode(parts[0])
		if err != nil {
			return err
		}
		parts = parts[1:]
		for _, m := range schemaRef.FindAllStringSubmatch(string(text), -1) {
			schema, known := s.named[m[1]]
			if !known {
				return fmt.Errorf("there is no schema %s, which others refer to", m[1])
			}
			if _, again := kept[m[1]]; !again {
				kept[m[1]] = schema
				parts = append(parts, schema)
			}
		}
	}
	s.named = kept
	return nil
}

// structsIn are the structs with a name that a type is made of, each once, the innermost first.
func structsIn(t reflect.Type, found []reflect.Type) []reflect.Type {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return structsIn(t.Elem(), found)
	case reflect.Struct:
		if slices.Contains(found, t) || t.PkgPath() == "time" {
			return found
		}
		for _, field := range reflect.VisibleFields(t) { // those of an embedded struct are t's own
			if !field.Anonymous && field.Tag.Get("json") != "-" {
				found = structsIn(field.Type, found)
			}
		}
		if t.Name() == "" { // described where it stands
			return found
		}
		return append(found, t)
	}
	return found
}
