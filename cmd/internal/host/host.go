// Package host runs campaigns on one data directory: the lock, NATS (embedded or external), and for each campaign its ledger and its
// folds.
//
// Campaign.Look is the one boundary for readers: a freeze and open ballots are hidden there, whoever asks and by whatever way (view.go, veil.go).
// What many ask for is made once for all and kept until the next event: boards (board.go), diagnostics (studies.go), awards and checks (view.go).
// How many look into the past at a time is bounded (asof.go).
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
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/keys"
	"campaignledger/events"
	"campaignledger/ledger"
)

// Config says where campaigns live.
type Config struct {
	Dir         string        // the data directory
	NATS        string        // URL of an external server or cluster; "" for the embedded one
	Credentials string        // a NATS credentials file for the external server; "" for none
	Replicas    int           // of new campaigns' streams on an external cluster; 0 stands for 1
	NATSListen  string        // host:port on which the embedded server offers the derived subjects; "" for none
	KeepEvents  bool          // keep the derived events of each campaign in a stream EVENTS_<id>
	LockWait    time.Duration // how long a command waits for another one that holds the directory
	// CheckInterval is how often a campaign's stream is compared with its pinned settings; 0 stands for the ledger's own.
	CheckInterval time.Duration
	// CheckpointInterval is how long new events wait for a checkpoint; 0 stands for 9 s.
	CheckpointInterval time.Duration
	// SnapshotEvents is how many new events ask for a snapshot of the folds; 0 stands for a twentieth of the log, at least 20,000.
	SnapshotEvents int
	// ScrubPeriod is within what time every stored event is read again; 0 stands for a day, less for never.
	ScrubPeriod time.Duration
	Observer    ledger.Observer  // is told how appending goes in all campaigns; nil: nobody
	Now         func() time.Time // of recorded times; time.Now if nil
	Log         zerolog.Logger
}

// ErrOtherRegulation: the campaign is open under another regulation.
var ErrOtherRegulation = errors.New("the campaign is open under another regulation; a changed regulation needs another id")

// Host is a data directory in use.
type Host struct {
	cfg      Config
	lock     *ledger.Lock
	embedded *ledger.Embedded // nil with an external server
	conn     *nats.Conn
	streams  *ledger.Streams
	head     *ledger.Head
	logKey   *keys.Key       // signs checkpoints
	derived  *ledger.Derived // nil where nobody could read it
	work     context.Context // of all campaigns' goroutines
	stop     context.CancelFunc

	scrubbing sync.WaitGroup

	mu        sync.Mutex
	campaigns map[string]*opening // nil once closed
	failed    map[string]error    // why a campaign can't be opened, as of the last time it was tried
}

// opening is a campaign that is open or being opened; done is closed when it is one or the other.
type opening struct {
	done     chan struct{}
	campaign *Campaign
	err      error
}

// Open takes the directory and starts or joins NATS. It opens no campaign.
func Open(ctx context.Context, cfg Config) (*Host, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	lock, err := ledger.LockDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	h := &Host{cfg: cfg, lock: lock, campaigns: map[string]*opening{}, failed: map[string]error{}}
	h.work, h.stop = context.WithCancel(context.Background())
	if err := h.start(ctx); err != nil {
		h.Close()
		return nil, err
	}
	if cfg.ScrubPeriod >= 0 {
		h.scrubbing.Go(func() { h.scrub(h.work) })
	}
	return h, nil
}

// start makes everything but the lock.
func (h *Host) start(ctx context.Context) (err error) {
	if err = h.connect(); err != nil {
		return err
	}
	if h.streams, err = ledger.NewStreams(h.conn, ledger.StreamsConfig{Replicas: h.cfg.Replicas, SyncAlways: h.embedded != nil}); err != nil {
		return err
	}
	if h.head, err = ledger.OpenHead(h.cfg.Dir); err != nil {
		return err
	}
	if h.logKey, err = h.loadLogKey(); err != nil {
		return err
	}
	if h.embedded != nil && h.cfg.NATSListen == "" && !h.cfg.KeepEvents {
		return nil // nobody could read the derived subjects
	}
	conn := h.conn
	if h.embedded != nil {
		conn = h.embedded.DerivedConn()
	}
	if h.derived, err = ledger.NewDerived(ctx, conn); err != nil && h.embedded == nil {
		return fmt.Errorf("the NATS server at %s: %w; is JetStream on there?", h.place(), err)
	}
	return err
}

// loadLogKey reads DIR/log.key, which is made where nothing was signed yet. Where it is missing though this directory has checkpoints, none is kept: a new
// one would stand in the way of the old.
func (h *Host) loadLogKey() (*keys.Key, error) {
	path := filepath.Join(h.cfg.Dir, "log.key")
	_, err := os.Stat(path)
	signed, _ := filepath.Glob(filepath.Join(h.cfg.Dir, checkpointsDir, "*.txt")) // the pattern is a good one
	if errors.Is(err, fs.ErrNotExist) && len(signed) > 0 {
		h.cfg.Log.Error().Str("file", path).Msg("the key that signed this directory's checkpoints is missing: nothing is signed until it is brought back from a copy")
		return keys.New(keys.Log, "", rand.Reader)
	}
	return keys.Keep(path, keys.Log)
}

