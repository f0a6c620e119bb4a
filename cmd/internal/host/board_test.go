package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/projections"
)

func boardFor(t *testing.T, c *host.Campaign, r host.Reader, lang string) *host.Board {
	t.Helper()
	b, err := c.Board(t.Context(), r, lang)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(b.Line) || !strings.HasSuffix(string(b.Message), "\ndata: "+string(b.Line)+"\n\n") || !strings.HasPrefix(string(b.Message), "id: ") {
		t.Fatalf("%q", b.Message)
	}
	return b
}

// dayOf is a unit's rank, and its rank at the start of the day.
func dayOf(t *testing.T, b *host.Board, unit string) (rank, day int) {
	t.Helper()
	var board struct {
		Clusters []struct {
			Standings []struct {
				Rank, Day int
				Unit      string
			}
		}
	}
	if err := json.Unmarshal(b.Line, &board); err != nil {
		t.Fatal(err)
	}
	for _, row := range board.Clusters[0].Standings {
		if row.Unit == unit {
			return row.Rank, row.Day
		}
	}
	t.Fatalf("%s has no unit %s", b.Line, unit)
	return 0, 0
}

// TestBoardDay: a board has the ranks of the start of the day, which begins at midnight of the campaign's zone.
func TestBoardDay(t *testing.T) {
	t.Parallel()
	var now atomic.Pointer[time.Time]
	at := func(text string) {
		moment, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		now.Store(&moment)
	}
	at("2017-03-01T08:00:00+07:00")
	c := openCampaign(t, openHost(t, host.Config{Now: func() time.Time { return *now.Load() }}))
	for i, step := range []struct {
		at, unit  string
		points    int
		rank, day int
	}{
		{"2017-03-01T09:00:00+07:00", "a", 5, 1, 1},
		{"2017-03-01T23:59:59+07:00", "b", 3, 2, 2}, // on the opening's day there is no earlier rank
		{"2017-03-02T00:00:00+07:00", "b", 9, 1, 2},
		{"2017-03-02T12:00:00+07:00", "a", 20, 1, 1},
		{"2017-03-04T12:00:00+07:00", "d", 90, 1, 3},
		{"2017-03-04T13:00:00+07:00", "a", 900, 1, 1},
	} {
		at(step.at)
		if _, err := c.Append(t.Context(), entry(t, step.unit, fmt.Sprint("s", i), step.points)); err != nil {
			t.Fatal(err)
		}
		if rank, day := dayOf(t, boardFor(t, c, host.Reader{}, "vi"), step.unit); rank != step.rank || day != step.day {
			t.Errorf("at %s %s is %d and was %d, not %d and %d", step.at, step.unit, rank, day, step.rank, step.day)
		}
	}
}

// TestBoardIsShared: whoever looks at one moment gets the same bytes, made once; the hall and the entitled part in a freeze, and only the
// former's stay.
func TestBoardIsShared(t *testing.T) {
	t.Parallel()
	y := openYear(t, openHost(t, host.Config{CheckpointInterval: rare}))
	untilSigned(t, y.c, 1)
	hall, auditor := host.Reader{}, host.Reader{Member: "x", Role: events.RoleAuditor}
	var all sync.Map
	var looking sync.WaitGroup
	for range 16 {
		looking.Go(func() {
			b, err := y.c.Board(t.Context(), hall, "vi")
			if err != nil {
				t.Error(err)
			}
			all.Store(b, true)
		})
	}
	looking.Wait()
	made := 0
	all.Range(func(any, any) bool { made++; return true })
	if made != 1 || boardFor(t, y.c, hall, "vi") != boardFor(t, y.c, auditor, "vi") || boardFor(t, y.c, hall, "vi") == boardFor(t, y.c, hall, "en") {
		t.Errorf("%d boards were made for readers who see the same", made)
	}
	frozen := y.say("a-head", "", &events.StandingsFrozen{})
	before := boardFor(t, y.c, hall, "vi")
	y.say("b-head", "b", &events.CommendationRecorded{Kind: events.CommendAdHoc, Merit: events.Words{Text: "x"}})
	after, seen := boardFor(t, y.c, hall, "vi"), boardFor(t, y.c, auditor, "vi")
	if before.Seq != frozen || after.Seq != frozen || seen.Seq != frozen+1 || !strings.Contains(string(after.Line), `"state":"frozen","frozen":`) {
		t.Errorf("the hall sees events %d and %d, the auditor %d", before.Seq, after.Seq, seen.Seq)
	}
	if y.say("a-head", "", &events.StandingsRevealed{}); boardFor(t, y.c, hall, "vi") != boardFor(t, y.c, auditor, "vi") {
		t.Error("after the reveal the hall sees another board than the auditor")
	}
}

