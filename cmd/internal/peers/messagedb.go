package main

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"campaignledger/events"
)

const (
	// messageDBPage is how many messages are read at once.
	messageDBPage = 10_000
	// messageType is the type of all messages here.
	messageType = string(events.TypeScoreEntered)
)

// messageDBFiles are the parts of message-db's SQL that its installer runs, in its order, but for roles and reports.
var messageDBFiles = []string{"schema/message-store.sql", "extensions/pgcrypto.sql", "tables/messages.sql", "types/message.sql",
	"functions/message-store-version.sql", "functions/hash-64.sql", "functions/acquire-lock.sql", "functions/category.sql", "functions/is-category.sql",
	"functions/id.sql", "functions/cardinal-id.sql", "functions/stream-version.sql", "functions/write-message.sql", "functions/get-stream-messages.sql",
	"functions/get-category-messages.sql", "functions/get-last-stream-message.sql", "indexes/messages-id.sql", "indexes/messages-stream.sql", "indexes/messages-category.sql"}

// messageDBStore is a PostgreSQL server of its own with the SQL of message-db.
type messageDBStore struct {
	*pgServer
	logs int
}

func startMessageDB(ctx context.Context, dir string, o options) (store, error) {
	if _, err := os.Stat(filepath.Join(o.messageDB, "database", messageDBFiles[0])); err != nil {
		return nil, fmt.Errorf("%w: npm install --no-save --prefix DIR @eventide/message-db, and --message-db DIR/node_modules/@eventide/message-db", errSkipped)
	}
	s, err := startPG(ctx, dir, "message_store,public")
	if err != nil {
		return nil, err
	}
	for _, name := range messageDBFiles {
		text, err := os.ReadFile(filepath.Join(o.messageDB, "database", name))
		if err == nil {
			_, err = s.pool.Exec(ctx, string(text), pgx.QueryExecModeSimpleProtocol)
		}
		if err != nil {
			_ = s.close()
			return nil, fmt.Errorf("install message-db's %s: %w", name, err)
		}
	}
	return &messageDBStore{pgServer: s}, nil
}

func (s *messageDBStore) open(ctx context.Context) (eventLog, error) {
	if _, err := s.pool.Exec(ctx, "truncate message_store.messages"); err != nil {
		return nil, fmt.Errorf("empty message-db: %w", err)
	}
	s.logs++
	return &messageDBLog{pgServer: s.pgServer, stream: "campaign-" + strconv.Itoa(s.logs)}, nil
}

// messageDBLog is one stream. Its data is JSON of PostgreSQL, which keeps no bytes: a record is a string in it.
type messageDBLog struct {
	*pgServer
	stream  string
	watched bool
}

func (l *messageDBLog) close() error { return nil }

const writeMessage = "select write_message($1, $2, $3, to_jsonb($4::text))"

func (l *messageDBLog) writer(ctx context.Context) (appendOne, func(), error) {
	conn, err := l.pool.Acquire(ctx)
	if err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context, r events.Record) error {
		_, err := conn.Exec(ctx, writeMessage, uuid.NewString(), l.stream, messageType, string(r))
		return err
	}, conn.Release, nil
}

func (l *messageDBLog) appendAll(ctx context.Context, records []events.Record) error {
	ids, list := make([]string, len(records)), make([]string, len(records))
	for i, r := range records {
		ids[i], list[i] = uuid.NewString(), string(r)
	}
	return sendBatch(ctx, l.pool, l.watched,
		"select count(write_message(id, $1, $2, to_jsonb(record))) from unnest($3::text[], $4::text[]) as all_of_them(id, record)", l.stream, messageType, ids, list)
}

// fill copies into the table what write_message would insert: it takes a tenth of the time.
func (l *messageDBLog) fill(ctx context.Context, records []events.Record) error {
	_, err := l.pool.CopyFrom(ctx, pgx.Identifier{"message_store", "messages"}, []string{"position", "stream_name", "type", "data"},
		pgx.CopyFromSlice(len(records), func(i int) ([]any, error) {
			data, err := json.Marshal(string(records[i]))
			return []any{int64(i), l.stream, messageType, json.RawMessage(data)}, err
		}))
	if err == nil {
		_, err = l.pool.Exec(ctx, "vacuum analyze message_store.messages")
	}
	return err
}

func (l *messageDBLog) read(ctx context.Context) iter.Seq2[events.Record, error] {
	return func(yield func(events.Record, error) bool) {
		for at := int64(0); ; at += messageDBPage {
			n, err := l.page(ctx, l.pool, at, func(r events.Record) bool { return yield(r, nil) })
			switch {
			case err != nil:
				yield(nil, fmt.Errorf("read message-db: %w", err))
				return
			case n < messageDBPage:
				return
			}
		}
	}
}

// page yields the messages from a position on and counts them; an end before the page's is no error.
func (l *messageDBLog) page(ctx context.Context, db interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}, from int64, yield func(events.Record) bool,
) (n int, err error) {
	rows, err := db.Query(ctx, "select data from get_stream_messages($1, $2, $3)", l.stream, from, messageDBPage)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		record, err := unquote(rows.RawValues()[0])
		if err != nil {
			return n, err
		}
		n++
		if !yield(record) {
			return 0, nil
		}
	}
	return n, rows.Err()
}

// unquote is the text of a JSON string. Our records have nothing to unescape but quotation marks; for the rest there is the library.
func unquote(text []byte) (events.Record, error) {
	record := make(events.Record, 0, len(text))
	for i := 1; i < len(text)-1; i++ {
		if text[i] == '\\' {
			if i++; text[i] != '"' {
				var all string
				err := json.Unmarshal(text, &all)
				return events.Record(all), err
			}
		}
		record = append(record, text[i])
	}
	return slices.Clip(record), nil
}

func (l *messageDBLog) watch(ctx context.Context, ready func(), seen func(events.Record, time.Time)) error {
	l.watched = true
	last := int64(0)
	return listen(ctx, l.pool, ready, func(conn *pgx.Conn) error {
		n, err := l.page(ctx, conn, last, func(r events.Record) bool { seen(r, time.Now()); return true })
		last += int64(n)
		return err
	})
}

func (l *messageDBLog) size(ctx context.Context) (size int64, err error) {
	err = l.pool.QueryRow(ctx, "select pg_total_relation_size('message_store.messages')").Scan(&size)
	return size, err
}

func (l *messageDBLog) memory(context.Context) (int64, error) { return l.server.memory() }
