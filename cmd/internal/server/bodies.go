package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"campaignledger/cmd/internal/scores"
	"campaignledger/ledger"
)

// Limits on the bodies of requests that are in memory at a time, from their first byte to their answer. Over them a request is answered 429 and told
// to try again: what many large bodies would take must not depend on how many there are.
const (
	// maxBodies and maxBodiesBytes bound the bodies of all requests but imported files: 16 of the largest, or thousands of usual ones. What is read from
	// them may take several times as much while it waits to be stored, which has limits of its own.
	maxBodies      = 16 << 10
	maxBodiesBytes = 64 << 20
	// maxFilesBytes bounds the files that are imported: two of the largest, each with the byte more that shows where it ends.
	maxFilesBytes = 2 * (scores.MaxFileBytes + 1)
	// firstRead is how much of a body of unknown or large size is made room for at first: who announces much and sends nothing takes no more.
	firstRead = 32 << 10
)

// room is what bodies may take together. One address has no more than half of it, so that it can't shut all others out.
type room struct {
	all  *ledger.Budget
	most int64 // bytes of one address

	mu    sync.Mutex
	taken map[string]int64 // bytes, by address, of those that have any
}

func newRoom(bodies, bytes int64) *room {
	return &room{all: ledger.NewBudget(bodies, bytes), most: bytes / 2, taken: map[string]int64{}}
}

// take makes room for an address, "" for one that has no share of its own.
func (o *room) take(address string, bodies, bytes int64) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if address != "" && o.taken[address]+bytes > o.most {
		return fmt.Errorf("bodies of %d bytes are under way from %s, which is its share: %w", o.taken[address], address, ledger.ErrBusy)
	}
	if err := o.all.Take(bodies, bytes); err != nil {
		return fmt.Errorf("the bodies of other requests: %w", err)
	}
	o.taken[address] += bytes
	return nil
}

func (o *room) giveBack(address string, bodies, bytes int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all.GiveBack(bodies, bytes)
	if o.taken[address] -= bytes; o.taken[address] == 0 {
		delete(o.taken, address)
	}
}

// dues are what a request gives back at its end.
type dues struct {
	mu   sync.Mutex
	list []func()
}

type duesKey struct{}

// withDues is a context for a request; the returned function settles what is due.
func withDues(ctx context.Context) (context.Context, func()) {
	d := &dues{}
	return context.WithValue(ctx, duesKey{}, d), func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, settle := range d.list {
			settle()
		}
	}
}

// due has settle called at the request's end.
func due(ctx context.Context, settle func()) {
	if d, ok := ctx.Value(duesKey{}).(*dues); ok {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.list = append(d.list, settle)
	}
}

// readAll reads a body within limit and time, and within what bodies may take together (ledger.ErrBusy) until the request's end.
func (s *Server) readAll(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(s.bodyTimeout())) // not every reader has deadlines
	content, err := s.readCounted(r, http.MaxBytesReader(w, r.Body, limit), limit)
	if err == nil {
		_ = control.SetReadDeadline(time.Time{}) // what is read from now on is whether the client is still there
	}
	return content, err
}

// readCounted makes room for a body as it comes.
func (s *Server) readCounted(r *http.Request, body io.Reader, limit int64) ([]byte, error) {
	in, from := s.bodies, address(r)
	if limit > maxBodiesBytes {
		in = s.importing
	}
	if s.trusted(r) { // this machine's commands
		from = ""
	}
	var bodies, bytes int64
	due(r.Context(), func() { in.giveBack(from, bodies, bytes) })
	grow := func(n int64) error {
		if err := in.take(from, 1-bodies, n); err != nil {
			return err
		}
		bodies, bytes = 1, bytes+n
		return nil
	}
	first := int64(firstRead)
	if r.ContentLength >= 0 {
		first = min(first, r.ContentLength+1) // one more shows the end
	}
	if err := grow(first); err != nil {
		return nil, err
	}
	content := make([]byte, 0, first)
	for {
		if len(content) == cap(content) {
			more := min(int64(cap(content)), limit+1-int64(cap(content)))
			if r.ContentLength >= int64(len(content)) {
				more = min(more, r.ContentLength-int64(len(content))+1)
			}
			if err := grow(more); err != nil {
				return nil, err
			}
			content = append(make([]byte, 0, int64(cap(content))+more), content...)
		}
		n, err := body.Read(content[len(content):cap(content)])
		content = content[:len(content)+n]
		switch {
		case errors.Is(err, io.EOF):
			return content, nil
		case errors.As(err, new(*http.MaxBytesError)), errors.Is(err, os.ErrDeadlineExceeded):
			return nil, err
		case err != nil:
			return nil, badRequest("read the body: %w", err)
		}
	}
}
