package host

import (
	"context"
	"sync"
	"time"

	"campaignledger/events"
	"campaignledger/projections"
)

// Reader is who reads. The zero value is the public.
type Reader struct {
	Member, Role, Unit string
}

// Entitled reports whether the reader sees what a freeze hides: who reviews, deliberates, audits or awards. Who competes does not.
func (r Reader) Entitled() bool { return projections.SeesThroughFreeze(r.Role) }

// pastFold is the campaign as it stood at a freeze, folded when somebody first asks for it.
type pastFold struct {
	mu   sync.Mutex // also held by whoever plans or completes with it: that belongs to one goroutine
	at   events.Seq
	live *projections.Live
}

// Look calls look with the campaign as the reader may see it: as it is, or during a freeze as it stood when the freeze began. This is the one
// boundary: nothing else gives out folds. look may be called twice, when a freeze begins while it looks; the last call counts.
func (c *Campaign) Look(ctx context.Context, r Reader, look func(*projections.Live) error) error {
	for {
		frozen := c.live.Summary().Frozen
		if r.Entitled() || frozen == 0 {
			err := look(c.live)
			if r.Entitled() || c.live.Summary().Frozen == 0 {
				return err
			}
			continue // what look saw may be of after the freeze
		}
		past, err := c.frozen(ctx, frozen)
		if err != nil {
			return err
		}
		return look(past)
	}
}

// Standings are the standings as the reader may see them.
func (c *Campaign) Standings(ctx context.Context, r Reader) (s projections.Standings, err error) {
	err = c.Look(ctx, r, func(seen *projections.Live) error {
		s = seen.Standings()
		return nil
	})
	return s, err
}

// frozen is the campaign as it stood after event at.
func (c *Campaign) frozen(ctx context.Context, at events.Seq) (*projections.Live, error) {
	c.past.mu.Lock()
	defer c.past.mu.Unlock()
	if c.past.at == at {
		return c.past.live, nil
	}
	live, err := c.Past(ctx, at)
	if err != nil {
		return nil, err
	}
	c.past.at, c.past.live = at, live
	return live, nil
}

// Hides reports whether the record of event seq is hidden from the reader: behind a freeze, or from everybody as a vote in a ballot that is
// open. Ask after the record was read: what is behind a freeze is committed after it.
func (c *Campaign) Hides(r Reader, seq events.Seq) bool {
	sum := c.live.Summary()
	return frozenOut(sum, r, seq) || c.live.HidesVote(seq, frozenAt(sum, r))
}

// frozenAt is the freeze that the reader sees the campaign as of; 0 for now.
func frozenAt(sum projections.Summary, r Reader) events.Seq {
	if r.Entitled() {
		return 0
	}
	return sum.Frozen
}

// frozenOut reports whether a freeze hides event seq from the reader.
func frozenOut(sum projections.Summary, r Reader, seq events.Seq) bool {
	return sum.Frozen != 0 && seq > sum.Frozen && !r.Entitled()
}

// InGate calls do with the reader's view of the campaign where it may be used like a gate, with nothing pending: what do admits is undone.
func (c *Campaign) InGate(ctx context.Context, r Reader, do func(l *projections.Live, recorded time.Time) error) error {
	if frozen := c.live.Summary().Frozen; frozen != 0 && !r.Entitled() {
		past, err := c.frozen(ctx, frozen)
		if err != nil {
			return err
		}
		c.past.mu.Lock()
		defer c.past.mu.Unlock()
		defer past.Discard()
		return do(past, events.Milliseconds(c.host.cfg.Now()))
	}
	again := false
	err := c.Ledger.Quiet(ctx, func(_ events.Seq, recorded time.Time) error {
		if again = c.live.Summary().Frozen != 0 && !r.Entitled(); again {
			return nil
		}
		return do(c.live, recorded)
	})
	if again && err == nil {
		return c.InGate(ctx, r, do)
	}
	return err
}

// Complete fills in what drafts leave out and gives their records, for their authors to sign.
func (c *Campaign) Complete(ctx context.Context, r Reader, drafts []events.Proposal) (records []events.Record, err error) {
	err = c.InGate(ctx, r, func(l *projections.Live, recorded time.Time) (err error) {
		list := make([]events.Draft, len(drafts))
		for i := range drafts {
			list[i] = drafts[i].Draft
			list[i].Campaign = c.ID
		}
		records, err = l.CompleteBody(list, recorded)
		return err
	})
	return records, err
}

// answers are the newest answers of a view that costs a look at all events: whoever asks again makes nobody fold.
type answers[T any] struct {
	mu   sync.Mutex
	rows map[question]answer[T]
}

