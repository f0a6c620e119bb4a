package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/events"
)

// KeptStream is the stream that Keep makes for a campaign.
func KeptStream(campaign string) string { return keptPrefix + campaign }

// keptPrefix and the campaign's id name the stream that keeps derived events.
const keptPrefix = "EVENTS_"

// Keep puts the campaign's derived events into the stream EVENTS_<id>, where message n is event n, from where the stream ends, until
// ctx is done or the ledger ends. The stream is derived: it is not synced event by event and can be deleted and made again. Every
// publisher of derived events, of this process or another, states its expected sequence, so that the stream takes each once. Before each
// event it waits for public, which returns when everybody may see it.
func (d *Derived) Keep(ctx context.Context, l *Ledger, public func(context.Context, events.Seq) error) error {
	d.mu.Lock()
	d.kept[l.Campaign()] = true // Events leaves them to Keep
	d.mu.Unlock()
	cfg := jetstream.StreamConfig{
		Name:        KeptStream(l.Campaign()),
		Description: "derived events of a campaign, one a message; not the truth",
		Subjects:    []string{eventPrefix + l.Campaign() + ".>"},
		Storage:     jetstream.FileStorage,
		Replicas:    d.replicas,
		Placement:   placement(d.tags),
	}
	if d.replicas == 1 { // JetStream has it for these only
		cfg.PersistMode = jetstream.AsyncPersistMode
	}
	stream, err := openStream(ctx, d.js, cfg)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		info, err := stream.Info(ctx)
		if err != nil {
			return fmt.Errorf("ask for the stream %s%s: %w", keptPrefix, l.Campaign(), err)
		}
		if err := d.keepFrom(ctx, l, events.Seq(info.State.LastSeq), public); err != nil {
			return err
		}
	}
	return nil
}

// keepFrom publishes the events after event after as they come. It returns nil when another publisher was faster or ctx is done.
func (d *Derived) keepFrom(ctx context.Context, l *Ledger, after events.Seq, public func(context.Context, events.Seq) error) error {
	decoder := events.NewDecoder()
	for stored, err := range l.Records(ctx, after, true) {
		if err != nil {
			return err
		}
		if err := public(ctx, stored.Seq); err != nil {
			return err
		}
		draft, err := decoder.Decode(stored.Record)
		if err != nil {
			return fmt.Errorf("event %d: %w", stored.Seq, err)
		}
		msg := derivedMessage(derivedEvent{eventSubject(&events.Event{Draft: draft}), stored.Seq, stored.Record})
		if _, err := d.js.PublishMsg(ctx, msg); err != nil {
			if err = classify(err); ctx.Err() != nil || errors.Is(err, ErrConflict) || errors.Is(err, ErrUnclear) {
				return nil // the stream's end tells
			}
			return fmt.Errorf("keep event %d: %w", stored.Seq, err)
		}
	}
	return nil
}

func derivedMessage(e derivedEvent) *nats.Msg {
	return &nats.Msg{Subject: e.subject, Data: e.record, Header: nats.Header{
		headerSeq:                       {strconv.FormatUint(uint64(e.seq), 10)},
		jetstream.ExpectedLastSeqHeader: {strconv.FormatUint(uint64(e.seq-1), 10)}, // for EVENTS_<id>, if it is kept
	}}
}
