package server_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

// TestLogin: who has the key gets a token, reads as itself, and what every answer must be is bound to its question.
func TestLogin(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial", manyAttempts)
	other := newSignedSite(t, openHost(t, host.Config{}), "other")
	ch := s.challenge("auditor")
	if ch.Server != s.handler.Key.Public.String() || ch.Origin != s.url || ch.Campaign != "trial" || ch.Member != "auditor" || len(ch.Nonce) < 26 {
		t.Errorf("challenge %+v", ch)
	}
	if until, err := time.Parse(time.RFC3339, ch.Expires); err != nil || time.Until(until) > time.Minute {
		t.Errorf("it ends at %s", ch.Expires)
	}
	key := s.key("auditor")
	for name, message := range map[string][]byte{
		"another member":   challengeWith(ch, func(c *server.Challenge) { c.Member = "b-head" }),
		"another campaign": challengeWith(ch, func(c *server.Challenge) { c.Campaign = "other" }),
		"another origin":   challengeWith(ch, func(c *server.Challenge) { c.Origin = "https://elsewhere.example" }),
		"another server":   challengeWith(ch, func(c *server.Challenge) { c.Server = other.handler.Key.Public.String() }),
		"another nonce":    challengeWith(ch, func(c *server.Challenge) { c.Nonce = other.challenge("auditor").Nonce }),
		"another end":      challengeWith(ch, func(c *server.Challenge) { c.Expires = "2099-01-01T00:00:00.000Z" }),
		"no domain":        bytes.TrimPrefix(ch.Bytes(), []byte("campaign-ledger/login/v1\n")),
		"event domain":     bytes.Replace(ch.Bytes(), []byte("/login/"), []byte("/event/"), 1),
		"owner domain":     bytes.Replace(ch.Bytes(), []byte("/login/"), []byte("/owner/"), 1),
		"possession":       bytes.Replace(ch.Bytes(), []byte("/login/"), []byte("/possession/"), 1),
		"nothing":          nil,
	} {
		asked := s.challenge("auditor")
		message = bytes.ReplaceAll(message, []byte(ch.Nonce), []byte(asked.Nonce))
		message = bytes.ReplaceAll(message, []byte(ch.Expires), []byte(asked.Expires))
		if got := s.answerTo(asked.Nonce, key, message); got.Code != http.StatusUnauthorized || strings.Contains(got.Body, `"token"`) {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
		// A wrong answer uses the challenge up.
		s.answerTo(asked.Nonce, key, asked.Bytes()).expect(t, 401, "login")
	}
	s.answerTo(ch.Nonce, s.key("b-head"), ch.Bytes()).expect(t, 401, "login") // another's key
	foreign := other.challenge("auditor")
	s.answerTo(foreign.Nonce, key, foreign.Bytes()).expect(t, 401, "login") // another server's challenge
	ch = s.challenge("auditor")
	if got := s.answerTo(ch.Nonce, key, ch.Bytes()); got.Code != http.StatusOK || !strings.Contains(got.Body, `"role":"auditor"`) {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	s.answerTo(ch.Nonce, key, ch.Bytes()).expect(t, 401, "login") // replayed
}

// TestLoginElsewhere: a challenge of one campaign is no way into another of the same server, though member and key are the same.
func TestLoginElsewhere(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	other := s.sibling("other")
	for _, x := range []struct{ from, to *signedSite }{{s, other}, {other, s}} {
		ch := x.from.challenge("auditor")
		if got := x.to.answerTo(ch.Nonce, x.to.key("auditor"), ch.Bytes()); got.Code != http.StatusUnauthorized || strings.Contains(got.Body, `"token"`) {
			t.Errorf("a challenge of %s at %s: %d %s", x.from.id, x.to.id, got.Code, got.Body)
		}
		x.from.answerTo(ch.Nonce, x.from.key("auditor"), ch.Bytes()).expect(t, 401, "login") // it is used up
		token := x.from.login("auditor")
		x.to.do(http.MethodPost, x.to.path("/detached"), "a word", as(token)...).expect(t, 401, "login")
		if got := x.from.do(http.MethodPost, x.from.path("/detached"), "a word", as(token)...); got.Code != http.StatusCreated {
			t.Errorf("at home: %d %s", got.Code, got.Body)
		}
	}
}

func challengeWith(ch server.Challenge, change func(*server.Challenge)) []byte {
	change(&ch)
	return ch.Bytes()
}

// TestLoginRequests: what is no login, in any way, is refused and tells nothing of who is a member.
func TestLoginRequests(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	for _, body := range []string{"", "{", "[]", `{"nonce":1}`} {
		s.do(http.MethodPost, s.path("/login"), body).expect(t, 400, "bad-request")
	}
	for _, body := range []string{`{}`, `{"nonce":"x","signature":"zz"}`, `{"nonce":"","signature":""}`} {
		s.do(http.MethodPost, s.path("/login"), body).expect(t, 401, "login")
	}
	s.do(http.MethodPost, s.path("/login"), strings.Repeat(" ", 4<<10+1)).expect(t, 413, "too-big")
	for _, member := range []string{"", "A", "a%20b", "../x", strings.Repeat("a", 64)} {
		s.do(http.MethodGet, s.path("/challenge?member="+member), "").expect(t, 400, "bad-request")
	}
	s.do(http.MethodGet, base+"/none/challenge?member=auditor", "").expect(t, 404, "no-campaign")
	ch, known := s.challenge("nobody"), s.challenge("auditor")
	stranger := s.answerTo(ch.Nonce, s.key("nobody"), ch.Bytes()).expect(t, 401, "login").Detail
	wrong := s.answerTo(known.Nonce, s.key("nobody"), known.Bytes()).expect(t, 401, "login").Detail
	if strings.ReplaceAll(stranger, "nobody", "auditor") != wrong {
		t.Errorf("%q and %q tell who is a member", stranger, wrong)
	}
	upper := s.challenge("auditor")
	signature := strings.ToUpper(hex.EncodeToString(ed25519.Sign(s.key("auditor"), upper.Bytes())))
	if got := s.do(http.MethodPost, s.path("/login"), fmt.Sprintf(`{"nonce":%q,"signature":%q}`, upper.Nonce, signature[:100])); got.Code != 401 {
		t.Errorf("a short signature: %d %s", got.Code, got.Body)
	}
}

// TestSessionsEnd: challenges and tokens end with time, and a token at once with the key, the member or the unit behind it.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	ch, token := s.challenge("auditor"), s.login("auditor")
	put := func(token string) answer {
		return s.do(http.MethodPost, s.path("/detached"), "a word", as(token)...)
	}
	if got := put(token); got.Code != http.StatusCreated {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	s.late.Store(int64(61 * time.Second))
	s.answerTo(ch.Nonce, s.key("auditor"), ch.Bytes()).expect(t, 401, "login")
	if got := put(token); got.Code != http.StatusCreated {
		t.Errorf("after a minute: %d %s", got.Code, got.Body)
	}
	s.late.Store(int64(15*time.Minute + time.Second))
	put(token).expect(t, 401, "token")
	s.do(http.MethodGet, s.path("/standings"), "", as(token)...).expect(t, 401, "token")
	// Beside this machine's own token one that has ended must not quietly read as the public.
	s.do(http.MethodGet, s.path("/standings"), "", append(as(serverToken), server.MemberHeader, token)...).expect(t, 401, "token")

	officer, teller, rekeyed := s.login("b-officer"), s.login("b-teller"), s.login("c-officer")
	next := privateKey("c-officer", 2)
	s.say("c-head", "c", &events.MemberRekeyed{Member: "c-officer", Key: events.PublicKeyOf(next),
		Proof: events.ProvePossession(next, s.genesis, "c-officer"), Reason: "lost"})
	s.say("b-head", "b", &events.MemberRemoved{Member: "b-officer", Reason: "left"})
	put(rekeyed).expect(t, 401, "login")
	put(officer).expect(t, 401, "login")
	if got := put(teller); got.Code != http.StatusCreated {
		t.Errorf("another of the unit: %d %s", got.Code, got.Body)
	}
	old := s.challenge("c-officer")
	s.answerTo(old.Nonce, s.key("c-officer"), old.Bytes()).expect(t, 401, "login")
	s.keys["c-officer"] = 2
	if got := put(s.login("c-officer")); got.Code != http.StatusCreated {
		t.Errorf("with the new key: %d %s", got.Code, got.Body)
	}
	gone := s.challenge("b-officer")
	s.answerTo(gone.Nonce, s.key("b-officer"), gone.Bytes()).expect(t, 401, "login")
	s.say("b-head", "b", &events.UnitWithdrawn{Reason: "left"})
	put(teller).expect(t, 401, "login")
}

// serverToken is this machine's token of a site.
const serverToken = token

// TestSessionLimits: challenges that nobody answers do not pile up, and do not keep others from logging in.
func TestSessionLimits(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	first := s.challenge("auditor")
	const most = 10_000
	for i := range most {
		r := httptest.NewRequest(http.MethodGet, s.path("/challenge?member=auditor"), nil)
		r.Host, r.RemoteAddr = s.addr, fmt.Sprintf("10.0.0.%d:1", i%200) // one address gets less
		w := httptest.NewRecorder()
		s.server.Config.Handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Fatal(w.Code)
		}
	}
	s.answerTo(first.Nonce, s.key("auditor"), first.Bytes()).expect(t, 401, "login")
	s.login("auditor")
}

// TestOwner: with an owner's key only its signature over the body opens a campaign; without one only this machine does.
func TestOwner(t *testing.T) {
	t.Parallel()
	owner := privateKey("the owner", 1)
	s := serveSigned(t, openHost(t, host.Config{}), "trial", func(handler *server.Server) { handler.Owner = events.PublicKeyOf(owner) })
	record := s.record("a-head", "", events.NewCampaignOpened(regulationOf(t, "trial"), "signed.yaml", strings.Repeat("0", 64)))
	sign := func(key ed25519.PrivateKey, body string) string {
		return hex.EncodeToString(ed25519.Sign(key, server.OwnerBytes(s.handler.Key.Public, []byte(body))))
	}
	open := func(body string, header ...string) answer { return s.do(http.MethodPost, base, body, header...) }
	open(record).expect(t, 403, "owner")
	open(record, as(serverToken)...).expect(t, 403, "owner")
	open(record, server.OwnerHeader, "zz").expect(t, 403, "owner")
	open(record, server.OwnerHeader, sign(s.key("a-head"), record)).expect(t, 403, "owner")
	open(record, server.OwnerHeader, sign(owner, record+"\n")).expect(t, 403, "owner")
	elsewhere := hex.EncodeToString(ed25519.Sign(owner, server.OwnerBytes(events.PublicKeyOf(s.key("x")), []byte(record))))
	open(record, server.OwnerHeader, elsewhere).expect(t, 403, "owner") // for another server
	if got := open(record, server.OwnerHeader, sign(owner, record)); got.Code != http.StatusCreated {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	open(regulation, server.OwnerHeader, sign(owner, record)).expect(t, 403, "owner") // of another body
	if got := open(record, server.OwnerHeader, sign(owner, record)); got.Code != http.StatusOK {
		t.Errorf("the same again: %d %s", got.Code, got.Body)
	}
}

// TestOpenFromElsewhere: without an owner's key other machines open nothing, and a proxy makes everybody another machine.
func TestOpenFromElsewhere(t *testing.T) {
	t.Parallel()
	s := serveSigned(t, openHost(t, host.Config{}), "trial", func(handler *server.Server) { handler.OpenToAll = true })
	open := func(remote string, header ...string) int {
		r := httptest.NewRequest(http.MethodPost, base+"?name=small.yaml", strings.NewReader(regulation))
		r.RemoteAddr, r.Host = remote, "ledger.example:8080"
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		s.server.Config.Handler.ServeHTTP(w, r)
		return w.Code
	}
	for _, remote := range []string{"192.0.2.7:4000", "[2001:db8::1]:4000", "", "nonsense", "localhost:4000", "10.0.0.1:1"} {
		if got := open(remote); got != http.StatusForbidden {
			t.Errorf("from %q: %d", remote, got)
		}
		if got := open(remote, "X-Forwarded-For", "127.0.0.1"); got != http.StatusForbidden {
			t.Errorf("from %q, forwarded: %d", remote, got)
		}
	}
	for _, header := range [][]string{{"X-Forwarded-For", "127.0.0.1"}, {"Forwarded", "for=127.0.0.1"}, {"Forwarded", "for=192.0.2.1"}} {
		if got := open("127.0.0.1:4000", header...); got != http.StatusForbidden {
			t.Errorf("through a proxy with %v: %d", header, got)
		}
	}
	if got := open("192.0.2.7:4000", as(serverToken)...); got != http.StatusCreated {
		t.Errorf("with this machine's token: %d", got)
	}
	for _, remote := range []string{"127.0.0.1:4000", "[::1]:4000", "127.8.8.8:1"} {
		if got := open(remote); got != http.StatusOK {
			t.Errorf("from %q: %d", remote, got)
		}
	}
}
