package main

import (
	"context"
	"errors"
	"iter"
	"time"

	"campaignledger/events"
)

// store is a kind of store, started.
type store interface {
	// open makes an empty log that is this store's only one; the one before is closed.
	open(ctx context.Context) (eventLog, error)
	// close stops what start started and removes nothing.
	close() error
}

// eventLog is a log in a store. Its records are complete lines without line feeds.
type eventLog interface {
	// writer is the way to append of one writer, who has it alone, and what ends it: each call appends one record and returns when it is durable.
	writer(ctx context.Context) (appendOne, func(), error)
	// appendAll appends records in one go and returns when they are durable. It is called from one goroutine at a time.
	appendAll(ctx context.Context, records []events.Record) error
	// read yields all records in order.
	read(ctx context.Context) iter.Seq2[events.Record, error]
	// watch tells of every record that comes and when it was seen, until ctx is done; it calls ready when it would miss none.
	watch(ctx context.Context, ready func(), seen func(events.Record, time.Time)) error
	// size is the bytes that the log takes on disk.
	size(ctx context.Context) (int64, error)
	// memory is the bytes of memory that the store takes.
	memory(ctx context.Context) (int64, error)
	close() error
}

type appendOne func(context.Context, events.Record) error

// errSkipped: a store is not installed. What wraps it says how to install it.
var errSkipped = errors.New("not installed")

// filler is a log that has a faster way to hold many records, for what is only read afterwards.
type filler interface {
	fill(ctx context.Context, records []events.Record) error
}

// kind is what is measured of a store.
type kind struct {
	key, name string
	single    string // the name of the form as it comes; "" if there is none
	group     string // the name of the group-committing form; "" if there is none
	start     func(ctx context.Context, dir string, o options) (store, error)
}

// kinds are the stores in the order of the tables.
func kinds() []kind {
	return []kind{
		{key: "ledger", name: "this ledger", single: "this ledger", start: startLedger},
		{key: "jetstream", name: "JetStream, a message an event", single: "JetStream, a publish an event", group: "JetStream, atomic batches", start: startJetStream},
		{key: "packed", name: "JetStream, several events a message", group: "JetStream, several events a message", start: startPacked},
		{key: "postgres", name: "PostgreSQL, one table", single: "PostgreSQL, one table", group: "PostgreSQL, one table, grouped", start: startPostgres},
		{key: "message-db", name: "message-db", single: "message-db", group: "message-db, grouped", start: startMessageDB},
		{key: "redis", name: "Redis Streams", single: "Redis Streams", group: "Redis Streams, grouped", start: startRedis},
		{key: "sqlite", name: "SQLite (modernc.org/sqlite)", single: "SQLite (modernc.org/sqlite)", group: "SQLite (modernc.org/sqlite), grouped", start: startSQLite},
	}
}
