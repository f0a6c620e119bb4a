package server

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

const (
	// heartbeat keeps proxies from closing a quiet feed.
	heartbeat = 15 * time.Second
	// writeTimeout drops a reader that does not take what it is sent; its Last-Event-ID resumes.
	writeTimeout = 30 * time.Second
	// boardInterval is the shortest time between two standings on one feed: ten a second.
	boardInterval = 100 * time.Millisecond
)

func (s *Server) heartbeat() time.Duration { return cmp.Or(s.Heartbeat, heartbeat) }

func (s *Server) writeTimeout() time.Duration { return cmp.Or(s.WriteTimeout, writeTimeout) }

func (s *Server) bodyTimeout() time.Duration { return cmp.Or(s.BodyTimeout, bodyTimeout) }

// wantsStream reports whether the reader asked for server-sent events.
func wantsStream(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/event-stream")
}

// events is the log and its live feed: NDJSON of {"seq","recorded","record"} after ?since=, with ?follow=true without end; as
// text/event-stream it follows, with the sequence as id, and Last-Event-ID resumes. A feed says in its last line why it ends.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	q, err := parameters(r, "since", "follow")
	follow := wantsStream(r)
	if err == nil {
		err = choice(q, "follow", "true", &follow)
	}
	var since events.Seq
	if err == nil {
		since, err = startAfter(q, r)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	c := s.campaign(w, r)
	if c == nil {
		return
	}
	if last, _ := c.Ledger.Last(); since > last {
		s.fail(w, r, badRequest("campaign %s has %d events, none after %d yet", c.ID, last, since))
		return
	}
	f, done, err := s.newFeed(w, r, c)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer done()
	f.end(f.follow(since, follow && r.Method != http.MethodHead))
}

// startAfter is where a feed starts: after Last-Event-ID, which a browser sends when it connects again, else after ?since=.
func startAfter(q url.Values, r *http.Request) (since events.Seq, err error) {
	last, given := r.Header["Last-Event-Id"]
	if !given || !wantsStream(r) {
		return since, number(q, "since", &since)
	}
	n, err := strconv.ParseUint(last[0], 10, 63)
	if err != nil {
		return 0, badRequest("Last-Event-ID %q is not a sequence", last[0])
	}
	return events.Seq(n), nil
}

// feed writes records or standings of one campaign to one reader.
type feed struct {
	ctx      context.Context // done when the reader is gone or the server stops
	campaign *host.Campaign
	who      func() host.Reader
	reader   host.Reader // as of a moment ago
	hidden   events.Seq  // the first event whose record was withheld; 0: none
	w        http.ResponseWriter
	control  *http.ResponseController
	stream   bool // server-sent events; else NDJSON
	beat     time.Duration
	timeout  time.Duration
	buffer   []byte

	mu       sync.Mutex // guards the write deadline
	stopping bool
}

// newFeed takes a place among the open feeds (ErrBusy if there is none) and sends the headers. The returned function must be called at the
// end.
func (s *Server) newFeed(w http.ResponseWriter, r *http.Request, c *host.Campaign) (*feed, func(), error) {
	if err := s.streams.take(); err != nil {
		return nil, nil, err
	}
	f := &feed{campaign: c, who: func() host.Reader { return s.reader(r, c) }, w: w, control: http.NewResponseController(w), stream: wantsStream(r), beat: s.heartbeat(), timeout: s.writeTimeout()}
	w.Header().Set("Content-Type", "application/x-ndjson")
	if f.stream {
		w.Header().Set("Content-Type", "text/event-stream")
	}
	w.Header().Set("Cache-Control", "no-store")
	ctx, cancel := context.WithCancelCause(r.Context())
	f.ctx = ctx
	stop := func() bool { return true }
	if s.feeds != nil {
		stop = context.AfterFunc(s.feeds, func() {
			f.stop()
			cancel(errStopping)
		})
	}
	_ = f.flush() // a client that is gone shows at the next write
	return f, func() {
		stop()
		cancel(nil)
		s.streams.giveBack()
	}, nil
}

// stop leaves a reader that takes nothing a moment, so that it does not hold up the server's end.
func (f *feed) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stopping = true
	_ = f.control.SetWriteDeadline(time.Now().Add(lastWords))
}

// follow writes what the log holds after since and, if live, what comes, with heartbeats. Of a record that is hidden, by a freeze or as a vote
// in an open ballot, it writes the leaf hash; once it may be seen the feed goes back to the first of them, so that what came between comes
// twice. An error is why the feed ends.
func (f *feed) follow(since events.Seq, live bool) error {
	for {
		f.reader = f.who() // its token may have ended
		next, again, err := f.catchUp(since)
		if err != nil {
			return err
		}
		since = next
		if again {
			continue
		}
		if err := f.flush(); err != nil || !live {
			return err
		}
		if err := f.await(since + 1); err != nil {
			return err
		}
	}
}

