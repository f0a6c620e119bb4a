package host_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/projections"
)

// TestStandingsAsOf: each reader gets the standings of an event as a fold of the records up to it has them, by a sequence, a time or a day;
// behind a freeze there is nothing.
func TestStandingsAsOf(t *testing.T) {
	t.Parallel()
	start := time.Date(2016, 2, 1, 0, 0, 0, 0, time.UTC)
	y := openYearWith(t, openHost(t, host.Config{}), "historic\nperiod: {start: 2016-01-01, end: 2016-12-31, zone: Asia/Ho_Chi_Minh}", start)
	days := map[int]events.Seq{}
	for day := 2; day < 6; day++ {
		y.at = time.Date(2016, 2, day, 16, 59, 59, 0, time.UTC) // the last second of the day in the zone
		y.say("a-head", "a", bonus("a", y.at.Format(time.DateOnly), day))
		days[day] = y.say("b-head", "b", bonus("b", y.at.Format(time.DateOnly), 10-day))
	}
	frozen := y.say("a-head", "", &events.StandingsFrozen{})
	hidden := y.say("b-head", "b", bonus("b", "x", 9))
	fold := projections.NewRefold()
	lines := map[events.Seq]string{}
	for e, err := range y.c.Ledger.Read(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if err := fold.Admit(e); err != nil {
			t.Fatal(err)
		}
		fold.Commit()
		lines[e.Seq] = string(fold.Standings().AppendJSON(nil, projections.JSONOptions{}))
		if e.Seq == hidden {
			break
		}
	}
	auditor := host.Reader{Role: events.RoleAuditor}
	for at, want := range map[string]events.Seq{"1": 1, "": frozen, "2016-02-01": 6, "2016-02-02": days[2], "2016-02-03": days[3], "2016-02-04T16:59:58Z": days[3],
		"2016-02-04T23:59:59+07:00": days[4], "2099-01-01": frozen, "7": 7} {
		if got := asOf(t, y.c, host.Reader{}, at); got != lines[want] {
			t.Errorf("as of %q the public sees\n%s\nnot event %d\n%s", at, got, want, lines[want])
		}
		if want == frozen {
			want = hidden
		}
		if got := asOf(t, y.c, auditor, at); got != lines[want] {
			t.Errorf("as of %q the auditor sees\n%s\nnot event %d\n%s", at, got, want, lines[want])
		}
	}
	err := y.c.Look(t.Context(), host.Reader{}, func(seen *projections.Live) error {
		_, err := y.c.AsOf(t.Context(), seen, fmt.Sprint(hidden))
		return err
	})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("frozen at event %d", frozen)) {
		t.Errorf("as of a hidden event: %v", err)
	}
	for _, at := range []string{"0", "-1", "1e3", "2016-02-30", "yesterday", "2015-01-01", "99", fmt.Sprint(hidden)} {
		err := y.c.Look(t.Context(), host.Reader{}, func(seen *projections.Live) error {
			_, err := y.c.AsOf(t.Context(), seen, at)
			return err
		})
		if !errors.As(err, new(*host.AsOfError)) {
			t.Errorf("as of %q: %v", at, err)
		}
	}
}

func asOf(t *testing.T, c *host.Campaign, r host.Reader, at string) (line string) {
	t.Helper()
	err := c.Look(t.Context(), r, func(seen *projections.Live) error {
		s, err := c.AsOf(t.Context(), seen, at)
		line = string(s.AppendJSON(nil, projections.JSONOptions{}))
		return err
	})
	if err != nil {
		t.Fatalf("as of %q: %v", at, err)
	}
	return line
}
