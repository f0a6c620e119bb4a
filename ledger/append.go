package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// PlanFunc says what to store, as groups of one commit each. It runs in the appender with the gate caught up and nothing
// pending; it may use the gate between Savepoint and Rollback. Its proposals with both a Record and a Payload are taken
// as they are: the payload must be the record's, and Verified a key that its signature is good under, or zero.
type PlanFunc func(last events.Seq, recorded time.Time) ([][]events.Proposal, error)

// body is what one writer wants stored together, or a plan.
type body struct {
	ctx       context.Context
	proposals []events.Proposal
	plan      PlanFunc
	progress  func(stored int)

	receipts []Receipt // one a proposal
	state    atomic.Int32
	done     chan error // receives the outcome once
	tried    bool       // base is set
	base     events.Seq // the end of the log when the body was first tried: what stands behind it may be the body's own
	unclear  events.Seq // the first place of the last commit that it stood in and whose outcome is unclear; 0: none
	retryAt  time.Time  // while it is held back
	patient  bool       // it may be held back
	counted  *waiting   // where it is counted in, with so many bytes; nil: nowhere
	bytes    int64
	single   struct { // the proposal and the receipt of a body of one: most are
		proposal [1]events.Proposal
		receipt  [1]Receipt
	}
}

// finish tells the writer the outcome. It is called once for each body that was queued.
func (b *body) finish(err error) {
	b.goOut()
	b.done <- err
}

// goOut counts the body out; whoever holds it, the appender or what is left of it, calls it once.
func (b *body) goOut() {
	if b.counted != nil {
		b.counted.giveBack(b.bytes)
		b.counted = nil
	}
}

// The states of a body: a writer may take back a waiting one; once it is taken by the appender the outcome is the appender's.
const (
	bodyWaiting int32 = iota
	bodyTaken
	bodyWithdrawn
)

func newBody(ctx context.Context) *body {
	return &body{ctx: ctx, done: make(chan error, 1)}
}

// makeRoom makes place for n proposals and their receipts.
func (b *body) makeRoom(n int) {
	if n == 1 {
		b.proposals, b.receipts = b.single.proposal[:], b.single.receipt[:]
		return
	}
	b.proposals, b.receipts = make([]events.Proposal, n), make([]Receipt, n)
}

// Append stores the proposals as one body: all of them in one commit or none. It returns when they are durable, with one
// receipt each. What is stored already (same id, same bytes apart from the signature) gets its first receipt again.
//
// Errors: *RefusedError (around the gate's own error, a *DuplicateIDError or a codec error), ErrTooBig, ErrReadOnly,
// ErrClosed, ErrBusy (too much waits, or this body was held back with too many others), ErrContended, ErrRefused and ctx's error alone: nothing was stored. ErrUnclear, with ctx's error: it may
// be stored now or later; the same proposals with the same ids tell. The caller must not change what it passed.
func (l *Ledger) Append(ctx context.Context, proposals ...events.Proposal) ([]Receipt, error) {
	if len(proposals) == 0 {
		return nil, nil
	}
	var receipts []Receipt
	err := l.watched(func() (err error) {
		receipts, err = l.append(ctx, proposals)
		return err
	})
	return receipts, err
}

func (l *Ledger) append(ctx context.Context, proposals []events.Proposal) ([]Receipt, error) {
	if len(proposals) > events.MaxCommitEvents {
		return nil, fmt.Errorf("%d events: %w", len(proposals), ErrTooBig)
	}
	if err := l.Ready(); err != nil {
		return nil, err
	}
	bytes := weight(proposals)
	if err := l.waiting.take(bytes); err != nil { // before it costs anything
		return nil, err
	}
	b := newBody(ctx)
	b.patient, b.counted, b.bytes = true, &l.waiting, bytes
	if err := l.prepare(b, proposals, false); err != nil {
		b.goOut()
		return nil, err
	}
	l.verifier.proposals(ctx, l.closing, b.proposals)
	if err := l.submit(b); err != nil {
		return nil, err
	}
	return b.receipts, nil
}

// AppendPlan runs plan inside the appender and stores its groups in order, one commit each, with nothing else between them.
// A group that is stored already is recognised. progress, if not nil, is called after each group with the number of events
// settled so far. An error says how many groups are stored; they stay.
func (l *Ledger) AppendPlan(ctx context.Context, plan PlanFunc, progress func(stored int)) error {
	if err := l.Ready(); err != nil {
		return err
	}
	if err := l.waiting.take(0); err != nil {
		return err
	}
	b := newBody(ctx)
	b.plan, b.progress, b.counted = plan, progress, &l.waiting
	return l.submit(b)
}

// prepare puts proposals into a body: it decodes records, which is the costly part, and gives new events their ids. If trusted, a proposal that comes
// with both record and payload is not decoded.
func (l *Ledger) prepare(b *body, proposals []events.Proposal, trusted bool) error {
	b.makeRoom(len(proposals))
	decoder, _ := l.decoders.Get().(*events.Decoder)
	defer l.decoders.Put(decoder)
	for i := range proposals {
		p := &b.proposals[i]
		*p = proposals[i]
		if !trusted || p.Payload == nil {
			p.Verified, p.Forged = events.PublicKey{}, false // nobody's word is taken for it
		}
		if len(p.Record) > 0 && !(trusted && p.Payload != nil) {
			draft, err := decoder.Decode(p.Record)
			if err != nil {
				return &RefusedError{i, err}
			}
			p.Draft = draft
		}
		if p.Payload == nil {
			return &RefusedError{i, errors.New("it has neither a record nor a payload")}
		}
		if p.Campaign == "" {
			p.Campaign = l.cfg.Campaign
		}
		if p.Campaign != l.cfg.Campaign {
			return &RefusedError{i, fmt.Errorf("it belongs to campaign %s, this is %s", p.Campaign, l.cfg.Campaign)}
		}
		if p.ID == uuid.Nil {
			p.ID = events.NewID()
		}
	}
	return nil
}

// submit queues b, which was counted in, so that there is room for it, and waits for its outcome.
func (l *Ledger) submit(b *body) error {
	l.queue <- b
	select {
	case err := <-b.done:
		return err
	case <-l.stopped:
		select {
		case err := <-b.done:
			return err
		default:
			return ErrClosed
		}
	case <-b.ctx.Done():
		if b.state.CompareAndSwap(bodyWaiting, bodyWithdrawn) {
			return fmt.Errorf("nothing was stored: %w", b.ctx.Err())
		}
		if b.plan != nil { // it heeds the context by itself, and its callbacks must not outlive this call
			select {
			case err := <-b.done:
				return err
			case <-l.stopped:
				return ErrClosed
			}
		}
		select {
		case err := <-b.done:
			return err
		default:
			return fmt.Errorf("%w: %w", ErrUnclear, b.ctx.Err())
		}
	}
}
