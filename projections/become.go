package projections

// Become takes the folds of another Live, which is of the same log and at the same event, and is of no use afterwards. It belongs to the admitting
// goroutine, with nothing pending; readers see the one or the other.
func (l *Live) Become(other *Live) {
	l.told.mu.Lock()
	defer l.told.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	other.mu.Lock()
	defer other.mu.Unlock()
	l.told.chronicle, l.told.timeline = nil, nil
	for range l.state.saved { // of which nothing is pending: they stay good
		other.state.Savepoint()
	}
	l.state = other.state
	l.state.listener, l.state.trusted = l.take, false
	l.plan, l.boards, l.note = other.plan, other.boards, other.note
	l.roster, l.rosterStale = other.roster, other.rosterStale
	l.course, l.openVotes, l.voteEnds = other.course, other.openVotes, other.voteEnds
	l.known.Store(other.known.Load())
	close(l.changed)
	l.changed = make(chan struct{})
}
