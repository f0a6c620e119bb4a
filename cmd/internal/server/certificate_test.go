package server_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/certtest"
	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
)

// secureSite is a server with TLS, as campaign serve has it.
type secureSite struct {
	*site
	cert, key string // its files
	loaded    *server.Certificate
	log       *safeBuffer
	stop      context.CancelFunc
	ended     chan error
}

func certificateFiles(t *testing.T, dir string) (cert, key string) {
	t.Helper()
	cert, key, err := certtest.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

// pinOf is the pin of a certificate's file, and a pool that trusts it alone.
func pinOf(t *testing.T, cert string) (string, *x509.CertPool) {
	t.Helper()
	content, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(content)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(content)
	return server.Pin(block.Bytes), pool
}

func startSecure(t *testing.T, h *host.Host, change ...func(*server.Server)) *secureSite {
	t.Helper()
	s := &secureSite{log: &safeBuffer{}, ended: make(chan error, 1)}
	s.cert, s.key = certificateFiles(t, t.TempDir())
	log := zerolog.New(s.log).Level(zerolog.TraceLevel)
	var err error
	if s.loaded, err = server.LoadCertificate(s.cert, s.key, log); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, pool := pinOf(t, s.cert)
	addr := l.Addr().String()
	s.site = &site{t: t, url: "https://" + addr, addr: addr, client: secureClient(t, &tls.Config{RootCAs: pool})}
	handler := &server.Server{Host: h, Log: log, Token: token, TLS: s.loaded}
	for _, f := range change {
		f(handler)
	}
	handler.SetReady()
	var ctx context.Context
	ctx, s.stop = context.WithCancel(context.Background())
	go func() { s.ended <- handler.Serve(ctx, l) }()
	t.Cleanup(s.stop)
	return s
}

// secureClient makes a new connection for each client; it speaks HTTP/2 where the server does.
func secureClient(t *testing.T, config *tls.Config) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// ask is the answer's status and what was wrong, on a new connection.
func (s *secureSite) ask(config *tls.Config) (*http.Response, error) {
	s.t.Helper()
	client := secureClient(s.t, config)
	defer client.CloseIdleConnections()
	got, err := client.Get(s.url + "/healthz")
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(io.Discard, got.Body)
	return got, errors.Join(err, got.Body.Close())
}

// TestTLS: with a certificate the server speaks TLS from 1.2 on, with HTTP/2, and nothing else; feeds end as they do without.
func TestTLS(t *testing.T) {
	t.Parallel()
	s := startSecure(t, openHost(t, host.Config{}))
	s.open()
	s.append(draft("a", "x", 1))
	_, pool := pinOf(t, s.cert)
	got, err := s.ask(&tls.Config{RootCAs: pool})
	if err != nil || got.Proto != "HTTP/2.0" || got.StatusCode != http.StatusOK {
		t.Fatalf("%v %v", got, err)
	}
	if _, err := s.ask(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	if got, err := s.ask(&tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS12}); err != nil || got.StatusCode != http.StatusOK {
		t.Errorf("TLS 1.2: %v %v", got, err)
	}
	if _, err := s.ask(&tls.Config{}); err == nil {
		t.Error("a certificate of nobody is trusted")
	}
	plain := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if got, err := plain.Get("http://" + s.addr + "/healthz"); err != nil || got.StatusCode != http.StatusBadRequest {
		t.Errorf("plain HTTP: %v %v", got, err)
	}
	f := s.follow(eventsPath+"?since=1", eventStream)
	if m, ok := f.next(); !ok || m.id != "2" {
		t.Errorf("%+v", m)
	}
	s.stop()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
	if m, ok := f.next(); !ok || m.event != "end" || !strings.Contains(m.data, `"code":"closing"`) {
		t.Errorf("the last message is %+v, %v", m, ok)
	}
}

// TestStrictTransport: only who is reached over TLS, by a name of the net, may say that TLS is the way: localhost is shared by all programs.
func TestStrictTransport(t *testing.T) {
	t.Parallel()
	s := startSecure(t, openHost(t, host.Config{}), func(s *server.Server) { s.OpenToAll = true })
	const header = "Strict-Transport-Security"
	if got := s.do(http.MethodGet, "/healthz", "", "Host", "ledger.example").Header.Get(header); !strings.HasPrefix(got, "max-age=") {
		t.Errorf("%q", got)
	}
	if got := s.do(http.MethodGet, "/healthz", "").Header.Get(header); got != "" {
		t.Errorf("for localhost %q", got)
	}
	if got := newSite(t).do(http.MethodGet, "/healthz", "").Header.Get(header); got != "" {
		t.Errorf("without TLS %q", got)
	}
	// A page that came over plain HTTP may have been made by who is on the way.
	s.do(http.MethodPost, base, regulation, "Host", "ledger.example", "Origin", "http://ledger.example").expect(t, 403, "origin")
	if got := s.do(http.MethodPost, base, regulation, "Host", "ledger.example", "Origin", "https://ledger.example"); got.Code != http.StatusCreated {
		t.Errorf("its own page: %d %s", got.Code, got.Body)
	}
}

// TestCertificateIsRenewed: changed files count from the next connection on, what is no good pair does not and is told once, and whoever trusts
// the new certificate is told of it before it is shown.
func TestCertificateIsRenewed(t *testing.T) {
	t.Parallel()
	s := startSecure(t, openHost(t, host.Config{}))
	var told []string
	s.loaded.OnChange(func(pin string) error {
		told = append(told, pin)
		return nil
	})
	shown := func() string {
		var pin string
		_, err := s.ask(&tls.Config{InsecureSkipVerify: true, VerifyConnection: func(state tls.ConnectionState) error {
			pin = server.Pin(state.PeerCertificates[0].Raw)
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		return pin
	}
	first, _ := pinOf(t, s.cert)
	if shown() != first || len(told) != 0 {
		t.Errorf("another certificate than the file's; told %v", told)
	}
	old, err := os.ReadFile(s.key)
	if err != nil {
		t.Fatal(err)
	}
	certificateFiles(t, filepath.Dir(s.cert))
	second, _ := pinOf(t, s.cert)
	renewed, err := os.ReadFile(s.key)
	if err != nil {
		t.Fatal(err)
	}
	for what, content := range map[string][]byte{"the key of another": old, "half a file": renewed[:len(renewed)/2], "nothing": nil} {
		if err := os.WriteFile(s.key, content, 0o600); err != nil {
			t.Fatal(err)
		}
		before := strings.Count(s.log.String(), "is not used")
		for range 2 {
			if shown() != first {
				t.Errorf("%s: another certificate is shown", what)
			}
		}
		if strings.Count(s.log.String(), "is not used") != before+1 {
			t.Errorf("%s: not told once: %s", what, s.log)
		}
	}
	if err := os.Remove(s.key); err != nil {
		t.Fatal(err)
	}
	if shown() != first || len(told) != 0 {
		t.Errorf("without a key another certificate is shown; told %v", told)
	}
	if err := os.WriteFile(s.key, renewed, 0o600); err != nil {
		t.Fatal(err)
	}
	if shown() != second || len(told) != 1 || told[0] != second || s.loaded.Pin() != second {
		t.Errorf("the renewed certificate is not shown; told %v", told)
	}
	if strings.Contains(s.log.String(), strings.Split(string(renewed), "\n")[1]) {
		t.Error("the key is in the log")
	}
}

// TestCertificateFiles: what is wrong with the files is said with the file and what to do, and a key open to others is warned of.
func TestCertificateFiles(t *testing.T) {
	t.Parallel()
	cert, key := certificateFiles(t, t.TempDir())
	_, other := certificateFiles(t, t.TempDir())
	none := filepath.Join(t.TempDir(), "none.pem")
	text := filepath.Join(t.TempDir(), "text.pem")
	if err := os.WriteFile(text, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	var log safeBuffer
	for _, files := range [][3]string{{none, key, "name the PEM file"}, {cert, none, "name the PEM file"}, {text, key, "must be PEM files"},
		{cert, text, "must be PEM files"}, {cert, other, "must be PEM files"}, {key, cert, "must be PEM files"}} {
		_, err := server.LoadCertificate(files[0], files[1], zerolog.New(&log))
		if err == nil || !strings.Contains(err.Error(), files[2]) || !strings.Contains(err.Error(), files[0]) && !strings.Contains(err.Error(), files[1]) {
			t.Errorf("%v: %v", files, err)
		}
	}
	if log.String() != "" {
		t.Errorf("logged: %s", &log)
	}
	if err := os.Chmod(key, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := server.LoadCertificate(cert, key, zerolog.New(&log)); err != nil || !strings.Contains(log.String(), "chmod 600") || !strings.Contains(log.String(), key) {
		t.Errorf("%v; logged: %s", err, &log)
	}
}

// TestTrustPinned: exactly one certificate is trusted, as the pin has it at each connection.
func TestTrustPinned(t *testing.T) {
	t.Parallel()
	s := startSecure(t, openHost(t, host.Config{}))
	right, pool := pinOf(t, s.cert)
	another, _ := certificateFiles(t, t.TempDir())
	wrong, _ := pinOf(t, another)
	failing := errors.New("no pin")
	for _, test := range []struct {
		pin  string
		err  error
		want error
	}{{right, nil, nil}, {wrong, nil, server.ErrOtherCertificate}, {"", nil, server.ErrOtherCertificate}, {right[:63], nil, server.ErrOtherCertificate}, {right, failing, failing}} {
		config := server.TrustPinned(func() (string, error) { return test.pin, test.err })
		config.RootCAs = pool // that it would be trusted otherwise does not count
		if _, err := s.ask(config); !errors.Is(err, test.want) || (err == nil) != (test.want == nil) {
			t.Errorf("pin %q: %v", test.pin, err)
		}
	}
	pin := right
	client := secureClient(t, server.TrustPinned(func() (string, error) { return pin, nil }))
	for range 2 {
		got, err := client.Get(s.url + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		_ = got.Body.Close()
		client.CloseIdleConnections()
		s.loaded.OnChange(func(renewed string) error {
			pin = renewed
			return nil
		})
		certificateFiles(t, filepath.Dir(s.cert))
	}
}
