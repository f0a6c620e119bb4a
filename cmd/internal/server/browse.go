package server

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/web"
	"campaignledger/events"
)

const (
	// codeTime is how long a link into the browser waits to be opened. It works once.
	codeTime = time.Minute
	// cookieTime is how long a browser keeps its cookie. That it counts no more after tokenTime is the server's to say, and then the page says it
	// too: a cookie that the browser dropped by itself would let a member read as the public without a word.
	cookieTime = 12 * time.Hour
	// maxCodes and maxBrowsers bound the links and the browsers' sessions in memory; over them the oldest go.
	maxCodes    = 1000
	maxBrowsers = 10_000
	// maxFormBytes bounds a form's body.
	maxFormBytes = 1 << 10
)

// errLink is a link that is not good, or not any more.
const errLink = linkError("this link was used before, is too old, or was never given; campaign browse gives another")

type linkError string

func (e linkError) Error() string { return string(e) }

// Link is a way into the browser: a path below the server's address that works once.
type Link struct {
	Path    string `json:"path"`
	Expires string `json:"expires"`
}

// makeLink gives a member a link with which a browser reads as that member.
func (s *Server) makeLink(w http.ResponseWriter, r *http.Request) {
	c, _ := s.asked(w, r)
	if c == nil {
		return
	}
	if _, ok := s.member(w, r, c); !ok {
		return
	}
	code, now := rand.Text(), s.now()
	given, _ := s.session(r)
	s.sessions.mu.Lock()
	s.sessions.codes.put(tokenKey(code), given, now.Add(codeTime), maxCodes, now)
	s.sessions.mu.Unlock()
	writeJSON(w, http.StatusCreated, Link{"/campaigns/" + c.ID + "/enter?code=" + code, events.FormatTime(events.Milliseconds(now.Add(codeTime)))})
}

// enter opens a link. Who opens it from the command line, or types it, is in at once. Where a page of another site led here, or a program that
// looks at links before people do, a page asks first: nobody is made to read as somebody by a click elsewhere, the link stays good until it
// is meant, and the browser sends the cookie at once, which it would not at the end of a way that began on another site.
func (s *Server) enter(w http.ResponseWriter, r *http.Request) {
	c, q := s.visited(w, r, "code")
	if c == nil {
		return
	}
	site := r.Header.Get("Sec-Fetch-Site")
	if meant := site == "none" || site == "same-origin"; meant && r.Method == http.MethodGet && r.Header.Get("Sec-Purpose") == "" {
		s.letIn(w, r, c, q.Get("code"))
		return
	}
	s.sessions.mu.Lock()
	given, ok := s.sessions.codes.get(tokenKey(q.Get("code")), s.now())
	s.sessions.mu.Unlock()
	if !ok || given.campaign != c.ID {
		s.failPage(w, r, errLink)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	s.render(w, http.StatusOK, web.Enter(language(r), c.ID, given.member, q.Get("code")))
}

// confirm is the answer of the page that enter asks with.
func (s *Server) confirm(w http.ResponseWriter, r *http.Request) {
	c, _ := s.visited(w, r)
	if c == nil {
		return
	}
	body, err := s.readAll(w, r, maxFormBytes)
	var form url.Values
	if err == nil {
		if form, err = url.ParseQuery(string(body)); err != nil {
			err = badRequest("the body is not a form with a code")
		}
	}
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	s.letIn(w, r, c, form.Get("code"))
}

// letIn takes a code and gives the browser a cookie for it.
func (s *Server) letIn(w http.ResponseWriter, r *http.Request, c *host.Campaign, code string) {
	if p := s.tooOften(r); p.Status != 0 {
		s.showProblem(w, r, p)
		return
	}
	secret, now := rand.Text(), s.now()
	s.sessions.mu.Lock()
	given, ok := s.sessions.codes.take(tokenKey(code), now)
	if ok = ok && given.campaign == c.ID; ok {
		s.sessions.browsers.put(tokenKey(secret), given, now.Add(tokenTime), maxBrowsers, now)
	}
	s.sessions.mu.Unlock()
	if !ok {
		s.failed(r, c.ID, "")
		s.failPage(w, r, errLink)
		return
	}
	http.SetCookie(w, s.cookie(r, secret, cookieTime))
	s.toBoard(w, r, c)
}

// leave ends the session of a browser.
func (s *Server) leave(w http.ResponseWriter, r *http.Request) {
	c, _ := s.visited(w, r)
	if c == nil {
		return
	}
	if given, err := r.Cookie(s.cookieName(r)); err == nil {
		s.sessions.mu.Lock()
		delete(s.sessions.browsers.rows, tokenKey(given.Value))
		s.sessions.mu.Unlock()
	}
	s.forget(w, r)
	s.toBoard(w, r, c)
}

// toBoard sends a browser on to the board.
func (s *Server) toBoard(w http.ResponseWriter, r *http.Request, c *host.Campaign) {
	path := "/campaigns/" + c.ID
	if language(r) == "en" {
		path += "?lang=en"
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", path)
	w.WriteHeader(http.StatusSeeOther)
}

// cookieName names the cookie. Cookies do not tell ports of a machine apart, and a machine may have several servers: the name does. Under TLS
// its beginning makes browsers refuse it from anybody but this host over TLS.
func (s *Server) cookieName(r *http.Request) string {
	name := "campaign"
	if s.Key != nil {
		const part = 4 // bytes that tell the few servers of a machine apart
		name += "-" + hex.EncodeToString(s.Key.Public[:part])
	}
	if r.TLS != nil {
		name = "__Host-" + name
	}
	return name
}

// cookie is the cookie with a value, for a time; a negative time takes it away. No script sees it, and no other site's page has it sent.
func (s *Server) cookie(r *http.Request, value string, lasts time.Duration) *http.Cookie {
	return &http.Cookie{Name: s.cookieName(r), Value: value, Path: "/", MaxAge: int(lasts / time.Second), Secure: r.TLS != nil, HttpOnly: true, SameSite: http.SameSiteStrictMode}
}

func (s *Server) forget(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, s.cookie(r, "", -time.Second))
}

// browser is the cookie of a request that it counts for. It counts for reading only, so that no page can have a browser change anything; not
// beside a token; and not for what pages of other origins fetch or embed, though a browser sends it there from the same host.
func (s *Server) browser(r *http.Request) (value string, counts bool) {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	if !reads || r.Header.Get("Authorization") != "" || r.Header.Get(MemberHeader) != "" {
		return "", false
	}
	site := r.Header.Get("Sec-Fetch-Site")
	if site != "" && site != "same-origin" && site != "none" && r.Header.Get("Sec-Fetch-Mode") != "navigate" {
		return "", false
	}
	given, err := r.Cookie(s.cookieName(r))
	if err != nil {
		return "", false
	}
	return given.Value, true
}

// dropped takes a cookie away that does not make anybody a member here, or not any more, and reports whether there was one. The page reads as
// the public.
func (s *Server) dropped(w http.ResponseWriter, r *http.Request, c *host.Campaign) bool {
	if _, counts := s.browser(r); !counts {
		return false
	}
	given, ok := s.session(r)
	if ok && (given.campaign != c.ID || s.reader(r, c).Member != "") {
		return false
	}
	s.forget(w, r)
	return true
}
