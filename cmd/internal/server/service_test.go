package server_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

// natsPatience is how long a request may take.
const natsPatience = 20 * time.Second

// offered is a guest who reaches the service of a host.
type offered struct {
	t     *testing.T
	guest *nats.Conn
}

// offer offers a host's service and connects a guest to url.
func offer(t *testing.T, h *host.Host, url string) *offered {
	t.Helper()
	conn, err := h.ServiceConn()
	if err != nil {
		t.Fatal(err)
	}
	service, err := (&server.Server{Host: h, Log: zerolog.Nop(), Version: "v1.2.3-0.20170101"}).OfferService(conn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Close)
	guest, err := nats.Connect(url, nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guest.Close)
	return &offered{t, guest}
}

// ask is a request's answer: its body, and the problem's code, "" of a good one.
func (o *offered) ask(subject, body string) (answer, code string) {
	o.t.Helper()
	m, err := o.guest.Request(subject, []byte(body), natsPatience)
	if err != nil {
		o.t.Fatalf("%s: %v", subject, err)
	}
	request := m.Header.Get("X-Request-Id")
	if len(request) < 20 {
		o.t.Errorf("%s: the request is %q", subject, request)
	}
	code = m.Header.Get(micro.ErrorCodeHeader)
	if code == "" {
		return string(m.Data), ""
	}
	var p problem
	if err := json.Unmarshal(m.Data, &p); err != nil || p.Code != code || p.Request != request || p.Detail == "" || p.Title != http.StatusText(p.Status) || p.Title != m.Header.Get(micro.ErrorHeader) ||
		m.Header.Get("Content-Type") != "application/problem+json" {
		o.t.Errorf("%s: %s %v (%v)", subject, m.Data, m.Header, err)
	}
	return maskRequest.ReplaceAllString(string(m.Data), ""), code
}

func openToGuests(t *testing.T) *host.Host {
	t.Helper()
	return openHost(t, host.Config{NATSListen: "127.0.0.1:0"})
}

// TestService: what is appended over NATS is in the log, and the standings are those of HTTP.
func TestService(t *testing.T) {
	t.Parallel()
	h := openToGuests(t)
	s := serve(t, h)
	s.open()
	o := offer(t, h, h.NATSURL())
	got, code := o.ask("ledger.small.append", draft("a", "x", 5)+"\n"+draft("b", "y", 7))
	if code != "" || got != strings.Join(strings.SplitAfter(s.do(http.MethodGet, eventsPath, "").Body, "\n")[1:], "") {
		t.Errorf("append: %s", got)
	}
	for body, query := range map[string]string{"": "", "{}": "", `{"cluster":"c","lang":"en","detail":"none"}`: "?cluster=c&lang=en&detail=none", `{"as_of":2}`: "?as_of=2",
		`{"as_of":"2099-01-01"}`: "?as_of=2099-01-01"} {
		if got, code := o.ask("ledger.small.standings", body); code != "" || got != s.do(http.MethodGet, base+"/small/standings"+query, "").Body {
			t.Errorf("standings %s: %s", body, got)
		}
	}
	for _, test := range []struct{ subject, body, code string }{
		{"ledger.none.append", draft("a", "z", 5), "no-campaign"},
		{"ledger.BAD.standings", "", "no-campaign"},
		{"ledger.small.append", "", "bad-request"},
		{"ledger.small.append", "{", "format"},
		{"ledger.small.append", draft("q", "z", 5), "unknown-unit"},
		{"ledger.small.append", draft("a", "z", 5) + "\n" + draft("a", "z", 6), "reason"},
		{"ledger.small.standings", `{"clustre":"c"}`, "bad-request"},
		{"ledger.small.standings", `{} {}`, "bad-request"},
		{"ledger.small.standings", `{"as_of":99}`, "bad-request"},
		{"ledger.small.standings", `{"as_of":-1}`, "bad-request"},
		{"ledger.small.standings", `{"lang":"fr"}`, "bad-request"},
		{"ledger.small.standings", `{"detail":"some"}`, "bad-request"},
		{"ledger.small.standings", `{"cluster":"zz"}`, "unknown-cluster"},
	} {
		if got, code := o.ask(test.subject, test.body); code != test.code {
			t.Errorf("%s %.60s: %q, not %q: %s", test.subject, test.body, code, test.code, got)
		}
	}
	if n := len(parseLines(t, s.do(http.MethodGet, eventsPath, "").Body)); n != 3 {
		t.Errorf("%d events are stored", n)
	}
}

