package projections

import (
	"campaignledger/events"
)

// walk goes over the committed events once more, with the boards as live readers had them after each event. The journal holds what became of
// an entry; what held it back at an earlier sequence follows from the effects that later events had on it. A walk is O(n) in events, and
// O(n) once more at each amendment, as it was then; boards rank where they are asked. Whoever walks holds the lock of Live, for reading at
// least: the boards are the walk's own.
type walk struct {
	journal *journal
	seq     events.Seq // the last event walked, 0 before the first
	plan    *plan      // in force after it; nil before the opening
	boards  []*board
	stage   events.Stage         // "" in an unsigned campaign
	frozen  events.Seq           // the standings.frozen in force, 0 if none
	changed map[events.Seq]uint8 // the holds after event seq of entries whose hold changes at some time
}

// walk starts a walk, before the first event. O(n) in events.
func (l *Live) walk() *walk {
	w := &walk{journal: &l.state.journal, changed: map[events.Seq]uint8{}}
	for seq := events.Seq(1); seq <= w.journal.committed(); seq++ {
		on := w.journal.at(seq).effectOn()
		if on == nil {
			continue
		}
		// Undone in any order: what is released was held for that reason from its admission on, and nothing is admitted reopened.
		for _, at := range on.released {
			w.changed[at] = w.holdOf(at) | on.clear
		}
		for _, at := range on.reopened {
			w.changed[at] = w.holdOf(at) &^ holdReopened
		}
	}
	return w
}

// effectOn is what e does to entries before it; nil if nothing.
func (e *entry) effectOn() *effect {
	if e.more == nil || e.more.rare == nil {
		return nil
	}
	return e.more.effect
}

// holdOf is the hold of an event after event w.seq.
func (w *walk) holdOf(seq events.Seq) uint8 {
	if hold, ok := w.changed[seq]; ok {
		return hold
	}
	return w.journal.at(seq).hold
}

// peek is the next event, nil after the last.
func (w *walk) peek() *entry {
	if w.seq == w.journal.committed() {
		return nil
	}
	return w.journal.at(w.seq + 1)
}

// next walks one event; there is one.
func (w *walk) next() {
	w.seq++
	e := w.journal.at(w.seq)
	w.course(e)
	on := e.effectOn()
	if on != nil {
		for _, at := range on.released {
			w.changed[at] &^= on.clear
		}
		for _, at := range on.reopened {
			w.changed[at] |= holdReopened
		}
		if on.plan != nil {
			w.plan = on.plan
			w.remake()
			return
		}
	}
	if e.cluster >= 0 {
		w.boards[e.cluster].apply(e, w.seq, e.supersedes, w.holdOf(w.seq))
	}
	if on == nil {
		return
	}
	for _, list := range [][]events.Seq{on.released, on.reopened} {
		for _, at := range list {
			if of := w.journal.at(at); of.cluster >= 0 {
				w.boards[of.cluster].holdBack(of, at, w.holdOf(at))
			}
		}
	}
}

// course follows the stages and the freeze.
func (w *walk) course(e *entry) {
	switch p := e.payload().(type) {
	case *events.CampaignOpened:
		if p.Regulation.Signed() {
			w.stage = events.StageDraft
		}
	case *events.StageAdvanced:
		w.stage = p.Stage
	case *events.StandingsFrozen:
		w.frozen = w.seq
	case *events.StandingsRevealed:
		w.frozen = 0
	}
}

// remake makes the boards anew under the plan in force. O(n) in the events so far.
func (w *walk) remake() {
	w.boards = foldBoards(w.plan, w.journal, w.seq, w.holdOf, func(*entry) bool { return true })
}

// foldBoards makes the boards of a plan from the events up to last that ok takes, under the holds that hold gives. O(n) in events.
func foldBoards(p *plan, j *journal, last events.Seq, hold func(events.Seq) uint8, ok func(*entry) bool) []*board {
	boards := make([]*board, 0, len(p.clusters))
	for i := range p.clusters {
		boards = append(boards, newBoard(p, i, j))
	}
	for seq := events.Seq(1); seq <= last; seq++ {
		if e := j.at(seq); e.cluster >= 0 && ok(e) {
			boards[e.cluster].apply(e, seq, e.supersedes, hold(seq))
		}
	}
	return boards
}
