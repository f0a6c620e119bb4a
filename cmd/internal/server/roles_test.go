package server_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

// Who may use a route.
type permission string

const (
	anybody  permission = "anybody"           // what the answer shows is the boundary's matter: see TestFreeze
	member   permission = "a member"          // of the campaign, with a token
	reading  permission = "a reading member"  // with a token, or in a browser
	machine  permission = "this machine"      // with the token of server.json
	helping  permission = "member or machine" // either
	local    permission = "on this machine"   // with the token, or over the loopback interface
	operator permission = "the operator"      // the owner's signature, or without an owner whoever is on this machine
)

// permissions say of each route who may use it. Pages of a campaign are anybody's.
var permissions = map[string]permission{
	"GET /metrics": local, "GET /api/v1/status": local,
	"GET /healthz": anybody, "GET /readyz": anybody, "GET /{$}": anybody, "GET /assets/{file}": anybody,
	"GET /api/v1/server": anybody, "GET /api/v1/openapi.json": anybody, "GET /api/v1/asyncapi.json": anybody, "GET /api/v1/campaigns": anybody, "POST /api/v1/campaigns": operator,
	"GET " + campaignRoute: anybody, "GET " + campaignRoute + "/standings": anybody, "GET " + campaignRoute + "/audit": anybody,
	"GET " + campaignRoute + "/timeline": anybody, "GET " + campaignRoute + "/whatif": anybody,
	"GET " + campaignRoute + "/stability": anybody, "GET " + campaignRoute + "/scorers": anybody,
	"GET " + campaignRoute + "/board": anybody, "GET " + campaignRoute + "/why": anybody, "GET " + campaignRoute + "/events": anybody,
	// Events, imports, drafts and cosignatures are their signers': what counts is the signature in them, and in an unsigned campaign nobody's.
	"POST " + campaignRoute + "/events": anybody, "POST " + campaignRoute + "/imports": helping, "POST " + campaignRoute + "/imports/{import}": anybody,
	"POST " + campaignRoute + "/drafts": anybody, "POST " + campaignRoute + "/cosignatures": anybody,
	"POST " + campaignRoute + "/amendment": helping, "GET " + campaignRoute + "/regulation": anybody, "GET " + campaignRoute + "/members": anybody,
	"GET " + campaignRoute + "/check": anybody, "GET " + campaignRoute + "/awards": anybody, "GET " + campaignRoute + "/trail": anybody,
	"GET " + campaignRoute + "/documents": anybody, "GET " + campaignRoute + "/documents/{kind}": anybody,
	"GET " + campaignRoute + "/head": anybody, "GET " + campaignRoute + "/checkpoint": anybody, "GET " + campaignRoute + "/checkpoints": anybody,
	"GET " + campaignRoute + "/events/{seq}/receipt": anybody, "GET " + campaignRoute + "/growth": anybody, "GET " + campaignRoute + "/bundle": anybody,
	"GET /api/v1/doctor": machine, "GET " + campaignRoute + "/backup": machine, "POST " + campaignRoute + "/take-over": machine,
	"GET " + campaignRoute + "/doctor": machine, "POST " + campaignRoute + "/rebuild": machine, "GET " + campaignRoute + "/policy": anybody, "POST " + campaignRoute + "/policy": operator,
	"GET " + campaignRoute + "/challenge": anybody, "POST " + campaignRoute + "/login": anybody, "POST " + campaignRoute + "/session": member,
	"POST " + campaignRoute + "/evidence": member, "GET " + campaignRoute + "/evidence/{sha256}": reading,
	"POST " + campaignRoute + "/detached": member, "GET " + campaignRoute + "/detached/{hash}": reading, "DELETE " + campaignRoute + "/detached/{hash}": member,
	"POST /campaigns/{id}/enter": anybody, "POST /campaigns/{id}/leave": anybody, // with a link, with a cookie
}

