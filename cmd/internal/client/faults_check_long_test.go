//go:build long

package client_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/keys"
	"campaignledger/events"
	"campaignledger/projections"
)

// check compares what clients were told with what both servers have, and both with a fold of the log alone.
func (s *suite) check() {
	s.t.Helper()
	ops := s.history.take()
	from := events.Seq(len(s.log))
	var tails [2][]client.Event
	for i := range s.servers {
		tails[i] = s.tail(i, from)
	}
	for k := range min(len(tails[0]), len(tails[1])) {
		if a, b := tails[0][k], tails[1][k]; string(a.Record) != string(b.Record) || a.Recorded != b.Recorded || a.Seq != b.Seq {
			s.t.Errorf("event %d differs: %s, and %s", a.Seq, a.Record, b.Record)
		}
	}
	longer := tails[0]
	if len(tails[1]) > len(longer) {
		longer = tails[1]
	}
	found := map[events.Seq]string{}
	for _, e := range longer {
		s.take(e)
	}
	for id, seq := range s.ids {
		found[seq] = id
	}
	if err := linearizable(from, once(ops), found); err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	for id, seq := range s.place {
		if s.ids[id] != seq {
			s.t.Errorf("event %s was acknowledged at %d, and stands at %d", id, seq, s.ids[id])
		}
	}
	for id := range s.denied {
		if seq := s.ids[id]; seq != 0 {
			s.t.Errorf("event %s, of which every answer said that nothing was stored, stands at %d", id, seq)
		}
	}
	s.mu.Unlock()
	for i := range s.servers {
		s.compareStandings(i)
	}
}

// tail is what a server has after an event. The cluster may still be electing its own leader.
func (s *suite) tail(server int, from events.Seq) (list []client.Event) {
	s.t.Helper()
	waitFor(s.t, fmt.Sprintf("the log of server %d", server), func() error {
		list = nil
		return s.server(server).client.Events(s.t.Context(), "small", from, false, func(e client.Event, _ []byte) error {
			list = append(list, e)
			return nil
		})
	})
	return list
}

// once joins the appends of one event, of which only the first acknowledgement bounds when it took effect.
func once(ops []op) []op {
	first := map[string]int{}
	var list []op
	for _, o := range ops {
		at, again := first[o.id]
		if o.kind != opAppend || !again {
			if o.kind == opAppend {
				first[o.id] = len(list)
			}
			list = append(list, o)
			continue
		}
		earlier := &list[at]
		if o.call.Before(earlier.call) {
			earlier.call = o.call
		}
		if o.end.Before(earlier.end) {
			earlier.end = o.end
		}
	}
	return list
}

// take adds the next event to what is known of the log: it follows, is new, and breaks no rule.
func (s *suite) take(e client.Event) {
	s.t.Helper()
	if e.Seq != events.Seq(len(s.log)+1) {
		s.t.Fatalf("event %d stands at %d", e.Seq, len(s.log)+1)
	}
	s.log = append(s.log, e)
	id := idOf(s.t, e)
	if before := s.ids[id]; before != 0 {
		s.t.Errorf("event %s stands at %d and at %d", id, before, e.Seq)
	}
	s.ids[id] = e.Seq
	admit(s, s.fold, e)
}

func admit(s *suite, fold *projections.Live, e client.Event) {
	s.t.Helper()
	d, err := events.Decode(events.Record(e.Record))
	if err != nil {
		s.t.Fatalf("event %d: %v", e.Seq, err)
	}
	recorded, err := events.ParseTime(e.Recorded)
	if err == nil {
		err = fold.Admit(events.Stored(d, e.Seq, recorded, events.Record(e.Record)))
	}
	if err != nil {
		s.t.Fatalf("event %d breaks a rule: %v", e.Seq, err)
	}
	fold.Commit()
}

// compareStandings compares a server's standings with the fold, which is taken on to where they are.
func (s *suite) compareStandings(i int) {
	s.t.Helper()
	var line []byte
	waitFor(s.t, fmt.Sprintf("the standings of server %d", i), func() (err error) {
		line, err = s.server(i).client.Standings(s.t.Context(), "small", url.Values{"lang": {"en"}})
		return err
	})
	if at := asOf(s.t, line); at > events.Seq(len(s.log)) { // what nobody knew of was stored meanwhile
		for _, e := range s.tail(i, events.Seq(len(s.log))) {
			if e.Seq <= at {
				s.take(e)
			}
		}
	}
	if want := s.fold.Standings().AppendJSON(nil, projections.JSONOptions{Lang: "en"}); strings.TrimSpace(string(line)) != string(want) {
		s.t.Errorf("server %d shows\n%s\na fold of the log\n%s", i, line, want)
	}
}

