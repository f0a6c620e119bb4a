package projections

import (
	"fmt"
	"sort"
	"time"

	"campaignledger/events"
)

// SeqAt is the last event of the longest prefix that had happened by t: recorded by then, or in a historic campaign claimed by
// then; 0 if the campaign was not open. Both times never decrease, so that O(log n) looks suffice.
func (l *Live) SeqAt(t time.Time) events.Seq {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.plan == nil {
		return 0
	}
	limit := millis(t)
	return events.Seq(sort.Search(int(l.state.journal.committed()), func(i int) bool {
		return l.plan.happened(l.state.journal.at(events.Seq(i+1))) > limit
	}))
}

// happened is when an event happened: as it claims in a historic campaign, as recorded in a live one; in milliseconds.
func (p *plan) happened(e *entry) int64 {
	if p.regulation.Clock == events.ClockHistoric {
		return e.time
	}
	return e.recorded
}

// Time is when event seq happened: as it claims in a historic campaign, as recorded in a live one. It refuses, with a *Refusal, an event that
// there is not.
func (l *Live) Time(seq events.Seq) (time.Time, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if last := l.state.journal.committed(); seq < 1 || seq > last {
		return time.Time{}, refuse(CodeUnknownEvent, "seq", fmt.Sprintf("name one of 1 to %d", last), "there is no event %d", seq)
	}
	return fromMillis(l.plan.happened(l.state.journal.at(seq))), nil
}

// Recorded is the recorded time of event seq, which is committed.
func (l *Live) Recorded(seq events.Seq) time.Time {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return fromMillis(l.state.journal.at(seq).recorded)
}

// CheckFilter refuses, with a *Refusal, a filter that names what the regulation does not know: an empty answer would mislead.
func (l *Live) CheckFilter(f AuditFilter) error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.plan == nil {
		return refuse(CodeNotOpen, "", "open it with campaign open REGULATION.yaml", "the campaign is not open")
	}
	unit, criterion := f.Unit == "", f.Criterion == ""
	for _, c := range l.plan.clusters {
		if f.Cluster != "" && c.ID != f.Cluster {
			continue
		}
		_, hasUnit := c.unitByID[f.Unit]
		_, hasCriterion := c.nodeByID[f.Criterion]
		unit, criterion = unit || hasUnit, criterion || hasCriterion
	}
	_, hasCluster := l.plan.byID[f.Cluster]
	switch {
	case f.Cluster != "" && !hasCluster:
		return refuse(CodeUnknownCluster, "cluster", "use one of: "+l.plan.clusterIDs(), "there is no cluster %s", f.Cluster)
	case !unit:
		return refuse(CodeUnknownUnit, "unit", "campaign standings lists the units", "there is no unit %s", f.Unit)
	case !criterion:
		return refuse(CodeUnknownLeaf, "criterion", "campaign why lists a unit's criteria", "there is no criterion %s", f.Criterion)
	}
	return nil
}
