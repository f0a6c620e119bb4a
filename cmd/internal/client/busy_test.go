package client_test

import (
	"errors"
	"io"

	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"campaignledger/cmd/internal/client"
)

// busyServer answers busy so many times, and then what it was sent.
type busyServer struct {
	mu     sync.Mutex
	busy   int
	code   string
	bodies []string
}

func (b *busyServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bodies = append(b.bodies, string(body))
	if b.busy--; b.busy < 0 {
		_, _ = w.Write(body)
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = io.WriteString(w, `{"status":429,"code":"`+b.code+`","detail":"too much waits"}`)
}

func (b *busyServer) start(t *testing.T, patience time.Duration) *client.Client {
	t.Helper()
	web := httptest.NewServer(b)
	t.Cleanup(web.Close)
	return &client.Client{URL: web.URL, HTTP: web.Client(), Patience: patience}
}

// TestBusy: what a server is too busy for is sent again as it was, until it is taken or the time is over; then the error says so.
func TestBusy(t *testing.T) {
	t.Parallel()
	const body = `{"id":"0192f0c8-0000-7000-8000-000000000000","type":"score.entered"}`
	b := &busyServer{busy: 3, code: "busy"}
	c := b.start(t, 0)
	if got, err := c.Append(t.Context(), "small", []byte(body)); err != nil || string(got) != body {
		t.Errorf("%q, %v", got, err)
	}
	if want := slices.Repeat([]string{body}, 4); !slices.Equal(b.bodies, want) {
		t.Errorf("sent %q", b.bodies)
	}
	b = &busyServer{busy: 1000, code: "busy"}
	_, err := b.start(t, time.Second).Append(t.Context(), "small", []byte(body))
	var busy *client.Error
	if !errors.As(err, &busy) || !busy.Busy() || len(b.bodies) < 2 || !strings.Contains(err.Error(), "stays busy") {
		t.Errorf("after %d tries: %v", len(b.bodies), err)
	}
	b = &busyServer{busy: 1000, code: "attempts"} // of another kind
	if _, err := b.start(t, 0).Append(t.Context(), "small", []byte(body)); err == nil || len(b.bodies) != 1 {
		t.Errorf("%d tries: %v", len(b.bodies), err)
	}
}
