package client

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"campaignledger/ledger/proof"
)

// shortPatience is long enough for this machine, and short enough for a test.
const shortPatience = 200 * time.Millisecond

func TestRemoteAddress(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "127.0.0.1:7117", "ftp://x", "http://", "http://u:p@x", "http://x?a=b", "http://x#y", "http://[::1"} {
		if _, err := Remote(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if c, err := Remote("https://ledger.example/"); err != nil || c.URL != "https://ledger.example" {
		t.Errorf("%v %v", c, err)
	}
}

func TestRemoteLimits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request)
		want   error
		text   string
	}{
		"no answer": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, ErrSlow, ""},
		"stops": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "one line\n")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, ErrSlow, ""},
		"too long": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(bytes.Repeat([]byte("x\n"), proof.MaxNoteBytes))
		}, ErrTooMuch, ""},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.example/", http.StatusFound)
		}, nil, "sends us on to http://elsewhere.example/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			web := httptest.NewServer(http.HandlerFunc(c.answer))
			t.Cleanup(web.Close)
			r, err := remote(web.URL, nil, shortPatience)
			if err != nil {
				t.Fatal(err)
			}
			for what, ask := range map[string]func() error{
				"checkpoint":  func() error { _, err := r.Checkpoint(t.Context(), "x"); return err },
				"checkpoints": func() error { return r.Checkpoints(t.Context(), "x", 0, func([]byte) error { return nil }) },
			} {
				if err := ask(); c.want != nil && !errors.Is(err, c.want) || err == nil || !strings.Contains(err.Error(), c.text) {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}

func TestRemoteWholeAnswers(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range maxRemoteAnswer/len("[1]") + 1 {
			if _, err := io.WriteString(w, "[1]"); err != nil {
				return
			}
		}
	}))
	t.Cleanup(web.Close)
	c, err := Remote(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Policy(t.Context(), "x"); !errors.Is(err, ErrTooMuch) {
		t.Errorf("an endless policy: %v", err)
	}
}

func TestEachNote(t *testing.T) {
	t.Parallel()
	note := func(n int) string {
		return fmt.Sprintf("origin\n%d\nroot\n\n— a x\n— b %s\n", n, strings.Repeat("y", n))
	}
	var all strings.Builder
	for n := range 200 {
		all.WriteString(note(n))
	}
	var got []string
	each := func(msg []byte) error {
		got = append(got, string(msg))
		return nil
	}
	if err := EachNote(strings.NewReader(all.String()), each); err != nil {
		t.Fatal(err)
	}
	want := proof.SplitNotes([]byte(all.String()))
	if len(got) != len(want) {
		t.Fatalf("%d notes, not %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != string(want[i]) {
			t.Errorf("note %d is %q", i, got[i])
		}
	}
	for _, text := range []string{strings.Repeat("x", proof.MaxNoteBytes+1), strings.Repeat("x\n", proof.MaxNoteBytes), strings.Repeat("— a x\n", proof.MaxNoteBytes)} {
		if err := EachNote(strings.NewReader(text), each); !errors.Is(err, ErrTooMuch) {
			t.Errorf("%.20q…: %v", text, err)
		}
	}
}
