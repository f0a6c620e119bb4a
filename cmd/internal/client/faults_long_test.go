//go:build long

package client_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/natstest"
	"campaignledger/events"
	"campaignledger/projections"
)

var (
	clusterRounds = flag.Int("cluster.rounds", 20, "how many rounds of faults TestClusterFaults has")
	clusterFault  = flag.String("cluster.fault", "", "have faults only whose name contains this")
	clusterSeed   = flag.Uint64("cluster.seed", 0, "what the rounds are drawn from; 0: the clock")
)

const (
	// settling bounds how long an append may take to be settled, over all its attempts, once the fault is over.
	settling = 90 * time.Second
	// betweenAttempts is the pause before an append is sent again.
	betweenAttempts = 100 * time.Millisecond
	// electing is about how long the others take to elect a leader where one is gone without a word.
	electing = 4 * time.Second
)

// fault is what is done to the cluster in a round, for as long as hold.
type fault struct {
	name string
	do   func(s *suite, hold time.Duration)
}

func faults() []fault {
	on := func(node func(*suite) *natstest.Node, begin, end func(*natstest.Node)) func(*suite, time.Duration) {
		return func(s *suite, hold time.Duration) {
			n := node(s)
			begin(n)
			<-time.After(hold)
			end(n)
		}
	}
	leader := func(s *suite) *natstest.Node { return s.nats.Leader(s.js, "CAMPAIGN_small") }
	another := func(s *suite) *natstest.Node {
		at := slices.Index(s.nats.Nodes, leader(s))
		return s.nats.Nodes[(at+1+s.random.IntN(2))%len(s.nats.Nodes)]
	}
	kill, start := (*natstest.Node).Kill, (*natstest.Node).Start
	return []fault{
		{"the leader is killed", on(leader, kill, start)},
		{"the leader is cut off, and one server with it", func(s *suite, hold time.Duration) {
			n, i := leader(s), s.random.IntN(len(s.servers))
			s.ways[1-i].Steer(another(s))
			s.ways[i].Steer(n)
			n.Cut()
			<-time.After(hold + electing)
			n.Heal()
		}},
		{"the leader hangs", on(leader, (*natstest.Node).Pause, (*natstest.Node).Resume)},
		{"a rolling restart", (*suite).roll},
		{"another is cut off", on(another, (*natstest.Node).Cut, (*natstest.Node).Heal)},
		{"the leader's clients are cut off", on(leader, func(n *natstest.Node) { n.CutClients(true) }, func(n *natstest.Node) { n.CutClients(false) })},
		{"two of three are killed", func(s *suite, hold time.Duration) {
			first, second := leader(s), another(s)
			first.Kill()
			second.Kill()
			<-time.After(hold)
			second.Start()
			first.Start()
		}},
		{"a server is killed", func(s *suite, hold time.Duration) {
			i := s.random.IntN(len(s.servers))
			s.server(i).kill()
			<-time.After(hold / 2)
			s.serve(i)
		}},
	}
}

// history is what clients did; it is safe for concurrent use.
type history struct {
	mu  sync.Mutex
	ops []op
}

func (h *history) add(o op) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, o)
}

// take gives what was done since the last take.
func (h *history) take() []op {
	h.mu.Lock()
	defer h.mu.Unlock()
	ops := h.ops
	h.ops = nil
	return ops
}

// suite is two servers of a campaign on a cluster, and what is known of it outside.
type suite struct {
	t       *testing.T
	random  *rand.Rand
	seed    uint64
	nats    *natstest.Cluster
	js      jetstream.JetStream
	dirs    [2]string
	ways    [2]*natstest.Ways // of each server to the nodes
	history history
	fold    *projections.Live // of log

	mu       sync.Mutex
	servers  [2]*process
	round    int
	log      []client.Event // as far as it was checked
	ids      map[string]events.Seq
	place    map[string]events.Seq // of what was acknowledged
	denied   map[string]bool       // what every answer said was not stored
	newest   events.Seq            // that anybody was told of
	unknown  int                   // outcomes that were never settled, in this round
	answered time.Time             // the last acknowledgement
	silence  time.Duration         // the longest time between two of them, in this round
	current  string                // the entry on leaf S
}

// TestClusterFaults: two servers write one campaign on a cluster of three nodes, from several clients each, while nodes are killed, hang, are cut
// off and restarted. What was acknowledged is there once, at its place, on both; appends and reads are linearizable, and no rule is broken.
func TestClusterFaults(t *testing.T) { // not parallel: elections need the machine
	s := newSuite(t)
	ballot := s.openBallot(*clusterRounds)
	list := slices.DeleteFunc(faults(), func(f fault) bool { return !strings.Contains(f.name, *clusterFault) })
	for s.round = range *clusterRounds {
		if s.round%len(list) == 0 {
			s.random.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
		}
		s.playRound(list[s.round%len(list)], ballot)
		if t.Failed() {
			return
		}
	}
	s.closeBoth(ballot)
	s.finish()
}

