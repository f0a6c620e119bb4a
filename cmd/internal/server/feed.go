package server

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
)

const (
	// heartbeat keeps proxies from closing a quiet feed.
	heartbeat = 15 * time.Second
	// writeTimeout drops a reader that does not take what it is sent; its Last-Event-ID resumes.
	writeTimeout = 30 * time.Second
)

func (s *Server) heartbeat() time.Duration { return cmp.Or(s.Heartbeat, heartbeat) }

func (s *Server) writeTimeout() time.Duration { return cmp.Or(s.WriteTimeout, writeTimeout) }

func (s *Server) bodyTimeout() time.Duration { return cmp.Or(s.BodyTimeout, bodyTimeout) }

const eventStream = "text/event-stream"

// wantsStream reports whether the reader asked for server-sent events.
func wantsStream(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), eventStream)
}

// events is the log and its live feed: NDJSON of {"seq","recorded","record"} after ?since=, with ?follow=true without end; as
// text/event-stream it follows, with the sequence as id, and Last-Event-ID resumes. With ?type= it has only records of these types, and the
// leaf hashes of all that is hidden. A feed that ends early says in its last line why, and after which sequence to resume; with ?end=true one
// that is finished says so too.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	q, err := parameters(r, "since", "follow", "type", "end")
	follow, marked := wantsStream(r), false
	var only map[events.Type]bool
	if err == nil {
		err = errors.Join(choice(q, "follow", "true", &follow), choice(q, "end", "true", &marked))
	}
	if err == nil && marked && follow {
		err = badRequest("a feed that follows has no end to mark; leave end or follow out, and do not ask for " + eventStream)
	}
	if err == nil {
		only, err = onlyTypes(q)
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
	if err := hasEvent(c, since); err != nil {
		s.fail(w, r, err)
		return
	}
	f, done, err := s.newFeed(w, r, c)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer done()
	f.only, f.at, f.token = only, since, since
	err = f.follow(follow && r.Method != http.MethodHead)
	if err == nil && marked {
		f.endMark()
		return
	}
	f.end(err)
}

// onlyTypes are the event types that a feed is asked for; nil for all. Those that no event has are refused: who asks for one would wait for ever.
func onlyTypes(q url.Values) (map[events.Type]bool, error) {
	if !q.Has("type") {
		return nil, nil
	}
	known, only := events.Types(), map[events.Type]bool{}
	for name := range strings.SplitSeq(q.Get("type"), ",") {
		t := events.Type(name)
		if _, found := slices.BinarySearch(known, t); !found || only[t] {
			return nil, badRequest("type=: %.80q is no event type, or stands there twice; write some of these with commas between them: %v", name, known)
		}
		only[t] = true
	}
	return only, nil
}

// startAfter is where a feed starts: after Last-Event-ID, which a browser sends when it connects again, else after ?since=.
func startAfter(q url.Values, r *http.Request) (events.Seq, error) {
	last, given := r.Header["Last-Event-Id"]
	switch {
	case given && wantsStream(r) && len(last) > 1:
		return 0, badRequest("there are %d Last-Event-ID; send the newest", len(last))
	case given && wantsStream(r):
		return sequence("Last-Event-ID", last[0])
	case q.Has("since"):
		return sequence("since", q.Get("since"))
	}
	return 0, nil
}

// sequence reads a resume token as feeds give it.
func sequence(name, text string) (events.Seq, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil || strconv.FormatUint(n, 10) != text {
		return 0, badRequest("%s %.80q is not a sequence; resume with what a feed gave, or leave it out to start at the beginning", name, text)
	}
	return events.Seq(n), nil
}

// hasEvent refuses a resume token that is not from this campaign's log.
func hasEvent(c *host.Campaign, since events.Seq) error {
	if last, _ := c.Ledger.Last(); since > last {
		return badRequest("campaign %s has %d events, none after %d yet; start at the beginning if this is another log than before", c.ID, last, since)
	}
	return nil
}

