package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/events"
	"campaignledger/ledger"
)

func TestDerivedEvents(t *testing.T) {
	t.Parallel()
	server := startServer(t, t.TempDir())
	derived, err := ledger.NewDerived(t.Context(), server.Conn(), 1)
	if err != nil {
		t.Fatal(err)
	}
	sub, err := server.Conn().SubscribeSync("event." + campaign + ".>")
	if err != nil {
		t.Fatal(err)
	}
	l, _ := openLedger(t, createStore(t, server), exclusive, func(cfg *ledger.Config) { cfg.AfterCommit = derived.Events })
	closing := score("")
	closing.Subject, closing.Payload = "", &events.CampaignClosed{}
	receipts := mustAppend(t, l, proposal(t, score("a")), proposal(t, closing))
	for i, subject := range []string{"score.entered.cao-bang", "campaign.closed._"} {
		msg, err := sub.NextMsg(patience)
		if err != nil {
			t.Fatal(err)
		}
		if msg.Subject != "event."+campaign+"."+subject || string(msg.Data) != string(receipts[i].Record) ||
			msg.Header.Get("Seq") != fmt.Sprint(receipts[i].Seq) {
			t.Errorf("message %d: %s %v", i, msg.Subject, msg.Header)
		}
	}
	if err := derived.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDerivedRankings(t *testing.T) {
	t.Parallel()
	const updates = 1000
	server := startServer(t, t.TempDir())
	derived, err := ledger.NewDerived(t.Context(), server.Conn(), 1)
	if err != nil {
		t.Fatal(err)
	}
	sub, err := server.Conn().SubscribeSync("rankings.>")
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	for i := range updates {
		derived.Ranking(campaign, "cum2", fmt.Append(nil, i+1))
	}
	for {
		msg, err := sub.NextMsg(patience)
		if err != nil {
			t.Fatal(err)
		}
		if msg.Subject != "rankings."+campaign+".cum2" {
			t.Errorf("subject %s", msg.Subject)
		}
		if string(msg.Data) == fmt.Sprint(updates) {
			break
		}
	}
	derived.Ranking(campaign, "cum2", []byte("last"))
	if err := derived.Close(); err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(server.Conn())
	if err != nil {
		t.Fatal(err)
	}
	bucket, err := js.KeyValue(t.Context(), "RANKINGS")
	if err != nil {
		t.Fatal(err)
	}
	entry, err := bucket.Get(t.Context(), campaign+".cum2")
	if err != nil || string(entry.Value()) != "last" {
		t.Fatalf("%v, %v", entry, err)
	}
	if most := uint64(time.Since(begun)/(100*time.Millisecond)) + 3; entry.Revision() > most {
		t.Errorf("%d rankings were published, at most %d may be", entry.Revision(), most)
	}
}

// TestListen: who connects to an embedded server's port may read what is derived and nothing else.
func TestListen(t *testing.T) {
	t.Parallel()
	server, err := ledger.StartEmbedded(ledger.EmbeddedConfig{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	derived, err := ledger.NewDerived(t.Context(), server.DerivedConn(), 1)
	if err != nil {
		t.Fatal(err)
	}
	l, _ := openLedger(t, createStore(t, server), exclusive, func(cfg *ledger.Config) { cfg.AfterCommit = derived.Events })
	guest, err := nats.Connect(server.URL(), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	defer guest.Close()
	sub, err := guest.SubscribeSync("event.>")
	if err != nil {
		t.Fatal(err)
	}
	spy, err := guest.SubscribeSync("campaign.>")
	if err != nil {
		t.Fatal(err)
	}
	if err := guest.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, subject := range []string{"campaign." + campaign, "$JS.API.STREAM.DELETE.CAMPAIGN_" + campaign} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if _, err := guest.RequestWithContext(ctx, subject, []byte("hello")); err == nil {
			t.Errorf("a guest was answered on %s", subject)
		}
		cancel()
	}
	mustAppend(t, l, proposal(t, score("a")))
	if _, err := sub.NextMsg(patience); err != nil {
		t.Errorf("a guest sees no events: %v", err)
	}
	if _, err := spy.NextMsg(time.Millisecond); err == nil {
		t.Error("a guest sees the ledger's own subject")
	}
	if js, err := jetstream.New(guest); err != nil {
		t.Error(err)
	} else if _, err := js.KeyValue(t.Context(), "RANKINGS"); err != nil {
		t.Errorf("a guest can't read the rankings: %v", err)
	}
	expectKeptForGuests(t, guest, derived, l)
	expectServiceForGuests(t, server, guest)
	if err := derived.Close(); err != nil {
		t.Fatal(err)
	}
}

// expectServiceForGuests: guests send requests to the program's service and find it, and neither hear what others ask nor answer for it.
func expectServiceForGuests(t *testing.T, server *ledger.Embedded, guest *nats.Conn) {
	t.Helper()
	service, err := server.ServiceConn()
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	asked := []string{ledger.ServiceSubject(campaign, ledger.ServiceAppend), ledger.ServiceSubject(campaign, ledger.ServiceStandings), "$SRV.PING", "$SRV.INFO.campaign-ledger"}
	refused := []string{"ledger", "ledger." + campaign, "ledger." + campaign + ".erase", "ledger." + campaign + ".append.x", "$SYS.REQ.SERVER.PING",
		"event." + campaign + ".score.entered.a", "rankings." + campaign + ".cum2", "$KV.RANKINGS." + campaign + ".cum2", "_INBOX.x"}
	for _, subject := range append(slices.Clone(asked), refused...) {
		if _, err := service.Subscribe(subject, func(m *nats.Msg) { _ = m.Respond([]byte("here")) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := service.Flush(); err != nil {
		t.Fatal(err)
	}
	spy, err := nats.Connect(server.URL(), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	defer spy.Close()
	var heard []*nats.Subscription
	for _, subject := range []string{"ledger.>", "$SRV.>", "*.*.append", ">"} {
		sub, err := spy.SubscribeSync(subject)
		if err != nil {
			t.Fatal(err)
		}
		heard = append(heard, sub)
	}
	if err := spy.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, subject := range asked {
		if m, err := guest.Request(subject, nil, patience); err != nil || string(m.Data) != "here" {
			t.Errorf("a guest is not answered on %s: %v", subject, err)
		}
	}
	for _, subject := range refused {
		if _, err := guest.Request(subject, nil, 50*time.Millisecond); err == nil {
			t.Errorf("a guest was answered on %s", subject)
		}
	}
	for _, sub := range heard {
		if m, err := sub.NextMsg(time.Millisecond); err == nil {
			t.Errorf("a guest hears what another asks on %s", m.Subject)
		}
	}
}

// expectKeptForGuests: guests read a kept stream, and can neither look at the log's own stream nor make the server's answers go there.
func expectKeptForGuests(t *testing.T, guest *nats.Conn, derived *ledger.Derived, l *ledger.Ledger) {
	t.Helper()
	js, err := jetstream.New(guest)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- derived.Keep(ctx, l, allPublic) }()
	expectKept(t, guest, 1)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if stream, err := js.Stream(t.Context(), "CAMPAIGN_"+campaign); err == nil {
		t.Errorf("a guest sees %s", stream.CachedInfo().Config.Name)
	}
	if err := guest.PublishRequest("$JS.API.INFO", "campaign."+campaign, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := guest.Request("$JS.API.INFO", nil, patience); err != nil { // answered after the one before
		t.Fatal(err)
	}
	mustAppend(t, l, proposal(t, score("after")))
	for _, err := range l.ReadCommits(t.Context(), 0, false) {
		if err != nil {
			t.Errorf("a guest's request broke the log: %v", err)
		}
	}
}

func TestCampaigns(t *testing.T) {
	t.Parallel()
	server := startServer(t, t.TempDir())
	streams := newStreams(t, server)
	if _, err := streams.Open(t.Context(), campaign); !errors.Is(err, ledger.ErrNoCampaign) {
		t.Errorf("open what is not there: %v", err)
	}
	for _, id := range []string{"b", "a", "unopened"} {
		store, err := streams.Create(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if id == "unopened" {
			continue
		}
		c := ledger.NewCommit(1, testTime(), []events.Record{events.Record("{}")})
		if err := store.Append(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	positions, err := streams.Positions(t.Context())
	if err != nil || fmt.Sprint(positions) != "map[a:1 b:1]" {
		t.Errorf("campaigns %v, %v", positions, err)
	}
	if _, err := streams.Create(t.Context(), "Not An Id"); err == nil {
		t.Error("a campaign without a proper id was made")
	}
	if streams.Durability() != ledger.DurabilitySynced {
		t.Error("the embedded server is not known to sync")
	}
}
