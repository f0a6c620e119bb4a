package server_test

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

func TestAppendForms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	pretty := strings.ReplaceAll(draft("a", "p", 1), ",", ",\n  ")
	if got := s.append("\n" + pretty + "\n\n"); len(got) != 1 || got[0].Seq != 2 {
		t.Errorf("one object on several lines: %+v", got)
	}
	got := s.append(draft("a", "q", 1) + "\r\n\n" + draft("b", "q", 2) + "\n" + draft("d", "q", 3))
	if len(got) != 3 || got[0].Seq != 3 || got[2].Seq != 5 || !got[0].Recorded.Equal(got[2].Recorded) {
		t.Errorf("three lines: %+v", got)
	}
	for i, w := range got {
		if _, err := events.Decode(events.Record(w.Record)); err != nil {
			t.Errorf("record %d is not canonical: %v", i, err)
		}
	}
	stored := parseLines(t, s.do(http.MethodGet, eventsPath+"?since=2", "").Body)
	for i := range stored {
		if string(stored[i].Record) != string(got[i].Record) || stored[i].Seq != got[i].Seq || !stored[i].Recorded.Equal(got[i].Recorded) {
			t.Errorf("answered %s, stored %s", got[i].Record, stored[i].Record)
		}
	}
}

func TestAppendRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.append(single("a", "first", 5))
	index := func(i int) *int { return &i }
	good := draft("a", "z", 1)
	id := `,"id":"0192f0c8-0000-7000-8000-000000000002"`
	for name, test := range map[string]struct {
		body        string
		status      int
		code, field string
		index       *int
	}{
		"empty":                {"", 400, "bad-request", "", nil},
		"white space":          {" \n\r\n ", 400, "bad-request", "", nil},
		"array":                {"[" + good + "]", 422, "format", "", nil},
		"number":               {"17", 422, "format", "", nil},
		"cut off":              {good[:40], 422, "format", "", index(0)},
		"bad second line":      {good + "\n{\n", 422, "format", "", index(1)},
		"refused second line":  {good + "\n" + draft("zz", "z", 1), 422, "unknown-unit", "unit", index(1)},
		"unknown field":        {`{"type":"score.entered","subjekt":"a","data":{}}`, 422, "format", "subjekt", nil},
		"doubled key":          {strings.Replace(good, `"type"`, `"type":"score.entered","type"`, 1), 422, "format", "", nil},
		"unknown type":         {`{"type":"score.guessed","data":{}}`, 422, "format", "type", nil},
		"out of range":         {draft("a", "z", 5000), 422, "range", "points", index(0)},
		"exponent":             {strings.Replace(good, `"points":"1"`, `"points":1e2`, 1), 422, "format", "points", nil},
		"second scorer":        {single("a", "second", 5), 422, "second-scorer", "scorer", index(0)},
		"no reason":            {single("a", "first", 6), 422, "reason", "reason", index(0)},
		"another campaign":     {strings.Replace(good, `{"type"`, `{"source":"/campaigns/other","type"`, 1), 422, "format", "source", nil},
		"signed":               {signedLine(t), 422, "unsigned", "", index(0)},
		"type for later":       {`{"type":"ballot.thrown","data":{}}`, 422, "format", "type", nil},
		"needs members":        {`{"type":"standings.frozen","author":"a","data":{}}`, 422, "unsigned", "type", index(0)},
		"a second opening":     {`{"type":"campaign.opened","data":{}}`, 422, "format", "", nil},
		"same id in two lines": {draft("a", "x1", 1, id) + "\n" + draft("a", "x2", 1, id), 409, "duplicate-id", "id", index(1)},
		"too big":              {strings.Repeat(" ", 4<<20) + good, 413, "too-big", "", nil},
		"too many":             {strings.Repeat(good+"\n", 1001), 413, "too-big", "", nil},
	} {
		p := s.do(http.MethodPost, eventsPath, test.body).expect(t, test.status, test.code)
		if test.field != "" && p.Field != test.field {
			t.Errorf("%s: field %q, want %q (%s)", name, p.Field, test.field, p.Detail)
		}
		if (p.Index == nil) != (test.index == nil) || p.Index != nil && *p.Index != *test.index {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if got := parseLines(t, s.do(http.MethodGet, eventsPath, "").Body); len(got) != 2 {
		t.Errorf("%d events are stored, want 2: a refusal stored something", len(got))
	}
}

// signedLine is a canonical record with a signature, which an unsigned campaign can't check.
func signedLine(t *testing.T) string {
	t.Helper()
	p, err := events.ParseProposal([]byte(draft("a", "z", 1, `,"id":"0192f0c8-0000-7000-8000-000000000009","author":"z","time":"2017-01-01T00:00:00Z"`)), "small")
	if err != nil {
		t.Fatal(err)
	}
	record, err := events.Encode(p.Draft)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(record), "}") + `,"signature":"ed25519:` + strings.Repeat("ab", 64) + `"}`
}