// feed writes records, standings or the board of one campaign to one reader.
type feed struct {
	ctx      context.Context // done when the reader is gone or the server stops
	dropped  func(reason string)
	campaign *host.Campaign
	who      func() (host.Reader, error) // an error where a member's time has ended: it must not read on as the public without a word
	reader   host.Reader                 // as of a moment ago
	only     map[events.Type]bool        // nil: all
	at       events.Seq                  // how far it has looked
	hidden   events.Seq                  // the first event whose record was withheld; 0: none
	token    events.Seq                  // the newest that the reader can resume after, as far as it was told
	w        http.ResponseWriter
	control  *http.ResponseController
	stream   bool // server-sent events; else NDJSON
	beat     time.Duration
	timeout  time.Duration
	buffer   []byte
	room     *ledger.Budget // of all feeds
	extra    int64          // how much more than flushBytes it gathers before it writes

	mu       sync.Mutex // guards the write deadline
	stopping bool
}

// newFeed takes a place among the open feeds (ErrBusy if there is none) and sends the headers. The returned function must be called at the
// end.
func (s *Server) newFeed(w http.ResponseWriter, r *http.Request, c *host.Campaign) (*feed, func(), error) {
	if err := s.streams.take(address(r)); err != nil {
		return nil, nil, err
	}
	s.readers.add(c.ID, 1)
	began := s.reader(r, c)
	who := func() (host.Reader, error) {
		now := s.reader(r, c)
		if began.Member != "" && now.Member == "" {
			return now, errEnded
		}
		return now, nil
	}
	f := &feed{dropped: s.Metrics.FeedDropped, campaign: c, who: who, w: w, control: http.NewResponseController(w), stream: wantsStream(r), beat: s.heartbeat(), timeout: s.writeTimeout(), room: s.feedRoom}
	w.Header().Set("Content-Type", kindLines)
	if f.stream {
		w.Header().Set("Content-Type", eventStream)
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
		f.room.GiveBack(0, f.extra)
		s.streams.giveBack(address(r))
		s.readers.add(c.ID, -1)
	}, nil
}

// stop leaves a reader that takes nothing a moment, so that it does not hold up the server's end.
func (f *feed) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stopping = true
	_ = f.control.SetWriteDeadline(time.Now().Add(lastWords))
}

// follow writes what the log holds after f.at and, if live, what comes, with heartbeats. Of a record that is hidden, by a freeze or as a vote
// in an open ballot, it writes the leaf hash, whatever types are asked for: which type it has must not show. Once it may be seen the feed goes
// back to the first of them, so that what came between comes twice. An error is why the feed ends.
func (f *feed) follow(live bool) error {
	for {
		var err error
		if f.reader, err = f.who(); err != nil {
			return err
		}
		again, err := f.catchUp()
		if err != nil {
			return err
		}
		if again {
			continue
		}
		if err := f.flush(); err != nil || !live {
			return err
		}
		if err := f.await(f.at + 1); err != nil {
			return err
		}
	}
}

// catchUp writes what the log holds after f.at now; again says that f.at went back to what was hidden and is not any more. It gathers a little and
// writes it, in turn: while a reader takes its time nothing is held for it but that.
func (f *feed) catchUp() (again bool, err error) {
	for {
		more, again, err := f.gather()
		if err != nil || again || !more {
			return again, err
		}
		begin := time.Now()
		if err := f.flush(); err != nil {
			return false, err
		}
		f.resize(time.Since(begin))
	}
}

// gather puts into the buffer what the log holds after f.at, until there is enough to be written: then more says that there is more.
func (f *feed) gather() (more, again bool, err error) {
	for record, err := range f.campaign.Ledger.Records(f.ctx, f.at, false) {
		if err != nil {
			return false, false, err
		}
		hidden := f.campaign.Hides(f.reader, record.Seq)
		switch {
		case hidden && f.hidden == 0:
			f.hidden = record.Seq
		case !hidden && f.hidden != 0 && !f.campaign.Hides(f.reader, f.hidden):
			f.at, f.hidden = f.hidden-1, 0
			return false, true, nil
		}
		f.at = record.Seq
		if !hidden && f.only != nil && !f.only[record.Record.Type()] {
			continue
		}
		if f.record(record, hidden); len(f.buffer) >= flushBytes+int(f.extra) {
			return true, false, nil
		}
	}
	return false, false, nil
}

// resize has more gathered for a reader that takes fast, as long as there is room for all feeds together: coming back to the log costs something.
func (f *feed) resize(took time.Duration) {
	want := min(2*f.extra+flushBytes, maxExtra)
	if took > fastFlush {
		want = 0
	}
	switch more := want - f.extra; {
	case more > 0 && f.room.Take(0, more) != nil:
		return
	case more < 0:
		f.room.GiveBack(0, -more)
	}
	f.extra = want
}