// TestBoardNews: an event, a cosignature, another policy, and a log that turns out broken are news; nothing else is.
func TestBoardNews(t *testing.T) {
	t.Parallel()
	c := openCampaign(t, openHost(t, host.Config{CheckpointInterval: rare}))
	newest := grown(t, c)
	adopt(t, c, policyOf(c, 1, "w1"))
	var shown string
	expect := func(what, part string, do func()) {
		t.Helper()
		if do(); part == "" {
			return
		}
		for { // what was news before may still be told
			news := c.BoardNews()
			if shown = string(boardFor(t, c, host.Reader{}, "en").Line); strings.Contains(shown, part) {
				return
			}
			select {
			case <-news:
			case <-t.Context().Done():
				t.Fatalf("%s: no news; the board is %s", what, shown)
			}
		}
	}
	expect("an event", `"seq":3,`, func() { enter(t, c, 1) })
	if !strings.Contains(shown, `"cosigned":0,"quorum":1,"witnesses":1,"quorate":0`) || !strings.Contains(shown, `"witnessed":"not enough witnesses yet: 0 of the 1 it takes"`) || !strings.Contains(shown, `"state":"live"`) {
		t.Errorf("before: %s", shown)
	}
	expect("a cosignature", `"cosigned":1,"quorum":1,"witnesses":1,"quorate":2`, func() { cosign(t, c, newest, "w1") })
	if !strings.Contains(shown, `"witnessed":"1 of 1 witnesses (it takes 1) stand behind event 2"`) {
		t.Errorf("cosigned: %s", shown)
	}
	expect("a policy", `"witnesses":2`, func() { adopt(t, c, policyOf(c, 1, "w1", "w2")) })
	news := c.BoardNews()
	c.Ledger.Break(errTorn)
	<-news
	if b := string(boardFor(t, c, host.Reader{}, "en").Line); !strings.Contains(b, `"state":"read-only","readOnly":`) || !strings.Contains(b, errTorn.Error()) {
		t.Errorf("broken: %s", b)
	}
}

var errTorn = errors.New("torn for the test")

// TestBoardBesideThePast: the live board waits for nobody who looks back, however many days they look at.
func TestBoardBesideThePast(t *testing.T) {
	t.Parallel()
	first := time.Date(2017, 3, 1, 8, 0, 0, 0, time.UTC)
	var days atomic.Int64
	c := openCampaign(t, openHost(t, host.Config{Now: func() time.Time { return first.AddDate(0, 0, int(days.Load())) }}))
	for i, unit := range []string{"a", "b"} {
		days.Add(1)
		if _, err := c.Append(t.Context(), entry(t, unit, fmt.Sprint("s", i), 5+i)); err != nil {
			t.Fatal(err)
		}
	}
	defer c.LookBack()()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // far more than it takes
	defer cancel()
	b, err := c.Board(ctx, host.Reader{}, "en")
	if err != nil {
		t.Fatal(err)
	}
	if rank, day := dayOf(t, b, "b"); rank != 1 || day != 2 {
		t.Errorf("b is at %d, at the start of the day at %d", rank, day)
	}
	left, leave := context.WithCancel(t.Context())
	leave()
	err = c.Look(left, host.Reader{}, func(seen *projections.Live) error {
		_, err := c.Morning(left, seen, seen.Standings())
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("who left waits for a place: %v", err)
	}
}
