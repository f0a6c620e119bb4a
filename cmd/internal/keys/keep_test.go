package keys_test

import (
	"os"
	"path/filepath"
	"testing"

	"campaignledger/cmd/internal/keys"
)

// TestKeep: the key of a program is made once, for its user alone, and never replaced by one that can't be read.
func TestKeep(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log.key")
	first, err := keys.Keep(path, keys.Log)
	if err != nil {
		t.Fatal(err)
	}
	again, err := keys.Keep(path, keys.Log)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || first.Public != again.Public {
		t.Errorf("%v, %v; %s, then %s", info, err, first.Public, again.Public)
	}
	if _, err := keys.Keep(path, keys.Server); err == nil {
		t.Error("a key of another purpose is taken")
	}
	if err := os.WriteFile(path, []byte("no key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Keep(path, keys.Log); err == nil {
		t.Error("a damaged key is taken, or replaced")
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "no key\n" {
		t.Errorf("%q, %v", data, err)
	}
}
