package host_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/events"
	"campaignledger/ledger"
)

func TestTwoHostsOnOneDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := mustOpen(t, host.Config{Dir: dir})
	_, err := host.Open(t.Context(), host.Config{Dir: dir, Log: zerolog.Nop()})
	if !errors.Is(err, ledger.ErrLocked) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "--data") {
		t.Errorf("a second host: %v", err)
	}
	first.Close()
	openHost(t, host.Config{Dir: dir})
}

// TestOpenFails: what can't start says why and what to do, and gives the directory free.
func TestOpenFails(t *testing.T) {
	t.Parallel()
	plain, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	plain.Start()
	t.Cleanup(plain.WaitForShutdown)
	t.Cleanup(plain.Shutdown)
	if !plain.ReadyForConnections(20 * time.Second) {
		t.Fatal("the NATS server did not start")
	}
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, "head"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	occupied := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(occupied, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, cfg := range map[string]host.Config{
		"is it running":   {NATS: "nats://127.0.0.1:1"},
		"is JetStream on": {NATS: plain.ClientURL()},
		"nonsense":        {NATS: "http://nonsense"},
		"guards against":  {Dir: damaged},
		"--data":          {Dir: occupied},
		"replicas":        {NATS: plain.ClientURL(), Replicas: 9},
		"no such file":    {NATS: plain.ClientURL(), Credentials: "nowhere.creds"},
		"write it like":   {NATSListen: "nowhere"},
	} {
		if cfg.Dir == "" {
			cfg.Dir = t.TempDir()
		}
		cfg.Log = zerolog.Nop()
		_, err := host.Open(t.Context(), cfg)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v; want %q", cfg, err, want)
		}
		if cfg.Dir == occupied {
			continue
		}
		lock, err := ledger.LockDir(cfg.Dir)
		if err != nil {
			t.Errorf("%q: %v", want, err)
			continue
		}
		if err := lock.Unlock(); err != nil {
			t.Error(err)
		}
	}
}

// TestOpenCampaignRace: many open the same campaign at once, beside readers that ask for it; one opens it.
func TestOpenCampaignRace(t *testing.T) {
	t.Parallel()
	server := external(t)
	hosts := []*host.Host{openHost(t, host.Config{NATS: server.url}), openHost(t, host.Config{NATS: server.url}), openHost(t, host.Config{})}
	for _, h := range hosts[2:] { // the embedded one alone, then the two on one NATS together
		race(t, []*host.Host{h})
	}
	race(t, hosts[:2])
}

func race(t *testing.T, hosts []*host.Host) {
	t.Helper()
	const each = 8
	var mu sync.Mutex
	opened := 0
	var running sync.WaitGroup
	for _, h := range hosts {
		for range each {
			running.Go(func() {
				c, first, err := h.OpenCampaign(t.Context(), "small.yaml", []byte(regulation))
				if err != nil {
					t.Error(err)
					return
				}
				if sum := c.Summary(); sum.Regulation == nil || sum.Seq != 1 {
					t.Errorf("opened, but at event %d", sum.Seq)
				}
				mu.Lock()
				defer mu.Unlock()
				if first {
					opened++
				}
			})
			running.Go(func() {
				if _, err := h.Campaign(t.Context(), "small"); err != nil && !errors.Is(err, ledger.ErrNoCampaign) {
					t.Error(err)
				}
			})
		}
	}
	running.Wait()
	if opened != 1 {
		t.Errorf("%d opened it", opened)
	}
	for _, h := range hosts {
		if _, _, err := h.OpenCampaign(t.Context(), "small.yaml", []byte(strings.Replace(regulation, "max: 100}", "max: 90}", 1))); !errors.Is(err, host.ErrOtherRegulation) {
			t.Errorf("another regulation: %v", err)
		}
	}
}

