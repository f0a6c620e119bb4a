package server

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/keys"
	"campaignledger/events"
	"campaignledger/projections"
)

const (
	// challengeTime is how long a challenge waits for its answer, tokenTime how long a token lasts.
	challengeTime = time.Minute
	tokenTime     = 15 * time.Minute
	// maxChallenges and maxTokens bound what waits in memory; over them the oldest go.
	maxChallenges = 10_000
	maxTokens     = 10_000
	// maxLoginBytes bounds a login's body.
	maxLoginBytes = 4 << 10
)

// Challenge is what a member signs to log in. It binds the answer to this server, as its user reached it, to one campaign and member,
// and to a moment.
type Challenge struct {
	Server   string `json:"server"` // the server's public key
	Origin   string `json:"origin"` // scheme and host that the request came to
	Campaign string `json:"campaign"`
	Member   string `json:"member"`
	Nonce    string `json:"nonce"`
	Expires  string `json:"expires"`
}

// Bytes are what is signed.
func (c Challenge) Bytes() []byte {
	return []byte(keys.DomainLogin + strings.Join([]string{c.Server, c.Origin, c.Campaign, c.Member, c.Nonce, c.Expires}, "\n"))
}

// signaturePrefix may start a signature, as it does in records.
const signaturePrefix = "ed25519:"

// LoginRequest answers a challenge.
type LoginRequest struct {
	Nonce     string `json:"nonce"`
	Signature string `json:"signature"` // hex, with or without "ed25519:" before it, by the member's key over Challenge.Bytes
}

// Login is the answer to a good LoginRequest.
type Login struct {
	Token   string `json:"token"`
	Expires string `json:"expires"`
	Member  string `json:"member"`
	Role    string `json:"role"`
	Unit    string `json:"unit,omitempty"`
}

// sessions are the challenges that wait and the tokens that hold. The zero value is ready.
type sessions struct {
	mu         sync.Mutex
	challenges expiring[Challenge]
	tokens     expiring[session] // by the token's SHA-256, so that no token is in memory
	codes      expiring[session] // of links into the browser that were not opened yet, by the code's SHA-256
	browsers   expiring[session] // by the cookie's SHA-256; a cookie is no token, nor the other way round
}

// session is what a token stands for: a member with the key it logged in with.
type session struct {
	campaign, member string
	key              events.PublicKey
}

// expiring is a map whose entries end, in the order they came.
type expiring[V any] struct {
	rows  map[string]expiringRow[V]
	order []string
}

type expiringRow[V any] struct {
	value V
	until time.Time
}

func (e *expiring[V]) put(key string, value V, until time.Time, most int, now time.Time) {
	if e.rows == nil {
		e.rows = map[string]expiringRow[V]{}
	}
	for len(e.order) > 0 && (len(e.order) >= most || e.rows[e.order[0]].until.Before(now)) {
		delete(e.rows, e.order[0])
		e.order = e.order[1:]
	}
	e.rows[key] = expiringRow[V]{value, until}
	e.order = append(e.order, key)
}

func (e *expiring[V]) get(key string, now time.Time) (V, bool) {
	row, ok := e.rows[key]
	return row.value, ok && now.Before(row.until)
}

// take is get, once.
func (e *expiring[V]) take(key string, now time.Time) (V, bool) {
	value, ok := e.get(key, now)
	delete(e.rows, key)
	return value, ok
}

// challenge gives a member something to sign.
func (s *Server) challenge(w http.ResponseWriter, r *http.Request) {
	c, q := s.asked(w, r, "member")
	if c == nil || !s.mayAsk(w, r) {
		return
	}
	member := q.Get("member")
	if !events.ValidID(member) { // whether there is such a member shows when its key has answered: a freeze may hide who joined
		s.fail(w, r, badRequest("%.80q is not a member's id; name the member with ?member=", member))
		return
	}
	now := s.now()
	ch := Challenge{Server: s.Key.Public.String(), Origin: s.origin(r), Campaign: c.ID, Member: member, Nonce: rand.Text(),
		Expires: events.FormatTime(events.Milliseconds(now.Add(challengeTime)))}
	s.sessions.mu.Lock()
	s.sessions.challenges.put(ch.Nonce, ch, now.Add(challengeTime), maxChallenges, now)
	s.sessions.mu.Unlock()
	writeJSON(w, http.StatusOK, ch)
}

