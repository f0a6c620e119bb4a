//go:build browser

package server_test

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestBoardInBrowser: a real browser runs the page's script under its policy and shows what the feed brought.
func TestBoardInBrowser(t *testing.T) {
	t.Parallel()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no chromium")
	}
	s := newSite(t)
	s.append(draft("b", "x", 962))
	inner := s.server.Config.Handler
	feed, shown := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/late.png": // keeps the browser from thinking that the page is all there
			<-shown
			http.NotFound(w, r)
		case strings.HasPrefix(r.URL.Path, "/campaigns/"):
			page := httptest.NewRecorder()
			inner.ServeHTTP(page, r)
			maps.Copy(w.Header(), page.Header())
			_, _ = w.Write([]byte(strings.Replace(page.Body.String(), "</body>", `<img src="/late.png"></body>`, 1)))
		default:
			if r.Header.Get("Accept") == eventStream {
				once.Do(func() { close(feed) })
			}
			inner.ServeHTTP(w, r)
		}
	})
	go func() {
		defer close(shown)
		<-feed
		for n := range 20 {
			s.append(draft("d", strings.Repeat("s", n+1), 100))
		}
		<-time.After(time.Second) // the script shows nothing that could be waited for
	}()
	const patience = time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+t.TempDir(),
		"--enable-logging=stderr", "--dump-dom", s.url+"/campaigns/small")
	var log strings.Builder
	command.Stderr = &log
	page, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	dom := string(page)
	d, b := strings.Index(dom, `data-unit="d"`), strings.Index(dom, `data-unit="b"`)
	if d < 0 || d > b || !strings.Contains(dom, "2000,00") || !strings.Contains(dom, "▲") {
		t.Errorf("the page after the events:\n%s", dom)
	}
	for _, bad := range []string{"Content Security Policy", "Uncaught"} {
		if strings.Contains(log.String(), bad) {
			t.Errorf("the browser says:\n%s", log.String())
		}
	}
}
