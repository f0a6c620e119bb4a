package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// Certificate is what a server shows who connects over TLS: a chain and its key, from two PEM files. It is read anew when one of the files
// changes, at the next connection; while what lies there is no good pair, the last good one serves on.
type Certificate struct {
	chain, key string // the files
	log        zerolog.Logger
	// changed is called with the new certificate's Pin before anybody is shown it.
	changed func(pin string) error

	mu     sync.Mutex
	loaded *tls.Certificate
	seen   [2]stamp // of the files, when they were last read
}

// stamp tells one state of a file from another.
type stamp struct {
	info os.FileInfo // nil: it could not be looked at
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info}
}

func (s stamp) same(other stamp) bool {
	if s.info == nil || other.info == nil {
		return s.info == other.info
	}
	return os.SameFile(s.info, other.info) && s.info.Size() == other.info.Size() && s.info.ModTime().Equal(other.info.ModTime())
}

// LoadCertificate reads a certificate's chain and key. A key that others on the machine may read is used, with a warning.
func LoadCertificate(chain, key string, log zerolog.Logger) (*Certificate, error) {
	c := &Certificate{chain: chain, key: key, log: log, changed: func(string) error { return nil }}
	c.seen = c.stamps()
	pair, err := c.read()
	if err != nil {
		return nil, err
	}
	c.loaded = pair
	return c, nil
}

// OnChange has changed called with the new certificate's Pin whenever another is read. Call it before the certificate is used.
func (c *Certificate) OnChange(changed func(pin string) error) { c.changed = changed }

func (c *Certificate) stamps() [2]stamp { return [2]stamp{stampOf(c.chain), stampOf(c.key)} }

// read reads the files, and says what is wrong with them and what to do.
func (c *Certificate) read() (*tls.Certificate, error) {
	chain, err := os.ReadFile(c.chain)
	if err != nil {
		return nil, fmt.Errorf("the TLS certificate: %w; name the PEM file with the chain, the server's own certificate first", err)
	}
	key, err := os.ReadFile(c.key)
	if err != nil {
		return nil, fmt.Errorf("the TLS key: %w; name the PEM file with the certificate's private key, which the server's user must be able to read", err)
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, fmt.Errorf("the TLS certificate %s with the key %s: %w; both must be PEM files, not sealed by a passphrase, and the key the first certificate's", c.chain, c.key, err)
	}
	if now := time.Now(); now.After(pair.Leaf.NotAfter) || now.Before(pair.Leaf.NotBefore) {
		c.log.Warn().Str("file", c.chain).Time("from", pair.Leaf.NotBefore).Time("until", pair.Leaf.NotAfter).
			Msg("the TLS certificate is not valid now, so that browsers refuse it; renew it, it is read again by itself")
	}
	if info, err := os.Stat(c.key); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		c.log.Warn().Str("file", c.key).Str("mode", info.Mode().Perm().String()).Msg("others on this machine may use the TLS key; chmod 600 it")
	}
	return &pair, nil
}

// current is the certificate as the files have it now, or had it when they were good.
func (c *Certificate) current() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.stamps()
	if now[0].same(c.seen[0]) && now[1].same(c.seen[1]) {
		return c.loaded
	}
	c.seen = now // whatever is wrong is told once
	pair, err := c.read()
	if err == nil && Pin(pair.Certificate[0]) != Pin(c.loaded.Certificate[0]) {
		err = c.changed(Pin(pair.Certificate[0]))
	}
	if err != nil {
		c.log.Error().Err(err).Msg("the changed TLS certificate is not used; the one before it serves on")
		return c.loaded
	}
	c.loaded = pair
	c.log.Info().Str("file", c.chain).Time("until", pair.Leaf.NotAfter).Msg("the TLS certificate was read again")
	return pair
}

// Pin is the Pin of the certificate that is shown now.
func (c *Certificate) Pin() string { return Pin(c.current().Certificate[0]) }

// config is how the server speaks TLS.
func (c *Certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(), nil }}
}

// Pin names a certificate exactly: the SHA-256 of its DER form, in hex.
func Pin(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// ErrOtherCertificate: who answers does not have the certificate that DIR/server.json names.
var ErrOtherCertificate = errors.New("who answers there shows another certificate than the one in server.json: not the server of this directory, or something stands between; nothing was sent")

// TrustPinned is how this machine's commands speak TLS with the server of a directory: they trust the one certificate whose Pin pin gives at
// each connection, and nothing else. Neither the name in it nor its issuer counts: the commands reach the server by its address, and who
// could change server.json could read the directory anyway.
func TrustPinned(pin func() (string, error)) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12,
		// The usual check is of names and issuers; VerifyConnection takes its place and is never skipped, not on resumption either.
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			want, err := pin()
			if err != nil {
				return err
			}
			if len(state.PeerCertificates) == 0 || subtle.ConstantTimeCompare([]byte(Pin(state.PeerCertificates[0].Raw)), []byte(want)) != 1 {
				return ErrOtherCertificate
			}
			return nil
		}}
}