// question is which fold is asked, the whole one or that of a freeze, and for what: in which language, for one.
type question struct {
	live *projections.Live
	what string
}

type answer[T any] struct {
	seq   events.Seq
	value T
}

// maxAnswers holds two folds in two languages.
const maxAnswers = 4

// of is the answer at the newest event, in the gate; ask works it out. Nobody changes what it returns.
func (a *answers[T]) of(l *projections.Live, what string, ask func() (T, error)) (T, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	seq, _ := l.Last()
	q := question{l, what}
	if last, ok := a.rows[q]; ok && last.seq == seq {
		return last.value, nil
	}
	value, err := ask()
	if err != nil {
		return value, err
	}
	if _, ok := a.rows[q]; a.rows == nil || !ok && len(a.rows) >= maxAnswers {
		a.rows = map[question]answer[T]{} // without those of an earlier freeze
	}
	a.rows[q] = answer[T]{seq, value}
	return value, nil
}

// forgetAll drops every answer.
func (a *answers[T]) forgetAll() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rows = nil
}

// Check is what keeps the campaign from its next stage, as far as the reader may see it. O(n) in events where anything happened since it
// was last asked.
func (c *Campaign) Check(ctx context.Context, r Reader) (check projections.Check, err error) {
	err = c.InGate(ctx, r, func(l *projections.Live, _ time.Time) (err error) {
		check, err = c.checks.of(l, "", l.Blockers)
		return err
	})
	return check, err
}

// Awards is how the campaign stands on awards, as far as the reader may see it. Nobody changes it. O(n) in events where anything happened
// since it was last asked.
func (c *Campaign) Awards(ctx context.Context, r Reader, lang string) (a *projections.Awards, err error) {
	err = c.InGate(ctx, r, func(l *projections.Live, _ time.Time) (err error) {
		a, err = c.awards.of(l, lang, func() (*projections.Awards, error) { return l.Awards(lang), nil })
		return err
	})
	return a, err
}

// AwardTrail is all behind an award, as far as the reader may see it, with what evidence is held now. O(n) in events.
func (c *Campaign) AwardTrail(ctx context.Context, r Reader, award, cluster, lang string) (t *projections.Trail, err error) {
	err = c.InGate(ctx, r, func(l *projections.Live, _ time.Time) (err error) {
		t, err = l.AwardTrail(award, cluster, lang)
		return err
	})
	if err != nil {
		return t, err
	}
	return t, c.AddHeld(ctx, t)
}

// AddHeld notes in a trail which files of evidence are held now.
func (c *Campaign) AddHeld(ctx context.Context, t *projections.Trail) error {
	if len(t.Evidence) == 0 {
		return nil
	}
	evidence, err := c.Evidence(ctx)
	if err != nil {
		return err
	}
	for i := range t.Evidence {
		f := &t.Evidence[i]
		if f.Held != "" {
			continue
		}
		_, here, err := evidence.Held(ctx, f.SHA256)
		if err != nil {
			return err
		}
		f.Here = &here
	}
	return nil
}

// Summary is what a campaign is and how far it has come, whoever asks: what goes to readers is SummaryFor.
func (c *Campaign) Summary() projections.Summary { return c.live.Summary() }

// SummaryFor is what a campaign is as the reader may see it. Of what a freeze hides it tells the size and the recorded time.
func (c *Campaign) SummaryFor(ctx context.Context, r Reader) (sum projections.Summary, err error) {
	var newest projections.Summary
	err = c.Look(ctx, r, func(seen *projections.Live) error {
		sum, newest = seen.Summary(), c.live.Summary()
		return nil
	})
	if err == nil && sum.Seq != newest.Seq {
		sum.Seq, sum.Recorded = newest.Seq, newest.Recorded
		if sum.Regulation.Clock != events.ClockHistoric { // there the time is a claim of a hidden record
			sum.AsOf = newest.AsOf
		}
	}
	return sum, err
}

// MemberWithKey is the member who has this key now and was not removed.
func (c *Campaign) MemberWithKey(key string) (projections.Member, bool) {
	for _, m := range c.live.Roster() {
		if m.KeyText == key && m.Until == 0 {
			return m, true
		}
	}
	return projections.Member{}, false
}

// Member is the member with this id, as it stands now.
func (c *Campaign) Member(id string) (projections.Member, bool) {
	for _, m := range c.live.Roster() {
		if m.ID == id {
			return m, true
		}
	}
	return projections.Member{}, false
}
