package server

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// How often logging in may be tried. Keys can't be guessed; the limits keep who tries from costing memory, work and others' challenges.
const (
	// maxFailures is how many logins may fail in a minute, for one address or one member.
	maxFailures = 10
	// maxAsked is how many challenges one address gets in a minute: a hall of members behind one address needs some hundreds, and all that
	// wait (maxChallenges) are far more.
	maxAsked = 600
	// maxTried bounds the addresses and members that are counted; over it any one is forgotten.
	maxTried = 10_000
)

// tries count by key how often something was done: most times at once are free, and then one in each minute's most-th part. The zero value
// counts nothing yet.
type tries struct {
	mu sync.Mutex
	// clean is when a key's past is forgotten. Each time puts it off by a most-th part of a minute.
	clean map[string]time.Time
}

// wait is how long a key has to wait for its next time; 0 if it need not.
func (t *tries) wait(key string, most int, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.waits(key, most, now)
}

func (t *tries) waits(key string, most int, now time.Time) time.Duration {
	part := time.Minute / time.Duration(most)
	return max(t.clean[key].Add(part).Sub(now.Add(time.Duration(most)*part)), 0)
}

// count counts one time.
func (t *tries) count(key string, most int, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts(key, most, now)
}

func (t *tries) counts(key string, most int, now time.Time) {
	if t.clean == nil {
		t.clean = map[string]time.Time{}
	}
	if _, ok := t.clean[key]; !ok {
		t.makeRoom(now)
	}
	from := t.clean[key]
	if from.Before(now) {
		from = now
	}
	t.clean[key] = from.Add(time.Minute / time.Duration(most))
}

// take counts one time if it need not wait, and says how long it has to.
func (t *tries) take(key string, most int, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	wait := t.waits(key, most, now)
	if wait == 0 {
		t.counts(key, most, now)
	}
	return wait
}

// makeRoom forgets a few keys that are clean, and where there is no room some other one: a map is walked in no order, so that who fills it
// can't choose which.
func (t *tries) makeRoom(now time.Time) {
	const few = 16 // more than one, so that the clean ones go sooner than others come
	looked := 0
	for key, clean := range t.clean {
		if clean.Before(now) || len(t.clean) >= maxTried {
			delete(t.clean, key)
		}
		if looked++; looked == few {
			return
		}
	}
}

// address is where a request comes from, as far as one user can choose it: an IPv6 user has a whole /64.
func address(r *http.Request) string {
	name, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr // a pipe within the process
	}
	ip, err := netip.ParseAddr(name)
	if err != nil {
		return name
	}
	const user = 64
	if ip = ip.Unmap().WithZone(""); ip.Is6() && !ip.IsLoopback() {
		if net, err := ip.Prefix(user); err == nil {
			return net.String()
		}
	}
	return ip.String()
}

// tooOften says why a request's address may not try to log in now; the zero problem where it may. This machine's commands always may.
func (s *Server) tooOften(r *http.Request) problem {
	wait := s.failures.wait(address(r), s.attempts(), s.now())
	if wait == 0 || s.trusted(r) {
		return problem{}
	}
	return tooMany("too many logins from "+address(r)+" have failed", wait)
}

// mayAsk reports whether the request's address gets another challenge; if not, it has answered when.
func (s *Server) mayAsk(w http.ResponseWriter, r *http.Request) bool {
	if s.trusted(r) {
		return true
	}
	wait := s.asks.take(address(r), maxAsked, s.now())
	if wait > 0 {
		tooMany(address(r)+" has asked for too many challenges", wait).write(w)
	}
	return wait == 0
}

// failed counts a login that failed, for its address and, unless it is "", for the member of a campaign. It reports how long the member's next
// failure will be answered so: a right answer is taken in between all the same, or anybody could lock any member out.
func (s *Server) failed(r *http.Request, campaign, member string) time.Duration {
	if !s.trusted(r) {
		s.failures.count(address(r), s.attempts(), s.now())
	}
	if member == "" {
		return 0
	}
	return s.memberFailures.take(campaign+"/"+member, s.attempts(), s.now())
}

func (s *Server) attempts() int { return cmp.Or(s.Attempts, maxFailures) }

// tooMany tells who has tried too often when to try again.
func tooMany(what string, wait time.Duration) problem {
	seconds := int((wait + time.Second - 1) / time.Second)
	return problem{Status: http.StatusTooManyRequests, Code: "attempts", Detail: fmt.Sprintf("%s; try again in %d s", what, seconds), after: seconds}
}
