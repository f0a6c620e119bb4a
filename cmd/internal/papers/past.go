package papers

import (
	"time"

	"campaignledger/events"
	"campaignledger/projections"
)

// past is what documents take from a cluster's history beside its state.
type past struct {
	ties   []projections.AuditLine
	drives map[string]string     // titles, by id
	days   map[events.Seq]string // YYYY-MM-DD, of events that are no marks
}

// past reads a cluster's history, once. O(n) in events.
func (c *campaign) past(cluster string) *past {
	if known := c.pasts[cluster]; known != nil {
		return known
	}
	h := &past{drives: map[string]string{}, days: map[events.Seq]string{}}
	for _, line := range c.Live.Audit(projections.AuditFilter{Cluster: cluster, Lang: c.lang}) {
		switch line.Type {
		case events.TypeScoreEntered, events.TypeTargetSet:
			continue
		case events.TypeTieDecided:
			h.ties = append(h.ties, line)
		case events.TypeDriveLaunched:
			h.drives[line.Drive] = or(line.Title, line.Drive)
		}
		h.days[line.Seq] = c.dayOf(line)
	}
	c.pasts[cluster] = h
	return h
}

// dayOf is the day of an event in the campaign's zone: claimed in a historic campaign, recorded in a live one.
func (c *campaign) dayOf(line projections.AuditLine) string {
	text := line.Recorded
	if c.reg.Clock == events.ClockHistoric {
		text = line.Time
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return ""
	}
	return t.In(c.zone()).Format(time.DateOnly)
}

// heldBy is the event with which the conference had nominated and voted: the last by which a ballot ended, or else the last nomination; 0 while
// there is none, or a ballot is open.
func (p *paper) heldBy() events.Seq {
	var closed, nominated events.Seq
	for _, a := range p.states() {
		for _, b := range a.Ballots {
			if b.Closed == 0 && b.Effective != 0 {
				return 0
			}
			closed = max(closed, b.Ended)
		}
		for _, n := range a.Nominees {
			nominated = max(nominated, n.Nomination)
		}
	}
	if closed != 0 {
		return closed
	}
	return nominated
}

// heldOn is the day of an event in words, of event 0 the document's.
func (p *paper) heldOn(seq events.Seq) string {
	if day, err := time.Parse(time.DateOnly, p.past(p.group.ID).days[seq]); err == nil {
		return p.inWords(day)
	}
	return p.dateText()
}
