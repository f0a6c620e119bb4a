package host_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/scores"
	"campaignledger/events"
	"campaignledger/projections"
)

// regulation: on leaf I any number of scorers count, on leaf S one.
const regulation = `id: small
title: Small
period: {start: 2017-01-01, end: 2017-12-31, zone: Asia/Ho_Chi_Minh}
levels: [{id: score, scorers: any}]
criteria:
  default:
    items:
      - {id: I, title: one, method: graded, max: 1000, aggregate: {method: sum}}
      - {id: S, title: two, method: graded, max: 100}
clusters:
  - {id: c, criteria: default, lead: a, units: [{id: a}, {id: b}, {id: d}]}
`

// openHost opens a host; it closes with the test.
func openHost(t *testing.T, cfg host.Config) *host.Host {
	t.Helper()
	h := mustOpen(t, cfg)
	t.Cleanup(h.Close)
	return h
}

func mustOpen(t *testing.T, cfg host.Config) *host.Host {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	cfg.Log = zerolog.Nop()
	if cfg.SnapshotEvents == 0 {
		cfg.SnapshotEvents = 1 // nothing that holds for a log that is read whole may fail for one that is not
	}
	h, err := host.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func openCampaign(t *testing.T, h *host.Host) *host.Campaign {
	t.Helper()
	c, _, err := h.OpenCampaign(t.Context(), "small.yaml", []byte(regulation))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// entry is a draft on leaf I.
func entry(t *testing.T, unit, scorer string, points int) events.Proposal {
	t.Helper()
	return parse(t, fmt.Sprintf(`{"type":"score.entered","subject":%q,"data":{"cluster":"c","criterion":"I","level":"score","scorer":%q,"points":"%d"}}`, unit, scorer, points))
}

func parse(t *testing.T, line string) events.Proposal {
	t.Helper()
	p, err := events.ParseProposal([]byte(line), "small")
	if err != nil {
		t.Error(err)
	}
	if p.ID == [16]byte{} {
		p.ID = events.NewID()
	}
	return p
}

// file is a score file of n good rows whose scorers start with name.
func file(t *testing.T, name string, n int) *scores.File {
	t.Helper()
	var b strings.Builder
	b.WriteString("cluster,unit,criterion,level,scorer,points\n")
	for i := range n {
		fmt.Fprintf(&b, "c,%s,I,score,%s%d,%d\n", string("abd"[i%3]), name, i, i%7)
	}
	f, err := scores.Read(name+".csv", []byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// externalNATS is a NATS server as an operator runs it.
type externalNATS struct {
	url  string
	js   jetstream.JetStream
	stop func() // as often as one likes
}

func external(t *testing.T) externalNATS {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(),
		NoSigs: true, NoLog: true, SyncAlways: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	const patience = 20 * time.Second
	if !s.ReadyForConnections(patience) {
		t.Fatal("the NATS server did not start")
	}
	t.Cleanup(s.WaitForShutdown)
	t.Cleanup(s.Shutdown)
	nc, err := nats.Connect(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return externalNATS{s.ClientURL(), js, s.Shutdown}
}

// standingsOf are the standings as everybody sees them.
func standingsOf(t *testing.T, c *host.Campaign) projections.Standings {
	t.Helper()
	s, err := c.Standings(t.Context(), host.Reader{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
