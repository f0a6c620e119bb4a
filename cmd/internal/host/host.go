// Package host runs campaigns on one data directory: the lock, NATS (embedded or external), and for each campaign its ledger and its
// folds.
//
// Campaign.Look is the one boundary for readers: a freeze and open ballots are hidden there, whoever asks and by whatever way (view.go, veil.go).
// What many ask for is made once for all and kept until the next event: boards (board.go), diagnostics (studies.go), awards and checks (view.go).
// How many look into the past at a time is bounded (asof.go).
//
// A campaign is opened when somebody asks for it, stays open while a request, a feed or a command holds it (Hold), and is closed once it was idle for long or
// makes room for another (lease.go): a directory may have thousands. Lists show those that are not open as they were when they were closed, and the logs of
// all are read once after the start, in the background (catalog.go).
package host

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/keys"
	"campaignledger/events"
	"campaignledger/ledger"
)

// Config says where campaigns live.
type Config struct {
	Dir         string  // the data directory
	NATS        string  // URL of an external server or cluster; "" for the embedded one
	Credentials string  // a NATS credentials file for the external server; "" for none
	Replicas    int     // of new campaigns' streams on an external cluster; 0 stands for 1
	NATSTLS     NATSTLS // how the external server is known, and this program to it
	// PlacementTags are what servers of an external cluster must have for new campaigns' streams to be placed there; none: any server.
	PlacementTags []string
	NATSListen    string        // host:port on which the embedded server offers the derived subjects; "" for none
	KeepEvents    bool          // keep the derived events of each campaign in a stream EVENTS_<id>
	LockWait      time.Duration // how long a command waits for another one that holds the directory
	// CheckInterval is how often a campaign's stream is compared with its pinned settings; 0 stands for the ledger's own.
	CheckInterval time.Duration
	// CheckpointInterval is how long new events wait for a checkpoint; 0 stands for 9 s.
	CheckpointInterval time.Duration
	// MaxOpen is how many campaigns are open at a time; 0 stands for DefaultMaxOpen.
	MaxOpen int
	// IdleAfter is after how long without a use a campaign is closed, which gives its memory back; 0: none is closed for that.
	IdleAfter time.Duration
	// SnapshotEvents is how many new events ask for a snapshot of the folds; 0 stands for a quarter of the log while it
	// grows (at least 200,000), a twentieth where it does not (at least 20,000).
	SnapshotEvents int
	// QuietFor is how long nothing is appended to a campaign that does not grow; 0 stands for ten seconds.
	QuietFor time.Duration
	// ScrubPeriod is within what time every stored event is read again; 0 stands for a day, less for never.
	ScrubPeriod time.Duration
	// Scratch: the directory is thrown away, so that nothing is synced to disk; for the embedded server.
	Scratch  bool
	Observer ledger.Observer      // is told how appending goes in all campaigns; nil: nobody
	Now      func() time.Time     // of recorded times; time.Now if nil
	Elapsed  func() time.Duration // see ledger.Config
	Log      zerolog.Logger
}

// ErrOtherRegulation: the campaign is open under another regulation.
var ErrOtherRegulation = errors.New("the campaign is open under another regulation; a changed regulation needs another id")

// Host is a data directory in use.
type Host struct {
	cfg      Config
	recorded func() time.Time // of recorded times; nil: the system's
	lock     *ledger.Lock
	embedded *ledger.Embedded // nil with an external server
	conn     *nats.Conn
	streams  *ledger.Streams
	head     *ledger.Head
	logKey   *keys.Key       // signs checkpoints
	keyLost  bool            // it is missing, and logKey stands for it: what it signed nobody could sign again
	derived  *ledger.Derived // nil where nobody could read it
	work     context.Context // of all campaigns' goroutines
	stop     context.CancelFunc

	mu        sync.Mutex
	campaigns map[string]*opening // nil once closed
	failed    map[string]error    // why a campaign can't be opened, as of the last time it was tried
	freed     chan struct{}       // closed and replaced when a campaign may have become idle, or was closed

	catalog  *catalog
	budget   *ledger.Budget // of what waits to be stored
	scrubbed atomic.Int64   // when the last round began that read all logs again, in nanoseconds since 1970; 0: none yet
	opens    chan struct{}  // holds one while a campaign is being opened
	running  sync.WaitGroup // the sweep, the scrub, the examination and what tries again
}

