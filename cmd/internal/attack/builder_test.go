package attack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/keys"
	"campaignledger/cmd/internal/server"
	"campaignledger/cmd/internal/witness"
	"campaignledger/events"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// builder makes the master: a host with its server, the witnesses, and the day of the campaign.
type builder struct {
	*master
	ctx     context.Context
	clock   *clock
	host    *host.Host
	c       *host.Campaign
	web     *httptest.Server
	genesis string
	made    int
	pace    time.Duration // between commits
	watch   []*witness.Witness
}

func buildMaster() (m *master, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	b := &builder{master: &master{dir: filepath.Join(root, "data"), witnesses: filepath.Join(root, "witnesses"), receipts: map[events.Seq][]byte{}},
		ctx: ctx, clock: &clock{now: began}, genesis: events.NoGenesis, pace: 11 * time.Minute}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return nil, err
	}
	if err := keys.Write(filepath.Join(b.dir, "log.key"), keyFile(keys.Log, "log"), nil); err != nil {
		return nil, err
	}
	if b.host, err = host.Open(ctx, hostConfig(b.dir, b.clock)); err != nil {
		return nil, err
	}
	err = b.tell()
	for _, w := range b.watch {
		err = errors.Join(err, w.Close())
	}
	if b.web != nil {
		b.web.Close()
	}
	b.host.Close()
	b.ended = b.clock.Now()
	if err == nil {
		b.honest, err = readStory(b.newest)
	}
	return b.master, err
}

func hostConfig(dir string, c *clock) host.Config {
	return host.Config{Dir: dir, Now: c.Now, CheckpointInterval: time.Hour, Log: zerolog.Nop()}
}

