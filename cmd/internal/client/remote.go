package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Limits on a server that is not trusted.
const (
	// maxRemoteAnswer bounds an answer that is read as a whole: the members of the largest campaign.
	maxRemoteAnswer = 16 << 20
	// remotePatience is how long a remote server may take to begin an answer, and remotePace how many bytes a second it must give on average
	// from then on: a slow line gives more.
	remotePatience = 30 * time.Second
	remotePace     = 1 << 10
)

var (
	// ErrSlow: the server gives too little to go on waiting.
	ErrSlow = errors.New("the server answers too slowly; try again later, or look whether the line is good")
	// ErrTooMuch: an answer is longer than any honest one.
	ErrTooMuch = errors.New("the server's answer is too long to be honest; ask whoever runs the server")
)

// Remote is a client of a server elsewhere that is not trusted: its answers are bounded, those that come too slowly end with ErrSlow, and it
// can't send the client to another place. Use it for whole answers only, not to follow a feed.
// Over https it trusts the certificates that this machine trusts.
func Remote(address string) (*Client, error) { return remote(address, nil, remotePatience) }

// RemoteUnder is Remote that trusts, over https, the certificates below these roots and no others; nil stands for the machine's.
func RemoteUnder(address string, roots *x509.CertPool) (*Client, error) {
	return remote(address, roots, remotePatience)
}

func remote(address string, roots *x509.CertPool, patience time.Duration) (*Client, error) {
	u, err := url.Parse(strings.TrimSuffix(address, "/"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%.200q is not the address of a server; give one like https://ledger.example or http://127.0.0.1:7117", address)
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableCompression: true, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute,
		MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}}
	return &Client{URL: u.String(), most: maxRemoteAnswer, HTTP: &http.Client{Transport: paced{transport, patience}, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		return fmt.Errorf("it sends us on to %.200s; name that address if you trust it", r.URL)
	}}}, nil
}

// atMost reads at most left bytes, and fails with ErrTooMuch where there are more.
type atMost struct {
	r    io.Reader
	left int64
}

func (a *atMost) Read(p []byte) (int, error) {
	if a.left < 0 {
		return 0, ErrTooMuch
	}
	if int64(len(p)) > a.left+1 {
		p = p[:a.left+1]
	}
	n, err := a.r.Read(p)
	if a.left -= int64(n); a.left < 0 {
		return n - 1, ErrTooMuch
	}
	return n, err
}

// paced ends requests that come too slowly with ErrSlow.
type paced struct {
	next     *http.Transport
	patience time.Duration
}

// CloseIdleConnections lets http.Client.CloseIdleConnections through.
func (p paced) CloseIdleConnections() { p.next.CloseIdleConnections() }

// RoundTrip sends one request.
func (p paced) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	b := &pacedBody{ctx: ctx, cancel: cancel, due: time.Now().Add(p.patience + paceTime(r.ContentLength))}
	b.timer = time.AfterFunc(time.Until(b.due), func() { cancel(ErrSlow) })
	answer, err := p.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		b.timer.Stop()
		err = b.explain(err)
		cancel(nil)
		return nil, err
	}
	b.body, answer.Body = answer.Body, b
	return answer, nil
}

// paceTime is how long n bytes may take.
func paceTime(n int64) time.Duration {
	return time.Duration(max(n, 0)) * time.Second / remotePace
}

// pacedBody is an answer's body that must keep the pace. Its reader closes it.
type pacedBody struct {
	body   io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	due    time.Time
	once   sync.Once
}

func (b *pacedBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	b.due = b.due.Add(paceTime(int64(n)))
	b.timer.Reset(time.Until(b.due))
	return n, b.explain(err)
}

// explain tells a wait that was ended apart from other errors.
func (b *pacedBody) explain(err error) error {
	if err != nil && errors.Is(context.Cause(b.ctx), ErrSlow) {
		return ErrSlow
	}
	return err
}

// Close ends the request.
func (b *pacedBody) Close() error {
	b.once.Do(func() {
		b.timer.Stop()
		b.cancel(nil)
	})
	return b.body.Close()
}
