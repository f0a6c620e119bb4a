package ledger

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"strconv"
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
	// ledgerUser is the program in the log's account, which is the server's global one.
	ledgerUser = "ledger"
	// derivedUser is the program in the public account.
	derivedUser = "derived"
	// publicAccount is where guests are.
	publicAccount = "PUBLIC"
	// servicePrefix starts the subjects of the program's service.
	servicePrefix = "ledger"
	// maxGuests bounds the connections of NATS programs. One that does not take what it is sent costs up to 64 MiB until it is dropped, after ten
	// seconds.
	maxGuests = 1024
	// ledgerInbox starts the subjects of its replies, which guests may not see.
	ledgerInbox = "_LEDGER"
)

// EmbeddedConfig configures an embedded server.
type EmbeddedConfig struct {
	Dir    string // the data directory; lock it first (LockDir)
	Listen string // host:port for NATS programs that want the derived subjects; "": no port is opened
	// Scratch: nothing is synced to disk. For a directory that is thrown away, whose acknowledgements are worth nothing.
	Scratch bool
	// NoReserve lets the disk be written to its last byte. For tests of what happens then.
	NoReserve bool
}

// Embedded is a NATS server inside this process. Every append is synced to disk before it is acknowledged, but for Scratch.
//
// It has two accounts, which share no subject: the log's, where the program is alone, and a public one, where it puts what is derived
// and guests may read, and where a service of the program (ServiceConn) takes requests. A guest can make the server, and the service's
// discovery, send their own answers to any subject of the public account, so that it may disturb what other guests see there; the log it can
// reach by the service's requests alone.
type Embedded struct {
	server  *server.Server
	disk    *Disk
	failing *failing
	conn    *nats.Conn
	derived *nats.Conn
	dial    func(user, name string) (*nats.Conn, error)
	damaged []string
}

// Damaged says, a sentence each, which of JetStream's files were found damaged at the start, and where copies of them are.
func (e *Embedded) Damaged() []string { return e.damaged }

// StartEmbedded starts a server on dir and connects to it in-process. With a port, whoever connects there may read the
// derived subjects, ask which services there are, and send requests to the program's own; nothing else.
func StartEmbedded(cfg EmbeddedConfig) (*Embedded, error) {
	dir := filepath.Join(cfg.Dir, natsDir)
	if err := checkWritable(dir); err != nil {
		return nil, err
	}
	damaged, err := checkBlocks(dir)
	if err != nil {
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
	failing := newFailing()
	s.SetLoggerV2(failing, false, false, false)
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
	e := &Embedded{server: s, disk: NewDisk(dir), failing: failing, damaged: damaged}
	if cfg.NoReserve {
		e.disk = nil
	}
	if err := e.connect(password); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

// connect enables JetStream in both accounts and connects to each.
func (e *Embedded) connect(password string) error {
	public, err := e.server.LookupAccount(publicAccount)
	if err != nil {
		return fmt.Errorf("the embedded NATS server: %w", err)
	}
	for _, account := range []*server.Account{e.server.GlobalAccount(), public} {
		if err := account.EnableJetStream(nil, nil); err != nil {
			return fmt.Errorf("JetStream did not start: %w; is the directory intact?", err)
		}
	}
	e.dial = func(user, name string) (*nats.Conn, error) {
		conn, err := nats.Connect("", nats.InProcessServer(e.server), nats.Name(name), nats.MaxReconnects(-1),
			nats.UserInfo(user, password), nats.CustomInboxPrefix(ledgerInbox))
		if err != nil {
			return nil, fmt.Errorf("connect to the embedded NATS server: %w", err)
		}
		return conn, nil
	}
	if e.conn, err = e.dial(ledgerUser, ledgerUser); err != nil {
		return err
	}
	e.derived, err = e.dial(derivedUser, derivedUser)
	return err
}

func embeddedOptions(cfg EmbeddedConfig, dir, password string) (*server.Options, error) {
	opts := &server.Options{
		ServerName:         "campaign-ledger",
		JetStream:          true,
		StoreDir:           dir,
		SyncAlways:         !cfg.Scratch,
		JetStreamMaxMemory: maxStreamMemory,
		JetStreamMaxStore:  math.MaxInt64 / 2, // the disk is the limit; the default is a share of what is free now
		DontListen:         cfg.Listen == "",
		NoSigs:             true,
		NoLog:              true,
		MaxConn:            maxGuests,
		// A guest who reads slowly is dropped, and does not slow down who publishes, and with it all others.
		NoFastProducerStall: true,
	}
	public := server.NewAccount(publicAccount)
	opts.Accounts = []*server.Account{public}
	opts.Users = []*server.User{
		{Username: ledgerUser, Password: password},
		{Username: derivedUser, Password: password, Account: public},
		{Username: publicUser, Password: publicUser, Account: public, Permissions: publicPermissions()},
	}
	opts.NoAuthUser = publicUser
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
	return opts, nil
}

// ServiceSubject is where the program's service takes requests of a kind about a campaign; "*" stands for any.
func ServiceSubject(campaign, kind string) string { return servicePrefix + "." + campaign + "." + kind }

// The kinds of requests.
const (
	ServiceAppend    = "append"
	ServiceStandings = "standings"
)

// publicPermissions allow reading what stands in the public account, and sending requests to the program's service there. Who asks may not listen
// where others ask.
func publicPermissions() *server.Permissions {
	return &server.Permissions{
		Subscribe: &server.SubjectPermission{Allow: []string{"event.>", "rankings.>", "_INBOX.>"}},
		Publish: &server.SubjectPermission{Allow: []string{
			"$JS.API.INFO", "$JS.API.STREAM.INFO.*", "$JS.API.DIRECT.GET.>", "$JS.API.STREAM.MSG.GET.*",
			"$JS.API.CONSUMER.CREATE.>", "$JS.API.CONSUMER.INFO.>", "$JS.API.CONSUMER.MSG.NEXT.>", "$JS.API.CONSUMER.DELETE.>", "$JS.FC.>",
			ServiceSubject("*", ServiceAppend), ServiceSubject("*", ServiceStandings), "$SRV.>",
		}},
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

// Conn is the in-process connection to the log's account. It belongs to the Embedded.
func (e *Embedded) Conn() *nats.Conn { return e.conn }

// DerivedConn is the in-process connection to the public account, for Derived. It belongs to the Embedded.
func (e *Embedded) DerivedConn() *nats.Conn { return e.derived }

// ServiceConn is a connection of its own to the public account, for the program's service. It is the caller's, who closes it first.
func (e *Embedded) ServiceConn() (*nats.Conn, error) { return e.dial(derivedUser, "service") }

// URL is where NATS programs connect, "" without a port.
func (e *Embedded) URL() string {
	if e.server.Addr() == nil {
		return ""
	}
	return e.server.ClientURL()
}

// Close stops the server and waits until it has stopped. Close ledgers first.
func (e *Embedded) Close() {
	for _, conn := range []*nats.Conn{e.conn, e.derived} {
		if conn != nil {
			conn.Close()
		}
	}
	e.server.Shutdown()
	e.server.WaitForShutdown()
}
