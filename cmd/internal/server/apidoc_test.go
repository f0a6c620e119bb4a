package server_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"campaignledger/cmd/internal/apidoc"
	"campaignledger/cmd/internal/server"
)

// described is a document as anybody's validator reads it.
type described struct {
	t        *testing.T
	doc      any
	compiler *jsonschema.Compiler
	seen     map[string]bool // values that were held against their schema already: lines of the log come again and again
}

const documentURL = "https://example.org/document.json"

func describe(t *testing.T, document []byte, err error) *described {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	d := &described{t, doc, jsonschema.NewCompiler(), map[string]bool{}}
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(documentURL, doc); err != nil {
		t.Fatal(err)
	}
	return d
}

// strictly is the OpenAPI document in which no answer has members that are not described.
func strictly(t *testing.T) (*described, *apidoc.Spec) {
	t.Helper()
	spec := server.Spec("test")
	spec.Types.Strict = true
	document, err := spec.OpenAPI()
	return describe(t, document, err), spec
}

// at follows names to a part of the document; nil if there is none.
func (d *described) at(names ...string) any {
	v := d.doc
	for _, name := range names {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[name]
	}
	return v
}

// schema compiles the JSON Schema at names.
func (d *described) schema(names ...string) (*jsonschema.Schema, error) {
	pointer := ""
	for _, name := range names {
		pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1", "%", "%25", "{", "%7B", "}", "%7D").Replace(name)
	}
	return d.compiler.Compile(documentURL + "#" + pointer)
}

// official compiles a schema of testdata.
func official(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, ".gz") {
		unpacked, err := gzip.NewReader(bytes.NewReader(content))
		if err == nil {
			content, err = io.ReadAll(unpacked)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	const at = "https://example.org/official.json"
	if err := c.AddResource(at, schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile(at)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// TestDocumentsAreValid: both documents fit the official schemas, every schema in them is one, and every reference leads somewhere.
func TestDocumentsAreValid(t *testing.T) {
	t.Parallel()
	spec := server.Spec("1.2.3")
	open, err := spec.OpenAPI()
	openDoc := describe(t, open, err)
	async, err := spec.AsyncAPI()
	asyncDoc := describe(t, async, err)
	for name, d := range map[string]*described{"openapi-3.1.schema.json": openDoc, "asyncapi-3.0.0.schema.json.gz": asyncDoc} {
		if err := official(t, name).Validate(d.doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		schemas, _ := d.at("components", "schemas").(map[string]any)
		if len(schemas) < 100 {
			t.Errorf("%s: %d schemas", name, len(schemas))
		}
		for schema := range schemas {
			if !regexp.MustCompile(`^[A-Za-z0-9._-]+$`).MatchString(schema) {
				t.Errorf("%s: a schema is called %s", name, schema)
			}
			if _, err := d.schema("components", "schemas", schema); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		d.references(d.doc)
	}
	if again, err := server.Spec("1.2.3").OpenAPI(); err != nil || !bytes.Equal(again, open) {
		t.Error("made again, the document differs")
	}
	if openDoc.at("info", "version") != "1.2.3" || openDoc.at("openapi") != "3.1.0" {
		t.Errorf("info is %v", openDoc.at("info"))
	}
}

// references checks that each reference below v leads to something in the document.
func (d *described) references(v any) {
	d.t.Helper()
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			path, local := strings.CutPrefix(ref, "#/")
			if !local || d.at(strings.Split(path, "/")...) == nil {
				d.t.Errorf("%s leads nowhere", ref)
			}
		}
		if _, yes := v["schema"].(bool); yes { // right, but many tools can't read it
			d.t.Errorf("%v has a schema that is no object", v)
		}
		for _, below := range v {
			d.references(below)
		}
	case []any:
		for _, below := range v {
			d.references(below)
		}
	}
}

// TestEveryRouteIsDescribed: and nothing else is.
func TestEveryRouteIsDescribed(t *testing.T) {
	t.Parallel()
	var api, found []string
	for _, pattern := range routes(t) {
		if _, path, _ := strings.Cut(pattern, " "); strings.HasPrefix(path, "/api/") || strings.HasSuffix(path, "z") {
			api = append(api, pattern)
		}
	}
	for _, o := range server.Spec("").Operations {
		found = append(found, o.Pattern)
		if !strings.HasPrefix(o.Pattern, "GET ") && (len(o.Answers) == 0 || o.Tagged) {
			t.Errorf("%s: %+v", o.Pattern, o)
		}
		says, known := map[permission]apidoc.Access{anybody: apidoc.Anyone, member: apidoc.Members, reading: apidoc.Members, machine: apidoc.Machine, local: apidoc.Local,
			operator: apidoc.Owner}[permissionOf(o.Pattern)]
		if known && o.Access != says {
			t.Errorf("%s is for %s, and the description says %v", o.Pattern, permissionOf(o.Pattern), o.Access)
		}
	}
	slices.Sort(api)
	slices.Sort(found)
	for _, pattern := range api {
		if !slices.Contains(found, pattern) {
			t.Errorf("%s is not described; give it an Operation in apidoc_*.go", pattern)
		}
	}
	if len(found) != len(api) || len(found) != server.Described() {
		t.Errorf("%d routes are described, of %d; there are %d descriptions", len(found), len(api), server.Described())
	}
}

// TestCodesAreDescribed holds the list of codes against the sources: the constants of projections, and what this package answers.
func TestCodesAreDescribed(t *testing.T) {
	t.Parallel()
	known := map[string]string{}
	for _, c := range server.Spec("").Codes {
		if known[c.Code] != "" || len(c.Statuses) == 0 || c.About == "" {
			t.Errorf("%+v", c)
		}
		known[c.Code] = c.About
	}
	refusals := refusalsInSource(t)
	for code, about := range refusals {
		if known[code] != about {
			t.Errorf("%s is %q in projections, and here %q", code, about, known[code])
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	answered := map[string]bool{}
	literal := regexp.MustCompile(`(?:Code: |p\.Code = |http\.Status\w+[,:] )"([a-z-]+)"`)
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "apidoc") {
			continue
		}
		for _, m := range literal.FindAllStringSubmatch(string(source), -1) {
			answered[m[1]] = true
		}
	}
	const some = 25 // fewer: the pattern finds them no more
	if len(answered) < some {
		t.Fatalf("the sources answer %d codes", len(answered))
	}
	for code := range answered {
		if known[code] == "" {
			t.Errorf("code %s is not described; give it a line in apidoc_codes.go", code)
		}
	}
	for code := range known {
		if !answered[code] && refusals[code] == "" {
			t.Errorf("code %s is described, and nothing answers it", code)
		}
	}
}

// refusalsInSource are the constants of projections.Code, with their comments.
func refusalsInSource(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../../projections/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		codesIn(t, file, found)
	}
	const some = 50
	if len(found) < some {
		t.Fatalf("projections has %d codes", len(found))
	}
	return found
}

// codesIn finds the constants of type Code in a file.
func codesIn(t *testing.T, file *ast.File, found map[string]string) {
	t.Helper()
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); ok && id.Name == "Code" {
			code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			found[code] = strings.TrimSpace(spec.Comment.Text())
		}
		return true
	})
}

