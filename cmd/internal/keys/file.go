package keys

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"unicode"

	"campaignledger/cmd/internal/durable"
)

var (
	// ErrPassphrase: the passphrase does not open the file. Whether the file was altered instead can't be told.
	ErrPassphrase = errors.New("the passphrase is wrong, or the file was altered")
	// ErrSealed: the file needs a passphrase, and there is nobody to ask.
	ErrSealed = errors.New("a passphrase seals it")
	// ErrPurpose: the key is for something else.
	ErrPurpose = errors.New("a key serves one purpose only")
)

const (
	fileMode = 0o600
	// maxFileBytes bounds a key file; the largest has about 900.
	maxFileBytes = 4 << 10
	// maxPassphraseBytes bounds a passphrase; a long sentence has 200.
	maxPassphraseBytes = 1 << 10
)

// Write makes the file path, readable by its user only, and returns when it is durable. It never replaces a file: fs.ErrExist if
// there is one. The directory must be there. A nil passphrase leaves the key unsealed; an empty one is an error. The passphrase is
// the caller's to wipe.
func Write(path string, k *Key, passphrase []byte) error {
	return write(path, k, passphrase, usualCost)
}

func write(path string, k *Key, passphrase []byte, c cost) error {
	out := contents{Format: format, Purpose: k.Purpose, Name: k.Name, Public: k.Public.String()}
	if passphrase == nil {
		out.Seed = k.Private().Seed()
		defer clear(out.Seed)
	} else {
		if err := checkPassphrase(passphrase); err != nil {
			return err
		}
		sealed, err := seal(k, passphrase, c)
		if err != nil {
			return err
		}
		out.Sealed = sealed
	}
	b, err := out.encode()
	defer clear(b)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return create(path, b)
}

// create writes a new file durably, or leaves none.
func create(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s: %w, and a key is never overwritten; choose another name", path, fs.ErrExist)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: its directory is missing (%w); make it: mkdir -p -m 700 %s", path, fs.ErrNotExist, shellWord(filepath.Dir(path)))
	case err != nil:
		return fmt.Errorf("make the key file: %w; choose a place you may write to", err)
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = durable.SyncDir(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(path)))
	}
	return nil
}

// Read reads the key in path, which must be for purpose (ErrPurpose). Where a passphrase seals it, ask is called once, after all that
// can be checked without, and what it gives is wiped; a wrong one is ErrPassphrase. A nil ask refuses sealed files (ErrSealed).
func Read(path string, purpose Purpose, ask func() (passphrase []byte, err error)) (*Key, error) {
	c, info, err := load(path)
	if err != nil {
		return nil, err
	}
	defer clear(c.Seed)
	if info.Purpose != purpose {
		return nil, fmt.Errorf("%s is a key of purpose %s, and this needs one of purpose %s: %w; name another file, or make one: campaign key new FILE --purpose %s",
			path, info.Purpose, purpose, ErrPurpose, purpose)
	}
	if !info.Sealed {
		return fromSeed(info, c.Seed), nil
	}
	if ask == nil {
		return nil, fmt.Errorf("%s: %w, and none can be asked for here; use a key without", path, ErrSealed)
	}
	passphrase, err := ask()
	defer clear(passphrase)
	if err == nil {
		err = checkPassphrase(passphrase)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	seed, err := c.Sealed.open(info, passphrase)
	defer clear(seed)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; try again", path, err)
	}
	k := fromSeed(info, seed)
	if k.Public != info.Public {
		return nil, fmt.Errorf("%s: %w", path, errNotItsKey)
	}
	return k, nil
}

// ReadPublic reads what anybody may know of the key in path. It needs no passphrase; that the public key is the private one's is
// certain only where no passphrase seals it.
func ReadPublic(path string) (Info, error) {
	c, info, err := load(path)
	if err != nil {
		return Info{}, err
	}
	clear(c.Seed)
	return info, nil
}

func load(path string) (*contents, Info, error) {
	b, err := readSecret(path, "key", maxFileBytes)
	defer clear(b)
	if err != nil {
		return nil, Info{}, err
	}
	c, info, err := decode(b)
	if err != nil {
		return nil, Info{}, fmt.Errorf("%s is not a good key file: %w; restore it from a copy, or make another key", path, err)
	}
	return c, info, nil
}

// ReadPassphrase reads a passphrase from a file: its only line, without the line's end. Pipes will do; a file is as private as a key.
func ReadPassphrase(path string) ([]byte, error) {
	b, err := readSecret(path, "passphrase", maxPassphraseBytes+len("\r\n"))
	if err != nil {
		return nil, err
	}
	line := bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
	if err := checkPassphrase(line); err != nil {
		clear(b)
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return line, nil
}

func checkPassphrase(passphrase []byte) error {
	switch {
	case len(passphrase) == 0:
		return errors.New("the passphrase is empty; give one")
	case len(passphrase) > maxPassphraseBytes:
		return fmt.Errorf("the passphrase has more than %d bytes; choose a shorter one", maxPassphraseBytes)
	case bytes.ContainsFunc(passphrase, unicode.IsControl):
		return errors.New("the passphrase holds a control character or a second line; give one line of text")
	}
	return nil
}

// readSecret reads a file of at most limit bytes that only its user may use.
func readSecret(path, what string, limit int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s file %s: %w; check the path", what, path, cause(err))
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s file %s: %w", what, path, cause(err))
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory; name a %s file", path, what)
	case runtime.GOOS != "windows" && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("%s file %s is open to others (mode %04o); close it: chmod 600 %s", what, path, info.Mode().Perm(), shellWord(path))
	}
	b := make([]byte, limit+1)
	n, err := io.ReadFull(f, b)
	switch {
	case err == nil:
		clear(b)
		return nil, fmt.Errorf("%s has more than %d bytes; it is not a %s file", path, limit, what)
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		clear(b)
		return nil, fmt.Errorf("read the %s file %s: %w", what, path, cause(err))
	}
	return b[:n], nil
}

// cause leaves out the operation and the path, which the caller says.
func cause(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// shellWord is s as a shell takes it for one word.
func shellWord(s string) string {
	const plain = "/._-+~" // beside letters and digits
	if !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(plain, r)
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
