package ledger

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

type leafHash = proof.Hash

// staged is a commit being put together: admitted, not stored.
type staged struct {
	first    events.Seq
	recorded time.Time
	events   []events.Event
	size     int     // of the records with their line feeds
	bodies   []*body // admitted, or duplicates of what is stored or staged
}

func (s *staged) reset() {
	clear(s.bodies)
	clear(s.events)
	s.events, s.size, s.bodies, s.first = s.events[:0], 0, s.bodies[:0], 0
}

// begun reports whether bodies are being staged.
func (s *staged) begun() bool { return s.first != 0 }

// pack writes the commit.
func (s *staged) pack() Commit {
	data := make([]byte, 0, s.size)
	for i := range s.events {
		data = append(append(data, s.events[i].Record...), '\n')
	}
	return Commit{First: s.first, Recorded: s.recorded, Data: data, count: len(s.events)}
}

// hashAlong is from how many events on hashing runs beside the append; fewer are hashed at once, which costs less than a
// goroutine.
const hashAlong = 4

// hash computes the leaf hashes, while the store is at work if there are many.
func (s *staged) hash() <-chan []leafHash {
	hashed := make(chan []leafHash, 1)
	list := s.events
	work := func() { hashed <- leavesOf(list) }
	if len(list) < hashAlong {
		work()
	} else {
		go work()
	}
	return hashed
}

func leavesOf(list []events.Event) []leafHash {
	hashes := make([]leafHash, len(list))
	for i := range list {
		hashes[i] = events.LeafHash(list[i].Record, list[i].Recorded)
	}
	return hashes
}

// errFull: the body does not fit what is left of the commit.
var errFull = errors.New("the commit is full")

// stage admits waiting bodies into a commit, the one that was begun or a new one, until it is full or a plan is next. The refused are answered.
func (a *appender) stage() {
	if !a.commit.begun() {
		a.begin()
	}
	for len(a.waiting) > 0 && a.waiting[0].plan == nil && a.stageNext() {
		continue
	}
}

// begin begins a commit after the last one.
func (a *appender) begin() {
	a.commit.reset()
	a.commit.first = a.last + 1
	a.commit.recorded = a.now()
}

// stageNext admits the first waiting body into the commit that was begun, or answers it; false if the commit has no room for it.
func (a *appender) stageNext() bool {
	b, before := a.waiting[0], len(a.commit.events)
	err := a.admit(b)
	if err == errFull {
		return false
	}
	a.waiting = a.waiting[1:]
	if err != nil {
		a.turnAway(b, err)
		return true
	}
	a.commit.bodies = append(a.commit.bodies, b)
	if o := a.l.cfg.Observer; o != nil && len(a.commit.events) > before {
		o.Admitted(b.ctx, a.commit.events[before:])
	}
	return true
}

// turnAway answers a refused body, or holds it back.
func (a *appender) turnAway(b *body, err error) {
	var later retrier
	if b.patient && errors.As(err, &later) && !later.RetryAt().IsZero() {
		a.hold(b, later.RetryAt())
		return
	}
	b.finish(a.honest(b, err))
}

// now is the recorded time of a commit after the last one.
func (a *appender) now() time.Time {
	return a.l.clock.recorded(a.recorded)
}

// admit puts the whole body into the commit or leaves everything as it was.
func (a *appender) admit(b *body) error {
	if !b.tried {
		b.tried, b.base = true, a.last
	}
	savepoint, count, size := a.gate.Savepoint(), len(a.commit.events), a.commit.size
	clear(b.receipts)
	err := a.admitEach(b)
	if err == nil && len(a.commit.events) > count {
		if settled := a.gate.Settle(); settled != nil {
			err = &RefusedError{-1, settled}
		}
	}
	if err == nil && (len(a.commit.events) > events.MaxCommitEvents || a.commit.size > events.MaxCommitBytes) {
		err = errFull
		if count == 0 {
			err = ErrTooBig
		}
	}
	if err != nil {
		a.gate.Rollback(savepoint)
		clear(a.commit.events[count:])
		a.commit.events, a.commit.size = a.commit.events[:count], size
	}
	return err
}

func (a *appender) admitEach(b *body) error {
	for i := range b.proposals {
		p := &b.proposals[i]
		if seq, ok := a.gate.Find(p.ID); ok {
			receipt, err := a.repeated(p, seq)
			if errors.Is(err, ErrDuplicateID) {
				return &RefusedError{i, err}
			}
			if err != nil {
				return fmt.Errorf("look up event %d, which has this id: %w", seq, err)
			}
			receipt.Duplicate = seq <= b.base || seq >= a.commit.first
			b.receipts[i] = receipt
			continue
		}
		e, err := a.complete(p)
		if err == nil {
			err = a.gate.Admit(*e)
		}
		if err != nil {
			return &RefusedError{i, err}
		}
		a.commit.size += len(e.Record) + 1
		b.receipts[i] = Receipt{ID: e.ID, Seq: e.Seq, Recorded: e.Recorded, Record: e.Record}
	}
	return nil
}

