//go:build unix

package client_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"campaignledger/cmd/internal/client"
	"campaignledger/events"
)

// signal sends the process a signal.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// ends waits for the process's end, and returns how it ended.
func (p *process) ends(patience time.Duration) error {
	p.t.Helper()
	select {
	case <-p.ended:
		return p.failed
	case <-time.After(patience):
		p.t.Fatalf("the process does not end:\n%s", p.log)
		return nil
	}
}

// TestDrain: writers in full flow, and the server is told to stop: each gets a whole answer or none, all that was acknowledged is there after the
// restart, nothing else but what was never answered is, the feed says where to resume, and the newest event is under a checkpoint.
func TestDrain(t *testing.T) {
	t.Parallel()
	const writers, enough = 8, 100
	dir := t.TempDir()
	p := serveProcess(t, dir, "--drain-timeout", "10s")
	p.open()
	var mu sync.Mutex
	acknowledged, unanswered := map[string]events.Seq{}, map[string]bool{}
	var busy, closing atomic.Int64
	some := make(chan struct{})
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for n := 0; ; n++ {
				scorer := fmt.Sprintf("w%d-%d", w, n)
				status, body, err := p.post(draft("a", scorer, events.NewID().String()))
				mu.Lock()
				switch {
				case err != nil:
					unanswered[scorer] = true
					mu.Unlock()
					return // the door is shut
				case status == http.StatusOK:
					acknowledged[scorer] = parseSeq(t, body).Seq
					if len(acknowledged) == enough {
						close(some)
					}
				case status == http.StatusServiceUnavailable && strings.Contains(string(body), `"code":"closing"`):
					closing.Add(1)
				default:
					busy.Add(1)
					t.Errorf("%d %s", status, body)
				}
				mu.Unlock()
			}
		})
	}
	feed, err := p.client.HTTP.Get(p.client.URL + "/api/v1/campaigns/small/events?follow=true")
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Body.Close()
	<-some
	begin := time.Now()
	p.signal(syscall.SIGTERM)
	last := lastLine(t, feed.Body)
	writing.Wait()
	if err := p.ends(30 * time.Second); err != nil {
		t.Fatalf("it ends with %v:\n%s", err, p.log)
	}
	t.Logf("%d acknowledged, %d told to come again, %d not answered; it took %v", len(acknowledged), closing.Load(), len(unanswered), time.Since(begin))
	if last.Code != "closing" || last.Seq == 0 {
		t.Errorf("the feed ends with %+v", last)
	}
	if closing.Load() == 0 {
		t.Error("nobody was told to come again")
	}
	expectAnswered(t, serveProcess(t, dir), acknowledged, unanswered)
	if strings.Contains(p.log.String(), "have no checkpoint yet") {
		t.Errorf("the newest events were not signed:\n%s", p.log)
	}
}

// expectAnswered checks that the log holds what was acknowledged, where it was, and nothing whose writer was told that it is not stored.
func expectAnswered(t *testing.T, p *process, acknowledged map[string]events.Seq, unanswered map[string]bool) {
	t.Helper()
	stored := map[string]events.Seq{}
	for _, e := range p.events()[1:] {
		_, rest, _ := strings.Cut(string(e.Record), `"scorer":"`)
		scorer, _, _ := strings.Cut(rest, `"`)
		stored[scorer] = e.Seq
		if acknowledged[scorer] == 0 && !unanswered[scorer] {
			t.Errorf("%s is stored, and its writer was told that it is not", scorer)
		}
	}
	for scorer, seq := range acknowledged {
		if stored[scorer] != seq {
			t.Errorf("%s was acknowledged as %d and stands at %d", scorer, seq, stored[scorer])
		}
	}
}

// post appends, and gives the whole answer; an error where there was none, or not a whole one.
func (p *process) post(body []byte) (status int, answer []byte, err error) {
	got, err := p.client.HTTP.Post(p.client.URL+"/api/v1/campaigns/small/events", "application/json", bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	defer got.Body.Close()
	answer, err = io.ReadAll(got.Body)
	if err != nil || len(answer) == 0 || answer[len(answer)-1] != '\n' {
		p.t.Errorf("half an answer: %q, %v", answer, err)
	}
	return got.StatusCode, answer, nil
}

// lastLine is how a feed ends.
func lastLine(t *testing.T, body io.Reader) (last client.Event) {
	t.Helper()
	lines := bufio.NewScanner(body)
	for lines.Scan() {
		if len(lines.Bytes()) == 0 {
			continue
		}
		last = client.Event{}
		if err := json.Unmarshal(lines.Bytes(), &last); err != nil {
			t.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		t.Errorf("the feed is cut off: %v", err)
	}
	return last
}

// TestSecondSignal: who does not want to wait for the drain says so again.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	p := serveProcess(t, t.TempDir(), "--drain-timeout", "5m")
	address := strings.TrimPrefix(p.client.URL, "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "POST /api/v1/campaigns HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil { // the handler waits for the body
		t.Fatal(err)
	}
	p.signal(syscall.SIGTERM)
	for end := time.Now().Add(20 * time.Second); !strings.Contains(p.log.String(), "stopping"); {
		if time.Now().After(end) {
			t.Fatalf("it does not stop:\n%s", p.log)
		}
		<-time.After(5 * time.Millisecond)
	}
	p.signal(syscall.SIGTERM)
	var how *exec.ExitError
	if err := p.ends(20 * time.Second); !errors.As(err, &how) || how.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("it ends with %v", err)
	}
}

// TestServiceManager: the service manager is told when the server takes requests, that it lives, and that it ends.
func TestServiceManager(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	told := make(chan string, 1000)
	ctx, stop := context.WithCancel(t.Context())
	var listening sync.WaitGroup
	listening.Go(func() {
		b := make([]byte, 4096)
		for ctx.Err() == nil {
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			told <- string(b[:n])
		}
	})
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", "200000")
	t.Setenv("WATCHDOG_PID", "")
	p := serveProcess(t, t.TempDir())
	expect := func(start string) string {
		t.Helper()
		for {
			select {
			case got := <-told:
				if strings.HasPrefix(got, start) {
					return got
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("%s is not told:\n%s", start, p.log)
			}
		}
	}
	if got := expect("READY=1"); got != "READY=1\nSTATUS=0 campaigns open, 0 read-only" {
		t.Errorf("%q", got)
	}
	p.open()
	for got := ""; got != "WATCHDOG=1\nSTATUS=1 campaigns open, 0 read-only"; {
		got = expect("WATCHDOG=1")
	}
	p.signal(syscall.SIGSTOP) // a process that hangs says nothing
	for len(told) > 0 {
		<-told
	}
	quiet := time.After(time.Second)
	select {
	case got := <-told:
		select {
		case again := <-told: // one may have been on its way
			t.Errorf("while it hangs: %q, %q", got, again)
		case <-quiet:
		}
	case <-quiet:
	}
	p.signal(syscall.SIGCONT)
	expect("WATCHDOG=1")
	p.signal(syscall.SIGTERM)
	expect("STOPPING=1")
	if err := p.ends(20 * time.Second); err != nil {
		t.Error(err)
	}
	stop()
	_ = conn.Close()
	listening.Wait()
}
