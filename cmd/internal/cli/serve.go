package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/metrics"
	"campaignledger/cmd/internal/server"
	"campaignledger/cmd/internal/systemd"
	"campaignledger/events"
	"campaignledger/ledger"
)

// defaultListen is where serve listens.
const defaultListen = "127.0.0.1:7117"

// serveFlags are the flags of serve.
type serveFlags struct {
	listen      string
	openToAll   bool
	natsListen  string
	natsService bool
	keepEvents  bool
	owner       string
	tlsCert     string
	tlsKey      string
	maxOpen     int
	idleAfter   time.Duration
	scrubEvery  time.Duration

	metricsListen, pprof string
	logLevel, logFormat  string
	drainTimeout         time.Duration
	printUnit            bool
}

// idleAfter is after how long without a use serve closes a campaign: longer than people think between two clicks.
const idleAfter = 10 * time.Minute

func (a *app) serve() *cobra.Command {
	var f serveFlags
	c := &cobra.Command{Use: "serve", Short: "Run the server: HTTP API, live feed, live board",
		Long: `Run the server on a data directory, with an embedded NATS JetStream unless
--nats names an external one. Other commands on the same directory find it by
themselves. It answers to this machine only; another address needs
--open-to-all, since in an unsigned campaign whoever reaches the server may
write.

With --tls-cert and --tls-key it speaks HTTPS and nothing else. Files that are
renewed are read again by themselves. Where members log in from other machines,
give it a certificate that those machines trust: without TLS whoever is on the
way can read along, and for 15 minutes use what a member's login gave.

Campaigns are opened when they are used and closed when nobody has used them
for a while (--idle-after), so that thousands can be listed and only those in
use take memory. Where --max-open of them are in use, another is answered
"busy, try again". The logs of all are read in the background after the start;
/readyz names those that are broken, and how many it has not read yet.

A server that is told to stop (SIGTERM) takes no more events, answers those
under way, ends feeds with the place to resume from, signs what is new and exits
with status 0. A second signal ends it at once; what was acknowledged is stored.`,
		Example: "  campaign serve\n  campaign serve --listen 127.0.0.1:8080 --data ./year2017\n  campaign serve --nats nats://127.0.0.1:4222 --replicas 3\n  campaign serve --log-level debug --metrics-listen 10.0.0.5:9117\n  campaign serve --listen 127.0.0.1:7117 --print-unit\n  campaign serve --listen :443 --open-to-all \\\n    --tls-cert chain.pem --tls-key key.pem", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := a.serveLogger(f)
			if err == nil {
				err = f.checkBeside()
			}
			if err != nil {
				return err
			}
			if f.printUnit {
				return a.printUnit(cmd, f)
			}
			return a.runServer(cmd.Context(), f, log, func(h *host.Host, url string) {
				line := log.Info().Str("url", url).Str("data", a.dir)
				if at := h.NATSURL(); at != "" {
					line = line.Str("nats", at)
				}
				line.Msg("serving")
			}, nil)
		}}
	c.Flags().StringVar(&f.listen, "listen", defaultListen, "address to listen on (port 0: any free one)")
	c.Flags().BoolVar(&f.openToAll, "open-to-all", false, "allow an address that others can reach, and any host name")
	c.Flags().StringVar(&f.natsListen, "nats-listen", "", "address for NATS programs, which may read the derived subjects and send requests to the service campaign-ledger; in an unsigned campaign whoever reaches the service may write, so that an address that others reach has it only with --open-to-all (default: no port)")
	c.Flags().BoolVar(&f.natsService, "nats-service", false, "answer the service's requests on the external server of --nats too; in an unsigned campaign whoever may publish ledger.> there may write. Give those who ask an account of their own, which imports the service")
	c.Flags().BoolVar(&f.keepEvents, "keep-events", false, "keep derived events in streams EVENTS_<campaign>, one event a message")
	c.Flags().StringVar(&f.owner, "owner", "", "public key that may open campaigns here (default: whoever is on this machine)")
	c.Flags().DurationVar(&f.scrubEvery, "scrub-every", 24*time.Hour, "read every log again within this time and compare it with what was read before (0: never)")
	c.Flags().StringVar(&f.tlsCert, "tls-cert", "", "PEM file with the TLS certificate and its chain (with --tls-key)")
	c.Flags().StringVar(&f.tlsKey, "tls-key", "", "PEM file with the TLS certificate's private key (with --tls-cert)")
	c.Flags().IntVar(&f.maxOpen, "max-open", host.DefaultMaxOpen, "campaigns open at a time; one more closes the one that was idle for longest, or is told to try again")
	c.Flags().DurationVar(&f.idleAfter, "idle-after", idleAfter, "close a campaign that nobody has used for so long (0: never)")
	f.addWatching(c)
	return c
}

