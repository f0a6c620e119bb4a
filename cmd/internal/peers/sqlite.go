package main

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver; only this program has it

	"campaignledger/events"
)

// sqlitePoll is how often a subscriber asks whether the database has changed.
const sqlitePoll = 200 * time.Microsecond

type sqliteStore struct {
	dir  string
	logs int
}

func startSQLite(_ context.Context, dir string, _ options) (store, error) {
	return &sqliteStore{dir: dir}, nil
}

func (s *sqliteStore) open(ctx context.Context) (eventLog, error) {
	s.logs++
	return openSQLite(ctx, filepath.Join(s.dir, strconv.Itoa(s.logs)))
}

func (s *sqliteStore) close() error { return nil }

type sqliteLog struct {
	dir    string
	db     *sql.DB
	mu     sync.Mutex // SQLite has one writer at a time
	conn   *sql.Conn  // that writes
	insert *sql.Stmt
}

func openSQLite(ctx context.Context, dir string) (*sqliteLog, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "events.db")+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(10000)&_pragma=cache_size(-65536)&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	l := &sqliteLog{dir: dir, db: db}
	if l.conn, err = db.Conn(ctx); err == nil {
		_, err = l.conn.ExecContext(ctx, `create table if not exists events (seq integer primary key, record blob not null)`)
	}
	if err == nil {
		l.insert, err = l.conn.PrepareContext(ctx, `insert into events (record) values (?)`)
	}
	if err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	return l, nil
}

func (l *sqliteLog) close() error { return l.db.Close() }

func (l *sqliteLog) writer(context.Context) (appendOne, func(), error) {
	return func(ctx context.Context, r events.Record) error {
		l.mu.Lock()
		defer l.mu.Unlock()
		_, err := l.insert.ExecContext(ctx, []byte(r))
		return err
	}, func() {}, nil
}

func (l *sqliteLog) appendAll(ctx context.Context, records []events.Record) error {
	if _, err := l.conn.ExecContext(ctx, `begin immediate`); err != nil {
		return err
	}
	for _, r := range records {
		if _, err := l.insert.ExecContext(ctx, []byte(r)); err != nil {
			return err
		}
	}
	_, err := l.conn.ExecContext(ctx, `commit`)
	return err
}

func (l *sqliteLog) read(ctx context.Context) iter.Seq2[events.Record, error] {
	return func(yield func(events.Record, error) bool) {
		if _, err := sqliteAfter(ctx, l.db, 0, func(r events.Record) bool { return yield(r, nil) }); err != nil {
			yield(nil, fmt.Errorf("read SQLite: %w", err))
		}
	}
}

// sqliteAfter reads what comes after event after, and gives the last one's number.
func sqliteAfter(ctx context.Context, db interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}, after int64, yield func(events.Record) bool,
) (int64, error) {
	rows, err := db.QueryContext(ctx, `select seq, record from events where seq > ? order by seq`, after)
	if err != nil {
		return after, err
	}
	defer rows.Close()
	for rows.Next() {
		var record []byte
		if err := rows.Scan(&after, &record); err != nil {
			return after, err
		}
		if !yield(record) {
			return after, nil
		}
	}
	return after, rows.Err()
}

func (l *sqliteLog) watch(ctx context.Context, ready func(), seen func(events.Record, time.Time)) error {
	conn, err := l.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("watch SQLite: %w", err)
	}
	defer conn.Close()
	version, err := conn.PrepareContext(ctx, `pragma data_version`)
	if err != nil {
		return fmt.Errorf("watch SQLite: %w", err)
	}
	var last, known int64
	if last, err = sqliteAfter(ctx, conn, 0, func(events.Record) bool { return true }); err != nil {
		return fmt.Errorf("watch SQLite: %w", err)
	}
	ready()
	for ctx.Err() == nil {
		var now int64
		if err := version.QueryRowContext(ctx).Scan(&now); err == nil && now != known {
			known = now
			last, err = sqliteAfter(ctx, conn, last, func(r events.Record) bool { seen(r, time.Now()); return true })
			if err != nil && ctx.Err() == nil {
				return fmt.Errorf("watch SQLite: %w", err)
			}
		}
		time.Sleep(sqlitePoll)
	}
	return nil
}

func (l *sqliteLog) size(ctx context.Context) (int64, error) {
	if _, err := l.conn.ExecContext(ctx, `pragma wal_checkpoint(truncate)`); err != nil {
		return 0, fmt.Errorf("checkpoint SQLite: %w", err)
	}
	return dirSize(l.dir)
}

func (l *sqliteLog) memory(ctx context.Context) (int64, error) {
	return memoryOfChild(ctx, "sqlite", l.dir)
}