func newSuite(t *testing.T) *suite {
	seed := *clusterSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	s := &suite{t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 0)), nats: natstest.Start(t, natstest.Config{}), dirs: [2]string{t.TempDir(), t.TempDir()},
		fold: projections.NewLive(), ids: map[string]events.Seq{}, place: map[string]events.Seq{}, denied: map[string]bool{}}
	s.js = s.nats.JetStream()
	for i := range s.servers {
		s.ways[i] = s.nats.Ways()
		s.serve(i)
	}
	s.server(0).open()
	first := events.NewID().String()
	s.settle(op{id: first}, 0, mark("first", first, ""), false, s.random)
	s.current = first
	s.check()
	return s
}

// serve starts a server, again.
func (s *suite) serve(i int) {
	s.t.Helper()
	p := serveProcess(s.t, s.dirs[i], "--nats", s.ways[i].URLs(), "--replicas", "3")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.servers[i] = p
}

func (s *suite) server(i int) *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.servers[i]
}

// playRound has clients at work while the fault comes and goes, waits until each has its answer, and checks all of it.
func (s *suite) playRound(f fault, ballot *ballot) {
	const writers, warmUp, least, spread = 2, time.Second, 2 * time.Second, 4 * time.Second
	hold := least + time.Duration(s.random.Int64N(int64(spread)))
	s.mu.Lock()
	s.unknown, s.silence, s.answered = 0, 0, time.Now()
	s.mu.Unlock()
	stop := make(chan struct{})
	var running sync.WaitGroup
	for i := range s.servers {
		for w := range writers {
			running.Go(func() { s.write(1+10*i+w, i, stop) })
		}
		running.Go(func() { s.read(8+10*i, i, stop) })
	}
	running.Go(func() { s.rival(stop) })
	running.Go(func() { ballot.vote(s.round) })
	<-time.After(time.Duration(s.random.Int64N(int64(warmUp)))) // the moment of the fault
	began, before := time.Now(), len(s.log)
	f.do(s, hold)
	healed := time.Now()
	close(stop)
	running.Wait()
	settled := time.Now()
	s.check()
	s.t.Logf("round %d: %s for %.1f s, settled after %.1f s: %d events, %d outcomes unknown, at most %.1f s without an acknowledgement", s.round, f.name,
		healed.Sub(began).Seconds(), settled.Sub(healed).Seconds(), len(s.log)-before, s.unknown, s.silence.Seconds())
}

// roll restarts every node in turn, each once the one before is back.
func (s *suite) roll(time.Duration) {
	for _, n := range s.nats.Nodes {
		n.Stop()
		n.Start()
		s.nats.WaitReady()
		s.nats.Leader(s.js, "CAMPAIGN_small")
	}
}

// write appends events of a client's own until stop. Some outcomes that nobody told it leaves open.
func (s *suite) write(who, server int, stop <-chan struct{}) {
	const pace = 30 * time.Millisecond
	random := rand.New(rand.NewPCG(s.seed, uint64(s.round*100+who)))
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(random.Int64N(int64(pace)))):
		}
		id := events.NewID().String()
		scorer := fmt.Sprintf("r%d-c%d-%d", s.round, who, n)
		if err := s.settle(op{client: who, id: id}, server, draft(string("abd"[n%3]), scorer, id), true, random); err != nil {
			s.t.Errorf("append %s: %v", scorer, err)
			return
		}
	}
}

// settle appends body until it is known where it stands, on either server. A refusal is returned. With giveUp some are left to be unknown.
func (s *suite) settle(o op, server int, body []byte, giveUp bool, random *rand.Rand) error {
	o.kind, o.call = opAppend, time.Now()
	maybe := false
	for began := time.Now(); ; {
		seq, outcome, err := s.attempt(server, body)
		o.end = time.Now()
		switch outcome {
		case wasStored:
			o.at = seq
			s.acknowledge(o)
			return nil
		case refused:
			return err
		case unknown:
			maybe = true
		}
		if giveUp && random.IntN(3) == 0 {
			s.leave(o, maybe)
			return nil
		}
		if time.Since(began) > settling {
			return fmt.Errorf("it is not settled after %v: %w", settling, err)
		}
		server = random.IntN(len(s.servers))
		<-time.After(betweenAttempts)
	}
}

// acknowledge keeps what was acknowledged.
func (s *suite) acknowledge(o op) {
	s.history.add(o)
	s.mu.Lock()
	defer s.mu.Unlock()
	if before := s.place[o.id]; before != 0 && before != o.at {
		s.t.Errorf("%s was acknowledged at %d and at %d", o.id, before, o.at)
	}
	s.place[o.id] = o.at
	s.newest = max(s.newest, o.at)
	s.silence = max(s.silence, o.end.Sub(s.answered))
	s.answered = o.end
}

