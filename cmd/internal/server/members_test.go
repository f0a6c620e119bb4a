package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

// hiddenWhy is all that a refusal says that follows from what a freeze hides.
const hiddenWhy = "refused; why is hidden while the standings are frozen; ask a reviewer, or wait for the reveal"

// TestRefusedByWhatIsHidden: what only the hidden events refuse is refused without saying why, to the entitled with it; one's own faults are
// told as they follow from what one sees.
func TestRefusedByWhatIsHidden(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	s.before()
	s.say("a-head", "", &events.StandingsFrozen{})
	hidden := s.say("c-head", "c", bonus("c", "x", 1))
	s.say("a-head", "", &events.DriveLaunched{Drive: "d2", Title: "Second", Starts: "2017-04-01", Ends: "2017-04-30"})
	s.say("c-head", "c", &events.MemberRemoved{Member: "c-officer", Reason: "left"})
	s.say("a-head", "", &events.StageAdvanced{Stage: events.StageReview})
	d, err := events.Decode(events.Record(hidden.Record))
	if err != nil {
		t.Fatal(err)
	}
	taken := bonus("c", "x", 2)
	taken.Basis = "transcribed"
	for name, record := range map[string]string{
		"another's entry": s.record("a-head", "c", taken),
		"drive":           s.record("a-officer", "", &events.DriveLaunched{Drive: "d2", Title: "Second", Starts: "2017-04-01", Ends: "2017-04-30"}),
		"stage":           s.record("a-head", "", &events.StageAdvanced{Stage: events.StageReview}),
		"sealing":         s.record("c-head", "", s.sealed()),
		"removed":         s.record("c-officer", "c", bonus("c", "y", 1)),
		"hash":            s.record("b-head", "", &events.RecordEndorsed{Of: d.ID, Hash: strings.Repeat("0", 64), As: "received"}),
		"return":          s.record("a-officer", "c", &events.EntryWithdrawn{Of: d.ID, Reason: "x"}),
	} {
		// Of a body with a fault of its own the fault is told, not the question before it.
		seen := name == "hash" || name == "return" // those refer to what they can't see
		bad := s.record("b-head", "b", points("none", "b", 1))
		if p := s.do(http.MethodPost, s.path("/events"), record+"\n"+bad).problem(t); !seen && (p.Code != "unknown-leaf" || p.Index == nil || *p.Index != 1) {
			t.Errorf("%s: %+v", name, p)
		}
		p := s.do(http.MethodPost, s.path("/events"), record).problem(t)
		if !seen && (p.Detail != hiddenWhy || p.Code != "frozen" || p.Field != "" || p.Index != nil || p.Seq != 0) || seen && !strings.Contains(p.Detail, "no event of") && !strings.Contains(p.Detail, "no entry") {
			t.Errorf("%s: %+v", name, p)
		}
		if p := s.do(http.MethodPost, s.path("/events"), record, as(s.login("auditor"))...).problem(t); p.Detail == hiddenWhy || p.Code == "frozen" {
			t.Errorf("%s, to the auditor: %+v", name, p)
		}
	}
	other := strings.Replace(string(hidden.Record), `"points":"1"`, `"points":"2"`, 1)
	if p := s.do(http.MethodPost, s.path("/events"), other).problem(t); p.Code == "duplicate-id" || p.Seq != 0 {
		t.Errorf("a hidden id: %+v", p)
	}
	again := s.do(http.MethodPost, s.path("/events"), string(hidden.Record))
	if got := parseLines(t, again.Body); again.Code != http.StatusOK || got[0].Seq != hidden.Seq {
		t.Errorf("the same record again: %d %s", again.Code, again.Body)
	}
}

// problem is a refusal, whatever it is.
func (a answer) problem(t *testing.T) problem {
	t.Helper()
	var probe struct{ Code string }
	if err := decode(a.Body, &probe); err != nil {
		t.Fatalf("%d %s: %v", a.Code, a.Body, err)
	}
	return a.expect(t, a.Code, probe.Code)
}

