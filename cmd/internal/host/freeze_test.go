package host_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/projections"
)

// year is a signed campaign of three units, whose heads write.
type year struct {
	t       *testing.T
	host    *host.Host
	c       *host.Campaign
	genesis string
	at      time.Time // that its events claim; zero: now
}

func keyOf(member string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(member))
	return ed25519.NewKeyFromSeed(seed[:])
}

// openYear opens the campaign "year" on a host and brings it to scoring.
func openYear(t *testing.T, h *host.Host) *year {
	t.Helper()
	return openYearWith(t, h, "live", time.Time{})
}

// openYearWith is openYear with a clock of its own; at is the time that its events claim.
func openYearWith(t *testing.T, h *host.Host, clock string, at time.Time) *year {
	t.Helper()
	return openYearUnder(t, h, clock, at, "")
}

// openYearUnder is openYearWith with more lines of the regulation.
func openYearUnder(t *testing.T, h *host.Host, clock string, at time.Time, more string) *year {
	t.Helper()
	text := "id: year\nclock: " + clock + "\nlevels: [{id: self, scorers: own-unit}]\ncriteria:\n  default:\n    items: [{id: A, method: adjustment, min: -500, max: 500}]\n" +
		"clusters: [{id: c, criteria: default, lead: a, units: [{id: a}, {id: b}, {id: d}]}]\n" +
		"awards: [{id: flag, places: 1, vote: {threshold: 1/2}}]\nmembers:\n" +
		fmt.Sprintf("  - {id: b-council, role: council, unit: b, key: %q}\n", events.PublicKeyOf(keyOf("b-council")))
	for _, unit := range []string{"a", "b", "d"} {
		text += fmt.Sprintf("  - {id: %s-head, role: head, unit: %[1]s, key: %q}\n", unit, events.PublicKeyOf(keyOf(unit+"-head")))
	}
	r, err := events.ParseRegulation("year.yaml", []byte(text+more))
	if err != nil {
		t.Fatal(err)
	}
	y := &year{t: t, host: h, genesis: events.NoGenesis, at: at}
	opening := y.record("a-head", "", events.NewCampaignOpened(r, "year.yaml", strings.Repeat("0", 64)))
	if y.c, _, err = h.OpenSigned(t.Context(), opening); err != nil {
		t.Fatal(err)
	}
	sum := events.RecordHash(opening)
	y.genesis = hex.EncodeToString(sum[:])
	for _, unit := range []string{"a", "b", "d"} {
		y.say(unit+"-head", unit, &events.UnitJoined{})
	}
	y.say("a-head", "", &events.StageAdvanced{Stage: events.StageOpen})
	y.say("a-head", "", &events.StageAdvanced{Stage: events.StageScoring})
	return y
}

func (y *year) record(author, subject string, p events.Payload) events.Record {
	y.t.Helper()
	at := y.at
	if at.IsZero() {
		at = events.Milliseconds(time.Now())
	}
	record, err := events.Encode(events.Draft{ID: events.NewID(), Campaign: "year", Author: author, Subject: subject, Time: at, Payload: p})
	if err == nil {
		record, err = events.Sign(keyOf(author), y.genesis, record)
	}
	if err != nil {
		y.t.Fatal(err)
	}
	return record
}

// say stores one event, or several of one body, and returns the last one's place.
func (y *year) say(author, subject string, list ...events.Payload) events.Seq {
	y.t.Helper()
	var body []events.Proposal
	for _, p := range list {
		body = append(body, events.Proposal{Record: y.record(author, subject, p)})
	}
	receipts, err := y.c.Append(y.t.Context(), body...)
	if err != nil {
		y.t.Fatal(err)
	}
	return receipts[len(receipts)-1].Seq
}

func bonus(unit, item string, n int) *events.ScoreEntered {
	return &events.ScoreEntered{Cluster: "c", Criterion: "A", Level: "self", Scorer: unit, Item: item,
		Mark: events.Mark{Kind: events.MarkPoints, Amount: events.Whole(int64(n))}}
}

// seen is what a reader sees of the standings, as JSON.
func seen(t *testing.T, c *host.Campaign, r host.Reader) string {
	t.Helper()
	s, err := c.Standings(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return string(s.AppendJSON(nil, projections.JSONOptions{}))
}

// TestEntitled: of the roles four are entitled.
func TestEntitled(t *testing.T) {
	t.Parallel()
	for role, want := range map[string]bool{"": false, events.RoleHead: false, events.RoleOfficer: false, events.RoleTeller: false, events.RoleReviewer: true,
		events.RoleCouncil: true, events.RoleAuditor: true, events.RoleAuthority: true, "other": false} {
		if got := (host.Reader{Role: role}).Entitled(); got != want {
			t.Errorf("%q: %v", role, got)
		}
	}
}

// TestFreezeAfterRestart: a process that starts during a freeze withholds too, and a freeze in the middle of a commit ends there.
func TestFreezeAfterRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir})
	y := openYear(t, h)
	y.say("b-head", "b", bonus("b", "x", 3))
	before := seen(t, y.c, host.Reader{})
	frozen := y.say("a-head", "", &events.StandingsFrozen{}, &events.DriveLaunched{Drive: "hidden", Title: "x", Starts: "2017-01-01", Ends: "2017-01-02"}) - 1
	last := y.say("b-head", "b", bonus("b", "y", 9))
	auditor := host.Reader{Role: events.RoleAuditor}
	check := func(c *host.Campaign) {
		t.Helper()
		public, all := seen(t, c, host.Reader{}), seen(t, c, auditor)
		if !strings.Contains(public, fmt.Sprintf(`"seq":%d,`, frozen)) || !strings.Contains(public, `"3.00"`) || strings.Contains(public, `"12.00"`) {
			t.Errorf("the public sees %s; before the freeze %s", public, before)
		}
		if !strings.Contains(all, fmt.Sprintf(`"seq":%d,`, last)) || !strings.Contains(all, `"12.00"`) {
			t.Errorf("the auditor sees %s", all)
		}
		for seq := events.Seq(1); seq <= last; seq++ {
			if c.Hides(host.Reader{}, seq) != (seq > frozen) || c.Hides(auditor, seq) {
				t.Errorf("event %d", seq)
			}
		}
		sum, err := c.SummaryFor(t.Context(), host.Reader{})
		if err != nil || sum.Seq != last || sum.Frozen != frozen {
			t.Errorf("%+v %v", sum, err)
		}
	}
	check(y.c)
	h.Close()
	h = openHost(t, host.Config{Dir: dir})
	c, err := h.Campaign(t.Context(), "year")
	if err != nil {
		t.Fatal(err)
	}
	check(c)
	y.c = c
	y.say("a-head", "", &events.StandingsRevealed{})
	if public, all := seen(t, c, host.Reader{}), seen(t, c, auditor); public != all {
		t.Errorf("after the reveal\n%s\n%s", public, all)
	}
	again := y.say("a-head", "", &events.StandingsFrozen{})
	y.say("b-head", "b", bonus("b", "z", 100))
	if public := seen(t, c, host.Reader{}); !strings.Contains(public, fmt.Sprintf(`"seq":%d,`, again)) || strings.Contains(public, "112.00") {
		t.Errorf("in the second freeze %s", public)
	}
}