// asOf is the newest event in standings.
func asOf(t *testing.T, line []byte) events.Seq {
	var answer struct{ AsOf struct{ Seq events.Seq } }
	if err := json.Unmarshal(line, &answer); err != nil || answer.AsOf.Seq == 0 {
		t.Errorf("%q: %v", line, err)
	}
	return answer.AsOf.Seq
}

// finish compares what both servers show with what a process shows that has seen nothing before.
func (s *suite) finish() {
	s.t.Helper()
	s.check()
	if s.t.Failed() {
		return
	}
	fresh := serveProcess(s.t, s.t.TempDir(), "--nats", s.nats.URLs())
	for _, id := range []string{"small", "year"} {
		want, err := fresh.client.Standings(s.t.Context(), id, nil)
		must(s.t, err)
		for i := range s.servers {
			got, err := s.server(i).client.Standings(s.t.Context(), id, nil)
			must(s.t, err)
			if string(got) != string(want) {
				s.t.Errorf("of %s server %d shows\n%s\na fresh one\n%s", id, i, got, want)
			}
		}
	}
	s.t.Logf("%d events, %d acknowledged", len(s.log), len(s.place))
}

// ballot is the ballot of a signed campaign on the same cluster, in which one member votes in each round.
type ballot struct {
	s       *suite
	genesis string
	mu      sync.Mutex
	keys    map[string]*keys.Key // of members
	votes   map[string]string    // of a member: the id of the vote that was acknowledged
}

// voters bounds the voters: ten council members of each unit.
const voters = 30

func voter(n int) string { return fmt.Sprintf("council%d", n) }

// key is a member's key.
func (b *ballot) key(member string) *keys.Key {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.keys[member] == nil {
		key, err := keys.New(keys.Member, "", rand.Reader)
		if err != nil {
			b.s.t.Error(err)
		}
		b.keys[member] = key
	}
	return b.keys[member]
}

// openBallot opens a signed campaign and takes it to an open named ballot with a voter for each round, as far as there are seats.
func (s *suite) openBallot(rounds int) *ballot {
	s.t.Helper()
	b := &ballot{s: s, keys: map[string]*keys.Key{}, votes: map[string]string{}}
	text := "id: year\nlevels: [{id: self, scorers: own-unit}]\ncriteria:\n  default:\n    items: [{id: A, method: adjustment, min: -500, max: 500}]\n" +
		"clusters: [{id: c, criteria: default, lead: a, units: [{id: a}, {id: b}, {id: d}]}]\n" +
		"awards: [{id: flag, places: 1, vote: {threshold: 1/2}}]\nmembers:\n"
	var roll []string
	for n := range min(rounds, voters) {
		roll = append(roll, voter(n))
		text += fmt.Sprintf("  - {id: %s, role: council, unit: %s, key: %q}\n", voter(n), string("abd"[n%3]), b.key(voter(n)).Public)
	}
	slices.Sort(roll)
	for _, unit := range []string{"a", "b", "d"} {
		text += fmt.Sprintf("  - {id: %s-head, role: head, unit: %[1]s, key: %q}\n", unit, b.key(unit+"-head").Public)
	}
	r, err := events.ParseRegulation("year.yaml", []byte(text))
	must(s.t, err)
	c := s.server(0).client
	_, err = c.OpenSigned(s.t.Context(), r, "year.yaml", strings.Repeat("0", 64), "en", b.key("a-head"), nil)
	must(s.t, err)
	_, b.genesis, err = c.Members(s.t.Context(), "year")
	must(s.t, err)
	for _, unit := range []string{"a", "b", "d"} {
		b.say(unit+"-head", unit, &events.UnitJoined{})
	}
	b.say("a-head", "", &events.StageAdvanced{Stage: events.StageOpen})
	b.say("a-head", "", &events.StageAdvanced{Stage: events.StageScoring})
	for i, unit := range []string{"a", "b", "d"} {
		b.say(unit+"-head", unit, &events.ScoreEntered{Cluster: "c", Criterion: "A", Level: "self", Scorer: unit, Item: "x", Mark: events.Mark{Kind: events.MarkPoints, Amount: events.Whole(int64(i))}})
	}
	b.say("a-head", "", &events.StageAdvanced{Stage: events.StageReview})
	b.say("a-head", "", &events.StageAdvanced{Stage: events.StageDeliberation})
	b.say("b-head", "d", &events.NominationProposed{Award: "flag", Cluster: "c", Standings: b.standings()})
	b.say("a-head", "", &events.StageAdvanced{Stage: events.StageBallot})
	b.say("a-head", "", &events.BallotOpened{Award: "flag", Ballot: "b1", Base: events.BasePresent, Cluster: "c", Kind: events.BallotNamed, Nominees: []string{"d"},
		Present: roll, Question: "d?", Roll: roll, Standings: b.standings(), Threshold: events.Fraction{Num: 1, Den: 2}})
	return b
}

