package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/events"
)

const (
	streamPrefix  = "CAMPAIGN_"
	subjectPrefix = "campaign."
	// maxReplicas is JetStream's own limit.
	maxReplicas = 5
)

// Durability says what an acknowledgement of the server is worth.
type Durability string

// The durabilities.
const (
	// DurabilitySynced: acknowledged events are on disk, synced.
	DurabilitySynced Durability = "synced"
	// DurabilityUnverified: the server's settings can't be read; by default NATS acknowledges before it syncs.
	DurabilityUnverified Durability = "unverified"
)

// StreamsConfig configures Streams.
type StreamsConfig struct {
	Replicas   int      // of new streams; 0 stands for 1
	Tags       []string // that servers must have on which new streams are placed; none: any server
	SyncAlways bool     // the server is known to sync before it acknowledges; true for the embedded one
	// Embedded is the server, if it is one of this process: its disk and its failures are then known. nil: another's.
	Embedded *Embedded
}

// Streams are the campaigns of a NATS server or cluster, one stream each.
type Streams struct {
	js  jetstream.JetStream
	cfg StreamsConfig
}

// NewStreams uses a connection, which stays the caller's.
func NewStreams(nc *nats.Conn, cfg StreamsConfig) (*Streams, error) {
	if cfg.Replicas == 0 {
		cfg.Replicas = 1
	}
	if cfg.Replicas < 1 || cfg.Replicas > maxReplicas {
		return nil, fmt.Errorf("%d replicas: JetStream keeps 1 to %d; 1, 3 or 5 make sense", cfg.Replicas, maxReplicas)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("use JetStream: %w", err)
	}
	return &Streams{js, cfg}, nil
}

// Durability is what an acknowledgement is worth here.
func (s *Streams) Durability() Durability {
	if s.cfg.SyncAlways {
		return DurabilitySynced
	}
	return DurabilityUnverified
}

// Positions are the campaigns that were opened, by id, and of each the stream's newest message, 0 where no server leads it just now. A stream without messages
// is not an opened campaign. It costs a request for each 256 of them.
func (s *Streams) Positions(ctx context.Context) (map[string]uint64, error) {
	positions := map[string]uint64{}
	told := map[string]bool{}
	list := s.js.ListStreams(ctx, jetstream.WithStreamListSubject(subjectPrefix+"*"))
	for info := range list.Info() {
		told[info.Config.Name] = true
		id, ok := strings.CutPrefix(info.Config.Name, streamPrefix)
		if ok && events.ValidID(id) && info.State.LastSeq > 0 {
			positions[id] = info.State.LastSeq
		}
	}
	if err := list.Err(); err != nil {
		return nil, unreachable("list the campaigns", err)
	}
	names := s.js.StreamNames(ctx)
	for name := range names.Name() { // of a stream without a leader there is a name only
		if id, ok := strings.CutPrefix(name, streamPrefix); ok && events.ValidID(id) && !told[name] {
			positions[id] = 0
		}
	}
	if err := names.Err(); err != nil {
		return nil, unreachable("list the campaigns", err)
	}
	return positions, nil
}

// Create makes the stream of a campaign, or opens it if it is there. The first append opens the campaign.
func (s *Streams) Create(ctx context.Context, id string) (*JetStreamStore, error) {
	store, err := s.Open(ctx, id)
	if !errors.Is(err, ErrNoCampaign) {
		return store, err
	}
	if err := s.cfg.Embedded.Room(events.MaxOpeningBytes); err != nil {
		return nil, fmt.Errorf("create the stream of campaign %s: %w", id, err)
	}
	if _, err := openStream(ctx, s.js, s.placed(pinnedConfig(id, s.cfg.Replicas))); err != nil {
		return nil, err
	}
	return s.Open(ctx, id)
}

// Open opens the stream of a campaign. Errors: ErrNoCampaign; a *BrokenError that wraps ErrDrift comes together with a store
// that can be read, so that the log can be shown.
func (s *Streams) Open(ctx context.Context, id string) (*JetStreamStore, error) {
	if !events.ValidID(id) {
		return nil, fmt.Errorf("%q is not a campaign's id; ids are a-z, 0-9 and hyphens, at most 63", id)
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	stream, err := s.js.Stream(ctx, streamPrefix+id)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, fmt.Errorf("campaign %s: %w", id, ErrNoCampaign)
	}
	if err != nil {
		return nil, unreachable("ask for the stream of campaign "+id, err)
	}
	store := &JetStreamStore{js: s.js, embedded: s.cfg.Embedded, stream: stream, id: id, name: streamPrefix + id, subject: subjectPrefix + id}
	return store, store.checkConfig(stream.CachedInfo().Config)
}

// placed is where a new stream goes.
func (s *Streams) placed(cfg jetstream.StreamConfig) jetstream.StreamConfig {
	cfg.Placement = placement(s.cfg.Tags)
	return cfg
}

// StreamName is the stream of a campaign's log.
func StreamName(id string) string { return streamPrefix + id }

// pinnedConfig is what a campaign's stream must look like.
func pinnedConfig(id string, replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:              streamPrefix + id,
		Description:       "Campaign Ledger: only the ledger may publish or subscribe here",
		Subjects:          []string{subjectPrefix + id},
		Retention:         jetstream.LimitsPolicy,
		MaxConsumers:      -1,
		MaxMsgs:           -1,
		MaxBytes:          -1,
		MaxMsgsPerSubject: -1,
		MaxMsgSize:        -1,
		Discard:           jetstream.DiscardNew,
		Storage:           jetstream.FileStorage,
		Replicas:          replicas,
		DenyDelete:        true,
		DenyPurge:         true,
	}
}

// drift names the first setting in which got is not as safe as the pinned one, "" if there is none. Replicas, placement,
// description, metadata and the duplicate window may differ: they erase nothing.
func drift(want, got jetstream.StreamConfig) string {
	settings := []struct {
		name string
		same bool
	}{
		{"subjects", slices.Equal(got.Subjects, want.Subjects)},
		{"retention", got.Retention == want.Retention},
		{"max_msgs", got.MaxMsgs == want.MaxMsgs},
		{"max_bytes", got.MaxBytes == want.MaxBytes},
		{"max_age", got.MaxAge == 0},
		{"max_msgs_per_subject", got.MaxMsgsPerSubject == want.MaxMsgsPerSubject},
		{"max_msg_size", got.MaxMsgSize == want.MaxMsgSize},
		{"discard", got.Discard == want.Discard && !got.DiscardNewPerSubject},
		{"storage", got.Storage == want.Storage},
		{"no_ack", !got.NoAck},
		{"deny_delete", got.DenyDelete},
		{"deny_purge", got.DenyPurge},
		{"sealed", !got.Sealed},
		{"first_seq", got.FirstSeq <= 1},
		{"mirror", got.Mirror == nil && len(got.Sources) == 0},
		{"subject_transform", got.SubjectTransform == nil},
		{"republish", got.RePublish == nil},
		{"allow_direct", !got.AllowDirect && !got.MirrorDirect},
		{"allow_rollup_hdrs", !got.AllowRollup},
		{"allow_msg_ttl", !got.AllowMsgTTL && got.SubjectDeleteMarkerTTL == 0},
		{"allow_msg_counter", !got.AllowMsgCounter},
		{"allow_msg_schedules", !got.AllowMsgSchedules},
		{"allow_atomic", !got.AllowAtomicPublish && !got.AllowBatchPublish},
		{"persist_mode", got.PersistMode == jetstream.DefaultPersistMode},
	}
	for _, setting := range settings {
		if !setting.same {
			return setting.name
		}
	}
	return ""
}
