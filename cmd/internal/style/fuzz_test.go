package style

import (
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEveryFuzzTargetRuns: .ci/fuzz.txt, whose targets .ci/run lets run for a while, has every one there is, and no other.
func TestEveryFuzzTargetRuns(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join(root, ".ci", "fuzz.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for line := range strings.Lines(string(content)) {
		f := strings.Fields(line)
		if len(f) != 3 {
			t.Fatalf(".ci/fuzz.txt: %q is no package, target and number of runs", line)
		}
		listed = append(listed, f[0]+" "+f[1])
	}
	var there []string
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Fuzz") && strings.HasSuffix(s.path, "_test.go") {
				there = append(there, "./"+path.Dir(s.path)+" "+f.Name.Name)
			}
		}
	}
	slices.Sort(there)
	if !slices.Equal(there, listed) {
		t.Errorf(".ci/fuzz.txt lists\n%s\nand there are\n%s", strings.Join(listed, "\n"), strings.Join(there, "\n"))
	}
}
