package client

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
	"campaignledger/ledger"
)

// Connect reaches the campaigns of a directory: through the server that runs on it, or, where none does, through one within this
// process. The returned function ends the connection and waits.
func Connect(ctx context.Context, cfg host.Config) (*Client, func(), error) {
	for {
		c, closeIt, err := within(ctx, cfg)
		if !errors.Is(err, ledger.ErrLocked) {
			return c, closeIt, err
		}
		running, besideErr := beside(ctx, cfg.Dir)
		if besideErr != nil && !errors.Is(besideErr, server.ErrOtherCertificate) {
			return nil, nil, besideErr
		}
		if running != nil {
			return running, running.HTTP.CloseIdleConnections, nil
		}
		// Another command holds the directory, or a server that is just starting: both take moments.
		select {
		case <-ctx.Done():
			return nil, nil, context.Cause(ctx)
		case <-time.After(retryLock):
		}
		if cfg.LockWait -= retryLock; cfg.LockWait <= 0 {
			return nil, nil, errors.Join(besideErr, err)
		}
	}
}

const (
	retryLock = 50 * time.Millisecond
	// probeTimeout bounds the question whether a server is there; a busy one answers within it.
	probeTimeout = 5 * time.Second
)

// beside is the server that left DIR/server.json; nil if there is none, or none any more.
func beside(ctx context.Context, dir string) (*Client, error) {
	info, err := server.ReadInfo(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{} // no proxy: it is this machine
	if strings.HasPrefix(info.URL, "https:") {
		transport.TLSClientConfig = server.TrustLeft(dir)
	}
	c := &Client{URL: info.URL, Token: info.Token, HTTP: &http.Client{Transport: transport}}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	answers, err := c.answers(ctx)
	if answers {
		return c, nil
	}
	c.HTTP.CloseIdleConnections()
	if errors.Is(err, server.ErrOtherCertificate) { // the file may be of a server that was killed; if not, this must be told
		return nil, err
	}
	return nil, nil
}

// withinURL is the address of a server within this process.
const withinURL = "http://localhost"

// within starts a server in this process, reached through pipes: no port is opened.
func within(ctx context.Context, cfg host.Config) (*Client, func(), error) {
	h, err := host.Open(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	if err := server.RemoveInfo(cfg.Dir); err != nil { // left by a server that was killed
		h.Close()
		return nil, nil, err
	}
	key, err := server.LoadKey(cfg.Dir)
	if err != nil {
		h.Close()
		return nil, nil, err
	}
	s := &server.Server{Host: h, Log: cfg.Log, Token: rand.Text(), Key: key}
	s.SetReady()
	pipes := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
	serving, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(serving, pipes) }()
	transport := &http.Transport{DialContext: pipes.dial}
	c := &Client{URL: withinURL, Token: s.Token, HTTP: &http.Client{Transport: transport}}
	return c, func() {
		transport.CloseIdleConnections()
		stop()
		if err := <-ended; err != nil {
			cfg.Log.Error().Err(err).Msg("the server within this process ended badly")
		}
		h.Close()
	}, nil
}

// pipeListener accepts connections from within the process.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Accept waits for the next dial.
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept; the server calls it once.
func (l *pipeListener) Close() error {
	select {
	case <-l.done:
	default:
		close(l.done)
	}
	return nil
}

// Addr names the listener.
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "this process", Net: "pipe"} }
