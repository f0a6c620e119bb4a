package witness_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/witness"
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// desk is a witness that takes lodgings.
type desk struct {
	f      *fakeLog
	cfg    witness.Config
	w      *witness.Witness
	client *client.Client
	url    string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	f := newFakeLog(t)
	f.checkpoint()
	d := &desk{f: f, cfg: f.config("b-w")}
	d.w = open(t, d.cfg)
	good(t, d.w)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.w.Handler().ServeHTTP(w, r) }))
	t.Cleanup(web.Close)
	var err error
	if d.client, err = client.Remote(web.URL); err != nil {
		t.Fatal(err)
	}
	d.url = web.URL
	return d
}

func TestLodge(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	drafts := []events.Record{d.f.mark("x", 1), d.f.mark("y", 2)}
	first, err := d.client.Lodge(t.Context(), drafts)
	if err != nil {
		t.Fatal(err)
	}
	l, err := proof.OpenLodging(first, d.f.policy)
	if err != nil {
		t.Fatal(err)
	}
	if l.Witness != "b-w" || !l.Time.Equal(d.f.clock.Now()) || !slices.EqualFunc(l.Drafts, drafts, func(a, b events.Record) bool { return bytes.Equal(a, b) }) {
		t.Errorf("%+v", l)
	}
	d.f.down() // a silent server is when it is needed
	d.f.clock.add(time.Hour)
	for range 2 {
		again, err := d.client.Lodge(t.Context(), drafts)
		if err != nil || !bytes.Equal(again, first) {
			t.Errorf("the same again gives %s, %v", again, err)
		}
		stored, err := os.ReadFile(filepath.Join(d.cfg.Dir, campaign, "lodged", proof.DraftHash(drafts)+".lodging"))
		if err != nil || !bytes.Equal(stored, first) {
			t.Errorf("stored is %s, %v", stored, err)
		}
		if err := d.w.Close(); err != nil {
			t.Fatal(err)
		}
		d.w = open(t, d.cfg)
	}
}

func TestLodgeRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ok := string(d.f.mark("x", 1))
	for name, c := range map[string]struct {
		body   string
		status int
		want   string
	}{
		"forged":            {string(d.f.signBy(private("b-officer"), "a-officer", "a", d.f.payload("a", "x", 1))), 422, "signature"},
		"changed":           {strings.Replace(ok, `"points":"1"`, `"points":"2"`, 1), 422, "signature"},
		"unsigned":          {ok[:strings.Index(ok, `,"signature"`)] + "}", 422, "no signature"},
		"not canonical":     {strings.Replace(ok, `,"type"`, `, "type"`, 1), 422, "byte"},
		"no member":         {string(d.f.signBy(private("a-officer"), "nobody", "a", d.f.payload("a", "x", 1))), 422, "no member"},
		"another campaign":  {strings.Replace(ok, "/campaigns/small", "/campaigns/other", 1), 422, "campaign other"},
		"the second is bad": {ok + "\n" + strings.Replace(ok, `"points":"1"`, `"points":"2"`, 1), 422, `"index":1`},
		"nothing":           {"", 422, "signed records"},
		"blank lines":       {strings.Repeat("\n", 2000), 422, "signed records"},
		"oversized":         {strings.Repeat(ok+"\n", 4000), 413, "983040"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, err := http.Post(d.url+"/lodge", "application/x-ndjson", strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err != nil || answer.StatusCode != c.status || answer.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %s (%v); want %d", answer.StatusCode, body, err, c.status)
			}
			if !bytes.Contains(body, []byte(c.want)) {
				t.Errorf("%s; want %s in it", body, c.want)
			}
		})
	}
	t.Cleanup(func() {
		if list, err := os.ReadDir(filepath.Join(d.cfg.Dir, campaign, "lodged")); err == nil && len(list) > 0 {
			t.Errorf("%d were stored", len(list))
		}
	})
}

func TestLodgeLimits(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	lodge := func(author string, n int) error {
		record := d.f.signBy(private(author), author, author[:1], d.f.payload(author[:1], fmt.Sprint("n", n), n))
		_, err := d.client.Lodge(t.Context(), []events.Record{record})
		return err
	}
	tooMany := func(err error) bool {
		var no *client.Error
		return errors.As(err, &no) && no.Status == http.StatusTooManyRequests && no.Code == "too-many"
	}
	for n := range 60 {
		if err := lodge("a-officer", n); err != nil {
			t.Fatal(err)
		}
	}
	if err := lodge("a-officer", 60); !tooMany(err) {
		t.Errorf("one more within the hour: %v", err)
	}
	if err := lodge("b-officer", 60); err != nil {
		t.Errorf("another member: %v", err)
	}
	n := 60
	for range 9 {
		d.f.clock.add(time.Hour)
		for range 60 {
			if err := lodge("a-officer", n); n < 500 && err != nil || n >= 500 && !tooMany(err) {
				t.Fatalf("%d: %v", n, err)
			}
			n++
		}
	}
	if err := d.w.Close(); err != nil {
		t.Fatal(err)
	}
	d.w = open(t, d.cfg)
	if err := lodge("a-officer", n); !tooMany(err) {
		t.Errorf("after a start: %v", err)
	}
	if err := lodge("b-officer", 61); err != nil {
		t.Errorf("another member: %v", err)
	}
}
