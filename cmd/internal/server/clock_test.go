package server_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
)

// TestClockIsTold: a clock behind the log is told by readiness while events are taken; one that jumped by years stops them, and readiness with them,
// until it is right.
func TestClockIsTold(t *testing.T) {
	t.Parallel()
	var off atomic.Int64 // how far the clock was set
	start := time.Now()
	now := func() time.Time { return start.Add(time.Since(start) + time.Duration(off.Load())).Round(0) }
	h, err := host.Open(t.Context(), host.Config{Dir: t.TempDir(), Log: zerolog.Nop(), Now: now, Elapsed: func() time.Duration { return time.Since(start) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	s := serve(t, h)
	s.open()
	ready := func(status int, part string) {
		t.Helper()
		got := s.do(http.MethodGet, "/readyz", "")
		if got.Code != status || !strings.Contains(got.Body, part) || part == "" && strings.Contains(got.Body, "clock") {
			t.Errorf("readyz: %d %s, want %q", got.Code, got.Body, part)
		}
	}
	s.append(draft("a", "x", 1))
	ready(http.StatusOK, "")
	off.Store(int64(-3 * time.Hour))
	s.append(draft("a", "y", 1))
	ready(http.StatusOK, "behind the newest recorded time")
	off.Store(int64(20 * 365 * 24 * time.Hour))
	p := s.do(http.MethodPost, eventsPath, draft("a", "z", 1)).expect(t, http.StatusServiceUnavailable, "clock")
	if !strings.Contains(p.Detail, "set the clock right") {
		t.Errorf("it says %q", p.Detail)
	}
	ready(http.StatusServiceUnavailable, "set the clock right")
	off.Store(0)
	s.append(draft("a", "z", 1))
	ready(http.StatusOK, "")
}
