package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"campaignledger/events"
)

// Memory is a Store in memory, for tests and trials. It can be told to fail (see Fault) and to be broken (see Damage).
type Memory struct {
	mu       sync.Mutex
	messages []message
	changed  chan struct{} // closed and replaced when messages change
	faults   []Fault       // of the coming appends, first first
	hold     chan struct{} // appends wait while it is open; nil: they do not
	held     chan struct{} // receives when an append starts waiting
	appends  int
}

// Fault is what becomes of one append.
type Fault uint8

// The faults.
const (
	FaultNone          Fault = iota
	FaultRefused             // ErrRefused, nothing stored
	FaultUnclearStored       // ErrUnclear, but stored
	FaultUnclearLost         // ErrUnclear, not stored
	FaultDown                // the store can't be reached, nothing stored
)

// Damage is what is done to the stored log behind the store's back.
type Damage uint8

// The damages. A single commit must be there, two for DamageGap.
const (
	DamageGap      Damage = iota + 1 // the last but one message vanishes
	DamageRollback                   // the last message vanishes
	DamageForeign                    // a message without headers is appended
	DamageByte                       // a byte in the last message is flipped
)

// errDown is what FaultDown reports.
var errDown = errors.New("the store can't be reached")

// NewMemory makes an empty log.
func NewMemory() *Memory { return &Memory{changed: make(chan struct{})} }

// FailAppends sets what becomes of the next appends, one each; FaultNone lets one pass.
func (m *Memory) FailAppends(faults ...Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = append(m.faults, faults...)
}

// HoldAppends makes appends wait until release is called, or their context is done; waiting receives once for each append
// that has come to wait.
func (m *Memory) HoldAppends() (waiting <-chan struct{}, release func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	hold, held := make(chan struct{}), make(chan struct{}, events.MaxCommitEvents)
	m.hold, m.held = hold, held
	return held, sync.OnceFunc(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.hold = nil
		close(hold)
	})
}

// Damage harms the stored log.
func (m *Memory) Damage(d Damage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := len(m.messages)
	switch d {
	case DamageGap:
		m.messages = slices.Delete(slices.Clone(m.messages), n-2, n-1)
	case DamageRollback:
		m.messages = m.messages[: n-1 : n-1]
	case DamageForeign:
		m.messages = append(m.messages, message{streamSeq: uint64(n) + 1, data: []byte("hello\n")})
	case DamageByte:
		data := bytes.Clone(m.messages[n-1].data)
		data[len(data)/2] ^= 1
		m.messages = slices.Clone(m.messages)
		m.messages[n-1].data = data
	}
	m.notify()
}

// Stray stores a message as someone past the ledger would, with whatever headers.
func (m *Memory) Stray(firstSeq, recorded string, data []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.messages = append(m.messages,
		message{streamSeq: uint64(len(m.messages)) + 1, first: firstSeq, recorded: recorded, data: data})
	m.notify()
}

// Appends is the number of Append calls so far, failed ones included.
func (m *Memory) Appends() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.appends
}

func (m *Memory) notify() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// Append stores c; see Store.
func (m *Memory) Append(ctx context.Context, c Commit) error {
	if err := c.Check(); err != nil {
		return err
	}
	if err := m.pass(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.appends++
	fault := FaultNone
	if len(m.faults) > 0 {
		fault, m.faults = m.faults[0], m.faults[1:]
	}
	switch fault {
	case FaultRefused:
		return fmt.Errorf("append event %d: %w", c.First, ErrRefused)
	case FaultUnclearLost:
		return fmt.Errorf("append event %d: %w", c.First, ErrUnclear)
	case FaultDown:
		return fmt.Errorf("append event %d: %w", c.First, errDown)
	}
	last, err := m.last()
	if err != nil {
		return err
	}
	if last+1 != c.First {
		return fmt.Errorf("append event %d after event %d: %w", c.First, last, ErrConflict)
	}
	stored := newMessage(c)
	stored.streamSeq = uint64(len(m.messages)) + 1
	m.messages = append(m.messages, stored)
	m.notify()
	if fault == FaultUnclearStored {
		return fmt.Errorf("append event %d: %w", c.First, ErrUnclear)
	}
	return nil
}

// pass waits while appends are held.
func (m *Memory) pass(ctx context.Context) error {
	m.mu.Lock()
	hold, held := m.hold, m.held
	m.mu.Unlock()
	if hold == nil {
		return ctx.Err()
	}
	select {
	case held <- struct{}{}:
	default:
	}
	select {
	case <-hold:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// last is the newest message's last event; mu is held.
func (m *Memory) last() (events.Seq, error) {
	if len(m.messages) == 0 {
		return 0, nil
	}
	c, err := m.messages[len(m.messages)-1].commit()
	if err != nil {
		return 0, err
	}
	return c.Last(), nil
}

// Last is the newest event; see Store.
func (m *Memory) Last(ctx context.Context) (events.Seq, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return m.last()
}

// Read yields the stored commits; see Store.
func (m *Memory) Read(ctx context.Context, after events.Seq, follow bool) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		var at chain
		for next, end := 0, -1; ; {
			m.mu.Lock()
			messages, changed := m.messages, m.changed
			m.mu.Unlock()
			if end < 0 {
				end = len(messages)
			}
			if next > len(messages) {
				yield(Commit{}, shorter(at.last+1, at.last))
				return
			}
			if !follow {
				messages = messages[:min(end, len(messages))]
			}
			for ; next < len(messages); next++ {
				c, err := at.next(messages[next])
				if err != nil {
					yield(Commit{}, err)
					return
				}
				if c.Last() <= after {
					continue
				}
				if !yield(c.After(after), nil) {
					return
				}
			}
			if at.last < after {
				yield(Commit{}, shorter(at.last+1, after))
				return
			}
			if !follow {
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	}
}

// shorter says that event missing is gone although the log once went to event seen.
func shorter(missing, seen events.Seq) error {
	return &BrokenError{Seq: missing, Err: ErrRollback,
		Reason: fmt.Sprintf("the log ends before it, and went to event %d at least", seen)}
}
