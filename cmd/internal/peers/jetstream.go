package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"campaignledger/events"
	"campaignledger/ledger"
)

const (
	bareStream  = "BARE"
	bareSubject = "bare.events"
	// maxPulled is how many messages a consumer asks for ahead, maxPulledBytes how many bytes where they are large: with more the server stops and waits.
	maxPulled      = 10_000
	maxPulledBytes = 16 << 20
)

// bareStore is a bare stream on an embedded server that syncs before it acknowledges, as a campaign's is: a new server for each log, as the
// ledger has one.
type bareStore struct {
	dir    string
	packed bool
	logs   int
}

func startJetStream(_ context.Context, dir string, _ options) (store, error) {
	return &bareStore{dir: dir}, nil
}

func startPacked(_ context.Context, dir string, _ options) (store, error) {
	return &bareStore{dir: dir, packed: true}, nil
}

func (s *bareStore) open(ctx context.Context) (eventLog, error) {
	s.logs++
	return openBare(ctx, filepath.Join(s.dir, strconv.Itoa(s.logs)), s.packed)
}

func (s *bareStore) close() error { return nil }

type bareLog struct {
	dir    string
	packed bool // several events a message, each followed by a line feed
	server *ledger.Embedded
	js     jetstream.JetStream
}

func openBare(ctx context.Context, dir string, packed bool) (*bareLog, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	server, err := ledger.StartEmbedded(ledger.EmbeddedConfig{Dir: dir})
	if err != nil {
		return nil, err
	}
	l := &bareLog{dir: dir, packed: packed, server: server}
	if l.js, err = jetstream.New(server.Conn()); err == nil {
		_, err = l.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: bareStream, Subjects: []string{bareSubject},
			Storage: jetstream.FileStorage, AllowAtomicPublish: true})
	}
	if err != nil {
		server.Close()
		return nil, fmt.Errorf("make the bare stream: %w", err)
	}
	return l, nil
}

func (l *bareLog) close() error {
	l.server.Close()
	return nil
}

func (l *bareLog) writer(context.Context) (appendOne, func(), error) {
	return func(ctx context.Context, r events.Record) error {
		_, err := l.js.Publish(ctx, bareSubject, r)
		return err
	}, func() {}, nil
}

func (l *bareLog) appendAll(ctx context.Context, records []events.Record) error {
	if l.packed {
		var data []byte
		for _, r := range records {
			data = append(append(data, r...), '\n')
		}
		_, err := l.js.Publish(ctx, bareSubject, data)
		return err
	}
	last := len(records) - 1
	if last == 0 {
		_, err := l.js.Publish(ctx, bareSubject, records[0])
		return err
	}
	batch, err := jetstreamext.NewBatchPublisher(l.js)
	if err != nil {
		return err
	}
	for _, r := range records[:last] {
		if err := batch.Add(bareSubject, r); err != nil {
			return err
		}
	}
	_, err = batch.Commit(ctx, bareSubject, records[last])
	return err
}

// messages are the stream's, from its beginning or only those to come.
func (l *bareLog) messages(ctx context.Context, from jetstream.DeliverPolicy) (jetstream.MessagesContext, error) {
	consumer, err := l.js.OrderedConsumer(ctx, bareStream, jetstream.OrderedConsumerConfig{DeliverPolicy: from})
	if err != nil {
		return nil, err
	}
	if l.packed {
		return consumer.Messages(jetstream.PullMaxBytes(maxPulledBytes))
	}
	return consumer.Messages(jetstream.PullMaxMessages(maxPulled))
}

// each yields the records of a message.
func (l *bareLog) each(data []byte, yield func(events.Record) bool) bool {
	if !l.packed {
		return yield(data)
	}
	for line := range bytes.Lines(data) {
		if !yield(events.Record(bytes.TrimSuffix(line, []byte{'\n'}))) {
			return false
		}
	}
	return true
}

func (l *bareLog) read(ctx context.Context) iter.Seq2[events.Record, error] {
	return func(yield func(events.Record, error) bool) {
		stream, err := l.js.Stream(ctx, bareStream)
		if err != nil {
			yield(nil, fmt.Errorf("find the bare stream: %w", err))
			return
		}
		messages, err := l.messages(ctx, jetstream.DeliverAllPolicy)
		if err != nil {
			yield(nil, fmt.Errorf("read the bare stream: %w", err))
			return
		}
		defer messages.Stop()
		for range stream.CachedInfo().State.Msgs {
			m, err := messages.Next(jetstream.NextContext(ctx))
			if err != nil {
				yield(nil, fmt.Errorf("read the bare stream: %w", err))
				return
			}
			if !l.each(m.Data(), func(r events.Record) bool { return yield(r, nil) }) {
				return
			}
		}
	}
}

func (l *bareLog) watch(ctx context.Context, ready func(), seen func(events.Record, time.Time)) error {
	messages, err := l.messages(ctx, jetstream.DeliverNewPolicy)
	if err != nil {
		return fmt.Errorf("watch the bare stream: %w", err)
	}
	defer context.AfterFunc(ctx, messages.Stop)()
	ready()
	for {
		m, err := messages.Next()
		if errors.Is(err, jetstream.ErrMsgIteratorClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("watch the bare stream: %w", err)
		}
		at := time.Now()
		l.each(m.Data(), func(r events.Record) bool { seen(r, at); return true })
	}
}

func (l *bareLog) size(context.Context) (int64, error) { return dirSize(l.dir) }

func (l *bareLog) memory(ctx context.Context) (int64, error) {
	l.server.Close()
	bytes, err := memoryOfChild(ctx, "jetstream", l.dir)
	if err != nil {
		return 0, err
	}
	again, err := openBare(ctx, l.dir, l.packed)
	if err == nil {
		*l = *again
	}
	return bytes, err
}
