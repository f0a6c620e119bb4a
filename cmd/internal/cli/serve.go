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
	"syscall"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
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
}

func (a *app) serve() *cobra.Command {
	var f serveFlags
	c := &cobra.Command{Use: "serve", Short: "Run the server: HTTP API, live feed, live board",
		Long: `Run the server on a data directory, with an embedded NATS JetStream unless
--nats names an external one. Other commands on the same directory find it by
themselves. It answers to this machine only; another address needs
--open-to-all, since in an unsigned campaign whoever reaches the server may
write.`,
		Example: "  campaign serve\n  campaign serve --listen 127.0.0.1:8080 --data ./year2017\n  campaign serve --nats nats://127.0.0.1:4222 --replicas 3", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log := a.logger(zerolog.InfoLevel)
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
	return c
}

// runServer serves until ctx is done. ready is told the URL once requests are answered; work, if not nil, runs beside the server, and
// its end ends the server.
func (a *app) runServer(ctx context.Context, f serveFlags, log zerolog.Logger, ready func(h *host.Host, url string), work func(context.Context, *host.Host, string) error) error {
	if err := a.checkListen(f); err != nil {
		return err
	}
	listener, err := a.listen(f.listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	cfg := a.hostConfig(zerolog.InfoLevel)
	cfg.Log, cfg.NATSListen, cfg.KeepEvents = log, f.natsListen, f.keepEvents
	h, err := host.Open(ctx, cfg)
	if err != nil {
		return a.explainLocked(err)
	}
	defer h.Close()
	key, err := server.LoadKey(a.dir)
	if err != nil {
		return err
	}
	s := &server.Server{Host: h, Log: log, Token: rand.Text(), OpenToAll: f.openToAll, Version: Version(), Key: key}
	if f.owner != "" {
		if s.Owner, err = events.ParsePublicKey(f.owner); err != nil {
			return usageError{fmt.Errorf("--owner: %w; campaign key new --purpose owner makes one", err)}
		}
	}
	url := "http://" + listener.Addr().String()
	if err := server.WriteInfo(a.dir, server.Info{URL: url, PID: os.Getpid(), Token: s.Token}); err != nil {
		return err
	}
	defer func() {
		if err := server.RemoveInfo(a.dir); err != nil {
			log.Error().Err(err).Msg("could not remove server.json")
		}
	}()
	if h.Durability() == ledger.DurabilityUnverified {
		log.Warn().Msg("durability unverified: by default an external NATS server acknowledges before it syncs; set sync_interval: always there")
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	serving := make(chan error, 1)
	go func() { serving <- s.Serve(ctx, listener) }()
	failed := h.OpenAll(ctx)
	if failed == nil {
		var end func()
		end, failed = a.offerService(f, s)
		defer end()
	}
	if failed == nil {
		s.SetReady()
		ready(h, url)
		if work != nil {
			if failed = work(ctx, h, url); failed == nil {
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
	if errors.Is(failed, context.Canceled) {
		return nil
	}
	return failed
}

// listen takes an address, or says who has it.
func (a *app) listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		if info, infoErr := server.ReadInfo(a.dir); infoErr == nil {
			return nil, fmt.Errorf("%s is in use, and a server runs on %s already: %s (process %d). Use it, stop it, or choose another address and directory",
				address, a.dir, info.URL, info.PID)
		}
		return nil, fmt.Errorf("%s is in use by another program; choose another with --listen, for example --listen 127.0.0.1:0", address)
	case err != nil:
		return nil, fmt.Errorf("listen on %s: %w; choose another address with --listen", address, err)
	}
	return listener, nil
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