// addWatching adds the flags by which a server is seen running, and ends.
func (f *serveFlags) addWatching(c *cobra.Command) {
	c.Flags().StringVar(&f.metricsListen, "metrics-listen", "", "address that answers /metrics to whoever reaches it, and nothing else (default: /metrics answers this machine only)")
	c.Flags().StringVar(&f.pprof, "pprof", "", "address on this machine for a profiler, for example 127.0.0.1:6060 (default: none)")
	c.Flags().StringVar(&f.logLevel, "log-level", "info", "what is logged: debug (each step of each event), info, warn or error")
	c.Flags().StringVar(&f.logFormat, "log-format", "", "json or console (default: console on a terminal, json elsewhere)")
	c.Flags().DurationVar(&f.drainTimeout, "drain-timeout", defaultDrain, "how long requests under way may take once the server is told to stop")
	c.Flags().BoolVar(&f.printUnit, "print-unit", false, "print a systemd unit that serves with the other flags given, and end")
}

// defaultDrain is longer than any append takes: a writer waits thirty seconds for a store that does not answer.
const defaultDrain = 30 * time.Second

// runServer serves until ctx is done. ready is told the URL once requests are answered; work, if not nil, runs beside the server, and
// its end ends the server.
func (a *app) runServer(ctx context.Context, f serveFlags, log zerolog.Logger, ready func(h *host.Host, url string), work func(context.Context, *host.Host, string) error) error {
	certificate, err := f.certificate(log)
	if err == nil {
		err = a.checkListen(f)
	}
	if err != nil {
		return err
	}
	listener, err := a.listen(f.listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	manager, err := systemd.New(log)
	if err != nil {
		return err
	}
	manager.Status("starting NATS")
	set := metrics.New(Version())
	h, err := host.Open(ctx, a.serveConfig(f, log, set))
	if err != nil {
		return a.explainLocked(err)
	}
	defer h.Close()
	s, err := a.newServer(f, h, certificate, log)
	if err != nil {
		return err
	}
	s.Metrics = set
	set.Watch(s.Gauges)
	if s.URL, err = a.leaveInfo(s, listener); err != nil {
		return err
	}
	defer func() {
		if err := server.RemoveInfo(a.dir); err != nil {
			log.Error().Err(err).Msg("could not remove server.json")
		}
	}()
	endBeside, err := a.offerBeside(f, s)
	if err != nil {
		return err
	}
	defer endBeside()
	if h.Durability() == ledger.DurabilityUnverified {
		log.Warn().Msg("durability unverified: by default an external NATS server acknowledges before it syncs; set sync_interval: always there")
	}
	return a.serveUntil(ctx, f, s, listener, manager, ready, work)
}

// serveConfig is the host that the flags ask for.
func (a *app) serveConfig(f serveFlags, log zerolog.Logger, observer ledger.Observer) host.Config {
	cfg := a.hostConfig(zerolog.InfoLevel)
	cfg.MaxOpen, cfg.IdleAfter = f.maxOpen, f.idleAfter
	cfg.Log, cfg.NATSListen, cfg.KeepEvents, cfg.ScrubPeriod, cfg.Observer = log, f.natsListen, f.keepEvents, f.scrubEvery, observer
	if cfg.ScrubPeriod == 0 {
		cfg.ScrubPeriod = -1
	}
	return cfg
}

// serveUntil serves until ctx is done or work has ended, and tells the service manager how it goes.
func (a *app) serveUntil(ctx context.Context, f serveFlags, s *server.Server, listener net.Listener, manager *systemd.Notifier, ready func(h *host.Host, url string), work func(context.Context, *host.Host, string) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var watching sync.WaitGroup
	watching.Go(func() {
		<-ctx.Done()
		manager.Stopping("answering what is under way")
	})
	serving := make(chan error, 1)
	go func() { serving <- s.Serve(ctx, listener) }()
	manager.Status("reading the campaigns")
	failed := s.Host.ExamineLogs(ctx)
	if failed == nil {
		var end func()
		end, failed = a.offerService(f, s)
		defer end()
	}
	if failed == nil {
		s.SetReady()
		ready(s.Host, s.URL)
		manager.Ready(statusLine(s.Host))
		watching.Go(func() { a.ping(ctx, manager, s.Host, s.URL) })
		if work != nil {
			if failed = work(ctx, s.Host, s.URL); failed == nil {
				stop()
			}
		}
	}
	if failed != nil {
		stop()
	}
	if err := <-serving; failed == nil {
		failed = err
	}
	stop()
	watching.Wait()
	if errors.Is(failed, context.Canceled) {
		return nil
	}
	return failed
}

// newServer is the server of a host, as the flags have it.
func (a *app) newServer(f serveFlags, h *host.Host, certificate *server.Certificate, log zerolog.Logger) (*server.Server, error) {
	key, err := server.LoadKey(a.dir)
	if err != nil {
		return nil, err
	}
	s := &server.Server{Host: h, Log: log, Token: rand.Text(), OpenToAll: f.openToAll, Version: Version(), Key: key, TLS: certificate, Grace: f.drainTimeout, Started: time.Now()}
	if f.owner != "" {
		if s.Owner, err = events.ParsePublicKey(f.owner); err != nil {
			return nil, usageError{fmt.Errorf("--owner: %w; campaign key new --purpose owner makes one", err)}
		}
	}
	return s, nil
}

// listen takes the address, or says who has it.
func (a *app) listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err == nil {
		return listener, nil
	}
	if !errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen on %s: %w; choose another address with --listen", address, err)
	}
	if info, infoErr := server.ReadInfo(a.dir); infoErr == nil {
		return nil, fmt.Errorf("%s is in use, and a server runs on %s already: %s (process %d). Use it, stop it, or choose another address and directory",
			address, a.dir, info.URL, info.PID)
	}
	return nil, fmt.Errorf("%s is in use by another program; choose another with --listen, for example --listen 127.0.0.1:0", address)
}