// TestServiceIsFound: it is found as a micro service, with its endpoints.
func TestServiceIsFound(t *testing.T) {
	t.Parallel()
	h := openToGuests(t)
	o := offer(t, h, h.NATSURL())
	m, err := o.guest.Request("$SRV.INFO.campaign-ledger", nil, natsPatience)
	if err != nil {
		t.Fatal(err)
	}
	var info micro.Info
	if err := json.Unmarshal(m.Data, &info); err != nil || info.Version != "1.2.3-0.20170101" || len(info.Endpoints) != 2 || info.Endpoints[0].QueueGroup != "campaign-ledger" {
		t.Errorf("%s", m.Data)
	}
}

// TestServiceAnswersAnInbox: a request whose answer would go elsewhere is not looked at.
func TestServiceAnswersAnInbox(t *testing.T) {
	t.Parallel()
	h := openToGuests(t)
	s := serve(t, h)
	s.open()
	o := offer(t, h, h.NATSURL())
	if err := o.guest.Publish("ledger.small.append", []byte(draft("a", "none", 1))); err != nil {
		t.Fatal(err)
	}
	for i, reply := range []string{"event.small.score.entered.a", "rankings.small.c", "ledger.small.append", "_LEDGER.x", "$KV.RANKINGS.small.c"} {
		if err := o.guest.PublishRequest("ledger.small.append", reply, []byte(draft("a", fmt.Sprint("x", i), 1))); err != nil {
			t.Fatal(err)
		}
	}
	if got, code := o.ask("ledger.small.append", draft("a", "last", 1)); code != "" || !strings.HasPrefix(got, `{"seq":2,`) {
		t.Errorf("after requests that want no answer: %s", got)
	}
}

// TestServiceLargeAnswer: an append whose answer would be too large for the NATS server is stored, and its lines say so without the records.
func TestServiceLargeAnswer(t *testing.T) {
	t.Parallel()
	const n, payload = 28, 8 << 10 // the commit's records fit, and with what the answer puts around them they don't
	url := operated(t, payload)
	h := openHost(t, host.Config{NATS: url})
	s := serve(t, h)
	s.open()
	o := offer(t, h, url)
	var body strings.Builder
	for i := range n {
		body.WriteString(draft("a", fmt.Sprint("s", i), 1) + "\n")
	}
	got, code := o.ask("ledger.small.append", body.String())
	lines := parseLines(t, got)
	if code != "" || len(lines) != n || lines[n-1].Seq != n+1 || lines[0].Record != nil || lines[0].Recorded.IsZero() {
		t.Errorf("%d bytes: %s %.300s", len(got), code, got)
	}
}

// TestServiceBusy: more requests at once than there are places are told to try again, and none is lost.
func TestServiceBusy(t *testing.T) {
	t.Parallel()
	h := openToGuests(t)
	s := serve(t, h)
	s.open()
	o := offer(t, h, h.NATSURL())
	const n = 400
	var mu sync.Mutex
	var running sync.WaitGroup
	stored := 0
	for i := range n {
		running.Go(func() {
			got, code := o.ask("ledger.small.append", draft("a", fmt.Sprint("s", i), 1))
			mu.Lock()
			defer mu.Unlock()
			switch code {
			case "":
				stored++
			case "busy":
			default:
				t.Errorf("%s", got)
			}
		})
	}
	running.Wait()
	if got := len(parseLines(t, s.do(http.MethodGet, eventsPath, "").Body)); got != 1+stored || stored == 0 {
		t.Errorf("%d were acknowledged, and %d are in the log", stored, got-1)
	}
}

// TestServiceCloses: who asks a service that ends is told so, or nobody is there; what was acknowledged is stored.
func TestServiceCloses(t *testing.T) {
	t.Parallel()
	h := openToGuests(t)
	s := serve(t, h)
	s.open()
	conn, err := h.ServiceConn()
	if err != nil {
		t.Fatal(err)
	}
	service, err := (&server.Server{Host: h, Log: zerolog.Nop()}).OfferService(conn)
	if err != nil {
		t.Fatal(err)
	}
	guest, err := nats.Connect(h.NATSURL())
	if err != nil {
		t.Fatal(err)
	}
	defer guest.Close()
	some := make(chan struct{})
	ended := make(chan int)
	go func() {
		for n := 0; ; n++ {
			m, err := guest.Request("ledger.small.append", []byte(draft("a", fmt.Sprint("s", n), 1)), natsPatience)
			if err != nil || m.Header.Get(micro.ErrorCodeHeader) == "closing" {
				if err != nil && !errors.Is(err, nats.ErrNoResponders) {
					t.Errorf("%v", err)
				}
				ended <- n
				return
			}
			if n == 10 {
				close(some)
			}
		}
	}()
	<-some
	service.Close()
	if n, got := <-ended, len(parseLines(t, s.do(http.MethodGet, eventsPath, "").Body)); got != n+1 {
		t.Errorf("%d were acknowledged, and %d are in the log", n, got-1)
	}
}

