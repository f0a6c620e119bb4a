package client_test

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"campaignledger/events"
)

// externalNATS runs a NATS server as an operator does, and returns its URL.
func externalNATS(t *testing.T) string {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(),
		NoSigs: true, NoLog: true, SyncAlways: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(s.WaitForShutdown)
	t.Cleanup(s.Shutdown)
	const patience = 20 * time.Second
	if !s.ReadyForConnections(patience) {
		t.Fatal("the NATS server did not start")
	}
	return s.ClientURL()
}

// TestTwoServersOneNATS: two real servers on one NATS, one killed and started again: both append, one imports, each reads at once what
// the other acknowledged, and nothing is lost or doubled.
func TestTwoServersOneNATS(t *testing.T) {
	t.Parallel()
	const writers, each, rows = 3, 20, 2500
	nats := externalNATS(t)
	second := t.TempDir()
	servers := []*process{serveProcess(t, t.TempDir(), "--nats", nats), serveProcess(t, second, "--nats", nats)}
	servers[0].open()
	for _, p := range servers {
		if sum := p.summary(); sum.Durability != "unverified" || !strings.Contains(p.log.String(), "durability unverified") {
			t.Errorf("durability %s; the log:\n%s", sum.Durability, p.log)
		}
	}
	acknowledged := map[string]events.Seq{}
	var mu sync.Mutex
	var running sync.WaitGroup
	for i, p := range servers {
		for w := range writers {
			running.Go(func() {
				for n := range each {
					scorer := fmt.Sprintf("s%d-w%d-%d", i, w, n)
					line, err := p.client.Append(t.Context(), "small", draft("a", scorer, events.NewID().String()))
					if err != nil {
						t.Error(err)
						return
					}
					seq := parseSeq(t, line).Seq
					if other, err := servers[1-i].client.Summary(t.Context(), "small", "en"); err != nil || other.Seq < seq {
						t.Errorf("the other server is at %d after event %d (%v)", other.Seq, seq, err)
					}
					mu.Lock()
					acknowledged[scorer] = seq
					mu.Unlock()
				}
			})
		}
	}
	running.Go(func() {
		if _, err := servers[0].client.Import(t.Context(), "small", url.Values{"name": {"x.csv"}}, table(rows), func(int, int) {}); err != nil {
			t.Error(err)
		}
	})
	running.Wait()
	servers[1].kill()
	servers[1] = serveProcess(t, second, "--nats", nats)
	one, two := servers[0].events(), servers[1].events()
	if len(one) != 2+rows+len(acknowledged) || len(two) != len(one) || len(acknowledged) != 2*writers*each {
		t.Errorf("%d and %d events, %d acknowledged", len(one), len(two), len(acknowledged))
	}
	for i, e := range one {
		if string(e.Record) != string(two[i].Record) || e.Recorded != two[i].Recorded || e.Seq != events.Seq(i+1) {
			t.Fatalf("event %d differs", e.Seq)
		}
		_, rest, _ := strings.Cut(string(e.Record), `"scorer":"`)
		scorer, _, _ := strings.Cut(rest, `"`)
		if seq, ok := acknowledged[scorer]; ok && seq != e.Seq {
			t.Errorf("%s at %d was acknowledged as %d", scorer, e.Seq, seq)
		}
	}
	if a, b := standings(t, servers[0].client), standings(t, servers[1].client); a != b {
		t.Errorf("one shows\n%s\nthe other\n%s", a, b)
	}
}
