package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"campaignledger/events"
)

// writers are how many writers wait for their own acknowledgements.
var writers = []int{1, 16, 64}

// warmUp is the part of a measurement that is not counted, in parts of it.
const warmUp = 5

// comparison is one run.
type comparison struct {
	options
	dir     string
	say     func(format string, args ...any)
	records []events.Record
	running []*contestant
	result  result
}

// contestant is a store that is there.
type contestant struct {
	kind
	store store
	dir   string
}

// all measures everything.
func (b *comparison) all(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, b.stop()) }()
	if err := b.start(ctx); err != nil {
		return err
	}
	b.say("making %d events", b.events)
	if b.records, err = entries(max(b.events, b.mostAppended(), int(pace*b.latency.Seconds()))); err != nil {
		return err
	}
	b.result.LoadBefore = load()
	for _, step := range []func(context.Context) error{b.appends, b.latencies, b.replays} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	b.result.LoadAfter = load()
	return nil
}

// mostAppended is how many events no store appends more of in one measurement.
func (b *comparison) mostAppended() int {
	const mostASecond = 250_000
	return int(float64(mostASecond) * (b.slot + b.slot/warmUp).Seconds())
}

// start starts the stores, and notes what is not installed.
func (b *comparison) start(ctx context.Context) error {
	known := kinds()
	for _, name := range b.only {
		if !slices.ContainsFunc(known, func(k kind) bool { return k.key == name }) {
			return fmt.Errorf("there is no store %q; see --help", name)
		}
	}
	for _, k := range known {
		if len(b.only) > 0 && !slices.Contains(b.only, k.key) {
			continue
		}
		dir := filepath.Join(b.dir, k.key)
		s, err := k.start(ctx, dir, b.options)
		if errors.Is(err, errSkipped) {
			b.say("%s: %v", k.name, err)
			b.result.Skipped = append(b.result.Skipped, skipped{k.name, err.Error()})
			continue
		}
		if err != nil {
			return fmt.Errorf("start %s: %w", k.name, err)
		}
		b.running = append(b.running, &contestant{k, s, dir})
	}
	return nil
}

func (b *comparison) stop() (err error) {
	for _, c := range b.running {
		err = errors.Join(err, c.store.close())
	}
	return err
}

// turns calls each for the contestants, in another order in each round.
func (b *comparison) turns(ctx context.Context, round int, each func(*contestant) error) error {
	for i := range b.running {
		c := b.running[(i+round)%len(b.running)]
		settle()
		writeOut(ctx)
		if err := each(c); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// appends measures durable appends.
func (b *comparison) appends(ctx context.Context) error {
	for round := range b.rounds {
		for _, n := range writers {
			b.say("appends, round %d of %d, %d writers", round+1, b.rounds, n)
			err := b.turns(ctx, round, func(c *contestant) error {
				for _, grouped := range []bool{false, true} {
					name := c.single
					if grouped {
						name = c.group
					}
					if name == "" {
						continue
					}
					rate, err := b.appendOnce(ctx, c, n, grouped)
					if err != nil {
						return err
					}
					b.result.append(name, c.key, grouped, n, rate)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// appendOnce is how many events a second a contestant appends to a new log.
func (b *comparison) appendOnce(ctx context.Context, c *contestant, writers int, grouped bool) (rate float64, err error) {
	log, err := c.store.open(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, log.close(), c.tidy()) }()
	ways, done, err := waysOf(ctx, log, writers, grouped)
	if err != nil {
		return 0, err
	}
	defer done()
	return rateOf(ctx, ways, b.records, b.slot)
}

// tidy removes the logs that are closed, of stores that keep each on a directory of its own.
func (c *contestant) tidy() error {
	switch c.store.(type) {
	case *ledgerStore, *bareStore, *sqliteStore:
		return os.RemoveAll(c.dir)
	}
	return nil
}

// waysOf are the writers' ways to append: each by itself, or all to one committer.
func waysOf(ctx context.Context, log eventLog, writers int, grouped bool) (ways []appendOne, done func(), err error) {
	if grouped {
		c := newCommitter(ctx, log)
		return slices.Repeat([]appendOne{c.append}, writers), c.close, nil
	}
	var ends []func()
	done = func() {
		for _, end := range ends {
			end()
		}
	}
	for range writers {
		way, end, err := log.writer(ctx)
		if err != nil {
			done()
			return nil, nil, err
		}
		ways, ends = append(ways, way), append(ends, end)
	}
	return ways, done, nil
}

// rateOf appends the records for a time, and gives the acknowledgements a second after the first part of it.
func rateOf(ctx context.Context, ways []appendOne, records []events.Record, slot time.Duration) (float64, error) {
	var next, acknowledged atomic.Int64
	var failed atomic.Pointer[error]
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var over atomic.Bool
	var running sync.WaitGroup
	for _, way := range ways {
		running.Go(func() {
			for !over.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(records) {
					return
				}
				if err := way(ctx, records[i]); err != nil {
					failed.Store(&err)
					over.Store(true)
					return
				}
				acknowledged.Add(1)
			}
		})
	}
	time.Sleep(slot / warmUp)
	from, begun := acknowledged.Load(), time.Now()
	time.Sleep(slot)
	to, took := acknowledged.Load(), time.Since(begun)
	over.Store(true)
	running.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	if int(next.Load()) > len(records) {
		return 0, fmt.Errorf("all %d events were appended before the time was over; give a shorter --time", len(records))
	}
	return float64(to-from) / took.Seconds(), nil
}
