package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"campaignledger/cmd/internal/cli"
)

// TestRealCompetition imports one real competition and compares rank and total of each standing with the published ones.
func TestRealCompetition(t *testing.T) {
	t.Parallel()
	const standings = 76
	if n := competition(t, filepath.Join("testdata", "isu-gp-nhk-trophy-2016")); n != standings {
		t.Errorf("compared %d standings, want %d", n, standings)
	}
}

// TestRealSeason does so for all ten competitions of the 2016-17 season, which lie beside the tree.
func TestRealSeason(t *testing.T) {
	t.Parallel()
	const competitions, standings = 10, 1143
	root := filepath.Join("..", "..", "..", "shared", "data", "isu-2016-17") // beside the module's root
	dirs, err := filepath.Glob(filepath.Join(root, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s is not there; testdata has one competition of it", root)
	}
	compared := 0
	for _, dir := range dirs {
		compared += competition(t, dir)
	}
	if len(dirs) != competitions || compared != standings {
		t.Errorf("compared %d standings of %d competitions, want %d of %d", compared, len(dirs), standings, competitions)
	}
}

// competition opens and imports the competition in dir on a directory of its own and returns how many standings it compared.
func competition(t *testing.T, dir string) int {
	t.Helper()
	id, data := filepath.Base(dir), t.TempDir()
	want := table(t, []byte(read(t, filepath.Join(dir, "expected.csv"))))
	campaign(t, data, "open", filepath.Join(dir, "regulation.yaml"))
	campaign(t, data, "import", id, filepath.Join(dir, "scores.csv"))
	got := table(t, campaign(t, data, "standings", id, "-o", "csv"))
	if len(got) != len(want) {
		t.Errorf("%s: %d standings, want %d", id, len(got), len(want))
	}
	for key, w := range want {
		if got[key] != w {
			t.Errorf("%s: %s has rank and points %v, published are %v", id, key, got[key], w)
		}
	}
	return len(want)
}

// campaign runs the program and returns its stdout.
func campaign(t *testing.T, data string, args ...string) []byte {
	t.Helper()
	var out, errOut bytes.Buffer
	if status := cli.Run(context.Background(), append(args, "--data", data), strings.NewReader(""), &out, &errOut); status != 0 {
		t.Fatalf("campaign %s: exit status %d: %s", strings.Join(args, " "), status, &errOut)
	}
	return out.Bytes()
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// standing is what the published results say of a unit.
type standing struct{ rank, points string }

// table reads rank and points by cluster and unit.
func table(t *testing.T, content []byte) map[string]standing {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%d rows, error %v", len(rows), err)
	}
	var at [4]int
	for i, name := range []string{"cluster", "unit", "rank", "points"} {
		if at[i] = slices.Index(rows[0], name); at[i] < 0 {
			t.Fatalf("there is no column %s in %v", name, rows[0])
		}
	}
	standings := map[string]standing{}
	for _, row := range rows[1:] {
		standings[row[at[0]]+"/"+row[at[1]]] = standing{row[at[2]], row[at[3]]}
	}
	if len(standings) != len(rows)-1 {
		t.Fatalf("%d standings in %d rows", len(standings), len(rows)-1)
	}
	return standings
}
