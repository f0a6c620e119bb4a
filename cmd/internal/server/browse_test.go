package server_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

// fromCommandLine is what a browser says of an address that nobody's page led to.
var fromCommandLine = []string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate"}

// readsAs is the member that the board says it is read as; "" for the public.
func (s *signedSite) readsAs(header ...string) string {
	s.t.Helper()
	got := s.do(http.MethodGet, "/campaigns/"+s.id+"?lang=en", "", header...)
	if got.Code != http.StatusOK {
		s.t.Fatalf("the board: %d %s", got.Code, got.Body)
	}
	m := regexp.MustCompile(`>reading as ([a-z-]+)<`).FindStringSubmatch(got.Body)
	if m == nil {
		return ""
	}
	return m[1]
}

// TestBrowse: a member's link lets a browser read as that member, once and for a minute, with a cookie that lasts 15.
func TestBrowse(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial", manyAttempts)
	other := s.sibling("other")
	s.do(http.MethodPost, s.path("/session"), "").expect(t, 401, "login")
	s.do(http.MethodPost, other.path("/session"), "", as(s.login("auditor"))...).expect(t, 401, "login")
	link := s.link("b-head")
	got := s.do(http.MethodGet, link+"&lang=en", "", fromCommandLine...)
	c := sets(got)
	if c == nil || got.Code != http.StatusSeeOther || got.Header.Get("Location") != "/campaigns/trial?lang=en" {
		t.Fatalf("%d %v", got.Code, got.Header)
	}
	if !strings.HasPrefix(c.Name, "campaign-") || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.MaxAge < 901 || c.Domain != "" || c.Secure {
		t.Errorf("the cookie is %v", c)
	}
	cookie := cookieOf(got)
	if who := s.readsAs("Cookie", cookie); who != "b-head" {
		t.Errorf("the board is read as %q", who)
	}
	s.do(http.MethodGet, s.path("/evidence/"+strings.Repeat("0", 64)), "").expect(t, 401, "login")
	s.do(http.MethodGet, s.path("/evidence/"+strings.Repeat("0", 64)), "", "Cookie", cookie).expect(t, 404, "no-evidence")
	if who := other.readsAs("Cookie", cookie); who != "" {
		t.Errorf("another campaign's board is read as %q", who)
	}
	if kept := sets(s.do(http.MethodGet, "/campaigns/other", "", "Cookie", cookie)); kept != nil {
		t.Errorf("another campaign's board sets %v", kept)
	}
	s.do(http.MethodGet, link, "", fromCommandLine...).expect(t, 410, "link") // again
	s.do(http.MethodGet, strings.Replace(s.link("b-head"), "trial", "other", 1), "", fromCommandLine...).expect(t, 410, "link")
	late := s.link("b-head")
	s.late.Store(int64(time.Minute + time.Second))
	s.do(http.MethodGet, late, "", fromCommandLine...).expect(t, 410, "link")
	for _, code := range []string{"", "?code=", "?code=x"} {
		s.do(http.MethodGet, "/campaigns/trial/enter"+code, "", fromCommandLine...).expect(t, 410, "link")
	}
	if page := s.do(http.MethodGet, late, "", append([]string{"Accept", "text/html"}, fromCommandLine...)...); page.Code != http.StatusGone || !strings.Contains(page.Body, "campaign browse") {
		t.Errorf("the page of a link that is too old: %d %s", page.Code, page.Body)
	}
}

