package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

// board is the live board's line.
type board struct {
	Seq       uint64
	Time      time.Time
	State     string
	ReadOnly  string
	Frozen    uint64
	Stage     *string
	Proof     host.Witnessing
	Witnessed string
	Clusters  []struct {
		ID        string
		Standings []boardRow
	}
}

type boardRow struct {
	Rank                              int
	Unit, Points, Max, Bonus, Penalty string
	Complete                          bool
	Missing, Day                      int
	Tied                              bool
	Notes                             []string
}

func boardOf(t *testing.T, data string) (b board) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&b); err != nil {
		t.Fatalf("%q: %v", data, err)
	}
	return b
}

// TestBoardFeed: one message for each change, the same as the line; the newest always comes.
func TestBoardFeed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const path = base + "/small/board"
	f := s.follow(path, eventStream)
	m, _ := f.next()
	b := boardOf(t, m.data)
	if m.event != "board" || m.id != "1" || b.Seq != 1 || b.State != "live" || b.Stage == nil || b.Time.IsZero() || len(b.Clusters) != 1 || len(b.Clusters[0].Standings) != 3 {
		t.Fatalf("%+v", m)
	}
	const total = 120
	for n := range total {
		s.append(draft("b", fmt.Sprint("s", n), 1))
	}
	messages := 0
	for last := uint64(1); last < total+1; messages++ {
		m, ok := f.next()
		b = boardOf(t, m.data)
		if !ok || m.event != "board" || m.id != fmt.Sprint(b.Seq) || b.Seq < last {
			t.Fatalf("after event %d: %+v", last, m)
		}
		last = b.Seq
	}
	want := boardRow{Rank: 1, Unit: "b", Points: "120.00", Max: "1100", Bonus: "0.00", Penalty: "0.00", Missing: 1, Day: b.Clusters[0].Standings[0].Day}
	if got := b.Clusters[0].Standings[0]; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("first is %+v, not %+v", got, want)
	}
	if second := b.Clusters[0].Standings[1]; second.Rank != 2 || !second.Tied {
		t.Errorf("second is %+v", second)
	}
	got := s.do(http.MethodGet, path, "")
	if tag := got.Header.Get("ETag"); s.do(http.MethodGet, path, "", "If-None-Match", tag).Code != http.StatusNotModified {
		t.Errorf("the line's ETag %s does not hold", tag)
	}
	if line := boardOf(t, got.Body); fmt.Sprint(line.Clusters) != fmt.Sprint(b.Clusters) || line.Seq != b.Seq {
		t.Errorf("the line is\n%s", got.Body)
	}
	s.do(http.MethodGet, path+"?cluster=c", "").expect(t, 400, "bad-request")
	s.do(http.MethodGet, base+"/none/board", "", "Accept", eventStream).expect(t, 404, "no-campaign")
}

// TestBoardHeartbeat: a quiet board is not silent.
func TestBoardHeartbeat(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *server.Server) { s.Heartbeat = time.Millisecond })
	f := s.follow(base+"/small/board", eventStream)
	for beats := 0; beats < 3; {
		m, ok := f.next()
		if !ok {
			t.Fatal("the feed ended")
		}
		if m.comment == "heartbeat" {
			beats++
		}
	}
}

// TestBoardThroughFreeze: a board that is open shows the hall the moment of the freeze, whatever comes, and at the reveal all of it; who is
// entitled sees it at once.
func TestBoardThroughFreeze(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	hall, auditor := s.follow(s.path("/board"), eventStream), s.follow(s.path("/board"), eventStream, as(s.login("auditor"))...)
	frozen := s.say("a-head", "", &events.StandingsFrozen{}).Seq
	s.say("b-head", "b", bonus("b", "x", 1))
	last := s.say("b-head", "b", bonus("b", "y", 2)).Seq
	until := func(f *stream, seq uint64) (b board) {
		t.Helper()
		for b.Seq < seq {
			m, ok := f.next()
			if !ok {
				t.Fatal("the feed ended")
			}
			b = boardOf(t, m.data)
		}
		return b
	}
	if b := until(auditor, last); b.State != "frozen" || b.Frozen != frozen || b.Clusters[0].Standings[0].Bonus != "3.00" {
		t.Errorf("the auditor sees %+v", b)
	}
	if b := until(hall, frozen); b.Seq != frozen || b.State != "frozen" || b.Frozen != frozen || b.Clusters[0].Standings[0].Bonus != "0.00" {
		t.Errorf("the hall sees %+v", b)
	}
	revealed := s.say("a-head", "", &events.StandingsRevealed{}).Seq
	for {
		m, _ := hall.next()
		b := boardOf(t, m.data)
		if b.Seq == frozen { // another checkpoint
			continue
		}
		if b.Seq < revealed || b.State != "live" || b.Frozen != 0 || b.Clusters[0].Standings[0].Bonus != "3.00" || *b.Stage != "scoring" {
			t.Errorf("after the reveal the hall sees %+v", b)
		}
		break
	}
}

// TestBoardOfClosedHost: a board whose campaign is closed says so and ends, also right after a change.
func TestBoardOfClosedHost(t *testing.T) {
	t.Parallel()
	for range 3 {
		h, err := host.Open(t.Context(), host.Config{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		s := serve(t, h)
		s.open()
		f := s.follow(base+"/small/board", eventStream)
		f.next()
		s.append(draft("a", "x", 1))
		f.next()
		h.Close()
		m, ok := f.next()
		for ok && m.event == "board" {
			m, ok = f.next()
		}
		if !ok || m.event != "end" || !strings.Contains(m.data, `"code":"closing"`) {
			t.Errorf("the last message is %+v", m)
		}
	}
}
