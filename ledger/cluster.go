package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/events"
)

// A replicated stream is read at its leader. Two things keep a reader from taking what it hears for the log:
//
// A leader that was cut off from the others, or hung, answers as before until it notices, which takes up to ten seconds, while another may lead and
// take events. No replica campaigns within four seconds after it heard from the leader; so a leader is believed only while it has heard
// from most replicas within three. What remains is the moment between a vote for another leader and the old one's learning of it, where both
// reach the voter.
//
// A leader that is new, or a replica that was restarted, may lack for a moment what is stored elsewhere. So a replicated log is called broken only if it
// stays so for a while.
const (
	// leaderFresh is how recently a leader must have heard from a replica for that one to count; three heartbeats.
	leaderFresh = 3 * time.Second
	// confirmTime is how long a replicated log must seem broken to be called so.
	confirmTime = 3 * time.Second
	// confirmPause is the time between two looks.
	confirmPause = 200 * time.Millisecond
)

// isolated says how a leader lacks its majority, "" if it has it or needs none.
func isolated(c *jetstream.ClusterInfo) string {
	if c == nil || len(c.Replicas) == 0 {
		return ""
	}
	heard := 1 // itself
	for _, r := range c.Replicas {
		if r.Active > 0 && r.Active < leaderFresh {
			heard++
		}
	}
	if all := len(c.Replicas) + 1; c.Leader == "" || heard <= all/2 {
		return fmt.Sprintf("of its %d replicas %d are in touch, or none leads", all, heard)
	}
	return ""
}

// askInfo asks a stream's leader for its state, and again while the leader lacks its majority. The stream's not being there is
// jetstream.ErrStreamNotFound; any other error wraps ErrUnreachable, or ErrClosed.
func askInfo(ctx context.Context, stream jetstream.Stream, name string) (*jetstream.StreamInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	for {
		info, err := stream.Info(ctx)
		if err != nil {
			return nil, unreachable("ask for the stream "+name, err)
		}
		why := isolated(info.Cluster)
		if why == "" {
			return info, nil
		}
		select {
		case <-time.After(confirmPause):
		case <-ctx.Done():
			return nil, fmt.Errorf("the stream %s: %s: %w", name, why, ErrUnreachable)
		}
	}
}

// unreachable wraps an error of a request that read something.
func unreachable(what string, err error) error {
	switch {
	case errors.Is(err, nats.ErrConnectionClosed):
		return fmt.Errorf("%s: %w: %w", what, ErrClosed, err)
	case errors.Is(err, jetstream.ErrStreamNotFound), errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", what, err)
	}
	return fmt.Errorf("%s: %w: %w", what, ErrUnreachable, err)
}

// replicated reports whether a stream has copies, as of when its settings were last read.
func replicated(stream jetstream.Stream) bool { return stream.CachedInfo().Config.Replicas > 1 }

// sure looks again, for a while, where a replicated stream seems to be broken.
func sure(ctx context.Context, replicated bool, look func() error) error {
	err := look()
	for end := time.Now().Add(confirmTime); replicated && errors.As(err, new(*BrokenError)) && time.Now().Before(end); err = look() {
		select {
		case <-time.After(confirmPause):
		case <-ctx.Done():
			return fmt.Errorf("%w, while it was looked whether the log is broken: %w", ErrUnreachable, ctx.Err())
		}
	}
	return err
}

// placement is where streams go: on servers that have all these tags; anywhere if there are none.
func placement(tags []string) *jetstream.Placement {
	if len(tags) == 0 {
		return nil
	}
	return &jetstream.Placement{Tags: tags}
}

// openStream opens a stream, or makes it. It never updates one: what is there stays, and the program may lack the right to.
func openStream(ctx context.Context, js jetstream.JetStream, cfg jetstream.StreamConfig) (jetstream.Stream, error) {
	stream, err := js.Stream(ctx, cfg.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = js.CreateStream(ctx, cfg)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another process was first
			stream, err = js.Stream(ctx, cfg.Name)
		}
	}
	var api *jetstream.APIError
	switch {
	case errors.As(err, &api) && api.Code < serverErrors:
		return nil, fmt.Errorf("open the stream %s, or make it with %d replicas: %w", cfg.Name, cfg.Replicas, err)
	case err != nil:
		return nil, unreachable("open the stream "+cfg.Name, err)
	}
	return stream, nil
}

// followPatience is how long Sync waits for the follower, whose consumer may have gone with its server, before the tail is read.
const followPatience = 100 * time.Millisecond

// catchUpTo returns once event last is applied here.
func (l *Ledger) catchUpTo(ctx context.Context, last events.Seq) error {
	moment, cancel := context.WithTimeout(ctx, followPatience)
	err := l.tail.wait(moment, last, l.stopped)
	cancel()
	if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		return err
	}
	select {
	case l.nudge <- struct{}{}:
	default:
	}
	return l.tail.wait(ctx, last, l.stopped)
}

// heard keeps what became of the newest request to the store, for Trouble.
func (l *Ledger) heard(err error) {
	switch {
	case err == nil || errors.As(err, new(*BrokenError)):
		if l.trouble.Load() != nil {
			l.trouble.Store(nil)
		}
	case !errors.Is(err, context.Canceled):
		l.trouble.Store(&err)
	}
}

// Trouble is why the store could not be reached when it was last asked; nil if it could.
func (l *Ledger) Trouble() error {
	if err := l.trouble.Load(); err != nil {
		return *err
	}
	return nil
}
