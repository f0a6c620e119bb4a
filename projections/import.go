package projections

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"campaignledger/events"
)

// ImportRow is one data row of a file, as far as the file says it.
type ImportRow struct {
	Number int             // data rows count from 1
	Draft  events.Proposal // its payload without supersedes; Time zero if the row has none
}

// ImportFile is a file to be imported.
type ImportFile struct {
	Campaign string
	Name     string
	SHA256   string // hex
	Rows     []ImportRow
	Reason   string // for rows that change a mark and give no reason of their own
	KeepGood bool   // leave bad rows out instead of refusing the file
}

// RowFate says what an import does with a row.
type RowFate string

// The fates of rows.
const (
	RowNew       RowFate = "new"       // no current entry: it is entered
	RowReplaces  RowFate = "replaces"  // it supersedes the current entry
	RowUnchanged RowFate = "unchanged" // equal to the current entry: skipped
	RowStored    RowFate = "stored"    // stored by an earlier run of the same file: skipped
	RowBad       RowFate = "bad"       // refused
)

// RowOutcome is what an import does, or would do, with one row.
type RowOutcome struct {
	Number  int
	Fate    RowFate
	Current events.Seq // the entry it equals or supersedes; 0 if none
	Err     error      // with RowBad
}

// ImportPlan is how a file will be stored.
type ImportPlan struct {
	Outcomes []RowOutcome
	Commits  [][]events.Proposal // whole batches; import.started stands first in the first, unless the import is resumed
	Resumed  events.Seq          // the import.started that an earlier run was cut off after; 0 if this is a new one
	Rows     int                 // rows to be stored
	Bad      int
}

// ErrImportChanged: an import that was cut off can't be resumed, since its missing rows would not be the ones it announced.
var ErrImportChanged = errors.New("the campaign changed since this import was cut off, so that its missing rows would not be those it announced; " +
	"put the missing rows into a file of their own and import that")

// maxBadRows bounds how many bad rows are told of one file that is refused as a whole.
const maxBadRows = 100

// PlanImport works out what storing a file means: every row is admitted in an overlay, in order, and the overlay is undone.
// It belongs to the admitting goroutine. Cost: about one admission a row.
func (l *Live) PlanImport(f ImportFile, recorded time.Time) (ImportPlan, error) {
	s := l.state
	point := s.Savepoint()
	defer s.Rollback(point)
	p := importPlanner{state: s, file: f, recorded: recorded}
	p.begin()
	if s.plan == nil {
		return p.plan, refuse(CodeNotOpen, "", "open it with campaign open REGULATION.yaml", "campaign %s is not open", f.Campaign)
	}
	if running := s.scalars.running; running != p.id && s.importRunning(recorded) {
		return p.plan, s.refuseRunning()
	}
	p.reserve()
	p.addAll()
	if p.changed {
		return p.plan, ErrImportChanged
	}
	p.plan.Rows = len(p.rows)
	if p.plan.Bad > 0 && !f.KeepGood || len(p.rows) == 0 && p.plan.Resumed == 0 {
		return p.plan, nil
	}
	return p.plan, p.pack()
}

// reserve keeps the sequence that import.started will take, so that rows get theirs.
func (p *importPlanner) reserve() {
	if p.plan.Resumed == 0 {
		pending := &p.state.journal.pending
		*pending = append(*pending, entry{what: kindImport, id: p.id, unit: -1, leaf: -1, cluster: -1})
	}
	p.base = p.state.Savepoint()
}

// addAll admits the rows in order. Where a place is held by two units and no later row can end that within a batch, the row that
// began it is bad, and what follows it is admitted anew. Whether it can depends on nothing but the rows from there on, so that a run
// that resumes answers as the first did. Cost of each such row: at most a batch's admissions.
func (p *importPlanner) addAll() {
	last := p.lastRows()
	for i := 0; i < len(p.file.Rows); i++ {
		p.add(&p.file.Rows[i])
		if p.changed || p.plan.Bad >= maxBadRows && !p.file.KeepGood {
			return
		}
		err := p.state.Settle()
		if err == nil {
			continue
		}
		if hopeless := last[p.state.sheet(p.state.clash())] <= i; hopeless || len(p.rows)-p.clash.rows > events.MaxBatchRows {
			p.refuseClash(err)
			i = len(p.plan.Outcomes) - 1
		}
	}
}

// sheet is one scorer's places for a leaf.
type sheet struct{ cluster, criterion, level, scorer string }

// lastRows is the index of the last row of each sheet.
func (p *importPlanner) lastRows() map[sheet]int {
	last := map[sheet]int{}
	for i := range p.file.Rows {
		if e, ok := p.file.Rows[i].Draft.Payload.(*events.ScoreEntered); ok {
			last[sheet{e.Cluster, e.Criterion, e.Level, e.Scorer}] = i
		}
	}
	return last
}

func (s *State) sheet(k placeKey) sheet {
	c := s.plan.clusters[k.cluster]
	return sheet{c.ID, c.leafNode(int(k.leaf)).ID, s.plan.regulation.Levels[k.level].ID, s.names.list[k.scorer]}
}

