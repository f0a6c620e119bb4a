package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"campaignledger/events"
)

const (
	// pace is how many events are appended a second.
	pace = 1000
	// latencyPatience bounds the wait for what was appended last.
	latencyPatience = 10 * time.Second
)

// latencies measures how long it takes from an append's begin to a subscriber.
func (b *comparison) latencies(ctx context.Context) error {
	all := map[string][]time.Duration{}
	for round := range b.rounds {
		b.say("latency, round %d of %d", round+1, b.rounds)
		err := b.turns(ctx, round, func(c *contestant) error {
			list, err := b.latencyOnce(ctx, c)
			all[c.name] = append(all[c.name], list...)
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, c := range b.running {
		list := all[c.name]
		slices.Sort(list)
		b.result.Latencies = append(b.result.Latencies, latency{c.name, list[len(list)/2], list[len(list)*99/100], list[len(list)-1], len(list)})
	}
	return nil
}

func (b *comparison) latencyOnce(ctx context.Context, c *contestant) (list []time.Duration, err error) {
	log, err := c.store.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, log.close(), c.tidy()) }()
	records := b.records[:int(pace*b.latency.Seconds())]
	ways, done, err := waysOf(ctx, log, 1, c.group != "")
	if err != nil {
		return nil, err
	}
	defer done()
	seen, err := watched(ctx, log, len(records), func() (map[string]time.Time, error) { return paced(ctx, ways[0], records) })
	return seen, err
}

// watched has a subscriber watch while work appends n events, and gives how long each took to it.
func watched(ctx context.Context, log eventLog, n int, work func() (begun map[string]time.Time, err error)) ([]time.Duration, error) {
	ctx, cancel := context.WithCancel(ctx)
	var mu sync.Mutex
	at := map[string]time.Time{}
	ready, ended := make(chan struct{}), make(chan error, 1)
	readyOnce, all := sync.OnceFunc(func() { close(ready) }), make(chan struct{})
	var watching sync.WaitGroup
	defer watching.Wait()
	defer cancel()
	watching.Go(func() {
		ended <- log.watch(ctx, readyOnce, func(r events.Record, t time.Time) {
			mu.Lock()
			defer mu.Unlock()
			if at[string(r)] = t; len(at) == n {
				close(all)
			}
		})
	})
	select {
	case <-ready:
	case err := <-ended:
		return nil, fmt.Errorf("the subscriber ended: %w", cmp.Or(err, ctx.Err()))
	}
	begun, err := work()
	if err != nil {
		return nil, err
	}
	if _, own := log.(*ledgerLog); !own { // which says at its end what it saw
		select {
		case <-all:
		case <-time.After(latencyPatience):
		}
	} else if err := log.(*ledgerLog).shown(ctx); err != nil {
		return nil, err
	}
	cancel()
	if err := <-ended; err != nil {
		return nil, err
	}
	list := make([]time.Duration, 0, n)
	for record, from := range begun {
		to, ok := at[record]
		if !ok {
			return nil, fmt.Errorf("the subscriber saw %d of %d events", len(at), n)
		}
		list = append(list, to.Sub(from))
	}
	return list, nil
}

// paced appends the records at the pace, each whether or not the one before was acknowledged, and gives by record when it was begun.
func paced(ctx context.Context, way appendOne, records []events.Record) (map[string]time.Time, error) {
	begun := make([]time.Time, len(records))
	failures := make([]error, len(records))
	var running sync.WaitGroup
	start := time.Now()
	for i, r := range records {
		time.Sleep(time.Until(start.Add(time.Duration(i) * time.Second / pace)))
		begun[i] = time.Now()
		running.Go(func() { failures[i] = way(ctx, r) })
	}
	running.Wait()
	if err := errors.Join(failures...); err != nil {
		return nil, err
	}
	at := make(map[string]time.Time, len(records))
	for i, r := range records {
		at[string(r)] = begun[i]
	}
	return at, nil
}
