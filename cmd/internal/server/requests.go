package server

import (
	"context"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/trace"
	"campaignledger/ledger"
)

// named gives each request its id, which is in its answer and in every line that the log has of it, counts it, and while the server stops tells who
// wants to write to come again.
func (s *Server) named(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin, id := time.Now(), trace.Given(r.Header.Get(trace.Header))
		w.Header().Set(trace.Header, id)
		r = r.WithContext(trace.With(r.Context(), id))
		c := &counted{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			kind := c.Header().Get("Content-Type")
			endless := kind == eventStream || kind == kindLines && r.URL.Query().Has("follow")
			s.Metrics.Answered(routeOf(r), c.status, time.Since(begin), endless)
		}()
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			if !s.work.begin() {
				secureHeaders(c.Header(), r)
				problem{Status: http.StatusServiceUnavailable, Code: "closing", Detail: errStopping.Error() + "; nothing of this request was done", after: comeAgain}.write(c)
				return
			}
			defer s.work.end()
		}
		next.ServeHTTP(c, r)
	})
}

// comeAgain is after how many seconds whoever finds the server stopping tries again: a restart takes about as long.
const comeAgain = 3

// otherRoute stands for all paths that there are not: whoever makes them up can't make up series.
const otherRoute = "other"

// routeOf is the pattern of the route that took the request.
func routeOf(r *http.Request) string {
	if r.Pattern == "" || r.Pattern == "/" {
		return otherRoute
	}
	return r.Pattern
}

// counted notes the status of an answer.
type counted struct {
	http.ResponseWriter
	status int
	begun  bool
}

// WriteHeader notes the first status that is not an informational one.
func (c *counted) WriteHeader(status int) {
	if !c.begun && status >= http.StatusOK {
		c.status, c.begun = status, true
	}
	c.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// work are the requests that write and are under way.
type work struct {
	mu     sync.Mutex
	n      int
	closed bool
	idle   chan struct{} // closed when there is none any more; made by close
}

// begin counts one more; false: no more are taken.
func (k *work) begin() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return false
	}
	k.n++
	return true
}

func (k *work) end() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.n--; k.n == 0 && k.closed {
		close(k.idle)
	}
}

// close takes no more; the channel is closed once none is under way.
func (k *work) close() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.closed {
		k.closed, k.idle = true, make(chan struct{})
		if k.n == 0 {
			close(k.idle)
		}
	}
	return k.idle
}

func (k *work) isClosed() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.closed
}

// lastCalls is how long the door is kept open at least, for those who come just now to be told when to come again.
const lastCalls = 250 * time.Millisecond

// drain lets what writes come to its end, while new ones are told to come again. A server without a grace of its own is closed at once.
func (s *Server) drain(server *http.Server, until time.Time) {
	idle := s.work.close()
	if s.Grace == 0 {
		return
	}
	s.Log.Info().Dur("grace_ms", s.Grace).Msg("stopping: no more events are taken, and those under way are answered")
	server.SetKeepAlivesEnabled(false)
	late := time.NewTimer(time.Until(until))
	defer late.Stop()
	door := time.NewTimer(lastCalls)
	defer door.Stop()
	select {
	case <-idle:
	case <-late.C:
		s.Log.Warn().Dur("grace_ms", s.Grace).Msg("some requests are under way still; they are cancelled")
	}
	<-door.C
}

// tally counts by name.
type tally struct {
	mu sync.Mutex
	by map[string]int
}

func (t *tally) add(name string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by == nil {
		t.by = map[string]int{}
	}
	if t.by[name] += n; t.by[name] == 0 {
		delete(t.by, name)
	}
}

func (t *tally) all() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.by)
}

// maxNamed bounds the event ids in one line of the log at the level info; at the level debug each event has its own lines.
const maxNamed = 100

// received logs that events came, before anything is done with them.
func (s *Server) received(ctx context.Context, c *host.Campaign, ids []string) {
	if !s.Log.Debug().Enabled() {
		return
	}
	for _, id := range ids {
		s.Log.Debug().Str("event", id).Str("campaign", c.ID).Str("request", trace.Of(ctx)).Msg("received")
	}
}

// storedBody logs that a body is stored: where, and how long that took. Ids and sequences only: what an event says is for those who may read it.
func (s *Server) storedBody(ctx context.Context, c *host.Campaign, receipts []ledger.Receipt, took time.Duration) {
	line := s.Log.Info()
	if !line.Enabled() || len(receipts) == 0 {
		return
	}
	ids, repeated := make([]string, len(receipts)), 0
	for i := range receipts {
		ids[i] = receipts[i].ID.String()
		if receipts[i].Duplicate {
			repeated++
		}
	}
	line = named(line, c, ctx, ids).Uint64("seq", uint64(receipts[0].Seq))
	if len(receipts) > 1 {
		line = line.Uint64("last", uint64(receipts[len(receipts)-1].Seq))
	}
	if repeated > 0 {
		line = line.Int("repeated", repeated)
	}
	line.Dur("took_ms", took).Msg("acknowledged")
}

// notStored logs and counts that a body was not stored; of the reason it says the code alone, since the text may quote the event.
func (s *Server) notStored(ctx context.Context, c *host.Campaign, ids []string, p *problem) {
	hiding := c.Hiding()
	s.Metrics.Refused(p.Code, hiding)
	named(s.Log.Info(), c, ctx, ids).Str("code", p.Code).Msg("refused")
}

// named says which events a line is about.
func named(line *zerolog.Event, c *host.Campaign, ctx context.Context, ids []string) *zerolog.Event {
	line = line.Str("campaign", c.ID).Str("request", trace.Of(ctx))
	switch n := len(ids); {
	case n == 1:
		line = line.Str("event", ids[0])
	case n > 1:
		line = line.Strs("events", ids[:min(n, maxNamed)])
		if n > maxNamed {
			line = line.Int("more", n-maxNamed)
		}
	}
	return line
}

// local reports whether the request is this machine's: a command of the server's user, who has the token, or somebody who came over the loopback
// interface and through no proxy that says so. If not, it has answered that.
func (s *Server) local(w http.ResponseWriter, r *http.Request, refusal string) bool {
	if s.trusted(r) || fromLoopback(r) {
		return true
	}
	problem{Status: http.StatusForbidden, Code: "machine", Detail: refusal}.write(w)
	return false
}
