package ledger

import (
	"fmt"
	"time"

	"campaignledger/events"
)

// runPlan plans with the gate caught up, then stores group after group. On a conflict drain catches up and goes on.
func (a *appender) runPlan(b *body) error {
	if !a.l.cfg.Exclusive {
		a.behind = true
		if !a.catchUp() {
			if err := a.l.Broken(); err != nil {
				return err
			}
			return ErrUnreachable
		}
	}
	savepoint := a.gate.Savepoint()
	groups, err := b.plan(a.last, a.now())
	a.gate.Rollback(savepoint)
	a.gate.Discard()
	if err != nil {
		return err
	}
	later := a.waiting
	a.planning = true
	defer func() {
		a.planning, a.waiting = false, later
		a.releaseHeld(time.Time{})
	}()
	stored := 0
	for i, group := range groups {
		if err := b.ctx.Err(); err != nil {
			return fmt.Errorf("stored %d of %d groups: %w", i, len(groups), err)
		}
		if err := a.storeGroup(b, group); err != nil {
			return fmt.Errorf("stored %d of %d groups: %w", i, len(groups), err)
		}
		stored += len(group)
		if b.progress != nil {
			b.progress(stored)
		}
	}
	return nil
}

// storeGroup stores one group as one commit and returns its outcome.
func (a *appender) storeGroup(plan *body, group []events.Proposal) error {
	if len(group) > events.MaxCommitEvents {
		return fmt.Errorf("%d events: %w", len(group), ErrTooBig)
	}
	b := newBody(plan.ctx)
	if err := a.l.prepare(b, group, true); err != nil {
		return err
	}
	b.state.Store(bodyTaken)
	a.waiting = []*body{b}
	a.drain()
	a.waiting = nil
	select {
	case err := <-b.done:
		return err
	default:
	}
	if err := plan.ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnclear, err)
	}
	return ErrClosed
}
