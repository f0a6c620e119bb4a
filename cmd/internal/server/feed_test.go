package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
)

// message is one server-sent event; a heartbeat has only a comment.
type message struct{ id, event, data, comment string }

// stream is a feed being read.
type stream struct {
	t     *testing.T
	a     *http.Response
	lines *bufio.Scanner
}

// follow opens a feed that ends with the test.
func (s *site) follow(path, accept string, header ...string) *stream {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	s.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	if a.StatusCode != http.StatusOK {
		s.t.Fatalf("GET %s: %s", path, a.Status)
	}
	lines := bufio.NewScanner(a.Body)
	lines.Buffer(nil, 1<<20)
	return &stream{s.t, a, lines}
}

const eventStream = "text/event-stream"

// next is the next server-sent event; ok is false at the feed's end.
func (f *stream) next() (m message, ok bool) {
	for f.lines.Scan() {
		key, value, _ := strings.Cut(f.lines.Text(), ": ")
		switch key {
		case "id":
			m.id = value
		case "event":
			m.event = value
		case "data":
			m.data = value
		case "":
			if f.lines.Text() == "" {
				return m, true
			}
			m.comment = value
		default:
			f.t.Errorf("unexpected line %q", f.lines.Text())
		}
	}
	return m, false
}

func (f *stream) close() { _ = f.a.Body.Close() }

// TestStreamResumes: readers that lose their connection again and again, while events are appended, see each once and in order.
func TestStreamResumes(t *testing.T) {
	t.Parallel()
	const total = 120
	s := newSite(t)
	var running sync.WaitGroup
	for reader := range 3 {
		running.Go(func() {
			last, connections := 0, 0
			for last < total {
				var header []string
				if last > 0 {
					header = []string{"Last-Event-ID", fmt.Sprint(last)}
				}
				f := s.follow(eventsPath, eventStream, header...)
				connections++
				for range 7 + reader*5 {
					m, ok := f.next()
					if !ok {
						break
					}
					var w wrapped
					if err := json.Unmarshal([]byte(m.data), &w); err != nil || m.id != fmt.Sprint(w.Seq) || m.event != "" || int(w.Seq) != last+1 {
						t.Errorf("after event %d came %+v (%v)", last, m, err)
						f.close()
						return
					}
					if last = int(w.Seq); last == total {
						break
					}
				}
				f.close()
			}
			if connections < 5 {
				t.Errorf("%d connections", connections)
			}
		})
	}
	for n := range total - 1 {
		s.append(draft("a", fmt.Sprint("s", n), 1))
	}
	running.Wait()
}

func TestStreamStart(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.append(draft("a", "x", 1))
	for _, id := range []string{"x", "-1", "+1", "1.5", "", "99", "99999999999999999999999", "2, 1", "01", "1 1", "0x1", "١"} {
		for _, path := range []string{eventsPath, eventsPath + "?type=score.entered", base + "/small/standings", base + "/small/board"} {
			s.do(http.MethodGet, path, "", "Accept", eventStream, "Last-Event-ID", id).expect(t, 400, "bad-request")
		}
		s.do(http.MethodGet, eventsPath+"?since="+url.QueryEscape(id), "").expect(t, 400, "bad-request")
	}
	s.do(http.MethodGet, eventsPath+"?since=+1", "").expect(t, 400, "bad-request")
	s.do(http.MethodGet, eventsPath+"?since=1&since=1", "").expect(t, 400, "bad-request")
	s.expectOneToken()
	s.do(http.MethodGet, eventsPath+"?since=3", "", "Accept", eventStream).expect(t, 400, "bad-request")
	f := s.follow(eventsPath+"?since=1", eventStream, "Last-Event-ID", "0")
	if m, _ := f.next(); m.id != "1" {
		t.Errorf("Last-Event-ID does not go before since: %+v", m)
	}
	if kind := f.a.Header.Get("Content-Type"); kind != eventStream || f.a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", f.a.Header)
	}
	f = s.follow(eventsPath+"?since=1", eventStream)
	if m, _ := f.next(); m.id != "2" {
		t.Errorf("since=1 starts at %+v", m)
	}
	s.do(http.MethodGet, base+"/small/standings?cluster=zz", "", "Accept", eventStream).expect(t, 422, "unknown-cluster")
	s.do(http.MethodGet, base+"/small/standings?as_of=1", "", "Accept", eventStream).expect(t, 400, "bad-request")
	if got := s.do(http.MethodHead, eventsPath+"?follow=true", ""); got.Code != http.StatusOK {
		t.Errorf("HEAD: %d", got.Code)
	}
}

// expectOneToken: of two resume tokens nobody knows which is right.
func (s *site) expectOneToken() {
	s.t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.url+eventsPath, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header = http.Header{"Accept": {eventStream}, "Last-Event-Id": {"1", "2"}}
	a, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = a.Body.Close()
	if a.StatusCode != http.StatusBadRequest {
		s.t.Errorf("two resume tokens: %s", a.Status)
	}
}

