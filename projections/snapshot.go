package projections

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"campaignledger/events"
)

// FoldVersion is the version of the folds: of what they keep of a log, and of how a snapshot writes it. A snapshot of another version is no good. It
// rises with every change by which the same log gives another snapshot; a test holds the snapshots of known campaigns against it.
const FoldVersion = 3

// Snapshot is all folds of a campaign as they stood after one event. It does not change while the campaign goes on.
type Snapshot struct {
	state     *State
	course    []events.Seq
	openVotes map[events.Seq]string
	voteEnds  map[events.Seq]events.Seq
}

// ErrUnsettled: the campaign is not open, or stands within a body.
var ErrUnsettled = errors.New("the campaign is not open, or stands within a body: there is nothing to take a snapshot of")

// Freeze takes a snapshot. It belongs to the admitting goroutine, with nothing pending, or to whoever has the folds alone. O(n/1024) in events
// and O(n) in members, ballots and endorsements; the entries are shared until they change.
func (l *Live) Freeze() (*Snapshot, error) {
	l.mu.Lock() // readers hold chunks
	defer l.mu.Unlock()
	s := l.state
	if s.begunPlan == nil || len(s.journal.pending) > 0 {
		return nil, ErrUnsettled
	}
	f := &State{journal: s.journal.freeze(), names: &names{list: s.names.list[:s.names.committed:s.names.committed]}, begun: s.begun, begunPlan: s.begunPlan,
		members: s.members.clone(), keyOwners: s.keyOwners.clone(), heads: s.heads.clone(), units: s.units.clone(), usage: s.usage.clone(),
		acts: s.acts.clone(), endorsed: s.endorsed.clone(), imports: s.imports.clone(), returns: s.returns.clone(), sheets: s.sheets.clone(),
		drives: s.drives.clone(), reports: s.reports.clone(), awardTables: awardTables{s.evaluations.clone(), s.exclusions.clone(), s.nominations.clone(),
			s.ballots.clone(), s.votes.clone(), s.tallies.clone(), s.proposals.clone(), s.decisions.clone(), s.appeals.clone(), s.disturbed.clone()}}
	return &Snapshot{f, slices.Clip(l.course), maps.Clone(l.openVotes), maps.Clone(l.voteEnds)}, nil
}

// Seq is the event after which it was taken.
func (s *Snapshot) Seq() events.Seq { return s.state.journal.committed() }

// section is a named part of a snapshot, in one piece or several.
type section struct {
	name string
	code func(*coder) // codes a piece
	more func() bool  // reports whether another piece follows; nil: none does
}

// isLast reports whether the piece that was coded is the section's last.
func (s section) isLast() bool { return s.more == nil || !s.more() }

// sections are the parts, in an order in which each needs only those before it. What can be made anew from the entries is in none: the ids, the
// current marks, the boards.
func (s *Snapshot) sections() []section {
	f := s.state
	journal := newJournalCoder(f)
	return []section{
		{name: "names", code: func(c *coder) { f.names.code(c) }},
		{name: "scalars", code: f.codeScalars},
		{name: "events", code: journal.code, more: journal.more},
		{name: "members", code: f.codeMembers},
		{name: "acts", code: f.codeActs},
		{name: "imports", code: f.codeImports},
		{name: "year", code: f.codeYear},
		{name: "awards", code: f.codeAwards},
		{name: "ballots", code: f.codeBallots},
		{name: "course", code: func(c *coder) {
			c.seqs(&s.course)
			rows(c, s.openVotes, integer[events.Seq], (*coder).text)
			rows(c, s.voteEnds, integer[events.Seq], integer[events.Seq])
		}},
	}
}

// WriteTo writes the snapshot: for each piece of each section its name, its length and its bytes, in two writes. The same log gives the same bytes.
// O(n), some 40 bytes an event and what its reason says; no more than a piece is in memory.
func (s *Snapshot) WriteTo(w io.Writer) (written int64, err error) {
	var head, data []byte
	for _, part := range s.sections() {
		for last := false; !last; last = part.isLast() {
			if data, err = part.encode(data); err != nil {
				return written, err
			}
			head = binary.AppendUvarint(append(binary.AppendUvarint(head[:0], uint64(len(part.name))), part.name...), uint64(len(data)))
			for _, b := range [][]byte{head, data} {
				n, err := w.Write(b)
				written += int64(n)
				if err != nil {
					return written, fmt.Errorf("write the snapshot: %w", err)
				}
			}
		}
	}
	return written, nil
}

// encode codes a piece into a buffer, which it may replace.
func (s section) encode(buffer []byte) ([]byte, error) {
	c := coder{data: buffer[:0]}
	if s.code(&c); c.err != nil {
		return nil, fmt.Errorf("write the %s of the snapshot: %w", s.name, c.err)
	}
	return c.data, nil
}

// Difference says where two snapshots differ; "" if they are equal. O(n).
func (s *Snapshot) Difference(other *Snapshot) (string, error) {
	if a, b := s.Seq(), other.Seq(); a != b {
		return fmt.Sprintf("one is of event %d, the other of event %d", a, b), nil
	}
	var a, b []byte
	var err error
	theirs := other.sections()
	for i, part := range s.sections() {
		for last := false; !last; last = part.isLast() && theirs[i].isLast() {
			if a, err = part.encode(a); err == nil {
				b, err = theirs[i].encode(b)
			}
			if err != nil {
				return "", err
			}
			if bytes.Equal(a, b) {
				continue
			}
			if part.name == "events" {
				return "what is kept of event " + seqText(s.differentEvent(other)), nil
			}
			return part.name, nil
		}
	}
	return "", nil
}

