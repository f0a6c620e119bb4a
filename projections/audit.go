package projections

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// AuditLine is one event of the campaign's history: who said what of whom, when, and what it replaced or was replaced by.
type AuditLine struct {
	Seq          events.Seq  `json:"seq"`
	Type         events.Type `json:"type"`
	Recorded     string      `json:"recorded"`
	Time         string      `json:"time"`
	Author       string      `json:"author"`
	ID           string      `json:"id"`
	Cluster      string      `json:"cluster,omitempty"`
	Unit         string      `json:"unit,omitempty"`
	Criterion    string      `json:"criterion,omitempty"`
	Level        string      `json:"level,omitempty"`
	Scorer       string      `json:"scorer,omitempty"`
	Item         string      `json:"item,omitempty"`
	Points       string      `json:"points,omitempty"`
	Actual       string      `json:"actual,omitempty"`
	Place        string      `json:"place,omitempty"`
	Mark         string      `json:"mark,omitempty"` // abstained or recused
	Target       string      `json:"target,omitempty"`
	Basis        string      `json:"basis,omitempty"`
	Evidence     string      `json:"evidence,omitempty"`
	Reason       string      `json:"reason,omitempty"`
	Order        []string    `json:"order,omitempty"`
	File         string      `json:"file,omitempty"`
	Rows         int         `json:"rows,omitempty"`
	Import       events.Seq  `json:"import,omitempty"` // the event that caused this one
	Supersedes   events.Seq  `json:"supersedes,omitempty"`
	SupersededBy events.Seq  `json:"supersededBy,omitempty"`
}

// AuditFilter chooses lines; zero fields choose all.
type AuditFilter struct {
	Cluster   string
	Unit      string
	Criterion string    // a leaf, or a group with all below it
	Author    string    // who said it, or whose mark it is
	From, To  time.Time // recorded time, both included
	After     events.Seq
	Limit     int // at most so many lines; 0 for all
}

// Audit is the history that the filter chooses, in the order of sequences. O(n) in events.
func (l *Live) Audit(f AuditFilter) []AuditLine {
	l.mu.RLock()
	defer l.mu.RUnlock()
	lines := []AuditLine{}
	for seq := f.After + 1; seq <= l.state.journal.committed() && (f.Limit == 0 || len(lines) < f.Limit); seq++ {
		if e := l.state.journal.at(seq); l.chosen(e, f) {
			lines = append(lines, l.auditLine(seq))
		}
	}
	return lines
}

// chosen reports whether the filter takes e.
func (l *Live) chosen(e *entry, f AuditFilter) bool {
	switch {
	case f.Author != "" && f.Author != l.name(e.author) && f.Author != l.name(e.scorer),
		!f.From.IsZero() && e.recorded < millis(f.From),
		!f.To.IsZero() && e.recorded > millis(f.To),
		f.Cluster != "" && (e.cluster < 0 || l.plan.clusters[e.cluster].ID != f.Cluster),
		f.Unit != "" && !l.aboutUnit(e, f.Unit),
		f.Criterion != "" && !l.aboutCriterion(e, f.Criterion):
		return false
	}
	return true
}

// name is the name of id, for a committed entry.
func (l *Live) name(id nameID) string { return l.state.journal.names[id] }

func (l *Live) aboutUnit(e *entry, unit string) bool {
	if e.what == kindTie {
		return slices.Contains(e.tie().Order, unit)
	}
	return e.unit >= 0 && l.plan.clusters[e.cluster].Units[e.unit].ID == unit
}

func (l *Live) aboutCriterion(e *entry, criterion string) bool {
	if e.leaf < 0 {
		return false
	}
	c := l.plan.clusters[e.cluster]
	for at := c.leaves[e.leaf]; at >= 0; at = c.nodes[at].parent {
		if c.nodes[at].ID == criterion {
			return true
		}
	}
	return false
}

// auditLine spells an entry out.
func (l *Live) auditLine(seq events.Seq) AuditLine {
	e := l.state.journal.at(seq)
	d := e.details()
	line := AuditLine{Seq: seq, Type: e.what.eventType(), Recorded: events.FormatTime(fromMillis(e.recorded)),
		Time: events.FormatTime(fromMillis(e.time)), Author: l.name(e.author), ID: uuid.UUID(e.id).String(), Scorer: l.name(e.scorer),
		Item: l.name(d.item), Basis: l.name(d.basis), Evidence: d.evidence, Reason: d.reason,
		Import: e.causation, Supersedes: e.supersedes, SupersededBy: e.supersededBy}
	switch e.what {
	case kindTie:
		line.Order = e.tie().Order
	case kindImport:
		line.File, line.Rows = e.started().File, e.started().Rows
	}
	if e.cluster >= 0 {
		line.Cluster = l.plan.clusters[e.cluster].ID
	}
	if e.leaf >= 0 {
		c := l.plan.clusters[e.cluster]
		line.Unit, line.Criterion = c.Units[e.unit].ID, c.leafNode(int(e.leaf)).ID
	}
	l.spellMark(e, &line)
	return line
}

func (l *Live) spellMark(e *entry, line *AuditLine) {
	switch e.what {
	case kindTarget:
		line.Target = e.amount.String()
	case kindTie:
		line.Points = e.amount.String()
	case kindScore:
		line.Level = l.plan.regulation.Levels[e.level].ID
		switch e.mark {
		case events.MarkPoints:
			line.Points = e.amount.String()
		case events.MarkActual:
			line.Actual = e.amount.String()
		case events.MarkPlace:
			line.Place = e.amount.String()
		case events.MarkAbstained:
			line.Mark = "abstained"
		case events.MarkRecused:
			line.Mark = "recused"
		}
	}
}
