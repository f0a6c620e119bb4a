package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"campaignledger/cmd/internal/bench"
	"campaignledger/events"
)

const (
	// smallLog is up to which size each measurement has a log of its own: it appends half as much again. A
	// larger log grows by a tenth at most at each.
	smallLog = 10_000
	// growthSmall is how often a small log is made, growthLarge how often a large one is measured.
	growthSmall, growthLarge = 9, 7
	// maxGroupedAppends and maxSingleAppends bound the appends of one measurement.
	maxGroupedAppends, maxSingleAppends = 20_000, 2_000
	// recordsAhead is how many batches of records are made ahead.
	recordsAhead = 8
)

// growthShape is large enough that ten million records are a hundred marks of each cell.
func growthShape() bench.Shape { return bench.Shape{Units: 1000, Leaves: 100} }

// growthPoint is what an append costs in a log of a size.
type growthPoint struct {
	Size    int
	Writers int
	Costs   []time.Duration // of an append, wall time over all writers; by measurement
	Heap    float64         // bytes a record, folds and log together
}

// grow measures the ledger's appends at each power of ten, and draws them.
func grow(ctx context.Context, o options, dir string, stdout io.Writer, say func(string, ...any)) error {
	g := &growing{ctx: ctx, dir: dir}
	defer g.stop()
	for size := 1000; size <= o.growTo; size *= 10 {
		say("appends in a log of %d events", size)
		if err := g.at(size); err != nil {
			return err
		}
	}
	if err := g.stop(); err != nil {
		return err
	}
	title := fmt.Sprintf("%s, %s", machine(), time.Now().UTC().Format(time.DateOnly))
	if err := os.WriteFile(o.growth, []byte(chart(g.points, title)), 0o644); err != nil {
		return fmt.Errorf("write the chart: %w", err)
	}
	_, err := io.WriteString(stdout, growthTable(g.points, title))
	return err
}

// growing is a log that grows.
type growing struct {
	ctx    context.Context
	dir    string
	logs   int
	log    *ledgerLog
	next   int // the record that comes next
	points []growthPoint
}

func (g *growing) fresh() (err error) {
	if err := g.stop(); err != nil {
		return err
	}
	g.logs++
	g.next = 0
	g.log, err = openLedger(g.ctx, filepath.Join(g.dir, strconv.Itoa(g.logs)), growthShape())
	return err
}

func (g *growing) stop() error {
	if g.log == nil {
		return nil
	}
	err := g.log.close()
	err = errors.Join(err, os.RemoveAll(g.log.dir))
	g.log = nil
	return err
}

// at measures a log of a size.
func (g *growing) at(size int) error {
	times, part := growthLarge, size/10
	if size <= smallLog {
		times, part = growthSmall, size/2
	}
	for _, n := range []int{1, writers[len(writers)-1]} {
		p := growthPoint{Size: size, Writers: n}
		for i := range times {
			if size <= smallLog || g.log == nil || i == 0 && g.next > size+size/2 {
				if err := g.fresh(); err != nil {
					return err
				}
			}
			if err := g.fill(size); err != nil {
				return err
			}
			cost, err := g.cost(n, min(part, map[bool]int{true: maxSingleAppends, false: maxGroupedAppends}[n == 1]))
			if err != nil {
				return err
			}
			p.Costs = append(p.Costs, cost)
		}
		p.Heap = heapUsed() / float64(g.next)
		g.points = append(g.points, p)
	}
	return nil
}

// heapUsed is the heap that is in use.
func heapUsed() float64 {
	settle()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// fill appends up to a size, as an import would: in large commits.
func (g *growing) fill(size int) error {
	made := make(chan []events.Record, recordsAhead)
	var failed error // read once made is closed
	stop := make(chan struct{})
	defer func() {
		close(stop)
		for range made {
			continue
		}
	}()
	from, to := g.next, size
	go func() {
		defer close(made)
		for at := from; at < to; at += fillBatch {
			list := make([]events.Record, 0, fillBatch)
			for i := at; i < min(at+fillBatch, to); i++ {
				r, err := entry(growthShape(), i)
				if err != nil {
					failed = err
					return
				}
				list = append(list, r)
			}
			select {
			case made <- list:
			case <-stop:
				return
			}
		}
	}()
	for list := range made {
		if err := g.log.appendAll(g.ctx, list); err != nil {
			return err
		}
		g.next += len(list)
	}
	return failed
}

// cost is the wall time of one of n appends with so many writers.
func (g *growing) cost(writers, n int) (time.Duration, error) {
	list := make([]events.Record, n)
	for i := range list {
		var err error
		if list[i], err = entry(growthShape(), g.next+i); err != nil {
			return 0, err
		}
	}
	g.next += n
	ways, done, err := waysOf(g.ctx, g.log, writers, false)
	if err != nil {
		return 0, err
	}
	defer done()
	begun := time.Now()
	err = appendEach(g.ctx, ways, list)
	return time.Since(begun) / time.Duration(n), err
}

// appendEach appends all records, each writer one after the other.
func appendEach(ctx context.Context, ways []appendOne, list []events.Record) error {
	var next atomic.Int64
	failures := make([]error, len(ways))
	var running sync.WaitGroup
	for w, way := range ways {
		running.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(list) && failures[w] == nil; i = int(next.Add(1)) - 1 {
				failures[w] = way(ctx, list[i])
			}
		})
	}
	running.Wait()
	return errors.Join(failures...)
}

func growthTable(points []growthPoint, title string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n| events in the log | writers | an append | from | to | appends a second | heap, bytes a record |\n|---:|---:|---:|---:|---:|---:|---:|\n", title)
	for _, p := range points {
		low, mid, high := p.spread()
		fmt.Fprintf(&b, "| %s | %d | %.1f µs | %.1f µs | %.1f µs | %s | %.0f |\n", thousands(float64(p.Size)), p.Writers, mid, low, high, thousands(1e6/mid), p.Heap)
	}
	return b.String()
}

// spread is the least, the median and the largest cost, in microseconds.
func (p *growthPoint) spread() (low, mid, high float64) {
	list := make([]float64, len(p.Costs))
	low = p.Costs[0].Seconds() * 1e6
	for i, c := range p.Costs {
		list[i] = c.Seconds() * 1e6
		low, high = min(low, list[i]), max(high, list[i])
	}
	return low, median(list), high
}