// origin is how the user reached this server.
func (s *Server) origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// loginError is a login that failed.
type loginError string

func (e loginError) Error() string { return string(e) }

// errEnded ends what a member reads on and on when it is a member no more.
const errEnded = loginError("your time of reading as a member has ended; log in again, or read as the public")

func refuseLogin(problem string) error {
	return loginError(problem + "; log in with the key of a member of this campaign")
}

// login exchanges a signed challenge for a token.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	if p := s.tooOften(r); p.Status != 0 {
		p.write(w)
		return
	}
	c, _, body := s.told(w, r, maxLoginBytes)
	if c == nil {
		return
	}
	var in LoginRequest
	if err := json.Unmarshal(body, &in); err != nil {
		s.fail(w, r, badRequest("a login is {\"nonce\",\"signature\"}, with the signature in hex"))
		return
	}
	m, claimed, err := s.checkLogin(c, in)
	if err != nil {
		s.Metrics.LoginFailed()
		if wait := s.failed(r, c.ID, claimed); wait > 0 {
			tooMany("too many logins as "+claimed+" have failed", wait).write(w)
			return
		}
		s.fail(w, r, err)
		return
	}
	token, now := rand.Text(), s.now()
	s.sessions.mu.Lock()
	s.sessions.tokens.put(tokenKey(token), session{c.ID, m.ID, m.Key}, now.Add(tokenTime), maxTokens, now)
	s.sessions.mu.Unlock()
	writeJSON(w, http.StatusOK, Login{Token: token, Expires: events.FormatTime(events.Milliseconds(now.Add(tokenTime))), Member: m.ID, Role: m.Role, Unit: m.Unit})
}

// checkLogin takes the challenge out, whatever becomes of it, and checks its answer. claimed is whose challenge it was, "" for none.
func (s *Server) checkLogin(c *host.Campaign, in LoginRequest) (m projections.Member, claimed string, err error) {
	s.sessions.mu.Lock()
	ch, ok := s.sessions.challenges.take(in.Nonce, s.now())
	s.sessions.mu.Unlock()
	if !ok || ch.Campaign != c.ID {
		return m, "", refuseLogin("the challenge is unknown, used or too old; ask for another")
	}
	m, ok = c.Member(ch.Member)
	key := m.Key
	if !ok { // whether there is such a member must not show in how long this takes either
		key = s.Key.Public
	}
	signature, err := hex.DecodeString(strings.TrimPrefix(in.Signature, signaturePrefix))
	good := err == nil && len(signature) == ed25519.SignatureSize && ed25519.Verify(key[:], ch.Bytes(), signature)
	if !ok || !good {
		return m, ch.Member, refuseLogin("the signature is not that of a member " + ch.Member + " over this challenge")
	}
	if !m.Speaks() {
		return m, ch.Member, refuseLogin(m.ID + " may not speak: it was removed, or its unit has not joined or has withdrawn")
	}
	return m, ch.Member, nil
}

func tokenKey(token string) string {
	sum := sha256.Sum256([]byte(token))
	return string(sum[:])
}

// bearer is the request's token; "" without one.
func bearer(r *http.Request) string {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return token
}

// MemberHeader carries a member's token beside this machine's own in Authorization.
const MemberHeader = "Campaign-Member"

// session finds the session of a request: by a token in MemberHeader or in Authorization, else by a browser's cookie where that counts.
func (s *Server) session(r *http.Request) (session, bool) {
	held, secret := &s.sessions.tokens, r.Header.Get(MemberHeader)
	if secret == "" {
		secret = bearer(r)
	}
	if value, counts := s.browser(r); counts {
		held, secret = &s.sessions.browsers, value
	}
	if secret == "" {
		return session{}, false
	}
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	return held.get(tokenKey(secret), s.now())
}