func TestHeartbeat(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *server.Server) { s.Heartbeat = time.Millisecond })
	f := s.follow(eventsPath+"?since=1", eventStream)
	for range 3 {
		if m, ok := f.next(); !ok || m.comment != "heartbeat" || m.id != "" {
			t.Fatalf("%+v, %v", m, ok)
		}
	}
	lines := s.follow(eventsPath+"?since=1&follow=true", "")
	if !lines.lines.Scan() || lines.lines.Text() != "" {
		t.Errorf("NDJSON heartbeat %q", lines.lines.Text())
	}
	s.append(draft("a", "x", 1))
	for lines.lines.Scan() && lines.lines.Text() == "" {
	}
	if !strings.HasPrefix(lines.lines.Text(), `{"seq":2,`) {
		t.Errorf("NDJSON line %q", lines.lines.Text())
	}
	standings := s.follow(base+"/small/standings", eventStream)
	if m, _ := standings.next(); m.event != "standings" {
		t.Errorf("%+v", m)
	}
	if m, _ := standings.next(); m.comment != "heartbeat" {
		t.Errorf("%+v", m)
	}
}

// TestStandingsStream: at most ten a second, and the last state always comes.
func TestStandingsStream(t *testing.T) {
	t.Parallel()
	const events = 150
	s := newSite(t)
	f := s.follow(base+"/small/standings?detail=none&lang=en", eventStream)
	var done sync.WaitGroup
	begin := time.Now()
	done.Go(func() {
		seen := 0
		for {
			m, ok := f.next()
			if !ok {
				t.Error("the stream ended")
				return
			}
			seen++
			if m.event != "standings" || newestSeq(m.data) == 0 || m.id != fmt.Sprint(newestSeq(m.data)) {
				t.Errorf("%+v", m)
			}
			if newestSeq(m.data) == events+1 {
				if !strings.Contains(m.data, fmt.Sprintf(`"points":"%d.00"`, events)) {
					t.Errorf("the last state: %s", m.data)
				}
				break
			}
		}
		if most := 2 + int(time.Since(begin)/(100*time.Millisecond)); seen > most {
			t.Errorf("%d standings in %v", seen, time.Since(begin))
		}
	})
	for n := range events {
		s.append(draft("b", fmt.Sprint("s", n), 1))
	}
	done.Wait()
}

// TestStuckReader: a reader that stops reading is dropped, and slows nobody before.
func TestStuckReader(t *testing.T) {
	t.Parallel()
	const width = 3000
	s := newSite(t, func(s *server.Server) { s.WriteTimeout = 200 * time.Millisecond })
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.(*net.TCPConn).SetReadBuffer(1); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n", eventsPath); err != nil {
		t.Fatal(err)
	}
	file := table(width)
	for range 8 { // MiBs, more than the sockets hold
		file = strings.ReplaceAll(file, ",score,s", ",score,ss")
		if got := s.do(http.MethodPost, importsPath, file); !strings.Contains(got.Body, `"result"`) {
			t.Fatalf("import: %d %s", got.Code, got.Body)
		}
		begin := time.Now()
		s.append(draft("a", fmt.Sprint(len(file)), 1))
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("an append took %v", took)
		}
	}
	waitFor(t, "the server has dropped the reader", func() bool {
		_, dropped := s.closed.Load(c.LocalAddr().String())
		return dropped
	})
	s.append(draft("a", "after", 1))
}

// TestStuckBoard: a board that takes nothing is dropped, holds no more than one state, and comes back with what is newest.
func TestStuckBoard(t *testing.T) {
	t.Parallel()
	const width = 2000 // units: a state of some 300 KB, so that a few fill the sockets
	s := serve(t, openHost(t, host.Config{}), func(s *server.Server) { s.WriteTimeout = 200 * time.Millisecond })
	var units strings.Builder
	for i := range width {
		fmt.Fprintf(&units, "{id: u%d}, ", i)
	}
	wide := strings.Replace(regulation, "units: [{id: a,", "units: ["+units.String()+"{id: a,", 1)
	if got := s.do(http.MethodPost, base+"?name=wide.yaml", wide); got.Code != http.StatusCreated {
		t.Fatalf("open: %d %.300s", got.Code, got.Body)
	}
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.(*net.TCPConn).SetReadBuffer(1); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(c, "GET %s/small/board HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n", base); err != nil {
		t.Fatal(err)
	}
	n := 0
	waitFor(t, "the server has dropped the board", func() bool {
		n++
		s.append(draft("a", fmt.Sprint("s", n), 1))
		_, dropped := s.closed.Load(c.LocalAddr().String())
		return dropped
	})
	f := s.follow(base+"/small/board", eventStream, "Last-Event-ID", "1")
	if m, _ := f.next(); m.id != fmt.Sprint(n+1) {
		t.Errorf("who comes back is shown event %s of %d", m.id, n+1)
	}
}