// catchUp writes what the log holds after since now, and returns after which event to go on; again says that this goes back to what was
// hidden and is not any more.
func (f *feed) catchUp(since events.Seq) (next events.Seq, again bool, err error) {
	for record, err := range f.campaign.Ledger.Records(f.ctx, since, false) {
		if err != nil {
			return since, false, err
		}
		hidden := f.campaign.Hides(f.reader, record.Seq)
		switch {
		case hidden && f.hidden == 0:
			f.hidden = record.Seq
		case !hidden && f.hidden != 0 && !f.campaign.Hides(f.reader, f.hidden):
			since, f.hidden = f.hidden-1, 0
			return since, true, nil
		}
		since = record.Seq
		if err := f.record(record, hidden); err != nil {
			return since, false, err
		}
	}
	return since, false, nil
}

// await waits for event seq, with heartbeats. An error is why the feed ends.
func (f *feed) await(seq events.Seq) error {
	for {
		beat, cancel := context.WithTimeout(f.ctx, f.beat)
		err := f.campaign.Ledger.Wait(beat, seq)
		quiet := errors.Is(err, context.DeadlineExceeded) && f.ctx.Err() == nil
		cancel()
		if !quiet {
			return err
		}
		if f.stream {
			f.buffer = append(f.buffer, ": heartbeat\n\n"...)
		} else {
			f.buffer = append(f.buffer, '\n')
		}
		if err := f.flush(); err != nil {
			return err
		}
	}
}

// flushBytes is how much is gathered before it is sent.
const flushBytes = 64 << 10

// record writes one record, or of a hidden one its leaf hash. From the first hidden one on there are no ids, so that who connects again starts
// before it.
func (f *feed) record(r ledger.StoredRecord, hidden bool) error {
	if f.stream {
		if f.hidden == 0 {
			f.buffer = append(strconv.AppendUint(append(f.buffer, "id: "...), uint64(r.Seq), 10), '\n')
		}
		if hidden {
			f.buffer = append(f.buffer, "event: leaf\n"...)
		}
		f.buffer = append(f.buffer, "data: "...)
	}
	if hidden {
		f.buffer = append(appendLeaf(f.buffer, r), '\n')
	} else {
		f.buffer = append(appendWrapped(f.buffer, r.Seq, r.Commit.Recorded, r.Record), '\n')
	}
	if f.stream {
		f.buffer = append(f.buffer, '\n')
	}
	if len(f.buffer) < flushBytes {
		return nil
	}
	return f.flush()
}

// appendLeaf appends {"seq","recorded","leaf"}: all that a freeze shows of an event.
func appendLeaf(b []byte, r ledger.StoredRecord) []byte {
	leaf := events.LeafHash(r.Record, r.Commit.Recorded)
	b = strconv.AppendUint(append(b, `{"seq":`...), uint64(r.Seq), 10)
	b = append(append(append(b, `,"recorded":"`...), events.FormatTime(r.Commit.Recorded)...), `","leaf":"`...)
	return append(hex.AppendEncode(b, leaf[:]), `"}`...)
}

func (f *feed) flush() error {
	f.mu.Lock()
	if !f.stopping {
		_ = f.control.SetWriteDeadline(time.Now().Add(f.timeout)) // not every writer has deadlines
	}
	f.mu.Unlock()
	if _, err := f.w.Write(f.buffer); err != nil {
		return err
	}
	f.buffer = f.buffer[:0]
	return f.control.Flush()
}

// end tells the reader of a feed why it ends, if err says more than that the reader is gone.
func (f *feed) end(err error) {
	if cause := context.Cause(f.ctx); cause != nil {
		err = cause
	}
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	p := problemOf(err)
	text := events.AppendString(nil, strings.ToValidUTF8(p.Detail, "?"))
	if f.stream {
		f.buffer = append(f.buffer, "event: end\ndata: "...)
	}
	f.buffer = append(append(f.buffer, `{"error":`...), text...)
	f.buffer = append(append(append(f.buffer, `,"code":"`...), p.Code...), "\"}\n"...)
	if f.stream {
		f.buffer = append(f.buffer, '\n')
	}
	_ = f.flush() // the reader is gone if this fails
}

// streamStandings sends the standings as they change, at most ten a second, with the sequence as id. The newest are always sent.
func (s *Server) streamStandings(w http.ResponseWriter, r *http.Request, c *host.Campaign, o projections.JSONOptions) {
	err := c.Look(r.Context(), s.reader(r, c), func(seen *projections.Live) error { return checkCluster(seen.Standings(), o.Cluster) })
	if err != nil {
		s.fail(w, r, err)
		return
	}
	f, done, err := s.newFeed(w, r, c)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer done()
	if r.Method != http.MethodHead {
		f.end(f.standings(o))
	}
}

func (f *feed) standings(o projections.JSONOptions) error {
	var shown events.Seq
	for next := events.Seq(1); ; {
		if err := f.await(next); err != nil {
			return err
		}
		next = f.campaign.Summary().Seq + 1
		standings, err := f.campaign.Standings(f.ctx, f.who())
		if err != nil {
			return err
		}
		if standings.Seq == shown { // frozen
			continue
		}
		shown = standings.Seq
		f.buffer = strconv.AppendUint(append(f.buffer, "id: "...), uint64(standings.Seq), 10)
		f.buffer = append(f.buffer, "\nevent: standings\ndata: "...)
		f.buffer = append(standings.AppendJSON(f.buffer, o), "\n\n"...)
		if err := f.flush(); err != nil {
			return err
		}
		select {
		case <-time.After(boardInterval):
		case <-f.ctx.Done():
			return context.Cause(f.ctx)
		}
	}
}
