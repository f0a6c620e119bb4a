//go:build long

package host_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/ledger"
)

var (
	manyCampaigns = flag.Int("many.campaigns", 1000, "TestMany: how many campaigns the directory has")
	manyOpen      = flag.Int("many.open", 100, "TestMany: how many of them are open at once")
	manyDir       = flag.String("many.dir", "", "TestMany: make the directory here, or use the one that an earlier run made with the same flags: in a process of its own that measures better")
	manyEvents    = flag.Int("many.events", 1000, "TestMany: how many events each of the open ones has")
)

// footprint is what the process takes.
type footprint struct {
	heap, rss, goroutines, files int64
}

func takeFootprint() footprint {
	debug.FreeOSMemory() // collects too
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f := footprint{heap: int64(m.HeapAlloc), goroutines: int64(runtime.NumGoroutine())}
	if status, err := os.ReadFile("/proc/self/status"); err == nil { // elsewhere it stays 0
		_, after, _ := bytes.Cut(status, []byte("VmRSS:"))
		_, _ = fmt.Sscan(string(after), &f.rss)
		f.rss <<= 10
	}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		f.files = int64(len(open))
	}
	return f
}

func (f footprint) String() string {
	return fmt.Sprintf("heap %d MiB, RSS %d MiB, %d goroutines, %d open files", f.heap>>20, f.rss>>20, f.goroutines, f.files)
}

// makeNamed opens a campaign and closes it. On a disk that many use, what takes milliseconds may take seconds: then it is tried again.
func makeNamed(t *testing.T, h *host.Host, id string) {
	t.Helper()
	for tries := 1; ; tries++ {
		ctx, end := h.Hold(t.Context())
		_, _, err := h.OpenCampaign(ctx, id+".yaml", named(id))
		end()
		if err == nil {
			break
		}
		if tries == 10 {
			t.Fatal(err)
		}
	}
	until(t, "it can be closed", func() bool { return h.Retire(id) })
}

// manyDirectory is a directory with n campaigns, of which the first have events.
func manyDirectory(t *testing.T, ids []string, open, events int) (dir string) {
	t.Helper()
	if dir = *manyDir; dir == "" {
		dir = t.TempDir()
	} else if made, _ := filepath.Glob(filepath.Join(dir, "summaries", "*.json")); len(made) == len(ids) {
		return dir
	}
	begin := time.Now()
	h := mustOpen(t, host.Config{Dir: dir, MaxOpen: open})
	for i, id := range ids {
		makeNamed(t, h, id)
		if i < open {
			fill(t, h, id, events-2) // with the opening and import.started
		}
	}
	h.Close()
	t.Logf("%d campaigns, %d of them with %d events, made in %v", len(ids), open, events, time.Since(begin).Round(time.Second))
	return dir
}

// TestMany: a directory of many campaigns starts and lists without opening them, has as many open at once as may be, and gives their memory back. It prints
// what it measures.
func TestMany(t *testing.T) { //nolint:paralleltest // it measures the process
	n, open := *manyCampaigns, min(*manyOpen, *manyCampaigns)
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("c%05d", i)
	}
	dir := manyDirectory(t, ids, open, *manyEvents)
	t.Logf("before:                %v", takeFootprint())

	begin := time.Now()
	server, err := ledger.StartEmbedded(ledger.EmbeddedConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	natsStart := time.Since(begin)
	natsAlone := takeFootprint()
	server.Close()
	t.Logf("NATS server alone:     %v; started in %v", natsAlone, natsStart.Round(time.Millisecond))

	begin = time.Now()
	h := mustOpen(t, host.Config{Dir: dir, MaxOpen: open, IdleAfter: time.Hour})
	t.Cleanup(func() { h.Close() })
	started := time.Since(begin)
	begin = time.Now()
	listAll(t, h, ids)
	first := time.Since(begin)
	begin = time.Now()
	listAll(t, h, ids)
	t.Logf("listed, none open:     %v; started in %v, first list %v, again %v", takeFootprint(), started.Round(time.Millisecond), first.Round(time.Millisecond), time.Since(begin).Round(time.Millisecond))
	if opened, _ := h.Open(); opened != 0 {
		t.Errorf("%d campaigns are open after a list", opened)
	}
	closed := takeFootprint()

	begin = time.Now()
	ctx, end := h.Hold(t.Context())
	for _, id := range ids[:open] {
		if _, err := h.Campaign(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	took := time.Since(begin)
	full := takeFootprint()
	t.Logf("%4d open:             %v; opened in %v, %v each; %d KiB of heap each", open, full, took.Round(time.Millisecond), (took / time.Duration(open)).Round(10*time.Microsecond), (full.heap-closed.heap)>>10/int64(open))
	end()
	begin = time.Now()
	for _, id := range ids[:open] {
		if !h.Retire(id) {
			t.Errorf("campaign %s stays open", id)
		}
	}
	took = time.Since(begin)
	after := takeFootprint()
	t.Logf("closed again:          %v; in %v", after, took.Round(time.Millisecond))
	if kept := after.heap - closed.heap; kept > (full.heap-closed.heap)/5 {
		t.Errorf("closing %d campaigns gave back too little: %d MiB more than before they were opened, of %d", open, kept>>20, (full.heap-closed.heap)>>20)
	}
	if more := after.goroutines - closed.goroutines; more > 20 {
		t.Errorf("%d goroutines more than before", more)
	}
	if files, err := filepath.Glob(filepath.Join(dir, "summaries", "*.json")); err != nil || len(files) != n {
		t.Errorf("%d summaries, %v", len(files), err)
	}
}

// fill imports so many entries into a campaign.
func fill(t *testing.T, h *host.Host, id string, entries int) {
	t.Helper()
	ctx, end := h.Hold(t.Context())
	defer end()
	c, err := h.Campaign(ctx, id)
	if err == nil {
		_, err = c.Import(ctx, file(t, "n", entries), host.ImportOptions{}) // what is stored already is recognised
	}
	if err != nil {
		t.Fatal(err)
	}
}

// listAll lists all campaigns and checks that all are known.
func listAll(t *testing.T, h *host.Host, want []string) {
	t.Helper()
	ids, err := h.IDs(t.Context())
	if err != nil || len(ids) != len(want) {
		t.Fatalf("%d campaigns, %v", len(ids), err)
	}
	for _, id := range ids {
		if l := h.Glance(t.Context(), id, nil); !strings.HasSuffix(l.Title.In("en"), id) {
			t.Fatalf("%+v", l)
		}
	}
}
