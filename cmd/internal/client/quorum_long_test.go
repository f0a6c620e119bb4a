//go:build long

package client_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/natstest"
	"campaignledger/events"
)

func (p *process) waitReady(want int) string {
	p.t.Helper()
	var body string
	waitFor(p.t, fmt.Sprintf("readyz to answer %d", want), func() error {
		status, text, err := p.readyz()
		body = text
		if err == nil && status != want {
			err = fmt.Errorf("it answers %d: %s", status, text)
		}
		return err
	})
	return body
}

// TestWithoutQuorum: while a cluster has lost its majority a server says so, answers in time and clearly, and stores nothing; when the majority is back it goes on
// by itself, as does one that was started meanwhile.
func TestWithoutQuorum(t *testing.T) {
	t.Parallel()
	cluster := natstest.Start(t, natstest.Config{})
	p := serveProcess(t, t.TempDir(), "--nats", cluster.URLs(), "--replicas", "3")
	p.open()
	leader := cluster.Leader(cluster.JetStream(), "CAMPAIGN_small")
	var gone []*natstest.Node
	for _, n := range cluster.Nodes {
		if n != leader {
			gone = append(gone, n)
		}
	}
	for _, n := range gone {
		n.Kill()
	}
	if body := p.waitReady(http.StatusServiceUnavailable); !strings.Contains(body, "small") && !strings.Contains(body, "NATS server") {
		t.Errorf("readyz says %s", body)
	}
	id := events.NewID().String()
	const most = 45 * time.Second
	began := time.Now()
	_, err := p.client.Append(t.Context(), "small", draft("a", "x", id))
	var answer *client.Error
	if !errors.As(err, &answer) || answer.Code != "unclear" && answer.Code != "store" && answer.Code != "timeout" || time.Since(began) > most {
		t.Errorf("an append after %v: %v", time.Since(began), err)
	}
	if _, err := p.client.Summary(t.Context(), "small", "en"); err == nil {
		t.Error("a read is answered though nobody knows whether it is the newest")
	}
	other := startProcess(t, t.TempDir(), "--nats", cluster.URLs(), "--replicas", "3")
	for _, n := range gone {
		n.Start()
	}
	p.waitReady(http.StatusOK)
	line, err := p.client.Append(t.Context(), "small", draft("a", "x", id)) // the same again: stored once
	if err != nil || parseSeq(t, line).Seq != 2 {
		t.Errorf("the same again: %s, %v", line, err)
	}
	if list := p.events(); len(list) != 2 {
		t.Errorf("%d events", len(list))
	}
	other.waitServing()
	if sum := other.summary(); sum.Seq != 2 {
		t.Errorf("a server that was started meanwhile is at event %d", sum.Seq)
	}
}
