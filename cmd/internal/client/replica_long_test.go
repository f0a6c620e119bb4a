//go:build long

package client_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"campaignledger/cmd/internal/natstest"
	"campaignledger/events"
	"campaignledger/ledger"
)

// TestFlippedReplica: a byte that flipped in one copy of three is nothing to readers, wherever in the cluster their consumers are.
func TestFlippedReplica(t *testing.T) {
	t.Parallel()
	const total, reads = 40, 16
	cluster := natstest.Start(t, natstest.Config{})
	p := serveProcess(t, t.TempDir(), "--nats", cluster.URLs(), "--replicas", "3")
	p.open()
	for n := range total {
		_, err := p.client.Append(t.Context(), "small", draft("a", fmt.Sprintf("scorer-%d", n), events.NewID().String()))
		must(t, err)
	}
	p.kill()
	js := cluster.JetStream()
	leader := cluster.Leader(js, "CAMPAIGN_small")
	for _, n := range cluster.Nodes {
		if n != leader {
			n.Stop()
			flip(t, n, `"scorer-17"`)
			n.Start()
			break
		}
	}
	cluster.WaitReady()
	streams, err := ledger.NewStreams(js.Conn(), ledger.StreamsConfig{Replicas: 3})
	must(t, err)
	for range reads {
		store, err := streams.Open(t.Context(), "small")
		must(t, err)
		next := events.Seq(1)
		for c, err := range store.Read(t.Context(), 0, false) {
			must(t, err)
			if c.First != next {
				t.Fatalf("event %d comes after event %d", c.First, next-1)
			}
			next = c.Last() + 1
		}
		if next != total+2 {
			t.Errorf("%d events were read", next-1)
		}
	}
}

// flip changes a byte of what a stopped node has stored.
func flip(t *testing.T, n *natstest.Node, text string) {
	t.Helper()
	blocks, err := filepath.Glob(filepath.Join(n.Messages("CAMPAIGN_small"), "*.blk"))
	must(t, err)
	for _, block := range blocks {
		content, err := os.ReadFile(block)
		must(t, err)
		if at := bytes.Index(content, []byte(text)); at >= 0 {
			content[at+1] ^= 1
			must(t, os.WriteFile(block, content, 0o600))
			return
		}
	}
	t.Fatalf("%s has no %s in %v", n.Name, text, blocks)
}
