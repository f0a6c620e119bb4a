package keys

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryByteCounts changes each byte of a sealed and of a plain file in several ways: the file is refused or it is the same key.
func TestEveryByteCounts(t *testing.T) {
	t.Parallel()
	k := newKey(t, Member, "lan")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for _, passphrase := range [][]byte{nil, []byte(phrase)} {
		original, err := os.ReadFile(writeKey(t, k, passphrase))
		if err != nil {
			t.Fatal(err)
		}
		same := 0
		for i := range original {
			for _, change := range []byte{1, 2, 4, 8, 16, 32, 64, 128, byte(1 + random.IntN(255))} {
				content := bytes.Clone(original)
				content[i] ^= change
				if !keyOf(t, content, k) {
					continue
				}
				same++
				if name := bytes.Index(original, []byte(`lan"`)); i < name || i >= name+len("lan") {
					t.Errorf("byte %d changed from %q to %q, and the key still opens", i, original[i], content[i])
				}
			}
			if cut := original[:i]; keyOf(t, cut, k) {
				t.Errorf("the first %d bytes are a key", i)
			}
		}
		if same == 0 {
			t.Error("the name could not be changed; does this test open keys at all?")
		}
	}
}

// keyOf reports whether a file opens, and fails if it opens as another key than k.
func keyOf(t *testing.T, content []byte, k *Key) bool {
	t.Helper()
	c, info, err := decode(content)
	if err != nil {
		return false
	}
	if info.Sealed && c.Sealed.MemoryKiB > 4096 {
		t.Fatalf("a change of one byte made the memory %d KiB", c.Sealed.MemoryKiB)
	}
	seed := []byte(c.Seed)
	if info.Sealed {
		if seed, err = c.Sealed.open(info, []byte(phrase)); err != nil {
			return false
		}
	}
	if got := fromSeed(info, seed); info.Purpose != k.Purpose || info.Public != k.Public || !got.Private().Equal(k.Private()) {
		t.Errorf("it opens as %v:\n%s", got, content)
	}
	return true
}

// TestPartsOfTwoFiles: a box serves no other purpose and no other public key.
func TestPartsOfTwoFiles(t *testing.T) {
	t.Parallel()
	k := newKey(t, Member, "")
	other, err := New(Member, "", fixed(8))
	if err != nil {
		t.Fatal(err)
	}
	for old, replacement := range map[string]string{`"member"`: `"owner"`, k.Public.String(): other.Public.String()} {
		for _, passphrase := range [][]byte{nil, []byte(phrase)} {
			path := writeKey(t, k, passphrase)
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			content = bytes.Replace(content, []byte(old), []byte(replacement), 1)
			if err := os.WriteFile(path, content, fileMode); err != nil {
				t.Fatal(err)
			}
			for _, purpose := range Purposes() {
				if got, err := Read(path, purpose, answer(phrase)); err == nil && (passphrase != nil || purpose != Owner) {
					t.Errorf("%s became %s, and it opens as %v", old, replacement, got)
				}
			}
		}
	}
}

