package projections

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// Live holds all folds of one campaign at one sequence. The ledger drives it as its gate: one goroutine admits and commits.
// Any number of goroutines read; they see what is committed and nothing else.
type Live struct {
	told  newestTimeline // before mu, where both are locked
	state *State         // its overlay belongs to the admitting goroutine

	known atomic.Pointer[knownKeys] // replaced at a commit that changes it: who looks must not wait for readers

	mu          sync.RWMutex // guards what is committed and the boards
	plan        *plan
	boards      []*board
	note        string   // which import lacks rows; "" if none
	roster      []Member // of a signed campaign, by id; replaced as a whole
	rosterStale bool
	course      []events.Seq              // what was said of awards
	openVotes   map[events.Seq]string     // votes in named ballots that are open, and which
	voteEnds    map[events.Seq]events.Seq // the other votes, and the close that shows them
	changed     chan struct{}             // closed at the next commit
}

// NewLive is a campaign that is not open yet.
func NewLive() *Live {
	l := &Live{state: NewState(), changed: make(chan struct{}), openVotes: map[events.Seq]string{}, voteEnds: map[events.Seq]events.Seq{}}
	l.state.listener = l.take
	return l
}

// NewRefold is like NewLive, for a log that another Live of this process has admitted: signatures are not checked again.
func NewRefold() *Live {
	l := NewLive()
	l.state.trusted = true
	return l
}

// Complete, Admit, Settle, Savepoint, Rollback, Discard, Find and Last belong to the admitting goroutine; see State.

// Complete fills in what the author of a draft left out.
func (l *Live) Complete(d *events.Draft, recorded time.Time) { l.state.Complete(d, recorded) }

// CompleteBody completes the drafts of one body, each as of those before it, and gives their records, which have no signatures yet. What of
// them would be refused shows when they are appended.
func (l *Live) CompleteBody(drafts []events.Draft, recorded time.Time) ([]events.Record, error) {
	s := l.state
	point := s.Savepoint()
	defer s.Rollback(point)
	records := make([]events.Record, 0, len(drafts))
	for i := range drafts {
		d := drafts[i]
		s.Complete(&d, recorded)
		record, err := events.Encode(d)
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", i+1, err)
		}
		records = append(records, record)
		if i+1 < len(drafts) { // so that the next one sees it, as if it were signed; a refusal is not for now
			last, _ := s.Last()
			d.Signature = toBeSigned
			_ = s.Admit(events.Event{Draft: d, Seq: last + 1, Recorded: recorded, Record: record, Verified: s.members.get(d.Author).key})
		}
	}
	return records, nil
}

// toBeSigned stands for a signature that its author has yet to make; it gets no further than an overlay that is undone.
const toBeSigned = "to be signed"

// Admit checks e and overlays its effect, or returns a *Refusal.
func (l *Live) Admit(e events.Event) error { return l.state.Admit(e) }

// Settle refuses what may only stand for the time of one body.
func (l *Live) Settle() error { return l.state.Settle() }

// Savepoint marks the present overlay.
func (l *Live) Savepoint() int { return l.state.Savepoint() }

// Rollback undoes what was admitted since the savepoint.
func (l *Live) Rollback(savepoint int) { l.state.Rollback(savepoint) }

// Discard undoes what was admitted since the last commit.
func (l *Live) Discard() { l.state.Discard() }

// Find is the sequence of the event with this id, admitted ones included.
func (l *Live) Find(id uuid.UUID) (events.Seq, bool) { return l.state.Find(id) }

// Last is the newest event's sequence and recorded time, admitted ones included.
func (l *Live) Last() (events.Seq, time.Time) { return l.state.Last() }

// Commit shows everything admitted to readers.
func (l *Live) Commit() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state.Commit()
	l.note = l.state.importNote()
	l.show()
}

