package ledger_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"campaignledger/events"
	"campaignledger/ledger"
)

// TestStuckGuest: a NATS program that takes nothing of the derived subjects is dropped, and slows down neither who appends nor the other guests, who
// miss nothing.
func TestStuckGuest(t *testing.T) {
	t.Parallel()
	const bodies, each, eventBytes = 120, 100, 8 << 10 // 94 MiB, more than the server holds for one guest
	server, err := ledger.StartEmbedded(ledger.EmbeddedConfig{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	derived, err := ledger.NewDerived(t.Context(), server.DerivedConn(), 1)
	if err != nil {
		t.Fatal(err)
	}
	l, _ := openLedger(t, ledger.NewMemory(), exclusive, func(cfg *ledger.Config) { cfg.AfterCommit = derived.Events })
	guest, err := nats.Connect(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guest.Close)
	good, err := guest.SubscribeSync("event.>")
	if err == nil {
		err = good.SetPendingLimits(-1, -1)
	}
	if err == nil {
		err = guest.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	stuck := stuckGuest(t, server.URL())
	var took []time.Duration
	for range bodies {
		body := make([]events.Proposal, each)
		for i := range body {
			body[i] = proposal(t, sized(eventBytes))
		}
		begin := time.Now()
		mustAppend(t, l, body...)
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	if worst := took[len(took)-1]; worst > time.Second {
		t.Errorf("an append took %v while a guest was stuck; the median took %v", worst, took[len(took)/2])
	}
	for seq := 1; seq <= bodies*each; seq++ {
		msg, err := good.NextMsg(patience)
		if err != nil || msg.Header.Get("Seq") != fmt.Sprint(seq) {
			t.Fatalf("the guest who reads has event %s, want %d (%v)", msg.Header.Get("Seq"), seq, err)
		}
	}
	waitFor(t, func() bool { // the guest who does not read is dropped: nobody takes what it writes
		_, err := io.WriteString(stuck, "PING\r\n")
		return err != nil
	})
	if missed, err := derived.Missed(); missed != 0 || err != nil {
		t.Errorf("%d events were not published, %v", missed, err)
	}
	if err := derived.Close(); err != nil {
		t.Error(err)
	}
}

// stuckGuest subscribes to everything and reads no more.
func stuckGuest(t *testing.T, at string) *net.TCPConn {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	socket, ok := conn.(*net.TCPConn)
	if !ok {
		t.Fatalf("a connection of type %T", conn)
	}
	if err := socket.SetReadBuffer(1); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReaderSize(conn, 64<<10)
	if _, err := fmt.Fprint(conn, "CONNECT {\"verbose\":false,\"headers\":true}\r\nSUB event.> 1\r\nPING\r\n"); err != nil {
		t.Fatal(err)
	}
	for line := ""; line != "PONG\r\n"; {
		if line, err = lines.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	return socket
}
