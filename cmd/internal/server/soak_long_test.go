//go:build long

package server_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

var (
	soakFor  = flag.Duration("soak.for", 75*time.Second, "TestSoak: how long")
	soakSeed = flag.Uint64("soak.seed", 0, "TestSoak: of what is done when; 0: of the clock")
)

// soak is a server under everything at once: writers, readers, feeds that come and go and some that take nothing, pages, campaigns that are opened and closed
// because only few may be open, freezes.
type soak struct {
	*signedSite
	host *host.Host
	ids  []string

	stored, asked, fed, busy atomic.Int64
}

// levels is what must not grow.
type levels struct {
	heap, goroutines, files, events int64
}

func (l levels) String() string {
	return fmt.Sprintf("heap %.1f MiB, %d goroutines, %d open files, %d events", float64(l.heap)/(1<<20), l.goroutines, l.files, l.events)
}

// TestSoak: after a third of the time and at its end, with nobody there, memory, goroutines and open files are the same, but for what the new events take.
func TestSoak(t *testing.T) { //nolint:paralleltest // it measures the process
	seed := *soakSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d, for %v", seed, *soakFor)
	h := openHost(t, host.Config{MaxOpen: 6, IdleAfter: 200 * time.Millisecond})
	s := &soak{signedSite: newSignedSite(t, h, "year", func(s *server.Server) { s.WriteTimeout = time.Second }), host: h}
	s.before()
	for i := range 6 {
		id := fmt.Sprintf("c%d", i)
		body := strings.Replace(regulation, "id: small", "id: "+id, 1)
		if got := s.do(http.MethodPost, base+"?name=r.yaml", body); got.Code != http.StatusCreated {
			t.Fatalf("open: %d %s", got.Code, got.Body)
		}
		s.ids = append(s.ids, id)
	}
	for _, id := range append(s.ids, s.id) {
		waitFor(t, "the first checkpoint", func() bool { return s.do(http.MethodGet, base+"/"+id+"/checkpoint", "").Code == http.StatusOK })
	}
	s.run(seed, *soakFor/3)
	first := s.settle()
	t.Logf("after a third: %v", first)
	s.run(seed+1, *soakFor-*soakFor/3)
	last := s.settle()
	t.Logf("at the end:    %v", last)
	t.Logf("%d events stored, %d answers read, %d events fed, %d times busy", s.stored.Load(), s.asked.Load(), s.fed.Load(), s.busy.Load())
	const slack, perEvent = 6 << 20, 300 // bytes; closed campaigns leave of an event what the NATS server and the tree remember
	if grown, most := last.heap-first.heap, slack+perEvent*(last.events-first.events); grown > most {
		t.Errorf("the heap grew by %d KiB; want at most %d", grown>>10, most>>10)
	}
	if last.goroutines > first.goroutines+10 || last.files > first.files+10 {
		t.Errorf("goroutines or open files grew")
	}
	if s.stored.Load() == 0 || s.asked.Load() == 0 || s.fed.Load() == 0 {
		t.Error("not everybody did something")
	}
}

// run has everybody at work for a while.
func (s *soak) run(seed uint64, d time.Duration) {
	ctx, stop := context.WithTimeout(s.t.Context(), d)
	defer stop()
	var running sync.WaitGroup
	for i, work := range []func(context.Context, *rand.Rand){s.write, s.write, s.read, s.read, s.feed, s.feed, s.feed, s.stuck, s.freeze} {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		running.Go(func() {
			for ctx.Err() == nil {
				work(ctx, random)
			}
		})
	}
	running.Wait()
}

