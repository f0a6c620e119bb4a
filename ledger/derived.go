package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/events"
)

const (
	rankingsBucket = "RANKINGS"
	rankingsStream = "KV_" + rankingsBucket
	// rankingInterval: at most ten rankings a second for each cluster.
	rankingInterval = 100 * time.Millisecond
	// maxDerivedEvents and maxDerivedBytes bound the events that wait to be published; more are missed, as the derived feed may.
	maxDerivedEvents = 100_000
	maxDerivedBytes  = 64 << 20
	headerSeq        = "Seq"
	// eventPrefix, campaign, type and subject make the subject of a derived event.
	eventPrefix = "event."
)

// Derived publishes what other NATS programs may want: each event on event.<campaign>.<type>.<subject or _>, in order, with
// its sequence in the header Seq, and the newest standings on rankings.<campaign>.<cluster> and in the KV bucket RANKINGS
// under <campaign>.<cluster>. It is derived from the log and never the truth: events may be missed or repeated.
type Derived struct {
	nc     *nats.Conn
	js     jetstream.JetStream
	bucket jetstream.KeyValue

	replicas int // of what Keep makes
	tags     []string

	mu       sync.Mutex
	queue    []derivedEvent
	waiting  int             // bytes in queue
	kept     map[string]bool // campaigns whose events Keep publishes
	missed   uint64
	rankings map[string]*ranking // by key
	failure  error               // of the newest ranking

	news    chan struct{} // holds one while events wait
	moved   chan struct{} // holds one while rankings wait
	closing chan struct{}
	running sync.WaitGroup
}

type derivedEvent struct {
	subject string
	seq     events.Seq
	record  events.Record
}

type ranking struct {
	waiting []byte // nil: nothing
	next    time.Time
}

// NewDerived makes the bucket if need be, with this number of replicas (0 stands for 1) on servers that have all tags, as the streams of Keep, and
// starts publishing. The connection stays the caller's.
func NewDerived(ctx context.Context, nc *nats.Conn, replicas int, tags ...string) (*Derived, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("use JetStream: %w", err)
	}
	bucket, err := openRankings(ctx, js, jetstream.KeyValueConfig{
		Bucket:      rankingsBucket,
		Description: "newest standings of each cluster, derived",
		Storage:     jetstream.MemoryStorage,
		Replicas:    replicas,
		Placement:   placement(tags),
	})
	if err != nil {
		return nil, fmt.Errorf("open the bucket %s: %w", rankingsBucket, err)
	}
	d := &Derived{
		nc: nc, js: js, bucket: bucket, replicas: max(replicas, 1), tags: tags,
		kept:     map[string]bool{},
		rankings: map[string]*ranking{},
		news:     make(chan struct{}, 1),
		moved:    make(chan struct{}, 1),
		closing:  make(chan struct{}),
	}
	d.running.Go(d.publishEvents)
	d.running.Go(d.publishRankings)
	return d, nil
}

// openRankings opens the bucket, or makes it; it never updates it.
func openRankings(ctx context.Context, js jetstream.JetStream, cfg jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	bucket, err := js.KeyValue(ctx, cfg.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		bucket, err = js.CreateKeyValue(ctx, cfg)
		if errors.Is(err, jetstream.ErrBucketExists) { // another process was first
			bucket, err = js.KeyValue(ctx, cfg.Bucket)
		}
	}
	return bucket, err
}

// Events queues the events of a commit; it does not block. It fits Config.AfterCommit.
func (d *Derived) Events(list []events.Event) {
	d.mu.Lock()
	for i := range list {
		if d.kept[list[i].Campaign] {
			continue
		}
		if len(d.queue) >= maxDerivedEvents || d.waiting >= maxDerivedBytes {
			d.missed += uint64(len(list) - i)
			break
		}
		d.queue = append(d.queue, derivedEvent{eventSubject(&list[i]), list[i].Seq, list[i].Record})
		d.waiting += len(list[i].Record)
	}
	d.mu.Unlock()
	signal(d.news)
}

func eventSubject(e *events.Event) string {
	about := e.Subject
	if about == "" {
		about = "_"
	}
	return eventPrefix + e.Campaign + "." + string(e.Type()) + "." + about
}

// Ranking queues a cluster's newest standings as JSON; it does not block. Of several within a tenth of a second the newest
// wins; the last is always published. The caller must not change json.
func (d *Derived) Ranking(campaign, cluster string, json []byte) {
	key := campaign + "." + cluster
	d.mu.Lock()
	r := d.rankings[key]
	if r == nil {
		r = &ranking{}
		d.rankings[key] = r
	}
	r.waiting = json
	d.mu.Unlock()
	signal(d.moved)
}

// Missed is the number of events that were not published because too many waited, and the error of the newest ranking.
func (d *Derived) Missed() (events uint64, ranking error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.missed, d.failure
}

// Close publishes what waits and returns when it has.
func (d *Derived) Close() error {
	close(d.closing)
	d.running.Wait()
	if err := d.nc.FlushTimeout(requestTimeout); err != nil {
		return fmt.Errorf("publish the derived events: %w", err)
	}
	return nil
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (d *Derived) publishEvents() {
	for closing := false; ; {
		select {
		case <-d.news:
		case <-d.closing:
			closing = true
		}
		d.mu.Lock()
		queue := d.queue
		d.queue, d.waiting = nil, 0
		d.mu.Unlock()
		for _, e := range queue {
			if err := d.nc.PublishMsg(derivedMessage(e)); err != nil {
				d.mu.Lock()
				d.missed++
				d.mu.Unlock()
			}
		}
		if closing {
			return
		}
	}
}

func (d *Derived) publishRankings() {
	timer := time.NewTimer(rankingInterval)
	defer timer.Stop()
	for {
		select {
		case <-d.moved:
		case <-timer.C:
		case <-d.closing:
			d.publishDue(time.Time{})
			return
		}
		if wait := d.publishDue(time.Now()); wait > 0 {
			timer.Reset(wait)
		}
	}
}

// publishDue publishes the rankings whose time has come by now (all, if now is zero) and returns how long until the next one's
// has, 0 if none waits.
func (d *Derived) publishDue(now time.Time) time.Duration {
	var wait time.Duration
	due := map[string][]byte{}
	d.mu.Lock()
	for key, r := range d.rankings {
		switch {
		case r.waiting == nil:
		case now.IsZero() || !r.next.After(now):
			due[key], r.waiting, r.next = r.waiting, nil, now.Add(rankingInterval)
		default:
			if left := r.next.Sub(now); wait == 0 || left < wait {
				wait = left
			}
		}
	}
	d.mu.Unlock()
	for key, json := range due {
		ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
		_, err := d.bucket.Put(ctx, key, json)
		cancel()
		if publishErr := d.nc.Publish("rankings."+key, json); err == nil {
			err = publishErr
		}
		d.mu.Lock()
		d.failure = err
		d.mu.Unlock()
	}
	return wait
}
