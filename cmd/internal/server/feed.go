package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
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

// wantsStream reports whether the reader asked for server-sent events.
func wantsStream(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/event-stream")
}

// events is the log and its live feed: NDJSON of {"seq","recorded","record"} after ?since=, with ?follow=true without end; as
// text/event-stream it follows, with the sequence as id, and Last-Event-ID resumes.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	q, err := parameters(r, "since", "follow")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	stream := wantsStream(r)
	var since events.Seq
	err = number(q, "since", &since)
	if last := r.Header.Get("Last-Event-ID"); last != "" && stream {
		n, parseErr := strconv.ParseUint(last, 10, 63)
		if parseErr != nil {
			err = badRequest("Last-Event-ID %q is not a sequence", last)
		}
		since = events.Seq(n)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	c := s.campaign(w, r)
	if c == nil {
		return
	}
	if last := c.Live.Summary().Seq; since > last {
		s.fail(w, r, badRequest("campaign %s has %d events, none after %d yet", c.ID, last, since))
		return
	}
	f := newFeed(w, r, stream)
	err = f.follow(r.Context(), c, since, stream || q.Get("follow") == "true")
	if err != nil && !errors.Is(err, context.Canceled) {
		f.end(err)
	}
}

// feed writes records to one reader.
type feed struct {
	w       http.ResponseWriter
	control *http.ResponseController
	stream  bool
	buffer  []byte
}

func newFeed(w http.ResponseWriter, _ *http.Request, stream bool) *feed {
	w.Header().Set("Content-Type", "application/x-ndjson")
	if stream {
		w.Header().Set("Content-Type", "text/event-stream")
	}
	w.Header().Set("Cache-Control", "no-store")
	f := &feed{w: w, control: http.NewResponseController(w), stream: stream}
	_ = f.flush() // sends the headers; a client that is gone shows at the next write
	return f
}

// follow writes what the log holds after since and, if live, what comes, with heartbeats.
func (f *feed) follow(ctx context.Context, c *host.Campaign, since events.Seq, live bool) error {
	for {
		for record, err := range c.Ledger.Records(ctx, since, false) {
			if err != nil {
				return err
			}
			since = record.Seq
			if err := f.record(record); err != nil {
				return err
			}
		}
		if err := f.flush(); err != nil || !live {
			return err
		}
		if err := f.await(ctx, c, since+1); err != nil {
			return err
		}
	}
}

// await waits for event seq, with heartbeats.
func (f *feed) await(ctx context.Context, c *host.Campaign, seq events.Seq) error {
	for {
		beat, cancel := context.WithTimeout(ctx, heartbeat)
		err := c.Live.Wait(beat, seq)
		cancel()
		if err == nil || ctx.Err() != nil {
			return err
		}
		if broken := c.Ledger.Broken(); broken != nil {
			return broken
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

func (f *feed) record(r ledger.StoredRecord) error {
	if f.stream {
		f.buffer = strconv.AppendUint(append(f.buffer, "id: "...), uint64(r.Seq), 10)
		f.buffer = append(f.buffer, "\nevent: record\ndata: "...)
	}
	f.buffer = append(appendWrapped(f.buffer, r.Seq, r.Commit.Recorded, r.Record), '\n')
	if f.stream {
		f.buffer = append(f.buffer, '\n')
	}
	if len(f.buffer) < flushBytes {
		return nil
	}
	return f.flush()
}

func (f *feed) flush() error {
	_ = f.control.SetWriteDeadline(time.Now().Add(writeTimeout)) // not every writer has deadlines
	if _, err := f.w.Write(f.buffer); err != nil {
		return err
	}
	f.buffer = f.buffer[:0]
	return f.control.Flush()
}

// end tells the reader of a feed why it ends.
func (f *feed) end(err error) {
	if f.stream {
		f.buffer = fmt.Appendf(f.buffer, "event: end\ndata: %s\n\n", strings.ReplaceAll(err.Error(), "\n", " "))
	} else {
		f.buffer = append(append(append(f.buffer, `{"error":`...), events.AppendString(nil, strings.ToValidUTF8(err.Error(), "?"))...), "}\n"...)
	}
	_ = f.flush() // the reader is gone if this fails
}

// streamStandings sends the standings as they change, at most ten a second, with the sequence as id.
func (s *Server) streamStandings(w http.ResponseWriter, r *http.Request, c *host.Campaign, o projections.JSONOptions) {
	if err := checkCluster(c.Live.Standings(), o.Cluster); err != nil {
		s.fail(w, r, err)
		return
	}
	f := newFeed(w, r, true)
	for next := events.Seq(1); ; {
		if err := f.await(r.Context(), c, next); err != nil {
			if r.Context().Err() == nil {
				f.end(err)
			}
			return
		}
		standings := c.Live.Standings()
		next = standings.Seq + 1
		f.buffer = strconv.AppendUint(append(f.buffer, "id: "...), uint64(standings.Seq), 10)
		f.buffer = append(f.buffer, "\nevent: standings\ndata: "...)
		f.buffer = append(standings.AppendJSON(f.buffer, o), "\n\n"...)
		if f.flush() != nil {
			return
		}
		select {
		case <-time.After(boardInterval):
		case <-r.Context().Done():
			return
		}
	}
}
