package demo

import (
	"fmt"
	"slices"
	"strings"

	"campaignledger/events"
)

// origin says how a leaf's number at the end of the year came about; see final_marks.txt.
type origin string

const (
	originTarget origin = "target"
	originSum    origin = "sum"
	originRate   origin = "rate"
	originCheck  origin = "check"
	originPeers  origin = "peers"
)

// leafMarks is one leaf's year.
type leafMarks struct {
	events.Criterion
	index   int // among the leaves of the table
	origin  origin
	targets []events.Decimal // by unit; nil where the leaf has none
	final   []events.Decimal // by unit
}

// top is the id of the top group the leaf lies in.
func (l *leafMarks) top() string {
	top, _, _ := strings.Cut(l.ID, ".")
	return top
}

// several reports whether several scorers may mark the leaf.
func (l *leafMarks) several() bool { return l.Aggregate.Method != events.AggregateSingle }

// readMarks reads the table against the regulation. Its leaves come in the table's order.
func readMarks(table string, r *events.Regulation) ([]leafMarks, error) {
	units := r.Clusters[0].Units
	var leaves []leafMarks
	var targets []events.Decimal
	targeted := "" // the leaf of targets
	for i, line := range strings.Split(table, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		fail := func(format string, args ...any) ([]leafMarks, error) {
			return nil, fmt.Errorf("line %d: %s", i+1, fmt.Sprintf(format, args...))
		}
		if len(fields) != 2+len(units) {
			return fail("expected a leaf, how it came about and %d numbers", len(units))
		}
		criterion, ok := findLeaf(r.Sets[0].Items, fields[0])
		if !ok {
			return fail("the regulation has no leaf %s", fields[0])
		}
		values := make([]events.Decimal, len(units))
		for u, text := range fields[2:] {
			var err error
			if values[u], err = events.ReadDecimal(text); err != nil {
				return fail("%v", err)
			}
		}
		switch how := origin(fields[1]); how {
		case originTarget:
			targets, targeted = values, criterion.ID
		case originSum, originRate, originCheck, originPeers:
			if (criterion.Method == events.MethodTarget) != (targeted == criterion.ID) || targeted != "" && targeted != criterion.ID {
				return fail("a leaf of method target, and no other, has its targets on the line before")
			}
			leaves = append(leaves, leafMarks{criterion, len(leaves), how, targets, values})
			targets, targeted = nil, ""
		default:
			return fail("%q is no way a number comes about", how)
		}
	}
	return leaves, nil
}

// findLeaf finds a leaf in a tree of criteria.
func findLeaf(items []events.Criterion, id string) (events.Criterion, bool) {
	for _, c := range items {
		if c.ID == id && c.Method != events.MethodGroup {
			return c, true
		}
		if found, ok := findLeaf(c.Items, id); ok {
			return found, true
		}
	}
	return events.Criterion{}, false
}

// step is the unit a leaf's marks are given in: half points, whole cases, or tenths where the table has fractions.
func (l *leafMarks) step() events.Decimal {
	fractional := func(d events.Decimal) bool { return d%events.DecimalOne != 0 }
	switch {
	case l.Method == events.MethodGraded && l.origin != originRate:
		return half
	case slices.ContainsFunc(l.final, fractional):
		return events.DecimalOne / 10
	}
	return events.DecimalOne
}

const half = events.DecimalOne / 2

// percent is p percent of d, d ≥ 0, to the nearest whole number of steps, half up.
func percent(d events.Decimal, p int, step events.Decimal) events.Decimal {
	return (2*d*events.Decimal(p)/100 + step) / (2 * step) * step
}