// complete makes a proposal the next event of the commit, where it stands until its body is admitted or rolled back.
func (a *appender) complete(p *events.Proposal) (e *events.Event, err error) {
	a.commit.events = append(a.commit.events, events.Event{
		Draft:    p.Draft,
		Seq:      a.commit.first + events.Seq(len(a.commit.events)),
		Recorded: a.commit.recorded,
		Record:   p.Record,
		Verified: p.Verified,
		Forged:   p.Forged,
	})
	e = &a.commit.events[len(a.commit.events)-1]
	if len(p.Record) > 0 {
		return e, nil
	}
	e.Payload = clonePayload(p.Payload)
	a.gate.Complete(&e.Draft, e.Recorded)
	e.Record, err = events.Encode(e.Draft)
	return e, err
}

// clonePayload copies a payload, which completing may change, so that the writer's stays as it was and can be completed again.
func clonePayload(p events.Payload) events.Payload {
	from := reflect.ValueOf(p).Elem()
	to := reflect.New(from.Type())
	to.Elem().Set(from)
	clone, _ := to.Interface().(events.Payload)
	return clone
}

// repeated is the first receipt of an event whose id is taken by event seq, or a *DuplicateIDError.
func (a *appender) repeated(p *events.Proposal, seq events.Seq) (Receipt, error) {
	record, recorded, err := a.stored(seq)
	if err != nil {
		return Receipt{}, err
	}
	same := bytes.Equal(p.Record.Unsigned(), record.Unsigned())
	if len(p.Record) == 0 {
		if same, err = a.sameDraft(p.Draft, record); err != nil {
			return Receipt{}, err
		}
	}
	if !same {
		return Receipt{}, &DuplicateIDError{p.ID, seq}
	}
	return Receipt{ID: p.ID, Seq: seq, Recorded: recorded, Record: record, Leaf: events.LeafHash(record, recorded)}, nil
}

// stored is the record of event seq, staged or stored.
func (a *appender) stored(seq events.Seq) (events.Record, time.Time, error) {
	if seq >= a.commit.first {
		e := a.commit.events[seq-a.commit.first]
		return e.Record, e.Recorded, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), catchUpTimeout)
	defer cancel()
	for c, err := range a.l.ReadCommits(ctx, seq-1, false) {
		if err != nil {
			return nil, time.Time{}, err
		}
		record, _ := cutLine(c.Data)
		return bytes.Clone(record), c.Recorded, nil
	}
	return nil, time.Time{}, fmt.Errorf("event %d is not in the log", seq)
}

// sameDraft compares a draft with a stored record; what the draft leaves out is taken from the record.
func (a *appender) sameDraft(d events.Draft, record events.Record) (bool, error) {
	first, err := a.decoder.Decode(record)
	if err != nil {
		return false, err
	}
	if d.Time.IsZero() {
		d.Time = first.Time
	}
	if d.Author == "" {
		d.Author = first.Author
	}
	if d.Subject == "" {
		d.Subject = first.Subject
	}
	if d.Causation == uuid.Nil {
		d.Causation = first.Causation
	}
	d.Payload = clonePayload(d.Payload)
	fillIn(d.Payload, first.Payload)
	encoded, err := events.Encode(d)
	if err != nil {
		return false, nil //nolint:nilerr // what can't be encoded is not the stored event
	}
	return bytes.Equal(encoded, record.Unsigned()), nil
}

// fillIn takes from a stored payload what the gate may have completed it with.
func fillIn(p, stored events.Payload) {
	switch p := p.(type) {
	case *events.ScoreEntered:
		if q, ok := stored.(*events.ScoreEntered); ok {
			p.Supersedes, p.Regulation = cmp.Or(p.Supersedes, q.Supersedes), cmp.Or(p.Regulation, q.Regulation)
		}
	case *events.TargetSet:
		if q, ok := stored.(*events.TargetSet); ok {
			p.Supersedes = cmp.Or(p.Supersedes, q.Supersedes)
		}
	case *events.ReportFiled:
		if q, ok := stored.(*events.ReportFiled); ok {
			p.Supersedes = cmp.Or(p.Supersedes, q.Supersedes)
		}
	case *events.EvaluationRecorded:
		if q, ok := stored.(*events.EvaluationRecorded); ok {
			p.Supersedes = cmp.Or(p.Supersedes, q.Supersedes)
		}
	}
}

// hold keeps a body back until at, or the next commit.
func (a *appender) hold(b *body, at time.Time) {
	if len(a.held) >= maxHeld {
		b.finish(a.honest(b, ErrBusy))
		return
	}
	b.retryAt = at
	b.state.Store(bodyWaiting) // its writer may take it back
	a.held = append(a.held, b)
	a.l.heldNow.Store(int64(len(a.held)))
}

// releaseHeld lets the held bodies whose time has come by now wait for their turn again; a zero now releases all.
func (a *appender) releaseHeld(now time.Time) {
	if a.planning {
		return
	}
	kept := a.held[:0]
	for _, b := range a.held {
		if now.IsZero() || !b.retryAt.After(now) {
			a.take(b)
		} else {
			kept = append(kept, b)
		}
	}
	clear(a.held[len(kept):])
	a.held = kept
	a.l.heldNow.Store(int64(len(a.held)))
}

// nextRetry is how long until a held body's time comes; some body is held.
func (a *appender) nextRetry() time.Duration {
	const longest, least = time.Minute, time.Millisecond
	wait, now := longest, a.now()
	for _, b := range a.held {
		wait = min(wait, max(b.retryAt.Sub(now), least))
	}
	return wait
}
