package client_test

import (
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/certtest"
	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
)

// certificate makes a certificate's files in a directory, and a pool that trusts it alone.
func certificate(t *testing.T, dir string) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	cert, key, err := certtest.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(content)
	return cert, key, pool
}

// TestBesideTLS: the commands of a directory find its server over TLS, also when its certificate is renewed while it runs, and no other.
func TestBesideTLS(t *testing.T) {
	t.Parallel()
	dir, files := t.TempDir(), t.TempDir()
	cert, key, pool := certificate(t, files)
	p := serveProcess(t, dir, "--tls-cert", cert, "--tls-key", key)
	p.open()
	c, done, err := connect(t, dir)
	if err != nil || c.Within() || !strings.HasPrefix(c.URL, "https://127.0.0.1:") {
		t.Fatalf("%+v, %v", c, err)
	}
	defer done()
	list := func(c *client.Client) error {
		got, err := c.List(t.Context(), "en", nil)
		if err == nil && len(got) != 1 {
			err = errors.New("there is another number of campaigns")
		}
		return err
	}
	if err := list(c); err != nil {
		t.Error(err)
	}
	_, _, renewed := certificate(t, files)
	c.HTTP.CloseIdleConnections()
	if err := list(c); err != nil {
		t.Errorf("after the certificate was renewed: %v", err)
	}
	for name, test := range map[string]struct {
		roots *x509.CertPool
		good  bool
	}{"the machine's roots": {nil, false}, "the old certificate": {pool, false}, "the certificate": {renewed, true}} {
		remote, err := client.RemoteUnder(p.client.URL, test.roots)
		if err != nil {
			t.Fatal(err)
		}
		err = list(remote)
		if (err == nil) != test.good || err != nil && !strings.Contains(err.Error(), "--ca") {
			t.Errorf("a remote client with %s: %v", name, err)
		}
		remote.HTTP.CloseIdleConnections()
	}
}

// TestImpostorOverTLS: who has the server's address but not its certificate is told nothing, and the command says so.
func TestImpostorOverTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h, err := host.Open(t.Context(), host.Config{Dir: dir, Log: zerolog.Nop()}) // something holds the directory
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	var told atomic.Int32
	impostor := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		told.Add(1)
		_, _ = w.Write([]byte(`{"status":"ok"}`))
	}))
	defer impostor.Close()
	pin := server.Pin(impostor.Certificate().Raw)
	for _, pinned := range []string{strings.Repeat("0", 64), ""} {
		if err := server.WriteInfo(dir, server.Info{URL: impostor.URL, PID: 1, Token: "secret", Certificate: pinned}); err != nil {
			t.Fatal(err)
		}
		_, _, err = client.Connect(t.Context(), host.Config{Dir: dir, LockWait: 100 * time.Millisecond, Log: zerolog.Nop()})
		if !errors.Is(err, server.ErrOtherCertificate) || told.Load() != 0 {
			t.Errorf("pin %q: %v; it was told %d times", pinned, err, told.Load())
		}
	}
	if err := server.WriteInfo(dir, server.Info{URL: impostor.URL, PID: 1, Token: "secret", Certificate: pin}); err != nil {
		t.Fatal(err)
	}
	if _, done, err := connect(t, dir); err != nil || told.Load() == 0 {
		t.Errorf("with its own certificate: %v", err)
	} else {
		done()
	}
}

// TestLinksOfStrangers: a server that is not trusted can't send the browser anywhere but to the campaign's link on itself.
func TestLinksOfStrangers(t *testing.T) {
	t.Parallel()
	var path atomic.Value
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"path":"` + path.Load().(string) + `","expires":"2026-01-01T00:00:00.000Z"}`))
	}))
	defer web.Close()
	c, err := client.Remote(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.HTTP.CloseIdleConnections()
	for _, bad := range []string{"", "@evil.example/", ".evil.example/", "/campaigns/other/enter?code=x", "/campaigns/small/enter?code=", "/campaigns/small/enter?code=x&x=y", "/campaigns/small/enter?code=x#y",
		"/campaigns/small/enter?code=x y", "//evil.example/campaigns/small/enter?code=x"} {
		path.Store(bad)
		if link, _, err := c.Link(t.Context(), "small", "en"); err == nil {
			t.Errorf("%q gave %s", bad, link)
		}
	}
	path.Store("/campaigns/small/enter?code=ABC")
	if link, _, err := c.Link(t.Context(), "small", "en"); err != nil || link != web.URL+"/campaigns/small/enter?code=ABC&lang=en" {
		t.Errorf("%q, %v", link, err)
	}
}
