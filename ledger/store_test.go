package ledger_test

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go"

	"campaignledger/ledger"
	"campaignledger/ledger/storetest"
)

func TestMemoryConforms(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) storetest.Harness {
		m := ledger.NewMemory()
		return storetest.Harness{
			Store:  m,
			Reopen: func(*testing.T) ledger.Store { return m },
			Stray: func(_ *testing.T, first, recorded string, data []byte) {
				m.Stray(first, recorded, data)
			},
		}
	})
}

func TestJetStreamConforms(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		server := startServer(t, t.TempDir())
		return storetest.Harness{
			Store: createStore(t, server),
			Reopen: func(t *testing.T) ledger.Store {
				store, err := newStreams(t, server).Open(t.Context(), campaign)
				if err != nil {
					t.Fatal(err)
				}
				return store
			},
			Stray: func(t *testing.T, first, recorded string, data []byte) {
				publishStray(t, server.Conn(), first, recorded, data)
			},
		}
	})
}

func startServer(tb testing.TB, dir string) *ledger.Embedded {
	tb.Helper()
	server, err := ledger.StartEmbedded(ledger.EmbeddedConfig{Dir: dir})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(server.Close)
	return server
}

func newStreams(tb testing.TB, server *ledger.Embedded) *ledger.Streams {
	tb.Helper()
	streams, err := ledger.NewStreams(server.Conn(), ledger.StreamsConfig{SyncAlways: true})
	if err != nil {
		tb.Fatal(err)
	}
	return streams
}

func createStore(tb testing.TB, server *ledger.Embedded) *ledger.JetStreamStore {
	tb.Helper()
	store, err := newStreams(tb, server).Create(context.Background(), campaign)
	if err != nil {
		tb.Fatal(err)
	}
	return store
}

// publishStray publishes as someone who is not the ledger would.
func publishStray(tb testing.TB, nc *nats.Conn, first, recorded string, data []byte) {
	tb.Helper()
	msg := nats.NewMsg("campaign." + campaign)
	msg.Data = data
	if first != "" {
		msg.Header["First-Seq"] = []string{first}
	}
	if recorded != "" {
		msg.Header["Recorded"] = []string{recorded}
	}
	if _, err := nc.RequestMsgWithContext(context.Background(), msg); err != nil {
		tb.Fatal(err)
	}
}
