package pact

import (
	"fmt"
	"strconv"
	"strings"

	"campaignledger/cmd/internal/page"
	"campaignledger/events"
)

// witnesses says who watches the log from outside, and how far that can be relied on.
func (l *layout) witnesses(p Pact, t words) {
	l.Y += gap
	w := p.Witnesses
	if w == nil {
		l.Room(heading.Lead() + 25*page.MM)
		l.Paragraph(left, heading, t.witnesses)
		l.Paragraph(left, plain, t.noWitnesses)
		l.Y += gap / 2
		l.logKey(p, t)
		return
	}
	n := len(w.Keys)
	l.Room(heading.Lead() + 65*page.MM) // what is said of them, with all warnings, and the first row stay together
	l.Paragraph(left, heading, t.witnesses)
	l.Paragraph(left, plain, t.watching)
	l.Y += gap / 2
	l.logKey(p, t)
	l.fact(t.colluding, plain.Of(fmt.Sprintf(t.atMost, w.Colluding, n)))
	l.fact(t.quorum, plain.Of(fmt.Sprintf(t.cosignatures, w.Quorum(), n)))
	l.Y += padding
	l.warnings(w, t)
	edges := []int{left, left + 10*page.MM, left + 66*page.MM, left + 117*page.MM, right}
	header := [][]page.Span{{small.Of(t.number)}, {small.Of(t.witness)}, {small.Of(t.unit)}, {small.Of(t.fingerprint)}}
	l.row(edges, header, nil)
	names := p.unitNames()
	for i, k := range w.Keys {
		digits := halves(strings.ReplaceAll(k.Key.Fingerprint(), " ", ""))
		unit := or(names[k.Unit], or(k.Unit, t.noUnit))
		l.row(edges, [][]page.Span{
			{small.Of(strconv.Itoa(i + 1))}, {code.Of(k.ID)}, {small.Of(unit)}, {code.Of(digits[0]), code.Of(digits[1])},
		}, header)
	}
}

// logKey is the key that signs checkpoints, to be compared with the policy that auditors get.
func (l *layout) logKey(p Pact, t words) {
	if p.LogKey == (events.PublicKey{}) {
		return
	}
	digits := halves(strings.ReplaceAll(p.LogKey.Fingerprint(), " ", ""))
	l.fact(t.logKey, code.Of(digits[0]), code.Of(digits[1]))
}

// warnings say what the colluding could do; of a safe quorum that is at most to keep silent.
func (l *layout) warnings(w *events.Witnesses, t words) {
	var lines []page.Span
	if !w.Safe() {
		lines = append(lines, strong.Of(t.unsafe))
	}
	if w.Splits() {
		lines = append(lines, plain.Of(t.splits))
	}
	if !w.Reachable() {
		lines = append(lines, plain.Of(t.silent))
	}
	lines, h := l.Cell(right-left, lines)
	l.Room(h)
	l.PutCell(left, l.Y, lines)
	l.Y += h + padding
}

// unitNames are the units' titles, or ids where they have none, by id.
func (p Pact) unitNames() map[string]string {
	names := make(map[string]string)
	for _, c := range p.Clusters {
		for _, u := range c.Units {
			names[u.ID] = u.name()
		}
	}
	return names
}

// checkWitnesses checks what the table of witnesses is made of.
func (p Pact) checkWitnesses() error {
	if p.Witnesses == nil {
		return nil
	}
	if n := len(p.Witnesses.Keys); n == 0 || n > MaxRows {
		return fmt.Errorf("%d witnesses; name from 1 to %d, or none at all", n, MaxRows)
	}
	for _, w := range p.Witnesses.Keys {
		if w.Key == (events.PublicKey{}) {
			return fmt.Errorf("witness %q has no key", w.ID)
		}
	}
	return nil
}