// add admits one row and keeps what is to be stored of it.
func (p *importPlanner) add(r *ImportRow) {
	settled := p.state.scalars.clashes == 0
	if settled {
		p.state.Release(p.base)
		p.clash = clashStart{p.state.Savepoint(), len(p.plan.Outcomes), len(p.rows), p.plan.Bad}
	}
	proposal, outcome := p.row(r)
	if outcome.Fate == RowBad {
		p.plan.Bad++
	}
	if outcome.Fate == RowNew || outcome.Fate == RowReplaces {
		p.rows = append(p.rows, plannedRow{proposal, settled})
	}
	p.plan.Outcomes = append(p.plan.Outcomes, outcome)
}

// clashStart is the plan before the row from which on a place is held by two units.
type clashStart struct{ savepoint, outcomes, rows, bad int }

// refuseClash goes back to where the clash began and refuses that row.
func (p *importPlanner) refuseClash(err error) {
	p.state.Rollback(p.clash.savepoint)
	p.rows = p.rows[:p.clash.rows]
	p.plan.Bad = p.clash.bad + 1
	p.plan.Outcomes = append(p.plan.Outcomes[:p.clash.outcomes],
		RowOutcome{Number: p.file.Rows[p.clash.outcomes].Number, Fate: RowBad, Err: err})
}

// plannedRow is a row to be stored.
type plannedRow struct {
	events.Proposal
	settled bool // the rows before it hold no place for two units: a batch may end there
}

// importPlanner is one run of PlanImport.
type importPlanner struct {
	state    *State
	file     ImportFile
	recorded time.Time
	id       uuid.UUID // of import.started
	time     time.Time // claimed by it
	found    importState
	plan     ImportPlan
	rows     []plannedRow
	base     int // savepoint before the first row
	clash    clashStart
	changed  bool               // the rows are not those that the import to be resumed announced
	passed   int                // the last row that the import to be resumed has stored
	stored   map[events.Seq]int // the rows of this file that an earlier run stored, by sequence
}

// begin finds the import that an earlier run left unfinished, or starts a new one.
func (p *importPlanner) begin() {
	s := p.state
	p.stored = map[events.Seq]int{}
	for _, r := range p.file.Rows {
		if seq, ok := s.Find(events.RowID(p.file.Campaign, p.file.SHA256, r.Number)); ok {
			p.stored[seq] = r.Number
		}
	}
	for id, imp := range s.imports.rows {
		if e := s.journal.at(imp.seq); imp.batch < len(*imp.batches) && e.more.sha256 == p.file.SHA256 {
			p.id, p.found, p.plan.Resumed = id, imp, imp.seq
			p.time = fromMillis(e.time)
			for seq, row := range p.stored {
				if s.journal.at(seq).causation == imp.seq {
					p.passed = max(p.passed, row)
				}
			}
			return
		}
	}
	p.id = events.NewID()
	p.time = s.defaultTime(nil, p.recorded)
}

// row admits one row in the overlay.
func (p *importPlanner) row(r *ImportRow) (events.Proposal, RowOutcome) {
	out := RowOutcome{Number: r.Number}
	fail := func(err error) (events.Proposal, RowOutcome) {
		out.Fate, out.Err = RowBad, err
		return events.Proposal{}, out
	}
	d := r.Draft.Draft
	d.ID = events.RowID(p.file.Campaign, p.file.SHA256, r.Number)
	if seq, ok := p.state.Find(d.ID); ok {
		out.Fate, out.Current = RowStored, seq
		return events.Proposal{}, out
	}
	d.Campaign, d.Author, d.Causation = p.file.Campaign, importAuthor, p.id
	if d.Time.IsZero() {
		d.Time = p.time
		if last := p.state.scalars.time; p.historic() && last.After(d.Time) {
			d.Time = last
		}
	}
	p.state.Complete(&d, p.recorded)
	current := p.current(&d)
	out.Fate = RowNew
	if current != 0 {
		out.Fate, out.Current = RowReplaces, current
		if before := p.before(current, r.Number); p.equal(&d, current) || before != current && before != 0 && p.equal(&d, before) {
			out.Fate = RowUnchanged
			return events.Proposal{}, out
		}
		p.fillReason(&d)
	}
	if r.Number < p.passed {
		return fail(refuse(CodeImport, "", "import the file once more when this import is complete",
			"the earlier run of this import left the row out"))
	}
	record, err := events.Encode(d)
	if err != nil {
		return fail(err)
	}
	last, _ := p.state.Last()
	if err := p.state.Admit(events.Event{Draft: d, Seq: last + 1, Recorded: p.recorded, Record: record}); err != nil {
		var refusal *Refusal
		p.changed = p.changed || errors.As(err, &refusal) && refusal.Code == CodeImport
		return fail(err)
	}
	return events.Proposal{Draft: d, Record: record}, out
}

// importAuthor is who speaks in an unsigned import.
const importAuthor = "import"

