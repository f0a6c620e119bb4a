package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
	"campaignledger/cmd/internal/systemd"
)

// headerPatience bounds how long a request beside the server may take to name what it wants.
const headerPatience = 10 * time.Second

// offerBeside opens what serve offers beside its own address: metrics for others, and what a profiler reads. The returned function ends both and
// waits.
func (a *app) offerBeside(f serveFlags, s *server.Server) (end func(), err error) {
	var running []func()
	end = func() {
		for _, stop := range running {
			stop()
		}
	}
	open := func(flag, address string, handler http.Handler) error {
		if address == "" {
			return nil
		}
		l, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("--%s %s: %w; choose another address", flag, address, err)
		}
		s.Log.Info().Str("url", "http://"+l.Addr().String()).Msg(flag)
		running = append(running, beside(l, handler))
		return nil
	}
	metrics := http.NewServeMux()
	metrics.Handle("GET /metrics", s.Metrics.Handler())
	if err = open("metrics-listen", f.metricsListen, metrics); err == nil {
		err = open("pprof", f.pprof, profiles())
	}
	if err != nil {
		end()
		return func() {}, err
	}
	return end, nil
}

// besidePatience is how long an answer may take, and a connection be idle: longer than a profile of a minute.
const besidePatience = 2 * time.Minute

// beside serves on l until the returned function is called, which waits.
func beside(l net.Listener, handler http.Handler) (stop func()) {
	web := &http.Server{Handler: handler, ReadHeaderTimeout: headerPatience, WriteTimeout: besidePatience, IdleTimeout: besidePatience}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = web.Serve(l) // it ends when it is closed
	}()
	return func() {
		_ = web.Close()
		<-ended
	}
}

// profiles are what a profiler reads, for requests that name this machine: a page of another site, in a browser here, gets nothing.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopback(r.Host) && !isLoopback(net.JoinHostPort(strings.Trim(r.Host, "[]"), "0")) || r.Header.Get("Origin") != "" {
			http.Error(w, "this machine only", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// checkBeside keeps profiles, which show memory, from others.
func (f serveFlags) checkBeside() error {
	if f.pprof != "" && !isLoopback(f.pprof) {
		return usageError{fmt.Errorf("--pprof %s: profiles show what is in memory; listen on this machine only, for example --pprof 127.0.0.1:6060", f.pprof)}
	}
	if _, _, err := net.SplitHostPort(f.metricsListen); f.metricsListen != "" && err != nil {
		return usageError{fmt.Errorf("--metrics-listen %q: give host:port, for example 127.0.0.1:9117", f.metricsListen)}
	}
	if f.drainTimeout < time.Second {
		return usageError{fmt.Errorf("--drain-timeout %v: give at least 1s", f.drainTimeout)}
	}
	return nil
}

// serveLogger is the log as serve's flags have it.
func (a *app) serveLogger(f serveFlags) (zerolog.Logger, error) {
	levels := map[string]zerolog.Level{"debug": zerolog.DebugLevel, "info": zerolog.InfoLevel, "warn": zerolog.WarnLevel, "error": zerolog.ErrorLevel}
	level, ok := levels[f.logLevel]
	if !ok {
		return zerolog.Nop(), usageError{fmt.Errorf("--log-level %q: use debug, info, warn or error", f.logLevel)}
	}
	switch f.logFormat {
	case "":
		return a.logger(level), nil
	case "json":
		return zerolog.New(a.err).Level(level).With().Timestamp().Logger(), nil
	case "console":
		return zerolog.New(zerolog.ConsoleWriter{Out: a.err, TimeFormat: time.TimeOnly, NoColor: !isTerminal(a.err)}).Level(level).With().Timestamp().Logger(), nil
	}
	return zerolog.Nop(), usageError{fmt.Errorf("--log-format %q: use json or console", f.logFormat)}
}

// ping tells the service manager, where there is one, that the server is alive as long as it answers itself.
func (a *app) ping(ctx context.Context, n *systemd.Notifier, h *host.Host, url string) {
	transport := &http.Transport{DisableKeepAlives: true} // no proxy, and a connection of its own each time: it is to find out whether one is accepted
	if strings.HasPrefix(url, "https:") {
		transport.TLSClientConfig = server.TrustLeft(a.dir)
	}
	client := &http.Client{Transport: transport}
	n.Watch(ctx, func(ctx context.Context) (string, error) {
		err := errors.Join(answers(ctx, client, url), h.Pulse(ctx))
		return statusLine(h), err
	})
}

// answers asks the server whether it runs, the way everybody does.
func answers(ctx context.Context, client *http.Client, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/healthz", nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers %s", answer.Status)
	}
	return nil
}

// statusLine is how the host is, as systemctl status shows it.
func statusLine(h *host.Host) string {
	campaigns, unopened, nats := h.Gauges()
	readOnly := unopened
	for i := range campaigns {
		if campaigns[i].ReadOnly != "" {
			readOnly++
		}
	}
	line := fmt.Sprintf("%d campaigns open, %d read-only", len(campaigns), readOnly)
	if !nats.Connected {
		line += "; NATS does not answer"
	}
	return line
}
