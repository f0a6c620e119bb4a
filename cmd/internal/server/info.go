package server

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Info is what a running server leaves in DIR/server.json, readable by its user only, so that other commands on the directory find it.
type Info struct {
	URL   string `json:"url"`
	PID   int    `json:"pid"`
	Token string `json:"token"`
	// Certificate is the Pin of the certificate that a server with TLS shows, the only one that commands on the directory trust.
	Certificate string `json:"certificate,omitempty"`
}

// TrustLeft is how commands speak TLS with the server that left DIR/server.json: the file is read at each connection, since a certificate
// may be renewed while the server runs.
func TrustLeft(dir string) *tls.Config {
	return TrustPinned(func() (string, error) {
		i, err := ReadInfo(dir)
		return i.Certificate, err
	})
}

func infoPath(dir string) string { return filepath.Join(dir, "server.json") }

// WriteInfo leaves i in dir. It replaces the file in one step, since others may be reading it.
func WriteInfo(dir string, i Info) error {
	content, err := json.Marshal(i)
	if err != nil {
		return err
	}
	path := infoPath(dir)
	if err := os.WriteFile(path+".new", append(content, '\n'), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(path+".new", path)
}

// ReadInfo reads what a server left in dir; fs.ErrNotExist if none did.
func ReadInfo(dir string) (i Info, err error) {
	content, err := os.ReadFile(infoPath(dir))
	if err != nil {
		return i, err
	}
	return parseInfo(dir, content)
}

func parseInfo(dir string, content []byte) (i Info, err error) {
	if err := json.Unmarshal(content, &i); err != nil || i.URL == "" {
		return i, fmt.Errorf("%s is damaged; stop the server that runs on the directory and remove the file", infoPath(dir))
	}
	return i, nil
}

// RemoveInfo takes the file away when the server ends, and before one starts: a server that was killed leaves it behind.
func RemoveInfo(dir string) error {
	if err := os.Remove(infoPath(dir)); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}
