package keys

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// low is a cost that keeps tests fast.
var low = cost{Time: 1, MemoryKiB: 8, Threads: 1}

const phrase = "một câu dài dễ nhớ"

// answer answers with a fresh copy, since Read wipes it.
func answer(s string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(s), nil }
}

// neverAsk fails the test where a passphrase is asked for.
func neverAsk(t *testing.T) func() ([]byte, error) {
	return func() ([]byte, error) {
		t.Error("the passphrase was asked for")
		return nil, errors.New("not here")
	}
}

func writeKey(t *testing.T, k *Key, passphrase []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a key")
	if err := write(path, k, passphrase, low); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, purpose := range Purposes() {
		k := newKey(t, purpose, "Nông Thị Lan <chief> & \"co\"")
		plain, sealed := writeKey(t, k, nil), writeKey(t, k, []byte(phrase))
		for path, ask := range map[string]func() ([]byte, error){plain: neverAsk(t), sealed: answer(phrase)} {
			got, err := Read(path, purpose, ask)
			if err != nil {
				t.Fatal(err)
			}
			if !got.Private().Equal(k.Private()) || got.Public != k.Public || got.Purpose != purpose || got.Name != k.Name || got.Sealed != (path == sealed) {
				t.Errorf("wrote %v, read %v", k, got)
			}
			info, err := ReadPublic(path)
			if err != nil || info != got.Info {
				t.Errorf("ReadPublic: %+v, %v; want %+v", info, err, got.Info)
			}
		}
		content, err := os.ReadFile(sealed)
		if err != nil || bytes.Contains(content, []byte("0707")) || bytes.Contains(content, []byte("seed")) {
			t.Errorf("a sealed file shows its seed: %s, %v", content, err)
		}
	}
}

// TestUsualCost is the one test at the cost that users pay.
func TestUsualCost(t *testing.T) {
	t.Parallel()
	k, path := newKey(t, Member, ""), filepath.Join(t.TempDir(), "key")
	if err := Write(path, k, []byte(phrase)); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(path, Member, answer(phrase)); err != nil || !got.Private().Equal(k.Private()) {
		t.Errorf("read %v, %v", got, err)
	}
}

func TestFilesStayAsTheyWere(t *testing.T) {
	t.Parallel()
	k := newKey(t, Log, "")
	const plain = `{
  "format": "campaign-ledger/key/v1",
  "purpose": "log",
  "name": "",
  "public": "ed25519:ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c",
  "seed": "0707070707070707070707070707070707070707070707070707070707070707"
}
`
	content, err := os.ReadFile(writeKey(t, k, nil))
	if err != nil || string(content) != plain {
		t.Errorf("a key file became\n%s, %v", content, err)
	}
	sealed := filepath.Join("testdata", "sealed.key")
	c, info, err := decodeFile(sealed)
	if err != nil {
		t.Fatal(err)
	}
	seed, err := c.Sealed.open(info, []byte("correct horse"))
	if err != nil || !bytes.Equal(seed, k.Private().Seed()) {
		t.Errorf("a sealed key file of before no longer opens: %v", err)
	}
}

// decodeFile reads a file of the tree, whose permissions are what they are.
func decodeFile(path string) (*contents, Info, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, Info{}, err
	}
	return decode(b)
}

func TestPassphrase(t *testing.T) {
	t.Parallel()
	k := newKey(t, Member, "")
	path := writeKey(t, k, []byte(phrase))
	if _, err := Read(path, Member, answer("another")); !errors.Is(err, ErrPassphrase) {
		t.Errorf("a wrong passphrase: %v", err)
	}
	if _, err := Read(path, Member, answer("m\u00f4\u0323t ca\u0302u da\u0300i de\u0302\u0303 nho\u031b\u0301")); err != nil {
		t.Errorf("the same passphrase, typed with loose tone marks: %v", err)
	}
	if _, err := Read(path, Member, nil); !errors.Is(err, ErrSealed) {
		t.Errorf("nobody to ask: %v", err)
	}
	canceled := errors.New("canceled")
	if _, err := Read(path, Member, func() ([]byte, error) { return nil, canceled }); !errors.Is(err, canceled) {
		t.Errorf("the user gave up: %v", err)
	}
	given := []byte(phrase)
	if _, err := Read(path, Member, func() ([]byte, error) { return given, nil }); err != nil || bytes.ContainsFunc(given, func(r rune) bool { return r != 0 }) {
		t.Errorf("the passphrase stays in memory: %q, %v", given, err)
	}
	for _, bad := range []string{"", "two\nlines", "bell\a", strings.Repeat("x", maxPassphraseBytes+1)} {
		if err := write(filepath.Join(t.TempDir(), "key"), k, []byte(bad), low); err == nil {
			t.Errorf("sealed with %.20q", bad)
		}
		if _, err := Read(path, Member, answer(bad)); err == nil || errors.Is(err, ErrPassphrase) {
			t.Errorf("opened with %.20q: %v", bad, err)
		}
	}
}

