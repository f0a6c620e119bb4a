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

// lastLine is what a feed says at its end.
type lastLine struct {
	End, Error, Code string
	Seq              *uint64
}

func lastOf(t *testing.T, body string) (l lastLine) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &l); err != nil || l.Seq == nil {
		t.Fatalf("%v: the last line of\n%s", err, body)
	}
	return l
}

// TestTypeFilter: a feed of some types has these and no others, and its token moves on over the others.
func TestTypeFilter(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *server.Server) { s.Heartbeat = time.Millisecond })
	s.append(draft("a", "x", 1) + "\n" + draft("b", "y", 2))
	s.append(`{"type":"tie.decided","author":"j","data":{"cluster":"c","order":["a","b"],"points":"9","reason":"r"}}`)
	s.append(draft("b", "z", 2))
	for types, want := range map[string]string{"score.entered": "2 3 5", "tie.decided": "4", "tie.decided,campaign.opened": "1 4", "ballot.cast": ""} {
		var seqs []string
		for _, line := range parseLines(t, s.do(http.MethodGet, eventsPath+"?type="+types, "").Body) {
			seqs = append(seqs, fmt.Sprint(line.Seq))
		}
		if got := strings.Join(seqs, " "); got != want {
			t.Errorf("?type=%s: %q, not %q", types, got, want)
		}
		if l := lastOf(t, s.do(http.MethodGet, eventsPath+"?end=true&type="+types, "").Body); l.End != "complete" || *l.Seq != 5 {
			t.Errorf("?type=%s ends with %+v", types, l)
		}
	}
	f := s.follow(eventsPath+"?type=tie.decided", eventStream)
	if m, _ := f.next(); m.id != "4" || !strings.Contains(m.data, `"seq":4`) {
		t.Errorf("first comes %+v", m)
	}
	if m, _ := f.next(); m.id != "5" || m.comment != "heartbeat" || m.data != "" {
		t.Errorf("then %+v", m)
	}
	if m, _ := f.next(); m.id != "" || m.comment != "heartbeat" {
		t.Errorf("a token that is no news: %+v", m)
	}
	for _, types := range []string{"", "score", "score.entered,", "score.entered,score.entered", " score.entered", "SCORE.ENTERED", "score.entered&type=tie.decided"} {
		s.do(http.MethodGet, eventsPath+"?type="+strings.ReplaceAll(types, " ", "%20"), "").expect(t, 400, "bad-request")
		s.do(http.MethodGet, eventsPath+"?type="+strings.ReplaceAll(types, " ", "%20"), "", "Accept", eventStream).expect(t, 400, "bad-request")
	}
}

// TestEndMark: who asks is told that a finite read is complete, and others see the bytes they always saw.
func TestEndMark(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.append(draft("a", "x", 1))
	plain := s.do(http.MethodGet, eventsPath, "").Body
	if got := s.do(http.MethodGet, eventsPath+"?end=true", "").Body; got != plain+`{"end":"complete","seq":2}`+"\n" {
		t.Errorf("with the mark:\n%s", got)
	}
	if got := s.do(http.MethodGet, eventsPath+"?end=false", "").Body; got != plain {
		t.Errorf("without:\n%s", got)
	}
	if got := s.do(http.MethodGet, eventsPath+"?end=true&since=2", "").Body; got != `{"end":"complete","seq":2}`+"\n" {
		t.Errorf("after the newest: %s", got)
	}
	for _, q := range []string{"?end=maybe", "?end=true&follow=true", "?end=true&end=true"} {
		s.do(http.MethodGet, eventsPath+q, "").expect(t, 400, "bad-request")
	}
	s.do(http.MethodGet, eventsPath+"?end=true", "", "Accept", eventStream).expect(t, 400, "bad-request")
}

// TestFilterHidesTypes: what is hidden shows as a leaf whatever types are asked for, so that no filter tells which type it has; the token stays
// before it, and once it may be seen those that were asked for come.
func TestFilterHidesTypes(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	feeds := map[string]*stream{}
	for _, types := range []string{"score.entered", "commendation.recorded", "award.decided"} {
		feeds[types] = s.follow(s.path("/events?since=6&type="+types), eventStream)
	}
	frozen := s.say("a-head", "", &events.StandingsFrozen{}).Seq
	s.say("b-head", "b", bonus("b", "x", 1))
	s.say("a-head", "b", &events.CommendationRecorded{Kind: events.CommendAdHoc, Merit: events.Words{Text: "courage"}})
	const hidden = 2
	var first string
	for types, f := range feeds {
		body := s.do(http.MethodGet, s.path("/events?end=true&since=6&type="+types), "").Body
		if l := lastOf(t, body); l.End != "complete" || *l.Seq != frozen {
			t.Errorf("%s: the next read starts after %d, and what is hidden after %d", types, *l.Seq, frozen)
		}
		if first == "" {
			first = body
		} else if body != first {
			t.Errorf("a filter shows of what is hidden\n%s\nand another\n%s", first, body)
		}
		for seq := frozen + 1; seq <= frozen+hidden; seq++ {
			m, _ := f.next()
			if m.event != "leaf" || !strings.Contains(m.data, fmt.Sprintf(`"seq":%d,`, seq)) || m.id != "" && m.id != fmt.Sprint(frozen) {
				t.Errorf("%s: event %d is %+v", types, seq, m)
			}
		}
	}
	s.say("a-head", "", &events.StandingsRevealed{})
	for types, seq := range map[string]uint64{"score.entered": frozen + 1, "commendation.recorded": frozen + 2} {
		if m, _ := feeds[types].next(); m.event != "" || m.id != fmt.Sprint(seq) || !strings.Contains(m.data, types) {
			t.Errorf("%s: after the reveal comes %+v", types, m)
		}
	}
}

// TestFeedEndTellsToken: a feed that ends early says after which sequence to resume.
func TestFeedEndTellsToken(t *testing.T) { // not parallel with TestShutdown, which counts goroutines
	h, err := host.Open(t.Context(), host.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, h)
	r.open()
	r.append(draft("a", "x", 1))
	r.append(draft("a", "y", 1))
	lines := r.follow(eventsPath+"?since=1&follow=true", "")
	filtered := r.follow(eventsPath+"?type=campaign.opened", eventStream)
	standings := r.follow(base+"/small/standings", eventStream)
	board := r.follow(base+"/small/board", eventStream)
	for range 2 {
		lines.lines.Scan()
	}
	for _, f := range []*stream{filtered, standings, board} {
		if _, ok := f.next(); !ok {
			t.Fatal("a feed is silent")
		}
	}
	r.stop()
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
	h.Close()
	lines.lines.Scan()
	for name, text := range map[string]string{"lines": lines.lines.Text(), "filtered": end(t, filtered), "standings": end(t, standings), "board": end(t, board)} {
		if l := lastOf(t, text); l.Code != "closing" || l.Error == "" || *l.Seq != 3 {
			t.Errorf("%s: the last line is %s", name, text)
		}
	}
	r.client.CloseIdleConnections()
}

// end is the data of a stream's last message.
func end(t *testing.T, f *stream) string {
	t.Helper()
	m, ok := f.next()
	if !ok || m.event != "end" {
		t.Errorf("the last message is %+v", m)
	}
	return m.data
}