func TestAppendIsIdempotent(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const id = `,"id":"0192f0c8-0000-7000-8000-000000000003"`
	body := draft("a", "x", 1, id)
	first := s.do(http.MethodPost, eventsPath, body)
	s.append(draft("b", "y", 1))
	for range 3 {
		if again := s.do(http.MethodPost, eventsPath, body); again.Body != first.Body || again.Code != http.StatusOK {
			t.Errorf("again: %d %s, first %s", again.Code, again.Body, first.Body)
		}
	}
	record := string(parseLines(t, first.Body)[0].Record)
	if again := s.do(http.MethodPost, eventsPath, record); again.Body != first.Body {
		t.Errorf("the record itself: %d %s", again.Code, again.Body)
	}
	p := s.do(http.MethodPost, eventsPath, draft("a", "x", 2, id)).expect(t, 409, "duplicate-id")
	if p.Seq != 2 || p.Field != "id" {
		t.Errorf("%+v", p)
	}
	mixed := s.append(draft("a", "new", 1) + "\n" + body)
	if mixed[0].Seq != 4 || mixed[1].Seq != 2 {
		t.Errorf("a new event with an old one: %+v", mixed)
	}
}

// TestReadYourWrites: many writers each get their own acknowledgement, and what any reader asks for afterwards is not older.
func TestReadYourWrites(t *testing.T) {
	t.Parallel()
	const writers, each = 8, 15
	s := newSite(t)
	var mu sync.Mutex
	seen := map[uint64]string{}
	var running sync.WaitGroup
	for w := range writers {
		running.Go(func() {
			for n := range each {
				scorer := fmt.Sprintf("w%d-%d", w, n)
				got, err := s.try(http.MethodPost, eventsPath, draft("a", scorer, 1))
				if err != nil || got.Code != http.StatusOK || !strings.Contains(got.Body, `"scorer":"`+scorer+`"`) {
					t.Errorf("append: %v %d %s", err, got.Code, got.Body)
					return
				}
				seq := parseLines(t, got.Body)[0].Seq
				mu.Lock()
				if seen[seq] != "" {
					t.Errorf("event %d was acknowledged to %s and %s", seq, seen[seq], scorer)
				}
				seen[seq] = scorer
				mu.Unlock()
				for _, path := range []string{"/standings?detail=none", "", "/audit?after=" + fmt.Sprint(seq-1), fmt.Sprintf("/events?since=%d", seq-1)} {
					got, err := s.try(http.MethodGet, base+"/small"+path, "")
					if err != nil || newestSeq(got.Body) < seq {
						t.Errorf("after event %d: GET %s: %v %s", seq, path, err, got.Body)
					}
				}
			}
		})
	}
	running.Wait()
	if len(seen) != writers*each {
		t.Errorf("%d acknowledgements", len(seen))
	}
}

// newestSeq is the largest number given as a "seq" in text.
func newestSeq(text string) (newest uint64) {
	for rest := text; ; {
		_, after, found := strings.Cut(rest, `"seq":`)
		if !found {
			return newest
		}
		var n uint64
		_, _ = fmt.Sscanf(after, "%d", &n)
		newest, rest = max(newest, n), after
	}
}

// TestSlowClients: who sends headers or a body forever, or headers without end, is cut off.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *server.Server) { s.BodyTimeout = 50 * time.Millisecond })
	dial := func(text string) string {
		t.Helper()
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, 4096)
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
		n, _ := c.Read(answer)
		return string(answer[:n])
	}
	if got := dial("POST " + eventsPath + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"); !strings.Contains(got, " 408 ") || !strings.Contains(got, `"code":"timeout"`) {
		t.Errorf("a body that does not come: %q", got)
	}
	if got := dial("POST " + eventsPath + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n{" + "more"); !strings.Contains(got, " 422 ") {
		t.Errorf("a longer body than announced: %q", got)
	}
	// What comes after a body that was read in time does not end with the body's deadline.
	before := s.append(draft("a", "x", 1))
	if got := s.append(draft("a", "y", 1)); got[0].Seq != before[0].Seq+1 {
		t.Errorf("%+v", got)
	}
}
