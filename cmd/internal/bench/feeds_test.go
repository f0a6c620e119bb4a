package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
)

const (
	// feedsEnv makes this test binary the clients of a server: their memory and their work are not the server's.
	feedsEnv = "BENCH_FEEDS_OF"
	// openFeeds are open at once.
	openFeeds = 1000
	// appendRate is how many events are appended in a second.
	appendRate = 50
	// feedAppends are enough for ten seconds; more iterations tell nothing new.
	feedAppends = 10 * appendRate
	boardPath   = "/api/v1/campaigns/hall/board"
	eventsPath  = "/api/v1/campaigns/hall/events"
)

// hall is a cluster of seven units, as a hall would watch it.
const hall = `id: hall
title: Hall
levels: [{id: panel, scorers: any}]
criteria:
  set:
    items:
      - {id: I, method: graded, max: 100000, aggregate: {method: sum}}
      - {id: II, method: graded, max: 100, aggregate: {method: mean}}
      - {id: III, method: graded, max: 100}
      - {id: bonus, method: adjustment, min: 0, max: 30}
      - {id: penalty, method: adjustment, min: -50, max: 0}
clusters:
  - {id: c, criteria: set, units: [{id: u0}, {id: u1}, {id: u2}, {id: u3}, {id: u4}, {id: u5}, {id: u6}]}
`

// feedResult is what the clients measured.
type feedResult struct {
	P50, P99, Worst time.Duration
	Arrivals        int // of appends at feeds
	Messages        int
}

// BenchmarkFeeds: 1,000 boards are open over loopback, from another process, while 50 events are appended a second, each on its own: the time from
// the start of an append's request until a message that has it arrives, over all feeds; and what a feed that is open costs the server's memory.
func BenchmarkFeeds(b *testing.B) {
	if url := os.Getenv(feedsEnv); url != "" {
		b.Skip("this process has the clients")
	}
	h, err := host.Open(b.Context(), host.Config{Dir: b.TempDir(), Log: zerolog.Nop()})
	if err != nil {
		b.Fatal(err)
	}
	defer h.Close()
	if _, _, err := h.OpenCampaign(b.Context(), "hall.yaml", []byte(hall)); err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	web := &http.Server{Handler: (&server.Server{Host: h, Log: zerolog.Nop()}).Handler()}
	go func() { _ = web.Serve(l) }()
	defer web.Close()

	clients := exec.CommandContext(b.Context(), os.Args[0], "-test.run", "^TestFeedClients$")
	clients.Env = append(os.Environ(), feedsEnv+"="+l.Addr().String())
	clients.Stderr = os.Stderr
	in, err := clients.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := clients.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	before := memory()
	if err := clients.Start(); err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); line != "open\n" {
		b.Fatalf("the clients said %q (%v)", line, err)
	}
	after := memory()
	b.ResetTimer()
	fmt.Fprintln(in, min(b.N, feedAppends))
	var result feedResult
	if err := json.NewDecoder(lines).Decode(&result); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	if err := clients.Wait(); err != nil {
		b.Fatal(err)
	}
	if result.Arrivals != openFeeds*min(b.N, feedAppends) {
		b.Fatalf("%d arrivals", result.Arrivals)
	}
	const kib = 1 << 10
	b.ReportMetric(float64(result.P50.Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(result.P99.Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(result.Worst.Microseconds())/1000, "max-ms")
	b.ReportMetric(float64(after.held-before.held)/openFeeds/kib, "KiB-heap+stacks/feed")
	b.ReportMetric(float64(after.resident-before.resident)/openFeeds/kib, "KiB-rss/feed")
}

// usage is a process's memory in bytes.
type usage struct{ held, resident int }

func memory() usage {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u := usage{held: int(m.HeapAlloc + m.StackInuse)}
	status, _ := os.ReadFile("/proc/self/statm") // elsewhere it stays 0
	if fields := strings.Fields(string(status)); len(fields) > 1 {
		pages, _ := strconv.Atoi(fields[1])
		u.resident = pages * os.Getpagesize()
	}
	return u
}

// arrival is a message with its board's sequence.
type arrival struct {
	seq uint64
	at  time.Time
}

// TestFeedClients is the other process of BenchmarkFeeds.
func TestFeedClients(t *testing.T) {
	addr := os.Getenv(feedsEnv)
	if addr == "" {
		t.Skip("BenchmarkFeeds starts it")
	}
	var feeds [openFeeds]*bufio.Reader
	for i := range feeds {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n", boardPath)
		feeds[i] = bufio.NewReader(c)
		if _, err := nextID(feeds[i]); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Println("open")
	var appends int
	if _, err := fmt.Scanln(&appends); err != nil {
		t.Fatal(err)
	}
	first := uint64(2) // the opening is 1
	last := first + uint64(appends) - 1
	var got [openFeeds][]arrival
	var reading sync.WaitGroup
	for i := range feeds {
		reading.Go(func() {
			for seq := uint64(0); seq < last; {
				var err error
				if seq, err = nextID(feeds[i]); err != nil {
					t.Error(err)
					return
				}
				got[i] = append(got[i], arrival{seq, time.Now()})
			}
		})
	}
	begun := appendPaced(t, "http://"+addr, appends)
	reading.Wait()
	if err := json.NewEncoder(os.Stdout).Encode(measure(got[:], begun, first)); err != nil {
		t.Fatal(err)
	}
}

// nextID reads to the id of the next message.
func nextID(r *bufio.Reader) (uint64, error) {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return 0, err
		}
		if id, ok := bytes.CutPrefix(line, []byte("id: ")); ok {
			return strconv.ParseUint(string(bytes.TrimSpace(id)), 10, 64)
		}
	}
}

// appendPaced appends n events at the rate, each whether or not the one before was acknowledged, and gives by sequence when each was begun.
func appendPaced(t *testing.T, url string, n int) map[uint64]time.Time {
	begun := map[uint64]time.Time{}
	var mu sync.Mutex
	var running sync.WaitGroup
	tick := time.NewTicker(time.Second / appendRate)
	defer tick.Stop()
	for i := range n {
		<-tick.C
		running.Go(func() {
			body := fmt.Sprintf(`{"type":"score.entered","subject":"u%d","data":{"cluster":"c","criterion":"I","level":"panel","scorer":"j%d","points":"%d"}}`, i%7, i, i%90)
			at := time.Now()
			a, err := http.Post(url+eventsPath, "application/json", strings.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			defer a.Body.Close()
			var stored struct{ Seq uint64 }
			if err := json.NewDecoder(a.Body).Decode(&stored); err != nil || stored.Seq == 0 {
				t.Errorf("append: %s (%v)", a.Status, err)
			}
			mu.Lock()
			defer mu.Unlock()
			begun[stored.Seq] = at
		})
	}
	running.Wait()
	return begun
}

// measure finds for each append and feed the first message that has it.
func measure(got [][]arrival, begun map[uint64]time.Time, first uint64) (r feedResult) {
	var all []time.Duration
	for _, feed := range got {
		r.Messages += len(feed)
		seq := first
		for _, m := range feed {
			for ; seq <= m.seq; seq++ {
				all = append(all, m.at.Sub(begun[seq]))
			}
		}
	}
	slices.Sort(all)
	r.Arrivals = len(all)
	r.P50, r.P99, r.Worst = all[len(all)/2], all[len(all)*99/100], all[len(all)-1]
	return r
}