// certificate is what --tls-cert and --tls-key name; nil where they are not given.
func (f serveFlags) certificate(log zerolog.Logger) (*server.Certificate, error) {
	switch {
	case f.tlsCert == "" && f.tlsKey == "":
		return nil, nil
	case f.tlsKey == "":
		return nil, usageError{errors.New("--tls-cert without --tls-key: name the PEM file with the certificate's private key too")}
	case f.tlsCert == "":
		return nil, usageError{errors.New("--tls-key without --tls-cert: name the PEM file with the certificate and its chain too")}
	}
	return server.LoadCertificate(f.tlsCert, f.tlsKey, log)
}

// leaveInfo leaves DIR/server.json, and again whenever the certificate changes. It returns the server's URL.
func (a *app) leaveInfo(s *server.Server, listener net.Listener) (url string, err error) {
	info := server.Info{URL: "http://" + listener.Addr().String(), PID: os.Getpid(), Token: s.Token}
	if s.TLS == nil {
		return info.URL, server.WriteInfo(a.dir, info)
	}
	info.URL = "https://" + listener.Addr().String()
	s.TLS.OnChange(func(pin string) error {
		info.Certificate = pin
		return server.WriteInfo(a.dir, info)
	})
	info.Certificate = s.TLS.Pin()
	return info.URL, server.WriteInfo(a.dir, info)
}

// offerService answers over NATS too, where the flags ask for it. The returned function ends it, before the host is closed.
func (a *app) offerService(f serveFlags, s *server.Server) (end func(), err error) {
	end = func() {}
	switch {
	case a.nats == "" && f.natsListen == "", a.nats != "" && !f.natsService:
		return end, nil
	case a.nats == "" && !f.openToAll && !isLoopback(f.natsListen):
		s.Log.Warn().Str("address", f.natsListen).Msg("others can reach the NATS address, and in an unsigned campaign whoever reaches the service may write: " +
			"it is not offered; say --open-to-all, or listen on 127.0.0.1")
		return end, nil
	}
	conn, err := s.Host.ServiceConn()
	if err != nil {
		return end, err
	}
	service, err := s.OfferService(conn)
	if err != nil {
		return end, err
	}
	return service.Close, nil
}

// isLoopback reports whether only this machine reaches an address.
func isLoopback(address string) bool {
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(name)
	return strings.EqualFold(name, "localhost") || err == nil && ip.IsLoopback()
}

// checkListen keeps unsigned campaigns from being open to others by accident.
func (a *app) checkListen(f serveFlags) error {
	if f.natsService && a.nats == "" {
		return usageError{errors.New("--nats-service is for an external NATS server (--nats); the embedded one has the service where --nats-listen opens a port")}
	}
	if f.maxOpen < 0 || f.idleAfter < 0 {
		return usageError{fmt.Errorf("--max-open %d, --idle-after %v: neither may be negative", f.maxOpen, f.idleAfter)}
	}
	if _, _, err := net.SplitHostPort(f.listen); err != nil {
		return usageError{fmt.Errorf("--listen %q: give host:port, for example %s", f.listen, defaultListen)}
	}
	if !isLoopback(f.listen) && !f.openToAll {
		return usageError{fmt.Errorf("--listen %s can be reached by others, and in an unsigned campaign whoever reaches the server may write; "+
			"listen on %s, or say --open-to-all", f.listen, defaultListen)}
	}
	return nil
}

// explainLocked names the server that holds the directory.
func (a *app) explainLocked(err error) error {
	if !errors.Is(err, ledger.ErrLocked) {
		return err
	}
	if info, infoErr := server.ReadInfo(a.dir); infoErr == nil {
		return fmt.Errorf("%w; a server runs on it: %s (process %d). Use it, stop it, or choose another directory with --data", err, info.URL, info.PID)
	}
	return fmt.Errorf("%w; wait until it is done, or choose another directory with --data", err)
}
