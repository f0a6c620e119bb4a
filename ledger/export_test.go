package ledger

// Queued is the number of bodies that wait for the appender, so that tests can wait for writers.
func (l *Ledger) Queued() int { return len(l.queue) }

// Isolated says how a stream's leader lacks its majority.
var Isolated = isolated