// TestUnopenedStream: a process died after it made the stream and before it opened the campaign.
func TestUnopenedStream(t *testing.T) {
	t.Parallel()
	server := external(t)
	streams, err := ledger.NewStreams(server.js.Conn(), ledger.StreamsConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := streams.Create(t.Context(), "small"); err != nil {
		t.Fatal(err)
	}
	one, two := openHost(t, host.Config{NATS: server.url}), openHost(t, host.Config{NATS: server.url})
	if ids, err := one.IDs(t.Context()); err != nil || len(ids) != 0 {
		t.Errorf("campaigns %v, %v", ids, err)
	}
	if err := one.ExamineLogs(t.Context()); err != nil || len(one.Broken()) != 0 {
		t.Errorf("%v, %v", err, one.Broken())
	}
	if c, err := two.Campaign(t.Context(), "small"); err != nil || c.Summary().Regulation != nil {
		t.Errorf("the campaign that is not open: %v", err)
	}
	openCampaign(t, one)
	c, opened, err := two.OpenCampaign(t.Context(), "small.yaml", []byte(regulation))
	if err != nil || opened || c.Summary().Seq != 1 {
		t.Errorf("opened by another process: %v, %v", opened, err)
	}
}

// TestOtherProcessesCampaign: what one process opens, the other lists and reads, and Broken says what it can't open.
func TestOtherProcessesCampaign(t *testing.T) {
	t.Parallel()
	server := external(t)
	one, two := openHost(t, host.Config{NATS: server.url}), openHost(t, host.Config{NATS: server.url})
	if _, err := two.Campaign(t.Context(), "small"); !errors.Is(err, ledger.ErrNoCampaign) {
		t.Errorf("before: %v", err)
	}
	c := openCampaign(t, one)
	if _, err := c.Append(t.Context(), entry(t, "a", "x", 5)); err != nil {
		t.Fatal(err)
	}
	if ids, err := two.IDs(t.Context()); err != nil || len(ids) != 1 || ids[0] != "small" {
		t.Errorf("campaigns %v, %v", ids, err)
	}
	other, err := two.Campaign(t.Context(), "small")
	if err != nil || other.Summary().Seq != 2 {
		t.Fatalf("%v", err)
	}
	if one.Durability() != ledger.DurabilityUnverified {
		t.Errorf("durability %s", one.Durability())
	}
	// A stream without what the ledger needs is no campaign; one that goes away under the ledger is a rollback.
	if err := server.js.DeleteStream(t.Context(), "CAMPAIGN_small"); err != nil {
		t.Fatal(err)
	}
	if err := other.Sync(t.Context()); !errors.Is(err, ledger.ErrRollback) {
		t.Errorf("after the stream was deleted: %v", err)
	}
	if _, err := other.Append(t.Context(), entry(t, "a", "y", 5)); err == nil {
		t.Error("an append to a deleted stream is acknowledged")
	}
	if _, err := server.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "CAMPAIGN_memory", Subjects: []string{"campaign.memory"}, Storage: jetstream.MemoryStorage}); err != nil {
		t.Fatal(err)
	}
	if _, err := server.js.Publish(t.Context(), "campaign.memory", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := two.ExamineLogs(t.Context()); err != nil {
		t.Fatal(err)
	}
	if broken := two.Broken(); !strings.Contains(broken["memory"], "read-only") {
		t.Errorf("broken: %v", broken)
	}
}

// TestCloseUnderWay: closing while campaigns are opened and files imported ends in time, and leaves no goroutine.
func TestCloseUnderWay(t *testing.T) { // not parallel: it counts goroutines
	before := runtime.NumGoroutine()
	for range 3 {
		h := mustOpen(t, host.Config{})
		c, f := openCampaign(t, h), file(t, "n", 20_000)
		var running sync.WaitGroup
		started := make(chan struct{})
		var once sync.Once
		running.Go(func() {
			_, err := c.Import(context.Background(), f,
				host.ImportOptions{Progress: func(int, int) { once.Do(func() { close(started) }) }})
			once.Do(func() { close(started) })
			if err != nil && !errors.Is(err, ledger.ErrClosed) {
				t.Errorf("import: %v", err)
			}
		})
		for range 4 {
			running.Go(func() {
				_, _, err := h.OpenCampaign(context.Background(), "other.yaml", []byte(strings.Replace(regulation, "id: small", "id: other", 1)))
				if err != nil && !errors.Is(err, ledger.ErrClosed) && !errors.Is(err, context.Canceled) {
					t.Errorf("open: %v", err)
				}
			})
		}
		<-started
		h.Close()
		running.Wait()
		if _, err := h.Campaign(context.Background(), "small"); !errors.Is(err, ledger.ErrClosed) {
			t.Errorf("a campaign of a closed host: %v", err)
		}
	}
	const patience = 10 * time.Second
	for end := time.Now().Add(patience); runtime.NumGoroutine() > before; <-time.After(10 * time.Millisecond) {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, before %d\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// TestCancelledImportInQueue: an import that waits behind another and whose client goes away ends at once.
func TestCancelledImportInQueue(t *testing.T) {
	t.Parallel()
	c := openCampaign(t, openHost(t, host.Config{}))
	var running sync.WaitGroup
	for i := range 4 {
		f := file(t, string(rune('e'+i)), 10_000)
		running.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			if i > 0 {
				time.AfterFunc(time.Duration(i)*20*time.Millisecond, cancel)
			}
			defer cancel()
			_, err := c.Import(ctx, f, host.ImportOptions{})
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if last, _ := c.Ledger.Last(); last < events.Seq(1) {
		t.Errorf("at event %d", last)
	}
}