// TestBrowseFromElsewhere: a link that another site's page, or a program that looks at links, opens is not used up, and a person is asked.
func TestBrowseFromElsewhere(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial", manyAttempts)
	link := s.link("auditor")
	_, code, _ := strings.Cut(link, "code=")
	for _, header := range [][]string{nil, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "none", "Sec-Purpose", "prefetch"}} {
		got := s.do(http.MethodGet, link+"&lang=en", "", header...)
		if got.Code != http.StatusOK || !strings.Contains(got.Body, "Go on as auditor") || !strings.Contains(got.Body, `value="`+code+`"`) || got.Header.Get("Set-Cookie") != "" ||
			got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%v: %d %v %s", header, got.Code, got.Header, got.Body)
		}
	}
	if got := s.do(http.MethodHead, link, "", fromCommandLine...); got.Code != http.StatusOK || got.Header.Get("Set-Cookie") != "" {
		t.Errorf("HEAD: %d %v", got.Code, got.Header)
	}
	s.do(http.MethodGet, "/campaigns/trial/enter?code=x", "").expect(t, 410, "link")
	enter := func(body string, header ...string) answer {
		return s.do(http.MethodPost, "/campaigns/trial/enter", body, header...)
	}
	own := []string{"Origin", s.url, "Sec-Fetch-Site", "same-origin"}
	enter("code="+code, "Origin", "https://mail.example").expect(t, 403, "origin")
	enter("code="+code, "Sec-Fetch-Site", "cross-site").expect(t, 403, "origin")
	enter("code=x", own...).expect(t, 410, "link")
	enter("%zz", own...).expect(t, 400, "bad-request")
	enter("code="+strings.Repeat("x", 2000), own...).expect(t, 413, "too-big")
	got := enter("code="+code, own...)
	if got.Code != http.StatusSeeOther || s.readsAs("Cookie", cookieOf(got)) != "auditor" {
		t.Errorf("%d %v", got.Code, got.Header)
	}
	enter("code="+code, own...).expect(t, 410, "link")
}

// TestCookieReadsOnly: a browser's cookie changes nothing, is no token, and does not count where another origin's page sent it.
func TestCookieReadsOnly(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial", manyAttempts)
	cookie, token := s.browse("auditor"), s.login("auditor")
	name, secret, _ := strings.Cut(cookie, "=")
	for _, request := range []string{"POST /detached", "POST /evidence?name=x.txt", "POST /session", "POST /amendment?name=x", "DELETE /detached/" + strings.Repeat("0", 64)} {
		method, path, _ := strings.Cut(request, " ")
		s.do(method, s.path(path), "x", "Cookie", cookie, "Sec-Fetch-Site", "same-origin", "Origin", s.url).expect(t, 401, "login")
	}
	s.do(http.MethodGet, s.path("/head"), "", as(secret)...).expect(t, 401, "token")
	s.do(http.MethodGet, s.path("/head"), "", server.MemberHeader, secret).expect(t, 401, "token")
	s.do(http.MethodGet, s.path("/head"), "", "Authorization", "Bearer ", "Cookie", cookie).expect(t, 401, "token")
	s.do(http.MethodGet, s.path("/head"), "", server.MemberHeader, token+"x", "Cookie", cookie).expect(t, 401, "token")
	for want, header := range map[string][]string{
		"":        {"Cookie", name + "=" + token},
		"auditor": {"Cookie", cookie, "Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "navigate"},
		"b-head":  append(as(s.login("b-head")), "Cookie", cookie),
	} {
		if who := s.readsAs(header...); who != want {
			t.Errorf("%q reads as %q", want, who)
		}
	}
	for _, site := range []string{"same-site", "cross-site"} {
		s.do(http.MethodGet, s.path("/evidence/"+strings.Repeat("0", 64)), "", "Cookie", cookie, "Sec-Fetch-Site", site, "Sec-Fetch-Mode", "no-cors").expect(t, 401, "login")
	}
}

// TestBrowsingEnds: by leaving, with time and with the member, and then the page is the public's and says so; the API sets no cookie.
func TestBrowsingEnds(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial", manyAttempts)
	expectEnded := func(why, cookie string) {
		t.Helper()
		got := s.do(http.MethodGet, "/campaigns/trial?lang=en", "", "Cookie", cookie)
		c := sets(got)
		if c == nil || got.Code != http.StatusOK || c.MaxAge >= 0 || c.Value != "" || !strings.HasPrefix(cookie, c.Name+"=") {
			t.Errorf("%s: %d %v", why, got.Code, got.Header)
		}
		if !strings.Contains(got.Body, "has ended") || strings.Contains(got.Body, ">reading as") {
			t.Errorf("%s: the page is %s", why, got.Body)
		}
		if api := s.do(http.MethodGet, s.path("/standings"), "", "Cookie", cookie); api.Code != http.StatusOK || api.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: the API: %d %v", why, api.Code, api.Header)
		}
	}
	left, late, gone := s.browse("auditor"), s.browse("auditor"), s.browse("b-officer")
	s.do(http.MethodPost, "/campaigns/trial/leave", "", "Cookie", left, "Origin", "http://evil.example").expect(t, 403, "origin")
	if who := s.readsAs("Cookie", left); who != "auditor" {
		t.Errorf("a foreign page ended the session: %q", who)
	}
	got := s.do(http.MethodPost, "/campaigns/trial/leave?lang=en", "", "Cookie", left, "Origin", s.url)
	if got.Code != http.StatusSeeOther || got.Header.Get("Location") != "/campaigns/trial?lang=en" || sets(got) == nil || cookieOf(got) != "" {
		t.Errorf("leaving: %d %v", got.Code, got.Header)
	}
	expectEnded("left", left)
	s.say("b-head", "b", &events.MemberRemoved{Member: "b-officer", Reason: "left"})
	expectEnded("removed", gone)
	if who := s.readsAs("Cookie", late); who != "auditor" {
		t.Errorf("another session ended too: %q", who)
	}
	s.late.Store(int64(15*time.Minute + time.Second))
	expectEnded("late", late)
}