func TestPurpose(t *testing.T) {
	t.Parallel()
	path := writeKey(t, newKey(t, Witness, ""), []byte(phrase))
	_, err := Read(path, Member, neverAsk(t))
	if !errors.Is(err, ErrPurpose) || !strings.Contains(err.Error(), "a key of purpose witness, and this needs one of purpose member") {
		t.Errorf("a witness key signs as a member: %v", err)
	}
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("permissions are of another kind here")
	}
	path := writeKey(t, newKey(t, Member, ""), nil)
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Fatalf("a key file has mode %v, %v", info.Mode(), err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(link, Member, nil); err != nil {
		t.Errorf("through a link: %v", err)
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o620, 0o602, 0o601, 0o644, 0o777} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{path, link} {
			want := "chmod 600 '" + path + "'"
			if name == link {
				want = "chmod 600 " + link
			}
			if _, err := Read(name, Member, nil); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("mode %v: %v, want %s", mode, err, want)
			}
			if _, err := ReadPublic(name); err == nil {
				t.Errorf("mode %v: shown", mode)
			}
			if _, err := ReadPassphrase(name); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("passphrase, mode %v: %v", mode, err)
			}
		}
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path, Member, nil); err != nil {
		t.Errorf("a key that nobody may write: %v", err)
	}
}

func TestWriteNeverReplaces(t *testing.T) {
	t.Parallel()
	first, second := newKey(t, Member, "first"), newKey(t, Owner, "second")
	path := writeKey(t, first, nil)
	dangling := filepath.Join(t.TempDir(), "dangling")
	if err := os.Symlink(filepath.Join(t.TempDir(), "elsewhere"), dangling); err != nil {
		t.Skip("no links here:", err)
	}
	for _, p := range []string{path, dangling} {
		if err := Write(p, second, nil); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "never overwritten") {
			t.Errorf("%s: %v", p, err)
		}
	}
	if info, err := ReadPublic(path); err != nil || info.Name != "first" {
		t.Errorf("the first key became %+v, %v", info, err)
	}
	missing := filepath.Join(t.TempDir(), "no such", "key")
	if err := Write(missing, second, nil); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "mkdir -p -m 700 '"+filepath.Dir(missing)+"'") {
		t.Errorf("no directory: %v", err)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := Read(filepath.Join(dir, "none"), Member, nil); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "check the path") {
		t.Errorf("no file: %v", err)
	}
	if _, err := Read(dir, Member, nil); err == nil || !strings.Contains(err.Error(), "is a directory; name a key file") {
		t.Errorf("a directory: %v", err)
	}
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, bytes.Repeat([]byte(" "), maxFileBytes+1), fileMode); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(large, Member, nil); err == nil || !strings.Contains(err.Error(), "more than 4096 bytes") {
		t.Errorf("a large file: %v", err)
	}
}

func TestReadPassphrase(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{phrase: phrase, phrase + "\n": phrase, phrase + "\r\n": phrase, " spaces count \n": " spaces count ",
		"": "", "\n": "", "two\nlines\n": "", strings.Repeat("x", maxPassphraseBytes+1): "", strings.Repeat("x", 9000): ""} {
		path := filepath.Join(t.TempDir(), "phrase")
		if err := os.WriteFile(path, []byte(content), fileMode); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadPassphrase(path); string(got) != want || (err == nil) != (want != "") {
			t.Errorf("ReadPassphrase of %.30q = %q, %v", content, got, err)
		}
	}
}
