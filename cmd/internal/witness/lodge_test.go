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

// lodge lodges records and gives the code of a refusal, "" if they were taken.
func (d *desk) lodge(records ...events.Record) (code, detail string) {
	_, err := d.client.Lodge(d.f.t.Context(), records)
	var no *client.Error
	if err != nil && !errors.As(err, &no) {
		d.f.t.Fatal(err)
	}
	if no == nil {
		return "", ""
	}
	return no.Code, no.Detail
}

// wantLodged wants a code from a lodging.
func (d *desk) wantLodged(code string, records ...events.Record) {
	d.f.t.Helper()
	if got, detail := d.lodge(records...); got != code {
		d.f.t.Errorf("%q (%s); want %q", got, detail, code)
	}
}

// TestLodgeWhatStands: records that stand in the log, which anybody can read and send, take nobody's place.
func TestLodgeWhatStands(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	early := d.f.mark("early", 1)
	d.wantLodged("", early)
	d.f.add(early)
	d.f.add(d.f.mark("x", 1))
	d.f.checkpoint()
	good(t, d.w)
	stands := d.f.entries[opened+1].record
	for range 600 { // more than a member may lodge
		d.wantLodged("recorded", stands)
	}
	if _, detail := d.lodge(d.f.mark("y", 1), stands); !strings.Contains(detail, "line 2: ") || !strings.Contains(detail, fmt.Sprint("event ", opened+2)) {
		t.Error(detail)
	}
	d.wantLodged("", early) // its lodging is from before
	d.wantLodged("", d.f.mark("y", 1))
}

// TestLodgeAgain: who sends what others lodged takes no place of theirs, in whatever bodies.
func TestLodgeAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	x, y, z := d.f.mark("x", 1), d.f.mark("y", 1), d.f.mark("z", 1)
	d.wantLodged("format", x, x)
	d.wantLodged("format", x, y, x)
	d.wantLodged("", x)
	d.wantLodged("", y)
	for range 600 {
		d.wantLodged("already-lodged", x, y)
	}
	if err := d.w.Close(); err != nil {
		t.Fatal(err)
	}
	d.w = open(t, d.cfg)
	d.wantLodged("already-lodged", y, x)
	d.wantLodged("", x, y, z) // z is new
	// The same id with other bytes is another draft.
	other := strings.Replace(string(z), `"item":"z"`, `"item":"w"`, 1)
	unsigned := events.Record(other[:strings.Index(other, `,"signature"`)] + "}")
	signed, err := events.Sign(private("a-officer"), d.f.genesis, unsigned)
	if err != nil {
		t.Fatal(err)
	}
	d.wantLodged("", signed)
	// Another member's new records, with old ones of a-officer, count against that member alone.
	for n := range 60 {
		d.wantLodged("", x, d.f.signBy(private("b-officer"), "b-officer", "b", d.f.payload("b", fmt.Sprint("n", n), n)))
	}
	d.wantLodged("too-many", x, d.f.signBy(private("b-officer"), "b-officer", "b", d.f.payload("b", "more", 1)))
	for n := range 58 { // after the start z and the other one count within the hour
		d.wantLodged("", d.f.mark(fmt.Sprint("m", n), 1))
	}
	d.wantLodged("too-many", d.f.mark("more", 1))
}

// TestLodgeWhileFolding: lodging looks into the fold while a round admits. The race detector watches.
func TestLodgeWhileFolding(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	done := make(chan struct{})
	record := d.f.mark("x", 1)
	go func() {
		defer close(done)
		for range 200 {
			d.lodge(record)
			d.lodge(record, record)
		}
	}()
	for range 20 {
		d.f.grow(20)
		good(t, d.w)
	}
	<-done
}
