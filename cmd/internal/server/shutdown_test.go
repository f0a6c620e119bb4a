package server_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
)

// running is a server on a listener of its own, as campaign serve has it.
type running struct {
	*site
	stop  context.CancelFunc
	ended chan error
}

func start(t *testing.T, h *host.Host) *running {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	addr := l.Addr().String()
	r := &running{&site{t: t, url: "http://" + addr, addr: addr, client: &http.Client{Transport: transport}}, stop, make(chan error, 1)}
	s := &server.Server{Host: h, Log: zerolog.Nop(), Token: token}
	s.SetReady()
	go func() { r.ended <- s.Serve(ctx, l) }()
	return r
}

// TestShutdown: with feeds open, one of them stuck, the server ends at once, tells its readers why, and leaves no goroutine.
func TestShutdown(t *testing.T) { // not parallel: it counts goroutines
	before := runtime.NumGoroutine()
	h, err := host.Open(t.Context(), host.Config{Dir: t.TempDir(), Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, h)
	r.open()
	r.append(draft("a", "x", 1))
	stuck, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stuck.Write([]byte("GET " + eventsPath + " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	feeds := []*stream{r.follow(eventsPath+"?since=2", eventStream), r.follow(base+"/small/standings", eventStream), r.follow(eventsPath+"?since=2&follow=true", "")}
	if m, _ := feeds[1].next(); m.event != "standings" {
		t.Errorf("%+v", m)
	}
	begin := time.Now()
	r.stop()
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
	h.Close()
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("the end took %v", took)
	}
	for _, f := range feeds[:2] {
		if m, ok := f.next(); !ok || m.event != "end" || !strings.Contains(m.data, `"code":"closing"`) {
			t.Errorf("the last message is %+v, %v", m, ok)
		}
		if m, ok := f.next(); ok {
			t.Errorf("after the end came %+v", m)
		}
	}
	if !feeds[2].lines.Scan() || !strings.Contains(feeds[2].lines.Text(), `"code":"closing"`) || feeds[2].lines.Scan() {
		t.Errorf("the last line is %q", feeds[2].lines.Text())
	}
	_ = stuck.Close()
	r.client.CloseIdleConnections()
	noMoreGoroutines(t, before)
}

// noMoreGoroutines waits until there are no more than before.
func noMoreGoroutines(t *testing.T, before int) {
	t.Helper()
	const patience = 10 * time.Second
	for end := time.Now().Add(patience); runtime.NumGoroutine() > before; <-time.After(10 * time.Millisecond) {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, before %d\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// TestShutdownWithWriters: every writer that was acknowledged while the server ended is stored; nobody else is told so.
func TestShutdownWithWriters(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h, err := host.Open(t.Context(), host.Config{Dir: dir, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, h)
	r.open()
	const writers, enough = 8, 50
	var mu sync.Mutex
	var acknowledged []string
	some := make(chan struct{})
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for n := 0; ; n++ {
				scorer := fmt.Sprintf("w%d-%d", w, n)
				got, err := r.try(http.MethodPost, eventsPath, draft("a", scorer, 1))
				switch {
				case err != nil:
					return // the server is gone
				case got.Code == http.StatusOK && strings.Contains(got.Body, scorer):
					mu.Lock()
					if acknowledged = append(acknowledged, scorer); len(acknowledged) == enough {
						close(some)
					}
					mu.Unlock()
				case got.Code != http.StatusServiceUnavailable && got.Code != http.StatusGatewayTimeout:
					t.Errorf("%d %q", got.Code, got.Body)
				}
			}
		})
	}
	<-some
	r.stop()
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
	h.Close()
	writing.Wait()
	again := serve(t, openHost(t, host.Config{Dir: dir}))
	stored := again.do(http.MethodGet, eventsPath, "").Body
	for _, scorer := range acknowledged {
		if n := strings.Count(stored, `"scorer":"`+scorer+`"`); n != 1 {
			t.Errorf("%s was acknowledged and is stored %d times", scorer, n)
		}
	}
}

// TestCloseUnderWay: a host that closes while campaigns are opened and files imported ends, and says so to those who wait.
func TestCloseUnderWay(t *testing.T) {
	t.Parallel()
	h, err := host.Open(t.Context(), host.Config{Dir: t.TempDir(), Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, h)
	r.open()
	answers := make(chan answer, 3)
	for _, request := range []struct{ path, body string }{{importsPath, table(30_000)}, {base, strings.Replace(regulation, "id: small", "id: other", 1)}, {eventsPath, draft("a", "x", 1)}} {
		go func() {
			got, err := r.try(http.MethodPost, request.path, request.body)
			if err != nil {
				got.Code = -1
			}
			answers <- got
		}()
	}
	h.Close()
	r.stop()
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
	for range cap(answers) {
		if got := <-answers; got.Code == http.StatusOK && got.Body == "" {
			t.Error("an empty answer says that all is well")
		}
	}
}
