package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/documents"
	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/keys"
	"campaignledger/cmd/internal/metrics"
	"campaignledger/cmd/internal/web"
	"campaignledger/events"
	"campaignledger/ledger"
)

// Limits on what comes from outside.
const (
	maxBodyBytes   = 4 << 20 // of events given to append: more than the largest commit in any layout
	headerTimeout  = 10 * time.Second
	bodyTimeout    = 5 * time.Minute // a large import over a slow line
	answerTimeout  = 5 * time.Minute // for an answer that is no feed: the largest is tens of MiB
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 64 << 10
	// shutdownGrace is how long requests under way may take once the server stops, and once they are cancelled. Feeds are ended at once.
	shutdownGrace = 5 * time.Second
	// lastWords is how long a feed's reader has to take why the feed ends.
	lastWords = time.Second
)

// errStopping ends feeds, and what is still under way after the grace.
var errStopping = errors.New("the server is stopping; connect again")

// Server answers requests for one host's campaigns.
type Server struct {
	Host      *host.Host
	Log       zerolog.Logger
	Token     string // given by this machine's commands; "" accepts none
	OpenToAll bool   // requests may name any host
	Version   string
	Key       *keys.Key        // names this server in challenges
	Owner     events.PublicKey // may open campaigns; zero: this machine may
	TLS       *Certificate     // Serve speaks TLS with it; nil: plain HTTP
	// Heartbeat is how long a feed may be silent, WriteTimeout how long its reader may take nothing, BodyTimeout how long a request's
	// body may take; 0 stands for 15 s, 30 s and 5 min.
	Heartbeat, WriteTimeout, BodyTimeout time.Duration
	// Grace is how long requests under way may take once the server stops; 0 stands for 5 s, and nobody is told 503 before.
	Grace time.Duration
	// Metrics count what is done; nil: nobody counts.
	Metrics *metrics.Set
	// URL is where the server is reached, and Started since when; for its status.
	URL     string
	Started time.Time
	// Attempts is how many logins may fail in a minute, for an address or a member; 0 stands for 10.
	Attempts int
	// Now is the clock of challenges and tokens; time.Now if nil.
	Now func() time.Time

	ready      atomic.Bool
	serving    atomic.Bool     // the handler is made
	feeds      context.Context // done when feeds must end; nil before Serve
	templates  web.Templates
	imports    places // under way
	uploads    places // of evidence, under way
	bundles    shares // being sent: each folds the log anew, and a slow reader takes its time
	refolds    places // looks into the past, checks of a log and trails under way: each folds the log anew
	whatIfs    places // what-ifs under way: each folds the standings twice, though not the log
	views      places // pages, and why a unit has its rank, being made: the others wait
	histories  shares // long histories being answered: each lies in memory whole, and a slow reader takes its time
	streams    shares // feeds that are open
	feedRoom   *ledger.Budget
	bodies     *room // of requests, in memory
	importing  *room // of files, in memory
	readers    tally // the same, by campaign
	work       work  // requests that write, under way
	documented apiDocuments
	sessions   sessions
	shelf      documents.Shelf

	failures, memberFailures, asks tries // by address, by member, and of challenges by address
}

// The most of each at a time; one more is told to try again.
const (
	maxImports = 4
	maxUploads = 8
	maxRefolds = 8
	maxWhatIfs = 8
	maxBundles = 8
	// maxViews keeps many readers of a large page from taking the memory and the cores that writers need: one of 10,000 marks takes some 50 MB
	// and a second. The usual one takes milliseconds.
	maxViews = 8
	// maxHistories is small: that of 100,000 events takes some 300 MB on the way.
	maxHistories = 4
	maxStreams   = 10_000
)

// places are the right to do something that costs; whoever took one gives it back.
type places chan struct{}

func (p places) take() error {
	select {
	case p <- struct{}{}:
		return nil
	default:
		return fmt.Errorf("%d of these are under way: %w", cap(p), ledger.ErrBusy)
	}
}

// wait is take for what costs little: it waits for a place as long as the request lasts.
func (p places) wait(ctx context.Context) error {
	select {
	case p <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for one of %d places: %w", cap(p), context.Cause(ctx))
	}
}

func (p places) giveBack() { <-p }

// SetReady tells /readyz that the host's campaigns are examined: see host.Examine.
func (s *Server) SetReady() { s.ready.Store(true) }

