package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"campaignledger/events"
	"campaignledger/projections"
)

const (
	// foldBatch is how many events are decoded at a stretch, and folded in one commit.
	foldBatch = 512
	// foldAhead bounds how far decoding runs ahead.
	foldAhead = 4
	// fillBatch is how many events a log is filled with at once.
	fillBatch = events.MaxCommitEvents
)

// replays fills a log of each store with the same events, and folds it into standings; then it asks what the store takes.
func (b *comparison) replays(ctx context.Context) (err error) {
	logs := map[*contestant]eventLog{}
	defer func() {
		for _, log := range logs {
			err = errors.Join(err, log.close())
		}
	}()
	for _, c := range b.running {
		b.say("filling %s with %d events", c.name, b.events)
		log, err := c.store.open(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		logs[c] = log
		if err := b.fill(ctx, log); err != nil {
			return fmt.Errorf("fill %s: %w", c.name, err)
		}
	}
	for round := range b.rounds {
		b.say("replay, round %d of %d", round+1, b.rounds)
		err := b.turns(ctx, round, func(c *contestant) error { return b.replayOnce(ctx, c, logs[c]) })
		if err != nil {
			return err
		}
	}
	for _, c := range b.running {
		f := footprint{Name: c.name}
		if f.Disk, err = logs[c].size(ctx); err != nil {
			return fmt.Errorf("%s: size: %w", c.name, err)
		}
		if f.Memory, err = logs[c].memory(ctx); err != nil && !errors.Is(err, errNoMemory) {
			return fmt.Errorf("%s: memory: %w", c.name, err)
		}
		b.result.Footprints = append(b.result.Footprints, f)
	}
	return nil
}

// fill holds the opening and the events; a ledger has an opening of its own.
func (b *comparison) fill(ctx context.Context, log eventLog) error {
	records := b.records[:b.events]
	if _, own := log.(*ledgerLog); !own {
		first, err := opening()
		if err != nil {
			return err
		}
		records = append([]events.Record{first}, records...)
	}
	if f, ok := log.(filler); ok {
		return f.fill(ctx, records)
	}
	for len(records) > 0 {
		n := min(len(records), fillBatch)
		if err := log.appendAll(ctx, records[:n]); err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

func (b *comparison) replayOnce(ctx context.Context, c *contestant, log eventLog) error {
	begun := time.Now()
	live, err := fold(log.read(ctx))
	if err != nil {
		return err
	}
	s := live.Standings()
	took := time.Since(begun)
	if int(s.Seq) != b.events+1 {
		return fmt.Errorf("%d events were folded, not %d", s.Seq, b.events+1)
	}
	line := s.AppendJSON(nil, projections.JSONOptions{})
	if b.result.standings == nil {
		b.result.standings = line
	}
	if !bytes.Equal(b.result.standings, line) {
		return errors.New("the standings are not those of the other stores")
	}
	b.result.replay(c.name, float64(b.events)/took.Seconds())
	return nil
}

// decodedBatch is a run of events on the way to the fold. Batches are reused: the fold gets its events by value.
type decodedBatch struct {
	events []events.Event
	err    error // what ended the reading after them
}

// fold decodes the records and folds them, both at once, as the ledger does when it opens a campaign.
func fold(records iter.Seq2[events.Record, error]) (*projections.Live, error) {
	full, free, stop := make(chan *decodedBatch, foldAhead), make(chan *decodedBatch, foldAhead+2), make(chan struct{})
	for range cap(free) {
		free <- &decodedBatch{events: make([]events.Event, 0, foldBatch)}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(full)
		decodeAll(records, full, free, stop)
	}()
	defer func() { <-done }()
	defer close(stop)
	live := projections.NewLive()
	for batch := range full {
		for i := range batch.events {
			if err := live.Admit(batch.events[i]); err != nil {
				return nil, fmt.Errorf("event %d: %w", batch.events[i].Seq, err)
			}
		}
		if err := live.Settle(); err != nil {
			return nil, err
		}
		live.Commit()
		if batch.err != nil {
			return nil, batch.err
		}
		batch.events = batch.events[:0]
		free <- batch
	}
	return live, nil
}

func decodeAll(records iter.Seq2[events.Record, error], full chan<- *decodedBatch, free <-chan *decodedBatch, stop <-chan struct{}) {
	decoder := events.NewDecoder()
	seq, batch := events.Seq(0), <-free
	send := func() bool {
		select {
		case full <- batch:
		case <-stop:
			return false
		}
		select {
		case batch = <-free:
		case <-stop:
			return false
		}
		return true
	}
	for record, err := range records {
		var d events.Draft
		if err == nil {
			d, err = decoder.Decode(record)
		}
		if err != nil {
			batch.err = err
			break
		}
		seq++
		batch.events = append(batch.events, events.Stored(d, seq, claimed, record))
		if len(batch.events) == foldBatch && !send() {
			return
		}
	}
	select {
	case full <- batch:
	case <-stop:
	}
}
