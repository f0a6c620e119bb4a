package demo

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// Ids that the regulation names.
const (
	levelSelf     = "self"
	levelCross    = "cross"
	levelApproved = "approved"
	// council is the scorer of the approved level.
	council = "hoi-dong"
)

// writer writes the year down. The first error sticks.
type writer struct {
	regulation *events.Regulation
	cluster    *events.Cluster
	leaves     []leafMarks
	bodies     []Body
	chapter    Chapter
	day        time.Time // midnight of the chapter's first day in the campaign's zone
	slot       int       // bodies written in the chapter
	drafts     int       // drafts written
	pending    []entry   // the right entries for slips
	err        error
}

func newWriter(r *events.Regulation, leaves []leafMarks) *writer {
	return &writer{regulation: r, cluster: &r.Clusters[0], leaves: leaves}
}

// begin starts a chapter on a day of 2017.
func (w *writer) begin(c Chapter, month time.Month, day int) {
	w.chapter, w.slot = c, 0
	w.day = time.Date(2017, month, day, 0, 0, 0, 0, w.regulation.Period.Zone)
}

// body closes a body. Bodies come on working days, every quarter of an hour from eight o'clock on. Without drafts it does nothing.
func (w *writer) body(drafts ...events.Draft) {
	if len(drafts) == 0 {
		return
	}
	const aDay, firstHour, apart = 32, 8, 15 * time.Minute
	at := w.day.AddDate(0, 0, w.slot/aDay).Add(firstHour*time.Hour + time.Duration(w.slot%aDay)*apart)
	w.slot++
	b := Body{Chapter: w.chapter, Drafts: make([]events.Proposal, 0, len(drafts))}
	for _, d := range drafts {
		w.drafts++
		d.ID, d.Campaign, d.Time = w.id(w.drafts), w.regulation.ID, events.Milliseconds(at)
		b.Drafts = append(b.Drafts, events.Proposal{Draft: d})
	}
	w.bodies = append(w.bodies, b)
}

// id is the id of the year's draft n, from 1: a version 7 UUID whose time is the year's start and n milliseconds, and whose random
// part is a hash, so that every run gives the same.
func (w *writer) id(n int) uuid.UUID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s, demonstration year, %d", w.regulation.ID, n))
	id := uuid.UUID(sum[:16])
	start := time.Date(2017, time.January, 1, 0, 0, 0, 0, w.regulation.Period.Zone)
	var stamp [8]byte
	binary.BigEndian.PutUint64(stamp[:], uint64(start.UnixMilli()+int64(n)))
	copy(id[:6], stamp[2:])
	id[6] = id[6]&0x0f | 0x70 // version 7
	id[8] = id[8]&0x3f | 0x80 // RFC 9562
	return id
}

// next is the id of the first draft of the next body.
func (w *writer) next() uuid.UUID { return w.id(w.drafts + 1) }

func (w *writer) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

// open opens the campaign in the first week of its year.
func (w *writer) open() {
	sum := sha256.Sum256([]byte(regulationYAML))
	w.begin(Opening, time.January, 5)
	w.body(events.Draft{Author: w.cluster.Lead,
		Payload: events.NewCampaignOpened(w.regulation, SourceName, hex.EncodeToString(sum[:]))})
}

// setTargets sets the targets: the lead for the others, the council for the lead, since no unit sets its own.
func (w *writer) setTargets() {
	w.begin(Targets, time.January, 17)
	for i := range w.leaves {
		l := &w.leaves[i]
		var drafts []events.Draft
		for u, target := range l.targets {
			unit, assigner := w.cluster.Units[u].ID, w.cluster.Lead
			if unit == w.cluster.Lead {
				assigner = council
			}
			drafts = append(drafts, events.Draft{Subject: unit, Author: assigner,
				Payload: &events.TargetSet{Cluster: w.cluster.ID, Criterion: l.ID, Scorer: assigner, Target: target}})
		}
		w.body(drafts...)
	}
}

// entry is one mark on its way into a body.
type entry struct {
	unit, leaf, level, scorer string
	mark                      events.Mark
	item, evidence, reason    string
}

// score is the draft of an entry. Where the list of slips says so, it gets a wrong amount, and the right entry is kept for repairSlips.
func (w *writer) score(e entry) events.Draft {
	if s := findSlip(w.chapter, e); s != nil {
		right := e
		right.reason = s.reason
		w.pending = append(w.pending, right)
		e.mark.Amount = w.decimal(s.wrong)
	}
	return w.draft(e)
}

// decimal reads an amount of one of the lists.
func (w *writer) decimal(text string) events.Decimal {
	d, err := events.ReadDecimal(text)
	if err != nil {
		w.fail("an amount in the lists: %w", err)
	}
	return d
}

func (w *writer) draft(e entry) events.Draft {
	return events.Draft{Subject: e.unit, Author: e.scorer, Payload: &events.ScoreEntered{Cluster: w.cluster.ID, Criterion: e.leaf,
		Level: e.level, Scorer: e.scorer, Mark: e.mark, Item: e.item, Evidence: e.evidence, Reason: e.reason}}
}

// points is a mark of whole points; it may be negative.
func points(n int64) events.Mark {
	return events.Mark{Kind: events.MarkPoints, Amount: events.Whole(n)}
}

// mark is an amount of the kind the leaf's method takes.
func (l *leafMarks) mark(amount events.Decimal) events.Mark {
	kind := events.MarkActual
	if l.Method == events.MethodGraded {
		kind = events.MarkPoints
	}
	return events.Mark{Kind: kind, Amount: amount}
}
