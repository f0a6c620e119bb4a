package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"campaignledger/events"
)

// TestMain lets this test binary be the process that memoryOfChild starts.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == childMemory {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// TestQuickRun measures what needs nothing installed; that all replays give the same standings is part of it.
func TestQuickRun(t *testing.T) {
	if testing.Short() {
		t.Skip("measures")
	}
	t.Parallel()
	file := filepath.Join(t.TempDir(), "peers.json")
	var out, errs bytes.Buffer
	args := []string{"--quick", "--events", "2000", "--only", "ledger,jetstream,packed,sqlite,message-db", "--message-db", t.TempDir(), "--json", file, "--dir", t.TempDir()}
	if code := run(t.Context(), args, &out, &errs); code != 0 {
		t.Fatalf("exit status %d\n%s", code, &errs)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r result
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| this ledger |", "| JetStream, atomic batches |", "| SQLite (modernc.org/sqlite), grouped |", "in process and unsigned", "Skipped: message-db", "npm install"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("there is no %q in\n%s", want, &out)
		}
	}
	for _, a := range r.Appends {
		if len(a.Rates) != 1 {
			t.Errorf("%s, %d writers: %d figures, want 1", a.Name, a.Writers, len(a.Rates))
		}
	}
	if len(r.Replays) != 4 || len(r.Latencies) != 4 || len(r.Footprints) != 4 {
		t.Errorf("%d replays, %d latencies, %d footprints, want 4 of each", len(r.Replays), len(r.Latencies), len(r.Footprints))
	}
}

// TestDriversStayHere: the programs do not link what only this comparison needs.
func TestDriversStayHere(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", "../../campaign", "../../verify").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	for _, driver := range []string{"modernc.org/", "github.com/jackc/", "github.com/redis/"} {
		if strings.Contains(string(out), driver) {
			t.Errorf("campaign or verify links %s", driver)
		}
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--rounds", "0"}, {"--time", "-1s"}, {"stray"}, {"--no-such-flag"}, {"--growth-to", "10"}} {
		if code := run(t.Context(), args, io.Discard, io.Discard); code != 2 {
			t.Errorf("%q: exit status %d, want 2", args, code)
		}
	}
	var out bytes.Buffer
	if code := run(t.Context(), []string{"--help"}, &out, io.Discard); code != 0 || !strings.Contains(out.String(), "--message-db") {
		t.Errorf("--help: exit status %d\n%s", code, &out)
	}
	var errs bytes.Buffer
	if code := run(t.Context(), []string{"--only", "oracle", "--quick", "--dir", t.TempDir()}, io.Discard, &errs); code != 1 || !strings.Contains(errs.String(), `"oracle"`) {
		t.Errorf("an unknown store: exit status %d, %s", code, &errs)
	}
}

// slowLog counts how it is appended to, and fails once.
type slowLog struct {
	eventLog
	mu      sync.Mutex
	batches []int
	records map[string]bool
	fail    error
}

func (l *slowLog) appendAll(_ context.Context, records []events.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.batches = append(l.batches, len(records))
	for _, r := range records {
		l.records[string(r)] = true
	}
	return l.fail
}

// TestCommitterGathers: what waits goes together, every writer is answered, and with the store's error.
func TestCommitterGathers(t *testing.T) {
	t.Parallel()
	l := &slowLog{records: map[string]bool{}}
	c := newCommitter(t.Context(), l)
	l.mu.Lock() // the first batch is held up, so that the others wait
	var running sync.WaitGroup
	for i := range 100 {
		running.Go(func() {
			if err := c.append(t.Context(), events.Record{byte(i)}); err != nil {
				t.Error(err)
			}
		})
	}
	for deadline := time.Now().Add(10 * time.Second); len(c.queue) < 90 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	l.mu.Unlock()
	running.Wait()
	l.mu.Lock()
	if len(l.records) != 100 || len(l.batches) > 11 {
		t.Errorf("%d records in batches of %v, want 100 in few", len(l.records), l.batches)
	}
	l.fail = errors.New("the disk is full")
	l.mu.Unlock()
	if err := c.append(t.Context(), events.Record("last")); err != l.fail {
		t.Errorf("append: %v, want the store's error", err)
	}
	c.close()
}

// TestFoldEnds: an error of the store or of a record ends a replay, with everything that it started.
func TestFoldEnds(t *testing.T) {
	t.Parallel()
	first, err := opening()
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("the store broke")
	for name, records := range map[string]iter.Seq2[events.Record, error]{
		"the store broke": func(yield func(events.Record, error) bool) { _ = yield(first, nil) && yield(nil, broken) },
		"record":          func(yield func(events.Record, error) bool) { _ = yield(first, nil) && yield(events.Record(`{}`), nil) },
		"event 2": func(yield func(events.Record, error) bool) {
			again := first
			_ = yield(first, nil) && yield(again, nil)
		},
	} {
		if _, err := fold(records); err == nil {
			t.Errorf("%s: there is no error", name)
		}
	}
}

func TestUnquote(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, `{"a":"b"}`, `back\slash`, "line\nfeed", "Đơn vị", `"`} {
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := unquote(quoted); err != nil || string(got) != text {
			t.Errorf("unquote(%s) = %q, %v", quoted, got, err)
		}
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	for f, want := range map[float64]string{0: "0", 999: "999", 3434: "3,430", 123456: "123,000", 999_950: "1,000,000"} {
		if got := thousands(f); got != want {
			t.Errorf("thousands(%g) = %s, want %s", f, got, want)
		}
	}
	for want, list := range map[float64][]float64{2: {3, 1, 2}, 2.5: {4, 1, 3, 2}, 0: {}} {
		if got := median(list); got != want {
			t.Errorf("median(%v) = %g, want %g", list, got, want)
		}
	}
}

// TestChart: it is well-formed, has a point for each size, and all of it lies within.
func TestChart(t *testing.T) {
	t.Parallel()
	var points []growthPoint
	for _, n := range []int{1, 64} {
		for size := 1000; size <= 10_000_000; size *= 10 {
			points = append(points, growthPoint{Size: size, Writers: n, Costs: []time.Duration{300_000, 200_000, 450_000}})
		}
	}
	svg := chart(points, "a machine & <its> disk")
	circles := 0
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, svg)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "circle" {
			circles++
		}
	}
	if circles != len(points) {
		t.Errorf("%d points are drawn, want %d", circles, len(points))
	}
	if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
		t.Errorf("the chart has a place that is none:\n%s", svg)
	}
	if table := growthTable(points, "m"); !strings.Contains(table, "| 10,000,000 | 64 | 300.0 µs |") {
		t.Errorf("the table lacks the largest log:\n%s", table)
	}
}
