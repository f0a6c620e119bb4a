package host

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/ledger"
)

const (
	// natsPing and natsPings find out that a server hangs, or that the way to it is gone, within about nine seconds: no longer than the others take to
	// elect a leader.
	natsPing  = 3 * time.Second
	natsPings = 2
	// natsPause is the wait before the next server is tried.
	natsPause = 250 * time.Millisecond
	// natsTimeout bounds one attempt to connect.
	natsTimeout = 5 * time.Second
	// probeTimeout bounds the question whether a campaign's stream can be reached.
	probeTimeout = 2 * time.Second
	// electionTime is how long a cluster may take that elects its leader, or is just starting; electionPause is the time between two questions.
	electionTime  = 15 * time.Second
	electionPause = 250 * time.Millisecond
	// reopenPause is the time between two attempts to open the campaigns that could not be opened.
	reopenPause = 5 * time.Second
)

// NATSTLS are the files of a TLS connection to an external NATS server.
type NATSTLS struct {
	CA   string // PEM file with the certificates that vouch for the server; "": the system's
	Cert string // PEM file with this program's certificate, where the server asks for one, with its Key
	Key  string
}

// dial connects to the external server, or to any of a cluster. What is sent while there is no connection fails at once instead of waiting for one:
// an append must not be stored long after its writer was told that it is not known.
func (h *Host) dial(name string) (*nats.Conn, error) {
	options := []nats.Option{nats.Name(name), nats.MaxReconnects(-1), nats.ReconnectBufSize(-1), nats.ReconnectWait(natsPause), nats.Timeout(natsTimeout),
		nats.PingInterval(natsPing), nats.MaxPingsOutstanding(natsPings),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if h.work.Err() == nil {
				h.cfg.Log.Warn().Err(err).Str("connection", name).Msg("the connection to the NATS server is lost; trying all that are known")
			}
		}),
		nats.ReconnectHandler(func(conn *nats.Conn) {
			h.cfg.Log.Info().Str("server", conn.ConnectedUrlRedacted()).Str("connection", name).Msg("connected to NATS again")
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			h.cfg.Log.Error().Err(err).Str("connection", name).Msg("the NATS server reports an error")
		}),
	}
	if h.cfg.Credentials != "" {
		options = append(options, nats.UserCredentials(h.cfg.Credentials))
	}
	if h.cfg.NATSTLS.CA != "" {
		options = append(options, nats.RootCAs(h.cfg.NATSTLS.CA))
	}
	if h.cfg.NATSTLS.Cert != "" {
		options = append(options, nats.ClientCert(h.cfg.NATSTLS.Cert, h.cfg.NATSTLS.Key))
	}
	conn, err := nats.Connect(h.cfg.NATS, options...)
	if err != nil {
		return nil, fmt.Errorf("connect to the NATS server at %s: %w; %s", h.place(), err, connectRemedy(err))
	}
	return conn, nil
}

// patiently asks a cluster again while it has no leader.
func (h *Host) patiently(ctx context.Context, ask func() error) error {
	for end := time.Now().Add(electionTime); ; pause(ctx, electionPause) {
		err := ask()
		var api *jetstream.APIError
		leaderless := errors.As(err, &api) && api.Code >= http.StatusInternalServerError || errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded)
		if h.embedded != nil || !leaderless || ctx.Err() != nil || time.Now().After(end) {
			return err
		}
	}
}

// unreachable is why a campaign's stream can't be reached just now, nil if those asked can. It asks for the campaigns with which something was wrong
// before, or else for one, which stands for its cluster.
func (h *Host) unreachable(ctx context.Context) error {
	if h.embedded != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	one, end := h.suspect()
	if one == nil {
		return nil
	}
	defer end()
	if err := one.Sync(ctx); err != nil && one.Ledger.Broken() == nil {
		return fmt.Errorf("campaign %s can't be read or written just now: %w", one.ID, err)
	}
	return nil
}

// suspect is an open campaign with which something was wrong before, or else any; nil if none is open. The returned function gives it back.
func (h *Host) suspect() (one *Campaign, end func()) {
	for _, id := range slices.Sorted(slices.Values(h.openIDs())) {
		c, release := h.peek(id)
		switch {
		case c == nil:
		case c.Ledger.Broken() != nil:
			release()
		case c.Ledger.Trouble() != nil:
			if one != nil {
				end()
			}
			return c, release
		case one == nil:
			one, end = c, release
		default:
			release()
		}
	}
	return one, end
}

// retryFailed opens, as soon as it can, what could not be opened because the cluster could not be reached. It ends with the host.
func (h *Host) retryFailed() {
	for h.work.Err() == nil {
		pause(h.work, reopenPause)
		for _, id := range h.unopened() {
			ctx, end := h.Hold(h.work)
			if _, err := h.Campaign(ctx, id); err == nil {
				h.cfg.Log.Info().Str("campaign", id).Msg("the campaign could be opened now")
			}
			end()
		}
	}
}

// unopened are the campaigns that could not be opened though nothing is known to be wrong with them.
func (h *Host) unopened() (ids []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(h.failed)) {
		if !errors.As(h.failed[id], new(*ledger.BrokenError)) {
			ids = append(ids, id)
		}
	}
	return ids
}

// connectRemedy says what may help where no connection comes about.
func connectRemedy(err error) string {
	switch {
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked):
		return "give the user's credentials file with --nats-creds, or user and password in the URL"
	case errors.Is(err, nats.ErrSecureConnRequired), errors.Is(err, nats.ErrSecureConnWanted):
		return "use TLS on both sides or on neither: a URL tls://host:4222, with --nats-ca where the certificate is your own"
	}
	return "is it running, with JetStream on? With TLS: does --nats-ca name the authority that signed its certificate, and does it ask for --nats-cert?"
}
