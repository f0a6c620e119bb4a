package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"campaignledger/events"
)

const (
	// pgConnections are enough for every writer to have its own, a committer and a subscriber.
	pgConnections = 80
	// pgChannel is what a commit notifies while somebody watches.
	pgChannel = "events"
	pgUser    = "peers"
)

// pgSettings leave every commit durable, and keep checkpoints out of the measurements.
var pgSettings = []string{"fsync=on", "synchronous_commit=on", "full_page_writes=on", "listen_addresses=", "shared_buffers=1GB", "max_wal_size=16GB",
	"checkpoint_timeout=1h", "max_connections=100", "jit=off"}

// pgServer is a PostgreSQL server on a directory of its own, reached by a socket in it.
type pgServer struct {
	dir    string
	server *process
	pool   *pgxpool.Pool
}

// pgProgram finds a program of PostgreSQL, which Debian keeps out of the path.
func pgProgram(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		return "", fmt.Errorf("%w: apt-get install postgresql", errSkipped)
	}
	slices.Sort(found)
	return found[len(found)-1], nil
}

func startPG(ctx context.Context, dir, searchPath string) (*pgServer, error) {
	initdb, err := pgProgram("initdb")
	if err != nil {
		return nil, err
	}
	postgres, err := pgProgram("postgres")
	if err != nil {
		return nil, err
	}
	as, err := unprivileged()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSkipped, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := as.own(dir); err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	initialise := exec.CommandContext(ctx, initdb, "-D", data, "-U", pgUser, "--auth=trust", "--locale=C", "--encoding=UTF8")
	initialise.Dir = dir
	as.run(initialise)
	if out, err := initialise.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	args := []string{"-D", data, "-k", dir}
	for _, s := range pgSettings {
		args = append(args, "-c", s)
	}
	s := &pgServer{dir: dir}
	if s.server, err = startProcess(dir, as, postgres, args...); err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(fmt.Sprintf("host=%s user=%s dbname=postgres sslmode=disable", dir, pgUser))
	if err == nil {
		config.MaxConns = pgConnections
		config.ConnConfig.RuntimeParams["search_path"] = searchPath
		s.pool, err = pgxpool.NewWithConfig(ctx, config)
	}
	if err == nil {
		err = s.server.until(ctx, func() error { return s.pool.Ping(ctx) })
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *pgServer) close() error {
	if s.pool != nil {
		s.pool.Close()
	}
	return s.server.stop()
}

type tableStore struct {
	*pgServer
	logs int
}

func startPostgres(ctx context.Context, dir string, _ options) (store, error) {
	s, err := startPG(ctx, dir, "public")
	if err != nil {
		return nil, err
	}
	return &tableStore{pgServer: s}, nil
}

func (s *tableStore) open(ctx context.Context) (eventLog, error) {
	if s.logs > 0 {
		if _, err := s.pool.Exec(ctx, "drop table events_"+strconv.Itoa(s.logs)); err != nil {
			return nil, fmt.Errorf("drop the table before: %w", err)
		}
	}
	s.logs++
	l := &tableLog{pgServer: s.pgServer, table: "events_" + strconv.Itoa(s.logs)}
	_, err := s.pool.Exec(ctx, "create table "+l.table+" (seq bigint generated always as identity primary key, record bytea not null)")
	if err != nil {
		return nil, fmt.Errorf("create the table: %w", err)
	}
	return l, nil
}

// tableLog is one plain table. It keeps no ids apart, and so does not refuse what it has already: less than the ledger does.
type tableLog struct {
	*pgServer
	table   string
	watched bool
}

func (l *tableLog) close() error { return nil }

func (l *tableLog) writer(ctx context.Context) (appendOne, func(), error) {
	conn, err := l.pool.Acquire(ctx)
	if err != nil {
		return nil, nil, err
	}
	insert := "insert into " + l.table + " (record) values ($1)"
	return func(ctx context.Context, r events.Record) error {
		_, err := conn.Exec(ctx, insert, []byte(r))
		return err
	}, conn.Release, nil
}

func (l *tableLog) appendAll(ctx context.Context, records []events.Record) error {
	list := make([][]byte, len(records))
	for i, r := range records {
		list[i] = r
	}
	return sendBatch(ctx, l.pool, l.watched, "insert into "+l.table+" (record) select unnest($1::bytea[])", list)
}

// sendBatch runs a statement, and where somebody watches a notification, in one transaction and one round trip.
func sendBatch(ctx context.Context, pool *pgxpool.Pool, notify bool, statement string, args ...any) error {
	if !notify {
		_, err := pool.Exec(ctx, statement, args...)
		return err
	}
	batch := &pgx.Batch{}
	batch.Queue(statement, args...)
	batch.Queue("select pg_notify($1, '')", pgChannel)
	return pool.SendBatch(ctx, batch).Close()
}

func (l *tableLog) fill(ctx context.Context, records []events.Record) error {
	_, err := l.pool.CopyFrom(ctx, pgx.Identifier{l.table}, []string{"record"}, pgx.CopyFromSlice(len(records), func(i int) ([]any, error) {
		return []any{[]byte(records[i])}, nil
	}))
	if err == nil {
		_, err = l.pool.Exec(ctx, "vacuum analyze "+l.table)
	}
	return err
}

func (l *tableLog) read(ctx context.Context) iter.Seq2[events.Record, error] {
	return func(yield func(events.Record, error) bool) {
		rows, err := l.pool.Query(ctx, "select record from "+l.table+" order by seq")
		if err != nil {
			yield(nil, fmt.Errorf("read the table: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			if !yield(slices.Clone(rows.RawValues()[0]), nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, fmt.Errorf("read the table: %w", err))
		}
	}
}

func (l *tableLog) watch(ctx context.Context, ready func(), seen func(events.Record, time.Time)) error {
	l.watched = true
	var last int64
	return listen(ctx, l.pool, ready, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, "select seq, record from "+l.table+" where seq > $1 order by seq", last)
		if err != nil {
			return err
		}
		var record []byte
		_, err = pgx.ForEachRow(rows, []any{&last, &record}, func() error {
			seen(slices.Clone(record), time.Now())
			return nil
		})
		return err
	})
}

// listen reads what is new at every notification.
func listen(ctx context.Context, pool *pgxpool.Pool, ready func(), read func(*pgx.Conn) error) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "listen "+pgChannel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for {
		if err := read(conn.Conn()); err != nil && ctx.Err() == nil {
			return fmt.Errorf("read what is new: %w", err)
		}
		ready()
		if _, err := conn.Conn().WaitForNotification(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("listen: %w", err)
		}
	}
}

func (l *tableLog) size(ctx context.Context) (size int64, err error) {
	err = l.pool.QueryRow(ctx, "select pg_total_relation_size($1)", l.table).Scan(&size)
	return size, err
}

func (l *tableLog) memory(context.Context) (int64, error) { return l.server.memory() }
