package server_test

import (
	"crypto/ed25519"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
)

// stillClock is a clock that a test moves.
type stillClock struct{ passed atomic.Int64 }

func (c *stillClock) now() time.Time {
	return time.Unix(1_800_000_000, 0).Add(time.Duration(c.passed.Load()))
}

func (c *stillClock) pass(d time.Duration) { c.passed.Add(int64(d)) }

// from sends a request as another machine does.
func (s *signedSite) from(remote, method, path, body string, header ...string) answer {
	s.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host, r.RemoteAddr = s.addr, remote
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.server.Config.Handler.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

// tryFrom answers a new challenge of a member with a key.
func (s *signedSite) tryFrom(remote, member string, key ed25519.PrivateKey, header ...string) answer {
	s.t.Helper()
	asked := s.from(remote, http.MethodGet, s.path("/challenge?member="+member), "", header...)
	var ch server.Challenge
	if err := decode(asked.Body, &ch); err != nil || asked.Code != http.StatusOK {
		s.t.Fatalf("challenge: %d %s", asked.Code, asked.Body)
	}
	body := fmt.Sprintf(`{"nonce":%q,"signature":"%x"}`, ch.Nonce, ed25519.Sign(key, ch.Bytes()))
	return s.from(remote, http.MethodPost, s.path("/login"), body, header...)
}

// attemptsSite has a clock that stands still.
func attemptsSite(t *testing.T) (*signedSite, *stillClock) {
	t.Helper()
	clock := &stillClock{}
	return newSignedSite(t, openHost(t, host.Config{}), "trial", func(s *server.Server) { s.Now = clock.now }), clock
}

// TestLoginAttempts: ten logins of an address may fail in a minute; then it waits, and nobody else does.
func TestLoginAttempts(t *testing.T) {
	t.Parallel()
	s, clock := attemptsSite(t)
	const here, there = "192.0.2.7:4000", "192.0.2.8:4000"
	right, wrong := s.key("auditor"), s.key("nobody")
	members := []string{"auditor", "authority", "a-head", "b-head", "c-head"} // so that no member's limit counts
	for i := range 10 {
		if i == 5 { // good ones do not count
			for range 20 {
				if got := s.tryFrom(here, "auditor", right); got.Code != http.StatusOK {
					t.Fatalf("%d %s", got.Code, got.Body)
				}
			}
		}
		s.tryFrom(here, members[i%len(members)], wrong).expect(t, 401, "login")
	}
	got := s.tryFrom("192.0.2.7:4001", "auditor", right)
	if p := got.expect(t, 429, "attempts"); !strings.Contains(p.Detail, "192.0.2.7") || got.Header.Get("Retry-After") != "6" {
		t.Errorf("%s, Retry-After %s", p.Detail, got.Header.Get("Retry-After"))
	}
	s.from(here, http.MethodGet, "/campaigns/trial/enter?code=x", "", fromCommandLine...).expect(t, 429, "attempts")
	if got := s.tryFrom(there, "auditor", right); got.Code != http.StatusOK {
		t.Errorf("from another address: %d %s", got.Code, got.Body)
	}
	if got := s.tryFrom(here, "auditor", right, as(serverToken)...); got.Code != http.StatusOK {
		t.Errorf("this machine's command: %d %s", got.Code, got.Body)
	}
	clock.pass(5*time.Second + 900*time.Millisecond)
	s.tryFrom(here, "auditor", right).expect(t, 429, "attempts")
	clock.pass(100 * time.Millisecond)
	s.tryFrom(here, "auditor", wrong).expect(t, 401, "login")
	s.tryFrom(here, "auditor", right).expect(t, 429, "attempts")
	clock.pass(2 * time.Minute)
	for range 10 {
		s.from(here, http.MethodPost, s.path("/login"), `{"nonce":"x","signature":""}`).expect(t, 401, "login")
	}
	s.from(here, http.MethodPost, s.path("/login"), `{"nonce":"x","signature":""}`).expect(t, 429, "attempts")
}

// TestMemberAttempts: failures for one member are counted wherever they come from, but nobody can lock a member out.
func TestMemberAttempts(t *testing.T) {
	t.Parallel()
	s, clock := attemptsSite(t)
	for i := range 10 {
		s.tryFrom(fmt.Sprintf("192.0.2.%d:1", i), "auditor", s.key("nobody")).expect(t, 401, "login")
	}
	if p := s.tryFrom("192.0.2.99:1", "auditor", s.key("nobody")).expect(t, 429, "attempts"); !strings.Contains(p.Detail, "auditor") {
		t.Errorf("%s", p.Detail)
	}
	s.tryFrom("192.0.2.98:1", "b-head", s.key("nobody")).expect(t, 401, "login")
	if got := s.tryFrom("192.0.2.97:1", "auditor", s.key("auditor")); got.Code != http.StatusOK {
		t.Errorf("the member itself: %d %s", got.Code, got.Body)
	}
	clock.pass(6 * time.Second)
	s.tryFrom("192.0.2.96:1", "auditor", s.key("nobody")).expect(t, 401, "login")
}

// TestAddresses: what one user can choose of an address does not count.
func TestAddresses(t *testing.T) {
	t.Parallel()
	s, _ := attemptsSite(t)
	fail := func(remote string) answer {
		return s.from(remote, http.MethodPost, s.path("/login"), `{"nonce":"x","signature":""}`)
	}
	for i := range 10 {
		fail(fmt.Sprintf("[2001:db8:1:2::%x]:%d", i+1, i+1)).expect(t, 401, "login")
		fail(fmt.Sprintf("[::ffff:192.0.2.7]:%d", i+1)).expect(t, 401, "login")
	}
	fail("[2001:db8:1:2:ffff::]:1").expect(t, 429, "attempts")
	fail("[2001:db8:1:2::9%eth0]:1").expect(t, 429, "attempts")
	fail("192.0.2.7:9").expect(t, 429, "attempts")
	fail("[2001:db8:1:3::1]:1").expect(t, 401, "login")
	fail("192.0.2.8:9").expect(t, 401, "login")
	fail("").expect(t, 401, "login")
	fail("nonsense").expect(t, 401, "login")
}

// TestChallengesAreLimited: one address can't have so many challenges that it drives out those of others.
func TestChallengesAreLimited(t *testing.T) {
	t.Parallel()
	s, clock := attemptsSite(t)
	const here = "192.0.2.7:4000"
	ask := func(remote string, header ...string) answer {
		return s.from(remote, http.MethodGet, s.path("/challenge?member=auditor"), "", header...)
	}
	const most = 600
	for range most {
		if got := ask(here); got.Code != http.StatusOK {
			t.Fatalf("%d %s", got.Code, got.Body)
		}
	}
	ask(here).expect(t, 429, "attempts")
	for remote, header := range map[string][]string{"192.0.2.8:4000": nil, here: as(serverToken)} {
		if got := ask(remote, header...); got.Code != http.StatusOK {
			t.Errorf("from %s with %v: %d %s", remote, header, got.Code, got.Body)
		}
	}
	clock.pass(100 * time.Millisecond)
	if got := ask(here); got.Code != http.StatusOK {
		t.Errorf("after a tenth of a second: %d %s", got.Code, got.Body)
	}
	ask(here).expect(t, 429, "attempts")
}
