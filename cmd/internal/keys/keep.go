package keys

import (
	"crypto/rand"
	"errors"
	"io/fs"
)

// Keep reads the key of a program in path, without a passphrase, and makes it where there is none yet. Nobody else may make it at the same time.
func Keep(path string, purpose Purpose) (*Key, error) {
	key, err := Read(path, purpose, nil)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if key, err = New(purpose, "", rand.Reader); err != nil {
		return nil, err
	}
	return key, Write(path, key, nil)
}