// Handler is the whole server. Call it, or Serve, once.
func (s *Server) Handler() http.Handler {
	s.templates = web.Parse()
	s.imports, s.uploads, s.refolds = make(places, maxImports), make(places, maxUploads), make(places, maxRefolds)
	s.whatIfs, s.views = make(places, maxWhatIfs), make(places, maxViews)
	s.bundles.places, s.histories.places, s.streams.places = make(places, maxBundles), make(places, maxHistories), make(places, maxStreams)
	s.bodies, s.importing = newRoom(maxBodies, maxBodiesBytes), newRoom(maxImports, maxFilesBytes)
	s.feedRoom = ledger.NewBudget(maxStreams, maxFeedBytes)
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.HandleFunc(r.pattern, r.handler)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.nothingThere(mux, w, r) })
	s.serving.Store(true)
	return s.named(s.guard(mux))
}

// nothingThere answers a path that is not served, or not with this method.
func (s *Server) nothingThere(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); pattern != "/" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		s.showProblem(w, r, problem{Status: http.StatusNotFound, Code: "not-found", Detail: "there is nothing at " + r.URL.Path + "; the API is under /api/v1/campaigns"})
		return
	}
	methods := strings.Join(allowed, ", ")
	w.Header().Set("Allow", methods)
	s.showProblem(w, r, problem{Status: http.StatusMethodNotAllowed, Code: "method", Detail: r.URL.Path + " takes " + methods})
}

// Serve serves on l until ctx is done. Then feeds end, who wants to write is told to come again, and requests under way have the grace to end by
// themselves before they are cancelled. It returns when none is left, but for one that does not heed its cancellation.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	s.feeds = ctx
	requests, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(errStopping)
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		BaseContext: func(net.Listener) context.Context { return requests }, ErrorLog: log.New(s.Log, "", 0)}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		until := time.Now().Add(cmp.Or(s.Grace, shutdownGrace))
		s.drain(server, until)
		s.shutDown(server, until, cancel)
	})
	err := s.listen(server, l)
	if stop() { // the listener failed
		s.shutDown(server, time.Now().Add(shutdownGrace), cancel)
	} else {
		<-stopped
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// listen answers on l, with TLS (and then HTTP/2, which lets a page have many feeds) where there is a certificate.
func (s *Server) listen(server *http.Server, l net.Listener) error {
	if s.TLS == nil {
		return server.Serve(l)
	}
	server.TLSConfig = s.TLS.config()
	return server.ServeTLS(l, "", "")
}

// shutDown ends a server: gently, then by cancelling what is under way.
func (s *Server) shutDown(server *http.Server, until time.Time, cancel context.CancelCauseFunc) {
	for _, patience := range []time.Duration{max(time.Until(until), lastCalls), shutdownGrace} {
		grace, end := context.WithTimeout(context.Background(), patience)
		err := server.Shutdown(grace)
		end()
		if err == nil {
			return
		}
		cancel(errStopping)
	}
	_ = server.Close() // whoever is left has been given every chance
}

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, health{"ok"})
}

// health is the answer of a server that runs.
type health struct {
	Status string `json:"status"`
}

// readiness says whether all campaigns take events, as far as their logs were read.
type readiness struct {
	Status     string            `json:"status"` // ready or read-only
	Durability ledger.Durability `json:"durability"`
	ReadOnly   map[string]string `json:"readOnly"`         // by campaign: why; of one that is not open, as when its log was last read
	Unread     int               `json:"unread,omitempty"` // campaigns whose log was not read since the start: it is being done, and a use does it at once
	Clock      string            `json:"clock,omitempty"`  // what is odd about the server's clock, though events are taken
}

func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if s.work.isClosed() {
		problem{Status: http.StatusServiceUnavailable, Code: "closing", Detail: errStopping.Error()}.write(w)
		return
	}
	if !s.ready.Load() {
		problem{Status: http.StatusServiceUnavailable, Code: "not-ready", Detail: "the server is starting; try again in a moment"}.write(w)
		return
	}
	if err := s.Host.Trouble(r.Context()); err != nil {
		problem{Status: http.StatusServiceUnavailable, Code: "trouble", Detail: err.Error()}.write(w)
		return
	}
	broken := s.Host.Broken()
	status, code := "ready", http.StatusOK
	if len(broken) > 0 {
		status, code = "read-only", http.StatusServiceUnavailable
	}
	examined, campaigns := s.Host.Examined()
	clock := ""
	if err := s.Host.ClockTrouble(); err != nil {
		clock = err.Error()
	}
	writeJSON(w, code, readiness{status, s.Host.Durability(), broken, campaigns - examined, clock})
}
