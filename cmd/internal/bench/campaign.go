package bench

import (
	"fmt"
	"strings"
	"time"

	"campaignledger/events"
)

// The generated campaign.
const (
	Campaign   = "bench"
	Units      = 100
	Leaves     = 50
	EventBytes = 400 // about, of a record
)

// Shape is how large a generated campaign's one cluster is.
type Shape struct{ Units, Leaves int }

// Usual is the shape that is measured where nothing else is said.
func Usual() Shape { return Shape{Units, Leaves} }

// Regulation is that of the usual shape.
func Regulation() []byte { return Usual().Regulation() }

// Draft is the usual shape's.
func Draft(i int) events.Draft { return Usual().Draft(i) }

// Regulation is one cluster of units on leaves that are each the mean of any number of scorers.
func (s Shape) Regulation() []byte {
	var b strings.Builder
	b.WriteString("id: bench\ntitle: Bench\nlevels: [{id: panel, scorers: any}]\ncriteria:\n  set:\n    items:\n")
	for i := range s.Leaves {
		fmt.Fprintf(&b, "      - {id: L%d, method: graded, max: 100, aggregate: {method: mean}}\n", i)
	}
	b.WriteString("clusters:\n  - id: c\n    criteria: set\n    units:\n")
	for i := range s.Units {
		fmt.Fprintf(&b, "      - {id: u%d}\n", i)
	}
	return []byte(b.String())
}

// Draft is the i-th entry: every unit and leaf by one scorer, then by the next.
func (s Shape) Draft(i int) events.Draft {
	cells := s.Units * s.Leaves
	cell := i % cells
	return events.Draft{ID: events.NewID(), Campaign: Campaign, Subject: fmt.Sprintf("u%d", cell/s.Leaves), Time: events.Milliseconds(time.Now()),
		Author: "judge", Payload: &events.ScoreEntered{Cluster: "c", Criterion: fmt.Sprintf("L%d", cell%s.Leaves), Level: "panel",
			Scorer: fmt.Sprintf("j%d", i/cells), Mark: events.Mark{Kind: events.MarkPoints, Amount: events.Decimal(i%100) * events.DecimalOne}}}
}

// Pad makes an entry's record one of about EventBytes.
func Pad(d events.Draft) (events.Record, error) {
	bare, err := events.Encode(d)
	if err != nil {
		return nil, fmt.Errorf("encode an entry: %w", err)
	}
	if p, ok := d.Payload.(*events.ScoreEntered); ok {
		p.Evidence = strings.Repeat("e", max(EventBytes-len(bare)-len(`"evidence":"",`), 1))
	}
	record, err := events.Encode(d)
	if err != nil {
		return nil, fmt.Errorf("encode an entry: %w", err)
	}
	return record, nil
}
