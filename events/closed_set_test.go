package events

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Every constant of kind Type is one of Types, with a payload, titles, schemas, golden records and no golden file beside.
func TestTypesAreComplete(t *testing.T) {
	t.Parallel()
	declared := declaredTypes(t)
	if !slices.Equal(declared, Types()) {
		t.Errorf("the constants are\n%v\nand Types are\n%v", declared, Types())
	}
	for _, typ := range Types() {
		if vi, en := typ.Title(); vi == "" || en == "" {
			t.Errorf("%s has no title", typ)
		}
		if _, err := Schema(typ); err != nil {
			t.Errorf("%s: %v", typ, err)
		}
		if _, err := DraftSchema(typ); (err != nil) != (typ == TypeCampaignOpened) {
			t.Errorf("%s, draft: %v", typ, err)
		}
		goldenLines(t, typ)
	}
	files, err := os.ReadDir(filepath.Join("testdata", "golden"))
	if err != nil || len(files) != len(Types()) {
		t.Errorf("%d golden files for %d types: %v", len(files), len(Types()), err)
	}
	if vi, en := Type("score.erased").Title(); vi != "" || en != "" {
		t.Error("an unknown type has a title")
	}
	if _, err := Schema("score.erased"); err == nil || !strings.Contains(err.Error(), `type: "score.erased" is not known; name one of appeal.decided, `) {
		t.Errorf("an unknown type: %v", err)
	}
}

// declaredTypes are the values of this package's constants of kind Type, sorted.
func declaredTypes(t *testing.T) (types []Type) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Type" || len(spec.Values) == 0 {
				return true
			}
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			types = append(types, Type(value))
			return true
		})
	}
	slices.Sort(types)
	return types
}

// dataSchema is what a schema says of data.
type dataSchema struct {
	Properties map[string]*dataSchema
	Items      *dataSchema
	Required   []string
}

// keys are the paths of all members, with [] for a list's elements.
func (s *dataSchema) keys(prefix string) (list []string) {
	if s.Items != nil {
		return s.Items.keys(prefix + "[]")
	}
	for key, sub := range s.Properties {
		list = append(append(list, prefix+"."+key), sub.keys(prefix+"."+key)...)
	}
	return list
}

func dataSchemaOf(t *testing.T, typ Type) *dataSchema {
	t.Helper()
	schema, err := Schema(typ)
	if err != nil {
		t.Fatal(err)
	}
	var whole dataSchema
	if err := json.Unmarshal(schema, &whole); err != nil {
		t.Fatal(err)
	}
	return whole.Properties["data"]
}

// Every member that a payload can have stands in one of its golden records.
func TestGoldenHasEveryField(t *testing.T) {
	t.Parallel()
	for _, typ := range Types() {
		seen := map[string]bool{}
		for _, line := range goldenLines(t, typ) {
			var record map[string]any
			if err := json.Unmarshal(line, &record); err != nil {
				t.Fatal(err)
			}
			notePaths(record["data"], "", seen)
		}
		for _, key := range dataSchemaOf(t, typ).keys("") {
			if !seen[key] {
				t.Errorf("%s: no golden record has data%s", typ, key)
			}
		}
	}
}

func notePaths(v any, prefix string, seen map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for key, sub := range v {
			seen[prefix+"."+key] = true
			notePaths(sub, prefix+"."+key, seen)
		}
	case []any:
		for _, sub := range v {
			notePaths(sub, prefix+"[]", seen)
		}
	}
}

// The package's page is the specification: its list of data names every member of every type, in order, and which are optional.
func TestDocNamesEveryField(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range Types() {
		stated := docFields(string(src), typ)
		schema := dataSchemaOf(t, typ)
		var want []string
		for _, key := range slices.Sorted(maps.Keys(schema.Properties)) {
			if !slices.Contains(schema.Required, key) {
				key += "?"
			}
			want = append(want, key)
		}
		if !slices.Equal(stated, want) {
			t.Errorf("%s: the page states %v, the schema %v", typ, stated, want)
		}
	}
}

// docFields are the names of the fields in the page's list; Words that stand there as "text? text, textHash? hash" are two.
func docFields(doc string, typ Type) (names []string) {
	_, block, found := strings.Cut(doc, "//\t"+string(typ)+" ")
	if !found {
		return nil
	}
	var text strings.Builder
	for i, line := range strings.Split(block, "\n") {
		if i > 0 && !strings.HasPrefix(line, "//\t  ") {
			break
		}
		text.WriteString(" " + strings.TrimSpace(strings.TrimPrefix(line, "//\t")))
	}
	depth := 0
	start := true
	for _, field := range strings.FieldsFunc(text.String(), func(r rune) bool { return r == ' ' }) {
		if start && depth == 0 {
			names = append(names, strings.TrimSuffix(field, ","))
		}
		depth += strings.Count(field, "{") - strings.Count(field, "}")
		start = strings.HasSuffix(field, ",")
	}
	return names
}