func (p *importPlanner) historic() bool {
	return p.state.plan != nil && p.state.plan.regulation.Clock == events.ClockHistoric
}

// current is the entry that d supersedes, 0 if none.
func (p *importPlanner) current(d *events.Draft) events.Seq {
	var id uuid.UUID
	switch payload := d.Payload.(type) {
	case *events.ScoreEntered:
		id = payload.Supersedes
	case *events.TargetSet:
		id = payload.Supersedes
	}
	return p.state.ids.get(id)
}

// before is the entry that was current when an earlier run of this file came to a row: what later rows of the file replaced
// since then does not count. Without this, a row that was skipped as unchanged would undo them in the next run.
func (p *importPlanner) before(current events.Seq, row int) events.Seq {
	for current != 0 && p.stored[current] > row {
		current = p.state.journal.at(current).supersedes
	}
	return current
}

// equal reports whether d says what the current entry says.
func (p *importPlanner) equal(d *events.Draft, current events.Seq) bool {
	e := p.state.journal.at(current)
	switch payload := d.Payload.(type) {
	case *events.ScoreEntered:
		return e.mark == payload.Mark.Kind && e.amount == payload.Mark.Amount
	case *events.TargetSet:
		return e.amount == payload.Target
	}
	return false
}

// fillReason gives a change the file's reason where the row has none. The payload is Complete's copy.
func (p *importPlanner) fillReason(d *events.Draft) {
	switch payload := d.Payload.(type) {
	case *events.ScoreEntered:
		if payload.Reason == "" {
			payload.Reason = p.file.Reason
		}
	case *events.TargetSet:
		if payload.Reason == "" {
			payload.Reason = p.file.Reason
		}
	}
}

// pack puts the rows into batches and the batches into commits.
func (p *importPlanner) pack() error {
	if p.plan.Resumed != 0 {
		return p.packRest()
	}
	batches, err := p.splitBatches()
	if err != nil {
		return err
	}
	started := &events.ImportStarted{File: p.file.Name, SHA256: p.file.SHA256, Rows: len(p.rows)}
	for _, b := range batches {
		started.Batches = append(started.Batches, events.Batch{Root: rootOf(b), Rows: len(b)})
	}
	d := events.Draft{ID: p.id, Campaign: p.file.Campaign, Author: importAuthor, Time: p.time, Payload: started}
	record, err := events.Encode(d)
	if err != nil {
		return fmt.Errorf("import %s: %w; split the file", p.file.Name, err)
	}
	p.plan.Commits = packCommits([]events.Proposal{{Draft: d, Record: record}}, batches)
	return nil
}

// packRest packs the rows an earlier run did not store, in the batches it announced. A commit holds whole batches, so the first
// missing row starts a batch.
func (p *importPlanner) packRest() error {
	var batches [][]plannedRow
	rows := p.rows
	for _, b := range (*p.found.batches)[p.found.batch:] {
		if len(rows) < b.Rows || rootOf(rows[:b.Rows]) != b.Root {
			return ErrImportChanged
		}
		batches = append(batches, rows[:b.Rows])
		rows = rows[b.Rows:]
	}
	if len(rows) > 0 {
		return ErrImportChanged
	}
	p.plan.Commits = packCommits(nil, batches)
	return nil
}

// splitBatches cuts the rows into batches within the limits, and never between rows that swap places.
func (p *importPlanner) splitBatches() (batches [][]plannedRow, err error) {
	for rows := p.rows; len(rows) > 0; {
		cut, size := 0, 0
		for i, r := range rows {
			if r.settled {
				cut = i
			}
			if size += len(r.Record) + 1; i == events.MaxBatchRows || size > events.MaxBatchBytes {
				break
			}
			if i == len(rows)-1 {
				cut = len(rows)
			}
		}
		if cut == 0 {
			return nil, refuse(CodePlaceTaken, "place", "put rows that swap places next to each other",
				"more than %d rows swap places with each other", events.MaxBatchRows)
		}
		batches = append(batches, rows[:cut])
		rows = rows[cut:]
	}
	return batches, nil
}

func rootOf(batch []plannedRow) string {
	var state events.RootState
	for _, r := range batch {
		state = state.Add(r.Record)
	}
	root := state.Root()
	return hex.EncodeToString(root[:])
}

// packCommits fills commits with whole batches after what stands first.
func packCommits(first []events.Proposal, batches [][]plannedRow) (commits [][]events.Proposal) {
	commit, size := first, 0
	for _, r := range first {
		size += len(r.Record) + 1
	}
	for _, b := range batches {
		bytes := 0
		for _, r := range b {
			bytes += len(r.Record) + 1
		}
		if len(commit) > 0 && (len(commit)+len(b) > events.MaxCommitEvents || size+bytes > events.MaxCommitBytes) {
			commits = append(commits, commit)
			commit, size = nil, 0
		}
		for _, r := range b {
			commit = append(commit, r.Proposal)
		}
		size += bytes
	}
	return append(commits, commit)
}