// differentEvent is the first event of which two snapshots of one length keep another thing.
func (s *Snapshot) differentEvent(other *Snapshot) events.Seq {
	for seq := events.Seq(1); seq <= s.Seq(); seq++ {
		a, b := entryCoder{state: s.state}, entryCoder{state: other.state}
		a.entry(s.state.journal.at(seq), seq)
		if b.entry(other.state.journal.at(seq), seq); !bytes.Equal(a.data, b.data) {
			return seq
		}
	}
	return 0
}

// Thaw makes the folds of a snapshot's bytes, which must be those of a WriteTo of this FoldVersion: what else it is given is an error, or folds that
// are wrong. What lies below is taken as verified: see NewRefold. O(n).
func Thaw(data []byte) (*Live, error) {
	l := NewLive()
	s := &Snapshot{state: l.state, openVotes: l.openVotes, voteEnds: l.voteEnds}
	c := coder{data: data, reading: true}
	for _, part := range s.sections() {
		for last := false; !last; last = part.isLast() {
			name, length := "", uint64(0)
			c.text(&name)
			if c.uint(&length); c.err != nil || name != part.name || length > uint64(len(c.data)) {
				return nil, errSnapshot
			}
			in := coder{data: c.data[:length], reading: true}
			c.data = c.data[length:]
			if part.code(&in); in.err != nil || len(in.data) > 0 {
				return nil, fmt.Errorf("the %s: %w", part.name, errSnapshot)
			}
		}
	}
	if len(c.data) > 0 || l.state.begunPlan == nil {
		return nil, errSnapshot
	}
	l.course = s.course
	if err := l.rebuild(); err != nil {
		return nil, err
	}
	return l, nil
}

// rebuild makes anew what a snapshot leaves out.
func (l *Live) rebuild() error {
	s := l.state
	s.plan, l.plan = s.begunPlan, s.begunPlan
	s.journal.names = s.names.list
	current, err := s.checkEntries()
	if err != nil {
		return err
	}
	var making sync.WaitGroup
	making.Go(s.rebuildIDs)
	making.Go(func() { s.rebuildCells(current) })
	making.Go(func() { l.remake(s.journal.committed()) })
	making.Wait()
	l.note, l.rosterStale = s.importNote(), true
	l.show()
	return nil
}

// checkEntries refuses entries about what there is not, and counts those that are current.
func (s *State) checkEntries() (current int, err error) {
	var then *plan // in force when the entry came
	for seq := events.Seq(1); seq <= s.journal.committed(); seq++ {
		e := s.journal.at(seq)
		if on := e.effectOn(); on != nil && on.plan != nil {
			then = on.plan
		}
		if !s.isSound(e, seq) || e.isEntry() && !e.isOf(then) {
			return 0, errSnapshot
		}
		if e.isEntry() && e.supersededBy == 0 {
			current++
		}
	}
	return current, nil
}

// isOf reports whether the leaf and the level of an entry are in a plan, which is nil before the first.
func (e *entry) isOf(p *plan) bool {
	return p != nil && int(e.cluster) < len(p.clusters) && int(e.leaf) < len(p.clusters[e.cluster].leaves) && (e.level == 0 || int(e.level) < len(p.levels))
}

// isSound reports whether what an entry speaks of is there.
func (s *State) isSound(e *entry, seq events.Seq) bool {
	if e.cluster < -1 || int(e.cluster) >= len(s.plan.clusters) {
		return false
	}
	if e.cluster >= 0 {
		c := s.plan.clusters[e.cluster]
		if e.unit < -1 || int(e.unit) >= len(c.Units) || e.leaf < -1 || int(e.leaf) >= len(c.leaves) {
			return false
		}
	}
	if e.isEntry() {
		return e.cluster >= 0 && e.unit >= 0 && e.leaf >= 0 && (e.more == nil || e.more.rare == nil || e.more.payload == nil && s.reaches(e.more.rare, seq))
	}
	p := e.payload()
	if p == nil || kindOf(p.Type()) != e.what || !s.reaches(e.more.rare, seq) {
		return false
	}
	switch e.what {
	case kindWithdrawn:
		return e.cluster < 0 && e.leaf < 0 || e.cluster >= 0 && e.unit >= 0 && e.leaf >= 0
	case kindTie:
		return e.cluster >= 0
	case kindAppealDecided:
		return e.cluster >= 0 && e.unit >= 0 && e.more.of != 0 && s.journal.at(e.more.of).what == kindAppealFiled
	case kindAppealFiled:
		return e.more.of != 0
	case kindEndorsed:
		return e.more.of != 0
	}
	return true
}

// reaches reports whether the events that r names come no later than it.
func (s *State) reaches(r *rare, seq events.Seq) bool {
	if r.of >= seq || r.appeal >= seq {
		return false
	}
	if r.effect == nil {
		return true
	}
	for _, list := range [][]events.Seq{r.effect.released, r.effect.reopened} {
		for _, at := range list {
			if at < 1 || at > seq {
				return false
			}
		}
	}
	return true
}
