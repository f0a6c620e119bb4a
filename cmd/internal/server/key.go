package server

import (
	"path/filepath"

	"campaignledger/cmd/internal/keys"
)

// LoadKey is the key that names the server of a data directory: DIR/server.key, made where there is none yet. The directory is locked, so
// that nobody else makes it at the same time.
func LoadKey(dir string) (*keys.Key, error) {
	return keys.Keep(filepath.Join(dir, "server.key"), keys.Server)
}
