package projections

import (
	"fmt"
	"slices"

	"campaignledger/events"
)

// walk goes over the committed events once more, with the boards as live readers had them after each event. The journal holds what became of
// an entry; what held it back at an earlier sequence follows from the effects that later events had on it. A walk is O(n) in events, and
// O(n) once more at each amendment, as it was then; boards rank where they are asked. It stands on what never changes and on a copy of the
// rest, so that nobody waits for whoever walks.
type walk struct {
	journal journal // its events up to where the walk ends
	opened  Summary // of the newest event: what is not followed below
	holds   []uint8 // by event, after event seq; of those to come, as they are admitted
	seq     events.Seq
	plan    *plan // in force after event seq; nil before the opening
	boards  []*board
	stage   events.Stage // "" in an unsigned campaign
	frozen  events.Seq   // the standings.frozen in force, 0 if none
	closed  events.Seq
	imports map[events.Seq]*importRows // that lack rows
}

// importRows is how far an import has come.
type importRows struct {
	started *events.ImportStarted
	done    int
}

// walk starts a walk, before the first event. Whoever calls it holds the lock, for reading at least; whoever walks need not. O(n) in events.
func (l *Live) walk() *walk {
	w := &walk{imports: map[events.Seq]*importRows{}}
	l.extend(w)
	return w
}

// extend lets a walk that has come to its end go on to the events committed since. Whoever calls it holds the lock, as for walk. O(n) in
// those events.
func (l *Live) extend(w *walk) {
	j, had := &l.state.journal, len(w.holds)
	w.journal, w.opened = journal{chunks: slices.Clone(j.chunks), n: j.n, names: j.names}, l.summary()
	var effects []*effect
	for seq := events.Seq(had + 1); seq <= j.committed(); seq++ {
		e := j.at(seq)
		w.holds = append(w.holds, e.hold)
		if on := e.effectOn(); on != nil {
			effects = append(effects, on)
		}
	}
	for _, on := range effects {
		// Undone in any order: what is released was held for that reason from its admission on, and nothing is admitted reopened.
		for _, at := range on.released {
			if int(at) > had {
				w.holds[at-1] |= on.clear
			}
		}
		for _, at := range on.reopened {
			if int(at) > had {
				w.holds[at-1] &^= holdReopened
			}
		}
	}
}

// effectOn is what e does to entries before it; nil if nothing.
func (e *entry) effectOn() *effect {
	if e.more == nil || e.more.rare == nil {
		return nil
	}
	return e.more.effect
}

// holdOf is the hold of an event after event w.seq.
func (w *walk) holdOf(seq events.Seq) uint8 { return w.holds[seq-1] }

// peek is the next event, nil after the last.
func (w *walk) peek() *entry {
	if w.seq == w.journal.committed() {
		return nil
	}
	return w.journal.at(w.seq + 1)
}

// next walks one event; there is one.
func (w *walk) next() {
	e := w.skim()
	on := e.effectOn()
	if on != nil && on.plan != nil {
		w.remake()
		return
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

// skim walks one event past the boards, which next, or remake at last, brings up to date.
func (w *walk) skim() *entry {
	w.seq++
	e := w.journal.at(w.seq)
	w.course(e)
	if on := e.effectOn(); on != nil {
		for _, at := range on.released {
			w.holds[at-1] &^= on.clear
		}
		for _, at := range on.reopened {
			w.holds[at-1] |= holdReopened
		}
		if on.plan != nil {
			w.plan = on.plan
		}
	}
	return e
}

// course follows the stages, the freeze, the close and the imports.
func (w *walk) course(e *entry) {
	if rows := w.imports[e.causation]; rows != nil {
		if rows.done++; rows.done == rows.started.Rows {
			delete(w.imports, e.causation)
		}
	}
	if e.what == kindWithdrawn && e.more != nil && e.more.rare != nil {
		delete(w.imports, e.more.of) // it was given up
	}
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
	case *events.CampaignClosed:
		w.closed = w.seq
	case *events.ImportStarted:
		w.imports[w.seq] = &importRows{started: p}
	}
}

// importNote says which import lacks rows; "" if none.
func (w *walk) importNote() string {
	var first events.Seq
	for seq := range w.imports {
		if first == 0 || seq < first {
			first = seq
		}
	}
	if first == 0 {
		return ""
	}
	rows := w.imports[first]
	return noteImport().of(rows.started.File, rows.done, rows.started.Rows)
}

// standings are the standings after event w.seq, which is not 0.
func (w *walk) standings() Standings {
	e := w.journal.at(w.seq)
	s := Standings{Summary: w.opened, Clusters: make([]*ClusterStandings, 0, len(w.boards))}
	s.Regulation, s.Version, s.Seq, s.Recorded, s.Final = w.plan.regulation, w.plan.version, w.seq, fromMillis(e.recorded), w.closed != 0
	s.Stage, s.Frozen, s.AsOf = w.stage, w.frozen, s.Recorded
	if s.Regulation.Clock == events.ClockHistoric {
		s.AsOf = fromMillis(e.time)
	}
	note := w.importNote()
	for _, b := range w.boards {
		s.Clusters = append(s.Clusters, b.standings(note))
	}
	return s
}

// At is the standings as they stood after event seq: what Standings gave then. See AtEach.
func (l *Live) At(seq events.Seq) (Standings, error) {
	list, err := l.AtEach(seq)
	if err != nil {
		return Standings{}, err
	}
	return list[0], nil
}

// AtEach are the standings as they stood after some events, in the order of their sequences. It reads no log and admits nothing; others wait
// no longer than for one look at each event. It refuses, with a *Refusal, an event that there is not. O(n) in events up to the last, and the
// change from one to the next.
func (l *Live) AtEach(seqs ...events.Seq) ([]Standings, error) {
	l.mu.RLock()
	last := l.state.journal.committed()
	for i, seq := range seqs {
		if seq < 1 || seq > last || i > 0 && seq < seqs[i-1] {
			l.mu.RUnlock()
			return nil, refuse(CodeUnknownEvent, "seq", fmt.Sprintf("name one of 1 to %d", last), "there is no event %d", seq)
		}
	}
	if len(seqs) == 1 && seqs[0] == last {
		l.mu.RUnlock()
		if s := l.Standings(); s.Seq == last { // unless something was committed in between
			return []Standings{s}, nil
		}
		l.mu.RLock()
	}
	w := l.walk()
	l.mu.RUnlock()
	list := make([]Standings, 0, len(seqs))
	for _, seq := range seqs {
		if w.seq == 0 {
			for w.seq < seq {
				w.skim()
			}
			w.remake()
		}
		for w.seq < seq {
			w.next()
		}
		list = append(list, w.standings())
	}
	return list, nil
}

// remake makes the boards anew under the plan in force. O(n) in the events so far.
func (w *walk) remake() {
	w.boards = foldBoards(w.plan, &w.journal, w.seq, w.holdOf, func(*entry) bool { return true })
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