// settle waits until nobody is there and every campaign is closed, and takes the levels.
func (s *soak) settle() (l levels) {
	s.t.Helper()
	s.client.CloseIdleConnections()
	waitFor(s.t, "all campaigns are closed", func() bool { open, _ := s.host.Open(); return open == 0 })
	l.goroutines = 1 << 40
	for range 20 { // what is on its way out takes a moment; the lowest counts
		debug.FreeOSMemory()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if l.heap == 0 || int64(m.HeapAlloc) < l.heap {
			l.heap = int64(m.HeapAlloc)
		}
		l.goroutines = min(l.goroutines, int64(runtime.NumGoroutine()))
		if open, err := os.ReadDir("/proc/self/fd"); err == nil {
			l.files = int64(len(open))
		}
		<-time.After(500 * time.Millisecond)
	}
	ids, err := s.host.IDs(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, id := range ids {
		l.events += int64(s.host.Glance(s.t.Context(), id, nil).Seq)
	}
	return l
}

// pick is one of the unsigned campaigns.
func (s *soak) pick(random *rand.Rand) string { return s.ids[random.IntN(len(s.ids))] }

// write appends an event, often one that is stored already.
func (s *soak) write(_ context.Context, random *rand.Rand) {
	scorer := fmt.Sprint("s", random.IntN(400))
	body := draft("a", scorer, 1, fmt.Sprintf(`,"id":%q`, uuid.NewSHA1(uuid.NameSpaceURL, []byte(scorer)).String()))
	got, err := s.try(http.MethodPost, base+"/"+s.pick(random)+"/events", body)
	switch {
	case err != nil:
		s.t.Error(err)
	case got.Code == http.StatusOK:
		s.stored.Add(1)
	case got.Code == http.StatusTooManyRequests:
		s.busy.Add(1)
	default:
		s.t.Errorf("append: %d %s", got.Code, got.Body)
	}
}

// read asks for something.
func (s *soak) read(_ context.Context, random *rand.Rand) {
	id := s.pick(random)
	if random.IntN(4) == 0 {
		id = s.id
	}
	paths := []string{base, "/", base + "/" + id + "/standings", base + "/" + id + "/audit?limit=20", base + "/" + id + "/head", "/campaigns/" + id, "/campaigns/" + id + "/log", "/readyz",
		base + "/" + id + "/checkpoint", base + "/" + id + "/standings?as_of=1", "/campaigns/" + id + "/units/a"}
	got, err := s.try(http.MethodGet, paths[random.IntN(len(paths))], "")
	switch {
	case err != nil:
		s.t.Error(err)
	case got.Code == http.StatusOK:
		s.asked.Add(1)
	case got.Code == http.StatusTooManyRequests:
		s.busy.Add(1)
	default:
		s.t.Errorf("read: %d %.200s", got.Code, got.Body)
	}
}

// feed follows for a while.
func (s *soak) feed(ctx context.Context, random *rand.Rand) {
	ctx, stop := context.WithTimeout(ctx, time.Duration(50+random.IntN(1000))*time.Millisecond)
	defer stop()
	kinds := []string{"/events", "/board", "/standings"}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+base+"/"+s.pick(random)+kinds[random.IntN(len(kinds))], nil)
	if err != nil {
		s.t.Error(err)
		return
	}
	r.Header.Set("Accept", eventStream)
	a, err := s.client.Do(r)
	if err != nil { // its time was over
		return
	}
	defer a.Body.Close()
	buffer := make([]byte, 4<<10)
	for {
		n, err := a.Body.Read(buffer)
		if s.fed.Add(int64(strings.Count(string(buffer[:n]), "data: "))); err != nil {
			return
		}
	}
}

// stuck opens a feed that takes nothing, and goes away.
func (s *soak) stuck(ctx context.Context, random *rand.Rand) {
	r := s.openSlow(base+"/"+s.pick(random)+"/events", eventStream)
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(random.IntN(2000)) * time.Millisecond):
	}
	_ = r.conn.Close()
}

// freeze freezes the signed campaign's standings and reveals them.
func (s *soak) freeze(ctx context.Context, random *rand.Rand) {
	for _, p := range []events.Payload{&events.StandingsFrozen{}, &events.StandingsRevealed{}} {
		record := s.record("a-head", "", p)
		for {
			got, err := s.try(http.MethodPost, s.path("/events"), record)
			if err != nil || got.Code != http.StatusOK && got.Code != http.StatusTooManyRequests {
				s.t.Errorf("freeze: %d %s, %v", got.Code, got.Body, err)
				return
			}
			if got.Code == http.StatusOK {
				break
			}
			s.busy.Add(1)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(500+random.IntN(1500)) * time.Millisecond):
		}
	}
}
