package projections

import "campaignledger/events"

// Related are the lines of events that speak of event seq, came with it as its rows, or replace it: at most limit, in order, and how many there are.
// O(n) in events after seq.
func (l *Live) Related(seq events.Seq, limit int, lang string) (lines []AuditLine, all int) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var chosen []events.Seq
	for at := seq + 1; at <= l.state.journal.committed(); at++ {
		e := l.state.journal.at(at)
		speaks := e.payload() != nil && e.more.of == seq
		if !speaks && e.causation.seq() != seq && e.supersedes.seq() != seq {
			continue
		}
		if all++; len(chosen) < limit {
			chosen = append(chosen, at)
		}
	}
	if all == 0 {
		return nil, 0
	}
	return l.spellAll(chosen, lang), all
}
