package server

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
	"campaignledger/projections"
)

// standingsInterval is the shortest time between two standings on one feed: ten a second.
const standingsInterval = 100 * time.Millisecond

// streamStandings sends the standings as they change, at most ten a second, with the sequence as id. The newest are always sent.
func (s *Server) streamStandings(w http.ResponseWriter, r *http.Request, c *host.Campaign, o projections.JSONOptions) {
	err := c.Look(r.Context(), s.reader(r, c), func(seen *projections.Live) error { return seen.Standings().CheckCluster(o.Cluster) })
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.live(w, r, c, func(f *feed) error { return f.standings(o) })
}

// live follows what is there as of now, whatever the reader had before: its resume token is only looked at, so that a browser learns that it
// speaks to another log.
func (s *Server) live(w http.ResponseWriter, r *http.Request, c *host.Campaign, follow func(*feed) error) {
	since, err := startAfter(nil, r)
	if err == nil {
		err = hasEvent(c, since)
	}
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
		f.end(follow(f))
	}
}

func (f *feed) standings(o projections.JSONOptions) error {
	for next := events.Seq(1); ; {
		if err := f.await(next); err != nil {
			return err
		}
		next = f.campaign.Summary().Seq + 1
		reader, err := f.who()
		if err != nil {
			return err
		}
		standings, err := f.campaign.Standings(f.ctx, reader)
		if err != nil {
			return err
		}
		if standings.Seq == f.at { // frozen
			continue
		}
		f.at, f.token = standings.Seq, standings.Seq
		f.buffer = strconv.AppendUint(append(f.buffer, "id: "...), uint64(standings.Seq), 10)
		f.buffer = append(f.buffer, "\nevent: standings\ndata: "...)
		f.buffer = append(standings.AppendJSON(f.buffer, o), "\n\n"...)
		if err := f.flush(); err != nil {
			return err
		}
		select {
		case <-time.After(standingsInterval):
		case <-f.ctx.Done():
			return context.Cause(f.ctx)
		}
	}
}

// board is the live board, as one line of JSON, or as a stream of one message for each change, at most ten a second: all that a page needs,
// for all clusters. See host.Board.
func (s *Server) board(w http.ResponseWriter, r *http.Request) {
	c, _ := s.asked(w, r)
	if c == nil {
		return
	}
	lang := language(r)
	if wantsStream(r) {
		s.live(w, r, c, func(f *feed) error { return f.board(lang) })
		return
	}
	board, err := c.Board(r.Context(), s.reader(r, c), lang)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeLine(w, r, board.Line)
}

// board sends the board as it changes; its bytes are shared by all feeds. One that is still being sent the last gets the newest next, and what
// came between not at all.
func (f *feed) board(lang string) error {
	beat := time.NewTicker(f.beat)
	defer beat.Stop()
	var shown *host.Board
	for {
		news := f.campaign.BoardNews()
		reader, err := f.who()
		if err != nil {
			return err
		}
		board, err := f.campaign.Board(f.ctx, reader, lang)
		if err == nil && errors.Is(f.campaign.Ledger.Ready(), ledger.ErrClosed) {
			err = ledger.ErrClosed
		}
		if err != nil {
			return err
		}
		if shown == nil || board != shown && !bytes.Equal(board.Message, shown.Message) {
			if err := f.send(board.Message); err != nil {
				return err
			}
			f.at, f.token = board.Seq, board.Seq
		}
		shown = board
		if err := f.awaitNews(news, beat.C); err != nil {
			return err
		}
	}
}

// awaitNews waits until news is closed, with heartbeats. An error is why the feed ends.
func (f *feed) awaitNews(news <-chan struct{}, beat <-chan time.Time) error {
	for {
		select {
		case <-news:
			return nil
		case <-beat:
			if err := f.heartbeat(); err != nil {
				return err
			}
		case <-f.ctx.Done():
			return context.Cause(f.ctx)
		}
	}
}
