package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"campaignledger/cmd/internal/durable"
)

// TestPut: Replace replaces, Create never does, both make the directory, and nothing else is left in it.
func TestPut(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	path := filepath.Join(dir, "file")
	expect := func(want string) {
		t.Helper()
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want {
			t.Errorf("the file has %q, %v; want %q", got, err, want)
		}
		if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
			t.Errorf("the directory has %v, %v", names, err)
		}
	}
	if err := durable.Create(path, []byte("one")); err != nil {
		t.Fatal(err)
	}
	expect("one")
	if err := durable.Create(path, []byte("two")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("made again: %v", err)
	}
	expect("one")
	if err := durable.Replace(path, []byte("three")); err != nil {
		t.Fatal(err)
	}
	expect("three")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("open to others: %v, %v", info.Mode(), err)
	}
	if err := durable.Replace(filepath.Join(path, "below"), nil); err == nil {
		t.Error("a file below a file")
	}
	expect("three")
}