// folded is a fold of the signed campaign's log.
func (b *ballot) folded() (*projections.Live, []client.Event) {
	b.s.t.Helper()
	fold := projections.NewLive()
	var list []client.Event
	must(b.s.t, b.s.server(0).client.Events(b.s.t.Context(), "year", 0, false, func(e client.Event, _ []byte) error {
		admit(b.s, fold, e)
		list = append(list, e)
		return nil
	}))
	return fold, list
}

func (b *ballot) standings() events.StandingsRef {
	fold, _ := b.folded()
	now := fold.Standings()
	return events.StandingsRef{Seq: int(now.Seq), SHA256: projections.StandingsSHA(now)}
}

func (b *ballot) record(author, subject string, p events.Payload) (id string, record events.Record) {
	d := events.Draft{ID: events.NewID(), Campaign: "year", Author: author, Subject: subject, Time: events.Milliseconds(time.Now()), Payload: p}
	record, err := events.Encode(d)
	if err == nil {
		record, err = events.Sign(b.key(author).Private(), b.genesis, record)
	}
	if err != nil {
		b.s.t.Errorf("%s: %v", p.Type(), err)
	}
	return d.ID.String(), record
}

// say stores one event, while the cluster is whole.
func (b *ballot) say(author, subject string, p events.Payload) {
	b.s.t.Helper()
	_, record := b.record(author, subject, p)
	if _, err := b.s.server(0).client.Append(b.s.t.Context(), "year", record); err != nil {
		b.s.t.Fatalf("%s: %v", p.Type(), err)
	}
}

// vote casts two votes of a member at once, one on each server; one counts.
func (b *ballot) vote(n int) {
	if n >= voters {
		return
	}
	var ids [2]string
	var errs [2]error
	var running sync.WaitGroup
	for i, choice := range []string{events.VoteFor, events.VoteAgainst} {
		running.Go(func() {
			var record events.Record
			ids[i], record = b.record(voter(n), "", &events.BallotCast{Ballot: "b1", Votes: []events.NomineeVote{{Unit: "d", Vote: choice}}})
			errs[i] = b.settle(i, record)
		})
	}
	running.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		b.s.t.Errorf("two votes of %s: %v; %v", voter(n), errs[0], errs[1])
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, err := range errs {
		if answer, is := err.(*client.Error); err == nil {
			b.votes[voter(n)] = ids[i]
		} else if !is || answer.Code != string(projections.CodeVoter) {
			b.s.t.Errorf("the second vote of %s: %v", voter(n), err)
		}
	}
}

// settle sends a signed record to a server until it is known what became of it.
func (b *ballot) settle(server int, record events.Record) error {
	began := time.Now()
	for {
		_, err := b.s.server(server).client.Append(b.s.t.Context(), "year", record)
		if err == nil || b.s.outcomeOf(err) == refused {
			return err
		}
		if time.Since(began) > settling {
			return fmt.Errorf("it is not settled after %v: %w", settling, err)
		}
		<-time.After(betweenAttempts)
	}
}

// closeBoth closes the ballot, in which all have voted, and the unsigned campaign, on one server while clients of both go on writing: nothing is
// taken after the close.
func (s *suite) closeBoth(b *ballot) {
	s.t.Helper()
	var running sync.WaitGroup
	stop := make(chan struct{})
	closed := make(chan struct{})
	for i := range s.servers {
		running.Go(func() { s.writeUntilClosed(40+i, i, closed) })
		running.Go(func() { s.read(44+i, i, stop) })
	}
	_, record := b.record("a-head", "", &events.BallotClosed{Ballot: "b1"})
	must(s.t, b.settle(0, record))
	id := events.NewID().String()
	must(s.t, s.settle(op{client: 48, id: id}, 0, fmt.Appendf(nil, `{"id":%q,"type":"campaign.closed","author":"import","data":{}}`, id), false, s.random))
	close(closed)
	close(stop)
	running.Wait()
	_, list := b.folded() // every vote is shown now, and passes admission
	ids := map[string]events.Seq{}
	for _, e := range list {
		ids[idOf(s.t, e)] = e.Seq
	}
	for member, id := range b.votes {
		if ids[id] == 0 {
			s.t.Errorf("the vote of %s is lost", member)
		}
	}
}

// writeUntilClosed appends until it is refused because the campaign is closed, which it must be once closed is.
func (s *suite) writeUntilClosed(who, server int, closed <-chan struct{}) {
	for n := 0; ; n++ {
		after := false
		select {
		case <-closed:
			after = true
		default:
		}
		id := events.NewID().String()
		err := s.settle(op{client: who, id: id}, server, draft("a", fmt.Sprintf("end-%d-%d", who, n), id), false, s.random)
		if answer, is := err.(*client.Error); is && answer.Code == string(projections.CodeClosed) {
			return
		}
		if err != nil || after {
			s.t.Errorf("an event after the close: %v", err)
			return
		}
	}
}