// TestBrowseOverTLS: there the cookie is only for this host, over TLS.
func TestBrowseOverTLS(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	r := httptest.NewRequest(http.MethodGet, "https://localhost"+s.link("auditor"), nil)
	r.Header.Set("Sec-Fetch-Site", "none")
	w := httptest.NewRecorder()
	s.server.Config.Handler.ServeHTTP(w, r)
	c, err := http.ParseSetCookie(w.Header().Get("Set-Cookie"))
	if err != nil || !strings.HasPrefix(c.Name, "__Host-campaign-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteStrictMode {
		t.Errorf("%v: %v", w.Header(), err)
	}
	r = httptest.NewRequest(http.MethodGet, s.url+s.path("/challenge?member=auditor"), nil)
	r.TLS = &tls.ConnectionState{}
	w = httptest.NewRecorder()
	s.server.Config.Handler.ServeHTTP(w, r)
	var ch server.Challenge
	if err := decode(w.Body.String(), &ch); err != nil || ch.Origin != "https://"+s.addr {
		t.Errorf("%s: %v", w.Body, err)
	}
}

// TestLinksAreBounded: links that nobody opens do not pile up.
func TestLinksAreBounded(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial", manyAttempts)
	token, first := as(s.login("auditor")), s.link("auditor")
	const most = 1000
	for range most {
		if got := s.do(http.MethodPost, s.path("/session"), "", token...); got.Code != http.StatusCreated {
			t.Fatal(got)
		}
	}
	s.do(http.MethodGet, first, "", fromCommandLine...).expect(t, 410, "link")
	s.browse("auditor")
}

// TestFeedEndsWithTheSession: a feed of a member says that it ends when the member's time has, and does not go on as the public's; a page of the
// public goes on.
func TestFeedEndsWithTheSession(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial")
	cookie, token := s.browse("auditor"), as(s.login("auditor"))
	for _, path := range []string{"/board", "/standings", "/events?since=8"} {
		feeds := map[string]*stream{"a browser": s.follow(s.path(path), eventStream, "Cookie", cookie), "a token": s.follow(s.path(path), eventStream, token...)}
		public := s.follow(s.path(path), eventStream)
		if path != "/events?since=8" {
			for _, f := range feeds {
				f.next()
			}
			public.next()
		}
		s.late.Store(int64(15*time.Minute + time.Second))
		s.say("b-head", "b", bonus("b", "x"+strings.Trim(path, "/?=8"), 1))
		for who, f := range feeds {
			if m, ok := f.next(); !ok || m.event != "end" || !strings.Contains(m.data, `"code":"login"`) {
				t.Errorf("%s of %s: %+v, %v", path, who, m, ok)
			}
		}
		if m, ok := public.next(); !ok || m.event == "end" {
			t.Errorf("%s of the public: %+v, %v", path, m, ok)
		}
		s.late.Store(0)
	}
}