// permissionOf is who may use a route; "" where nobody said.
func permissionOf(route string) permission {
	if strings.HasPrefix(route, "GET /campaigns/{id}") {
		return anybody
	}
	return permissions[route]
}

// requestOf is a request for a route of the campaign, with a body that a handler gets to.
func (s *signedSite) requestOf(route string) (method, path, body string) {
	s.t.Helper()
	method, pattern, _ := strings.Cut(route, " ")
	path = strings.NewReplacer("{id}", s.id, "{$}", "", "{seq}", "1", "{import}", uuid.Nil.String(), "{sha256}", strings.Repeat("0", 64), "{hash}", strings.Repeat("0", 64),
		"{file}", "site.css", "{unit}", "a", "{award}", "flag", "{kind}", "points-csv").Replace(pattern)
	query := map[string]string{"/evidence": "?name=x.txt", "/amendment": "?name=x.yaml", "/imports": "?name=x.csv&author=b-officer&dry_run=true", "/campaigns": "?name=x.yaml"}
	if method == http.MethodPost {
		path += query[path[strings.LastIndex(path, "/"):]]
	}
	switch {
	case method != http.MethodPost:
	case strings.Contains(path, "/imports?"):
		body = "cluster,unit,criterion,level,scorer,points\none,b,G,self,b,9\n"
	case strings.HasSuffix(pattern, "/api/v1/campaigns"):
		body = parseOpening(s)
	case strings.HasSuffix(pattern, "/session"):
	default:
		body = "x"
	}
	return method, path, body
}

func parseOpening(s *signedSite) string {
	return string(parseLines(s.t, s.do(http.MethodGet, s.path("/events"), "").Body)[0].Record)
}

// visitor is somebody who sends requests, and what it is.
type visitor struct {
	name, remote string
	header       []string
	signs        bool // as the server's owner
	is           map[permission]bool
}

func (s *signedSite) visitors(owner bool) []visitor {
	s.t.Helper()
	other := s.sibling("other")
	const here, far = "127.0.0.1:4000", "192.0.2.7:4000"
	gone := s.login("b-gone")
	s.say("b-head", "b", &events.MemberRemoved{Member: "b-gone", Reason: "left"})
	is := func(list ...permission) map[permission]bool {
		all := map[permission]bool{anybody: true}
		for _, p := range list {
			all[p] = true
		}
		return all
	}
	nearby := is(operator, local)
	if owner {
		nearby = is(local)
	}
	withLocal := func(list ...permission) map[permission]bool {
		all := maps.Clone(nearby)
		maps.Copy(all, is(list...))
		return all
	}
	list := []visitor{
		{name: "public", remote: far, is: is()},
		{name: "somebody on this machine", remote: here, is: nearby},
		{name: "somebody through a proxy on this machine", remote: here, header: []string{"X-Forwarded-For", "127.0.0.1"}, is: is()},
		{name: "this machine's command", remote: here, header: as(serverToken), is: withLocal(machine, helping)},
		{name: "this machine's command for a member", remote: here, header: append(as(serverToken), server.MemberHeader, s.login("b-officer")), is: withLocal(machine, helping, member, reading)},
		{name: "removed member", remote: far, header: as(gone), is: is()},
		{name: "member of another campaign", remote: far, header: as(other.login("auditor")), is: is()},
		{name: "browser of another campaign's member", remote: far, header: []string{"Cookie", other.browse("auditor")}, is: is()},
		{name: "browser with what was made up", remote: far, header: []string{"Cookie", s.browse("b-officer") + "x"}, is: is()},
		{name: "b-officer", remote: far, header: as(s.login("b-officer")), is: is(member, reading, helping)},
		{name: "b-officer's browser", remote: far, header: []string{"Cookie", s.browse("b-officer")}, is: is(reading)},
		{name: "owner's signature", remote: far, signs: true, is: is()},
	}
	if owner {
		list[len(list)-1].is = is(operator)
	}
	return list
}

