package apidoc

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

type inner struct {
	Name string `json:"name"`
}

// Shared is embedded: its members are those of what it is in.
type Shared struct {
	Kind string `json:"kind"`
}

type outer struct {
	Shared
	List  []inner         `json:"list"`
	Maybe *inner          `json:"maybe,omitempty"`
	Count *int            `json:"count,omitempty"`
	Raw   json.RawMessage `json:"raw"`
	Named map[string]int  `json:"named"`
	Not   func()          `json:"-"`
}

type problem struct {
	Code string `json:"code"`
}

// made is the schema of outer, and of what it refers to, as JSON.
func made(t *testing.T, types Types) map[string]string {
	t.Helper()
	types.Fixed = map[reflect.Type]*Schema{reflect.TypeFor[json.RawMessage](): {}}
	s, err := newSchemas(types)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := s.of(outer{})
	if err != nil || ref.Ref != "#/components/schemas/Outer" {
		t.Fatalf("%+v, %v", ref, err)
	}
	all := map[string]string{}
	for name, schema := range s.named {
		text, err := json.Marshal(schema)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(text)
	}
	return all
}

func TestSchemasOfTypes(t *testing.T) {
	t.Parallel()
	got := made(t, Types{Properties: map[string]*Schema{"Inner.name": {Type: "string", MinLength: new(int)}}})
	const want = `{"type":"object","properties":{"kind":{"type":"string"},"list":{"items":{"$ref":"#/components/schemas/Inner"},"type":"array"},` +
		`"maybe":{"$ref":"#/components/schemas/Inner"},"count":{"type":"integer"},"raw":true,"named":{"type":"object","additionalProperties":{"type":"integer"}}},` +
		`"required":["kind","list","raw","named"]}`
	same(t, "Outer", got["Outer"], want)
	same(t, "Inner", got["Inner"], `{"type":"object","properties":{"name":{"type":"string","minLength":0}},"required":["name"]}`)
	if got["Shared"] != "" {
		t.Errorf("what is embedded has a schema of its own: %s", got["Shared"])
	}
	strict := made(t, Types{Strict: true})
	for _, name := range []string{"Outer", "Inner"} {
		if !strings.Contains(strict[name], `"additionalProperties":false`) {
			t.Errorf("strictly, %s is %s", name, strict[name])
		}
	}
	for _, name := range []string{"Record", "Draft", "Record.score.entered", "Draft.score.entered", "Record.decimal"} {
		if got[name] == "" || strings.Contains(got[name], "#/$defs/") {
			t.Errorf("%s is %.200s", name, got[name])
		}
	}
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal([]byte(got), &a); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%s is\n%s\nnot\n%s", what, got, want)
	}
}

// TestSpecsThatAreWrong: what can't be described is an error that names the route.
func TestSpecsThatAreWrong(t *testing.T) {
	t.Parallel()
	type Inner struct{ Other string }
	fine := Operation{Pattern: "GET /a/{b}", ID: "a", Summary: "a", Answers: []Answer{{Status: 200, Contents: []Content{{Type: "application/json", Of: outer{}}}}}}
	for name, test := range map[string]struct {
		change func(*Spec)
		want   string
	}{
		"":               {func(*Spec) {}, ""},
		"path parameter": {func(s *Spec) { s.Path = nil }, "GET /a/{b}: the path's b is not described"},
		"no id":          {func(s *Spec) { s.Operations[0].ID = "" }, "GET /a/{b}: "},
		"id twice":       {func(s *Spec) { s.Operations = append(s.Operations, s.Operations[0]) }, `"a" is no name of its own`},
		"type's name": {func(s *Spec) {
			s.Operations[0].Answers[0].Contents[0].Of = []any{Inner{}, outer{}}[0]
			s.Types.Also = []any{inner{}}
		}, "two types are called Inner"},
		"no JSON":        {func(s *Spec) { type cycle struct{ C *struct{ F func() } }; s.Types.Also = []any{cycle{}} }, "unsupported"},
		"written":        {func(s *Spec) { s.Types.Written = map[string]string{"X": "{"} }, "schema X: "},
		"no such schema": {func(s *Spec) { s.Operations[0].Answers[0].Contents[0].Of = Ref("None") }, "there is no schema None"},
		"problem's name": {func(s *Spec) { s.Problem = outer{} }, "the type of errors is called"},
	} {
		o := fine
		o.Answers = []Answer{{Status: 200, Contents: []Content{fine.Answers[0].Contents[0]}}}
		s := &Spec{Operations: []Operation{o}, Path: map[string]Param{"b": {Schema: &Schema{}}}, Problem: problem{}, Lang: Param{Schema: &Schema{}},
			Types: Types{Fixed: map[reflect.Type]*Schema{reflect.TypeFor[json.RawMessage](): {}}}}
		test.change(s)
		_, err := s.OpenAPI()
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestProblemsByStatus: an operation names the codes of its own, of all operations, and all refusals with one word.
func TestProblemsByStatus(t *testing.T) {
	t.Parallel()
	s := Spec{Codes: []Code{{Code: "own", Statuses: []int{404}}, {Code: "all", Statuses: []int{400, 503}}, {Code: "late", Statuses: []int{422}, Refusal: true}, {Code: "never", Statuses: []int{418}}}}
	got := s.problems(&Operation{Problems: []string{"own"}}, []string{"all"})
	if want := map[int][]string{404: {"own"}, 400: {"all"}, 503: {"all"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	if got := s.problems(&Operation{Problems: []string{Refusals}}, nil); !reflect.DeepEqual(got, map[int][]string{422: {"late"}}) {
		t.Errorf("%v", got)
	}
}
