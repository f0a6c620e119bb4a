package systemd

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// manager listens where a service manager would.
func manager(t *testing.T, usec string) func() string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", usec)
	t.Setenv("WATCHDOG_PID", "")
	return func() string {
		b := make([]byte, 4096)
		if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
}

// TestWatch: the watchdog is told only while the check finds the program well.
func TestWatch(t *testing.T) {
	next := manager(t, "20000")
	n, err := New(zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	n.Ready("here")
	if got := next(); got != "READY=1\nSTATUS=here" {
		t.Errorf("%q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	calls, ended := 0, make(chan struct{})
	go func() {
		defer close(ended)
		n.Watch(ctx, func(context.Context) (string, error) {
			calls++
			switch calls {
			case 2, 3, 4:
				return "stuck", errors.New("stuck")
			case 6:
				cancel()
			}
			return "call " + string(rune('0'+calls)), nil
		})
	}()
	for _, want := range []string{"WATCHDOG=1\nSTATUS=call 1", "WATCHDOG=1\nSTATUS=call 5"} {
		if got := next(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	<-ended
	n.Stopping("bye")
	if got := next(); got != "STOPPING=1\nSTATUS=bye" {
		t.Errorf("%q", got)
	}
}

// TestNobodyListens: without a manager nothing is said and nothing waits; a manager that can't be understood is an error.
func TestNobodyListens(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	t.Setenv("WATCHDOG_USEC", "")
	n, err := New(zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	n.Status("x")
	n.Watch(t.Context(), func(context.Context) (string, error) {
		t.Error("it is checked")
		return "", nil
	})
	t.Setenv("WATCHDOG_USEC", "soon")
	if _, err := New(zerolog.Nop()); err == nil || !strings.Contains(err.Error(), "watchdog") {
		t.Error(err)
	}
}
