package main

import (
	"context"
	"sync"

	"campaignledger/events"
	"campaignledger/ledger/gather"
)

// committer makes any store commit in groups: one goroutine gathers what waits and appends it in one go.
type committer struct {
	log     eventLog
	queue   chan waiting
	running sync.WaitGroup
}

type waiting struct {
	record events.Record
	done   chan error
}

func newCommitter(ctx context.Context, log eventLog) *committer {
	c := &committer{log: log, queue: make(chan waiting, events.MaxCommitEvents)}
	c.running.Go(func() { c.run(ctx) })
	return c
}

func (c *committer) close() {
	close(c.queue)
	c.running.Wait()
}

// append is an appendOne for any number of writers.
func (c *committer) append(_ context.Context, r events.Record) error {
	done := make(chan error, 1)
	c.queue <- waiting{r, done}
	return <-done
}

func (c *committer) run(ctx context.Context) {
	expected := 0
	var batch []waiting
	var records []events.Record
	for first := range c.queue {
		batch = c.gather(append(batch[:0], first), expected)
		records = records[:0]
		for _, w := range batch {
			records = append(records, w.record)
		}
		err := c.log.appendAll(ctx, records)
		expected = len(batch) + len(c.queue)
		for _, w := range batch {
			w.done <- err
		}
	}
}

// gather waits as the ledger's appender does.
func (c *committer) gather(batch []waiting, expected int) []waiting {
	var wait gather.Wait
	for len(batch) < events.MaxCommitEvents {
		select {
		case w, open := <-c.queue:
			if !open {
				return batch
			}
			batch = append(batch, w)
			wait.Came()
			continue
		default:
		}
		if len(batch) >= expected || !wait.More() {
			return batch
		}
	}
	return batch
}
