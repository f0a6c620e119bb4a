package server_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"campaignledger/cmd/internal/server"
)

// slow is a reader that takes nothing until it is told to.
type slow struct {
	t    *testing.T
	conn *net.TCPConn
	kind string // of what it asked for
}

// openSlow asks for a feed and reads none of it.
func (s *site) openSlow(path, accept string) *slow {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	socket, ok := conn.(*net.TCPConn)
	if !ok {
		s.t.Fatalf("a connection of type %T", conn)
	}
	if err := socket.SetReadBuffer(64 << 10); err != nil {
		s.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: %s\r\n\r\n", path, accept); err != nil {
		s.t.Fatal(err)
	}
	return &slow{s.t, socket, accept}
}

// rest reads what was on the way when the reader was dropped, and checks that it is without gap or double. It returns the newest event that came whole.
func (r *slow) rest() (last int) {
	r.t.Helper()
	_ = r.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	a, err := http.ReadResponse(bufio.NewReader(r.conn), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	defer a.Body.Close()
	lines := bufio.NewReader(a.Body)
	id := ""
	for {
		line, err := lines.ReadString('\n')
		if err != nil { // the line is not whole
			return last
		}
		line = strings.TrimSuffix(line, "\n")
		data, found := strings.CutPrefix(line, "data: ")
		switch {
		case strings.HasPrefix(line, "id: "):
			id = line[len("id: "):]
			continue
		case r.kind != eventStream:
			data = line
		case !found:
			continue
		}
		if data == "" {
			continue
		}
		var w wrapped
		if err := json.Unmarshal([]byte(data), &w); err != nil || int(w.Seq) != last+1 || r.kind == eventStream && id != fmt.Sprint(w.Seq) {
			r.t.Fatalf("after event %d came %.100q with id %s (%v)", last, data, id, err)
		}
		last++
	}
}

// TestSlowReaders: readers that take nothing while thousands of events come are dropped; meanwhile they slow nobody down and cost little memory; with what they
// got last they come back and miss nothing. It does not run beside other tests, whose memory would count.
func TestSlowReaders(t *testing.T) { //nolint:paralleltest // it measures the heap
	const readers, imports, width, lone = 6, 8, 3000, 10
	s := newSite(t, func(s *server.Server) { s.WriteTimeout = time.Second })
	before := heap()
	var stuck []*slow
	for i := range readers {
		path, accept := eventsPath, eventStream
		if i%2 == 1 {
			path, accept = eventsPath+"?follow=true", "application/x-ndjson"
		}
		stuck = append(stuck, s.openSlow(path, accept))
	}
	total := 1 + imports*(width+1+lone)
	seen := s.count(total)
	var took []time.Duration
	file := table(width)
	for n := range imports {
		file = strings.ReplaceAll(file, ",score,s", ",score,ss")
		if got := s.do(http.MethodPost, importsPath, file); !strings.Contains(got.Body, `"result"`) {
			t.Fatalf("import: %d %s", got.Code, got.Body)
		}
		for m := range lone {
			begin := time.Now()
			s.append(draft("a", fmt.Sprintf("lone%d-%d", n, m), 1))
			took = append(took, time.Since(begin))
		}
	}
	slices.Sort(took)
	if median := took[len(took)/2]; median > 500*time.Millisecond {
		t.Errorf("half of the appends took more than %v", median)
	}
	if n := <-seen; n != total {
		t.Errorf("a reader who reads has %d of %d events", n, total)
	}

	grown := heap() - before
	if most := int64(total)*1500 + readers*(2<<20); grown > most {
		t.Errorf("%d KiB of memory for %d events and %d stuck readers; want at most %d", grown>>10, total, readers, most>>10)
	}
	waitFor(t, "all who do not read are dropped", func() bool {
		for _, r := range stuck {
			if _, dropped := s.closed.Load(r.conn.LocalAddr().String()); !dropped {
				return false
			}
		}
		return true
	})
	t.Logf("%d events; appends beside %d stuck readers: median %v, most %v; heap +%d KiB", total, readers, took[len(took)/2], took[len(took)-1], grown>>10)
	for _, r := range stuck {
		last := r.rest()
		if last == 0 || last >= total {
			t.Fatalf("a stuck reader got %d of %d events before it was dropped", last, total)
		}
		s.expectRest(last, total)
	}
}

// count follows the log and tells how many events came, once it is so many or the feed ended.
func (s *site) count(total int) <-chan int {
	f, seen := s.follow(eventsPath, eventStream), make(chan int, 1)
	go func() {
		defer f.close()
		n := 0
		for n < total {
			if _, ok := f.next(); !ok {
				break
			}
			n++
		}
		seen <- n
	}()
	return seen
}

// expectRest comes back after event last and checks that what follows is without gap or double.
func (s *site) expectRest(last, total int) {
	s.t.Helper()
	f := s.follow(eventsPath, eventStream, "Last-Event-ID", fmt.Sprint(last))
	defer f.close()
	for last < total {
		m, ok := f.next()
		if last++; !ok || m.id != fmt.Sprint(last) {
			s.t.Fatalf("who comes back is given %q, want event %d", m.id, last)
		}
	}
}
