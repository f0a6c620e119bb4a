package demo

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
	"campaignledger/projections"
)

// Ids of levels.
const (
	levelSelf     = "self"
	levelPeer     = "peer"
	levelCross    = "cross"
	levelApproved = "approved"
)

// writer writes the year down, signed. The first error sticks.
type writer struct {
	keys       Keys
	genesis    string // what signatures cover: of record 1 in hex, from record 2 on
	regulation *events.Regulation
	cluster    *events.Cluster
	leaves     []leafMarks
	bodies     []Body
	chapter    Chapter
	day        time.Time // midnight of the chapter's first day in the campaign's zone
	slot       int       // bodies written in the chapter
	drafts     int       // drafts written that have an id of the year
	members    []member  // who may speak by now
	current    map[cell]uuid.UUID
	pending    []entry                // the right entries for slips
	sheets     []sealedSheet          // not yet revealed
	files      []File                 // for the next body
	exclusion  uuid.UUID              // the exclusion.imposed
	evaluated  map[string][]uuid.UUID // the evaluators' evaluations, by unit
	results    []uuid.UUID            // the ballot.closed
	proposals  map[string]uuid.UUID   // the award.proposed, by unit
	err        error
}

// cell is where an entry is current: the scorer names the next one itself, since what is signed can't be completed any more.
type cell struct{ unit, leaf, level, scorer, item string }

func newWriter(k Keys, r *events.Regulation, leaves []leafMarks) *writer {
	w := &writer{keys: k, genesis: events.NoGenesis, regulation: r, cluster: &r.Clusters[0], leaves: leaves, current: map[cell]uuid.UUID{}}
	for _, m := range roster() {
		if m.appointed == "" {
			w.members = append(w.members, m)
		}
	}
	return w
}

// nextJanuary is the month after the year.
const nextJanuary = time.December + 1

// begin starts a chapter on a day of 2017, or of nextJanuary, with the members who are appointed in it.
func (w *writer) begin(c Chapter, month time.Month, day int) {
	w.chapter, w.slot = c, 0
	w.day = time.Date(2017, month, day, 0, 0, 0, 0, w.regulation.Period.Zone)
	w.appoint()
}

// at is the time of the next body. Bodies come on working days, every quarter of an hour from eight o'clock on.
func (w *writer) at() time.Time {
	const aDay, firstHour, apart = 32, 8, 15 * time.Minute
	return events.Milliseconds(w.day.AddDate(0, 0, w.slot/aDay).Add(firstHour*time.Hour + time.Duration(w.slot%aDay)*apart))
}

// body closes a body: its drafts get their ids and time, name what they replace, and are signed by their authors. Without drafts it
// does nothing.
func (w *writer) body(drafts ...events.Draft) []events.Proposal {
	if len(drafts) == 0 {
		return nil
	}
	at := w.at()
	w.slot++
	b := Body{Chapter: w.chapter, Files: w.files, Proposals: make([]events.Proposal, 0, len(drafts))}
	w.files = nil
	for _, d := range drafts {
		if d.Causation == uuid.Nil {
			d.ID = w.next()
			w.drafts++
		}
		d.Campaign, d.Time = w.regulation.ID, at
		w.supersede(&d)
		p, err := w.sign(d)
		if err != nil {
			w.fail("%s by %s: %w", d.Type(), d.Author, err)
			return nil
		}
		b.Proposals = append(b.Proposals, p)
	}
	w.bodies = append(w.bodies, b)
	return b.Proposals
}

// sign encodes a draft and signs it, unless an event before speaks for it.
func (w *writer) sign(d events.Draft) (p events.Proposal, err error) {
	if p.Record, err = events.Encode(d); err != nil {
		return p, err
	}
	if d.Causation == uuid.Nil {
		key, ok := w.keys[d.Author]
		if !ok {
			return p, fmt.Errorf("there is no member %q", d.Author)
		}
		if p.Record, err = events.Sign(key.Private(), w.genesis, p.Record); err != nil {
			return p, err
		}
	}
	if w.genesis == events.NoGenesis {
		w.genesis = hashOf(p)
	}
	p.Draft, err = events.Decode(p.Record)
	return p, err
}

// hashOf is a record's SHA-256 in hex, by which others name it.
func hashOf(p events.Proposal) string {
	sum := events.RecordHash(p.Record)
	return hex.EncodeToString(sum[:])
}

// supersede makes an entry name the one that it replaces.
func (w *writer) supersede(d *events.Draft) {
	switch p := d.Payload.(type) {
	case *events.ScoreEntered:
		at := cell{d.Subject, p.Criterion, p.Level, p.Scorer, p.Item}
		p.Supersedes = w.current[at]
		w.current[at] = d.ID
	case *events.EntryWithdrawn:
		for at, id := range w.current {
			if id == p.Of {
				delete(w.current, at)
			}
		}
	}
}

// standings names the standings as they are now, as whoever nominates or opens a ballot must. It folds what was written so far, once,
// without a look at the signatures, which are the writer's own.
func (w *writer) standings() events.StandingsRef {
	live := projections.NewRefold()
	for _, b := range w.bodies {
		for _, p := range b.Proposals {
			last, _ := live.Last()
			if err := live.Admit(events.Event{Draft: p.Draft, Seq: last + 1, Recorded: p.Time, Record: p.Record}); err != nil {
				w.fail("event %d: %w", last+1, err)
				return events.StandingsRef{}
			}
		}
		live.Commit()
	}
	now := live.Standings()
	return events.StandingsRef{Seq: int(now.Seq), SHA256: projections.StandingsSHA(now)}
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

// speaker is the member whose word on the marks of a scorer it is: of the roles given the first that the unit has, and its head where it
// has none of them; a scorer that is no unit is the member itself.
func (w *writer) speaker(scorer string, roles ...string) string {
	for _, role := range append(roles, events.RoleHead) {
		for _, m := range w.members {
			if m.unit == scorer && m.role == role {
				return m.id
			}
		}
	}
	return scorer
}

// clerk enters a unit's own figures.
func (w *writer) clerk(unit string) string { return w.speaker(unit, events.RoleOfficer) }

// reviewer marks other units for its own.
func (w *writer) reviewer(unit string) string {
	return w.speaker(unit, events.RoleReviewer, events.RoleOfficer)
}

// entry is one mark on its way into a body.
type entry struct {
	unit, leaf, level, scorer string
	mark                      events.Mark
	item, evidence, reason    string
	basis, author             string // "": the scorer's own word
}

// score is the draft of an entry. Where the list of slips says so, it gets a wrong amount, and the right entry is kept for repairSlips.
func (w *writer) score(e entry) events.Draft {
	e.mark = w.slipped(e)
	return w.draft(e)
}

// slipped is an entry's mark, wrong where the list of slips says so; the right entry is kept then.
func (w *writer) slipped(e entry) events.Mark {
	s := findSlip(w.chapter, e)
	if s == nil {
		return e.mark
	}
	right := e
	right.reason = s.reason
	w.pending = append(w.pending, right)
	return events.Mark{Kind: e.mark.Kind, Amount: w.decimal(s.wrong)}
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
	author := e.author
	switch {
	case author != "":
	case e.level == levelSelf:
		author = w.clerk(e.scorer)
	default:
		author = w.reviewer(e.scorer)
	}
	return events.Draft{Subject: e.unit, Author: author, Payload: &events.ScoreEntered{Cluster: w.cluster.ID, Criterion: e.leaf,
		Level: e.level, Scorer: e.scorer, Mark: e.mark, Item: e.item, Basis: e.basis, Evidence: e.evidence, Reason: e.reason}}
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