// Open takes the directory and starts or joins NATS. It opens no campaign.
func Open(ctx context.Context, cfg Config) (*Host, error) {
	recorded := cfg.Now
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	lock, err := ledger.LockDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	if cfg.MaxOpen == 0 {
		cfg.MaxOpen = DefaultMaxOpen
	}
	h := &Host{cfg: cfg, recorded: recorded, lock: lock, campaigns: map[string]*opening{}, failed: map[string]error{}, freed: make(chan struct{}), catalog: newCatalog(cfg.Dir, cfg.Log),
		budget: ledger.NewBudget(ledger.MaxProcessBodies, ledger.MaxProcessBytes), opens: make(chan struct{}, maxOpening)}
	h.work, h.stop = context.WithCancel(context.Background())
	if err := h.start(ctx); err != nil {
		h.Close()
		return nil, err
	}
	if cfg.IdleAfter > 0 {
		h.running.Go(h.sweep)
	}
	if cfg.ScrubPeriod >= 0 {
		h.running.Go(func() { h.scrub(h.work) })
	}
	return h, nil
}

// start makes everything but the lock.
func (h *Host) start(ctx context.Context) (err error) {
	if err = h.connect(); err != nil {
		return err
	}
	if h.streams, err = ledger.NewStreams(h.conn, ledger.StreamsConfig{Replicas: h.cfg.Replicas, Tags: h.cfg.PlacementTags, SyncAlways: h.embedded != nil, Embedded: h.embedded}); err != nil {
		return err
	}
	if h.head, err = ledger.OpenHead(h.cfg.Dir); err != nil {
		return err
	}
	if h.logKey, err = h.loadLogKey(); err != nil {
		return err
	}
	if h.embedded == nil {
		h.running.Go(h.retryFailed)
	}
	if h.embedded != nil && h.cfg.NATSListen == "" && !h.cfg.KeepEvents {
		return nil // nobody could read the derived subjects
	}
	conn, replicas := h.conn, h.replicas()
	if h.embedded != nil {
		conn, replicas = h.embedded.DerivedConn(), 1
	}
	err = h.patiently(ctx, func() (err error) {
		h.derived, err = ledger.NewDerived(ctx, conn, replicas, h.cfg.PlacementTags...)
		return err
	})
	if err != nil && h.embedded == nil {
		return fmt.Errorf("the NATS server at %s: %w; is JetStream on there?", h.place(), err)
	}
	return err
}

// errKeyLost: this directory has checkpoints and no key.
var errKeyLost = fmt.Errorf("log.key, which signed this directory's checkpoints, is missing: bring it back from a copy and start again; if there is none, restore a backup to an empty directory and take it over there: %w", ErrUnsigned)

// loadLogKey reads DIR/log.key, which is made where nothing was signed yet. Where it is missing though this directory has checkpoints, none is kept: a new
// one would stand in the way of the old.
func (h *Host) loadLogKey() (*keys.Key, error) {
	path := filepath.Join(h.cfg.Dir, "log.key")
	_, err := os.Stat(path)
	signed, _ := filepath.Glob(filepath.Join(h.cfg.Dir, checkpointsDir, "*.txt")) // the pattern is a good one
	if errors.Is(err, fs.ErrNotExist) && len(signed) > 0 {
		h.cfg.Log.Error().Str("file", path).Msg("the key that signed this directory's checkpoints is missing: nothing is signed until it is brought back from a copy")
		h.keyLost = true
		return keys.New(keys.Log, "", rand.Reader)
	}
	return keys.Keep(path, keys.Log)
}

func (h *Host) connect() (err error) {
	if h.cfg.NATS == "" {
		h.embedded, err = ledger.StartEmbedded(ledger.EmbeddedConfig{Dir: h.cfg.Dir, Listen: h.cfg.NATSListen, Scratch: h.cfg.Scratch})
		if err != nil {
			return err
		}
		h.conn = h.embedded.Conn()
		for _, damage := range h.embedded.Damaged() {
			h.cfg.Log.Error().Msg(damage)
		}
		return nil
	}
	h.conn, err = h.dial("campaign")
	return err
}

// ServiceConn is a connection of its own for a service that others reach over NATS: to the embedded server's public account, or to the external
// server. It is the caller's, who closes it before the host.
func (h *Host) ServiceConn() (*nats.Conn, error) {
	if h.embedded != nil {
		return h.embedded.ServiceConn()
	}
	return h.dial("campaign service")
}

