package style

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root             = "../../.." // of the tree
	module           = "campaignledger/"
	maxFunctionLines = 70  // a screen
	maxFileLines     = 600 // one concept a file
)

// floors says what of this module, and which modules, each package may import: an import goes down only. Standard packages are free.
var floors = []struct {
	dir      string
	internal []string
	external []string // module prefixes
}{
	{"events", nil, []string{"github.com/google/uuid", "golang.org/x/text", "golang.org/x/mod/sumdb/tlog", "go.yaml.in/yaml/v4"}},
	{"projections", []string{"events"}, []string{"github.com/google/uuid"}},
	{"ledger/storetest", []string{"events", "ledger"}, nil},
	{"ledger/proof", []string{"events"}, []string{"golang.org/x/mod", "github.com/transparency-dev/formats"}},
	{"ledger/gather", nil, nil},
	{"ledger", []string{"events", "ledger/gather", "ledger/proof"}, []string{"github.com/google/uuid", "github.com/nats-io/", "golang.org/x/mod", "golang.org/x/text", "github.com/gofrs/flock"}},
	{"cmd/verify", offline(), []string{"github.com/spf13/pflag", "golang.org/x/"}},
	{"cmd/internal/verify", offline(), []string{"github.com/google/uuid", "golang.org/x/"}},
	{"cmd/internal/peers", []string{"events", "projections", "ledger", "cmd/internal"}, []string{"github.com/", "modernc.org/sqlite"}}, // a program: nobody imports its drivers
	{"cmd", []string{"events", "projections", "ledger", "cmd/internal"}, []string{"github.com/", "codeberg.org/", "golang.org/x/"}},
}

// offline is what the verifier is made of: no server, no store, no page of the web.
func offline() []string {
	return []string{"events", "projections", "ledger/proof", "cmd/internal/verify", "cmd/internal/papers", "cmd/internal/page"}
}

// source is one parsed Go file of the tree.
type source struct {
	path  string // from the root, with slashes
	file  *ast.File
	lines func(ast.Node) int
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root {
			return errOr(err, fs.SkipDir)
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		all = append(all, source{filepath.ToSlash(rel), file, func(n ast.Node) int {
			return set.Position(n.End()).Line - set.Position(n.Pos()).Line + 1
		}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("found %d Go files below %s; the test looks in the wrong place", len(all), root)
	}
	return all
}

func errOr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func TestImportsGoDownOnly(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		i := slices.IndexFunc(floors, func(f struct {
			dir      string
			internal []string
			external []string
		}) bool {
			return strings.HasPrefix(s.path, f.dir+"/")
		})
		if i < 0 {
			t.Errorf("%s: no floor is stated for this directory", s.path)
			continue
		}
		for _, spec := range s.file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			checkImport(t, s.path, path, floors[i].internal, floors[i].external)
		}
	}
}

func checkImport(t *testing.T, file, path string, internal, external []string) {
	t.Helper()
	own := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(file)), "./")
	name, ours := strings.CutPrefix(path, module)
	first, _, _ := strings.Cut(path, "/")
	under := func(list []string) bool {
		return slices.ContainsFunc(list, func(p string) bool { return strings.HasPrefix(path, p) })
	}
	switch {
	case ours:
		if name != own && !slices.ContainsFunc(internal, func(p string) bool { return name == p || strings.HasPrefix(name, p+"/") }) &&
			!strings.HasSuffix(file, "_test.go") {
			t.Errorf("%s imports %s: imports go down only (%s)", file, path, strings.Join(internal, ", "))
		}
	case strings.Contains(first, ".") && !under(external) && !strings.HasSuffix(file, "_test.go"):
		t.Errorf("%s imports %s, which its floor does not have", file, path)
	}
}

// TestLedgerAndProjectionsDoNotMeet holds for tests too, but for those that prove the two together.
func TestLedgerAndProjectionsDoNotMeet(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, spec := range s.file.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			if strings.HasPrefix(s.path, "ledger/") && path == module+"projections" || strings.HasPrefix(s.path, "projections/") && strings.HasPrefix(path, module+"ledger") {
				t.Errorf("%s imports %s: they meet in cmd only", s.path, path)
			}
		}
	}
}

func TestFunctionsFitAScreen(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if n := s.lines(s.file); n > maxFileLines && !strings.HasSuffix(s.path, "_test.go") {
			t.Errorf("%s has %d lines, more than %d: is it still one thing?", s.path, n, maxFileLines)
		}
		for _, decl := range s.file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && s.lines(f) > maxFunctionLines {
				t.Errorf("%s: %s has %d lines, more than %d", s.path, f.Name.Name, s.lines(f), maxFunctionLines)
			}
		}
	}
}