func (h *Host) connect() (err error) {
	if h.cfg.NATS == "" {
		h.embedded, err = ledger.StartEmbedded(ledger.EmbeddedConfig{Dir: h.cfg.Dir, Listen: h.cfg.NATSListen})
		if err == nil {
			h.conn = h.embedded.Conn()
		}
		return err
	}
	h.conn, err = h.dial("campaign")
	return err
}

// dial connects to the external server.
func (h *Host) dial(name string) (*nats.Conn, error) {
	options := []nats.Option{nats.Name(name), nats.MaxReconnects(-1)}
	if h.cfg.Credentials != "" {
		options = append(options, nats.UserCredentials(h.cfg.Credentials))
	}
	conn, err := nats.Connect(h.cfg.NATS, options...)
	if err != nil {
		return nil, fmt.Errorf("connect to the NATS server at %s: %w; is it running, with JetStream on?", h.place(), err)
	}
	return conn, nil
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
	h.scrubbing.Wait()
	h.mu.Lock()
	all := h.campaigns
	h.campaigns = nil
	h.mu.Unlock()
	h.closeAll(all)
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

// Trouble is what keeps the directory or NATS from working just now, nil if nothing does.
func (h *Host) Trouble() error {
	if !h.conn.IsConnected() {
		return fmt.Errorf("the NATS server does not answer (%s); nothing can be appended until it does", h.conn.Status())
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
		select {
		case <-o.done:
		default:
			continue
		}
		if o.campaign == nil || o.campaign.Ledger.Broken() != nil {
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

// IDs are the opened campaigns, sorted, and with the embedded server those that this directory has seen and whose log is gone.
func (h *Host) IDs(ctx context.Context) ([]string, error) {
	ids, err := h.streams.Campaigns(ctx)
	if err != nil || h.embedded == nil {
		return ids, err
	}
	ids = append(ids, h.head.Campaigns()...)
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// OpenAll opens every campaign; one that can't be opened is logged and reported by Campaign.
func (h *Host) OpenAll(ctx context.Context) error {
	ids, err := h.IDs(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := h.Campaign(ctx, id); err != nil {
			h.cfg.Log.Error().Err(err).Str("campaign", id).Msg("the campaign can't be opened")
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return nil
}

// Campaign is the campaign id, opened and folded to its end. Errors: ledger.ErrNoCampaign, or why it can't be opened.
func (h *Host) Campaign(ctx context.Context, id string) (*Campaign, error) {
	return h.campaign(ctx, id, func(ctx context.Context) (*ledger.JetStreamStore, error) { return h.streams.Open(ctx, id) })
}

func (h *Host) campaign(ctx context.Context, id string, store func(context.Context) (*ledger.JetStreamStore, error)) (*Campaign, error) {
	if !events.ValidID(id) {
		return nil, h.NoCampaign(id)
	}
	h.mu.Lock()
	if h.campaigns == nil {
		h.mu.Unlock()
		return nil, ledger.ErrClosed
	}
	o, ok := h.campaigns[id]
	if !ok {
		o = &opening{done: make(chan struct{})}
		h.campaigns[id] = o
	}
	h.mu.Unlock()
	if !ok {
		o.campaign, o.err = h.openCampaign(h.work, id, store)
		h.settle(id, o.err)
		close(o.done)
	}
	select {
	case <-o.done:
		return o.campaign, o.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// settle keeps why a campaign can't be opened, for Broken. The next one who asks tries again.
func (h *Host) settle(id string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.failed, id)
	if err == nil {
		return
	}
	delete(h.campaigns, id)
	if !errors.Is(err, ledger.ErrNoCampaign) && h.work.Err() == nil {
		h.failed[id] = err
	}
}

// NoCampaign says that there is no campaign id; it wraps ledger.ErrNoCampaign.
func (h *Host) NoCampaign(id string) error {
	return fmt.Errorf("%w %q here; campaign list shows those there are", ledger.ErrNoCampaign, id)
}

// place names the external NATS servers without their passwords.
func (h *Host) place() string {
	places := strings.Split(h.cfg.NATS, ",")
	for i, p := range places {
		u, err := url.Parse(strings.TrimSpace(p))
		if err != nil {
			places[i] = "(an address that is no URL)"
			continue
		}
		places[i] = u.Redacted()
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
	if !opened {
		return c, false, c.sameRegulation(r)
	}
	return c, true, nil
}

// openingAuthor speaks where an unsigned campaign names no scorer.
const openingAuthor = "import"

// Broken says of each campaign that is read-only, or can't be opened, why.
func (h *Host) Broken() map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	broken := map[string]string{}
	for id, err := range h.failed {
		broken[id] = err.Error()
	}
	for id, o := range h.campaigns {
		select {
		case <-o.done:
		default:
			continue
		}
		if o.campaign == nil {
			continue
		}
		if err := o.campaign.Ledger.Broken(); err != nil {
			broken[id] = err.Error()
		}
	}
	return broken
}