// Close closes every campaign, then NATS, then gives the directory free. It waits for every goroutine. Call it once.
func (h *Host) Close() {
	h.stop()
	h.running.Wait()
	h.closeCampaigns()
	if h.derived != nil {
		if err := h.derived.Close(); err != nil {
			h.cfg.Log.Warn().Err(err).Msg("the newest derived events may be missing")
		}
		if events, err := h.derived.Missed(); events > 0 || err != nil {
			h.cfg.Log.Warn().Uint64("events", events).AnErr("ranking", err).Msg("derived subjects missed something; the log has all of it")
		}
	}
	if h.head != nil {
		if err := h.head.Close(); err != nil {
			h.cfg.Log.Error().Err(err).Msg("could not write the head file")
		}
	}
	switch {
	case h.embedded != nil:
		h.embedded.Close()
	case h.conn != nil:
		h.conn.Close()
	}
	if err := h.lock.Unlock(); err != nil {
		h.cfg.Log.Error().Err(err).Msg("could not give the data directory free")
	}
}

// Durability is what an acknowledgement is worth.
func (h *Host) Durability() ledger.Durability { return h.streams.Durability() }

// Waiting is how many bodies, with how many bytes, wait to be stored or are being stored, in all campaigns.
func (h *Host) Waiting() (bodies, bytes int64) { return h.budget.InUse() }

// Trouble is what keeps the directory or NATS from working just now, nil if nothing does.
func (h *Host) Trouble(ctx context.Context) error {
	if !h.conn.IsConnected() {
		return fmt.Errorf("the NATS server does not answer (%s); nothing can be appended until it does", h.conn.Status())
	}
	if err := h.unreachable(ctx); err != nil {
		return err
	}
	if err := h.ClockTrouble(); errors.Is(err, ledger.ErrClock) {
		return err
	}
	if err := h.embedded.Room(events.MaxCommitBytes); err != nil {
		return err
	}
	if err := h.unsignedNews(); err != nil {
		return err
	}
	if err := h.head.Err(); err != nil {
		return fmt.Errorf("%s can't be written, so that a rollback might go unnoticed: %w", filepath.Join(h.cfg.Dir, "head"), err)
	}
	return nil
}

// unsignedNews is why a campaign's checkpoint can't be made or kept just now, nil if there is no such campaign.
func (h *Host) unsignedNews() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(h.campaigns)) {
		o := h.campaigns[id]
		if !o.isOpen() || o.campaign.Ledger.Broken() != nil {
			continue
		}
		if err := o.campaign.proofs.failure(); err != nil {
			return fmt.Errorf("campaign %s: the newest checkpoint can't be made or kept: %w", id, err)
		}
	}
	return nil
}

// NATSURL is where NATS programs connect to the embedded server, "" without a port.
func (h *Host) NATSURL() string {
	if h.embedded == nil {
		return ""
	}
	return h.embedded.URL()
}

// Campaign is the campaign id, opened and folded to its end, and held open as Hold has it. Errors: ledger.ErrNoCampaign, ledger.ErrBusy where too
// many are open, or why it can't be opened.
func (h *Host) Campaign(ctx context.Context, id string) (*Campaign, error) {
	if err := h.isAbsent(ctx, id); err != nil {
		return nil, err
	}
	return h.campaign(ctx, id, func(ctx context.Context) (*ledger.JetStreamStore, error) { return h.streams.Open(ctx, id) })
}

func (h *Host) campaign(ctx context.Context, id string, store func(context.Context) (*ledger.JetStreamStore, error)) (*Campaign, error) {
	if !events.ValidID(id) {
		return nil, h.NoCampaign(id)
	}
	o, made, err := h.reserve(ctx, id)
	if err != nil {
		return nil, err
	}
	if made {
		h.open(o, store)
	}
	select {
	case <-o.done:
		if o.err == nil {
			h.keep(ctx, o)
		}
		return o.campaign, o.err
	case <-ctx.Done():
		h.release(o, true)
		return nil, context.Cause(ctx)
	}
}

// open opens a campaign for all who wait for it.
func (h *Host) open(o *opening, store func(context.Context) (*ledger.JetStreamStore, error)) {
	defer close(o.done)
	done, err := h.turnToOpen(h.work)
	if err != nil {
		o.err = err
	} else {
		o.campaign, o.err = h.openCampaign(h.work, o.id, store)
		done()
	}
	h.settle(o)
}