// resume is after which sequence the reader, who connects again, starts: before what was hidden from it.
func (f *feed) resume() events.Seq {
	if f.hidden != 0 {
		return f.hidden - 1
	}
	return f.at
}

// tell appends the resume token where it is news: of a stream that shows some types only, it moves on over the others.
func (f *feed) tell() {
	if next := f.resume(); f.stream && next > f.token {
		f.buffer = append(strconv.AppendUint(append(f.buffer, "id: "...), uint64(next), 10), '\n')
		f.token = next
	}
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
		if err := f.heartbeat(); err != nil {
			return err
		}
	}
}

func (f *feed) heartbeat() error {
	if f.stream {
		f.buffer = append(f.buffer, ": heartbeat\n"...)
		f.tell()
	}
	f.buffer = append(f.buffer, '\n')
	return f.flush()
}

const (
	// flushBytes is how much is gathered before it is sent, and maxExtra how much more for a reader that takes it within fastFlush.
	flushBytes = 64 << 10
	maxExtra   = 1 << 20
	fastFlush  = 20 * time.Millisecond
	// maxFeedBytes bounds what feeds gather beyond flushBytes, all together.
	maxFeedBytes = 256 << 20
	// idleBytes is how much of its buffer a feed keeps while it has nothing to send: there may be thousands of them.
	idleBytes = 4 << 10
)

// record puts one record into the buffer, or of a hidden one its leaf hash. From the first hidden one on there are no ids, so that who connects again starts
// before it.
func (f *feed) record(r ledger.StoredRecord, hidden bool) {
	if f.stream {
		f.tell()
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
}

// appendLeaf appends {"seq","recorded","leaf"}: all that a freeze shows of an event.
func appendLeaf(b []byte, r ledger.StoredRecord) []byte {
	leaf := events.LeafHash(r.Record, r.Commit.Recorded)
	b = strconv.AppendUint(append(b, `{"seq":`...), uint64(r.Seq), 10)
	b = append(append(append(b, `,"recorded":"`...), events.FormatTime(r.Commit.Recorded)...), `","leaf":"`...)
	return append(hex.AppendEncode(b, leaf[:]), `"}`...)
}

func (f *feed) flush() error {
	if err := f.send(f.buffer); err != nil {
		return err
	}
	f.buffer = f.buffer[:0]
	if cap(f.buffer) > idleBytes {
		f.buffer = nil
	}
	return nil
}

// send writes b at once. A reader that takes nothing for long is dropped.
func (f *feed) send(b []byte) error {
	f.mu.Lock()
	if !f.stopping {
		_ = f.control.SetWriteDeadline(time.Now().Add(f.timeout)) // not every writer has deadlines
	}
	f.mu.Unlock()
	if _, err := f.w.Write(b); err != nil {
		return err
	}
	return f.control.Flush()
}

// endMark says that a feed which does not follow is complete, and after which sequence the next one starts.
func (f *feed) endMark() {
	f.buffer = strconv.AppendUint(append(f.buffer, `{"end":"complete","seq":`...), uint64(f.resume()), 10)
	f.buffer = append(f.buffer, "}\n"...)
	_ = f.flush() // the reader is gone if this fails
}

// end tells the reader of a feed why it ends and after which sequence to resume, if err says more than that the reader is gone.
func (f *feed) end(err error) {
	slow := errors.Is(err, os.ErrDeadlineExceeded)
	if cause := context.Cause(f.ctx); cause != nil {
		err = cause
	}
	if slow && !errors.Is(err, errStopping) {
		f.dropped("slow")
		return // what it took nothing of for so long would not reach it
	}
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	p := problemOf(err)
	f.dropped(p.Code)
	text := events.AppendString(nil, strings.ToValidUTF8(p.Detail, "?"))
	if f.stream {
		f.tell()
		f.buffer = append(f.buffer, "event: end\ndata: "...)
	}
	f.buffer = append(append(f.buffer, `{"error":`...), text...)
	f.buffer = append(append(append(f.buffer, `,"code":"`...), p.Code...), `","seq":`...)
	f.buffer = append(strconv.AppendUint(f.buffer, uint64(f.resume()), 10), "}\n"...)
	if f.stream {
		f.buffer = append(f.buffer, '\n')
	}
	_ = f.flush() // the reader is gone if this fails
}
