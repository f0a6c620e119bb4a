package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
)

// forged is a record whose signature has another first digit.
func forged(record string) string {
	const tail = 128 + 2 // digits, quote and brace
	at := len(record) - tail
	digit := "0"
	if record[at] == '0' {
		digit = "1"
	}
	return record[:at] + digit + record[at+1:]
}

// TestForged: whatever is not exactly what a member signed, for this campaign and as this event, is refused, and nothing of it is stored.
func TestForged(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	twin := newSignedSite(t, openHost(t, host.Config{}), "trial") // the same id and members, another genesis
	good := s.record("b-head", "b", bonus("b", "x", 5))
	d := s.draft("b-head", "b", bonus("b", "x", 5))
	for name, record := range map[string]string{
		"altered signature":   forged(good),
		"altered point":       strings.Replace(good, `"points":"5"`, `"points":"6"`, 1),
		"altered author":      strings.Replace(good, `"author":"b-head"`, `"author":"b-officer"`, 1),
		"another key":         s.sign(s.key("c-head"), s.genesis, d),
		"no genesis":          s.sign(s.key("b-head"), events.NoGenesis, d),
		"its twin's":          twin.record("b-head", "b", bonus("b", "x", 5)),
		"no signature":        s.unsigned("b-head", "b", bonus("b", "x", 5)),
		"nobody":              s.record("nobody", "b", bonus("b", "x", 5)),
		"clock behind":        s.record("b-head", "b", bonus("b", "x", 5), func(d *events.Draft) { d.Time = d.Time.AddDate(0, -3, 0) }),
		"clock ahead":         s.record("b-head", "b", bonus("b", "x", 5), func(d *events.Draft) { d.Time = d.Time.Add(time.Hour) }),
		"another unit's":      s.record("b-head", "c", bonus("c", "x", 5)),
		"a role that may not": s.record("b-teller", "b", bonus("b", "x", 5)),
		"a row of nothing":    s.unsigned("b-head", "b", bonus("b", "x", 5), func(d *events.Draft) { d.Causation = events.NewID() }),
	} {
		got := s.do(http.MethodPost, s.path("/events"), record)
		if got.Code < 400 || got.Code >= 500 {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
		both := s.do(http.MethodPost, s.path("/events"), s.record("b-head", "b", bonus("b", "with", 1))+"\n"+record)
		if both.Code < 400 || both.Code >= 500 {
			t.Errorf("%s, in a body: %d %s", name, both.Code, both.Body)
		}
	}
	for at := 0; at < len(good); at += 7 { // one byte altered
		record := good[:at] + string(good[at]^1) + good[at+1:]
		if got := s.do(http.MethodPost, s.path("/events"), record); got.Code < 400 || got.Code >= 500 {
			t.Errorf("byte %d altered: %d %s", at, got.Code, got.Body)
		}
	}
	if n := len(parseLines(t, s.do(http.MethodGet, s.path("/events"), "").Body)); n != opened {
		t.Fatalf("%d events are stored", n)
	}
	first := s.append(good)[0]
	if again := s.append(good)[0]; again.Seq != first.Seq || string(again.Record) != string(first.Record) {
		t.Errorf("replayed: %+v", again)
	}
	if n := len(parseLines(t, s.do(http.MethodGet, s.path("/events"), "").Body)); n != opened+1 {
		t.Errorf("%d events are stored", n)
	}
}

// TestBadSignatureFlood: while strangers send thousands of forged records, a member's are stored.
func TestBadSignatureFlood(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	const strangers, bodies, each = 4, 8, 100
	bad := strings.Repeat(forged(s.record("b-head", "b", bonus("b", "x", 5)))+"\n", each)
	var flood sync.WaitGroup
	for range strangers {
		flood.Go(func() {
			for range bodies {
				if got, err := s.try(http.MethodPost, s.path("/events"), bad); err != nil || got.Code != http.StatusUnprocessableEntity {
					t.Errorf("%d %s %v", got.Code, got.Body, err)
				}
			}
		})
	}
	for i := range 20 {
		s.say("b-head", "b", bonus("b", fmt.Sprint(i), 1))
	}
	flood.Wait()
	if n := len(parseLines(t, s.do(http.MethodGet, s.path("/events"), "").Body)); n != opened+20 {
		t.Errorf("%d events are stored", n)
	}
}

// TestStrangersBehindImport: while an import is under way, who has no key is refused at once and takes no place of those who wait.
func TestStrangersBehindImport(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	c, err := s.handler.Host.Campaign(t.Context(), s.id)
	if err != nil {
		t.Fatal(err)
	}
	done := s.pack("c-head", "done", "c", 2)
	if got := s.do(http.MethodPost, s.path("/imports?package=true&name=done.ndjson"), strings.Join(done, "\n")); got.Code != http.StatusOK {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	finished, err := events.Decode(events.Record(done[0]))
	if err != nil {
		t.Fatal(err)
	}
	var cut []events.Proposal
	for _, line := range s.pack("b-head", "cut", "b", 1300)[:501] {
		d, err := events.Decode(events.Record(line))
		if err != nil {
			t.Fatal(err)
		}
		cut = append(cut, events.Proposal{Draft: d, Record: events.Record(line)})
	}
	if _, err := c.Ledger.Append(t.Context(), cut...); err != nil {
		t.Fatal(err)
	}
	const soon = 2 * time.Second // an import holds others off for 5 s
	begun := time.Now()
	for _, record := range []string{
		forged(s.record("b-head", "b", bonus("b", "x", 5))), s.unsigned("b-head", "b", bonus("b", "x", 5)), s.record("nobody", "b", bonus("b", "x", 5)),
		s.unsigned("b-head", "b", bonus("b", "x", 5), func(d *events.Draft) { d.Causation = events.NewID() }),
		s.unsigned("b-head", "b", bonus("b", "x", 5), func(d *events.Draft) { d.Causation = cut[0].ID }),
		s.unsigned("c-head", "c", bonus("c", "x", 5), func(d *events.Draft) { d.Causation = finished.ID }),
	} {
		if got := s.do(http.MethodPost, s.path("/events"), record); got.Code != http.StatusUnprocessableEntity {
			t.Errorf("%d %s", got.Code, got.Body)
		}
	}
	if waited := time.Since(begun); waited > soon {
		t.Errorf("strangers waited %s", waited)
	}
}
