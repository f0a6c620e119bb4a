package server

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// contentPolicy lets a page have scripts, styles, pictures and feeds of this server, send forms to it, and nothing else; nobody may frame it.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// permissionsPolicy gives up what no page here needs.
const permissionsPolicy = "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"

// strictTransport is how long browsers that were here over TLS come back over TLS only: a year.
const strictTransport = "max-age=31536000"

// secureHeaders sets the headers that every answer has.
func secureHeaders(h http.Header, r *http.Request) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // a form of ours names its origin; others are told nothing
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("Permissions-Policy", permissionsPolicy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Vary", "Authorization, Cookie, "+MemberHeader) // a freeze shows members what it hides from others
	if r.TLS != nil && !loopbackHost(r.Host) {            // localhost is the name of whatever else runs on the machine, too
		h.Set("Strict-Transport-Security", strictTransport)
	}
}

// guard sets the headers every answer has, and refuses tokens that do not hold and what a foreign web page could make a reader's browser send.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secureHeaders(w.Header(), r)
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTimeout)) // feeds set their own; not every writer has deadlines
		given := r.Header.Get("Authorization") != "" && !s.trusted(r) || r.Header.Get(MemberHeader) != ""
		if given && !s.loggedIn(r) { // who believes to be logged in must not read as the public
			problem{Status: http.StatusUnauthorized, Code: "token", Detail: "the token is not this server's, or no longer: log in again; of this machine's commands, server.json is of another server"}.write(w)
			return
		}
		if p := s.foreign(r); p.Status != 0 {
			p.write(w)
			return
		}
		ctx, settle := withDues(r.Context())
		defer settle()
		ctx, release := s.Host.Hold(ctx) // the campaigns that the request uses stay open until its end
		defer release()
		inner := r.WithContext(ctx)
		next.ServeHTTP(w, inner)
		r.Pattern = inner.Pattern // whoever counts requests by their route has the outer one
	})
}

// foreign says why a request is refused that a foreign page may have sent; the zero problem where it is not.
func (s *Server) foreign(r *http.Request) problem {
	if s.trusted(r) { // no page has this machine's token
		return problem{}
	}
	if !s.OpenToAll && !loopbackHost(r.Host) {
		return problem{Status: http.StatusMisdirectedRequest, Code: "host", Detail: "this server answers to localhost only; the request names " + r.Host}
	}
	if origin := r.Header.Get("Origin"); origin != "" && !ownOrigin(r, origin) {
		return problem{Status: http.StatusForbidden, Code: "origin", Detail: "requests from pages of " + origin + " are not answered"}
	}
	site := r.Header.Get("Sec-Fetch-Site")
	if r.Method != http.MethodGet && site != "" && site != "same-origin" && site != "none" {
		return problem{Status: http.StatusForbidden, Code: "origin", Detail: "requests from other sites are not answered"}
	}
	return problem{}
}

func loopbackHost(hostport string) bool {
	name, _, err := net.SplitHostPort(hostport)
	if err != nil {
		name = strings.Trim(hostport, "[]")
	}
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.IsLoopback()
}

// ownOrigin reports whether an origin is this server's as the request names it. Over TLS that is an https one; without, a proxy may have taken
// the TLS off.
func ownOrigin(r *http.Request, origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host) && (r.TLS == nil || u.Scheme == "https")
}