// TestServiceThroughFreeze: over NATS everybody is the public: during a freeze the standings and what is refused are those of the freeze.
func TestServiceThroughFreeze(t *testing.T) {
	t.Parallel()
	h := openToGuests(t)
	s := newSignedSite(t, h, "trial")
	o := offer(t, h, h.NATSURL())
	s.before()
	s.say("a-head", "", &events.StandingsFrozen{})
	asks := func() (all []string) {
		for _, body := range []string{"", `{"as_of":8}`, `{"as_of":99}`, `{"as_of":"2099-01-01"}`, `{"cluster":"one","detail":"none"}`} {
			got, _ := o.ask("ledger.trial.standings", body)
			all = append(all, got)
		}
		return all
	}
	refused := s.record("b-head", "b", &events.ScoreEntered{Cluster: "one", Criterion: "none", Level: "self", Scorer: "b", Mark: events.Mark{Kind: events.MarkAbstained}})
	question := s.record("b-head", "b", points("G", "b", 3)) + "\n" + refused
	before := asks()
	refusedBefore, _ := o.ask("ledger.trial.append", question)
	own := s.mine("b-head", "G")
	again := points("G", "b", 9)
	again.Supersedes, again.Reason = own.ID, "counted again"
	got, code := o.ask("ledger.trial.append", s.record("b-head", "b", again))
	if code != "" {
		t.Fatalf("a signed event: %s", got)
	}
	if after := asks(); strings.Join(after, "") != strings.Join(before, "") {
		t.Errorf("the standings before\n%s\nand after\n%s", before, after)
	}
	refusedAfter, _ := o.ask("ledger.trial.append", question)
	if maskSigned.ReplaceAllString(refusedAfter, "") != maskSigned.ReplaceAllString(refusedBefore, "") || !strings.Contains(refusedBefore, "reason") {
		t.Errorf("a refusal is before\n%s\nand after\n%s", refusedBefore, refusedAfter)
	}
	if got, code := o.ask("ledger.trial.append", s.unsigned("b-head", "b", bonus("b", "z", 1))); code == "" {
		t.Errorf("an event that nobody signed is stored: %s", got)
	}
	s.say("a-head", "", &events.StandingsRevealed{})
	if got := asks()[0]; got != s.do(http.MethodGet, s.path("/standings"), "").Body || got == before[0] {
		t.Errorf("after the reveal: %s", got)
	}
}

// operated is the URL of a NATS server as an operator runs it, that takes messages of so many bytes.
func operated(t *testing.T, maxPayload int32) string {
	t.Helper()
	n, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
		MaxPayload: maxPayload})
	if err != nil {
		t.Fatal(err)
	}
	n.Start()
	t.Cleanup(n.WaitForShutdown)
	t.Cleanup(n.Shutdown)
	if !n.ReadyForConnections(natsPatience) {
		t.Fatal("the NATS server did not start")
	}
	return n.ClientURL()
}

// TestServiceOnExternalServer: on an operator's NATS server two servers share the requests.
func TestServiceOnExternalServer(t *testing.T) {
	t.Parallel()
	url := operated(t, 1<<20)
	hosts := []*host.Host{openHost(t, host.Config{NATS: url}), openHost(t, host.Config{NATS: url})}
	s := serve(t, hosts[0])
	s.open()
	offer(t, hosts[0], url)
	o := offer(t, hosts[1], url)
	for i := range 20 {
		if got, code := o.ask("ledger.small.append", draft("a", fmt.Sprint("s", i), 1)); code != "" || !strings.HasPrefix(got, fmt.Sprintf(`{"seq":%d,`, i+2)) {
			t.Errorf("append %d: %s", i, got)
		}
		if got, _ := o.ask("ledger.small.standings", ""); !strings.Contains(got, fmt.Sprintf(`"asOf":{"seq":%d,`, i+2)) {
			t.Errorf("standings after %d: %s", i, got)
		}
	}
	if err := o.guest.PublishRequest("ledger.small.standings", "campaign.small", nil); err != nil {
		t.Fatal(err)
	}
	if got, code := o.ask("ledger.small.append", draft("a", "after", 1)); code != "" {
		t.Errorf("a request made the service write to the log's subject: %s", got)
	}
}
