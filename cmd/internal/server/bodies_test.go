package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"campaignledger/cmd/internal/server"
)

// heap is what is in use after a collection, in bytes.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// pending is a request whose body is sent in two parts.
type pending struct {
	conn net.Conn
	rest string
}

// begin sends a request to append but for the last byte of its body, an event with blanks before it.
func (s *site) begin(size int, scorer string) *pending {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	body := draft("a", scorer, 1)
	body = strings.Repeat(" ", size-len(body)) + body
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", eventsPath, len(body), body[:len(body)-1])
	if err != nil && !strings.Contains(err.Error(), "reset") && !strings.Contains(err.Error(), "broken pipe") { // one that is refused is not read to its end
		s.t.Fatal(err)
	}
	return &pending{conn, strings.Clone(body[len(body)-1:])}
}

func (p *pending) answer(t *testing.T) *http.Response {
	t.Helper()
	_ = p.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	a, err := http.ReadResponse(bufio.NewReader(p.conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, a.Body)
	_ = a.Body.Close()
	return a
}

// TestBodiesInFlight: the bodies of one address take no more than their share, however many there are: the next is told to try again, and nothing of it
// is stored; those that were let in are stored when they are complete, and then there is room again. It does not run beside other tests, whose memory would count.
func TestBodiesInFlight(t *testing.T) { //nolint:paralleltest // it measures the heap
	var inside *server.Server
	s := newSite(t, func(x *server.Server) { inside = x })
	const size, most = server.MaxBodyBytes, server.MaxBodiesBytes / 2
	const fit = most / size
	before := heap()
	var held []*pending
	for i := range fit {
		held = append(held, s.begin(size, fmt.Sprint("held", i)))
	}
	waitFor(t, "all are read but for their last byte", func() bool { return inside.BodyBytes() == most })
	if grown := heap() - before; grown > 3*most/2 {
		t.Errorf("%d MiB of memory for bodies of %d MiB", grown>>20, most>>20)
	}
	refused := s.begin(size, "refused")
	if a := refused.answer(t); a.StatusCode != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" {
		t.Errorf("one more: %s", a.Status)
	}
	for _, p := range held {
		if _, err := io.WriteString(p.conn, p.rest); err != nil {
			t.Fatal(err)
		}
		if a := p.answer(t); a.StatusCode != http.StatusOK {
			t.Errorf("one that was let in: %s", a.Status)
		}
	}
	log := s.do(http.MethodGet, eventsPath, "").Body
	if n := len(parseLines(t, log)); n != fit+1 || strings.Contains(log, "refused") {
		t.Errorf("%d events in the log, want %d", n, fit+1)
	}
	s.append(strings.Repeat(" ", size-1000) + draft("a", "after", 1))
}
