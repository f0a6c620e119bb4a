package cli

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"campaignledger/cmd/internal/keys"
)

// TestMemberKey: the flag comes before the environment, and that before the user's usual file.
func TestMemberKey(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "AppData"} {
		t.Setenv(name, dir)
	}
	t.Setenv(keyEnv, "")
	app := &app{in: strings.NewReader(""), err: &bytes.Buffer{}, lang: "en"}
	usual, err := usualKeyFile()
	if err != nil || !strings.HasPrefix(usual, dir) {
		t.Fatalf("the usual key file is %s, %v", usual, err)
	}
	_, err = app.memberKey(t.Context())
	if !errors.Is(err, errNoKey) {
		t.Fatalf("no key anywhere: %v", err)
	}
	for _, way := range []string{"--key", "$CAMPAIGN_KEY", usual} {
		if !strings.Contains(err.Error(), way) {
			t.Errorf("%q does not say %s", err, way)
		}
	}

	if err := os.MkdirAll(filepath.Dir(usual), 0o700); err != nil {
		t.Fatal(err)
	}
	makeKeyFile(t, usual, "usual", nil)
	wantKey(t, app, "usual")
	fromEnv := filepath.Join(dir, "env.key")
	t.Setenv(keyEnv, fromEnv)
	if _, err := app.memberKey(t.Context()); err == nil || errors.Is(err, errNoKey) {
		t.Errorf("the environment names a file that is not there, and another was taken: %v", err)
	}
	makeKeyFile(t, fromEnv, "env", nil)
	wantKey(t, app, "env")
	app.keyFile = filepath.Join(dir, "flag.key")
	makeKeyFile(t, app.keyFile, "flag", []byte("phrase"))
	if _, err := app.memberKey(t.Context()); !errors.As(err, new(usageError)) {
		t.Errorf("a sealed key, and nobody to ask: %v", err)
	}
	app.passphraseFile = filepath.Join(dir, "phrase")
	if err := os.WriteFile(app.passphraseFile, []byte("phrase\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantKey(t, app, "flag")
}

func makeKeyFile(t *testing.T, path, name string, passphrase []byte) {
	t.Helper()
	k, err := keys.New(keys.Member, name, rand.Reader)
	if err == nil {
		err = keys.Write(path, k, passphrase)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func wantKey(t *testing.T, a *app, name string) {
	t.Helper()
	if k, err := a.memberKey(t.Context()); err != nil || k.Name != name {
		t.Errorf("the key is %v, %v; want %s", k, err, name)
	}
}
