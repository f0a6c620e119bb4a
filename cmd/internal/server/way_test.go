package server_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

// logged is a host and a server that log into one buffer, as serve does.
func logged(t *testing.T, level zerolog.Level) (*host.Host, *safeBuffer, func(*server.Server)) {
	t.Helper()
	log := &safeBuffer{}
	logger := zerolog.New(log).Level(level)
	h, err := host.Open(t.Context(), host.Config{Dir: t.TempDir(), Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	return h, log, func(s *server.Server) { s.Log = logger }
}

// logLine is a line of the log.
type logLine struct {
	Level, Message, Event, Request, Campaign, Stream, Code string
	Events                                                 []string
	Seq, Checkpoint                                        uint64
}

// about are the lines that name an event, as grep finds them.
func about(t *testing.T, log, id string) (list []logLine) {
	t.Helper()
	for line := range strings.Lines(log) {
		if !strings.Contains(line, id) {
			continue
		}
		var l logLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		list = append(list, l)
	}
	return list
}

func messages(list []logLine) (all []string) {
	for _, l := range list {
		all = append(all, l.Message)
	}
	return all
}

// TestWay: the log tells of each event how it came, was admitted, stored, acknowledged and signed, with the request that its writer knows.
func TestWay(t *testing.T) {
	t.Parallel()
	h, log, with := logged(t, zerolog.DebugLevel)
	s := serve(t, h, with)
	s.open()
	one, two, no := uuid.NewString(), uuid.NewString(), uuid.NewString()
	body := draftWithID("a", "x", one) + "\n" + draftWithID("b", "x", two)
	got := s.do(http.MethodPost, eventsPath, body, "X-Request-Id", "from-outside.1")
	if got.Code != http.StatusOK || got.Header.Get("X-Request-Id") != "from-outside.1" {
		t.Fatalf("%d %v", got.Code, got.Header)
	}
	p := s.do(http.MethodPost, eventsPath, draftWithID("zz", "x", no), "X-Request-Id", "with spaces").expect(t, 422, "unknown-unit")
	if len(p.Request) < 20 {
		t.Errorf("a problem of the request %q", p.Request)
	}
	again := s.do(http.MethodPost, eventsPath, draftWithID("a", "x", one))
	c, err := h.Campaign(t.Context(), "small")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.Close()
	for i, id := range []string{one, two} {
		list := about(t, log.String(), id)
		want := []string{"received", "admitted", "stored", "acknowledged", "signed"}
		if i == 0 {
			want = []string{"received", "admitted", "stored", "acknowledged", "received", "acknowledged", "signed"}
		}
		got := messages(list)
		slices.Sort(got) // a checkpoint may be signed at any moment
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("%s: %q", id, messages(list))
		}
		for n, l := range list {
			if n < 4 && l.Request != "from-outside.1" || l.Campaign != "small" || l.Message == "stored" && (l.Seq != uint64(i+2) || l.Stream != "CAMPAIGN_small") ||
				l.Message == "signed" && (l.Checkpoint < uint64(i+2) || l.Seq != uint64(i+2) || l.Request != "from-outside.1") {
				t.Errorf("%+v", l)
			}
		}
	}
	if request := again.Header.Get("X-Request-Id"); !strings.Contains(log.String(), request) || !strings.Contains(log.String(), `"repeated":1`) {
		t.Errorf("the log does not know that request %s repeats what is stored", request)
	}
	refused := about(t, log.String(), no)
	if !slices.Equal(messages(refused), []string{"received", "refused"}) || refused[1].Code != "unknown-unit" || refused[1].Request != p.Request {
		t.Errorf("%+v", refused)
	}
}

// draftWithID is a mark with an id of its author's choice.
func draftWithID(unit, scorer, id string) string {
	return strings.Replace(draft(unit, scorer, 1), "{", `{"id":"`+id+`",`, 1)
}

// TestInfoIsOneLine: at the usual level a body has one line, which names its events.
func TestInfoIsOneLine(t *testing.T) {
	t.Parallel()
	h, log, with := logged(t, zerolog.InfoLevel)
	defer h.Close()
	s := serve(t, h, with)
	s.open()
	one, two := uuid.NewString(), uuid.NewString()
	s.append(draftWithID("a", "x", one) + "\n" + draftWithID("b", "x", two))
	for _, id := range []string{one, two} {
		list := about(t, log.String(), id)
		if len(list) != 1 || list[0].Message != "acknowledged" || !slices.Equal(list[0].Events, []string{one, two}) || list[0].Seq != 2 {
			t.Errorf("%+v", list)
		}
	}
}

// TestLogHidesContents: of what a freeze or an open ballot hides the log, at its finest, has ids and sequences only.
func TestLogHidesContents(t *testing.T) {
	t.Parallel()
	h, log, with := logged(t, zerolog.TraceLevel)
	s := newSignedSite(t, h, "trial", manyAttempts, with)
	s.toBallot()
	s.openBallot()
	s.say("b-council", "", &events.BallotCast{Ballot: "b1", Reason: "the border model", Votes: []events.NomineeVote{{Unit: "c", Vote: events.VoteFor}}})
	s.say("a-head", "", &events.StandingsFrozen{})
	s.say("a-head", "b", &events.CommendationRecorded{Kind: events.CommendAdHoc, Merit: events.Words{Text: "courage at sea"}})
	s.do(http.MethodPost, s.path("/events"), s.record("b-council", "", &events.BallotCast{Ballot: "b1", Reason: "a second thought", Votes: []events.NomineeVote{{Unit: "c", Vote: events.VoteAgainst}}}))
	s.do(http.MethodPost, s.path("/events"), `{"type":"score.entered","subject":"b","data":{"points":"271828"}}`)
	h.Close()
	for _, hidden := range []string{"border model", "courage", "second thought", "b-council", "ballot.cast", "commendation", "271828", `"for"`, "against"} {
		if strings.Contains(log.String(), hidden) {
			t.Errorf("the log has %q", hidden)
		}
	}
	for _, there := range []string{"admitted", "stored", "signed", "acknowledged", "refused"} {
		if !strings.Contains(log.String(), `"message":"`+there+`"`) {
			t.Errorf("nothing in the log is %s; the test looks in the wrong place", there)
		}
	}
}
