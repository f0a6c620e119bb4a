package ledger

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

const (
	// natsDir is JetStream's place in the data directory.
	natsDir = "nats"
	// maxStreamMemory bounds memory streams: only the newest standings are kept there, a few KiB a cluster.
	maxStreamMemory = 256 << 20
	// embeddedStart bounds the embedded server's start; it reads a million messages without their index in about 2 s.
	embeddedStart = 2 * time.Minute
	// publicUser is who connects to an embedded server's port without a password.
	publicUser = "public"
	// ledgerUser is the program itself.
	ledgerUser = "ledger"
	// ledgerInbox starts the subjects of its replies, which guests may not see.
	ledgerInbox = "_LEDGER"
)

// EmbeddedConfig configures an embedded server.
type EmbeddedConfig struct {
	Dir    string // the data directory; lock it first (LockDir)
	Listen string // host:port for NATS programs that want the derived subjects; "": no port is opened
}

// Embedded is a NATS server inside this process. Every append is synced to disk before it is acknowledged.
type Embedded struct {
	server  *server.Server
	conn    *nats.Conn
	opts    *server.Options
	mu      sync.Mutex
	offered []string // streams that guests may read
}

// StartEmbedded starts a server on dir and connects to it in-process. With a port, whoever connects there may read the
// derived subjects and nothing else.
func StartEmbedded(cfg EmbeddedConfig) (*Embedded, error) {
	dir := filepath.Join(cfg.Dir, natsDir)
	if err := checkWritable(dir); err != nil {
		return nil, err
	}
	password := rand.Text()
	opts, err := embeddedOptions(cfg, dir, password)
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(opts)
	if err != nil {
		return nil, fmt.Errorf("start the embedded NATS server on %s: %w", dir, err)
	}
	s.Start()
	if !s.ReadyForConnections(embeddedStart) {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, fmt.Errorf("the embedded NATS server on %s did not start; is its port free and its directory intact?", dir)
	}
	if !s.JetStreamEnabled() {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, fmt.Errorf("JetStream did not start on %s; is the directory writable and the disk not full?", dir)
	}
	e := &Embedded{server: s, opts: opts, offered: []string{rankingsStream}}
	options := []nats.Option{nats.InProcessServer(s), nats.Name(ledgerUser), nats.MaxReconnects(-1), nats.CustomInboxPrefix(ledgerInbox)}
	if cfg.Listen != "" {
		options = append(options, nats.UserInfo(ledgerUser, password))
	}
	if e.conn, err = nats.Connect("", options...); err != nil {
		e.Close()
		return nil, fmt.Errorf("connect to the embedded NATS server: %w", err)
	}
	return e, nil
}

func embeddedOptions(cfg EmbeddedConfig, dir, password string) (*server.Options, error) {
	opts := &server.Options{
		ServerName:         "campaign-ledger",
		JetStream:          true,
		StoreDir:           dir,
		SyncAlways:         true,
		JetStreamMaxMemory: maxStreamMemory,
		JetStreamMaxStore:  math.MaxInt64 / 2, // the disk is the limit; the default is a share of what is free now
		DontListen:         cfg.Listen == "",
		NoSigs:             true,
		NoLog:              true,
	}
	if cfg.Listen == "" {
		return opts, nil
	}
	host, port, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("NATS address %q: %w; write it like 127.0.0.1:4222", cfg.Listen, err)
	}
	opts.Host = host
	if opts.Port, err = strconv.Atoi(port); err != nil || opts.Port < 0 || opts.Port > math.MaxUint16 {
		return nil, fmt.Errorf("NATS address %q: %q is not a port; write it like 127.0.0.1:4222", cfg.Listen, port)
	}
	if opts.Port == 0 {
		opts.Port = server.RANDOM_PORT
	}
	opts.Users = []*server.User{
		{Username: ledgerUser, Password: password},
		{Username: publicUser, Password: publicUser, Permissions: publicPermissions([]string{rankingsStream})},
	}
	opts.NoAuthUser = publicUser
	return opts, nil
}

// Offer lets guests read a derived stream too. Without a port there are none, and it does nothing.
func (e *Embedded) Offer(stream string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.opts.DontListen || slices.Contains(e.offered, stream) {
		return nil
	}
	e.offered = append(e.offered, stream)
	opts := e.opts.Clone()
	if addr, ok := e.server.Addr().(*net.TCPAddr); ok {
		opts.Port = addr.Port // a random one must not be drawn again
	}
	for _, u := range opts.Users {
		if u.Username == publicUser {
			u.Permissions = publicPermissions(e.offered)
		}
	}
	if err := e.server.ReloadOptions(opts); err != nil {
		return fmt.Errorf("let NATS programs read the stream %s: %w", stream, err)
	}
	return nil
}

// publicPermissions allow reading what is derived: events and rankings, and the streams that keep them.
func publicPermissions(streams []string) *server.Permissions {
	publish := []string{"$JS.API.INFO"}
	for _, s := range streams {
		publish = append(publish, "$JS.API.STREAM.INFO."+s, "$JS.API.DIRECT.GET."+s+".>", "$JS.API.DIRECT.GET."+s, "$JS.API.STREAM.MSG.GET."+s,
			"$JS.API.CONSUMER.CREATE."+s, "$JS.API.CONSUMER.CREATE."+s+".>", "$JS.API.CONSUMER.INFO."+s+".>", "$JS.API.CONSUMER.MSG.NEXT."+s+".>",
			"$JS.API.CONSUMER.DELETE."+s+".>", "$JS.FC."+s+".>")
	}
	return &server.Permissions{
		Subscribe: &server.SubjectPermission{Allow: []string{"event.>", "rankings.>", "_INBOX.>"}},
		Publish:   &server.SubjectPermission{Allow: publish},
	}
}

// checkWritable makes dir and a file in it, because the server reports an unwritable directory late and unclearly.
func checkWritable(dir string) error {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return fmt.Errorf("make the ledger's directory: %w; choose another with --data", err)
	}
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return fmt.Errorf("the ledger's directory %s can't be written: %w; choose another with --data", dir, err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// Conn is the in-process connection. It belongs to the Embedded.
func (e *Embedded) Conn() *nats.Conn { return e.conn }

// URL is where NATS programs connect, "" without a port.
func (e *Embedded) URL() string {
	if e.server.Addr() == nil {
		return ""
	}
	return e.server.ClientURL()
}

// Close stops the server and waits until it has stopped. Close ledgers first.
func (e *Embedded) Close() {
	if e.conn != nil {
		e.conn.Close()
	}
	e.server.Shutdown()
	e.server.WaitForShutdown()
}
