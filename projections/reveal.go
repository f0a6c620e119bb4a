package projections

import "campaignledger/events"

// LastReveal is the newest freeze that was revealed: the events standings.frozen and standings.revealed; zeros if there is none. O(n) in
// events after the freeze.
func (l *Live) LastReveal() (frozen, revealed events.Seq) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	j := &l.state.journal
	for seq := j.committed(); seq >= 1; seq-- {
		switch j.at(seq).what {
		case kindUnfrozen:
			if revealed == 0 {
				revealed = seq
			}
		case kindFrozen:
			if revealed != 0 {
				return seq, revealed
			}
		}
	}
	return 0, 0
}