// show lets readers see what is committed.
func (l *Live) show() {
	if l.rosterStale {
		l.roster, l.rosterStale = l.state.roster(), false
		known := &knownKeys{genesis: l.state.begun.genesisText(), keys: make(map[string]events.PublicKey, len(l.roster))}
		for _, m := range l.roster {
			known.keys[m.ID] = m.Key
		}
		l.known.Store(known)
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// take passes a committed event on to the boards.
func (l *Live) take(c change) {
	e := l.state.journal.at(c.seq)
	l.takeAward(e, c.seq)
	switch {
	case e.what == kindOpened || e.what == kindJoined || e.what == kindLeft || e.what == kindAppointed || e.what == kindRekeyed || e.what == kindRemoved || c.effect != nil:
		l.rosterStale = true
	}
	if c.effect != nil && c.effect.plan != nil {
		l.plan = c.effect.plan
		l.remake(c.seq)
		return
	}
	if e.cluster >= 0 {
		l.boards[e.cluster].apply(e, c.seq, c.old, e.hold)
	}
	if c.effect == nil {
		return
	}
	for _, list := range [][]events.Seq{c.effect.released, c.effect.reopened} {
		for _, seq := range list {
			if changed := l.state.journal.at(seq); changed.cluster >= 0 {
				l.boards[changed.cluster].holdBack(changed, seq, changed.hold)
			}
		}
	}
}

// remake makes the boards anew from the events up to seq. O(n) in events.
func (l *Live) remake(seq events.Seq) {
	l.boards = l.boards[:0:0]
	for i := range l.plan.clusters {
		l.boards = append(l.boards, newBoard(l.plan, i, &l.state.journal))
	}
	for at := events.Seq(1); at <= seq; at++ {
		e := l.state.journal.at(at)
		if replaced := e.isEntry() && e.supersededBy != 0 && e.supersededBy <= seq; e.cluster >= 0 && !replaced {
			l.boards[e.cluster].apply(e, at, 0, e.hold)
		}
	}
}

// Check looks ahead of admission at an event's signature, from any goroutine, and notes in e the key it is good under. Admission checks
// what was not looked at, or was found good under a key that its author has no more.
func (l *Live) Check(e *events.Event) {
	if e.Signature == "" {
		return
	}
	known := l.known.Load()
	if known == nil {
		return
	}
	if key, ok := known.keys[e.Author]; ok {
		e.Verified, e.Forged = key, !events.VerifySignature(key, known.genesis, e.Record)
	}
}

// knownKeys are what a signature is looked at with, ahead of admission; it does not change.
type knownKeys struct {
	genesis string
	keys    map[string]events.PublicKey // by member, removed ones included
}

// Opening is the regulation that the campaign was opened under, whatever amended it; nil if it is not open.
func (l *Live) Opening() *events.Regulation {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.state.journal.committed() == 0 {
		return nil
	}
	p, _ := l.state.journal.at(1).more.payload.(*events.CampaignOpened)
	return p.Regulation
}

// Roster is every member there is or was, by id; nil in an unsigned campaign. It must not be changed.
func (l *Live) Roster() []Member {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.roster
}

// Blockers is what keeps the campaign from its next stage. It belongs to the admitting goroutine. O(n) in events.
func (l *Live) Blockers() (Check, error) {
	if l.state.plan == nil {
		return Check{}, refuse(CodeNotOpen, "", "open it with campaign open REGULATION.yaml", "the campaign is not open")
	}
	return l.state.check(), nil
}

// Wait returns once the views hold event seq, or when ctx is done.
func (l *Live) Wait(ctx context.Context, seq events.Seq) error {
	for {
		l.mu.RLock()
		last, changed := l.state.journal.committed(), l.changed
		l.mu.RUnlock()
		if last >= seq {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for event %d (the views hold %d): %w", seq, last, context.Cause(ctx))
		}
	}
}

// Summary says what a campaign is and how far it has come.
type Summary struct {
	Regulation *events.Regulation // nil if the campaign is not open
	Seq        events.Seq
	Recorded   time.Time    // of the last event
	AsOf       time.Time    // of the last event: claimed in a historic campaign, recorded in a live one
	Final      bool         // closed
	Version    int          // of the regulation
	Stage      events.Stage // "" in an unsigned campaign
	Frozen     events.Seq   // the standings.frozen in force, 0 if none
	Genesis    string       // SHA-256 of record 1 in hex; "" in an unsigned campaign
}

// Zone is where the campaign's days begin and end.
func (s Summary) Zone() *time.Location {
	if s.Regulation == nil || s.Regulation.Period.Zone == nil {
		return time.UTC
	}
	return s.Regulation.Period.Zone
}

// Summary is the campaign's present state. O(1).
func (l *Live) Summary() Summary {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.summary()
}

func (l *Live) summary() Summary {
	if l.plan == nil {
		return Summary{}
	}
	s := Summary{Regulation: l.plan.regulation, Seq: l.state.journal.committed(), Recorded: l.state.begun.recorded,
		AsOf: l.state.begun.recorded, Final: l.state.begun.closed != 0}
	if s.Regulation.Clock == events.ClockHistoric {
		s.AsOf = l.state.begun.time
	}
	s.Version = l.plan.version
	if s.Regulation.Signed() {
		s.Stage, s.Frozen, s.Genesis = l.state.begun.stage, l.state.begun.frozen, l.state.begun.genesisText()
	}
	return s
}

// Standings is one campaign at one sequence.
type Standings struct {
	Summary
	Clusters []*ClusterStandings
}

// Standings brings what changed up to date and shares the rest with earlier answers: O(1) where nothing changed.
func (l *Live) Standings() Standings {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := Standings{Summary: l.summary(), Clusters: make([]*ClusterStandings, 0, len(l.boards))}
	for _, b := range l.boards {
		s.Clusters = append(s.Clusters, b.standings(l.note))
	}
	return s
}