// refused reports whether an answer says that the asker may not.
func refused(a answer) bool {
	return (a.Code == http.StatusUnauthorized || a.Code == http.StatusForbidden) &&
		!strings.Contains(a.Body, `"detail":"the challenge is unknown`) || a.Code == http.StatusMisdirectedRequest
}

// TestPermissions: each route is for those that the table says, and each of the others is refused.
func TestPermissions(t *testing.T) {
	t.Parallel()
	for _, owned := range []bool{false, true} {
		owner := privateKey("the owner", 1)
		s := newSignedSite(t, openHost(t, host.Config{}), "trial", manyAttempts, func(s *server.Server) { s.OpenToAll = true })
		visitors := s.visitors(owned)
		if owned {
			s.handler.Owner = events.PublicKeyOf(owner) // from now on
		}
		for _, route := range routes(t) {
			who := permissionOf(route)
			if who == "" {
				t.Errorf("%s: nobody said who may use it; give it a line here", route)
				continue
			}
			method, path, body := s.requestOf(route)
			for _, v := range visitors {
				header := slices.Clone(v.header)
				if strings.HasSuffix(route, "/leave") { // it would end the browser's session
					header = nil
				}
				if v.signs {
					header = append(header, server.OwnerHeader, hex.EncodeToString(ed25519.Sign(owner, server.OwnerBytes(s.handler.Key.Public, []byte(body)))))
				}
				if got := s.from(v.remote, method, path, body, header...); refused(got) == v.is[who] {
					t.Errorf("with an owner: %v; %s is for %s; %s: %d %.300s", owned, route, who, v.name, got.Code, got.Body)
				}
			}
		}
		for route := range permissions {
			if !slices.Contains(routes(t), route) {
				t.Errorf("there is no route %s", route)
			}
		}
	}
}

// TestEveryRouteIsGuarded: on each route a foreign host, origin and site are refused, and each answer, also a refusal, has the headers.
func TestEveryRouteIsGuarded(t *testing.T) {
	t.Parallel()
	s := newSignedSite(t, openHost(t, host.Config{}), "trial", manyAttempts)
	cookie := s.browse("auditor")
	for _, route := range append(routes(t), "GET /nothing", "POST /healthz") {
		method, path, body := s.requestOf(route)
		s.do(method, path, body, "Host", "evil.example").expect(t, 421, "host")
		for _, origin := range []string{"http://evil.example", "null", "http://127.0.0.1:1", s.url + ".evil.example"} {
			s.do(method, path, body, "Origin", origin, "Cookie", cookie).expect(t, 403, "origin")
		}
		if method != http.MethodGet {
			s.do(method, path, body, "Sec-Fetch-Site", "cross-site", "Cookie", cookie).expect(t, 403, "origin")
			s.do(method, path, body, "Sec-Fetch-Site", "same-site", "Cookie", cookie).expect(t, 403, "origin")
		}
		s.do(method, path, body, "Authorization", "Bearer x", "Cookie", cookie).expect(t, 401, "token")
		for _, header := range [][]string{nil, {"Origin", "http://evil.example"}, {"Host", "evil.example"}, {"Authorization", "Bearer x"}} {
			got := s.do(method, path, body, header...)
			for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
				"Cross-Origin-Resource-Policy": "same-origin", "Vary": "Authorization, Cookie, " + server.MemberHeader, "Access-Control-Allow-Origin": "",
				"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"} {
				if value := got.Header.Get(name); value != want {
					t.Errorf("%s with %v: %s is %q", route, header, name, value)
				}
			}
			if !strings.Contains(got.Header.Get("Permissions-Policy"), "camera=()") {
				t.Errorf("%s with %v: Permissions-Policy is %q", route, header, got.Header.Get("Permissions-Policy"))
			}
			if set := got.Header.Values("Set-Cookie"); strings.Contains(route, "/api/") && len(set) > 0 || sets(got) != nil && !strings.HasSuffix(route, "/leave") {
				t.Errorf("%s with %v sets a cookie: %s", route, header, set)
			}
		}
	}
}