// leave keeps what nobody will ask for again.
func (s *suite) leave(o op, maybe bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if maybe {
		s.unknown++
		s.history.add(o)
	} else {
		s.denied[o.id] = true
	}
}

// outcome is what an answer says of an append.
type outcome int

const (
	wasStored outcome = iota
	refused           // by the rules
	denied            // the store could not take it; nothing was wasStored
	unknown
)

// attempt sends one event to a server and says what became of it.
func (s *suite) attempt(server int, body []byte) (events.Seq, outcome, error) {
	line, err := s.server(server).client.Append(s.t.Context(), "small", body)
	if err == nil {
		return parseSeq(s.t, line).Seq, wasStored, nil
	}
	return 0, s.outcomeOf(err), err
}

func (s *suite) outcomeOf(err error) outcome {
	answer, is := err.(*client.Error)
	if !is {
		return unknown // the server is gone
	}
	switch answer.Code {
	case "store", "contended", "busy", "closing", "not-ready":
		return denied
	case "unclear", "timeout":
		return unknown
	case "internal", "read-only":
		s.t.Errorf("a server says %s: %s", answer.Code, answer.Detail)
		return unknown
	}
	return refused
}

// read asks a server for the head, an event and the standings in turn, until stop.
func (s *suite) read(who, server int, stop <-chan struct{}) {
	const pace, ahead, behind = 40 * time.Millisecond, 2, 6
	random := rand.New(rand.NewPCG(s.seed, uint64(s.round*100+who)))
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(random.Int64N(int64(pace)))):
		}
		s.mu.Lock()
		at := s.newest + ahead - events.Seq(random.IntN(behind))
		s.mu.Unlock()
		o, err := s.look(n, at, s.server(server).client)
		if err == nil {
			o.client = who
			s.history.add(o)
		} else {
			s.outcomeOf(err) // tells what may not be
		}
	}
}

// look is one read of a kind.
func (s *suite) look(n int, at events.Seq, c *client.Client) (o op, err error) {
	o.call = time.Now()
	switch n % 3 {
	case 0:
		sum, failed := c.Summary(s.t.Context(), "small", "en")
		o.kind, o.at, err = opHead, sum.Seq, failed
	case 1:
		o.kind, o.at = opEvent, at
		err = c.Events(s.t.Context(), "small", at-1, false, func(e client.Event, _ []byte) error {
			if o.id == "" {
				o.id = idOf(s.t, e)
			}
			return nil
		})
	case 2:
		line, failed := c.Standings(s.t.Context(), "small", nil)
		if err = failed; err == nil {
			o.kind, o.at = opSum, asOf(s.t, line)
		}
	}
	o.end = time.Now()
	return o, err
}

func idOf(t *testing.T, e client.Event) string {
	d, err := events.Decode(events.Record(e.Record))
	if err != nil {
		t.Errorf("event %d: %v", e.Seq, err)
	}
	return d.ID.String()
}

// mark is a draft on leaf S, where one entry is current.
func mark(points, id, supersedes string) []byte {
	more := ""
	if supersedes != "" {
		more = fmt.Sprintf(`,"supersedes":%q,"reason":"r"`, supersedes)
	}
	n := 1
	if points != "first" {
		n = len(points)
	}
	return fmt.Appendf(nil, `{"id":%q,"type":"score.entered","subject":"a","data":{"cluster":"c","criterion":"S","level":"score","scorer":"x","points":"%d"%s}}`, id, n, more)
}

// rival has both servers asked at once for what only one can have: one id, and one successor of an entry.
func (s *suite) rival(stop <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		id := events.NewID().String()
		body := draft("b", fmt.Sprintf("r%d-same-%d", s.round, n), id)
		for i, err := range s.both(func(int) (string, []byte) { return id, body }) {
			if err != nil {
				s.t.Errorf("the same event on server %d: %v", i, err)
			}
		}
		ids := [2]string{events.NewID().String(), events.NewID().String()}
		errs := s.both(func(i int) (string, []byte) { return ids[i], mark(strings.Repeat("x", 2+i), ids[i], s.current) })
		if (errs[0] == nil) == (errs[1] == nil) {
			s.t.Errorf("two successors of one entry: %v; %v", errs[0], errs[1])
			return
		}
		for i, err := range errs {
			if answer, is := err.(*client.Error); err == nil {
				s.current = ids[i]
			} else if !is || answer.Code != string(projections.CodeSupersedes) {
				s.t.Errorf("the second successor: %v", err)
			}
		}
	}
}

// both settles an event on each server at once.
func (s *suite) both(of func(server int) (id string, body []byte)) (errs [2]error) {
	var running sync.WaitGroup
	for i := range errs {
		running.Go(func() {
			id, body := of(i)
			random := rand.New(rand.NewPCG(s.seed, uint64(s.round*100+50+i)))
			errs[i] = s.settle(op{client: 30 + i, id: id}, i, body, false, random)
		})
	}
	running.Wait()
	return errs
}