// loggedIn reports whether the request carries a member's token that still holds.
func (s *Server) loggedIn(r *http.Request) bool {
	_, ok := s.session(r)
	return ok
}

// reader is who reads: a member with a token for this campaign whose key is still the one it logged in with, or the public.
func (s *Server) reader(r *http.Request, c *host.Campaign) host.Reader {
	given, ok := s.session(r)
	if !ok || given.campaign != c.ID {
		return host.Reader{}
	}
	m, ok := c.Member(given.member)
	if !ok || !m.Speaks() || m.Key != given.key {
		return host.Reader{}
	}
	return host.Reader{Member: m.ID, Role: m.Role, Unit: m.Unit}
}

// member is the member who asks; without one it answers that one is needed.
func (s *Server) member(w http.ResponseWriter, r *http.Request, c *host.Campaign) (host.Reader, bool) {
	reader := s.reader(r, c)
	if reader.Member == "" {
		needLogin("only a member may do this; log in with your key (--key), a token lasts 15 minutes").write(w)
	}
	return reader, reader.Member != ""
}

func needLogin(detail string) problem {
	return problem{Status: http.StatusUnauthorized, Code: "login", Detail: detail}
}

func (s *Server) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

// trusted reports whether the request carries this machine's token.
func (s *Server) trusted(r *http.Request) bool {
	return s.Token != "" && subtle.ConstantTimeCompare([]byte(bearer(r)), []byte(s.Token)) == 1
}

// OwnerHeader carries the owner's signature over what it opens.
const OwnerHeader = "Campaign-Owner"

// OwnerBytes are what a server's owner signs to open a campaign there with a body: a copy of them opens the same campaign again, which
// changes nothing.
func OwnerBytes(server events.PublicKey, body []byte) []byte {
	sum := sha256.Sum256(body)
	return []byte(keys.DomainOwner + server.String() + "\n" + hex.EncodeToString(sum[:]))
}

// mayOpen reports whether the request may open a campaign: signed by the server's owner, or where it has none from this machine.
func (s *Server) mayOpen(w http.ResponseWriter, r *http.Request, body []byte) bool {
	if s.Owner == (events.PublicKey{}) {
		if s.trusted(r) || fromLoopback(r) {
			return true
		}
		problem{Status: http.StatusForbidden, Code: "owner", Detail: "campaigns are opened from the server's own machine only; start the server with --owner KEY to open them from elsewhere"}.write(w)
		return false
	}
	signature, err := hex.DecodeString(strings.TrimPrefix(r.Header.Get(OwnerHeader), signaturePrefix))
	if err == nil && len(signature) == ed25519.SignatureSize && ed25519.Verify(s.Owner[:], OwnerBytes(s.Key.Public, body), signature) {
		return true
	}
	problem{Status: http.StatusForbidden, Code: "owner", Detail: "campaigns are opened here with the owner's key only (--owner-key FILE)"}.write(w)
	return false
}

// fromLoopback reports whether the request came from this machine; a proxy in front hides that, and then an owner's key is needed.
func fromLoopback(r *http.Request) bool {
	name, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil || r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" {
		return false
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.IsLoopback()
}

// about tells who this server is.
func (s *Server) about(w http.ResponseWriter, r *http.Request) {
	if _, err := parameters(r); err != nil {
		s.fail(w, r, err)
		return
	}
	s.writeRead(w, r, serverAbout{s.Version, s.Key.Public.String(), s.Owner != (events.PublicKey{})})
}

// serverAbout is who a server is.
type serverAbout struct {
	Version string `json:"version"`
	Key     string `json:"key"`   // names it in challenges
	Owner   bool   `json:"owner"` // whether campaigns are opened with an owner's key only
}
