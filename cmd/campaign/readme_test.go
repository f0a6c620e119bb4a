package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"campaignledger/cmd/internal/cli"
	"campaignledger/events"
)

// TestReadmeSignedExample holds README's signed regulation against the parser, with keys where it says so.
func TestReadmeSignedExample(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml signed\n(.*?)```").FindSubmatch(readme)
	if block == nil {
		t.Fatal("README has no signed regulation")
	}
	n := 0
	text := regexp.MustCompile("<from campaign key new>").ReplaceAllStringFunc(string(block[1]), func(string) string {
		n++
		seed := sha256.Sum256([]byte{byte(n)})
		return strings.TrimPrefix(events.PublicKeyOf(ed25519.NewKeyFromSeed(seed[:])).String(), "ed25519:")
	})
	r, err := events.ParseRegulation("README.md", []byte(text))
	if err != nil || !r.Signed() || len(r.Members) != n {
		t.Errorf("%d members of %d keys: %v", len(r.Members), n, err)
	}
	if err == nil && (len(r.Awards) != 2 || r.Awards[1].Within != r.Awards[0].ID || r.Awards[1].Quota.Of != r.Awards[0].ID || !r.Awards[1].Vote.Secret || !r.Awards[0].Vote.Written) {
		t.Errorf("its awards are %+v", r.Awards)
	}
}

// TestReadmeExample opens README's regulation, imports README's scores and expects every row to be taken.
func TestReadmeExample(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, language := range map[string]string{"regulation.yaml": "yaml", "scores.csv": "csv"} {
		block := regexp.MustCompile("(?s)```" + language + "\n(.*?)```").FindSubmatch(readme)
		if block == nil {
			t.Fatalf("README has no %s block", language)
		}
		if err := os.WriteFile(filepath.Join(dir, name), block[1], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) string {
		var out, errOut bytes.Buffer
		args = append(args, "--data", filepath.Join(dir, "data"), "--lang", "en")
		if code := cli.Run(t.Context(), args, strings.NewReader(""), &out, &errOut); code != 0 {
			t.Fatalf("campaign %s: exit %d: %s", strings.Join(args, " "), code, errOut.String())
		}
		return out.String()
	}
	run("open", filepath.Join(dir, "regulation.yaml"))
	if got := run("import", "my-campaign", filepath.Join(dir, "scores.csv")); !strings.Contains(got, "8 rows: 8 new") {
		t.Error(got)
	}
	if got := run("standings", "my-campaign"); !strings.Contains(got, "1  unit-a  unit-a   91.00  100  yes") {
		t.Error(got)
	}
	run("why", "my-campaign", "unit-a", "unit-b")
	run("standings", "my-campaign", "--as-of", "10")
	run("audit", "my-campaign", "--unit", "unit-a")
}
