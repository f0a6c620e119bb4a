// Package server offers campaigns over HTTP: JSON under /api/v1, a live feed, and a live board. It is the one boundary: the
// commands speak to it too, within their own process where no server runs.
package server

import (
	"context"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
)

// Limits on what comes from outside.
const (
	maxBodyBytes   = 4 << 20 // of events given to append: more than the largest commit in any layout
	headerTimeout  = 10 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 64 << 10
)

// Server answers requests for one host's campaigns.
type Server struct {
	Host      *host.Host
	Log       zerolog.Logger
	Token     string // given by this machine's commands; "" accepts none
	OpenToAll bool   // requests may name any host
	Version   string

	ready atomic.Bool
}

// SetReady tells /readyz that every campaign is folded to its end.
func (s *Server) SetReady() { s.ready.Store(true) }

// Handler is the whole server.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /api/v1/campaigns", s.list)
	mux.HandleFunc("POST /api/v1/campaigns", s.open)
	mux.HandleFunc("GET /api/v1/campaigns/{id}", s.summary)
	mux.HandleFunc("GET /api/v1/campaigns/{id}/standings", s.standings)
	mux.HandleFunc("GET /api/v1/campaigns/{id}/audit", s.audit)
	mux.HandleFunc("GET /api/v1/campaigns/{id}/why", s.why)
	mux.HandleFunc("GET /api/v1/campaigns/{id}/events", s.events)
	mux.HandleFunc("POST /api/v1/campaigns/{id}/events", s.append)
	mux.HandleFunc("POST /api/v1/campaigns/{id}/imports", s.importFile)
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /campaigns/{id}", s.board)
	mux.Handle("GET /assets/", s.assets())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem{Status: http.StatusNotFound, Code: "not-found", Detail: "there is nothing at " + r.URL.Path + "; the API is under /api/v1/campaigns"}.write(w)
	})
	return s.guard(mux)
}

// Serve serves on l until ctx is done, then lets requests under way end. Feeds end with ctx.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		BaseContext: func(net.Listener) context.Context { return ctx }}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.Background(), headerTimeout)
		defer cancel()
		stopped <- server.Shutdown(grace)
	}()
	if err := server.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return <-stopped
}

// guard refuses requests that a foreign web page could make a reader's browser send, and sets the headers every answer has.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		if !s.trusted(r) {
			if !s.OpenToAll && !loopbackHost(r.Host) {
				problem{Status: http.StatusMisdirectedRequest, Code: "host", Detail: "this server answers to localhost only; the request names " + r.Host}.write(w)
				return
			}
			if origin := r.Header.Get("Origin"); origin != "" && !sameOrigin(origin, r.Host) {
				problem{Status: http.StatusForbidden, Code: "origin", Detail: "requests from pages of " + origin + " are not answered"}.write(w)
				return
			}
			if site := r.Header.Get("Sec-Fetch-Site"); r.Method != http.MethodGet && site != "" && site != "same-origin" && site != "none" {
				problem{Status: http.StatusForbidden, Code: "origin", Detail: "requests from other sites are not answered"}.write(w)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// trusted reports whether the request carries this machine's token.
func (s *Server) trusted(r *http.Request) bool {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && s.Token != "" && subtle.ConstantTimeCompare([]byte(given), []byte(s.Token)) == 1
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

func sameOrigin(origin, hostport string) bool {
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, hostport)
}

func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if !s.ready.Load() {
		problem{Status: http.StatusServiceUnavailable, Code: "not-ready", Detail: "campaigns are still being read; try again in a moment"}.write(w)
		return
	}
	broken := s.Host.Broken()
	status, code := "ready", http.StatusOK
	if len(broken) > 0 {
		status, code = "read-only", http.StatusServiceUnavailable
	}
	writeJSON(w, code, map[string]any{"status": status, "durability": s.Host.Durability(), "readOnly": broken})
}