// TestJoinDuringFreeze: who becomes a member during a freeze, or gets another key, shows to nobody who is not entitled; the member finds
// itself by its key, and signs and logs in.
func TestJoinDuringFreeze(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	s.before()
	officer := s.login("c-officer")
	s.say("a-head", "", &events.StandingsFrozen{})
	list := s.do(http.MethodGet, s.path("/members"), "").Body
	key, next := privateKey("b-new", 1), privateKey("c-officer", 2)
	s.say("b-head", "b", &events.MemberAppointed{Member: "b-new", Role: events.RoleOfficer, Key: events.PublicKeyOf(key), Proof: events.ProvePossession(key, s.genesis, "b-new")})
	s.say("c-head", "c", &events.MemberRekeyed{Member: "c-officer", Key: events.PublicKeyOf(next), Proof: events.ProvePossession(next, s.genesis, "c-officer"), Reason: "lost"})
	if got := s.do(http.MethodGet, s.path("/members"), ""); got.Body != list {
		t.Errorf("the public sees %s", got.Body)
	}
	s.do(http.MethodPost, s.path("/detached"), "x", as(officer)...).expect(t, 401, "login") // the old key's token
	byKey := func(member string, n int) string {
		return s.do(http.MethodGet, s.path("/members?key="+events.PublicKeyOf(privateKey(member, n)).String()), "").Body
	}
	if got := byKey("b-new", 1); !strings.Contains(got, `"id":"b-new"`) || strings.Count(got, `"id"`) != 1 || !strings.Contains(got, s.genesis) {
		t.Errorf("b-new finds %s", got)
	}
	if got := byKey("c-officer", 2); !strings.Contains(got, `"id":"c-officer"`) {
		t.Errorf("c-officer finds %s", got)
	}
	if got := byKey("c-officer", 1) + byKey("nobody", 1); strings.Contains(got, `"id"`) {
		t.Errorf("an old and an unknown key find %s", got)
	}
	s.keys["c-officer"] = 2
	s.login("c-officer")
	added := s.login("b-new") // an officer is not entitled; who would be is not appointed now
	if got := s.do(http.MethodGet, s.path("/members"), "", as(added)...); got.Body != list {
		t.Errorf("the new officer sees %s", got.Body)
	}
	s.say("c-officer", "c", bonus("c", "signed with the new key", 1))
	old := s.sign(privateKey("c-officer", 1), s.genesis, s.draft("c-officer", "c", bonus("c", "old", 1)))
	if p := s.do(http.MethodPost, s.path("/events"), old).expect(t, 422, "signature"); strings.Contains(p.Detail, events.PublicKeyOf(next).String()[:16]) {
		t.Errorf("the refusal shows the new key: %s", p.Detail)
	}
}

// TestFreezeRace: while a campaign is frozen, written to and revealed again and again, nobody who is not entitled is ever shown what a
// freeze hid at the time: entries come during freezes only, each with a sign that is taken away before the reveal.
func TestFreezeRace(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	s.before()
	const rounds = 12
	stop := make(chan struct{})
	var readers sync.WaitGroup
	var shown sync.Map
	for _, path := range []string{"/standings", "/why?unit=b", "/check", "/regulation", "/drafts"} {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				got, err := s.ask(path)
				if err != nil || got.Code != http.StatusOK {
					t.Errorf("%s: %v %d %s", path, err, got.Code, got.Body)
					return
				}
				if strings.Contains(got.Body, `"491.00"`) {
					shown.Store(path, got.Body)
				}
			}
		})
	}
	for i := range rounds {
		s.say("a-head", "", &events.StandingsFrozen{})
		entered := s.say("b-head", "b", bonus("b", fmt.Sprintf("secret-%d", i), 491))
		d, err := events.Decode(events.Record(entered.Record))
		if err != nil {
			t.Fatal(err)
		}
		s.say("b-head", "b", &events.EntryWithdrawn{Of: d.ID, Reason: "not so"})
		s.say("a-head", "", &events.StandingsRevealed{})
	}
	close(stop)
	readers.Wait()
	shown.Range(func(path, body any) bool {
		t.Errorf("%s showed %s", path, body)
		return true
	})
}

// ask asks as the public.
func (s *signedSite) ask(path string) (answer, error) {
	if path == "/drafts" {
		return s.try(http.MethodPost, s.path(path), `{"type":"unit.joined","subject":"b","author":"b-head","data":{}}`)
	}
	return s.try(http.MethodGet, s.path(path), "")
}

// TestTokenOfAnotherCampaign: a token says nothing in another campaign of the same server.
func TestTokenOfAnotherCampaign(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	other := s.sibling("another")
	token := other.login("auditor")
	s.do(http.MethodPost, s.path("/detached"), "x", as(token)...).expect(t, 401, "login")
	s.do(http.MethodPost, s.path("/detached"), "x", append(as(serverToken), server.MemberHeader, token)...).expect(t, 401, "login")
	s.do(http.MethodPost, s.path("/evidence?name=x.txt"), "x").expect(t, 401, "login")
	s.do(http.MethodGet, s.path("/evidence/"+sha("x")), "").expect(t, 401, "login")
	s.do(http.MethodGet, s.path("/detached/"+sha("x")), "", as(serverToken)...).expect(t, 401, "login")
	s.do(http.MethodDelete, s.path("/detached/"+sha("x")), "").expect(t, 401, "login")
}