// tell is the day.
func (b *builder) tell() error {
	steps := []func() error{b.open, b.marks, b.noon, b.review, b.vote, b.award, b.keep}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// commit appends records as one body, a pace after the one before.
func (b *builder) commit(drafts ...events.Draft) error {
	now := events.Milliseconds(b.clock.add(b.pace))
	var body []events.Proposal
	for _, d := range drafts {
		b.made++
		d.ID, d.Campaign, d.Time = eventID("honest", b.made), id, now
		p := events.Proposal{Record: signed(d, b.genesis, private(d.Author))}
		var err error
		if p.Draft, err = events.Decode(p.Record); err != nil {
			return err
		}
		body = append(body, p)
	}
	if b.c == nil {
		c, _, err := b.host.OpenSigned(b.ctx, body[0].Record)
		if err == nil {
			b.c, b.genesis = c, proof.Genesis(body[0].Record)
			err = b.settled()
		}
		return err
	}
	if _, err := b.c.Append(b.ctx, body...); err != nil {
		return fmt.Errorf("event %d: %w", b.made, err)
	}
	return b.settled()
}

// settled waits for the checkpoint that the host makes by itself behind some events, so that every run has the same ones.
func (b *builder) settled() error {
	last, _ := b.c.Ledger.Last()
	switch last {
	case 1, seqClosed, seqProposed, seqDecided:
	default:
		return nil
	}
	for b.ctx.Err() == nil {
		if newest, err := b.c.Newest(); err == nil && newest.Size == uint64(last) {
			return nil
		}
		time.Sleep(time.Millisecond) // a condition is waited for, and the context bounds it
	}
	return context.Cause(b.ctx)
}

// say appends one event.
func (b *builder) say(author, subject string, p events.Payload) error {
	return b.commit(events.Draft{Author: author, Subject: subject, Payload: p})
}

func opening(r *events.Regulation) *events.CampaignOpened {
	return events.NewCampaignOpened(r, "river.yaml", strings.Repeat("0", 64))
}

func (b *builder) open() error {
	err := b.say("harbor-head", "", opening(regulation()))
	for _, unit := range units() {
		if err == nil {
			err = b.say(unit+"-head", unit, &events.UnitJoined{})
		}
	}
	for _, stage := range []events.Stage{events.StageOpen, events.StageScoring} {
		if err == nil {
			err = b.say("harbor-head", "", &events.StageAdvanced{Stage: stage})
		}
	}
	if err != nil {
		return err
	}
	b.policy = b.c.Policy()
	handler := &server.Server{Host: b.host, Log: zerolog.Nop(), Token: "token", Key: keyFile(keys.Server, "server"), Now: b.clock.Now}
	handler.SetReady()
	b.web = httptest.NewServer(handler.Handler())
	for _, name := range witnesses() {
		w, err := witness.Open(b.ctx, witnessConfig(filepath.Join(b.witnesses, name), name, b.policy, b.web.URL, b.clock))
		if err != nil {
			return err
		}
		b.watch = append(b.watch, w)
	}
	return b.look(firstSeen)
}

// witnessConfig is a witness in a directory of its own, who asks the server at an address.
func witnessConfig(dir, name string, p *proof.Policy, address string, c *clock) witness.Config {
	remote, err := client.Remote(address)
	if err != nil {
		panic(err)
	}
	return witness.Config{Dir: dir, Policy: p, PolicyFile: "river.policy", Key: keyFile(keys.Witness, name), Server: remote, Interval: 5 * time.Second,
		Silence: 10 * time.Minute, Log: zerolog.Nop(), Now: c.Now}
}

// look signs a checkpoint and lets every witness do a round, a few seconds later.
func (b *builder) look(size uint64) error {
	if err := b.c.Checkpoint(b.ctx); err != nil {
		return err
	}
	b.clock.add(3 * time.Second)
	for _, w := range b.watch {
		if err := w.Once(b.ctx); err != nil {
			return err
		}
		if w.Size() != size {
			return fmt.Errorf("the witness %s saw %d events, not %d", w.Name(), w.Size(), size)
		}
	}
	return copyDir(b.witnesses, watchedDir(size)) // what counts in it is durable by now
}

// watchedDir has the witnesses' directories as they were when each had seen size events.
func watchedDir(size uint64) string { return filepath.Join(root, fmt.Sprint("watched-", size)) }

// score is a mark.
func score(leaf, level, scorer string, points int64) *events.ScoreEntered {
	return &events.ScoreEntered{Cluster: "one", Criterion: leaf, Level: level, Scorer: scorer, Mark: events.Mark{Kind: events.MarkPoints, Amount: events.Whole(points)}}
}

// speaker enters a unit's marks: of the lead its head, whose key the attacker has.
func speaker(unit string) string {
	if unit == "harbor" {
		return "harbor-head"
	}
	return unit + "-officer"
}

func (b *builder) marks() error {
	for i, unit := range units() {
		var both []events.Draft
		for _, leaf := range []string{"A", "B"} {
			both = append(both, events.Draft{Author: speaker(unit), Subject: unit, Payload: score(leaf, "self", unit, int64(30-3*i+10*(i%3)))})
		}
		if err := b.commit(both...); err != nil {
			return err
		}
	}
	return b.look(sizeNoon)
}

// noon is when a member exports a bundle, and moor corrects a mark.
func (b *builder) noon() (err error) {
	if b.older, err = b.export(); err != nil {
		return err
	}
	p := score("A", "self", "moor", 41)
	p.Supersedes, p.Reason = eventID("honest", seqMoorMark), "added up again"
	if err := b.say("moor-officer", "moor", p); err != nil {
		return err
	}
	if b.lodging, err = b.lodge(); err != nil {
		return err
	}
	deadline := time.Date(2026, time.March, 2, 10, 0, 0, 0, time.UTC)
	if at := b.clock.Now(); at.After(deadline) {
		return fmt.Errorf("the morning lasts until %s", at)
	}
	b.clock.add(deadline.Sub(b.clock.Now()))
	return nil
}

// neverRecorded is a mark that lake's officer lodged before the deadline, and the server did not take.
func neverRecorded(genesis string, at time.Time) events.Record {
	p := score("B", "self", "lake", 49)
	p.Supersedes, p.Reason = eventID("honest", seqLakeMark+1), "a line was left out"
	return signed(events.Draft{ID: eventID("never recorded", 1), Campaign: id, Author: "lake-officer", Subject: "lake", Time: events.Milliseconds(at), Payload: p},
		genesis, private("lake-officer"))
}

// lodge lays the draft that is never recorded before lake-w.
func (b *builder) lodge() ([]byte, error) {
	for _, w := range b.watch {
		if w.Name() != "lake-w" {
			continue
		}
		web := httptest.NewServer(w.Handler())
		defer web.Close()
		remote, err := client.Remote(web.URL)
		if err != nil {
			return nil, err
		}
		defer remote.HTTP.CloseIdleConnections()
		return remote.Lodge(b.ctx, []events.Record{neverRecorded(b.genesis, b.clock.Now())})
	}
	return nil, errors.New("lake-w is missing")
}

// export is a bundle as the server gives it.
func (b *builder) export() ([]byte, error) {
	end, err := b.c.BundleEnd(b.ctx, host.Reader{}, 0)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = b.c.Bundle(b.ctx, &out, end)
	return out.Bytes(), err
}

func (b *builder) review() error {
	err := b.say("harbor-head", "", &events.StageAdvanced{Stage: events.StageReview})
	for i, unit := range units() {
		if err == nil {
			peer := units()[(i+1)%len(units())]
			err = b.say(speaker(peer), unit, score("A", "cross", peer, int64(50+7*((i*3)%5))))
		}
	}
	if err == nil {
		err = b.say("harbor-head", "", &events.StageAdvanced{Stage: events.StageDeliberation})
	}
	for _, unit := range []string{"lake", "mill"} {
		if err == nil {
			err = b.say("hill-council", unit, &events.EvaluationRecorded{Cluster: "one", Recommendation: "considered", Strengths: []events.Finding{{Text: "steady work"}}})
		}
	}
	return err
}

// standings names those of now.
func (b *builder) standings() events.StandingsRef {
	s, err := b.c.Standings(b.ctx, host.Reader{})
	if err != nil {
		panic(err)
	}
	return events.StandingsRef{Seq: int(s.Seq), SHA256: projections.StandingsSHA(s)}
}

// council is the roll.
func council() (roll []string) {
	for _, unit := range units() {
		roll = append(roll, unit+"-council")
	}
	return roll
}

// vote is one member's.
func vote(member, for_ string) *events.BallotCast {
	if member == "lake-council" {
		for_ = events.VoteRecused
	}
	return &events.BallotCast{Ballot: "flag-1", Votes: []events.NomineeVote{{Unit: "lake", Vote: for_}}}
}

// castAs is how a member of the council voted.
func castAs(member string) string {
	if member == "moor-council" {
		return events.VoteAgainst
	}
	return events.VoteFor
}

func (b *builder) vote() error {
	if err := b.say("hill-council", "lake", &events.NominationProposed{Award: "flag", Cluster: "one", Standings: b.standings(), Reason: "of all units the steadiest"}); err != nil {
		return err
	}
	if err := b.say("harbor-head", "", &events.StageAdvanced{Stage: events.StageBallot}); err != nil {
		return err
	}
	err := b.say("harbor-head", "", &events.BallotOpened{Award: "flag", Ballot: "flag-1", Base: events.BasePresent, Cluster: "one", Kind: events.BallotNamed, Nominees: []string{"lake"},
		Present: council(), Question: "Shall lake have the flag?", Quorum: events.Fraction{Num: 2, Den: 3}, Roll: council(), Standings: b.standings(), Threshold: events.Fraction{Num: 1, Den: 2}})
	if err == nil {
		err = b.look(sizeOpenBox)
	}
	b.pace = time.Minute
	for _, unit := range []string{"lake", "mill", "moor"} {
		if err == nil {
			err = b.say(unit+"-head", "", &events.RecordEndorsed{Of: eventID("honest", seqNominated), Hash: b.hashOf(seqNominated), As: events.EndorseReceived})
		}
	}
	b.pace = 11 * time.Minute
	for _, member := range council() {
		if err == nil {
			err = b.say(member, "", vote(member, castAs(member)))
		}
	}
	if err == nil {
		err = b.say("harbor-head", "", &events.BallotClosed{Ballot: "flag-1"})
	}
	return err
}

func (b *builder) award() error {
	if err := b.say("harbor-head", "", &events.StageAdvanced{Stage: events.StageFinal}); err != nil {
		return err
	}
	if err := b.say("harbor-head", "lake", &events.AwardProposed{Award: "flag", Ballot: "flag-1", Cluster: "one"}); err != nil {
		return err
	}
	proposed := b.made
	decision := events.Decision{Date: "2026-03-02", Number: "12/QD", Scan: strings.Repeat("5", 64), Signatory: "the minister"}
	if err := b.say("ministry", "lake", &events.AwardDecided{Of: eventID("honest", proposed), Outcome: events.AwardGranted, Decision: decision}); err != nil {
		return err
	}
	if err := b.say("lake-head", "", &events.RecordEndorsed{Of: eventID("honest", b.made), Hash: b.hashOf(seqDecided), As: events.EndorseReceived}); err != nil {
		return err
	}
	return b.look(seqLast)
}

// hashOf is the hash of a record.
func (b *builder) hashOf(seq events.Seq) string {
	for stored, err := range b.c.Ledger.Records(b.ctx, seq-1, false) {
		if err != nil {
			panic(err)
		}
		return hashOf(stored.Record)
	}
	panic("no such record")
}

// keep is what members keep in the end.
func (b *builder) keep() (err error) {
	for _, seq := range []events.Seq{seqLakeMark, seqReview, seqVote + 3, seqLast} {
		r, err := b.c.Receipt(b.ctx, seq)
		if err != nil {
			return err
		}
		b.receipts[seq] = r.Marshal()
	}
	b.newest, err = b.export()
	return err
}