// TestParametersAreDescribed: each route refuses a parameter it does not know and names those it does, which are those that are described.
func TestParametersAreDescribed(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, rarely), "year")
	header := append(as(serverToken), server.MemberHeader, s.login("b-head"))
	for _, o := range server.Spec("").Operations {
		if o.Plain {
			continue
		}
		method, path := callOf(&o, s.id)
		got := s.do(method, path+"?no-such=1", "", header...)
		p := got.expect(t, http.StatusBadRequest, "bad-request")
		_, list, found := strings.Cut(p.Detail, "known are ")
		if !found {
			t.Errorf("%s: %s", o.Pattern, p.Detail)
			continue
		}
		known := strings.Split(strings.TrimSuffix(list, "lang (vi, en)"), ", ")
		known = known[:len(known)-1]
		var named []string
		for _, parameter := range o.Query {
			named = append(named, parameter.Name)
		}
		slices.Sort(known)
		slices.Sort(named)
		if strings.Join(known, " ") != strings.Join(named, " ") {
			t.Errorf("%s takes %q, and described are %q", o.Pattern, known, named)
		}
	}
}

// callOf is the method and path of an operation on a campaign, with the examples in it.
func callOf(o *apidoc.Operation, id string) (method, path string) {
	method, path, _ = strings.Cut(o.Pattern, " ")
	path = strings.Replace(path, "{id}", id, 1)
	for name, p := range server.Spec("").Path {
		path = strings.Replace(path, "{"+name+"}", fmt.Sprint(p.Example), 1)
	}
	return method, path
}

// served checks that the server gives out the documents, the same each time.
func TestDocumentsAreServed(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, rarely), "year")
	for path, want := range map[string]string{"/api/v1/openapi.json": "3.1.0", "/api/v1/asyncapi.json": "3.0.0"} {
		first, second := s.do(http.MethodGet, path, ""), s.do(http.MethodGet, path+"?lang=en", "")
		var document map[string]any
		if err := json.Unmarshal([]byte(first.Body), &document); err != nil || first.Body != second.Body {
			t.Errorf("%s: %v", path, err)
		}
		if document["openapi"] != want && document["asyncapi"] != want {
			t.Errorf("%s is of version %v%v", path, document["openapi"], document["asyncapi"])
		}
		s.do(http.MethodGet, path+"?x=1", "").expect(t, http.StatusBadRequest, "bad-request")
	}
}
