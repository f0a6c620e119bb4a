package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
)

// TestDrain: once the server is told to stop, what is under way is answered, whoever comes to write is told when to come again, and feeds end with the
// place to resume from.
func TestDrain(t *testing.T) {
	t.Parallel()
	h := openHost(t, host.Config{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server.Server{Host: h, Log: zerolog.Nop(), Token: token, Grace: 20 * time.Second}
	s.SetReady()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	addr := l.Addr().String()
	r := &site{t: t, url: "http://" + addr, addr: addr, client: &http.Client{Transport: transport}}
	r.open()
	feed := r.follow(eventsPath, eventStream)
	if m, _ := feed.next(); m.id != "1" {
		t.Fatalf("%+v", m)
	}

	text := draft("a", "slow", 1)
	slow := halfSent(t, addr, eventsPath, len(text))
	stop()
	if m, ok := feed.next(); !ok || m.event != "end" || !strings.Contains(m.data, `"code":"closing"`) || !strings.Contains(m.data, `"seq":1}`) {
		t.Errorf("the feed ends with %+v", m)
	}
	var p problem
	waitFor(t, "writers are told to come again", func() bool {
		got, err := r.try(http.MethodPost, eventsPath, draft("a", "late", 1))
		if err != nil || got.Code != http.StatusServiceUnavailable { // on a connection that is being closed, or just before the door is shut
			return false
		}
		p = got.expect(t, 503, "closing")
		return got.Header.Get("Retry-After") == "3" && got.Header.Get("X-Content-Type-Options") == "nosniff"
	})
	if !strings.Contains(p.Detail, "stopping") || !strings.Contains(p.Detail, "nothing of this request was done") {
		t.Errorf("%+v", p)
	}
	if got := r.do(http.MethodGet, "/readyz", ""); got.Code != http.StatusServiceUnavailable || !strings.Contains(got.Body, `"code":"closing"`) {
		t.Errorf("readyz: %d %s", got.Code, got.Body)
	}
	if got := r.do(http.MethodGet, "/api/v1/status", ""); !strings.Contains(got.Body, `"status":"stopping"`) {
		t.Errorf("status: %s", got.Body)
	}
	select {
	case err := <-ended:
		t.Fatalf("the server ended while a request was under way: %v", err)
	default:
	}
	if _, err := io.WriteString(slow, text); err != nil {
		t.Fatal(err)
	}
	got, err := http.ReadResponse(bufio.NewReader(slow), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if body, err := io.ReadAll(got.Body); err != nil || got.StatusCode != http.StatusOK || !strings.Contains(string(body), `"scorer":"slow"`) {
		t.Errorf("what was under way is answered %s %s, %v", got.Status, body, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestDrainIsBounded: a request that never comes to its end does not keep the server from ending.
func TestDrainIsBounded(t *testing.T) {
	t.Parallel()
	h := openHost(t, host.Config{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var log safeBuffer
	s := &server.Server{Host: h, Log: zerolog.New(&log), Token: token, Grace: 300 * time.Millisecond}
	s.SetReady()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	halfSent(t, l.Addr().String(), base, 100)
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the server does not end")
	}
	if !strings.Contains(log.String(), "they are cancelled") {
		t.Errorf("the log does not say it: %s", log.String())
	}
}

// halfSent is a connection with a request that a handler has taken, and whose body it waits for.
func halfSent(t *testing.T, addr, path string, length int) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", path, length); err != nil {
		t.Fatal(err)
	}
	const going = "HTTP/1.1 100 Continue\r\n\r\n"
	line := make([]byte, len(going))
	if _, err := io.ReadFull(conn, line); err != nil || string(line) != going {
		t.Fatalf("%q, %v", line, err)
	}
	return conn
}

// TestStatus: what this machine is told.
func TestStatus(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := openHost(t, host.Config{Dir: dir})
	s := serve(t, h, func(s *server.Server) { s.Version, s.URL, s.Started = "1.2.3", "http://here", time.Now() })
	s.open()
	s.append(draft("a", "x", 1))
	f := s.follow(eventsPath, eventStream)
	defer f.close()
	if m, _ := f.next(); m.id != "1" {
		t.Fatalf("%+v", m)
	}
	c, err := h.Campaign(t.Context(), "small")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got server.Status
	if err := json.Unmarshal([]byte(s.do(http.MethodGet, "/api/v1/status", "").Body), &got); err != nil {
		t.Fatal(err)
	}
	if got.Status != server.HealthGood || got.Version != "1.2.3" || got.URL != "http://here" || got.PID == 0 || got.Since == "" || got.Data != dir || got.Memory == 0 || got.Feeds != 1 ||
		!got.NATS.Embedded || !got.NATS.Connected || got.Durability != "synced" || len(got.Campaigns) != 1 {
		t.Errorf("%+v", got)
	}
	if c := got.Campaigns[0]; c.ID != "small" || !c.Open || c.Events != 2 || c.Newest == "" || c.Checkpoint == 0 || c.Signed == "" || c.Feeds != 1 || c.ReadOnly != "" {
		t.Errorf("%+v", c)
	}
	c.Ledger.Break(errors.New("broken by the test"))
	if err := json.Unmarshal([]byte(s.do(http.MethodGet, "/api/v1/status", "").Body), &got); err != nil || got.Status != server.HealthReadOnly || !strings.Contains(got.Campaigns[0].ReadOnly, "broken by the test") {
		t.Errorf("%v, %+v", err, got)
	}
}

// TestStatusOpens: campaigns that nobody has asked for are told of by name, and opened where this machine's command asks for that.
func TestStatusOpens(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := host.Open(t.Context(), host.Config{Dir: dir, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	serve(t, first).open()
	first.Close()
	s := serve(t, openHost(t, host.Config{Dir: dir}))
	for _, test := range []struct {
		path   string
		header []string
		open   bool
	}{{"/api/v1/status", nil, false}, {"/api/v1/status?open=true", nil, false}, {"/api/v1/status?open=true", []string{"Authorization", "Bearer " + token}, true}} {
		var got server.Status
		if err := json.Unmarshal([]byte(s.do(http.MethodGet, test.path, "", test.header...).Body), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Campaigns) != 1 || got.Campaigns[0].Open != test.open || test.open && got.Campaigns[0].Events != 1 {
			t.Errorf("%s: %+v", test.path, got.Campaigns)
		}
	}
}