// TestHostileFiles: no file asks for too much, and there is one spelling.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(writeKey(t, newKey(t, Member, "lan"), []byte(phrase)))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := os.ReadFile(writeKey(t, newKey(t, Member, "lan"), nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, replacement, want string }{
		{`"memoryKiB": 8`, `"memoryKiB": 1048577`, "asks for too much"},
		{`"memoryKiB": 8`, `"memoryKiB": 4294967295`, "asks for too much"},
		{`"memoryKiB": 8`, `"memoryKiB": 4294967296`, "memoryKiB"},
		{`"memoryKiB": 8`, `"memoryKiB": 7`, "nothing argon2id can do"},
		{`"memoryKiB": 8`, `"memoryKiB": -8`, "memoryKiB"},
		{`"memoryKiB": 8`, `"memoryKiB": 8.0`, "memoryKiB"},
		{`"time": 1`, `"time": 4294967295`, "asks for too much"},
		{`"time": 1`, `"time": 0`, "nothing argon2id can do"},
		{`"threads": 1`, `"threads": 0`, "nothing argon2id can do"},
		{`"threads": 1`, `"threads": 65`, "nothing argon2id can do"},
		{`"threads": 1`, `"threads": 256`, "threads"},
		{`"argon2id"`, `"scrypt"`, `kdf is "scrypt"`},
		{`"salt": "`, `"salt": "00`, "salt, nonce and box must have 16, 24 and 48 bytes"},
		{`"nonce": "`, `"nonce": "00`, "salt, nonce and box"},
		{`"box": "`, `"box": "00`, "salt, nonce and box"},
		{`"salt": "`, `"salt": "0`, "hex"},
		{`"salt": "`, `"salt": "\u0030`, "hex"},
		{`key/v1"`, `key/v2"`, `the format is "campaign-ledger/key/v2"`},
		{`"member"`, `"members"`, "no purpose"},
		{`"name": "lan"`, `"name": "lan", "nickname": "x"`, `unknown field "nickname"`},
		{`"name": "lan"`, `"name": "lan", "name": "lan"`, "spelled"},
		{`"name": "lan"`, `"Name": "lan"`, "spelled"},
		{`"name": "lan"`, `"name": "\u006can"`, "spelled"},
		{`"name": "lan"`, `"name": "\u001b"`, "printed"},
		{`"name": "lan",`, ``, "spelled"},
		{"\n}\n", "\n}\n{}", "spelled"},
		{"\n}\n", "\n}", "spelled"},
		{"\n}\n", ",\n  \"seed\": \"" + strings.Repeat("07", 32) + "\"\n}\n", "exclude each other"},
		{`"ed25519:`, `"ED25519:`, "not a public key"},
	} {
		checkRefused(t, content, c.old, c.replacement, c.want)
	}
	for _, c := range []struct{ old, replacement, want string }{
		{`"seed": "07`, `"seed": "`, "seed has not 32 bytes"},
		{`"seed": "07`, `"seed": "08`, "the public key is not the private key's"},
		{`"seed": "07`, `"seed": "0A`, "hex"},
		{`"seed": "`, `"sees": "`, "unknown field"},
		{`"name": "lan",`, `"name": "lan", "sealed": null,`, "spelled"},
	} {
		checkRefused(t, plain, c.old, c.replacement, c.want)
	}
}

func checkRefused(t *testing.T, content []byte, old, replacement, want string) {
	t.Helper()
	if bytes.Count(content, []byte(old)) != 1 {
		t.Fatalf("%q does not stand once in\n%s", old, content)
	}
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, bytes.Replace(content, []byte(old), []byte(replacement), 1), fileMode); err != nil {
		t.Fatal(err)
	}
	_, err := Read(path, Member, neverAsk(t))
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s for %s: %v, want %q", replacement, old, err, want)
	}
	if _, publicErr := ReadPublic(path); fmt.Sprint(publicErr) != fmt.Sprint(err) {
		t.Errorf("%s for %s: shown as if good: %v", replacement, old, publicErr)
	}
	if err != nil && strings.Contains(err.Error(), "0707") {
		t.Errorf("%s for %s: the error shows the seed: %v", replacement, old, err)
	}
}

func FuzzDecode(f *testing.F) {
	dir := f.TempDir()
	k, err := New(Member, "lan", fixed(7))
	if err != nil {
		f.Fatal(err)
	}
	for name, passphrase := range map[string][]byte{"plain": nil, "sealed": []byte(phrase)} {
		path := filepath.Join(dir, name)
		if err := write(path, k, passphrase, low); err != nil {
			f.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, info, err := decode(b)
		if err != nil {
			return
		}
		again, err := c.encode()
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%q is taken and written as %q, %v", b, again, err)
		}
		if info.Sealed != (c.Seed == nil) {
			t.Errorf("%q is neither sealed nor not", b)
		}
	})
}
