package server_test

import (
	"net/http"
	"testing"

	"campaignledger/cmd/internal/server"
)

// TestGuard: what a foreign web page can make a browser send is refused, whatever the route; this machine's commands are not.
func TestGuard(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	own := s.url
	for _, test := range []struct {
		name   string
		post   bool
		header []string
		status int
		code   string
	}{
		{"plain", true, nil, 200, ""},
		{"own page", true, []string{"Origin", own, "Sec-Fetch-Site", "same-origin"}, 200, ""},
		{"typed in", false, []string{"Sec-Fetch-Site", "none"}, 200, ""},
		{"a link from elsewhere", false, []string{"Sec-Fetch-Site", "cross-site"}, 200, ""},
		{"rebound name", false, []string{"Host", "evil.example"}, 421, "host"},
		{"rebound name with our port", true, []string{"Host", "evil.example:7117", "Origin", "http://evil.example:7117"}, 421, "host"},
		{"name that starts like ours", false, []string{"Host", "localhost.evil.example"}, 421, "host"},
		{"address that is not ours", false, []string{"Host", "192.0.2.1:80"}, 421, "host"},
		{"all addresses", false, []string{"Host", "0.0.0.0"}, 421, "host"},
		{"localhost", false, []string{"Host", "LOCALHOST:1"}, 200, ""},
		{"IPv6", false, []string{"Host", "[::1]:1"}, 200, ""},
		{"foreign page", true, []string{"Origin", "http://evil.example"}, 403, "origin"},
		{"foreign page reads", false, []string{"Origin", "https://evil.example"}, 403, "origin"},
		{"page of another port", true, []string{"Origin", "http://127.0.0.1:1"}, 403, "origin"},
		{"page from a file", true, []string{"Origin", "null"}, 403, "origin"},
		{"form of another site", true, []string{"Sec-Fetch-Site", "cross-site"}, 403, "origin"},
		{"form of a sibling site", true, []string{"Sec-Fetch-Site", "same-site"}, 403, "origin"},
		{"our token from anywhere", true, []string{"Authorization", "Bearer " + token, "Host", "evil.example", "Origin", "http://evil.example"}, 200, ""},
		{"another token", true, []string{"Authorization", "Bearer x"}, 401, "token"},
		{"no token", true, []string{"Authorization", "Bearer "}, 401, "token"},
		{"another kind", false, []string{"Authorization", "Basic eDp5"}, 401, "token"},
	} {
		method, path, body := http.MethodGet, base+"/small/standings", ""
		if test.post {
			method, path, body = http.MethodPost, eventsPath, draft("a", "s", 5, `,"id":"0192f0c8-0000-7000-8000-000000000001"`)
		}
		got := s.do(method, path, body, test.header...)
		if test.status == 200 && got.Code != 200 {
			t.Errorf("%s: %d %s", test.name, got.Code, got.Body)
		}
		if test.status != 200 {
			got.expect(t, test.status, test.code)
		}
	}
	if got := parseLines(t, s.do(http.MethodGet, eventsPath, "").Body); len(got) != 2 {
		t.Errorf("%d events are stored, want the opening and one entry", len(got))
	}
}

// TestNoToken: a server without a token accepts none, and one open to all any host but no foreign page.
func TestNoToken(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *server.Server) { s.Token, s.OpenToAll = "", true })
	s.do(http.MethodGet, "/healthz", "", "Authorization", "Bearer ").expect(t, 401, "token")
	if got := s.do(http.MethodGet, "/healthz", "", "Host", "ledger.example"); got.Code != http.StatusOK {
		t.Errorf("another host name: %d", got.Code)
	}
	s.do(http.MethodPost, eventsPath, draft("a", "x", 1), "Host", "ledger.example", "Origin", "http://evil.example").expect(t, 403, "origin")
}