// TestFreezeHidesClaimedTime: in a historic campaign the time of the newest event is a claim of a hidden record, and the public is told that
// of the freeze; in a live one it is when the server recorded it, and no secret.
func TestFreezeHidesClaimedTime(t *testing.T) {
	t.Parallel()
	start := time.Date(2016, 1, 2, 0, 0, 0, 0, time.UTC)
	auditor := host.Reader{Role: events.RoleAuditor}
	asOf := func(y *year, r host.Reader) projections.Summary {
		t.Helper()
		sum, err := y.c.SummaryFor(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	y := openYearWith(t, openHost(t, host.Config{}), "historic\nperiod: {start: 2016-01-01, end: 2016-12-31}", start)
	y.at = start.AddDate(0, 1, 0)
	frozen := y.say("a-head", "", &events.StandingsFrozen{})
	if sum := asOf(y, host.Reader{}); !sum.AsOf.Equal(y.at) || sum.Seq != frozen {
		t.Errorf("at the freeze %+v", sum)
	}
	freeze := y.at
	y.at = start.AddDate(0, 5, 0)
	last := y.say("b-head", "b", bonus("b", "x", 3))
	public, all := asOf(y, host.Reader{}), asOf(y, auditor)
	if !public.AsOf.Equal(freeze) || public.Seq != last || !public.Recorded.Equal(all.Recorded) {
		t.Errorf("the public sees %+v", public)
	}
	if !all.AsOf.Equal(y.at) || all.Seq != last {
		t.Errorf("the auditor sees %+v", all)
	}
	y.say("a-head", "", &events.StandingsRevealed{})
	if sum := asOf(y, host.Reader{}); !sum.AsOf.Equal(y.at) {
		t.Errorf("after the reveal %+v", sum)
	}

	y = openYear(t, openHost(t, host.Config{}))
	y.say("a-head", "", &events.StandingsFrozen{})
	y.say("b-head", "b", bonus("b", "x", 3))
	if public, all := asOf(y, host.Reader{}), asOf(y, auditor); !public.AsOf.Equal(all.AsOf) || !public.AsOf.Equal(public.Recorded) {
		t.Errorf("live: the public sees %+v, the auditor %+v", public, all)
	}
}

// TestTwoProcessesFreeze: what one process freezes every process on the NATS withholds, in its answers and on the derived subjects, also
// what one wrote that is gone by the time of the reveal.
func TestTwoProcessesFreeze(t *testing.T) {
	t.Parallel()
	nats := external(t)
	first := mustOpen(t, host.Config{NATS: nats.url})
	one := openYear(t, first)
	second := openHost(t, host.Config{NATS: nats.url})
	c, err := second.Campaign(t.Context(), "year")
	if err != nil {
		t.Fatal(err)
	}
	two := &year{t: t, host: second, c: c, genesis: one.genesis}
	g := newGuest(t, nats.url)
	frozen := one.say("a-head", "", &events.StandingsFrozen{})
	g.expect(frozen, frozen)
	for i := range 6 {
		y := []*year{one, two}[i%2]
		y.say("b-head", "b", bonus("b", fmt.Sprint(i), 1))
		for _, y := range []*year{one, two} {
			if err := y.c.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := seen(t, y.c, host.Reader{}); !strings.Contains(got, fmt.Sprintf(`"seq":%d,`, frozen)) || strings.Contains(got, fmt.Sprintf(`"%d.00"`, i+1)) {
				t.Fatalf("after entry %d the public sees %s", i, got)
			}
		}
	}
	g.quiet()
	first.Close() // with what it withheld
	third := openHost(t, host.Config{NATS: nats.url})
	if _, err := third.Campaign(t.Context(), "year"); err != nil {
		t.Fatal(err)
	}
	last := two.say("a-head", "", &events.StandingsRevealed{})
	shown := map[string]bool{}
	for len(shown) < int(last-frozen) {
		m, err := g.sub.NextMsg(patience)
		if err != nil {
			t.Fatalf("%d of %d events were published: %v", len(shown), last-frozen, err)
		}
		shown[m.Header.Get("Seq")] = true
	}
}
