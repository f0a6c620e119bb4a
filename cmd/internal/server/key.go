package server

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"path/filepath"

	"campaignledger/cmd/internal/keys"
)

// LoadKey is the key that names the server of a data directory: DIR/server.key, made where there is none yet. The directory is locked, so
// that nobody else makes it at the same time.
func LoadKey(dir string) (*keys.Key, error) {
	path := filepath.Join(dir, "server.key")
	key, err := keys.Read(path, keys.Server, nil)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if key, err = keys.New(keys.Server, "", rand.Reader); err != nil {
		return nil, err
	}
	return key, keys.Write(path, key, nil)
}