// settle keeps why a campaign can't be opened, for Broken. The next one who asks tries again.
func (h *Host) settle(o *opening) {
	if o.err == nil && (o.campaign.isOpen() || o.campaign.Ledger.Broken() != nil) {
		h.catalog.add(o.id, o.campaign.store.Position())
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	o.used = time.Now()
	delete(h.failed, o.id)
	if o.err == nil {
		return
	}
	if h.campaigns[o.id] == o {
		delete(h.campaigns, o.id)
	}
	h.tellFreed()
	if !errors.Is(o.err, ledger.ErrNoCampaign) && !errors.Is(o.err, ledger.ErrDiskFull) && h.work.Err() == nil { // one that was not made is not broken
		h.failed[o.id] = o.err
	}
}

// NoCampaign says that there is no campaign id; it wraps ledger.ErrNoCampaign.
func (h *Host) NoCampaign(id string) error {
	return fmt.Errorf("%w %q here; campaign list shows those there are", ledger.ErrNoCampaign, id)
}

// place names the external NATS servers without what may be a secret: passwords, and tokens, which stand where users do.
func (h *Host) place() string {
	places := strings.Split(h.cfg.NATS, ",")
	for i, p := range places {
		u, err := url.Parse(strings.TrimSpace(p))
		if err != nil {
			places[i] = "(an address that is no URL)"
			continue
		}
		u.User = nil
		places[i] = u.String()
	}
	return strings.Join(places, ",")
}

// openCampaign opens a campaign's store and folds it.
func (h *Host) openCampaign(ctx context.Context, id string, open func(context.Context) (*ledger.JetStreamStore, error)) (*Campaign, error) {
	c, err := h.readCampaign(ctx, id, open)
	if errors.Is(err, ledger.ErrNoCampaign) {
		if gone := h.head.Gone(id); gone != nil {
			return nil, fmt.Errorf("campaign %s: %w", id, gone)
		}
		return nil, h.NoCampaign(id)
	}
	if err != nil {
		return nil, fmt.Errorf("campaign %s: %w", id, err)
	}
	c.askForClock()
	c.start()
	log := h.cfg.Log.With().Str("campaign", id).Logger()
	if broken := c.Ledger.Broken(); broken != nil {
		log.Error().Err(broken).Msg("the campaign is read-only")
	} else {
		log.Debug().Uint64("events", uint64(c.live.Summary().Seq)).Msg("campaign ready")
	}
	return c, nil
}

// OpenCampaign opens an unsigned campaign under the regulation in source, a file of the given name. The same regulation again changes
// nothing and reports false; another one under the same id is ErrOtherRegulation. Errors of the regulation name file, line and column.
func (h *Host) OpenCampaign(ctx context.Context, name string, source []byte) (c *Campaign, opened bool, err error) {
	r, err := events.ParseRegulation(name, source)
	if err != nil {
		return nil, false, err
	}
	sum := sha256.Sum256(source)
	return h.openWith(ctx, r, events.Proposal{Draft: events.Draft{ID: events.NewID(), Campaign: r.ID, Author: openingAuthor,
		Payload: events.NewCampaignOpened(r, name, hex.EncodeToString(sum[:]))}})
}

// OpenSigned opens a campaign with its signed first record; see OpenCampaign.
func (h *Host) OpenSigned(ctx context.Context, record events.Record) (c *Campaign, opened bool, err error) {
	draft, err := events.Decode(record)
	if err != nil {
		return nil, false, err
	}
	opening, ok := draft.Payload.(*events.CampaignOpened)
	if !ok {
		return nil, false, &events.FieldError{Field: "type", Reason: fmt.Sprintf("a campaign is opened by campaign.opened, not by %s", draft.Type())}
	}
	return h.openWith(ctx, opening.Regulation, events.Proposal{Draft: draft, Record: record})
}

// openWith opens a campaign under r with its first record.
func (h *Host) openWith(ctx context.Context, r *events.Regulation, opening events.Proposal) (c *Campaign, opened bool, err error) {
	c, err = h.Campaign(ctx, r.ID)
	if err == nil && c.isOpen() {
		return c, false, c.sameRegulation(r)
	}
	if err != nil && !errors.Is(err, ledger.ErrNoCampaign) {
		return nil, false, err
	}
	if h.keyLost {
		return nil, false, errKeyLost
	}
	if err := checkOpening(opening, h.cfg.Now()); err != nil {
		return nil, false, err
	}
	create := func(ctx context.Context) (*ledger.JetStreamStore, error) { return h.streams.Create(ctx, r.ID) }
	c, err = h.campaign(ctx, r.ID, create)
	for errors.Is(err, ledger.ErrNoCampaign) && ctx.Err() == nil { // a reader asked for it at the same time, and found nothing
		c, err = h.campaign(ctx, r.ID, create)
	}
	if err != nil {
		return nil, false, err
	}
	opened, err = c.open(ctx, opening)
	if err != nil {
		return nil, false, err
	}
	h.catalog.add(r.ID, c.store.Position())
	if !opened {
		return c, false, c.sameRegulation(r)
	}
	return c, true, nil
}

// openingAuthor speaks where an unsigned campaign names no scorer.
const openingAuthor = "import"
