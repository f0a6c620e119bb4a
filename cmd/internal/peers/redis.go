package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"campaignledger/events"
)

const (
	// redisField is the one field of an entry.
	redisField = "r"
	// redisPage is how many entries are read at once.
	redisPage = 5000
	// redisConnections are enough for every writer to have its own, and a subscriber.
	redisConnections = 80
)

type redisStore struct {
	dir    string
	server *process
	client *redis.Client
	logs   int
}

func startRedis(ctx context.Context, dir string, _ options) (store, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, fmt.Errorf("%w: apt-get install redis-server", errSkipped)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	socket := filepath.Join(dir, "s")
	server, err := startProcess(dir, nil, program, "--port", "0", "--unixsocket", socket, "--dir", dir, "--daemonize", "no", "--save", "",
		"--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0")
	if err != nil {
		return nil, err
	}
	s := &redisStore{dir: dir, server: server, client: redis.NewClient(&redis.Options{Network: "unix", Addr: socket, PoolSize: redisConnections, MaxRetries: -1,
		ReadTimeout: time.Minute, WriteTimeout: time.Minute})}
	if err := server.until(ctx, func() error { return s.client.Ping(ctx).Err() }); err != nil {
		_ = s.close()
		return nil, err
	}
	return s, nil
}

func (s *redisStore) close() error {
	_ = s.client.Close()
	return s.server.stop()
}

// open empties the server: what Redis keeps of earlier logs would take its memory.
func (s *redisStore) open(ctx context.Context) (eventLog, error) {
	if err := s.client.FlushAll(ctx).Err(); err != nil {
		return nil, fmt.Errorf("empty Redis: %w", err)
	}
	s.logs++
	before, err := dirSize(filepath.Join(s.dir, "appendonlydir"))
	if err != nil {
		return nil, err
	}
	return &redisLog{s, "events-" + strconv.Itoa(s.logs), before}, nil
}

type redisLog struct {
	*redisStore
	stream string
	before int64 // bytes of the append-only file, which remembers what was emptied
}

func (l *redisLog) close() error { return nil }

func (l *redisLog) add(r events.Record) *redis.XAddArgs {
	return &redis.XAddArgs{Stream: l.stream, Values: []any{redisField, []byte(r)}}
}

func (l *redisLog) writer(context.Context) (appendOne, func(), error) {
	conn := l.client.Conn()
	return func(ctx context.Context, r events.Record) error { return conn.XAdd(ctx, l.add(r)).Err() }, func() { _ = conn.Close() }, nil
}

func (l *redisLog) appendAll(ctx context.Context, records []events.Record) error {
	_, err := l.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, r := range records {
			p.XAdd(ctx, l.add(r))
		}
		return nil
	})
	return err
}

func (l *redisLog) read(ctx context.Context) iter.Seq2[events.Record, error] {
	return func(yield func(events.Record, error) bool) {
		for from := "-"; ; {
			page, err := l.client.XRangeN(ctx, l.stream, from, "+", redisPage).Result()
			if err != nil {
				yield(nil, fmt.Errorf("read Redis: %w", err))
				return
			}
			for _, m := range page {
				if !yield(recordOf(m), nil) {
					return
				}
			}
			if len(page) < redisPage {
				return
			}
			from = "(" + page[len(page)-1].ID
		}
	}
}

func recordOf(m redis.XMessage) events.Record {
	text, _ := m.Values[redisField].(string)
	return events.Record(text)
}

func (l *redisLog) watch(ctx context.Context, ready func(), seen func(events.Record, time.Time)) error {
	conn := l.client.Conn()
	defer conn.Close()
	last := "0-0"
	if newest, err := conn.XRevRangeN(ctx, l.stream, "+", "-", 1).Result(); err == nil && len(newest) > 0 {
		last = newest[0].ID
	}
	ready()
	for ctx.Err() == nil {
		streams, err := conn.XRead(ctx, &redis.XReadArgs{Streams: []string{l.stream, last}, Block: 100 * time.Millisecond, Count: redisPage}).Result()
		if err != nil && err != redis.Nil && ctx.Err() == nil {
			return fmt.Errorf("watch Redis: %w", err)
		}
		at := time.Now()
		for _, s := range streams {
			for _, m := range s.Messages {
				seen(recordOf(m), at)
				last = m.ID
			}
		}
	}
	return nil
}

func (l *redisLog) size(context.Context) (int64, error) {
	now, err := dirSize(filepath.Join(l.dir, "appendonlydir"))
	return now - l.before, err
}

func (l *redisLog) memory(context.Context) (int64, error) { return l.server.memory() }
