package host_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"campaignledger/cmd/internal/host"
	"campaignledger/ledger"
)

// TestStatus: what is told of a campaign as events come, are signed, and as it breaks.
func TestStatus(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := mustOpen(t, host.Config{Dir: dir, CheckpointInterval: time.Hour})
	c := openCampaign(t, h)
	if err := c.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	one := func(h *host.Host) host.CampaignStatus {
		t.Helper()
		s := h.Status(t.Context(), true)
		if len(s.Campaigns) != 1 || s.Trouble != nil || s.Durability != ledger.DurabilitySynced || !s.NATS.Embedded || !s.NATS.Connected || s.NATS.Streams != nil {
			t.Fatalf("%+v", s)
		}
		return s.Campaigns[0]
	}
	if s := one(h); s.Events != 1 || s.Checkpoint != 1 || !s.Unsigned.IsZero() || time.Since(s.Signed) > time.Minute || !s.Open || s.ReadOnly != "" {
		t.Errorf("%+v", s)
	}
	before := time.Now().Add(-time.Second)
	if _, err := c.Append(t.Context(), entry(t, "a", "x", 1)); err != nil {
		t.Fatal(err)
	}
	if s := one(h); s.Events != 2 || s.Checkpoint != 1 || s.Unsigned.Before(before) || time.Since(s.Unsigned) > time.Minute {
		t.Errorf("with an event that no checkpoint covers: %+v", s)
	}
	if err := c.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	signed := one(h)
	if signed.Checkpoint != 2 || !signed.Unsigned.IsZero() {
		t.Errorf("%+v", signed)
	}
	h.Close()

	h = openHost(t, host.Config{Dir: dir})
	if s := one(h); s.Open || s.ID != "small" {
		t.Errorf("nobody has asked for it: %+v", s)
	}
	c = openCampaign(t, h)
	if s := one(h); s.Checkpoint != 2 || !s.Signed.Equal(s.Newest) {
		t.Errorf("a checkpoint from before: %+v", s)
	}
	if err := h.Pulse(t.Context()); err != nil {
		t.Error(err)
	}
	c.Ledger.Break(errors.New("broken by the test"))
	if s := one(h); !strings.Contains(s.ReadOnly, "broken by the test") {
		t.Errorf("%+v", s)
	}
	if err := h.Pulse(t.Context()); err != nil {
		t.Errorf("a campaign that is read-only needs no restart: %v", err)
	}
}

// TestStatusOutside: an external server is told of by its place, without its password, and its streams; without it there is trouble, told at once.
func TestStatusOutside(t *testing.T) {
	t.Parallel()
	server := external(t)
	h := openHost(t, host.Config{NATS: strings.Replace(server.url, "nats://", "nats://me:secret@", 1)})
	openCampaign(t, h)
	s := h.Status(t.Context(), true)
	if s.NATS.Embedded || !s.NATS.Connected || strings.Contains(s.NATS.Place, "secret") || s.NATS.Server == "" || s.NATS.Streams == nil || s.NATS.Streams.Streams != 1 || s.NATS.Streams.Replicas != 1 ||
		s.NATS.Streams.Leaderless != 0 || s.Trouble != nil {
		t.Errorf("%+v, %+v", s.NATS, s.NATS.Streams)
	}
	server.stop()
	for end := time.Now().Add(20 * time.Second); h.Status(t.Context(), false).NATS.Connected; {
		if time.Now().After(end) {
			t.Fatal("the end of the server goes unnoticed")
		}
	}
	quick, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if s := h.Status(quick, true); s.Trouble == nil || len(s.Campaigns) != 1 || !s.Campaigns[0].Open || quick.Err() != nil {
		t.Errorf("%+v", s)
	}
}
