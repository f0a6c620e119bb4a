package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
)

// TestHistoriesInMemory: a few long histories are answered at a time, since each lies in memory until its reader has taken it.
func TestHistoriesInMemory(t *testing.T) {
	t.Parallel()
	h := openHost(t, host.Config{})
	s := serve(t, h)
	s.open()
	const commits, each = 4, 600
	for i := range commits {
		var lines []string
		for j := range each {
			lines = append(lines, draft("a", fmt.Sprint("s", i*each+j), 1))
		}
		s.append(strings.Join(lines, "\n"))
	}
	handler := (&server.Server{Host: h, Log: zerolog.Nop(), Token: token}).Handler()
	ask := func(w http.ResponseWriter, from, query, authorization string) {
		r := httptest.NewRequest(http.MethodGet, base+"/small/audit"+query, nil)
		r.Host, r.RemoteAddr = "localhost", from
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		handler.ServeHTTP(w, r)
	}
	expect := func(query, authorization string, status int) {
		t.Helper()
		got := httptest.NewRecorder()
		if ask(got, "192.0.2.3:1", query, authorization); got.Code != status {
			t.Errorf("%s: %d %.300s", query, got.Code, got.Body)
		}
	}
	writing, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	hold := func(from string) {
		all.Go(func() { ask(stuck{httptest.NewRecorder(), writing, release}, from, "", "") })
		<-writing
	}
	for range 3 { // of which the last one is refused: an address has half of the places
		hold("192.0.2.1:1")
	}
	expect("?limit=3000", "", http.StatusOK)
	hold("[2001:db8::1]:1")
	hold("[2001:db8::2]:1")
	expect("", "", http.StatusTooManyRequests)
	expect("?limit=100000", "", http.StatusTooManyRequests)
	expect("?author=nobody", "", http.StatusTooManyRequests)
	expect("?limit=100", "", http.StatusOK)
	expect("?after=2000", "", http.StatusOK)
	expect("", "Bearer "+token, http.StatusOK)
	close(release)
	all.Wait()
	expect("", "", http.StatusOK)
}
