package client

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	// busyPatience is how long a request is tried again that the server was too busy for: it stored nothing, and says so. The request is the same each
	// time, with the same event ids, so that nothing is stored twice whatever became of it.
	busyPatience = 30 * time.Second
	// busyPause is the wait before the second try, beside what the server asks for; it doubles up to busyPauseMax. A part of it is random, so that those
	// who were refused together do not come back together.
	busyPause    = 100 * time.Millisecond
	busyPauseMax = 4 * time.Second
	// longestAsked is the longest wait that a server's Retry-After is heeded with.
	longestAsked = 10 * time.Second
)

// tries are the tries of one request.
type tries struct {
	began time.Time
	count int
	pause time.Duration
}

// again waits before the next try of a request that was answered e. It returns false where there is none: the error is not of the kind that ends by
// itself, the body can't be sent again, or it took too long; e says so then.
func (t *tries) again(ctx context.Context, patience time.Duration, r *http.Request, answer *http.Response, e *Error) bool {
	t.count++
	if !e.Busy() || r.Body != nil && r.GetBody == nil {
		return false
	}
	t.pause = min(max(2*t.pause, busyPause), busyPauseMax)
	wait := t.pause/2 + rand.N(t.pause/2+1)
	if asked, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && asked > 0 {
		wait += min(time.Duration(asked)*time.Second, longestAsked)
	}
	if time.Since(t.began)+wait > patience {
		e.Detail = fmt.Sprintf("%s (asked %d times in %v; the server stays busy, try again later)", e.Detail, t.count, time.Since(t.began).Round(time.Millisecond))
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Busy reports whether the server had too much to do, or others were first. Nothing was stored, and the same request may do better in a moment.
func (e *Error) Busy() bool { return e.Code == "busy" || e.Code == "contended" }
